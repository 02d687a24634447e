//! Trajectories of many units in a few dimensions.

mod independent;
mod linear;
mod populations;
mod recording;

pub use linear::{Method, Projection, ProjectionError, project};
pub use populations::{Population, Populations};
pub use recording::{RecordError, Recording, record};

#[cfg(test)]
mod tests;
