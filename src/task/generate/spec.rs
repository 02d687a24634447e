//! A task as a TOML file.

use serde::{Deserialize, Serialize};
use toml::{
    Spanned,
    de::{DeTable, DeValue, Deserializer},
};

use super::{Family, TaskError, check::check, error::Place, family::Keyed, library::source};
use crate::task::Rule;

/// A task as written in a file, before it is checked.
///
/// The file is TOML with the fields below, by their names. Times are whole
/// steps of the discrete network, counted from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskParts<F = Family> {
    /// What the trials ask for, in one word.
    pub task: String,
    /// A sentence or two for the reader.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Names of the input channels.
    pub channels: Vec<String>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// Length of every trial.
    pub steps: u32,
    /// Step from which on nothing is asked for and targets are `base` again;
    /// without it answers last to the end of the trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u32>,
    /// Target where nothing is asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub base: f64,
    /// Steps after the start of an answer before it is judged, so that the
    /// output may settle.
    #[serde(default = "usual_settle")]
    pub settle: u32,
    /// Length of the last part of an answer, in which it must still stand.
    #[serde(default = "usual_last")]
    pub last: u32,
    /// How outputs are judged.
    pub rule: Reading,
    /// What is added to inputs and targets.
    #[serde(default, skip_serializing_if = "NoiseSpec::is_none")]
    pub noise: NoiseSpec,
    /// How trials are made.
    pub trials: F,
}

fn usual_settle() -> u32 {
    10
}

fn usual_last() -> u32 {
    20
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// How the outputs of a task are judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reading {
    /// As [`Rule::Threshold`]: 1 above `at`, else 0.
    Threshold {
        /// The threshold.
        at: f64,
    },
    /// As [`Rule::Sign`]: the sign where the modulus is at least `none_below`, else 0.
    Sign {
        /// Least modulus of an answer.
        none_below: f64,
    },
    /// As [`Rule::ThreeLevel`]: 1 above `at`, -1 below -`at`, else 0.
    ThreeLevel {
        /// Border of the middle level.
        at: f64,
    },
    /// A waveform: right where the root of the mean square of the error over the
    /// window is at most `within` times that of the waveform which a pulse asks
    /// for. Trials without a pulse, whose target is flat, are held to the same error.
    Waveform {
        /// Largest error as a share of the waveform.
        #[serde(default = "half")]
        within: f64,
    },
}

fn half() -> f64 {
    0.5
}

impl Reading {
    /// The rule of the classes; `None` for a waveform, which has none.
    #[must_use]
    pub fn rule(self) -> Option<Rule> {
        match self {
            Self::Threshold { at } => Some(Rule::Threshold { at }),
            Self::Sign { none_below } => Some(Rule::Sign { none_below }),
            Self::ThreeLevel { at } => Some(Rule::ThreeLevel { at }),
            Self::Waveform { .. } => None,
        }
    }

    /// Its name in a file.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Threshold { .. } => "threshold",
            Self::Sign { .. } => "sign",
            Self::ThreeLevel { .. } => "three_level",
            Self::Waveform { .. } => "waveform",
        }
    }
}

/// Standard deviations of independent normal numbers, one a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseSpec {
    /// On every channel.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub input: f64,
    /// On every target.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub target: f64,
}

impl NoiseSpec {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A checked task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "TaskParts", into = "TaskParts")]
pub struct TaskSpec {
    parts: TaskParts,
}

impl TryFrom<TaskParts> for TaskSpec {
    type Error = TaskError;

    fn try_from(parts: TaskParts) -> Result<Self, TaskError> {
        Self::new(parts)
    }
}

impl From<TaskSpec> for TaskParts {
    fn from(spec: TaskSpec) -> Self {
        spec.parts
    }
}

impl TaskSpec {
    /// Checks a task.
    ///
    /// # Errors
    ///
    /// [`TaskError::Field`] names the field.
    pub fn new(parts: TaskParts) -> Result<Self, TaskError> {
        check(&parts)?;
        Ok(Self { parts })
    }

    /// The task of the package with that name, if there is one.
    ///
    /// # Panics
    ///
    /// Never: the tasks of the package are read by its tests.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let text = source(name)?;
        Some(Self::from_toml(text).expect("invariant: tests read all tasks of the package"))
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// [`TaskError`] with line and column.
    pub fn from_toml(text: &str) -> Result<Self, TaskError> {
        let wrong = |error: &toml::de::Error| TaskError::toml(text, error.span(), error.message());
        let mut document = DeTable::parse(text).map_err(|error| wrong(&error))?;
        key_by_kind(text, document.get_mut())?;
        let keyed = TaskParts::<Keyed>::deserialize(Deserializer::from(document))
            .map_err(|error| wrong(&error))?;
        Self::new(keyed.of_family()).map_err(|error| error.located(text))
    }

    /// The text of a file.
    ///
    /// # Panics
    ///
    /// Never: what a task holds can be written.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.parts).expect("invariant: a task has names, numbers and lists only")
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &TaskParts {
        &self.parts
    }

    /// Gives the parts back, for a change that is checked again.
    #[must_use]
    pub fn into_parts(self) -> TaskParts {
        self.parts
    }

    /// What the trials ask for, in one word.
    #[must_use]
    pub fn task(&self) -> &str {
        &self.parts.task
    }

    /// Names of the input channels.
    #[must_use]
    pub fn channels(&self) -> &[String] {
        &self.parts.channels
    }

    /// Names of the outputs.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.parts.outputs
    }

    /// Steps of every trial.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.parts.steps as usize
    }
}

impl<F> TaskParts<F> {
    /// The first step at which nothing is asked for any more.
    pub(super) fn end(&self) -> u32 {
        self.until.unwrap_or(self.steps)
    }
}

impl TaskParts<Keyed> {
    fn of_family(self) -> TaskParts {
        TaskParts {
            task: self.task,
            about: self.about,
            channels: self.channels,
            outputs: self.outputs,
            steps: self.steps,
            until: self.until,
            base: self.base,
            settle: self.settle,
            last: self.last,
            rule: self.rule,
            noise: self.noise,
            trials: self.trials.into(),
        }
    }
}

/// Turns `trials = { kind = "x", .. }` into `trials = { x = { .. } }`: a reader
/// that knows the kind before the fields can say which field is wrong, and where.
fn key_by_kind(text: &str, document: &mut DeTable<'_>) -> Result<(), TaskError> {
    let Some((_, trials)) = document.iter_mut().find(|(key, _)| key.get_ref() == "trials") else {
        return Ok(());
    };
    let span = trials.span();
    let fault = |at: usize, message: &str| TaskError::Toml {
        place: Place::of(text, at),
        message: message.to_owned(),
    };
    let DeValue::Table(fields) = trials.get_mut() else {
        return Err(fault(span.start, "`trials` is no table, it is written as `[trials]`"));
    };
    let mut fields = std::mem::take(fields);
    let Some(kind) = fields.remove("kind") else {
        return Err(fault(span.start, "missing field `kind` of `trials`"));
    };
    let place = kind.span();
    let DeValue::String(kind) = kind.into_inner() else {
        return Err(fault(place.start, "the kind of trials is a word in quotes"));
    };
    let mut keyed = DeTable::new();
    keyed.insert(Spanned::new(place, kind), Spanned::new(span, DeValue::Table(fields)));
    *trials.get_mut() = DeValue::Table(keyed);
    Ok(())
}
