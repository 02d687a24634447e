//! Short spectra with the noise taken out, back as an analytic signal.

use std::collections::VecDeque;
use std::sync::Arc;

use pulp::Arch;
use realfft::{RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner, num_complex::Complex32};

/// Frames overlap by three quarters.
pub(super) const OVERLAP: usize = 4;
/// How the gains of five frames in a row are averaged: a binomial.
const BLEND: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
/// Frames after one that its gain needs.
pub(super) const FRAMES_AHEAD: usize = 2;
/// The share of frames that hold noise only, at least; and that quantile of the power of
/// noise, which is exponentially distributed, in units of its mean: `-ln(1 - 0.2)`.
const QUIET: f64 = 0.2;
const QUIET_POWER: f64 = 0.223;
/// The quantile of bins that counts as the level of white noise, and how far above it
/// noise of one bin may be: a steady tone fills its bins in every frame.
const WHITE: f64 = 0.3;
const COLOUR: f64 = 3.0;
/// Frames that the noise is measured in, about.
const MEASURED: usize = 160;
/// Fewer frames than that say nothing about noise.
const FEWEST: usize = 16;

/// Samples that are worked on at a time.
const PIECE: usize = 1 << 13;

/// How samples become numbers of about 1: `(x - offset) scale`.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) offset: f64,
    pub(super) scale: f64,
}

impl Level {
    fn apply(self, samples: &[f64], to: &mut [f32]) {
        Arch::new().dispatch(|| {
            for (to, x) in to.iter_mut().zip(samples) {
                *to = ((x - self.offset) * self.scale) as f32;
            }
        });
    }
}

/// Transforms of windowed frames.
#[derive(Clone)]
pub(super) struct Frames {
    frame: usize,
    window: Vec<f32>,
    /// The window once more, divided by the length of a frame: the factor 2 of an analytic
    /// signal and the sum of overlapping squared windows, 2, cancel.
    back: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    input: Vec<f32>,
    output: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Frames {
    pub(super) fn new(frame: usize) -> Self {
        let forward = RealFftPlanner::new().plan_fft_forward(frame);
        let inverse = FftPlanner::new().plan_fft_inverse(frame / 2);
        let room = forward.get_scratch_len().max(inverse.get_inplace_scratch_len());
        // The root of Hann's window, before and after.
        let window: Vec<f32> = (0..frame)
            .map(|k| (std::f64::consts::PI * k as f64 / frame as f64).sin() as f32)
            .collect();
        let back = window.iter().step_by(2).map(|w| w / frame as f32).collect();
        Self {
            frame,
            window,
            back,
            input: vec![0.0; frame],
            output: vec![Complex32::ZERO; frame / 2 + 1],
            scratch: vec![Complex32::ZERO; room],
            forward,
            inverse,
        }
    }

    pub(super) fn hop(&self) -> usize {
        self.frame / OVERLAP
    }

    pub(super) fn bins(&self) -> usize {
        self.frame / 2
    }

    /// The spectrum of one frame, without its last bin.
    fn spectrum(&mut self, samples: &[f32]) -> &[Complex32] {
        multiply(&mut self.input, samples, &self.window);
        self.forward
            .process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch)
            .expect("the buffers have the lengths of the plan");
        &self.output[..self.frame / 2]
    }

    /// Positive frequencies back to the analytic signal at every second sample, added.
    fn add_back(&mut self, spectrum: &mut [Complex32], into: &mut [Complex32]) {
        // A constant has no negative counterpart.
        spectrum[0] *= 0.5;
        self.inverse.process_with_scratch(spectrum, &mut self.scratch);
        let back = &self.back;
        Arch::new().dispatch(|| {
            for ((to, z), w) in into.iter_mut().zip(spectrum.iter()).zip(back) {
                to.re += z.re * w;
                to.im += z.im * w;
            }
        });
    }

