//! Transients of differential-algebraic systems with a variable step.
//!
//! With `q' = dq/dt`, the trapezoidal rule is `q'[n+1] = 2 (q[n+1] - q[n])/h - q'[n]`
//! and Gear's method of order 2 (BDF2) a difference quotient of three charges;
//! either way `q'[n+1] + f(x[n+1]) = 0` is solved by Newton's method, so that
//! algebraic equations hold at every point and charges carry all the memory.

use crate::{
    dae::{Dae, Drive},
    solve::{
        Counters, NewtonOptions, SolveError,
        history::History,
        newton::{Failure, Newton, Problem},
    },
};

/// Integration method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Method {
    /// Trapezoidal rule: order 2, no damping of its own.
    #[default]
    Trapezoidal,
    /// Gear's method of order 2 (BDF2), damps what the step cannot follow.
    Gear2,
}

/// Where a transient starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// At rest at an operating point x.
    OperatingPoint(Vec<f64>),
    /// With charges q; the unknowns follow from them.
    Charges(Vec<f64>),
}

/// Accuracy, method and length of a transient.
#[derive(Clone, Debug, PartialEq)]
pub struct TransientOptions {
    /// End, s.
    pub stop: f64,
    /// Largest step, s.
    pub max_step: f64,
    /// Local error of a charge relative to the charge.
    pub reltol: f64,
    /// Local error of a charge as a voltage, V.
    pub vntol: f64,
    /// Smallest current that matters to Newton's method, A.
    pub abstol: f64,
    /// Method.
    pub method: Method,
    /// Instants to land on, besides the corners of the inputs, increasing.
    pub landings: Vec<f64>,
    /// Most steps.
    pub max_steps: u64,
}

impl TransientOptions {
    /// SPICE's defaults for a transient until `stop`: reltol 1e-3 and a largest
    /// step of a fiftieth.
    #[must_use]
    pub fn until(stop: f64) -> Self {
        Self {
            stop,
            max_step: stop / 50.0,
            reltol: 1e-3,
            vntol: 1e-6,
            abstol: 1e-12,
            method: Method::Trapezoidal,
            landings: Vec::new(),
            max_steps: 50_000_000,
        }
    }

    /// The same at another reltol, with the absolute tolerances scaled along.
    #[must_use]
    pub fn with_reltol(mut self, reltol: f64) -> Self {
        self.vntol *= reltol / self.reltol;
        self.abstol *= reltol / self.reltol;
        self.reltol = reltol;
        self
    }
}

/// Newton's method is solved this much more exactly than a step.
const NEWTON_SHARE: f64 = 0.01;
/// Iterations before a step is given up.
const NEWTON_ITERATIONS: usize = 12;
/// A step with a new size is worth a new matrix only from this growth on.
const WORTHWHILE_GROWTH: f64 = 1.3;
const LARGEST_GROWTH: f64 = 2.5;
const SAFETY: f64 = 0.85;
/// First step of all, and of the step that finds consistent unknowns, relative
/// to the largest.
const FIRST_STEP: f64 = 1e-2;
const CONSISTENCY_STEP: f64 = 1e-6;
/// First step after a corner relative to the last before it.
const CORNER_STEP: f64 = 0.3;
/// Smallest step relative to the largest.
const SMALLEST_STEP: f64 = 1e-12;

