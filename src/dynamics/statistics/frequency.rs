//! How fast a unit oscillates.

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
