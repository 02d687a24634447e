//! Which elements of a circuit explain that its coefficients differ.
//!
//! A coefficient is what a reader (the derivative of a state, a control or an
//! output) sees of a source (a state, a nonlinearity, an input or the
//! constants) through the resistive network of the reduction. With `phi` the
//! response of the network to the source and `psi` the adjoint response of the
//! reader, the derivative of the coefficient with respect to an entry (r, c) of
//! the network's matrix is `-psi[r] phi[c]`: two sparse solutions rank all
//! elements (Director and Rohrer's adjoint network, IEEE Trans. Circuit Theory
//! 16, 1969). Of those that matter the one is blamed that acts on the
//! differing coefficients and on no other.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    circuit::{Circuit, ElementId},
    diag::Span,
    equiv::{
        Difference, Extracted, Part, Structure,
        compare::{differences, side_by_side},
    },
    mna::{Adjoint, Reduction, Row, Source},
    rnn::{Form, Rnn},
};

/// An element that explains differences, or a place where one is missing.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Blame {
    /// The element; several where they cannot be told apart; none where one is
    /// missing.
    pub elements: Vec<String>,
    /// The coefficient it explains best, such as `W[3,7]`, counted from 1.
    pub coefficient: String,
    /// Its value in the network.
    pub expected: f64,
    /// Its value in the circuit.
    pub found: f64,
    /// How many differing coefficients it explains.
    pub explains: usize,
    /// What is wrong, in words.
    pub message: String,
    /// Where the (first) element stands in the deck.
    #[serde(skip)]
    pub origin: Option<Span>,
}

/// Elements named at most.
const NAMED: usize = 5;
/// A relative sensitivity below this does not explain a difference.
const MATTERS: f64 = 0.05;

/// An entry of the normal form.
pub(super) type Entry = (Row, Source);
/// An element with the entries it acts on.
pub(super) type Suspect = (ElementId, BTreeSet<Entry>);

/// Names the elements behind the differences of `structure`.
#[must_use]
pub fn blame(
    circuit: &Circuit,
    reduction: &Reduction,
    extracted: &Extracted,
    (network, structure): (&Rnn, &Structure),
    tolerance: f64,
) -> Vec<Blame> {
    // One crossing of an array is to blame, not all of it. Too many stay together.
    let circuit = &*circuit.without_arrays().unwrap_or(Cow::Borrowed(circuit));
    let adjoint = reduction.adjoint(circuit);
    let view = View { extracted, structure, form: network.parts().form };
    let (left, right) = side_by_side(network, extracted, &structure.matching);
    // In the normal form, where an element acts on fewer entries.
    let differences = differences(&left, &right);
    let differing: Vec<(&Difference, Entry)> =
        differences.iter().filter(|d| d.relative > tolerance).map(|d| (d, view.entry(d))).collect();
    let all: BTreeSet<Entry> = differing.iter().map(|d| d.1).collect();
    let mut open = all.clone();
    let mut blames: Vec<Blame> = Vec::new();
    for (difference, entry) in &differing {
        if blames.len() == NAMED {
            break;
        }
        if !open.contains(entry) {
            continue;
        }
        let best = candidates(circuit, &adjoint, *entry, &all);
        let Some((first, touched)) = best.first() else {
            open.remove(entry);
            blames.push(missing(&view, difference));
            continue;
        };
        let names: Vec<String> =
            best.iter().map(|(id, _)| circuit.elements()[id.0 as usize].name.to_string()).collect();
        open = open.difference(touched).copied().collect();
        open.remove(entry);
        let coefficient = view.name(difference);
        blames.push(Blame {
            message: format!(
                "{coefficient} is {:.9e} in the circuit, {:.9e} in the network: {}",
                difference.circuit,
                difference.network,
                names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ")
            ),
            elements: names,
            coefficient,
            expected: difference.network,
            found: difference.circuit,
            explains: touched.intersection(&all).count(),
            origin: Some(circuit.elements()[first.0 as usize].origin),
        });
    }
    blames
}

/// The elements that explain `entry` best, with the entries they act on: those
/// with the least side effects, and of these those that explain most.
pub(super) fn candidates(
    circuit: &Circuit,
    adjoint: &Adjoint,
    entry: Entry,
    differing: &BTreeSet<Entry>,
) -> Vec<Suspect> {
    let mut ranked: Vec<(f64, usize, Suspect)> = adjoint
        .sensitivities(circuit, entry.0, entry.1)
        .into_iter()
        .filter(|(_, sensitivity)| sensitivity.abs() > MATTERS)
        .map(|(id, _)| {
            let touched: BTreeSet<Entry> = adjoint.touched(circuit, id).into_iter().collect();
            let explained = touched.intersection(differing).count();
            (explained as f64 / touched.len().max(1) as f64, explained, (id, touched))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.0.cmp(&b.2.0)));
    let Some(best) = ranked.first().map(|r| (r.0, r.1)) else { return Vec::new() };
    ranked.retain(|r| (r.0, r.1) == best);
    ranked.into_iter().map(|(.., suspect)| suspect).collect()
}

