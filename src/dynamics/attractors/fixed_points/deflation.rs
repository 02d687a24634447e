//! Newton's method with known roots divided out.

use super::{
    equation::{Desk, Equation},
    known::Root,
    newton::{Arrived, Descent, accurate},
    search::SearchOptions,
};

/// A step is halved this often before the search gives up.
const HALVINGS: usize = 8;

/// Damped Newton steps on `M(x) F(x)`, where M grows without bound at every
/// known root r,
///
/// ```text
/// M(x) = product over r of (1 + 1/d^2),   d^2 = |x - r|^2 / l^2,
/// ```
///
/// so that no iteration from anywhere converges to one of them. The Newton step
/// of the product is that of F times a scalar, `1 / (1 - g' s)` with s the
/// Newton step (added to x) of F and g the gradient of log M, by the formula of
/// Sherman and Morrison: no more linear algebra than without (Brown and Gearhart
/// 1971; Farrell, Birkisson and Funke, SIAM J. Sci. Comput. 37, 2015).
pub(super) fn descend(
    equation: &Equation<'_>,
    start: &[f64],
    roots: &[Root],
    options: &SearchOptions,
    desk: &mut Desk,
) -> Descent {
    let deflation = Deflation { equation, roots };
    let mut x = start.to_vec();
    let mut f = equation.residual(&x, &mut desk.counters);
    let end =
        |arrived, state, residual, error, steps| Descent { arrived, state, residual, error, steps };
    for steps in 0..options.max_iterations {
        let residual = equation.scaled(&x, &f);
        if !residual.is_finite() || !equation.factor(&x, desk) {
            return end(Arrived::Lost, x, residual, f64::INFINITY, steps);
        }
        let mut step = f.clone();
        desk.solve(&mut step);
        let error = equation.length(&step);
        if residual <= options.tolerance && error <= accurate(options) {
            return end(Arrived::Root, x, residual, error, steps);
        }
        // Close to a new root the known ones play no part.
        let factor = deflation.factor(&x, &step);
        let before = deflation.merit(&x, &f);
        let mut share = factor;
        let mut next = None;
        for _ in 0..=HALVINGS {
            let candidate: Vec<f64> = x.iter().zip(&step).map(|(x, d)| x - share * d).collect();
            let value = equation.residual(&candidate, &mut desk.counters);
            if deflation.merit(&candidate, &value) < before {
                next = Some((candidate, value));
                break;
            }
            share *= 0.5;
        }
        let Some(next) = next else {
            return end(Arrived::Stalled, x, residual, error, steps);
        };
        (x, f) = next;
    }
    let residual = equation.scaled(&x, &f);
    end(Arrived::Lost, x, residual, f64::INFINITY, options.max_iterations)
}

/// The operator M of the known roots.
struct Deflation<'a> {
    equation: &'a Equation<'a>,
    roots: &'a [Root],
}

impl Deflation<'_> {
    /// `|x - r|^2 / l^2`, with l^2 the number of states, in scaled units.
    fn square(&self, x: &[f64], root: &Root) -> f64 {
        let parts = x.iter().zip(&root.state).zip(&self.equation.scales.state);
        let sum: f64 = parts.map(|((x, r), size)| ((x - r) / size).powi(2)).sum();
        sum / x.len() as f64
    }

    /// `log |M F|^2`.
    fn merit(&self, x: &[f64], f: &[f64]) -> f64 {
        let log = |root: &Root| 2.0 * self.square(x, root).recip().ln_1p();
        self.equation.merit(f).ln() + self.roots.iter().map(log).sum::<f64>()
    }

    /// What the Newton step (to be subtracted from x) is to be multiplied by.
    fn factor(&self, x: &[f64], step: &[f64]) -> f64 {
        let slope = |root: &Root| {
            let square = self.square(x, root);
            let parts = x.iter().zip(&root.state).zip(step).zip(&self.equation.scales.state);
            let inner: f64 = parts.map(|(((x, r), d), size)| (x - r) * d / (size * size)).sum();
            // d log(1 + 1/d^2) along -step.
            2.0 * inner / x.len() as f64 / (square * (1.0 + square))
        };
        1.0 / (1.0 - self.roots.iter().map(slope).sum::<f64>())
    }
}
