//! The specification of a training from the command line.

use std::path::PathBuf;

use super::words::{DaleName, EnforceName, InitialName, YesNo};
use crate::{failure::Failure, files, network::task_spec};
use analogon::{
    rnn::{Activation, Direction, Initialiser},
    train::{Clip, Constraints, Enforcement, Method, Pattern, Signs, Stage, StopSpec, TrainSpec},
};

/// What is trained. Options change what the task's published training, or the file, says.
#[derive(Debug, clap::Args)]
pub(super) struct SpecArgs {
    /// Task: a name (`analogon task` lists them), or a file of one (.toml)
    task: Option<String>,

    /// Specification of the whole training (.toml)
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,

    /// Seed of weights, trials and their order
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Units
    #[arg(long, value_name = "N", help_heading = "Network")]
    units: Option<usize>,

    /// Activation: tanh, logistic, relu, softplus, `hard_tanh`, linear
    #[arg(long, value_name = "NAME", help_heading = "Network")]
    activation: Option<String>,

    /// Units have a bias
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes",
          help_heading = "Network")]
    bias: Option<YesNo>,

    /// Step of the network in model time units: 1 for the map of Keras, 1/2, 1/5 or so for
    /// a network that has to work as a circuit
    #[arg(long, value_name = "D", help_heading = "Network")]
    step: Option<f64>,

    /// Leak
    #[arg(long, value_name = "RATE", help_heading = "Network")]
    leak: Option<f64>,

    /// Initial recurrent weights
    #[arg(long, value_enum, help_heading = "Network")]
    initial: Option<InitialName>,

    /// Gain of the initial recurrent weights [default: 1]
    #[arg(long, value_name = "G", help_heading = "Network")]
    gain: Option<f64>,

    /// Recurrent weights are a product of two factors of this rank
    #[arg(long, value_name = "R", help_heading = "Network")]
    rank: Option<usize>,

    /// Share of recurrent weights that exist
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    density: Option<f64>,

    /// Noise of the states in training, standard deviation
    #[arg(long, value_name = "SD", help_heading = "Network")]
    state_noise: Option<f64>,

    /// Signs of recurrent weights: `outgoing` is Dale's law (what a unit sends shares a
    /// sign), `as-published` the sign of what a unit receives
    #[arg(long, value_enum, help_heading = "Constraints")]
    dale: Option<DaleName>,

    /// Share of inhibitory units, the first ones [default: 0.5]; needs signs
    #[arg(long, value_name = "SHARE", help_heading = "Constraints")]
    inhibitory: Option<f64>,

    /// Input weights are at least 0
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes",
          help_heading = "Constraints")]
    positive_input: Option<YesNo>,

    /// How signs are kept
    #[arg(long, value_enum, help_heading = "Constraints", conflicts_with = "penalty")]
    enforce: Option<EnforceName>,

    /// Wrong signs are allowed and cost so much times half of their square
    #[arg(long, value_name = "STRENGTH", help_heading = "Constraints")]
    penalty: Option<f64>,

    /// Initial weights satisfy the constraints already
    #[arg(long, help_heading = "Constraints")]
    at_start: bool,

    /// Trials, held-out ones included
    #[arg(long, value_name = "N", help_heading = "Training")]
    trials: Option<usize>,

    /// Trials of a batch
    #[arg(long, value_name = "N", help_heading = "Training")]
    batch: Option<usize>,

    /// New trials every epoch
    #[arg(long, help_heading = "Training")]
    fresh: bool,

    /// Cut gradients into pieces of so many steps
    #[arg(long, value_name = "STEPS", help_heading = "Training")]
    truncate: Option<usize>,

    /// Learning rate
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    rate: Option<f64>,

    /// Decay of the learning rate: update k has rate/(1 + decay k)
    #[arg(long, value_name = "D", help_heading = "Training")]
    decay: Option<f64>,

    /// Gradient descent with this momentum instead of Adam
    #[arg(long, value_name = "MOMENTUM", help_heading = "Training")]
    descent: Option<f64>,

    /// Longest gradient of all variables together
    #[arg(long, value_name = "NORM", help_heading = "Training", conflicts_with = "clip_each")]
    clip: Option<f64>,

    /// Longest gradient of each variable
    #[arg(long, value_name = "NORM", help_heading = "Training")]
    clip_each: Option<f64>,

    /// Task to begin with, before the task itself; may be given several times
    #[arg(long, value_name = "TASK", help_heading = "Training")]
    before: Vec<String>,

    /// Share of held-out trials that must be right before the next task begins
    /// [default: 0.9]
    #[arg(long, value_name = "SHARE", help_heading = "Training", requires = "before")]
    before_accuracy: Option<f64>,

    /// Most epochs
    #[arg(long, value_name = "N", help_heading = "End")]
    epochs: Option<usize>,

    /// Loss below which training ends; 0 for none
    #[arg(long, value_name = "LOSS", help_heading = "End")]
    loss: Option<f64>,

    /// Share of held-out trials that have to be right to end
    #[arg(long, value_name = "SHARE", help_heading = "End")]
    accuracy: Option<f64>,

    /// Epochs without a lower loss after which training ends
    #[arg(long, value_name = "EPOCHS", help_heading = "End")]
    patience: Option<usize>,
}

