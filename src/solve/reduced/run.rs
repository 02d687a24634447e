//! The steps of an integration of the normal form.

use crate::solve::{
    Counters, SolveError, coarse,
    reduced::{
        control::{Control, LARGEST_CUT, farthest},
        dop853::Dop853,
        integrate::{Integrator, Options},
        rhs::RightHandSide,
        rodas4::Rodas4,
    },
};

/// Explicit steps at the border of stability that cost as much as this many implicit ones
/// have to be seen before a system counts as stiff; and never fewer steps than that.
const STIFF_STEPS: f64 = 15.0;
/// Steps away from it before the suspicion is dropped.
const CALM_STEPS: u32 = 6;
/// Tolerances that interpolated states may be off, by the explicit method and by the implicit
/// one: where components are stiff, currents are small differences of states, and at the ends
/// of steps these are far more exact than asked for.
const INTERPOLATED: [f64; 2] = [2.0, 0.01];
/// Part of a step after which it ends at the time asked for where interpolations are too coarse.
const LANDING: f64 = 0.25;
/// Steps shorter than so many roundings of the time are left to the implicit method.
const FINEST: f64 = 128.0;
/// Roundings of the time over which a step may be inexact.
const EDGE: f64 = 8.0;
/// Part of a tolerance that the first step is meant to use.
const FIRST: f64 = 0.5;
/// Part of the way to the next corner after which a system at rest is looked at again.
const SHORT: f64 = 1e-3;

/// An integration under way.
pub(super) struct Run<R> {
    pub(super) field: R,
    explicit: Dop853,
    implicit: Rodas4,
    is_implicit: bool,
    pub(super) was_implicit: bool,
    pub(super) time: f64,
    pub(super) x: Vec<f64>,
    /// The state after a step that is not kept yet; else that before the last one.
    other: Vec<f64>,
    errors: [Vec<f64>; 2],
    /// The step that was kept last.
    last: Kept,
    control: Control,
    /// The last interpolation was further off than allowed.
    is_coarse: bool,
    /// Steps at the border of stability, and how many make a system stiff.
    stiff: u32,
    too_many: u32,
    calm: u32,
    accepted: u64,
    rejected: u64,
}

/// A step that was kept.
#[derive(Clone, Copy)]
struct Kept {
    from: f64,
    h: f64,
    is_implicit: bool,
}

impl<R: RightHandSide> Run<R> {
    pub(super) fn new(field: R, (initial, time): (&[f64], f64), options: &Options) -> Self {
        let states = initial.len();
        let room = || vec![0.0; states];
        let is_implicit = options.integrator == Integrator::Implicit;
        let (explicit_work, implicit_work) =
            (Dop853::work(field.work()), Rodas4::work(field.work(), states));
        let ratio = implicit_work / explicit_work;
        Self {
            field,
            explicit: Dop853::new(states),
            implicit: Rodas4::new(states),
            is_implicit,
            was_implicit: is_implicit,
            time,
            x: initial.to_vec(),
            other: room(),
            errors: [room(), room()],
            last: Kept { from: time, h: 0.0, is_implicit },
            control: Control::new(),
            is_coarse: false,
            stiff: 0,
            too_many: (STIFF_STEPS * if ratio > 1.0 { ratio } else { 1.0 }) as u32,
            calm: 0,
            accepted: 0,
            rejected: 0,
        }
    }

    pub(super) fn counters(&self) -> Counters {
        Counters {
            evaluations: self.field.evaluations(),
            jacobians: self.implicit.jacobians,
            iterations: 0,
            factorisations: self.implicit.factorisations,
            reductions: 0,
            accepted: self.accepted,
            rejected: self.rejected,
        }
    }

