//! A circuit as a differential-algebraic system.

use crate::{
    circuit::{Circuit, ElementId, Entry, Kind, current_name},
    dae::{Dae, Delayed, Eval, Quantity, Switching, Unknown},
    linalg::{Pattern, PatternBuilder, assemble},
    mna::{
        devices::{self, DeviceStamp, NoiseCurrent, Sizes},
        initial::line_ends,
        law::{Stamp, stamps},
    },
};

/// The equations of a circuit, with every place of every matrix known ahead.
///
/// Unknowns and rows are those of [`Equations`](crate::circuit::Equations):
/// `f` of a node is the sum of the currents leaving it, A. The linear part is
/// one product with a constant matrix; only laws are evaluated one by one.
#[derive(Clone, Debug)]
pub struct Mna {
    unknowns: Vec<Unknown>,
    inputs: Vec<String>,
    pattern: Pattern,
    /// G on the pattern.
    conductance: Vec<f64>,
    /// C: row, column, value.
    charge: Vec<(u32, u32, f64)>,
    /// The places of C in the pattern.
    charge_places: Vec<usize>,
    /// f of all constants.
    constants: Vec<f64>,
    /// Row, input and sign.
    sources: Vec<(usize, usize, f64)>,
    laws: Vec<Stamp>,
    /// Charges and fluxes that are laws.
    stored: Vec<Stamp>,
    devices: Vec<DeviceStamp>,
    delayed: Vec<Delayed>,
    sizes: Sizes,
}

impl Mna {
    /// The system of `circuit`, in which lines are connections: that of operating points
    /// and small signals. It cannot fail: a circuit is validated.
    #[must_use]
    pub fn compile(circuit: &Circuit) -> Self {
        Self::build(circuit, false)
    }

    /// The system of `circuit` for a transient: what arrives at the ends of its lines are
    /// inputs, after the independent sources and in the order of the elements. Without
    /// lines it is that of [`Mna::compile`], in which lines are connections.
    #[must_use]
    pub fn with_waves(circuit: &Circuit) -> Self {
        Self::build(circuit, true)
    }

    fn build(circuit: &Circuit, with_waves: bool) -> Self {
        let equations = circuit.equations();
        let (mut inputs, mut sources) = inputs(circuit);
        let mut through = equations.lines.as_slice();
        if with_waves {
            through = &[];
            add_arrivals(circuit, &mut inputs, &mut sources);
        }
        let mut laws = stamps(circuit, &equations.laws);
        let mut stored = stamps(circuit, &equations.stored);
        let (mut devices, sizes) = devices::stamps(circuit);
        let linear = nonzero(equations.size, &equations.whole_conductance());
        let charge = nonzero(equations.size, &equations.charge);
        let constant = linear.iter().chain(&charge).map(|&(row, column, _)| (row, column));
        let laws_of = laws.iter().chain(&stored).flat_map(Stamp::places);
        let devices_of = devices.iter().flat_map(DeviceStamp::places);
        let lines = through.iter().map(|(e, _)| (e.row as usize, e.column as usize));
        let mut builder = PatternBuilder::new(equations.size, equations.size);
        let all = constant.chain(laws_of.map(|(row, column, ..)| (row, column)));
        for (row, column) in
            all.chain(devices_of.map(|(row, column, ..)| (row, column))).chain(lines)
        {
            builder.add(row, column);
        }
        let (pattern, places) = builder.build();
        let mut conductance = vec![0.0; pattern.nonzeros()];
        for (&(.., value), &place) in linear.iter().zip(&places) {
            conductance[place] += value;
        }
        let charge_places = places[linear.len()..linear.len() + charge.len()].to_vec();
        let charge: Vec<_> =
            charge.iter().map(|&(row, column, value)| (row as u32, column as u32, value)).collect();
        let mut places = places[linear.len() + charge.len()..].iter().copied();
        for law in laws.iter_mut().chain(&mut stored) {
            let slots = law.places().zip(places.by_ref());
            law.slots = slots.map(|((_, _, control, sign), at)| (at, control, sign)).collect();
        }
        for device in &mut devices {
            device.place(&mut places);
        }
        let delayed = delayed(circuit, through, places);
        for entry in &delayed {
            conductance[entry.place] += entry.value;
        }
        Self {
            unknowns: unknowns(circuit),
            inputs,
            pattern,
            conductance,
            charge,
            charge_places,
            constants: constants(circuit),
            sources,
            laws,
            stored,
            devices,
            delayed,
            sizes,
        }
    }

