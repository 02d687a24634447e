//! Properties that stand in the coefficients of the normal form.

use std::collections::BTreeSet;

use nalgebra::DMatrix;

use crate::{
    dae::{Coefficient, Lure, Term},
    equiv::{
        blame::{Entry, candidates},
        extract::entries,
    },
    linalg::eigenvalues,
    mna::{Row, Source},
};

use super::{Property, PropertyName, Subject, larger, smaller, units::Units};

/// Entries whose elements are looked for.
const TRACED: usize = 6;
/// A relative sensitivity below this explains nothing.
const MATTERS: f64 = 0.05;

impl Subject<'_> {
    /// Normal form and units, where there are nonlinear elements.
    pub(super) fn normal(&self) -> Option<(&Lure, &Units)> {
        let lure = &self.reduction()?.lure;
        let units = self.units.as_ref()?;
        (lure.sizes().nonlinearities > 0).then_some((lure, units))
    }

    /// lambda > 0 of every unit; of every state where nothing is a unit.
    pub(super) fn leak(&self) -> Property {
        let name = PropertyName::Leak;
        let Some(reduction) = self.reduction() else {
            return Property::not_judged(name, self.refusal());
        };
        let lure = &reduction.lure;
        if self.normal().is_none() {
            return Property::not_judged(
                name,
                "the leak of a linear circuit is no coefficient of its own",
            );
        }
        let units = self.normal().map(|(_, units)| units.states().map(|u| u.0).collect());
        let mut states: Vec<usize> = units.unwrap_or_default();
        if states.is_empty() {
            states = (0..lure.sizes().states).collect();
        }
        let mut least = f64::INFINITY;
        let (mut elements, mut failing) = (Vec::new(), Vec::new());
        for state in states {
            let leak = leak(lure, state) * self.scales.time_unit;
            least = smaller(leak, least);
            if leak > 0.0 {
                continue;
            }
            failing.push(format!("`{}`", lure.parts().states[state]));
            if leak < 0.0 {
                elements.extend(self.carriers((Row::State(state), Source::State(state))));
            } else {
                elements.extend(self.stores(state));
            }
        }
        let detail = match failing.len() {
            0 => "the smallest lambda, in model units".to_owned(),
            _ => format!("{} does not decay by itself", failing.join(", ")),
        };
        Property::measured(name, least, elements, detail)
    }

    /// The elements that make an entry what it is, in its own direction.
    fn carriers(&self, entry: Entry) -> Vec<String> {
        let Some(adjoint) = &self.adjoint else { return Vec::new() };
        let all = adjoint.sensitivities(self.circuit, entry.0, entry.1).into_iter();
        all.filter(|(_, s)| *s > MATTERS).map(|(id, _)| self.name(id.0 as usize)).collect()
    }

    /// The capacitors or the inductor of a state.
    pub(super) fn stores(&self, state: usize) -> Vec<String> {
        let reduction = self.reduction();
        let found = reduction.and_then(|r| r.states.get(state)).map(|s| &s.elements);
        found.into_iter().flatten().map(|id| self.name(id.0 as usize)).collect()
    }

    /// The elements that explain entries which should not be there.
    fn explained(&self, wrong: &[(Row, Source, f64)]) -> Vec<String> {
        let all: BTreeSet<Entry> = wrong.iter().map(|w| (w.0, w.1)).collect();
        let mut names = Vec::new();
        for &(row, source, _) in wrong.iter().take(TRACED) {
            let Some(adjoint) = &self.adjoint else { break };
            let suspects = candidates(self.circuit, adjoint, (row, source), &all);
            names.extend(suspects.into_iter().map(|(id, _)| self.name(id.0 as usize)));
        }
        names
    }

    /// No way from unit to unit but through a state and a nonlinearity.
    pub(super) fn isolation(&self) -> Property {
        let name = PropertyName::Isolation;
        let Some((lure, units)) = self.normal() else {
            return Property::not_judged(name, self.refusal());
        };
        let mut past = units.past(lure);
        for (row, source, value) in &mut past {
            *value = self.relative(lure, units, (*row, *source), *value);
        }
        past.sort_by(|a, b| b.2.total_cmp(&a.2));
        let Some(&(row, source, value)) = past.first() else {
            return Property::measured(name, 0.0, Vec::new(), "A is diagonal, B or C one to one");
        };
        let detail = format!(
            "{} acts on {} past a state or a nonlinearity",
            Self::source(lure, source),
            Self::row(lure, row)
        );
        Property::measured(name, value, self.explained(&past), detail)
    }

    /// The size of an entry, beside what a unit of its row makes of itself.
    fn relative(&self, lure: &Lure, units: &Units, (row, source): Entry, value: f64) -> f64 {
        let scales = self.scales;
        let fitted = |phi: usize| self.laws.get(phi).and_then(|l| l.1);
        let from = match source {
            Source::State(_) => scales.state_volts,
            Source::Phi(p) => fitted(p).map_or(1.0, |f| f.amplitude.abs()),
            Source::Input(_) => scales.input_volts,
            Source::Constant => 1.0,
        };
        let to = match row {
            Row::State(i) => leak(lure, i).abs() * scales.state_volts,
            Row::Control(c) => fitted(units.phi_of_control[c]).map_or(1.0, |f| f.scale),
            Row::Output(_) => scales.output_volts,
        };
        value.abs() * from / if to > 0.0 { to } else { 1.0 }
    }

    fn source(lure: &Lure, source: Source) -> String {
        let names = lure.parts();
        match source {
            Source::State(at) => format!("`{}`", names.states[at]),
            Source::Phi(at) => format!("`{}`", names.phi[at].name),
            Source::Input(at) => format!("the input `{}`", names.inputs[at]),
            Source::Constant => "a constant".to_owned(),
        }
    }

    fn row(lure: &Lure, row: Row) -> String {
        let names = lure.parts();
        match row {
            Row::State(at) => format!("`{}`", names.states[at]),
            Row::Control(at) => {
                let owner = names.phi.iter().find(|b| b.controls.contains(&at));
                format!("`{}`", owner.map_or("?", |b| b.name.as_str()))
            }
            Row::Output(at) => format!("the output `{}`", names.outputs[at]),
        }
    }

    /// D = 0 or, in some order of the nonlinearities, strictly triangular.
    pub(super) fn no_loop(&self) -> Property {
        let name = PropertyName::NoLoop;
        let Some((lure, units)) = self.normal() else {
            return Property::not_judged(name, self.refusal());
        };
        let looped: Vec<usize> = (0..units.looped.len()).filter(|&p| units.looped[p]).collect();
        if looped.is_empty() {
            return Property::measured(name, 0.0, Vec::new(), "nonlinear elements in a loop");
        }
        let inside: Vec<(Row, Source, f64)> = entries(lure, Coefficient::D)
            .filter(|&(row, q, _)| units.looped[units.phi_of_control[row]] && units.looped[q])
            .map(|(row, q, v)| (Row::Control(row), Source::Phi(q), v))
            .collect();
        let mut elements = self.explained(&inside);
        elements.extend(looped.iter().map(|&p| lure.parts().phi[p].name.clone()));
        let detail = format!(
            "`{}` acts on itself without a state in between",
            lure.parts().phi[looped[0]].name
        );
        Property::measured(name, looped.len() as f64, elements, detail)
    }

    /// The further poles are faster than the fastest unit.
    pub(super) fn one_pole(&self) -> Property {
        let name = PropertyName::OnePole;
        let Some((lure, units)) = self.normal() else {
            return Property::not_judged(name, self.refusal());
        };
        let further = units.further();
        if further.is_empty() {
            return Property::holds(name, "there is no state but those of the units");
        }
        let fastest = units.states().map(|(s, _)| leak(lure, s).abs()).fold(0.0, larger);
        let value = |i: usize, j: usize| {
            lure.value(Term { coefficient: Coefficient::A, row: further[i], column: further[j] })
        };
        let matrix = DMatrix::from_fn(further.len(), further.len(), value);
        let poles = match eigenvalues(&matrix) {
            Ok(poles) if fastest > 0.0 => poles,
            Ok(_) => return Property::not_judged(name, "no unit has a pole to compare with"),
            Err(error) => return Property::not_judged(name, error.to_string()),
        };
        // What grows is no pole of an amplifier.
        let rate = |pole: &crate::linalg::Complex| if pole.re < 0.0 { pole.norm() } else { 0.0 };
        let slowest = poles.iter().map(rate).fold(f64::INFINITY, smaller);
        let mut slow: Vec<(f64, usize)> =
            further.iter().map(|&s| (leak(lure, s).abs(), s)).collect();
        slow.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let bound = 100.0 * fastest;
        let elements = slow.iter().filter(|(rate, _)| !(*rate >= bound)).map(|(_, s)| *s);
        let mut elements: Vec<String> = elements.flat_map(|s| self.stores(s)).collect();
        if elements.is_empty() {
            elements = self.stores(slow[0].1);
        }
        let detail = format!(
            "`{}` is {:.3} times as fast as the fastest unit",
            lure.parts().states[slow[0].1],
            slowest / fastest
        );
        Property::measured(name, slowest / fastest, elements, detail)
    }
}

/// -A of a state, 1/s.
pub(super) fn leak(lure: &Lure, state: usize) -> f64 {
    -lure.value(Term { coefficient: Coefficient::A, row: state, column: state })
}
