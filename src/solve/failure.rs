//! Why Newton's method failed.

use crate::{dae::Dae, solve::SolveError};

/// Why an attempt failed; the caller knows what to try next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    /// The unknown that is farthest off.
    pub(super) unknown: usize,
    pub(super) reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reason {
    /// The matrix does not determine the unknown.
    Singular,
    /// A value is NaN or infinite.
    NotFinite,
    /// It is off by this many times its tolerance, after so many iterations.
    Inaccurate(f64, usize),
    /// Switches move without end.
    Chatter,
}

impl Failure {
    pub(super) fn not_finite(unknown: usize) -> Self {
        Self { unknown, reason: Reason::NotFinite }
    }

    /// A step whose error is too large: the unknown and by how many times.
    pub(super) fn inaccurate((unknown, excess): (usize, f64)) -> Self {
        Self { unknown, reason: Reason::Inaccurate(excess, 0) }
    }

    /// Switches that move without end.
    pub(super) fn chatter() -> Self {
        Self { unknown: 0, reason: Reason::Chatter }
    }

    /// The unknown that the matrix did not determine.
    pub(super) fn undetermined(&self) -> Option<usize> {
        (self.reason == Reason::Singular).then_some(self.unknown)
    }

    /// True where the iteration went astray, not the equations.
    pub(super) fn is_inaccurate(&self) -> bool {
        matches!(self.reason, Reason::Inaccurate(..) | Reason::Chatter)
    }

    /// The failure of an operating point.
    pub(super) fn into_error(self, system: &impl Dae, time: f64) -> SolveError {
        let unknown = system.unknowns()[self.unknown].name.clone();
        match self.reason {
            Reason::Singular => SolveError::Singular { unknown, time },
            Reason::NotFinite => SolveError::NotFinite { unknown, time },
            Reason::Inaccurate(excess, iterations) => {
                SolveError::NoConvergence { unknown, excess, iterations }
            }
            Reason::Chatter => SolveError::Chatter { time },
        }
    }

    /// The failure of a step that cannot be made any smaller.
    pub(super) fn into_step_error(self, system: &impl Dae, step: f64, time: f64) -> SolveError {
        match self.reason {
            Reason::Inaccurate(excess, _) => {
                let unknown = system.unknowns()[self.unknown].name.clone();
                SolveError::StepTooSmall { unknown, excess, step, time }
            }
            Reason::Singular | Reason::NotFinite | Reason::Chatter => self.into_error(system, time),
        }
    }
}
