//! What the state does after each stimulus of a task.

use rayon::prelude::*;

use super::{AttractorError, Fate, SettleOptions, motion::Motion, settle};
use crate::{
    dae::System,
    task::{Stimulus, StimulusSet},
};

/// When the inputs of a trial are switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// At the end of the trial.
    Trial,
    /// Also before each change from rest to another input, so that every
    /// stimulus of a sequence is followed by a fate of its own.
    Stimulus,
}

/// What became of the state after a stimulus.
#[derive(Clone, Debug, PartialEq)]
pub struct AfterStimulus {
    /// Index of the trial.
    pub trial: usize,
    /// Its name.
    pub name: String,
    /// When the inputs were switched off, in the time of the task.
    pub at: f64,
    /// What the state came to without input from then on.
    pub fate: Fate,
}

/// Plays every trial of a set from the origin with true steps, then lets the
/// state settle without input.
///
/// A map takes the level of step n in its own step n; where its step is a part
/// of the unit of time of the task, as many steps as fit. One unit of time of
/// the task is one unit of time of the system if `unit` is 1, else `unit` of them.
///
/// # Errors
///
/// [`AttractorError`]; also where the channels of the set are not the inputs
/// of the system.
pub fn after_stimuli(
    system: &dyn System,
    set: &StimulusSet,
    cut: Cut,
    unit: f64,
    options: &SettleOptions,
) -> Result<Vec<AfterStimulus>, AttractorError> {
    let (states, inputs, _) = system.shape();
    let found = set.parts().channels.len();
    if found != inputs {
        let what = "channels of the task for the inputs";
        return Err(AttractorError::Shape { what, found, expected: inputs });
    }
    let rest = vec![0.0; inputs];
    let trials: Vec<Vec<AfterStimulus>> = (0..set.trials().len())
        .into_par_iter()
        .map(|trial| {
            let stimulus = set.stimulus(trial);
            let mut x = vec![0.0; states];
            let mut fates = Vec::new();
            let mut time = 0.0;
            for at in cuts(&stimulus, cut) {
                play(system, &stimulus, (time, at), &mut x, (unit, options))?;
                time = at;
                let fate = settle(system, &x, &rest, options)?;
                let name = set.trials()[trial].name.clone();
                fates.push(AfterStimulus { trial, name, at, fate });
            }
            Ok(fates)
        })
        .collect::<Result<_, AttractorError>>()?;
    Ok(trials.into_iter().flatten().collect())
}

/// The times at which the inputs are switched off, ascending.
fn cuts(stimulus: &Stimulus, cut: Cut) -> Vec<f64> {
    let end = stimulus.duration();
    if cut == Cut::Trial {
        return vec![end];
    }
    let is_rest = |t: f64| (0..stimulus.channels()).all(|c| stimulus.held(c, t) == 0.0);
    let corners = changes(stimulus);
    let mut was_driven = false;
    let mut found = Vec::new();
    for pair in corners.windows(2) {
        let rests_before = pair[0] > 0.0 && is_rest(pair[0]);
        if rests_before && was_driven {
            found.push(pair[1]);
        }
        was_driven |= !is_rest(pair[0]);
    }
    if found.last() != Some(&end) {
        found.push(end);
    }
    found
}

/// The times at which any input changes its level, from 0 to the end.
fn changes(stimulus: &Stimulus) -> Vec<f64> {
    match stimulus.with_edge(0.0) {
        Ok(steps) => steps.corners().to_vec(),
        // Without edges two changes cannot be closer than with them.
        Err(_) => stimulus.corners().to_vec(),
    }
}

/// Moves the state from one time of the task to another.
fn play(
    system: &dyn System,
    stimulus: &Stimulus,
    (from, to): (f64, f64),
    x: &mut Vec<f64>,
    (unit, options): (f64, &SettleOptions),
) -> Result<(), AttractorError> {
    let channels = 0..stimulus.channels();
    let held = |t: f64| -> Vec<f64> { channels.clone().map(|c| stimulus.held(c, t)).collect() };
    let first = held(from);
    let probe = Motion::new(system, x, &first, (unit, options.tolerance))?;
    if probe.is_map() {
        let step = probe.unit / unit;
        let mut next = vec![0.0; x.len()];
        // Whole steps; what rounding adds to a whole number is no step.
        let (begin, end) = ((from / step).round() as usize, (to / step).round() as usize);
        for n in begin..end {
            // Just inside the step, where a level that starts with it is held.
            let input = held((n as f64 + 1e-9) * step);
            system.evolve(x, &input, &mut next)?;
            std::mem::swap(x, &mut next);
        }
        return Ok(());
    }
    let mut corners = changes(stimulus);
    corners.retain(|&corner| corner > from && corner < to);
    corners.push(to);
    let mut time = from;
    for corner in corners {
        let input = held(time);
        let motion = Motion::new(system, x, &input, (unit, options.tolerance))?;
        motion.integrator().advance(x, (corner - time) * unit)?;
        time = corner;
    }
    Ok(())
}
