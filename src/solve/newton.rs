//! Newton's method on `f(x, u, t) + alpha q(x) + r = 0`.

mod direct;

use crate::{
    dae::{Dae, Eval, Switching},
    linalg::{Factors, LuError, Refactored, SparseLu, Symbolic, Workspace},
    solve::{
        Counters,
        failure::{Failure, Reason},
        tolerance::{NewtonOptions, Rounding, currents, excess, lengths, not_finite},
    },
};

/// The equation that is solved.
#[derive(Clone, Copy)]
pub(super) struct Problem<'a> {
    /// Inputs.
    pub(super) u: &'a [f64],
    /// s
    pub(super) time: f64,
    /// Weight of q, 1/s.
    pub(super) alpha: f64,
    /// r, one a row; empty for zero.
    pub(super) rest: &'a [f64],
}

/// A factored matrix that outlives the problem it was made for.
pub(super) struct Newton {
    pub(super) eval: Eval,
    pub(super) counters: Counters,
    lu: Option<SparseLu<f64>>,
    work: Workspace<f64>,
    matrix: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f64>,
    /// Where exponential laws were evaluated last; empty before a search.
    anchors: Vec<f64>,
    /// Where they were before the search under way.
    kept_anchors: Vec<f64>,
    switchings: Vec<Switching>,
    /// Which unknowns are currents.
    pub(super) currents: Vec<bool>,
    rounding: Rounding,
    /// The alpha of `matrix`.
    assembled: Option<f64>,
    /// The alpha of the factored matrix.
    factored: Option<f64>,
    /// Of a linear system: factors of other steps, with their alphas, those used last first.
    kept: Vec<(f64, Factors<f64>)>,
    /// The alpha of the problem before.
    before: f64,
}

/// A factored matrix serves a problem whose alpha is within this factor.
const REUSE: f64 = 1.4;
/// Slower convergence than this asks for a new matrix.
const SLOW: f64 = 0.3;
/// What stands for an infinite slope, and for an infinite residual of a guess.
const STEEPEST: f64 = 1e6;
/// Steps are not cut to less than this part.
const LEAST_DAMPING: f64 = 1e-4;
/// Iterations before rounding is suspected of what is left.
const PATIENCE: usize = 6;
/// Moves of anchors to a given point; a junction gets anywhere in fewer.
const LONGEST_APPROACH: usize = 50;

impl Newton {
    pub(super) fn new(system: &impl Dae) -> Self {
        let size = system.unknowns().len();
        Self {
            eval: Eval::for_system(system),
            counters: Counters::default(),
            lu: None,
            work: Workspace::new(size),
            matrix: vec![0.0; system.pattern().nonzeros()],
            step: vec![0.0; size],
            trial: vec![0.0; size],
            anchors: Vec::new(),
            kept_anchors: Vec::new(),
            switchings: Vec::new(),
            currents: currents(system),
            rounding: Rounding::new(size),
            assembled: None,
            factored: None,
            kept: Vec::new(),
            before: 0.0,
        }
    }

    /// Drops the factored matrix, whose problem has nothing to do with the next.
    pub(super) fn forget(&mut self) {
        self.factored = None;
    }

    /// Forgets where laws were evaluated and how switches stood: the next search
    /// begins where currents start to flow.
    pub(super) fn begin(&mut self, system: &impl Dae) {
        self.anchors.clear();
        system.first_switches(&mut self.eval.switches);
    }

    /// Moves every switch whose threshold is crossed at `x`; true where one was.
    pub(super) fn switch(&mut self, system: &impl Dae, x: &[f64]) -> bool {
        self.switchings.clear();
        system.switching(x, &self.eval.switches, &mut self.switchings);
        let mut any = false;
        for switching in self.switchings.iter().filter(|s| s.excess > 0.0) {
            self.eval.switches[switching.switch] ^= true;
            any = true;
        }
        any
    }

    /// The next search begins at x.
    pub(super) fn anchor_at(&mut self, system: &impl Dae, x: &[f64]) {
        self.anchors.resize(system.anchors(), 0.0);
        // The first move may stop short of x, the later ones lead there.
        for _ in 0..LONGEST_APPROACH {
            if !system.follow(x, &mut self.anchors) {
                return;
            }
        }
    }

    /// Solves `problem` from `x`, which becomes the solution. On return
    /// `eval.q` belongs to the iterate before the last; callers evaluate again.
    ///
    /// # Errors
    ///
    /// [`Failure`] where the iteration does not converge or the matrix is singular.
    pub(super) fn solve(
        &mut self,
        system: &impl Dae,
        problem: Problem<'_>,
        x: &mut [f64],
        options: &NewtonOptions,
    ) -> Result<usize, Failure> {
        if system.is_linear() && !options.full {
            return self.direct(system, problem, x).map(|()| 1);
        }
        self.kept_anchors.clone_from(&self.anchors);
        let result = self.iterate(system, problem, x, options);
        if result.is_err() {
            std::mem::swap(&mut self.anchors, &mut self.kept_anchors);
        }
        result
    }

