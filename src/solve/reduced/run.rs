//! The steps of an integration of the normal form.

use std::ops::ControlFlow;

use crate::solve::{
    Counters, SolveError, coarse,
    reduced::{
        dopri5::Dopri5,
        integrate::{Integrator, Options, Watch},
        rhs::RightHandSide,
        rodas4::Rodas4,
    },
};

/// Steps at the border of stability before a system counts as stiff, and as many
/// more for every eighth state: so many explicit steps cost as much as one
/// factorisation.
const STIFF_STEPS: u32 = 15;
/// Steps away from it before the suspicion is dropped.
const CALM_STEPS: u32 = 6;
const SAFETY: f64 = 0.9;
const LARGEST_GROWTH: f64 = 5.0;
const LARGEST_CUT: f64 = 0.2;

/// An integration under way.
pub(super) struct Run<R> {
    pub(super) field: R,
    explicit: Dopri5,
    implicit: Rodas4,
    is_implicit: bool,
    pub(super) was_implicit: bool,
    time: f64,
    pub(super) x: Vec<f64>,
    new: Vec<f64>,
    error: Vec<f64>,
    /// Step proposed by the error control; 0 before the first.
    proposed: f64,
    stiff: u32,
    calm: u32,
    accepted: u64,
    rejected: u64,
}

impl<R: RightHandSide> Run<R> {
    pub(super) fn new(field: R, (initial, time): (&[f64], f64), options: &Options) -> Self {
        let states = initial.len();
        Self {
            field,
            explicit: Dopri5::new(states),
            implicit: Rodas4::new(states),
            is_implicit: options.integrator == Integrator::Implicit,
            was_implicit: options.integrator == Integrator::Implicit,
            time,
            x: initial.to_vec(),
            new: vec![0.0; states],
            error: vec![0.0; states],
            proposed: 0.0,
            stiff: 0,
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

    /// Steps until `target` is reached exactly, or `watch` breaks off.
    pub(super) fn advance(
        &mut self,
        target: f64,
        options: &Options,
        watch: &mut Watch<'_>,
    ) -> Result<ControlFlow<()>, SolveError> {
        if self.x.is_empty() {
            self.time = target;
        }
        while self.time < target {
            if self.accepted + self.rejected >= options.max_steps {
                return Err(SolveError::TooManySteps { steps: options.max_steps, time: self.time });
            }
            let left = target - self.time;
            if self.proposed == 0.0 {
                self.proposed = self.first_step(left, options)?;
            }
            let wanted = self.proposed.clamp(0.0, options.max_step);
            // A last step a little longer is better than one a little short and a tiny one.
            let h = if wanted >= left * 0.999 { left } else { wanted };
            self.attempt(h, (target, left), options)?;
            if self.time < target && watch(self.time, None).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn attempt(
        &mut self,
        h: f64,
        (target, left): (f64, f64),
        options: &Options,
    ) -> Result<(), SolveError> {
        let at = (self.time, h);
        let room = (self.new.as_mut_slice(), self.error.as_mut_slice());
        let (outcome, order) = if self.is_implicit {
            (self.implicit.step(&mut self.field, at, &self.x, room), Rodas4::ORDER)
        } else {
            (self.explicit.step(&mut self.field, at, &self.x, room), Dopri5::ORDER)
        };
        if let Err(error) = outcome {
            // A shorter step may not leave the place where there is a solution.
            return self.reject(h, LARGEST_CUT, |_| error);
        }
        let (worst, excess) = self.excess(options);
        let factor = SAFETY * excess.powf(-1.0 / order);
        if excess <= 1.0 {
            self.keep(h, if h == left { target } else { self.time + h }, options);
            // A step cut short by a landing says little about the next.
            let grown = coarse(h * factor.clamp(LARGEST_CUT, LARGEST_GROWTH));
            self.proposed =
                if grown > self.proposed || h == self.proposed { grown } else { self.proposed };
            return Ok(());
        }
        let time = self.time;
        if !excess.is_finite() {
            return self.reject(h, LARGEST_CUT, |run| SolveError::NotFinite {
                unknown: run.field.state(worst),
                time,
            });
        }
        self.reject(h, factor.clamp(LARGEST_CUT, 1.0), |run| SolveError::StepTooSmall {
            unknown: run.field.state(worst),
            excess,
            step: h * LARGEST_CUT,
            time,
        })
    }

    /// Takes a step back; the error, which is made then alone, where it cannot be any smaller.
    fn reject(
        &mut self,
        h: f64,
        factor: f64,
        error: impl FnOnce(&Self) -> SolveError,
    ) -> Result<(), SolveError> {
        self.rejected += 1;
        self.proposed = coarse(h * factor);
        if self.time + self.proposed * 0.1 <= self.time { Err(error(self)) } else { Ok(()) }
    }

    /// The inputs have a corner here: what was stiff before may move again.
    pub(super) fn corner(&mut self, options: &Options) {
        if options.integrator == Integrator::Auto && self.is_implicit {
            self.is_implicit = false;
            self.explicit.forget();
            (self.stiff, self.calm) = (0, 0);
            self.proposed = 0.0;
        }
    }

    fn keep(&mut self, h: f64, time: f64, options: &Options) {
        self.accepted += 1;
        if self.is_implicit {
            self.implicit.accept();
        } else {
            self.watch_stiffness(h, options);
            self.explicit.accept();
        }
        self.time = time;
        std::mem::swap(&mut self.x, &mut self.new);
    }

    fn watch_stiffness(&mut self, h: f64, options: &Options) {
        if options.integrator != Integrator::Auto {
            return;
        }
        if self.explicit.looks_stiff(&self.x, h) {
            self.calm = 0;
            self.stiff += 1;
            self.is_implicit = self.stiff >= STIFF_STEPS + self.x.len() as u32 / 8;
            self.was_implicit |= self.is_implicit;
        } else {
            self.calm += 1;
            if self.calm >= CALM_STEPS {
                self.stiff = 0;
            }
        }
    }

    /// The component that is farthest off, and by how many times its tolerance.
    /// A value that is no number is infinitely far off.
    fn excess(&self, options: &Options) -> (usize, f64) {
        let mut worst = (0, 0.0);
        for at in 0..self.x.len() {
            let (old, new) = (self.x[at].abs(), self.new[at].abs());
            let scale = options.atol + options.rtol * if old > new { old } else { new };
            let ratio = self.error[at].abs() / scale;
            if !ratio.is_finite() || !new.is_finite() {
                return (at, f64::INFINITY);
            }
            if ratio > worst.1 {
                worst = (at, ratio);
            }
        }
        worst
    }

    /// A first step from the size of the state and of its derivative
    /// (Hairer, Norsett and Wanner, Solving ODEs I, section II.4).
    fn first_step(&mut self, left: f64, options: &Options) -> Result<f64, SolveError> {
        self.field.derivative(self.time, &self.x, &mut self.new)?;
        self.explicit.begin(&self.new);
        let mut ratio = 0.0;
        for (x, dx) in self.x.iter().zip(&self.new) {
            let rate = dx.abs() / (options.atol + options.rtol * x.abs());
            if rate > ratio {
                ratio = rate;
            }
        }
        // At rest any step will do; the error control takes over.
        let step = if ratio > 0.0 { options.rtol.powf(0.8) / (ratio * options.rtol) } else { left };
        Ok(if step < left { coarse(step) } else { left })
    }
}
