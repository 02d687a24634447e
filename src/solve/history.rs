//! The recent past of a transient: points for predictors and error estimates.

/// One accepted point.
#[derive(Clone, Debug, Default)]
pub(super) struct Point {
    pub(super) time: f64,
    pub(super) x: Vec<f64>,
    pub(super) q: Vec<f64>,
    /// dq/dt
    pub(super) rate: Vec<f64>,
}

/// The last points since a corner of the inputs, the newest first.
#[derive(Debug, Default)]
pub(super) struct History {
    points: Vec<Point>,
    /// Dropped points, whose memory is used again.
    spare: Vec<Point>,
    /// Points since the corner, the corner not counted.
    age: usize,
}

/// As many points as a third divided difference needs besides the new one.
const DEPTH: usize = 3;

impl History {
    /// Starts again from the corner `point`.
    pub(super) fn restart(&mut self) {
        self.spare.extend(self.points.drain(1..));
        self.age = 0;
    }

    /// Adds the newest point: its x, q and rate are taken, and in their place is what an
    /// old point leaves behind, zeros at first.
    pub(super) fn push(&mut self, time: f64, values: [&mut Vec<f64>; 3]) {
        let full = (self.points.len() == DEPTH).then(|| self.points.pop()).flatten();
        let mut point = full.or_else(|| self.spare.pop()).unwrap_or_default();
        point.time = time;
        for (target, source) in
            [&mut point.x, &mut point.q, &mut point.rate].into_iter().zip(values)
        {
            target.resize(source.len(), 0.0);
            std::mem::swap(target, source);
        }
        self.age += usize::from(!self.points.is_empty());
        self.points.insert(0, point);
    }

    /// Takes the newest point back.
    pub(super) fn pop(&mut self) {
        let newest = self.points.remove(0);
        self.spare.push(newest);
        self.age -= 1;
    }

    /// Number of points, the corner included.
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// The newest point.
    pub(super) fn last(&self) -> &Point {
        &self.points[0]
    }

    /// The point before.
    pub(super) fn before(&self) -> Option<&Point> {
        self.points.get(1)
    }

    /// True where the last rates of a row, of those given and then `new`, jump up and down
    /// from point to point without becoming smaller, by more than `least`.
    ///
    /// The trapezoidal rule keeps what has once been put into a mode that is much faster
    /// than its steps, with a sign that alternates. It hides beside the charge of a larger
    /// capacitor at the same node, and may push a circuit out of its state.
    pub(super) fn rings(&self, rows: &[(usize, f64)], new: &[f64], least: f64) -> bool {
        let ([newest, before, oldest], true) = (self.points.as_slice(), self.age > DEPTH) else {
            return false;
        };
        rows.iter().any(|&(row, _)| {
            let jump = |a: &[f64], b: &[f64]| b[row] - a[row];
            let jumps = [
                jump(&oldest.rate, &before.rate),
                jump(&before.rate, &newest.rate),
                jump(&newest.rate, new),
            ];
            jumps[2].abs() > least
                && jumps.windows(2).all(|j| j[0] * j[1] < 0.0 && j[1].abs() >= 0.5 * j[0].abs())
        })
    }

    /// Extrapolates x to `time` through the points there are.
    pub(super) fn predict(&self, time: f64, x: &mut [f64]) {
        // Lagrange's weights.
        let weight = |k: usize| -> f64 {
            let others = self.points.iter().enumerate().filter(|(j, _)| *j != k);
            others.map(|(_, o)| (time - o.time) / (self.points[k].time - o.time)).product()
        };
        match self.points.as_slice() {
            [a, b, c] => {
                let [wa, wb, wc] = [0, 1, 2].map(weight);
                for (x, ((a, b), c)) in x.iter_mut().zip(a.x.iter().zip(&b.x).zip(&c.x)) {
                    *x = wa * a + wb * b + wc * c;
                }
            }
            [a, b] => {
                let [wa, wb] = [0, 1].map(weight);
                for (x, (a, b)) in x.iter_mut().zip(a.x.iter().zip(&b.x)) {
                    *x = wa * a + wb * b;
                }
            }
            _ => x.copy_from_slice(&self.last().x),
        }
    }

