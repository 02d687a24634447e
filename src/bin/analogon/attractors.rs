//! `analogon attractors`: where a system comes to rest, turns, or wanders.

mod show;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use analogon::{
    dae::{Drive, System, Time},
    dynamics::attractors::{
        Cut, LyapunovOptions, SettleOptions, Starts, SurveyOptions, characteristic_time,
        fixed_points::starts::{TrialStarts, along_trials, origin, range},
        lyapunov, survey,
    },
    report::{AttractorReport, Context, attractors_figure},
    task::StimulusSet,
    units::count,
};
use clap::ValueEnum;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    network::{StimulusArgs, scaled},
    picture::Picture,
    point::values,
    subject::{Subject, SubjectKind},
};

/// Find fixed points, cycles and where each stimulus leads
///
/// Newton's method from many starts finds fixed points, stable or not; every
/// stimulus of the task is played and the state followed until it is clear what
/// it comes to: a fixed point, a cycle, a torus, chaos. A network that was trained
/// in discrete time is looked at as the map that it was trained as, and beside it
/// as the equation that a circuit obeys. Of a deck the states are in volts and
/// amperes, and its sources hold the values they have at time 0.
///
/// Example: analogon attractors net.hdf5 --task and --plot attractors.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Attractors {
    /// Network, deck or saved system [default: the embedded 3-bit flip-flop]
    subject: Option<PathBuf>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Starts of the search: states along the trials of the task, or without one along
    /// seeded pulses and in a box
    #[arg(long, default_value_t = 1000, value_name = "N")]
    starts: usize,

    /// As what a network trained in discrete time is looked at
    #[arg(long, value_enum, default_value = "both")]
    time: TimeName,

    /// When the inputs of a trial are switched off [default: stimulus for a task of
    /// one trial, else trial]
    #[arg(long, value_enum)]
    cut: Option<CutName>,

    /// Sample the basins with so many starts in the box [-1, 1] (of volts, in the scale
    /// of a deck)
    #[arg(long, default_value_t = 0, value_name = "N")]
    basins: usize,

    /// Print so many of the largest Lyapunov exponents, along the motion from the end
    /// of the first stimulus
    #[arg(long, value_name = "K")]
    lyapunov: Option<usize>,

    /// Constant input under which to look: numbers with commas, or a file
    /// [default: 0; for a deck its sources at time 0]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    input: Option<String>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Write the JSON object, with all states and eigenvalues, to a file
    #[arg(short, long, value_name = "FILE.json")]
    output: Option<PathBuf>,

    /// Draw attractors and eigenvalues: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TimeName {
    /// The map, where there is one
    Discrete,
    /// The flow
    Continuous,
    /// The map and, beside it, the flow
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CutName {
    /// At the end of each trial
    Trial,
    /// Also before each new stimulus of a trial, so that each has a fate of its own
    Stimulus,
}

/// What drives the system, where anything does.
struct Task {
    set: StimulusSet,
    /// False for seeded pulses, after which nothing is to be expected.
    is_known: bool,
}

/// Starts in a box beside those along the trials of no task.
const BOX_SHARE: usize = 2;
/// The task's own noise leads to more different states than none.
const NOISE: f64 = 0.1;

