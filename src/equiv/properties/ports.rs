//! Properties of what connects units: what drives, what is driven, what senses.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    circuit::{Control, Kind, NodeId},
    dae::Lure,
    mna::{Adjoint, Row, Source, State},
    rnn::Form,
};

use super::{
    Property, PropertyName, Subject,
    coefficients::leak,
    larger,
    signals::{Signal, signals},
    units::Units,
};

/// A resistor: its element, its terminals, its conductance in S.
#[derive(Clone, Copy)]
struct Conductor {
    element: usize,
    nodes: [NodeId; 2],
    siemens: f64,
}

/// What the properties of connections are read off.
struct Board<'a> {
    lure: &'a Lure,
    units: &'a Units,
    states: &'a [State],
    adjoint: &'a Adjoint,
}

impl Subject<'_> {
    fn board(&self) -> Option<Board<'_>> {
        let (lure, units) = self.normal()?;
        let states = &self.reduction()?.states;
        Some(Board { lure, units, states, adjoint: self.adjoint.as_ref()? })
    }

    fn conductors(&self) -> impl Iterator<Item = Conductor> {
        self.circuit.elements().iter().enumerate().filter_map(|(element, e)| match e.kind {
            Kind::Resistor { nodes, resistance, .. } => {
                Some(Conductor { element, nodes, siemens: 1.0 / resistance })
            }
            _ => None,
        })
    }

    /// No resistor that carries the voltage of a state onwards takes a current from it.
    pub(super) fn unilaterality(&self) -> Property {
        let name = PropertyName::Unilaterality;
        let Some(board) = self.board() else {
            return Property::not_judged(name, self.without_network());
        };
        let mut state_at = BTreeMap::new();
        for (state, _) in board.units.states() {
            let found = &board.states[state];
            if found.is_capacitor && found.nodes[1] == NodeId::GROUND {
                state_at.insert(found.nodes[0], state);
            }
        }
        let mut moved: BTreeMap<NodeId, Vec<Row>> = BTreeMap::new();
        let mut shares: BTreeMap<usize, f64> = BTreeMap::new();
        let mut elements = Vec::new();
        for resistor in self.conductors() {
            let [a, b] = resistor.nodes;
            for (own, other) in [(a, b), (b, a)] {
                let Some(&state) = state_at.get(&own) else { continue };
                let rows = moved.entry(other).or_insert_with(|| {
                    let injected = board.adjoint.injected(other, NodeId::GROUND);
                    board.adjoint.rows_of(&injected)
                });
                // A saved state is a probe and no output.
                let names = board.lure.parts();
                let is_onward = |row: &Row| match row {
                    Row::Output(o) => !names.states.contains(&names.outputs[*o]),
                    Row::State(other) => *other != state,
                    Row::Control(_) => true,
                };
                if other == NodeId::GROUND || !rows.iter().any(is_onward) {
                    continue;
                }
                let response = board.adjoint.response(Source::State(state));
                let far = other.unknown().and_then(|u| response.get(&u)).unwrap_or(&0.0);
                let taken = (resistor.siemens * (1.0 - far)).abs();
                let own = board.states[state].storage * leak(board.lure, state).abs();
                let share = shares.entry(state).or_default();
                *share += if own > 0.0 { taken / own } else { f64::INFINITY };
                elements.push((taken, self.name(resistor.element)));
            }
        }
        elements.sort_by(|x, y| y.0.total_cmp(&x.0));
        let worst = shares.values().copied().fold(0.0, larger);
        let detail = "the part of a leak that flows into what the state drives";
        Property::measured(name, worst, elements.into_iter().map(|e| e.1).collect(), detail)
    }

    /// Output resistance times load of every node that resistors hang on and that carries
    /// the signal of one source.
    pub(super) fn stiffness(&self) -> Property {
        let name = PropertyName::Stiffness;
        let Some(board) = self.board() else {
            return Property::not_judged(name, self.without_network());
        };
        let signals = signals(self.circuit, board.adjoint, &board.lure.sizes());
        let stiff = self.stiff();
        let mut hanging: BTreeMap<NodeId, Vec<(Conductor, NodeId)>> = BTreeMap::new();
        for resistor in self.conductors() {
            let [a, b] = resistor.nodes;
            for (node, other) in [(a, b), (b, a)] {
                if !stiff[node.0 as usize] {
                    hanging.entry(node).or_default().push((resistor, other));
                }
            }
        }
        let mut worst = 0.0;
        let mut blamed: Vec<(f64, Vec<String>)> = Vec::new();
        for (node, resistors) in hanging {
            let Signal::One(source, _) = signals[node.0 as usize] else { continue };
            let same = |other: NodeId| matches!(signals[other.0 as usize], Signal::One(s, _) if s == source);
            let load: f64 = resistors
                .iter()
                .filter(|(_, other)| *other != NodeId::GROUND && !same(*other))
                .map(|(resistor, _)| resistor.siemens)
                .sum();
            if load == 0.0 {
                continue;
            }
            let ohms = resistance(board.adjoint, [node, NodeId::GROUND]);
            let error = ohms * load;
            worst = larger(error, worst);
            let drive = resistors.iter().filter(|(_, other)| same(*other));
            blamed.push((error, drive.map(|(r, _)| self.name(r.element)).collect()));
        }
        blamed.sort_by(|x, y| y.0.total_cmp(&x.0));
        let elements = blamed.into_iter().filter(|b| b.0 > 0.0).flat_map(|b| b.1).collect();
        Property::measured(name, worst, elements, "output resistance times load conductance")
    }

    /// Nodes whose voltage an element fixes.
    fn stiff(&self) -> Vec<bool> {
        let mut stiff = vec![false; self.circuit.parts().nodes.len()];
        stiff[0] = true;
        for element in self.circuit.elements() {
            let fixes =
                element.kind.has_branch_current() || matches!(element.kind, Kind::Capacitor { .. });
            let Some([a, b]) = element.kind.pair().filter(|_| fixes) else { continue };
            if a == NodeId::GROUND || b == NodeId::GROUND {
                stiff[a.0 as usize] = true;
                stiff[b.0 as usize] = true;
            }
        }
        stiff
    }

    /// The part of what defines a sensed voltage that flows across the port that senses.
    pub(super) fn sense_ports(&self) -> Property {
        let name = PropertyName::SensePorts;
        let Some(adjoint) = &self.adjoint else {
            return Property::not_judged(name, self.without_network());
        };
        let ordered = |a: NodeId, b: NodeId| if a < b { [b, a] } else { [a, b] };
        let mut ports: BTreeSet<[NodeId; 2]> = BTreeSet::new();
        for element in self.circuit.elements() {
            let mut add = |control: &Control| {
                if let Control::Voltage(a, b) = control {
                    ports.insert(ordered(*a, *b));
                }
            };
            match &element.kind {
                Kind::Behavioural { law, .. } => law.controls.iter().for_each(add),
                Kind::Affine { law, .. } => law.terms.iter().for_each(|(control, _)| add(control)),
                Kind::VoltageControlled { control: [a, b], .. } => add(&Control::Voltage(*a, *b)),
                _ => {}
            }
        }
        let mut across: BTreeMap<[NodeId; 2], Vec<Conductor>> = BTreeMap::new();
        for resistor in self.conductors() {
            let port = ordered(resistor.nodes[0], resistor.nodes[1]);
            if ports.contains(&port) {
                across.entry(port).or_default().push(resistor);
            }
        }
        let mut worst = 0.0;
        let mut blamed: Vec<(f64, String)> = Vec::new();
        for (port, mut resistors) in across {
            let ohms = resistance(adjoint, port);
            resistors.sort_by(|x, y| y.siemens.total_cmp(&x.siemens));
            let all: f64 = resistors.iter().map(|r| r.siemens).sum();
            // Where nothing else defines the voltage the largest conductance does.
            let defines = resistors[0].siemens > 1.0 / ohms - all;
            let loads = &resistors[usize::from(defines)..];
            let error: f64 = loads.iter().map(|r| r.siemens * ohms).sum();
            worst = larger(error, worst);
            blamed.extend(loads.iter().map(|r| (r.siemens * ohms, self.name(r.element))));
        }
        blamed.retain(|b| b.0 > 0.0);
        blamed.sort_by(|x, y| y.0.total_cmp(&x.0));
        let elements = blamed.into_iter().map(|b| b.1).collect();
        Property::measured(name, worst, elements, "summing resistance over input resistance")
    }

    /// Rails of both signs, or weights that can have either.
    pub(super) fn both_signs(&self) -> Property {
        let name = PropertyName::BothSigns;
        let Some(board) = self.board() else {
            return Property::not_judged(name, self.without_network());
        };
        if !board.units.further().is_empty() {
            let why = "amplifiers with states of their own hide which unit a rail belongs to";
            return Property::not_judged(name, why);
        }
        let signals = signals(self.circuit, board.adjoint, &board.lure.sizes());
        let sensed = self.sensed(&board);
        let owner = |node: NodeId| -> Option<(usize, bool)> {
            let Signal::One(source, volts) = signals[node.0 as usize] else { return None };
            if sensed.contains(&node) {
                return None;
            }
            let state = match (board.units.form, source) {
                (Form::A, Source::State(state)) => board.units.phi_of[state].map(|_| state)?,
                (Form::B, Source::Phi(phi)) => board.units.state_of[phi]?,
                _ => return None,
            };
            Some((state, volts > 0.0))
        };
        let count = board.lure.sizes().states;
        let mut signs = vec![[false; 2]; count];
        for node in (1..signals.len()).map(|n| NodeId(n as u32)) {
            if let Some((state, positive)) = owner(node) {
                signs[state][usize::from(positive)] = true;
            }
        }
        let (mut drives, mut free) = (vec![false; count], vec![false; count]);
        for resistor in self.conductors() {
            let [a, b] = resistor.nodes;
            for (node, other) in [(a, b), (b, a)] {
                let Some((state, _)) = owner(node) else { continue };
                let onward = owner(other).is_none_or(|(s, _)| s != state);
                drives[state] |= onward && other != NodeId::GROUND;
            }
        }
        for element in self.circuit.elements() {
            let Kind::VoltageControlled { nodes, control, .. } = &element.kind else { continue };
            for (state, _) in control.iter().filter_map(|node| owner(*node)) {
                let stays = nodes.iter().any(|n| owner(*n).is_some_and(|(s, _)| s == state));
                free[state] |= !stays;
            }
        }
        let lacking: Vec<usize> =
            (0..count).filter(|&s| drives[s] && !free[s] && signs[s] != [true, true]).collect();
        let detail = match lacking.first() {
            None => "units without".to_owned(),
            Some(&s) => format!(
                "there is no {} rail of `{}`",
                if signs[s][1] { "negative" } else { "positive" },
                board.lure.parts().states[s]
            ),
        };
        let elements = lacking.iter().flat_map(|&s| self.stores(s)).collect();
        Property::measured(name, lacking.len() as f64, elements, detail)
    }

    /// Nodes where a sum is read, which are no rails even where the sum has one term.
    fn sensed(&self, board: &Board<'_>) -> BTreeSet<NodeId> {
        let mut nodes = BTreeSet::new();
        let mut add = |control: &Control| {
            if let Control::Voltage(a, b) = control {
                nodes.extend([*a, *b]);
            }
        };
        for element in self.circuit.elements() {
            if let Kind::Behavioural { law, .. } = &element.kind {
                law.controls.iter().for_each(&mut add);
            }
        }
        let states = &board.lure.parts().states;
        for probe in self.circuit.parts().outputs.iter().filter(|p| !states.contains(&p.name)) {
            add(&probe.control);
        }
        for state in board.states {
            nodes.remove(&state.nodes[0]);
        }
        nodes
    }
}

/// The driving-point resistance between two nodes, ohm.
fn resistance(adjoint: &Adjoint, [a, b]: [NodeId; 2]) -> f64 {
    let response = adjoint.injected(a, b);
    let volts = |node: NodeId| node.unknown().and_then(|u| response.get(&u)).unwrap_or(&0.0);
    volts(a) - volts(b)
}