    fn add_sources(&self, u: &[f64], f: &mut [f64]) {
        for &(row, input, sign) in &self.sources {
            f[row] += sign * u[input];
        }
    }

    /// Writes the charges that are linear.
    fn linear_charges(&self, x: &[f64], q: &mut [f64]) {
        q.fill(0.0);
        for &(row, column, value) in &self.charge {
            q[row as usize] += value * x[column as usize];
        }
    }

    /// Adds the charges that are laws.
    fn stored_charges(&self, x: &[f64], time: f64, out: &mut Eval) {
        for stored in &self.stored {
            stored.gather(x, time, &mut out.leaves);
            let value = stored.stock(&out.leaves, &mut out.scratch);
            for &(row, sign) in &stored.rows {
                out.q[row] += sign * value;
            }
        }
    }

    /// The noise currents of all devices where the unknowns are x and the switches in
    /// these states.
    pub fn noise(&self, x: &[f64], switches: &[bool]) -> impl Iterator<Item = NoiseCurrent> {
        self.devices.iter().flat_map(|device| device.noise(x, switches))
    }
}

/// The sums of the entries at each place, without those that cancel exactly.
fn nonzero(size: usize, entries: &[Entry]) -> Vec<(usize, usize, f64)> {
    let (pattern, values) = assemble(size, entries.iter().map(|e| (e.row, e.column, e.value)));
    let columns = (0..size).flat_map(|column| pattern.column(column).map(move |_| column));
    let places = pattern.row_indices().iter().zip(columns);
    places.zip(values).map(|((&row, column), value)| (row, column, value)).collect()
}

/// Names of the inputs, and row, input and sign where each enters.
fn inputs(circuit: &Circuit) -> (Vec<String>, Vec<(usize, usize, f64)>) {
    let equations = circuit.equations();
    let mut inputs = Vec::new();
    let mut input_of = vec![None; circuit.elements().len()];
    for (element, slot) in circuit.elements().iter().zip(&mut input_of) {
        if matches!(element.kind, Kind::Source { .. }) {
            *slot = Some(inputs.len());
            inputs.push(element.name.to_string());
        }
    }
    let sources = equations
        .sources
        .iter()
        .filter_map(|s| input_of[s.element.0 as usize].map(|u| (s.row as usize, u, s.sign)))
        .collect();
    (inputs, sources)
}

/// f of all constants.
fn constants(circuit: &Circuit) -> Vec<f64> {
    let equations = circuit.equations();
    let mut constants = vec![0.0; equations.size];
    for &(row, value) in &equations.constants {
        constants[row as usize] += value;
    }
    constants
}

/// Adds what arrives at the ends of lines to the inputs.
fn add_arrivals(
    circuit: &Circuit,
    inputs: &mut Vec<String>,
    sources: &mut Vec<(usize, usize, f64)>,
) {
    for (id, _) in line_ends(circuit) {
        if let Some(row) = circuit.equations().branch(id) {
            sources.push((row, inputs.len(), -1.0));
            inputs.push(circuit.elements()[id.0 as usize].name.to_string());
        }
    }
}

/// The entries of lines at their places.
fn delayed(
    circuit: &Circuit,
    through: &[(Entry, ElementId)],
    places: impl Iterator<Item = usize>,
) -> Vec<Delayed> {
    let delays = through.iter().zip(places).filter_map(|(&(entry, id), place)| {
        match &circuit.elements()[id.0 as usize].kind {
            Kind::Line { line, .. } => {
                Some(Delayed { place, value: entry.value, delay: line.delay })
            }
            _ => None,
        }
    });
    delays.collect()
}

