//! Sensitivities of the coefficients of a reduction.

use std::collections::BTreeMap;

use crate::{
    circuit::{Circuit, Control, ElementId, Kind, NodeId, Quantity},
    linalg::{SparseLu, SparseSolution},
    mna::network::{Network, Reader},
};

/// A row of the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// The derivative of a state.
    State(usize),
    /// A component of z.
    Control(usize),
    /// An output.
    Output(usize),
}

/// A column of the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A state.
    State(usize),
    /// A component of phi.
    Phi(usize),
    /// An input.
    Input(usize),
    /// The constants.
    Constant,
}

/// Sparse columns, as (unknown, value).
type Terms = Vec<(usize, f64)>;

/// The resistive network of a reduction, factored, with its readers and sources.
pub struct Adjoint {
    lu: SparseLu<f64>,
    network: Network,
    /// What reads each unknown.
    readers: Vec<Vec<Reader>>,
    /// Right-hand sides of states, phi, inputs and the constant.
    columns: [Vec<Terms>; 4],
}

impl Adjoint {
    pub(super) fn new(
        lu: SparseLu<f64>,
        network: Network,
        readers: Vec<Vec<Reader>>,
        circuit: &Circuit,
    ) -> Self {
        let columns = network.columns(circuit);
        Self { lu, network, readers, columns }
    }

    fn column(&self, source: Source) -> &[(usize, f64)] {
        match source {
            Source::State(at) => &self.columns[0][at],
            Source::Phi(at) => &self.columns[1][at],
            Source::Input(at) => &self.columns[2][at],
            Source::Constant => &self.columns[3][0],
        }
    }

    fn reader(&self, row: Row) -> Terms {
        let wanted = match row {
            Row::State(at) => (0, at),
            Row::Control(at) => (1, at),
            Row::Output(at) => (2, at),
        };
        let mut terms = Terms::new();
        for (unknown, readers) in self.readers.iter().enumerate() {
            for &(group, at, factor) in readers {
                if (group, at) == wanted {
                    terms.push((unknown, factor));
                }
            }
        }
        terms
    }

    fn solve(&self, right: &[(usize, f64)], transposed: bool) -> BTreeMap<usize, f64> {
        let mut solution = SparseSolution::new(self.lu.size());
        if transposed {
            self.lu.solve_transpose_sparse(right, &mut solution);
        } else {
            self.lu.solve_sparse(right, &mut solution);
        }
        solution.entries().iter().copied().filter(|e| e.1 != 0.0).collect()
    }

    /// The unknowns of the resistive network per unit of `source`, those that are not
    /// 0: voltages of nodes (V), then currents of branches (A).
    pub(crate) fn response(&self, source: Source) -> BTreeMap<usize, f64> {
        self.solve(self.column(source), false)
    }

    /// The same per ampere that enters `to` and leaves `from`.
    pub(crate) fn injected(&self, to: NodeId, from: NodeId) -> BTreeMap<usize, f64> {
        let terms = [(to, 1.0), (from, -1.0)];
        let terms =
            terms.into_iter().filter_map(|(node, amperes)| Some((node.unknown()?, amperes)));
        self.solve(&terms.collect::<Terms>(), false)
    }

    /// The relative sensitivities `(p / m) dm/dp` of the entry m at (row, source)
    /// to the value p of every element that has any; for an entry that is zero
    /// the elements that would carry it do not show.
    #[must_use]
    pub fn sensitivities(
        &self,
        circuit: &Circuit,
        row: Row,
        source: Source,
    ) -> Vec<(ElementId, f64)> {
        let reader = self.reader(row);
        let response = self.solve(self.column(source), false);
        let adjoint = self.solve(&reader, true);
        let value: f64 = reader.iter().map(|(u, f)| f * response.get(u).unwrap_or(&0.0)).sum();
        if value == 0.0 {
            return Vec::new();
        }
        let mut found = Vec::new();
        for at in 0..circuit.elements().len() {
            let id = ElementId(at as u32);
            let mut change = 0.0;
            for (equation, unknown, entry) in Self::entries(circuit, id) {
                if let (Some(psi), Some(phi)) = (adjoint.get(&equation), response.get(&unknown)) {
                    change -= psi * phi * entry;
                }
            }
            if source == Source::Constant {
                for (equation, entry) in self.injections(circuit, id) {
                    change += adjoint.get(&equation).unwrap_or(&0.0) * entry;
                }
            }
            if change != 0.0 {
                found.push((id, change / value));
            }
        }
        if let Row::State(at) = row {
            found.extend(self.network.states[at].elements.iter().map(|&id| (id, -1.0)));
        }
        found
    }

