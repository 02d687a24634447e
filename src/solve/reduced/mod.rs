//! Transients of the Lur'e normal form and of other explicit systems.

mod control;
mod dop853;
mod field;
mod integrate;
mod rhs;
mod rodas4;
mod run;

pub use field::Field;
pub use integrate::{
    Integrator, Options, Trajectory, Watch, integrate, integrate_system, integrate_watched,
};
