//! `analogon task`: tasks as files, trials and pictures.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    report,
    task::{TaskParts, TaskSpec},
    units::count,
};
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    network::{DRAWN, task_spec},
    picture::Picture,
};

/// Trials of a picture.
const PICTURED: usize = 4;

/// List tasks, print one as a file, draw or write trials of it
///
/// Without a name the tasks of the package are listed. With one its TOML is
/// printed, which is where a task of your own starts from. With -o or --plot
/// trials are drawn from the seed: the same seed gives the same trials to the
/// bit on every machine.
///
/// Examples:
///   analogon task xor > my.toml
///   analogon task my.toml --plot my.svg
///   analogon task my.toml --trials 50 --seed 3 -o trials.json
#[derive(Debug, clap::Args)]
#[command(name = "task", verbatim_doc_comment)]
pub(crate) struct TaskCommand {
    /// Name of a task, or a TOML file
    #[arg(value_name = "NAME|FILE.toml")]
    task: Option<String>,

    /// Stimulus set to write, which --stimuli of other commands reads
    #[arg(short, long, value_name = "FILE.json")]
    output: Option<PathBuf>,

    /// Trials of the set [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    trials: Option<u32>,

    /// Seed of the trials
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    /// Draw four trials, inputs and targets: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print a JSON object, or an array of them without a name
    #[arg(long)]
    json: bool,
}

/// A task as JSON.
#[derive(Serialize)]
struct Summary<'a> {
    #[serde(flatten)]
    parts: &'a TaskParts,
    /// The seed of trials that are drawn.
    seed: u64,
    /// Files that were written.
    written: Vec<String>,
}

impl TaskCommand {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let Some(name) = &self.task else { return self.list(out) };
        if self.trials.is_some() && self.output.is_none() {
            let hint = "it is the size of the set that -o writes";
            return Err(Failure::new("`--trials` means nothing without `-o`", hint));
        }
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        if let Some(path) = &self.output {
            files::check_output(path)?;
        }
        let task = task_spec(name)?;
        let mut written = Vec::new();
        if let Some(path) = &self.output {
            let trials = self.trials.map_or(DRAWN, |trials| trials as usize);
            let set = task.set(self.seed, trials).map_err(Failure::of)?;
            files::write(path, set.to_json().as_bytes())?;
            written.push(path.display().to_string());
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let figure = report::task_figure(&task, self.seed, PICTURED).map_err(Failure::of)?;
            files::write(path, &picture.bytes(&figure)?)?;
            written.push(path.display().to_string());
        }
        if self.json {
            json::print(&Summary { parts: task.parts(), seed: self.seed, written }, out)?;
        } else if written.is_empty() {
            // A task of the package keeps its comments.
            let text = TaskSpec::source(name).map_or_else(|| task.to_toml(), str::to_owned);
            out.write_all(text.as_bytes())?;
        } else {
            for path in written {
                writeln!(out, "written: {path}")?;
            }
        }
        Ok(Outcome::Holds)
    }

    fn list(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if self.output.is_some() || self.plot.is_some() || self.trials.is_some() {
            return Err(Failure::new(
                "no task to draw trials of",
                "`analogon task` without a name lists the tasks there are",
            ));
        }
        let tasks: Vec<TaskSpec> = TaskSpec::names().filter_map(TaskSpec::named).collect();
        if self.json {
            let parts: Vec<&TaskParts> = tasks.iter().map(TaskSpec::parts).collect();
            json::print(&parts, out)?;
            return Ok(Outcome::Holds);
        }
        for task in &tasks {
            let about = &task.parts().about;
            let sentence = about.split_once(". ").map_or(about.as_str(), |(first, _)| first);
            let size = format!(
                "{}, {}, {} steps",
                count(task.channels().len(), "input"),
                count(task.outputs().len(), "output"),
                task.steps()
            );
            let sentence = sentence.trim_end_matches('.');
            writeln!(out, "{:<21} {size:<31} {sentence}", task.task())?;
        }
        Ok(Outcome::Holds)
    }
}
