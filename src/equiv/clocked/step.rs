//! One period of the clock, phase by phase.

use crate::{
    dae::{Coefficient, Evaluator, EvaluatorRoom, SystemError},
    equiv::clocked::Clocked,
};

/// What the periods of a circuit need.
#[derive(Clone, Debug)]
pub struct Stepper<'a> {
    clocked: &'a Clocked,
    evaluators: Vec<Evaluator>,
    /// Per phase, the diagonal of A, 1/s.
    rates: Vec<Vec<f64>>,
    rooms: Vec<EvaluatorRoom>,
    dx: Vec<f64>,
}

impl<'a> Stepper<'a> {
    /// Room for the periods of `clocked`.
    #[must_use]
    pub fn new(clocked: &'a Clocked) -> Self {
        let lures = || clocked.phases.iter().map(|phase| &phase.reduction.lure);
        Self {
            clocked,
            evaluators: lures().map(Evaluator::of).collect(),
            rates: lures().map(super::rates).collect(),
            rooms: lures().map(EvaluatorRoom::of).collect(),
            dx: vec![0.0; lures().next().map_or(0, |lure| lure.sizes().states)],
        }
    }

    /// Takes the states `x` of the circuit, V, through one period in which its inputs
    /// hold `u`.
    ///
    /// In a phase of duration d every state obeys `x' = r + a (x - x(0))`, with a the
    /// diagonal entry of its row and r its rate at the start, as long as the others
    /// hold; so it moves by `r (exp(a d) - 1) / a`, exactly. That the others hold is
    /// what a map of cells is ([`Clocked::map`]); what they lose is [`Clocked::droop`].
    ///
    /// # Errors
    ///
    /// [`SystemError`] where an algebraic loop has no solution.
    pub fn period(&mut self, x: &mut [f64], u: &[f64]) -> Result<(), SystemError> {
        for (at, phase) in self.clocked.phases.iter().enumerate() {
            let lure = &phase.reduction.lure;
            self.evaluators[at].rate(lure, (x, u), &mut self.rooms[at], &mut self.dx)?;
            for ((value, rate), &a) in x.iter_mut().zip(&self.dx).zip(&self.rates[at]) {
                let d = phase.duration;
                let time = if a == 0.0 { d } else { (a * d).exp_m1() / a };
                *value += rate * time;
            }
        }
        Ok(())
    }

    /// The outputs at the end of a period in the states `x`.
    ///
    /// # Errors
    ///
    /// As [`Stepper::period`].
    pub fn outputs(&mut self, x: &[f64], u: &[f64]) -> Result<Vec<f64>, SystemError> {
        let at = self.clocked.phases.len() - 1;
        let lure = &self.clocked.phases[at].reduction.lure;
        let mut y = vec![0.0; lure.constant(Coefficient::Y0).len()];
        self.evaluators[at].output(lure, (x, u), &mut self.rooms[at], &mut y)?;
        Ok(y)
    }
}
