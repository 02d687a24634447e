//! Envelopes by name.

use crate::signal::{
    SignalError,
    envelope::{
        MeanOptions, PeakOptions, Published, SplineCurve, hilbert_envelope, mean_envelope,
        peak_envelope, rectified_envelope, rms_envelope, spline_envelope,
    },
    error::{check_positive, check_rate},
};

/// One way to an envelope, with all that it needs to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// The published one.
    Published(Published),
    /// [`mean_envelope`].
    Mean(MeanOptions),
    /// [`peak_envelope`].
    Peak(PeakOptions),
    /// [`hilbert_envelope`] with a true cut-off, Hz, where it is smoothed.
    Hilbert(Option<f64>),
    /// [`rms_envelope`] with a window in s.
    Rms(f64),
    /// [`rectified_envelope`] with a true cut-off, Hz.
    LowPass(f64),
    /// [`spline_envelope`] through peaks that far apart, s.
    Spline(f64, SplineCurve),
}

impl Method {
    /// The envelope of samples at `rate`, Hz: one value a sample, not below 0.
    ///
    /// # Errors
    ///
    /// Those of the method.
    pub fn envelope(&self, samples: &[f64], rate: f64) -> Result<Vec<f64>, SignalError> {
        match *self {
            Self::Published(published) => published.envelope(samples, rate),
            Self::Mean(options) => Ok(mean_envelope(samples, rate, &options)?.values),
            Self::Peak(options) => peak_envelope(samples, rate, &options),
            Self::Hilbert(cutoff) => hilbert_envelope(samples, rate, cutoff),
            Self::Rms(window) => {
                check_rate(rate)?;
                check_positive("the window", window)?;
                // Longer than the signal on both sides changes nothing any more.
                let most = 2.0 * samples.len() as f64 + 1.0;
                rms_envelope(samples, (window * rate).round().clamp(1.0, most) as usize)
            }
            Self::LowPass(cutoff) => rectified_envelope(samples, rate, cutoff),
            Self::Spline(distance, curve) => spline_envelope(samples, rate, distance, curve),
        }
    }
}
