//! Tasks that ask for a waveform, or about one.

use serde::{Deserialize, Serialize};

use super::{
    Choice, TaskError, TaskParts,
    check::{self, SMOOTHED, deviation, exactly, level, positive, require},
    family::{Asked, Draft, Target, pulse},
};
use crate::task::{
    Pulse,
    noise::Normal,
    play::hann,
    portable::{exp_minus, sin_turns},
};

/// A pulse in every other trial, to be repeated after a gap: the pulse memory.
///
/// Input and target are a square pulse of `width` steps, convolved within its
/// own steps with a Gaussian of as many: with the centre c = (width - 1)/2,
/// step n holds `scale * sum_k exp(-(k - c)^2/(2 sd^2))` over the k for which
/// n + floor(c) - k is one of the steps of the pulse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// First step of the pulse.
    pub onset: u32,
    /// Its length.
    pub width: u32,
    /// Steps from its end to its echo.
    pub gap: u32,
    /// Width of the Gaussian, steps.
    pub sd: f64,
    /// Scale of the input.
    pub scale: f64,
    /// Scale of the target, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_scale: Option<f64>,
    /// Length of a window that smooths the input in place of the Gaussian, see
    /// [`Pulse::hann`]; `scale` is then its level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hann: Option<u32>,
}

/// A pulse in every other trial, and an oscillation that it starts.
///
/// The target is a unit step over the window, convolved within it with
/// `sin(2 pi cycles k/steps)`, k from 0 below `steps`, times `scale`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// First step of the pulse.
    pub onset: u32,
    /// Its length.
    pub width: u32,
    /// Length of the window that smooths it, see [`Pulse::hann`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hann: Option<u32>,
    /// Level of the pulse.
    #[serde(default = "unit")]
    pub amplitude: f64,
    /// First step of the oscillation.
    pub from: u32,
    /// Step before which it ends.
    pub to: u32,
    /// Periods in the length of a trial.
    pub cycles: f64,
    /// Scale of the target.
    pub scale: f64,
}

/// Smoothed noise, and the sign of its integral as the answer.
///
/// The input is `width` independent normal numbers of deviation `sd`, smoothed
/// among themselves by a window, see [`Pulse::hann`]. The answer is the sign of
/// its integral by Simpson's rule; an even number of samples takes the mean of
/// leaving the first and the last interval to the trapezoidal rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integral {
    /// First step of the noise.
    pub onset: u32,
    /// Its length.
    pub width: u32,
    /// Length of the window.
    pub hann: u32,
    /// Deviation of the noise before it is smoothed.
    pub sd: f64,
    /// Steps from the end of the noise to the answer.
    pub gap: u32,
    /// Steps by which all of a trial is later.
    #[serde(default, skip_serializing_if = "Choice::is_zero")]
    pub jitter: Choice,
}

fn unit() -> f64 {
    1.0
}

/// One channel and one output.
fn single(parts: &TaskParts) -> Result<(), TaskError> {
    exactly("channels", parts.channels.len(), 1, "inputs of this kind")?;
    exactly("outputs", parts.outputs.len(), 1, "outputs of this kind")
}

/// A wish for a waveform, or for a flat target in its place.
fn ask(from: u32, waveform: Vec<f64>, is_asked: bool) -> Vec<Asked> {
    let to = from + waveform.len() as u32;
    let values = if is_asked { waveform } else { vec![0.0; waveform.len()] };
    vec![Asked { output: 0, from, to, target: Target::Wave(values) }]
}

fn name(is_played: bool) -> String {
    if is_played { "pulse" } else { "none" }.to_owned()
}

impl Echo {
    /// Draws whether there is a pulse.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        let is_played = chance.integer(0, 1) == 1;
        let (mut pulses, mut levels) = (Vec::new(), None);
        if is_played && self.hann.is_some() {
            let square = pulse(0, self.onset, self.width, self.scale);
            pulses.push(Pulse { hann: self.hann, ..square });
        } else if is_played {
            let mut channel = vec![0.0; parts.steps as usize];
            let on = self.onset as usize;
            channel[on..on + self.width as usize].copy_from_slice(&self.smoothed(self.scale));
            levels = Some(vec![channel]);
        }
        let from = self.onset + self.width + self.gap;
        Draft {
            name: name(is_played),
            pulses,
            levels,
            asked: ask(from, self.waveform(), is_played),
        }
    }

    /// The target after a pulse.
    pub(super) fn waveform(&self) -> Vec<f64> {
        self.smoothed(self.target_scale.unwrap_or(self.scale))
    }

    fn smoothed(&self, scale: f64) -> Vec<f64> {
        let width = self.width as usize;
        let centre = f64::from(self.width - 1) / 2.0;
        let bell = |k: usize| {
            let z = (k as f64 - centre) / self.sd;
            scale * exp_minus(z * z / 2.0)
        };
        let kernel: Vec<f64> = (0..width).map(bell).collect();
        // Of a constant the convolution is a sum of the kernel from k to k.
        let lead = (width - 1) / 2;
        (0..width)
            .map(|n| {
                let low = (n + lead + 1).saturating_sub(width);
                let high = n + lead;
                kernel[low..=high.min(width - 1)].iter().sum()
            })
            .collect()
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        single(parts)?;
        check::width("trials.width", self.width, SMOOTHED)?;
        if let Some(hann) = self.hann {
            check::width("trials.hann", hann, SMOOTHED)?;
        }
        positive("trials.sd", self.sd)?;
        level("trials.scale", self.scale)?;
        let target = self.target_scale.unwrap_or(self.scale);
        positive("trials.target_scale", target.abs())?;
        let [onset, width, gap] = [self.onset, self.width, self.gap].map(u64::from);
        let (last, end) = (onset + 2 * width + gap, u64::from(parts.end()));
        require("trials.onset", onset < end, onset, format!("a step before {end}"))?;
        let expected = format!("an echo that ends by {end}, not at {last}");
        require("trials.gap", last <= end, gap, expected)
    }
}

