//! Kalman's rank test, with its known failure.

use nalgebra::DMatrix;

use crate::linalg::{SvdError, real_singular_values};

/// Singular values of Kalman's matrix up to this count as zero in
/// [`kalman_rank`].
pub const KALMAN_TOLERANCE: f64 = 1e-9;

/// The number of singular values of `[B, A B, ..., A^(n-1) B]` above
/// [`KALMAN_TOLERANCE`]; `None` where the powers overflow.
///
/// It is shown beside the test of [`super::controllability`] because it is
/// widely used, and is no verdict: a change of the unit of time multiplies the
/// columns by powers of a, and the Euler map of a step d by powers of d, so
/// that with n = 6 and d = 0.01 it finds 4 instead of 6.
///
/// # Errors
///
/// See [`SvdError`].
pub fn kalman_rank(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Result<Option<usize>, SvdError> {
    let (states, inputs) = b.shape();
    let mut matrix = DMatrix::zeros(states, states * inputs);
    let mut block = b.clone();
    for power in 0..states {
        matrix.columns_mut(power * inputs, inputs).copy_from(&block);
        block = a * block;
    }
    if !matrix.iter().all(|value| value.is_finite()) {
        return Ok(None);
    }
    let values = real_singular_values(&matrix)?;
    Ok(Some(values.into_iter().filter(|&value| value > KALMAN_TOLERANCE).count()))
}
