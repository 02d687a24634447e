//! Charges at the start of a transient with `uic`.

use crate::{
    circuit::{Circuit, Control, ElementId, Kind, NodeId, Quantity as Delivered, values::across},
    expr::Scratch,
    maps::Map,
    mna::{devices, law::stamps},
};

/// The charges of a circuit that starts from its initial conditions (`uic`), by
/// the rows of its equations. A capacitor has the voltage given on its card or on
/// that of one in parallel, else the one that follows from `.ic` (0 V where it
/// says nothing); an inductor has the current given on its card, else none.
#[must_use]
pub fn initial_charges(circuit: &Circuit) -> Vec<f64> {
    let equations = circuit.equations();
    let mut charges = vec![0.0; equations.size];
    let volts = circuit.initial_volts();
    let given: Map<[NodeId; 2], f64> = circuit
        .elements()
        .iter()
        .filter_map(|element| match &element.kind {
            Kind::Capacitor { nodes, initial, .. } => {
                initial.as_deref().map(|volts| across(*nodes, *volts))
            }
            _ => None,
        })
        .collect();
    for (at, element) in circuit.elements().iter().enumerate() {
        match &element.kind {
            &Kind::Capacitor { nodes, capacitance, .. } => {
                let (key, sign) = across(nodes, 1.0);
                let difference = volts[nodes[0].0 as usize] - volts[nodes[1].0 as usize];
                let charge = capacitance * given.get(&key).map_or(difference, |v| sign * v);
                for (row, sign) in equations.control(Control::Voltage(nodes[0], nodes[1])) {
                    charges[row] += sign * charge;
                }
            }
            Kind::Inductor { inductance, initial, .. } => {
                if let Some(row) = equations.branch(ElementId(at as u32)) {
                    charges[row] -= inductance * initial.as_deref().unwrap_or(&0.0);
                }
            }
            &Kind::Coupling { inductors: [a, b], mutual } => {
                for (own, other) in [(a, b), (b, a)] {
                    let kind = &circuit.elements()[other.0 as usize].kind;
                    if let (Some(row), Kind::Inductor { initial, .. }) =
                        (equations.branch(own), kind)
                    {
                        charges[row] -= mutual * initial.as_deref().unwrap_or(&0.0);
                    }
                }
            }
            _ => {}
        }
    }
    stored_charges(circuit, &volts, &mut charges);
    devices::initial_charges(circuit, &volts, &mut charges);
    charges
}

/// The ends of the lines of a circuit: impedance, delay and the other end.
pub(super) fn line_ends(
    circuit: &Circuit,
) -> impl Iterator<Item = (ElementId, (f64, f64, ElementId))> {
    circuit.elements().iter().enumerate().filter_map(|(at, element)| match &element.kind {
        Kind::Line { other, line, .. } => {
            Some((ElementId(at as u32), (line.impedance, line.delay, *other)))
        }
        _ => None,
    })
}

/// Adds the charges and fluxes that are laws.
fn stored_charges(circuit: &Circuit, volts: &[f64], charges: &mut [f64]) {
    let equations = circuit.equations();
    // Unknowns begin after ground, and no current has a value but those on cards.
    let mut x = vec![0.0; equations.size];
    x.iter_mut().zip(&volts[1..]).for_each(|(x, volts)| *x = *volts);
    for (at, element) in circuit.elements().iter().enumerate() {
        if let (
            Kind::Inductor { initial: Some(initial), .. }
            | Kind::Storage { quantity: Delivered::Voltage, initial: Some(initial), .. },
            Some(branch),
        ) = (&element.kind, equations.branch(ElementId(at as u32)))
        {
            x[branch] = **initial;
        }
    }
    let initial_of = |id: ElementId| match &circuit.elements()[id.0 as usize].kind {
        Kind::Storage { quantity: Delivered::Current, nodes, law, initial, .. } => {
            let own = Control::Voltage(nodes[0], nodes[1]);
            initial.as_deref().copied().zip(law.controls.iter().position(|control| *control == own))
        }
        _ => None,
    };
    let mut scratch = Scratch::default();
    let mut leaves = Vec::new();
    let mut ids: Vec<ElementId> = equations.stored.iter().map(|stored| stored.element).collect();
    ids.dedup();
    for (stamp, id) in stamps(circuit, &equations.stored).iter().zip(ids) {
        stamp.gather(&x, 0.0, &mut leaves);
        if let Some((volts, at)) = initial_of(id) {
            leaves[at] = volts;
        }
        let value = stamp.stock(&leaves, &mut scratch);
        for &(row, sign) in &stamp.rows {
            charges[row] += sign * value;
        }
    }
}
