//! Maps and flows under constant input, moved alike.

use nalgebra::{DMatrix, DMatrixView};

use super::{AttractorError, integrate::Integrator};
use crate::{
    dae::{System, SystemError, Time},
    linalg::norm,
};

/// Steps of the integrator in one run before it gives up.
const BUDGET: u64 = 3_000_000;

/// A system under constant input.
#[derive(Clone, Copy)]
pub(super) struct Motion<'a> {
    pub(super) system: &'a dyn System,
    pub(super) input: &'a [f64],
    /// Time of one sample: the step of a map, what was asked for of a flow.
    pub(super) unit: f64,
    /// Relative error of a step of the integrator of a flow.
    pub(super) tolerance: f64,
}

pub(super) type Rate<'a> = Box<dyn FnMut(&[f64], &mut [f64]) -> Result<(), SystemError> + 'a>;

/// What moves a state by one sample.
pub(super) enum Walker<'a> {
    Map { motion: Motion<'a>, next: Vec<f64> },
    Flow { integrator: Box<Integrator<Rate<'a>>>, unit: f64 },
}

impl<'a> Motion<'a> {
    /// Checks the lengths of state and input.
    pub(super) fn new(
        system: &'a dyn System,
        x: &[f64],
        input: &'a [f64],
        (unit, tolerance): (f64, f64),
    ) -> Result<Self, AttractorError> {
        let (states, inputs, _) = system.shape();
        let shape = |what, found, expected| {
            if found == expected {
                Ok(())
            } else {
                Err(AttractorError::Shape { what, found, expected })
            }
        };
        shape("state", x.len(), states)?;
        shape("input", input.len(), inputs)?;
        let unit = match system.time() {
            Time::Continuous => unit,
            Time::Discrete { step } => step,
        };
        for (what, value) in [("time of a sample", unit), ("tolerance", tolerance)] {
            if !(value > 0.0 && value.is_finite()) {
                let expected = "a positive finite number";
                return Err(AttractorError::Option { what, value, expected });
            }
        }
        Ok(Self { system, input, unit, tolerance })
    }

    pub(super) fn states(&self) -> usize {
        self.system.shape().0
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.system.time(), Time::Discrete { .. })
    }

    pub(super) fn walker(&self) -> Walker<'a> {
        if self.is_map() {
            return Walker::Map { motion: *self, next: vec![0.0; self.states()] };
        }
        Walker::Flow { integrator: Box::new(self.integrator()), unit: self.unit }
    }

    pub(super) fn integrator(&self) -> Integrator<Rate<'a>> {
        let (system, input) = (self.system, self.input);
        let rate: Rate<'a> = Box::new(move |x, out| system.evolve(x, input, out));
        Integrator::new(rate, self.states(), self.tolerance, BUDGET)
    }

    /// The flow with `columns` tangent vectors, and last the integral of the
    /// trace of the Jacobian:
    ///
    /// ```text
    /// dx/dt = F(x),  dQ/dt = J(x) Q,  dv/dt = tr J(x)
    /// ```
    pub(super) fn variational(&self, columns: usize) -> Integrator<Rate<'a>> {
        let (system, input, states) = (self.system, self.input, self.states());
        let mut jacobian = DMatrix::zeros(states, states);
        let rate: Rate<'a> = Box::new(move |x, out| {
            let (point, tangents) = x.split_at(states);
            let (rate, rest) = out.split_at_mut(states);
            system.evolve(point, input, rate)?;
            system.jacobian(point, input, &mut jacobian)?;
            let length = states * columns;
            let frame = DMatrixView::from_slice(&tangents[..length], states, columns);
            rest[..length].copy_from_slice((&jacobian * frame).as_slice());
            rest[length] = jacobian.trace();
            Ok(())
        });
        Integrator::new(rate, states * (columns + 1) + 1, self.tolerance, BUDGET)
    }

    pub(super) fn output(&self, x: &[f64]) -> Result<Vec<f64>, SystemError> {
        let mut y = vec![0.0; self.system.shape().2];
        self.system.output(x, self.input, &mut y)?;
        Ok(y)
    }
}

impl Walker<'_> {
    /// Moves `x` by one sample.
    pub(super) fn advance(&mut self, x: &mut [f64]) -> Result<(), AttractorError> {
        match self {
            Self::Map { motion, next } => {
                motion.system.evolve(x, motion.input, next)?;
                x.copy_from_slice(next);
                Ok(())
            }
            Self::Flow { integrator, unit } => integrator.advance(x, *unit),
        }
    }
}

/// `||a - b||`.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&difference)
}
