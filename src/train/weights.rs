//! The variables that training changes.

use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use crate::rnn::{Activation, Form, Parts, Readout, Rnn, RnnError};

/// Numbers of units, inputs and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    /// N.
    pub units: usize,
    /// Inputs.
    pub inputs: usize,
    /// Outputs.
    pub outputs: usize,
}

/// One of the five arrays of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variable {
    /// W, units x units, `w[to][from]`.
    Recurrent,
    /// Win, units x inputs.
    Input,
    /// b, one a unit.
    Bias,
    /// V, outputs x units.
    Readout,
    /// c, one an output.
    Offset,
}

impl Variable {
    /// All of them, in the order in which [`Weights`] holds them.
    pub const ALL: [Self; 5] =
        [Self::Recurrent, Self::Input, Self::Bias, Self::Readout, Self::Offset];

    /// The usual letter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recurrent => "W",
            Self::Input => "Win",
            Self::Bias => "b",
            Self::Readout => "V",
            Self::Offset => "c",
        }
    }
}

impl Shape {
    /// Rows and columns of a variable; a vector has one column.
    #[must_use]
    pub fn of(self, variable: Variable) -> (usize, usize) {
        match variable {
            Variable::Recurrent => (self.units, self.units),
            Variable::Input => (self.units, self.inputs),
            Variable::Bias => (self.units, 1),
            Variable::Readout => (self.outputs, self.units),
            Variable::Offset => (self.outputs, 1),
        }
    }

    /// Where a variable stands among the values of [`Weights`].
    #[must_use]
    pub fn range(self, variable: Variable) -> Range<usize> {
        let size = |variable: Variable| {
            let (rows, columns) = self.of(variable);
            rows * columns
        };
        let before = Variable::ALL.into_iter().take_while(|other| *other != variable);
        let start = before.map(size).sum();
        start..start + size(variable)
    }

    /// Where all variables stand.
    #[must_use]
    pub fn ranges(self) -> Vec<Range<usize>> {
        Variable::ALL.into_iter().map(|variable| self.range(variable)).collect()
    }

    /// Number of values of all variables.
    #[must_use]
    pub fn values(self) -> usize {
        self.range(Variable::Offset).end
    }
}

/// How the state of a network moves:
/// `h[t] = (1 - step leak) h[t-1] + step sigma(W h[t-1] + Win x[t] + b)`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cell {
    /// sigma.
    pub activation: Activation,
    /// d, model time units.
    pub step: f64,
    /// lambda, 1 / model time unit, the same for all units.
    pub leak: f64,
}

impl Cell {
    /// The map of Keras's `SimpleRNN`: tanh, step 1 and leak 1.
    pub const KERAS: Self = Self { activation: Activation::Tanh, step: 1.0, leak: 1.0 };

    /// What is left of a state after a step: 1 - step leak.
    pub(crate) fn keep(self) -> f32 {
        (1.0 - self.step * self.leak) as f32
    }

    /// True where the new state is the activation itself, so that its derivative
    /// can be read off the state.
    pub(crate) fn is_plain(self) -> bool {
        self.step == 1.0 && self.leak == 1.0
    }
}

/// The values of all variables in f32, one after the other in the order of
/// [`Variable::ALL`], matrices row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    shape: Shape,
    values: Vec<f32>,
}

impl Weights {
    /// All zero.
    #[must_use]
    pub fn zeros(shape: Shape) -> Self {
        Self { shape, values: vec![0.0; shape.values()] }
    }

    /// Takes values in the order of the type; `None` where their number is wrong.
    #[must_use]
    pub fn from_values(shape: Shape, values: Vec<f32>) -> Option<Self> {
        (values.len() == shape.values()).then_some(Self { shape, values })
    }

    /// The numbers of units, inputs and outputs.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// All values.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// One variable, row by row.
    #[must_use]
    pub fn get(&self, variable: Variable) -> &[f32] {
        &self.values[self.shape.range(variable)]
    }

    /// One variable, row by row, to be changed.
    pub fn get_mut(&mut self, variable: Variable) -> &mut [f32] {
        &mut self.values[self.shape.range(variable)]
    }

    /// The network of these weights, exactly: every f32 is an f64.
    ///
    /// # Errors
    ///
    /// [`RnnError`] where a weight is not finite, or the leak not positive.
    pub fn to_network(&self, cell: Cell) -> Result<Rnn, RnnError> {
        let matrix = |variable| {
            let (rows, columns) = self.shape.of(variable);
            DMatrix::from_row_iterator(rows, columns, self.get(variable).iter().map(|&w| w.into()))
        };
        let vector = |variable| {
            DVector::from_iterator(
                self.get(variable).len(),
                self.get(variable).iter().map(|&w| w.into()),
            )
        };
        Rnn::new(Parts {
            form: Form::A,
            activation: cell.activation,
            recurrent: matrix(Variable::Recurrent),
            input: matrix(Variable::Input),
            bias: vector(Variable::Bias),
            leak: DVector::from_element(self.shape.units, cell.leak),
            readout: Readout { weights: matrix(Variable::Readout), bias: vector(Variable::Offset) },
        })
    }

    /// The weights of a network, rounded to f32.
    #[must_use]
    pub fn of_network(network: &Rnn) -> Self {
        let (units, inputs, outputs) = network.shape();
        let mut weights = Self::zeros(Shape { units, inputs, outputs });
        let parts = network.parts();
        let mut copy = |variable, values: Vec<f64>| {
            for (target, value) in weights.get_mut(variable).iter_mut().zip(values) {
                *target = value as f32;
            }
        };
        // Column-major order of the transpose is row-major order.
        copy(Variable::Recurrent, parts.recurrent.transpose().as_slice().to_vec());
        copy(Variable::Input, parts.input.transpose().as_slice().to_vec());
        copy(Variable::Bias, parts.bias.as_slice().to_vec());
        copy(Variable::Readout, parts.readout.weights.transpose().as_slice().to_vec());
        copy(Variable::Offset, parts.readout.bias.as_slice().to_vec());
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_follow_each_other() {
        let shape = Shape { units: 3, inputs: 2, outputs: 1 };
        let ranges = Variable::ALL.map(|variable| shape.range(variable));
        assert_eq!(ranges, [0..9, 9..15, 15..18, 18..21, 21..22]);
        assert_eq!(shape.values(), 22);
        assert!(Weights::from_values(shape, vec![0.0; 21]).is_none());
    }

    #[test]
    fn a_network_keeps_every_bit() {
        let shape = Shape { units: 3, inputs: 2, outputs: 1 };
        let values: Vec<f32> = (0..22_u8).map(|k| f32::from(k).sin()).collect();
        let weights = Weights::from_values(shape, values).unwrap();
        let network = weights.to_network(Cell::KERAS).unwrap();
        assert_eq!(network.parts().recurrent[(1, 2)], f64::from(weights.values()[5]));
        assert_eq!(network.parts().input[(2, 0)], f64::from(weights.values()[13]));
        assert_eq!(Weights::of_network(&network), weights);
    }
}
