//! The mean envelope while the samples come in.

use crate::signal::{
    SignalError,
    envelope::{
        MeanSettings,
        gate::{FRAMES_AHEAD, Gate, Level, OVERLAP},
        smooth::{Smoother, Thinner},
    },
};

/// Samples of a frame between two points of the thinned magnitudes: half a hop.
pub(super) fn step(frame: usize) -> usize {
    frame / OVERLAP / 2
}

/// The first half of the work: noise taken out, magnitudes thinned.
pub(super) struct Front {
    gate: Gate,
    thinner: Thinner,
    level: Level,
    step: usize,
    taken: usize,
    magnitudes: usize,
}

impl Front {
    pub(super) fn new(settings: &MeanSettings) -> Self {
        let square = settings.scale * settings.scale * settings.strength;
        let floor = settings.floor.iter().map(|power| (power * square) as f32).collect();
        Self {
            gate: Gate::new(settings.frame, floor),
            thinner: Thinner::new(step(settings.frame)),
            level: Level { offset: settings.offset, scale: settings.scale },
            step: step(settings.frame),
            taken: 0,
            magnitudes: 0,
        }
    }

    pub(super) fn push(&mut self, samples: &[f64], points: &mut Vec<f64>) {
        let input = self.thinner.input();
        let before = input.len();
        self.gate.push(samples, self.level, input);
        self.magnitudes += input.len() - before;
        self.taken += samples.len();
        self.thinner.drain(points);
    }

    /// Points that the samples so far make in all.
    fn points(&self) -> usize {
        if self.taken == 0 { 0 } else { (self.taken - 1).div_ceil(self.step) + 1 }
    }

    /// `before` points have gone already.
    pub(super) fn finish(&mut self, before: usize, points: &mut Vec<f64>) {
        let input = self.thinner.input();
        let have = input.len();
        self.gate.finish(input);
        // Not beyond the last sample.
        let all = self.taken.div_ceil(2);
        input.truncate(have + all - self.magnitudes);
        let wanted = self.points();
        let mut rest = Vec::new();
        self.thinner.drain(&mut rest);
        self.thinner.finish(wanted - before, &mut rest);
        points.extend(rest);
    }
}

/// The values of [`mean_envelope`](crate::signal::envelope::mean_envelope) while the
/// samples come in, for given settings: the same ones, whatever the blocks are.
///
/// ```
/// use analogon::signal::envelope::{MeanOptions, MeanStream, mean_envelope};
///
/// let x: Vec<f64> = (0..9000).map(|k| (0.3 * f64::from(k)).sin()).collect();
/// let batch = mean_envelope(&x, 44_100.0, &MeanOptions::default())?;
/// let mut stream = MeanStream::new(&batch.settings)?;
/// let mut values = Vec::new();
/// for block in x.chunks(100) {
///     stream.push(block, &mut values)?;
/// }
/// stream.finish(&mut values);
/// assert_eq!(values, batch.values);
/// # Ok::<(), analogon::signal::SignalError>(())
/// ```
pub struct MeanStream {
    front: Front,
    smoother: Smoother,
    frame: usize,
    scale: f64,
    points: usize,
    taken: usize,
}

impl MeanStream {
    /// A stream of samples with these settings.
    ///
    /// # Errors
    ///
    /// Settings out of range.
    pub fn new(settings: &MeanSettings) -> Result<Self, SignalError> {
        settings.check()?;
        let step = step(settings.frame);
        Ok(Self {
            front: Front::new(settings),
            smoother: Smoother::new(step, settings.cutoff, settings.rate / step as f64),
            frame: settings.frame,
            scale: settings.scale,
            points: 0,
            taken: 0,
        })
    }

    /// After `m` samples at least `m - look_ahead` values are out: the reach of the
    /// smoothing, the frames that a gain looks ahead, and a frame.
    #[must_use]
    pub fn look_ahead(&self) -> usize {
        let hop = self.frame / OVERLAP;
        (self.smoother.reach() + 3) * step(self.frame) + (FRAMES_AHEAD + OVERLAP) * hop
    }

    /// Takes samples and adds the values that they settle.
    ///
    /// # Errors
    ///
    /// A sample that is not finite, counted from the first of all; nothing of the block
    /// is taken then.
    pub fn push(&mut self, samples: &[f64], values: &mut Vec<f64>) -> Result<(), SignalError> {
        if let Some(at) = samples.iter().position(|value| !value.is_finite()) {
            let index = self.taken + at;
            return Err(SignalError::NotFinite { index, value: samples[at] });
        }
        self.taken += samples.len();
        let (points, before) = (self.smoother.points(), values.len());
        let had = points.len();
        self.front.push(samples, points);
        self.points += points.len() - had;
        self.smoother.drain(values);
        self.unscale(values, before);
        Ok(())
    }

    /// Adds the values that are still missing, one a sample in all.
    pub fn finish(mut self, values: &mut Vec<f64>) {
        if self.taken == 0 {
            return;
        }
        let before = values.len();
        self.front.finish(self.points, self.smoother.points());
        self.smoother.finish(self.taken, values);
        self.unscale(values, before);
    }

    fn unscale(&self, values: &mut [f64], from: usize) {
        // Of a power of two, so this is exact.
        let unit = 1.0 / self.scale;
        for value in &mut values[from..] {
            *value *= unit;
        }
    }
}
