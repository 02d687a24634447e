//! Elements and what they say.

use ecow::EcoString;

use crate::{
    circuit::{Array, Waveform, device::Device},
    diag::Span,
    expr::{Tape, Tree},
};

/// Index of a node; 0 is ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The reference node.
    pub const GROUND: Self = Self(0);

    /// The index of the node's voltage among the unknowns; `None` for ground.
    #[must_use]
    pub fn unknown(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}

/// Index of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub u32);

/// One element of a flat circuit.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Full name, such as `r1` or `x1.r1`; up to 15 bytes cost no allocation.
    pub name: EcoString,
    /// The card it comes from.
    pub origin: Span,
    /// What it is.
    pub kind: Kind,
}

/// The terminal's current and the element that a source of this name measures.
fn measured(name: &str) -> Option<(&str, &str)> {
    match name.rsplit_once('#') {
        Some((device, current @ ("i" | "ic" | "ib" | "ie" | "id" | "ig" | "is"))) => {
            Some((current, device))
        }
        _ => None,
    }
}

/// True for the name of a source that measures the current into a terminal.
pub(super) fn is_ammeter(name: &str) -> bool {
    measured(name).is_some()
}

/// What the current of the element called `name` is called: `i(r1)`, and `ic(q1)` of the
/// source `q1#ic` that measures it.
#[must_use]
pub fn current_name(name: &str) -> String {
    match measured(name) {
        Some((current, device)) => format!("{current}({device})"),
        None => format!("i({name})"),
    }
}

/// Voltage or current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// V
    Voltage,
    /// A
    Current,
}

impl Quantity {
    /// Symbol of its SI unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Voltage => "V",
            Self::Current => "A",
        }
    }
}

/// What an element is. Currents flow from the first node through the element to
/// the second.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `i = v / resistance`
    Resistor {
        /// Terminals.
        nodes: [NodeId; 2],
        /// ohm, not 0.
        resistance: f64,
        /// Its own temperature, K; that of the circuit for `None`. Boxed, as initial values
        /// are: few have one, and a large circuit consists of resistors.
        kelvin: Option<Box<f64>>,
    },
    /// `i = d(C v)/dt`
    Capacitor {
        /// Terminals.
        nodes: [NodeId; 2],
        /// F, not 0.
        capacitance: f64,
        /// V, with `uic`.
        initial: Option<Box<f64>>,
    },
    /// `v = d(L i)/dt`
    Inductor {
        /// Terminals.
        nodes: [NodeId; 2],
        /// H, not 0.
        inductance: f64,
        /// A, with `uic`.
        initial: Option<Box<f64>>,
    },
    /// Independent source.
    Source {
        /// What it fixes.
        quantity: Quantity,
        /// Terminals.
        nodes: [NodeId; 2],
        /// What it delivers.
        supply: Box<Supply>,
    },
    /// E or G.
    VoltageControlled {
        /// What it fixes.
        quantity: Quantity,
        /// Terminals.
        nodes: [NodeId; 2],
        /// Controlling nodes.
        control: [NodeId; 2],
        /// V/V or A/V.
        gain: f64,
    },
    /// H or F.
    CurrentControlled {
        /// What it fixes.
        quantity: Quantity,
        /// Terminals.
        nodes: [NodeId; 2],
        /// The element whose current controls.
        control: ElementId,
        /// V/A or A/A.
        gain: f64,
    },
    /// B, with a law that is not affine.
    Behavioural {
        /// What it fixes.
        quantity: Quantity,
        /// Terminals.
        nodes: [NodeId; 2],
        /// Its value.
        law: Box<Law>,
    },
    /// A capacitor or an inductor whose charge or flux is a law: what it delivers, a
    /// current or a voltage, is the derivative of it.
    Storage {
        /// `Current` for a capacitor, `Voltage` for an inductor.
        quantity: Quantity,
        /// Terminals.
        nodes: [NodeId; 2],
        /// Charge, C, or flux, Wb. Where it is to be integrated: capacitance, F, of the
        /// voltage across, or inductance, H, of the current through it, the one control.
        law: Box<Law>,
        /// True where the charge is the integral of the law from 0 on.
        is_integrated: bool,
        /// V or A, with `uic`.
        initial: Option<Box<f64>>,
    },
    /// B, with an affine law: `sum of gain * control + constant`.
    Affine {
        /// What it fixes.
        quantity: Quantity,
        /// Terminals.
        nodes: [NodeId; 2],
        /// Its value.
        law: Box<AffineLaw>,
    },
    /// One end of a lossless line: `v - impedance i` is what left the other end a delay
    /// ago, `v + impedance i` there. At rest the line is a connection.
    Line {
        /// Terminals of this end.
        nodes: [NodeId; 2],
        /// The other end.
        other: ElementId,
        /// What lies between.
        line: Box<Line>,
    },
    /// K: `mutual` times the derivative of the current of each inductor is a
    /// voltage in the other.
    Coupling {
        /// Both inductors.
        inductors: [ElementId; 2],
        /// H, at most the geometric mean of both inductances in modulus.
        mutual: f64,
    },
    /// Y: resistors or controlled sources by the matrix.
    Array(Box<Array>),
    /// A semiconductor device or a switch.
    Device(Box<PlacedDevice>),
}

