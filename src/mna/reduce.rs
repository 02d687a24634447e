//! Reduction of a circuit to the Lur'e normal form.
//!
//! With every capacitor replaced by a voltage source (its voltage a state),
//! every inductor by a current source (its current a state) and every
//! nonlinear element by a source (its value a component of phi), what is left
//! is a linear resistive network. It is factored once and solved for every
//! source; the currents of the capacitors and the voltages of the inductors are
//! the derivatives of the states. The network is regular exactly where the
//! circuit has index 1 and no capacitor loop and no inductor cut-set.

use sprs::{CsMat, TriMat};

use crate::{
    circuit::{Circuit, Control, Element, ElementId, Kind, NodeId, Probe, values::across},
    dae::{Lure, LureParts, Phi, PhiBlock},
    diag::Diagnostic,
    linalg::{Pattern, PatternBuilder, SparseLu, SparseSolution, Symbolic},
    mna::{Adjoint, compile::nonzero, explain, sources::is_input},
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

/// What one unknown of the resistive network contributes to: group of rows
/// (0 derivatives, 1 controls, 2 outputs), row, factor.
pub(super) type Reader = (usize, usize, f64);

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
        let lu = network.factor(circuit).expect("invariant: the circuit has been reduced before");
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
    let faults = time_dependent(circuit);
    if !faults.is_empty() {
        return Err(faults);
    }
    let network = Network::of(circuit);
    let lu = network.factor(circuit)?;
    let outputs = probes(circuit);
    let readers = network.readers(circuit, &outputs);
    let rows = network.rows(circuit, outputs.len());
    let [from_states, from_laws, from_inputs, constant] =
        network.columns(circuit).map(|sources| solve_columns(&lu, &sources, &readers, rows));
    // By rows of the normal form, then by columns.
    let matrices = [0, 1, 2].map(|group| {
        [&from_states, &from_laws, &from_inputs].map(|columns| columns[group].clone())
    });
    let [[a, b, e], [c, d, f], [h, j, k]] = matrices;
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
    Ok(Reduction { lure, states, laws, inputs })
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

/// The linear resistive network that is left.
pub(super) struct Network {
    pub(super) states: Vec<State>,
    laws: Vec<ElementId>,
    inputs: Vec<ElementId>,
    /// Per element, the value of a source that is a constant.
    constants: Vec<Option<f64>>,
}

impl Network {
    fn of(circuit: &Circuit) -> Self {
        let mut network = Self {
            states: Vec::new(),
            laws: Vec::new(),
            inputs: Vec::new(),
            constants: vec![None; circuit.elements().len()],
        };
        let mut known = std::collections::HashMap::new();
        for (at, element) in circuit.elements().iter().enumerate() {
            let id = ElementId(at as u32);
            match &element.kind {
                Kind::Capacitor { nodes, capacitance, initial } => {
                    network.capacitor(id, *nodes, (*capacitance, *initial), &mut known);
                }
                Kind::Inductor { nodes, inductance, initial } => network.states.push(State {
                    elements: vec![id],
                    nodes: *nodes,
                    storage: *inductance,
                    initial: *initial,
                    is_capacitor: false,
                }),
                Kind::Behavioural { .. } => network.laws.push(id),
                Kind::Source { wave, .. } if is_input(wave) => network.inputs.push(id),
                // A constant has one value at all times.
                Kind::Source { wave, .. } => network.constants[at] = Some(wave.value(0.0)),
                Kind::Resistor { .. }
                | Kind::VoltageControlled { .. }
                | Kind::CurrentControlled { .. }
                | Kind::Affine { .. } => {}
            }
        }
        network
    }

    /// Adds a capacitor, in parallel to an earlier one where there is one.
    fn capacitor(
        &mut self,
        id: ElementId,
        nodes: [NodeId; 2],
        (capacitance, initial): (f64, Option<f64>),
        known: &mut std::collections::HashMap<[NodeId; 2], usize>,
    ) {
        // Ground, if any, is the negative terminal.
        let flipped = nodes[0] == NodeId::GROUND;
        let nodes = if flipped { [nodes[1], nodes[0]] } else { nodes };
        let initial = initial.map(|v| if flipped { -v } else { v });
        let (key, _) = across(nodes, 0.0);
        if let Some(&at) = known.get(&key) {
            let state = &mut self.states[at];
            state.elements.push(id);
            state.storage += capacitance;
            let same_way = state.nodes == nodes;
            state.initial = state.initial.or(initial.map(|v| if same_way { v } else { -v }));
            return;
        }
        known.insert(key, self.states.len());
        let elements = vec![id];
        self.states.push(State {
            elements,
            nodes,
            storage: capacitance,
            initial,
            is_capacitor: true,
        });
    }

    /// Unknowns: those of the circuit, then the currents of the capacitors.
    fn capacitor_rows(&self, circuit: &Circuit) -> Vec<Option<usize>> {
        let mut next = circuit.equations().size;
        self.states
            .iter()
            .map(|state| {
                state.is_capacitor.then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect()
    }

    /// The row that fixes each state.
    fn state_rows(&self, circuit: &Circuit) -> Vec<usize> {
        let branches = |s: &State| circuit.equations().branch(s.elements[0]).unwrap_or_default();
        self.capacitor_rows(circuit)
            .into_iter()
            .zip(&self.states)
            .map(|(row, state)| row.unwrap_or_else(|| branches(state)))
            .collect()
    }

    /// The network, factored.
    fn factor(&self, circuit: &Circuit) -> Result<SparseLu<f64>, Vec<Diagnostic>> {
        let (pattern, values) = self.matrix(circuit);
        let symbolic = Symbolic::analyse_values(&pattern, &values)
            .map_err(|e| explain::irreducible(circuit, &e.unmatched_columns, &self.states))?;
        let mut lu = SparseLu::new(symbolic);
        lu.factor(&values)
            .map_err(|e| explain::irreducible(circuit, &[e.column()], &self.states))?;
        Ok(lu)
    }

    /// The value of a source that is a constant.
    pub(super) fn constant(&self, id: ElementId) -> Option<f64> {
        self.constants[id.0 as usize]
    }

    /// The matrix of the network.
    fn matrix(&self, circuit: &Circuit) -> (Pattern, Vec<f64>) {
        let equations = circuit.equations();
        let mut is_inductor = vec![false; equations.size];
        let mut entries = Vec::new();
        let rows = self.state_rows(circuit);
        for (state, &row) in self.states.iter().zip(&rows) {
            if state.is_capacitor {
                let terms = equations.control(Control::Voltage(state.nodes[0], state.nodes[1]));
                for (unknown, sign) in terms {
                    entries.push((row, unknown, sign));
                    entries.push((unknown, row, sign));
                }
            } else {
                is_inductor[row] = true;
                entries.push((row, row, 1.0));
            }
        }
        let conductance = nonzero(&equations.conductance);
        entries.extend(conductance.into_iter().filter(|&(row, ..)| !is_inductor[row]));
        let size = equations.size + self.states.iter().filter(|s| s.is_capacitor).count();
        let mut builder = PatternBuilder::new(size, size);
        for &(row, column, _) in &entries {
            builder.add(row, column);
        }
        let (pattern, places) = builder.build();
        let mut values = vec![0.0; pattern.nonzeros()];
        for (&(.., value), place) in entries.iter().zip(places) {
            values[place] += value;
        }
        (pattern, values)
    }

    /// What reads each unknown.
    fn readers(&self, circuit: &Circuit, outputs: &[Probe]) -> Vec<Vec<Reader>> {
        let equations = circuit.equations();
        let size = equations.size + self.states.len();
        let mut readers = vec![Vec::new(); size];
        for (at, (state, row)) in self.states.iter().zip(self.capacitor_rows(circuit)).enumerate() {
            match row {
                Some(row) => readers[row].push((0, at, 1.0 / state.storage)),
                None => {
                    let voltage = Control::Voltage(state.nodes[0], state.nodes[1]);
                    for (unknown, sign) in equations.control(voltage) {
                        readers[unknown].push((0, at, sign / state.storage));
                    }
                }
            }
        }
        let controls = self.laws.iter().flat_map(|id| law_controls(circuit, *id)).copied();
        for (at, control) in controls.enumerate() {
            for (unknown, sign) in equations.control(control) {
                readers[unknown].push((1, at, sign));
            }
        }
        for (at, probe) in outputs.iter().enumerate() {
            for (unknown, sign) in equations.control(probe.control) {
                readers[unknown].push((2, at, sign));
            }
        }
        readers
    }

    /// Numbers of derivatives, controls and outputs.
    fn rows(&self, circuit: &Circuit, outputs: usize) -> [usize; 3] {
        let controls = self.laws.iter().map(|id| law_controls(circuit, *id).len()).sum();
        [self.states.len(), controls, outputs]
    }

    /// Right-hand sides: of the states, of phi, of the inputs and of the constants.
    pub(super) fn columns(&self, circuit: &Circuit) -> [Vec<Vec<(usize, f64)>>; 4] {
        let equations = circuit.equations();
        let states = self.state_rows(circuit).into_iter().map(|row| vec![(row, 1.0)]).collect();
        let mut place = vec![None; circuit.elements().len()];
        for (at, id) in self.laws.iter().chain(&self.inputs).enumerate() {
            place[id.0 as usize] = Some(at);
        }
        let mut sources = vec![Vec::new(); self.laws.len() + self.inputs.len()];
        let mut constants: Vec<(usize, f64)> =
            equations.constants.iter().map(|&(row, value)| (row as usize, -value)).collect();
        for injection in equations.laws.iter().chain(&equations.sources) {
            let element = injection.element.0 as usize;
            let row = injection.row as usize;
            if let Some(at) = place[element] {
                sources[at].push((row, -injection.sign));
            } else if let Some(value) = self.constants[element] {
                constants.push((row, -injection.sign * value));
            }
        }
        let inputs = sources.split_off(self.laws.len());
        [states, sources, inputs, vec![merged(constants)]]
    }

    fn blocks(&self, circuit: &Circuit) -> Vec<PhiBlock> {
        let mut start = 0;
        let mut blocks = Vec::with_capacity(self.laws.len());
        for id in &self.laws {
            let element = &circuit.elements()[id.0 as usize];
            let Kind::Behavioural { law, .. } = &element.kind else { continue };
            let controls = start..start + law.controls.len();
            start = controls.end;
            let law = Phi { tape: law.tape.clone(), tree: law.tree.clone() };
            blocks.push(PhiBlock { name: element.name.to_string(), controls, law });
        }
        blocks
    }
}

fn law_controls(circuit: &Circuit, id: ElementId) -> &[Control] {
    match &circuit.elements()[id.0 as usize].kind {
        Kind::Behavioural { law, .. } => &law.controls,
        _ => &[],
    }
}

/// Adds up the entries of the same row and drops what cancels.
fn merged(mut entries: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    entries.sort_by_key(|&(row, _)| row);
    entries.dedup_by(|next, sum| {
        let same = next.0 == sum.0;
        if same {
            sum.1 += next.1;
        }
        same
    });
    entries.retain(|&(_, value)| value != 0.0);
    entries
}

/// Solves for all `sources` and reads the three groups of rows off.
fn solve_columns(
    lu: &SparseLu<f64>,
    sources: &[Vec<(usize, f64)>],
    readers: &[Vec<Reader>],
    rows: [usize; 3],
) -> [CsMat<f64>; 3] {
    let mut groups = rows.map(|count| TriMat::new((count, sources.len())));
    let mut solution = SparseSolution::new(lu.size());
    let mut reads: Vec<(usize, usize, f64)> = Vec::new();
    for (column, source) in sources.iter().enumerate() {
        lu.solve_sparse(source, &mut solution);
        reads.clear();
        for &(unknown, value) in solution.entries() {
            reads.extend(
                readers[unknown].iter().map(|&(group, row, factor)| (group, row, factor * value)),
            );
        }
        reads.sort_by_key(|&(group, row, _)| (group, row));
        for same in reads.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (group, row, _) = same[0];
            let sum: f64 = same.iter().map(|r| r.2).sum();
            let size: f64 = same.iter().map(|r| r.2.abs()).sum();
            // A difference of two equal voltages leaves rounding errors, no coefficient.
            if sum.abs() > 4.0 * f64::EPSILON * size || (same.len() == 1 && sum != 0.0) {
                groups[group].add_triplet(row, column, sum);
            }
        }
    }
    groups.map(|group| group.to_csr())
}

fn dense_column(matrix: &CsMat<f64>) -> Vec<f64> {
    (0..matrix.rows()).map(|row| matrix.get(row, 0).copied().unwrap_or(0.0)).collect()
}
