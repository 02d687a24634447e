//! What a training tells: epochs, events, the reason for its end, faults.

use serde::{Deserialize, Serialize};

use crate::rnn::RnnError;
use crate::train::{ConstraintError, EngineError, SampleError, SpecError, StartError};
use crate::units::count;

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Its number, from 1.
    pub epoch: usize,
    /// Part of the curriculum, from 1; the task itself is the last.
    pub stage: usize,
    /// Updates so far.
    pub updates: u64,
    /// Mean square error over its trials, each as it was when it was trained on.
    pub loss: f64,
    /// Share of held-out trials that are right after it; `None` where none is judged.
    pub accuracy: Option<f64>,
    /// Share of the judged time of held-out trials in which the output is right after it;
    /// `None` where none is judged by the moment.
    #[serde(default)]
    pub time_right: Option<f64>,
    /// Mean square error on held-out trials after it.
    pub held_out_loss: Option<f64>,
    /// Mean norm of the gradients, before they are clipped.
    pub gradient_norm: f64,
    /// Largest norm of a gradient.
    pub largest_norm: f64,
    /// Learning rate of its last update.
    pub rate: f64,
    /// Weights of the wrong sign after it.
    pub violations: usize,
    /// Whether the loss is more than three times that of the best epoch before it: a
    /// network that had learnt and broke.
    pub broke: bool,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An update.
    Batch {
        /// Mean square error of the batch before the update.
        loss: f64,
        /// Share of the epoch that is over.
        share: f64,
    },
    /// The end of an epoch.
    Epoch(EpochRow),
    /// The end of all of them.
    Stopped(Stopped),
}

/// Why training is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stopped {
    /// The mean loss of an epoch was low enough.
    Loss {
        /// That loss.
        loss: f64,
        /// What it had to be below.
        below: f64,
    },
    /// Enough held-out trials were right.
    Accuracy {
        /// Their share.
        accuracy: f64,
        /// The least.
        least: f64,
    },
    /// All epochs are over.
    Epochs {
        /// How many.
        epochs: usize,
    },
    /// The loss did not become lower any more.
    Patience {
        /// For how many epochs.
        epochs: usize,
        /// The lowest.
        best: f64,
    },
    /// A loss, gradient or weight is not a finite number; the weights are those of the epoch
    /// before.
    Diverged {
        /// Epoch, from 1.
        epoch: usize,
        /// Batch, from 1.
        batch: usize,
    },
}

impl Stopped {
    /// The reason in one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Loss { .. } => "loss",
            Self::Accuracy { .. } => "accuracy",
            Self::Epochs { .. } => "epochs",
            Self::Patience { .. } => "patience",
            Self::Diverged { .. } => "diverged",
        }
    }
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Loss { loss, below } => write!(f, "the mean loss {loss:.3e} is below {below:e}"),
            Self::Accuracy { accuracy, least } => {
                write!(f, "{accuracy:.3} of the held-out trials are right, {least} were asked for")
            }
            Self::Epochs { epochs } => write!(f, "{} over", are(*epochs)),
            Self::Patience { epochs, best } => {
                write!(f, "no loss below {best:.3e} for {}", count(*epochs, "epoch"))
            }
            Self::Diverged { epoch, batch } => write!(
                f,
                "a loss, gradient or weight is not a finite number in epoch {epoch}, batch {batch}; \
                 the weights are those of the epoch before: a lower rate, bounds on the gradient \
                 (clip, truncate) or smaller initial weights help"
            ),
        }
    }
}

fn are(epochs: usize) -> String {
    if epochs == 1 { "the only epoch is".to_owned() } else { format!("all {epochs} epochs are") }
}

/// Why a training cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The specification makes no sense.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The constraints do not fit the network.
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
    /// The network cannot be trained.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The task plays what cannot be trained on.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The weights are no network.
    #[error(transparent)]
    Network(#[from] RnnError),
    /// The network to start from does not fit.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A checkpoint is damaged, or of another kind.
    #[error("not a checkpoint of a training: {0}")]
    Checkpoint(String),
}
