//! Singular values of dense matrices, real and complex.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd as factorisation;
use faer::linalg::svd::ComputeSvdVectors;
use faer::prelude::Par;
use faer::traits::ComplexField;
use faer::{MatMut, MatRef};
use nalgebra::{ComplexField as Field, DMatrix, Scalar};

use super::Complex;
use super::range::in_range;

/// `A = U diag(s) V*`, thin.
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// Left singular vectors, one a column: rows x rank.
    pub left: DMatrix<f64>,
    /// Singular values, decreasing.
    pub values: Vec<f64>,
    /// Right singular vectors, one a column: columns x rank.
    pub right: DMatrix<f64>,
}

/// Why a matrix has no singular values to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SvdError {
    /// An entry is infinite or NaN.
    #[error("the matrix has an entry that is not finite")]
    NotFinite,
    /// The iteration did not converge.
    #[error("the singular value iteration did not converge")]
    NoConvergence,
    /// A singular value is larger than any number of this machine.
    #[error("the singular values are too large for numbers of double precision")]
    Overflow,
}

/// The thin singular value decomposition, rank = min(rows, columns).
///
/// # Errors
///
/// See [`SvdError`].
pub fn svd(matrix: &DMatrix<f64>) -> Result<Svd, SvdError> {
    let (rows, columns) = matrix.shape();
    let rank = if rows < columns { rows } else { columns };
    let mut left = DMatrix::zeros(rows, rank);
    let mut right = DMatrix::zeros(columns, rank);
    let values = decompose(matrix, f64::is_finite, Some((&mut left, &mut right)))?;
    Ok(Svd { left, values, right })
}

/// The singular values of a complex matrix, decreasing.
///
/// # Errors
///
/// See [`SvdError`].
pub fn singular_values(matrix: &DMatrix<Complex>) -> Result<Vec<f64>, SvdError> {
    let values = decompose(matrix, |z: Complex| z.re.is_finite() && z.im.is_finite(), None)?;
    Ok(values.into_iter().map(|value| value.re).collect())
}

/// The singular values of a real matrix, decreasing.
///
/// # Errors
///
/// See [`SvdError`].
pub fn real_singular_values(matrix: &DMatrix<f64>) -> Result<Vec<f64>, SvdError> {
    decompose(matrix, f64::is_finite, None)
}

fn decompose<S: ComplexField + Field<RealField = f64> + Scalar + Copy>(
    matrix: &DMatrix<S>,
    is_finite: impl Fn(S) -> bool,
    vectors: Option<(&mut DMatrix<S>, &mut DMatrix<S>)>,
) -> Result<Vec<S>, SvdError> {
    let (rows, columns) = matrix.shape();
    let rank = if rows < columns { rows } else { columns };
    if !matrix.iter().all(|&value| is_finite(value)) {
        return Err(SvdError::NotFinite);
    }
    if rank == 0 {
        return Ok(Vec::new());
    }
    let (matrix, scale) = in_range(matrix);
    let wanted = if vectors.is_some() { ComputeSvdVectors::Thin } else { ComputeSvdVectors::No };
    let (left, right) = vectors.unzip();
    let params = faer::Spec::default();
    let mut memory = MemBuffer::new(factorisation::svd_scratch::<S>(
        rows,
        columns,
        wanted,
        wanted,
        Par::Seq,
        params,
    ));
    let mut values = Diag::<S>::zeros(rank);
    factorisation::svd(
        MatRef::from_column_major_slice(matrix.as_slice(), rows, columns),
        values.as_mut(),
        left.map(|m| MatMut::from_column_major_slice_mut(m.as_mut_slice(), rows, rank)),
        right.map(|m| MatMut::from_column_major_slice_mut(m.as_mut_slice(), columns, rank)),
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    )
    .map_err(|_| SvdError::NoConvergence)?;
    let values: Vec<S> = (0..rank).map(|k| Field::scale(values[k], scale)).collect();
    let is_finite = values.iter().all(|&value| is_finite(value));
    if is_finite { Ok(values) } else { Err(SvdError::Overflow) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_multiply_back() {
        for (rows, columns) in [(1, 1), (3, 2), (2, 5), (40, 30), (200, 4)] {
            let mut state = 7_u64;
            let a = DMatrix::from_fn(rows, columns, |_, _| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
            });
            let found = svd(&a).unwrap();
            let middle = DMatrix::from_diagonal(&found.values.clone().into());
            let back = &found.left * middle * found.right.transpose();
            assert!((back - &a).norm() < 1e-12);
            assert!(found.values.windows(2).all(|pair| pair[0] >= pair[1]));
            let complex = singular_values(&a.map(|value| Complex::new(0.0, value))).unwrap();
            for (a, b) in complex.iter().zip(&found.values) {
                assert!((a - b).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_size_of_a_matrix_does_not_matter() {
        // [[3, 4], [0, 5]] has the singular values sqrt(45) and sqrt(5).
        let matrix = DMatrix::from_row_slice(2, 2, &[3.0, 4.0, 0.0, 5.0]);
        for power in [0, 700, -700, 1015] {
            let scale = 2.0_f64.powi(power);
            let found = svd(&(&matrix * scale)).unwrap();
            for (value, square) in found.values.iter().zip([45.0_f64, 5.0]) {
                assert!((value / scale - square.sqrt()).abs() < 1e-14, "{power}");
            }
        }
        let large = DMatrix::from_element(2, 2, f64::MAX);
        assert_eq!(real_singular_values(&large), Err(SvdError::Overflow));
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        let matrix = DMatrix::from_element(2, 2, f64::NAN);
        assert_eq!(svd(&matrix), Err(SvdError::NotFinite));
    }
}
