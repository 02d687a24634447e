//! equiv

mod ode_guard;

pub mod reference;
