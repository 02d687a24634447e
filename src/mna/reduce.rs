//! Reduction of a circuit to the Lur'e normal form.
//!
//! With every capacitor replaced by a voltage source (its voltage a state),
//! every inductor by a current source (its current a state) and every
//! nonlinear element by a source (its value a component of phi), what is left
//! is a linear resistive network. It is factored once and solved for every
//! source; the currents of the capacitors and the voltages of the inductors are
//! the derivatives of the states. The network is regular exactly where the
//! circuit has index 1 and no capacitor loop and no inductor cut-set.

use sprs::CsMat;

use crate::{
    circuit::{Circuit, Control, Element, ElementId, Kind, NodeId, Probe},
    dae::{Lure, LureParts},
    diag::Diagnostic,
    mna::{Adjoint, arrays, explain, network::Network},
};

/// A circuit in normal form, with where its parts come from.
#[derive(Clone, Debug)]
pub struct Reduction {
    /// The normal form, in SI units. Its inputs are the independent sources that
    /// are no constants, its outputs what the deck saves (all node voltages
    /// where it saves nothing).
    pub lure: Lure,
    /// What each state belongs to.
    pub states: Vec<State>,
    /// The behavioural source of each component of phi.
    pub laws: Vec<ElementId>,
    /// The independent source of each input.
    pub inputs: Vec<ElementId>,
}

/// What a state of a reduced circuit is.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The capacitors in parallel, or the one inductor.
    pub elements: Vec<ElementId>,
    /// The terminals, positive first.
    pub nodes: [NodeId; 2],
    /// Sum of the capacitances, F, or the inductance, H.
    pub storage: f64,
    /// The initial value given on the card (of any of the capacitors), V or A.
    pub initial: Option<f64>,
    /// True for capacitors.
    pub is_capacitor: bool,
}

impl Reduction {
    /// What answers questions about the origin of the coefficients. `circuit` is
    /// the one that was reduced.
    ///
    /// # Panics
    ///
    /// If it is another circuit, which has no reduction.
    #[must_use]
    pub fn adjoint(&self, circuit: &Circuit) -> Adjoint {
        let network = Network::of(circuit);
        let conductance = circuit.equations().whole_conductance();
        let lu = network
            .factor(circuit, &conductance)
            .expect("invariant: the circuit has been reduced before");
        let readers = network.readers(circuit, &probes(circuit));
        Adjoint::new(lu, network, readers, circuit)
    }
}

/// The normal form of `circuit`.
///
/// # Errors
///
/// Diagnostics that name the loop of capacitors and voltage sources, the
/// cut-set of inductors and current sources, or the law that depends on time.
pub fn reduce(circuit: &Circuit) -> Result<Reduction, Vec<Diagnostic>> {
    reduce_counted(circuit).map(|(reduction, _)| reduction)
}

/// As [`reduce`], with a number of entries that the matrices of modified nodal analysis have at
/// least.
pub(crate) fn reduce_counted(circuit: &Circuit) -> Result<(Reduction, usize), Vec<Diagnostic>> {
    let mut faults = time_dependent(circuit);
    faults.extend(irreducible_elements(circuit));
    if !faults.is_empty() {
        return Err(faults);
    }
    let network = Network::of(circuit);
    let outputs = probes(circuit);
    let readers = network.readers(circuit, &outputs);
    let rows = network.rows(circuit, outputs.len());
    let (entries, [from_states, from_laws, from_inputs, constant]) =
        arrays::coefficients(&network, circuit, (&readers, rows))?;
    // By columns of the normal form, then by rows.
    let [[a, c, h], [b, d, j], [e, f, k]] = [from_states, from_laws, from_inputs];
    let lure = Lure::new(LureParts {
        states: network.states.iter().map(|s| state_name(circuit, s)).collect(),
        inputs: names(circuit, &network.inputs),
        outputs: outputs.iter().map(|p| p.name.clone()).collect(),
        phi: network.blocks(circuit),
        matrices: [a, b, e, c, d, f, h, j, k],
        constants: constant.map(|column| dense_column(&column)),
    })
    .map_err(|e| vec![explain::overflow(circuit, &e)])?;
    let Network { states, laws, inputs, .. } = network;
    Ok((Reduction { lure, states, laws, inputs }, entries))
}

/// The capacitors and inductors of `circuit` as states, capacitors in parallel as one, in
/// the order of the elements, each with its name, such as `v(h1)`.
#[must_use]
pub fn storages(circuit: &Circuit) -> Vec<(String, State)> {
    let states = Network::of(circuit).states;
    states.into_iter().map(|state| (state_name(circuit, &state), state)).collect()
}

fn names(circuit: &Circuit, ids: &[ElementId]) -> Vec<String> {
    ids.iter().map(|id| circuit.elements()[id.0 as usize].name.to_string()).collect()
}

fn time_dependent(circuit: &Circuit) -> Vec<Diagnostic> {
    let time = |e: &&Element| matches!(&e.kind, Kind::Behavioural { law, .. } if law.uses_time);
    circuit
        .elements()
        .iter()
        .filter(time)
        .map(|element| {
            let message =
                format!("`{}` depends on time, so it is no static nonlinearity", element.name);
            Diagnostic::error(element.origin, message)
                .with_hint("let an independent source deliver what depends on time")
        })
        .collect()
}

/// Elements that the normal form has no place for.
fn irreducible_elements(circuit: &Circuit) -> impl Iterator<Item = Diagnostic> {
    circuit.elements().iter().filter_map(|element| {
        let what = match element.kind {
            Kind::Device(_) => "a device",
            Kind::Coupling { .. } => "a coupling of inductors",
            // One end speaks for both.
            Kind::Line { .. } if element.name.contains('#') => return None,
            Kind::Line { .. } => "a line, whose state is the wave on it",
            Kind::Storage { .. } => "a storage whose charge or flux is a law",
            _ => return None,
        };
        let message = format!("`{}` is {what}, which has no place in a normal form", element.name);
        let fault = Diagnostic::error(element.origin, message);
        Some(fault.with_hint("`--path mna` simulates the circuit as it is"))
    })
}

/// What the circuit saves; all node voltages where it saves nothing.
fn probes(circuit: &Circuit) -> Vec<Probe> {
    let parts = circuit.parts();
    if !parts.outputs.is_empty() {
        return parts.outputs.clone();
    }
    let nodes = parts.nodes.iter().enumerate().skip(1);
    nodes
        .map(|(at, node)| Probe {
            name: format!("v({})", node.name),
            control: Control::Voltage(NodeId(at as u32), NodeId::GROUND),
        })
        .collect()
}

fn state_name(circuit: &Circuit, state: &State) -> String {
    let node = |id: NodeId| circuit.parts().nodes[id.0 as usize].name.as_str();
    match (state.is_capacitor, state.nodes) {
        (true, [a, NodeId::GROUND]) => format!("v({})", node(a)),
        (true, [a, b]) => format!("v({},{})", node(a), node(b)),
        (false, _) => format!("i({})", circuit.elements()[state.elements[0].0 as usize].name),
    }
}

fn dense_column(matrix: &CsMat<f64>) -> Vec<f64> {
    (0..matrix.rows()).map(|row| matrix.get(row, 0).copied().unwrap_or(0.0)).collect()
}
