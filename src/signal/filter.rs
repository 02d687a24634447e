//! Butterworth low-pass filters without lag.

mod lanes;

use crate::signal::{
    SignalError,
    error::{check, check_rate},
};

/// Where a low-pass filter ends.
///
/// The published code hands `f / rate` to a design routine whose unit is half the rate,
/// so that its filters end at half of the frequency that is written down. Both meanings
/// have a name here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cutoff {
    /// As written down in the published code, Hz; the true cut-off is half of it.
    Published(f64),
    /// The true cut-off, Hz: the amplitude there is `1/sqrt(2)` for each pass.
    Hertz(f64),
}

impl Cutoff {
    /// The true cut-off, Hz.
    #[must_use]
    pub fn hertz(self) -> f64 {
        match self {
            Self::Published(written) => 0.5 * written,
            Self::Hertz(hertz) => hertz,
        }
    }

    /// What the published code would have to write down, Hz.
    #[must_use]
    pub fn published(self) -> f64 {
        match self {
            Self::Published(written) => written,
            Self::Hertz(hertz) => 2.0 * hertz,
        }
    }
}

/// One second-order section with unit gain at zero frequency, or one of first order
/// where the last coefficients are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Section {
    b: [f64; 3],
    a: [f64; 2],
}

impl Section {
    /// The state after endless ones. In transposed direct form II
    /// `y = b0 x + s1`, `s1' = b1 x - a1 y + s2`, `s2' = b2 x - a2 y`, and all of x and y
    /// are 1 by the unit gain.
    fn rest(self) -> [f64; 2] {
        let last = self.b[2] - self.a[1];
        [self.b[1] - self.a[0] + last, last]
    }
}

/// A digital Butterworth low-pass filter: bilinear transform with its cut-off where it
/// should be, as `scipy.signal.butter`.
///
/// # Source
///
/// S. Butterworth, *On the theory of filter amplifiers*, Experimental Wireless 7 (1930).
#[derive(Clone, Debug, PartialEq)]
pub struct LowPass {
    sections: Vec<Section>,
    order: usize,
    /// Samples after which a state is forgotten to rounding.
    memory: usize,
}

impl LowPass {
    /// A filter of that order (1 to 12) for samples at `rate`, Hz.
    ///
    /// # Errors
    ///
    /// A cut-off that is not between 0 and half the rate; an order out of range.
    pub fn new(order: usize, cutoff: Cutoff, rate: f64) -> Result<Self, SignalError> {
        check_rate(rate)?;
        if !(1..=12).contains(&order) {
            let value = order as f64;
            return Err(SignalError::Option { what: "the order", value, needed: "1 to 12 work" });
        }
        let (hertz, half) = (cutoff.hertz(), 0.5 * rate);
        if !(hertz > 0.0 && hertz < half) {
            return Err(SignalError::Cutoff { hertz, half });
        }
        // In the plane of s, with the sampling frequency set to 2 as is usual.
        let warped = 4.0 * (0.5 * std::f64::consts::PI * hertz / half).tan();
        let pole = |k: usize| {
            let angle = std::f64::consts::PI * (2 * k + order + 1) as f64 / (2 * order) as f64;
            (warped * angle.cos(), warped * angle.sin())
        };
        let mut sections: Vec<Section> = (0..order / 2).map(|k| pair(pole(k))).collect();
        if !order.is_multiple_of(2) {
            sections.push(single(-warped));
        }
        // The slowest pole, by the product or the size of those of a section.
        let slowest = sections.iter().map(|s| {
            let size = if s.a[1] == 0.0 { s.a[0].abs() } else { s.a[1].sqrt() };
            36.0 / (1.0 - size)
        });
        let memory = slowest.max_by(f64::total_cmp).unwrap_or(0.0).clamp(1.0, 1e12) as usize;
        Ok(Self { sections, order, memory })
    }

