//! Cycles: Newton's method on the return to the same state, and what lies beside.

use nalgebra::{DMatrix, DVector};

use super::{
    AttractorError,
    motion::{Motion, distance},
};
use crate::{
    dae::System,
    linalg::{Complex, DenseLu, eigenvalues, norm},
};

/// A closed orbit.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// A state of it.
    pub state: Vec<f64>,
    /// Time after which the state returns, in the unit of time of the system.
    pub period: f64,
    /// Steps after which the state of a map returns; `None` for a flow.
    pub steps: Option<usize>,
    /// Eigenvalues of the derivative of the return, by falling modulus. Of a flow
    /// one is 1, that along the orbit; [`Cycle::along`] says how well.
    pub multipliers: Vec<Complex>,
    /// Distance from 1 of the multiplier along the orbit of a flow, a measure of
    /// the accuracy of all; `None` for a map.
    pub along: Option<f64>,
    /// Norm of what is missing at the return, in the unit of the states.
    pub residual: f64,
    /// Multipliers that lead away, modulus above 1, but for that along the orbit.
    pub unstable_dimensions: usize,
    /// True where all multipliers, but for that along the orbit, lead back.
    pub stable: bool,
}

/// Multipliers this close to the unit circle decide nothing.
const NEUTRAL: f64 = 1e-6;
const MOST_ITERATIONS: usize = 12;
/// Newton's method has arrived where the return misses by this part of the state.
const RETURNED: f64 = 1e-11;
/// Where it can do no better than this, rounding and the integrator are the reason.
const NEARLY_RETURNED: f64 = 1e-8;
/// A cycle moves at no less than this part of the speed at the guess.
const SLOWEST: f64 = 0.05;
/// Relative error of a step of the integrator while a cycle is refined.
const TOLERANCE: f64 = 1e-11;

/// The cycle of a flow close to a state and a period, by Newton's method on
///
/// ```text
/// Phi_T(x) - x = 0,  f(x0) . (x - x0) = 0
/// ```
///
/// in x and T, whose derivative is the solution of the variational equation
/// (Kuznetsov, Elements of Applied Bifurcation Theory, section 10.2). `None`
/// where it does not converge to a cycle of about that period.
///
/// # Errors
///
/// [`AttractorError`]: a flow without value, or lengths that disagree.
///
/// # Panics
///
/// Never.
pub fn shoot(
    system: &dyn System,
    guess: &[f64],
    input: &[f64],
    period: f64,
) -> Result<Option<Cycle>, AttractorError> {
    shoot_flow(Motion::new(system, guess, input, (period, TOLERANCE))?, guess, period)
}

