//! Eigenvalues of symmetric matrices.

use faer::MatRef;
use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{self, ComputeEigenvectors};
use faer::prelude::Par;
use nalgebra::DMatrix;

use super::EigenError;
use super::dense::not_finite;
use super::range::in_range;

/// The eigenvalues of a symmetric matrix, increasing. Only its lower half is read.
///
/// # Errors
///
/// See [`EigenError`].
pub fn symmetric_eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<f64>, EigenError> {
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
    let (matrix, scale) = in_range(matrix);
    let params = faer::Spec::default();
    let mut memory = MemBuffer::new(evd::self_adjoint_evd_scratch::<f64>(
        rows,
        ComputeEigenvectors::No,
        Par::Seq,
        params,
    ));
    let mut values = Diag::<f64>::zeros(rows);
    evd::self_adjoint_evd(
        MatRef::from_column_major_slice(matrix.as_slice(), rows, rows),
        values.as_mut(),
        None,
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    )
    .map_err(|_| EigenError::NoConvergence)?;
    let values: Vec<f64> = (0..rows).map(|k| values[k] * scale).collect();
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(EigenError::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second difference of n points: `2 - 2 cos(k pi / (n + 1))`.
    #[test]
    fn a_chain_has_the_eigenvalues_of_its_sine_waves() {
        for size in [1, 2, 7, 150] {
            let chain = DMatrix::from_fn(size, size, |row, column| match row.abs_diff(column) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            });
            let found = symmetric_eigenvalues(&chain).unwrap();
            for (k, value) in found.iter().enumerate() {
                let angle = (k + 1) as f64 * std::f64::consts::PI / (size + 1) as f64;
                assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-12, "{k} of {size}");
            }
        }
    }

    #[test]
    fn the_size_of_a_matrix_does_not_matter() {
        let matrix = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]);
        for power in [700, -700] {
            let scale = 2.0_f64.powi(power);
            let found = symmetric_eigenvalues(&(&matrix * scale)).unwrap();
            assert!(
                (found[0] / scale - 1.0).abs() < 1e-15 && (found[1] / scale - 3.0).abs() < 1e-15
            );
        }
        let large = DMatrix::from_element(2, 2, f64::MAX);
        assert_eq!(symmetric_eigenvalues(&large), Err(EigenError::Overflow));
    }

    #[test]
    fn what_is_not_square_or_finite_is_refused() {
        let wide = DMatrix::zeros(2, 3);
        let refused = EigenError::NotSquare { rows: 2, columns: 3 };
        assert_eq!(symmetric_eigenvalues(&wide), Err(refused));
        let mut holed = DMatrix::zeros(3, 3);
        holed[(2, 1)] = f64::NAN;
        let refused = EigenError::NotFinite { row: 2, column: 1 };
        assert_eq!(symmetric_eigenvalues(&holed), Err(refused));
    }
}
