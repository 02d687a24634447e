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
        let Some((next, value)) = line_search(equation, (&x, &f), &step, desk) else {
            let arrived =
                if residual <= options.tolerance { Arrived::Root } else { Arrived::Stalled };
            return end(arrived, x, residual, error, steps);
        };
        (x, f) = (next, value);
        steps += 1;
        steps += chords(equation, &mut x, &mut f, options, desk);
    }
    let residual = equation.scaled(&x, &f);
    end(Arrived::Lost, x, residual, f64::INFINITY, steps)
}

/// Roots are found to this part of the distance that tells them apart.
pub(super) fn accurate(options: &SearchOptions) -> f64 {
    0.01 * options.distinct
}

/// The first of the steps 1, 1/2, 1/4, ... of Newton's that makes the residual
/// smaller, and the residual there.
fn line_search(
    equation: &Equation<'_>,
    at: (&[f64], &[f64]),
    step: &[f64],
    desk: &mut Desk,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let (x, f) = at;
    let before = equation.merit(f);
    let mut factor = 1.0;
    for _ in 0..=HALVINGS {
        let next: Vec<f64> = x.iter().zip(step).map(|(x, d)| x - factor * d).collect();
        let value = equation.residual(&next, &mut desk.counters);
        if equation.merit(&value) <= (1.0 - 2.0 * DECREASE * factor) * before {
            return Some((next, value));
        }
        factor *= 0.5;
    }
    None
}

/// Steps with the factors at hand, while they are nearly as good as new ones.
fn chords(
    equation: &Equation<'_>,
    x: &mut Vec<f64>,
    f: &mut Vec<f64>,
    options: &SearchOptions,
    desk: &mut Desk,
) -> usize {
    let mut steps = 0;
    let mut merit = equation.merit(f);
    while equation.scaled(x, f) > options.tolerance {
        let mut step = f.clone();
        desk.solve(&mut step);
        let next: Vec<f64> = x.iter().zip(&step).map(|(x, d)| x - d).collect();
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
    }
    steps
}
