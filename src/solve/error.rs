//! Why there is no solution.

/// A failure of a solver, with the unknown to blame.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The linearised equations do not determine an unknown.
    #[error("the equations do not determine {unknown} at t = {time:.6e} s")]
    Singular {
        /// The unknown.
        unknown: String,
        /// s
        time: f64,
    },
    /// A value became NaN or infinite.
    #[error("{unknown} is not a finite number at t = {time:.6e} s")]
    NotFinite {
        /// The unknown or equation.
        unknown: String,
        /// s
        time: f64,
    },
    /// Newton's method did not converge, with all its aids.
    #[error(
        "no operating point found: {unknown} still changes by {excess:.3e} times its tolerance after {iterations} iterations"
    )]
    NoConvergence {
        /// The unknown that is farthest off.
        unknown: String,
        /// Its last change in units of its tolerance.
        excess: f64,
        /// Iterations of the last attempt.
        iterations: usize,
    },
    /// A voltage is held at a value, but a source determines it.
    #[error("{unknown} cannot be held at {value} V: a source determines it already")]
    Held {
        /// The unknown.
        unknown: String,
        /// V
        value: f64,
    },
    /// What a switch does moves it, or another, back.
    #[error(
        "the switches find no states that last at t = {time:.6e} s: what one does moves it, or another, back"
    )]
    Chatter {
        /// s
        time: f64,
    },
    /// The step has become too small to advance.
    #[error(
        "the time step fell to {step:.3e} s at t = {time:.6e} s; {unknown} is {excess:.3e} times its tolerance off"
    )]
    StepTooSmall {
        /// The unknown that is farthest off.
        unknown: String,
        /// In units of its tolerance.
        excess: f64,
        /// s
        step: f64,
        /// s
        time: f64,
    },
    /// More steps than allowed.
    #[error("gave up after {steps} steps at t = {time:.6e} s")]
    TooManySteps {
        /// Steps taken.
        steps: u64,
        /// s
        time: f64,
    },
    /// The static nonlinearities form a loop that Newton's method cannot solve.
    #[error(
        "the algebraic loop through {block} has no solution that could be found at t = {time:.6e} s"
    )]
    AlgebraicLoop {
        /// A nonlinearity of the loop.
        block: String,
        /// s
        time: f64,
    },
    /// An argument that makes no sense.
    #[error("{0}")]
    Argument(String),
}

impl SolveError {
    /// The unknown or equation that it names.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Singular { unknown, .. }
            | Self::NotFinite { unknown, .. }
            | Self::NoConvergence { unknown, .. }
            | Self::Held { unknown, .. }
            | Self::StepTooSmall { unknown, .. } => Some(unknown),
            Self::Chatter { .. }
            | Self::TooManySteps { .. }
            | Self::AlgebraicLoop { .. }
            | Self::Argument(_) => None,
        }
    }
}
