//! The published envelopes.

use crate::signal::{
    Cutoff, LowPass, SignalError, centred_maximum,
    envelope::{not_negative, rectified},
    error::{check, check_positive, check_rate},
    trailing_maximum,
};

/// The published envelope: the maximum of each absolute value and the `window - 1`
/// before it, then a low-pass filter without lag, piece by piece.
///
/// ```text
/// m[i] = max(|x[i - window + 1]|, .., |x[i]|)
/// e    = Butterworth of that order, forwards and backwards, of m
/// ```
///
/// # Choice of the window
///
/// At least half a period of the lowest carrier, `rate / (2 f)` samples, and best 1 to 1.5
/// times that; 35 samples at 44.1 kHz suit 630 Hz and above. A look-back maximum delays
/// falling edges by up to a window and rising ones not at all.
///
/// # Source
///
/// C. Jarne, *A method for estimation of the envelope of signals by peaks*, Anales AFA 29
/// (2018); arXiv:1703.06812, and its code, from which the values here are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Samples of the look-back maximum.
    pub window: usize,
    /// Where the filter ends.
    pub cutoff: Cutoff,
    /// Order of the filter for one pass.
    pub order: usize,
    /// Length of a piece, s, at whose borders the filter starts anew; `None` for one piece.
    pub piece: Option<f64>,
    /// Compatibility: in the first samples of a piece the look-back runs on at its end, as
    /// negative indices do in the published code.
    pub wraps: bool,
}

impl Default for Published {
    /// Window 35, published cut-off 300 Hz (150 Hz in truth), order 4, one piece, no wrap.
    fn default() -> Self {
        Self { window: 35, cutoff: Cutoff::Published(300.0), order: 4, piece: None, wraps: false }
    }
}

impl Published {
    /// What the published code does, sample by sample: pieces of 1.2 s, each with the
    /// look-back that wraps around.
    #[must_use]
    pub fn as_coded() -> Self {
        Self { piece: Some(1.2), wraps: true, ..Self::default() }
    }

    /// The envelope of samples at `rate`, Hz, never below 0.
    ///
    /// A piece no longer than the extension of the filter stays unfiltered: SciPy, on
    /// which the published code stands, refuses one.
    ///
    /// # Errors
    ///
    /// No samples or one that is not finite; a window of 0; a cut-off out of range.
    pub fn envelope(&self, samples: &[f64], rate: f64) -> Result<Vec<f64>, SignalError> {
        check(samples)?;
        if self.window == 0 {
            let needed = "1 is the least";
            return Err(SignalError::Option { what: "the window", value: 0.0, needed });
        }
        let low = LowPass::new(self.order, self.cutoff, rate)?;
        let piece = match self.piece {
            None => samples.len(),
            Some(seconds) => {
                check_positive("the length of a piece", seconds)?;
                // Whole samples, as the published code cuts them.
                ((seconds * rate) as usize).clamp(1, samples.len())
            }
        };
        let mut out = Vec::with_capacity(samples.len());
        for part in samples.chunks(piece) {
            let maxima = self.maxima(&rectified(part));
            if maxima.len() > low.padding() {
                out.extend(low.both_ways(&maxima));
            } else {
                out.extend(maxima);
            }
        }
        Ok(not_negative(out))
    }

    fn maxima(&self, rectified: &[f64]) -> Vec<f64> {
        if !self.wraps {
            return trailing_maximum(rectified, self.window);
        }
        let n = rectified.len();
        // Once around is all there is.
        let before = (self.window - 1).min(n);
        // The end stands before the beginning, as often as the window asks for.
        let wrapped = (0..before).map(|k| rectified[(k + n * before - before) % n]);
        let extended: Vec<f64> = wrapped.chain(rectified.iter().copied()).collect();
        trailing_maximum(&extended, before + 1).split_off(before)
    }
}

