//! How loud a signal is over time.
//!
//! | method | what it is | calibrated for |
//! |---|---|---|
//! | [`Published`] | look-back maximum, then a low-pass filter | peaks, nearly |
//! | [`mean_envelope`] | noise removed by frequency, analytic magnitude, smoothed as the signal asks for | mean amplitude |
//! | [`peak_envelope`] | a curve with as few maxima as the peaks allow | peaks |
//! | [`hilbert_envelope`] | analytic magnitude, smoothed or not | mean amplitude |
//! | [`rms_envelope`] | moving root mean square times `sqrt(2)` | amplitude of a sine |
//! | [`rectified_envelope`] | low-passed absolute value times `pi/2` | amplitude of a sine |
//! | [`spline_envelope`] | curve through peaks of the absolute value | peaks |
//!
//! All of them follow the scale of the signal and return one value a sample, in the unit
//! of the samples, never below 0. [`MeanStream`] gives the values of [`mean_envelope`]
//! while the samples come in; [`segments`] finds where sounds begin and end.

mod classical;
mod gate;
mod mean;
mod method;
mod peak;
mod published;
mod segment;
mod smooth;
mod stream;
mod timescale;

pub use classical::{
    SplineCurve, hilbert_envelope, moving_mean, rectified_envelope, rms_envelope, spline_envelope,
};
pub use mean::{MeanEnvelope, MeanOptions, MeanSettings, mean_envelope};
pub use method::Method;
pub use peak::{PeakOptions, peak_envelope};
pub use published::{Published, crude_envelope};
pub use segment::{Segment, SegmentOptions, segments};
pub use stream::MeanStream;

/// The signal divided by its envelope: its fine structure, 0 where the envelope is.
///
/// # Panics
///
/// If the two are not equally long.
#[must_use]
pub fn fine_structure(samples: &[f64], envelope: &[f64]) -> Vec<f64> {
    assert_eq!(samples.len(), envelope.len(), "one value of the envelope a sample");
    let part = |(x, e): (&f64, &f64)| if *e > 0.0 { x / e } else { 0.0 };
    samples.iter().zip(envelope).map(part).collect()
}

/// The absolute values.
fn rectified(samples: &[f64]) -> Vec<f64> {
    samples.iter().map(|x| x.abs()).collect()
}

/// The same without what a filter leaves below 0.
fn not_negative(mut values: Vec<f64>) -> Vec<f64> {
    for value in &mut values {
        if *value < 0.0 {
            *value = 0.0;
        }
    }
    values
}
