//! The decks of the benches, and what their circuits do by other means than a
//! simulator: the equation of a network, sums of exponentials, elimination.
//!
//! A deck holds only what every SPICE reads in the same way. Values are drawn from a
//! seed: every run and every machine has the same decks.
#![allow(dead_code, reason = "each bench takes the decks that it needs")]

pub(crate) mod exact;
pub(crate) mod linear;
pub(crate) mod network;
pub(crate) mod small;

/// Numbers from a seed (`SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of this seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform between 0 and 1, neither of them.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Normal, mean 0, variance 1.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}