    /// The signal filtered forwards and backwards: no lag, the gain squared (so that the
    /// cut-off has half the amplitude).
    ///
    /// Both ends are extended by `3 (order + 1)` samples turned about the end point, and
    /// each pass starts at rest at its first sample, as `scipy.signal.filtfilt` does.
    /// SciPy refuses a signal that is not longer than the extension; here a shorter one
    /// is extended by as many samples as it has to give.
    ///
    /// # Errors
    ///
    /// No samples, or one that is not finite.
    pub fn zero_phase(&self, samples: &[f64]) -> Result<Vec<f64>, SignalError> {
        check(samples)?;
        Ok(self.both_ways(samples))
    }

    /// Samples by which [`LowPass::zero_phase`] extends each end.
    #[must_use]
    pub fn padding(&self) -> usize {
        3 * (self.order + 1)
    }

    /// [`LowPass::zero_phase`] of samples that are known to be finite.
    pub(super) fn both_ways(&self, samples: &[f64]) -> Vec<f64> {
        let n = samples.len();
        let padding = self.padding().min(n - 1);
        let (first, last) = (samples[0], samples[n - 1]);
        let mut extended = Vec::with_capacity(n + 2 * padding);
        extended.extend(samples[1..=padding].iter().rev().map(|value| 2.0 * first - value));
        extended.extend_from_slice(samples);
        extended.extend(samples[n - 1 - padding..n - 1].iter().rev().map(|v| 2.0 * last - v));
        for _ in 0..2 {
            match self.sections[..] {
                [one] => lanes::run(&[one], self.memory, &mut extended),
                [one, two] => lanes::run(&[one, two], self.memory, &mut extended),
                _ => {
                    for section in &self.sections {
                        lanes::run(&[*section], self.memory, &mut extended);
                    }
                }
            }
            // Backwards, and then forwards again.
            extended.reverse();
        }
        extended.truncate(padding + n);
        extended.drain(..padding);
        extended
    }

    /// One pass, from rest at 0.
    pub(super) fn causal(&self, samples: &[f64]) -> Vec<f64> {
        let mut out = samples.to_vec();
        for section in &self.sections {
            let mut state = [0.0; 2];
            for value in &mut out {
                *value = step(section, &mut state, *value);
            }
        }
        out
    }
}

/// One sample through one section.
#[inline]
fn step(section: &Section, state: &mut [f64; 2], x: f64) -> f64 {
    let y = section.b[0] * x + state[0];
    state[0] = section.b[1] * x + state[1] - section.a[0] * y;
    state[1] = section.b[2] * x - section.a[1] * y;
    y
}

/// The section of a pair of conjugate poles. With `z = (4 + p) / (4 - p)` the distance
/// `1 - z = -2p / (4 - p)` is exact even where z is close to 1.
fn pair((re, im): (f64, f64)) -> Section {
    let below = (4.0 - re) * (4.0 - re) + im * im;
    // 1 - z, real and imaginary part.
    let away = ((-2.0 * re * (4.0 - re) + 2.0 * im * im) / below, -8.0 * im / below);
    let gain = 0.25 * (away.0 * away.0 + away.1 * away.1);
    let z = (1.0 - away.0, -away.1);
    Section { b: [gain, 2.0 * gain, gain], a: [-2.0 * z.0, z.0 * z.0 + z.1 * z.1] }
}

