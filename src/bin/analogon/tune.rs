//! `analogon tune`: a network trained on, as the circuits that will be built for it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use analogon::{
    equiv::tolerance::{Study, ToleranceOptions, ToleranceReport},
    rnn::{Rnn, format::Loaded},
    task::{self, StimulusSet, TaskSpec},
    train::{Constraints, Event, HardwareSpec, NetworkSpec, Stopped, TrainSpec, Training},
    units::{Series, count},
};
use serde::Serialize;

use crate::{
    arguments::{SeriesName, number, share},
    failure::{Failure, Outcome},
    files,
    interruption::interruption,
    json,
    network::{self, DRAWN, NetworkFile, task_spec},
    progress::Progress,
    train::{bytes_of, threads},
};

/// Train a network on so that more of its circuits work
///
/// Every batch is seen by some circuits whose resistors are off by errors of their own,
/// come from a series, and whose op-amps have offsets, with a step small enough for the
/// equation of the circuit. After every epoch the yield is measured, and the best network
/// is kept. At the end the yields of the network before and after are measured with other
/// circuits: those of `analogon tolerance` in continuous time.
///
/// Exit code 1 where the yield did not rise beyond chance (the 95 % intervals meet).
///
/// Example: analogon tune net.safetensors --task xor --tolerance 10% -o tuned.safetensors
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Tune {
    /// Network of form A: Keras, PyTorch, safetensors, NPZ or text file
    network: PathBuf,

    /// Task: a name (`analogon task` lists them), or a file of one (.toml) [default: the
    /// one the network's file names]
    #[arg(long, value_name = "NAME|FILE.toml")]
    task: Option<String>,

    /// Write the tuned network: .safetensors, .npz or .rnn
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Largest relative error of a resistor, in training and in the yields
    #[arg(long, default_value = "5%", value_parser = share, value_name = "REL")]
    tolerance: f64,

    /// Series that resistors are bought from [default: exact values]
    #[arg(long, value_enum)]
    series: Option<SeriesName>,

    /// Largest offset of an op-amp, volt
    #[arg(long, default_value = "0", value_parser = number, value_name = "VOLT")]
    offset: f64,

    /// Step of training, 1 over a whole number of model time units [default: 1/4, or that
    /// of the network where it is smaller]
    #[arg(long, value_name = "D")]
    step: Option<f64>,

    /// Epochs
    #[arg(long, default_value_t = 30, value_name = "N")]
    epochs: usize,

    /// Trials of an epoch, new ones each time
    #[arg(long, default_value_t = 4096, value_name = "N")]
    trials: usize,

    /// Trials of a batch
    #[arg(long, default_value_t = 64, value_name = "N")]
    batch: usize,

    /// Circuits that share a batch
    #[arg(long, default_value_t = 4, value_name = "N")]
    circuits: usize,

    /// Learning rate
    #[arg(long, default_value_t = 1e-3, value_name = "RATE")]
    rate: f64,

    /// Seed of trials and errors
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,

    /// Circuits whose yields are compared at the end
    #[arg(long, default_value_t = 400, value_name = "N")]
    draws: usize,

    /// Threads of training [default: those of the machine]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// What tuning came to.
#[derive(Serialize)]
struct Tuned {
    /// Whether the interval after lies above the one before.
    rose: bool,
    before: ToleranceReport,
    after: ToleranceReport,
    /// The epoch that was kept, 0 for the network as it was.
    kept: usize,
    epochs: Vec<EpochYield>,
    stopped_because: &'static str,
    task: String,
    step: f64,
}

/// An epoch and the yield after it.
#[derive(Serialize)]
struct EpochYield {
    epoch: usize,
    loss: f64,
    #[serde(rename = "yield")]
    share: f64,
}

/// Step of training where none is asked for.
const STEP: f64 = 0.25;
/// Longest gradient of all variables together.
const CLIP: f64 = 1.0;
/// Circuits that tell the best epoch.
const SCOUTS: usize = 100;
/// What keeps their seeds, and those of the final yields, apart from each other.
const SCOUTING: u64 = 1 << 20;
const JUDGING: u64 = 1 << 21;

impl Tune {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let kind = self.output.as_deref().map(NetworkFile::of).transpose()?;
        let loaded = network::load(Some(&self.network))?;
        let task = self.task(&loaded)?;
        let stimuli = match task::named(task.task()) {
            Some(set) => set,
            None => task.set(self.seed, DRAWN).map_err(Failure::of)?,
        };
        let spec = self.spec(&loaded, task)?;
        let threads = self.threads.unwrap_or_else(threads);
        let mut training =
            Training::of_network(spec, &loaded.network, threads).map_err(Failure::of)?;
        let before = self.study(&loaded.network, &stimuli, (JUDGING, self.draws))?;
        if before.share.is_none() {
            let text = format!("the task `{}` is not judged", stimuli.parts().task);
            return Err(Failure::new(text, "a yield needs decisions: name another task"));
        }
        if !self.json {
            self.head(&loaded.network, &training, out)?;
        }
        let (best, epochs, reason) =
            self.carry_out(&loaded.network, &mut training, &stimuli, out)?;
        let after = self.study(&best.network, &stimuli, (JUDGING, self.draws))?;
        if let (Some(path), Some(kind)) = (&self.output, kind) {
            files::write(path, &best.bytes(&training, &loaded, kind)?)?;
        }
        let rose = match (before.confidence, after.confidence) {
            (Some([_, high]), Some([low, _])) => low > high,
            _ => false,
        };
        let tuned = Tuned {
            rose,
            before,
            after,
            kept: best.epoch,
            epochs,
            stopped_because: reason.map_or("interrupted", |reason| reason.word()),
            task: stimuli.parts().task.clone(),
            step: training.spec().network.step,
        };
        if self.json {
            json::print(&tuned, out)?;
        } else {
            tuned.show(out)?;
            if let Some(path) = &self.output {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(if rose { Outcome::Holds } else { Outcome::Fails })
    }

    /// The task asked for, else the network's own.
    fn task(&self, loaded: &Loaded) -> Result<TaskSpec, Failure> {
        if let Some(name) = &self.task {
            return task_spec(name);
        }
        let own = loaded.metadata.get("task").and_then(|name| TaskSpec::named(name));
        own.ok_or_else(|| {
            let text = format!("`{}` does not say what its task is", self.network.display());
            Failure::new(text, "`--task xor` names one; `analogon task` lists all")
        })
    }

    fn spec(&self, loaded: &Loaded, task: TaskSpec) -> Result<TrainSpec, Failure> {
        let own = loaded.trained_step.filter(|step| *step < STEP).unwrap_or(STEP);
        let step = self.step.unwrap_or(own);
        let mut spec = TrainSpec::new(task);
        spec.seed = self.seed;
        spec.network = NetworkSpec::of_network(&loaded.network, step).map_err(Failure::of)?;
        spec.constraints = constraints(loaded);
        (spec.data.trials, spec.data.held_out) = (self.trials, 0);
        (spec.data.batch, spec.data.fresh) = (self.batch, true);
        (spec.optimiser.rate, spec.optimiser.decay) = (self.rate, 0.0);
        spec.optimiser.clip = Some(analogon::train::Clip::Global { norm: CLIP });
        spec.stop.epochs = self.epochs;
        spec.hardware = Some(HardwareSpec {
            tolerance: self.tolerance,
            series: self.series.map(Series::from),
            offset: self.offset,
            circuits: self.circuits,
        });
        spec.check().map_err(Failure::of)?;
        Ok(spec)
    }

    /// The yield of so many circuits of a network.
    fn study(
        &self,
        network: &Rnn,
        stimuli: &StimulusSet,
        (apart, draws): (u64, usize),
    ) -> Result<ToleranceReport, Failure> {
        let options = ToleranceOptions {
            tolerance: self.tolerance,
            series: self.series.map(Series::from),
            offset: self.offset,
            draws,
            seed: self.seed ^ apart,
            ..ToleranceOptions::default()
        };
        let study = Study::new(network, None, stimuli, &options).map_err(Failure::of)?;
        study.run(&|_| {}).map_err(Failure::of)
    }

    fn scout(&self, network: &Rnn, stimuli: &StimulusSet) -> Result<f64, Failure> {
        Ok(self.study(network, stimuli, (SCOUTING, SCOUTS))?.share.unwrap_or(0.0))
    }

    /// Trains to the end, and keeps the network with the best yield.
    fn carry_out(
        &self,
        first: &Rnn,
        training: &mut Training,
        stimuli: &StimulusSet,
        out: &mut dyn Write,
    ) -> Result<(Best, Vec<EpochYield>, Option<Stopped>), Failure> {
        let interrupted = interruption()?;
        let share = self.scout(first, stimuli)?;
        let mut best = Best { epoch: 0, network: first.clone(), share, loss: f64::NAN };
        let mut epochs = Vec::new();
        let mut progress = Progress::new("epoch");
        if !self.json {
            writeln!(out, "epoch  loss       yield of {SCOUTS} circuits")?;
            writeln!(out, "0      -          {:.1} %", 100.0 * share)?;
        }
        loop {
            match training.advance().map_err(Failure::of)? {
                Event::Batch { share, .. } => {
                    progress.report(share);
                    if interrupted.load(Ordering::Relaxed) {
                        return Ok((best, epochs, None));
                    }
                }
                Event::Epoch(row) => {
                    let network = training.network().map_err(Failure::of)?;
                    let share = self.scout(&network, stimuli)?;
                    if !self.json {
                        writeln!(
                            out,
                            "{:<6} {:<10.3e} {:.1} %",
                            row.epoch,
                            row.loss,
                            100.0 * share
                        )?;
                        out.flush()?;
                    }
                    epochs.push(EpochYield { epoch: row.epoch, loss: row.loss, share });
                    // Of equals the one with the lower loss.
                    if share > best.share || (share == best.share && !(row.loss >= best.loss)) {
                        best = Best { epoch: row.epoch, network, share, loss: row.loss };
                    }
                    progress = Progress::new("epoch");
                }
                Event::Stopped(reason) => return Ok((best, epochs, Some(reason))),
            }
        }
    }

    fn head(&self, network: &Rnn, training: &Training, out: &mut dyn Write) -> Result<(), Failure> {
        let spec = training.spec();
        let name =
            self.network.file_name().map_or_else(String::new, |n| n.to_string_lossy().into());
        let series =
            self.series.map_or_else(String::new, |series| format!(", resistors of {series:?}"));
        let offset =
            if self.offset > 0.0 { format!(", offset {} V", self.offset) } else { String::new() };
        writeln!(
            out,
            "{name}: {}, task {}, step {}",
            count(network.units(), "unit"),
            spec.task.task(),
            spec.network.step
        )?;
        writeln!(out, "circuits: {} % tolerance{series}{offset}\n", 100.0 * self.tolerance)?;
        Ok(())
    }
}

/// The network with the best yield so far.
struct Best {
    epoch: usize,
    network: Rnn,
    share: f64,
    loss: f64,
}

impl Best {
    /// Its file: of the network as it was, where no epoch was better.
    fn bytes(
        &self,
        training: &Training,
        loaded: &Loaded,
        kind: NetworkFile,
    ) -> Result<Vec<u8>, Failure> {
        if self.epoch == 0 {
            return network::bytes(kind, &loaded.network, loaded.trained_step, &loaded.metadata);
        }
        bytes_of(training, &self.network, kind)
    }
}

/// The signs that a network was trained with, where its file says.
fn constraints(loaded: &Loaded) -> Constraints {
    let text = loaded.metadata.get("training");
    let spec = text.and_then(|text| serde_json::from_str::<TrainSpec>(text).ok());
    spec.map(|spec| spec.constraints).unwrap_or_default()
}

impl Tuned {
    fn show(&self, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out)?;
        for (name, report) in [("before", &self.before), ("after", &self.after)] {
            let [low, high] = report.confidence.unwrap_or([0.0, 1.0]).map(|share| 100.0 * share);
            writeln!(
                out,
                "yield {name:<7} {:.1} %: {} of {} draws, 95 % confidence {low:.1} to {high:.1} %",
                100.0 * report.share.unwrap_or(0.0),
                report.passed.unwrap_or(0),
                report.draws
            )?;
        }
        let kept = if self.kept == 0 {
            "no epoch was better than the network as it was".to_owned()
        } else {
            format!("kept is the network after epoch {}", self.kept)
        };
        let verdict =
            if self.rose { "the yield rose" } else { "the yield did not rise beyond chance" };
        writeln!(out, "{verdict}; {kept}")?;
        Ok(())
    }
}
