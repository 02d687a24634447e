//! Tasks that are memories: an output keeps what the last pulse told it.

use serde::{Deserialize, Serialize};

use super::{
    Choice, TaskError, TaskParts,
    check::{self, exactly, level, require, some},
    family::{Asked, Draft, Target, pulse},
};
use crate::task::noise::Normal;

/// Turns of one pulse on a channel drawn for each: a set/reset flip-flop, where
/// the channel of the last pulse is the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// First step of the first pulse.
    pub onset: u32,
    /// Length of a pulse.
    pub width: u32,
    /// Steps from the end of a pulse to its answer, which lasts until the next.
    pub gap: u32,
    /// Steps from one pulse to the next.
    pub period: u32,
    /// Number of pulses.
    pub turns: u32,
    /// Target of the only output after a pulse, by channel of the pulse.
    pub answer: Vec<f64>,
    /// Level of the pulses.
    #[serde(default = "unit", skip_serializing_if = "is_unit")]
    pub amplitude: f64,
}

/// Independent memories, one for each channel and the output of its number.
///
/// The first pulse starts at `first`; each of `spacing` adds a pulse that much,
/// and a jitter drawn anew, after the start of the one before. What reaches
/// beyond the end of the trial is cut. Each output follows the value of a pulse
/// from `gap` steps after it ends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// First step of the first pulse.
    pub first: Choice,
    /// Steps from the start of a pulse to that of the next, without jitter.
    pub spacing: Vec<u32>,
    /// Steps that are added to each spacing.
    #[serde(default, skip_serializing_if = "Choice::is_zero")]
    pub jitter: Choice,
    /// Length of a pulse.
    pub width: u32,
    /// Steps from the end of a pulse to its answer.
    pub gap: u32,
    /// Levels of the first pulse; 0 for none.
    pub first_values: Vec<f64>,
    /// Levels of the other pulses; 0 for none.
    pub values: Vec<f64>,
}

/// Memories led through a given sequence of joint pulses; every trial is alike
/// but for its noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// First step of the first pulse.
    pub onset: u32,
    /// Steps from one pulse to the next.
    pub period: u32,
    /// Length of a pulse.
    pub width: u32,
    /// Steps from the end of a pulse to its answer.
    pub gap: u32,
    /// Levels of the pulses by channel, all lists of one length; 0 for none.
    pub values: Vec<Vec<f64>>,
    /// The channel, from 0, that each output follows.
    pub follows: Vec<usize>,
}

fn unit() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_unit(value: &f64) -> bool {
    *value == 1.0
}

impl Turns {
    /// Draws the channels of the turns, in their order.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        let (mut name, mut pulses, mut asked) = (String::new(), Vec::new(), Vec::new());
        for turn in 0..self.turns {
            let channel = chance.integer(0, parts.channels.len() as u32 - 1) as usize;
            let onset = self.onset + self.period * turn;
            pulses.push(pulse(channel, onset, self.width, self.amplitude));
            let from = onset + self.width + self.gap;
            let to = if turn + 1 < self.turns { from + self.period } else { parts.end() };
            let target = Target::Held { level: self.answer[channel], settle: parts.settle };
            asked.push(Asked { output: 0, from, to, target });
            name.extend(parts.channels[channel].chars().next());
        }
        Draft { name, pulses, levels: None, asked }
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        exactly("outputs", parts.outputs.len(), 1, "outputs of turns")?;
        exactly("trials.answer", self.answer.len(), parts.channels.len(), "channels")?;
        for (number, value) in self.answer.iter().enumerate() {
            level(format!("trials.answer[{number}]"), *value)?;
        }
        level("trials.amplitude", self.amplitude)?;
        check::width("trials.width", self.width, parts.steps)?;
        let fine = self.period > parts.settle;
        let expected = format!("more than the {} steps that an answer settles in", parts.settle);
        require("trials.period", fine, self.period, expected)?;
        require("trials.turns", self.turns > 0, self.turns, "1 or more")?;
        let [onset, width, gap, period, turns] =
            [self.onset, self.width, self.gap, self.period, self.turns].map(u64::from);
        let (settle, end) = (u64::from(parts.settle), u64::from(parts.end()));
        require("trials.onset", onset < end, onset, format!("a step before {end}"))?;
        // The factors are below 2^32, their product is below 2^64.
        let last = (period * (turns - 1)).saturating_add(onset + width + gap + settle);
        let found = format!("{turns} of them to step {last}");
        let expected = format!("pulses and the start of their answers before the end, {end}");
        require("trials.turns", last < end, found, expected)
    }
}

