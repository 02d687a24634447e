//! Newton's method with known roots divided out.

use super::{
    equation::{Desk, Equation},
    known::Root,
    newton::{Arrived, Descent, accurate},
    search::SearchOptions,
};

/// A step is halved this often before the search gives up.
const HALVINGS: usize = 8;
/// Steps from one start: what wanders between known roots finds none.
const STEPS: usize = 40;

/// The equation `M(x) F(x) = 0`, where M grows without bound at every known
/// root r,
///
/// ```text
/// M(x) = product over r of (1 + 1/d^2),   d = |x - r| / l,
/// ```
///
/// so that no iteration from anywhere converges to one of them. The reach l of
/// a root is its distance from the nearest other one: many roots with a longer
/// reach would outweigh F everywhere.
pub(super) struct Deflation<'a> {
    equation: &'a Equation<'a>,
    roots: &'a [Root],
    /// l^2, scaled, by root.
    reach: Vec<f64>,
}

impl<'a> Deflation<'a> {
    pub(super) fn new(equation: &'a Equation<'a>, roots: &'a [Root]) -> Self {
        let reach = (0..roots.len()).map(|k| {
            let others = (0..roots.len()).filter(|&other| other != k);
            let squares =
                others.map(|other| square(equation, &roots[k].state, &roots[other].state));
            squares.min_by(f64::total_cmp).unwrap_or(equation.size() as f64)
        });
        Self { equation, roots, reach: reach.collect() }
    }

    /// Damped Newton steps.
    ///
    /// The Newton step of the product is that of F times a scalar,
    /// `1 / (1 - g' s)` with s the Newton step (added to x) of F and g the gradient
    /// of log M, by the formula of Sherman and Morrison: no more linear algebra
    /// than without (Brown and Gearhart 1971; Farrell, Birkisson and Funke, SIAM J.
    /// Sci. Comput. 37, 2015).
    pub(super) fn descend(
        &self,
        start: &[f64],
        options: &SearchOptions,
        desk: &mut Desk,
    ) -> Descent {
        let equation = self.equation;
        let mut x = start.to_vec();
        let mut f = equation.residual(&x, &mut desk.counters);
        let end = |arrived, state, residual, error, steps| Descent {
            arrived,
            state,
            residual,
            error,
            steps,
        };
        let most = if STEPS < options.max_iterations { STEPS } else { options.max_iterations };
        for steps in 0..most {
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
            let Some(next) = self.line_search((&x, &f), &step, desk) else {
                return end(Arrived::Stalled, x, residual, error, steps);
            };
            (x, f) = next;
        }
        let residual = equation.scaled(&x, &f);
        end(Arrived::Lost, x, residual, f64::INFINITY, most)
    }

    /// The first of the steps 1, 1/2, 1/4, ... that makes `|M F|` smaller, and F there.
    fn line_search(
        &self,
        (x, f): (&[f64], &[f64]),
        step: &[f64],
        desk: &mut Desk,
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let before = self.merit(x, f);
        let mut share = self.factor(x, step);
        for _ in 0..=HALVINGS {
            let candidate: Vec<f64> = x.iter().zip(step).map(|(x, d)| x - share * d).collect();
            let value = self.equation.residual(&candidate, &mut desk.counters);
            if self.merit(&candidate, &value) < before {
                return Some((candidate, value));
            }
            share *= 0.5;
        }
        None
    }

    /// d^2 by root.
    fn squares(&self, x: &[f64]) -> impl Iterator<Item = f64> {
        let parts = self.roots.iter().zip(&self.reach);
        parts.map(move |(root, reach)| square(self.equation, x, &root.state) / reach)
    }

    /// `log |M F|^2`.
    fn merit(&self, x: &[f64], f: &[f64]) -> f64 {
        let logs = self.squares(x).map(|square| 2.0 * square.recip().ln_1p());
        self.equation.merit(f).ln() + logs.sum::<f64>()
    }

    /// What the Newton step (to be subtracted from x) is to be multiplied by.
    fn factor(&self, x: &[f64], step: &[f64]) -> f64 {
        let away =
            |root: &Root| -> Vec<f64> { x.iter().zip(&root.state).map(|(x, r)| x - r).collect() };
        let roots = self.roots.iter().zip(&self.reach).zip(self.squares(x));
        // d log(1 + 1/d^2) along -step.
        let slopes = roots.map(|((root, reach), square)| {
            2.0 * self.equation.inner(&away(root), step) / reach / (square * (1.0 + square))
        });
        1.0 / (1.0 - slopes.sum::<f64>())
    }
}

/// Square of the Euclidean distance of two states in their scales.
fn square(equation: &Equation<'_>, a: &[f64], b: &[f64]) -> f64 {
    let parts = a.iter().zip(b).zip(&equation.scales.state);
    parts.map(|((a, b), size)| ((a - b) / size).powi(2)).sum()
}
