//! Eigenvalues, non-normality, and what random matrices lead to expect.

mod bulk;
mod contour;
mod law;
mod surrogate;
mod theory;
mod values;

pub use bulk::{Bulk, Estimate, FEWEST};
pub use contour::Grid;
pub use law::Law;
pub use theory::{Ensemble, Fit, Theory};
pub use values::{Modes, Role, Rotation, Spectrum, jacobian, modes};

#[cfg(test)]
mod tests;
