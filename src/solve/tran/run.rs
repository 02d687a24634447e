//! The steps of a transient and their control.

use std::ops::ControlFlow;

use crate::{
    dae::{Dae, Drive, Switching},
    solve::{
        Counters, Method, NewtonOptions, Observe, SolveError, TransientOptions,
        failure::Failure,
        history::History,
        newton::{Newton, Problem},
        tran::{
            formula::{GAMMA, error_constant, largest_growth, set_up, start_ratio},
            stops::{SMALLEST_STEP, Stop},
        },
    },
};

/// Newton's method is solved this much more exactly than a step.
pub(super) const NEWTON_SHARE: f64 = 0.01;
/// Iterations before a step is given up.
const NEWTON_ITERATIONS: usize = 12;
/// After as many failures it is not the step that is too long: a node that only
/// junctions lead to can need a way of its own, and gets a new matrix each time.
const PATIENCE: usize = 3;
/// A step with a new size is worth a new matrix only from this growth on.
const WORTHWHILE_GROWTH: f64 = 1.3;
const SAFETY: f64 = 0.85;
/// What is left of a step that Newton's method failed on.
const CUT: f64 = 0.25;
/// First step relative to the largest.
const FIRST_STEP: f64 = 1e-2;
/// First step after a corner relative to the last before it.
pub(super) const CORNER_STEP: f64 = 0.3;

/// A transient under way.
pub(super) struct Run<'a, S: Dae> {
    pub(super) system: &'a S,
    pub(super) drive: &'a dyn Drive,
    pub(super) options: &'a TransientOptions,
    pub(super) newton: Newton,
    pub(super) history: History,
    pub(super) u: Vec<f64>,
    pub(super) x: Vec<f64>,
    pub(super) rest: Vec<f64>,
    pub(super) rate: Vec<f64>,
    /// Rows with charge, each with the sum of the moduli of its dq/dx: charge per volt.
    pub(super) capacity: Vec<(usize, f64)>,
    /// Room for the sums.
    pub(super) sums: Vec<f64>,
    /// Rows whose charge is a law, so that its derivative changes.
    pub(super) charged: Vec<usize>,
    /// Proposed step.
    pub(super) step: f64,
    /// The first step from a corner, for which nothing has vouched yet.
    pub(super) unchecked: Option<Unchecked>,
    /// The step before it was shortened to end where a switch moves.
    pub(super) resumed: Option<f64>,
    /// True where a switch has moved at the last point, so that voltages and currents jump.
    pub(super) switched: bool,
    /// Switches at the last point and at the end of the step.
    pub(super) switchings: [Vec<Switching>; 2],
    /// Searches that have failed one after the other.
    setbacks: usize,
    /// Starts from the last corner that were void.
    pub(super) void: i32,
}

#[derive(Clone, Copy)]
pub(super) struct Unchecked {
    /// The step that was meant to follow.
    pub(super) step: f64,
    /// Index of the stop that was next before it.
    pub(super) next: usize,
}

/// A step that is about to be tried.
pub(super) struct Plan {
    /// Its end.
    pub(super) time: f64,
    /// The size that it stands for: the step after, where this is the first.
    pub(super) step: f64,
    /// Its length, s: without the rounding errors of the time.
    pub(super) length: f64,
}

impl<'a, S: Dae> Run<'a, S> {
    pub(super) fn new(system: &'a S, drive: &'a dyn Drive, options: &'a TransientOptions) -> Self {
        let size = system.unknowns().len();
        Self {
            system,
            drive,
            options,
            newton: Newton::new(system),
            history: History::default(),
            u: vec![0.0; system.inputs().len()],
            x: vec![0.0; size],
            rest: vec![0.0; size],
            rate: vec![0.0; size],
            capacity: Vec::new(),
            sums: vec![0.0; size],
            charged: system.charged_rows(),
            step: options.max_step * FIRST_STEP,
            unchecked: None,
            resumed: None,
            switched: false,
            switchings: [Vec::new(), Vec::new()],
            setbacks: 0,
            void: 0,
        }
    }

    /// The unknowns at the last point.
    pub(super) fn unknowns(&self) -> &[f64] {
        &self.history.last().x
    }

    pub(super) fn counters(&self) -> Counters {
        self.newton.counters
    }

    pub(super) fn newton_options(&self, share: f64) -> NewtonOptions {
        NewtonOptions {
            relative: self.options.reltol * share,
            voltage: self.options.vntol * share,
            current: self.options.abstol * share,
            max_iterations: NEWTON_ITERATIONS,
            full: false,
        }
    }

