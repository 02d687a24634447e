//! The linear resistive network that a reduction leaves.

use crate::{
    circuit::{Circuit, Control, ElementId, Entry, Kind, NodeId, Probe, values::across},
    dae::{Phi, PhiBlock},
    diag::Diagnostic,
    linalg::{Pattern, SparseLu, Symbolic, Triplet, assemble},
    maps::Map,
    mna::{explain, reduce::State, sources::is_input},
};

/// What one unknown of the resistive network contributes to: group of rows
/// (0 derivatives, 1 controls, 2 outputs), row, factor.
pub(super) type Reader = (usize, usize, f64);

/// The linear resistive network that is left.
pub(super) struct Network {
    pub(super) states: Vec<State>,
    pub(super) laws: Vec<ElementId>,
    pub(super) inputs: Vec<ElementId>,
    /// The values of the sources that are constants, in the order of the elements.
    constants: Vec<(ElementId, f64)>,
}

impl Network {
    pub(super) fn of(circuit: &Circuit) -> Self {
        let mut network = Self {
            states: Vec::new(),
            laws: Vec::new(),
            inputs: Vec::new(),
            constants: Vec::new(),
        };
        let mut known = Map::default();
        for (at, element) in circuit.elements().iter().enumerate() {
            let id = ElementId(at as u32);
            match &element.kind {
                Kind::Capacitor { nodes, capacitance, initial } => {
                    network.capacitor(
                        id,
                        *nodes,
                        (*capacitance, initial.as_deref().copied()),
                        &mut known,
                    );
                }
                Kind::Inductor { nodes, inductance, initial } => network.states.push(State {
                    elements: vec![id],
                    nodes: *nodes,
                    storage: *inductance,
                    initial: initial.as_deref().copied(),
                    is_capacitor: false,
                }),
                Kind::Behavioural { .. } => network.laws.push(id),
                Kind::Source { supply, .. } if is_input(&supply.wave) => network.inputs.push(id),
                // A constant has one value at all times.
                Kind::Source { supply, .. } => {
                    network.constants.push((id, supply.wave.value(0.0)));
                }
                Kind::Resistor { .. }
                | Kind::VoltageControlled { .. }
                | Kind::CurrentControlled { .. }
                | Kind::Affine { .. }
                | Kind::Storage { .. }
                | Kind::Line { .. }
                | Kind::Coupling { .. }
                | Kind::Array(_)
                | Kind::Device(_) => {}
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
        self.factor_without(circuit, conductance, vec![None; circuit.equations().size])
            .map_err(|unknowns| explain::irreducible(circuit, &unknowns, &self.states))
    }

    /// The network, factored, without what determines nothing but currents that none of
    /// `readers` reads; their values are wrong then. Where every unit of a crossbar has its
    /// buffers, that is half of the matrix.
    pub(super) fn factor_read(
        &self,
        circuit: &Circuit,
        conductance: &[Entry],
        readers: &[Vec<Reader>],
    ) -> Result<SparseLu<f64>, Vec<Diagnostic>> {
        // The words for a fault come from the whole network.
        self.factor_without(circuit, conductance, self.unread(circuit, conductance, readers))
            .or_else(|_| self.factor(circuit, conductance))
    }

    /// The network, factored, where of an equation that has a column in `only` no other entry
    /// is left; else the unknowns that it leaves open.
    fn factor_without(
        &self,
        circuit: &Circuit,
        conductance: &[Entry],
        only: Vec<Option<u32>>,
    ) -> Result<SparseLu<f64>, Vec<usize>> {
        let (pattern, values) = self.matrix(circuit, conductance, only);
        let mut lu = SparseLu::new(Symbolic::of(pattern).map_err(|e| e.unmatched_columns)?);
        lu.factor(&values).map_err(|e| vec![e.column()])?;
        Ok(lu)
    }

    /// The value of a source that is a constant.
    pub(super) fn constant(&self, id: ElementId) -> Option<f64> {
        let at = self.constants.binary_search_by_key(&id, |constant| constant.0).ok()?;
        Some(self.constants[at].1)
    }

    /// The matrix of the network, without what `only` leaves out.
    fn matrix(
        &self,
        circuit: &Circuit,
        conductance: &[Entry],
        mut only: Vec<Option<u32>>,
    ) -> (Pattern, Vec<f64>) {
        let equations = circuit.equations();
        let mut entries: Vec<Triplet> = Vec::new();
        let mut size = equations.size;
        for (state, row) in self.states.iter().zip(self.state_rows(circuit)) {
            if !state.is_capacitor {
                only[row] = Some(row as u32);
                entries.push((row as u32, row as u32, 1.0));
                continue;
            }
            size += 1;
            let terms = equations.control(Control::Voltage(state.nodes[0], state.nodes[1]));
            for (unknown, sign) in terms {
                entries.push((row as u32, unknown as u32, sign));
                entries.push((unknown as u32, row as u32, sign));
            }
        }
        only.resize(size, None);
        let conductance = conductance.iter().map(|e| (e.row, e.column, e.value));
        let all = entries.into_iter().chain(conductance);
        assemble(
            size,
            all.filter(|&(row, column, _)| only[row as usize].is_none_or(|only| only == column)),
        )
    }

    /// By equation, the current of a branch that stands in no other and that none of
    /// `readers` reads: such an equation determines nothing else.
    fn unread(
        &self,
        circuit: &Circuit,
        conductance: &[Entry],
        readers: &[Vec<Reader>],
    ) -> Vec<Option<u32>> {
        let equations = circuit.equations();
        let nodes = circuit.parts().nodes.len() - 1;
        let unknowns = readers[..equations.size].iter().enumerate();
        let mut is_open: Vec<bool> =
            unknowns.map(|(at, readers)| at >= nodes && readers.is_empty()).collect();
        // The currents of inductors are given.
        for state in self.states.iter().filter(|state| !state.is_capacitor) {
            if let Some(row) = equations.branch(state.elements[0]) {
                is_open[row] = false;
            }
        }
        let mut entries: Vec<Triplet> = conductance
            .iter()
            .filter(|e| is_open[e.column as usize])
            .map(|e| (e.row, e.column, e.value))
            .collect();
        entries.sort_by_key(|&(row, column, _)| (column, row));
        let mut only = vec![None; equations.size];
        for column in entries.chunk_by(|a, b| a.1 == b.1) {
            let mut rows = column
                .chunk_by(|a, b| a.0 == b.0)
                .filter(|same| same.iter().map(|entry| entry.2).sum::<f64>() != 0.0);
            if let (Some(&[(row, column, _), ..]), None) = (rows.next(), rows.next()) {
                only[row as usize].get_or_insert(column);
            }
        }
        only
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
        let place: Map<ElementId, usize> =
            self.laws.iter().chain(&self.inputs).enumerate().map(|(at, &id)| (id, at)).collect();
        let mut sources = vec![Vec::new(); self.laws.len() + self.inputs.len()];
        let mut constants: Vec<(usize, f64)> =
            equations.constants.iter().map(|&(row, value)| (row as usize, -value)).collect();
        for injection in equations.laws.iter().chain(&equations.sources) {
            let row = injection.row as usize;
            if let Some(&at) = place.get(&injection.element) {
                sources[at].push((row, -injection.sign));
            } else if let Some(value) = self.constant(injection.element) {
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
