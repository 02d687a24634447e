//! Whether the fields of a set and its trials make sense.

use std::fmt::Display;

use crate::task::{Answer, Pulse, Rule, SetError, SetParts, Trial, TrialFault};

/// Longest trial, model time units; a bound on memory, since noise is one level a step.
pub(super) const LONGEST: u32 = 1_000_000;

/// Checks what all trials share.
pub(super) fn check_set(parts: &SetParts) -> Result<(), SetError> {
    let border = parts.rule.border();
    let one_sided = matches!(parts.rule, Rule::Threshold { .. });
    let fields = [
        ("version", parts.version == 1, parts.version.to_string(), "1"),
        ("duration", in_range(parts.duration), parts.duration.to_string(), RANGE),
        ("last", in_range(parts.last), parts.last.to_string(), RANGE),
        (
            "the border of the rule",
            border.is_finite() && (one_sided || border > 0.0),
            border.to_string(),
            if one_sided { "a finite number" } else { "a positive number" },
        ),
        ("trials", !parts.trials.is_empty(), "an empty list".to_owned(), "at least one trial"),
    ];
    match fields.into_iter().find(|(_, fine, ..)| !fine) {
        None => Ok(()),
        Some((field, _, found, expected)) => Err(SetError::Field { field, found, expected }),
    }
}

const RANGE: &str = "a positive number up to 1e6";

fn in_range(length: f64) -> bool {
    length > 0.0 && length <= f64::from(LONGEST)
}

/// Checks the fields of a trial, so that it can be played if its changes leave room for edges.
pub(super) fn check_trial(parts: &SetParts, trial: &Trial) -> Result<(), TrialFault> {
    let duration = trial.duration.unwrap_or(parts.duration);
    require("trial", "duration", in_range(duration), duration, RANGE)?;
    let channels = parts.channels.len();
    for (number, pulse) in trial.pulses.iter().enumerate() {
        check_pulse(&format!("pulse {number}"), pulse, channels, duration)?;
    }
    if let Some(levels) = &trial.levels {
        let expected = format!("one list for each of the {channels} channels");
        require("levels", "number of lists", levels.len() == channels, levels.len(), &expected)?;
        for (channel, list) in levels.iter().enumerate() {
            let place = format!("levels of channel {channel} (`{}`)", parts.channels[channel]);
            let expected = format!("{duration}, one a step");
            let fine = (list.len() as f64 - duration).abs() == 0.0;
            require(&place, "length", fine, list.len(), &expected)?;
        }
    }
    if let Some(noise) = &trial.noise {
        let fine = noise.sd.is_finite() && noise.sd >= 0.0;
        require("noise", "sd", fine, noise.sd, "a finite number, 0 or more")?;
    }
    for (number, answer) in trial.answers.iter().enumerate() {
        check_answer(&format!("answer {number}"), answer, parts, duration)?;
    }
    Ok(())
}

fn check_pulse(
    place: &str,
    pulse: &Pulse,
    channels: usize,
    duration: f64,
) -> Result<(), TrialFault> {
    let fine = pulse.channel < channels;
    require(place, "channel", fine, pulse.channel, &format!("less than {channels}"))?;
    let fine = pulse.onset >= 0.0 && pulse.onset < duration;
    require(place, "onset", fine, pulse.onset, &format!("a time in [0, {duration})"))?;
    let fine = pulse.width.is_finite() && pulse.width > 0.0;
    require(place, "width", fine, pulse.width, "a positive number")?;
    let fine = pulse.amplitude.is_finite();
    require(place, "amplitude", fine, pulse.amplitude, "a finite number")?;
    if let Some(length) = pulse.hann {
        require(place, "hann", (1..=10_000).contains(&length), length, "1 to 10000 steps")?;
        let whole = |t: f64| t.fract() == 0.0;
        require(place, "onset", whole(pulse.onset), pulse.onset, "whole steps, as it is smoothed")?;
        require(place, "width", whole(pulse.width), pulse.width, "whole steps, as it is smoothed")?;
    }
    Ok(())
}

fn check_answer(
    place: &str,
    answer: &Answer,
    parts: &SetParts,
    duration: f64,
) -> Result<(), TrialFault> {
    let outputs = parts.outputs.len();
    let fine = answer.output < outputs;
    require(place, "output", fine, answer.output, &format!("less than {outputs}"))?;
    let fine = answer.from >= 0.0 && answer.from < answer.to;
    require(place, "from", fine, answer.from, &format!("a time in [0, {})", answer.to))?;
    let fine = answer.to <= duration;
    require(place, "to", fine, answer.to, &format!("at most the duration, {duration}"))?;
    if let Some(class) = answer.class {
        let classes = parts.rule.classes();
        require(place, "class", classes.contains(&class), class, &format!("one of {classes:?}"))?;
    }
    Ok(())
}

/// The fault of a field that is not `fine`.
fn require(
    place: &str,
    field: &'static str,
    fine: bool,
    found: impl Display + Copy,
    expected: &str,
) -> Result<(), TrialFault> {
    if fine {
        return Ok(());
    }
    let (place, expected) = (place.to_owned(), expected.to_owned());
    Err(TrialFault::Field { place, field, found: found.to_string(), expected })
}
