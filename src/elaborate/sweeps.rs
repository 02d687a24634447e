//! `.dc` over a temperature, a parameter or the value of an element: the deck anew at
//! each value.

use std::sync::Arc;

use crate::{
    circuit::{Analysis, ElementId, Parts, Sweep, Variant},
    diag::{Diagnostic, Span, has_errors},
    elaborate::{flatten::Flat, parts, steps},
    netlist::{
        Netlist,
        ast::{self, ControlKind, StepTarget},
    },
};

/// Elements times points of a sweep at most.
const MOST: usize = 20_000_000;

/// Finds what the circuit becomes along each sweep that varies more than sources.
pub(super) fn vary(netlist: &Netlist, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    for (at, targets) in std::mem::take(&mut flat.swept) {
        let Analysis::Sweep { sweeps, span, .. } = &flat.circuit.analyses[at] else { continue };
        let found = variants(netlist, &flat.circuit, (sweeps, &targets, *span), faults);
        if let Analysis::Sweep { variants, .. } = &mut flat.circuit.analyses[at] {
            *variants = Arc::new(found);
        }
    }
}

fn variants(
    netlist: &Netlist,
    circuit: &Parts,
    (sweeps, targets, span): (&[Sweep], &[Option<StepTarget>], Span),
    faults: &mut Vec<Diagnostic>,
) -> Vec<Variant> {
    // Sources have their values at every point of the others.
    let varied: Vec<(&Sweep, StepTarget)> =
        sweeps.iter().zip(targets).filter_map(|(s, t)| t.map(|t| (s, t))).collect();
    let count: usize = varied.iter().map(|(sweep, _)| sweep.values.len()).product();
    if count.saturating_mul(circuit.elements.len()) > MOST {
        let message = format!(
            "{count} circuits of {} elements are more than this sweep can hold",
            circuit.elements.len()
        );
        let fault = Diagnostic::error(span, message);
        faults.push(fault.with_hint("take fewer values, or `.step` with `.op`"));
        return Vec::new();
    }
    let mut plain = netlist.clone();
    // Else every variant would have variants of its own.
    plain.controls.retain(|control| match &control.kind {
        ControlKind::Analysis(analysis) => !matches!(**analysis, ast::Analysis::Dc(_)),
        ControlKind::Expect(_) => false,
        _ => true,
    });
    let mut variants = Vec::with_capacity(count);
    for point in 0..count {
        let mut place = point;
        let mut deck = plain.clone();
        let mut settings = Vec::new();
        for (sweep, target) in &varied {
            let value = sweep.values[place % sweep.values.len()];
            place /= sweep.values.len();
            steps::set(&mut deck, *target, value);
            settings.push(format!("{} = {value}", sweep.name));
        }
        let mut own = Vec::new();
        let other = parts(&deck, &mut own).circuit;
        let label = settings.join(", ");
        if has_errors(&own) {
            for fault in &mut own {
                fault.message = format!("at {label}: {}", fault.message);
            }
            faults.append(&mut own);
            return variants;
        }
        let Some(variant) = difference(circuit, other) else {
            let message =
                format!("at {label} the circuit has other nodes or elements than the deck");
            let fault = Diagnostic::error(span, message);
            faults.push(fault.with_hint("`.step` carries out a deck anew at each value"));
            return variants;
        };
        variants.push(variant);
    }
    variants
}

/// The elements of `other` that are not those of `circuit`; `None` where both differ by
/// more than values.
fn difference(circuit: &Parts, other: Parts) -> Option<Variant> {
    let is_same = circuit.elements.len() == other.elements.len()
        && circuit.nodes.len() == other.nodes.len()
        && circuit.nodes.iter().zip(&other.nodes).all(|(a, b)| a.name == b.name);
    if !is_same {
        return None;
    }
    let mut variant = Variant::new();
    for (at, (new, old)) in other.elements.into_iter().zip(&circuit.elements).enumerate() {
        if new.name != old.name || new.kind.nodes() != old.kind.nodes() {
            return None;
        }
        if new.kind.has_branch_current() != old.kind.has_branch_current() {
            return None;
        }
        if new.kind != old.kind {
            variant.push((ElementId(at as u32), new.kind));
        }
    }
    Some(variant)
}
