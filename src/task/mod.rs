//! What networks are asked to do: inputs, right answers, and the rules that judge.
//!
//! A [`StimulusSet`] is a readable file: trials made of pulses, levels and
//! seeded noise, with the windows in which an output is judged and the class
//! that is right there. Its [`Stimulus`] drives circuit, reference and
//! discrete map alike, and [`decide`] judges the outputs of all three.
//!
//! ```
//! let set = analogon::task::named("xor").expect("a set of the package");
//! let both = set.stimulus(3);
//! assert_eq!(both.corners(), [0.0, 30.0, 30.001, 50.0, 50.001, 200.0]);
//! // A network that answers 1 to both is wrong.
//! let times: Vec<f64> = (1..=both.steps()).map(|n| n as f64).collect();
//! let verdict = set.judge(3, &times, &vec![vec![1.0]; 200]).expect("all steps");
//! assert_eq!(verdict.right, Some(false));
//! ```

mod check;
mod generate;
mod library;
mod noise;
mod play;
mod portable;
mod rule;
mod set;
mod stimulus;
mod tally;

pub use generate::{
    Bits, Choice, Echo, Example, Family, Integral, NoiseSpec, Onsets, PerChannel, Place, Range,
    Reading, Row, Score, Sequence, TaskError, TaskParts, TaskSpec, TruthTable, Turns, Wave,
};
pub use library::{named, names, seeded_pulses};
pub use rule::{Answer, Decision, DecisionError, Rule, decide};
pub use set::{Noise, Pulse, SetError, SetParts, StimulusSet, Trial, TrialFault, Verdict};
pub use stimulus::{Change, Stimulus, StimulusError};
pub use tally::Accuracy;
