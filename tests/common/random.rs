//! Random networks, seeded.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use analogon::rnn::{Activation, Form, Parts, Readout, Rnn};
use nalgebra::{DMatrix, DVector};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network of moderate weights, with mixed leaks, biases and some weights that
/// are zero.
pub fn network(form: Form, activation: Activation, units: usize, seed: u64) -> Rnn {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = |low: f64, high: f64| rng.random_range(low..high);
    // Activations without a ceiling need contracting weights.
    let bounded =
        matches!(activation, Activation::Tanh | Activation::Logistic | Activation::HardTanh);
    let gain = if bounded { 1.8 } else { 0.8 } / (units as f64).sqrt();
    let mut weight = |scale: f64| {
        let sparse = uniform(0.0, 1.0) < 0.2;
        let value = uniform(-scale, scale);
        if sparse { 0.0 } else { value }
    };
    let recurrent = DMatrix::from_fn(units, units, |_, _| weight(gain));
    let input = DMatrix::from_fn(units, 2, |_, _| weight(1.0));
    let bias = DVector::from_fn(units, |_, _| weight(0.3));
    let weights = DMatrix::from_fn(2, units, |_, _| weight(1.0));
    let offset = DVector::from_fn(2, |_, _| weight(0.5));
    let leak = DVector::from_fn(units, |_, _| 0.5 + weight(0.4).abs() * 2.0);
    let readout = Readout { weights, bias: offset };
    Rnn::new(Parts { form, activation, recurrent, input, bias, leak, readout }).unwrap()
}
