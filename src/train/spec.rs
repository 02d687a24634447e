//! Everything that decides what a training comes to, as one value.

use std::f64::consts::PI;
use std::fmt;

use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::rnn::{Activation, Direction, Initialiser, Prediction};
use crate::task::TaskSpec;
use crate::train::{Cell, Clip, Constraints, Enforcement, HardwareSpec, Method, Pattern, Variable};

/// A training, to the last bit: two runs of the same specification on the same
/// data give the same weights, on any number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// What is learnt; a file may name a task of the package instead.
    #[serde(deserialize_with = "task_or_name")]
    pub task: TaskSpec,
    /// Chooses initial weights, trials, their order and the noise of the states.
    #[serde(default)]
    pub seed: u64,
    /// The network and its initial weights.
    #[serde(default)]
    pub network: NetworkSpec,
    /// What the weights must satisfy.
    #[serde(default)]
    pub constraints: Constraints,
    /// Trials and batches.
    #[serde(default)]
    pub data: DataSpec,
    /// From gradients to updates.
    #[serde(default)]
    pub optimiser: OptimiserSpec,
    /// When it is over.
    #[serde(default)]
    pub stop: StopSpec,
    /// The circuits that every batch is seen by; none for the network itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<HardwareSpec>,
    /// Easier tasks that come first, in order; all have the channels of the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curriculum: Vec<Stage>,
}

/// The shape of a network, its equation and what it starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkSpec {
    /// N.
    pub units: usize,
    /// sigma.
    pub activation: Activation,
    /// Whether units have a bias b, which starts at zero.
    pub bias: bool,
    /// d, model time units: 1 for the map of Keras, small for a network that has to
    /// work in continuous time.
    pub step: f64,
    /// lambda of all units.
    pub leak: f64,
    /// Where the recurrent weights start.
    pub recurrent: Initialiser,
    /// The recurrent matrix is `L R^T / sqrt(rank)` with L and R units x rank,
    /// which start normal; `recurrent` is then not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// Share of recurrent weights that exist, drawn once; the others are zero
    /// throughout.
    pub density: f64,
    /// Variables that training changes.
    pub trainable: Vec<Variable>,
    /// Standard deviation of normal noise that is added to what every unit
    /// receives, at every step of the network, in training alone.
    pub noise: f64,
}

/// Trials and batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSpec {
    /// Trials that are generated; the first `held_out` are not trained on, the
    /// others once an epoch.
    pub trials: usize,
    /// Trials that accuracy is measured on after every epoch.
    pub held_out: usize,
    /// Trials of a batch; the last one of an epoch may have fewer.
    pub batch: usize,
    /// New trials every epoch, instead of the same ones in another order.
    pub fresh: bool,
    /// A gradient runs back at most so many steps of the network: every trial is cut
    /// into pieces of that length, from its start, and no gradient crosses a cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
}

/// From gradients to updates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimiserSpec {
    /// How weights follow their gradient.
    pub method: Method,
    /// Learning rate.
    pub rate: f64,
    /// Update k (from 0) has the rate `rate / (1 + decay k)`, as in Keras 2.
    pub decay: f64,
    /// A bound on the gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<Clip>,
}

/// When training is over; what comes first counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopSpec {
    /// Most epochs.
    pub epochs: usize,
    /// After an epoch whose mean training loss is below; 0 for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// After an epoch after which at least this share of held-out trials is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// After so many epochs without a lower loss than before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
}

/// A part of a curriculum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What is learnt in it; a file may name a task of the package instead.
    #[serde(deserialize_with = "task_or_name")]
    pub task: TaskSpec,
    /// When the next one begins.
    pub until: StopSpec,
}

/// Reads a task, or the name of one.
fn task_or_name<'de, D: Deserializer<'de>>(from: D) -> Result<TaskSpec, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = TaskSpec;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a task, or a table of one")
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<TaskSpec, E> {
            TaskSpec::named(name).ok_or_else(|| {
                let known: Vec<&str> = TaskSpec::names().collect();
                E::custom(format!("there is no task `{name}`; known are {}", known.join(", ")))
            })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TaskSpec, A::Error> {
            TaskSpec::deserialize(MapAccessDeserializer::new(map))
        }
    }
    from.deserialize_any(Either)
}

impl Default for NetworkSpec {
    fn default() -> Self {
        Self {
            units: 50,
            activation: Activation::Tanh,
            bias: false,
            step: 1.0,
            leak: 1.0,
            recurrent: Initialiser::Orthogonal { gain: 1.0 },
            rank: None,
            density: 1.0,
            trainable: Variable::ALL.to_vec(),
            noise: 0.0,
        }
    }
}

