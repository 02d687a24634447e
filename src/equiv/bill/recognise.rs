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
        Kind::Source { quantity: Quantity::Voltage, nodes: [a, b], supply }
            if supply.wave == Waveform::Constant(0.0) =>
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

/// The parts of an element.
fn part(circuit: &Circuit, element: &Element) -> Vec<Part> {
    let maker = Maker { circuit, element };
    if let Some((into, out, feedback)) = inverting(circuit, element) {
        return vec![
            maker.amplifier(out, GROUND.to_owned(), maker.net(into)),
            maker.valued(PartKind::Resistor, feedback, &[into, out]),
        ];
    }
    vec![maker.copying().or_else(|| maker.plain()).unwrap_or_else(|| maker.cell())]
}

/// Ground as a net.
const GROUND: &str = "GND";

/// Makes parts of one element.
struct Maker<'a> {
    circuit: &'a Circuit,
    element: &'a Element,
}

impl Maker<'_> {
    fn net(&self, node: NodeId) -> String {
        match node.unknown() {
            Some(_) => self.circuit.parts().nodes[node.0 as usize].name.to_string(),
            None => GROUND.to_owned(),
        }
    }

    fn nets(&self, nodes: &[NodeId]) -> Vec<String> {
        nodes.iter().map(|node| self.net(*node)).collect()
    }

    fn part(&self, kind: PartKind, worth: Worth, nets: Vec<String>) -> Part {
        let element = self.element.name.to_string();
        Part { reference: String::new(), kind, worth, nets, element }
    }

    fn valued(&self, kind: PartKind, value: f64, nodes: &[NodeId]) -> Part {
        self.part(kind, Worth::Value { exact: value, bought: value }, self.nets(nodes))
    }

    fn named(&self, kind: PartKind, name: &str, nets: Vec<String>) -> Part {
        self.part(kind, Worth::Text(name.to_owned()), nets)
    }

    fn amplifier(&self, out: NodeId, plus: String, minus: String) -> Part {
        let [negative, positive] = SUPPLIES.map(str::to_owned);
        let nets = vec![self.net(out), negative, plus, minus, positive];
        self.named(PartKind::Amplifier, "op-amp", nets)
    }

    /// A follower or an open amplifier.
    fn copying(&self) -> Option<Part> {
        let Kind::VoltageControlled {
            quantity: Quantity::Voltage,
            nodes: [out, to],
            control: [plus, minus],
            gain,
        } = self.element.kind
        else {
            return None;
        };
        if to.unknown().is_some() {
            return None;
        }
        if gain == 1.0 && minus.unknown().is_none() {
            return Some(self.amplifier(out, self.net(plus), self.net(out)));
        }
        (gain >= OPEN).then(|| self.amplifier(out, self.net(plus), self.net(minus)))
    }

    /// What is one part by itself.
    fn plain(&self) -> Option<Part> {
        match &self.element.kind {
            Kind::Resistor { nodes, resistance, .. } if *resistance > 0.0 => {
                Some(self.valued(PartKind::Resistor, *resistance, nodes))
            }
            Kind::Capacitor { nodes, capacitance, .. } if *capacitance > 0.0 => {
                Some(self.valued(PartKind::Capacitor, *capacitance, nodes))
            }
            Kind::Inductor { nodes, inductance, .. } if *inductance > 0.0 => {
                Some(self.valued(PartKind::Inductor, *inductance, nodes))
            }
            Kind::Source { quantity: Quantity::Voltage, nodes, supply }
                if supply.wave == Waveform::Constant(0.0) =>
            {
                Some(self.valued(PartKind::Resistor, 0.0, nodes))
            }
            Kind::Source { quantity, nodes, supply } => {
                let unit = quantity.unit();
                let value = match supply.wave {
                    Waveform::Constant(_) => format!("{} {unit}", supply.dc),
                    _ => format!("signal, {unit}"),
                };
                Some(self.named(PartKind::Connector, &value, self.nets(nodes)))
            }
            Kind::Device(placed) => {
                let (kind, order) = pins(&placed.device)?;
                let nets = order.iter().map(|&at| self.net(placed.nodes[at])).collect();
                Some(self.named(kind, kind.name(), nets))
            }
            _ => None,
        }
    }

    /// What no single part does.
    fn cell(&self) -> Part {
        let name = match &self.element.kind {
            Kind::Behavioural { .. } => "source with a law",
            Kind::Coupling { .. } => "coupled inductors",
            Kind::Line { .. } => "line",
            Kind::Array(_) => "array",
            Kind::Storage { .. } => "nonlinear storage",
            Kind::Resistor { .. } | Kind::Capacitor { .. } | Kind::Inductor { .. } => {
                "negative value"
            }
            Kind::Device(_) => "switch",
            Kind::Source { .. }
            | Kind::VoltageControlled { .. }
            | Kind::CurrentControlled { .. }
            | Kind::Affine { .. } => "controlled source",
        };
        self.named(PartKind::Cell, name, self.nets(self.element.kind.nodes()))
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