    /// The derivatives of a weighted sum of the entries at (row, source), by element and by the
    /// relative change of its value; of a resistor, of its conductance.
    #[must_use]
    pub fn slopes(&self, circuit: &Circuit, source: Source, weights: &[(Row, f64)]) -> Vec<f64> {
        let response = self.solve(self.column(source), false);
        let mut reader: BTreeMap<usize, f64> = BTreeMap::new();
        let mut slopes = vec![0.0; circuit.elements().len()];
        for &(row, weight) in weights {
            let terms = self.reader(row);
            if let Row::State(at) = row {
                // The storages scale the whole row.
                let value: f64 =
                    terms.iter().map(|(u, f)| f * response.get(u).unwrap_or(&0.0)).sum();
                let storages = &self.network.states[at].elements;
                for id in storages {
                    slopes[id.0 as usize] -= weight * value / storages.len() as f64;
                }
            }
            for (unknown, factor) in terms {
                *reader.entry(unknown).or_default() += weight * factor;
            }
        }
        let reader: Terms = reader.into_iter().collect();
        let adjoint = self.solve(&reader, true);
        for (at, slope) in slopes.iter_mut().enumerate() {
            let id = ElementId(at as u32);
            for (equation, unknown, entry) in Self::entries(circuit, id) {
                if let (Some(psi), Some(phi)) = (adjoint.get(&equation), response.get(&unknown)) {
                    *slope -= psi * phi * entry;
                }
            }
            if source == Source::Constant {
                for (equation, entry) in self.injections(circuit, id) {
                    *slope += adjoint.get(&equation).unwrap_or(&0.0) * entry;
                }
            }
        }
        slopes
    }

    /// The entries of the normal form that the value of an element acts on.
    #[must_use]
    pub fn touched(&self, circuit: &Circuit, id: ElementId) -> Vec<(Row, Source)> {
        let mut touched = Vec::new();
        if let Some(state) = self.network.states.iter().position(|s| s.elements.contains(&id)) {
            // Its storage scales the whole row.
            let reader = self.reader(Row::State(state));
            let adjoint = self.solve(&reader, true);
            touched.extend(self.sources_of(&adjoint).into_iter().map(|s| (Row::State(state), s)));
            return touched;
        }
        let mut rows = Vec::new();
        let mut sources = Vec::new();
        for (equation, unknown, _) in Self::entries(circuit, id) {
            rows.push((equation, 1.0));
            sources.push((unknown, 1.0));
        }
        let constant: Terms = self.injections(circuit, id);
        // A two-terminal element acts by a difference of rows and of unknowns.
        let (rows, sources) = match circuit.elements()[id.0 as usize].kind {
            Kind::Resistor { nodes, .. } => {
                let terms = circuit.equations().control(Control::Voltage(nodes[0], nodes[1]));
                (terms.clone(), terms)
            }
            _ => (rows, sources),
        };
        let response = self.solve(&deduplicated(rows), false);
        let adjoint = self.solve(&deduplicated(sources), true);
        for row in self.rows_of(&response) {
            for source in self.sources_of(&adjoint) {
                touched.push((row, source));
            }
        }
        if !constant.is_empty() {
            let response = self.solve(&constant, false);
            touched.extend(self.rows_of(&response).into_iter().map(|r| (r, Source::Constant)));
        }
        touched
    }

