//! What a network does in every trial.

use serde::Serialize;

use super::{
    portrait::{
        BLACK, Dynamics, FigureError, Portrait, Shown, columns, has_targets, held, pulses, target,
    },
    trajectory::{START, STOP, TrajectoryNumbers, TrajectoryOptions, component, trajectory_figure},
};
use crate::{
    dynamics::{projection::Recording, statistics},
    plot::{Axis, Figure, Key, Line, Mark, Marker, PALETTE, Panel, Path, Space, Spot},
    task::StimulusSet,
};

/// Colour of the other trials of a trajectory.
const PALE: [u8; 3] = [0xd8; 3];
/// Trials that are drawn where none are asked for, and at most.
const USUAL: usize = 4;
/// Units whose traces are drawn as they are; more are thin.
const FEW: usize = 8;
/// Panels over time in a row.
const OVER_TIME: usize = 3;
/// Most trials that fit into one figure.
pub const MOST_TRIALS: usize = 12;

/// One trial of a figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlayedNumbers {
    /// Its name.
    pub trial: String,
    /// Distance of outputs to targets in the windows in which these are judged: the root of
    /// the sum of squares over steps and outputs. `None` where none is.
    pub distance: Option<f64>,
    /// Ends of the steps, model time units.
    pub times: Vec<f64>,
    /// Outputs at these, one row a step.
    pub outputs: Vec<Vec<f64>>,
}

/// The numbers behind a figure of trials.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialsNumbers {
    /// The task.
    pub task: String,
    /// Map or flow.
    pub dynamics: Dynamics,
    /// Shares of the first directions of all trials together; empty where
    /// they do not move in three.
    pub fractions: Vec<f64>,
    /// The trials.
    pub trials: Vec<PlayedNumbers>,
}

/// The first few trials.
#[must_use]
pub fn usual_trials(stimuli: &StimulusSet) -> Vec<usize> {
    let count = stimuli.trials().len();
    (0..if count < USUAL { count } else { USUAL }).collect()
}

/// For every trial of `options` its inputs, the outputs with their targets, the traces of all
/// units, and the trajectory in the space of the first three components.
///
/// # Errors
///
/// [`FigureError`]: a trial that does not exist or cannot be played.
pub fn trials_figure(
    portrait: &Portrait<'_>,
    options: &TrajectoryOptions,
) -> Result<Shown<TrialsNumbers>, FigureError> {
    if options.trials.len() > MOST_TRIALS {
        let count = options.trials.len();
        let text = format!("{count} trials are too many for one figure, which holds {MOST_TRIALS}");
        return Err(FigureError::Nothing(text));
    }
    // Where all trials rest there is no trajectory, and no fault.
    let spaces = trajectory_figure(portrait, options).ok().map(|shown| shown.numbers);
    let mut recordings = Vec::with_capacity(options.trials.len());
    for &trial in &options.trials {
        recordings.push(portrait.record(trial)?);
    }
    let (mut panels, mut trials) = (Vec::new(), Vec::new());
    for ((place, &trial), recording) in options.trials.iter().enumerate().zip(recordings) {
        let is_first = place == 0;
        let stimuli = portrait.stimuli;
        let mut over_time = [
            inputs(portrait, trial),
            outputs(portrait, trial, &recording, is_first).beside(),
            units(portrait, trial, &recording, is_first).beside(),
        ];
        if place + 1 < options.trials.len() {
            // The last row says what the axes of all are.
            for panel in &mut over_time {
                panel.x.label.clear();
            }
        }
        panels.extend(over_time);
        if let Some(numbers) = &spaces {
            panels.push(trajectory(options, numbers, place).beside());
        }
        trials.push(PlayedNumbers {
            trial: portrait.trial_name(trial).to_owned(),
            distance: has_targets(stimuli).then(|| {
                statistics::judged_distance(stimuli, trial, &recording.times, &recording.outputs)
            }),
            times: recording.times,
            outputs: recording.outputs,
        });
    }
    // Every kind of panel has one range, so that rows compare.
    let columns = OVER_TIME + usize::from(spaces.is_some());
    for column in 0..OVER_TIME {
        let own = || (column..panels.len()).step_by(columns);
        let values = own().flat_map(|at| panels[at].lines.iter().flat_map(|line| &line.points));
        let ends = ends_of(values.map(|point| point.1));
        for at in own() {
            panels[at].y.ends = ends;
        }
    }
    let numbers = TrialsNumbers {
        task: portrait.stimuli.parts().task.clone(),
        dynamics: portrait.dynamics(),
        fractions: spaces.map_or(Vec::new(), |spaces| spaces.fractions),
        trials,
    };
    let lines = numbers.trials.iter().map(line).collect();
    let figure = Figure { title: portrait.title(), key: key(portrait), panels };
    Ok(Shown { figure, numbers, lines })
}

/// The least and the largest of values, with a little room; `None` for none.
pub(super) fn ends_of(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    const ROOM: f64 = 0.06;
    let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let low = finite.iter().copied().min_by(f64::total_cmp)?;
    let high = finite.iter().copied().max_by(f64::total_cmp)?;
    let room = ROOM * (high - low);
    (low < high).then_some((low - room, high + room))
}

fn line(played: &PlayedNumbers) -> String {
    let steps = played.times.len();
    match played.distance {
        Some(distance) => {
            format!("trial {}: {steps} steps, distance to the target {distance:.3}", played.trial)
        }
        None => format!("trial {}: {steps} steps", played.trial),
    }
}

