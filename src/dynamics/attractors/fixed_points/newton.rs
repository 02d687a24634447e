//! Newton's method from one start.

use super::{
    equation::{Desk, Equation},
    known::{Root, follow},
    search::SearchOptions,
};

/// A step is halved this often before the search gives up.
const HALVINGS: usize = 12;
/// Share of the predicted decrease that a step must reach (Armijo).
const DECREASE: f64 = 1e-4;
/// Factors serve another step while the residual falls at least this much.
const REUSE: f64 = 0.3;
/// Steps that Broyden's method remembers.
const MEMORY: usize = 20;

/// Where one start led.
pub(super) struct Descent {
    pub(super) arrived: Arrived,
    pub(super) state: Vec<f64>,
    pub(super) residual: f64,
    /// Largest component of the last full step, scaled: how far off the state is.
    pub(super) error: f64,
    pub(super) steps: usize,
}

/// The kind of end of a descent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// At a root that was known.
    Known(usize),
    /// At a root.
    Root,
    /// At no root: no step makes the residual smaller.
    Stalled,
    /// At no root within the number of iterations, or where F has no value.
    Lost,
}

/// Damped Newton steps from `start`, with chord steps between them where the
/// residual falls fast.
pub(super) fn descend(
    equation: &Equation<'_>,
    start: &[f64],
    roots: &[Root],
    options: &SearchOptions,
    desk: &mut Desk,
) -> Descent {
    let mut x = start.to_vec();
    let mut f = equation.residual(&x, &mut desk.counters);
    let mut steps = 0;
    let end =
        |arrived, state, residual, error, steps| Descent { arrived, state, residual, error, steps };
    for _ in 0..options.max_iterations {
        let residual = equation.scaled(&x, &f);
        if !residual.is_finite() {
            return end(Arrived::Lost, x, residual, f64::INFINITY, steps);
        }
        let bounds = (options.tolerance, options.distinct);
        if let Some(arrival) = follow(equation, roots, &x, &f, bounds, desk) {
            let state = roots[arrival.root].state.clone();
            let steps = steps + arrival.steps;
            return end(Arrived::Known(arrival.root), state, arrival.residual, 0.0, steps);
        }
        if !equation.factor(&x, desk) {
            let arrived =
                if residual <= options.tolerance { Arrived::Root } else { Arrived::Stalled };
            return end(arrived, x, residual, f64::INFINITY, steps);
        }
        let mut step = f.clone();
        desk.solve(&mut step);
        let error = equation.length(&step);
        if residual <= options.tolerance && error <= accurate(options) {
            return end(Arrived::Root, x, residual, error, steps);
        }
        let Some((next, value, is_full)) = line_search(equation, (&x, &f), &step, desk) else {
            let arrived =
                if residual <= options.tolerance { Arrived::Root } else { Arrived::Stalled };
            return end(arrived, x, residual, error, steps);
        };
        (x, f) = (next, value);
        steps += 1;
        let first = is_full.then(|| step.iter().map(|d| -d).collect());
        steps += broyden(equation, (&mut x, &mut f), first, options, desk);
    }
    let residual = equation.scaled(&x, &f);
    end(Arrived::Lost, x, residual, f64::INFINITY, steps)
}

/// Roots are found to this part of the distance that tells them apart.
pub(super) fn accurate(options: &SearchOptions) -> f64 {
    0.01 * options.distinct
}

/// The first of the steps 1, 1/2, 1/4, ... of Newton's that makes the residual
/// smaller, the residual there, and whether it is the whole step.
fn line_search(
    equation: &Equation<'_>,
    at: (&[f64], &[f64]),
    step: &[f64],
    desk: &mut Desk,
) -> Option<(Vec<f64>, Vec<f64>, bool)> {
    let (x, f) = at;
    let before = equation.merit(f);
    let mut factor = 1.0;
    for _ in 0..=HALVINGS {
        let next: Vec<f64> = x.iter().zip(step).map(|(x, d)| x - factor * d).collect();
        let value = equation.residual(&next, &mut desk.counters);
        if equation.merit(&value) <= (1.0 - 2.0 * DECREASE * factor) * before {
            return Some((next, value, factor == 1.0));
        }
        factor *= 0.5;
    }
    None
}

/// Broyden's steps from the factors at hand, while they are nearly as good as
/// Newton's.
///
/// The inverse is updated by one rank a step and never formed: the step after
/// `s_0, ..., s_n` is `z / (1 - s_n' z / |s_n|^2)`, where z, first `-B_0^-1 F`, takes
/// up `s_{j+1} s_j' z / |s_j|^2` for each former pair (Kelley, Iterative Methods for
/// Linear and Nonlinear Equations, SIAM 1995, section 7.3). `first` is the Newton
/// step that led here, where it was a whole one.
fn broyden(
    equation: &Equation<'_>,
    (x, f): (&mut Vec<f64>, &mut Vec<f64>),
    first: Option<Vec<f64>>,
    options: &SearchOptions,
    desk: &mut Desk,
) -> usize {
    let mut taken: Vec<(Vec<f64>, f64)> = Vec::new();
    if let Some(step) = first {
        let square = equation.inner(&step, &step);
        taken.push((step, square));
    }
    let mut steps = 0;
    let mut merit = equation.merit(f);
    while equation.scaled(x, f) > options.tolerance && taken.len() < MEMORY {
        let mut step: Vec<f64> = f.iter().map(|f| -f).collect();
        desk.solve(&mut step);
        for pair in taken.windows(2) {
            let share = equation.inner(&pair[0].0, &step) / pair[0].1;
            step.iter_mut().zip(&pair[1].0).for_each(|(z, s)| *z += share * s);
        }
        if let Some((last, square)) = taken.last() {
            let stretch = 1.0 / (1.0 - equation.inner(last, &step) / square);
            for z in &mut step {
                *z *= stretch;
            }
        }
        let next: Vec<f64> = x.iter().zip(&step).map(|(x, d)| x + d).collect();
        let value = equation.residual(&next, &mut desk.counters);
        let now = equation.merit(&value);
        if !(now <= REUSE * REUSE * merit) {
            // Even a poor step is a gain where it goes down.
            if now <= merit {
                (*x, *f) = (next, value);
                steps += 1;
            }
            break;
        }
        (*x, *f, merit) = (next, value, now);
        steps += 1;
        let square = equation.inner(&step, &step);
        taken.push((step, square));
    }
    steps
}
