//! Whether the fields of a specification make sense together.

use std::fmt;

use crate::rnn::Initialiser;
use crate::task::TaskSpec;
use crate::train::spec::{DataSpec, OptimiserSpec, StopSpec, TrainSpec};
use crate::train::{Clip, Method, Variable};

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

/// Most units, and most trials.
const MOST_UNITS: usize = 10_000;
const MOST_TRIALS: usize = 10_000_000;
/// Most numbers of all trials together, in f32.
const MOST_NUMBERS: u128 = 4_000_000_000;
const LARGEST_GAIN: f64 = 1000.0;

impl TrainSpec {
    /// Checks that all of it makes sense together.
    ///
    /// # Errors
    ///
    /// [`SpecError`] names the field.
    pub fn check(&self) -> Result<(), SpecError> {
        self.check_network()?;
        self.check_data()?;
        self.check_optimiser()?;
        self.check_hardware()?;
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
        if !(network.leak * network.step < 2.0) {
            return Err(wrong("network.leak", network.leak, "less than 2 / step, or states grow"));
        }
        check_initialiser(network.recurrent)?;
        not_negative("network.noise", network.noise)?;
        if !(network.density > 0.0 && network.density <= 1.0) {
            return Err(wrong("network.density", network.density, "a share in (0, 1]"));
        }
        if network.trainable.is_empty() {
            return Err(wrong("network.trainable", "empty", "at least one variable"));
        }
        let fixed = |variable| !network.trainable.contains(&variable);
        if self.constraints.signs.is_some() && fixed(Variable::Recurrent) {
            return Err(wrong("constraints.signs", "given", "none where W is not trainable"));
        }
        if self.constraints.positive_input && fixed(Variable::Input) {
            let expected = "false where Win is not trainable";
            return Err(wrong("constraints.positive_input", true, expected));
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
        let channels = self.task.channels().len() + self.task.outputs().len();
        // The tasks of a curriculum have the same channels, but a length of their own.
        let lengths = self.curriculum.iter().map(|stage| stage.task.steps());
        let steps = lengths.fold(self.task.steps(), usize::max);
        let numbers = trials as u128 * steps as u128 * channels as u128;
        if numbers > MOST_NUMBERS {
            let expected = "fewer: their inputs and targets have to fit into 16 GB";
            return Err(wrong("data.trials", trials, expected));
        }
        let ends = self.curriculum.iter().map(|stage| &stage.until).chain([&self.stop]);
        if held_out == 0 && ends.into_iter().any(|end| end.accuracy.is_some()) {
            let expected = "at least 1, for the accuracy that ends training";
            return Err(wrong("data.held_out", held_out, expected));
        }
        truncate.map_or(Ok(()), |steps| count("data.truncate", steps, usize::MAX))
    }

    fn check_hardware(&self) -> Result<(), SpecError> {
        let Some(hardware) = &self.hardware else { return Ok(()) };
        if !(0.0..1.0).contains(&hardware.tolerance) {
            let expected = "a number from 0 to below 1";
            return Err(wrong("hardware.tolerance", hardware.tolerance, expected));
        }
        not_negative("hardware.offset", hardware.offset)?;
        count("hardware.circuits", hardware.circuits, self.data.batch)
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

/// Checks what a file may say of initial weights.
fn check_initialiser(initialiser: Initialiser) -> Result<(), SpecError> {
    let (gain, inhibitory) = match initialiser {
        Initialiser::Normal { gain }
        | Initialiser::Orthogonal { gain }
        | Initialiser::Identity { gain } => (gain, 0.0),
        Initialiser::Glorot => (1.0, 0.0),
        Initialiser::HalfNormal { gain, inhibitory }
        | Initialiser::Balanced { gain, inhibitory } => (gain, inhibitory),
    };
    if !(gain.abs() <= LARGEST_GAIN) {
        return Err(wrong("network.recurrent.gain", gain, "a number from -1000 to 1000"));
    }
    if !(0.0..=1.0).contains(&inhibitory) {
        let expected = "a share from 0 to 1";
        return Err(wrong("network.recurrent.inhibitory", inhibitory, expected));
    }
    Ok(())
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
