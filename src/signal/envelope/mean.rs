//! The mean amplitude, with the noise taken out.

use crate::linalg::total;
use crate::signal::{
    SignalError,
    envelope::{
        gate::{Frames, Level},
        smooth::Smoother,
        stream::{Front, step},
        timescale,
    },
    error::{check, check_positive, check_rate},
    maximum::larger,
};

/// Length of a frame, s, about.
const FRAME: f64 = 0.0116;
/// The shortest and the longest frame, samples.
const FRAMES: (usize, usize) = (64, 1 << 15);
/// How many times its power noise is taken out.
const STRENGTH: f64 = 1.7;

/// What may be chosen about [`mean_envelope`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanOptions {
    /// Where the smoothing has half the amplitude, Hz; `None` to choose it by the signal.
    pub cutoff: Option<f64>,
    /// Samples of a frame, a power of two from 64 to 32768; `None` for about 11.6 ms.
    pub frame: Option<usize>,
    /// How many times its power noise is taken out; 0 for none of it.
    pub strength: f64,
}

impl Default for MeanOptions {
    /// Cut-off and frame chosen, noise taken out 1.7 times.
    fn default() -> Self {
        Self { cutoff: None, frame: None, strength: STRENGTH }
    }
}

/// What was chosen or measured: all that a [`MeanStream`](super::MeanStream) needs.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanSettings {
    /// Samples a second, Hz.
    pub rate: f64,
    /// Samples of a frame.
    pub frame: usize,
    /// What is taken off each sample: their mean.
    pub offset: f64,
    /// A power of two that brings the samples to about 1.
    pub scale: f64,
    /// Mean power of the noise in each of the `frame / 2` bins of a windowed frame, in
    /// squared units of the samples.
    pub floor: Vec<f64>,
    /// How many times the noise is taken out.
    pub strength: f64,
    /// Where the smoothing has half the amplitude, Hz.
    pub cutoff: f64,
}

impl MeanSettings {
    /// Refuses what no envelope can be made with.
    pub(super) fn check(&self) -> Result<(), SignalError> {
        check_rate(self.rate)?;
        check_frame(self.frame)?;
        check_positive("the scale", self.scale)?;
        let half = 0.5 * self.rate / step(self.frame) as f64;
        if !(self.cutoff > 0.0 && self.cutoff < half) {
            return Err(SignalError::Cutoff { hertz: self.cutoff, half });
        }
        // The kernel reaches some periods of it, of which a point is a small part.
        if self.cutoff < 2e-5 * half {
            let needed = "it must not be below a hundred-thousandth of half the rate of the points";
            return Err(SignalError::Option { what: "the cut-off", value: self.cutoff, needed });
        }
        let is_power = |power: &f64| *power >= 0.0 && power.is_finite();
        if self.floor.len() != self.frame / 2 || !self.floor.iter().all(is_power) {
            let value = self.floor.len() as f64;
            let needed = "it takes a power for half the samples of a frame";
            return Err(SignalError::Option { what: "the length of the floor", value, needed });
        }
        check_strength(self.strength)
    }

    /// The level of the noise at the rate of the samples: its root mean square, in the
    /// unit of the samples.
    #[must_use]
    pub fn noise(&self) -> f64 {
        // The squared window adds up to half a frame, and bins are half of all.
        let sum: f64 = self.floor.iter().sum();
        (2.0 * sum / (0.5 * (self.frame * self.frame) as f64)).sqrt()
    }
}

/// The mean envelope, and with what it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanEnvelope {
    /// One value a sample, in the unit of the samples, not below 0.
    pub values: Vec<f64>,
    /// What was chosen or measured.
    pub settings: MeanSettings,
}

