//! Sizes of steps.

use crate::{
    dae::Dae,
    solve::{coarse, tran::run::Run},
};

/// Entries of the factors a column from which on a factorisation is dear.
const WIDE: usize = 8;
/// What is left of a start at least.
const LEAST_PART: f64 = 0.02;
/// A step of a linear circuit becomes smaller where the next may not be this part of it.
const LEAST_GROWTH: f64 = 0.9;

impl<S: Dae> Run<'_, S> {
    /// The size that stands for `step`, not above it.
    ///
    /// Those of a linear circuit are the largest step over powers of two, so that they come
    /// back and their factors with them; over powers of its root where factors are cheap.
    pub(super) fn size(&self, step: f64) -> f64 {
        let largest = self.options.max_step;
        if !self.system.is_linear() {
            return coarse(step);
        }
        if step >= largest {
            return largest;
        }
        let per_octave = if self.newton.factor_width() >= WIDE { 1.0 } else { 2.0 };
        let below = (per_octave * (largest / step).log2() - 1e-9).ceil();
        largest * (-below / per_octave).exp2()
    }

    /// Makes the proposed step of a linear circuit one of its sizes.
    pub(super) fn settle_size(&mut self) {
        if self.system.is_linear() {
            self.step = self.size(self.step);
        }
    }

    /// What is left of a step of which `part` is to be left for the sake of its error.
    ///
    /// Where nothing is smooth yet, behind a corner, errors fall more slowly than with the
    /// third power of the step. A linear circuit, of which a start that is too short costs
    /// little, comes down faster each time.
    pub(super) fn part_left(&self, part: f64) -> f64 {
        if self.void < 2 || !self.system.is_linear() {
            return part;
        }
        part.powi(self.void).clamp(LEAST_PART, 1.0)
    }

    /// True where a step keeps its size, with `count` steps to go to a stop: of a linear
    /// circuit all but the last two do, of others all are made equal.
    pub(super) fn keeps_size(&self, count: f64) -> bool {
        count > 2.0 && self.system.is_linear()
    }

    /// True where a step that may grow by so much is not worth another size.
    pub(super) fn keeps_size_at(&self, growth: f64) -> bool {
        growth >= LEAST_GROWTH && self.system.is_linear()
    }
}
