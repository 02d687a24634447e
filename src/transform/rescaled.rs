//! Another unit of time.

use nalgebra::DMatrix;

use super::TransformError;
use super::error::positive;
use crate::dae::{Drive, System, SystemError, Time, Unknown};

/// A system in the time `s = a t`: `dx/ds = F(x, u) / a`.
///
/// A map stays the same map; only its step, a label, becomes `a d`. Inputs that
/// were functions of t have to be given as functions of s ([`StretchedDrive`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Rescaled<S> {
    system: S,
    factor: f64,
}

impl<S: System> Rescaled<S> {
    /// `system` in the time `s = factor t`.
    ///
    /// # Errors
    ///
    /// [`TransformError::Factor`] where `factor`, or the step that it makes of
    /// that of a map, is not positive and finite.
    pub fn new(system: S, factor: f64) -> Result<Self, TransformError> {
        positive("the factor of time", factor)?;
        if let Time::Discrete { step } = system.time() {
            positive("the rescaled step", step * factor)?;
        }
        Ok(Self { system, factor })
    }

    /// The system in its own time.
    pub fn system(&self) -> &S {
        &self.system
    }

    /// a.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// What rates have to be divided by.
    fn divisor(&self) -> f64 {
        if self.system.time() == Time::Continuous { self.factor } else { 1.0 }
    }
}

impl<S: System> System for Rescaled<S> {
    fn time(&self) -> Time {
        match self.system.time() {
            Time::Continuous => Time::Continuous,
            Time::Discrete { step } => Time::Discrete { step: step * self.factor },
        }
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
        self.system.evolve(x, u, out)?;
        let divisor = self.divisor();
        for rate in out.iter_mut() {
            *rate /= divisor;
        }
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        self.system.jacobian(x, u, out)?;
        *out /= self.divisor();
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        Ok(self.system.input_jacobian(x, u)? / self.divisor())
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        self.system.output(x, u, y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        self.system.output_jacobians(x, u)
    }

    fn is_odd(&self) -> bool {
        self.system.is_odd()
    }

    fn is_affine(&self) -> bool {
        self.system.is_affine()
    }

    fn linear_part(&self) -> Option<DMatrix<f64>> {
        Some(self.system.linear_part()? / self.divisor())
    }
}

/// Inputs in the time `s = a t`: `u~(s) = u(s / a)`.
pub struct StretchedDrive<'a> {
    /// The inputs as functions of t.
    pub drive: &'a dyn Drive,
    /// a, positive.
    pub factor: f64,
}

impl Drive for StretchedDrive<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        self.drive.values(time / self.factor, u);
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        let mut corners = self.drive.corners(stop / self.factor);
        for corner in &mut corners {
            *corner *= self.factor;
        }
        corners
    }
}
