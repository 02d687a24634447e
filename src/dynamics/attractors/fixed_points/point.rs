//! Points where a system stands still, or nearly so, and what it does beside them.

use nalgebra::DMatrix;

use super::SearchError;
use crate::{
    dae::{System, Time},
    linalg::{Complex, eigenvalues},
};

/// Eigenvalues this close to the boundary of stability count as on it.
const NEUTRAL: f64 = 1e-9;

/// A root of `F(x, u) = 0` (a flow) or `F(x, u) = x` (a map).
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoint {
    /// The state, in the units of the system.
    pub state: Vec<f64>,
    /// Largest `|F_i|`, or `|F_i - x_i|` of a map, in the units of the system.
    pub residual: f64,
    /// Largest component of the last Newton step at the root, which estimates how
    /// far off the state is; infinite where the Jacobian is singular.
    pub error: f64,
    /// What the system does beside the point.
    pub stability: Stability,
    /// The outputs of the system there.
    pub readout: Vec<f64>,
    /// How many starts led here.
    pub hits: usize,
    /// Index of the mirror image -x of an odd system; its own index for the origin.
    pub mirror: Option<usize>,
    /// How it was found first.
    pub found_by: FoundBy,
}

/// How a fixed point was found first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// Newton's method from this start.
    Newton {
        /// The start, from 0.
        start: usize,
    },
    /// Newton's method with the roots known before divided out, from this start.
    Deflation {
        /// The start, from 0.
        start: usize,
        /// The round of deflation, from 0.
        round: usize,
    },
    /// It is the mirror image of one, with a residual of its own.
    Mirror,
}

/// A least of `q = |F|^2/2` that is no root: the state hardly moves there.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowPoint {
    /// The state, in the units of the system.
    pub state: Vec<f64>,
    /// Euclidean norm of F (of F - x for a map): state per time, or per step.
    pub speed: f64,
    /// `|J' F| / (|J| |F|)` in scaled units, with the Frobenius norm of J; zero
    /// at a least of q.
    pub gradient: f64,
    /// The outputs of the system there.
    pub readout: Vec<f64>,
    /// How many starts led here.
    pub hits: usize,
}

/// What a system does beside a point, by the eigenvalues of its Jacobian dF/dx.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// Whether the eigenvalues are rates or multipliers.
    pub time: Time,
    /// All eigenvalues: by falling modulus for a map, by falling real part for a flow.
    pub eigenvalues: Vec<Complex>,
    /// Largest modulus. A map is stable where it is below 1.
    pub radius: f64,
    /// Largest real part. A flow is stable where it is below 0.
    pub abscissa: f64,
    /// Eigenvalues that lead away: modulus above 1, or real part above 0.
    pub unstable_dimensions: usize,
    /// Eigenvalues within 1e-9 (of the largest modulus, for a flow) of the
    /// boundary, which decide nothing and are not counted as unstable.
    pub neutral_dimensions: usize,
    /// True where every eigenvalue leads back.
    pub stable: bool,
}

/// The linear stability of any state of any system, a fixed point or not.
///
/// A map and a flow with the same fixed points differ in it: the Euler map of
/// step d has the eigenvalues `1 + d mu` where the flow has mu.
///
/// # Errors
///
/// [`SearchError`] where lengths disagree, the system has no value, or the
/// eigenvalues do not converge.
pub fn stability(
    system: &dyn System,
    state: &[f64],
    input: &[f64],
) -> Result<Stability, SearchError> {
    let (states, inputs, _) = system.shape();
    SearchError::check_length("the state", state.len(), states)?;
    SearchError::check_length("the input", input.len(), inputs)?;
    let mut jacobian = DMatrix::zeros(states, states);
    system.jacobian(state, input, &mut jacobian)?;
    Ok(Stability::of(system.time(), eigenvalues(&jacobian)?))
}

impl Stability {
    /// Judges eigenvalues.
    fn of(time: Time, mut eigenvalues: Vec<Complex>) -> Self {
        let radius = largest(eigenvalues.iter().map(|value| value.norm()));
        let abscissa = largest(eigenvalues.iter().map(|value| value.re));
        // How far beyond the boundary of stability, in its own unit.
        let beyond = |value: &Complex| match time {
            Time::Discrete { .. } => value.norm() - 1.0,
            Time::Continuous => value.re,
        };
        let neutral = match time {
            Time::Discrete { .. } => NEUTRAL,
            Time::Continuous => NEUTRAL * radius,
        };
        eigenvalues.sort_by(|a, b| {
            let order = beyond(b).total_cmp(&beyond(a));
            order.then(b.re.total_cmp(&a.re)).then(b.im.total_cmp(&a.im))
        });
        let count = |test: &dyn Fn(f64) -> bool| {
            eigenvalues.iter().filter(|value| test(beyond(value))).count()
        };
        let unstable_dimensions = count(&|excess| excess > neutral);
        let neutral_dimensions = count(&|excess| excess.abs() <= neutral);
        let stable = count(&|excess| excess < -neutral) == eigenvalues.len();
        Self {
            time,
            eigenvalues,
            radius,
            abscissa,
            unstable_dimensions,
            neutral_dimensions,
            stable,
        }
    }
}

/// The largest value; minus infinity of none.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.max_by(f64::total_cmp).unwrap_or(f64::NEG_INFINITY)
}
