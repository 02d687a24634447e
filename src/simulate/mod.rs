//! What a deck asks for: operating points, sweeps, transients, and small signals.
//!
//! A transient takes one of two paths. The reduced path integrates the normal
//! form that is left when all algebraic unknowns are eliminated, the MNA path
//! the differential-algebraic equations as they stand; [`Path::Auto`] takes the
//! reduced one where it exists and is the cheaper one, and every result says
//! which was taken and why.

mod ac;
mod around;
mod error;
mod fourier;
mod measure;
mod nodal;
mod noise;
mod normal;
mod operating_point;
mod options;
mod plan;
mod poles;
mod result;
mod run;
mod sensitivity;
mod simulation;
mod sweep;
mod trace;
mod transfer;
mod watch;

pub use error::SimulationError;
pub use fourier::{FourierComponents, FourierResult, Harmonic};
pub use measure::MeasureResult;
pub use operating_point::operating_state;
pub use options::{Path, Scheme, SimulationOptions};
pub use result::{
    AcResult, AnalysisResult, NoiseResult, OperatingPointResult, PolesZerosResult, Reading,
    Sensitivity, SensitivityResult, SweepResult, TransferResult, TransientResult,
};
pub use run::simulate;
pub use simulation::{Simulation, Verdict, carry_out};
pub use watch::{Ending, Progress, to_the_end};

#[cfg(test)]
mod tests;
