//! How far outputs are from what is right.

use serde::Serialize;

use super::portrait::{BLACK, FigureError, GREY, Portrait, Shown, existing, has_targets, noisy};
use crate::{
    dynamics::statistics::judged_distance,
    plot::{Axis, Cloud, Figure, Marker, PALETTE, Panel, Reference},
};

/// How far the samples of a stimulus stand apart, in all.
const SPREAD: f64 = 0.5;

/// How distances are measured.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceOptions {
    /// The trials, from 0.
    pub trials: Vec<usize>,
    /// Noisy samples of each.
    pub samples: usize,
    /// Standard deviation of their noise.
    pub noise: f64,
}

/// The distances of one stimulus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DistanceNumbers {
    /// The trial.
    pub trial: String,
    /// The distance without noise.
    pub clean: f64,
    /// The distances of the noisy samples, of seeds 1, 2 and so on.
    pub noisy: Vec<f64>,
    /// Their mean; `None` without samples.
    pub mean: Option<f64>,
    /// Judged samples of all outputs: the distance over its root is an error a sample.
    pub judged: usize,
}

/// The distance of outputs to targets of several noisy samples of every stimulus, and of the
/// stimulus without noise. A distance is the root of the sum of squares over
/// outputs and those steps in which they are judged.
///
/// # Errors
///
/// [`FigureError`]: stimuli that say nowhere what is right, noise that is negative or no number, a
/// trial that does not exist or cannot be played.
pub fn distance_figure(
    portrait: &Portrait<'_>,
    options: &DistanceOptions,
) -> Result<Shown<Vec<DistanceNumbers>>, FigureError> {
    let task = portrait.stimuli.parts().task.clone();
    if !has_targets(portrait.stimuli) {
        return Err(FigureError::NoTarget { task });
    }
    let mut numbers = Vec::with_capacity(options.trials.len());
    for &trial in &options.trials {
        numbers.push(distances(portrait, options, trial)?);
    }
    let each = |at: usize| {
        let count = numbers[at].noisy.len();
        // Samples of one stimulus stand beside each other, in their order.
        let shift = move |k: usize| SPREAD * ((k as f64 + 0.5) / count as f64 - 0.5);
        let noisy = numbers[at].noisy.iter().enumerate();
        noisy.map(move |(k, &distance)| (at as f64 + shift(k), distance))
    };
    let place = |at: usize, value: f64| (at as f64, value);
    let samples: Vec<(f64, f64)> = (0..numbers.len()).flat_map(each).collect();
    let means = numbers.iter().enumerate().filter_map(|(at, n)| Some(place(at, n.mean?)));
    let clean = numbers.iter().enumerate().map(|(at, n)| place(at, n.clean));
    let all = numbers.iter().flat_map(|n| n.noisy.iter().chain([&n.clean]));
    let highest = all.copied().chain([1.0]).max_by(f64::total_cmp).unwrap_or(1.0);
    let named = format!("noise of {} on the inputs", options.noise);
    let means: Vec<(f64, f64)> = means.collect();
    let mut clouds = Vec::new();
    if !samples.is_empty() {
        clouds.push(Cloud::new(named, samples).coloured(PALETTE[0]));
        clouds.push(Cloud::new("their mean", means).coloured(PALETTE[1]).marked(Marker::Square));
    }
    clouds.push(Cloud::new("no noise", clean.collect()).coloured(BLACK).marked(Marker::Ring));
    let panel = Panel {
        x: Axis::of_names("stimulus", numbers.iter().map(|n| n.trial.clone()).collect()),
        y: Axis::new("distance to the target", "").over(0.0, 1.08 * highest),
        clouds,
        references: vec![Reference::horizontal(1.0, "1, the papers\u{2019} guide").coloured(GREY)],
        ..Panel::default()
    };
    let title = format!("{}: distance over the judged steps", portrait.title());
    let figure = Figure { title, panels: vec![panel], ..Figure::default() };
    let lines = numbers.iter().map(line).collect();
    Ok(Shown { figure, numbers, lines })
}

fn line(found: &DistanceNumbers) -> String {
    let DistanceNumbers { trial, clean, noisy, mean, judged } = found;
    let noise = match mean {
        Some(mean) => format!(", {mean:.3} in the mean of {} with noise", noisy.len()),
        None => String::new(),
    };
    format!("trial {trial}: distance {clean:.3} over {judged} judged samples{noise}")
}

fn distances(
    portrait: &Portrait<'_>,
    options: &DistanceOptions,
    trial: usize,
) -> Result<DistanceNumbers, FigureError> {
    existing(portrait.stimuli, trial)?;
    let of = |set: &crate::task::StimulusSet, at: usize| {
        let recording = portrait.play(portrait.trial_name(trial), &set.stimulus(at))?;
        Ok::<f64, FigureError>(judged_distance(set, at, &recording.times, &recording.outputs))
    };
    let quiet = noisy(portrait.stimuli, trial, 0.0, 0..1)?;
    let clean = of(&quiet, 0)?;
    let count = options.samples as u64;
    let mut found = Vec::with_capacity(options.samples);
    if count > 0 {
        let set = noisy(portrait.stimuli, trial, options.noise, 1..count + 1)?;
        for at in 0..options.samples {
            found.push(of(&set, at)?);
        }
    }
    let mean = (count > 0).then(|| found.iter().sum::<f64>() / count as f64);
    let targets = crate::dynamics::statistics::targets(portrait.stimuli, trial);
    let judged = targets.iter().flatten().filter(|target| !target.is_nan()).count();
    Ok(DistanceNumbers {
        trial: portrait.trial_name(trial).to_owned(),
        clean,
        noisy: found,
        mean,
        judged,
    })
}
