//! The test of Popov, Belevitch and Hautus, with margins.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::Serialize;

use super::pencil::{Pencil, Smallest};
use super::staircase::reachable_dimension;
use super::{LinearSystem, kalman_rank};
use crate::{
    dae::Time,
    linalg::{Complex, EigenError, SvdError, eigenvalues, real_singular_values},
};

/// How near a system is to losing the control (or the sight) of one mode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mode {
    /// Real part of the eigenvalue, per unit of time, or of a step's factor.
    pub re: f64,
    /// Its imaginary part; of a conjugate pair only the positive one is listed.
    pub im: f64,
    /// The smallest singular value of `[s I - A, B]` at this eigenvalue s.
    pub margin: f64,
    /// The margin relative to [`RankTest::norm`].
    pub relative_margin: f64,
}

/// Whether (A, B) is controllable, and by how much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankTest {
    /// True where no margin is within `floor`.
    pub full: bool,
    /// Number of states.
    pub states: usize,
    /// Number of inputs, or of outputs where it is about observability.
    pub channels: usize,
    /// Dimension of what is reached (or seen): all states where `full`, else
    /// what the staircase form and the modes leave with the same `floor`.
    pub rank: usize,
    /// Kalman's rank, for comparison: see [`kalman_rank`]; `None` where the
    /// powers of A overflow.
    pub kalman_rank: Option<usize>,
    /// The smallest margin of all modes.
    pub margin: f64,
    /// The same relative to `norm`.
    pub relative_margin: f64,
    /// The smallest singular value of `[s I - A, B]` near the worst modes with s
    /// free: the size of a change of A and B that makes the system lose rank.
    /// It is an upper bound of the smallest such change, and at most `margin`.
    pub distance: f64,
    /// The 2-norm of `[A, B]`, and of `[A - I, B]` in discrete time: what a step
    /// changes, so that Euler's map has the relative margins of the flow.
    pub norm: f64,
    /// What counts as a loss of rank: rounding in the Frobenius norm of [A, B].
    pub floor: f64,
    /// All modes, the nearest to a loss first.
    pub modes: Vec<Mode>,
}

/// Why there is no test.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The eigenvalues cannot be computed.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// The singular values cannot be computed.
    #[error(transparent)]
    Svd(#[from] SvdError),
}

/// Rounding errors of this many units in the last place, times the number of
/// states and inputs, are expected of the whole computation.
const ROUNDINGS: f64 = 10.0;
/// Modes from which the nearest loss of rank is looked for.
const STARTS: usize = 4;
/// Steps of each search at most.
const SEARCH: usize = 30;

/// Tests (A, B).
///
/// The margin is the smallest singular value of `[s I - A, B]` at each
/// eigenvalue of A, computed to a relative 1e-10 in a form of A and B that is
/// reached by reflections; it is invariant under orthogonal changes of
/// coordinates, and is multiplied by 1/a by a rescaling of time and by d by
/// Euler's map.
///
/// At a defective eigenvalue the computed eigenvalues are off by much more than
/// rounding, and so are their margins. Therefore the verdict rests on
/// [`RankTest::distance`], for which s moves downhill from the worst modes.
///
/// # Errors
///
/// See [`ControlError`].
pub fn controllability(system: &LinearSystem) -> Result<RankTest, ControlError> {
    let (a, b) = (system.a(), system.b());
    let (states, channels) = b.shape();
    let pencil = Pencil::new(a, b);
    let norm = step_norm(system)?;
    let relative = |margin: f64| if norm == 0.0 { 0.0 } else { margin / norm };
    let mut values = eigenvalues(a)?;
    values.retain(|value| value.im >= 0.0);
    let mut found: Vec<(Complex, Smallest)> =
        values.into_par_iter().map(|s| (s, pencil.smallest(s))).collect();
    found.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let modes: Vec<Mode> = found
        .iter()
        .map(|(s, smallest)| Mode {
            re: s.re,
            im: s.im,
            margin: smallest.value,
            relative_margin: relative(smallest.value),
        })
        .collect();
    let margin = modes.first().map_or(f64::INFINITY, |mode| mode.margin);
    let distances = found.into_iter().take(STARTS).map(|(s, start)| downhill(&pencil, s, start));
    let distance = distances.min_by(f64::total_cmp).unwrap_or(f64::INFINITY);
    let size = a.norm().hypot(b.norm());
    let floor = ROUNDINGS * (states + channels) as f64 * f64::EPSILON * size;
    let full = distance > floor;
    let rank = if full || states == 0 {
        states
    } else {
        // The staircase amplifies rounding where a step is small, and then sees
        // more than there is; what the modes say and the distance limit it.
        let within = states - separate(&modes, floor, 1e-6 * size);
        let found = reachable_dimension(a, b, floor);
        let found = if within < found { within } else { found };
        if found == states { states - 1 } else { found }
    };
    Ok(RankTest {
        full,
        states,
        channels,
        rank,
        kalman_rank: kalman_rank(a, b)?,
        margin,
        relative_margin: relative(margin),
        distance,
        norm,
        floor,
        modes,
    })
}

/// Tests (A, C) by duality.
///
/// # Errors
///
/// See [`ControlError`].
pub fn observability(system: &LinearSystem) -> Result<RankTest, ControlError> {
    controllability(&system.dual())
}

/// The smallest singular value with s free, from one mode downhill.
///
/// Where it is least, s is a fixed point of `u* A u`, u the left singular vector;
/// the fixed point is approached by secants, because plain iteration creeps
/// along near defective eigenvalues.
fn downhill(pencil: &Pencil, s: Complex, start: Smallest) -> f64 {
    let (mut s, mut best) = (s, start);
    let mut before: Option<(Complex, Complex)> = None;
    for _ in 0..SEARCH {
        let plain = pencil.better(&best);
        let gap = s - plain;
        let secant = before.map(|(other, other_gap)| s - gap * (s - other) / (gap - other_gap));
        before = Some((s, gap));
        let tried = [secant.filter(|next| next.re.is_finite() && next.im.is_finite()), Some(plain)];
        let next = tried.into_iter().flatten().find_map(|next| {
            let found = pencil.smallest(next);
            (found.value < best.value).then_some((next, found))
        });
        // A plain step is small where the valley is narrow: no sign of the bottom.
        let Some(next) = next else { break };
        (s, best) = next;
    }
    best.value
}

/// Number of separate eigenvalues with margins up to `floor`.
fn separate(modes: &[Mode], floor: f64, apart: f64) -> usize {
    let mut found: Vec<&Mode> = Vec::new();
    for mode in modes.iter().filter(|mode| mode.margin <= floor) {
        if found.iter().all(|other| (mode.re - other.re).hypot(mode.im - other.im) > apart) {
            found.push(mode);
        }
    }
    // An eigenvalue that is not its own conjugate stands for two.
    found.iter().map(|mode| if mode.im > apart { 2 } else { 1 }).sum()
}

/// The 2-norm of what moves the state.
fn step_norm(system: &LinearSystem) -> Result<f64, SvdError> {
    let (states, inputs) = system.b().shape();
    let mut whole = DMatrix::zeros(states, states + inputs);
    whole.columns_mut(0, states).copy_from(system.a());
    whole.columns_mut(states, inputs).copy_from(system.b());
    if let Time::Discrete { .. } = system.time() {
        (0..states).for_each(|k| whole[(k, k)] -= 1.0);
    }
    Ok(real_singular_values(&whole)?.first().copied().unwrap_or(0.0))
}
