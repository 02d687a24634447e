//! What the figures of a network start from.

use serde::Serialize;

use crate::{
    dynamics::projection::{ProjectionError, RecordError, Recording, record},
    plot::{Axis, Figure, Line, PALETTE, Panel, Shade},
    rnn::{DiscreteRnn, Rnn},
    task::{Noise, SetError, Stimulus, StimulusSet, Trial},
};

/// Colour of targets.
pub(super) const BLACK: [u8; 3] = [0, 0, 0];
/// Colour of what is only a guide.
pub(super) const GREY: [u8; 3] = [0x77; 3];

/// A figure, the numbers behind it, and what there is to say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<N> {
    /// The figure.
    pub figure: Figure,
    /// The numbers behind it.
    pub numbers: N,
    /// The most important of them, in lines for people.
    pub lines: Vec<String>,
}

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// A trial cannot be played.
    #[error("trial `{trial}`: {error}")]
    Record {
        /// Its name.
        trial: String,
        /// Why not.
        error: RecordError,
    },
    /// A trajectory cannot be projected.
    #[error("{what}: {error}")]
    Projection {
        /// Of what.
        what: String,
        /// Why not.
        error: ProjectionError,
    },
    /// Noise makes no trials of a set.
    #[error(transparent)]
    Stimuli(#[from] SetError),
    /// There is no such trial.
    #[error("there is no trial {asked}: the stimuli `{task}` have {count}")]
    Trial {
        /// The trial asked for, from 1.
        asked: usize,
        /// The task of the stimuli.
        task: String,
        /// How many there are.
        count: usize,
    },
    /// The stimuli say nowhere what is right.
    #[error("the stimuli `{task}` say nowhere what is right, so there is no target to show")]
    NoTarget {
        /// The task of the stimuli.
        task: String,
    },
    /// Two networks do not have the same shape.
    #[error(
        "`{trained}` has {} units, {} inputs and {} outputs, `{initial}` has {}, {} and {}",
        .shapes[0].0, .shapes[0].1, .shapes[0].2, .shapes[1].0, .shapes[1].1, .shapes[1].2
    )]
    Shapes {
        /// The trained network.
        trained: String,
        /// The one it should have started from.
        initial: String,
        /// Units, inputs and outputs of both.
        shapes: [(usize, usize, usize); 2],
    },
    /// There is nothing to draw.
    #[error("{0}")]
    Nothing(String),
}

/// A network with what drives it.
#[derive(Clone, Copy, Debug)]
pub struct Portrait<'a> {
    /// Its name, for titles.
    pub name: &'a str,
    /// The network.
    pub network: &'a Rnn,
    /// The step of its map, model time units; `None` for the flow.
    pub step: Option<f64>,
    /// What drives it.
    pub stimuli: &'a StimulusSet,
}

/// Whether a network is run as a map or as a flow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dynamics {
    /// The map, with its step in model time units.
    Map {
        /// The step.
        step: f64,
    },
    /// The flow.
    Flow,
}

impl Portrait<'_> {
    /// Plays a trial.
    pub(super) fn record(&self, trial: usize) -> Result<Recording, FigureError> {
        existing(self.stimuli, trial)?;
        self.play(self.trial_name(trial), &self.stimuli.stimulus(trial))
    }

    /// Plays a stimulus.
    pub(super) fn play(&self, trial: &str, stimulus: &Stimulus) -> Result<Recording, FigureError> {
        let recorded = match self.step {
            Some(step) => record(&DiscreteRnn { network: self.network.clone(), step }, stimulus),
            None => record(self.network, stimulus),
        };
        recorded.map_err(|error| FigureError::Record { trial: trial.to_owned(), error })
    }

    /// The name of an existing trial.
    pub(super) fn trial_name(&self, trial: usize) -> &str {
        &self.stimuli.trials()[trial].name
    }

    /// Map or flow.
    pub(super) fn dynamics(&self) -> Dynamics {
        self.step.map_or(Dynamics::Flow, |step| Dynamics::Map { step })
    }

    /// `and.hdf5, task and, map`
    pub(super) fn title(&self) -> String {
        let dynamics = match self.step {
            None => "flow".to_owned(),
            Some(1.0) => "map".to_owned(),
            Some(step) => format!("map of step {step}"),
        };
        format!("{}, {}, {dynamics}", self.name, of_task(self.stimuli))
    }

    /// The axis of time. A step or model time unit is a millisecond, as in all of the
    /// papers' figures.
    pub(super) fn time(&self) -> Axis {
        let unit = if self.step == Some(1.0) { "steps of 1 ms" } else { "model units of 1 ms" };
        Axis::new(format!("time ({unit})"), "")
    }

    /// A panel over time.
    pub(super) fn over_time(&self, title: impl Into<String>, lines: Vec<Line>) -> Panel {
        Panel { title: title.into(), x: self.time(), lines, ..Panel::default() }
    }
}

