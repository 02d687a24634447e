//! The right-hand side of a normal form, ready for the hot loop.

use nalgebra::DMatrix;

use super::rhs::{OVERHEAD, RightHandSide, at_time};
use crate::{
    dae::{Coefficient, Drive, Evaluator, EvaluatorRoom, Lure},
    solve::SolveError,
};

/// `dx/dt` and `y` of a normal form as functions of time and state. It owns all
/// the room it needs and allocates nothing once made (but for algebraic loops
/// and Jacobians).
pub struct Field<'a> {
    lure: &'a Lure,
    drive: &'a dyn Drive,
    evaluator: Evaluator,
    room: EvaluatorRoom,
    u: Vec<f64>,
    /// Evaluations so far.
    pub evaluations: u64,
}

impl<'a> Field<'a> {
    /// The field of `lure` under `drive`, whose channels are the inputs of `lure`.
    #[must_use]
    pub fn new(lure: &'a Lure, drive: &'a dyn Drive) -> Self {
        Self {
            lure,
            drive,
            evaluator: Evaluator::of(lure),
            room: EvaluatorRoom::of(lure),
            u: vec![0.0; lure.sizes().inputs],
            evaluations: 0,
        }
    }

    /// The normal form.
    #[must_use]
    pub fn lure(&self) -> &'a Lure {
        self.lure
    }

    /// Writes dx/dt at (time, x).
    ///
    /// # Errors
    ///
    /// [`SolveError::AlgebraicLoop`] where a loop of nonlinearities cannot be solved.
    pub fn derivative(&mut self, time: f64, x: &[f64], dx: &mut [f64]) -> Result<(), SolveError> {
        self.evaluations += 1;
        self.drive.values(time, &mut self.u);
        let done = self.evaluator.rate(self.lure, (x, &self.u), &mut self.room, dx);
        done.map_err(|error| at_time(error, time))
    }

    /// Writes y at (time, x).
    ///
    /// # Errors
    ///
    /// As [`Field::derivative`].
    pub fn output(&mut self, time: f64, x: &[f64], y: &mut [f64]) -> Result<(), SolveError> {
        self.drive.values(time, &mut self.u);
        let done = self.evaluator.output(self.lure, (x, &self.u), &mut self.room, y);
        done.map_err(|error| at_time(error, time))
    }

    /// The Jacobian of dx/dt with respect to x at (time, x).
    ///
    /// # Errors
    ///
    /// As [`Field::derivative`].
    pub fn jacobian(&mut self, time: f64, x: &[f64]) -> Result<DMatrix<f64>, SolveError> {
        self.drive.values(time, &mut self.u);
        let by_states = [Coefficient::A, Coefficient::B, Coefficient::C];
        let found = self.evaluator.jacobian(self.lure, (x, &self.u), &mut self.room, by_states);
        found.map_err(|error| at_time(error, time))
    }
}

impl RightHandSide for Field<'_> {
    fn derivative(&mut self, time: f64, x: &[f64], dx: &mut [f64]) -> Result<(), SolveError> {
        Field::derivative(self, time, x, dx)
    }

    fn jacobian(&mut self, time: f64, x: &[f64]) -> Result<DMatrix<f64>, SolveError> {
        Field::jacobian(self, time, x)
    }

    fn output(&mut self, time: f64, x: &[f64], y: &mut [f64]) -> Result<(), SolveError> {
        Field::output(self, time, x, y)
    }

    fn shape(&self) -> (usize, usize, usize) {
        let sizes = self.lure.sizes();
        (sizes.states, sizes.inputs, sizes.outputs)
    }

    fn state(&self, at: usize) -> String {
        self.lure.parts().states.get(at).cloned().unwrap_or_default()
    }

    fn work(&self) -> f64 {
        self.evaluator.work() + OVERHEAD
    }

    fn evaluations(&self) -> u64 {
        self.evaluations
    }
}
