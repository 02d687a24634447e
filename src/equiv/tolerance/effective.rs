//! The equation that a board with given values realises.

use nalgebra::{DMatrix, DVector};

use crate::rnn::{Activation, Form, Rnn};

/// A network whose units may also differ in the height of sigma.
///
/// ```text
/// form A    dh/dt = -leak h + gain sigma(W h + Win x + b)       y = V h + c
/// form B    du/dt = leak (-u + W sigma(u) + Win x + b)          y = V sigma(u) + c
/// ```
///
/// A network without outputs is read by its units: V is then the identity.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::equiv) struct Effective {
    pub(super) form: Form,
    pub(super) activation: Activation,
    pub(super) recurrent: DMatrix<f64>,
    pub(super) input: DMatrix<f64>,
    pub(super) bias: DVector<f64>,
    pub(super) leak: DVector<f64>,
    /// Form A only.
    pub(super) gain: DVector<f64>,
    pub(super) readout: DMatrix<f64>,
    pub(super) readout_bias: DVector<f64>,
}

impl Effective {
    /// The network itself.
    pub(in crate::equiv) fn of(network: &Rnn) -> Self {
        let parts = network.parts();
        let units = network.units();
        let mut effective = Self {
            form: parts.form,
            activation: parts.activation,
            recurrent: parts.recurrent.clone(),
            input: parts.input.clone(),
            bias: parts.bias.clone(),
            leak: parts.leak.clone(),
            gain: DVector::from_element(units, 1.0),
            readout: parts.readout.weights.clone(),
            readout_bias: parts.readout.bias.clone(),
        };
        effective.look_at_units();
        effective
    }

    /// Reads the units where there is nothing else to be read.
    pub(super) fn look_at_units(&mut self) {
        if self.readout.nrows() == 0 {
            let units = self.recurrent.nrows();
            self.readout = DMatrix::identity(units, units);
            self.readout_bias = DVector::zeros(units);
        }
    }

    /// Units, inputs and outputs.
    pub(super) fn shape(&self) -> (usize, usize, usize) {
        (self.recurrent.nrows(), self.input.ncols(), self.readout.nrows())
    }
}
