//! Eigenvalues and eigenvectors of dense real matrices.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{self, ComputeEigenvectors};
use faer::prelude::Par;
use faer::{MatMut, MatRef};
use nalgebra::DMatrix;

use super::Complex;
use super::dense::not_finite;
use super::range::in_range;

/// Why a matrix has no eigenvalues to show.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EigenError {
    /// An entry is infinite or NaN.
    #[error("the matrix entry in row {row}, column {column} is not finite")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
    /// The matrix is not square.
    #[error("eigenvalues need a square matrix, found {rows} by {columns}")]
    NotSquare {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// The iteration did not converge.
    #[error("the eigenvalue iteration did not converge")]
    NoConvergence,
    /// An eigenvalue is larger than any number of this machine.
    #[error("the eigenvalues are too large for numbers of double precision")]
    Overflow,
}

/// Eigenvalues with right and left eigenvectors, `A r = lambda r` and
/// `l* A = lambda l*`, in no particular order; complex ones in conjugate pairs
/// that follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// The eigenvalues, each as often as its multiplicity.
    pub values: Vec<Complex>,
    /// Right eigenvectors of unit length, one a column.
    pub right: DMatrix<Complex>,
    /// Left eigenvectors of unit length, one a column.
    pub left: DMatrix<Complex>,
}

impl Eigen {
    /// Condition number of each eigenvalue, `1 / |l* r|` of vectors of unit
    /// length: 1 for a normal matrix, infinite for a defective eigenvalue. A
    /// change of the matrix by e moves the eigenvalue by at most this times e,
    /// to first order (Golub and Van Loan, Matrix Computations, section 7.2.2).
    #[must_use]
    pub fn condition_numbers(&self) -> Vec<f64> {
        let columns = self.left.column_iter().zip(self.right.column_iter());
        columns.map(|(left, right)| 1.0 / left.dotc(&right).norm()).collect()
    }
}

/// All eigenvalues, each as often as its multiplicity, in no particular order;
/// complex ones in conjugate pairs.
///
/// # Errors
///
/// See [`EigenError`].
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<Complex>, EigenError> {
    decompose(matrix, None)
}

/// Eigenvalues and both kinds of eigenvectors.
///
/// # Errors
///
/// See [`EigenError`].
pub fn eigen(matrix: &DMatrix<f64>) -> Result<Eigen, EigenError> {
    let size = matrix.nrows();
    let mut left = DMatrix::zeros(size, size);
    let mut right = DMatrix::zeros(size, size);
    let values = decompose(matrix, Some((&mut left, &mut right)))?;
    Ok(Eigen { right: unpacked(&values, &right), left: unpacked(&values, &left), values })
}

fn decompose(
    matrix: &DMatrix<f64>,
    vectors: Option<(&mut DMatrix<f64>, &mut DMatrix<f64>)>,
) -> Result<Vec<Complex>, EigenError> {
    let (rows, columns) = matrix.shape();
    if rows != columns {
        return Err(EigenError::NotSquare { rows, columns });
    }
    if let Some((row, column)) = not_finite(matrix) {
        return Err(EigenError::NotFinite { row, column });
    }
    if rows == 0 {
        return Ok(Vec::new());
    }
    // The iteration squares what it meets.
    let (matrix, scale) = in_range(matrix);
    let (mut real, mut imaginary) = (Diag::<f64>::zeros(rows), Diag::<f64>::zeros(rows));
    let wanted = if vectors.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let (left, right) = vectors.unzip();
    let params = faer::Spec::default();
    let mut memory =
        MemBuffer::new(evd::evd_scratch::<f64>(rows, wanted, wanted, Par::Seq, params));
    evd::evd_real(
        MatRef::from_column_major_slice(matrix.as_slice(), rows, rows),
        real.as_mut(),
        imaginary.as_mut(),
        left.map(|m| MatMut::from_column_major_slice_mut(m.as_mut_slice(), rows, rows)),
        right.map(|m| MatMut::from_column_major_slice_mut(m.as_mut_slice(), rows, rows)),
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    )
    .map_err(|_| EigenError::NoConvergence)?;
    let values: Vec<Complex> =
        (0..rows).map(|k| Complex::new(real[k] * scale, imaginary[k] * scale)).collect();
    let is_finite = values.iter().all(|value| value.re.is_finite() && value.im.is_finite());
    if is_finite { Ok(values) } else { Err(EigenError::Overflow) }
}

