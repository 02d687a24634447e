//! Eigenvalues, non-normality, and what random matrices lead to expect.

mod values;

pub use values::{Modes, Role, Rotation, Spectrum, jacobian, modes};

#[cfg(test)]
mod tests;