    /// One step that is kept, which ends at `target` at the latest; `wanted` is the next time
    /// asked for, if it lies before that.
    pub(super) fn advance(
        &mut self,
        (target, wanted): (f64, f64),
        options: &Options,
    ) -> Result<(), SolveError> {
        if self.x.is_empty() {
            self.last = Kept { from: self.time, h: target - self.time, ..self.last };
            self.time = target;
            return Ok(());
        }
        let before = self.accepted;
        while self.accepted == before {
            if self.accepted + self.rejected >= options.max_steps {
                return Err(SolveError::TooManySteps { steps: options.max_steps, time: self.time });
            }
            let left = target - self.time;
            if self.control.proposed == 0.0 {
                self.control.proposed = self.first_step(left, options)?;
            }
            let rounding = f64::EPSILON * self.time.abs();
            if options.integrator == Integrator::Auto && self.control.proposed < FINEST * rounding {
                // Where the inputs come in stairs stiffness cannot be told from them.
                (self.is_implicit, self.was_implicit) = (true, true);
            }
            let gap = if self.is_implicit { Rodas4::LARGEST_GAP } else { Dop853::LARGEST_GAP };
            let most = self.control.proposed.clamp(0.0, options.max_interval / gap);
            // A last step a little longer is better than one a little short and a tiny one.
            let h = if most >= left * 0.999 { left } else { most };
            let short = wanted - self.time;
            let is_short_enough = short <= h && short >= LANDING * h;
            let (h, end) = if self.is_coarse && is_short_enough {
                (short, wanted)
            } else if h == left {
                (h, target)
            } else {
                // However short it is, it leads on.
                let end = self.time + h;
                (h, if end > self.time { end } else { self.time.next_up() })
            };
            let is_edge = left <= EDGE * rounding;
            self.attempt((h, is_edge), (end, wanted), options)?;
        }
        Ok(())
    }

    /// Writes the state at a time within the last step.
    pub(super) fn state_at(&self, time: f64, state: &mut [f64]) {
        if time == self.time || self.x.is_empty() {
            return state.copy_from_slice(&self.x);
        }
        let Kept { from, h, is_implicit } = self.last;
        let (ends, at) = ((self.other.as_slice(), self.x.as_slice()), (time - from) / h);
        if is_implicit {
            self.implicit.between(ends, (at, state));
        } else {
            self.explicit.between(h, ends, (at, state));
        }
    }

    fn attempt(
        &mut self,
        (h, is_edge): (f64, bool),
        (end, wanted): (f64, f64),
        options: &Options,
    ) -> Result<(), SolveError> {
        let at = (self.time, h);
        let room = self.other.as_mut_slice();
        let errors = self.errors.each_mut().map(Vec::as_mut_slice);
        let outcome = if self.is_implicit {
            let [error, _] = errors;
            self.implicit.step(&mut self.field, at, &self.x, (room, error))
        } else {
            self.explicit.step(&mut self.field, at, &self.x, (room, errors))
        };
        if let Err(error) = outcome {
            // A shorter step may not leave the place where there is a solution.
            return self.reject(h, LARGEST_CUT, |_| error);
        }
        let (mut worst, mut excess) = self.excess(options);
        // Times within an edge of some roundings are rounded themselves: no step is exact.
        if is_edge && excess.is_finite() && excess > 1.0 {
            excess = 1.0;
        }
        if excess <= 1.0 {
            match self.finish((h, end), wanted < end, options) {
                Ok((at, error)) if error > excess => (worst, excess) = (at, error),
                Ok(_) => {}
                Err(error) => return self.reject(h, LARGEST_CUT, |_| error),
            }
            self.is_coarse = excess > 1.0 || self.is_coarse && wanted >= end;
            if excess > 1.0 && wanted - self.time >= LANDING * h {
                self.rejected += 1;
                return Ok(());
            }
        }
        if excess <= 1.0 {
            self.control.keep(h, excess, self.is_implicit);
            self.keep(h, end, options);
            return Ok(());
        }
        let time = self.time;
        if !excess.is_finite() {
            return self.reject(h, LARGEST_CUT, |run| SolveError::NotFinite {
                unknown: run.field.state(worst),
                time,
            });
        }
        let factor = Control::factor(excess, self.is_implicit).clamp(LARGEST_CUT, 1.0);
        self.reject(h, factor, |run| SolveError::StepTooSmall {
            unknown: run.field.state(worst),
            excess,
            step: h * LARGEST_CUT,
            time,
        })
    }

    /// The slope at the end of an explicit step, and what interpolates within a step where that
    /// is read; the component whose interpolation is farthest off and by how much, in units of
    /// what is allowed.
    fn finish(
        &mut self,
        (h, end): (f64, f64),
        is_read_within: bool,
        options: &Options,
    ) -> Result<(usize, f64), SolveError> {
        let (step, [_, error]) = ((self.time, h), &mut self.errors);
        if !self.is_implicit {
            self.explicit.finish(&mut self.field, end, &self.other)?;
        }
        if !is_read_within {
            return Ok((0, 0.0));
        }
        if self.is_implicit {
            self.implicit.interpolate(&mut self.field, step, (&self.x, &self.other), error)?;
        } else {
            self.explicit.interpolate(&mut self.field, step, &self.x, error)?;
        }
        let (at, error) = self.farthest(1, options);
        Ok((at, error / INTERPOLATED[usize::from(self.is_implicit)]))
    }

