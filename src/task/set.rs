//! Sets of trials as files: what to play, and what is right.

use serde::{Deserialize, Serialize};

use crate::task::check::{check_set, check_trial};
use crate::task::play::play;
use crate::task::rule::decide;
use crate::task::{Answer, Decision, DecisionError, Rule, Stimulus, StimulusError};

/// A set of trials as written in a file, before it is checked.
///
/// The file is JSON with the fields below, by their names. Times are model
/// time units, one step of the discrete network each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetParts {
    /// What the trials ask for, in one word.
    pub task: String,
    /// Version of the file format: 1.
    pub version: u32,
    /// A sentence or two for the reader.
    #[serde(default)]
    pub about: String,
    /// What one unit of time is, for the reader.
    #[serde(default)]
    pub time_unit: String,
    /// Names of the input channels, in the order of the network's inputs.
    pub channels: Vec<String>,
    /// Names of the outputs, in the order of the network's outputs.
    pub outputs: Vec<String>,
    /// Length of a trial.
    pub duration: f64,
    /// Width of the edges between levels.
    #[serde(default = "default_edge")]
    pub edge: f64,
    /// How outputs are read.
    pub rule: Rule,
    /// Length of the last part of a window, in which the answer must still stand.
    #[serde(default = "default_last")]
    pub last: f64,
    /// The trials.
    pub trials: Vec<Trial>,
}

/// One trial: the sum of what its fields play, and what is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Its name.
    pub name: String,
    /// Its own length, where that is not the set's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Pulses on any channel; where they overlap they add up, and what reaches
    /// beyond the trial is cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pulses: Vec<Pulse>,
    /// `levels[channel][n]` held on `[n, n + 1)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<Vec<f64>>>,
    /// Noise on every channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// What is right, by output and window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

impl Trial {
    /// True where something is said to be right.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.answers.iter().any(|answer| answer.class.is_some())
    }
}

/// A square pulse, or one smoothed by a Hann window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulse {
    /// Input channel, from 0.
    #[serde(default)]
    pub channel: usize,
    /// Its start.
    pub onset: f64,
    /// Its length.
    pub width: f64,
    /// Its level.
    #[serde(default = "default_amplitude")]
    pub amplitude: f64,
    /// Length L of the smoothing window in steps; absent for a square pulse.
    ///
    /// Step n of the smoothed pulse is `amplitude * sum_k w_k s[n + (L - 1)/2 - k]`
    /// with s = 1 in the steps of the pulse, the symmetric window
    /// `w_k = (1 - cos(2 pi k/(L - 1)))/2`, k below L, scaled to sum 1, and
    /// (L - 1)/2 rounded down: the centred convolution of `SciPy`. As in the
    /// papers' generators the pulse is smoothed within its own steps, so that
    /// it keeps its onset and width and loses area. Both are whole steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hann: Option<u32>,
}

/// Normal noise: an independent sample for every step and channel, held for
/// the step. The same seed gives the same bits everywhere: the words of
/// `ChaCha8` through Leva's ratio of uniforms, one stream a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Standard deviation.
    pub sd: f64,
    /// Seed.
    pub seed: u64,
}

/// A checked set of trials.
#[derive(Clone, Debug, PartialEq)]
pub struct StimulusSet {
    parts: SetParts,
}

/// What a network did in one trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// By answer of the trial.
    pub decisions: Vec<Decision>,
    /// Whether all judged decisions are right; `None` where none is judged.
    pub right: Option<bool>,
}

/// Why a file is no set of trials.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// The text is not JSON, or a field is missing, unknown or of another type.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader says.
        message: String,
    },
    /// A field of the set makes no sense.
    #[error("{field} is {found}, expected {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What it may hold.
        expected: &'static str,
    },
    /// A trial makes no sense.
    #[error("trial {index} (`{name}`): {fault}")]
    Trial {
        /// Trial, from 0.
        index: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: TrialFault,
    },
}

