//! Another unit of the states.

use nalgebra::DMatrix;

use super::TransformError;
use super::error::positive;
use crate::dae::{System, SystemError, Time, Unknown};

/// A system in the states `g = S x` with S diagonal and positive:
/// `dg/dt = S F(S^-1 g, u)`, or `g[n+1] = S F(S^-1 g[n], u[n])`; outputs stay.
///
/// Names stay, as the states are the same quantities in another unit. Where a
/// rescaling in time by a = lambda turns `-lambda h + sigma(...)` into
/// `-h + sigma(...) / lambda`, scaling all states by lambda removes the factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled<S> {
    system: S,
    factors: Vec<f64>,
}

impl<S: System> Scaled<S> {
    /// `system` with its states multiplied by `factors`, one a state.
    ///
    /// # Errors
    ///
    /// [`TransformError::Length`] and [`TransformError::Factor`].
    pub fn new(system: S, factors: Vec<f64>) -> Result<Self, TransformError> {
        let (expected, found) = (system.shape().0, factors.len());
        if found != expected {
            return Err(TransformError::Length {
                what: "the scale of the states",
                expected,
                found,
            });
        }
        for &factor in &factors {
            positive("a factor of the states", factor)?;
        }
        Ok(Self { system, factors })
    }

    /// The system in its own states.
    pub fn system(&self) -> &S {
        &self.system
    }

    /// The diagonal of S.
    pub fn factors(&self) -> &[f64] {
        &self.factors
    }

    fn inner(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.factors).map(|(x, factor)| x / factor).collect()
    }

    fn scale_rows(&self, matrix: &mut DMatrix<f64>) {
        for mut column in matrix.column_iter_mut() {
            column.iter_mut().zip(&self.factors).for_each(|(value, factor)| *value *= factor);
        }
    }

    fn scale_columns(&self, matrix: &mut DMatrix<f64>) {
        for (mut column, &factor) in matrix.column_iter_mut().zip(&self.factors) {
            column /= factor;
        }
    }
}

impl<S: System> System for Scaled<S> {
    fn time(&self) -> Time {
        self.system.time()
    }

    fn states(&self) -> Vec<Unknown> {
        self.system.states()
    }

    fn inputs(&self) -> Vec<String> {
        self.system.inputs()
    }

    fn outputs(&self) -> Vec<String> {
        self.system.outputs()
    }

    fn shape(&self) -> (usize, usize, usize) {
        self.system.shape()
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        self.system.evolve(&self.inner(x), u, out)?;
        out.iter_mut().zip(&self.factors).for_each(|(value, factor)| *value *= factor);
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        self.system.jacobian(&self.inner(x), u, out)?;
        self.scale_rows(out);
        self.scale_columns(out);
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        let mut jacobian = self.system.input_jacobian(&self.inner(x), u)?;
        self.scale_rows(&mut jacobian);
        Ok(jacobian)
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        self.system.output(&self.inner(x), u, y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        let (mut by_states, by_inputs) = self.system.output_jacobians(&self.inner(x), u)?;
        self.scale_columns(&mut by_states);
        Ok((by_states, by_inputs))
    }

    fn is_odd(&self) -> bool {
        self.system.is_odd()
    }

    fn is_affine(&self) -> bool {
        self.system.is_affine()
    }

    fn linear_part(&self) -> Option<DMatrix<f64>> {
        let mut part = self.system.linear_part()?;
        self.scale_rows(&mut part);
        self.scale_columns(&mut part);
        Some(part)
    }
}
