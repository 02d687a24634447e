//! The elements of a deck that is a network, as they stand there.
//!
//! A draw changes values, reduces the circuit anew and reads the network off, which is
//! exact; derivatives take the adjoint of the resistive network.

use std::collections::BTreeMap;

use nalgebra::DVector;

use crate::{
    circuit::{Circuit, Element, Kind, Quantity, Waveform},
    dae::{Coefficient, Term},
    equiv::{
        Extracted, extract,
        tolerance::{
            ToleranceOptions,
            board::{Part, Role, buy},
            effective::Effective,
            influence::Gradient,
        },
    },
    mna::{Adjoint, Reduction, Row, Source, reduce},
    rnn::Form,
};

/// A circuit with what it is as a network.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The circuit.
    pub circuit: &'a Circuit,
    /// Its normal form.
    pub reduction: &'a Reduction,
    /// Its network.
    pub extracted: &'a Extracted,
}

/// The elements of a circuit.
pub(super) struct Own<'a> {
    given: Given<'a>,
    pub(super) parts: Vec<Part>,
    adjoint: Adjoint,
}

impl<'a> Own<'a> {
    pub(super) fn new(given: Given<'a>, options: &ToleranceOptions) -> Self {
        let elements = given.circuit.elements().iter().enumerate();
        let mut parts: Vec<Part> = elements
            .filter_map(|(at, element)| {
                let value = value(element)?;
                let is_resistor = matches!(element.kind, Kind::Resistor { .. });
                Some(Part {
                    name: element.name.to_string(),
                    role: Role::Element(at as u32, is_resistor),
                    ideal: value,
                    nominal: value,
                    spread: 0.0,
                })
            })
            .collect();
        buy(&mut parts, options);
        Self { given, parts, adjoint: given.reduction.adjoint(given.circuit) }
    }

    pub(super) fn ideal(&self) -> Effective {
        seen(self.given.extracted)
    }

    /// The network of the circuit with these values; one without numbers where it is none.
    pub(super) fn effective(&self, values: &[f64]) -> Effective {
        let mut parts = self.given.circuit.parts().clone();
        for (part, &value) in self.parts.iter().zip(values) {
            if let Role::Element(at, _) = part.role {
                set(&mut parts.elements[at as usize].kind, value);
            }
        }
        let found = Circuit::new(parts)
            .and_then(|circuit| reduce(&circuit))
            .ok()
            .and_then(|reduction| extract(&reduction.lure, &self.given.extracted.scales).ok());
        found.as_ref().map_or_else(
            || {
                let mut broken = self.ideal();
                broken.bias.fill(f64::NAN);
                broken
            },
            seen,
        )
    }

    pub(super) fn slopes(&self, ideal: &Effective, gradient: &Gradient) -> Vec<f64> {
        let mut wanted: BTreeMap<Source, Vec<(Row, f64)>> = BTreeMap::new();
        for ((row, source), weight) in self.weights(ideal, gradient) {
            let value = self.given.reduction.lure.value(term(row, source));
            if weight != 0.0 && value != 0.0 {
                wanted.entry(source).or_default().push((row, weight / value));
            }
        }
        let circuit = self.given.circuit;
        let mut all = vec![0.0; circuit.elements().len()];
        for (source, weights) in wanted {
            let found = self.adjoint.slopes(circuit, source, &weights);
            all.iter_mut().zip(found).for_each(|(sum, slope)| *sum += slope);
        }
        let slope = |part: &Part| match part.role {
            // More ohms, less conductance.
            Role::Element(at, true) => -all[at as usize],
            Role::Element(at, false) => all[at as usize],
            _ => 0.0,
        };
        self.parts.iter().map(slope).collect()
    }