impl Bits {
    /// Draws channel by channel: the start of the first pulse, the jitters, then the values.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        let (mut pulses, mut asked) = (Vec::new(), Vec::new());
        for channel in 0..parts.channels.len() {
            let mut onsets = Vec::with_capacity(self.spacing.len() + 1);
            onsets.push(self.first.draw(chance));
            for spacing in &self.spacing {
                let before = onsets[onsets.len() - 1];
                let next = before.saturating_add(spacing.saturating_add(self.jitter.draw(chance)));
                onsets.push(next);
            }
            let mut changes = Vec::with_capacity(onsets.len());
            for (number, &onset) in onsets.iter().enumerate() {
                let values = if number == 0 { &self.first_values } else { &self.values };
                let value = values[chance.integer(0, values.len() as u32 - 1) as usize];
                if value != 0.0 && onset < parts.steps {
                    pulses.push(pulse(channel, onset, self.width, value));
                    changes.push((onset + self.width + self.gap, value));
                }
            }
            held(&changes, channel, parts, &mut asked);
        }
        Draft { name: String::new(), pulses, levels: None, asked }
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        exactly("outputs", parts.outputs.len(), parts.channels.len(), "channels")?;
        check::choice("trials.first", &self.first)?;
        let (first, end) = (self.first.largest(), parts.end());
        require("trials.first", first < end, format!("up to {first}"), format!("below {end}"))?;
        if !self.spacing.is_empty() {
            some("trials.spacing", self.spacing.len())?;
        }
        check::choice("trials.jitter", &self.jitter)?;
        check::width("trials.width", self.width, parts.steps)?;
        let most = format!("at most {} steps", parts.steps);
        require("trials.gap", self.gap <= parts.steps, self.gap, most)?;
        for (field, values) in
            [("trials.first_values", &self.first_values), ("trials.values", &self.values)]
        {
            some(field, values.len())?;
            for (number, value) in values.iter().enumerate() {
                level(format!("{field}[{number}]"), *value)?;
            }
        }
        Ok(())
    }
}

impl Sequence {
    pub(super) fn draft(&self, parts: &TaskParts) -> Draft {
        let onset = |number: usize| self.onset + self.period * number as u32;
        let mut pulses = Vec::new();
        for (channel, values) in self.values.iter().enumerate() {
            let played = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
            pulses.extend(
                played.map(|(number, &value)| pulse(channel, onset(number), self.width, value)),
            );
        }
        let mut asked = Vec::new();
        for (output, &channel) in self.follows.iter().enumerate() {
            let played =
                self.values[channel].iter().enumerate().filter(|(_, value)| **value != 0.0);
            let changes: Vec<(u32, f64)> = played
                .map(|(number, &value)| (onset(number) + self.width + self.gap, value))
                .collect();
            held(&changes, output, parts, &mut asked);
        }
        Draft { name: String::new(), pulses, levels: None, asked }
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        let channels = parts.channels.len();
        exactly("trials.values", self.values.len(), channels, "channels")?;
        let count = self.values[0].len();
        for (channel, values) in self.values.iter().enumerate() {
            let field = format!("trials.values[{channel}]");
            some(&field, values.len())?;
            let expected = format!("{count} of them, as on the first channel");
            require(
                &field,
                values.len() == count,
                format!("a list of {}", values.len()),
                expected,
            )?;
            for (number, value) in values.iter().enumerate() {
                level(format!("{field}[{number}]"), *value)?;
            }
        }
        exactly("trials.follows", self.follows.len(), parts.outputs.len(), "outputs")?;
        for (number, &channel) in self.follows.iter().enumerate() {
            let field = format!("trials.follows[{number}]");
            require(field, channel < channels, channel, format!("less than {channels}"))?;
        }
        check::width("trials.width", self.width, parts.steps)?;
        let most = format!("at most {} steps", parts.steps);
        require("trials.gap", self.gap <= parts.steps, self.gap, most)?;
        require("trials.period", self.period > 0, self.period, "1 or more")?;
        let last = u64::from(self.onset) + u64::from(self.period) * (count as u64 - 1);
        let end = u64::from(parts.end());
        let found = format!("{} with the last pulse at {last}", self.onset);
        require("trials.onset", last < end, found, format!("all pulses to start before {end}"))
    }
}

/// Windows of a memory: the base first, then the level of each change, where
/// equal levels make one window.
fn held(changes: &[(u32, f64)], output: usize, parts: &TaskParts, asked: &mut Vec<Asked>) {
    let end = parts.end();
    let mut window = (0, parts.base);
    let mut close = |from: u32, level: f64, to: u32| {
        if from < to {
            // What the output holds from the start on needs no time to settle.
            let settle = if from == 0 { 0 } else { parts.settle };
            asked.push(Asked { output, from, to, target: Target::Held { level, settle } });
        }
    };
    for &(from, level) in changes {
        if from < end && level != window.1 {
            close(window.0, window.1, from);
            window = (from, level);
        }
    }
    close(window.0, window.1, end);
}