/// The accuracy at which a task of a curriculum ends where none is given.
const BEFORE: f64 = 0.9;
/// The inhibitory share where none is given.
const HALF: f64 = 0.5;

impl SpecArgs {
    /// The specification asked for.
    pub(super) fn resolve(&self) -> Result<TrainSpec, Failure> {
        let mut spec = self.base()?;
        self.change_network(&mut spec)?;
        self.change_constraints(&mut spec.constraints);
        self.check_use(&spec)?;
        self.change_training(&mut spec)?;
        spec.check().map_err(Failure::of)?;
        Ok(spec)
    }

    /// Refuses options that say nothing about this training.
    fn check_use(&self, spec: &TrainSpec) -> Result<(), Failure> {
        let of_both = matches!(self.initial, Some(InitialName::HalfNormal | InitialName::Balanced));
        if self.inhibitory.is_some() && spec.constraints.signs.is_none() && !of_both {
            let hint = "`--dale outgoing` gives signs to units";
            return Err(Failure::new("--inhibitory says nothing without signs", hint));
        }
        if self.gain.is_some() && spec.network.recurrent == Initialiser::Glorot {
            return Err(Failure::new(
                "--gain says nothing about glorot",
                "`--initial normal` has one",
            ));
        }
        if (self.enforce.is_some() || self.penalty.is_some()) && spec.constraints.is_empty() {
            let hint = "`--dale outgoing` gives signs to units";
            return Err(Failure::new("there are no signs to keep", hint));
        }
        Ok(())
    }

    /// Without the options.
    fn base(&self) -> Result<TrainSpec, Failure> {
        let whole = "the file of a whole training is read with `--spec`";
        let task = self.task.as_deref().map(task_spec).transpose();
        let task = task.map_err(|failure| failure.or_try(whole))?;
        match (&self.spec, task) {
            (Some(path), task) => {
                let text = files::read_text(path)?;
                let mut spec: TrainSpec = toml::from_str(&text).map_err(|error| {
                    Failure::new(format!("{}: {}", path.display(), error.to_string().trim()), "")
                })?;
                spec.task = task.unwrap_or(spec.task);
                Ok(spec)
            }
            (None, Some(task)) => Ok(TrainSpec::of_task(task)),
            (None, None) => Err(Failure::new(
                "no task is named",
                "`analogon train xor` trains one; `analogon task` lists all",
            )),
        }
    }

