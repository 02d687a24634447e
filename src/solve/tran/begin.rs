//! Consistent unknowns at the start of a transient.

use crate::{
    dae::Dae,
    solve::{
        NewtonOptions, SolveError, Start,
        newton::Problem,
        tolerance::excess,
        tran::run::{NEWTON_SHARE, Run},
    },
};

/// The step that finds consistent unknowns, relative to the largest.
const CONSISTENCY_STEP: f64 = 1e-6;

impl<S: Dae> Run<'_, S> {
    /// Finds consistent unknowns at t = 0.
    pub(super) fn begin(&mut self, start: &Start) -> Result<(), SolveError> {
        self.drive.values(0.0, &mut self.u);
        match start {
            Start::OperatingPoint(x) => {
                self.x.copy_from_slice(x);
                self.newton.anchor_at(self.system, x);
                self.newton.switch(self.system, x);
                self.measure_capacity();
                self.system.residual(x, &self.u, 0.0, &mut self.newton.eval);
                let mut charges = self.newton.eval.q.clone();
                self.settle(&mut charges)?;
                let change: Vec<f64> = self.x.iter().zip(x).map(|(new, old)| new - old).collect();
                if excess(&self.newton.currents, x, &change, &self.newton_options(1.0)).1 <= 1.0 {
                    // It is what it says, to the bit.
                    self.x.copy_from_slice(x);
                }
                self.begin_with(&charges);
            }
            Start::Charges(charges) => {
                self.measure_capacity();
                let mut charges = charges.clone();
                self.settle(&mut charges)?;
                for _ in 0..self.system.switches() {
                    if !self.newton.switch(self.system, &self.x) {
                        break;
                    }
                    self.newton.forget();
                    self.settle(&mut charges)?;
                }
                self.begin_with(&charges);
            }
        }
        Ok(())
    }

    fn begin_with(&mut self, charges: &[f64]) {
        self.newton.forget();
        self.measure_capacity();
        // The rate at a corner is never read.
        self.newton.eval.q.copy_from_slice(charges);
        self.history.push(0.0, [&mut self.x, &mut self.newton.eval.q, &mut self.rate]);
    }

    /// Finds the unknowns that belong to `charges` by a step so short that charges
    /// stay. Those that do not, however short it is, contradict the inputs or each
    /// other; they become what they move to, and the impulse of current is over.
    fn settle(&mut self, charges: &mut Vec<f64>) -> Result<(), SolveError> {
        let mut step = self.options.max_step * CONSISTENCY_STEP;
        let mut before = f64::INFINITY;
        loop {
            self.euler(charges, step)?;
            let moved = self.movement(charges);
            if moved <= 1.0 {
                return Ok(());
            }
            if moved > 0.5 * before {
                charges.clone_from(&self.newton.eval.q);
                return self.euler(charges, step);
            }
            before = moved;
            step *= 0.01;
        }
    }

    /// One step of Euler's implicit method with the inputs of t = 0.
    fn euler(&mut self, charges: &[f64], step: f64) -> Result<(), SolveError> {
        let alpha = 1.0 / step;
        for (rest, q) in self.rest.iter_mut().zip(charges) {
            *rest = -alpha * q;
        }
        let options =
            NewtonOptions { full: true, max_iterations: 100, ..self.newton_options(NEWTON_SHARE) };
        let problem = Problem { u: &self.u, time: 0.0, alpha, rest: &self.rest };
        self.newton
            .solve(self.system, problem, &mut self.x, &options)
            .map_err(|failure| failure.into_error(self.system, 0.0))?;
        self.system.residual(&self.x, &self.u, 0.0, &mut self.newton.eval);
        Ok(())
    }
}
