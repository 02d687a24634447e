//! How fast the units of a network oscillate.

use serde::Serialize;

use super::portrait::{Dynamics, FigureError, Portrait, Shown};
use crate::{
    dynamics::statistics::{Frequency, frequency, oscillation},
    plot::{Axis, Bar, Bars, Figure, PALETTE, Panel},
};

/// Model time units a second: one is a millisecond.
const RATE: f64 = 1000.0;
/// Bins from 0 to the largest frequency there can be.
const BINS: usize = 50;
/// A free part with fewer samples tells too little: the whole trial is taken instead.
const FEWEST: usize = 32;

/// The frequencies of all units in one trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrequencyNumbers {
    /// The trial.
    pub trial: String,
    /// Map or flow.
    pub dynamics: Dynamics,
    /// Where the part begins in which the strongest line is looked for, model time
    /// units: after the last change of the inputs, or at 0 where too little is left.
    pub free_from: f64,
    /// The frequencies of every unit.
    pub units: Vec<UnitFrequency>,
}

/// The frequencies of one unit, Hz.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct UnitFrequency {
    /// Local minima of its trace over the whole trial.
    pub minima: usize,
    /// As published: of the last interval but one between minima, and 0 where these are no more
    /// than six.
    pub published: f64,
    /// Of the mean interval between all minima.
    pub mean: Option<f64>,
    /// Of the strongest line in the spectrum of the free part; `None` where the unit
    /// comes to rest or drifts.
    pub line: Option<f64>,
}

/// For every trial the frequencies of all units, as published and by the strongest line of the
/// spectrum after the last change of the inputs.
///
/// # Errors
///
/// [`FigureError`]: a trial that does not exist or cannot be played.
pub fn frequencies_figure(
    portrait: &Portrait<'_>,
    trials: &[usize],
) -> Result<Shown<Vec<FrequencyNumbers>>, FigureError> {
    let mut numbers = Vec::with_capacity(trials.len());
    for &trial in trials {
        numbers.push(frequencies(portrait, trial)?);
    }
    if numbers.is_empty() {
        return Err(FigureError::Nothing("there is no trial to play".to_owned()));
    }
    // Beyond half the rate of the samples nothing can be told.
    let limit = 0.5 * rate(portrait);
    let mut panels = Vec::new();
    for found in &numbers {
        let count = found.units.len();
        let published: Vec<f64> = found.units.iter().map(|unit| unit.published).collect();
        let slow = published.iter().filter(|&&frequency| frequency == 0.0).count();
        let title = format!(
            "trial {}, as published: {slow} of {count} units without seven minima, at 0",
            found.trial
        );
        panels.push(histogram(title, &published, limit, PALETTE[1]));
        let lines: Vec<f64> = found.units.iter().filter_map(|unit| unit.line).collect();
        let title = format!(
            "trial {}, strongest line: {} of {count} units oscillate",
            found.trial,
            lines.len()
        );
        panels.push(histogram(title, &lines, limit, PALETTE[0]).beside());
    }
    let lines = numbers.iter().map(line).collect();
    let title = format!("{}: frequencies of {} units", portrait.title(), portrait.network.units());
    Ok(Shown { figure: Figure { title, panels, ..Figure::default() }, numbers, lines })
}

/// Samples a second.
fn rate(portrait: &Portrait<'_>) -> f64 {
    RATE / portrait.step.unwrap_or(1.0)
}

fn line(found: &FrequencyNumbers) -> String {
    let lines: Vec<f64> = found.units.iter().filter_map(|unit| unit.line).collect();
    let published = found.units.iter().filter(|unit| unit.published > 0.0);
    let published: Vec<f64> = published.map(|unit| unit.published).collect();
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        match values.get(values.len() / 2) {
            Some(median) => format!("{} units, median {median:.1} Hz", values.len()),
            None => "no unit".to_owned(),
        }
    };
    format!(
        "trial {}: strongest line after {}: {}; as published: {}",
        found.trial,
        found.free_from,
        median(lines),
        median(published)
    )
}

fn frequencies(portrait: &Portrait<'_>, trial: usize) -> Result<FrequencyNumbers, FigureError> {
    let recording = portrait.record(trial)?;
    let stimulus = portrait.stimuli.stimulus(trial);
    let duration = stimulus.duration();
    let changes = (0..stimulus.channels()).filter_map(|channel| {
        stimulus.points(channel).last().map(|point| point.0 - stimulus.edge())
    });
    let last = changes.max_by(f64::total_cmp).unwrap_or(0.0).clamp(0.0, duration);
    let after = |time: f64| recording.times.partition_point(|&end| end <= time);
    // Inputs that never rest, noisy ones, leave the whole trial.
    let is_free = recording.times.len() - after(last) >= FEWEST;
    let free_from = if is_free { last } else { 0.0 };
    let rate = rate(portrait);
    let first = after(free_from);
    let unit = |column: nalgebra::DVectorView<'_, f64>| {
        let trace: Vec<f64> = column.iter().copied().collect();
        let Frequency { minima, published, mean } = frequency(&trace, rate);
        UnitFrequency { minima, published, mean, line: oscillation(&trace[first..], rate) }
    };
    Ok(FrequencyNumbers {
        trial: portrait.trial_name(trial).to_owned(),
        dynamics: portrait.dynamics(),
        free_from,
        units: recording.states.column_iter().map(unit).collect(),
    })
}

/// Counts in bins from 0 to `limit`.
fn histogram(title: String, values: &[f64], limit: f64, colour: [u8; 3]) -> Panel {
    let width = limit / BINS as f64;
    let mut counts = [0_usize; BINS];
    for &value in values {
        // `as` cuts; the largest value belongs to the last bin.
        let place = ((value / width) as usize).clamp(0, BINS - 1);
        counts[place] += 1;
    }
    // Where there is none, the axis still reaches 1.
    let highest = counts.iter().max().copied().unwrap_or(0).clamp(1, usize::MAX) as f64;
    let bar = |(k, &count): (usize, &usize)| Bar {
        from: k as f64 * width,
        to: (k + 1) as f64 * width,
        height: count as f64,
    };
    Panel {
        title,
        x: Axis::new("frequency, for steps of 1 ms (Hz)", "").over(0.0, limit),
        y: Axis::new("units", "").counted().over(0.0, 1.05 * highest),
        bars: vec![Bars::new("", counts.iter().enumerate().map(bar).collect()).coloured(colour)],
        ..Panel::default()
    }
}
