//! What readings say of one unit: its leak, the combination that acts on it, and sigma.

use nalgebra::{Matrix3, Vector3};

/// How a unit depends on states and inputs: `dh/dt = sigma(z) (1 - slant h) - leak h`.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    /// lambda
    pub(super) leak: f64,
    /// How much of sigma is lost per unit of the state: what drives the capacitor has a
    /// conductance that its current makes.
    pub(super) slant: f64,
    /// What is left of the own slope, relative to lambda.
    pub(super) spread: f64,
    /// The combination of states and inputs, up to its length.
    pub(super) along: Vec<f64>,
}

/// What a unit does at one point.
pub(super) struct Slope<'a> {
    /// Gradient of its rate over states and inputs.
    pub(super) row: &'a [f64],
    /// Its rate.
    pub(super) rate: f64,
    /// Its state.
    pub(super) state: f64,
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

/// Reads leak, slant and direction of unit `own` off the gradients of its rate. All but
/// the own entries are multiples of one vector, the largest singular one; the own entry is
/// a multiple of their length, less the leak and what sigma adds to it.
pub(super) fn direction(points: &[Slope<'_>], own: usize) -> Result<Direction, Unreadable> {
    let dot = |a: &[f64], b: &[f64]| -> f64 {
        let terms = a.iter().zip(b).enumerate().filter(|(at, _)| *at != own);
        terms.map(|(_, (a, b))| a * b).sum()
    };
    let rows: Vec<&[f64]> = points.iter().map(|point| point.row).collect();
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
        for row in &rows {
            let slope = dot(row, &along);
            sum.iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += slope * value);
        }
        along = normalised(&sum);
    }
    let slopes: Vec<f64> = rows.iter().map(|row| dot(row, &along)).collect();
    let count = rows.len() as f64;
    let mean = slopes.iter().sum::<f64>() / count;
    let square: f64 = slopes.iter().map(|slope| (slope - mean) * (slope - mean)).sum();
    if !((square / count).sqrt() > SAME * mean.abs()) {
        return Err(Unreadable::Linear);
    }
    // The own entry is `factor slope - leak - slant sigma`, sigma first without its slant.
    let (mut factor, mut leak, mut slant) = (0.0, 0.0, 0.0);
    let driven = |point: &Slope<'_>, leak: f64, slant: f64| -> f64 {
        (point.rate + leak * point.state) / (1.0 - slant * point.state)
    };
    for round in 0..3 {
        let (mut matrix, mut vector) = (Matrix3::zeros(), Vector3::zeros());
        for (point, slope) in points.iter().zip(&slopes) {
            let sigma = if round == 0 { 0.0 } else { driven(point, leak, slant) };
            let regressor = Vector3::new(*slope, -1.0, -sigma);
            matrix += regressor * regressor.transpose();
            vector += regressor * point.row[own];
        }
        if round == 0 {
            matrix[(2, 2)] = 1.0;
        }
        let solution = matrix.lu().solve(&vector).ok_or(Unreadable::Linear)?;
        (factor, leak, slant) = (solution[0], solution[1], solution[2]);
    }
    along[own] = factor;
    let off = points.iter().zip(&slopes).map(|(point, slope)| {
        let expected = factor * slope - leak - slant * driven(point, leak, slant);
        (point.row[own] - expected).abs()
    });
    let spread = off.max_by(f64::total_cmp).unwrap_or(0.0) / leak.abs();
    Ok(Direction { leak, slant, spread, along })
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

    /// The gradients of `sigma(w x) (1 - slant h) - leak h`, h the second of x, sigma = tanh.
    fn points(w: [f64; 3], leak: f64, slant: f64) -> Vec<(Vec<f64>, f64, f64)> {
        let places =
            [[0.0; 3], [1.0, -0.5, 0.3], [-0.7, 1.0, 0.9], [2.0, 0.4, -1.0], [-2.0, 1.0, -1.0]];
        let read = |x: &[f64; 3]| {
            let sigma = w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>().tanh();
            let slope = (1.0 - sigma * sigma) * (1.0 - slant * x[1]);
            let mut row = w.map(|w| slope * w).to_vec();
            row[1] -= leak + slant * sigma;
            (row, sigma * (1.0 - slant * x[1]) - leak * x[1], x[1])
        };
        places.iter().map(read).collect()
    }

    fn found(points: &[(Vec<f64>, f64, f64)]) -> Result<Direction, Unreadable> {
        let slopes: Vec<Slope<'_>> = points
            .iter()
            .map(|(row, rate, state)| Slope { row, rate: *rate, state: *state })
            .collect();
        direction(&slopes, 1)
    }

    #[test]
    fn a_unit_is_read_off_its_gradients() {
        for slant in [0.0, 2e-4, -1e-3] {
            let (w, leak) = ([0.7, -1.3, 0.4], 0.8);
            let found = found(&points(w, leak, slant)).unwrap();
            assert!((found.leak - leak).abs() < 1e-9, "{found:?}");
            assert!((found.slant - slant).abs() < 1e-9, "{found:?}");
            assert!(found.spread < 1e-9, "{found:?}");
            let length = found.along[0] / w[0];
            for (a, w) in found.along.iter().zip(w) {
                assert!((a - length * w).abs() < 1e-9, "{found:?}");
            }
        }
    }

    #[test]
    fn a_unit_that_nothing_else_acts_on_and_a_linear_one_are_refused() {
        let alone = found(&points([0.0, 0.4, 0.0], 1.0, 0.0));
        assert_eq!(alone.unwrap_err(), Unreadable::Alone);
        let same = vec![(vec![0.3, -1.0, 0.1], 0.2, 0.5); 3];
        assert_eq!(found(&same).unwrap_err(), Unreadable::Linear);
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
