//! Networks with something taken out.

use crate::rnn::{Parts, Rnn};

/// Which recurrent weights may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// Those of either sign.
    Any,
    /// Only positive ones.
    Positive,
    /// Only negative ones.
    Negative,
}

impl Sign {
    fn counts(self, weight: f64) -> bool {
        match self {
            Self::Any => weight != 0.0,
            Self::Positive => weight > 0.0,
            Self::Negative => weight < 0.0,
        }
    }
}

/// Sizes of the recurrent weights that may be removed, rising.
#[must_use]
pub fn removable(network: &Rnn, sign: Sign) -> Vec<f64> {
    let weights = network.parts().recurrent.iter().filter(|&&weight| sign.counts(weight));
    let mut sizes: Vec<f64> = weights.map(|weight| weight.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes
}

/// The network without its recurrent weights of a size below `threshold`, and
/// how many these are.
///
/// # Panics
///
/// Never: a network with fewer weights is a network.
#[must_use]
pub fn without_weights(network: &Rnn, threshold: f64, sign: Sign) -> (Rnn, usize) {
    let mut parts = network.parts().clone();
    let mut removed = 0;
    for weight in parts.recurrent.iter_mut() {
        if sign.counts(*weight) && weight.abs() < threshold {
            *weight = 0.0;
            removed += 1;
        }
    }
    (checked(parts), removed)
}

/// The network without the influence of some units: what they send to others
/// and to the readout is 0, and so are their inputs and biases.
///
/// # Panics
///
/// Where there is no such unit.
#[must_use]
pub fn without_units(network: &Rnn, units: &[usize]) -> Rnn {
    let mut parts = network.parts().clone();
    for &unit in units {
        parts.recurrent.column_mut(unit).fill(0.0);
        parts.recurrent.row_mut(unit).fill(0.0);
        parts.input.row_mut(unit).fill(0.0);
        parts.bias[unit] = 0.0;
        parts.readout.weights.column_mut(unit).fill(0.0);
    }
    checked(parts)
}

fn checked(parts: Parts) -> Rnn {
    Rnn::new(parts).expect("invariant: zeros in the place of finite weights keep shapes and leaks")
}
