//! What networks are asked to do: inputs, right answers, and the rules that judge.
//!
//! A [`StimulusSet`] is a readable file: trials made of pulses, levels and
//! seeded noise, with the windows in which an output is judged and the class
//! that is right there. Its [`Stimulus`] drives circuit, reference and
//! discrete map alike, and [`decide`] judges the outputs of all three.

mod check;
mod library;
mod noise;
mod play;
mod rule;
mod set;
mod stimulus;
mod tally;

pub use library::{named, names, seeded_pulses};
pub use rule::{Answer, Decision, DecisionError, Rule, decide};
pub use set::{Noise, Pulse, SetError, SetParts, StimulusSet, Trial, TrialFault, Verdict};
pub use stimulus::{Change, Stimulus, StimulusError};
pub use tally::Accuracy;