/// `task and`, or what drives a network without one.
pub(super) fn of_task(stimuli: &StimulusSet) -> String {
    let task = &stimuli.parts().task;
    if has_targets(stimuli) { format!("task {task}") } else { format!("driven by {task}") }
}

/// Whether anything is said to be right.
#[must_use]
pub fn has_targets(stimuli: &StimulusSet) -> bool {
    stimuli.trials().iter().any(Trial::is_judged)
}

/// An error where there is no such trial.
pub(super) fn existing(stimuli: &StimulusSet, trial: usize) -> Result<(), FigureError> {
    let (task, count) = (stimuli.parts().task.clone(), stimuli.trials().len());
    if trial < count { Ok(()) } else { Err(FigureError::Trial { asked: trial + 1, task, count }) }
}

/// The first trial in which an input moves; the first of all where none does.
#[must_use]
pub fn first_moving(stimuli: &StimulusSet) -> usize {
    let moves = |&trial: &usize| {
        let stimulus = stimuli.stimulus(trial);
        (0..stimulus.channels()).any(|channel| stimulus.points(channel).len() > 1)
    };
    (0..stimuli.trials().len()).find(moves).unwrap_or(0)
}

/// Copies of one trial with normal noise of that standard deviation on every input instead
/// of its own, one for each seed; 0 is no noise.
pub(super) fn noisy(
    stimuli: &StimulusSet,
    trial: usize,
    sd: f64,
    seeds: std::ops::Range<u64>,
) -> Result<StimulusSet, FigureError> {
    existing(stimuli, trial)?;
    let mut parts = stimuli.clone().into_parts();
    let copy = |seed: u64| {
        let mut copy = parts.trials[trial].clone();
        copy.noise = (sd != 0.0).then_some(Noise { sd, seed });
        copy
    };
    parts.trials = seeds.map(copy).collect();
    Ok(StimulusSet::new(parts)?)
}

/// Columns of rows over time, one line each, in the colours of the palette.
pub(super) fn columns(times: &[f64], rows: &[Vec<f64>]) -> Vec<Line> {
    let count = rows.first().map_or(0, Vec::len);
    let line = |column: usize| {
        let points = times.iter().zip(rows).map(|(&t, row)| (t, row[column])).collect();
        Line::new("", points).coloured(PALETTE[column % PALETTE.len()])
    };
    (0..count).map(line).collect()
}

/// What a channel of a stimulus holds over time, with upright edges.
pub(super) fn held(stimulus: &Stimulus, channel: usize) -> Vec<(f64, f64)> {
    let corners = stimulus.points(channel);
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(corners.len() + 1);
    for (at, value) in corners {
        // The end of an edge belongs above its start.
        let at = match points.last() {
            Some(&(before, _)) if at - before <= stimulus.edge() => before,
            _ => at,
        };
        points.push((at, value));
    }
    let last = points.last().map_or(0.0, |point| point.1);
    points.push((stimulus.duration(), last));
    points
}

/// What is right of an output over time: the class in the windows in which it is
/// judged, nothing between.
pub(super) fn target(stimuli: &StimulusSet, trial: usize, output: usize) -> Vec<(f64, f64)> {
    let answers = stimuli.trials()[trial].answers.iter();
    let mut windows: Vec<(f64, f64, f64)> = answers
        .filter(|answer| answer.output == output)
        .filter_map(|answer| Some((answer.from, answer.to, f64::from(answer.class?))))
        .collect();
    windows.sort_by(|a, b| a.0.total_cmp(&b.0));
    windows
        .into_iter()
        .flat_map(|(from, to, class)| [(from, class), (to, class), (to, f64::NAN)])
        .collect()
}

/// The spans in which some input of a trial is not 0, where it has no noise.
pub(super) fn pulses(stimuli: &StimulusSet, trial: usize) -> Vec<Shade> {
    if stimuli.trials()[trial].noise.is_some() {
        return Vec::new();
    }
    let stimulus = stimuli.stimulus(trial);
    let mut shades: Vec<Shade> = Vec::new();
    for n in 0..stimulus.steps() {
        let from = n as f64;
        if (0..stimulus.channels()).all(|channel| stimulus.level(channel, n) == 0.0) {
            continue;
        }
        match shades.last_mut() {
            Some(shade) if shade.to == from => shade.to = from + 1.0,
            _ => shades.push(Shade { from, to: from + 1.0, colour: None }),
        }
    }
    shades
}

/// The class that is right of an output at the end of a step, where it is judged.
pub(super) fn target_at(
    stimuli: &StimulusSet,
    trial: usize,
    output: usize,
    time: f64,
) -> Option<i8> {
    // A time that rounding moved belongs to its step.
    let time = time - 1e-9;
    let answers = stimuli.trials()[trial].answers.iter();
    let mut own = answers.filter(|answer| answer.output == output);
    own.find(|answer| answer.from < time && time <= answer.to)?.class
}
