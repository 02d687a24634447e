//! Carriers times known envelopes, in noise.

use std::f64::consts::{PI, SQRT_2};

use rustfft::num_complex::Complex64;

use super::NumpyRandom;

/// Samples a second.
pub(super) const RATE: f64 = 44_100.0;

/// A known envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modulator {
    /// A sine of 4 Hz above a constant.
    Slow,
    /// A sine of 25 Hz above a constant.
    Fast,
    /// Five Gaussians.
    Gaussians,
    /// Attack, decay, sustain, release.
    Notes,
    /// Twelve syllables a second with two humps and silence between them.
    Syllables,
}

/// All envelopes.
pub const MODULATORS: [Modulator; 5] = [
    Modulator::Slow,
    Modulator::Fast,
    Modulator::Gaussians,
    Modulator::Notes,
    Modulator::Syllables,
];

/// What is modulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A tone of 3 kHz.
    Tone,
    /// A tone that wanders from 2 to 6 kHz twelve times a second.
    Wandering,
    /// Eight harmonics of 300 Hz.
    Harmonics,
    /// Noise from 1 to 4 kHz.
    Noise,
}

/// All carriers.
pub const CARRIERS: [Carrier; 4] =
    [Carrier::Tone, Carrier::Wandering, Carrier::Harmonics, Carrier::Noise];

/// A signal and its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Modulated {
    /// Samples a second, Hz.
    pub rate: f64,
    /// The samples.
    pub samples: Vec<f64>,
    /// The envelope, one value a sample.
    pub envelope: Vec<f64>,
}

/// One signal of `seconds` at 44.1 kHz. White noise has `snr` dB less power than the
/// whole; infinity for none.
#[must_use]
pub fn modulated(
    modulator: Modulator,
    carrier: Carrier,
    snr: f64,
    seed: u32,
    seconds: f64,
) -> Modulated {
    let index = |found: Option<usize>| found.unwrap_or(0) as u32;
    let which = index(MODULATORS.iter().position(|&m| m == modulator));
    let what = index(CARRIERS.iter().position(|&c| c == carrier));
    let mut random = NumpyRandom::new(&[seed, which, what]);
    let n = (seconds * RATE) as usize;
    let envelope = modulator.values(n, &mut random);
    let carrier = carrier.values(n, &mut random);
    let mut samples: Vec<f64> = envelope.iter().zip(carrier).map(|(m, c)| m * c).collect();
    add_noise(&mut samples, snr, &mut random);
    Modulated { rate: RATE, samples, envelope }
}

/// White noise with `snr` dB less power than the samples.
pub(super) fn add_noise(samples: &mut [f64], snr: f64, random: &mut NumpyRandom) {
    if !snr.is_finite() {
        return;
    }
    let power = samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64;
    let size = (power / 10_f64.powf(snr / 10.0)).sqrt();
    for sample in samples {
        *sample += size * random.normal();
    }
}

fn time(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(|k| k as f64 / RATE)
}

fn raise(values: &mut [f64], to: impl Iterator<Item = f64>) {
    for (value, other) in values.iter_mut().zip(to) {
        if other > *value {
            *value = other;
        }
    }
}

/// The largest value becomes 1.
fn normalised(mut values: Vec<f64>) -> Vec<f64> {
    let most = values.iter().copied().max_by(f64::total_cmp).unwrap_or(1.0);
    for value in &mut values {
        *value /= most;
    }
    values
}

impl Modulator {
    fn values(self, n: usize, random: &mut NumpyRandom) -> Vec<f64> {
        let mut values = vec![0.0; n];
        match self {
            Self::Slow | Self::Fast => {
                let hertz = if self == Self::Slow { 4.0 } else { 25.0 };
                let phase = random.uniform(0.0, 2.0 * PI);
                return time(n)
                    .map(|t| 0.55 + 0.45 * (2.0 * PI * hertz * t + phase).sin())
                    .collect();
            }
            Self::Gaussians => {
                let (first, last) = (0.15, n as f64 / RATE - 0.15);
                for k in 0..5 {
                    let centre = first + (last - first) * f64::from(k) / 4.0;
                    let height = random.uniform(0.5, 1.0);
                    for (value, t) in values.iter_mut().zip(time(n)) {
                        *value += height * (-0.5 * ((t - centre) / 0.04).powi(2)).exp();
                    }
                }
            }
            Self::Notes => {
                for start in [0.05, 0.55, 1.05] {
                    let height = random.uniform(0.6, 1.0);
                    raise(&mut values, time(n).map(|t| height * note(t - start)));
                }
            }
            Self::Syllables => {
                let period = 1.0 / 12.0;
                for k in 0..(n as f64 / RATE / period) as usize {
                    let height = random.uniform(0.7, 1.0);
                    let start = k as f64 * period + 0.006;
                    raise(&mut values, time(n).map(|t| height * hump((t - start) / 0.055)));
                }
            }
        }
        normalised(values)
    }
}