    fn iterate(
        &mut self,
        system: &impl Dae,
        problem: Problem<'_>,
        x: &mut [f64],
        options: &NewtonOptions,
    ) -> Result<usize, Failure> {
        // A matrix of nearly the right weight is good enough for a step or two. A weight
        // that has come to stay is worth a new one, and so is any where that makes the
        // solution exact.
        let lasting = system.is_linear() || same(self.before, problem.alpha);
        self.before = problem.alpha;
        let serves =
            |alpha| if lasting { same(alpha, problem.alpha) } else { near(alpha, problem.alpha) };
        let mut worst = (0, f64::INFINITY);
        let mut was_limited = false;
        let mut before = f64::INFINITY;
        let mut is_slow = false;
        for iteration in 1..=options.max_iterations {
            self.counters.iterations += 1;
            let is_limited = self.follow(system, x);
            self.residual(system, problem, x);
            if iteration == 1 && !system.is_linear() {
                // A guess is no fault of the deck: `ln(v)` has no value at 0.
                self.step.iter_mut().for_each(|value| *value = finite(*value));
            }
            let usable = self.factored.is_some_and(serves);
            // The slopes of a junction that was not where x is say nothing about convergence,
            // and where they are steep, steps are short anywhere.
            let fresh = !usable || is_slow || options.full || is_limited || was_limited;
            if fresh && let Err(failure) = self.factor(system, problem, x) {
                return Err(match failure.reason {
                    Reason::NotFinite => self.faulty(system, problem, x, failure.unknown),
                    _ => astray(failure, worst.1, iteration),
                });
            }
            // Only two steps of one matrix say how it converges.
            let last = if fresh { f64::INFINITY } else { before };
            was_limited = is_limited;
            let alpha = self.factored.unwrap_or(problem.alpha);
            self.correct(problem.alpha, alpha);
            let exact = system.is_linear() && same(alpha, problem.alpha);
            worst = match exact {
                // However long the step is, it leads to the solution.
                true => not_finite(&self.step, x),
                false => excess(&self.currents, x, &self.step, options),
            };
            if !worst.1.is_finite() {
                self.factored = None;
                return Err(self.faulty(system, problem, x, worst.0));
            }
            // Be the matrix new or not: far out on an exponential law the steps of Newton's
            // method itself are of equal length.
            is_slow = worst.1 > SLOW * before;
            let stagnates = iteration > PATIENCE && fresh && worst.1 > 0.1 * before;
            before = worst.1;
            if !is_limited && worst.1 > 1.0 && stagnates && self.is_exact(system, x, options) {
                return Ok(iteration);
            }
            if options.full && worst.1 > 1.0 && !system.is_linear() && self.anchors.is_empty() {
                self.damp(system, problem, x);
            }
            for (value, change) in x.iter_mut().zip(&self.step) {
                *value -= change;
            }
            let rate = if last.is_finite() { worst.1 / last } else { 1.0 };
            let remaining = if rate < 1.0 { worst.1 * rate / (1.0 - rate) } else { worst.1 };
            if !is_limited && (exact || worst.1 <= 1.0 || remaining <= 1.0) {
                return Ok(iteration);
            }
        }
        // A matrix of a diverged iterate is no good for the next attempt.
        self.factored = None;
        let reason = Reason::Inaccurate(worst.1, options.max_iterations);
        Err(Failure { unknown: worst.0, reason })
    }

    /// True where the step is nothing but what rounding errors make of the equations.
    fn is_exact(&mut self, system: &impl Dae, x: &[f64], options: &NewtonOptions) -> bool {
        let Some(lu) = &self.lu else { return false };
        let matrix = (system.pattern(), self.matrix.as_slice(), lu);
        self.rounding.explains(&self.currents, matrix, (x, &self.step), options)
    }

    /// Moves the anchors towards `x`; true where they are not there.
    fn follow(&mut self, system: &impl Dae, x: &[f64]) -> bool {
        let count = system.anchors();
        if self.anchors.len() == count {
            return count > 0 && system.follow(x, &mut self.anchors);
        }
        self.anchors.resize(count, 0.0);
        system.first_anchors(&mut self.anchors);
        true
    }

    /// Halves `step` until the one that would follow it, with the same matrix, is
    /// shorter (Deuflhard's natural monotonicity test, which no scaling of
    /// equations can deceive; Newton Methods for Nonlinear Problems, section 3.1).
    /// Where nothing helps the step stays as it is.
    fn damp(&mut self, system: &impl Dae, problem: Problem<'_>, x: &[f64]) {
        let step = self.step.clone();
        let length = lengths(&self.currents, &step);
        let mut factor = 1.0;
        while factor > LEAST_DAMPING {
            let moved = x.iter().zip(&step).map(|(x, change)| x - factor * change);
            self.trial.clear();
            self.trial.extend(moved);
            let trial = std::mem::take(&mut self.trial);
            self.residual(system, problem, &trial);
            self.trial = trial;
            self.correct(problem.alpha, problem.alpha);
            let next = lengths(&self.currents, &self.step);
            // A comparison with NaN is false: what is no number does not help.
            let helps = |k: usize| next[k] <= (1.0 - 0.5 * factor) * length[k];
            if helps(0) && (length[0] > 0.0 || helps(1)) {
                break;
            }
            factor *= 0.5;
        }
        if factor <= LEAST_DAMPING {
            factor = 1.0;
        }
        for (target, change) in self.step.iter_mut().zip(&step) {
            *target = factor * change;
        }
    }

