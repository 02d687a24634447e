//! Transients of the Lur'e normal form.

mod dopri5;
mod field;
mod integrate;
mod rodas4;

pub use field::Field;
pub use integrate::{Integrator, Options, Trajectory, integrate};
