//! Laws of behavioural sources and of charges, with the places they write to.

use crate::{
    circuit::{Circuit, ElementId, Injection, Kind},
    expr::{Scratch, Tape},
    mna::quadrature::integral,
};

/// A law with the places it writes to.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) tape: Tape,
    pub(super) uses_time: bool,
    /// The value is the integral of the tape by its one control.
    pub(super) is_integrated: bool,
    /// Per control, the unknowns it is the sum of, with signs.
    pub(super) controls: Vec<Vec<(usize, f64)>>,
    /// Rows it enters, with signs.
    pub(super) rows: Vec<(usize, f64)>,
    /// Per row, control and unknown: place in the pattern and sign.
    pub(super) slots: Vec<(usize, usize, f64)>,
}

/// The laws of `circuit` with their rows; places come later.
pub(super) fn stamps(circuit: &Circuit, injections: &[Injection]) -> Vec<Stamp> {
    let equations = circuit.equations();
    let mut stamps: Vec<(ElementId, Stamp)> = Vec::new();
    for injection in injections {
        let row = (injection.row as usize, injection.sign);
        if let Some((id, stamp)) = stamps.last_mut()
            && *id == injection.element
        {
            stamp.rows.push(row);
            continue;
        }
        let element = &circuit.elements()[injection.element.0 as usize];
        let (law, is_integrated) = match &element.kind {
            Kind::Behavioural { law, .. } => (law, false),
            Kind::Storage { law, is_integrated, .. } => (law, *is_integrated),
            _ => continue,
        };
        let stamp = Stamp {
            is_integrated,
            tape: law.tape.clone(),
            uses_time: law.uses_time,
            controls: law.controls.iter().map(|c| equations.control(*c)).collect(),
            rows: vec![row],
            slots: Vec::new(),
        };
        stamps.push((injection.element, stamp));
    }
    stamps.into_iter().map(|(_, stamp)| stamp).collect()
}

impl Stamp {
    /// Row, column, control and sign of every derivative the law writes.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize, usize, f64)> {
        self.rows.iter().flat_map(move |&(row, sign)| {
            self.controls.iter().enumerate().flat_map(move |(control, unknowns)| {
                unknowns
                    .iter()
                    .map(move |&(column, direction)| (row, column, control, sign * direction))
            })
        })
    }

    /// The charge or flux.
    pub(super) fn stock(&self, leaves: &[f64], scratch: &mut Scratch) -> f64 {
        match self.is_integrated {
            true => integral(|value| self.tape.eval(&[value], scratch), leaves[0]),
            false => self.tape.eval(leaves, scratch),
        }
    }

    /// Puts the values of the controls, and the time where it is used, into `leaves`.
    pub(super) fn gather(&self, x: &[f64], time: f64, leaves: &mut Vec<f64>) {
        leaves.clear();
        leaves.extend(
            self.controls
                .iter()
                .map(|unknowns| unknowns.iter().map(|&(u, sign)| sign * x[u]).sum::<f64>()),
        );
        if self.uses_time {
            leaves.push(time);
        }
    }
}
