//! Whether a network that was trained as a map still does its task in continuous time.
//!
//! A network trained with step d0 is the Euler map `h + d0 F(h, x)` of the flow
//! `dh/dt = F(h, x)` that a circuit of amplifiers realises. Both have the same points at
//! rest, and everything else may differ. Here the map is run with smaller and smaller steps
//! d, and at last as the flow, every input held as long as in training, and what changes on
//! the way is found and bisected: decisions, the stability of points at rest, and what the
//! state comes to after each trial. The theory is in `docs/realisability.md`.

mod decisions;
mod fates;
mod points;
mod report;

use crate::{
    dynamics::attractors::{
        AttractorError,
        fixed_points::{SearchError, starts::StartsError},
    },
    equiv::{
        fitting::{Misfit, fitting},
        tolerance::play::FLOW_STEP,
    },
    rnn::Rnn,
    task::{DecisionError, StimulusSet, Trial},
};

pub use decisions::{Rung, TrialChange};
pub use fates::{FateChange, fate_changes};
pub use points::{PointChange, critical_step, point_changes};
pub use report::{Realisability, Recommended};

/// How the steps are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct RealisabilityOptions {
    /// The steps tried, parts of the trained one, falling from 1; the flow is always the
    /// last.
    pub steps: Vec<f64>,
    /// Relative width to which the step of a change is bisected.
    pub refine: f64,
}

impl Default for RealisabilityOptions {
    fn default() -> Self {
        Self { steps: vec![1.0, 0.5, 0.2, 0.1, 0.05, 0.02], refine: 0.01 }
    }
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RealisabilityError {
    /// Network and stimulus set do not fit.
    #[error(transparent)]
    Shape(#[from] Misfit),
    /// The stimuli ask for nothing.
    #[error("the stimuli `{task}` ask for no decision that could change")]
    Unjudged {
        /// Name of the set.
        task: String,
    },
    /// A choice is out of its range.
    #[error("the {name} is {value}, expected {expected}")]
    Option {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// The decisions could not be judged.
    #[error("decision: {0}")]
    Decision(#[from] DecisionError),
    /// The search for points at rest failed.
    #[error("points at rest: {0}")]
    Search(#[from] SearchError),
    /// The trials of the task lead nowhere.
    #[error("points at rest: {0}")]
    Starts(#[from] StartsError),
    /// A motion could not be followed.
    #[error("after a trial: {0}")]
    Attractor(#[from] AttractorError),
}

impl RealisabilityOptions {
    fn check(&self, trained_step: f64) -> Result<(), RealisabilityError> {
        let wrong =
            |name, value, expected| Err(RealisabilityError::Option { name, value, expected });
        if !(trained_step > 0.0 && trained_step.is_finite()) {
            return wrong("trained step", trained_step, "a positive number");
        }
        if !(self.refine > 0.0 && self.refine < 1.0) {
            return wrong("width of a bisection", self.refine, "a number between 0 and 1");
        }
        let first = self.steps.first().copied().unwrap_or(0.0);
        if first != 1.0 {
            return wrong("first step", first, "1, the trained one");
        }
        for pair in self.steps.windows(2) {
            if !(pair[1] > 0.0 && pair[1] < pair[0]) {
                return wrong("next step", pair[1], "a smaller one, above 0");
            }
        }
        Ok(())
    }

    /// Steps of the network that trials of a total length take on all rungs together; the
    /// flow is counted with what Runge and Kutta's rule evaluates.
    fn evaluations(&self, trained_step: f64, length: f64) -> f64 {
        let maps: f64 = self.steps.iter().map(|part| 1.0 / (part * trained_step)).sum();
        length * (maps + 4.0 / FLOW_STEP)
    }
}

/// Runs the decisions of a network, trained as a map of `trained_step`, at every step.
///
/// `progress` is told the fraction done. Points and fates of the report are empty; see
/// [`point_changes`] and [`fate_changes`].
///
/// # Errors
///
/// [`RealisabilityError`] where the stimuli do not fit or ask for nothing, or a choice makes
/// no sense.
pub fn realisability(
    network: &Rnn,
    trained_step: f64,
    stimuli: &StimulusSet,
    options: &RealisabilityOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Realisability, RealisabilityError> {
    options.check(trained_step)?;
    let task = stimuli.parts().task.clone();
    fitting(network, stimuli)?;
    if !stimuli.trials().iter().any(Trial::is_judged) {
        return Err(RealisabilityError::Unjudged { task });
    }
    let ladder = decisions::Ladder::new(network, trained_step, stimuli, options);
    let (steps, trials) = ladder.climb_down(progress)?;
    Ok(Realisability::new(trained_step, task, steps, trials))
}

/// Multiplications that [`realisability`] costs, bisections left out: below 10^9 or so it
/// is a matter of a second.
#[must_use]
pub fn cost(
    network: &Rnn,
    trained_step: f64,
    stimuli: &StimulusSet,
    options: &RealisabilityOptions,
) -> f64 {
    let (units, inputs, _) = network.shape();
    let length: f64 =
        stimuli.trials().iter().map(|t| t.duration.unwrap_or(stimuli.parts().duration)).sum();
    options.evaluations(trained_step, length) * (units * (units + inputs)) as f64
}
