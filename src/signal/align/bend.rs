//! Smooth maps of time, fitted by least squares with priors that the data set.

/// How a segment follows the template: at the common instant `t`
///
/// ```text
/// map(t) = c[0] + c[1] (t - middle) + sum_k c[k + 1] span sin(k pi u),  u = (t - from) / span
/// x(map(t)) = gain template(t)
/// ```
#[derive(Clone, Debug)]
pub(super) struct Bend {
    pub(super) coefficients: Vec<f64>,
    pub(super) gain: f64,
    /// Mean squared difference from the template.
    pub(super) error: f64,
    /// Correlation with the template where it is active.
    pub(super) score: f64,
}

/// The functions that a map is made of, at every instant of a clock.
pub(super) struct Basis {
    /// One row a function.
    pub(super) rows: Vec<Vec<f64>>,
}

impl Basis {
    /// `bends` sines between instants `from` and `to` of a clock of `length` instants that
    /// are `step` apart.
    pub(super) fn new(
        length: usize,
        step: f64,
        bends: usize,
        (from, to): (f64, f64),
        middle: f64,
    ) -> Self {
        let instant = |k: usize| k as f64 * step;
        let span = to - from;
        let constant = vec![1.0; length];
        let line = (0..length).map(|k| instant(k) - middle).collect();
        let sine = |k: usize| -> Vec<f64> {
            let value = |t: usize| {
                let u = ((instant(t) - from) / span).clamp(0.0, 1.0);
                span * ((k + 1) as f64 * std::f64::consts::PI * u).sin()
            };
            (0..length).map(value).collect()
        };
        let mut rows: Vec<Vec<f64>> = vec![constant, line];
        rows.extend((0..bends).map(sine));
        Self { rows }
    }

    /// The map of some coefficients.
    pub(super) fn map(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut out = vec![coefficients[0]; self.rows[0].len()];
        for (row, &c) in self.rows.iter().zip(coefficients).skip(1) {
            if c != 0.0 {
                for (value, b) in out.iter_mut().zip(row) {
                    *value += c * b;
                }
            }
        }
        out
    }
}

/// A segment seen through a map: its values, and where it has any.
pub(super) struct Seen {
    pub(super) values: Vec<f64>,
    /// First and one past the last instant inside of the segment.
    pub(super) inside: (usize, usize),
}

/// Values at fractional places by cubics (Catmull and Rom), level beyond the ends.
pub(super) fn see(segment: &[f64], map: &[f64]) -> Seen {
    let last = segment.len() - 1;
    let end = last as f64;
    let value = |&place: &f64| {
        if !(place > 0.0) {
            return segment[0];
        }
        if place >= end {
            return segment[last];
        }
        let left = place as usize;
        let u = place - left as f64;
        let (b, c) = (segment[left], segment[left + 1]);
        let a = segment[left.saturating_sub(1)];
        let d = segment[if left + 2 > last { last } else { left + 2 }];
        // Half of (c - a) and (d - b) are the slopes at both ends.
        let (p, q, rise) = (0.5 * (c - a), 0.5 * (d - b), c - b);
        b + u * (p + u * (3.0 * rise - 2.0 * p - q + u * (p + q - 2.0 * rise)))
    };
    let values = map.iter().map(value).collect();
    // Maps ascend.
    let first = map.partition_point(|&place| place < 0.0);
    let past = map.partition_point(|&place| place <= end);
    Seen { values, inside: (first, past.max(first)) }
}

/// Solves `A x = b` for a symmetric positive definite `A`, by Cholesky; `None` where it is
/// not one.
pub(super) fn solve(a: &mut [Vec<f64>], b: &mut [f64]) -> Option<()> {
    let n = b.len();
    for j in 0..n {
        let pivot = a[j][j] - a[j][..j].iter().map(|x| x * x).sum::<f64>();
        if !(pivot > 0.0) {
            return None;
        }
        let pivot = pivot.sqrt();
        a[j][j] = pivot;
        for i in j + 1..n {
            let (above, row) = a.split_at_mut(i);
            let products: f64 = row[0][..j].iter().zip(&above[j]).map(|(x, y)| x * y).sum();
            row[0][j] = (row[0][j] - products) / pivot;
        }
    }
    for i in 0..n {
        let known: f64 = a[i][..i].iter().zip(&*b).map(|(x, y)| x * y).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    Some(())
}

/// An entry of the diagonal of the inverse, from Cholesky's factor.
pub(super) fn inverse_diagonal(factor: &[Vec<f64>], k: usize) -> f64 {
    let n = factor.len();
    let mut column = vec![0.0; n];
    let mut sum = 0.0;
    for i in k..n {
        let mut value = if i == k { 1.0 } else { 0.0 };
        for j in k..i {
            value -= factor[i][j] * column[j];
        }
        column[i] = value / factor[i][i];
        sum += column[i] * column[i];
    }
    sum
}

/// Keeps a map ascending: its slope is the stretch plus at most the sum of the slopes of
/// the bends.
pub(super) fn ascend(coefficients: &mut [f64]) {
    const LEAST: f64 = 0.2;
    let stretch = coefficients[1].clamp(LEAST, 1.0 / LEAST);
    coefficients[1] = stretch;
    let slope: f64 = coefficients[2..]
        .iter()
        .enumerate()
        .map(|(k, c)| c.abs() * (k + 1) as f64 * std::f64::consts::PI)
        .sum();
    let most = 0.8 * stretch;
    if slope > most {
        for c in &mut coefficients[2..] {
            *c *= most / slope;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubics_reproduce_samples_and_parabolas() {
        let x: Vec<f64> = (0..9).map(|k| f64::from(k * k) - 3.0).collect();
        let seen = see(&x, &[-1.0, 0.0, 2.0, 2.5, 6.25, 8.0, 9.0]);
        let expected = [-3.0, -3.0, 1.0, 3.25, 36.0625, 61.0, 61.0];
        for (found, expected) in seen.values.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} and not {expected}");
        }
        assert_eq!(seen.inside, (1, 6));
    }

    #[test]
    fn a_small_system_is_solved() {
        let mut a = vec![vec![4.0, 2.0, 0.0], vec![2.0, 5.0, 3.0], vec![0.0, 3.0, 6.0]];
        let mut b = [8.0, 21.0, 24.0];
        solve(&mut a, &mut b).unwrap();
        for (found, expected) in b.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{b:?}");
        }
        assert!(solve(&mut [vec![1.0, 2.0], vec![2.0, 1.0]], &mut [0.0, 0.0]).is_none());
    }
}
