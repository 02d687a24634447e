//! Where no root is near: the least of `q = |F|^2 / 2`.

use nalgebra::{DMatrix, DVector};

use super::{
    SlowPoint,
    equation::{Desk, Equation},
    search::SearchOptions,
};
use crate::linalg::{gram, norm};

/// Steps before the search gives up.
const STEPS: usize = 60;
/// Damping of the first step, in parts of the largest diagonal entry of J'J.
const DAMPING: f64 = 1e-3;

/// Where the descent of q ended.
pub(super) struct Least {
    pub(super) state: Vec<f64>,
    /// Largest scaled component of F.
    pub(super) residual: f64,
    /// `|J' F| / (|J| |F|)`, scaled.
    pub(super) gradient: f64,
    /// Index of the known slow point that it came to.
    pub(super) joined: Option<usize>,
}

/// A least is found less exactly than a root: states as close as so many times
/// [`SearchOptions::distinct`], and as slow to the same part, are at the same one.
const SAME: f64 = 1e3;

/// Index of the known slow point at a state.
pub(super) fn place(
    equation: &Equation<'_>,
    known: &[SlowPoint],
    (x, f): (&[f64], &[f64]),
    options: &SearchOptions,
) -> Option<usize> {
    let same = SAME * options.distinct;
    known.iter().position(|point| {
        let speed = norm(f) / point.speed;
        equation.distance(&point.state, x) <= same && (speed - 1.0).abs() <= same
    })
}

/// Levenberg-Marquardt steps, `(J'J + mu I) d = J'F`, all in scaled units, with
/// Nielsen's rule for mu.
pub(super) fn least(
    equation: &Equation<'_>,
    start: &[f64],
    known: &[SlowPoint],
    options: &SearchOptions,
    desk: &mut Desk,
) -> Least {
    let mut x = start.to_vec();
    let mut f = equation.residual(&x, &mut desk.counters);
    let (mut damping, mut growth) = (f64::NAN, 2.0);
    let mut slope = f64::INFINITY;
    let mut normal = DMatrix::zeros(x.len(), x.len());
    let mut joined = None;
    for _ in 0..STEPS {
        joined = place(equation, known, (&x, &f), options);
        if joined.is_some() {
            break;
        }
        if equation.scaled(&x, &f) <= options.tolerance || !equation.jacobian(&x, desk) {
            break;
        }
        let (jacobian, scaled) = scaled(equation, &desk.jacobian, &f);
        let gradient = jacobian.tr_mul(&scaled);
        slope = gradient.norm() / (jacobian.norm() * scaled.norm());
        if !(slope > options.flat) {
            break;
        }
        gram(&jacobian, &mut normal);
        if damping.is_nan() {
            damping = DAMPING * normal.diagonal().max();
        }
        (0..x.len()).for_each(|k| normal[(k, k)] += damping);
        desk.counters.factorisations += 1;
        if desk.lu.refactor(&normal).is_err() {
            break;
        }
        let mut step = gradient.as_slice().to_vec();
        desk.solve(&mut step);
        let next: Vec<f64> = x
            .iter()
            .zip(&step)
            .zip(&equation.scales.state)
            .map(|((x, d), size)| x - d * size)
            .collect();
        let value = equation.residual(&next, &mut desk.counters);
        let (before, after) = (equation.merit(&f), equation.merit(&value));
        let step = DVector::from_vec(step);
        let predicted = step.dot(&(&step * damping + &gradient));
        let ratio = (before - after) / predicted;
        if ratio > 0.0 {
            let shrink = 1.0 - (2.0 * ratio - 1.0).powi(3);
            damping *= if shrink > 1.0 / 3.0 { shrink } else { 1.0 / 3.0 };
            growth = 2.0;
            (x, f) = (next, value);
        } else {
            damping *= growth;
            growth *= 2.0;
        }
        if !damping.is_finite() {
            break;
        }
    }
    let residual = equation.scaled(&x, &f);
    Least { state: x, residual, gradient: slope, joined }
}

/// The Jacobian and the residual in the scales of rows and columns.
fn scaled(
    equation: &Equation<'_>,
    jacobian: &DMatrix<f64>,
    f: &[f64],
) -> (DMatrix<f64>, DVector<f64>) {
    let (states, rates) = (&equation.scales.state, &equation.scales.rate);
    let row = |k: usize| states[k] * rates[k];
    let scaled = DMatrix::from_fn(f.len(), f.len(), |i, j| jacobian[(i, j)] * states[j] / row(i));
    (scaled, DVector::from_fn(f.len(), |k, _| f[k] / row(k)))
}
