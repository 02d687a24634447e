//! equiv

mod ode_guard;
mod reference;

pub use ode_guard::OdeFault;
pub use reference::{ReferenceError, ReferenceTrajectory, euler, integrate};
