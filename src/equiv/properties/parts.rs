//! Properties of the components.

use std::collections::BTreeSet;

use crate::{
    circuit::{Kind, NodeId, Quantity, topology, values::across},
    units::si,
};

use super::{Property, PropertyName, Reduced, Subject, larger, signals::references, smaller};

impl Subject<'_> {
    /// Every nonlinear element has a state of its own, a capacitor to a reference.
    pub(super) fn state(&self) -> Property {
        let name = PropertyName::State;
        if let Some(cycle) = self.dependent() {
            let names: Vec<&str> = cycle.iter().map(String::as_str).collect();
            let detail = format!(
                "{} form a loop, so that their voltages are no independent states",
                topology::list(&names)
            );
            return Property::measured(name, 0.0, cycle.clone(), detail);
        }
        let Some(reduction) = self.reduction() else {
            return Property::not_judged(name, self.refusal());
        };
        if reduction.states.is_empty() {
            let detail = "there is no capacitor and no inductor";
            return Property::measured(name, 0.0, Vec::new(), detail);
        }
        let lure = &reduction.lure;
        let mut least = f64::INFINITY;
        let (mut elements, mut details) = (Vec::new(), Vec::new());
        let reference = references(self.circuit);
        let states: Vec<usize> = match self.normal() {
            Some((_, units)) => units.states().map(|u| u.0).collect(),
            None => (0..reduction.states.len()).collect(),
        };
        for at in states {
            let state = &reduction.states[at];
            let grounded = state.nodes.iter().any(|n| reference[n.0 as usize]);
            let capacitance = if state.is_capacitor && grounded { state.storage } else { 0.0 };
            least = smaller(capacitance, least);
            if !(capacitance > 0.0) {
                elements.extend(self.stores(at));
                details.push(format!(
                    "`{}` is no voltage of a capacitor to a reference",
                    lure.parts().states[at]
                ));
            }
        }
        if let Some((_, units)) = self.normal() {
            for (phi, block) in lure.parts().phi.iter().enumerate() {
                if units.state_of[phi].is_none() {
                    least = smaller(0.0, least);
                    elements.push(block.name.clone());
                    details.push(format!("`{}` has no state of its own", block.name));
                }
            }
        }
        let detail = details.into_iter().next();
        let detail = detail.unwrap_or_else(|| "the smallest capacitance of a unit".to_owned());
        Property::measured(name, least, elements, detail)
    }

    /// A loop of capacitors and constant sources, where the circuit has no normal form.
    fn dependent(&self) -> Option<Vec<String>> {
        let Reduced::Refused = self.reduced else { return None };
        let parts = self.circuit.parts();
        let mut seen = BTreeSet::new();
        let mut kept = BTreeSet::new();
        for element in &parts.elements {
            let Kind::Capacitor { nodes, .. } = element.kind else { continue };
            // Capacitors in parallel are one state.
            if seen.insert(across(nodes, 0.0).0) {
                kept.insert(element.name.clone());
            }
        }
        let cycle = topology::cycle(parts, |element| match element.kind {
            Kind::Source { quantity, .. } => quantity == Quantity::Voltage,
            _ => kept.contains(&element.name),
        })?;
        Some(cycle.iter().map(|id| self.name(id.0 as usize)).collect())
    }

    /// How far the worst resistor or capacitor is outside its range.
    pub(super) fn components(&self) -> Property {
        let name = PropertyName::Components;
        let mut found: Vec<(f64, usize)> = Vec::new();
        let mut spans = [[f64::INFINITY, 0.0]; 2];
        let models = self.models();
        for (at, element) in self.circuit.elements().iter().enumerate() {
            let (kind, value, [low, high]) = match element.kind {
                Kind::Resistor { resistance, .. } if !models.contains(&at) => {
                    (0, resistance, self.options.stock.resistors)
                }
                Kind::Capacitor { capacitance, .. } => {
                    (1, capacitance, self.options.stock.capacitors)
                }
                _ => continue,
            };
            let value = value.abs();
            spans[kind] = [smaller(value, spans[kind][0]), larger(value, spans[kind][1])];
            found.push((larger(value / high, low / value), at));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let Some(&(worst, _)) = found.first() else {
            return Property::holds(name, "there is no resistor and no capacitor");
        };
        let outside: Vec<usize> = found.iter().take_while(|f| !(f.0 <= 1.0)).map(|f| f.1).collect();
        let mut detail: Vec<String> = Vec::new();
        for ([low, high], unit) in spans.into_iter().zip(["ohm", "F"]) {
            if high > 0.0 {
                detail.push(format!("{} to {}", si(low, unit), si(high, unit)));
            }
        }
        if !outside.is_empty() {
            detail.push(format!("{} of {} outside", outside.len(), found.len()));
        }
        let elements = outside.into_iter().map(|at| self.name(at)).collect();
        Property::measured(name, worst, elements, detail.join(", "))
    }

    /// Resistors that are part of a model and no component: at a node where else only
    /// currents of sources meet they are what makes a voltage of a sum.
    fn models(&self) -> BTreeSet<usize> {
        let nodes = self.circuit.parts().nodes.len();
        let mut resistors: Vec<Vec<usize>> = vec![Vec::new(); nodes];
        let mut tied = vec![false; nodes];
        for (at, element) in self.circuit.elements().iter().enumerate() {
            let is_current = match element.kind {
                Kind::Source { quantity, .. }
                | Kind::VoltageControlled { quantity, .. }
                | Kind::CurrentControlled { quantity, .. }
                | Kind::Behavioural { quantity, .. }
                | Kind::Affine { quantity, .. } => quantity == Quantity::Current,
                _ => false,
            };
            for node in element.kind.nodes().iter().filter(|n| **n != NodeId::GROUND) {
                if let Kind::Resistor { nodes, .. } = element.kind
                    && nodes.contains(&NodeId::GROUND)
                {
                    resistors[node.0 as usize].push(at);
                } else {
                    tied[node.0 as usize] |= !is_current;
                }
            }
        }
        let alone = |(_, found): &(usize, Vec<usize>)| found.len() == 1;
        let all = resistors.into_iter().enumerate().filter(|(node, _)| !tied[*node]);
        all.filter(alone).map(|(_, found)| found[0]).collect()
    }

    /// Components whose value is not positive.
    pub(super) fn positive(&self) -> Property {
        let is_negative = |kind: &Kind| match *kind {
            Kind::Resistor { resistance: value, .. }
            | Kind::Capacitor { capacitance: value, .. }
            | Kind::Inductor { inductance: value, .. } => !(value > 0.0),
            _ => false,
        };
        let all = self.circuit.elements().iter();
        let names: Vec<String> =
            all.filter(|e| is_negative(&e.kind)).map(|e| e.name.to_string()).collect();
        let detail = "components whose value is not positive";
        Property::measured(PropertyName::Positive, names.len() as f64, names, detail)
    }
}
