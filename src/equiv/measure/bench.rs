//! A circuit on the bench: its capacitors held by sources, its currents read.

use crate::{
    circuit::{Circuit, Control, Element, ElementId, Kind, NodeId, Quantity, Supply, Waveform},
    dae::{Dae, Eval},
    equiv::{Obstacle, Scales, measure::structure},
    linalg::Complex,
    mna::{Mna, Sources, State, storages},
    solve::{DcOptions, OperatingPoint, SmallSignal, operating_point},
};

/// A circuit with a source across every capacitor, so that what is left is algebraic.
///
/// A point is `[h, x]`, states and then inputs, in model units.
pub(super) struct Bench<'a> {
    held: Circuit,
    mna: Mna,
    scales: &'a Scales,
    names: Vec<String>,
    states: Vec<State>,
    /// Which unknown is the current into each capacitor.
    currents: Vec<usize>,
    /// Which input of the system is each input of the network.
    varying: Vec<usize>,
    /// Reach of each input, model units.
    reach: Vec<f64>,
    inputs: Vec<String>,
    outputs: Vec<(String, Control)>,
    /// All sources at rest.
    rest: Vec<f64>,
}

/// What was read at one point.
pub(super) struct Reading {
    /// `[h, x]`
    pub(super) at: Vec<f64>,
    /// dh/dt, model units.
    pub(super) rates: Vec<f64>,
    /// y, model units.
    pub(super) outputs: Vec<f64>,
    /// Where it was read.
    pub(super) point: OperatingPoint,
}

/// How rates and outputs change with `[h, x]`: one row a rate or an output.
pub(super) struct Gradients {
    pub(super) rates: Vec<Vec<f64>>,
    pub(super) outputs: Vec<Vec<f64>>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(circuit: &Circuit, scales: &'a Scales) -> Result<Self, Obstacle> {
        let (names, states): (Vec<_>, Vec<_>) = storages(circuit).into_iter().unzip();
        if states.is_empty() {
            return Err(Obstacle::NoState);
        }
        check(circuit, &names, &states)?;
        let held = held(circuit, &names, &states)?;
        let mna = Mna::compile(&held);
        let first = circuit.elements().len();
        let current = |at: usize| held.equations().branch(ElementId((first + at) as u32));
        let currents = (0..states.len()).filter_map(current).collect();
        let sources = circuit.elements().iter().filter_map(|element| match &element.kind {
            Kind::Source { supply, .. } => Some((element.name.to_string(), &supply.wave)),
            _ => None,
        });
        let (mut varying, mut inputs, mut reach) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (name, wave)) in sources.enumerate() {
            if !matches!(wave, Waveform::Constant(_)) {
                // What the deck plays, and one unit at least.
                let largest = wave.bound() / scales.input_volts;
                if !largest.is_finite() {
                    return Err(structure(format!(
                        "the source `{name}` grows without bound, so that there is no range to measure in"
                    )));
                }
                varying.push(at);
                inputs.push(name);
                reach.push(if largest > 1.0 { largest } else { 1.0 });
            }
        }
        let outputs = circuit.parts().outputs.iter();
        let outputs = outputs.filter(|probe| !names.contains(&probe.name));
        let outputs = outputs.map(|probe| (probe.name.clone(), probe.control)).collect();
        let mut rest = Sources::all(&held).dc().to_vec();
        for &at in &varying {
            rest[at] = 0.0;
        }
        Ok(Self {
            held,
            mna,
            scales,
            names,
            states,
            currents,
            varying,
            reach,
            inputs,
            outputs,
            rest,
        })
    }

    pub(super) fn units(&self) -> usize {
        self.states.len()
    }

    /// Such as `v(h1)`.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn inputs(&self) -> &[String] {
        &self.inputs
    }

    pub(super) fn output_names(&self) -> Vec<String> {
        self.outputs.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The largest modulus of each input that the deck plays, at least one unit.
    pub(super) fn reach(&self) -> &[f64] {
        &self.reach
    }

    /// Rate of the state of unit `at` per ampere into its capacitor, model units.
    fn per_ampere(&self, at: usize) -> f64 {
        self.scales.time_unit / (self.states[at].storage * self.scales.state_volts)
    }

    fn sources(&self, at: &[f64]) -> Vec<f64> {
        let mut u = self.rest.clone();
        let (h, x) = at.split_at(self.units());
        let first = u.len() - self.units();
        for (source, value) in u[first..].iter_mut().zip(h) {
            *source = value * self.scales.state_volts;
        }
        for (&source, value) in self.varying.iter().zip(x) {
            u[source] = value * self.scales.input_volts;
        }
        u
    }

    /// Solves the circuit at the point `at`, from a point nearby where there is one.
    pub(super) fn read(
        &self,
        at: &[f64],
        before: Option<&OperatingPoint>,
    ) -> Result<Reading, Obstacle> {
        let mut options = DcOptions::default();
        if let Some(before) = before {
            options.guesses = before.x.iter().copied().enumerate().collect();
        }
        let point = operating_point(&self.mna, &self.sources(at), &options).map_err(|error| {
            structure(format!("with its capacitors held no operating point was found: {error}"))
        })?;
        let rate = |(unit, &current): (usize, &usize)| point.x[current] * self.per_ampere(unit);
        let rates = self.currents.iter().enumerate().map(rate).collect();
        let outputs = self.outputs.iter().map(|&(_, control)| self.output(control, &point.x));
        let outputs = outputs.collect();
        Ok(Reading { at: at.to_vec(), rates, outputs, point })
    }

    fn output(&self, control: Control, x: &[f64]) -> f64 {
        let terms = self.held.equations().control(control);
        let value: f64 = terms.iter().map(|&(unknown, sign)| sign * x[unknown]).sum();
        value / self.scales.output_volts
    }

    /// The derivatives of what was read.
    pub(super) fn gradients(&self, reading: &Reading) -> Result<Gradients, Obstacle> {
        let u = self.sources(&reading.at);
        let fault = |error| structure(format!("it has no small signals: {error}"));
        let mut small = SmallSignal::new(&self.mna, &reading.point.x, &u, &[]).map_err(fault)?;
        small.at(Complex::new(0.0, 0.0)).map_err(fault)?;
        let units = self.units();
        let columns = units + self.varying.len();
        let mut gradients = Gradients {
            rates: vec![vec![0.0; columns]; units],
            outputs: vec![vec![0.0; columns]; self.outputs.len()],
        };
        let first = u.len() - units;
        for column in 0..columns {
            let mut du = vec![Complex::new(0.0, 0.0); u.len()];
            let (source, volts) = match column.checked_sub(units) {
                None => (first + column, self.scales.state_volts),
                Some(input) => (self.varying[input], self.scales.input_volts),
            };
            du[source] = Complex::new(volts, 0.0);
            let mut x = small.drive(&du);
            small.solve(&mut x);
            let x: Vec<f64> = x.iter().map(|z| z.re).collect();
            for (unit, &current) in self.currents.iter().enumerate() {
                gradients.rates[unit][column] = x[current] * self.per_ampere(unit);
            }
            for (row, &(_, control)) in gradients.outputs.iter_mut().zip(&self.outputs) {
                row[column] = self.output(control, &x);
            }
        }
        Ok(gradients)
    }

    /// Refuses a circuit that remembers more than its capacitors.
    pub(super) fn check_memory(&self, reading: &Reading) -> Result<(), Obstacle> {
        let mut eval = Eval::for_system(&self.mna);
        self.mna.jacobian(&reading.point.x, &self.sources(&reading.at), 0.0, &mut eval);
        let is_held = |row: usize| self.states.iter().any(|s| s.nodes[0].unknown() == Some(row));
        let rows = self.mna.pattern().row_indices().iter();
        match rows.zip(&eval.dq).find(|&(&row, &dq)| dq != 0.0 && !is_held(row)) {
            None => Ok(()),
            Some((&row, _)) => Err(structure(format!(
                "a device stores charge at `{}`: with capacitances of junctions the circuit has more states than its capacitors",
                self.mna.unknowns()[row].name
            ))),
        }
    }
}