    /// Steps until the last of `stops`.
    pub(super) fn advance(
        &mut self,
        stops: &[Stop],
        observe: &mut Observe<'_>,
    ) -> Result<(), SolveError> {
        let mut next = 0;
        self.settle_size();
        while let Some(stop) = stops.get(next) {
            let Counters { accepted, rejected, .. } = self.newton.counters;
            if accepted + rejected >= self.options.max_steps {
                let time = self.history.last().time;
                return Err(SolveError::TooManySteps { steps: self.options.max_steps, time });
            }
            let plan = self.plan(stop);
            match self.attempt(&plan) {
                Ok(_) if self.overshoots(&plan) => {}
                Ok(growth) => {
                    let goes_on = self.keep(&plan, growth, next, observe).is_continue();
                    if !goes_on || self.switch(observe).is_break() {
                        return Ok(());
                    }
                    if plan.time == stop.time {
                        next += 1;
                        if stop.is_corner {
                            self.history.restart();
                            self.step *= CORNER_STEP;
                            self.settle_size();
                        }
                    }
                }
                Err((failure, factor)) => {
                    next = self.unchecked.map_or(next, |first| first.next);
                    self.shrink(&plan, factor, failure)?;
                }
            }
        }
        Ok(())
    }

    /// True where the next step is the first from a corner.
    fn starts(&self) -> bool {
        self.history.len() == 1 && !self.capacity.is_empty()
    }

    /// The next step. Steps to a stop are of equal size, so that the last is no
    /// crumb and one matrix serves all; after a corner two of them must fit in.
    fn plan(&self, stop: &Stop) -> Plan {
        let now = self.history.last().time;
        let left = stop.time - now;
        let to_the_stop = |step| Plan { time: stop.time, step, length: left };
        let limit = |step: f64, most: f64| if step < most { step } else { most };
        if self.starts() {
            let ratio = start_ratio(self.options.method);
            let fits = (stop.smooth_until - now) / (1.0 + ratio);
            let step = limit(limit(self.step, self.options.max_step / ratio), fits);
            let step = if self.system.is_linear() { self.size(step) } else { step };
            let rest = (left / step - ratio - 1e-9).ceil();
            return match self.keeps_size(rest) {
                true => Plan { time: now + ratio * step, step, length: ratio * step },
                false if rest <= 0.0 => to_the_stop(left / ratio),
                false => {
                    let step = left / (ratio + rest);
                    let time = now + ratio * step;
                    Plan { time, step, length: time - now }
                }
            };
        }
        let step = self.unchecked.map_or(self.step, |first| first.step);
        let step = limit(step, self.options.max_step);
        let count = (left / step - 1e-9).ceil();
        if count <= 1.0 {
            return to_the_stop(left);
        }
        if self.keeps_size(count) {
            return Plan { time: now + step, step, length: step };
        }
        let time = now + left / count;
        Plan { time, step: left / count, length: time - now }
    }

    /// Solves for the point of `plan`. Returns the growth that its error allows the
    /// next step, or why it must be taken back, and what is to be left of it.
    fn attempt(&mut self, plan: &Plan) -> Result<f64, (Failure, f64)> {
        let (failed, time) = (|failure| (failure, CUT), plan.time);
        if self.starts() {
            return self.start(plan).map(|()| 1.0).map_err(failed);
        }
        let alpha = if self.capacity.is_empty() {
            // One matrix serves all steps.
            1.0
        } else {
            set_up(self.options.method, &self.history, plan.length, &mut self.rest)
        };
        self.history.predict(time, &mut self.x);
        self.solve(time, alpha).map_err(failed)?;
        self.judge(time)
    }

    /// The two stages of the starting method.
    fn start(&mut self, plan: &Plan) -> Result<(), Failure> {
        let (first, h) = (self.history.last(), plan.length);
        let alpha = 1.0 / (GAMMA * h);
        self.x.copy_from_slice(&first.x);
        for (rest, q) in self.rest.iter_mut().zip(&first.q) {
            *rest = -alpha * q;
        }
        self.solve(first.time + GAMMA * h, alpha)?;
        let first = self.history.last();
        // What jumped with a switch goes no further.
        if !self.switched {
            for (x, old) in self.x.iter_mut().zip(&first.x) {
                *x = old + (*x - old) / GAMMA;
            }
        }
        for (rest, rate) in self.rest.iter_mut().zip(&self.rate) {
            *rest -= (1.0 - GAMMA) / GAMMA * rate;
        }
        self.solve(plan.time, alpha)
    }

