//! Weights in the order in which the kernels read them.

use super::product::Blocks;
use crate::train::weights::{Cell, Shape, Variable, Weights};

/// A network as two matrices: one that takes inputs and states to the next
/// pre-activations and outputs, and one that takes errors back in time.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(super) shape: Shape,
    pub(super) cell: Cell,
    /// `[z[t]; y[t-1]] = [Win W; 0 V] [x[t]; h[t-1]] + [b; c]`.
    pub(super) forward: Blocks,
    /// `dL/dh[t] = [W^T V^T] [delta[t+1]; epsilon[t]]`, what goes through the leak left out.
    pub(super) backward: Blocks,
}

impl Packed {
    pub(crate) fn new(shape: Shape, cell: Cell) -> Self {
        let Shape { units, inputs, outputs } = shape;
        let forward = Blocks::new(units + outputs, inputs + units);
        let backward = Blocks::new(units, units + outputs);
        Self { shape, cell, forward, backward }
    }

    /// Takes over the weights of a network of the same shape.
    pub(crate) fn fill(&mut self, weights: &Weights) {
        let Shape { units, inputs, .. } = self.shape;
        let [w, win, b, v, c] = Variable::ALL.map(|variable| weights.get(variable));
        self.forward.fill(
            |row, column| match (row.checked_sub(units), column.checked_sub(inputs)) {
                (None, None) => win[row * inputs + column],
                (None, Some(from)) => w[row * units + from],
                (Some(_), None) => 0.0,
                (Some(output), Some(from)) => v[output * units + from],
            },
            |row| row.checked_sub(units).map_or_else(|| b[row], |output| c[output]),
        );
        self.backward.fill(
            |unit, column| match column.checked_sub(units) {
                None => w[column * units + unit],
                Some(output) => v[output * units + unit],
            },
            |_| 0.0,
        );
    }
}
