//! The envelopes that everybody knows.

use std::f64::consts::{FRAC_PI_2, SQRT_2};

use crate::signal::{
    Cutoff, LowPass, PeakRule, SignalError, analytic_magnitude,
    envelope::{not_negative, rectified},
    error::{check, check_positive, check_rate},
    find_peaks,
    spline::Knots,
};

/// Order of the low-pass filters here, each of which runs forwards and backwards.
const ORDER: usize = 4;

/// Hilbert's envelope of samples at `rate`, Hz: the magnitude of the analytic signal,
/// low-passed at a true cut-off, Hz, where one is given.
///
/// # Errors
///
/// No samples or one that is not finite; a cut-off out of range.
pub fn hilbert_envelope(
    samples: &[f64],
    rate: f64,
    cutoff: Option<f64>,
) -> Result<Vec<f64>, SignalError> {
    let magnitude = analytic_magnitude(samples)?;
    check_rate(rate)?;
    let Some(cutoff) = cutoff else { return Ok(magnitude) };
    let low = LowPass::new(ORDER, Cutoff::Hertz(cutoff), rate)?;
    Ok(not_negative(low.both_ways(&magnitude)))
}

/// The moving root mean square times `sqrt(2)`, the amplitude of a sine.
///
/// The window of `window` samples has its middle at the sample; beyond the ends the
/// outermost samples go on. The published code takes 500 samples and draws them late.
///
/// # Errors
///
/// No samples or one that is not finite; a window of 0.
pub fn rms_envelope(samples: &[f64], window: usize) -> Result<Vec<f64>, SignalError> {
    check(samples)?;
    let squares: Vec<f64> = samples.iter().map(|x| x * x).collect();
    let mean = moving_mean(&squares, window)?;
    Ok(mean.iter().map(|square| SQRT_2 * square.sqrt()).collect())
}

/// The low-passed absolute value times `pi/2`, the amplitude of a sine, of samples at
/// `rate`, Hz; true cut-off in Hz.
///
/// # Errors
///
/// No samples or one that is not finite; a cut-off out of range.
pub fn rectified_envelope(
    samples: &[f64],
    rate: f64,
    cutoff: f64,
) -> Result<Vec<f64>, SignalError> {
    check(samples)?;
    let low = LowPass::new(ORDER, Cutoff::Hertz(cutoff), rate)?;
    let smooth = low.both_ways(&rectified(samples));
    Ok(not_negative(smooth.iter().map(|value| FRAC_PI_2 * value).collect()))
}

/// Which curve runs through the peaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplineCurve {
    /// The cubic spline, smooth, which may overshoot.
    #[default]
    Cubic,
    /// The monotone cubic, which does not.
    Monotone,
}

/// A curve through the peaks of the absolute value that are at least `distance` s apart;
/// the two outermost peaks are mirrored about the ends. With fewer than two peaks it is
/// the largest absolute value everywhere.
///
/// # Errors
///
/// No samples or one that is not finite; a distance below 0.
pub fn spline_envelope(
    samples: &[f64],
    rate: f64,
    distance: f64,
    curve: SplineCurve,
) -> Result<Vec<f64>, SignalError> {
    check(samples)?;
    check_rate(rate)?;
    if distance != 0.0 {
        check_positive("the distance of peaks", distance)?;
    }
    let y = rectified(samples);
    let n = y.len();
    let distance = (distance * rate) as usize;
    let peaks = find_peaks(&y, PeakRule { distance: distance.max(1), prominence: None });
    let count = peaks.len();
    if count < 2 {
        let largest = y.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
        return Ok(vec![largest; n]);
    }
    let (first, second, before, last) = (peaks[0], peaks[1], peaks[count - 2], peaks[count - 1]);
    let end = 2 * (n - 1);
    let mut knots = vec![(-(second as f64), y[second]), (-(first as f64), y[first])];
    knots.extend(peaks.iter().map(|&peak| (peak as f64, y[peak])));
    knots.push(((end - last) as f64, y[last]));
    knots.push(((end - before) as f64, y[before]));
    let (x, heights): (Vec<f64>, Vec<f64>) = knots.into_iter().unzip();
    let knots = Knots { x: &x, y: &heights };
    Ok(not_negative(match curve {
        SplineCurve::Cubic => knots.cubic(n, y),
        SplineCurve::Monotone => knots.monotone(n, y),
    }))
}

