//! Whether the fields of a task make sense, so that every trial of it can be made.

use std::fmt::Display;

use super::{Choice, Onsets, PerChannel, TaskError, TaskParts, spec::Reading};
use crate::task::check::LONGEST;

/// Most values of one trial, inputs and targets together; a bound on memory.
const MOST_VALUES: u64 = 10_000_000;
/// Most entries of a list.
const MOST: usize = 10_000;
/// Largest modulus of a level.
const LARGEST: f64 = 1e6;
/// Longest stretch that is smoothed, steps; a bound on time.
pub(super) const SMOOTHED: u32 = 10_000;

/// Checks a whole task.
pub(super) fn check(parts: &TaskParts) -> Result<(), TaskError> {
    words("task", std::slice::from_ref(&parts.task))?;
    words("channels", &parts.channels)?;
    words("outputs", &parts.outputs)?;
    require(
        "steps",
        (1..=LONGEST).contains(&parts.steps),
        parts.steps,
        format!("a number from 1 to {LONGEST}"),
    )?;
    let lists = (parts.channels.len() + parts.outputs.len()) as u64;
    let values = lists * u64::from(parts.steps);
    let fits = values <= MOST_VALUES;
    let most = format!("at most {} for {lists} channels and outputs", MOST_VALUES / lists);
    require("steps", fits, parts.steps, most)?;
    if let Some(until) = parts.until {
        let fine = until > 0 && until <= parts.steps;
        require("until", fine, until, format!("a step from 1 to {}", parts.steps))?;
    }
    level("base", parts.base)?;
    let end = parts.end();
    require("settle", parts.settle < end, parts.settle, format!("less than {end} steps"))?;
    let fine = (1..=LONGEST).contains(&parts.last);
    require("last", fine, parts.last, format!("a number from 1 to {LONGEST}"))?;
    rule(parts.rule)?;
    deviation("noise.input", parts.noise.input)?;
    deviation("noise.target", parts.noise.target)?;
    parts.trials.check(parts)
}

/// The fault of a field that is not `fine`.
pub(super) fn require(
    field: impl Display,
    fine: bool,
    found: impl Display,
    expected: impl Display,
) -> Result<(), TaskError> {
    if fine {
        return Ok(());
    }
    Err(TaskError::Field {
        place: None,
        field: field.to_string(),
        found: found.to_string(),
        expected: expected.to_string(),
    })
}

/// A list that is not empty, nor longer than any that is needed.
pub(super) fn some(field: impl Display, length: usize) -> Result<(), TaskError> {
    require(&field, length > 0, "empty", "at least one entry")?;
    let found = format!("a list of {length}");
    require(&field, length <= MOST, found, format!("at most {MOST} entries"))
}

/// A list of a known length.
pub(super) fn exactly(
    field: impl Display,
    length: usize,
    expected: usize,
    of_what: &str,
) -> Result<(), TaskError> {
    let wanted = format!("{expected}, one for each of the {of_what}");
    require(field, length == expected, format!("a list of {length}"), wanted)
}

/// Names: some, none empty, all different.
fn words(field: &str, names: &[String]) -> Result<(), TaskError> {
    some(field, names.len())?;
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    for name in names {
        let found = format!("`{name}`");
        require(field, !name.trim().is_empty(), &found, "a name")?;
    }
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => require(field, false, format!("`{}` twice", pair[0]), "different names"),
        None => Ok(()),
    }
}

/// A level that is played or aimed at.
pub(super) fn level(field: impl Display, value: f64) -> Result<(), TaskError> {
    let fine = value.abs() <= LARGEST;
    require(field, fine, value, "a number from -1e6 to 1e6")
}

/// A standard deviation.
pub(super) fn deviation(field: impl Display, value: f64) -> Result<(), TaskError> {
    let fine = (0.0..=LARGEST).contains(&value);
    require(field, fine, value, "a standard deviation from 0 to 1e6")
}

/// A number above 0.
pub(super) fn positive(field: impl Display, value: f64) -> Result<(), TaskError> {
    require(field, value > 0.0 && value <= LARGEST, value, "a positive number up to 1e6")
}

fn rule(reading: Reading) -> Result<(), TaskError> {
    match reading {
        Reading::Threshold { at } => level("rule.at", at),
        Reading::Sign { none_below } => positive("rule.none_below", none_below),
        Reading::ThreeLevel { at } => positive("rule.at", at),
        Reading::Waveform { within } => positive("rule.within", within),
    }
}

/// Steps of a pulse or a stretch.
pub(super) fn width(field: impl Display, value: u32, most: u32) -> Result<(), TaskError> {
    require(field, value > 0 && value <= most, value, format!("a number from 1 to {most} steps"))
}

/// A number that can be drawn.
pub(super) fn choice(field: &str, choice: &Choice) -> Result<(), TaskError> {
    match choice {
        Choice::One(_) => {}
        Choice::List(list) => some(field, list.len())?,
        Choice::Range(range) => {
            let found = format!("{{ from = {}, to = {} }}", range.from, range.to);
            require(field, range.from <= range.to, found, "`to` at or after `from`")?;
            require(format!("{field}.step"), range.step > 0, range.step, "1 or more")?;
        }
    }
    let largest = choice.largest();
    require(field, largest <= LONGEST, largest, format!("numbers up to {LONGEST}"))
}

/// Numbers by channel.
pub(super) fn per_channel(
    field: &str,
    values: &PerChannel,
    channels: usize,
    most: u32,
) -> Result<(), TaskError> {
    match values {
        PerChannel::All(value) => width(field, *value, most),
        PerChannel::Each(list) => {
            exactly(field, list.len(), channels, "channels")?;
            for (number, value) in list.iter().enumerate() {
                width(format!("{field}[{number}]"), *value, most)?;
            }
            Ok(())
        }
    }
}

/// Starts of pulses by channel, with their number in bounds.
pub(super) fn onsets(field: &str, onsets: &Onsets, channels: usize) -> Result<(), TaskError> {
    match onsets {
        Onsets::All(_) => Ok(()),
        Onsets::Each(list) => exactly(field, list.len(), channels, "channels"),
        Onsets::Many(lists) => {
            exactly(field, lists.len(), channels, "channels")?;
            for (number, list) in lists.iter().enumerate() {
                some(format!("{field}[{number}]"), list.len())?;
            }
            Ok(())
        }
    }
}