/// Integrates `system` under `drive` and hands every accepted point, the first
/// included, to `observe`.
///
/// # Errors
///
/// [`SolveError`] where a value is not finite, the equations are singular, or
/// the step becomes too small; it names the unknown to blame. Points handed over
/// before that are right.
pub fn transient<S: Dae>(
    system: &S,
    drive: &dyn Drive,
    start: &Start,
    options: &TransientOptions,
    observe: &mut dyn FnMut(f64, &[f64]),
) -> Result<Counters, SolveError> {
    let positive = |v: f64| v > 0.0 && v.is_finite();
    if ![options.stop, options.max_step, options.reltol, options.vntol, options.abstol]
        .into_iter()
        .all(positive)
    {
        let text = "stop time, largest step and tolerances must be positive";
        return Err(SolveError::Argument(text.to_owned()));
    }
    let mut run = Run::new(system, drive, options);
    run.begin(start)?;
    observe(0.0, &run.history.last().x);
    let mut stops: Vec<(f64, bool)> =
        drive.corners(options.stop).into_iter().map(|t| (t, true)).collect();
    let landings = options.landings.iter().filter(|&&t| t > 0.0 && t < options.stop);
    stops.extend(landings.map(|&t| (t, false)));
    stops.push((options.stop, false));
    // Of two stops at one time the corner stays.
    stops.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    stops.dedup_by(|next, kept| next.0 == kept.0);
    // A corner so near to the stop before it that no step fits in between is one with it.
    let smallest = options.max_step * SMALLEST_STEP;
    let ends = corner_after(&stops);
    for (at, &(target, is_corner)) in stops.iter().enumerate() {
        if target - run.history.last().time > smallest {
            run.advance(target, ends[at], observe)?;
        }
        if is_corner {
            run.corner();
        }
    }
    Ok(run.newton.counters)
}

/// For every stop the time of the first corner (or the end) not before it.
fn corner_after(stops: &[(f64, bool)]) -> Vec<f64> {
    let mut next = stops.last().map_or(0.0, |s| s.0);
    let mut ends: Vec<f64> = stops
        .iter()
        .rev()
        .map(|&(time, is_corner)| {
            if is_corner {
                next = time;
            }
            next
        })
        .collect();
    ends.reverse();
    ends
}

struct Run<'a, S: Dae> {
    system: &'a S,
    drive: &'a dyn Drive,
    options: &'a TransientOptions,
    newton: Newton,
    history: History,
    u: Vec<f64>,
    x: Vec<f64>,
    rest: Vec<f64>,
    rate: Vec<f64>,
    /// Per row, the sum of the moduli of dq/dx: charge per volt.
    capacity: Vec<f64>,
    /// Proposed step.
    step: f64,
    /// Size of the steps since the corner whose first is not yet vouched for.
    unchecked: Option<f64>,
}

/// How a step went.
enum Verdict {
    /// Keep it; grow the next by the factor.
    Keep(f64),
    /// Shrink by the factor.
    Shrink(f64, usize, f64),
}

