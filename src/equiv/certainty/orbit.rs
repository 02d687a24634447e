//! How far a computed trajectory is from the true one.
//!
//! Between two computed states lies a step of the true flow (or map) `phi_k`. The computed
//! states miss it by the jumps `j_k = x_{k+1} - phi_k(x_k)`, which are measured, and what
//! is wrong already is carried on by the derivative `Phi_k` of the step. With the metrics
//!
//! ```text
//! P_K = I,   P_k = I + Phi_k^T P_{k+1} Phi_k,   |v|_k = sqrt(v^T P_k v) >= |v|
//! ```
//!
//! a step contracts: `|Phi_k v|_{k+1}^2 = |v|_k^2 - |v|^2 <= (1 - 1/max eig P_k) |v|_k^2`,
//! the logarithmic norm of the flow in a norm that moves along with the trajectory. So
//!
//! ```text
//! e_{k+1} <= sqrt(1 - 1/max eig P_k) e_k + |j_k|_{k+1} + sqrt(max eig P_{k+1}) c_k e_k^2 / 2
//! ```
//!
//! with `c_k` a bound of the second derivative of the step. In the 2-norm the logarithmic
//! norm of a trained network is positive nearly everywhere, and its bound useless after
//! some ten units of time; this one grows as errors do. It is evaluated in floating-point
//! arithmetic and `Phi_k` to some digits: no proof by intervals.
//!
//! Sources: Dahlquist, Stability and error bounds in the numerical integration of ordinary
//! differential equations (1959), for logarithmic norms; Hairer, Norsett, Wanner, Solving
//! Ordinary Differential Equations I, section I.10.

use nalgebra::{DMatrix, DVector};

use crate::{
    equiv::certainty::Field,
    solve::{
        OdeFault,
        ode_guard::{self, Pace, advance},
    },
    task::Stimulus,
};

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// The flow of the field.
    Flow,
    /// The map `h + F(h, x)`, the input being what the stimulus holds in the middle of the
    /// step.
    Map,
}

/// How far a computed trajectory is from the true one that starts in the same state.
#[derive(Clone, Debug, PartialEq)]
pub struct OrbitError {
    /// At each time a bound of the 2-norm of the error; infinite from where there is none.
    pub errors: Vec<f64>,
    /// What an error grows by, from one of the times to a later one, in first order:
    /// `|Phi v| / |v|` of the direction that the metric weighs most.
    pub amplification: f64,
}

/// Relative tolerance of a step of the flow.
const TOLERANCE: f64 = 1e-14;
/// Rounding of a jump and error of the step that it is measured against, relative to the
/// two states.
const ROUNDING: f64 = 4.0 * f64::EPSILON + TOLERANCE;
/// Product of step and steepness in the integration of the derivative: a step is right to
/// about five digits.
const VARIATION_STEP: f64 = 0.25;
/// What grows more than that is worth another look.
const NOTICEABLE: f64 = 1.1;
/// Steps of the power iteration.
const POWER_ITERATIONS: usize = 40;
/// Errors beyond that are not carried on: no network is that large.
const HOPELESS: f64 = 1e6;

/// Floating-point operations of [`orbit_error`] over `duration`.
#[must_use]
pub(super) fn cost(field: &Field, steps: Steps, duration: f64) -> f64 {
    let products = match steps {
        Steps::Flow => 4.0 * field.steepness() / VARIATION_STEP + 8.0,
        Steps::Map => 4.0,
    };
    2.0 * (field.units() as f64).powi(3) * products * duration
}

