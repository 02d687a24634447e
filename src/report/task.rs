//! What a task plays and asks for.

use super::{portrait::held, trials::ends_of};
use crate::{
    plot::{Axis, Figure, Key, Line, PALETTE, Panel, Shade},
    task::{Example, SetError, TaskSpec},
};

/// Most trials that fit into one figure.
pub const MOST_EXAMPLES: usize = 12;

/// The first `count` trials of a seed, at most [`MOST_EXAMPLES`]: inputs on the
/// left, targets on the right, with the steps shaded in which all outputs are judged.
///
/// # Errors
///
/// [`SetError`] where there is no trial.
pub fn task_figure(task: &TaskSpec, seed: u64, count: usize) -> Result<Figure, SetError> {
    let count = if count > MOST_EXAMPLES { MOST_EXAMPLES } else { count };
    let set = task.set(seed, count)?;
    let mut panels: Vec<Panel> = Vec::with_capacity(2 * count);
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
        panels.push(panel(format!("inputs of trial {}", example.trial.name), inputs.collect()));
        let title = if index == 0 { "targets, shaded where all are judged" } else { "" };
        let right = panel(title.to_owned(), targets.collect());
        panels.push(Panel { shades: judged(task, &example), ..right }.beside());
    }
    // Rows compare: inputs have one range, and so have targets.
    for column in 0..2 {
        let own = || (column..panels.len()).step_by(2);
        let values = own().flat_map(|at| panels[at].lines.iter().flat_map(|line| &line.points));
        let ends = ends_of(values.map(|point| point.1));
        for at in own() {
            panels[at].y.ends = ends;
        }
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

/// The steps in which all outputs are judged.
fn judged(task: &TaskSpec, example: &Example) -> Vec<Shade> {
    let mut outputs = vec![0; task.steps()];
    for answer in &example.trial.answers {
        let own = outputs.iter_mut().take(answer.to as usize).skip(answer.from as usize);
        own.for_each(|count| *count += 1);
    }
    let mut shades: Vec<Shade> = Vec::new();
    for (step, _) in outputs.iter().enumerate().filter(|(_, n)| **n == task.outputs().len()) {
        let from = step as f64;
        match shades.last_mut() {
            Some(shade) if shade.to == from => shade.to = from + 1.0,
            _ => shades.push(Shade { from, to: from + 1.0, colour: None }),
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
