//! The three procedures as values: a system rescaled in time, discretised or
//! linearised is a system again, so that they compose in any order,
//!
//! ```text
//! R_a:  s = a t          dx/ds  = F(x, u) / a       a map keeps its states, its step becomes a d
//! D_d:  t = n d          x[n+1] = x[n] + d F(x[n], u[n])       explicit Euler; others as named
//! L:    at (x*, u*)      dx/dt  = F(x*, u*) + A (x - x*) + B (u - u*)
//! ```
//!
//! Rescaling and discretisation commute, `D_{d'} R_a = R_a D_d`, exactly where
//! `d' = a d`; linearisation commutes with rescaling everywhere, and with a
//! discretisation everywhere for explicit Euler and, with a fixed linear part,
//! for exponential Euler, at an equilibrium for the other methods.
//! [`Scaled`] changes the unit of the states, an operation of its own.
//!
//! What is left of these identities is measured by [`commute`].
//!
//! Names and units stay those of the system below. Every one can be simulated
//! ([`simulate()`]), and a chain of them can be printed ([`Recipe::equations`]),
//! saved and loaded ([`Recipe`]).

pub mod commute;

mod discretised;
mod equations;
mod error;
mod implicit;
mod linearised;
mod method;
mod pace;
mod propagator;
mod recipe;
mod rescaled;
mod sampled;
mod scaled;
mod simulate;

pub use discretised::Discretised;
pub use equations::{network_equations, normal_form_equations};
pub use error::TransformError;
pub use linearised::{Linearised, StateSpace};
pub use method::Method;
pub use pace::usual_step;
pub use recipe::{Origin, Recipe, RecipeError, Source, Step};
pub use rescaled::{Rescaled, StretchedDrive};
pub use sampled::Sampled;
pub use scaled::Scaled;
pub use simulate::{Feed, Played, Span, simulate, waveform};

use crate::dae::System;

/// The procedures as methods of every system, so that they read in the order in
/// which they are applied:
///
/// ```
/// use analogon::dae::{System, Time};
/// use analogon::rnn::format::{LoadOptions, load};
/// use analogon::transform::{Method, Transform};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bytes = include_bytes!("../../examples/flip_flop.rnn");
/// let network = load("flip_flop.rnn", bytes, &LoadOptions::default())?.network;
/// let (states, inputs, _) = System::shape(&network);
/// let map = network.rescale(2.0)?.discretise(Method::ExplicitEuler, 0.5)?;
/// let linear = map.linearise(&vec![0.0; states], &vec![0.0; inputs])?;
/// assert_eq!(linear.time(), Time::Discrete { step: 0.5 });
/// # Ok(())
/// # }
/// ```
pub trait Transform: System + Sized {
    /// The same motion in the time `s = a t`: with `factor` a > 1 it takes longer.
    ///
    /// # Errors
    ///
    /// [`TransformError::Factor`] where `factor` is not positive and finite.
    fn rescale(self, factor: f64) -> Result<Rescaled<Self>, TransformError> {
        Rescaled::new(self, factor)
    }

    /// The same motion with all states multiplied by `factor`.
    ///
    /// # Errors
    ///
    /// [`TransformError::Factor`] where `factor` is not positive and finite.
    fn scale(self, factor: f64) -> Result<Scaled<Self>, TransformError> {
        let states = self.shape().0;
        Scaled::new(self, vec![factor; states])
    }

    /// The map over `step`, in the unit of time of the system, its inputs held.
    ///
    /// # Errors
    ///
    /// See [`Discretised::new`].
    fn discretise(self, method: Method, step: f64) -> Result<Discretised<Self>, TransformError> {
        Discretised::new(self, method, step)
    }

    /// The affine system that touches this one at `state` and `input`.
    ///
    /// # Errors
    ///
    /// See [`Linearised::at`].
    fn linearise(&self, state: &[f64], input: &[f64]) -> Result<Linearised, TransformError> {
        Linearised::at(self, state, input)
    }
}

impl<S: System> Transform for S {}

#[cfg(test)]
mod tests;