/// The section of a real pole.
fn single(p: f64) -> Section {
    let away = -2.0 * p / (4.0 - p);
    Section { b: [0.5 * away, 0.5 * away, 0.0], a: [away - 1.0, 0.0] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::fixture::{self, example};

    #[track_caller]
    fn agree(found: &[f64], expected: &[(usize, f64)]) {
        fixture::agree(found, expected, 2e-9);
    }

    /// `scipy.signal.filtfilt(*butter(order, w), x)` of SciPy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        let x = example(2000);
        let low = LowPass::new(4, Cutoff::Published(300.0), 44_100.0).unwrap();
        agree(
            &low.zero_phase(&x).unwrap(),
            &[
                (0, 0.482_511_374_355_386_44),
                (1, 0.474_655_706_409_867_3),
                (10, 0.404_958_276_052_646_2),
                (999, 3.430_597_125_431_032_7e-5),
                (1990, 0.000_298_442_730_415_812_6),
                (1999, 0.000_298_850_185_538_467_9),
            ],
        );
        let one = LowPass::new(1, Cutoff::Hertz(0.01), 2.0).unwrap();
        agree(
            &one.zero_phase(&x).unwrap(),
            &[
                (0, -0.337_883_468_258_830_7),
                (10, -0.229_255_199_182_985_76),
                (999, -0.007_390_752_710_851_589),
                (1999, 0.123_433_954_129_317_82),
            ],
        );
        let three = LowPass::new(3, Cutoff::Hertz(0.2), 2.0).unwrap();
        agree(
            &three.zero_phase(&x).unwrap(),
            &[
                (0, 0.098_155_502_684_915_19),
                (10, 0.245_229_149_857_370_88),
                (999, -0.691_018_656_094_846_8),
                (1999, 0.568_051_157_425_477_5),
            ],
        );
    }

    #[test]
    fn a_constant_passes_and_the_cutoff_halves() {
        for order in 1..=12 {
            let low = LowPass::new(order, Cutoff::Hertz(50.0), 1000.0).unwrap();
            let flat = low.zero_phase(&[3.0; 400]).unwrap();
            assert!(flat.iter().all(|y| (y - 3.0).abs() < 1e-9), "order {order}");
            let wave: Vec<f64> =
                (0..4000).map(|k| (0.1 * f64::from(k) * std::f64::consts::PI).cos()).collect();
            let half = low.zero_phase(&wave).unwrap();
            assert!((half[2000] - 0.5).abs() < 1e-6, "order {order}: {}", half[2000]);
        }
    }

    /// A signal long enough for its parts to run side by side is what a short one is.
    #[test]
    fn parts_side_by_side_are_one() {
        let x = example(70_000);
        for order in [1, 2, 3, 4, 6] {
            let low = LowPass::new(order, Cutoff::Hertz(0.02), 2.0).unwrap();
            assert!(x.len() > 16 * low.memory, "{}", low.memory);
            let whole = low.zero_phase(&x).unwrap();
            let serial = LowPass { memory: usize::MAX, ..low }.zero_phase(&x).unwrap();
            for (k, (a, b)) in whole.iter().zip(&serial).enumerate() {
                assert!((a - b).abs() < 1e-13, "order {order}, {k}: {a} {b}");
            }
        }
    }

    #[test]
    fn short_signals_and_bad_cutoffs() {
        let low = LowPass::new(4, Cutoff::Hertz(1.0), 100.0).unwrap();
        assert_eq!(low.zero_phase(&[2.5]).unwrap().len(), 1);
        assert!((low.zero_phase(&[2.5]).unwrap()[0] - 2.5).abs() < 1e-12);
        assert_eq!(low.zero_phase(&[1.0, 2.0, 1.0]).unwrap().len(), 3);
        assert_eq!(low.zero_phase(&[]), Err(SignalError::Empty));
        let nan = low.zero_phase(&[0.0, f64::NAN]);
        assert!(matches!(nan, Err(SignalError::NotFinite { index: 1, .. })));
        for hertz in [0.0, 50.0, -1.0, f64::NAN] {
            let bad = LowPass::new(4, Cutoff::Hertz(hertz), 100.0);
            assert!(matches!(bad, Err(SignalError::Cutoff { .. })), "{hertz}");
        }
    }

    #[test]
    fn both_meanings_of_a_cutoff_are_one_filter() {
        assert_eq!(
            LowPass::new(4, Cutoff::Published(300.0), 44_100.0),
            LowPass::new(4, Cutoff::Hertz(150.0), 44_100.0)
        );
        assert_eq!(Cutoff::Hertz(20.0).published(), 40.0);
    }
}
