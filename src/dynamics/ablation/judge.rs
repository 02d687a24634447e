//! How well a network does its task.

use rayon::prelude::*;

use crate::{
    dynamics::{
        projection::{RecordError, record},
        statistics::targets,
    },
    rnn::{DiscreteRnn, Rnn},
    task::{Accuracy, DecisionError, StimulusSet, Verdict},
};

/// Which dynamics are judged.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The Euler map of a step, model time units: the trained network.
    Map {
        /// The step.
        step: f64,
    },
    /// The continuous network.
    Flow,
}

/// Why a task cannot be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AblationError {
    /// A trial cannot be played.
    #[error("trial `{trial}`: {error}")]
    Record {
        /// Name of the trial.
        trial: String,
        /// What is wrong.
        error: RecordError,
    },
    /// A trial cannot be judged.
    #[error("trial `{trial}`: {error}")]
    Decision {
        /// Name of the trial.
        trial: String,
        /// What is wrong.
        error: DecisionError,
    },
    /// Nothing is said to be right.
    #[error("the stimuli `{task}` say nothing of what is right, so that no error can be measured")]
    NoAnswers {
        /// Name of the task.
        task: String,
    },
    /// A threshold is no size.
    #[error("the threshold {value} is no finite number of 0 or more")]
    Threshold {
        /// The threshold.
        value: f64,
    },
}

/// How well a network did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Score {
    /// Mean square of output minus right class in the judged windows.
    pub error: f64,
    /// Decisions that were right.
    pub accuracy: Accuracy,
    /// Decisions that differ from those of the intact network, in class of the
    /// window or of its end.
    pub changed: usize,
    /// By trial and answer: the class of the window and of its end.
    #[serde(skip)]
    pub classes: Vec<Vec<(Option<i8>, Option<i8>)>>,
}

/// A task, the dynamics, and what the intact network decides.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    task: &'a StimulusSet,
    mode: Mode,
    /// The score of the intact network.
    pub intact: Score,
}

impl<'a> Judge<'a> {
    /// Judges the intact network.
    ///
    /// # Errors
    ///
    /// [`AblationError`] where the task does not fit the network or asks for nothing.
    pub fn new(network: &Rnn, task: &'a StimulusSet, mode: Mode) -> Result<Self, AblationError> {
        let mut intact = score(network, task, mode)?;
        if intact.accuracy.decisions == 0 {
            return Err(AblationError::NoAnswers { task: task.parts().task.clone() });
        }
        intact.changed = 0;
        Ok(Self { task, mode, intact })
    }

    /// Judges a damaged network.
    ///
    /// # Errors
    ///
    /// [`AblationError`] where a state leaves the range of numbers.
    pub fn score(&self, network: &Rnn) -> Result<Score, AblationError> {
        let mut score = score(network, self.task, self.mode)?;
        let pairs = |a: &[(Option<i8>, Option<i8>)], b: &[(Option<i8>, Option<i8>)]| {
            a.iter().zip(b).filter(|(a, b)| a != b).count()
        };
        let trials = score.classes.iter().zip(&self.intact.classes);
        score.changed = trials.map(|(own, intact)| pairs(own, intact)).sum();
        Ok(score)
    }
}

/// What one trial adds: the sum of squares, its number of terms, and the verdict.
type Judged = (f64, usize, Verdict);

fn score(network: &Rnn, task: &StimulusSet, mode: Mode) -> Result<Score, AblationError> {
    let count = task.trials().len();
    // In the order of the trials, on however many threads.
    let trials: Vec<Result<Judged, AblationError>> =
        (0..count).into_par_iter().map(|trial| judge(network, task, mode, trial)).collect();
    let trials = trials.into_iter().collect::<Result<Vec<Judged>, _>>()?;
    let terms: usize = trials.iter().map(|trial| trial.1).sum();
    let class = |verdict: &Verdict| {
        verdict.decisions.iter().map(|decision| (decision.class, decision.last_class)).collect()
    };
    Ok(Score {
        error: trials.iter().map(|trial| trial.0).sum::<f64>() / terms as f64,
        accuracy: Accuracy::of(trials.iter().map(|trial| &trial.2)),
        changed: 0,
        classes: trials.iter().map(|trial| class(&trial.2)).collect(),
    })
}

fn judge(
    network: &Rnn,
    task: &StimulusSet,
    mode: Mode,
    trial: usize,
) -> Result<Judged, AblationError> {
    let name = || task.trials()[trial].name.clone();
    let stimulus = task.stimulus(trial);
    let recording = match mode {
        Mode::Map { step } => record(&DiscreteRnn { network: network.clone(), step }, &stimulus),
        Mode::Flow => record(network, &stimulus),
    }
    .map_err(|error| AblationError::Record { trial: name(), error })?;
    let verdict = task
        .judge(trial, &recording.times, &recording.outputs)
        .map_err(|error| AblationError::Decision { trial: name(), error })?;
    let right = targets(task, trial);
    let (mut sum, mut terms) = (0.0, 0);
    for (time, outputs) in recording.times.iter().zip(&recording.outputs) {
        // What stands at the end of a step belongs to the step.
        let step = (time - 1e-9).floor() as usize;
        for (output, target) in outputs.iter().zip(&right) {
            if let Some(&target) = target.get(step)
                && !target.is_nan()
            {
                sum += (output - target).powi(2);
                terms += 1;
            }
        }
    }
    Ok((sum, terms, verdict))
}
