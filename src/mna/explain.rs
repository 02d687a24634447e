//! Why a circuit has no normal form, in words.

use std::collections::HashSet;

use crate::{
    circuit::{Circuit, Element, ElementId, Kind, NodeId, Quantity, topology},
    dae::LureError,
    diag::Diagnostic,
    mna::State,
};

/// Names the loop or the cut-set that makes the resistive network singular;
/// `unknowns` are those that its equations leave open.
pub(super) fn irreducible(
    circuit: &Circuit,
    unknowns: &[usize],
    states: &[State],
) -> Vec<Diagnostic> {
    let parts = circuit.parts();
    // Capacitors in parallel are one state and no loop.
    let merged: Vec<ElementId> =
        states.iter().filter(|s| s.is_capacitor).map(|s| s.elements[0]).collect();
    let names: HashSet<&str> =
        merged.iter().map(|id| &*parts.elements[id.0 as usize].name).collect();
    let is_state = |e: &Element| names.contains(&*e.name);
    let fixed = |e: &Element| matches!(e.kind, Kind::Source { quantity: Quantity::Voltage, .. });
    let imposed =
        |e: &Element| e.kind.has_branch_current() && !matches!(e.kind, Kind::Inductor { .. });
    // Controlled sources may close a loop and be regular, so theirs must have to
    // do with what is left open.
    let open = |cycle: &Vec<ElementId>| {
        let row = |id: &ElementId| match merged.iter().position(|c| c == id) {
            Some(at) => Some(circuit.equations().size + at),
            None => circuit.equations().branch(*id),
        };
        cycle.iter().any(is_capacitor(circuit))
            && cycle.iter().filter_map(row).any(|r| unknowns.contains(&r))
    };
    let cycle = topology::cycle(parts, |e| is_state(e) || fixed(e))
        .or_else(|| topology::cycle(parts, |e| is_state(e) || imposed(e)).filter(open));
    if let Some(cycle) = cycle {
        let what =
            "capacitors and voltage sources, so that their voltages are no independent states";
        return vec![topology::loop_fault(parts, &cycle, what).with_hint(
            "put a small resistor into the loop; `--path mna` simulates the circuit as it is",
        )];
    }
    let cut = topology::unreached(parts, |e| {
        matches!(e.kind, Kind::Resistor { .. } | Kind::Capacitor { .. } | Kind::Array(_))
            || (e.kind.has_branch_current() && !matches!(e.kind, Kind::Inductor { .. }))
    });
    if !cut.is_empty() {
        return vec![cut_set(circuit, &cut)];
    }
    let names: Vec<String> =
        unknowns.iter().take(8).map(|&u| unknown_name(circuit, u, &merged)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = format!(
        "the circuit has no normal form: with its capacitors as voltage sources and its inductors as current sources nothing determines {}",
        topology::list(&names)
    );
    let origin = parts.elements.first().map(|e| e.origin).unwrap_or_default();
    vec![
        Diagnostic::error(origin, message)
            .with_hint("its states are not independent; `--path mna` simulates it as it is"),
    ]
}

fn is_capacitor(circuit: &Circuit) -> impl Fn(&ElementId) -> bool {
    |id| matches!(circuit.elements()[id.0 as usize].kind, Kind::Capacitor { .. })
}

/// The inductors and current sources that alone lead into `nodes`.
fn cut_set(circuit: &Circuit, nodes: &[NodeId]) -> Diagnostic {
    let parts = circuit.parts();
    let crossing: Vec<_> = parts
        .elements
        .iter()
        .filter(|e| {
            let Some([a, b]) = e.kind.pair() else { return false };
            nodes.contains(&a) != nodes.contains(&b) || (nodes.contains(&a) && a != b)
        })
        .collect();
    let names: Vec<&str> = crossing.iter().map(|e| &*e.name).collect();
    let node_names: Vec<&str> =
        nodes.iter().map(|n| parts.nodes[n.0 as usize].name.as_str()).collect();
    let message = format!(
        "{} form a cut-set of inductors and current sources around {}, so their currents are no independent states",
        topology::list(&names),
        topology::list(&node_names)
    );
    let origin = crossing.last().map(|e| e.origin).unwrap_or_default();
    Diagnostic::error(origin, message).with_hint(
        "put a large resistor across one of them; `--path mna` simulates the circuit as it is",
    )
}

/// What an unknown of the resistive network is called.
fn unknown_name(circuit: &Circuit, unknown: usize, capacitors: &[ElementId]) -> String {
    let parts = circuit.parts();
    let nodes = parts.nodes.len() - 1;
    if unknown < nodes {
        return format!("v({})", parts.nodes[unknown + 1].name);
    }
    let equations = circuit.equations();
    let owner = match unknown.checked_sub(equations.size) {
        Some(capacitor) => capacitors.get(capacitor).copied(),
        None => (0..parts.elements.len() as u32)
            .map(ElementId)
            .find(|&id| equations.branch(id) == Some(unknown)),
    };
    owner.map_or_else(|| "?".to_owned(), |id| format!("i({})", parts.elements[id.0 as usize].name))
}

/// A coefficient beyond the range of numbers.
pub(super) fn overflow(circuit: &Circuit, error: &LureError) -> Diagnostic {
    let origin = circuit.elements().first().map(|e| e.origin).unwrap_or_default();
    Diagnostic::error(origin, format!("the circuit has no normal form: {error}"))
        .with_hint("look for extreme values of elements")
}
