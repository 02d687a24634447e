//! Do the three procedures commute, where, and by how much do they not?
//!
//! With R the rescaling by a, D the discretisation by the step d, D' that by
//! d' and L the linearisation at (x*, u*), products acting from the right,
//!
//! ```text
//! D' R = R D       where d' = a d, at any point, for every method
//! R L = L R        always
//! D L = L D        at any point for explicit Euler, for exponential Euler with
//!                  a fixed linear part, and for every affine system; for every
//!                  other method only where F(x*, u*) = 0
//! ```
//!
//! (docs/theory.md, section 8, equations 20, 22 and 24). [`commute()`] measures what is left of
//! each identity, states a bound of rounding for it, and judges: a claimed
//! identity must hold within the bound; where none is claimed the defect must be
//! there, and be what the theory predicts, so that the measurement itself is
//! seen to notice.

mod controls;
mod display;
mod judge;
mod leading;
mod measure;
mod scene;
mod sides;
mod sweep;

use serde::Serialize;

use super::{Method, TransformError};
use crate::dae::System;

pub use sweep::{Sweep, SweepPoint, sweep};

/// What to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// a, the factor of time.
    pub factor: f64,
    /// d, in the unit of time of the system.
    pub step: f64,
    /// The step of the negative control instead of d' = a d; `None`: d itself, or
    /// 2 a d where a is nearly 1.
    pub wrong_step: Option<f64>,
    /// The methods to discretise with. A zero-order hold of a system that is not
    /// affine is its exact map, as [`Sampled`](super::Sampled) computes it.
    pub methods: Vec<Method>,
    /// x*, one a state.
    pub state: Vec<f64>,
    /// u*, one an input.
    pub input: Vec<f64>,
    /// Where runs begin, one a state; `None`: near x*, by the seed.
    pub start: Option<Vec<f64>>,
    /// The inputs of a run, one row a step; after the last row they begin anew.
    /// Without rows: seeded levels around u*.
    pub held: Vec<Vec<f64>>,
    /// Steps of a run.
    pub steps: usize,
    /// Points near the trajectory at which two maps are compared.
    pub probes: usize,
    /// What the probes, and what else is left open, depend on.
    pub seed: u64,
}

impl Options {
    /// All methods, a = 2 and d = 0.1 in the unit of time of the system, at
    /// (`state`, `input`), 1,000 steps and 16 probes.
    #[must_use]
    pub fn at(state: Vec<f64>, input: Vec<f64>) -> Self {
        Self {
            factor: 2.0,
            step: 0.1,
            wrong_step: None,
            methods: Method::ALL.to_vec(),
            state,
            input,
            start: None,
            held: Vec::new(),
            steps: 1000,
            probes: 16,
            seed: 1,
        }
    }

    /// The step of the negative control, in the rescaled time.
    pub(super) fn control_step(&self) -> f64 {
        let nearly_one = (self.factor - 1.0).abs() < 0.05;
        let usual = if nearly_one { 2.0 * self.factor * self.step } else { self.step };
        self.wrong_step.unwrap_or(usual)
    }
}

/// One of the procedures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Procedure {
    /// R
    Rescale,
    /// D, or D' after R
    Discretise,
    /// L
    Linearise,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// `R L = L R`, of flows.
    RescaleLinearise,
    /// `D' R = R D`.
    RescaleDiscretise,
    /// `D L = L D` at (x*, u*).
    DiscretiseLinearise,
    /// All three in one order, against `D' R L`.
    Triple,
    /// Negative control: `D' R` with another step than a d against `R D`.
    WrongStep,
    /// Control: `D L` against `L D` at a point of the trajectory, which is no
    /// equilibrium.
    OffEquilibrium,
}

/// Where the two sides are claimed to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Always.
    Always,
    /// Where d' = a d.
    ScaledStep,
    /// At any point, since the method uses F at the old state alone, or since F is affine.
    AnyPoint,
    /// Where F(x*, u*) = 0.
    Equilibrium,
}

/// What came of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// The same up to rounding, as claimed for any point.
    #[serde(rename = "exact to rounding")]
    Exact,
    /// The same up to rounding, at this equilibrium; not elsewhere.
    #[serde(rename = "vanishes at an equilibrium only")]
    AtEquilibrium,
    /// Not the same, and off by what is predicted.
    #[serde(rename = "does not commute, as predicted")]
    Differs,
    /// Within its bound, which is so wide that this says nothing: the step is far
    /// too long for the method.
    #[serde(rename = "cannot be judged, rounding may be as large")]
    Blurred,
    /// The measurement contradicts the theory.
    #[serde(rename = "FAILS")]
    Fails,
}