    /// Takes a step back; the error, which is made then alone, where it cannot be any smaller.
    fn reject(
        &mut self,
        h: f64,
        factor: f64,
        error: impl FnOnce(&Self) -> SolveError,
    ) -> Result<(), SolveError> {
        self.rejected += 1;
        self.control.take_back(h, factor);
        if self.time + self.control.proposed * 0.1 <= self.time { Err(error(self)) } else { Ok(()) }
    }

    /// The inputs have a corner here: what was stiff before may move again.
    pub(super) fn corner(&mut self, options: &Options) {
        self.is_coarse = false;
        if options.integrator == Integrator::Auto && self.is_implicit {
            self.is_implicit = false;
            self.explicit.forget();
            (self.stiff, self.calm) = (0, 0);
            self.control.proposed = 0.0;
        } else if !self.is_implicit {
            self.control.corner();
        }
    }

    fn keep(&mut self, h: f64, end: f64, options: &Options) {
        self.accepted += 1;
        self.last = Kept { from: self.time, h, is_implicit: self.is_implicit };
        if self.is_implicit {
            self.implicit.accept();
        } else {
            self.watch_stiffness(h, options);
            self.explicit.accept();
        }
        self.time = end;
        std::mem::swap(&mut self.x, &mut self.other);
    }

    fn watch_stiffness(&mut self, h: f64, options: &Options) {
        if options.integrator != Integrator::Auto {
            return;
        }
        if self.explicit.looks_stiff(&self.other, h) {
            self.calm = 0;
            self.stiff += 1;
            self.is_implicit = self.stiff >= self.too_many;
            self.was_implicit |= self.is_implicit;
        } else {
            self.calm += 1;
            if self.calm >= CALM_STEPS {
                self.stiff = 0;
            }
        }
    }

    /// The component that is farthest off, and by how many times its tolerance.
    ///
    /// The explicit method weighs its estimate of order 5 by that of order 3, so that it goes
    /// with the power 8 of the step (Hairer, Norsett and Wanner, Solving ODEs I, section II.10).
    fn excess(&self, options: &Options) -> (usize, f64) {
        let (worst, excess) = self.farthest(0, options);
        if self.is_implicit || excess == 0.0 {
            return (worst, excess);
        }
        let (at, third) = self.farthest(1, options);
        if !third.is_finite() {
            return (at, third);
        }
        (worst, excess * excess / excess.hypot(0.1 * third))
    }

    fn farthest(&self, which: usize, options: &Options) -> (usize, f64) {
        farthest(&self.errors[which], (&self.x, &self.other), options)
    }

    /// A first step from how fast the derivative changes along itself. It depends on neither
    /// the unit of time nor that of the states.
    fn first_step(&mut self, left: f64, options: &Options) -> Result<f64, SolveError> {
        let [slope, later] = self.errors.each_mut();
        self.field.derivative(self.time, &self.x, slope)?;
        self.explicit.begin(slope);
        let scale = |x: &f64| options.atol + options.rtol * x.abs();
        // NaN is the largest of all.
        let largest =
            |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp).unwrap_or(0.0);
        let rate = largest(&mut self.x.iter().zip(&*slope).map(|(x, dx)| dx.abs() / scale(x)));
        // So far that the state changes by its tolerance; from rest, a short way.
        let far = if rate * left > 1.0 { rate.recip() } else { left * SHORT };
        for ((moved, x), dx) in self.other.iter_mut().zip(&self.x).zip(&*slope) {
            *moved = x + far * dx;
        }
        self.field.derivative(self.time + far, &self.other, later)?;
        let changes = slope.iter().zip(&*later).map(|(dx, later)| (later - dx).abs());
        let bend = largest(&mut self.x.iter().zip(changes).map(|(x, change)| change / scale(x)));
        let order = if self.is_implicit { Rodas4::ORDER } else { Dop853::ORDER };
        let step = FIRST * options.rtol.powf(1.0 / order) * far * rate / bend;
        // Without a bend any step will do. From rest the inputs begin to move it, and where
        // nothing can be said the error control takes over.
        let step = if bend == 0.0 {
            left
        } else if rate > 0.0 && step > 0.0 {
            step
        } else {
            far
        };
        Ok(if step < left && step > 0.0 { coarse(step) } else { left })
    }
}
