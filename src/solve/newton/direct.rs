//! The one step that solves a linear problem, with factors that are kept.

use super::{Newton, Problem, finite, same};
use crate::{
    dae::Dae,
    solve::{
        failure::{Failure, Reason},
        tolerance::not_finite,
    },
};

/// Numbers that the factors of other steps may take: 48 MB.
const MOST_KEPT: usize = 6_000_000;

impl Newton {
    /// The one step that solves a linear problem.
    pub(super) fn direct(
        &mut self,
        system: &impl Dae,
        problem: Problem<'_>,
        x: &mut [f64],
    ) -> Result<(), Failure> {
        self.counters.iterations += 1;
        let alpha = problem.alpha;
        if !self.factored.is_some_and(|own| same(own, alpha)) && !self.recall(alpha) {
            self.factor(system, problem, x).map_err(|failure| match failure.reason {
                Reason::NotFinite => self.faulty(system, problem, x, failure.unknown),
                _ => failure,
            })?;
        }
        if problem.rest.len() == x.len() && system.offset(problem.u, &mut self.step) {
            self.counters.evaluations += 1;
            self.assemble(alpha);
            self.step.iter_mut().zip(problem.rest).for_each(|(value, rest)| *value += rest);
            system.pattern().multiply_add(&self.matrix, x, &mut self.step);
        } else {
            self.residual(system, problem, x);
        }
        self.correct(alpha, alpha);
        let (unknown, excess) = not_finite(&self.step, x);
        if !excess.is_finite() {
            self.factored = None;
            return Err(self.faulty(system, problem, x, unknown));
        }
        x.iter_mut().zip(&self.step).for_each(|(value, change)| *value -= change);
        Ok(())
    }

    /// Takes the factors for `alpha` from those that are kept, and keeps those in use;
    /// false where there are none.
    fn recall(&mut self, alpha: f64) -> bool {
        let (Some(own), Some(lu)) = (self.factored, &mut self.lu) else { return false };
        let found = self.kept.iter().position(|(of, _)| same(*of, alpha));
        let size = lu.factor_numbers();
        match found {
            Some(at) => self.kept[..=at].rotate_right(1),
            None if size * (self.kept.len() + 1) <= MOST_KEPT => {
                self.kept.insert(0, (own, lu.factors()));
                return false;
            }
            None if self.kept.is_empty() => return false,
            None => self.kept.rotate_right(1),
        }
        let (of, factors) = &mut self.kept[0];
        lu.exchange(factors);
        self.factored = found.map(|_| std::mem::replace(of, own));
        *of = own;
        found.is_some()
    }

    /// The matrix for `alpha`.
    pub(super) fn assemble(&mut self, alpha: f64) {
        if self.assembled == Some(alpha) {
            return;
        }
        let derivatives = self.eval.df.iter().zip(&self.eval.dq);
        for (value, (df, dq)) in self.matrix.iter_mut().zip(derivatives) {
            *value = finite(*df) + alpha * dq;
        }
        self.assembled = Some(alpha);
    }

    /// Entries of the factors a column: what a factorisation costs in solutions, nearly.
    pub(in crate::solve) fn factor_width(&self) -> usize {
        self.lu.as_ref().map_or(0, |lu| lu.counters().factor_nonzeros / lu.size().max(1))
    }
}
