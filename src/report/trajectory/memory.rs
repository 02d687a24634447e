//! Where a network keeps what its outputs hold.

use serde::Serialize;

use super::TrialNumbers;
use crate::{
    report::portrait::target_at,
    task::{Pulse, StimulusSet},
};

/// Time after a pulse in which a memory moves: the papers' tasks answer 20 steps
/// after a pulse, and leave 15 more for the change.
const MOVES: f64 = 35.0;

/// The mean state in which all outputs hold something other than 0: over every
/// stretch in which they are asked to, its last step with no pulse in the 35
/// units before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Corner {
    /// What the outputs hold.
    pub classes: Vec<i8>,
    /// Where, in the few dimensions.
    pub at: Vec<f64>,
    /// Over how many stretches it is the mean.
    pub visits: usize,
}

impl Corner {
    /// `+-+`
    pub(super) fn label(&self) -> String {
        let signs: Vec<&str> =
            self.classes.iter().map(|&class| if class > 0 { "+" } else { "\u{2212}" }).collect();
        signs.concat()
    }

    /// Whether one output alone differs.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.classes.iter().zip(&other.classes).filter(|(a, b)| a != b).count() == 1
    }
}

/// The corners that the trials visit, in the order of their first visit; none for
/// fewer than two outputs.
pub(super) fn corners(
    stimuli: &StimulusSet,
    trials: &[usize],
    numbers: &[TrialNumbers],
) -> Vec<Corner> {
    let outputs = stimuli.parts().outputs.len();
    let mut corners: Vec<Corner> = Vec::new();
    if outputs < 2 {
        return corners;
    }
    for (&trial, found) in trials.iter().zip(numbers) {
        let held: Vec<Option<Vec<i8>>> = found
            .times
            .iter()
            .map(|&time| {
                let classes = (0..outputs).map(|output| target_at(stimuli, trial, output, time));
                let held = classes.collect::<Option<Vec<i8>>>().filter(|all| !all.contains(&0));
                held.filter(|_| is_still(&stimuli.trials()[trial].pulses, time))
            })
            .collect();
        for (step, classes) in held.iter().enumerate() {
            let Some(classes) = classes else { continue };
            if held.get(step + 1).is_some_and(|next| next.as_ref() == Some(classes)) {
                continue;
            }
            visit(&mut corners, classes, &found.points[step]);
        }
    }
    corners
}

/// Whether nothing moves a memory at the end of a step.
fn is_still(pulses: &[Pulse], time: f64) -> bool {
    pulses.iter().all(|pulse| time <= pulse.onset || time >= pulse.onset + pulse.width + MOVES)
}

/// Adds a visit to the mean.
fn visit(corners: &mut Vec<Corner>, classes: &[i8], at: &[f64]) {
    match corners.iter_mut().find(|corner| corner.classes == classes) {
        None => corners.push(Corner { classes: classes.to_vec(), at: at.to_vec(), visits: 1 }),
        Some(corner) => {
            corner.visits += 1;
            for (mean, value) in corner.at.iter_mut().zip(at) {
                *mean += (value - *mean) / corner.visits as f64;
            }
        }
    }
}