/// How the coefficients of the network stand in the normal form of the circuit.
struct View<'a> {
    extracted: &'a Extracted,
    structure: &'a Structure,
    form: Form,
}

impl View<'_> {
    /// The entry of the normal form that a coefficient of the network is.
    fn entry(&self, d: &Difference) -> Entry {
        let matching = &self.structure.matching;
        let unit = |u: usize| matching.units[u];
        let phi = |u: usize| self.extracted.phi[unit(u)];
        let output = |o: usize| matching.outputs[o];
        match (self.form, d.part) {
            (_, Part::Leak) => (Row::State(unit(d.row)), Source::State(unit(d.row))),
            (Form::A, Part::Gain) => (Row::State(unit(d.row)), Source::Phi(phi(d.row))),
            (Form::B, Part::Gain) => (Row::Control(phi(d.row)), Source::State(unit(d.row))),
            (Form::A, Part::Recurrent) => (Row::Control(phi(d.row)), Source::State(unit(d.column))),
            (Form::B, Part::Recurrent) => (Row::State(unit(d.row)), Source::Phi(phi(d.column))),
            (Form::A, Part::Input) => {
                (Row::Control(phi(d.row)), Source::Input(matching.inputs[d.column]))
            }
            (Form::B, Part::Input) => {
                (Row::State(unit(d.row)), Source::Input(matching.inputs[d.column]))
            }
            (Form::A, Part::Bias) => (Row::Control(phi(d.row)), Source::Constant),
            (Form::B, Part::Bias) => (Row::State(unit(d.row)), Source::Constant),
            (Form::A, Part::Readout) => (Row::Output(output(d.row)), Source::State(unit(d.column))),
            (Form::B, Part::Readout) => (Row::Output(output(d.row)), Source::Phi(phi(d.column))),
            (_, Part::ReadoutBias) => (Row::Output(output(d.row)), Source::Constant),
        }
    }

    /// `W[3,7]`, counted from 1; in form B times the leak, as it stands in the
    /// normal form.
    fn name(&self, d: &Difference) -> String {
        let scaled = matches!(d.part, Part::Recurrent | Part::Input | Part::Bias);
        let factor = if self.form == Form::B && scaled { "leak " } else { "" };
        match d.part {
            Part::Recurrent | Part::Input | Part::Readout => {
                format!("{factor}{}[{},{}]", d.part.symbol(), d.row + 1, d.column + 1)
            }
            Part::Leak | Part::Gain | Part::Bias | Part::ReadoutBias => {
                format!("{factor}{}[{}]", d.part.symbol(), d.row + 1)
            }
        }
    }
}

/// A coefficient that no element carries.
fn missing(view: &View<'_>, d: &Difference) -> Blame {
    let coefficient = view.name(d);
    let to = match d.part {
        Part::Readout | Part::ReadoutBias => {
            let output = view.structure.matching.outputs[d.row];
            view.extracted.outputs.get(output).cloned()
        }
        _ => view.extracted.states.get(view.structure.matching.units[d.row]).cloned(),
    };
    let to = to.unwrap_or_default();
    Blame {
        elements: Vec::new(),
        message: format!(
            "{coefficient} is {:.9e} in the network, but no element of the circuit carries it into `{to}`{}",
            d.network,
            expected_names(d)
        ),
        coefficient,
        expected: d.network,
        found: d.circuit,
        explains: 1,
        origin: None,
    }
}

/// The names that a synthesis gives to the element of a coefficient.
fn expected_names(d: &Difference) -> String {
    let (i, j) = (d.row + 1, d.column + 1);
    let names = match d.part {
        Part::Recurrent => [format!("Rw{i}_{j}"), format!("G{i}_{j}")],
        Part::Input => [format!("Rx{i}_{j}"), format!("Gx{i}_{j}")],
        Part::Bias => [format!("Rb{i}"), format!("Ib{i}")],
        Part::Readout => [format!("Ry{i}_{j}"), format!("Gy{i}_{j}")],
        Part::ReadoutBias => [format!("Rc{i}"), format!("Ic{i}")],
        Part::Leak | Part::Gain => return String::new(),
    };
    format!(" (a synthesis calls it `{}` or `{}`)", names[0], names[1])
}
