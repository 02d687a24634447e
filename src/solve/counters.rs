//! Work done, as a result.

use std::ops::AddAssign;

/// How much work a solution took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Evaluations of the right-hand side or of the residual.
    pub evaluations: u64,
    /// Evaluations of the Jacobian.
    pub jacobians: u64,
    /// Newton iterations.
    pub iterations: u64,
    /// Matrices factored, with or without a search for pivots.
    pub factorisations: u64,
    /// Reductions to a normal form, each of which factors one resistive network besides.
    pub reductions: u64,
    /// Steps kept.
    pub accepted: u64,
    /// Steps taken back.
    pub rejected: u64,
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.evaluations += other.evaluations;
        self.jacobians += other.jacobians;
        self.iterations += other.iterations;
        self.factorisations += other.factorisations;
        self.reductions += other.reductions;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
    }
}
