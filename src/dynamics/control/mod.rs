//! Controllability and observability of linear systems.
//!
//! A pair (A, B) is controllable where `[s I - A, B]` has full rank at every
//! eigenvalue s of A (Popov, Belevitch, Hautus). What is computed is how far
//! from a loss of rank it is: the smallest singular value there. (A, C) is
//! observable where (A', C') is controllable.

mod gramian;
mod kalman;
mod pencil;
mod rank;
mod reflector;
mod report;
mod space;
mod staircase;

pub use gramian::{Gramian, controllability_gramian, observability_gramian};
pub use kalman::{KALMAN_TOLERANCE, kalman_rank};
pub use rank::{ControlError, Mode, RankTest, controllability, observability};
pub use report::{Aspect, ControlReport, ReportError, Tested, report};
pub use space::{LinearSystem, SpaceError};

#[cfg(test)]
mod tests;
