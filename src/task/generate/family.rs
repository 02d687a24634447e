//! How trials are made.

use serde::{Deserialize, Serialize};

use super::{
    Bits, Echo, Integral, Sequence, TaskError, TaskParts, TruthTable, Turns, Wave, error::Place,
    spec::Reading,
};
use crate::task::{Pulse, noise::Normal};

/// How the trials of a task are made: the table `[trials]`, whose `kind` is the
/// name of the variant in lower case, as `truth_table`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Family {
    /// Rows of inputs and answers.
    TruthTable(TruthTable),
    /// Turns of one pulse on any channel, each with its answer.
    Turns(Turns),
    /// Independent memories with pulses at any time.
    Bits(Bits),
    /// Memories led through a given sequence.
    Sequence(Sequence),
    /// A pulse to be repeated.
    Echo(Echo),
    /// A pulse that starts an oscillation.
    Wave(Wave),
    /// Noise whose sum decides.
    Integral(Integral),
}

/// The same by another way of reading, which keeps the places of errors: the
/// kind is the name of the only field.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Keyed {
    TruthTable(TruthTable),
    Turns(Turns),
    Bits(Bits),
    Sequence(Sequence),
    Echo(Echo),
    Wave(Wave),
    Integral(Integral),
}

impl From<Keyed> for Family {
    fn from(keyed: Keyed) -> Self {
        match keyed {
            Keyed::TruthTable(own) => Self::TruthTable(own),
            Keyed::Turns(own) => Self::Turns(own),
            Keyed::Bits(own) => Self::Bits(own),
            Keyed::Sequence(own) => Self::Sequence(own),
            Keyed::Echo(own) => Self::Echo(own),
            Keyed::Wave(own) => Self::Wave(own),
            Keyed::Integral(own) => Self::Integral(own),
        }
    }
}

/// What one trial plays and asks for, before noise.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) pulses: Vec<Pulse>,
    pub(super) levels: Option<Vec<Vec<f64>>>,
    pub(super) asked: Vec<Asked>,
}

/// What one output is asked for in the steps from `from` up to, without, `to`.
pub(super) struct Asked {
    pub(super) output: usize,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) target: Target,
}

/// The target in a window.
pub(super) enum Target {
    /// A level, judged from so many steps after its start on.
    Held { level: f64, settle: u32 },
    /// One value a step.
    Wave(Vec<f64>),
}

impl Family {
    /// Draws a trial of a checked task.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        match self {
            Self::TruthTable(own) => own.draft(parts, chance),
            Self::Turns(own) => own.draft(parts, chance),
            Self::Bits(own) => own.draft(parts, chance),
            Self::Sequence(own) => own.draft(parts),
            Self::Echo(own) => own.draft(parts, chance),
            Self::Wave(own) => own.draft(parts, chance),
            Self::Integral(own) => own.draft(parts, chance),
        }
    }

    /// Checks the fields against those that all kinds share.
    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        let is_wave = matches!(self, Self::Echo(_) | Self::Wave(_));
        if is_wave != matches!(parts.rule, Reading::Waveform { .. }) {
            let expected = if is_wave {
                "waveform, as the trials ask for one"
            } else {
                "threshold, sign or three_level, as the trials ask for levels"
            };
            return Err(TaskError::Field {
                place: None::<Place>,
                field: "rule.kind".to_owned(),
                found: parts.rule.kind().to_owned(),
                expected: expected.to_owned(),
            });
        }
        match self {
            Self::TruthTable(own) => own.check(parts),
            Self::Turns(own) => own.check(parts),
            Self::Bits(own) => own.check(parts),
            Self::Sequence(own) => own.check(parts),
            Self::Echo(own) => own.check(parts),
            Self::Wave(own) => own.check(parts),
            Self::Integral(own) => own.check(parts),
        }
    }

    /// Root of the mean square of the waveform that is asked for where there is one.
    pub(super) fn reference(&self, parts: &TaskParts) -> f64 {
        let waveform = match self {
            Self::Echo(own) => own.waveform(),
            Self::Wave(own) => own.waveform(parts.steps),
            Self::TruthTable(_)
            | Self::Turns(_)
            | Self::Bits(_)
            | Self::Sequence(_)
            | Self::Integral(_) => return 0.0,
        };
        let sum: f64 = waveform.iter().map(|value| value * value).sum();
        (sum / waveform.len() as f64).sqrt()
    }
}

/// A pulse whose times are whole steps.
pub(super) fn pulse(channel: usize, onset: u32, width: u32, amplitude: f64) -> Pulse {
    let (onset, width) = (f64::from(onset), f64::from(width));
    Pulse { channel, onset, width, amplitude, hann: None }
}