impl Attractors {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        if let Some(path) = &self.output {
            files::check_output(path)?;
        }
        if self.starts == 0 {
            return Err(Failure::new("--starts is 0", "at least one start is needed"));
        }
        let subject = Subject::load(self.subject.as_deref())?;
        let task = self.task(&subject)?;
        let (map, flow) = (subject.map(), subject.flow());
        let report = match (self.time, map) {
            (TimeName::Discrete, None) => {
                return Err(Failure::new(
                    format!("`{}` is a system in continuous time", subject.name),
                    "`analogon discretise` makes a map of it, which can be saved and read here",
                ));
            }
            (TimeName::Continuous, _) | (TimeName::Both, None) => {
                self.look(&subject, &flow, &task)?
            }
            (TimeName::Discrete, Some(map)) => self.look(&subject, &map, &task)?,
            (TimeName::Both, Some(map)) => {
                let mut report = self.look(&subject, &map, &task)?;
                report.continuous = Some(Box::new(self.look(&subject, &flow, &task)?));
                report
            }
        };
        if self.json {
            json::print(&report, out)?;
        } else {
            show::show(&subject, &report, out)?;
        }
        if let Some(path) = &self.output {
            let mut bytes = Vec::new();
            json::print(&report, &mut bytes)?;
            files::write(path, &bytes)?;
            self.written(path, out)?;
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            files::write(path, &picture.bytes(&attractors_figure(&report))?)?;
            self.written(path, out)?;
        }
        Ok(Outcome::Holds)
    }

    fn written(&self, path: &std::path::Path, out: &mut dyn Write) -> Result<(), Failure> {
        if !self.json {
            writeln!(out, "\nwritten: {}", path.display())?;
        }
        Ok(())
    }

    /// The stimuli asked for, those of the network's own task, or seeded pulses.
    fn task(&self, subject: &Subject) -> Result<Task, Failure> {
        let inputs = subject.flow().shape().1;
        let scale = match &subject.kind {
            SubjectKind::Deck { scales, .. } => scales.input_volts,
            SubjectKind::Network(_) | SubjectKind::Saved(_) => 1.0,
        };
        let own = subject.network().and_then(|loaded| loaded.metadata.get("task"));
        let is_known = self.stimuli.is_given() || own.is_some();
        let set = match subject.network() {
            Some(loaded) => self.stimuli.resolve(loaded)?,
            None => self.stimuli.resolve_for(inputs)?,
        };
        let channels = set.parts().channels.len();
        if channels != inputs {
            return Err(Failure::new(
                format!(
                    "the task `{}` has {}, `{}` has {}",
                    set.parts().task,
                    count(channels, "channel"),
                    subject.name,
                    count(inputs, "input")
                ),
                "--task NAME or --stimuli FILE with as many channels as there are inputs",
            ));
        }
        Ok(Task { set: scaled(set, scale)?, is_known })
    }

    /// Everything that is looked for in one system.
    fn look(
        &self,
        subject: &Subject,
        system: &Arc<dyn System>,
        task: &Task,
    ) -> Result<AttractorReport, Failure> {
        let input = self.constant(subject, system)?;
        let (states, inputs, _) = system.shape();
        let unit = subject.time_unit();
        let (starts, starts_from) = self.begin(system, task, unit)?;
        let settle = SettleOptions {
            unit: match (&subject.kind, system.time()) {
                (SubjectKind::Deck { .. }, _) => {
                    characteristic_time(system, &origin(states), &input).map_err(Failure::of)?
                }
                (_, Time::Discrete { step }) => step,
                (_, Time::Continuous) => unit,
            },
            ..SettleOptions::default()
        };
        let volts = match &subject.kind {
            SubjectKind::Deck { scales, .. } => scales.state_volts,
            SubjectKind::Network(_) | SubjectKind::Saved(_) => 1.0,
        };
        let mut samples = Starts::unit_box(states, self.basins, self.stimuli.seed());
        samples.half_width = vec![volts; states];
        let cut = match self.cut {
            Some(CutName::Stimulus) => Cut::Stimulus,
            None if task.set.trials().len() == 1 => Cut::Stimulus,
            Some(CutName::Trial) | None => Cut::Trial,
        };
        let options = SurveyOptions {
            starts,
            samples: samples.states(),
            input: input.clone(),
            cut,
            task_unit: unit,
            settle,
        };
        let played = (task.is_known && inputs > 0).then_some(&task.set);
        let found = survey(system, played, &options).map_err(Failure::of)?;
        let exponents = match self.lyapunov {
            None => None,
            Some(wanted) => {
                let first = found.after.first().map(|after| after.fate.state.clone());
                let start = first.or_else(|| options.starts.first().cloned());
                let start = start.unwrap_or_else(|| origin(states));
                let options =
                    LyapunovOptions { unit: options.settle.unit, ..LyapunovOptions::new(wanted) };
                Some(lyapunov(system, &start, &input, &options).map_err(Failure::of)?)
            }
        };
        let context = Context {
            name: subject.name.clone(),
            task: played.map(|set| set.parts().task.clone()),
            starts_from,
            input,
            lyapunov: exponents,
        };
        AttractorReport::new(system, &found, context).map_err(Failure::of)
    }

    /// The constant input.
    fn constant(&self, subject: &Subject, system: &dyn System) -> Result<Vec<f64>, Failure> {
        if let Some(text) = &self.input {
            return values(text, "input", &system.inputs());
        }
        let mut input = vec![0.0; system.shape().1];
        if let Some(sources) = &subject.sources {
            sources.values(0.0, &mut input);
        }
        Ok(input)
    }

    /// Where the search begins, and that in words.
    fn begin(
        &self,
        system: &dyn System,
        task: &Task,
        unit: f64,
    ) -> Result<(Vec<Vec<f64>>, String), Failure> {
        let states = system.shape().0;
        let along = |count: usize| {
            let noise = (!task.is_known).then_some(NOISE);
            let options = TrialStarts {
                count,
                noise,
                seed: self.stimuli.seed(),
                unit,
                ..TrialStarts::default()
            };
            along_trials(system, &task.set, &options).map_err(Failure::of)
        };
        if task.is_known {
            let mut starts = along(self.starts)?;
            starts.insert(0, origin(states));
            starts.truncate(self.starts);
            return Ok((starts, format!("along {}", task.set.parts().task)));
        }
        let visited = along(self.starts / BOX_SHARE)?;
        let (mut low, mut high) = range(&visited);
        low.resize(states, 0.0);
        high.resize(states, 0.0);
        // Where nothing drives a system, or hardly, there is a box all the same.
        for (low, high) in low.iter_mut().zip(&mut high) {
            if *high - *low < 1e-3 {
                (*low, *high) = (*low - 1.0, *high + 1.0);
            }
        }
        let boxed = Starts {
            count: self.starts.saturating_sub(visited.len() + 1),
            seed: self.stimuli.seed(),
            centre: low.iter().zip(&high).map(|(low, high)| 0.5 * (low + high)).collect(),
            half_width: low.iter().zip(&high).map(|(low, high)| 0.5 * (high - low)).collect(),
        };
        let mut starts = vec![origin(states)];
        starts.extend(visited);
        starts.extend(boxed.states());
        starts.truncate(self.starts);
        Ok((starts, "along seeded pulses and in their box".to_owned()))
    }
}
