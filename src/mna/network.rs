//! The linear resistive network that a reduction leaves.

use crate::{
    circuit::{Circuit, Control, ElementId, Entry, Kind, NodeId, Probe, values::across},
    dae::{Phi, PhiBlock},
    diag::Diagnostic,
    linalg::{Pattern, PatternBuilder, SparseLu, Symbolic},
    maps::Map,
    mna::{compile::nonzero, explain, reduce::State, sources::is_input},
};

/// What one unknown of the resistive network contributes to: group of rows
/// (0 derivatives, 1 controls, 2 outputs), row, factor.
pub(super) type Reader = (usize, usize, f64);

/// The linear resistive network that is left.
pub(super) struct Network {
    pub(super) states: Vec<State>,
    pub(super) laws: Vec<ElementId>,
    pub(super) inputs: Vec<ElementId>,
    /// Per element, the value of a source that is a constant.
    constants: Vec<Option<f64>>,
}

impl Network {
    pub(super) fn of(circuit: &Circuit) -> Self {
        let mut network = Self {
            states: Vec::new(),
            laws: Vec::new(),
            inputs: Vec::new(),
            constants: vec![None; circuit.elements().len()],
        };
        let mut known = Map::default();
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
                | Kind::Affine { .. }
                | Kind::Storage { .. }
                | Kind::Line { .. }
                | Kind::Coupling { .. }
                | Kind::Array(_)
                | Kind::Device { .. } => {}
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
        known: &mut Map<[NodeId; 2], usize>,
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

    /// The network, factored; `conductance` are the entries of G.
    pub(super) fn factor(
        &self,
        circuit: &Circuit,
        conductance: &[Entry],
    ) -> Result<SparseLu<f64>, Vec<Diagnostic>> {
        let (pattern, values) = self.matrix(circuit, conductance);
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
    fn matrix(&self, circuit: &Circuit, conductance: &[Entry]) -> (Pattern, Vec<f64>) {
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
        let conductance = nonzero(conductance);
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
    pub(super) fn readers(&self, circuit: &Circuit, outputs: &[Probe]) -> Vec<Vec<Reader>> {
        let equations = circuit.equations();
        let size = equations.size + self.states.len();
        let mut readers = vec![Vec::new(); size];
        for (at, (state, row)) in self.states.iter().zip(self.capacitor_rows(circuit)).enumerate() {
            if let Some(row) = row {
                readers[row].push((0, at, 1.0 / state.storage));
                continue;
            }
            let voltage = Control::Voltage(state.nodes[0], state.nodes[1]);
            for (unknown, sign) in equations.control(voltage) {
                readers[unknown].push((0, at, sign / state.storage));
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
    pub(super) fn rows(&self, circuit: &Circuit, outputs: usize) -> [usize; 3] {
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

    pub(super) fn blocks(&self, circuit: &Circuit) -> Vec<PhiBlock> {
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
