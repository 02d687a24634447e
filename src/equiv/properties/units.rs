//! Which state belongs to which nonlinear element, in a circuit that need not be a network.

use crate::{
    dae::{Coefficient, Lure},
    equiv::extract::entries,
    mna::{Row, Source},
    rnn::Form,
};

/// The units of a circuit as far as it has any.
pub(super) struct Units {
    /// The form that fits better.
    pub(super) form: Form,
    /// The state of each nonlinearity.
    pub(super) state_of: Vec<Option<usize>>,
    /// The nonlinearity of each state.
    pub(super) phi_of: Vec<Option<usize>>,
    /// The nonlinearity that each component of z controls.
    pub(super) phi_of_control: Vec<usize>,
    /// Nonlinearities that act on themselves without a state in between, or stand between
    /// two that do.
    pub(super) looped: Vec<bool>,
}

impl Units {
    pub(super) fn of(lure: &Lure) -> Self {
        let blocks = &lure.parts().phi;
        let phi_of_control =
            blocks.iter().enumerate().flat_map(|(p, b)| b.controls.clone().map(move |_| p));
        let phi_of_control: Vec<usize> = phi_of_control.collect();
        let looped = looped(lure, &phi_of_control);
        let read = |form| Self::read(lure, form, &phi_of_control, &looped);
        let [a, b] = [read(Form::A), read(Form::B)];
        let missing = |units: &Self| units.state_of.iter().filter(|s| s.is_none()).count();
        let cost = |units: &Self| missing(units) + units.past(lure).len();
        if cost(&b) < cost(&a) { b } else { a }
    }

    /// Pairs by the largest entries of B (form A) or C (form B) first.
    fn read(lure: &Lure, form: Form, phi_of_control: &[usize], looped: &[bool]) -> Self {
        let sizes = lure.sizes();
        let mut pairs: Vec<(f64, usize, usize)> = match form {
            Form::A => {
                let mut largest = vec![0.0; sizes.states];
                for (state, _, value) in entries(lure, Coefficient::B) {
                    largest[state] = super::larger(value.abs(), largest[state]);
                }
                let all = entries(lure, Coefficient::B);
                all.map(|(state, phi, v)| (v.abs() / largest[state], state, phi)).collect()
            }
            Form::B => {
                let all = entries(lure, Coefficient::C);
                all.map(|(row, state, v)| (v.abs(), state, phi_of_control[row])).collect()
            }
        };
        pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        let mut units = Self {
            form,
            state_of: vec![None; sizes.nonlinearities],
            phi_of: vec![None; sizes.states],
            phi_of_control: phi_of_control.to_vec(),
            looped: looped.to_vec(),
        };
        for (_, state, phi) in pairs {
            if units.state_of[phi].is_none() && units.phi_of[state].is_none() {
                units.state_of[phi] = Some(state);
                units.phi_of[state] = Some(phi);
            }
        }
        units
    }

    /// Entries of the normal form that are a way past a state or a nonlinearity.
    pub(super) fn past(&self, lure: &Lure) -> Vec<(Row, Source, f64)> {
        use Coefficient::{A, B, C, D, E, F, H, J, K};
        let names = lure.parts();
        let probe: Vec<bool> = names.outputs.iter().map(|o| names.states.contains(o)).collect();
        let mut found = Vec::new();
        let mut add = |row: Row, source: Source, value: f64| found.push((row, source, value));
        let is_unit = |state: usize| self.phi_of[state].is_some();
        for (i, j, v) in entries(lure, A).filter(|&(i, j, _)| i != j && is_unit(i)) {
            add(Row::State(i), Source::State(j), v);
        }
        for (row, q, v) in entries(lure, D) {
            let p = self.phi_of_control[row];
            if !(self.looped[p] && self.looped[q]) {
                add(Row::Control(row), Source::Phi(q), v);
            }
        }
        for (o, k, v) in entries(lure, K) {
            add(Row::Output(o), Source::Input(k), v);
        }
        match self.form {
            Form::A => {
                for (i, p, v) in entries(lure, B) {
                    if is_unit(i) && self.phi_of[i] != Some(p) {
                        add(Row::State(i), Source::Phi(p), v);
                    }
                }
                for (i, k, v) in entries(lure, E).filter(|e| is_unit(e.0)) {
                    add(Row::State(i), Source::Input(k), v);
                }
                let constants = lure.constant(Coefficient::X0).iter().enumerate();
                for (i, &v) in constants.filter(|&(i, v)| *v != 0.0 && is_unit(i)) {
                    add(Row::State(i), Source::Constant, v);
                }
                for (o, p, v) in entries(lure, J) {
                    add(Row::Output(o), Source::Phi(p), v);
                }
            }
            Form::B => {
                for (row, j, v) in entries(lure, C) {
                    if self.state_of[self.phi_of_control[row]] != Some(j) {
                        add(Row::Control(row), Source::State(j), v);
                    }
                }
                for (row, k, v) in entries(lure, F) {
                    add(Row::Control(row), Source::Input(k), v);
                }
                let constants = lure.constant(Coefficient::Z0).iter().enumerate();
                for (row, &v) in constants.filter(|(_, v)| **v != 0.0) {
                    add(Row::Control(row), Source::Constant, v);
                }
                for (o, j, v) in entries(lure, H).filter(|e| !probe[e.0]) {
                    add(Row::Output(o), Source::State(j), v);
                }
            }
        }
        found
    }

    /// The states that no nonlinear element has for its own.
    pub(super) fn further(&self) -> Vec<usize> {
        (0..self.phi_of.len()).filter(|&s| self.phi_of[s].is_none()).collect()
    }

    /// The states that are units.
    pub(super) fn states(&self) -> impl Iterator<Item = (usize, usize)> {
        self.phi_of.iter().enumerate().filter_map(|(state, phi)| Some((state, (*phi)?)))
    }
}

/// The nonlinearities that are left when those on which none acts, and those that act on
/// none, are taken away until there are no more of them.
fn looped(lure: &Lure, phi_of_control: &[usize]) -> Vec<bool> {
    let count = lure.sizes().nonlinearities;
    let edges: Vec<(usize, usize)> =
        entries(lure, Coefficient::D).map(|(row, q, _)| (q, phi_of_control[row])).collect();
    let mut left = vec![!edges.is_empty(); count];
    loop {
        let (mut acts, mut acted_on) = (vec![false; count], vec![false; count]);
        for &(q, p) in edges.iter().filter(|(q, p)| left[*q] && left[*p]) {
            (acts[q], acted_on[p]) = (true, true);
        }
        let before = left.iter().filter(|l| **l).count();
        for (at, left) in left.iter_mut().enumerate() {
            *left = *left && acts[at] && acted_on[at];
        }
        if left.iter().filter(|l| **l).count() == before {
            return left;
        }
    }
}
