//! The folder of a training.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use analogon::{
    report::training_figure,
    train::{
        Training,
        log::{CSV_HEADER, csv_line, epoch_scalars, events_header, json_line, scalars},
    },
};

use super::{network_bytes, spec_text};
use crate::{
    failure::Failure, files, network::NetworkFile, picture::Picture, progress::seconds_since_1970,
};

const CHECKPOINT: &str = "checkpoint.safetensors";
const NETWORK: &str = "network.safetensors";
const CSV: &str = "log.csv";
const JSONL: &str = "log.jsonl";

/// Where a training writes what it needs to go on, and what it came to.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    snapshots: bool,
    /// Seconds of every epoch; empty entries are not known any more.
    seconds: Vec<f64>,
    /// TensorBoard's file.
    events: PathBuf,
}

impl Folder {
    /// A new folder, with the first checkpoint; refused where there is a training already.
    pub(crate) fn create(
        path: &Path,
        training: &Training,
        snapshots: bool,
    ) -> Result<Self, Failure> {
        if Self::holds_training(path) {
            let text = format!("there is a training in `{}` already", path.display());
            let hint = format!(
                "go on with it by `analogon train --resume {}`, or name another folder",
                path.display()
            );
            return Err(Failure::new(text, hint));
        }
        files::create_folder(path)?;
        files::write(&path.join("training.toml"), spec_text(training.spec())?.as_bytes())?;
        let folder = Self::open(path, snapshots, Vec::new())?;
        folder.checkpoint(training)?;
        folder.snapshot(training)?;
        Ok(folder)
    }

    /// Whether there is a training in a folder.
    pub(crate) fn holds_training(path: &Path) -> bool {
        path.join(CHECKPOINT).exists()
    }

    /// The training of a folder, as its last checkpoint has it.
    pub(crate) fn resume(
        path: &Path,
        threads: usize,
        snapshots: bool,
    ) -> Result<(Training, Self), Failure> {
        let file = path.join(CHECKPOINT);
        let bytes = files::read(&file)?;
        let training = Training::restore(&bytes, threads).map_err(|error| {
            let hint = "delete the file and start the training again";
            Failure::new(format!("{}: {error}", file.display()), hint)
        })?;
        let times = read_seconds(&path.join(JSONL));
        let seconds = training.history().iter().map(|row| times.get(&row.epoch).copied());
        let seconds = seconds.map(|time| time.unwrap_or(f64::NAN)).collect();
        let snapshots = snapshots || path.join("epochs").is_dir();
        let folder = Self::open(path, snapshots, seconds)?;
        Ok((training, folder))
    }

    fn open(path: &Path, snapshots: bool, seconds: Vec<f64>) -> Result<Self, Failure> {
        if snapshots {
            files::create_folder(&path.join("epochs"))?;
        }
        let now = seconds_since_1970();
        let events = path.join(format!("events.out.tfevents.{now:.0}.analogon"));
        files::append(&events, &events_header(now))?;
        Ok(Self { path: path.to_owned(), snapshots, seconds, events })
    }

    /// Writes what it takes to go on from here. The old checkpoint stays until the new one
    /// is complete.
    pub(crate) fn checkpoint(&self, training: &Training) -> Result<(), Failure> {
        files::write_atomically(&self.path.join(CHECKPOINT), &training.checkpoint())
    }

    /// After an epoch: checkpoint, logs, snapshot.
    pub(crate) fn epoch(&mut self, training: &Training, seconds: f64) -> Result<(), Failure> {
        self.checkpoint(training)?;
        self.seconds.push(seconds);
        self.logs(training)?;
        if let Some(row) = training.history().last() {
            let event = scalars(seconds_since_1970(), row.epoch as u64, &epoch_scalars(row));
            files::append(&self.events, &event)?;
        }
        self.snapshot(training)
    }

    /// Writes the logs anew, so that they hold what the checkpoint holds.
    fn logs(&self, training: &Training) -> Result<(), Failure> {
        let rows = || training.history().iter().zip(&self.seconds);
        let csv = rows().map(|(row, seconds)| csv_line(row, *seconds) + "\n");
        let csv = std::iter::once(format!("{CSV_HEADER}\n")).chain(csv).collect::<String>();
        files::write_atomically(&self.path.join(CSV), csv.as_bytes())?;
        let lines: String = rows().map(|(row, seconds)| json_line(row, *seconds) + "\n").collect();
        files::write_atomically(&self.path.join(JSONL), lines.as_bytes())
    }

    /// The network of this epoch, where all are kept.
    fn snapshot(&self, training: &Training) -> Result<(), Failure> {
        if !self.snapshots {
            return Ok(());
        }
        let name = format!("epochs/epoch_{:03}.safetensors", training.history().len());
        files::write(&self.path.join(&name), &network_bytes(training, NetworkFile::Safetensors)?)
    }

    /// Network and figure; says where the network is.
    pub(crate) fn finish(&self, training: &Training) -> Result<PathBuf, Failure> {
        self.logs(training)?;
        let path = self.path.join(NETWORK);
        files::write_atomically(&path, &network_bytes(training, NetworkFile::Safetensors)?)?;
        if !training.history().is_empty() {
            let figure = training_figure(training.spec().task.task(), training.history());
            files::write(&self.path.join("loss.svg"), &Picture::Svg.bytes(&figure)?)?;
        }
        Ok(path)
    }
}

/// Seconds by epoch, as far as an old log has them.
fn read_seconds(path: &Path) -> HashMap<usize, f64> {
    let Ok(bytes) = files::read(path) else { return HashMap::new() };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    let entry = |row: serde_json::Value| {
        Some((row.get("epoch")?.as_u64()? as usize, row.get("seconds")?.as_f64()?))
    };
    lines.filter_map(entry).collect()
}