/// Attack in 10 ms, decay in 80 ms to 0.6, which lasts 200 ms, release in 120 ms.
fn note(t: f64) -> f64 {
    match t {
        t if t < 0.0 => 0.0,
        t if t < 0.01 => t / 0.01,
        t if t < 0.09 => 1.0 - 0.4 * (t - 0.01) / 0.08,
        t if t < 0.29 => 0.6,
        t if t < 0.41 => 0.6 * (1.0 - (t - 0.29) / 0.12),
        _ => 0.0,
    }
}

/// Two humps from 0 to 1.
fn hump(u: f64) -> f64 {
    if u > 0.0 && u < 1.0 {
        (PI * u).sin().powi(2) * (0.65 - 0.35 * (4.0 * PI * u).cos())
    } else {
        0.0
    }
}

impl Carrier {
    pub(super) fn values(self, n: usize, random: &mut NumpyRandom) -> Vec<f64> {
        match self {
            Self::Tone => {
                let phase = random.uniform(0.0, 2.0 * PI);
                time(n).map(|t| (2.0 * PI * 3000.0 * t + phase).cos()).collect()
            }
            Self::Wandering => {
                let turn = 2.0 * PI * 12.0;
                let phase = |t: f64| 4000.0 * t - 2000.0 / turn * (turn * t).cos();
                time(n).map(|t| (2.0 * PI * phase(t)).cos()).collect()
            }
            Self::Harmonics => {
                let mut values = vec![0.0; n];
                for k in 1..9 {
                    let (phase, k) = (random.uniform(0.0, 2.0 * PI), f64::from(k));
                    for (value, t) in values.iter_mut().zip(time(n)) {
                        *value += (2.0 * PI * 300.0 * k * t + phase).cos() / k;
                    }
                }
                let most = values.iter().map(|v| v.abs()).max_by(f64::total_cmp).unwrap_or(1.0);
                values.iter().map(|v| v / most).collect()
            }
            Self::Noise => {
                let values = band_pass(&random.normals(n), 1000.0, 4000.0);
                let unit = deviation(&values) * SQRT_2;
                values.iter().map(|v| v / unit).collect()
            }
        }
    }
}

/// The standard deviation of all, not of a sample.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt()
}

/// A Butterworth band-pass filter of order 4 from rest, up to its gain.
fn band_pass(values: &[f64], low: f64, high: f64) -> Vec<f64> {
    // The edges in the plane of s, with the sampling frequency set to 2.
    let warped = |hertz: f64| 4.0 * (PI * hertz / RATE).tan();
    let (low, high) = (warped(low), warped(high));
    let (width, centre) = (high - low, low * high);
    let mut out = values.to_vec();
    for k in 0..2 {
        // A pole of the low-pass filter in the upper half plane, and what it becomes.
        let angle = PI * f64::from(2 * k + 5) / 8.0;
        let half = Complex64::from_polar(0.5 * width, angle);
        let root = (half * half - centre).sqrt();
        for pole in [half + root, half - root] {
            let z = (4.0 + pole) / (4.0 - pole);
            let (a1, a2) = (-2.0 * z.re, z.norm_sqr());
            let (mut s1, mut s2) = (0.0, 0.0);
            for value in &mut out {
                let x = *value;
                let y = x + s1;
                s1 = s2 - a1 * y;
                s2 = -x - a2 * y;
                *value = y;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `common.synth` of the rivals' benchmark, NumPy 2.4.6 and SciPy 1.17.1.
    #[test]
    fn the_signals_are_those_of_the_rivals() {
        let check = |found: &Modulated, expected: [f64; 5]| {
            let x = &found.samples;
            let sizes: f64 = x.iter().map(|v| v.abs()).sum();
            let sum: f64 = found.envelope.iter().sum();
            let found = [x.iter().sum(), sizes, x[1000], x[x.len() - 1], sum];
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found} and not {expected}");
            }
        };
        check(
            &modulated(Modulator::Slow, Carrier::Tone, 20.0, 0, 1.5),
            [
                6.173_584_720_625,
                23_299.478_954_926_77,
                -0.021_760_555_682_186,
                0.145_612_296_404_677,
                36_382.5,
            ],
        );
        check(
            &modulated(Modulator::Notes, Carrier::Noise, 0.0, 2, 1.5),
            [
                -26.666_416_552_134,
                24_283.568_726_586_29,
                0.786_919_172_344_476,
                0.073_190_722_155_503,
                26_159.639_611_928_75,
            ],
        );
        check(
            &modulated(Modulator::Syllables, Carrier::Harmonics, f64::INFINITY, 1, 1.5),
            [
                -0.353_471_042_768,
                8_883.482_968_066_11,
                0.109_122_083_554_833,
                0.0,
                20_216.137_716_451_165,
            ],
        );
        check(
            &modulated(Modulator::Gaussians, Carrier::Wandering, 10.0, 1, 1.5),
            [
                -30.263_079_247_825,
                12_498.696_843_676_47,
                0.064_050_001_082_951,
                -0.047_121_809_629_575,
                16_573.356_843_709_97,
            ],
        );
    }
}
