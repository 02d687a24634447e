//! Properties of what is inside a unit: its nonlinearity, its gain, its range.

use std::collections::BTreeMap;

use crate::{
    circuit::Kind,
    dae::{Coefficient, Lure},
    equiv::{Identified, Stock, extract::entries, identify::NEAR},
    mna::{Row, Source},
    rnn::{Activation, Form},
};

use super::{Property, PropertyName, Subject, coefficients::leak, larger};

/// Entries of a row from which the elements of its stage are told.
const COMPARED: usize = 6;
/// A relative sensitivity from which on a whole row is proportional to an element.
const WHOLE: f64 = 0.5;

impl Subject<'_> {
    /// The nonlinearities are one known activation.
    pub(super) fn sigma(&self) -> Property {
        let name = PropertyName::Sigma;
        let of = |element: usize| vec![self.name(element)];
        let memory = self.circuit.elements().iter().position(|element| match &element.kind {
            Kind::Storage { .. } => true,
            Kind::Behavioural { law, .. } => law.uses_time,
            _ => false,
        });
        if let Some(at) = memory {
            let detail = format!("`{}` is a nonlinearity with memory or of time", self.name(at));
            return Property::fails(name, of(at), detail);
        }
        if self.laws.is_empty() {
            return match self.device() {
                Some(at) => {
                    let why = format!("`{}` is a device, whose law is read nowhere", self.name(at));
                    Property::not_judged(name, why)
                }
                None => Property::fails(name, Vec::new(), "there is no nonlinear element"),
            };
        }
        // What is near none is of no kind, and its error says how far it is from any.
        let strange = self.laws.iter().find(|l| !l.1.is_some_and(|f| f.error < NEAR));
        if let Some((at, fitted)) = strange {
            let why = format!("the law of `{}` is no activation of one control", self.name(*at));
            let error = fitted.map_or(f64::NAN, |f| f.error);
            return Property::measured(name, error, of(*at), why);
        }
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for fitted in self.laws.iter().filter_map(|l| l.1) {
            *kinds.entry(fitted.activation.name()).or_default() += 1;
        }
        let commonest = kinds.iter().max_by_key(|kind| *kind.1).map(|kind| *kind.0);
        let other: Vec<usize> = self
            .laws
            .iter()
            .filter(|l| l.1.is_some_and(|f| Some(f.activation.name()) != commonest))
            .map(|l| l.0)
            .collect();
        if let (Some(&first), Some(commonest)) = (other.first(), commonest) {
            let detail =
                format!("the law of `{}` is not {commonest} as others are", self.name(first));
            return Property::fails(name, other.iter().map(|&at| self.name(at)).collect(), detail);
        }
        self.sup_norm()
    }

    /// The largest error of any of the laws.
    fn sup_norm(&self) -> Property {
        let mut errors: Vec<(f64, usize, Identified)> = self
            .laws
            .iter()
            .filter_map(|&(at, fitted)| Some((fitted?.error, at, fitted?)))
            .collect();
        errors.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let worst = errors.first().map_or(f64::NAN, |e| e.0);
        let detail = errors.first().map_or_else(String::new, |(_, at, fitted)| {
            format!(
                "`{}` is {} * {}(z / {}) to this part of its largest value",
                self.name(*at),
                short(fitted.amplitude),
                fitted.activation,
                short(fitted.scale)
            )
        });
        let elements = errors.iter().take_while(|e| !(e.0 <= 1e-3)).map(|e| self.name(e.1));
        Property::measured(PropertyName::Sigma, worst, elements.collect(), detail)
    }

    /// The first device that is no switch.
    fn device(&self) -> Option<usize> {
        self.circuit.elements().iter().position(|element| match &element.kind {
            Kind::Device(placed) => placed.device.switch().is_none(),
            _ => false,
        })
    }

    /// The gain that the scales of the deck make of every unit.
    pub(super) fn gain(&self) -> Property {
        let name = PropertyName::Scales;
        let Some((lure, units)) = self.normal() else {
            return Property::not_judged(name, self.refusal());
        };
        let scales = self.scales;
        let mut worst = 0.0;
        let mut off: Vec<(f64, usize, usize)> = Vec::new();
        for (state, phi) in units.states() {
            let Some(fitted) = self.laws.get(phi).and_then(|l| l.1) else { continue };
            // max(z, 0) has no scale, so that its gain is 1 on one of its own.
            if fitted.activation == Activation::Relu {
                continue;
            }
            let gain: f64 = match units.form {
                Form::A => entries(lure, Coefficient::B)
                    .filter(|e| (e.0, e.1) == (state, phi))
                    .map(|e| e.2 * scales.time_unit * fitted.amplitude / scales.state_volts)
                    .sum(),
                Form::B => entries(lure, Coefficient::C)
                    .filter(|e| units.phi_of_control[e.0] == phi && e.1 == state)
                    .map(|e| e.2 * scales.state_volts / fitted.scale)
                    .sum(),
            };
            let error = (gain - 1.0).abs();
            worst = larger(error, worst);
            off.push((error, state, phi));
        }
        off.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut elements = Vec::new();
        for &(_, state, phi) in off.iter().take_while(|o| !(o.0 <= 1e-3)) {
            elements.push(lure.parts().phi[phi].name.clone());
            elements.extend(self.stores(state));
            let entry = match units.form {
                Form::A => (Row::State(state), Source::Phi(phi)),
                Form::B => continue,
            };
            let Some(adjoint) = &self.adjoint else { continue };
            let strong = adjoint.sensitivities(self.circuit, entry.0, entry.1);
            elements.extend(strong.iter().map(|(id, _)| self.name(id.0 as usize)));
        }
        let detail = "the factor in front of sigma (form A) or of u inside it (form B), less 1";
        Property::measured(name, worst, elements, detail)
    }

    /// What every summing stage delivers at most, against the rails.
    pub(super) fn linear_range(&self) -> Property {
        let name = PropertyName::LinearRange;
        let stated = self.circuit.parts().params.get(Stock::RAILS).copied();
        let Some(rails) = self.options.stock.rails.or(stated) else {
            let why = format!("the deck states no rails (`.param {}=15`)", Stock::RAILS);
            return Property::not_judged(name, why);
        };
        let Some((lure, units)) = self.normal() else {
            return Property::not_judged(name, self.refusal());
        };
        if !units.further().is_empty()
            || units.past(lure).iter().any(|p| matches!(p.0, Row::State(_)))
        {
            return Property::not_judged(name, "the states have no bound of their own");
        }
        let bounds = match self.bounds(lure) {
            Ok(bounds) => bounds,
            Err(why) => return Property::not_judged(name, why),
        };
        let controls =
            bounds.rows([Coefficient::C, Coefficient::D, Coefficient::F, Coefficient::Z0]);
        let outputs =
            bounds.rows([Coefficient::H, Coefficient::J, Coefficient::K, Coefficient::Y0]);
        let states = &lure.parts().states;
        let is_probe = |o: usize| states.contains(&lure.parts().outputs[o]);
        let all = controls.iter().enumerate().map(|(c, v)| (*v, Row::Control(c))).chain(
            outputs
                .iter()
                .enumerate()
                .filter(|o| !is_probe(o.0))
                .map(|(o, v)| (*v, Row::Output(o))),
        );
        // The amplifiers that carry the states and their negatives.
        let rails_of_states = bounds.states.iter().enumerate().map(|(s, v)| (*v, Row::State(s)));
        let mut all: Vec<(f64, Row)> = all.chain(rails_of_states).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let Some(&(worst, row)) = all.first() else {
            return Property::not_judged(name, "there is no summing stage");
        };
        let what = match row {
            Row::Control(c) => {
                format!("the argument of `{}`", lure.parts().phi[units.phi_of_control[c]].name)
            }
            Row::Output(o) => format!("`{}`", lure.parts().outputs[o]),
            Row::State(s) => format!("`{}`", states[s]),
        };
        let mut elements = Vec::new();
        for (_, row) in all.iter().take_while(|(v, _)| !(*v <= rails)).take(COMPARED) {
            elements.extend(self.stage(lure, *row));
            if let Row::Control(c) = row {
                elements.push(lure.parts().phi[units.phi_of_control[*c]].name.clone());
            }
        }
        let detail =
            format!("the largest modulus of {what}, with every state and input at its own");
        Property::against(name, (worst, rails), elements, detail)
    }

    /// Largest moduli of states, nonlinearities and inputs.
    fn bounds<'b>(&self, lure: &'b Lure) -> Result<Bounds<'b>, String> {
        let mut phi = Vec::with_capacity(self.laws.len());
        for (at, fitted) in &self.laws {
            let bounded = fitted.filter(|f| f.activation.largest_value().is_some());
            let Some(fitted) = bounded else {
                return Err(format!("the law of `{}` has no bound that is known", self.name(*at)));
            };
            phi.push(fitted.amplitude.abs());
        }
        let inputs = self.reduction().map(|r| &r.inputs);
        let mut volts = Vec::new();
        for id in inputs.into_iter().flatten() {
            let element = &self.circuit.elements()[id.0 as usize];
            let Kind::Source { supply, .. } = &element.kind else { continue };
            let bound = self.options.inputs.unwrap_or_else(|| supply.wave.bound());
            if !bound.is_finite() {
                return Err(format!("the input `{}` grows without bound", element.name));
            }
            volts.push(bound);
        }
        let mut bounds =
            Bounds { lure, states: vec![0.0; lure.sizes().states], phi, inputs: volts };
        let driven = bounds.rows([Coefficient::A, Coefficient::B, Coefficient::E, Coefficient::X0]);
        for (state, rate) in driven.into_iter().enumerate() {
            let leak = leak(lure, state);
            if !(leak > 0.0) {
                return Err(format!("`{}` does not decay", lure.parts().states[state]));
            }
            bounds.states[state] = rate / leak;
        }
        Ok(bounds)
    }

    /// The elements that a whole row is proportional to.
    fn stage(&self, lure: &Lure, row: Row) -> Vec<String> {
        let Some(adjoint) = &self.adjoint else { return Vec::new() };
        let (at, matrix) = match row {
            Row::Control(at) => (at, Coefficient::C),
            Row::Output(at) => (at, Coefficient::H),
            Row::State(_) => return Vec::new(),
        };
        let columns: Vec<usize> =
            entries(lure, matrix).filter(|e| e.0 == at).map(|e| e.1).take(COMPARED).collect();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for &column in &columns {
            let all = adjoint.sensitivities(self.circuit, row, Source::State(column));
            for (id, _) in all.into_iter().filter(|(_, s)| s.abs() > WHOLE) {
                *counts.entry(id.0 as usize).or_default() += 1;
            }
        }
        counts.into_iter().filter(|c| c.1 == columns.len()).map(|c| self.name(c.0)).collect()
    }
}

/// Largest moduli of what enters the rows of a normal form.
struct Bounds<'a> {
    lure: &'a Lure,
    states: Vec<f64>,
    phi: Vec<f64>,
    inputs: Vec<f64>,
}

impl Bounds<'_> {
    /// What the rows come to at most: coefficients of states, phi, inputs, and constants.
    fn rows(&self, [x, phi, u, constant]: [Coefficient; 4]) -> Vec<f64> {
        let mut rows: Vec<f64> = self.lure.constant(constant).iter().map(|v| v.abs()).collect();
        for (matrix, bounds) in [(x, &self.states), (phi, &self.phi), (u, &self.inputs)] {
            for (row, column, value) in entries(self.lure, matrix) {
                rows[row] += value.abs() * bounds[column];
            }
        }
        rows
    }
}

fn short(value: f64) -> String {
    let rounded = format!("{value:.4e}");
    crate::units::format_number(rounded.parse().unwrap_or(value))
}