    /// The rows that read any of `response`.
    pub(crate) fn rows_of(&self, response: &BTreeMap<usize, f64>) -> Vec<Row> {
        let mut rows: BTreeMap<Row, f64> = BTreeMap::new();
        let mut sizes: BTreeMap<Row, f64> = BTreeMap::new();
        for (unknown, value) in response {
            for &(group, at, factor) in &self.readers[*unknown] {
                let row = [Row::State(at), Row::Control(at), Row::Output(at)][group];
                *rows.entry(row).or_default() += factor * value;
                *sizes.entry(row).or_default() += (factor * value).abs();
            }
        }
        let mut kept: Vec<Row> = rows
            .into_iter()
            .filter(|(row, value)| value.abs() > 1e-9 * sizes[row])
            .map(|(row, _)| row)
            .collect();
        kept.sort_unstable();
        kept
    }

    /// The sources that drive any of `adjoint`.
    fn sources_of(&self, adjoint: &BTreeMap<usize, f64>) -> Vec<Source> {
        let mut kept = Vec::new();
        for (group, columns) in self.columns.iter().enumerate() {
            for (at, column) in columns.iter().enumerate() {
                let terms = column.iter().map(|(e, v)| v * adjoint.get(e).unwrap_or(&0.0));
                let (sum, size) = terms.fold((0.0, 0.0), |(s, z), t| (s + t, z + t.abs()));
                if sum.abs() > 1e-9 * size {
                    kept.push(match group {
                        0 => Source::State(at),
                        1 => Source::Phi(at),
                        2 => Source::Input(at),
                        _ => Source::Constant,
                    });
                }
            }
        }
        kept
    }

    /// The entries (equation, unknown, value) of the network's matrix that are
    /// proportional to the value of an element (a conductance, for a resistor).
    fn entries(circuit: &Circuit, id: ElementId) -> Vec<(usize, usize, f64)> {
        let equations = circuit.equations();
        let element = &circuit.elements()[id.0 as usize];
        if let Kind::Array(array) = &element.kind {
            // Proportional to its gain.
            let entries = array.loads().into_iter().chain(array.couplings());
            return entries.map(|e| (e.row as usize, e.column as usize, e.value)).collect();
        }
        let Some([a, b]) = element.kind.pair() else { return Vec::new() };
        let terminals = equations.control(Control::Voltage(a, b));
        let delivered = |quantity: Quantity| -> Terms {
            match (quantity, equations.branch(id)) {
                (Quantity::Voltage, Some(branch)) => vec![(branch, -1.0)],
                _ => terminals.clone(),
            }
        };
        let product = |rows: &Terms, columns: &Terms, value: f64| -> Vec<(usize, usize, f64)> {
            rows.iter()
                .flat_map(|&(r, a)| columns.iter().map(move |&(c, b)| (r, c, a * b * value)))
                .collect()
        };
        match &element.kind {
            Kind::Resistor { resistance, .. } => product(&terminals, &terminals, 1.0 / resistance),
            Kind::VoltageControlled { quantity, control, gain, .. } => {
                let control = equations.control(Control::Voltage(control[0], control[1]));
                product(&delivered(*quantity), &control, *gain)
            }
            Kind::CurrentControlled { quantity, control, gain, .. } => {
                let control = equations.control(Control::Current(*control));
                product(&delivered(*quantity), &control, *gain)
            }
            Kind::Affine { quantity, law, .. } => {
                let rows = delivered(*quantity);
                law.terms
                    .iter()
                    .flat_map(|(c, gain)| product(&rows, &equations.control(*c), *gain))
                    .collect()
            }
            Kind::Capacitor { .. }
            | Kind::Inductor { .. }
            | Kind::Source { .. }
            | Kind::Behavioural { .. }
            | Kind::Storage { .. }
            | Kind::Line { .. }
            | Kind::Coupling { .. }
            | Kind::Array(_)
            | Kind::Device(_) => Vec::new(),
        }
    }

    /// The right-hand side of the constants that an element delivers.
    fn injections(&self, circuit: &Circuit, id: ElementId) -> Terms {
        let equations = circuit.equations();
        let Some(value) = self.network.constant(id) else { return Terms::new() };
        let own = equations.sources.iter().filter(|s| s.element == id);
        own.map(|s| (s.row as usize, -s.sign * value)).collect()
    }
}

fn deduplicated(mut terms: Terms) -> Terms {
    terms.sort_by_key(|t| t.0);
    terms.dedup_by_key(|t| t.0);
    terms
}