impl<'a, S: Dae> Run<'a, S> {
    fn new(system: &'a S, drive: &'a dyn Drive, options: &'a TransientOptions) -> Self {
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
            capacity: vec![0.0; size],
            step: options.max_step * FIRST_STEP,
            unchecked: None,
        }
    }

    fn newton_options(&self) -> NewtonOptions {
        NewtonOptions {
            relative: self.options.reltol * NEWTON_SHARE,
            voltage: self.options.vntol * NEWTON_SHARE,
            current: self.options.abstol * NEWTON_SHARE,
            max_iterations: NEWTON_ITERATIONS,
            full: false,
        }
    }

    /// Finds consistent unknowns at t = 0.
    fn begin(&mut self, start: &Start) -> Result<(), SolveError> {
        self.drive.values(0.0, &mut self.u);
        match start {
            Start::OperatingPoint(x) => {
                self.x.copy_from_slice(x);
                self.system.residual(&self.x, &self.u, 0.0, &mut self.newton.eval);
                self.rate.fill(0.0);
                self.history.push(0.0, &self.x, &self.newton.eval.q, &self.rate);
            }
            Start::Charges(q) => {
                // One step of Euler's implicit method, so short that charges stay.
                let alpha = 1.0 / (self.options.max_step * CONSISTENCY_STEP);
                for (rest, q) in self.rest.iter_mut().zip(q) {
                    *rest = -alpha * q;
                }
                let mut options = self.newton_options();
                (options.full, options.max_iterations) = (true, 100);
                let problem = Problem { u: &self.u, time: 0.0, alpha, rest: &self.rest };
                self.newton
                    .solve(self.system, problem, &mut self.x, &options)
                    .map_err(|failure| failure.into_error(self.system, 0.0))?;
                self.newton.forget();
                self.system.residual(&self.x, &self.u, 0.0, &mut self.newton.eval);
                for (row, rate) in self.rate.iter_mut().enumerate() {
                    *rate = alpha * self.newton.eval.q[row] + self.rest[row];
                }
                self.history.push(0.0, &self.x, q, &self.rate);
            }
        }
        self.system.jacobian(&self.x, &self.u, 0.0, &mut self.newton.eval);
        let pattern = self.system.pattern();
        for (&row, dq) in pattern.row_indices().iter().zip(&self.newton.eval.dq) {
            self.capacity[row] += dq.abs();
        }
        Ok(())
    }

    /// The inputs have a corner here: the past says nothing about the future.
    fn corner(&mut self) {
        self.history.restart();
        self.step *= CORNER_STEP;
    }

    /// Steps until `target` is reached exactly; the inputs are smooth until `corner`.
    fn advance(
        &mut self,
        target: f64,
        corner: f64,
        observe: &mut dyn FnMut(f64, &[f64]),
    ) -> Result<(), SolveError> {
        while self.history.last().time < target {
            let counters = self.newton.counters;
            if counters.accepted + counters.rejected >= self.options.max_steps {
                let time = self.history.last().time;
                return Err(SolveError::TooManySteps { steps: self.options.max_steps, time });
            }
            let (h, lands) = self.next_step(target, corner);
            let time = if lands { target } else { self.history.last().time + h };
            self.drive.values(time, &mut self.u);
            match self.attempt(time) {
                Ok(Verdict::Keep(growth)) => self.keep(time, h, growth, observe),
                Ok(Verdict::Shrink(factor, row, excess)) => {
                    self.shrink(h, factor, (row, excess))?
                }
                Err(failure) if failure.singular => {
                    return Err(failure.into_error(self.system, time));
                }
                Err(failure) => self.shrink(h, 0.25, (failure.unknown, failure.excess))?,
            }
        }
        Ok(())
    }

    /// The next step, and whether it reaches `target`. After a corner two equal
    /// steps must fit in, because only the second can be checked.
    fn next_step(&self, target: f64, corner: f64) -> (f64, bool) {
        let now = self.history.last().time;
        let left = target - now;
        let mut h = self.step.clamp(0.0, self.options.max_step);
        if let Some(first) = self.unchecked {
            h = first;
        } else if self.history.len() == 1 && h > (corner - now) * 0.5 {
            h = (corner - now) * 0.5;
        }
        if h >= left * (1.0 - 1e-9) {
            (left, true)
        } else if h * 2.0 > left && self.unchecked.is_none() && self.history.len() > 1 {
            (left * 0.5, false)
        } else {
            (h, false)
        }
    }

    /// Solves for the point at `time` and estimates its error.
    fn attempt(&mut self, time: f64) -> Result<Verdict, Failure> {
        let alpha = self.set_up(time);
        self.history.predict(time, &mut self.x);
        let options = self.newton_options();
        let problem = Problem { u: &self.u, time, alpha, rest: &self.rest };
        self.newton.solve(self.system, problem, &mut self.x, &options)?;
        self.system.residual(&self.x, &self.u, time, &mut self.newton.eval);
        self.newton.counters.evaluations += 1;
        for (row, rate) in self.rate.iter_mut().enumerate() {
            // For rows without charge this is exactly zero.
            *rate = alpha * self.newton.eval.q[row] + self.rest[row];
        }
        Ok(self.judge(time))
    }

    /// The weight of q and the rest of the formula of the step to `time`.
    fn set_up(&mut self, time: f64) -> f64 {
        let last = self.history.last();
        let h = time - last.time;
        match (self.options.method, self.history.before()) {
            (Method::Gear2, Some(before)) => {
                let h1 = last.time - before.time;
                let alpha = (2.0 * h + h1) / (h * (h + h1));
                let (near, far) = (-(h + h1) / (h * h1), h / (h1 * (h + h1)));
                for (row, rest) in self.rest.iter_mut().enumerate() {
                    *rest = near * last.q[row] + far * before.q[row];
                }
                alpha
            }
            (Method::Trapezoidal | Method::Gear2, _) => {
                let alpha = 2.0 / h;
                for (row, rest) in self.rest.iter_mut().enumerate() {
                    *rest = -alpha * last.q[row] - last.rate[row];
                }
                alpha
            }
        }
    }

    /// Compares the local error with the tolerance.
    fn judge(&self, time: f64) -> Verdict {
        let last = self.history.last();
        let h = time - last.time;
        // Local error of the charge per third divided difference (q'''/6).
        let constant = match (self.options.method, self.history.before()) {
            (Method::Gear2, Some(before)) => {
                let h1 = last.time - before.time;
                h * h * (h + h1) * (h + h1) / (2.0 * h + h1)
            }
            (Method::Trapezoidal | Method::Gear2, _) => 0.5 * h * h * h,
        };
        let mut worst = (0, 0.0);
        for (row, &capacity) in self.capacity.iter().enumerate() {
            if capacity == 0.0 {
                continue;
            }
            let q = self.newton.eval.q[row];
            let Some(difference) = self.history.third_difference(time, q, row) else {
                return Verdict::Keep(1.0);
            };
            let (new, old) = (q.abs(), last.q[row].abs());
            let scale = self.options.reltol * if new > old { new } else { old }
                + self.options.vntol * capacity;
            let ratio = (constant * difference).abs() / scale;
            if !ratio.is_finite() {
                return Verdict::Shrink(0.25, row, f64::INFINITY);
            }
            if ratio > worst.1 {
                worst = (row, ratio);
            }
        }
        let factor = SAFETY * f64::powf(worst.1, -1.0 / 3.0);
        if worst.1 <= 1.0 {
            Verdict::Keep(factor.clamp(0.5, LARGEST_GROWTH))
        } else {
            Verdict::Shrink(factor.clamp(0.1, 0.9), worst.0, worst.1)
        }
    }

    fn keep(&mut self, time: f64, h: f64, growth: f64, observe: &mut dyn FnMut(f64, &[f64])) {
        self.newton.counters.accepted += 1;
        let first = self.history.len() == 1;
        let vouched = self.unchecked.take().is_some();
        if vouched {
            // The second step vouches for the first as well.
            let corner_step = self.history.last();
            observe(corner_step.time, &corner_step.x);
        }
        self.history.push(time, &self.x, &self.newton.eval.q, &self.rate);
        if first && self.capacity.iter().any(|&c| c != 0.0) {
            self.unchecked = Some(h);
            return;
        }
        observe(time, &self.x);
        let grown = h * growth;
        // A step cut short by a landing says little about the next, and a little
        // growth is not worth a new matrix.
        if grown > self.step * WORTHWHILE_GROWTH || grown < self.step {
            self.step = if h < self.step * 0.999 && grown < self.step { self.step } else { grown };
        }
    }

    fn shrink(
        &mut self,
        h: f64,
        factor: f64,
        (row, excess): (usize, f64),
    ) -> Result<(), SolveError> {
        self.newton.counters.rejected += 1;
        if self.unchecked.take().is_some() {
            // Both steps since the corner are void.
            self.newton.counters.accepted -= 1;
            self.newton.counters.rejected += 1;
            self.history.pop();
        }
        self.step = h * factor;
        if self.step < self.options.max_step * SMALLEST_STEP {
            return Err(SolveError::StepTooSmall {
                unknown: self.system.unknowns()[row].name.clone(),
                excess,
                step: self.step,
                time: self.history.last().time,
            });
        }
        Ok(())
    }
}
