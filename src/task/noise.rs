//! Normal noise that is the same everywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Standard normal numbers whose bits depend on seed and stream alone.
///
/// Bits come from `ChaCha8` keyed with the seed (8 bytes, little-endian, then
/// zeros), one stream a channel. A uniform number is the upper 53 bits of one
/// 64-bit word, plus one, over 2^53: in (0, 1]. The normal transform is Leva's
/// ratio of uniforms (ACM TOMS 18, 449, 1992): a pair (u, v) of uniforms, v
/// stretched to +-0.8578, is kept where it falls under the curve
/// `v^2 = -4 u^2 ln u`, and v / u is the number. What is returned is a quotient
/// of exact values, and `ln` only ever decides whether a pair is kept, so that
/// the mathematics library of the machine leaves no trace.
pub(super) struct Normal {
    words: ChaCha8Rng,
}

impl Normal {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut words = ChaCha8Rng::from_seed(key);
        words.set_stream(stream);
        Self { words }
    }

    /// A seed for another source of noise, of 53 bits, which JSON can hold.
    pub(super) fn seed(&mut self) -> u64 {
        self.words.next_u64() >> 11
    }

    /// Uniform in (0, 1].
    pub(super) fn uniform(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.words.next_u64() >> 11) + 1) as f64 * UNIT
    }

    /// Uniform integer of `low..=high`.
    #[expect(clippy::cast_sign_loss, reason = "a uniform number is positive")]
    pub(super) fn integer(&mut self, low: u32, high: u32) -> u32 {
        let offset = (self.uniform() * f64::from(high - low + 1)) as u32;
        // A uniform number of exactly 1 belongs to the last integer.
        (low + offset).min(high)
    }

    /// Mean 0, standard deviation 1.
    pub(super) fn sample(&mut self) -> f64 {
        loop {
            let u = self.uniform();
            let v = 1.7156 * (self.uniform() - 0.5);
            let x = u - 0.449_871;
            let y = v.abs() + 0.386_595;
            let q = x * x + y * (0.196 * y - 0.254_72 * x);
            if q < 0.275_97 || (q <= 0.278_46 && v * v <= -4.0 * u * u * u.ln()) {
                return v / u;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments of 2^20 numbers within five of their standard errors, and
    /// the shares beyond 1, 2 and 3 as in the tables of the error function.
    #[test]
    fn the_numbers_are_standard_normal() {
        let mut normal = Normal::new(7, 0);
        let count = 1 << 20;
        let samples: Vec<f64> = (0..count).map(|_| normal.sample()).collect();
        let moment = |k: i32| samples.iter().map(|z| z.powi(k)).sum::<f64>() / f64::from(count);
        for (k, expected, deviation) in [
            (1, 0.0, 1.0),
            (2, 1.0, 2.0_f64.sqrt()),
            (3, 0.0, 15.0_f64.sqrt()),
            (4, 3.0, 96.0_f64.sqrt()),
        ] {
            let error = 5.0 * deviation / f64::from(count).sqrt();
            assert!((moment(k) - expected).abs() < error, "moment {k}: {}", moment(k));
        }
        for (bound, tail) in [(1.0, 0.317_31), (2.0, 0.045_50), (3.0, 0.002_70)] {
            let share =
                samples.iter().filter(|z| z.abs() > bound).count() as f64 / f64::from(count);
            let error = 5.0 * (tail / f64::from(count)).sqrt();
            assert!((share - tail).abs() < error, "beyond {bound}: {share}");
        }
    }

    /// Against a second implementation of cipher and transform, in Python.
    #[test]
    fn the_bits_are_those_of_the_description() {
        for (seed, stream, expected) in [
            (1, 0, [-0.922_234_451_809_612, 0.894_392_314_387_481_2, -0.723_281_938_267_109_3]),
            (1, 1, [-0.463_726_163_638_074_06, -1.045_660_523_774_250_7, -2.488_757_624_400_524]),
            (
                (1 << 40) + 7,
                3,
                [0.894_531_052_239_313_1, 0.824_498_270_843_148_6, 0.334_823_970_266_745_15],
            ),
        ] {
            let mut normal = Normal::new(seed, stream);
            let found = [normal.sample(), normal.sample(), normal.sample()];
            assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{found:?}");
        }
        let mut normal = Normal::new(1, 1);
        let hundredth = (0..100).map(|_| normal.sample()).last().unwrap();
        assert_eq!(hundredth.to_bits(), 0.441_597_006_103_964_24_f64.to_bits());
    }

    #[test]
    fn seed_and_stream_choose_the_numbers_to_the_bit() {
        let first = |seed, stream| Normal::new(seed, stream).sample();
        assert_eq!(first(1, 0).to_bits(), first(1, 0).to_bits());
        assert_ne!(first(1, 0).to_bits(), first(1, 1).to_bits());
        assert_ne!(first(1, 0).to_bits(), first(2, 0).to_bits());
    }

    #[test]
    fn integers_cover_their_range_evenly() {
        let mut normal = Normal::new(3, 0);
        let mut seen = [0; 4];
        for _ in 0..4000 {
            seen[normal.integer(5, 8) as usize - 5] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }
}
