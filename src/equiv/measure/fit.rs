//! What readings say of one unit: its leak, the combination that acts on it, and sigma.

use nalgebra::{Matrix3, Vector3};

/// How a unit depends on states and inputs.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    /// lambda
    pub(super) leak: f64,
    /// How much lambda changes with sigma, relative to it.
    pub(super) spread: f64,
    /// The combination of states and inputs, up to its length.
    pub(super) along: Vec<f64>,
}

/// Why a unit cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Nothing but its own state acts on it.
    Alone,
    /// What acts on it acts with the same slope everywhere.
    Linear,
}

/// Rounds of the power method; what it works on has rank 1 but for the imperfections of
/// the circuit.
const ROUNDS: usize = 8;
/// Slopes that differ by less than this part are one.
const SAME: f64 = 1e-6;

/// Reads leak and direction of unit `own` off the gradients of its rate,
/// `sigma'(z) w - leak e`: all but the own entries are multiples of one vector, the
/// largest singular one, and the own one is a straight line of their lengths.
pub(super) fn direction(rows: &[&[f64]], own: usize) -> Result<Direction, Unreadable> {
    let dot = |a: &[f64], b: &[f64]| -> f64 {
        let terms = a.iter().zip(b).enumerate().filter(|(at, _)| *at != own);
        terms.map(|(_, (a, b))| a * b).sum()
    };
    let largest = rows.iter().max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)));
    let Some(largest) = largest.filter(|row| dot(row, row) > 0.0) else {
        return Err(Unreadable::Alone);
    };
    let normalised = |row: &[f64]| -> Vec<f64> {
        let length = dot(row, row).sqrt();
        row.iter().map(|value| value / length).collect()
    };
    let mut along = normalised(largest);
    for _ in 0..ROUNDS {
        let mut sum = vec![0.0; along.len()];
        for row in rows {
            let slope = dot(row, &along);
            sum.iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += slope * value);
        }
        along = normalised(&sum);
    }
    let slopes: Vec<f64> = rows.iter().map(|row| dot(row, &along)).collect();
    let count = rows.len() as f64;
    let mean = slopes.iter().sum::<f64>() / count;
    let own_mean = rows.iter().map(|row| row[own]).sum::<f64>() / count;
    let (mut square, mut mixed) = (0.0, 0.0);
    for (slope, row) in slopes.iter().zip(rows) {
        square += (slope - mean) * (slope - mean);
        mixed += (slope - mean) * (row[own] - own_mean);
    }
    if !((square / count).sqrt() > SAME * mean.abs()) {
        return Err(Unreadable::Linear);
    }
    let factor = mixed / square;
    let leak = factor * mean - own_mean;
    along[own] = factor;
    let off = slopes.iter().zip(rows).map(|(slope, row)| (row[own] + leak - factor * slope).abs());
    let spread = off.max_by(f64::total_cmp).unwrap_or(0.0) / leak.abs();
    Ok(Direction { leak, spread, along })
}

/// `amplitude * tanh(scale * z + offset)`
#[derive(Clone, Copy, Debug)]
pub(super) struct Tanh {
    pub(super) amplitude: f64,
    pub(super) scale: f64,
    pub(super) offset: f64,
}

/// Steps of the fit at most, and a relative change of parameters that is none any more.
const STEPS: usize = 100;
const SETTLED: f64 = 1e-12;

impl Tanh {
    fn value(self, z: f64) -> f64 {
        self.amplitude * (self.scale * z + self.offset).tanh()
    }

    /// Least squares by the method of Levenberg and Marquardt, from `(z, y)` and the
    /// largest slope; `None` where it leads nowhere.
    pub(super) fn fit(samples: &[(f64, f64)], slope: f64) -> Option<Self> {
        let cost = |tanh: &Self| -> f64 {
            samples.iter().map(|&(z, y)| (tanh.value(z) - y) * (tanh.value(z) - y)).sum()
        };
        let nearest = samples.iter().min_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))?;
        let height = samples.iter().map(|(_, y)| y.abs()).max_by(f64::total_cmp)?;
        let height = if height > 1.0 { height } else { 1.0 };
        let offset = (nearest.1 / (1.01 * height)).atanh();
        let mut tanh = Self { amplitude: height, scale: slope / height, offset };
        let (mut damping, mut before) = (1e-3, cost(&tanh));
        for _ in 0..STEPS {
            let (mut matrix, mut vector) = (Matrix3::zeros(), Vector3::zeros());
            for &(z, y) in samples {
                let t = (tanh.scale * z + tanh.offset).tanh();
                let inner = tanh.amplitude * (1.0 - t * t);
                let gradient = Vector3::new(t, inner * z, inner);
                matrix += gradient * gradient.transpose();
                vector += gradient * (tanh.amplitude * t - y);
            }
            let mut damped = matrix;
            (0..3).for_each(|k| damped[(k, k)] *= 1.0 + damping);
            let step = damped.lu().solve(&vector)?;
            let next = Self {
                amplitude: tanh.amplitude - step[0],
                scale: tanh.scale - step[1],
                offset: tanh.offset - step[2],
            };
            let after = cost(&next);
            if after <= before {
                let size = step[0].abs() / next.amplitude.abs() + step[1].abs() / next.scale.abs();
                (tanh, before) = (next, after);
                damping *= 0.1;
                if size + step[2].abs() <= SETTLED {
                    break;
                }
            } else if damping > 1e12 {
                break;
            } else {
                damping *= 10.0;
            }
        }
        before.is_finite().then_some(tanh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_off_its_gradients() {
        let (w, leak) = ([0.7, -1.3, 0.4], 0.8);
        let slopes = [1.0, 0.6, 0.1, 0.9];
        let rows: Vec<Vec<f64>> =
            slopes.iter().map(|s| vec![s * w[0], s * w[1] - leak, s * w[2]]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let found = direction(&rows, 1).unwrap();
        assert!((found.leak - leak).abs() < 1e-14, "{found:?}");
        assert!(found.spread < 1e-14, "{found:?}");
        let length = found.along[0] / w[0];
        for (a, w) in found.along.iter().zip(w) {
            assert!((a - length * w).abs() < 1e-14, "{found:?}");
        }
    }

    #[test]
    fn a_unit_that_nothing_else_acts_on_and_a_linear_one_are_refused() {
        let (first, second) = ([0.0, -0.2, 0.0], [0.0, -0.9, 0.0]);
        assert_eq!(direction(&[&first, &second], 1).unwrap_err(), Unreadable::Alone);
        let row = [0.3, -1.0, 0.1];
        assert_eq!(direction(&[&row, &row], 1).unwrap_err(), Unreadable::Linear);
    }

    #[test]
    fn a_tanh_is_found_from_far_away() {
        for (amplitude, scale, offset) in [(1.0, 1.0, 0.0), (0.98, 3.0, 0.4), (1.2, 0.3, -1.1)] {
            let exact = Tanh { amplitude, scale, offset };
            let samples: Vec<(f64, f64)> =
                (-40..=40).map(|k| f64::from(k) * 0.1).map(|z| (z, exact.value(z))).collect();
            let found = Tanh::fit(&samples, 0.7 * amplitude * scale).unwrap();
            assert!((found.amplitude - amplitude).abs() < 1e-9, "{found:?}");
            assert!((found.scale - scale).abs() < 1e-9, "{found:?}");
            assert!((found.offset - offset).abs() < 1e-9, "{found:?}");
        }
    }
}