/// Bounds the error of `states`, computed at `times`, against the solution of `field` from
/// the first of them; `forcing` is what the right-hand side itself may be wrong by, in the
/// 2-norm.
///
/// `None` where sigma has a corner, so that there is no second derivative.
///
/// # Errors
///
/// [`OdeFault`] where a step from one of the states cannot be computed.
pub fn orbit_error(
    field: &Field,
    steps: Steps,
    stimulus: &Stimulus,
    (times, states): (&[f64], &[Vec<f64>]),
    forcing: f64,
) -> Result<Option<OrbitError>, OdeFault> {
    let Some(curvature) = field.curvature() else { return Ok(None) };
    let count = times.len().saturating_sub(1);
    let link = |k: usize| Link { field, steps, stimulus, span: (times[k], times[k + 1]) };
    let mut sweep = Sweep {
        curvature,
        forcing,
        metric: DMatrix::identity(field.units(), field.units()),
        largest: 1.0,
        pace: Pace::new(TOLERANCE, TOLERANCE),
    };
    let mut passed = Vec::with_capacity(count);
    let mut steepest: Option<(f64, usize, DMatrix<f64>)> = None;
    for k in (0..count).rev() {
        passed.push(sweep.pass(link(k), (&states[k], &states[k + 1]))?);
        if !sweep.largest.is_finite() {
            return Ok(Some(OrbitError {
                errors: vec![f64::INFINITY; times.len()],
                amplification: f64::INFINITY,
            }));
        }
        if steepest.as_ref().is_none_or(|(most, ..)| sweep.largest > NOTICEABLE * most) {
            steepest = Some((sweep.largest, k, sweep.metric.clone()));
        }
    }
    let mut errors = vec![0.0];
    let mut error = 0.0;
    for step in passed.into_iter().rev() {
        error = step.contraction * error + step.jump + step.bend * error * error;
        if !(error < HOPELESS) {
            error = f64::INFINITY;
        }
        errors.push(error);
    }
    let amplification = match steepest {
        Some((_, k, metric)) => amplified((k..count).map(|k| (link(k), &states[k])), &metric),
        None => 1.0,
    };
    Ok(Some(OrbitError { errors, amplification }))
}

/// The metric at one of the times, on the way backwards.
struct Sweep {
    /// A bound of the second derivative of the field.
    curvature: f64,
    /// What the right-hand side may be wrong by.
    forcing: f64,
    metric: DMatrix<f64>,
    /// A bound of its largest eigenvalue.
    largest: f64,
    pace: Pace,
}

/// What one step does to an error: in the norms of the metrics at its ends.
struct Passed {
    contraction: f64,
    jump: f64,
    bend: f64,
}

impl Sweep {
    /// Takes the metric from the end of a link to its start; `states` are those computed
    /// at both.
    fn pass(
        &mut self,
        link: Link<'_>,
        (start, found): (&[f64], &[f64]),
    ) -> Result<Passed, OdeFault> {
        let (start, found) = (DVector::from_column_slice(start), DVector::from_column_slice(found));
        let end = link.end(&start, &mut self.pace)?;
        let units = start.len();
        let derivative = link.carry(&start, DMatrix::identity(units, units));
        let (length, grown) = match link.steps {
            Steps::Flow => {
                let length = link.span.1 - link.span.0;
                (length, (length * positive(link.field.growth())).exp())
            }
            Steps::Map => (1.0, 1.0),
        };
        let rounding = ROUNDING * (start.norm() + found.norm());
        let jump = found - end;
        let measured = positive(jump.dot(&(&self.metric * &jump))).sqrt();
        let beside = rounding + length * grown * self.forcing;
        let bend = 0.5 * self.curvature * length * grown.powi(3);
        let height = self.largest.sqrt();
        let carried = &self.metric * &derivative;
        self.metric = derivative.transpose() * carried;
        for i in 0..units {
            self.metric[(i, i)] += 1.0;
        }
        self.largest = largest_eigenvalue(&self.metric);
        Ok(Passed {
            contraction: positive(1.0 - 1.0 / self.largest).sqrt(),
            jump: measured + height * beside,
            bend: height * bend,
        })
    }
}

/// The value, or 0 for one below it; NaN stays.
fn positive(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

/// What the direction that the metric weighs most grows by along the links, at most.
fn amplified<'a>(
    links: impl Iterator<Item = (Link<'a>, &'a Vec<f64>)>,
    metric: &DMatrix<f64>,
) -> f64 {
    let units = metric.nrows();
    // Any direction but one without a part in the wanted one.
    let mut direction = DMatrix::from_fn(units, 1, |i, _| 1.0 + (i as f64).sin());
    for _ in 0..POWER_ITERATIONS {
        direction = metric * direction;
        direction.unscale_mut(direction.norm());
    }
    let mut most = 1.0;
    for (link, state) in links {
        direction = link.carry(&DVector::from_column_slice(state), direction);
        let grown = direction.norm();
        if grown.is_nan() || grown > most {
            most = grown;
        }
    }
    most
}

/// A bound of the largest eigenvalue of a positive definite matrix, at most the fourth
/// root of its size too large: the Schatten norm of order 4.
fn largest_eigenvalue(matrix: &DMatrix<f64>) -> f64 {
    let square = matrix * matrix;
    square.norm().sqrt()
}

