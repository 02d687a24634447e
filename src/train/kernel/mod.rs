//! Forward pass and gradient, in f32, of up to 32 trials at a time.
//!
//! One trial is one lane of a vector. All arrays are rows of 32 lanes, so that
//! every product takes its vectors as they stand, nothing is copied or turned
//! between the steps, and the number of units need not be a multiple of
//! anything. Weights are packed once an update.
#![expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]

mod activation;
mod outer;
mod packed;
mod product;
mod row;
mod shard;
mod tanh;

pub(crate) use packed::Packed;
pub(crate) use row::LANES;
pub(crate) use shard::{Trials, Workspace};

/// How trials go through a network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Through {
    /// Every trial is cut into pieces of so many steps of the network, at least 1, and no
    /// gradient crosses a cut.
    pub truncate: Option<usize>,
    /// Noise of the states.
    pub noise: Option<StateNoise>,
}

/// Normal noise that is added to what units receive: an independent number for every
/// trial, unit and step of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StateNoise {
    /// Standard deviation.
    pub sd: f64,
    /// With `stream` and the number of the trial it decides all of them.
    pub seed: u64,
    /// Another one for every update; the lower 32 bits count.
    pub stream: u64,
}

#[cfg(test)]
mod tests;