    /// The residual of the problem into `step`.
    fn residual(&mut self, system: &impl Dae, problem: Problem<'_>, x: &[f64]) {
        self.counters.evaluations += 1;
        std::mem::swap(&mut self.anchors, &mut self.eval.anchors);
        system.residual(x, problem.u, problem.time, &mut self.eval);
        std::mem::swap(&mut self.anchors, &mut self.eval.anchors);
        let values = self.step.iter_mut().zip(self.eval.f.iter().zip(&self.eval.q));
        if problem.rest.is_empty() {
            values.for_each(|(value, (f, q))| *value = f + problem.alpha * q);
        } else {
            let all = values.zip(problem.rest);
            all.for_each(|((value, (f, q)), rest)| *value = f + (problem.alpha * q + rest));
        }
    }

    /// Blames the first equation without a finite value or derivative at x, which the
    /// linear solver spreads over all unknowns; where there is none, `unknown`.
    fn faulty(
        &mut self,
        system: &impl Dae,
        problem: Problem<'_>,
        x: &[f64],
        unknown: usize,
    ) -> Failure {
        self.residual(system, problem, x);
        let value = self.step.iter().position(|value| !value.is_finite());
        let derivative = || {
            let at = self.matrix.iter().position(|value| !value.is_finite())?;
            Some(system.pattern().row_indices()[at])
        };
        Failure::not_finite(value.or_else(derivative).unwrap_or(unknown))
    }

    /// Factors the matrix of the problem at `x`.
    fn factor(
        &mut self,
        system: &impl Dae,
        problem: Problem<'_>,
        x: &[f64],
    ) -> Result<(), Failure> {
        self.counters.jacobians += 1;
        self.counters.factorisations += 1;
        std::mem::swap(&mut self.anchors, &mut self.eval.anchors);
        system.jacobian(x, problem.u, problem.time, &mut self.eval);
        std::mem::swap(&mut self.anchors, &mut self.eval.anchors);
        self.assembled = None;
        self.assemble(problem.alpha);
        self.factored = None;
        let lu = match &mut self.lu {
            Some(lu) => lu,
            empty => {
                let symbolic = Symbolic::analyse(system.pattern()).map_err(|error| {
                    let unknown = error.unmatched_columns.first().copied().unwrap_or(0);
                    Failure { unknown, reason: Reason::Singular }
                })?;
                empty.insert(SparseLu::new(symbolic))
            }
        };
        let done = lu.refactor(&self.matrix);
        if done != Ok(Refactored::Reused) {
            // Those of other pivots.
            self.kept.clear();
        }
        done.map_err(|error| {
            let reason = match error {
                LuError::Singular { .. } => Reason::Singular,
                LuError::NotFinite { .. } | LuError::Overflow { .. } => Reason::NotFinite,
            };
            Failure { unknown: error.column(), reason }
        })?;
        self.factored = Some(problem.alpha);
        Ok(())
    }

    /// The residual in `step` becomes the step.
    fn correct(&mut self, alpha: f64, factored: f64) {
        if let Some(lu) = &self.lu {
            lu.solve(&mut self.step, &mut self.work);
        }
        if !same(alpha, factored) {
            // Makes up for a matrix of another step size (Hairer and Wanner, IV.8).
            let factor = 2.0 / (1.0 + alpha / factored);
            self.step.iter_mut().for_each(|s| *s *= factor);
        }
    }
}

/// What to step by: an infinite slope, such as that of `sqrt(abs(v))` at 0, is very
/// steep. The solution does not depend on it, only the way there.
fn finite(value: f64) -> f64 {
    if value.is_infinite() { STEEPEST.copysign(value) } else { value }
}

/// The equations are regular where the search began: where they are not later on, it
/// went astray.
fn astray(failure: Failure, excess: f64, iteration: usize) -> Failure {
    match failure.reason {
        Reason::Singular if iteration > 1 => {
            Failure { reason: Reason::Inaccurate(excess, iteration), ..failure }
        }
        Reason::Singular | Reason::NotFinite | Reason::Inaccurate(..) | Reason::Chatter => failure,
    }
}

/// True where two weights differ by no more than rounding errors of the time.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * b
}

/// True where a matrix factored with `factored` serves `alpha`.
fn near(factored: f64, alpha: f64) -> bool {
    same(factored, alpha)
        || (factored > 0.0 && alpha <= factored * REUSE && alpha * REUSE >= factored)
}
