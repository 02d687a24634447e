//! Why a long run of a system has no answer.

use super::fixed_points::SearchError;
use crate::{dae::SystemError, linalg::EigenError};

/// Why a long run of a system has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AttractorError {
    /// The system has no value somewhere on the way.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A vector does not fit the system.
    #[error("{what}: {found} values given, the system has {expected}")]
    Shape {
        /// What the vector is.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// An option makes no sense.
    #[error("{what} is {value}, expected {expected}")]
    Option {
        /// The option.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// The flow is too stiff for the explicit method within its budget of steps.
    #[error(
        "{steps} steps of the integrator led only to time {time:.3e}: the flow is stiff; \
         a shorter horizon, or a circuit without its fastest poles, can be followed"
    )]
    TooManySteps {
        /// The budget.
        steps: u64,
        /// The time reached.
        time: f64,
    },
    /// The step of the integrator vanished: the rate jumps or blows up.
    #[error("the step of the integrator vanished near time {time:.3e}; the rate of change jumps")]
    StepTooSmall {
        /// The time reached.
        time: f64,
    },
    /// The multipliers of a cycle or point cannot be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// The search for a fixed point failed.
    #[error(transparent)]
    Search(#[from] SearchError),
}
