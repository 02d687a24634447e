//! Why a transform makes no sense.

use crate::{
    dae::SystemError,
    linalg::{EigenError, ExpmError},
};

/// Why a system cannot be transformed or simulated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformError {
    /// A factor is not positive and finite.
    #[error("{what} is {value}, it must be positive and finite")]
    Factor {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A map cannot be discretised.
    #[error(
        "the system has discrete time already, with step {step}; only a flow can be discretised"
    )]
    AlreadyDiscrete {
        /// The step of the map.
        step: f64,
    },
    /// The exact solution is known for affine systems only.
    #[error(
        "zero-order hold samples linear systems only, and this one is not known to be linear; linearise it first"
    )]
    NotAffine,
    /// An exponential method lacks its linear part.
    #[error("the system has no linear part of its own; exponential Euler must be given one")]
    NoLinearPart,
    /// A coefficient of what a chain comes to is beyond the range of numbers.
    #[error("the equations cannot be written: {what}")]
    Overflow {
        /// Which coefficient.
        what: String,
    },
    /// There is nothing that moves.
    #[error("the system has no states, so there is nothing that moves")]
    NoStates,
    /// A step is too long for the accuracy that was asked for.
    #[error(
        "the flow over the step {step} cannot be sampled accurately in {substeps} substeps: it is too long, or the system has corners"
    )]
    Unsampled {
        /// The step.
        step: f64,
        /// Runge-Kutta steps that were not enough.
        substeps: usize,
    },
    /// No method has a value on the trajectory.
    #[error("no method can be measured here: {reason}")]
    NoMethod {
        /// Why not the first of them.
        reason: String,
    },
    /// A number of values disagrees with the system.
    #[error("{what} has {found} values, the system has {expected}")]
    Length {
        /// What was given.
        what: &'static str,
        /// Values expected.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A matrix has the wrong shape.
    #[error("{what} is {found:?}, expected {expected:?}")]
    Shape {
        /// Which matrix.
        what: &'static str,
        /// Rows and columns expected.
        expected: (usize, usize),
        /// Rows and columns found.
        found: (usize, usize),
    },
    /// A value is NaN or infinite.
    #[error("{what} holds {value} in row {row}, column {column}, not a finite number")]
    NotFinite {
        /// Which vector or matrix.
        what: &'static str,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// The system has no value at a point.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The Jacobian has no eigenvalues.
    #[error("the eigenvalues of the Jacobian: {0}")]
    Eigen(#[from] EigenError),
    /// The matrix exponential of the linear part overflows.
    #[error("the exponential of the linear part over one step: {0}")]
    Exponential(#[from] ExpmError),
}

/// The value where it is positive and finite.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, TransformError> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(TransformError::Factor { what, value })
    }
}

/// Nothing where all values of a column-major matrix are finite.
pub(super) fn finite(
    what: &'static str,
    rows: usize,
    values: &[f64],
) -> Result<(), TransformError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at % rows, at / rows);
            Err(TransformError::NotFinite { what, row, column, value: values[at] })
        }
    }
}
