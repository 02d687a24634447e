//! The roots known so far, and the starts that fall to them.

use super::equation::{Desk, Equation};
use crate::linalg::DenseLu;

/// Chord steps towards a known root: each must come this much closer.
const CONTRACTION: f64 = 0.7;
/// They converge quadratically, so that few are needed.
const CHORDS: usize = 40;

/// A root with the factors of its Jacobian.
pub(super) struct Root {
    pub(super) state: Vec<f64>,
    /// Largest component of the last Newton step, in scaled units.
    pub(super) error: f64,
    /// `None` where the Jacobian is singular.
    pub(super) lu: Option<std::sync::Arc<DenseLu>>,
}

/// Where chord steps ended.
pub(super) struct Arrival {
    pub(super) root: usize,
    pub(super) residual: f64,
    pub(super) steps: usize,
}

/// Follows chord steps `x - J(r)^-1 F(x)` with the factors at the nearest known
/// root r as long as they contract towards it.
///
/// r is a fixed point of the chord map at which its derivative vanishes, so
/// that it converges quadratically, as Newton's method does, without a
/// factorisation. The start has converged only once its own residual is small.
pub(super) fn follow(
    equation: &Equation<'_>,
    roots: &[Root],
    x: &[f64],
    f: &[f64],
    bounds: (f64, f64),
    desk: &mut Desk,
) -> Option<Arrival> {
    let (tolerance, distinct) = bounds;
    let (root, mut distance) = nearest(equation, roots, x)?;
    let known = &roots[root];
    let lu = known.lu.as_ref()?;
    let (mut x, mut f) = (x.to_vec(), f.to_vec());
    for steps in 0..CHORDS {
        let residual = equation.scaled(&x, &f);
        let at_root = equation.distance(&x, &known.state) <= distinct + known.error;
        if residual <= tolerance && at_root {
            return Some(Arrival { root, residual, steps });
        }
        desk.counters.solutions += 1;
        lu.solve(&mut f);
        x.iter_mut().zip(&f).for_each(|(x, step)| *x -= step);
        let now = euclidean(equation, &x, &known.state);
        // The last steps are of the size of rounding.
        if !(now <= CONTRACTION * distance || equation.length(&f) <= distinct && at_root) {
            return None;
        }
        distance = now;
        f = equation.residual(&x, &mut desk.counters);
    }
    None
}

/// The known root nearest to a state, and how far it is.
fn nearest(equation: &Equation<'_>, roots: &[Root], x: &[f64]) -> Option<(usize, f64)> {
    let distances = roots.iter().map(|root| euclidean(equation, x, &root.state)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// The Euclidean distance of two states in their scales.
fn euclidean(equation: &Equation<'_>, a: &[f64], b: &[f64]) -> f64 {
    let parts = a.iter().zip(b).zip(&equation.scales.state);
    parts.map(|((a, b), size)| ((a - b) / size).powi(2)).sum::<f64>().sqrt()
}