/// The mean of `window` values from `i - window / 2` on; the outermost values go on
/// beyond the ends. Sums run within blocks only, so that a loud part leaves no trace in
/// a silent one.
///
/// # Errors
///
/// No values, or a window of 0.
pub fn moving_mean(values: &[f64], window: usize) -> Result<Vec<f64>, SignalError> {
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        return Err(SignalError::Empty);
    };
    if window == 0 {
        let needed = "1 is the least";
        return Err(SignalError::Option { what: "the window", value: 0.0, needed });
    }
    let back = window / 2;
    let ahead = window - 1 - back;
    let mut extended = vec![first; back];
    extended.extend_from_slice(values);
    extended.resize(extended.len() + ahead, last);
    // As the running maximum: sums from the left within a block and from the right
    // within the one before it.
    let mut left = extended.clone();
    for block in left.chunks_mut(window) {
        let mut sum = 0.0;
        for value in block {
            sum += *value;
            *value = sum;
        }
    }
    let mut right = extended;
    for block in right.chunks_mut(window) {
        let mut sum = 0.0;
        for value in block.iter_mut().rev() {
            sum += *value;
            *value = sum;
        }
    }
    let mean = |i: usize| {
        // The window from i to i + window - 1 of the extended values.
        let whole = left[i + window - 1];
        let rest = if i.is_multiple_of(window) { 0.0 } else { right[i] };
        (whole + rest) / window as f64
    };
    Ok((0..values.len()).map(mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::fixture::{self, example};
    use proptest::prelude::*;

    #[track_caller]
    fn agree(found: &[f64], expected: &[(usize, f64)]) {
        fixture::agree(found, expected, 2e-8);
    }

    /// `sosfiltfilt(butter(4, 50 Hz), ..)` of `abs(hilbert(x))` and of `abs(x)`,
    /// `uniform_filter1d(x**2, w, mode='nearest')`, `CubicSpline` and `PchipInterpolator`
    /// through `find_peaks(abs(x), distance=220)`: SciPy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        let (x, rate) = (example(2000), 44_100.0);
        let found = hilbert_envelope(&x, rate, Some(50.0)).unwrap();
        agree(
            &found,
            &[
                (0, 0.334_203_160_304_335_4),
                (100, 0.699_866_276_066_443),
                (999, 0.960_757_775_592_622_2),
                (1999, 0.977_812_921_697_672_5),
            ],
        );
        let found = rectified_envelope(&x, rate, 50.0).unwrap();
        agree(
            &found,
            &[
                (0, 0.086_510_031_983_316_07),
                (100, 0.569_215_436_831_132_6),
                (999, 0.957_616_849_000_264_4),
                (1999, 0.976_022_968_189_499_6),
            ],
        );
        let found = rms_envelope(&x, 500).unwrap();
        agree(
            &found,
            &[
                (0, 0.972_827_847_458_560_3),
                (100, 1.092_832_665_522_163_6),
                (999, 1.007_455_620_885_820_3),
                (1999, 0.929_421_443_811_746_6),
            ],
        );
        let found = rms_envelope(&x, 37).unwrap();
        agree(&found, &[(0, 0.793_003_530_793_945_5), (1999, 1.226_343_377_409_533)]);
        let found = spline_envelope(&x, rate, 0.005, SplineCurve::Cubic).unwrap();
        agree(
            &found,
            &[
                (0, 1.692_828_450_727_106),
                (100, 1.638_022_327_670_743_7),
                (999, 1.017_547_142_366_583_8),
                (1999, 1.499_172_129_950_121),
            ],
        );
        let found = spline_envelope(&x, rate, 0.005, SplineCurve::Monotone).unwrap();
        agree(&found, &[(100, 1.571_269_120_978_934), (999, 1.091_731_755_808_234)]);
        let found = spline_envelope(&x, rate, 0.0, SplineCurve::Cubic).unwrap();
        agree(&found, &[(0, 1.154_702_480_898_257_3), (1999, 1.466_574_006_802_914_3)]);
    }

    #[test]
    fn one_sample_and_silence() {
        for x in [vec![-2.0_f64], vec![0.0; 100]] {
            let rate = 1000.0;
            let top = x[0].abs();
            let all = [
                hilbert_envelope(&x, rate, Some(50.0)).unwrap(),
                spline_envelope(&x, rate, 0.005, SplineCurve::Cubic).unwrap(),
            ];
            for found in all {
                assert!(found.iter().all(|e| (e - top).abs() < 1e-12), "{found:?}");
            }
            assert!((rms_envelope(&x, 7).unwrap()[0] - SQRT_2 * top).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn the_moving_mean_is_one(values in prop::collection::vec(0.0..9.0_f64, 1..50), window in 1_usize..70) {
            let found = moving_mean(&values, window).unwrap();
            for (i, mean) in found.iter().enumerate() {
                let at = |k: usize| values[(i + k).saturating_sub(window / 2).min(values.len() - 1)];
                let expected = (0..window).map(at).sum::<f64>() / window as f64;
                prop_assert!((mean - expected).abs() < 1e-12);
            }
        }
    }
}