/// The mean amplitude of a signal at `rate`, Hz, without lag.
///
/// # Model
///
/// 1. The mean is taken off; frames of about 11.6 ms, overlapping by three quarters,
///    become spectra.
/// 2. The noise of each bin is the 20 % quantile of its power over time, divided by what
///    that quantile is of noise alone, and at most three times the level that 30 % of the
///    bins stay below. Each bin is multiplied by `max(1 - strength noise / power, 0)`,
///    averaged over five frames: spectral subtraction (S. Boll, IEEE Trans. ASSP 27
///    (1979) 113).
/// 3. Positive frequencies go back: an analytic signal without noise, whose magnitude is
///    averaged to some 700 points a second.
/// 4. These are smoothed by a symmetric kernel whose cut-off has the least expected error
///    (Stein's estimate), and interpolated to one value a sample.
///
/// For a tone it is the amplitude, for noise its mean magnitude.
///
/// # Errors
///
/// No samples or one that is not finite; options out of range.
pub fn mean_envelope(
    samples: &[f64],
    rate: f64,
    options: &MeanOptions,
) -> Result<MeanEnvelope, SignalError> {
    check(samples)?;
    check_rate(rate)?;
    check_strength(options.strength)?;
    let frame = match options.frame {
        Some(frame) => frame,
        None => usual_frame(rate),
    };
    check_frame(frame)?;
    let offset = mean(samples);
    let largest = farthest(samples, offset);
    let point_rate = rate / step(frame) as f64;
    let mut settings = MeanSettings {
        rate,
        frame,
        offset,
        scale: scale(largest),
        floor: vec![0.0; frame / 2],
        strength: options.strength,
        cutoff: options.cutoff.unwrap_or(timescale::usual() * point_rate),
    };
    settings.check()?;
    // What is left of a constant is rounding.
    if largest <= 1e-14 * offset.abs() {
        return Ok(MeanEnvelope { values: vec![0.0; samples.len()], settings });
    }
    if options.strength > 0.0 {
        let scale = settings.scale;
        let square = scale * scale;
        let noise = Frames::new(frame).noise(samples, Level { offset, scale });
        settings.floor = noise.iter().map(|power| f64::from(*power) / square).collect();
    }
    let mut front = Front::new(&settings);
    let mut points = Vec::new();
    front.push(samples, &mut points);
    let before = points.len();
    front.finish(before, &mut points);
    if options.cutoff.is_none() {
        settings.cutoff = timescale::choose(&points) * point_rate;
    }
    let mut smoother = Smoother::new(step(frame), settings.cutoff, point_rate);
    smoother.points().append(&mut points);
    let mut values = Vec::with_capacity(samples.len());
    smoother.finish(samples.len(), &mut values);
    // Of a power of two, so this is exact.
    let unit = 1.0 / settings.scale;
    for value in &mut values {
        *value *= unit;
    }
    Ok(MeanEnvelope { values, settings })
}

/// The mean.
fn mean(samples: &[f64]) -> f64 {
    let count = samples.len() as f64;
    let sum = total(samples);
    // Samples near the end of what a number can hold.
    if sum.is_finite() { sum / count } else { samples.iter().map(|x| x / count).sum() }
}

/// The largest distance of a sample from `offset`.
fn farthest(samples: &[f64], offset: f64) -> f64 {
    let (eights, rest) = samples.as_chunks::<8>();
    let mut most = [0.0; 8];
    for eight in eights {
        for (most, x) in most.iter_mut().zip(eight) {
            *most = larger(*most, (x - offset).abs());
        }
    }
    let away = rest.iter().map(|x| (x - offset).abs());
    away.chain(most).fold(0.0, larger)
}

/// A power of two that brings a size to about 1; 1 for 0.
fn scale(size: f64) -> f64 {
    if size > 0.0 { (-size.log2().floor()).clamp(-1000.0, 1000.0).exp2() } else { 1.0 }
}

fn usual_frame(rate: f64) -> usize {
    let exponent = (FRAME * rate).log2().round().clamp(0.0, 40.0);
    (1_usize << exponent as u32).clamp(FRAMES.0, FRAMES.1)
}

fn check_frame(frame: usize) -> Result<(), SignalError> {
    if frame.is_power_of_two() && frame >= FRAMES.0 && frame <= FRAMES.1 {
        return Ok(());
    }
    let needed = "it must be a power of two from 64 to 32768";
    Err(SignalError::Option { what: "the frame", value: frame as f64, needed })
}

fn check_strength(strength: f64) -> Result<(), SignalError> {
    if strength >= 0.0 && strength.is_finite() {
        return Ok(());
    }
    let needed = "it must not be negative";
    Err(SignalError::Option { what: "the strength", value: strength, needed })
}
