//! How far outputs are from what is right.

use crate::task::StimulusSet;

/// What is right in each step of an existing trial, one list an output: the
/// class where an output is judged, NaN elsewhere. Step n reaches from time
/// n to n + 1.
///
/// # Panics
///
/// Where there is no such trial.
#[must_use]
pub fn targets(set: &StimulusSet, trial: usize) -> Vec<Vec<f64>> {
    let steps = set.stimulus(trial).steps();
    let mut targets = vec![vec![f64::NAN; steps]; set.parts().outputs.len()];
    for answer in &set.trials()[trial].answers {
        let Some(class) = answer.class else { continue };
        for (n, target) in targets[answer.output].iter_mut().enumerate() {
            if n as f64 >= answer.from && (n as f64) < answer.to {
                *target = f64::from(class);
            }
        }
    }
    targets
}

/// The [`distance`] of outputs to the [`targets`] of an existing trial. Row i of `outputs`
/// is that at `times[i]`, ascending, in model time units; of several rows in a unit
/// the last one counts, as the end of a step.
///
/// # Panics
///
/// Where there is no such trial.
#[must_use]
pub fn judged_distance(
    set: &StimulusSet,
    trial: usize,
    times: &[f64],
    outputs: &[Vec<f64>],
) -> f64 {
    let steps = set.stimulus(trial).steps();
    let at_end = |n: usize| {
        // A time that rounding moved belongs to its step.
        let after = times.partition_point(|&time| time <= (n + 1) as f64 + 1e-9);
        // Without a row there is no output, which is no small error.
        after.checked_sub(1).and_then(|row| outputs.get(row)).cloned().unwrap_or_default()
    };
    let rows: Vec<Vec<f64>> = (0..steps).map(at_end).collect();
    distance(&rows, &targets(set, trial))
}

/// The Euclidean distance of outputs to targets over a trial, as the papers
/// print it per sample: the root of the sum of squares over steps and outputs.
/// A step whose target is NaN does not count. `outputs` has one row a step, `targets`
/// one list an output.
#[must_use]
pub fn distance(outputs: &[Vec<f64>], targets: &[Vec<f64>]) -> f64 {
    let mut sum = 0.0;
    for (output, target) in targets.iter().enumerate() {
        for (row, &right) in outputs.iter().zip(target) {
            if !right.is_nan() {
                // A missing output is no small error.
                let value = row.get(output).copied().unwrap_or(f64::NAN);
                sum += (value - right).powi(2);
            }
        }
    }
    sum.sqrt()
}
