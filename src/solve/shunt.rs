//! A system helped to converge: voltages tied to ground or held at a value.

use crate::{
    dae::{Dae, Eval, Quantity, Unknown},
    linalg::{Pattern, PatternBuilder},
};

/// `system` with a conductance from every voltage to ground, and with some
/// voltages held.
pub(super) struct Shunted<'a, S: Dae> {
    system: &'a S,
    pattern: Pattern,
    /// Where each entry of the inner pattern went.
    places: Vec<usize>,
    /// Where the diagonal of each row is; rows of currents have none.
    diagonal: Vec<Option<usize>>,
    /// Row of each place.
    rows: Vec<usize>,
    /// S
    pub(super) conductance: f64,
    /// Value that the voltage of a row is held at.
    pub(super) held: Vec<Option<f64>>,
    inner: std::cell::RefCell<Eval>,
}

impl<'a, S: Dae> Shunted<'a, S> {
    pub(super) fn new(system: &'a S) -> Self {
        let size = system.unknowns().len();
        let inner = system.pattern();
        let mut builder = PatternBuilder::new(size, size);
        for column in 0..size {
            for at in inner.column(column) {
                builder.add(inner.row_indices()[at], column);
            }
        }
        let tied: Vec<usize> =
            (0..size).filter(|&row| system.unknowns()[row].quantity != Quantity::Current).collect();
        for &row in &tied {
            builder.add(row, row);
        }
        let (pattern, mut places) = builder.build();
        let mut diagonal = vec![None; size];
        for (&row, place) in tied.iter().zip(places.split_off(inner.nonzeros())) {
            diagonal[row] = Some(place);
        }
        let rows = pattern.row_indices().to_vec();
        let held = vec![None; size];
        let inner = std::cell::RefCell::new(Eval::for_system(system));
        Self { system, pattern, places, diagonal, rows, conductance: 0.0, held, inner }
    }
}

impl<S: Dae> Dae for Shunted<'_, S> {
    fn unknowns(&self) -> &[Unknown] {
        self.system.unknowns()
    }

    fn inputs(&self) -> &[String] {
        self.system.inputs()
    }

    fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    fn is_linear(&self) -> bool {
        self.system.is_linear()
    }

    fn residual(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval) {
        self.system.residual(x, u, time, out);
        for (row, value) in out.f.iter_mut().enumerate() {
            if let Some(held) = self.held[row] {
                *value = x[row] - held;
            } else if self.diagonal[row].is_some() {
                *value += self.conductance * x[row];
            }
        }
    }

    fn jacobian(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval) {
        let mut inner = self.inner.borrow_mut();
        self.system.jacobian(x, u, time, &mut inner);
        out.df.fill(0.0);
        out.dq.fill(0.0);
        for (at, &place) in self.places.iter().enumerate() {
            if self.held[self.rows[place]].is_none() {
                out.df[place] = inner.df[at];
                out.dq[place] = inner.dq[at];
            }
        }
        for (row, place) in self.diagonal.iter().enumerate() {
            if let Some(place) = place {
                out.df[*place] += if self.held[row].is_some() { 1.0 } else { self.conductance };
            }
        }
    }
}
