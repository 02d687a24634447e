//! The equations of a circuit by modified nodal analysis, term by term.
//!
//! Unknowns are the voltages of all nodes but ground, in the order of the
//! nodes, then the currents of the elements that have one, in the order of the
//! elements. Row k < nodes is Kirchhoff's current law of node k + 1, the sum of
//! the currents that leave it; a row beyond is the law of a branch.
//! (Ho, Ruehli and Brennan, IEEE Trans. Circuits Syst. 22, 1975.)

use std::borrow::Cow;

use crate::circuit::{Array, Control, Element, ElementId, Kind, Law, NodeId, Parts, device::Shape};

/// One entry of a matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Equation.
    pub row: u32,
    /// Unknown.
    pub column: u32,
    /// Coefficient.
    pub value: f64,
}

/// A term `coefficient * value of the element` of an equation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Injection {
    /// Equation.
    pub row: u32,
    /// The source, behavioural element or storage.
    pub element: ElementId,
    /// 1 or -1.
    pub sign: f64,
}

/// All terms of `d/dt (C x) + G x + sources + laws + constants = 0`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Equations {
    /// Number of unknowns, and of equations.
    pub size: usize,
    /// G, duplicates add up, without arrays.
    pub conductance: Vec<Entry>,
    /// Arrays, in the order of the elements.
    pub arrays: Vec<Array>,
    /// C, duplicates add up.
    pub charge: Vec<Entry>,
    /// Independent sources.
    pub sources: Vec<Injection>,
    /// Behavioural laws.
    pub laws: Vec<Injection>,
    /// Charges and fluxes that are laws.
    pub stored: Vec<Injection>,
    /// Row and column of the derivatives of the laws; duplicates add up.
    pub law_places: Vec<(u32, u32)>,
    /// Conductances of devices, with values that stand for any.
    pub device_conductance: Vec<Entry>,
    /// Capacitances of devices, with values that stand for any.
    pub device_charge: Vec<Entry>,
    /// G of lines at rest: what of the other end stands in the row of an end. Delayed by
    /// the delay of the element of that row otherwise.
    pub lines: Vec<(Entry, ElementId)>,
    /// Constants of affine laws.
    pub constants: Vec<(u32, f64)>,
    /// The unknown of the current of each element that has one.
    branches: Vec<Option<u32>>,
}

impl Equations {
    /// The equations of the circuit made of `parts`.
    pub(crate) fn of(parts: &Parts) -> Self {
        let nodes = parts.nodes.len().saturating_sub(1);
        let mut equations = Self { size: nodes, ..Self::default() };
        for element in &parts.elements {
            let branch = element.kind.has_branch_current().then_some(equations.size as u32);
            equations.size += usize::from(branch.is_some());
            equations.branches.push(branch);
        }
        for (at, element) in parts.elements.iter().enumerate() {
            equations.stamp(ElementId(at as u32), (element, parts));
        }
        equations
    }