    /// Solves `f + alpha q + rest = 0` at `time` from the guess in `x`; leaves q in
    /// the evaluation and its rate in `rate`.
    fn solve(&mut self, time: f64, alpha: f64) -> Result<(), Failure> {
        self.drive.values(time, &mut self.u);
        let mut options = self.newton_options(NEWTON_SHARE);
        if self.setbacks >= PATIENCE {
            (options.full, options.max_iterations) = (true, 5 * NEWTON_ITERATIONS);
        }
        let problem = Problem { u: &self.u, time, alpha, rest: &self.rest };
        let solved = self.newton.solve(self.system, problem, &mut self.x, &options);
        self.setbacks = if solved.is_ok() { 0 } else { self.setbacks + 1 };
        solved?;
        self.system.charges(&self.x, &self.u, time, &mut self.newton.eval);
        self.newton.counters.evaluations += 1;
        let charges = self.newton.eval.q.iter().zip(&self.rest);
        for (rate, (q, rest)) in self.rate.iter_mut().zip(charges) {
            *rate = alpha * q + rest;
        }
        Ok(())
    }

    /// Compares the local error with the tolerance.
    fn judge(&self, time: f64) -> Result<f64, (Failure, f64)> {
        let constant = error_constant(self.options.method, &self.history, time);
        let (charges, before) = (&self.newton.eval.q, &self.history.last().q);
        let difference = self.history.third_difference(time);
        let TransientOptions { reltol, vntol, .. } = *self.options;
        let mut worst = (0, 0.0);
        for &(row, capacity) in &self.capacity {
            let q = charges[row];
            let difference = difference.as_ref().map_or(f64::NAN, |third| third.of(row, q));
            let (new, old) = (q.abs(), before[row].abs());
            let scale = reltol * if new > old { new } else { old } + vntol * capacity;
            let error = (constant * difference).abs();
            if error <= worst.1 * scale {
                continue;
            }
            let ratio = error / scale;
            if !ratio.is_finite() {
                return Err((Failure::not_finite(row), CUT));
            }
            if ratio > worst.1 {
                worst = (row, ratio);
            }
        }
        let factor = SAFETY * f64::powf(worst.1, -1.0 / 3.0);
        if worst.1 <= 1.0 {
            Ok(factor.clamp(0.5, largest_growth(self.options.method)))
        } else {
            Err((Failure::inaccurate(worst), factor.clamp(0.1, 0.9)))
        }
    }

    fn keep(
        &mut self,
        plan: &Plan,
        growth: f64,
        next: usize,
        observe: &mut Observe<'_>,
    ) -> ControlFlow<()> {
        self.newton.counters.accepted += 1;
        let is_first = self.starts();
        if !self.charged.is_empty() {
            self.weigh();
        }
        if self.unchecked.take().is_some() {
            let first = self.history.last();
            observe(first.time, &first.x)?;
        }
        let rings = self.rings();
        let values = [&mut self.x, &mut self.newton.eval.q, &mut self.rate];
        self.history.push(plan.time, values);
        if is_first {
            self.unchecked = Some(Unchecked { step: plan.step, next });
            return ControlFlow::Continue(());
        }
        (self.switched, self.void) = (false, 0);
        observe(plan.time, self.unknowns())?;
        let grown = self.size(plan.step * growth);
        // A step cut short by a stop says little about the next, and a little growth
        // is not worth a new matrix.
        let is_whole = plan.step >= self.step * 0.999;
        let shrinks = grown < self.step && is_whole && !self.keeps_size_at(growth);
        if grown > self.step * WORTHWHILE_GROWTH || shrinks {
            self.step = grown;
        }
        if rings {
            // A step of the starting method, which damps.
            self.history.restart();
        }
        ControlFlow::Continue(())
    }

    /// True where the trapezoidal rule rings with a current that matters beside the
    /// largest into a capacitance.
    fn rings(&self) -> bool {
        if self.options.method != Method::Trapezoidal || self.system.is_linear() {
            return false;
        }
        let rates = self.capacity.iter().map(|&(row, _)| self.rate[row].abs());
        let largest = rates.max_by(f64::total_cmp).unwrap_or(0.0);
        let least = self.options.reltol * largest + self.options.abstol;
        self.history.rings(&self.capacity, &self.rate, least)
    }

    fn shrink(&mut self, plan: &Plan, factor: f64, failure: Failure) -> Result<(), SolveError> {
        self.newton.counters.rejected += 1;
        if self.unchecked.take().is_some() {
            // Both steps since the corner are void.
            self.newton.counters.accepted -= 1;
            self.newton.counters.rejected += 1;
            self.history.pop();
            self.void += 1;
        }
        self.step = self.size(plan.step * self.part_left(factor));
        let now = self.history.last().time;
        let resolution = 4.0 * f64::EPSILON * now;
        if self.step < self.options.max_step * SMALLEST_STEP || self.step < resolution {
            return Err(failure.into_step_error(self.system, self.step, now));
        }
        Ok(())
    }
}
