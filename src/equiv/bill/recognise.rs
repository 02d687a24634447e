//! From elements to parts.

use std::collections::BTreeSet;

use crate::{
    circuit::{Circuit, Element, Kind, NodeId, Quantity, Waveform, device::Device},
    equiv::bill::{Part, PartKind, SUPPLIES, Worth},
};

/// Voltage gains from which on a source is an open amplifier.
const OPEN: f64 = 1e3;

/// The parts, without references and with exact values.
pub(super) fn parts(circuit: &Circuit) -> Vec<Part> {
    let elements = circuit.elements();
    // Sources of 0 V whose current an amplifier senses.
    let sensed: BTreeSet<usize> = elements
        .iter()
        .filter(|element| inverting(circuit, element).is_some())
        .filter_map(|element| match element.kind {
            Kind::CurrentControlled { control, .. } => Some(control.0 as usize),
            _ => None,
        })
        .collect();
    let rest = elements.iter().enumerate().filter(|(at, _)| !sensed.contains(at));
    rest.flat_map(|(_, element)| part(circuit, element)).collect()
}

/// The input, the output and the feedback resistance of an inverting amplifier.
pub(super) fn inverting(circuit: &Circuit, element: &Element) -> Option<(NodeId, NodeId, f64)> {
    let Kind::CurrentControlled { quantity: Quantity::Voltage, nodes, control, gain } =
        element.kind
    else {
        return None;
    };
    let sense = &circuit.elements()[control.0 as usize];
    let (into, current) = match &sense.kind {
        Kind::Source { quantity: Quantity::Voltage, nodes: [a, b], wave, .. }
            if *wave == Waveform::Constant(0.0) =>
        {
            match (a.unknown(), b.unknown()) {
                (Some(_), None) => (*a, 1.0),
                (None, Some(_)) => (*b, -1.0),
                _ => return None,
            }
        }
        _ => return None,
    };
    let (out, sign) = match (nodes[0].unknown(), nodes[1].unknown()) {
        (Some(_), None) => (nodes[0], 1.0),
        (None, Some(_)) => (nodes[1], -1.0),
        _ => return None,
    };
    let feedback = -gain * current * sign;
    (feedback > 0.0).then_some((into, out, feedback))
}

fn part(circuit: &Circuit, element: &Element) -> Vec<Part> {
    let net = |node: NodeId| match node.unknown() {
        Some(_) => circuit.parts().nodes[node.0 as usize].name.clone(),
        None => "GND".to_owned(),
    };
    let ground = || "GND".to_owned();
    let make = |kind: PartKind, worth: Worth, nets: Vec<String>| Part {
        reference: String::new(),
        kind,
        worth,
        nets,
        element: element.name.to_string(),
    };
    let valued = |kind: PartKind, value: f64, nodes: &[NodeId]| {
        let worth = Worth::Value { exact: value, bought: value };
        make(kind, worth, nodes.iter().map(|n| net(*n)).collect())
    };
    let text = |kind: PartKind, text: &str, nets: Vec<String>| {
        make(kind, Worth::Text(text.to_owned()), nets)
    };
    let amplifier = |out: NodeId, plus: String, minus: String| {
        let [negative, positive] = SUPPLIES.map(str::to_owned);
        text(PartKind::Amplifier, "op-amp", vec![net(out), negative, plus, minus, positive])
    };
    if let Some((into, out, feedback)) = inverting(circuit, element) {
        return vec![
            amplifier(out, ground(), net(into)),
            valued(PartKind::Resistor, feedback, &[into, out]),
        ];
    }
    let all = || element.kind.nodes().iter().map(|n| net(*n)).collect();
    match &element.kind {
        Kind::Resistor { nodes, resistance, .. } if *resistance > 0.0 => {
            vec![valued(PartKind::Resistor, *resistance, nodes)]
        }
        Kind::Capacitor { nodes, capacitance, .. } if *capacitance > 0.0 => {
            vec![valued(PartKind::Capacitor, *capacitance, nodes)]
        }
        Kind::Inductor { nodes, inductance, .. } if *inductance > 0.0 => {
            vec![valued(PartKind::Inductor, *inductance, nodes)]
        }
        Kind::Source {
            quantity: Quantity::Voltage, nodes, wave: Waveform::Constant(0.0), ..
        } => {
            vec![valued(PartKind::Resistor, 0.0, nodes)]
        }
        Kind::Source { quantity, wave, dc, .. } => {
            let unit = quantity.unit();
            let value = match wave {
                Waveform::Constant(_) => format!("{} {unit}", dc),
                _ => format!("signal, {unit}"),
            };
            vec![text(PartKind::Connector, &value, all())]
        }
        Kind::VoltageControlled {
            quantity: Quantity::Voltage,
            nodes: [out, to],
            control: [plus, minus],
            gain,
        } if to.unknown().is_none() && (*gain == 1.0 || *gain >= OPEN) => {
            let follows = *gain == 1.0 && minus.unknown().is_none();
            match (follows, *gain >= OPEN) {
                (true, _) => vec![amplifier(*out, net(*plus), net(*out))],
                (_, true) => vec![amplifier(*out, net(*plus), net(*minus))],
                _ => vec![text(PartKind::Cell, "voltage difference", all())],
            }
        }
        Kind::Device { nodes, device, .. } => match pins(device) {
            Some((kind, order)) => {
                vec![text(kind, kind.name(), order.iter().map(|&at| net(nodes[at])).collect())]
            }
            None => vec![text(PartKind::Cell, "switch", all())],
        },
        Kind::Behavioural { .. } => vec![text(PartKind::Cell, "source with a law", all())],
        Kind::Coupling { .. } => vec![text(PartKind::Cell, "coupled inductors", Vec::new())],
        Kind::Line { .. } => vec![text(PartKind::Cell, "line", all())],
        Kind::Storage { .. } => vec![text(PartKind::Cell, "nonlinear storage", all())],
        Kind::Resistor { .. } | Kind::Capacitor { .. } | Kind::Inductor { .. } => {
            vec![text(PartKind::Cell, "negative value", all())]
        }
        Kind::VoltageControlled { .. } | Kind::CurrentControlled { .. } | Kind::Affine { .. } => {
            vec![text(PartKind::Cell, "controlled source", all())]
        }
    }
}

/// What a device is, and which of its terminals each pin is; nothing for a switch.
fn pins(device: &Device) -> Option<(PartKind, &'static [usize])> {
    let is_positive = device.polarity() > 0.0;
    let of = |positive, negative| if is_positive { positive } else { negative };
    match device {
        // Anode and cathode.
        Device::Diode(_) => Some((PartKind::Diode, &[1, 0])),
        // Collector, base, emitter.
        Device::Bipolar(_) => Some((of(PartKind::Npn, PartKind::Pnp), &[1, 2, 0])),
        // Drain, gate, source.
        Device::Mosfet(_) => Some((of(PartKind::Nmos, PartKind::Pmos), &[1, 2, 0])),
        Device::Jfet(_) => Some((of(PartKind::Njf, PartKind::Pjf), &[0, 2, 1])),
        Device::Switch(_) => None,
    }
}