    /// G with arrays entry by entry, which of large ones are many.
    #[must_use]
    pub fn whole_conductance(&self) -> Cow<'_, [Entry]> {
        if self.arrays.is_empty() {
            return Cow::Borrowed(&self.conductance);
        }
        let entries = self.arrays.iter().flat_map(|a| a.loads().into_iter().chain(a.couplings()));
        Cow::Owned(self.conductance.iter().copied().chain(entries).collect())
    }

    /// The unknown that is the current of `element`.
    #[must_use]
    pub fn branch(&self, element: ElementId) -> Option<usize> {
        self.branches[element.0 as usize].map(|b| b as usize)
    }

    /// The unknowns that a control reads, with their signs.
    #[must_use]
    pub fn control(&self, control: Control) -> Vec<(usize, f64)> {
        match control {
            Control::Voltage(a, b) => {
                let terms = [(a.unknown(), 1.0), (b.unknown(), -1.0)];
                terms.into_iter().filter_map(|(u, sign)| u.map(|u| (u, sign))).collect()
            }
            Control::Current(element) => {
                self.branch(element).map(|b| (b, 1.0)).into_iter().collect()
            }
        }
    }

    fn stamp(&mut self, id: ElementId, (element, parts): (&Element, &Parts)) {
        if let (Some(row), Some(nodes)) = (self.branches[id.0 as usize], element.kind.pair()) {
            for (node, sign) in terminals(nodes) {
                self.conductance.push(Entry { row: node, column: row, value: sign });
                self.conductance.push(Entry { row, column: node, value: sign });
            }
        }
        match &element.kind {
            Kind::Resistor { nodes, resistance, .. } => {
                pair(&mut self.conductance, *nodes, *nodes, 1.0 / resistance);
            }
            Kind::Capacitor { nodes, capacitance, .. } => {
                pair(&mut self.charge, *nodes, *nodes, *capacitance);
            }
            Kind::Inductor { inductance, .. } => {
                let row = self.branches[id.0 as usize].unwrap_or_default();
                self.charge.push(Entry { row, column: row, value: -inductance });
            }
            Kind::Source { .. } => {
                for (row, sign) in self.delivers(id, element) {
                    self.sources.push(Injection { row, element: id, sign });
                }
            }
            Kind::VoltageControlled { control, gain, .. } => {
                let control = Control::Voltage(control[0], control[1]);
                self.controlled(id, element, control, *gain);
            }
            Kind::CurrentControlled { control, gain, .. } => {
                self.controlled(id, element, Control::Current(*control), *gain);
            }
            Kind::Affine { law, .. } => {
                for (control, gain) in &law.terms {
                    self.controlled(id, element, *control, *gain);
                }
                for (row, sign) in self.delivers(id, element) {
                    self.constants.push((row, sign * law.constant));
                }
            }
            Kind::Behavioural { law, .. } => self.behavioural(id, element, law),
            Kind::Storage { law, .. } => self.storage(id, element, law),
            Kind::Line { other, line, .. } => {
                let far = &parts.elements[other.0 as usize];
                self.line((id, *other), far, line.impedance);
            }
            Kind::Coupling { inductors: [a, b], mutual } => {
                if let (Some(a), Some(b)) = (self.branch(*a), self.branch(*b)) {
                    let (a, b) = (a as u32, b as u32);
                    self.charge.push(Entry { row: a, column: b, value: -mutual });
                    self.charge.push(Entry { row: b, column: a, value: -mutual });
                }
            }
            Kind::Device(placed) => {
                self.device(placed.device.shape(), &placed.nodes, placed.control);
            }
            Kind::Array(array) => {
                self.arrays.push((**array).clone());
            }
        }
    }

    fn behavioural(&mut self, id: ElementId, element: &Element, law: &Law) {
        for (row, sign) in self.delivers(id, element) {
            self.laws.push(Injection { row, element: id, sign });
            let unknowns = law.controls.iter().flat_map(|c| self.control(*c));
            let places: Vec<_> = unknowns.map(|(u, _)| (row, u as u32)).collect();
            self.law_places.extend(places);
        }
    }

    fn storage(&mut self, id: ElementId, element: &Element, law: &Law) {
        for (row, sign) in self.delivers(id, element) {
            self.stored.push(Injection { row, element: id, sign });
            let unknowns = law.controls.iter().flat_map(|c| self.control(*c));
            let columns: Vec<u32> = unknowns.map(|(unknown, _)| unknown as u32).collect();
            for column in columns {
                // Any values do; these are all different.
                let nth = self.device_charge.len() as f64 + 1.0;
                let value = sign * (1.0 + nth.sqrt().fract());
                self.device_charge.push(Entry { row, column, value });
            }
        }
    }

    /// An end of a line and what it sees of the other.
    fn line(&mut self, (id, other): (ElementId, ElementId), far: &Element, impedance: f64) {
        let row = self.branches[id.0 as usize].unwrap_or_default();
        self.conductance.push(Entry { row, column: row, value: -impedance });
        let column = self.branches[other.0 as usize].unwrap_or_default();
        self.lines.push((Entry { row, column, value: -impedance }, id));
        for (column, sign) in far.kind.pair().into_iter().flat_map(terminals) {
            self.lines.push((Entry { row, column, value: -sign }, id));
        }
    }

    /// The places that a device writes to.
    fn device(&mut self, shape: &Shape, nodes: &[NodeId], control: Option<ElementId>) {
        let mut nth = self.device_conductance.len() as f64;
        for way in shape.branches {
            let ends = [nodes[way.from as usize], nodes[way.to as usize]];
            for port in 0..shape.ports.len() {
                // Any values do; these are all different.
                nth += 1.0;
                let value = 1.0 + nth.sqrt().fract();
                let controls = self.control(port_control(shape, port, nodes, control));
                for (row, sign) in terminals(ends) {
                    let entries = controls.iter().map(|&(column, direction)| Entry {
                        row,
                        column: column as u32,
                        value: sign * direction * value,
                    });
                    if way.conducts {
                        self.device_conductance.extend(entries);
                    } else {
                        self.device_charge.extend(entries);
                    }
                }
            }
        }
    }

    /// The rows that the value of a source enters, with its sign there.
    fn delivers(&self, id: ElementId, element: &Element) -> Vec<(u32, f64)> {
        match self.branches[id.0 as usize] {
            Some(row) => vec![(row, -1.0)],
            None => element.kind.pair().into_iter().flat_map(terminals).collect(),
        }
    }

    fn controlled(&mut self, id: ElementId, element: &Element, control: Control, gain: f64) {
        for (row, sign) in self.delivers(id, element) {
            for (column, direction) in self.control(control) {
                let value = sign * direction * gain;
                self.conductance.push(Entry { row, column: column as u32, value });
            }
        }
    }
}

/// What port `port` of a device reads. A port from a terminal to itself stands for
/// the current that controls the device.
pub(crate) fn port_control(
    shape: &Shape,
    port: usize,
    nodes: &[NodeId],
    control: Option<ElementId>,
) -> Control {
    let (plus, minus) = shape.ports[port];
    match control {
        Some(element) if plus == minus => Control::Current(element),
        _ => Control::Voltage(nodes[plus as usize], nodes[minus as usize]),
    }
}

/// The rows of the two terminals, ground left out: current leaves the first.
fn terminals(nodes: [NodeId; 2]) -> impl Iterator<Item = (u32, f64)> {
    [(nodes[0], 1.0), (nodes[1], -1.0)]
        .into_iter()
        .filter_map(|(node, sign)| node.unknown().map(|row| (row as u32, sign)))
}

/// The four entries of a two-terminal element whose current is
/// `value * (v(control[0]) - v(control[1]))`.
pub(super) fn pair(entries: &mut Vec<Entry>, nodes: [NodeId; 2], control: [NodeId; 2], value: f64) {
    for (row, sign) in terminals(nodes) {
        for (column, direction) in terminals(control) {
            entries.push(Entry { row, column, value: sign * direction * value });
        }
    }
}