impl Default for DataSpec {
    fn default() -> Self {
        Self { trials: 15_050, held_out: 50, batch: 64, fresh: false, truncate: None }
    }
}

impl Default for OptimiserSpec {
    fn default() -> Self {
        Self { method: Method::ADAM, rate: 1e-4, decay: 1e-4, clip: None }
    }
}

impl Default for StopSpec {
    fn default() -> Self {
        Self { epochs: 20, loss: None, accuracy: None, patience: None }
    }
}

impl NetworkSpec {
    /// The equation of the network.
    #[must_use]
    pub fn cell(&self) -> Cell {
        Cell { activation: self.activation, step: self.step, leak: self.leak }
    }
}

impl TrainSpec {
    /// A task with the usual network and optimiser.
    #[must_use]
    pub fn new(task: TaskSpec) -> Self {
        Self {
            task,
            seed: 0,
            network: NetworkSpec::default(),
            constraints: Constraints::default(),
            data: DataSpec::default(),
            optimiser: OptimiserSpec::default(),
            stop: StopSpec::default(),
            hardware: None,
            curriculum: Vec::new(),
        }
    }

    /// What the theory of large matrices says of the recurrent weights that training starts
    /// from, with the signs that they have from the start or from the first update on;
    /// `None` where it says nothing.
    #[must_use]
    pub fn prediction(&self) -> Option<Prediction> {
        let (units, start) = (self.network.units, self.network.recurrent);
        if self.network.rank.is_some() || self.network.density < 1.0 {
            return None;
        }
        let penalty = matches!(self.constraints.enforce, Enforcement::Penalty { .. });
        let Some(signs) = self.constraints.signs.as_ref().filter(|_| !penalty) else {
            return Some(start.prediction(units));
        };
        let Pattern::First(share) = signs.pattern else { return None };
        match start {
            Initialiser::Normal { gain } | Initialiser::Orthogonal { gain } => {
                let moduli = Initialiser::HalfNormal { gain, inhibitory: share }.prediction(units);
                if self.constraints.enforce == Enforcement::Modulus {
                    return Some(moduli);
                }
                // Half of the entries remain: half of the mean, and of the variance.
                let radius = gain.abs() * (0.5 - 0.5 / PI).sqrt();
                let mean = gain.abs() * (units as f64 / (2.0 * PI)).sqrt() * (1.0 - 2.0 * share);
                Some(Prediction { radius, outlier: (mean.abs() > radius).then_some(mean) })
            }
            Initialiser::HalfNormal { inhibitory, .. }
            | Initialiser::Balanced { inhibitory, .. }
                if inhibitory == share && signs.direction == Direction::Outgoing =>
            {
                Some(start.prediction(units))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Signs;

    /// Radius 0.5838, outlier 1.596 (papers' projection at a share of 0.3, N = 100); for
    /// moduli 0.6028 and twice the outlier.
    #[test]
    fn predictions_follow_the_constraint() {
        let mut spec = TrainSpec::published("ei_and").unwrap();
        let mut with = |share: f64, direction, enforce, recurrent| {
            let signs = Signs { direction, pattern: Pattern::First(share) };
            spec.constraints.signs = Some(signs);
            spec.constraints.enforce = enforce;
            spec.network.recurrent = recurrent;
            spec.prediction()
        };
        let (outgoing, incoming) = (Direction::Outgoing, Direction::Incoming);
        let (project, modulus) = (Enforcement::Project, Enforcement::Modulus);
        let start = Initialiser::Orthogonal { gain: 1.0 };
        let near = |found: Option<Prediction>, radius: f64, outlier: Option<f64>| {
            let found = found.unwrap();
            assert!((found.radius - radius).abs() < 1e-4, "{found:?}");
            assert_eq!(found.outlier.is_some(), outlier.is_some());
            let (found, right) = (found.outlier.unwrap_or(0.0), outlier.unwrap_or(0.0));
            assert!((found - right).abs() < 1e-3, "{found} {right}");
        };
        near(with(0.5, incoming, project, start), 0.5838, None);
        near(with(0.3, incoming, project, start), 0.5838, Some(1.5958));
        near(with(0.8, outgoing, project, start), 0.5838, Some(-2.3937));
        near(with(0.3, outgoing, modulus, start), 0.6028, Some(3.1915));
        near(with(0.3, outgoing, Enforcement::Penalty { strength: 1.0 }, start), 1.0, None);
        let balanced = Initialiser::Balanced { gain: 1.2, inhibitory: 0.3 };
        near(with(0.3, outgoing, project, balanced), 1.2, None);
        // Where a projection meets other signs than the start has, nothing is said.
        assert_eq!(with(0.3, incoming, project, balanced), None);
        assert_eq!(with(0.4, outgoing, project, balanced), None);
    }
}
