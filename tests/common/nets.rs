//! Random networks, stimuli and the systems they make.

use analogon::{
    dae::Drive,
    equiv::{Realisation, SynthesisOptions, synthesise},
    rnn::{Activation, Form, Parts, Readout, Rnn},
    task::Stimulus,
};
use nalgebra::{DMatrix, DVector};

/// Numbers in [-1, 1) that are the same everywhere (Knuth's linear congruence).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A network of tanh units whose weights are `gain / sqrt(units)` in the mean square.
pub fn network(form: Form, (units, inputs): (usize, usize), gain: f64, seed: u64) -> Rnn {
    let mut random = Random(seed);
    let scale = gain * (3.0 / units as f64).sqrt();
    let parts = Parts {
        form,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_fn(units, units, |_, _| scale * random.next()),
        input: DMatrix::from_fn(units, inputs, |_, _| random.next()),
        bias: DVector::zeros(units),
        leak: DVector::from_fn(units, |_, _| 1.0 + 0.25 * random.next()),
        readout: Readout {
            weights: DMatrix::from_fn(2, units, |_, _| random.next()),
            bias: DVector::zeros(2),
        },
    };
    Rnn::new(parts).unwrap()
}

/// A stimulus with a new level in every unit of time.
pub fn noise(channels: usize, duration: usize, seed: u64) -> Stimulus {
    let mut random = Random(seed);
    let levels: Vec<Vec<f64>> =
        (0..channels).map(|_| (0..duration).map(|_| random.next()).collect()).collect();
    Stimulus::from_levels(&levels, Stimulus::EDGE).unwrap()
}

/// The deck of a network.
pub fn deck(network: &Rnn, stimulus: &Stimulus, realisation: Realisation) -> String {
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    synthesise(network, stimulus, &options).unwrap()
}

/// A stimulus as the inputs of a network, in model time.
pub struct Played<'a>(pub &'a Stimulus);

impl Drive for Played<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        for (channel, value) in u.iter_mut().enumerate() {
            *value = self.0.value(channel, time);
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        self.0.corners().iter().copied().filter(|t| *t > 0.0 && *t < stop).collect()
    }
}

/// Smooth inputs, `sin(k t)` for k = 1, 2 and so on.
pub struct Sines;

impl Drive for Sines {
    fn values(&self, time: f64, u: &mut [f64]) {
        for (value, k) in u.iter_mut().zip(1u8..) {
            *value = (f64::from(k) * time).sin();
        }
    }

    fn corners(&self, _stop: f64) -> Vec<f64> {
        Vec::new()
    }
}

/// The slope of log y over log x by least squares.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (num, den) = logs.iter().fold((0.0, 0.0), |(num, den), (x, y)| {
        (num + (x - mx) * (y - my), den + (x - mx) * (x - mx))
    });
    num / den
}

/// The largest difference of two lists of rows.
pub fn difference(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b).flat_map(|(a, b)| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(x, y)| (x - y).abs())
    });
    pairs.max_by(f64::total_cmp).unwrap()
}