/// Refuses elements whose state is no voltage of a capacitor to ground.
fn check(circuit: &Circuit, names: &[String], states: &[State]) -> Result<(), Obstacle> {
    for (name, state) in names.iter().zip(states) {
        if !state.is_capacitor {
            return Err(structure(format!(
                "its state `{name}` is the current of an inductor; those of a network that is measured are capacitors to ground"
            )));
        }
        if state.nodes[1] != NodeId::GROUND {
            let element = &circuit.elements()[state.elements[0].0 as usize].name;
            return Err(structure(format!(
                "the capacitor `{element}` has no end at ground; those of a network that is measured have"
            )));
        }
    }
    for element in circuit.elements() {
        let what = match &element.kind {
            Kind::Line { .. } => "a line, which remembers what went into it",
            Kind::Storage { .. } => "a storage whose charge or flux is a law",
            Kind::Behavioural { law, .. } if law.uses_time => "a source that depends on time",
            Kind::Device(placed) if placed.device.switch().is_some() => {
                "a switch, which remembers whether it is on"
            }
            _ => continue,
        };
        return Err(structure(format!("`{}` is {what}", element.name)));
    }
    Ok(())
}

/// The circuit with a source across every capacitor, after all other elements.
fn held(circuit: &Circuit, names: &[String], states: &[State]) -> Result<Circuit, Obstacle> {
    let mut parts = circuit.clone().into_parts();
    for (name, state) in names.iter().zip(states) {
        parts.elements.push(Element {
            name: format!("hold {name}").into(),
            origin: circuit.elements()[state.elements[0].0 as usize].origin,
            kind: Kind::Source {
                quantity: Quantity::Voltage,
                nodes: state.nodes,
                supply: Box::new(Supply::constant(0.0)),
            },
        });
    }
    Circuit::new(parts).map_err(|faults| {
        let fault = faults.first().map_or("", |fault| fault.message.as_str());
        structure(format!("its capacitors cannot be held one by one: {fault}"))
    })
}
