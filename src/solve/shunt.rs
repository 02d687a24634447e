//! A system helped to converge: voltages tied to others or held at a value.

use crate::{
    dae::{Dae, Eval, Quantity, Switching, Unknown},
    linalg::{Pattern, PatternBuilder},
};

/// `system` with a conductance from every voltage to ground, or to a voltage of its
/// own, and with some voltages held.
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
    /// Where the other end of each conductance is, by row, V.
    pub(super) anchored_at: Vec<f64>,
    /// By row: the unknown that is held there, in place of the equation, and its value.
    pub(super) held: Vec<Option<(usize, f64)>>,
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
        Self {
            system,
            pattern,
            places,
            diagonal,
            rows,
            conductance: 0.0,
            anchored_at: vec![0.0; size],
            held,
            inner,
        }
    }
}

impl<S: Dae> Shunted<'_, S> {
    /// The row of a held voltage whose equation was the only one for the current
    /// `undetermined`: a source delivers it that fixes the voltage already.
    pub(super) fn conflict(&self, undetermined: usize) -> Option<usize> {
        (0..self.held.len()).find(|&row| {
            self.held[row].is_some_and(|(unknown, _)| unknown == row)
                && self.pattern.position(row, undetermined).is_some()
                && undetermined != row
        })
    }

    /// Holds the voltage of `row` in place of the law of the source that delivers
    /// the current `undetermined`, whose row has the same number; false where that
    /// cannot be.
    pub(super) fn overrule(&mut self, row: usize, undetermined: usize) -> bool {
        let possible =
            self.held[undetermined].is_none() && self.pattern.position(undetermined, row).is_some();
        if possible {
            self.held[undetermined] = self.held[row].take();
        }
        possible
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
            if let Some((unknown, held)) = self.held[row] {
                *value = x[unknown] - held;
            } else if self.diagonal[row].is_some() {
                *value += self.conductance * (x[row] - self.anchored_at[row]);
            }
        }
    }

    fn jacobian(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval) {
        let mut inner = self.inner.borrow_mut();
        inner.anchors.clone_from(&out.anchors);
        inner.switches.clone_from(&out.switches);
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
            match (self.held[row], place) {
                (Some((unknown, _)), _) => {
                    if let Some(place) = self.pattern.position(row, unknown) {
                        out.df[place] = 1.0;
                    }
                }
                (None, Some(place)) => out.df[*place] += self.conductance,
                (None, None) => {}
            }
        }
    }

    fn anchors(&self) -> usize {
        self.system.anchors()
    }

    fn first_anchors(&self, anchors: &mut [f64]) {
        self.system.first_anchors(anchors);
    }

    fn follow(&self, x: &[f64], anchors: &mut [f64]) -> bool {
        self.system.follow(x, anchors)
    }

    fn switches(&self) -> usize {
        self.system.switches()
    }

    fn first_switches(&self, switches: &mut [bool]) {
        self.system.first_switches(switches);
    }

    fn switching(&self, x: &[f64], switches: &[bool], found: &mut Vec<Switching>) {
        self.system.switching(x, switches, found);
    }
}
