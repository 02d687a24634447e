//! Random matrices like a given one.

use nalgebra::DMatrix;

use super::{
    Ensemble,
    measure::{Measured, Signed},
};
use crate::{linalg::orthogonal_factor, rnn::random::Random};

/// What draws matrices of an ensemble.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sampler {
    kind: Kind,
    /// Of the matrix itself, so that no two matrices are compared with the same
    /// draws.
    seed: u64,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Nothing: the law holds for every such matrix, not for most.
    Exact,
    /// The entries of the matrix in random order, each within its class.
    Shuffled {
        matrix: DMatrix<f64>,
        /// The class of each entry, by columns.
        classes: Vec<u32>,
    },
    /// These singular values, turned at random.
    Turned { singular: Vec<f64> },
    /// Normal or orthogonal with this gain, and the signs of units.
    Signed {
        /// Rows.
        units: usize,
        gain: f64,
        is_orthogonal: bool,
        /// True where the wrong sign becomes zero, false where it is turned.
        is_clipped: bool,
        by_rows: bool,
        signs: Vec<f64>,
    },
}

impl Sampler {
    pub(super) fn of(ensemble: Ensemble, measured: Measured, matrix: &DMatrix<f64>) -> Self {
        let size = matrix.nrows();
        let scale = measured.scale;
        let signed = measured.signed;
        let each = |class: &dyn Fn(usize, usize) -> usize| Kind::Shuffled {
            matrix: matrix.clone(),
            classes: (0..size * size).map(|at| class(at % size, at / size) as u32).collect(),
        };
        let drawn = |gain: f64, is_orthogonal: bool, is_clipped: bool| {
            let first = (0.5 * size as f64).round() as usize;
            let halves = || (0..size).map(|k| if k < first { -1.0 } else { 1.0 }).collect();
            let (by_rows, signs) = match &signed {
                Some(Signed { by_rows, signs, .. }) => (*by_rows, signs.clone()),
                None => (false, halves()),
            };
            let gain = gain * scale;
            Kind::Signed { units: size, gain, is_orthogonal, is_clipped, by_rows, signs }
        };
        let kind = match ensemble {
            Ensemble::Haar => Kind::Exact,
            Ensemble::Circular => each(&|_, _| 0),
            Ensemble::Profile if measured.scatter[1] > measured.scatter[0] => each(&|row, _| row),
            Ensemble::Profile => each(&|_, column| column),
            Ensemble::Mixture => each(&|row, column| {
                signed.as_ref().map_or(0, |signed| {
                    usize::from(signed.signs[if signed.by_rows { row } else { column }] > 0.0)
                })
            }),
            Ensemble::SingleRing => {
                let kept = measured.singular.len();
                // What was left out as of low rank has no place in the bulk.
                let singular =
                    (0..size).map(|k| measured.singular[k * kept / size] * scale).collect();
                Kind::Turned { singular }
            }
            Ensemble::ClippedNormal => drawn(2.0_f64.sqrt() * measured.size, false, true),
            Ensemble::ClippedOrthogonal => drawn(2.0_f64.sqrt() * measured.size, true, true),
            Ensemble::HalfNormal => drawn(measured.size, false, false),
        };
        let seed = matrix.iter().fold(0_u64, |hash, value| {
            (hash ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
        });
        Self { kind, seed }
    }

    /// The matrix of a number, and the factor by which the parameters that would be estimated
    /// from it differ; `None` where there is nothing to draw.
    pub(super) fn draw(&self, number: u64) -> Option<(DMatrix<f64>, f64)> {
        let mut random = Random::new(self.seed ^ number);
        match &self.kind {
            Kind::Exact => None,
            Kind::Shuffled { matrix, classes } => {
                Some((shuffled(matrix, classes, &mut random), 1.0))
            }
            Kind::Turned { singular } => {
                let mut matrix = orthogonal_factor(normal(singular.len(), &mut random));
                for mut column in matrix.column_iter_mut() {
                    for (value, s) in column.iter_mut().zip(singular) {
                        *value *= s;
                    }
                }
                Some((matrix, 1.0))
            }
            Kind::Signed { units, gain, is_orthogonal, is_clipped, by_rows, signs } => {
                let matrix = normal(*units, &mut random);
                let matrix = if *is_orthogonal {
                    orthogonal_factor(matrix)
                } else {
                    matrix / (*units as f64).sqrt()
                };
                let matrix = matrix.map_with_location(|row, column, weight| {
                    let sign = signs[if *by_rows { row } else { column }];
                    let kept = if *is_clipped { weight * sign > 0.0 } else { true };
                    if kept { sign * weight.abs() * gain } else { 0.0 }
                });
                // The mean square that the gain was read off.
                let share = if *is_clipped { 0.5 } else { 1.0 };
                let expected = gain * (share * *units as f64).sqrt();
                let found = matrix.norm() / expected;
                Some((matrix, found))
            }
        }
    }
}

fn normal(units: usize, random: &mut Random) -> DMatrix<f64> {
    DMatrix::from_fn(units, units, |_, _| random.normal())
}

/// The entries in random order within each class (Fisher and Yates).
fn shuffled(matrix: &DMatrix<f64>, classes: &[u32], random: &mut Random) -> DMatrix<f64> {
    let mut matrix = matrix.clone();
    let mut places: Vec<usize> = (0..classes.len()).collect();
    places.sort_by_key(|&at| classes[at]);
    for group in places.chunk_by(|&a, &b| classes[a] == classes[b]) {
        for last in (1..group.len()).rev() {
            let other = (random.uniform() * (last + 1) as f64) as usize;
            matrix.as_mut_slice().swap(group[last], group[other.min(last)]);
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dynamics::spectrum::Theory,
        rnn::{Direction, Initialiser, SignConstraint},
    };

    fn draw(ensemble: Ensemble, matrix: &DMatrix<f64>) -> (DMatrix<f64>, f64) {
        Theory::of(ensemble, matrix).unwrap().sampler.draw(5).unwrap()
    }

    #[test]
    fn shuffling_keeps_what_the_ensemble_fixes() {
        let mut matrix = Initialiser::Normal { gain: 1.0 }.draw(30, 1);
        for (column, mut of) in matrix.column_iter_mut().enumerate() {
            of *= if column < 10 { 3.0 } else { 1.0 };
        }
        let (drawn, factor) = draw(Ensemble::Profile, &matrix);
        assert!(factor == 1.0 && drawn != matrix);
        let sorted = |column: Vec<f64>| {
            let mut column = column;
            column.sort_by(f64::total_cmp);
            column
        };
        for k in 0..30 {
            let of = |m: &DMatrix<f64>| sorted(m.column(k).iter().copied().collect());
            assert_eq!(of(&drawn), of(&matrix), "column {k}");
        }
        // By rows where those differ.
        let (turned, _) = draw(Ensemble::Profile, &matrix.transpose());
        let of = |m: &DMatrix<f64>| sorted(m.row(3).iter().copied().collect());
        assert_eq!(of(&turned), of(&matrix.transpose()));
        let (drawn, _) = draw(Ensemble::Circular, &matrix);
        let all = |m: &DMatrix<f64>| sorted(m.as_slice().to_vec());
        assert_eq!(all(&drawn), all(&matrix));
        assert!(drawn.column(0).norm() < 0.8 * matrix.column(0).norm(), "columns mix");
    }

    #[test]
    fn singular_values_stay_and_vectors_turn() {
        let matrix = Initialiser::Orthogonal { gain: 1.0 }.draw(20, 1) * 3e-7
            + Initialiser::Normal { gain: 1e-7 }.draw(20, 2);
        let (drawn, _) = draw(Ensemble::SingleRing, &matrix);
        let values = |m: &DMatrix<f64>| crate::linalg::real_singular_values(m).unwrap();
        for (a, b) in values(&drawn).iter().zip(values(&matrix)) {
            assert!((a / b - 1.0).abs() < 1e-10, "{a} {b}");
        }
    }

    /// Signs, gain and zeros of all three, in both directions.
    #[test]
    fn signed_matrices_keep_their_signs() {
        for direction in [Direction::Incoming, Direction::Outgoing] {
            let constraint = SignConstraint { direction, inhibitory: 0.25 };
            let mut matrix = Initialiser::Normal { gain: 1.4 }.draw(200, 3);
            constraint.project(&mut matrix);
            for ensemble in
                [Ensemble::ClippedNormal, Ensemble::ClippedOrthogonal, Ensemble::HalfNormal]
            {
                let (drawn, factor) = draw(ensemble, &matrix);
                assert_eq!(constraint.violations(&drawn), 0, "{ensemble:?} {direction:?}");
                assert!((drawn.norm() / matrix.norm() - factor).abs() < 1e-12, "{factor}");
                assert!((factor - 1.0).abs() < 0.03, "{factor}");
                let zeros = drawn.iter().filter(|w| **w == 0.0).count() as f64 / 4e4;
                let expected = if ensemble == Ensemble::HalfNormal { 0.0 } else { 0.5 };
                assert!((zeros - expected).abs() < 0.02, "{zeros}");
            }
        }
        let orthogonal = Initialiser::Orthogonal { gain: 1.0 }.draw(20, 1);
        assert!(Theory::choose(&orthogonal).unwrap().sampler.draw(1).is_none());
    }
}