/// Largest differences of two systems.
///
/// States, inputs and outputs are counted in the largest sizes that they have
/// on the trajectory (see [`Commutation::scales`]); each difference is relative
/// to the largest value of its kind, so that 1 is a difference of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Defect {
    /// Of the next states (rates, of flows) at the probes.
    pub state: f64,
    /// Of the Jacobians by the states.
    pub a: f64,
    /// Of the Jacobians by the inputs.
    pub b: f64,
    /// Of the next state (rate) at (x*, u*): the constant term.
    pub constant: f64,
    /// Of outputs at the probes, and of their Jacobians.
    pub output: f64,
    /// Of the states of two runs under the same inputs.
    pub run: f64,
    /// Steps of these runs; fewer than asked for where a state left the range of
    /// what can be compared, or where a step is dear.
    pub steps: usize,
}

impl Defect {
    /// The largest but that of the runs; NaN where one is NaN.
    #[must_use]
    pub fn one_step(&self) -> f64 {
        let all = [self.state, self.a, self.b, self.constant, self.output];
        all.into_iter().max_by(f64::total_cmp).unwrap_or(0.0)
    }
}

/// A prediction to leading order in the step, checked at a step at which it is
/// accurate to a few per cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Leading {
    /// The step, in the unit of time of the system.
    pub step: f64,
    /// Largest difference of the Jacobians by the states, relative as in [`Defect::a`].
    pub measured: f64,
    /// `kappa d^2 dF_x/dF` in the same measure: see docs/theory.md, equation 24.
    pub predicted: f64,
}

/// One identity, measured and judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What it is about.
    pub claim: Claim,
    /// The method; `None` where nothing is discretised.
    pub method: Option<Method>,
    /// The procedures of the left side in the order in which they are applied.
    pub left: Vec<Procedure>,
    /// Those of the right side.
    pub right: Vec<Procedure>,
    /// Where both are claimed to be the same.
    pub condition: Condition,
    /// Whether that is so here.
    pub condition_holds: bool,
    /// How far apart they are.
    pub defect: Defect,
    /// What rounding may make of [`Defect::one_step`].
    pub bound: f64,
    /// What it may make of [`Defect::run`]: the bound of a step times the steps
    /// times how much a small change of the state grew on the way.
    pub run_bound: f64,
    /// What the defect must be: of the states under a wrong step (at one probe),
    /// else of the Jacobian by the states; `None` where it must be rounding, or
    /// nothing is known.
    pub predicted: Option<f64>,
    /// What `predicted` is compared with.
    pub measured: Option<f64>,
    /// The check of a prediction to leading order.
    pub leading: Option<Leading>,
    /// What came of it.
    pub verdict: Verdict,
}

/// All identities of a system at one point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Commutation {
    /// a
    pub factor: f64,
    /// d, in the unit of time of the system.
    pub step: f64,
    /// a d, in the rescaled time.
    pub rescaled_step: f64,
    /// The step of the negative control, in the rescaled time.
    pub wrong_step: f64,
    /// Numbers of states, inputs and outputs.
    pub shape: (usize, usize, usize),
    /// True where F is affine.
    pub affine: bool,
    /// How far F moves the state at (x*, u*) in one step, counted in the scales.
    pub drift: f64,
    /// True where that is (nearly) nothing.
    pub equilibrium: bool,
    /// Largest sizes of states, inputs and outputs on the trajectory of the first
    /// method, in their units; a size far below that of the same quantity is
    /// raised to a thousandth of it.
    pub scales: Scales,
    /// One row an identity and method.
    pub rows: Vec<Row>,
    /// Methods without a value here.
    pub skipped: Vec<Skipped>,
    /// True where no row fails.
    pub holds: bool,
}

/// A method that could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skipped {
    /// Which.
    pub method: Method,
    /// Why.
    pub reason: String,
}

/// What states, inputs and outputs are counted in.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scales {
    /// One a state.
    pub state: Vec<f64>,
    /// One an input.
    pub input: Vec<f64>,
    /// One an output.
    pub output: Vec<f64>,
}

/// Measures and judges all identities of `system`, a flow. `progress` hears the
/// fraction done.
///
/// # Errors
///
/// [`TransformError`] where the system has discrete time or no states, lengths
/// disagree, or it has no value on its trajectory.
pub fn commute(
    system: &dyn System,
    options: &Options,
    progress: &dyn Fn(f64),
) -> Result<Commutation, TransformError> {
    judge::commute(system, options, progress)
}

#[cfg(test)]
mod tests;
