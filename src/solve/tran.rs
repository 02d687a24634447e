//! Transients of differential-algebraic systems with a variable step.
//!
//! With `q' = dq/dt`, the trapezoidal rule is `q'[n+1] = 2 (q[n+1] - q[n])/h - q'[n]`
//! and Gear's method of order 2 (BDF2) a difference quotient of three charges;
//! either way `q'[n+1] + f(x[n+1]) = 0` is solved by Newton's method, so that
//! algebraic equations hold at every point and charges carry all the memory.
//!
//! At a corner of the inputs the past says nothing about the future, not even
//! `q'`: the current into a capacitor across a source jumps. So the first step
//! from a corner is one of a method that needs charges alone (SDIRK of order 2),
//! and the first that could be checked against others, the second, vouches for
//! both.

mod begin;
mod capacity;
mod events;
mod formula;
mod run;
mod sizes;
mod stops;

use std::ops::ControlFlow;

use crate::{
    dae::{Dae, Drive},
    solve::{Counters, SolveError},
};

use run::Run;
use stops::stops;

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
    /// At an operating point x: charges are those of x, and so are all unknowns
    /// where x solves the equations with the inputs at t = 0.
    OperatingPoint(Vec<f64>),
    /// With charges q; the unknowns follow from them. Charges that contradict the
    /// inputs (a capacitor across a source) or each other move at t = 0.
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

/// Is handed the time, s, and the unknowns of every point; says whether to go on.
pub type Observe<'o> = dyn FnMut(f64, &[f64]) -> ControlFlow<()> + 'o;

/// Integrates `system` under `drive` and hands every accepted point, the first
/// included, to `observe`: times increase strictly, and the last is the stop time,
/// unless `observe` breaks off before.
///
/// # Errors
///
/// [`SolveError`] where an argument makes no sense, a value is not finite, the
/// equations are singular, or the step becomes too small; it names the unknown to
/// blame. Points handed over before that are right.
pub fn transient<S: Dae>(
    system: &S,
    drive: &dyn Drive,
    start: &Start,
    options: &TransientOptions,
    observe: &mut Observe<'_>,
) -> Result<Counters, SolveError> {
    check(system, start, options)?;
    let mut run = Run::new(system, drive, options);
    run.begin(start)?;
    if observe(0.0, run.unknowns()).is_continue() {
        run.advance(&stops(drive, options), observe)?;
    }
    Ok(run.counters())
}

fn check(system: &impl Dae, start: &Start, options: &TransientOptions) -> Result<(), SolveError> {
    let refuse = |text: String| Err(SolveError::Argument(text));
    for (name, value) in [
        ("stop time", options.stop),
        ("largest step", options.max_step),
        ("relative tolerance", options.reltol),
        ("tolerance of voltages", options.vntol),
        ("tolerance of currents", options.abstol),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            return refuse(format!("the {name} is {value}, it must be positive and finite"));
        }
    }
    let (Start::OperatingPoint(values) | Start::Charges(values)) = start;
    let unknowns = system.unknowns();
    if values.len() != unknowns.len() {
        return refuse(format!("{} initial values for {} unknowns", values.len(), unknowns.len()));
    }
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        return Err(SolveError::NotFinite { unknown: unknowns[at].name.clone(), time: 0.0 });
    }
    Ok(())
}
