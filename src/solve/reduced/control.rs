//! The sizes of steps.

use crate::solve::{
    coarse,
    reduced::{dop853::Dop853, integrate::Options, rodas4::Rodas4},
};

const SAFETY: f64 = 0.9;
/// Weight of the error of the step before in the size of the next explicit one: steps at the
/// border of stability are then taken back less often (Hairer and Wanner, Solving ODEs II,
/// section IV.2).
const MEMORY: f64 = 0.2;
/// The error of a step counts at least so much there.
const LEAST_ERROR: f64 = 1e-4;
/// Of the explicit method and of the implicit one, whose estimates reach less far.
const LARGEST_GROWTH: [f64; 2] = [20.0, 5.0];
pub(super) const LARGEST_CUT: f64 = 0.2;

/// The error control.
pub(super) struct Control {
    /// Step proposed; 0 before the first.
    pub(super) proposed: f64,
    /// That of the stretch before this one; 0 where there is none.
    earlier: f64,
    /// The last step was taken back.
    was_rejected: bool,
    /// The error of the last explicit step that was kept, in units of the tolerance.
    before: f64,
}

impl Control {
    pub(super) fn new() -> Self {
        Self { proposed: 0.0, earlier: 0.0, was_rejected: false, before: 1.0 }
    }

    /// By how much a step changes whose error is `excess` tolerances, were it the only one.
    pub(super) fn factor(excess: f64, is_implicit: bool) -> f64 {
        let order = if is_implicit { Rodas4::ORDER } else { Dop853::ORDER };
        SAFETY * excess.powf(-1.0 / order)
    }

    /// The step of `h` with an error of `excess` tolerances is kept.
    pub(super) fn keep(&mut self, h: f64, excess: f64, is_implicit: bool) {
        let mut factor = Self::factor(excess, is_implicit);
        if !is_implicit {
            factor *= self.before.powf(MEMORY / Dop853::ORDER);
            self.before = if excess > LEAST_ERROR { excess } else { LEAST_ERROR };
        }
        // A longer one was just taken back.
        if self.was_rejected && factor > 1.0 {
            factor = 1.0;
        }
        self.was_rejected = false;
        let growth = LARGEST_GROWTH[usize::from(is_implicit)];
        let grown = coarse(h * factor.clamp(LARGEST_CUT, growth));
        // A step cut short by a landing says little about the next.
        if grown > self.proposed || h == self.proposed {
            self.proposed = grown;
        }
    }

    /// A corner of the inputs: edges and what lies between them alternate, and so do the steps
    /// that suit them.
    pub(super) fn corner(&mut self) {
        let left = std::mem::replace(&mut self.earlier, self.proposed);
        if left > 0.0 {
            self.proposed = left;
        }
    }

    /// The step of `h` is taken back.
    pub(super) fn take_back(&mut self, h: f64, factor: f64) {
        self.was_rejected = true;
        self.proposed = coarse(h * factor);
    }
}

/// The component of `error` that is largest in units of its tolerance on the way between two
/// states, and how large. What is no number is infinitely large.
pub(super) fn farthest(
    error: &[f64],
    (old, new): (&[f64], &[f64]),
    options: &Options,
) -> (usize, f64) {
    let mut worst = (0, 0.0);
    for (at, (error, (old, new))) in error.iter().zip(old.iter().zip(new)).enumerate() {
        let (old, new) = (old.abs(), new.abs());
        let scale = options.atol + options.rtol * if old > new { old } else { new };
        let ratio = error.abs() / scale;
        if !ratio.is_finite() || !new.is_finite() {
            return (at, f64::INFINITY);
        }
        if ratio > worst.1 {
            worst = (at, ratio);
        }
    }
    worst
}
