//! Weights removed by size.

use super::{AblationError, Judge, Score, Sign, removable, without_weights};
use crate::rnn::Rnn;

/// What is left at one threshold.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WeightStep {
    /// Weights of a size below it are gone.
    pub threshold: f64,
    /// How many these are.
    pub removed: usize,
    /// Their share of the weights that may be removed.
    pub share: f64,
    /// How well the rest does.
    pub score: Score,
}

/// Where decisions begin to change.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Threshold {
    /// The largest threshold tried at which no decision differs, below the other.
    pub unchanged: f64,
    /// The next larger threshold that removes more, at which some do.
    pub changed: f64,
    /// Share of the removable weights that are gone at the former.
    pub share: f64,
}

/// Error and decisions by threshold.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct WeightAblation {
    /// Which weights may be removed.
    pub sign: Sign,
    /// How many these are.
    pub removable: usize,
    /// The intact network.
    pub intact: Score,
    /// By rising threshold.
    pub steps: Vec<WeightStep>,
    /// The first change; `None` where no threshold changes a decision. It lies
    /// between two of the steps and is found by halving the weights between
    /// them: within that stretch, decisions that change and change back go unseen.
    pub first_change: Option<Threshold>,
}

/// Thresholds that remove `count` equal shares of the weights that may be
/// removed, from none to all.
#[must_use]
pub fn shares(network: &Rnn, sign: Sign, count: usize) -> Vec<f64> {
    let sizes = removable(network, sign);
    let mut thresholds: Vec<f64> = (0..=count)
        .map(|k| removing(&sizes, sizes.len() * k / count.clamp(1, usize::MAX)))
        .collect();
    thresholds.dedup();
    thresholds
}

/// The threshold that removes the `count` smallest of `sizes`, and those of equal size.
fn removing(sizes: &[f64], count: usize) -> f64 {
    match count.checked_sub(1).and_then(|last| sizes.get(last)) {
        None => 0.0,
        Some(size) => size.next_up(),
    }
}

/// Removes the recurrent weights below each threshold. `tell` hears of the
/// share of the work that is done.
///
/// # Errors
///
/// [`AblationError`] where a threshold makes no sense, or a state leaves the
/// range of numbers.
pub fn remove_weights(
    network: &Rnn,
    judge: &Judge<'_>,
    sign: Sign,
    thresholds: &[f64],
    tell: &mut dyn FnMut(f64),
) -> Result<WeightAblation, AblationError> {
    if let Some(&value) = thresholds.iter().find(|value| !(value.is_finite() && **value >= 0.0)) {
        return Err(AblationError::Threshold { value });
    }
    let mut thresholds = thresholds.to_vec();
    thresholds.sort_by(f64::total_cmp);
    let sizes = removable(network, sign);
    let work = thresholds.len() as f64 + 12.0;
    let mut steps: Vec<WeightStep> = Vec::with_capacity(thresholds.len());
    for threshold in thresholds {
        let (rest, removed) = without_weights(network, threshold, sign);
        let share = removed as f64 / (sizes.len() as f64).clamp(1.0, f64::MAX);
        let score = match steps.last() {
            Some(last) if last.removed == removed => last.score.clone(),
            _ => judge.score(&rest)?,
        };
        steps.push(WeightStep { threshold, removed, share, score });
        tell(steps.len() as f64 / work);
    }
    let first_change = first_change(network, judge, (sign, &sizes), &steps)?;
    let intact = judge.intact.clone();
    Ok(WeightAblation { sign, removable: sizes.len(), intact, steps, first_change })
}

/// Between the last step without a change and the first with one.
fn first_change(
    network: &Rnn,
    judge: &Judge<'_>,
    (sign, sizes): (Sign, &[f64]),
    steps: &[WeightStep],
) -> Result<Option<Threshold>, AblationError> {
    let Some(at) = steps.iter().position(|step| step.score.changed > 0) else { return Ok(None) };
    // Numbers of removed weights without and with a change.
    let mut low = at.checked_sub(1).map_or(0, |before| steps[before].removed);
    let mut high = steps[at].removed;
    loop {
        let middle = removing(sizes, usize::midpoint(low, high));
        let (rest, removed) = without_weights(network, middle, sign);
        // Weights of equal size go together.
        if removed <= low || removed >= high {
            break;
        }
        if judge.score(&rest)?.changed > 0 {
            high = removed;
        } else {
            low = removed;
        }
    }
    let share = low as f64 / sizes.len() as f64;
    Ok(Some(Threshold { unchanged: removing(sizes, low), changed: removing(sizes, high), share }))
}
