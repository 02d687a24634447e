//! Currents of what has no current among the unknowns: a source of 0 V before the
//! terminal measures it, with all of it in every analysis.

use crate::{
    circuit::{
        Control, Element, ElementId, Kind, Node, NodeId, PlacedDevice, Quantity, Supply,
        device::Device,
    },
    diag::{Diagnostic, Span},
    elaborate::{
        flatten::{Flat, Flattener},
        names::Names,
    },
    netlist::{Netlist, symbol::Symbol},
};

/// A terminal whose current is asked for.
pub(super) struct Tap {
    /// Of what.
    element: ElementId,
    /// `i`, or `ic` and the like.
    current: String,
    /// The source that measures it.
    meter: ElementId,
    /// Its name.
    name: String,
    span: Span,
}

/// The element and the current that a name stands for: `q1#ic` is `ic(q1)`.
fn parts(name: &str) -> (&str, &str) {
    match name.rsplit_once('#') {
        Some((element, current)) if current.starts_with('i') && current.len() <= 2 => {
            (element, current)
        }
        _ => (name, "i"),
    }
}

/// The terminal of `kind` that `current` flows into; else those that there are.
fn terminal(kind: &Kind, current: &str) -> Result<usize, &'static str> {
    let known: &[&str] = match kind {
        Kind::Device(placed) => match placed.device {
            Device::Bipolar(_) => &["ic", "ib", "ie", "is"],
            Device::Mosfet(_) => &["id", "ig", "is", "ib"],
            Device::Jfet(_) => &["id", "ig", "is"],
            Device::Diode(_) | Device::Switch(_) => &[],
        },
        Kind::Coupling { .. } => return Err("a coupling has no current"),
        Kind::Array(_) => {
            return Err("an array has a current at each crossing, and none of its own");
        }
        _ => &[],
    };
    if current == "i" {
        return Ok(0);
    }
    let found = known.iter().position(|name| *name == current);
    found.ok_or(match known {
        ["ic", ..] => "known are ic ib ie is",
        ["id", _, _, _] => "known are id ig is ib",
        ["id", ..] => "known are id ig is",
        _ => "its current is `i(...)`",
    })
}

/// Puts `node` in the place of that terminal and returns what was there.
fn replace(kind: &mut Kind, terminal: usize, node: NodeId) -> NodeId {
    match kind {
        Kind::Device(placed) => {
            let PlacedDevice { nodes, device, .. } = &mut **placed;
            let outside = device.terminals();
            let old = std::mem::replace(&mut nodes[terminal], node);
            for (inside, merged) in device.merged().into_iter().enumerate() {
                if merged.is_some_and(|outer| usize::from(outer) == terminal) {
                    nodes[outside + inside] = node;
                }
            }
            old
        }
        Kind::Resistor { nodes, .. }
        | Kind::Capacitor { nodes, .. }
        | Kind::Inductor { nodes, .. }
        | Kind::Source { nodes, .. }
        | Kind::VoltageControlled { nodes, .. }
        | Kind::CurrentControlled { nodes, .. }
        | Kind::Behavioural { nodes, .. }
        | Kind::Storage { nodes, .. }
        | Kind::Line { nodes, .. }
        | Kind::Affine { nodes, .. } => std::mem::replace(&mut nodes[terminal], node),
        Kind::Coupling { .. } | Kind::Array(_) => node,
    }
}

fn meter(nodes: [NodeId; 2]) -> Kind {
    let supply = Box::new(Supply::constant(0.0));
    Kind::Source { quantity: Quantity::Voltage, nodes, supply }
}

fn no_terminal(name: &str, current: &str, known: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` has no terminal with a current `{current}`");
    Diagnostic::error(span, message).with_hint(known.to_owned())
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(span, format!("there is no element `{name}` here"));
    fault.with_hint("a current belongs to an element of the same (sub)circuit")
}

impl Flat<'_> {
    /// The current of that name, at the top level or inside: of an element, or into a
    /// terminal of a device.
    pub(super) fn current(
        &self,
        netlist: &Netlist,
        name: Symbol,
        span: Span,
    ) -> Result<Control, Box<Diagnostic>> {
        let (text, current) = parts(netlist.symbols.name(name));
        let Some(element) = self.element(netlist, text) else {
            return Err(Box::new(unknown(text, span)));
        };
        let kind = &self.circuit.elements[element.0 as usize].kind;
        if current == "i" && kind.has_branch_current() {
            return Ok(Control::Current(element));
        }
        terminal(kind, current)
            .map_err(|known| Box::new(no_terminal(text, current, known, span)))?;
        let name = format!("{text}#{current}");
        if let Some(made) = self.element(netlist, &name) {
            return Ok(Control::Current(made));
        }
        let mut taps = self.taps.borrow_mut();
        if let Some(tap) = taps.iter().find(|tap| tap.name == name) {
            return Ok(Control::Current(tap.meter));
        }
        let meter = ElementId((self.circuit.elements.len() + taps.len()) as u32);
        taps.push(Tap { element, current: current.to_owned(), meter, name, span });
        Ok(Control::Current(meter))
    }

    /// Puts the sources in that measure what was asked for.
    pub(super) fn measure_currents(&mut self) {
        for tap in self.taps.take() {
            let node = NodeId(self.circuit.nodes.len() as u32);
            let kind = &mut self.circuit.elements[tap.element.0 as usize].kind;
            // It has been looked for before.
            let Ok(terminal) = terminal(kind, &tap.current) else { continue };
            let old = replace(kind, terminal, node);
            self.circuit.nodes.push(Node { name: tap.name.as_str().into(), origin: tap.span });
            let kind = meter([old, node]);
            let name = tap.name.into();
            self.circuit.elements.push(Element { name, origin: tap.span, kind });
        }
    }
}

impl Flattener<'_, '_> {
    /// The current of that name in the same scope, for a law.
    pub(super) fn measured(
        &mut self,
        name: Symbol,
        span: Span,
        names: &Names<'_>,
    ) -> Option<Control> {
        let netlist = self.netlist;
        let (text, current) = parts(netlist.symbols.name(name));
        let found = netlist.symbols.get(text).and_then(|base| names.element(base));
        let Some((element, has_branch)) = found else {
            self.faults.push(unknown(text, span));
            return None;
        };
        if current == "i" && has_branch {
            return Some(Control::Current(element));
        }
        let known = self.taps.iter().find(|t| t.element == element && t.current == current);
        if let Some(tap) = known {
            return Some(Control::Current(tap.meter));
        }
        let name = format!("{}{text}#{current}", names.prefix);
        // Its nodes follow when all elements of the scope are there.
        let meter = self.add(name.clone(), span, meter([NodeId::GROUND; 2]));
        self.taps.push(Tap { element, current: current.to_owned(), meter, name, span });
        Some(Control::Current(meter))
    }

    /// Puts in the sources that laws of the scope asked for.
    pub(super) fn measure_currents(&mut self) {
        for tap in std::mem::take(&mut self.taps) {
            let found = terminal(&self.elements[tap.element.0 as usize].kind, &tap.current);
            let terminal = match found {
                Ok(terminal) => terminal,
                Err(known) => {
                    let text = parts(&tap.name).0;
                    self.faults.push(no_terminal(text, &tap.current, known, tap.span));
                    continue;
                }
            };
            let node = self.new_node(tap.name.into(), tap.span);
            let kind = &mut self.elements[tap.element.0 as usize].kind;
            let old = replace(kind, terminal, node);
            let place = tap.meter.0 as usize - self.extra_from;
            self.extra[place].kind = meter([old, node]);
        }
    }
}
