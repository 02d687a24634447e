//! What a search found, start by start.

use super::{FixedPoint, Scales, SlowPoint};

/// What a search for fixed points found.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Number of starts.
    pub starts: usize,
    /// How many of them converged to a root.
    pub converged: usize,
    /// The distinct roots: the fewer unstable dimensions the earlier, then in the
    /// order in which they were found, each followed by its mirror image.
    pub points: Vec<FixedPoint>,
    /// The distinct slow points, the slowest first.
    pub slow: Vec<SlowPoint>,
    /// Where each start led, in the order of the starts.
    pub outcomes: Vec<Outcome>,
    /// What residuals were measured in.
    pub scales: Scales,
    /// Work done.
    pub counters: Counters,
}

/// Where one start led.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The end of its iteration.
    pub end: End,
    /// Largest scaled `|F_i|` (see [`Scales`]) at the last state of its own
    /// iteration; NaN where F had no value.
    pub residual: f64,
    /// Steps taken, with new factors or old ones.
    pub iterations: usize,
}

/// The end of an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// At this one of the fixed points.
    Point(usize),
    /// At this one of the slow points.
    Slow(usize),
    /// At neither: no convergence.
    Nowhere,
}

/// Work done by a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Evaluations of F.
    pub evaluations: usize,
    /// Evaluations of the Jacobian.
    pub jacobians: usize,
    /// LU factorisations.
    pub factorisations: usize,
    /// Solutions of linear systems with factors at hand.
    pub solutions: usize,
    /// Eigenvalue decompositions.
    pub eigenvalues: usize,
}

impl Counters {
    /// Adds the work of another part of the search.
    pub(super) fn add(&mut self, other: Self) {
        self.evaluations += other.evaluations;
        self.jacobians += other.jacobians;
        self.factorisations += other.factorisations;
        self.solutions += other.solutions;
        self.eigenvalues += other.eigenvalues;
    }
}