    /// What third divided differences with new values at `time` are made of; `None` with
    /// fewer than two points.
    pub(super) fn third_difference(&self, time: f64) -> Option<ThirdDifference<'_>> {
        let [newest, before, ..] = self.points.as_slice() else { return None };
        let (h, h1, whole) = (time - newest.time, newest.time - before.time, time - before.time);
        let Some(oldest) = self.points.get(2) else {
            // The newer point counts twice, by its rate.
            let (near, far) = (1.0 / (h * whole), 1.0 / (h1 * whole));
            return Some(ThirdDifference {
                weights: [near / h, far / h1, -(near + far)],
                charges: [&newest.q, &before.q, &before.q],
                rate: Some(&newest.rate),
            });
        };
        let old = newest.time - oldest.time;
        let all = time - oldest.time;
        let weights = [
            1.0 / (h * whole * all),
            -(1.0 / whole + 1.0 / old) / (h1 * all),
            1.0 / ((before.time - oldest.time) * old * all),
        ];
        let charges = [newest, before, oldest].map(|point| point.q.as_slice());
        Some(ThirdDifference { weights, charges, rate: None })
    }
}

/// Third divided differences of charges: weighted sums of the differences of neighbours,
/// which are exactly zero where nothing moves.
pub(super) struct ThirdDifference<'a> {
    weights: [f64; 3],
    /// The newest first.
    charges: [&'a [f64]; 3],
    /// Rates at the newest point, in place of the last difference.
    rate: Option<&'a [f64]>,
}

impl ThirdDifference<'_> {
    /// That of component `row` of q with the new value `q`.
    #[inline]
    pub(super) fn of(&self, row: usize, q: f64) -> f64 {
        let ([a, b, c], [newest, before, oldest]) = (self.weights, self.charges);
        let last = match self.rate {
            None => before[row] - oldest[row],
            Some(rate) => rate[row],
        };
        a * (q - newest[row]) + b * (newest[row] - before[row]) + c * last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cubic(t: f64) -> (f64, f64) {
        (2.0 * t * t * t - t * t + 3.0, 6.0 * t * t - 2.0 * t)
    }

    #[test]
    fn third_differences_of_a_cubic_are_its_leading_coefficient() {
        for count in [2, 3] {
            let mut history = History::default();
            for t in [0.5, 0.7, 1.0].iter().take(count) {
                let (q, rate) = cubic(*t);
                history.push(*t, [&mut vec![0.0], &mut vec![q], &mut vec![rate]]);
            }
            let difference = history.third_difference(1.6).unwrap().of(0, cubic(1.6).0);
            assert!((difference - 2.0).abs() < 1e-12, "{count} points: {difference}");
        }
    }

    #[test]
    fn rates_that_alternate_ring_and_others_do_not() {
        let rows = [(0, 1.0)];
        let history = |rates: [f64; 5]| {
            let mut history = History::default();
            for (k, rate) in rates.iter().enumerate() {
                history.push(k as f64, [&mut vec![0.0], &mut vec![0.0], &mut vec![*rate]]);
            }
            history
        };
        let ringing = history([0.0, 1.0, -1.0, 1.1, -0.9]);
        assert!(ringing.rings(&rows, &[1.0], 1e-3));
        assert!(!ringing.rings(&rows, &[1.0], 3.0), "too small to matter");
        assert!(!ringing.rings(&rows, &[-0.7], 1e-3), "it dies out");
        assert!(!history([0.0, 1.0, 2.0, 3.0, 4.0]).rings(&rows, &[5.0], 1e-3));
        let mut young = ringing;
        young.restart();
        assert!(!young.rings(&rows, &[1.0], 1e-3));
    }

    #[test]
    fn a_parabola_is_predicted_from_three_points() {
        let mut history = History::default();
        for t in [0.0, 0.3, 1.0] {
            history.push(t, [&mut vec![t * t - t + 1.0], &mut vec![0.0], &mut vec![0.0]]);
        }
        let mut x = [0.0];
        history.predict(2.0, &mut x);
        assert!((x[0] - 3.0).abs() < 1e-12);
    }
}
