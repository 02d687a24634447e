//! Gramians of stable systems.

use nalgebra::DMatrix;
use serde::Serialize;

use super::LinearSystem;
use crate::{
    dae::Time,
    linalg::{LyapunovError, lyapunov_continuous, lyapunov_discrete},
};

/// The Gramian of a stable system and how evenly it reaches its states.
///
/// Controllability: W solves `A W + W A' + B B' = 0`, or `W = A W A' + B B'` in
/// discrete time; `x' W^-1 x` is the least energy of an input that takes the
/// state from the origin to x. Observability: the same of (A', C').
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gramian {
    /// W, states x states, symmetric.
    #[serde(skip)]
    pub matrix: DMatrix<f64>,
    /// Its largest eigenvalue.
    pub largest: f64,
    /// Its smallest eigenvalue; one that should be zero may be negative by rounding.
    pub smallest: f64,
    /// Largest over smallest; `None` where the smallest is not positive, so that
    /// some state is not reached, or not beyond rounding.
    pub condition: Option<f64>,
}

/// The controllability Gramian.
///
/// # Errors
///
/// The system is not stable, or the equation could not be solved to its
/// residual; see [`LyapunovError`].
pub fn controllability_gramian(system: &LinearSystem) -> Result<Gramian, LyapunovError> {
    let q = system.b() * system.b().transpose();
    let matrix = match system.time() {
        Time::Continuous => lyapunov_continuous(system.a(), &q)?,
        Time::Discrete { .. } => lyapunov_discrete(system.a(), &q)?,
    };
    let values = matrix.symmetric_eigenvalues();
    let largest = values.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let smallest = values.iter().copied().min_by(f64::total_cmp).unwrap_or(0.0);
    let condition = (smallest > 0.0).then(|| largest / smallest);
    Ok(Gramian { matrix, largest, smallest, condition })
}

/// The observability Gramian.
///
/// # Errors
///
/// As [`controllability_gramian`].
pub fn observability_gramian(system: &LinearSystem) -> Result<Gramian, LyapunovError> {
    controllability_gramian(&system.dual())
}
