//! Where sounds begin and end.

use crate::signal::{
    SignalError,
    envelope::{MeanOptions, mean_envelope},
    error::{check_positive, check_rate},
};

/// What may be chosen about [`segments`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentOptions {
    /// A sound is what exceeds this part of the envelope's maximum.
    pub threshold: f64,
    /// Shorter sounds are dropped, s.
    pub shortest: f64,
    /// Shorter pauses are closed, s.
    pub pause: f64,
    /// Where the envelope's smoothing has half the amplitude, Hz.
    pub cutoff: f64,
    /// Samples of a frame of the envelope; `None` for about 5.8 ms.
    pub frame: Option<usize>,
}

impl Default for SegmentOptions {
    /// 12 % of the maximum, sounds of 10 ms, pauses of 5 ms, 70 Hz.
    fn default() -> Self {
        Self { threshold: 0.12, shortest: 0.010, pause: 0.005, cutoff: 70.0, frame: None }
    }
}

/// One sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its first sample.
    pub onset: usize,
    /// One past its last sample.
    pub offset: usize,
}

/// The sounds of a signal at `rate`, Hz: where its mean envelope, with the noise taken
/// out, exceeds a part of its maximum. None in silence.
///
/// # Errors
///
/// No samples or one that is not finite; options out of range.
pub fn segments(
    samples: &[f64],
    rate: f64,
    options: &SegmentOptions,
) -> Result<Vec<Segment>, SignalError> {
    check_rate(rate)?;
    check_positive("the threshold", options.threshold)?;
    let usual = (0.0058 * rate).log2().round().clamp(6.0, 15.0);
    let envelope = mean_envelope(
        samples,
        rate,
        &MeanOptions {
            cutoff: Some(options.cutoff),
            frame: Some(options.frame.unwrap_or(1 << usual as u32)),
            ..MeanOptions::default()
        },
    )?;
    let most = envelope.values.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    Ok(runs(&envelope.values, options.threshold * most, rate, options))
}

/// Stretches above a level, without short ones and short pauses.
fn runs(values: &[f64], level: f64, rate: f64, options: &SegmentOptions) -> Vec<Segment> {
    let mut found: Vec<Segment> = Vec::new();
    let mut onset = None;
    for (k, &value) in values.iter().enumerate() {
        match (onset, value > level) {
            (None, true) => onset = Some(k),
            (Some(start), false) => {
                found.push(Segment { onset: start, offset: k });
                onset = None;
            }
            _ => {}
        }
    }
    if let Some(start) = onset {
        found.push(Segment { onset: start, offset: values.len() });
    }
    let mut joined: Vec<Segment> = Vec::with_capacity(found.len());
    for segment in found {
        match joined.last_mut() {
            Some(last) if (segment.onset - last.offset) as f64 <= options.pause * rate => {
                last.offset = segment.offset;
            }
            _ => joined.push(segment),
        }
    }
    joined.retain(|s| (s.offset - s.onset) as f64 > options.shortest * rate);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sounds_and_pauses_go() {
        let mut values = vec![0.0; 300];
        values[20..60].fill(1.0);
        values[64..90].fill(1.0);
        values[150..158].fill(1.0);
        values[200..300].fill(1.0);
        let found = runs(&values, 0.5, 1000.0, &SegmentOptions::default());
        assert_eq!(found, [Segment { onset: 20, offset: 90 }, Segment { onset: 200, offset: 300 }]);
        assert!(runs(&[0.0; 9], 0.0, 1000.0, &SegmentOptions::default()).is_empty());
    }
}
