//! A chain in words.

use super::{Recipe, Step};
use crate::{
    dae::Time,
    expr::Notation,
    units::{count, si},
};

impl Step {
    /// The name of the procedure.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rescale { .. } => "rescale",
            Self::Scale { .. } => "scale",
            Self::Discretise { .. } => "discretise",
            Self::Linearise { .. } => "linearise",
        }
    }
}

/// Components of a point that are written out.
const WRITTEN: usize = 8;

impl Recipe {
    /// The name of the source and what was done to it, in one line each.
    #[must_use]
    pub fn description(&self) -> Vec<String> {
        let (states, inputs, outputs) = self.system.shape();
        let mut lines = vec![format!(
            "{}: {}, {}, {}",
            self.origin.name,
            count(states, "state"),
            count(inputs, "input"),
            count(outputs, "output")
        )];
        let mut unit = self.source.time_unit();
        for step in &self.steps {
            lines.push(match step {
                Step::Rescale { factor } => {
                    unit = "";
                    format!("rescaled in time: s = {} t", number(*factor))
                }
                Step::Scale { factors } => scaled(factors),
                Step::Discretise { method, step } => {
                    format!("discretised by {}: step {}", method.name(), timed(*step, unit))
                }
                Step::Linearise { state, input } => {
                    let at = |values: &[f64]| match values {
                        values if values.iter().all(|&value| value == 0.0) => "0".to_owned(),
                        values if values.len() <= WRITTEN => {
                            let words: Vec<String> =
                                values.iter().map(|&value| number(value)).collect();
                            format!("({})", words.join(", "))
                        }
                        values => format!("{} values", values.len()),
                    };
                    format!("linearised at the state {}, the input {}", at(state), at(input))
                }
            });
        }
        lines.push(self.time_line());
        lines
    }

    /// What its time is.
    fn time_line(&self) -> String {
        let unit = match self.source.time_unit() {
            "" => "model units",
            unit => unit,
        };
        let factor = self.time_factor();
        match (self.system.time(), factor == 1.0) {
            (Time::Continuous, true) => format!("continuous time t in {unit}"),
            (Time::Continuous, false) => {
                format!("continuous time s = {} t, t in {unit}", number(factor))
            }
            (Time::Discrete { step }, true) => {
                format!("discrete time, one step is {} {unit}", number(step))
            }
            (Time::Discrete { step }, false) => format!(
                "discrete time, one step is {} of s = {} t, t in {unit}",
                number(step),
                number(factor)
            ),
        }
    }
}

fn number(value: f64) -> String {
    Notation::Text.number(value)
}

/// A time with its unit.
fn timed(time: f64, unit: &str) -> String {
    if unit.is_empty() { number(time) } else { si(time, unit) }
}

fn scaled(factors: &[f64]) -> String {
    match factors {
        [first, rest @ ..] if rest.iter().all(|factor| factor == first) => {
            format!("all states multiplied by {}", number(*first))
        }
        factors if factors.len() <= WRITTEN => {
            let words: Vec<String> = factors.iter().map(|&value| number(value)).collect();
            format!("states multiplied by {}", words.join(", "))
        }
        factors => format!("states multiplied by {} factors", factors.len()),
    }
}
