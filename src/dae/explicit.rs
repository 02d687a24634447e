//! Systems whose rate or next state is given explicitly.

use nalgebra::DMatrix;

use super::Unknown;

/// How a state moves.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Time {
    /// `dx/dt = F(x, u)`.
    Continuous,
    /// `x[n+1] = F(x[n], u[n])`.
    Discrete {
        /// Time between two states, in the unit of time of the system.
        step: f64,
    },
}

/// Why a system has no value at a point.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SystemError {
    /// The static nonlinearities form a loop that Newton's method cannot solve.
    #[error("the algebraic loop through {block} has no solution that could be found")]
    AlgebraicLoop {
        /// A nonlinearity of the loop.
        block: String,
    },
    /// An implicit step has no solution that Newton's method could find.
    #[error(
        "the implicit step of {step} has no solution that could be found: {state} is still off by {residual:.3e}"
    )]
    ImplicitStep {
        /// The step, in the unit of time of the system.
        step: f64,
        /// The state that is farthest off.
        state: String,
        /// How far.
        residual: f64,
    },
}

/// A system in explicit state-space form with named states, inputs and outputs,
///
/// ```text
/// dx/dt = F(x, u)   or   x[n+1] = F(x[n], u[n]),   y = G(x, u).
/// ```
///
/// Networks, their maps, the normal forms of circuits and all transforms of
/// these are such systems; spectra, attractors and controllability are written
/// against it. It does not depend on time but through u.
pub trait System: Send + Sync {
    /// Whether the state flows or steps.
    fn time(&self) -> Time;
    /// Names and units of the states, in order.
    fn states(&self) -> Vec<Unknown>;
    /// Names of the inputs, in order.
    fn inputs(&self) -> Vec<String>;
    /// Names of the outputs, in order.
    fn outputs(&self) -> Vec<String>;
    /// Numbers of states, inputs and outputs.
    fn shape(&self) -> (usize, usize, usize);
    /// Writes F(x, u), a rate or the next state, into `out`.
    ///
    /// # Errors
    ///
    /// [`SystemError`] where F has no value.
    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError>;
    /// Writes dF/dx, states x states, into `out`.
    ///
    /// # Errors
    ///
    /// As [`System::evolve`].
    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError>;
    /// dF/du, states x inputs.
    ///
    /// # Errors
    ///
    /// As [`System::evolve`].
    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError>;
    /// Writes G(x, u) into `y`.
    ///
    /// # Errors
    ///
    /// As [`System::evolve`].
    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError>;
    /// dG/dx, outputs x states, and dG/du, outputs x inputs.
    ///
    /// # Errors
    ///
    /// As [`System::evolve`].
    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError>;
    /// True where F(-x, 0) = -F(x, 0) is known to hold, so that whatever
    /// attracts has a mirror image.
    fn is_odd(&self) -> bool;
    /// True where F is known to be affine in (x, u), so that its Jacobians are
    /// the same everywhere.
    fn is_affine(&self) -> bool {
        false
    }
    /// The linear part that F is written with, states x states, where there is a
    /// natural one: `-Lambda` of a network, A of a normal form.
    ///
    /// A transform keeps it with what it transforms, so that an exponential
    /// integrator means the same before and after a linearisation.
    fn linear_part(&self) -> Option<DMatrix<f64>> {
        None
    }
}
