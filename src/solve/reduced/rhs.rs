//! What the integrators integrate.

use nalgebra::DMatrix;

use crate::{
    dae::{Drive, System, SystemError},
    solve::SolveError,
};

/// Multiplications that take as long as the calls around them.
pub(super) const OVERHEAD: f64 = 100.0;

/// The right-hand side of `dx/dt = F(x, u(t))`, with what is read off it.
pub(super) trait RightHandSide {
    /// Writes dx/dt at (time, x).
    fn derivative(&mut self, time: f64, x: &[f64], dx: &mut [f64]) -> Result<(), SolveError>;
    /// The Jacobian of dx/dt with respect to x.
    fn jacobian(&mut self, time: f64, x: &[f64]) -> Result<DMatrix<f64>, SolveError>;
    /// Writes y at (time, x).
    fn output(&mut self, time: f64, x: &[f64], y: &mut [f64]) -> Result<(), SolveError>;
    /// Numbers of states, inputs and outputs.
    fn shape(&self) -> (usize, usize, usize);
    /// The name of a state; empty where there is none of that number.
    fn state(&self, at: usize) -> String;
    /// Multiplications that an evaluation of dx/dt takes, about.
    fn work(&self) -> f64;
    /// Evaluations of dx/dt so far.
    fn evaluations(&self) -> u64;
}

/// A continuous system under its inputs.
pub(super) struct Driven<'a> {
    system: &'a dyn System,
    drive: &'a dyn Drive,
    u: Vec<f64>,
    evaluations: u64,
}

impl<'a> Driven<'a> {
    pub(super) fn new(system: &'a dyn System, drive: &'a dyn Drive) -> Self {
        Self { system, drive, u: vec![0.0; system.shape().1], evaluations: 0 }
    }
}

impl RightHandSide for Driven<'_> {
    fn derivative(&mut self, time: f64, x: &[f64], dx: &mut [f64]) -> Result<(), SolveError> {
        self.evaluations += 1;
        self.drive.values(time, &mut self.u);
        self.system.evolve(x, &self.u, dx).map_err(|error| at_time(error, time))
    }

    fn jacobian(&mut self, time: f64, x: &[f64]) -> Result<DMatrix<f64>, SolveError> {
        self.drive.values(time, &mut self.u);
        let mut jacobian = DMatrix::zeros(x.len(), x.len());
        let done = self.system.jacobian(x, &self.u, &mut jacobian);
        done.map_err(|error| at_time(error, time))?;
        Ok(jacobian)
    }

    fn output(&mut self, time: f64, x: &[f64], y: &mut [f64]) -> Result<(), SolveError> {
        self.drive.values(time, &mut self.u);
        self.system.output(x, &self.u, y).map_err(|error| at_time(error, time))
    }

    fn shape(&self) -> (usize, usize, usize) {
        self.system.shape()
    }

    fn state(&self, at: usize) -> String {
        self.system.states().get(at).map(|state| state.name.clone()).unwrap_or_default()
    }

    fn work(&self) -> f64 {
        (self.system.shape().0 as f64).powi(2) + OVERHEAD
    }

    fn evaluations(&self) -> u64 {
        self.evaluations
    }
}

/// The fault of a system as one at a time.
pub(super) fn at_time(error: SystemError, time: f64) -> SolveError {
    match error {
        SystemError::AlgebraicLoop { block } => SolveError::AlgebraicLoop { block, time },
        other @ SystemError::ImplicitStep { .. } => {
            SolveError::Argument(format!("at t = {time:.6e}: {other}"))
        }
    }
}
