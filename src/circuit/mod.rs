//! The flat, resolved, validated circuit.
//!
//! A [`Circuit`] can only be had from [`Circuit::new`], which checks it, so that
//! everything behind it (`mna`, reduction) need not.

mod analysis;
mod apart;
mod array;
pub mod device;
mod element;
mod equations;
mod request;
mod source;
pub(crate) mod topology;
pub(crate) mod values;

use std::{collections::BTreeMap, sync::OnceLock};

use ecow::EcoString;

use crate::diag::{Diagnostic, Span};

pub use analysis::{Analysis, Sweep, Variant};
pub use array::{Array, ArrayForm, Crossing as ArrayCrossing};
use element::is_ammeter;
pub use element::{
    AffineLaw, Control, Element, ElementId, Kind, Law, Line, NodeId, PlacedDevice, Quantity,
    Supply, current_name,
};
pub(crate) use equations::port_control;
pub use equations::{Entry, Equations, Injection};
pub use request::{
    Crossing, Expectation, Formula, Fourier, Instant, Leaf, Measure, MeasureTask, NoiseQuantity,
    Output, Requests,
};
pub use source::Waveform;

/// A node and where it is first named.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name; inside a subcircuit with the path of instances, such as `x1.out`.
    pub name: EcoString,
    /// The first card that names it.
    pub origin: Span,
}

/// What a circuit consists of, before it is checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// First line of the deck.
    pub title: String,
    /// Nodes by [`NodeId`]; the first is ground.
    pub nodes: Vec<Node>,
    /// Elements by [`ElementId`].
    pub elements: Vec<Element>,
    /// Values of the parameters of the top level.
    pub params: BTreeMap<String, f64>,
    /// What to do.
    pub analyses: Vec<Analysis>,
    /// What to keep, in order; empty for everything.
    pub outputs: Vec<Probe>,
    /// Node voltages at the start, V (`.ic`).
    pub initial: Vec<(NodeId, f64)>,
    /// First guesses of node voltages, V (`.nodeset`).
    pub guesses: Vec<(NodeId, f64)>,
    /// Options as given, by name; a flag is 1.
    pub options: BTreeMap<String, f64>,
    /// Integration method asked for in the options.
    pub method: Option<String>,
    /// What is to be made of the results.
    pub requests: Requests,
}

/// A quantity of a circuit.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// As written, such as `v(out)` or `v(a,b)`.
    pub name: String,
    /// Which.
    pub control: Control,
}

/// A circuit whose names are resolved, whose values are finite and whose
/// structure is regular for the dynamic problem `G + C/h`.
#[derive(Clone, Debug)]
pub struct Circuit {
    parts: Parts,
    /// Made when they are first asked for: reading a large deck needs none.
    equations: OnceLock<Equations>,
}

impl PartialEq for Circuit {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Circuit {
    /// Checks values and topology.
    ///
    /// # Errors
    ///
    /// One diagnostic a fault: a value that is no finite number, a resistor of
    /// 0 ohm, a missing ground, a floating node, a loop of voltage sources, a
    /// cut-set of current sources, or a set of equations that cannot determine
    /// its unknowns.
    pub fn new(parts: Parts) -> Result<Self, Vec<Diagnostic>> {
        let faults = values::check(&parts);
        if !faults.is_empty() {
            return Err(faults);
        }
        let circuit = Self { parts, equations: OnceLock::new() };
        let faults = topology::check(&circuit);
        if faults.is_empty() { Ok(circuit) } else { Err(faults) }
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Its equations, term by term.
    #[must_use]
    pub fn equations(&self) -> &Equations {
        self.equations.get_or_init(|| Equations::of(&self.parts))
    }

    /// The elements.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.parts.elements
    }

    /// The element of that full name.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<(ElementId, &Element)> {
        let at = self.parts.elements.iter().position(|e| &*e.name == name)?;
        Some((ElementId(at as u32), &self.parts.elements[at]))
    }

    /// The node of that name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<NodeId> {
        self.parts.nodes.iter().position(|n| n.name == name).map(|at| NodeId(at as u32))
    }

    /// Voltages by node with `uic`: those of `.ic`, else 0 V. A node between a source that
    /// measures a current and the terminal has that of the terminal.
    #[must_use]
    pub fn initial_volts(&self) -> Vec<f64> {
        let mut volts = vec![None; self.parts.nodes.len()];
        for &(node, value) in &self.parts.initial {
            volts[node.0 as usize] = Some(value);
        }
        for element in &self.parts.elements {
            if let (Kind::Source { nodes: [outside, inside], .. }, true) =
                (&element.kind, is_ammeter(&element.name))
            {
                let outside = volts[outside.0 as usize];
                let inside = &mut volts[inside.0 as usize];
                *inside = inside.or(outside);
            }
        }
        volts.into_iter().map(|volts| volts.unwrap_or(0.0)).collect()
    }

    /// Gives the parts back, for a change that is checked again by [`Circuit::new`].
    #[must_use]
    pub fn into_parts(self) -> Parts {
        self.parts
    }

    /// Faults that matter only where capacitors are open and inductors short:
    /// nodes without a DC path to ground and loops of inductors and voltage
    /// sources.
    #[must_use]
    pub fn dc_faults(&self) -> Vec<Diagnostic> {
        topology::check_dc(self)
    }
}
