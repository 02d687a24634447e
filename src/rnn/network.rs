//! The continuous-time network.

use nalgebra::{DMatrix, DVector};

use crate::rnn::Activation;

/// Where the nonlinearity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Form {
    /// `dh/dt = -Lambda h + sigma(W h + Win x + b)`, `y = V h + c`: the trained networks.
    A,
    /// `du/dt = Lambda (-u + W sigma(u) + Win x + b)`, `y = V sigma(u) + c`: Hopfield's;
    /// `Lambda = diag(1/tau)`.
    B,
}

/// `y = V r + c`, with r = h in form A and r = sigma(u) in form B.
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    /// V, outputs x units.
    pub weights: DMatrix<f64>,
    /// c, one an output.
    pub bias: DVector<f64>,
}

/// What a network consists of, before it is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Where the nonlinearity stands.
    pub form: Form,
    /// sigma, the same for all units.
    pub activation: Activation,
    /// W, units x units, `w[(to, from)]`.
    pub recurrent: DMatrix<f64>,
    /// Win, units x inputs.
    pub input: DMatrix<f64>,
    /// b, one a unit.
    pub bias: DVector<f64>,
    /// lambda, one a unit, 1 / model time unit, positive.
    pub leak: DVector<f64>,
    /// V and c; zero outputs for a network without a readout.
    pub readout: Readout,
}

/// A continuous-time network with consistent shapes and finite weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Rnn {
    parts: Parts,
}

/// Why parts are no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RnnError {
    /// There are no units.
    #[error("the network has no units")]
    Empty,
    /// A shape disagrees with the number of units or outputs.
    #[error("{what} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Which part.
        what: &'static str,
        /// Rows and columns expected.
        expected: (usize, usize),
        /// Rows and columns found.
        found: (usize, usize),
    },
    /// A value is NaN or infinite.
    #[error("{what}[{row},{column}] is {value}, not a finite number")]
    NotFinite {
        /// Which part.
        what: &'static str,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A leak is zero or negative.
    #[error("the leak of unit {unit} is {value}, it must be positive")]
    Leak {
        /// Unit, from 0.
        unit: usize,
        /// Its leak.
        value: f64,
    },
}

impl Rnn {
    /// Checks shapes and values.
    ///
    /// # Errors
    ///
    /// [`RnnError`] names the part, the place and what was expected.
    pub fn new(parts: Parts) -> Result<Self, RnnError> {
        let n = parts.recurrent.nrows();
        if n == 0 {
            return Err(RnnError::Empty);
        }
        let outputs = parts.readout.weights.nrows();
        let inputs = parts.input.ncols();
        let shapes = [
            ("W", parts.recurrent.shape(), (n, n)),
            ("Win", parts.input.shape(), (n, inputs)),
            ("b", parts.bias.shape(), (n, 1)),
            ("leak", parts.leak.shape(), (n, 1)),
            ("V", parts.readout.weights.shape(), (outputs, n)),
            ("c", parts.readout.bias.shape(), (outputs, 1)),
        ];
        for (what, found, expected) in shapes {
            if found != expected {
                return Err(RnnError::Shape { what, expected, found });
            }
        }
        finite("W", n, parts.recurrent.as_slice())?;
        finite("Win", n, parts.input.as_slice())?;
        finite("b", n, parts.bias.as_slice())?;
        finite("leak", n, parts.leak.as_slice())?;
        finite("V", outputs, parts.readout.weights.as_slice())?;
        finite("c", outputs, parts.readout.bias.as_slice())?;
        for (unit, &value) in parts.leak.iter().enumerate() {
            if value <= 0.0 {
                return Err(RnnError::Leak { unit, value });
            }
        }
        // What else stands in the normal form must not overflow either.
        let mut entering = parts.recurrent.clone();
        if parts.form == Form::B {
            let scaled = |values: &[f64]| -> Vec<f64> {
                values.iter().enumerate().map(|(at, v)| parts.leak[at % n] * v).collect()
            };
            entering.copy_from_slice(&scaled(parts.recurrent.as_slice()));
            finite("leak W", n, entering.as_slice())?;
            finite("leak Win", n, &scaled(parts.input.as_slice()))?;
            finite("leak b", n, &scaled(parts.bias.as_slice()))?;
        }
        if parts.activation == Activation::Linear {
            finite("W - leak", n, (entering.diagonal() - &parts.leak).as_slice())?;
        }
        Ok(Self { parts })
    }

    /// Number of units, inputs and outputs.
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.units(), self.parts.input.ncols(), self.parts.readout.weights.nrows())
    }

    /// Number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.parts.recurrent.nrows()
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Gives the parts back, for a change that is checked again by [`Rnn::new`].
    #[must_use]
    pub fn into_parts(self) -> Parts {
        self.parts
    }
}

/// The first value of a column-major matrix that is not finite, as an error.
fn finite(what: &'static str, rows: usize, values: &[f64]) -> Result<(), RnnError> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at % rows.max(1), at / rows.max(1));
            Err(RnnError::NotFinite { what, row, column, value: values[at] })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(form: Form, activation: Activation, weight: f64, leak: f64) -> Parts {
        Parts {
            form,
            activation,
            recurrent: DMatrix::from_element(2, 2, weight),
            input: DMatrix::zeros(2, 1),
            bias: DVector::zeros(2),
            leak: DVector::from_element(2, leak),
            readout: Readout { weights: DMatrix::zeros(0, 2), bias: DVector::zeros(0) },
        }
    }

    #[test]
    fn coefficients_that_overflow_in_the_normal_form_are_refused() {
        let refused = |form, activation, weight, leak| {
            Rnn::new(parts(form, activation, weight, leak)).unwrap_err().to_string()
        };
        let text = refused(Form::B, Activation::Tanh, 1e200, 1e200);
        assert_eq!(text, "leak W[0,0] is inf, not a finite number");
        let text = refused(Form::A, Activation::Linear, -1.5e308, 1.5e308);
        assert_eq!(text, "W - leak[0,0] is -inf, not a finite number");
        let network = Rnn::new(parts(Form::A, Activation::Tanh, 1e200, 1e200)).unwrap();
        assert_eq!(network.to_lure().sizes().states, 2);
    }
}