/// Names of channels with their colours, which are those of the inputs in the first
/// column and of the outputs in the second.
fn key(portrait: &Portrait<'_>) -> Vec<Key> {
    let parts = portrait.stimuli.parts();
    let colour = |k: usize| PALETTE[k % PALETTE.len()];
    let outputs = portrait.network.shape().2;
    let output = |k: usize| parts.outputs.get(k).cloned().unwrap_or_else(|| format!("y{}", k + 1));
    let mut key: Vec<Key> = Vec::new();
    if parts.channels.len() == outputs {
        let pairs = parts.channels.iter().enumerate();
        key.extend(pairs.map(|(k, input)| Key::line(format!("{input}, {}", output(k)), colour(k))));
    } else {
        let inputs = parts.channels.iter().enumerate();
        key.extend(inputs.map(|(k, name)| Key::line(format!("input {name}"), colour(k))));
        key.extend((0..outputs).map(|k| Key::line(format!("output {}", output(k)), colour(k))));
    }
    if has_targets(portrait.stimuli) {
        key.push(Key::dashes("target, where it is judged", BLACK));
    }
    key.push(Key::point("start", BLACK, START));
    key.push(Key::point("stop", BLACK, STOP));
    key
}

fn inputs(portrait: &Portrait<'_>, trial: usize) -> Panel {
    let stimulus = portrait.stimuli.stimulus(trial);
    let is_noisy = portrait.stimuli.trials()[trial].noise.is_some();
    let line = |channel: usize| {
        let colour = PALETTE[channel % PALETTE.len()];
        let line = Line::new("", held(&stimulus, channel)).coloured(colour);
        // Inputs that coincide stay visible; noise makes them differ.
        if channel.is_multiple_of(2) || is_noisy { line } else { line.dashed() }
    };
    let lines = (0..stimulus.channels()).map(line).collect();
    let title = format!("trial {}: inputs", portrait.trial_name(trial));
    portrait.over_time(title, lines)
}

fn outputs(portrait: &Portrait<'_>, trial: usize, recording: &Recording, is_first: bool) -> Panel {
    let mut lines = columns(&recording.times, &recording.outputs);
    for output in 0..portrait.stimuli.parts().outputs.len() {
        lines.push(Line::new("", target(portrait.stimuli, trial, output)).coloured(BLACK).dashed());
    }
    let title = if is_first { "outputs and targets" } else { "" };
    Panel { shades: pulses(portrait.stimuli, trial), ..portrait.over_time(title, lines) }
}

fn units(portrait: &Portrait<'_>, trial: usize, recording: &Recording, is_first: bool) -> Panel {
    let trace = |(unit, column): (usize, nalgebra::DVectorView<'_, f64>)| {
        let points = recording.times.iter().copied().zip(column.iter().copied()).collect();
        let line = Line::new("", points).coloured(PALETTE[unit % (PALETTE.len() - 1)]);
        if recording.states.ncols() > FEW { line.fine() } else { line }
    };
    let lines = recording.states.column_iter().enumerate().map(trace).collect();
    let count = recording.states.ncols();
    let title = if is_first { format!("all {count} units") } else { String::new() };
    Panel { shades: pulses(portrait.stimuli, trial), ..portrait.over_time(title, lines) }
}

/// The trajectory of one trial in the space of all of them: three dimensions, or two
/// where there are no more.
fn trajectory(options: &TrajectoryOptions, numbers: &TrajectoryNumbers, place: usize) -> Panel {
    let title = if place == 0 { "trajectory".to_owned() } else { String::new() };
    let axes = [0, 1, 2].map(|k| Axis::new(component(options.method, &[], k), ""));
    let components = numbers.trials[place].points.first().map_or(0, Vec::len);
    // All trials are there for the scale, in grey; this one stands out.
    let mut order: Vec<usize> = (0..numbers.trials.len()).collect();
    order.sort_by_key(|&at| at == place);
    let colour = |at: usize| if at == place { PALETTE[0] } else { PALE };
    let ends = ends(&numbers.trials[place].points);
    if components < 3 {
        let line = |at: usize| {
            let points = numbers.trials[at].points.iter().map(|point| (point[0], point[1]));
            Line::new("", points.collect()).coloured(colour(at))
        };
        let [x, y, _] = axes;
        let mark = |(point, marker): (&Vec<f64>, Marker)| {
            let colour = Some(BLACK);
            Mark { at: (point[0], point[1]), colour, marker, ..Mark::default() }
        };
        let lines = order.into_iter().map(line).collect();
        let marks = ends.into_iter().map(mark).collect();
        return Panel { title, x, y, lines, marks, is_equal: true, ..Panel::default() };
    }
    let triple = |point: &Vec<f64>| [point[0], point[1], point[2]];
    let mut space = Space::new(axes);
    space.azimuth = options.azimuths.first().copied().unwrap_or(space.azimuth);
    space.elevation = options.elevation;
    space.is_equal = true;
    for at in order {
        let points = numbers.trials[at].points.iter().map(triple).collect();
        space.paths.push(Path { points, colour: Some(colour(at)), ..Path::default() });
    }
    let spot = |(point, marker): (&Vec<f64>, Marker)| {
        let colour = Some(BLACK);
        Spot { at: triple(point), colour, marker, ..Spot::default() }
    };
    space.spots.extend(ends.into_iter().map(spot));
    Panel { title, space: Some(space), ..Panel::default() }
}

/// The first and the last point, and how they look.
fn ends(points: &[Vec<f64>]) -> Vec<(&Vec<f64>, Marker)> {
    let both = points.first().zip(points.last());
    both.map_or(Vec::new(), |(first, last)| vec![(first, START), (last, STOP)])
}
