//! How far a yield can be trusted.

/// The Clopper-Pearson interval of a share, `[low, high]`: of all shares the ones under
/// which neither so few nor so many successes have a probability below
/// `(1 - confidence) / 2`.
///
/// Source: Clopper and Pearson, Biometrika 26 (1934) 404.
#[must_use]
pub fn clopper_pearson(successes: usize, trials: usize, confidence: f64) -> [f64; 2] {
    let tail = (1.0 - confidence) / 2.0;
    let logs = log_factorials(trials);
    let low = if successes == 0 {
        0.0
    } else {
        // The least share under which so many are not too many.
        bisect(|share| at_least(successes, trials, share, &logs) < tail)
    };
    let high = if successes >= trials {
        1.0
    } else {
        let failures = trials - successes;
        1.0 - bisect(|share| at_least(failures, trials, share, &logs) < tail)
    };
    [low, high]
}

/// Where a property that holds near 0 and not near 1 ends.
fn bisect(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The probability of at least so many successes.
fn at_least(successes: usize, trials: usize, share: f64, logs: &[f64]) -> f64 {
    let (success, failure) = (share.ln(), (-share).ln_1p());
    (successes..=trials)
        .map(|k| {
            let ways = logs[trials] - logs[k] - logs[trials - k];
            (ways + k as f64 * success + (trials - k) as f64 * failure).exp()
        })
        .sum()
}

/// ln k! for k from 0 to `last`.
fn log_factorials(last: usize) -> Vec<f64> {
    let mut logs = vec![0.0];
    let mut sum = 0.0;
    for k in 1..=last {
        sum += (k as f64).ln();
        logs.push(sum);
    }
    logs
}
