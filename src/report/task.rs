//! What a task plays and asks for.

use super::portrait::held;
use crate::{
    plot::{Axis, Figure, Key, Line, PALETTE, Panel, Shade},
    task::{Example, SetError, TaskSpec},
};

/// Most trials that fit into one figure.
pub const MOST_EXAMPLES: usize = 12;

/// The first `count` trials of a seed, at most [`MOST_EXAMPLES`]: inputs on the
/// left, targets on the right, with the steps shaded in which any output is judged.
///
/// # Errors
///
/// [`SetError`] where there is no trial.
pub fn task_figure(task: &TaskSpec, seed: u64, count: usize) -> Result<Figure, SetError> {
    let count = if count > MOST_EXAMPLES { MOST_EXAMPLES } else { count };
    let set = task.set(seed, count)?;
    let mut panels = Vec::with_capacity(2 * count);
    for index in 0..count {
        let example = task.example(seed, index as u64);
        let stimulus = set.stimulus(index);
        let inputs = (0..stimulus.channels())
            .map(|channel| drawn(channel, held(&stimulus, channel), task.parts().noise.input));
        let targets = (0..task.outputs().len())
            .map(|output| drawn(output, steps(task, &example, output), task.parts().noise.target));
        let label = if index + 1 == count { "time, steps" } else { "" };
        let panel = |title: String, lines| Panel {
            title,
            x: Axis::new(label, ""),
            lines,
            ..Panel::default()
        };
        panels.push(panel(format!("trial {}: inputs", example.trial.name), inputs.collect()));
        let title = if index == 0 { "targets, shaded where they are judged" } else { "" };
        let right = panel(title.to_owned(), targets.collect());
        panels.push(Panel { shades: judged(&example), ..right }.beside());
    }
    let title = format!("{}, seed {seed}", task.task());
    Ok(Figure { title, key: key(task), panels })
}

/// Lines that coincide stay visible; noise makes them differ.
fn drawn(number: usize, points: Vec<(f64, f64)>, noise: f64) -> Line {
    let line = Line::new("", points).coloured(PALETTE[number % PALETTE.len()]);
    if number.is_multiple_of(2) || noise > 0.0 { line } else { line.dashed() }
}

/// The targets of an output as they are held, without points on a straight line.
fn steps(task: &TaskSpec, example: &Example, output: usize) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (step, row) in example.targets.chunks_exact(task.outputs().len()).enumerate() {
        let (at, value) = (step as f64, f64::from(row[output]));
        match points.last().copied() {
            Some((_, before)) if before == value => {}
            Some((_, before)) => points.extend([(at, before), (at, value)]),
            None => points.push((at, value)),
        }
    }
    points.extend(points.last().map(|last| (task.steps() as f64, last.1)));
    points
}

/// The steps in which any output is judged.
fn judged(example: &Example) -> Vec<Shade> {
    let mut spans: Vec<(f64, f64)> =
        example.trial.answers.iter().map(|answer| (answer.from, answer.to)).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut shades: Vec<Shade> = Vec::new();
    for (from, to) in spans {
        match shades.last_mut() {
            Some(shade) if from <= shade.to => {
                if to > shade.to {
                    shade.to = to;
                }
            }
            _ => shades.push(Shade { from, to, colour: None }),
        }
    }
    shades
}

/// Names with their colours: inputs in the first column, outputs in the second.
fn key(task: &TaskSpec) -> Vec<Key> {
    let colour = |k: usize| PALETTE[k % PALETTE.len()];
    let (channels, outputs) = (task.channels(), task.outputs());
    if channels.len() == outputs.len() {
        let pairs = channels.iter().zip(outputs).enumerate();
        return pairs
            .map(|(k, (input, output))| Key::line(format!("{input}, {output}"), colour(k)))
            .collect();
    }
    let inputs = channels.iter().enumerate();
    let inputs = inputs.map(|(k, name)| Key::line(format!("input {name}"), colour(k)));
    let outputs = outputs.iter().enumerate();
    inputs.chain(outputs.map(|(k, name)| Key::line(format!("output {name}"), colour(k)))).collect()
}
