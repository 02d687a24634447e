//! Short spectra with the noise taken out, back as an analytic signal.

use std::collections::VecDeque;
use std::sync::Arc;

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
        for ((to, x), w) in self.input.iter_mut().zip(samples).zip(&self.window) {
            *to = x * w;
        }
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
        for ((to, z), w) in into.iter_mut().zip(spectrum).zip(&self.back) {
            *to += *z * w;
        }
    }

    /// The mean power of noise in each bin; zeros where the signal is too short to say.
    pub(super) fn noise(&mut self, samples: &[f32]) -> Vec<f32> {
        let (bins, frame) = (self.bins(), self.frame);
        let room = samples.len().saturating_sub(frame);
        let count = (room / self.hop() + 1).min(MEASURED);
        if room == 0 || count < FEWEST {
            return vec![0.0; bins];
        }
        let mut powers = vec![0.0; bins * count];
        for k in 0..count {
            let start = room * k / (count - 1);
            let spectrum = self.spectrum(&samples[start..start + frame]);
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
    /// Spectra and gains of frames that wait for later ones.
    waiting: VecDeque<(Vec<Complex32>, Vec<f32>)>,
    /// Gains of the last two frames that went out.
    past: VecDeque<Vec<f32>>,
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
            sums: vec![Complex32::ZERO; frame / 2],
            drop: before / 2,
            floor,
            frames,
        }
    }

    /// Takes samples and adds the magnitudes that they settle to `out`.
    pub(super) fn push(&mut self, samples: impl Iterator<Item = f32>, out: &mut Vec<f32>) {
        self.pending.extend(samples);
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
        self.push(std::iter::repeat_n(0.0, more), out);
        while !self.waiting.is_empty() {
            self.settle(out);
        }
    }

    fn analyse(&mut self, start: usize) {
        let frame = self.frames.frame;
        let spectrum = self.frames.spectrum(&self.pending[start..start + frame]).to_vec();
        let gain = |(z, floor): (&Complex32, &f32)| {
            let power = z.norm_sqr() + f32::MIN_POSITIVE;
            let gain = 1.0 - floor / power;
            if gain > 0.0 { gain } else { 0.0 }
        };
        let gains = spectrum.iter().zip(&self.floor).map(gain).collect();
        self.waiting.push_back((spectrum, gains));
    }

    /// Sends the frame that has waited longest on its way back.
    fn settle(&mut self, out: &mut Vec<f32>) {
        let Some((mut spectrum, gains)) = self.waiting.pop_front() else { return };
        // At both ends the outermost frame stands in for those beyond it.
        let near = |k: usize| self.past.get(k).or(self.past.front()).unwrap_or(&gains);
        let (before1, before2) = (near(0), near(1));
        let after1 = self.waiting.front().map_or(&gains, |waiting| &waiting.1);
        let after2 = self.waiting.get(1).map_or(after1, |waiting| &waiting.1);
        let outer = before2.iter().zip(after2);
        let inner = before1.iter().zip(after1);
        let around = outer.zip(inner).zip(&gains);
        for (z, (((b2, a2), (b1, a1)), own)) in spectrum.iter_mut().zip(around) {
            *z *= BLEND[2] * own + BLEND[1] * (b1 + a1) + BLEND[0] * (b2 + a2);
        }
        self.past.push_front(gains);
        self.past.truncate(BLEND.len() / 2);
        self.frames.add_back(&mut spectrum, &mut self.sums);
        let ready = self.frames.hop() / 2;
        let skipped = self.drop.min(ready);
        self.drop -= skipped;
        out.extend(self.sums[skipped..ready].iter().map(|z| z.norm_sqr().sqrt()));
        self.sums.copy_within(ready.., 0);
        let kept = self.sums.len() - ready;
        self.sums[kept..].fill(Complex32::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_amplitude() {
        let mut gate = Gate::new(256, vec![0.0; 128]);
        let mut out = Vec::new();
        gate.push((0..2000).map(|k| 0.7 * (0.5 * k as f32).cos()), &mut out);
        gate.finish(&mut out);
        assert!(out.len() >= 1000, "{}", out.len());
        assert!(out[150..850].iter().all(|a| (a - 0.7).abs() < 1e-4), "{:?}", &out[150..170]);
    }

    #[test]
    fn noise_is_measured_and_a_tone_is_not_taken_for_it() {
        let mut random = crate::signal::synthetic::NumpyRandom::new(&[3]);
        let mut x: Vec<f32> = (0..60_000).map(|_| random.normal() as f32).collect();
        let mut frames = Frames::new(256);
        // White noise of variance 1: the sum of the squared window is 128.
        let noise = frames.noise(&x);
        let mean = noise[5..].iter().sum::<f32>() / 123.0;
        assert!((mean / 128.0 - 1.0).abs() < 0.1, "{mean}");
        for (k, value) in x.iter_mut().enumerate() {
            *value += 10.0 * (std::f32::consts::PI * 0.25 * k as f32).cos();
        }
        let with_tone = frames.noise(&x);
        assert!(with_tone[32] < 3.5 * 128.0, "{}", with_tone[32]);
        assert_eq!(frames.noise(&x[..1000]), [0.0; 128]);
    }
}
