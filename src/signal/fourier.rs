//! Transforms.

use std::sync::Arc;

use rustfft::{Fft, FftPlanner, num_complex::Complex64};

use crate::signal::{SignalError, error::check};

/// The magnitude of the analytic signal: Hilbert's envelope, without any smoothing.
///
/// Negative frequencies are dropped and positive ones doubled, as `scipy.signal.hilbert`
/// does, so the signal counts as one period of a periodic one.
///
/// # Source
///
/// D. Gabor, *Theory of communication*, J. IEE 93 (1946) 429.
///
/// # Errors
///
/// No samples, or one that is not finite.
pub fn analytic_magnitude(samples: &[f64]) -> Result<Vec<f64>, SignalError> {
    check(samples)?;
    let n = samples.len();
    let mut planner = FftPlanner::new();
    let mut z: Vec<Complex64> = samples.iter().map(|&x| Complex64::new(x, 0.0)).collect();
    planner.plan_fft_forward(n).process(&mut z);
    let half = n.div_ceil(2);
    for value in &mut z[1..half.clamp(1, n)] {
        *value *= 2.0;
    }
    // With an even number of samples the middle one is its own mirror image.
    z[n / 2 + 1..].fill(Complex64::ZERO);
    planner.plan_fft_inverse(n).process(&mut z);
    Ok(z.iter().map(|value| value.norm() / n as f64).collect())
}

/// Forward and backward transforms of one length, for correlations.
pub(super) struct Transform {
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
    scratch: Vec<Complex64>,
}

impl Transform {
    pub(super) fn new(n: usize) -> Self {
        let mut planner = FftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(n));
        let room = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        Self { forward, inverse, scratch: vec![Complex64::ZERO; room] }
    }

    pub(super) fn len(&self) -> usize {
        self.forward.len()
    }

    /// In place.
    pub(super) fn forward(&mut self, values: &mut [Complex64]) {
        self.forward.process_with_scratch(values, &mut self.scratch);
    }

    /// In place, not divided by the length.
    pub(super) fn inverse(&mut self, values: &mut [Complex64]) {
        self.inverse.process_with_scratch(values, &mut self.scratch);
    }

    /// Real values followed by zeros, transformed.
    pub(super) fn of(&mut self, values: &[f64]) -> Vec<Complex64> {
        let mut z: Vec<Complex64> = values.iter().map(|&x| Complex64::new(x, 0.0)).collect();
        z.resize(self.len(), Complex64::ZERO);
        self.forward(&mut z);
        z
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::fixture::example;

    /// `abs(scipy.signal.hilbert(x))` of SciPy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        let even = analytic_magnitude(&example(2000)).unwrap();
        let odd = analytic_magnitude(&example(1001)).unwrap();
        for (found, expected) in [
            (even[0], 0.187_074_382_158_405_02),
            (even[1], 0.506_101_999_819_135),
            (even[10], 1.271_956_839_412_135_4),
            (even[1999], 0.776_653_119_098_882_6),
            (odd[0], 1.232_240_405_290_558_4),
            (odd[10], 1.094_961_089_444_844_7),
            (odd[1000], 1.234_847_299_535_36),
        ] {
            assert!((found - expected).abs() < 1e-11, "{found} and not {expected}");
        }
        assert_eq!(analytic_magnitude(&[-3.0]).unwrap(), [3.0]);
        assert!((analytic_magnitude(&[1.0, 2.0]).unwrap()[1] - 2.0).abs() < 1e-12);
    }
}