    /// The mean power of noise in each bin; zeros where the signal is too short to say.
    pub(super) fn noise(&mut self, samples: &[f64], level: Level) -> Vec<f32> {
        let (bins, frame) = (self.bins(), self.frame);
        let room = samples.len().saturating_sub(frame);
        let mut scaled = vec![0.0; frame];
        let count = (room / self.hop() + 1).min(MEASURED);
        if room == 0 || count < FEWEST {
            return vec![0.0; bins];
        }
        let mut powers = vec![0.0; bins * count];
        for k in 0..count {
            let start = room * k / (count - 1);
            level.apply(&samples[start..start + frame], &mut scaled);
            let spectrum = self.spectrum(&scaled);
            for (column, z) in powers.chunks_mut(count).zip(spectrum) {
                column[k] = z.norm_sqr();
            }
        }
        let of_bin = |column: &mut [f32]| quantile(column, QUIET) / QUIET_POWER as f32;
        let quiet: Vec<f32> = powers.chunks_mut(count).map(of_bin).collect();
        let white = quantile(&mut quiet.clone(), WHITE);
        let most = COLOUR as f32 * white;
        quiet.iter().map(|&power| if power < most { power } else { most }).collect()
    }
}

/// The quantile of values that are no NaN, without interpolation; they change their order.
fn quantile(values: &mut [f32], part: f64) -> f32 {
    let at = (part * (values.len() - 1) as f64) as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// Samples in, magnitudes of every second one out, with the noise taken out.
///
/// The gain of a bin is `max(1 - strength noise / power, 0)`, averaged over five frames.
#[derive(Clone)]
pub(super) struct Gate {
    frames: Frames,
    /// Noise times strength, by bin.
    floor: Vec<f32>,
    /// Samples not yet in a frame, from the start of the next one.
    pending: Vec<f32>,
    /// Frames that wait for later ones.
    waiting: VecDeque<Waiting>,
    /// The last two frames that went out, the latest first.
    past: VecDeque<Waiting>,
    /// Frames that are done with.
    spare: Vec<Waiting>,
    /// Sums of overlapping frames, half rate.
    sums: Vec<Complex32>,
    /// Magnitudes before the first sample still to be dropped.
    drop: usize,
}

impl Gate {
    pub(super) fn new(frame: usize, floor: Vec<f32>) -> Self {
        let frames = Frames::new(frame);
        let before = frame - frames.hop();
        Self {
            pending: vec![0.0; before],
            waiting: VecDeque::new(),
            past: VecDeque::new(),
            spare: Vec::new(),
            sums: vec![Complex32::ZERO; frame / 2],
            drop: before / 2,
            floor,
            frames,
        }
    }

    /// Takes samples and adds the magnitudes that they settle to `out`.
    pub(super) fn push(&mut self, samples: &[f64], level: Level, out: &mut Vec<f32>) {
        // Piece by piece, so that all of it stays in the nearest memory.
        for piece in samples.chunks(PIECE) {
            let from = self.pending.len();
            self.pending.resize(from + piece.len(), 0.0);
            level.apply(piece, &mut self.pending[from..]);
            self.work(out);
        }
    }

    /// Sends all whole frames on their way.
    fn work(&mut self, out: &mut Vec<f32>) {
        let (frame, hop) = (self.frames.frame, self.frames.hop());
        let mut start = 0;
        while start + frame <= self.pending.len() {
            self.analyse(start);
            if self.waiting.len() > FRAMES_AHEAD {
                self.settle(out);
            }
            start += hop;
        }
        self.pending.drain(..start);
    }

    /// The rest, after the last sample; more magnitudes than there are samples.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        let more = self.frames.frame;
        self.pending.resize(self.pending.len() + more, 0.0);
        self.work(out);
        while !self.waiting.is_empty() {
            self.settle(out);
        }
    }

    fn analyse(&mut self, start: usize) {
        let frame = self.frames.frame;
        // A frame that went out lends its room.
        let mut next = self.spare.pop().unwrap_or_else(|| Waiting::new(frame / 2));
        next.spectrum.copy_from_slice(self.frames.spectrum(&self.pending[start..start + frame]));
        gains(&next.spectrum, &self.floor, &mut next.gains);
        self.waiting.push_back(next);
    }

    /// Sends the frame that has waited longest on its way back.
    fn settle(&mut self, out: &mut Vec<f32>) {
        let Some(mut frame) = self.waiting.pop_front() else { return };
        // At both ends the outermost frame stands in for those beyond it.
        let own = &frame.gains;
        let near = |k: usize| {
            let past = self.past.get(k).or(self.past.front());
            past.map_or(own, |past| &past.gains)
        };
        let after = |k: usize| {
            let later = self.waiting.get(k).or(self.waiting.back());
            later.map_or(own, |later| &later.gains)
        };
        blend(&mut frame.spectrum, [near(1), near(0), own, after(0), after(1)]);
        self.frames.add_back(&mut frame.spectrum, &mut self.sums);
        self.past.push_front(frame);
        if self.past.len() > BLEND.len() / 2 {
            self.spare.extend(self.past.pop_back());
        }
        let ready = self.frames.hop() / 2;
        let skipped = self.drop.min(ready);
        self.drop -= skipped;
        let from = out.len();
        out.resize(from + ready - skipped, 0.0);
        magnitudes(&self.sums[skipped..ready], &mut out[from..]);
        self.sums.copy_within(ready.., 0);
        let kept = self.sums.len() - ready;
        self.sums[kept..].fill(Complex32::ZERO);
    }
}

