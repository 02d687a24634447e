//! `analogon train`: from a task to a network.

mod folder;
mod options;
mod show;
mod words;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use std::sync::atomic::Ordering;

use analogon::{
    report::training_figure,
    rnn::Rnn,
    train::{EpochRow, Event, Stopped, TrainSpec, Training},
};

use crate::{
    failure::{Failure, Outcome},
    files,
    interruption::interruption,
    json,
    network::{self, NetworkFile},
    picture::Picture,
    progress::{Progress, Stopwatch},
};
pub(crate) use folder::Folder;
use options::SpecArgs;

/// Train a network on a task
///
/// The tasks of the papers are trained as they were published where nothing else is
/// said; `analogon task` lists them and prints their files, which are where a task of
/// your own starts. A training file (`--spec`, printed by `--print-spec`) says all of it.
/// The same specification and seed give the same network to the last bit, on any number
/// of threads, and after any interruption.
///
/// Exit code 1: the training diverged, or was interrupted.
///
/// Example: analogon train xor -o xor.safetensors --run xor
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Train {
    #[command(flatten)]
    spec: SpecArgs,

    /// Write the network: .safetensors, .npz or .rnn
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Folder for checkpoints, logs (CSV, JSONL, TensorBoard), the figure and the network
    #[arg(long, value_name = "FOLDER", conflicts_with = "resume")]
    run: Option<PathBuf>,

    /// Go on with the training of a folder, to the bit
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["task", "spec"])]
    resume: Option<PathBuf>,

    /// Keep the network of every epoch in the folder
    #[arg(long)]
    snapshots: bool,

    /// Fresh trials that the network is judged on at the end
    #[arg(long, default_value_t = 1000, value_name = "N")]
    test: usize,

    /// Threads [default: those of the machine]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Draw loss and accuracy over the epochs: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print the specification as TOML, and train nothing
    #[arg(long)]
    print_spec: bool,

    /// Print one JSON object at the end instead
    #[arg(long)]
    json: bool,
}

/// How it ended.
struct Ended {
    reason: Option<Stopped>,
    seconds: f64,
}

impl Train {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let kind = self.output.as_deref().map(NetworkFile::of).transpose()?;
        check_test(self.test)?;
        if self.print_spec {
            write!(out, "{}", spec_text(&self.spec.resolve()?)?)?;
            return Ok(Outcome::Holds);
        }
        let threads = self.threads.unwrap_or_else(threads);
        let (mut training, mut folder) = self.open(threads, out)?;
        if self.resume.is_some() && !self.json {
            show::head(training.spec(), out)?;
        }
        let ended = self.carry_out(&mut training, folder.as_mut(), out)?;
        let written = self.write(&training, kind, folder.as_ref())?;
        let score = training.fresh_score(self.test).map_err(Failure::of)?;
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let figure = training_figure(training.spec().task.task(), training.history());
            files::write(path, &picture.bytes(&figure)?)?;
        }
        if self.json {
            json::print(&show::report(&training, &ended, &score, &written), out)?;
        } else {
            show::end(&training, &ended, &score, &written, out)?;
            if ended.reason.is_none() {
                show::how_to_go_on(folder.as_ref().map(|folder| folder.path.as_path()), out)?;
            }
        }
        let good = ended.reason.is_some_and(|r| !matches!(r, Stopped::Diverged { .. }));
        Ok(if good { Outcome::Holds } else { Outcome::Fails })
    }

    /// A new training, or that of a folder.
    fn open(
        &self,
        threads: usize,
        out: &mut dyn Write,
    ) -> Result<(Training, Option<Folder>), Failure> {
        if let Some(path) = &self.resume {
            if let Some(name) = self.spec.given_besides_the_end() {
                let text = format!("`{name}` cannot be changed in the middle of a training");
                let hint =
                    "of a specification only the end can: --epochs, --loss, --accuracy, --patience";
                return Err(Failure::new(text, hint));
            }
            let (mut training, folder) = Folder::resume(path, threads, self.snapshots)?;
            let mut stop = training.spec().stop;
            self.spec.change_end(&mut stop);
            if stop != training.spec().stop {
                training.set_stop(stop).map_err(Failure::of)?;
            }
            return Ok((training, Some(folder)));
        }
        let spec = self.spec.resolve()?;
        if !self.json {
            show::head(&spec, out)?;
            if self.run.is_none() && self.output.is_none() {
                let options = "-o FILE or --run FOLDER";
                writeln!(out, "note: the network is not kept; {options} keeps it")?;
            }
            writeln!(out)?;
        }
        let training = Training::new(spec, threads).map_err(Failure::of)?;
        let folder = self.run.as_deref();
        let folder = folder.map(|path| Folder::create(path, &training, self.snapshots));
        Ok((training, folder.transpose()?))
    }

    /// Trains to the end, or until Ctrl-C.
    fn carry_out(
        &self,
        training: &mut Training,
        mut folder: Option<&mut Folder>,
        out: &mut dyn Write,
    ) -> Result<Ended, Failure> {
        let interrupted = interruption()?;
        let clock = Stopwatch::start();
        let mut epoch = (Stopwatch::start(), Progress::new("epoch"));
        if !self.json {
            show::columns(out)?;
            for row in training.history() {
                show::row(row, None, out)?;
            }
        }
        loop {
            match training.advance().map_err(Failure::of)? {
                Event::Batch { share, .. } => {
                    epoch.1.report(share);
                    if interrupted.load(Ordering::Relaxed) {
                        if let Some(folder) = folder.as_mut() {
                            folder.checkpoint(training)?;
                        }
                        return Ok(Ended { reason: None, seconds: clock.seconds() });
                    }
                }
                Event::Epoch(row) => {
                    let seconds = epoch.0.seconds();
                    epoch = (Stopwatch::start(), Progress::new("epoch"));
                    if let Some(folder) = folder.as_mut() {
                        folder.epoch(training, seconds)?;
                    }
                    if !self.json {
                        let left = left(training, &row, seconds);
                        show::row(&row, Some(left), out)?;
                        out.flush()?;
                    }
                }
                Event::Stopped(reason) => {
                    if let Some(folder) = folder.as_mut() {
                        folder.checkpoint(training)?;
                    }
                    return Ok(Ended { reason: Some(reason), seconds: clock.seconds() });
                }
            }
        }
    }

    /// Writes the network where it is asked for, and into the folder; says where.
    fn write(
        &self,
        training: &Training,
        kind: Option<NetworkFile>,
        folder: Option<&Folder>,
    ) -> Result<Vec<PathBuf>, Failure> {
        let mut written = Vec::new();
        if let Some(folder) = folder {
            written.push(folder.finish(training)?);
        }
        if let (Some(path), Some(kind)) = (&self.output, kind) {
            files::write(path, &network_bytes(training, kind)?)?;
            written.push(path.clone());
        }
        Ok(written)
    }
}

