//! Everything that decides what a training comes to, as one value.

use std::fmt;

use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::rnn::{Activation, Initialiser};
use crate::task::TaskSpec;
use crate::train::{Cell, Clip, Constraints, Method, Variable};

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

/// Why a specification cannot be trained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field} is {found}, expected {expected}")]
pub struct SpecError {
    /// The field, with its table.
    pub field: &'static str,
    /// What it holds.
    pub found: String,
    /// What it may hold.
    pub expected: String,
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
            let task = TaskSpec::deserialize(MapAccessDeserializer::new(map))?;
            task.check().map_err(de::Error::custom)?;
            Ok(task)
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

/// Most units, and most trials.
const MOST_UNITS: usize = 10_000;
const MOST_TRIALS: usize = 10_000_000;

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
            curriculum: Vec::new(),
        }
    }

    /// Checks that all of it makes sense together.
    ///
    /// # Errors
    ///
    /// [`SpecError`] names the field.
    pub fn check(&self) -> Result<(), SpecError> {
        self.check_network()?;
        self.check_data()?;
        self.check_optimiser()?;
        self.stop.check()?;
        for stage in &self.curriculum {
            stage.until.check()?;
            let same = stage.task.channels().len() == self.task.channels().len()
                && stage.task.outputs().len() == self.task.outputs().len();
            if !same {
                let found = format!("a task with {}", channels(&stage.task));
                return Err(wrong("curriculum.task", found, &channels(&self.task)));
            }
        }
        Ok(())
    }

    fn check_network(&self) -> Result<(), SpecError> {
        let network = &self.network;
        count("network.units", network.units, MOST_UNITS)?;
        positive("network.leak", network.leak)?;
        positive("network.step", network.step)?;
        not_negative("network.noise", network.noise)?;
        if !(network.density > 0.0 && network.density <= 1.0) {
            return Err(wrong("network.density", network.density, "a share in (0, 1]"));
        }
        if network.trainable.is_empty() {
            return Err(wrong("network.trainable", "empty", "at least one variable"));
        }
        if let Some(rank) = network.rank {
            count("network.rank", rank, network.units)?;
            if network.density < 1.0 || !self.constraints.is_empty() {
                let expected = "none beside a density below 1 or signs of weights";
                return Err(wrong("network.rank", rank, expected));
            }
        }
        Ok(())
    }

    fn check_data(&self) -> Result<(), SpecError> {
        let DataSpec { trials, held_out, batch, truncate, .. } = self.data;
        count("data.trials", trials, MOST_TRIALS)?;
        if held_out >= trials {
            return Err(wrong(
                "data.held_out",
                held_out,
                &format!("less than the {trials} trials"),
            ));
        }
        count("data.batch", batch, MOST_TRIALS)?;
        truncate.map_or(Ok(()), |steps| count("data.truncate", steps, usize::MAX))
    }

    fn check_optimiser(&self) -> Result<(), SpecError> {
        let OptimiserSpec { method, rate, decay, clip } = self.optimiser;
        positive("optimiser.rate", rate)?;
        not_negative("optimiser.decay", decay)?;
        let share = |field, value: f64| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(wrong(field, value, "a number in [0, 1)")),
        };
        match method {
            Method::Adam { beta1, beta2, epsilon } => {
                share("optimiser.method.beta1", beta1)?;
                share("optimiser.method.beta2", beta2)?;
                positive("optimiser.method.epsilon", epsilon)?;
            }
            Method::Sgd { momentum } => share("optimiser.method.momentum", momentum)?,
        }
        match clip {
            Some(Clip::Global { norm } | Clip::PerVariable { norm }) => {
                positive("optimiser.clip.norm", norm)
            }
            None => Ok(()),
        }
    }
}

impl StopSpec {
    fn check(&self) -> Result<(), SpecError> {
        count("stop.epochs", self.epochs, MOST_TRIALS)?;
        self.loss.map_or(Ok(()), |loss| not_negative("stop.loss", loss))?;
        if let Some(accuracy) = self.accuracy
            && !(accuracy > 0.0 && accuracy <= 1.0)
        {
            return Err(wrong("stop.accuracy", accuracy, "a share in (0, 1]"));
        }
        self.patience.map_or(Ok(()), |epochs| count("stop.patience", epochs, MOST_TRIALS))
    }
}

fn channels(task: &TaskSpec) -> String {
    format!("{} inputs and {} outputs", task.channels().len(), task.outputs().len())
}

fn wrong(field: &'static str, found: impl fmt::Display, expected: &str) -> SpecError {
    SpecError { field, found: found.to_string(), expected: expected.to_owned() }
}

fn count(field: &'static str, found: usize, most: usize) -> Result<(), SpecError> {
    if (1..=most).contains(&found) {
        return Ok(());
    }
    let expected = if most == usize::MAX {
        "at least 1".to_owned()
    } else {
        format!("a whole number from 1 to {most}")
    };
    Err(wrong(field, found, &expected))
}

fn positive(field: &'static str, found: f64) -> Result<(), SpecError> {
    match found > 0.0 && found.is_finite() {
        true => Ok(()),
        false => Err(wrong(field, found, "a positive number")),
    }
}

fn not_negative(field: &'static str, found: f64) -> Result<(), SpecError> {
    match found >= 0.0 && found.is_finite() {
        true => Ok(()),
        false => Err(wrong(field, found, "a number of at least 0")),
    }
}