fn unknowns(circuit: &Circuit) -> Vec<Unknown> {
    let nodes = circuit
        .parts()
        .nodes
        .iter()
        .skip(1)
        .map(|node| Unknown { name: format!("v({})", node.name), quantity: Quantity::Voltage });
    let branches = circuit
        .elements()
        .iter()
        .filter(|e| e.kind.has_branch_current())
        .map(|e| Unknown { name: current_name(&e.name), quantity: Quantity::Current });
    nodes.chain(branches).collect()
}

impl Dae for Mna {
    fn unknowns(&self) -> &[Unknown] {
        &self.unknowns
    }

    fn inputs(&self) -> &[String] {
        &self.inputs
    }

    fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    fn is_linear(&self) -> bool {
        self.laws.is_empty() && self.stored.is_empty() && self.devices.is_empty()
    }

    fn residual(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval) {
        out.f.copy_from_slice(&self.constants);
        self.pattern.multiply_add(&self.conductance, x, &mut out.f);
        self.add_sources(u, &mut out.f);
        self.linear_charges(x, &mut out.q);
        for law in &self.laws {
            law.gather(x, time, &mut out.leaves);
            let value = law.tape.eval(&out.leaves, &mut out.scratch);
            for &(row, sign) in &law.rows {
                out.f[row] += sign * value;
            }
        }
        self.stored_charges(x, time, out);
        for device in &self.devices {
            device.residual(x, out);
        }
    }

    fn offset(&self, u: &[f64], f: &mut [f64]) -> bool {
        f.copy_from_slice(&self.constants);
        self.add_sources(u, f);
        self.is_linear()
    }

    fn charges(&self, x: &[f64], _u: &[f64], time: f64, out: &mut Eval) {
        self.linear_charges(x, &mut out.q);
        self.stored_charges(x, time, out);
        for device in &self.devices {
            device.charges(x, out);
        }
    }

    fn jacobian(&self, x: &[f64], _u: &[f64], time: f64, out: &mut Eval) {
        out.df.copy_from_slice(&self.conductance);
        out.dq.fill(0.0);
        for (&place, (.., value)) in self.charge_places.iter().zip(&self.charge) {
            out.dq[place] += value;
        }
        for law in &self.laws {
            law.gather(x, time, &mut out.leaves);
            out.gradient.resize(out.leaves.len(), 0.0);
            law.tape.eval_with_gradient(&out.leaves, &mut out.gradient, &mut out.scratch);
            for &(place, control, sign) in &law.slots {
                out.df[place] += sign * out.gradient[control];
            }
        }
        for stored in &self.stored {
            stored.gather(x, time, &mut out.leaves);
            out.gradient.resize(out.leaves.len(), 0.0);
            if stored.is_integrated {
                out.gradient[0] = stored.tape.eval(&out.leaves, &mut out.scratch);
            } else {
                stored.tape.eval_with_gradient(&out.leaves, &mut out.gradient, &mut out.scratch);
            }
            for &(place, control, sign) in &stored.slots {
                out.dq[place] += sign * out.gradient[control];
            }
        }
        for device in &self.devices {
            device.jacobian(x, out);
        }
    }

    fn delayed(&self) -> &[Delayed] {
        &self.delayed
    }

    fn charged_rows(&self) -> Vec<usize> {
        let mut rows: Vec<usize> =
            self.devices.iter().flat_map(DeviceStamp::charged_rows).collect();
        rows.extend(self.stored.iter().flat_map(|stored| &stored.rows).map(|&(row, _)| row));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn anchors(&self) -> usize {
        self.sizes.anchors
    }

    fn first_anchors(&self, anchors: &mut [f64]) {
        self.devices.iter().for_each(|device| device.first(anchors));
    }

    fn follow(&self, x: &[f64], anchors: &mut [f64]) -> bool {
        let limited = self.devices.iter().map(|device| device.follow(x, anchors));
        limited.fold(false, |any, limited| any | limited)
    }

    fn switches(&self) -> usize {
        self.sizes.switches
    }

    fn first_switches(&self, switches: &mut [bool]) {
        self.devices.iter().for_each(|device| device.first_switch(switches));
    }

    fn switching(&self, x: &[f64], switches: &[bool], found: &mut Vec<Switching>) {
        if !switches.is_empty() {
            found.extend(self.devices.iter().filter_map(|device| device.switching(x, switches)));
        }
    }
}