/// The network of a training.
pub(crate) fn network_of(training: &Training) -> Result<Rnn, Failure> {
    training.network().map_err(Failure::of)
}

/// The network as a file, with what it was trained as.
fn network_bytes(training: &Training, kind: NetworkFile) -> Result<Vec<u8>, Failure> {
    bytes_of(training, &network_of(training)?, kind)
}

/// A network that a training came by as a file, with what it was trained as.
pub(crate) fn bytes_of(
    training: &Training,
    network: &Rnn,
    kind: NetworkFile,
) -> Result<Vec<u8>, Failure> {
    let spec = training.spec();
    let epochs = training.history().len();
    let mut metadata = BTreeMap::from([
        ("task".to_owned(), spec.task.task().to_owned()),
        ("epochs".to_owned(), epochs.to_string()),
        ("seed".to_owned(), spec.seed.to_string()),
    ]);
    if let Some(row) = training.history().last() {
        metadata.insert("loss".to_owned(), row.loss.to_string());
    }
    if kind == NetworkFile::Safetensors {
        let text = serde_json::to_string(spec).map_err(Failure::of)?;
        metadata.insert("training".to_owned(), text);
    }
    network::bytes(kind, network, Some(spec.network.step), &metadata)
}

/// Seconds that are left, where every epoch takes as long and all are needed.
fn left(training: &Training, row: &EpochRow, seconds: f64) -> f64 {
    let all: usize = training.spec().curriculum.iter().map(|stage| stage.until.epochs).sum();
    let all = all + training.spec().stop.epochs;
    seconds * all.saturating_sub(row.epoch) as f64
}

/// Most fresh trials.
const MOST_TESTS: usize = 1_000_000;

/// Refuses numbers of fresh trials that make no sense.
pub(crate) fn check_test(trials: usize) -> Result<(), Failure> {
    match (1..=MOST_TESTS).contains(&trials) {
        true => Ok(()),
        false => Err(Failure::new(
            format!("--test is {trials}"),
            format!("a number from 1 to {MOST_TESTS} is needed"),
        )),
    }
}

/// Threads of the machine.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A specification as a file.
fn spec_text(spec: &TrainSpec) -> Result<String, Failure> {
    toml::to_string(spec).map_err(Failure::of)
}