pub(super) fn shoot_flow(
    motion: Motion<'_>,
    guess: &[f64],
    guessed_period: f64,
) -> Result<Option<Cycle>, AttractorError> {
    let states = motion.states();
    let motion = Motion { tolerance: TOLERANCE, ..motion };
    let mut phase = vec![0.0; states];
    motion.system.evolve(guess, motion.input, &mut phase)?;
    let speed = norm(&phase);
    if !(speed > 0.0) {
        return Ok(None);
    }
    for value in &mut phase {
        *value /= speed;
    }
    let (mut x, mut period) = (guess.to_vec(), guessed_period);
    let mut best = f64::INFINITY;
    for _ in 0..MOST_ITERATIONS {
        let Some((end, monodromy)) = around(motion, &x, period)? else { return Ok(None) };
        let missing: Vec<f64> = end.iter().zip(&x).map(|(end, x)| end - x).collect();
        let (residual, size) = (norm(&missing), norm(&x));
        let has_stalled = residual <= NEARLY_RETURNED * size && residual > 0.3 * best;
        let mut rate = vec![0.0; states];
        motion.system.evolve(&end, motion.input, &mut rate)?;
        // A fixed point returns after any time.
        if !(norm(&rate) >= SLOWEST * speed) {
            return Ok(None);
        }
        if residual <= RETURNED * size || has_stalled {
            return of_flow((x, period), residual, &monodromy).map(Some);
        }
        best = residual;
        let off: f64 = phase.iter().zip(x.iter().zip(guess)).map(|(p, (x, g))| p * (x - g)).sum();
        let Some(step) = bordered(&monodromy, (&rate, &phase), (&missing, off)) else {
            return Ok(None);
        };
        x.iter_mut().zip(&step).for_each(|(x, step)| *x += step);
        period += step[states];
        let strayed = !((period / guessed_period - 1.0).abs() <= 0.3);
        if strayed || !x.iter().all(|value| value.is_finite()) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// A state after a time, and its derivative by the state before.
type Turn = (Vec<f64>, DMatrix<f64>);

/// State and fundamental matrix after a time; `None` where they leave the range
/// of numbers.
fn around(motion: Motion<'_>, x: &[f64], period: f64) -> Result<Option<Turn>, AttractorError> {
    let states = x.len();
    let identity = DMatrix::<f64>::identity(states, states);
    let mut extended = [x, identity.as_slice(), &[0.0]].concat();
    motion.variational(states).advance(&mut extended, period)?;
    if !extended.iter().all(|value| value.is_finite()) {
        return Ok(None);
    }
    let columns = &extended[states..states * (states + 1)];
    let monodromy = DMatrix::from_column_slice(states, states, columns);
    Ok(Some((extended[..states].to_vec(), monodromy)))
}

/// Solves `[M - I, f; p', 0] (dx, dT) = -(missing, off)`.
fn bordered(
    monodromy: &DMatrix<f64>,
    (rate, phase): (&[f64], &[f64]),
    (missing, off): (&[f64], f64),
) -> Option<Vec<f64>> {
    let states = rate.len();
    let mut matrix = DMatrix::zeros(states + 1, states + 1);
    matrix.view_mut((0, 0), (states, states)).copy_from(monodromy);
    for k in 0..states {
        matrix[(k, k)] -= 1.0;
        matrix[(k, states)] = rate[k];
        matrix[(states, k)] = phase[k];
    }
    let mut step: Vec<f64> = missing.iter().map(|value| -value).collect();
    step.push(-off);
    DenseLu::factor(&matrix).ok()?.solve(&mut step);
    step.iter().all(|value| value.is_finite()).then_some(step)
}

fn of_flow(
    (state, period): (Vec<f64>, f64),
    residual: f64,
    monodromy: &DMatrix<f64>,
) -> Result<Cycle, AttractorError> {
    let mut multipliers = eigenvalues(monodromy)?;
    let one = Complex::new(1.0, 0.0);
    multipliers.sort_by(|a, b| (a - one).norm().total_cmp(&(b - one).norm()));
    let along = multipliers.first().map(|first| (first - one).norm());
    let (unstable_dimensions, stable) = judged(multipliers.get(1..).unwrap_or_default());
    multipliers.sort_by(|a, b| b.norm().total_cmp(&a.norm()));
    let steps = None;
    Ok(Cycle { state, period, steps, multipliers, along, residual, unstable_dimensions, stable })
}

/// How many multipliers lead away, and whether all lead back.
fn judged(multipliers: &[Complex]) -> (usize, bool) {
    let unstable = multipliers.iter().filter(|value| value.norm() > 1.0 + NEUTRAL).count();
    (unstable, multipliers.iter().all(|value| value.norm() < 1.0 - NEUTRAL))
}

/// The cycle of `steps` steps of a map close to a state, by Newton's method on
/// `f^steps(x) = x`; where that is singular, as on a circle all of whose points
/// are periodic, the state itself if it returns to rounding.
pub(super) fn shoot_map(
    motion: Motion<'_>,
    guess: &[f64],
    steps: usize,
) -> Result<Option<Cycle>, AttractorError> {
    let states = motion.states();
    let mut x = guess.to_vec();
    for iteration in 0..MOST_ITERATIONS {
        let (end, derivative) = iterated(motion, &x, steps)?;
        let missing: Vec<f64> = end.iter().zip(&x).map(|(end, x)| end - x).collect();
        let (residual, size) = (norm(&missing), norm(&x));
        // A state that returns as it stands needs no step, which may be singular.
        if residual <= RETURNED * size || (iteration == 0 && residual <= 1e-10 * size) {
            return of_map((x, steps), motion.unit, residual, &derivative).map(Some);
        }
        let matrix = &derivative - DMatrix::<f64>::identity(states, states);
        let Ok(lu) = DenseLu::factor(&matrix) else { return Ok(None) };
        let mut step: Vec<f64> = missing.iter().map(|value| -value).collect();
        lu.solve(&mut step);
        x.iter_mut().zip(&step).for_each(|(x, step)| *x += step);
        if !(distance(&x, guess) <= size) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The state after some steps, and its derivative.
fn iterated(
    motion: Motion<'_>,
    x: &[f64],
    steps: usize,
) -> Result<(Vec<f64>, DMatrix<f64>), AttractorError> {
    let states = x.len();
    let (mut point, mut next) = (x.to_vec(), vec![0.0; states]);
    let mut derivative = DMatrix::identity(states, states);
    let mut jacobian = DMatrix::zeros(states, states);
    for _ in 0..steps {
        motion.system.jacobian(&point, motion.input, &mut jacobian)?;
        derivative = &jacobian * derivative;
        motion.system.evolve(&point, motion.input, &mut next)?;
        point.copy_from_slice(&next);
    }
    Ok((point, derivative))
}

fn of_map(
    (state, steps): (Vec<f64>, usize),
    unit: f64,
    residual: f64,
    derivative: &DMatrix<f64>,
) -> Result<Cycle, AttractorError> {
    let mut multipliers = eigenvalues(derivative)?;
    multipliers.sort_by(|a, b| b.norm().total_cmp(&a.norm()));
    let (unstable_dimensions, stable) = judged(&multipliers);
    Ok(Cycle {
        state,
        period: steps as f64 * unit,
        steps: Some(steps),
        multipliers,
        along: None,
        residual,
        unstable_dimensions,
        stable,
    })
}

/// The direction in which rows spread most, of unit length, and their mean: by
/// the power method on the covariance.
pub(super) fn main_direction(rows: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let states = rows.first().map_or(0, Vec::len);
    let mut mean = DVector::zeros(states);
    for row in rows {
        mean += DVector::from_column_slice(row) / rows.len() as f64;
    }
    let centred: Vec<DVector<f64>> =
        rows.iter().map(|row| DVector::from_column_slice(row) - &mean).collect();
    // The row farthest out has a part of the direction looked for.
    let farthest = centred.iter().max_by(|a, b| a.norm().total_cmp(&b.norm()));
    let mut direction = farthest.cloned().unwrap_or_else(|| DVector::zeros(states));
    for _ in 0..60 {
        let length = direction.norm();
        if !(length > 0.0) {
            break;
        }
        direction /= length;
        let mut next = DVector::zeros(states);
        for row in &centred {
            next.axpy(row.dot(&direction), row, 1.0);
        }
        direction = next;
    }
    let length = direction.norm();
    if length > 0.0 {
        direction /= length;
    }
    (direction.as_slice().to_vec(), mean.as_slice().to_vec())
}
