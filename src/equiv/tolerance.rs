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
pub(super) mod play;
mod report;
mod study;

use crate::{
    equiv::SynthesisError,
    rnn::{RnnError, random::Random},
    task::DecisionError,
};

pub use interval::clopper_pearson;
pub use play::Trajectory;
pub use report::{Deviation, Ranked, ToleranceReport, TrialYield, Worst};
pub use study::Study;

pub use crate::units::Series;

/// What the errors are errors of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// The weights and biases themselves, each on its own.
    Weights,
    /// The components of the realisation with op-amps.
    Circuit,
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

/// Choices of a study.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ToleranceOptions {
    /// What the errors are errors of.
    pub model: Model,
    /// How time passes.
    pub time: Time,
    /// Bound of the relative error of a weight, a resistor or a capacitor, below 1.
    pub tolerance: f64,
    /// How errors are distributed.
    pub distribution: Distribution,
    /// The series that resistors are bought from; `None` for exact ones.
    pub series: Option<Series>,
    /// Bound of the offset of an op-amp, V.
    pub offset: f64,
    /// Open-loop gain of the op-amps; `None` for ideal ones.
    pub gain: Option<f64>,
    /// Bound of the relative error of the height of sigma, below 1.
    pub sigma: f64,
    /// Number of draws, from 1 to a million.
    pub draws: usize,
    /// Seed of the draws: draw k depends on it and on k alone.
    pub seed: u64,
    /// Largest deviation of an output with which a draw passes; `None` where the
    /// decisions alone count.
    pub within: Option<f64>,
}

impl Default for ToleranceOptions {
    fn default() -> Self {
        Self {
            model: Model::Circuit,
            time: Time::Flow,
            tolerance: 0.01,
            distribution: Distribution::Uniform,
            series: None,
            offset: 0.0,
            gain: None,
            sigma: 0.0,
            draws: 1000,
            seed: 1,
            within: None,
        }
    }
}

/// Why there is no study.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ToleranceError {
    /// Network and stimulus set do not fit.
    #[error(
        "the stimuli `{task}` drive {channels} inputs and judge {judged} outputs; the network has {inputs} inputs and {outputs} outputs"
    )]
    Shape {
        /// Name of the set.
        task: String,
        /// Its channels.
        channels: usize,
        /// Outputs it judges.
        judged: usize,
        /// Inputs of the network.
        inputs: usize,
        /// Outputs of the network.
        outputs: usize,
    },
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

impl ToleranceOptions {
    fn check(&self) -> Result<(), ToleranceError> {
        let share = "a number from 0 to below 1";
        let positive = "a positive number";
        let volts = "a number of volts, 0 or more";
        let in_share = |value: f64| (0.0..1.0).contains(&value);
        let ranges = [
            ("tolerance", Some(self.tolerance), in_share(self.tolerance), share),
            ("mismatch of sigma", Some(self.sigma), in_share(self.sigma), share),
            ("offset", Some(self.offset), self.offset >= 0.0 && self.offset.is_finite(), volts),
            ("gain", self.gain, self.gain.is_none_or(|g| g > 0.0 && g.is_finite()), positive),
            (
                "allowed deviation",
                self.within,
                self.within.is_none_or(|w| w > 0.0 && w.is_finite()),
                positive,
            ),
            (
                "number of draws",
                Some(self.draws as f64),
                (1..=1_000_000).contains(&self.draws),
                "1 to 1000000",
            ),
        ];
        if let Some((name, value, _, expected)) = ranges.into_iter().find(|(.., fine, _)| !fine) {
            return Err(ToleranceError::Option { name, value: value.unwrap_or(0.0), expected });
        }
        let circuit = [
            ("series", self.series.is_some()),
            ("offset", self.offset > 0.0),
            ("gain", self.gain.is_some()),
            ("mismatch of sigma", self.sigma > 0.0),
        ];
        match circuit.into_iter().find(|(_, asked)| *asked && self.model == Model::Weights) {
            Some((name, _)) => Err(ToleranceError::NoCircuit { name }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
