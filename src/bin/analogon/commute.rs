//! `analogon commute`: do the three procedures commute here?

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    dae::Drive,
    report::commute_figure,
    task::StimulusSet,
    transform::{
        Feed, Method, StretchedDrive,
        commute::{Commutation, Options, commute, sweep},
    },
};
use clap::{ValueEnum, builder::PossibleValue};
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    network::StimulusArgs,
    picture::Picture,
    point::PointArgs,
    procedure::{MethodName, fastest_step},
    progress::Progress,
    subject::{Subject, SubjectKind},
};

/// Measure where rescaling, discretisation and linearisation commute
///
/// For every pair and all orders of the three, by every method: the defect, the
/// bound of rounding, the condition under which it vanishes, a negative control,
/// and a verdict. Rescaling and discretisation commute where the step is scaled
/// too; linearisation commutes with explicit and exponential Euler anywhere, with
/// every other method at an equilibrium only. Of a saved map its flow is taken.
///
/// Exit code 1 where a measurement contradicts this.
///
/// Example: analogon commute net.hdf5 --by 7.3 --at rest --method trapezoidal
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Commute {
    /// Network, deck or saved system [default: the embedded 3-bit flip-flop]
    subject: Option<PathBuf>,

    /// Factor a of time
    #[arg(long, default_value_t = 2.0, value_name = "A")]
    by: f64,

    /// Step d, in the unit of time of the system [default: 0.1 for a network, a
    /// tenth of the fastest time for a deck]
    #[arg(long, value_name = "D")]
    step: Option<f64>,

    /// Step of the negative control instead of a d [default: d, or 2 a d]
    #[arg(long, value_name = "D")]
    wrong_step: Option<f64>,

    #[command(flatten)]
    point: PointArgs,

    /// Method
    #[arg(long, default_value = "all", value_name = "NAME")]
    method: Methods,

    /// Steps of each run
    #[arg(long, default_value_t = 1000, value_name = "N")]
    steps: usize,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Draw the defects over the step: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// One method or all.
#[derive(Clone, Copy, Debug)]
enum Methods {
    All,
    One(MethodName),
}

impl ValueEnum for Methods {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Methods; 7] = [
            Methods::All,
            Methods::One(MethodName::ExplicitEuler),
            Methods::One(MethodName::ImplicitEuler),
            Methods::One(MethodName::Trapezoidal),
            Methods::One(MethodName::Rk4),
            Methods::One(MethodName::Zoh),
            Methods::One(MethodName::ExponentialEuler),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::All => Some(PossibleValue::new("all")),
            Self::One(name) => name.to_possible_value(),
        }
    }
}

/// The report with its subject.
#[derive(Serialize)]
struct Found<'a> {
    subject: &'a str,
    state: &'a [f64],
    input: &'a [f64],
    #[serde(flatten)]
    report: &'a Commutation,
}

/// Rows of inputs at most.
const ROWS: usize = 100_000;
/// Steps of the figure: decades below and above d, and steps in each.
const DECADES: (i32, i32) = (-3, 1);
const EACH: i32 = 3;

impl Commute {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let subject = Subject::load(self.subject.as_deref())?;
        let flow = subject.flow();
        let (state, input) = self.point.resolve(&*flow)?;
        let step = match (self.step, subject.network()) {
            (Some(step), _) => step,
            (None, Some(_)) => 0.1,
            (None, None) => fastest_step(&subject)?,
        };
        let options = Options {
            factor: self.by,
            step,
            wrong_step: self.wrong_step,
            methods: match self.method {
                Methods::All => Method::ALL.to_vec(),
                Methods::One(name) => vec![name.into()],
            },
            held: self.inputs(&subject, step)?,
            steps: self.steps,
            ..Options::at(state, input)
        };
        let report = {
            let progress = std::cell::RefCell::new(Progress::new("measuring"));
            commute(&flow, &options, &|done| progress.borrow_mut().report(done))
                .map_err(Failure::of)?
        };
        if self.json {
            let (state, input) = (options.state.as_slice(), options.input.as_slice());
            json::print(&Found { subject: &subject.name, state, input, report: &report }, out)?;
        } else {
            writeln!(out, "{}", subject.name)?;
            write!(out, "{report}")?;
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let steps: Vec<f64> = (DECADES.0 * EACH..=DECADES.1 * EACH)
                .map(|k| step * 10.0_f64.powf(f64::from(k) / f64::from(EACH)))
                .collect();
            let swept = sweep(&flow, &options, &steps).map_err(Failure::of)?;
            files::write(path, &picture.bytes(&commute_figure(&swept, &subject.name))?)?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(if report.holds { Outcome::Holds } else { Outcome::Fails })
    }

    /// What drives the runs, one row a step: the sources of a deck, the first trial
    /// of the stimuli in which something happens.
    fn inputs(&self, subject: &Subject, step: f64) -> Result<Vec<Vec<f64>>, Failure> {
        let inputs = subject.flow().shape().1;
        let rows = |drive: &dyn Drive, duration: f64| -> Vec<Vec<f64>> {
            let count = (duration / step).clamp(1.0, ROWS as f64) as usize;
            let mut u = vec![0.0; inputs];
            let mut row = |n: usize| {
                drive.values(n as f64 * step, &mut u);
                u.clone()
            };
            (0..count).map(&mut row).collect()
        };
        let recipe = subject.recipe();
        if let (Some(sources), false) = (&subject.sources, self.stimuli.is_given()) {
            let drive = StretchedDrive { drive: sources, factor: recipe.time_factor() };
            return Ok(rows(&drive, self.steps as f64 * step));
        }
        let set = match &subject.kind {
            SubjectKind::Network(loaded) => self.stimuli.resolve(loaded)?,
            SubjectKind::Deck { .. } | SubjectKind::Saved(_) => self.stimuli.resolve_for(inputs)?,
        };
        let channels = set.parts().channels.len();
        if channels != inputs {
            let task = &set.parts().task;
            return Err(Failure::new(
                format!(
                    "the stimuli `{task}` have {channels} channels, the system {inputs} inputs"
                ),
                "",
            ));
        }
        let stimulus = set.stimulus(moving(&set));
        let (time, level) = (subject.time_unit(), recipe.origin().scales.input_volts);
        let drive = Feed { stimulus: &stimulus, time, level, held: true };
        Ok(rows(&drive, stimulus.duration() * time))
    }
}

/// The first trial in which an input moves.
fn moving(set: &StimulusSet) -> usize {
    let moves = |&trial: &usize| {
        let stimulus = set.stimulus(trial);
        (0..stimulus.channels()).any(|channel| stimulus.points(channel).len() > 1)
    };
    (0..set.trials().len()).find(moves).unwrap_or(0)
}
