//! What networks are asked to do: inputs, right answers, and the rules that judge.

mod stimulus;

pub use stimulus::{Change, Stimulus, StimulusError};