/// Eigenvectors of unit length out of the packed form, in which a conjugate
/// pair has the real and the imaginary part of its first vector in its two columns.
fn unpacked(values: &[Complex], packed: &DMatrix<f64>) -> DMatrix<Complex> {
    let size = values.len();
    let mut vectors = DMatrix::zeros(size, size);
    let mut column = 0;
    while column < size {
        if values[column].im == 0.0 || column + 1 == size {
            for row in 0..size {
                vectors[(row, column)] = Complex::new(packed[(row, column)], 0.0);
            }
            column += 1;
            continue;
        }
        for row in 0..size {
            let value = Complex::new(packed[(row, column)], packed[(row, column + 1)]);
            vectors[(row, column)] = value;
            vectors[(row, column + 1)] = value.conj();
        }
        column += 2;
    }
    for mut vector in vectors.column_iter_mut() {
        let length = vector.norm();
        if length > 0.0 {
            vector.unscale_mut(length);
        }
    }
    vectors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(size: usize) -> DMatrix<f64> {
        let mut state = 1_u64;
        DMatrix::from_fn(size, size, |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        })
    }

    #[test]
    fn vectors_belong_to_their_values() {
        for size in [1, 2, 3, 10, 47] {
            let a = matrix(size);
            let complex = a.map(|value| Complex::new(value, 0.0));
            let found = eigen(&a).unwrap();
            for (k, &value) in found.values.iter().enumerate() {
                let right = found.right.column(k);
                let left = found.left.column(k);
                assert!((&complex * right - right * value).norm() < 1e-12 * size as f64);
                let row = left.adjoint();
                assert!((&row * &complex - &row * value).norm() < 1e-12 * size as f64);
                assert!((right.norm() - 1.0).abs() < 1e-14);
            }
        }
    }

    /// The roots of unity, of which each has a vector of equal entries; nothing to
    /// deflate, and no shift that a symmetric rule would choose.
    #[test]
    fn a_cycle_has_the_roots_of_unity() {
        for size in [2, 3, 64, 100] {
            let cycle = DMatrix::from_fn(size, size, |row, column| {
                f64::from(u8::from((column + 1) % size == row))
            });
            let found = eigenvalues(&cycle).unwrap();
            for k in 0..size {
                let angle = std::f64::consts::TAU * k as f64 / size as f64;
                let root = Complex::from_polar(1.0, angle);
                assert!(found.iter().any(|value| (value - root).norm() < 1e-12), "{k} of {size}");
            }
        }
    }

    #[test]
    fn the_size_of_a_matrix_does_not_matter() {
        let plain = eigen(&matrix(12)).unwrap();
        for scale in [2.0_f64.powi(600), 2.0_f64.powi(-600), 2.0_f64.powi(1000)] {
            let found = eigen(&(matrix(12) * scale)).unwrap();
            for (found, plain) in found.values.iter().zip(&plain.values) {
                assert!((found / scale - plain).norm() < 1e-13, "{scale:e}");
            }
            assert!((found.right - &plain.right).norm() < 1e-11, "{scale:e}");
        }
        // The sum of the entries of a row: too large for a number.
        let large = DMatrix::from_element(4, 4, f64::MAX);
        assert_eq!(eigenvalues(&large), Err(EigenError::Overflow));
    }

    #[test]
    fn special_matrices_are_no_trouble() {
        assert_eq!(eigenvalues(&DMatrix::zeros(3, 3)).unwrap(), [Complex::new(0.0, 0.0); 3]);
        assert_eq!(eigenvalues(&DMatrix::identity(4, 4)).unwrap(), [Complex::new(1.0, 0.0); 4]);
        assert_eq!(
            eigenvalues(&DMatrix::from_element(1, 1, -2.5)).unwrap(),
            [Complex::new(-2.5, 0.0)]
        );
        assert_eq!(eigenvalues(&DMatrix::zeros(0, 0)).unwrap(), []);
        // A Jordan block: one eigenvalue, one vector, infinitely sensitive.
        let mut block = DMatrix::from_diagonal_element(6, 6, 0.5);
        (1..6).for_each(|k| block[(k - 1, k)] = 1.0);
        let found = eigen(&block).unwrap();
        assert!(found.values.iter().all(|value| (value - 0.5).norm() < 1e-12));
        assert!(found.condition_numbers().iter().all(|condition| *condition > 1e10));
        let refused = EigenError::NotSquare { rows: 2, columns: 3 };
        assert_eq!(eigenvalues(&DMatrix::zeros(2, 3)), Err(refused));
        let mut holed = DMatrix::zeros(3, 3);
        holed[(0, 2)] = f64::NAN;
        let refused = EigenError::NotFinite { row: 0, column: 2 };
        assert_eq!(eigen(&holed), Err(refused));
    }

    #[test]
    fn a_shear_has_an_ill_conditioned_eigenvalue() {
        // l = (1, -k)/sqrt(1 + k^2), r = (1, 0) for [[1, k], [0, 2]].
        let found = eigen(&DMatrix::from_row_slice(2, 2, &[1.0, 1e3, 0.0, 2.0])).unwrap();
        for condition in found.condition_numbers() {
            assert!((condition - (1e6_f64 + 1.0).sqrt()).abs() < 1e-6, "{condition}");
        }
    }
}