/// One step between two of the times.
#[derive(Clone, Copy)]
struct Link<'a> {
    field: &'a Field,
    steps: Steps,
    stimulus: &'a Stimulus,
    span: (f64, f64),
}

impl Link<'_> {
    /// What the map is driven by in this step.
    fn held(&self) -> DVector<f64> {
        let middle = 0.5 * (self.span.0 + self.span.1);
        let channels = 0..self.stimulus.channels();
        let held: Vec<f64> = channels.map(|c| self.stimulus.held(c, middle)).collect();
        self.field.drive(&held)
    }

    /// The end of the step from `start`.
    fn end(&self, start: &DVector<f64>, pace: &mut Pace) -> Result<DVector<f64>, OdeFault> {
        if self.steps == Steps::Map {
            return Ok(start + self.field.rate(&self.held(), start).0);
        }
        let mut end = start.as_slice().to_vec();
        let piece = Piece::new(self.field, self.stimulus, self.span);
        advance(&piece, &mut end, self.span.1 - self.span.0, pace)?;
        Ok(end.into())
    }

    /// The derivative of the step at `start` times `y`.
    fn carry(&self, start: &DVector<f64>, y: DMatrix<f64>) -> DMatrix<f64> {
        if self.steps == Steps::Map {
            let (_, slope) = self.field.rate(&self.held(), start);
            return &y + self.field.derivative(&slope, &y);
        }
        let piece = Piece::new(self.field, self.stimulus, self.span);
        piece.variation(start, y, self.span.1 - self.span.0)
    }
}

/// The field between two corners of the stimulus.
struct Piece<'a> {
    field: &'a Field,
    start: DVector<f64>,
    slope: DVector<f64>,
}

impl<'a> Piece<'a> {
    fn new(field: &'a Field, stimulus: &Stimulus, (from, to): (f64, f64)) -> Self {
        let middle = 0.5 * (from + to);
        let corners = stimulus.corners();
        let segment = corners.partition_point(|&corner| corner <= middle).saturating_sub(1);
        let segment = segment.min(stimulus.segments() - 1);
        let (mut values, mut slopes) = (Vec::new(), Vec::new());
        for channel in 0..stimulus.channels() {
            let (value, slope) = stimulus.value_and_slope(channel, segment);
            values.push(value + slope * (from - corners[segment]));
            slopes.push(slope);
        }
        let start = field.drive(&values);
        let slope = field.drive(&slopes) - &field.bias;
        Self { field, start, slope }
    }

    fn drive(&self, t: f64) -> DVector<f64> {
        &self.start + &self.slope * t
    }

    /// The derivative of the flow over `length` times `y`, by the Runge-Kutta method of
    /// order 4.
    fn variation(&self, start: &DVector<f64>, mut y: DMatrix<f64>, length: f64) -> DMatrix<f64> {
        let count = (length * self.field.steepness() / VARIATION_STEP).ceil();
        let count = if count > 1.0 { count } else { 1.0 };
        let h = length / count;
        let mut x = start.clone();
        for n in 0..count as usize {
            let t = n as f64 * h;
            let (mut sum_x, mut sum_y) =
                (DVector::zeros(x.len()), DMatrix::zeros(x.len(), y.ncols()));
            let (mut stage_x, mut stage_y) = (x.clone(), y.clone());
            for (weight, ahead, next) in
                [(1.0, 0.0, 0.5), (2.0, 0.5, 0.5), (2.0, 0.5, 1.0), (1.0, 1.0, 0.0)]
            {
                let (rate, slope) = self.field.rate(&self.drive(t + ahead * h), &stage_x);
                let change = self.field.derivative(&slope, &stage_y);
                stage_x = &x + &rate * (next * h);
                stage_y = &y + &change * (next * h);
                sum_x += rate * weight;
                sum_y += change * weight;
            }
            x += sum_x * (h / 6.0);
            y += sum_y * (h / 6.0);
        }
        y
    }
}

impl ode_guard::Field for Piece<'_> {
    fn rate(&self, t: f64, state: &[f64], rate: &mut [f64]) {
        let state = DVector::from_column_slice(state);
        let (value, _) = self.field.rate(&self.drive(t), &state);
        rate.copy_from_slice(value.as_slice());
    }
}