    /// The derivatives by the logarithms of the entries of the normal form that the
    /// coefficients are read off.
    fn weights(&self, ideal: &Effective, gradient: &Gradient) -> Vec<((Row, Source), f64)> {
        let extracted = self.given.extracted;
        let phi = |u: usize| Source::Phi(extracted.phi[u]);
        let control = |u: usize| Row::Control(extracted.phi[u]);
        let states = &extracted.states;
        let named = &self.given.reduction.lure.parts().outputs;
        let kept: Vec<usize> = (0..named.len()).filter(|&o| !states.contains(&named[o])).collect();
        let (n, m) = ideal.input.shape();
        let mut all = Vec::new();
        for i in 0..n {
            let mut row = ideal.bias[i] * gradient.bias[i];
            for j in 0..n {
                let weight = ideal.recurrent[(i, j)] * gradient.recurrent[(i, j)];
                row += weight;
                let entry = match ideal.form {
                    Form::A => (control(i), Source::State(j)),
                    Form::B => (Row::State(i), phi(j)),
                };
                all.push((entry, weight));
            }
            let side = if ideal.form == Form::A { control(i) } else { Row::State(i) };
            for k in 0..m {
                let weight = ideal.input[(i, k)] * gradient.input[(i, k)];
                row += weight;
                all.push(((side, Source::Input(k)), weight));
            }
            all.push(((side, Source::Constant), ideal.bias[i] * gradient.bias[i]));
            let leak = ideal.leak[i] * gradient.leak[i];
            match ideal.form {
                Form::A => {
                    all.push(((Row::State(i), Source::State(i)), leak));
                    let gain = ideal.gain[i] * gradient.gain[i];
                    all.push(((Row::State(i), phi(i)), gain));
                }
                // What enters is read in units of the leak, and sigma of a scaled state.
                Form::B => {
                    all.push(((Row::State(i), Source::State(i)), leak - row));
                    all.push(((control(i), Source::State(i)), row));
                }
            }
        }
        for (k, &output) in kept.iter().enumerate() {
            for j in 0..n {
                let source = if ideal.form == Form::A { Source::State(j) } else { phi(j) };
                let weight = ideal.readout[(k, j)] * gradient.readout[(k, j)];
                all.push(((Row::Output(output), source), weight));
            }
            let weight = ideal.readout_bias[k] * gradient.readout_bias[k];
            all.push(((Row::Output(output), Source::Constant), weight));
        }
        all
    }
}

/// The network as the circuit has it, gains that are not 1 included.
fn seen(extracted: &Extracted) -> Effective {
    let mut effective = Effective::of(&extracted.network);
    let gains = DVector::from_column_slice(&extracted.gains);
    match effective.form {
        Form::A => effective.gain = gains,
        // sigma(g u): g u has the rows of the weights times g.
        Form::B => {
            for (i, gain) in gains.iter().enumerate() {
                effective.recurrent.row_mut(i).scale_mut(*gain);
                effective.input.row_mut(i).scale_mut(*gain);
                effective.bias[i] *= gain;
            }
        }
    }
    effective
}

/// The value that may be off: of a resistor, a capacitor, an inductor, a transconductance, a
/// transresistance, or a source that is a constant and not 0.
fn value(element: &Element) -> Option<f64> {
    match &element.kind {
        Kind::Resistor { resistance, .. } => Some(*resistance),
        Kind::Capacitor { capacitance, .. } => Some(*capacitance),
        Kind::Inductor { inductance, .. } => Some(*inductance),
        Kind::Source { supply, .. } => match supply.wave {
            Waveform::Constant(value) => Some(value),
            _ => None,
        },
        Kind::VoltageControlled { quantity: Quantity::Current, gain, .. }
        | Kind::CurrentControlled { quantity: Quantity::Voltage, gain, .. } => Some(*gain),
        Kind::VoltageControlled { .. }
        | Kind::CurrentControlled { .. }
        | Kind::Behavioural { .. }
        | Kind::Storage { .. }
        | Kind::Affine { .. }
        | Kind::Coupling { .. }
        | Kind::Array(_)
        | Kind::Line { .. }
        | Kind::Device(_) => None,
    }
    .filter(|value| *value != 0.0)
}

fn set(kind: &mut Kind, new: f64) {
    match kind {
        Kind::Resistor { resistance: value, .. }
        | Kind::Capacitor { capacitance: value, .. }
        | Kind::Inductor { inductance: value, .. }
        | Kind::VoltageControlled { gain: value, .. }
        | Kind::CurrentControlled { gain: value, .. } => *value = new,
        Kind::Source { supply, .. } => {
            supply.wave = Waveform::Constant(new);
            supply.dc = new;
        }
        Kind::Behavioural { .. }
        | Kind::Storage { .. }
        | Kind::Affine { .. }
        | Kind::Coupling { .. }
        | Kind::Array(_)
        | Kind::Line { .. }
        | Kind::Device(_) => {}
    }
}

/// Where an entry stands.
fn term(row: Row, source: Source) -> Term {
    use Coefficient::{A, B, C, D, E, F, H, J, K, X0, Y0, Z0};
    let (row, [state, phi, input, constant]) = match row {
        Row::State(at) => (at, [A, B, E, X0]),
        Row::Control(at) => (at, [C, D, F, Z0]),
        Row::Output(at) => (at, [H, J, K, Y0]),
    };
    let (coefficient, column) = match source {
        Source::State(at) => (state, at),
        Source::Phi(at) => (phi, at),
        Source::Input(at) => (input, at),
        Source::Constant => (constant, 0),
    };
    Term { coefficient, row, column }
}
