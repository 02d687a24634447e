//! Recurrent weights to start from.

use std::f64::consts::PI;

use nalgebra::DMatrix;

use super::random::Random;
use crate::linalg::dot;

/// A distribution of recurrent matrices, `w[(to, from)]`.
///
/// The matrix depends on the number of units and the seed alone, to the bit, on
/// every machine.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Initialiser {
    /// Independent normal entries of standard deviation `gain / sqrt(units)`:
    /// eigenvalues fill the disc of radius `gain`.
    Normal {
        /// g.
        #[serde(default = "one")]
        gain: f64,
    },
    /// `gain` times an orthogonal matrix of Haar's measure: the Q of a normal
    /// matrix whose R has a positive diagonal.
    Orthogonal {
        /// g.
        #[serde(default = "one")]
        gain: f64,
    },
    /// Independent entries, uniform within `+-sqrt(3 / units)`: Glorot's for a
    /// square matrix, of standard deviation `1 / sqrt(units)`.
    Glorot,
    /// `gain` times the identity.
    Identity {
        /// g.
        #[serde(default = "one")]
        gain: f64,
    },
    /// Dale's law from the start: entries `|w|` of [`Self::Normal`], negative in
    /// the columns of the first units.
    HalfNormal {
        /// g.
        #[serde(default = "one")]
        gain: f64,
        /// Share of inhibitory units, 0 to 1.
        inhibitory: f64,
    },
    /// Dale's law with a balance: as [`Self::HalfNormal`], but the inhibitory weights
    /// are larger by (1 - f) / f, f their share, so that a unit's mean input is zero and
    /// no outlier is predicted, and all are scaled to a bulk of radius `gain`.
    Balanced {
        /// g.
        #[serde(default = "one")]
        gain: f64,
        /// Share of inhibitory units, above 0 and below 1.
        inhibitory: f64,
    },
}

fn one() -> f64 {
    1.0
}

/// Where the eigenvalues of large matrices of a distribution lie.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Prediction {
    /// No eigenvalue of the bulk is farther from 0.
    pub radius: f64,
    /// The eigenvalue of the mean, real, where it stands out of the bulk.
    pub outlier: Option<f64>,
}

/// Which weights share a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Those that a unit receives, a row of W: as published (arXiv 2208.10304),
    /// where the constraint acts on the columns of a Keras kernel, which is the
    /// transpose of W.
    Incoming,
    /// Those that a unit sends, a column of W: Dale's law.
    Outgoing,
}

/// The first units are inhibitory, and weights of the wrong sign become zero.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SignConstraint {
    /// Which weights share a sign.
    pub direction: Direction,
    /// Share of inhibitory units, 0 to 1; see [`SignConstraint::inhibitory_units`].
    pub inhibitory: f64,
}

impl Initialiser {
    /// Draws a matrix, units x units.
    #[must_use]
    pub fn draw(self, units: usize, seed: u64) -> DMatrix<f64> {
        let mut random = Random::new(seed);
        let root = (units as f64).sqrt();
        match self {
            Self::Normal { gain } => normal(units, &mut random) * (gain / root),
            Self::Orthogonal { gain } => orthonormalised(normal(units, &mut random)) * gain,
            Self::Glorot => {
                let limit = 3.0_f64.sqrt() / root;
                DMatrix::from_fn(units, units, |_, _| limit * (2.0 * random.uniform() - 1.0))
            }
            Self::Identity { gain } => DMatrix::from_diagonal_element(units, units, gain),
            Self::HalfNormal { gain, inhibitory } => {
                let constraint = SignConstraint { direction: Direction::Outgoing, inhibitory };
                let first = constraint.inhibitory_units(units);
                let mut matrix = normal(units, &mut random).abs() * (gain / root);
                matrix.columns_mut(0, first).neg_mut();
                matrix
            }
            Self::Balanced { gain, inhibitory } => {
                let constraint = SignConstraint { direction: Direction::Outgoing, inhibitory };
                let first = constraint.inhibitory_units(units);
                let (less, more) = (first as f64, (units - first) as f64);
                if first == 0 || first == units {
                    return Self::HalfNormal { gain, inhibitory }.draw(units, seed);
                }
                // n mean var = s^2 (1 - 2/pi) (more + less (more/less)^2) / n = gain^2.
                let variance = (1.0 - 2.0 / PI) * more / less;
                let mut matrix = normal(units, &mut random).abs() * (gain / variance.sqrt() / root);
                matrix.columns_mut(0, first).scale_mut(-more / less);
                matrix
            }
        }
    }

