//! Which arrays are products, and that they are right.

use std::sync::Arc;

use super::*;
use crate::{
    circuit::{Element, ElementId, Kind, Node, Parts, Quantity, Supply},
    diag::Span,
    linalg::RowMatrix,
};

/// A state h behind a resistor from the output of an amplifier whose virtual ground is
/// the row of a crossbar; a buffer drives the column from h, or else from the output.
fn circuit(from_output: bool) -> Circuit {
    let [ground, h, p, s, e] = [0, 1, 2, 3, 4].map(NodeId);
    let matrix = Arc::new(RowMatrix::new(1, 1, vec![0.5]).unwrap());
    let array = Array::new(ArrayForm::Resistors, (&[s], &[p]), None, (matrix, 1e-4)).unwrap();
    let kinds = [
        Kind::Capacitor { nodes: [h, ground], capacitance: 1e-6, initial: None },
        Kind::VoltageControlled {
            quantity: Quantity::Voltage,
            nodes: [p, ground],
            control: [if from_output { e } else { h }, ground],
            gain: 1.0,
        },
        Kind::Source {
            quantity: Quantity::Voltage,
            nodes: [s, ground],
            supply: Box::new(Supply::constant(0.0)),
        },
        Kind::CurrentControlled {
            quantity: Quantity::Voltage,
            nodes: [e, ground],
            control: ElementId(2),
            gain: -1e4,
        },
        Kind::Resistor { nodes: [e, h], resistance: 1e3, kelvin: None },
        Kind::Array(Box::new(array)),
    ];
    let element = |(at, kind)| {
        let name = format!("e{at}").into();
        Element { name, origin: Span::default(), kind }
    };
    let elements = kinds.into_iter().enumerate().map(element).collect();
    let name = |name: &str| Node { name: name.into(), origin: Span::default() };
    let nodes = ["0", "h", "p", "s", "e"].map(name).to_vec();
    Circuit::new(Parts { nodes, elements, ..Parts::default() }).unwrap()
}

fn split(circuit: &Circuit) -> (usize, f64) {
    let network = Network::of(circuit);
    let readers = network.readers(circuit, &[]);
    let rows = network.rows(circuit, 0);
    let split = Split::of(&network, circuit, &readers, rows).unwrap();
    let (_, [[a, ..], ..]) = coefficients(&network, circuit, (&readers, rows)).unwrap();
    (split.ways.len(), *a.get(0, 0).unwrap())
}

#[test]
fn a_driven_crossbar_is_no_part_of_the_matrix() {
    // v(e) = -0.5 v(p): dh/dt = (-0.5 h - h) / 1 ms.
    let (ways, a) = split(&circuit(false));
    assert_eq!(ways, 2);
    assert!((a + 1500.0).abs() < 1e-9, "{a}");
}

#[test]
fn a_crossbar_that_drives_itself_is_part_of_it() {
    // v(e) = -0.5 v(e), so that h only leaks.
    let (ways, a) = split(&circuit(true));
    assert_eq!(ways, 0);
    assert!((a + 1000.0).abs() < 1e-9, "{a}");
}
