//! Random numbers that are the same everywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers whose bits depend on the seed alone.
///
/// Words of `ChaCha8` keyed with the seed (8 bytes, little-endian, then zeros).
/// Everything made of them is a quotient of exact values; logarithms only ever
/// decide whether a candidate is kept, so that the mathematics library of the
/// machine leaves no trace.
pub(crate) struct Random {
    words: ChaCha8Rng,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self { words: ChaCha8Rng::from_seed(key) }
    }

    /// One of the independent streams of a seed; [`Self::new`] gives stream 0.
    pub(crate) fn stream(seed: u64, stream: u64) -> Self {
        let mut random = Self::new(seed);
        random.words.set_stream(stream);
        random
    }

    /// Uniform in (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.words.next_u64() >> 12) as f64 * 2.0 + 1.0) * UNIT
    }

    /// Mean 0, standard deviation 1: the ratio of uniforms (Kinderman and
    /// Monahan 1977), a pair kept where `v^2 <= -4 u^2 ln u`.
    pub(crate) fn normal(&mut self) -> f64 {
        // The largest v is sqrt(2 / e).
        const HALF_WIDTH: f64 = 0.857_763_884_960_706_8;
        loop {
            let u = self.uniform();
            let x = HALF_WIDTH * (2.0 * self.uniform() - 1.0) / u;
            if 0.25 * x * x <= -u.ln() {
                return x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments within five standard errors, tails as in the tables of the error
    /// function.
    #[test]
    fn the_numbers_are_standard_normal() {
        let mut random = Random::new(7);
        let count = 1 << 20;
        let samples: Vec<f64> = (0..count).map(|_| random.normal()).collect();
        let moment = |k: i32| samples.iter().map(|z| z.powi(k)).sum::<f64>() / f64::from(count);
        let root = |value: f64| 5.0 * (value / f64::from(count)).sqrt();
        for (k, expected, variance) in
            [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]
        {
            assert!((moment(k) - expected).abs() < root(variance), "moment {k}: {}", moment(k));
        }
        for (bound, tail) in [(1.0, 0.317_31), (2.0, 0.045_50), (3.0, 0.002_70)] {
            let beyond = samples.iter().filter(|z| z.abs() > bound).count();
            let share = beyond as f64 / f64::from(count);
            assert!((share - tail).abs() < root(tail), "beyond {bound}: {share}");
        }
    }
}