/// The crude envelope on which the published alignment stands: the maximum of the signed
/// samples from `i - h` to `i + h - 1`, where `h` is half of `rate / 700 Hz`, rounded
/// down. The first and last samples, which have no full window, stay what they are.
///
/// # Source
///
/// C. Jarne and P. N. Alcain, Anales AFA (2019), arXiv:1812.03021; the code `syllable`.
///
/// # Errors
///
/// No samples or one that is not finite, or no rate.
pub fn crude_envelope(samples: &[f64], rate: f64) -> Result<Vec<f64>, SignalError> {
    check(samples)?;
    check_rate(rate)?;
    let n = samples.len();
    // A window beyond both ends has no inside.
    let window = ((1.0 / (700.0 / rate)) as usize).min(2 * n + 2);
    let (half, margin) = (window / 2, window.div_ceil(2));
    if half == 0 {
        return Ok(samples.to_vec());
    }
    let maxima = centred_maximum(samples, half, half - 1);
    let is_inside = |i: usize| i >= margin && i + margin <= n;
    let value = |i: usize| if is_inside(i) { maxima[i] } else { samples[i] };
    Ok((0..n).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::fixture::{self, example};

    /// SciPy's filter has its coefficients in one piece, which costs it some digits.
    #[track_caller]
    fn agree(found: &[f64], expected: &[(usize, f64)]) {
        fixture::agree(found, expected, 1e-8);
    }

    /// The published steps with `scipy.ndimage.maximum_filter1d` and `filtfilt`, SciPy
    /// 1.17.1, of a look-back that wraps.
    #[test]
    fn as_coded_agrees_with_scipy() {
        let found = Published::as_coded().envelope(&example(2000), 44_100.0).unwrap();
        agree(
            &found,
            &[
                (0, 1.422_002_644_503_983),
                (10, 1.416_976_310_253_988_3),
                (100, 1.459_235_601_469_350_4),
                (999, 0.868_749_806_970_118_9),
                (1999, 1.041_950_951_289_378_8),
            ],
        );
        let mean = found.iter().sum::<f64>() / 2000.0;
        assert!((mean - 1.089_697_499_238_162).abs() < 1e-8, "{mean}");
    }

    #[test]
    fn only_the_beginning_of_a_piece_wraps() {
        let mut x = vec![0.0; 200];
        x[199] = 1.0;
        let plain = Published::default().maxima(&x);
        assert!(plain[..199].iter().all(|&m| m == 0.0));
        let wrapped = Published::as_coded().maxima(&x);
        assert!(wrapped[..34].iter().all(|&m| m == 1.0), "{wrapped:?}");
        assert_eq!(wrapped[34..], plain[34..]);
        // Even where the window is longer than the piece.
        assert_eq!(Published::as_coded().maxima(&[1.0, 3.0, 2.0]), [3.0; 3]);
    }

    /// `alcain_env` by its definition, NumPy 2.4.6.
    #[test]
    fn the_crude_envelope_leaves_the_ends() {
        let x = example(2000);
        let found = crude_envelope(&x, 44_100.0).unwrap();
        agree(
            &found,
            &[
                (10, 0.248_039_280_380_286_08),
                (31, 0.232_113_764_106_950_37),
                (32, 1.270_554_258_173_905_5),
                (100, 1.542_769_792_507_115_5),
                (999, 0.865_658_513_537_148_4),
                (1969, 0.011_168_930_126_286_197),
            ],
        );
        assert_eq!(found[1999], x[1999]);
        assert_eq!(crude_envelope(&[1.0, -2.0], 44_100.0).unwrap(), [1.0, -2.0]);
    }

    #[test]
    fn short_pieces_and_bad_options() {
        assert_eq!(Published::default().envelope(&[-2.0], 1000.0).unwrap(), [2.0]);
        let zero = Published { window: 0, ..Published::default() };
        assert!(matches!(zero.envelope(&[1.0], 1000.0), Err(SignalError::Option { .. })));
        let low = Published::default().envelope(&[1.0; 50], 200.0).unwrap_err();
        assert_eq!(
            low.to_string(),
            "a cut-off of 150 Hz does not lie between 0 and half the rate, 100 Hz"
        );
    }
}
