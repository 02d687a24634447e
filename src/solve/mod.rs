//! Solutions of systems: operating points and transients.
//!
//! Two paths lead from a circuit to its waveforms. [`transient`] integrates the
//! differential-algebraic equations of modified nodal analysis as they stand;
//! [`reduced::integrate`] integrates the normal form that is left when all
//! algebraic unknowns are eliminated. They share no numerical code but the
//! linear algebra.

mod counters;
mod dc;
mod error;
mod failure;
mod history;
mod newton;
pub(crate) mod ode_guard;
mod poles;
pub mod reduced;
mod shunt;
mod small_signal;
mod tolerance;
mod tran;

pub use counters::Counters;
pub use dc::{Aid, DcOptions, OperatingPoint, operating_point};
pub use error::SolveError;
pub use ode_guard::OdeFault;
pub use poles::{LARGEST_POLES, natural_frequencies};
pub use small_signal::SmallSignal;
pub use tolerance::NewtonOptions;
pub use tran::{Method, Observe, Start, TransientOptions, transient};

/// A step no longer than `step`, by less than 1/32 of it, from a grid without rounding
/// errors. Error estimates are small differences of large numbers, so that rounding
/// reaches the steps that follow from them; on the grid it changes nothing, or one step
/// in a million.
fn coarse(step: f64) -> f64 {
    const MANTISSA: u32 = 52;
    const KEPT: u32 = 5;
    f64::from_bits(step.to_bits() & (u64::MAX << (MANTISSA - KEPT)))
}
