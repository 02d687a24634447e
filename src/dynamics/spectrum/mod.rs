//! Eigenvalues, non-normality, and what random matrices lead to expect.

mod bulk;
mod calibrate;
mod contour;
mod examine;
mod law;
mod measure;
mod pseudo;
mod radial;
mod sample;
mod summary;
mod surrogate;
mod theory;
mod values;

pub use bulk::{Bulk, Estimate, FEWEST, Form};
pub use calibrate::{Fit, usual_draws};
pub use contour::Grid;
pub use examine::{Examination, ExamineOptions, examine};
pub use law::Law;
pub use pseudo::{Frame, Pseudospectrum, pseudospectrum};
pub use summary::{BulkSummary, Growing, Special, SpectrumSummary, TheorySummary, Turning};
pub use theory::{Ensemble, Theory, TheoryError};
pub use values::{Modes, Role, Rotation, Spectrum, jacobian, modes};

#[cfg(test)]
mod tests;
