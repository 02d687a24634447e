//! Networks and stimuli: from paths and names to values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analogon::{
    rnn::{
        Rnn,
        format::{self, LoadOptions, Loaded},
    },
    task::{self, StimulusSet, TaskSpec},
};

use crate::{failure::Failure, files, results::extension};

/// The network that commands look at where none is named.
pub(crate) const EMBEDDED: &str = "flipflop3_n24.safetensors";
const EMBEDDED_BYTES: &[u8] = include_bytes!("../../../examples/flipflop3_n24.safetensors");

/// Reads a network; without a path the embedded one.
pub(crate) fn load(path: Option<&Path>) -> Result<Loaded, Failure> {
    let (name, bytes) = match path {
        None => (EMBEDDED.into(), EMBEDDED_BYTES.to_vec()),
        Some(path) => {
            let name = path.to_string_lossy();
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            if ["cir", "sp", "spice", "ckt", "net"].contains(&extension.to_lowercase().as_str()) {
                return Err(Failure::new(
                    format!("`{name}` is a deck, not a network"),
                    format!(
                        "read a network out of it with `analogon extract {name} -o net.safetensors`"
                    ),
                ));
            }
            (name, files::read(path)?)
        }
    };
    format::load(&name, &bytes, &LoadOptions::default())
        .map_err(|error| Failure::new(error.to_string(), ""))
}

/// The kinds of files that networks are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkFile {
    Safetensors,
    Npz,
    Text,
}

impl NetworkFile {
    /// The kind of an output file, checked before any work is done for it.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        files::check_output(path)?;
        match extension(path).as_str() {
            "safetensors" => Ok(Self::Safetensors),
            "npz" => Ok(Self::Npz),
            "rnn" => Ok(Self::Text),
            _ => Err(Failure::new(
                format!("`{}` does not end like a network that can be written", path.display()),
                "known are .safetensors, .npz (NumPy) and .rnn (text)",
            )),
        }
    }
}

/// The bytes of a network file.
pub(crate) fn bytes(
    kind: NetworkFile,
    network: &Rnn,
    trained_step: Option<f64>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, Failure> {
    match kind {
        NetworkFile::Safetensors => format::save_safetensors(network, trained_step, metadata),
        NetworkFile::Npz => format::save_npz(network, trained_step, metadata),
        NetworkFile::Text => {
            format::save_text(network, trained_step, metadata).map(String::into_bytes)
        }
    }
    .map_err(|error| Failure::new(error.to_string(), ""))
}

/// A task by its name, or by its file.
pub(crate) fn task_spec(name: &str) -> Result<TaskSpec, Failure> {
    let path = Path::new(name);
    if extension(path) == "toml" {
        return TaskSpec::from_toml(&files::read_text(path)?).map_err(|error| {
            let hint = "`analogon task and` prints one that is right";
            Failure::new(format!("{name}: {error}"), hint)
        });
    }
    TaskSpec::named(name).ok_or_else(|| unknown_task(name, TaskSpec::names()))
}

fn unknown_task<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let hint = format!("known are {}; FILE.toml is one of your own", known.join(", "));
    Failure::new(format!("there is no task `{name}`"), hint)
}

/// Which stimuli to use.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StimulusArgs {
    /// Stimuli of a task: and, or, xor, `set_reset`, flipflop3, `flipflop3_cube`, multitask,
    /// decision, `decision_noisy`; or 8 trials of any other that `analogon task` lists, or
    /// of a task's TOML file
    #[arg(long, value_name = "NAME|FILE.toml", conflicts_with = "stimuli")]
    task: Option<String>,

    /// Stimuli from a JSON file
    #[arg(long, value_name = "FILE")]
    stimuli: Option<PathBuf>,

    /// Seed of trials that are drawn, and of the pulses that drive a network without a task
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

/// Trials and model time units of the pulses that drive a network without a task.
const TRIALS: usize = 4;
const DURATION: u32 = 60;
/// Trials that are drawn of a task.
pub(crate) const DRAWN: usize = 8;

impl StimulusArgs {
    /// The seed of whatever is left to chance.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether stimuli are asked for.
    pub(crate) fn is_given(&self) -> bool {
        self.task.is_some() || self.stimuli.is_some()
    }

    /// The stimuli asked for, else those of the network's own task, else seeded
    /// pulses on every input.
    pub(crate) fn resolve(&self, network: &Loaded) -> Result<StimulusSet, Failure> {
        if let Some(set) = self.named()? {
            return Ok(set);
        }
        let inputs = network.network.shape().1;
        let own = network.metadata.get("task").and_then(|name| {
            let drawn = || TaskSpec::named(name)?.set(self.seed, DRAWN).ok();
            task::named(name).or_else(drawn)
        });
        let fits = own.filter(|set| set.parts().channels.len() == inputs);
        Ok(fits.unwrap_or_else(|| task::seeded_pulses(inputs, self.seed, TRIALS, DURATION)))
    }

    /// The stimuli asked for, where any are.
    pub(crate) fn named(&self) -> Result<Option<StimulusSet>, Failure> {
        if let Some(path) = &self.stimuli {
            return StimulusSet::from_json(&files::read_text(path)?)
                .map(Some)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display()), ""));
        }
        let Some(name) = &self.task else { return Ok(None) };
        if let Some(set) = task::named(name) {
            return Ok(Some(set));
        }
        let is_known = extension(Path::new(name)) == "toml" || TaskSpec::source(name).is_some();
        if !is_known {
            let drawn = TaskSpec::names().filter(|name| task::named(name).is_none());
            return Err(unknown_task(name, task::names().chain(drawn)));
        }
        task_spec(name)?.set(self.seed, DRAWN).map(Some).map_err(Failure::of)
    }

    /// The stimuli asked for, else seeded pulses on so many inputs.
    pub(crate) fn resolve_for(&self, inputs: usize) -> Result<StimulusSet, Failure> {
        let named = self.named()?;
        Ok(named.unwrap_or_else(|| task::seeded_pulses(inputs, self.seed, TRIALS, DURATION)))
    }
}

/// The stimuli in the unit of a deck's inputs.
pub(crate) fn scaled(set: StimulusSet, scale: f64) -> Result<StimulusSet, Failure> {
    if scale == 1.0 {
        return Ok(set);
    }
    let mut parts = set.into_parts();
    for trial in &mut parts.trials {
        for pulse in &mut trial.pulses {
            pulse.amplitude *= scale;
        }
        for level in trial.levels.iter_mut().flatten().flatten() {
            *level *= scale;
        }
        if let Some(noise) = &mut trial.noise {
            noise.sd *= scale;
        }
    }
    StimulusSet::new(parts).map_err(Failure::of)
}