impl Wave {
    /// Draws whether there is a pulse.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        let is_played = chance.integer(0, 1) == 1;
        let square = pulse(0, self.onset, self.width, self.amplitude);
        let pulse = Pulse { hann: self.hann, ..square };
        let pulses = if is_played { vec![pulse] } else { Vec::new() };
        let asked = ask(self.from, self.waveform(parts.steps), is_played);
        Draft { name: name(is_played), pulses, levels: None, asked }
    }

    /// The target after a pulse.
    pub(super) fn waveform(&self, steps: u32) -> Vec<f64> {
        // Sums of the kernel below k; the convolution with a step is a difference of two.
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for k in 0..steps {
            sum += sin_turns(self.cycles * f64::from(k) / f64::from(steps));
            sums.push(sum);
        }
        let window = (self.to - self.from) as usize;
        let lead = (steps as usize - 1) / 2;
        (0..window)
            .map(|n| {
                let low = (n + lead + 1).saturating_sub(window);
                let high = (n + lead + 1).min(steps as usize);
                self.scale * (sums[high] - sums[low])
            })
            .collect()
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        single(parts)?;
        let longest = if self.hann.is_some() { SMOOTHED } else { parts.steps };
        check::width("trials.width", self.width, longest)?;
        if let Some(hann) = self.hann {
            check::width("trials.hann", hann, SMOOTHED)?;
        }
        level("trials.amplitude", self.amplitude)?;
        positive("trials.cycles", self.cycles)?;
        positive("trials.scale", self.scale.abs())?;
        let end = parts.end();
        let fine = self.onset < end;
        require("trials.onset", fine, self.onset, format!("a step before {end}"))?;
        require("trials.to", self.to <= end, self.to, format!("at most the end, {end}"))?;
        let expected = format!("a step before the last, {}", self.to);
        require("trials.from", self.from < self.to, self.from, expected)
    }
}

impl Integral {
    /// Draws the jitter, then the noise.
    pub(super) fn draft(&self, parts: &TaskParts, chance: &mut Normal) -> Draft {
        let jitter = self.jitter.draw(chance);
        let raw: Vec<f64> = (0..self.width).map(|_| self.sd * chance.sample()).collect();
        let smooth = convolve(&raw, &hann(self.hann as usize));
        let integral = simpson(&smooth);
        let on = (self.onset + jitter) as usize;
        let mut channel = vec![0.0; parts.steps as usize];
        channel[on..on + smooth.len()].copy_from_slice(&smooth);
        let level = f64::from(i8::from(integral > 0.0) - i8::from(integral < 0.0));
        let target = Target::Held { level, settle: parts.settle };
        let from = self.onset + jitter + self.width + self.gap;
        let asked = vec![Asked { output: 0, from, to: parts.end(), target }];
        Draft {
            name: format!("{integral:+.2}"),
            pulses: Vec::new(),
            levels: Some(vec![channel]),
            asked,
        }
    }

    pub(super) fn check(&self, parts: &TaskParts) -> Result<(), TaskError> {
        single(parts)?;
        check::width("trials.width", self.width, SMOOTHED)?;
        check::width("trials.hann", self.hann, SMOOTHED)?;
        deviation("trials.sd", self.sd)?;
        check::choice("trials.jitter", &self.jitter)?;
        let [onset, width, gap, jitter] =
            [self.onset, self.width, self.gap, self.jitter.largest()].map(u64::from);
        let end = u64::from(parts.end());
        require("trials.onset", onset < end, onset, format!("a step before {end}"))?;
        let judged = onset + width + gap + jitter + u64::from(parts.settle);
        let expected = format!("an answer that is judged before {end}, not from {judged}");
        require("trials.gap", judged < end, gap, expected)
    }
}

/// The centred convolution, as long as the signal.
fn convolve(signal: &[f64], kernel: &[f64]) -> Vec<f64> {
    let lead = (kernel.len() - 1) / 2;
    let value = |n: usize| {
        let terms = kernel
            .iter()
            .enumerate()
            .filter_map(|(k, weight)| Some(weight * signal.get((n + lead).checked_sub(k)?)?));
        terms.sum::<f64>()
    };
    (0..signal.len()).map(value).collect()
}

/// The integral of samples one apart.
fn simpson(samples: &[f64]) -> f64 {
    let odd = |samples: &[f64]| {
        let triples = samples.windows(3).step_by(2);
        triples.map(|y| (y[0] + 4.0 * y[1] + y[2]) / 3.0).sum::<f64>()
    };
    let count = samples.len();
    match count {
        0 | 1 => 0.0,
        _ if count % 2 == 1 => odd(samples),
        _ => {
            let ends = (samples[0] + samples[1] + samples[count - 2] + samples[count - 1]) / 2.0;
            (odd(&samples[1..]) + odd(&samples[..count - 1]) + ends) / 2.0
        }
    }
}
