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
        let old = self.points.split_off(1);
        self.spare.extend(old);
        self.age = 0;
    }

    /// Adds the newest point.
    pub(super) fn push(&mut self, time: f64, x: &[f64], q: &[f64], rate: &[f64]) {
        let mut point = self.spare.pop().unwrap_or_default();
        point.time = time;
        for (target, source) in [(&mut point.x, x), (&mut point.q, q), (&mut point.rate, rate)] {
            target.clear();
            target.extend_from_slice(source);
        }
        self.age += usize::from(!self.points.is_empty());
        self.points.insert(0, point);
        if self.points.len() > DEPTH {
            self.spare.extend(self.points.pop());
        }
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
        x.fill(0.0);
        for (k, point) in self.points.iter().enumerate() {
            let others = self.points.iter().enumerate().filter(|(j, _)| *j != k);
            let weight: f64 =
                others.map(|(_, o)| (time - o.time) / (point.time - o.time)).product();
            for (target, value) in x.iter_mut().zip(&point.x) {
                *target += weight * value;
            }
        }
    }

    /// The third divided difference of component `row` of q with the new value
    /// `q` at `time`. With only two points the newer counts twice, by its rate; NaN
    /// with fewer.
    pub(super) fn third_difference(&self, time: f64, q: f64, row: usize) -> f64 {
        let [newest, before, ..] = self.points.as_slice() else { return f64::NAN };
        let first = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1) / (b.0 - a.0);
        let at = |point: &Point| (point.time, point.q[row]);
        let (t1, t2, t3) = (at(before), at(newest), (time, q));
        // Points t0, t1, t2, t3, or t1, t2, t2, t3.
        let (start, d01, d12, middle) = match self.points.get(2) {
            Some(oldest) => (oldest.time, first(at(oldest), t1), first(t1, t2), t1.0),
            None => (t1.0, first(t1, t2), newest.rate[row], t2.0),
        };
        let d23 = first(t2, t3);
        let d012 = (d12 - d01) / (t2.0 - start);
        let d123 = (d23 - d12) / (t3.0 - middle);
        (d123 - d012) / (t3.0 - start)
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
                history.push(*t, &[0.0], &[q], &[rate]);
            }
            let difference = history.third_difference(1.6, cubic(1.6).0, 0);
            assert!((difference - 2.0).abs() < 1e-12, "{count} points: {difference}");
        }
    }

    #[test]
    fn rates_that_alternate_ring_and_others_do_not() {
        let rows = [(0, 1.0)];
        let history = |rates: [f64; 5]| {
            let mut history = History::default();
            for (k, rate) in rates.iter().enumerate() {
                history.push(k as f64, &[0.0], &[0.0], &[*rate]);
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
            history.push(t, &[t * t - t + 1.0], &[0.0], &[0.0]);
        }
        let mut x = [0.0];
        history.predict(2.0, &mut x);
        assert!((x[0] - 3.0).abs() < 1e-12);
    }
}