/// What an independent source delivers, V or A.
#[derive(Clone, Debug, PartialEq)]
pub struct Supply {
    /// Its value over time.
    pub wave: Waveform,
    /// Its value at an operating point; for a wave without one, its value at t = 0.
    pub dc: f64,
    /// Real and imaginary part of its amplitude in an AC analysis.
    pub ac: [f64; 2],
}

impl Supply {
    /// The same at all times, and nothing in an AC analysis.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self { wave: Waveform::Constant(value), dc: value, ac: [0.0; 2] }
    }
}

/// `sum of gain * control + constant`, V or A.
#[derive(Clone, Debug, PartialEq)]
pub struct AffineLaw {
    /// Controls with their gains.
    pub terms: Vec<(Control, f64)>,
    /// V or A.
    pub constant: f64,
}

/// A lossless line, as one of its ends sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// ohm, positive.
    pub impedance: f64,
    /// s, positive.
    pub delay: f64,
    /// Voltage, V, and current into this end, A, with `uic`.
    pub initial: [f64; 2],
}

/// A device and how it is connected.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedDevice {
    /// Its terminals, those inside after those outside; a terminal inside
    /// that has no resistance before it has the node of the one outside.
    pub nodes: Vec<NodeId>,
    /// The element whose current controls it.
    pub control: Option<ElementId>,
    /// What it does.
    pub device: Device,
    /// `on` or `off`, as a search for an operating point takes it first; a switch
    /// is off where nothing is said, other devices are on.
    pub switched: Option<bool>,
    /// Voltages on its card, with `uic`, V.
    pub initial: Vec<f64>,
}

impl Kind {
    /// Its terminals.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        match self {
            Self::Resistor { nodes, .. }
            | Self::Capacitor { nodes, .. }
            | Self::Inductor { nodes, .. }
            | Self::Source { nodes, .. }
            | Self::VoltageControlled { nodes, .. }
            | Self::CurrentControlled { nodes, .. }
            | Self::Behavioural { nodes, .. }
            | Self::Storage { nodes, .. }
            | Self::Line { nodes, .. }
            | Self::Affine { nodes, .. } => nodes,
            Self::Coupling { .. } => &[],
            Self::Device(placed) => &placed.nodes,
            Self::Array(array) => array.terminals(),
        }
    }

    /// Its terminals where these are two and nothing is inside.
    #[must_use]
    pub fn pair(&self) -> Option<[NodeId; 2]> {
        match self {
            Self::Resistor { nodes, .. }
            | Self::Capacitor { nodes, .. }
            | Self::Inductor { nodes, .. }
            | Self::Source { nodes, .. }
            | Self::VoltageControlled { nodes, .. }
            | Self::CurrentControlled { nodes, .. }
            | Self::Behavioural { nodes, .. }
            | Self::Storage { nodes, .. }
            | Self::Line { nodes, .. }
            | Self::Affine { nodes, .. } => Some(*nodes),
            Self::Coupling { .. } | Self::Device(_) | Self::Array(_) => None,
        }
    }

    /// The pairs of terminals between which a current flows at DC.
    pub fn ways(&self) -> impl Iterator<Item = [NodeId; 2]> {
        let (nodes, branches) = match self {
            Self::Device(placed) => (placed.nodes.as_slice(), placed.device.shape().branches),
            _ => (&[][..], &[][..]),
        };
        let inside = branches
            .iter()
            .filter(|b| b.conducts)
            .map(|b| [nodes[b.from as usize], nodes[b.to as usize]])
            .filter(|[a, b]| a != b);
        let crossed = match self {
            Self::Array(array) => array.tree().into_iter().map(|crossing| crossing.nodes).collect(),
            _ => Vec::new(),
        };
        self.pair().into_iter().chain(inside).chain(crossed)
    }

    /// True where the current through it is an unknown of its own.
    #[must_use]
    pub fn has_branch_current(&self) -> bool {
        match self {
            Self::Resistor { .. }
            | Self::Capacitor { .. }
            | Self::Coupling { .. }
            | Self::Array(_)
            | Self::Device(_) => false,
            Self::Inductor { .. } | Self::Line { .. } => true,
            Self::Source { quantity, .. }
            | Self::VoltageControlled { quantity, .. }
            | Self::CurrentControlled { quantity, .. }
            | Self::Behavioural { quantity, .. }
            | Self::Storage { quantity, .. }
            | Self::Affine { quantity, .. } => *quantity == Quantity::Voltage,
        }
    }
}

/// A quantity that a law reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// `v(a) - v(b)`
    Voltage(NodeId, NodeId),
    /// Current of an element that has a branch current.
    Current(ElementId),
}

impl Control {
    /// Symbol of its SI unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Voltage(..) => Quantity::Voltage.unit(),
            Self::Current(_) => Quantity::Current.unit(),
        }
    }
}

/// The law of a behavioural source.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// What it reads: leaf k of the function is control k.
    pub controls: Vec<Control>,
    /// True where the leaf after the last control is the time, s.
    pub uses_time: bool,
    /// The function as a tree.
    pub tree: Tree,
    /// The function, compiled.
    pub tape: Tape,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A circuit of a million elements holds a million of them.
    #[test]
    fn elements_are_small() {
        assert!(size_of::<Element>() <= 56, "{}", size_of::<Element>());
        assert!(size_of::<Kind>() <= 32, "{}", size_of::<Kind>());
    }
}