    /// What the theory of large matrices says of the eigenvalues: the circular law for
    /// the spread of the entries, and a rank-one outlier for their mean (Rajan and Abbott,
    /// Phys. Rev. Lett. 97, 188104 (2006); Tao, Probab. Theory Relat. Fields 155 (2013)).
    #[must_use]
    pub fn prediction(self, units: usize) -> Prediction {
        match self {
            Self::Normal { gain } | Self::Orthogonal { gain } => {
                Prediction { radius: gain.abs(), outlier: None }
            }
            Self::Identity { gain } => Prediction { radius: gain.abs(), outlier: None },
            Self::Glorot => Prediction { radius: 1.0, outlier: None },
            Self::Balanced { gain, inhibitory } if inhibitory > 0.0 && inhibitory < 1.0 => {
                Prediction { radius: gain.abs(), outlier: None }
            }
            Self::HalfNormal { gain, inhibitory } | Self::Balanced { gain, inhibitory } => {
                let radius = gain.abs() * (1.0 - 2.0 / PI).sqrt();
                let mean = gain.abs() * (2.0 * units as f64 / PI).sqrt() * (1.0 - 2.0 * inhibitory);
                Prediction { radius, outlier: (mean.abs() > radius).then_some(mean) }
            }
        }
    }
}

impl SignConstraint {
    /// How many of `units` are inhibitory: the share of them, rounded.
    #[must_use]
    pub fn inhibitory_units(&self, units: usize) -> usize {
        (self.inhibitory.clamp(0.0, 1.0) * units as f64).round() as usize
    }

    /// Sets weights of the wrong sign to zero.
    pub fn project(&self, w: &mut DMatrix<f64>) {
        let first = self.inhibitory_units(w.nrows());
        for (column, row) in places(w.nrows()) {
            if self.is_wrong(w[(row, column)], row, column, first) {
                w[(row, column)] = 0.0;
            }
        }
    }

    /// How many weights have the wrong sign.
    #[must_use]
    pub fn violations(&self, w: &DMatrix<f64>) -> usize {
        let first = self.inhibitory_units(w.nrows());
        let wrong =
            |&(column, row): &(usize, usize)| self.is_wrong(w[(row, column)], row, column, first);
        places(w.nrows()).filter(wrong).count()
    }

    fn is_wrong(&self, weight: f64, row: usize, column: usize, first: usize) -> bool {
        let unit = match self.direction {
            Direction::Incoming => row,
            Direction::Outgoing => column,
        };
        if unit < first { weight > 0.0 } else { weight < 0.0 }
    }
}

/// All columns and rows of a square matrix.
fn places(units: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..units).flat_map(move |column| (0..units).map(move |row| (column, row)))
}

fn normal(units: usize, random: &mut Random) -> DMatrix<f64> {
    DMatrix::from_fn(units, units, |_, _| random.normal())
}

