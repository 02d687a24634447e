//! The distinct roots, as they come in.

use std::sync::Arc;

use super::{
    FoundBy,
    equation::{Desk, Equation},
    known::Root,
    newton::accurate,
    search::SearchOptions,
};

/// Newton steps at most that a new root is improved by.
const POLISH: usize = 60;
/// A multiple root is farther off than its last Newton step by its multiplicity.
const MULTIPLICITY: f64 = 4.0;

/// A root and how it came in.
pub(super) struct Found {
    pub(super) residual: f64,
    pub(super) hits: usize,
    pub(super) by: FoundBy,
    pub(super) mirror: Option<usize>,
}

/// The distinct roots.
pub(super) struct Gathered<'a> {
    pub(super) equation: &'a Equation<'a>,
    options: &'a SearchOptions,
    /// Whether -x is a root where x is.
    odd: bool,
    pub(super) roots: Vec<Root>,
    /// As long as `roots`.
    pub(super) found: Vec<Found>,
    pub(super) desk: Desk,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(equation: &'a Equation<'a>, options: &'a SearchOptions) -> Self {
        let odd = equation.system.is_odd() && equation.input.iter().all(|&u| u == 0.0);
        let (roots, found, desk) = (Vec::new(), Vec::new(), Desk::new(equation.size()));
        let mut gathered = Self { equation, options, odd, roots, found, desk };
        if odd {
            gathered.add(vec![0.0; equation.size()], FoundBy::Mirror);
        }
        gathered
    }

    /// Index of the known root at `state`, which is off by about `error`.
    pub(super) fn place(&self, state: &[f64], error: f64) -> Option<usize> {
        self.roots.iter().position(|root| {
            let uncertain = finite(root.error) + finite(error);
            let same = self.options.distinct + MULTIPLICITY * uncertain;
            self.equation.distance(state, &root.state) <= same
        })
    }

    /// Adds a root where it is new, with its mirror image, and returns its index;
    /// `None` where it turns out to be none.
    pub(super) fn add(&mut self, state: Vec<f64>, by: FoundBy) -> Option<usize> {
        let (root, residual) = self.polish(state)?;
        if let Some(index) = self.place(&root.state, root.error) {
            return Some(index);
        }
        let index = self.roots.len();
        let image: Vec<f64> = root.state.iter().map(|x| -x).collect();
        let lu = root.lu.clone();
        self.roots.push(root);
        self.found.push(Found { residual, hits: 0, by, mirror: None });
        if self.odd {
            self.add_mirror(index, image, lu);
        }
        Some(index)
    }

    /// Adds the image of a root by its own residual. Both have the same Jacobian.
    fn add_mirror(&mut self, of: usize, state: Vec<f64>, lu: Option<Arc<crate::linalg::DenseLu>>) {
        let error = self.roots[of].error;
        let image = if let Some(known) = self.place(&state, error) {
            known
        } else {
            let f = self.equation.residual(&state, &mut self.desk.counters);
            let residual = self.equation.scaled(&state, &f);
            if !(residual <= self.options.tolerance) {
                return;
            }
            self.roots.push(Root { state, error, lu });
            self.found.push(Found { residual, hits: 0, by: FoundBy::Mirror, mirror: None });
            self.roots.len() - 1
        };
        self.found[of].mirror = Some(image);
        self.found[image].mirror = Some(of);
    }

    /// Newton steps as long as they become smaller; the residual of the best state.
    fn polish(&mut self, mut state: Vec<f64>) -> Option<(Root, f64)> {
        let (equation, desk) = (self.equation, &mut self.desk);
        let mut f = equation.residual(&state, &mut desk.counters);
        let mut residual = equation.scaled(&state, &f);
        let mut error = f64::INFINITY;
        let mut lu = None;
        for _ in 0..POLISH {
            if !equation.factor(&state, desk) {
                lu = None;
                break;
            }
            lu = Some(Arc::new(desk.lu.clone()));
            let mut step = f.clone();
            desk.solve(&mut step);
            error = equation.length(&step);
            if error <= 1e-3 * accurate(self.options) {
                break;
            }
            let next: Vec<f64> = state.iter().zip(&step).map(|(x, d)| x - d).collect();
            let value = equation.residual(&next, &mut desk.counters);
            let now = equation.scaled(&next, &value);
            if !(now <= residual) {
                break;
            }
            (state, f, residual) = (next, value, now);
        }
        (residual <= self.options.tolerance).then_some((Root { state, error, lu }, residual))
    }
}

/// An error estimate that is none counts as nothing.
fn finite(error: f64) -> f64 {
    if error.is_finite() { error } else { 0.0 }
}
