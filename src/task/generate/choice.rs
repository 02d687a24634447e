//! Whole numbers that are fixed, listed, or drawn from a range.

use serde::{Deserialize, Serialize};

use crate::task::noise::Normal;

/// A whole number for every trial: fixed, or drawn with equal chances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number, a list, or { from = .., to = .. }")]
pub enum Choice {
    /// Always this one.
    One(u32),
    /// One of these.
    List(Vec<u32>),
    /// One of a range.
    Range(Range),
}

/// Whole numbers from `from` to `to`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least.
    pub from: u32,
    /// The largest.
    pub to: u32,
    /// From one to the next.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub step: u32,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
pub(super) fn is_one(value: &u32) -> bool {
    *value == 1
}

impl Choice {
    /// The number of a trial. A fixed one takes nothing from the source of chance.
    pub(super) fn draw(&self, chance: &mut Normal) -> u32 {
        match self {
            Self::One(value) => *value,
            Self::List(list) => list[chance.integer(0, list.len() as u32 - 1) as usize],
            Self::Range(range) => {
                let steps = (range.to - range.from) / range.step;
                range.from + range.step * chance.integer(0, steps)
            }
        }
    }

    /// The largest that can be drawn.
    pub(super) fn largest(&self) -> u32 {
        match self {
            Self::One(value) => *value,
            Self::List(list) => list.iter().copied().max().unwrap_or(0),
            Self::Range(range) => range.from + (range.to - range.from) / range.step * range.step,
        }
    }

    /// Whether it is always 0.
    pub(super) fn is_zero(&self) -> bool {
        *self == Self::One(0)
    }
}

impl Default for Choice {
    fn default() -> Self {
        Self::One(0)
    }
}

/// A whole number for all channels, or one for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a whole number, or a list with one for each channel")]
pub enum PerChannel {
    /// The same for all.
    All(u32),
    /// By channel.
    Each(Vec<u32>),
}

impl PerChannel {
    pub(super) fn of(&self, channel: usize) -> u32 {
        match self {
            Self::All(value) => *value,
            Self::Each(list) => list[channel],
        }
    }
}

/// When pulses start: at one time on all channels, or at one or more on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a whole number, or a list with one number or one list for each channel"
)]
pub enum Onsets {
    /// The same for all.
    All(u32),
    /// One by channel.
    Each(Vec<u32>),
    /// Any number of pulses by channel.
    Many(Vec<Vec<u32>>),
}

impl Onsets {
    pub(super) fn of(&self, channel: usize) -> &[u32] {
        match self {
            Self::All(value) => std::slice::from_ref(value),
            Self::Each(list) => std::slice::from_ref(&list[channel]),
            Self::Many(lists) => &lists[channel],
        }
    }
}