    fn change_network(&self, spec: &mut TrainSpec) -> Result<(), Failure> {
        set(&mut spec.seed, self.seed);
        let network = &mut spec.network;
        set(&mut network.units, self.units);
        if let Some(name) = &self.activation {
            network.activation = Activation::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = Activation::ALL.iter().map(|a| a.name()).collect();
                let hint = format!("known are {}", known.join(", "));
                Failure::new(format!("there is no activation `{name}`"), hint)
            })?;
        }
        set(&mut network.bias, self.bias.map(|bias| bias == YesNo::Yes));
        set(&mut network.step, self.step);
        set(&mut network.leak, self.leak);
        set(&mut network.density, self.density);
        set(&mut network.noise, self.state_noise);
        network.rank = self.rank.or(network.rank);
        let gain = self.gain.unwrap_or(1.0);
        if !gain.is_finite() {
            return Err(Failure::new(format!("--gain is {gain}"), "a finite number is needed"));
        }
        let inhibitory = self.inhibitory.unwrap_or(HALF);
        network.recurrent = match self.initial {
            Some(InitialName::Orthogonal) => Initialiser::Orthogonal { gain },
            Some(InitialName::Normal) => Initialiser::Normal { gain },
            Some(InitialName::Glorot) => Initialiser::Glorot,
            Some(InitialName::Identity) => Initialiser::Identity { gain },
            Some(InitialName::HalfNormal) => Initialiser::HalfNormal { gain, inhibitory },
            Some(InitialName::Balanced) => Initialiser::Balanced { gain, inhibitory },
            None => with_gain(network.recurrent, self.gain),
        };
        Ok(())
    }

    fn change_constraints(&self, constraints: &mut Constraints) {
        match self.dale {
            Some(DaleName::None) => constraints.signs = None,
            Some(name) => {
                let direction = match name {
                    DaleName::Outgoing => Direction::Outgoing,
                    _ => Direction::Incoming,
                };
                let pattern = Pattern::First(self.inhibitory.unwrap_or(HALF));
                constraints.signs = Some(Signs { direction, pattern });
            }
            None => {
                if let (Some(signs), Some(share)) = (&mut constraints.signs, self.inhibitory) {
                    signs.pattern = Pattern::First(share);
                }
            }
        }
        set(&mut constraints.positive_input, self.positive_input.map(|on| on == YesNo::Yes));
        set(
            &mut constraints.enforce,
            self.enforce.map(|name| match name {
                EnforceName::Project => Enforcement::Project,
                EnforceName::Modulus => Enforcement::Modulus,
            }),
        );
        let penalty = self.penalty.map(|strength| Enforcement::Penalty { strength });
        set(&mut constraints.enforce, penalty);
        constraints.at_start |= self.at_start;
    }

    /// Changes what ends training.
    pub(super) fn change_end(&self, stop: &mut StopSpec) {
        set(&mut stop.epochs, self.epochs);
        stop.loss = self.loss.or(stop.loss);
        stop.accuracy = self.accuracy.or(stop.accuracy);
        stop.patience = self.patience.or(stop.patience);
    }

    /// The first option that is given and is not about the end.
    pub(super) fn given_besides_the_end(&self) -> Option<&'static str> {
        let given = [
            ("--seed", self.seed.is_some()),
            ("--units", self.units.is_some()),
            ("--activation", self.activation.is_some()),
            ("--bias", self.bias.is_some()),
            ("--step", self.step.is_some()),
            ("--leak", self.leak.is_some()),
            ("--initial", self.initial.is_some()),
            ("--gain", self.gain.is_some()),
            ("--rank", self.rank.is_some()),
            ("--density", self.density.is_some()),
            ("--state-noise", self.state_noise.is_some()),
            ("--dale", self.dale.is_some()),
            ("--inhibitory", self.inhibitory.is_some()),
            ("--positive-input", self.positive_input.is_some()),
            ("--enforce", self.enforce.is_some()),
            ("--penalty", self.penalty.is_some()),
            ("--at-start", self.at_start),
            ("--trials", self.trials.is_some()),
            ("--batch", self.batch.is_some()),
            ("--fresh", self.fresh),
            ("--truncate", self.truncate.is_some()),
            ("--rate", self.rate.is_some()),
            ("--decay", self.decay.is_some()),
            ("--descent", self.descent.is_some()),
            ("--clip", self.clip.is_some()),
            ("--clip-each", self.clip_each.is_some()),
            ("--before", !self.before.is_empty()),
        ];
        given.into_iter().find(|(_, is)| *is).map(|(name, _)| name)
    }

    fn change_training(&self, spec: &mut TrainSpec) -> Result<(), Failure> {
        let data = &mut spec.data;
        set(&mut data.trials, self.trials);
        set(&mut data.batch, self.batch);
        data.fresh |= self.fresh;
        data.truncate = self.truncate.or(data.truncate);
        let optimiser = &mut spec.optimiser;
        set(&mut optimiser.rate, self.rate);
        set(&mut optimiser.decay, self.decay);
        set(&mut optimiser.method, self.descent.map(|momentum| Method::Sgd { momentum }));
        let clip = self.clip.map(|norm| Clip::Global { norm });
        let each = self.clip_each.map(|norm| Clip::PerVariable { norm });
        optimiser.clip = clip.or(each).or(optimiser.clip);
        self.change_end(&mut spec.stop);
        for name in &self.before {
            let until = StopSpec {
                epochs: spec.stop.epochs,
                accuracy: Some(self.before_accuracy.unwrap_or(BEFORE)),
                ..StopSpec::default()
            };
            spec.curriculum.push(Stage { task: task_spec(name)?, until });
        }
        Ok(())
    }
}

fn set<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}

/// The same distribution with another gain.
fn with_gain(initialiser: Initialiser, given: Option<f64>) -> Initialiser {
    let Some(gain) = given else { return initialiser };
    match initialiser {
        Initialiser::Normal { .. } => Initialiser::Normal { gain },
        Initialiser::Orthogonal { .. } => Initialiser::Orthogonal { gain },
        Initialiser::Identity { .. } => Initialiser::Identity { gain },
        Initialiser::HalfNormal { inhibitory, .. } => Initialiser::HalfNormal { gain, inhibitory },
        Initialiser::Balanced { inhibitory, .. } => Initialiser::Balanced { gain, inhibitory },
        Initialiser::Glorot => Initialiser::Glorot,
    }
}
