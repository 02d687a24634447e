//! What a task plays and asks for.

use serde::Serialize;

use super::portrait::{BLACK, FigureError, Shown, has_targets, held, noisy, target};
use crate::{
    plot::{Axis, Figure, Key, Line, PALETTE, Panel},
    task::StimulusSet,
    units::count as counted,
};

/// Trials drawn at most: a grid of 3 x 3, as published.
pub const SAMPLES: usize = 9;
/// Height of the largest value in its row.
const HEIGHT: f64 = 0.44;

/// One trial that is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleNumbers {
    /// Its name.
    pub trial: String,
    /// Its length, model time units.
    pub duration: f64,
    /// Changes of level on every input, its noise included.
    pub changes: Vec<usize>,
    /// Judged windows of every output: start, end and right class.
    pub windows: Vec<Vec<(f64, f64, i8)>>,
}

/// Inputs and targets of the first nine trials. Where `noise` is a standard
/// deviation every input gets that much normal noise instead of its own, and trials
/// are repeated with other seeds until there are nine.
///
/// # Errors
///
/// [`FigureError::NoTarget`] where the stimuli say nowhere what is right.
pub fn samples_figure(
    stimuli: &StimulusSet,
    noise: Option<f64>,
) -> Result<Shown<Vec<SampleNumbers>>, FigureError> {
    let task = &stimuli.parts().task;
    if !has_targets(stimuli) {
        return Err(FigureError::NoTarget { task: task.clone() });
    }
    let stimuli = match noise {
        Some(sd) => repeated(stimuli, sd)?,
        None => stimuli.clone(),
    };
    let count = stimuli.trials().len().clamp(1, SAMPLES);
    let columns = if count <= 4 { 2 } else { 3 };
    let size = largest(&stimuli, count);
    let panels: Vec<Panel> =
        (0..count).map(|trial| sample(&stimuli, trial, size).in_grid(trial, columns)).collect();
    let numbers: Vec<SampleNumbers> = (0..count).map(|trial| numbers(&stimuli, trial)).collect();
    let total = stimuli.trials().len();
    let shown =
        if count < total { format!("the first {count} of {total}") } else { format!("{count}") };
    let title =
        format!("task {task}: {shown} trials; every row spans \u{b1}{:.2}", 0.5 * size / HEIGHT);
    let key = vec![Key::line("input", PALETTE[0]), Key::line("target, where it is judged", BLACK)];
    let parts = stimuli.parts();
    let (inputs, outputs) = (parts.channels.len(), parts.outputs.len());
    let lines = vec![format!(
        "{shown} trials of task {task}, {}, {}",
        counted(inputs, "input"),
        counted(outputs, "output")
    )];
    Ok(Shown { figure: Figure { title, key, panels }, numbers, lines })
}

/// Nine trials with noise, each stimulus in its turn.
fn repeated(stimuli: &StimulusSet, sd: f64) -> Result<StimulusSet, FigureError> {
    let mut parts = stimuli.clone().into_parts();
    let mut trials = Vec::with_capacity(SAMPLES);
    for (trial, seed) in (0..parts.trials.len()).cycle().zip(1..=SAMPLES as u64) {
        trials.extend(noisy(stimuli, trial, sd, seed..seed + 1)?.into_parts().trials);
    }
    parts.trials = trials;
    Ok(StimulusSet::new(parts)?)
}

/// The largest size of any input or target of the trials shown.
fn largest(stimuli: &StimulusSet, count: usize) -> f64 {
    let of = |trial: usize| {
        let stimulus = stimuli.stimulus(trial);
        let inputs = (0..stimulus.channels()).flat_map(|channel| held(&stimulus, channel));
        let outputs = 0..stimuli.parts().outputs.len();
        let targets = outputs.flat_map(|output| target(stimuli, trial, output));
        let sizes = inputs.chain(targets).map(|point| point.1.abs()).filter(|size| !size.is_nan());
        sizes.max_by(f64::total_cmp).unwrap_or(0.0)
    };
    let largest = (0..count).map(of).max_by(f64::total_cmp).unwrap_or(0.0);
    if largest > 0.0 { largest } else { 1.0 }
}

/// One trial, a row for every channel: inputs on top, each with the target of its
/// own output where there are as many.
fn sample(stimuli: &StimulusSet, trial: usize, size: f64) -> Panel {
    let (parts, stimulus) = (stimuli.parts(), stimuli.stimulus(trial));
    let (inputs, outputs) = (parts.channels.len(), parts.outputs.len());
    let is_paired = inputs == outputs && inputs > 1;
    let rows = if is_paired { inputs } else { inputs + outputs };
    let in_row = |row: usize, points: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        let middle = (rows - 1 - row) as f64;
        points.into_iter().map(|(t, value)| (t, middle + HEIGHT * value / size)).collect()
    };
    let mut lines: Vec<Line> = (0..inputs)
        .map(|k| Line::new("", in_row(k, held(&stimulus, k))).coloured(PALETTE[0]))
        .collect();
    for output in 0..outputs {
        let row = if is_paired { output } else { inputs + output };
        lines.push(Line::new("", in_row(row, target(stimuli, trial, output))).coloured(BLACK));
    }
    let both = parts.channels.iter().zip(&parts.outputs).map(|(x, y)| format!("{x}, {y}"));
    let mut names: Vec<String> = if is_paired {
        both.collect()
    } else {
        parts.channels.iter().chain(&parts.outputs).cloned().collect()
    };
    names.reverse();
    Panel {
        title: format!("trial {}", parts.trials[trial].name),
        x: Axis::new("time (steps of 1 ms)", ""),
        y: Axis::of_names("", names).over(-0.55, rows as f64 - 0.45),
        lines,
        ..Panel::default()
    }
}

fn numbers(stimuli: &StimulusSet, trial: usize) -> SampleNumbers {
    let stimulus = stimuli.stimulus(trial);
    let of = &stimuli.trials()[trial];
    let windows = |output: usize| {
        let own = of.answers.iter().filter(move |answer| answer.output == output);
        own.filter_map(|answer| Some((answer.from, answer.to, answer.class?))).collect()
    };
    let changes = |channel: usize| {
        (1..stimulus.steps())
            .filter(|&n| stimulus.level(channel, n) != stimulus.level(channel, n - 1))
            .count()
    };
    SampleNumbers {
        trial: of.name.clone(),
        duration: stimulus.duration(),
        changes: (0..stimulus.channels()).map(changes).collect(),
        windows: (0..stimuli.parts().outputs.len()).map(windows).collect(),
    }
}
