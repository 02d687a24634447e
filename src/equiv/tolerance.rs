//! What the errors of components do to a network: yield, deviation, and the parts that
//! matter.
//!
//! A draw gives every component a value and works out the equation that the circuit then
//! has; what is simulated is that equation and not the circuit, which is why a thousand
//! draws take seconds. The derivations are in `docs/tolerance.md`.

mod board;
mod deck;
pub(super) mod effective;
mod influence;
mod interval;
mod noise;
mod opening;
mod options;
mod own;
pub(super) mod play;
mod report;
mod study;
mod subject;

use crate::{
    equiv::{Misfit, SynthesisError},
    rnn::{RnnError, random::Random},
    task::DecisionError,
};

pub use interval::clopper_pearson;
pub use noise::Noise;
pub use opening::{Opening, OpeningReport};
pub use options::{ROOM, ToleranceOptions};
pub use own::Given;
pub use play::Trajectory;
pub use report::{Deviation, Outcome, Ranked, ToleranceReport, TrialYield, Worst};
pub use study::Study;

/// What the errors are errors of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// The weights and biases themselves, each on its own.
    Weights,
    /// The components of the realisation with op-amps.
    Circuit,
    /// The elements of a deck.
    Deck,
}

/// How time passes in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Time {
    /// As the map that the network was trained as.
    Map,
    /// As the continuous network.
    Flow,
}

/// How errors are distributed within their bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// All alike.
    Uniform,
    /// Normal, with a third of the bound as standard deviation; what lies beyond the
    /// bound is sorted out.
    Normal,
}

impl Distribution {
    /// An error in units of its bound.
    fn sample(self, random: &mut Random) -> f64 {
        match self {
            Self::Uniform => 2.0 * random.uniform() - 1.0,
            Self::Normal => loop {
                let error = random.normal() / 3.0;
                if error.abs() <= 1.0 {
                    return error;
                }
            },
        }
    }
}

/// Why there is no study.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ToleranceError {
    /// Network and stimulus set do not fit.
    #[error(transparent)]
    Shape(#[from] Misfit),
    /// A choice is out of its range.
    #[error("the {name} is {value}, expected {expected}")]
    Option {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A choice is about a circuit, and the errors are those of weights.
    #[error("the {name} is a property of a circuit: it means nothing to weights")]
    NoCircuit {
        /// Which.
        name: &'static str,
    },
    /// A choice is about the realisation, and the circuit is one of its own.
    #[error("the {name} is one of the realisation with op-amps: a deck has its own parts")]
    NoRealisation {
        /// Which.
        name: &'static str,
    },
    /// A draw of the elements of a circuit has no deck.
    #[error("a draw of the elements of a deck is not written")]
    NoDeck,
    /// A choice is about what passes in time, and the draws are those of a map.
    #[error("the {name} acts in continuous time: a map has none")]
    NoFlow {
        /// Which.
        name: &'static str,
    },
    /// The map of a network of continuous time.
    #[error("the network was not trained as a map: only its flow can be studied")]
    NoMap,
    /// The network leaves the finite numbers without any error of a component.
    #[error("trial {trial} (`{name}`): the network without errors leaves the finite numbers")]
    NotFinite {
        /// Trial, from 1.
        trial: usize,
        /// Its name.
        name: String,
    },
    /// The decisions could not be judged.
    #[error("decision: {0}")]
    Decision(#[from] DecisionError),
    /// A draw has no deck.
    #[error(transparent)]
    Synthesis(#[from] SynthesisError),
    /// A weight leaves the finite numbers by its error.
    #[error("draw: {0}")]
    Network(#[from] RnnError),
}

#[cfg(test)]
mod tests;
