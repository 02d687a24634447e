//! How fast a unit oscillates.

use crate::dynamics::attractors::dominant;

/// A trace is still where, in its last third, it moves by no more than this part of its size.
const STILL: f64 = 1e-3;
/// Turns that make an oscillation.
const TURNS: f64 = 2.0;
/// Samples below which nothing can be told.
const FEWEST: usize = 16;

/// A frequency read off the minima of a trace, in turns a unit of `samples_per_second`:
/// Hz where a step is a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Frequency {
    /// Number of local minima.
    pub minima: usize,
    /// As published: of the last interval but one, where there are more than
    /// six minima, else 0.
    pub published: f64,
    /// Of the mean interval between minima; `None` for fewer than two.
    pub mean: Option<f64>,
}

/// The places of samples that are below both neighbours. Of a flat bottom it is the first.
#[must_use]
pub fn local_minima(trace: &[f64]) -> Vec<usize> {
    let mut minima = Vec::new();
    let mut at = 1;
    while at < trace.len() {
        let mut end = at;
        while end < trace.len() && trace[end] == trace[at] {
            end += 1;
        }
        if trace[at - 1] > trace[at] && trace.get(end).is_some_and(|&next| next > trace[at]) {
            minima.push(at);
        }
        at = end.max(at + 1);
    }
    minima
}

/// The frequencies of a trace.
#[must_use]
pub fn frequency(trace: &[f64], samples_per_second: f64) -> Frequency {
    let minima = local_minima(trace);
    let published = match minima[..] {
        [.., before, last, _] if minima.len() > 6 => samples_per_second / (last - before) as f64,
        _ => 0.0,
    };
    let mean = match minima[..] {
        [first, .., last] => {
            Some(samples_per_second * (minima.len() - 1) as f64 / (last - first) as f64)
        }
        _ => None,
    };
    Frequency { minima: minima.len(), published, mean }
}

/// The frequency of the strongest line in the spectrum of a trace without inputs, in
/// turns a unit of `samples_per_second`. `None` for a trace that comes to rest
/// (in its last third it moves by less than a thousandth of its largest size) or
/// drifts (it makes fewer than two turns), and for fewer than 16 samples.
///
/// The published rule knows one interval between minima, and none
/// where these are fewer than seven: it cannot see what is slow, and what is fast it
/// rounds to a whole number of samples.
#[must_use]
pub fn oscillation(trace: &[f64], samples_per_second: f64) -> Option<f64> {
    let count = trace.len();
    let largest = |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp);
    let size = largest(&mut trace.iter().map(|value| value.abs()))?;
    let last = &trace[count - count / 3..];
    let high = largest(&mut last.iter().copied())?;
    let low = -largest(&mut last.iter().map(|value| -value))?;
    if count < FEWEST || !(high - low > STILL * size) {
        return None;
    }
    let turns = dominant(trace)?;
    (turns * count as f64 >= TURNS).then_some(turns * samples_per_second)
}
