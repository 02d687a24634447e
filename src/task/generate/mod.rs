//! Tasks as data: endless trials with targets, drawn from a seed.
//!
//! A [`TaskSpec`] is a TOML file that says when what is played, what is right,
//! and how it is judged. [`TaskSpec::example`] draws a trial by its number:
//! inputs and targets step by step for training, and the same trial as a
//! [`Trial`](crate::task::Trial) for circuit and continuous reference.
//! [`TaskSpec::judge`] gives the accuracy of outputs, and [`TaskSpec::set`] a
//! [`StimulusSet`](crate::task::StimulusSet) of the same trials.
//!
//! ```
//! let task = analogon::task::TaskSpec::named("and").expect("a task of the package");
//! let example = task.example(1, 0);
//! assert_eq!((example.inputs.len(), example.targets.len()), (200 * 2, 200));
//! // Outputs equal to the targets are right.
//! let score = task.judge(&[example.clone()], &example.targets, 1);
//! assert_eq!((score.accuracy.by_trial(), score.mean_square), (1.0, 0.0));
//! ```

mod check;
mod choice;
mod error;
mod example;
mod family;
mod judge;
mod library;
mod memory;
mod spec;
mod table;
mod waveform;

pub use choice::{Choice, Onsets, PerChannel, Range};
pub use error::{Place, TaskError};
pub use example::Example;
pub use family::Family;
pub use judge::Score;
pub use memory::{Bits, Sequence, Turns};
pub use spec::{NoiseSpec, Reading, TaskParts, TaskSpec};
pub use table::{Row, TruthTable};
pub use waveform::{Echo, Integral, Wave};

#[cfg(test)]
mod tests;