/// What is wrong with a trial.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrialFault {
    /// The inputs do not make a stimulus.
    #[error(transparent)]
    Stimulus(#[from] StimulusError),
    /// A field of a pulse or an answer, or of the noise, makes no sense.
    #[error("{place}: {field} is {found}, expected {expected}")]
    Field {
        /// Which pulse or answer.
        place: String,
        /// The field.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What it may hold.
        expected: String,
    },
}

fn default_edge() -> f64 {
    Stimulus::EDGE
}

fn default_last() -> f64 {
    20.0
}

fn default_amplitude() -> f64 {
    1.0
}

impl StimulusSet {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// [`SetError`] names line and column, or trial and field.
    pub fn from_json(text: &str) -> Result<Self, SetError> {
        let parts = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let place = format!(" at line {line} column {column}");
            let message = error.to_string().trim_end_matches(&place).to_owned();
            SetError::Json { line, column, message }
        })?;
        Self::new(parts)
    }

    /// Checks a set.
    ///
    /// # Errors
    ///
    /// [`SetError`] names trial and field.
    pub fn new(parts: SetParts) -> Result<Self, SetError> {
        check_set(&parts)?;
        for (index, trial) in parts.trials.iter().enumerate() {
            check_trial(&parts, trial)
                .and_then(|()| Ok(play(&parts, trial)?))
                .map_err(|fault| SetError::Trial { index, name: trial.name.clone(), fault })?;
        }
        Ok(Self { parts })
    }

    /// The text of the file.
    ///
    /// # Panics
    ///
    /// Never: what a set holds can be written.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.parts)
            .expect("invariant: a set has neither maps nor numbers that JSON cannot hold")
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &SetParts {
        &self.parts
    }

    /// Gives the parts back, for a change that is checked again.
    #[must_use]
    pub fn into_parts(self) -> SetParts {
        self.parts
    }

    /// The trials.
    #[must_use]
    pub fn trials(&self) -> &[Trial] {
        &self.parts.trials
    }

    /// The inputs of an existing trial.
    ///
    /// # Panics
    ///
    /// Where there is no such trial.
    #[must_use]
    pub fn stimulus(&self, trial: usize) -> Stimulus {
        play(&self.parts, &self.parts.trials[trial])
            .expect("invariant: every trial of a set was played when it was checked")
    }

    /// The largest modulus of any input in any trial.
    #[must_use]
    pub fn largest(&self) -> f64 {
        let stimuli = (0..self.trials().len()).map(|trial| self.stimulus(trial));
        let levels = stimuli.flat_map(|stimulus| {
            let channels = (0..stimulus.channels()).flat_map(|c| stimulus.points(c));
            channels.map(|(_, level)| level.abs()).collect::<Vec<_>>()
        });
        levels.max_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// Judges what a network did in an existing trial.
    ///
    /// `outputs[i]` holds all outputs at `times[i]`; see [`decide`] for what
    /// the times may be. The step n of the discrete map ends at the time n + 1.
    ///
    /// # Errors
    ///
    /// [`DecisionError`] where the samples do not cover a window, or lack an output.
    pub fn judge(
        &self,
        trial: usize,
        times: &[f64],
        outputs: &[Vec<f64>],
    ) -> Result<Verdict, DecisionError> {
        let mut decisions = Vec::new();
        for answer in &self.parts.trials[trial].answers {
            let samples = column(outputs, answer.output)?;
            decisions.push(decide(self.parts.rule, answer, self.parts.last, times, &samples)?);
        }
        let mut judged = decisions.iter().filter_map(|decision| decision.right).peekable();
        let right = judged.peek().is_some().then(|| judged.all(|right| right));
        Ok(Verdict { decisions, right })
    }
}

/// One output over time.
fn column(outputs: &[Vec<f64>], output: usize) -> Result<Vec<f64>, DecisionError> {
    outputs
        .iter()
        .map(|row| {
            let missing = DecisionError::Output { output, outputs: row.len() };
            row.get(output).copied().ok_or(missing)
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "levels are played as they are written")]
mod tests;