/// A frame that waits for later ones, or for earlier ones to be done with it.
#[derive(Clone)]
struct Waiting {
    spectrum: Vec<Complex32>,
    gains: Vec<f32>,
}

impl Waiting {
    fn new(bins: usize) -> Self {
        Self { spectrum: vec![Complex32::ZERO; bins], gains: vec![0.0; bins] }
    }
}

fn multiply(to: &mut [f32], a: &[f32], b: &[f32]) {
    Arch::new().dispatch(|| {
        for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
            *to = a * b;
        }
    });
}

/// `max(1 - floor / power, 0)`; 1 where there is no floor.
fn gains(spectrum: &[Complex32], floor: &[f32], gains: &mut [f32]) {
    Arch::new().dispatch(|| {
        for ((gain, z), floor) in gains.iter_mut().zip(spectrum).zip(floor) {
            let power = z.re * z.re + z.im * z.im + f32::MIN_POSITIVE;
            let part = 1.0 - floor / power;
            *gain = if part > 0.0 { part } else { 0.0 };
        }
    });
}

/// Multiplies a spectrum by the mean of five gains.
fn blend(spectrum: &mut [Complex32], around: [&Vec<f32>; 5]) {
    let n = spectrum.len();
    let [a, b, c, d, e] = around.map(|gains| &gains[..n]);
    Arch::new().dispatch(|| {
        for k in 0..n {
            let gain = BLEND[2] * c[k] + BLEND[1] * (b[k] + d[k]) + BLEND[0] * (a[k] + e[k]);
            spectrum[k].re *= gain;
            spectrum[k].im *= gain;
        }
    });
}

fn magnitudes(sums: &[Complex32], out: &mut [f32]) {
    Arch::new().dispatch(|| {
        for (to, z) in out.iter_mut().zip(sums) {
            *to = (z.re * z.re + z.im * z.im).sqrt();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_amplitude() {
        let mut gate = Gate::new(256, vec![0.0; 128]);
        let mut out = Vec::new();
        let tone: Vec<f64> = (0..2000).map(|k| 0.7 * (0.5 * f64::from(k)).cos()).collect();
        gate.push(&tone, Level { offset: 0.0, scale: 1.0 }, &mut out);
        gate.finish(&mut out);
        assert!(out.len() >= 1000, "{}", out.len());
        assert!(out[150..850].iter().all(|a| (a - 0.7).abs() < 1e-4), "{:?}", &out[150..170]);
    }

    #[test]
    fn noise_is_measured_and_a_tone_is_not_taken_for_it() {
        let mut random = crate::signal::synthetic::NumpyRandom::new(&[3]);
        let mut x: Vec<f64> = random.normals(60_000);
        let same = Level { offset: 0.0, scale: 1.0 };
        let mut frames = Frames::new(256);
        // White noise of variance 1: the sum of the squared window is 128.
        let noise = frames.noise(&x, same);
        let mean = noise[5..].iter().sum::<f32>() / 123.0;
        assert!((mean / 128.0 - 1.0).abs() < 0.1, "{mean}");
        for (k, value) in x.iter_mut().enumerate() {
            *value += 10.0 * (std::f64::consts::PI * 0.25 * k as f64).cos();
        }
        let with_tone = frames.noise(&x, same);
        assert!(with_tone[32] < 3.5 * 128.0, "{}", with_tone[32]);
        assert_eq!(frames.noise(&x[..1000], same), [0.0; 128]);
    }
}
