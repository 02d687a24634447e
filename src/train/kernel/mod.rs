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

#[cfg(test)]
mod tests;
