//! Eigenvalues of pairs of dense real matrices.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::ComputeEigenvectors;
use faer::linalg::gevd;
use faer::prelude::Par;
use faer::{MatMut, Spec};
use nalgebra::DMatrix;

use super::Complex;
use super::dense::not_finite;
use super::eigen::EigenError;

/// The eigenvalues `alpha / beta` of `A x = lambda B x` by the QZ iteration, each as often as
/// its multiplicity; with `beta` 0 it is infinite, with both 0 the pair is singular.
/// Complex ones come in conjugate pairs.
///
/// # Source
///
/// C. Moler and G. Stewart, SIAM J. Numer. Anal. 10 (1973) 241.
///
/// # Errors
///
/// See [`EigenError`]; the two matrices must be square and of one size.
pub fn generalized_eigenvalues(
    a: &DMatrix<f64>,
    b: &DMatrix<f64>,
) -> Result<Vec<(Complex, f64)>, EigenError> {
    let size = a.nrows();
    for matrix in [a, b] {
        let (rows, columns) = matrix.shape();
        if (rows, columns) != (size, size) {
            return Err(EigenError::NotSquare { rows, columns });
        }
        if let Some((row, column)) = not_finite(matrix) {
            return Err(EigenError::NotFinite { row, column });
        }
    }
    if size == 0 {
        return Ok(Vec::new());
    }
    let (mut a, mut b) = (a.clone(), b.clone());
    let mut real = Diag::<f64>::zeros(size);
    let mut imaginary = Diag::<f64>::zeros(size);
    let mut beta = Diag::<f64>::zeros(size);
    let params = Spec::default();
    let none = ComputeEigenvectors::No;
    let mut memory = MemBuffer::new(gevd::gevd_scratch::<f64>(size, none, none, Par::Seq, params));
    gevd::gevd_real(
        MatMut::from_column_major_slice_mut(a.as_mut_slice(), size, size),
        MatMut::from_column_major_slice_mut(b.as_mut_slice(), size, size),
        real.as_mut(),
        imaginary.as_mut(),
        beta.as_mut(),
        None,
        None,
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    )
    .map_err(|_| EigenError::NoConvergence)?;
    Ok((0..size).map(|k| (Complex::new(real[k], imaginary[k]), beta[k])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finite_and_infinite_ones() {
        // (a - lambda b) has the determinant (2 - lambda)(3 - lambda) * 5.
        let a = DMatrix::from_row_slice(3, 3, &[2.0, 1.0, 4.0, 0.0, 3.0, -1.0, 0.0, 0.0, 5.0]);
        let b = DMatrix::from_row_slice(3, 3, &[1.0, 0.0, 7.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0]);
        let mut finite: Vec<f64> = generalized_eigenvalues(&a, &b)
            .unwrap()
            .into_iter()
            .filter(|(alpha, beta)| beta.abs() > 1e-12 * alpha.norm())
            .map(|(alpha, beta)| (alpha / beta).re)
            .collect();
        finite.sort_by(f64::total_cmp);
        assert_eq!(finite.len(), 2);
        assert!((finite[0] - 2.0).abs() < 1e-13 && (finite[1] - 3.0).abs() < 1e-13, "{finite:?}");
        let wide = DMatrix::zeros(2, 3);
        assert!(matches!(generalized_eigenvalues(&wide, &b), Err(EigenError::NotSquare { .. })));
    }
}