/// The Q of A = Q R with a positive diagonal of R: each column less its share of
/// those before it, taken away twice, which leaves rounding alone (Kahan and
/// Parlett, "twice is enough"). One order of summation, so that the bits are the
/// same on every machine.
fn orthonormalised(mut matrix: DMatrix<f64>) -> DMatrix<f64> {
    let size = matrix.nrows();
    for column in 0..size {
        let (before, mut rest) = matrix.columns_range_pair_mut(0..column, column..size);
        let mut vector = rest.column_mut(0);
        for _ in 0..2 {
            for direction in before.column_iter() {
                let share = dot(direction.as_slice(), vector.as_slice());
                for (value, part) in vector.iter_mut().zip(direction.iter()) {
                    *value -= share * part;
                }
            }
        }
        let length = dot(vector.as_slice(), vector.as_slice()).sqrt();
        vector.unscale_mut(length);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_matrices_are_orthogonal() {
        for units in [1, 2, 9, 100] {
            let q = Initialiser::Orthogonal { gain: 2.0 }.draw(units, 3) / 2.0;
            let error = (q.transpose() * &q - DMatrix::identity(units, units)).amax();
            assert!(error < 1e-14, "{units}: {error:e}");
        }
    }

    /// R = Q^T A is upper triangular with a positive diagonal, so that Q is the
    /// factor that Haar's measure belongs to.
    #[test]
    fn the_triangular_factor_has_a_positive_diagonal() {
        let a = normal(30, &mut Random::new(5));
        let r = orthonormalised(a.clone()).transpose() * a;
        for (column, row) in places(30) {
            let value = r[(row, column)];
            assert!(row <= column || value.abs() < 1e-13, "{row} {column}");
            assert!(row != column || value > 0.0, "{row}");
        }
    }

    #[test]
    fn entries_have_the_spread_that_is_asked_for() {
        let units = 400;
        let spread = |w: &DMatrix<f64>| (w.norm_squared() / units as f64).sqrt();
        for (initialiser, expected) in [
            (Initialiser::Normal { gain: 1.5 }, 1.5),
            (Initialiser::Orthogonal { gain: 0.7 }, 0.7),
            (Initialiser::Glorot, 1.0),
            (Initialiser::Identity { gain: 3.0 }, 3.0),
            (Initialiser::HalfNormal { gain: 2.0, inhibitory: 0.25 }, 2.0),
        ] {
            let found = spread(&initialiser.draw(units, 11));
            assert!((found / expected - 1.0).abs() < 0.01, "{initialiser:?}: {found}");
        }
    }

    /// Rows of a balanced matrix have mean 0, columns one sign; the eigenvalues are where
    /// they are predicted, within what 400 units allow.
    #[test]
    fn eigenvalues_are_where_they_are_predicted() {
        let units = 400;
        for inhibitory in [0.5, 0.3, 0.8] {
            let balanced = Initialiser::Balanced { gain: 1.3, inhibitory };
            let w = balanced.draw(units, 3);
            let rule = SignConstraint { direction: Direction::Outgoing, inhibitory };
            assert_eq!(rule.violations(&w), 0);
            // The mean of all entries within five of its standard errors.
            assert!(w.mean().abs() < 5.0 * 1.3 / (units as f64).powf(1.5), "{}", w.mean());
            assert_eq!(balanced.prediction(units), Prediction { radius: 1.3, outlier: None });
            let zero_sums = DMatrix::from_fn(units, units, |i, j| w[(i, j)] - w.row(i).mean());
            let values = crate::linalg::eigenvalues(&zero_sums).unwrap();
            let inside = values.iter().filter(|z| z.re.hypot(z.im) < 1.3 * 1.03).count();
            assert!(inside > 390, "{inside}");
            assert!(values.iter().filter(|z| z.re.hypot(z.im) < 1.3 * 0.9).count() < 395);
        }
        let half = Initialiser::HalfNormal { gain: 1.0, inhibitory: 0.3 };
        let Prediction { radius, outlier } = half.prediction(units);
        let values = crate::linalg::eigenvalues(&half.draw(units, 3)).unwrap();
        let moduli: Vec<f64> = values.iter().map(|z| z.re.hypot(z.im)).collect();
        let largest = moduli.iter().copied().fold(0.0, |a, b| if b > a { b } else { a });
        assert!((largest / outlier.unwrap() - 1.0).abs() < 0.05, "{largest} {outlier:?}");
        let outside = moduli.iter().filter(|r| **r > 1.04 * radius).count();
        assert!((1..8).contains(&outside), "{outside}");
    }

    /// A column of W is what a unit sends.
    #[test]
    fn the_two_constraints_are_each_others_transpose() {
        let w = Initialiser::Normal { gain: 1.0 }.draw(20, 1);
        let constraint = |direction| SignConstraint { direction, inhibitory: 0.3 };
        let (incoming, outgoing) =
            (constraint(Direction::Incoming), constraint(Direction::Outgoing));
        assert_eq!(outgoing.inhibitory_units(20), 6);
        assert!(outgoing.violations(&w) > 150);
        let mut sent = w.clone();
        outgoing.project(&mut sent);
        assert!(sent.columns(0, 6).iter().all(|&value| value <= 0.0));
        assert!(sent.columns(6, 14).iter().all(|&value| value >= 0.0));
        assert_eq!((outgoing.violations(&sent), incoming.violations(&sent) > 0), (0, true));
        let mut received = w.transpose();
        incoming.project(&mut received);
        assert_eq!(received, sent.transpose());
        let dale = Initialiser::HalfNormal { gain: 1.0, inhibitory: 0.3 }.draw(20, 1);
        assert_eq!(outgoing.violations(&dale), 0);
        assert_eq!(
            dale,
            w.abs()
                .map_with_location(|_, column, value| { if column < 6 { -value } else { value } })
        );
    }

    /// Computed once on x86-64; a machine or compiler that disagrees would give
    /// other networks for the same seed.
    #[test]
    fn the_seed_decides_every_bit() {
        let sum = |initialiser: Initialiser, seed| {
            let w = initialiser.draw(33, seed);
            w.iter().fold(0_u64, |hash, value| {
                (hash ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(7)
            })
        };
        let normal = Initialiser::Normal { gain: 1.0 };
        assert_ne!(sum(normal, 1), sum(normal, 2));
        assert_eq!(sum(normal, 1), 16_249_176_003_984_219_719);
        assert_eq!(sum(Initialiser::Orthogonal { gain: 1.0 }, 1), 9_692_660_996_134_506_292);
    }
}
