//! What a network does in every trial.

use serde::Serialize;

use super::{
    portrait::{
        BLACK, Dynamics, FigureError, Portrait, Shown, columns, existing, has_targets, held,
        pulses, target,
    },
    trajectory::{START, STOP, TrajectoryNumbers, TrajectoryOptions, component, trajectory_figure},
};
use crate::{
    dynamics::{projection::Recording, statistics},
    plot::{Axis, Figure, Key, Line, Marker, PALETTE, Panel, Path, Space, Spot},
    task::StimulusSet,
};

/// Trials that are drawn where none are asked for, and at most.
const USUAL: usize = 4;
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
    let (mut panels, mut trials) = (Vec::new(), Vec::new());
    for (place, &trial) in options.trials.iter().enumerate() {
        existing(portrait.stimuli, trial)?;
        let recording = portrait.record(trial)?;
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
        panels.push(trajectory(options, spaces.as_ref(), place).beside());
        trials.push(PlayedNumbers {
            trial: portrait.trial_name(trial).to_owned(),
            distance: has_targets(stimuli).then(|| {
                statistics::judged_distance(stimuli, trial, &recording.times, &recording.outputs)
            }),
            times: recording.times,
            outputs: recording.outputs,
        });
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
    key.push(Key::point("start", START, Marker::Square));
    key.push(Key::point("stop", STOP, Marker::Square));
    key
}

fn inputs(portrait: &Portrait<'_>, trial: usize) -> Panel {
    let stimulus = portrait.stimuli.stimulus(trial);
    let line = |channel: usize| {
        let colour = PALETTE[channel % PALETTE.len()];
        let line = Line::new("", held(&stimulus, channel)).coloured(colour);
        // Inputs that coincide stay visible.
        if channel.is_multiple_of(2) { line } else { line.dashed() }
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
        Line::new("", points).coloured(PALETTE[unit % (PALETTE.len() - 1)]).fine()
    };
    let lines = recording.states.column_iter().enumerate().map(trace).collect();
    let count = recording.states.ncols();
    let title = if is_first { format!("all {count} units") } else { String::new() };
    Panel { shades: pulses(portrait.stimuli, trial), ..portrait.over_time(title, lines) }
}

/// The trajectory of one trial in the space of all of them.
fn trajectory(
    options: &TrajectoryOptions,
    spaces: Option<&TrajectoryNumbers>,
    place: usize,
) -> Panel {
    let title = if place == 0 { "trajectory".to_owned() } else { String::new() };
    let Some(numbers) = spaces.filter(|s| s.fractions.len() > 2) else {
        return Panel { title: "does not move in three directions".to_owned(), ..Panel::default() };
    };
    let axes = [0, 1, 2].map(|k| Axis::new(component(options.method, &[], k), ""));
    let mut space = Space::new(axes);
    space.azimuth = options.azimuths.first().copied().unwrap_or(space.azimuth);
    space.elevation = options.elevation;
    space.is_equal = true;
    let triple = |point: &Vec<f64>| {
        let value = |k: usize| point.get(k).copied().unwrap_or(0.0);
        [value(0), value(1), value(2)]
    };
    for (at, trial) in numbers.trials.iter().enumerate() {
        // All trials are there for the scale, in grey; this one stands out.
        let colour = Some(if at == place { PALETTE[0] } else { [0xd8; 3] });
        let points = trial.points.iter().map(triple).collect();
        space.paths.push(Path { points, colour, ..Path::default() });
    }
    space.paths.sort_by_key(|path| path.colour == Some(PALETTE[0]));
    if let Some([start, stop]) = ends(&numbers.trials[place].points) {
        let spot = |at: &Vec<f64>, colour: [u8; 3]| Spot {
            at: triple(at),
            colour: Some(colour),
            marker: Marker::Square,
            ..Spot::default()
        };
        space.spots.push(spot(start, START));
        space.spots.push(spot(stop, STOP));
    }
    Panel { title, space: Some(space), ..Panel::default() }
}

fn ends(points: &[Vec<f64>]) -> Option<[&Vec<f64>; 2]> {
    Some([points.first()?, points.last()?])
}
