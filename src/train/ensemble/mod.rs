//! Many networks: every combination of some conditions, each from several seeds.
//!
//! An [`EnsembleSpec`] is a TOML file such as
//!
//! ```toml
//! tasks = ["ei_and"]
//! units = [100]
//! initial = [{ kind = "orthogonal" }, { kind = "normal" }]
//! signs = ["outgoing", "incoming"]
//! inhibitory = [0.5, 0.3, 0.25]
//! seeds = [1, 2, 3, 4, 5]
//!
//! [training.stop]            # what else differs from the published trainings
//! epochs = 20
//! ```
//!
//! [`EnsembleSpec::members`] are its trainings, a [`Row`] is what became of one, and
//! [`summary`] compares conditions.

mod compare;
mod row;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rnn::Initialiser;
use crate::task::TaskSpec;
use crate::train::{Pattern, SignRuleName, Signs, TrainSpec};

pub use compare::{Condition, Contrast, Interval, Summary, summary};
pub use row::{Row, SOLVED, Weights};

/// Conditions, all of which are combined. An empty list leaves what the published
/// training of the task has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleSpec {
    /// Names of tasks of the package.
    pub tasks: Vec<String>,
    /// Numbers of units.
    #[serde(default)]
    pub units: Vec<usize>,
    /// Initial recurrent weights.
    #[serde(default)]
    pub initial: Vec<Initialiser>,
    /// Signs of recurrent weights.
    #[serde(default)]
    pub signs: Vec<SignRuleName>,
    /// Shares of inhibitory units, where signs are constrained.
    #[serde(default)]
    pub inhibitory: Vec<f64>,
    /// Seeds.
    pub seeds: Vec<u64>,
    /// Fields of [`TrainSpec`] that replace those of the published trainings.
    #[serde(default)]
    pub training: Value,
}

/// One training of an ensemble.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// A name of its own, which can be that of a folder.
    pub name: String,
    /// The training.
    pub spec: TrainSpec,
}

/// Why an ensemble makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnsembleError {
    /// There is nothing to train.
    #[error("the ensemble has no {0}")]
    Empty(&'static str),
    /// A task is not one of the package.
    #[error("there is no task `{0}`")]
    Task(String),
    /// A field of `training` cannot replace the published one.
    #[error("training: {0}")]
    Training(String),
    /// Two members are the same.
    #[error("two members are the same, `{0}`: a condition is named twice")]
    Twice(String),
}

impl EnsembleSpec {
    /// All trainings, in the order of the lists, seeds last.
    ///
    /// # Errors
    ///
    /// [`EnsembleError`] says what is missing, unknown or wrong.
    pub fn members(&self) -> Result<Vec<Member>, EnsembleError> {
        for (what, is_empty) in [("tasks", self.tasks.is_empty()), ("seeds", self.seeds.is_empty())]
        {
            if is_empty {
                return Err(EnsembleError::Empty(what));
            }
        }
        let mut all = Vec::new();
        for task in &self.tasks {
            let base = self.base(task)?;
            for units in options(&self.units) {
                for initial in options(&self.initial) {
                    for signs in options(&self.signs) {
                        for (k, share) in options(&self.inhibitory).into_iter().enumerate() {
                            let spec = change(&base, units, initial, signs, share);
                            if spec.constraints.signs.is_none() && k > 0 {
                                // Without signs the share says nothing: once is enough.
                                continue;
                            }
                            all.extend(self.seeds.iter().map(|&seed| with_seed(&spec, seed)));
                        }
                    }
                }
            }
        }
        let mut names = std::collections::BTreeSet::new();
        for member in &all {
            member.spec.check().map_err(|e| EnsembleError::Training(e.to_string()))?;
            if !names.insert(member.name.clone()) {
                return Err(EnsembleError::Twice(member.name.clone()));
            }
        }
        Ok(all)
    }

    /// The published training of a task, with the fields of `training`.
    fn base(&self, task: &str) -> Result<TrainSpec, EnsembleError> {
        let spec = TaskSpec::named(task).ok_or_else(|| EnsembleError::Task(task.to_owned()))?;
        let fault = |e: &dyn std::fmt::Display| EnsembleError::Training(e.to_string());
        let mut all = serde_json::to_value(TrainSpec::of_task(spec)).map_err(|e| fault(&e))?;
        merge(&mut all, &self.training);
        serde_json::from_value(all).map_err(|e| fault(&e))
    }
}

/// Every entry of a list, or once nothing.
fn options<T: Copy>(list: &[T]) -> Vec<Option<T>> {
    if list.is_empty() { vec![None] } else { list.iter().copied().map(Some).collect() }
}

/// Puts the fields of one table in the place of another's, table by table; what is one of
/// several kinds is replaced as a whole.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) if !from.contains_key("kind") => {
            for (key, value) in from {
                if key == "pattern" {
                    into.insert(key.clone(), value.clone());
                } else {
                    merge(into.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (_, Value::Null) => {}
        (into, from) => *into = from.clone(),
    }
}

fn change(
    base: &TrainSpec,
    units: Option<usize>,
    initial: Option<Initialiser>,
    signs: Option<SignRuleName>,
    share: Option<f64>,
) -> TrainSpec {
    let mut spec = base.clone();
    spec.network.units = units.unwrap_or(spec.network.units);
    spec.network.recurrent = initial.unwrap_or(spec.network.recurrent);
    if let Some(name) = signs {
        let pattern = spec.constraints.signs.take().map(|signs| signs.pattern);
        let pattern = pattern.unwrap_or(Pattern::First(0.5));
        spec.constraints.signs = name.direction().map(|direction| Signs { direction, pattern });
    }
    if let (Some(signs), Some(share)) = (&mut spec.constraints.signs, share) {
        signs.pattern = Pattern::First(share);
    }
    spec
}

fn with_seed(spec: &TrainSpec, seed: u64) -> Member {
    let spec = TrainSpec { seed, ..spec.clone() };
    Member { name: format!("{}_seed{seed}", Condition::of(&spec)), spec }
}
