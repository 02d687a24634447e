//! How far off an envelope or a border is.

use crate::signal::{PeakRule, find_peaks};

/// The root mean square of `g e - m` relative to that of `m`, with the gain `g` that makes
/// it least: an error that does not know the scale of `e`.
///
/// # Panics
///
/// If the two are not equally long.
#[must_use]
pub fn fit_error(envelope: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(envelope.len(), truth.len(), "one value a sample");
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let own = dot(envelope, envelope);
    let gain = if own > 0.0 { dot(envelope, truth) / own } else { 0.0 };
    let square = |(e, m): (&f64, &f64)| (gain * e - m) * (gain * e - m);
    let error: f64 = envelope.iter().zip(truth).map(square).sum();
    (error / dot(truth, truth)).sqrt()
}

/// The part of the prominent peaks of the absolute value that an envelope passes within
/// `tolerance` of their height: those `distance` samples apart with a prominence of a
/// tenth of the largest value. `None` where there is none.
#[must_use]
pub fn passed_peaks(
    samples: &[f64],
    envelope: &[f64],
    distance: usize,
    tolerance: f64,
) -> Option<f64> {
    let y: Vec<f64> = samples.iter().map(|x| x.abs()).collect();
    let most = y.iter().copied().max_by(f64::total_cmp)?;
    let peaks = find_peaks(&y, PeakRule { distance, prominence: Some(0.1 * most) });
    let is_passed = |&&k: &&usize| (envelope[k] - y[k]).abs() <= tolerance * y[k];
    let passed = peaks.iter().filter(is_passed).count();
    (!peaks.is_empty()).then(|| passed as f64 / peaks.len() as f64)
}

/// Local maxima a second of an envelope at `rate`, Hz, with a prominence of at least 1 %
/// of its range.
#[must_use]
pub fn maxima_per_second(envelope: &[f64], rate: f64) -> f64 {
    let ends = |which: fn(&f64, &f64) -> std::cmp::Ordering| envelope.iter().copied().max_by(which);
    let most = ends(f64::total_cmp).unwrap_or(0.0);
    let least = ends(|a, b| b.total_cmp(a)).unwrap_or(0.0);
    let prominence = Some(0.01 * (most - least));
    let count = find_peaks(envelope, PeakRule { distance: 0, prominence }).len();
    count as f64 * rate / envelope.len() as f64
}

/// The F1 score of found times against true ones: each found time takes the closest true
/// one within `tolerance` that is still free.
#[must_use]
pub fn hits(found: &[f64], truth: &[f64], tolerance: f64) -> f64 {
    let mut is_taken = vec![false; truth.len()];
    let mut count = 0_usize;
    for time in found {
        let distance = |k: &usize| (truth[*k] - time).abs();
        let free = (0..truth.len()).filter(|k| !is_taken[*k] && distance(k) <= tolerance);
        if let Some(best) = free.min_by(|a, b| distance(a).total_cmp(&distance(b))) {
            is_taken[best] = true;
            count += 1;
        }
    }
    2.0 * count as f64 / (found.len() + truth.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        assert!(fit_error(&[2.0, 4.0], &[1.0, 2.0]) < 1e-12);
        assert!((fit_error(&[1.0, 0.0], &[1.0, 1.0]) - 0.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(hits(&[1.0, 2.0], &[1.05, 2.5], 0.1), 0.5);
        assert_eq!(hits(&[1.0, 1.01], &[1.0], 0.1), 2.0 / 3.0);
        assert_eq!(passed_peaks(&[0.0, 1.0, 0.0, -2.0, 0.0], &[1.0; 5], 1, 0.1), Some(0.5));
        assert_eq!(passed_peaks(&[0.0; 5], &[1.0; 5], 1, 0.1), None);
        assert_eq!(maxima_per_second(&[0.0, 1.0, 0.0, 1.0, 0.0], 10.0), 4.0);
    }
}
