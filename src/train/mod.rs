//! Training: gradients through time, constraints, optimisers, runs and their logs.
//!
//! A [`TrainSpec`] is a task ([`crate::task::TaskSpec`]) with a network, constraints,
//! batches, an optimiser and a rule for when it is over; [`Training`] carries it out batch
//! by batch, writes checkpoints that are taken up to the bit, and ends with a sentence that
//! says why it stopped. Everything is the same on any number of threads.
//!
//! Kernels compute in f32, as the frameworks do; losses are summed in f64.

mod check;
mod checkpoint;
mod constraint;
mod engine;
mod hardware;
mod kernel;
mod lesson;
mod optimiser;
mod outcome;
mod parameters;
mod published;
mod run;
mod sample;
mod spec;
mod start;
mod weights;

pub mod ensemble;
pub mod lint;
pub mod log;

pub use check::SpecError;
pub use constraint::{
    Block, ConstraintError, Constraints, Enforcement, Pattern, SignRule, SignRuleName, Signs,
};
pub use engine::{Engine, EngineError};
pub use hardware::HardwareSpec;
pub use kernel::{StateNoise, Through};
pub use lesson::Test;
pub use optimiser::{Clip, Method, Optimiser, norm};
pub use outcome::{EpochRow, Event, Stopped, TrainError};
pub use run::Training;
pub use sample::{Sample, SampleError};
pub use spec::{DataSpec, NetworkSpec, OptimiserSpec, Stage, StopSpec, TrainSpec};
pub use start::StartError;
pub use weights::{Cell, Shape, Variable, Weights};

/// Random numbers of a training: those of a seed of its own, so that they have nothing in
/// common with trials of the same seed, nor with the recurrent matrix, which is the one that
/// an initialiser draws for the seed itself.
fn chance(seed: u64, stream: u64) -> crate::rnn::random::Random {
    const TRAINING: u64 = 0x7472_6169_6E69_6E67;
    crate::rnn::random::Random::stream(seed ^ TRAINING, stream)
}
