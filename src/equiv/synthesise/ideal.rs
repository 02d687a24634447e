//! The realisation with controlled sources.

use crate::{
    equiv::{Scales, SynthesisOptions, synthesise::cards::Cards},
    rnn::{Form, Rnn},
};

/// Load of a summing node, ohm: a current of 1 A is 1 V.
const LOAD: f64 = 1.0;

/// Form A: weights are currents into `e<i>`, whose voltage sets the current
/// into `h<i>`. Form B: weights are currents into `u<i>` from `r<j>`, the rate.
pub(super) fn write(cards: &mut Cards, network: &Rnn, scales: &Scales, options: &SynthesisOptions) {
    let parts = network.parts();
    let (units, inputs, outputs) = network.shape();
    for i in 1..=units {
        let leak = parts.leak[i - 1];
        let resistance = scales.time_unit / (leak * options.capacitance);
        cards.comment(&format!("unit {i}"));
        // The currents that stand for a weight of one.
        let (sum, per_state, per_input, per_bias) = match parts.form {
            Form::A => {
                let amplitude = options.capacitance * scales.state_volts / scales.time_unit;
                cards.component(&format!("C{i}"), &format!("h{i} 0"), options.capacitance);
                cards.component(&format!("R{i}"), &format!("h{i} 0"), resistance);
                let source = format!("B{i} 0 h{i}");
                cards.nonlinearity(
                    &source,
                    'I',
                    (parts.activation, amplitude),
                    (&format!("e{i}"), 1.0),
                );
                cards.component(&format!("Re{i}"), &format!("e{i} 0"), LOAD);
                ('e', 1.0 / scales.state_volts, 1.0 / scales.input_volts, 1.0)
            }
            Form::B => {
                cards.component(&format!("C{i}"), &format!("u{i} 0"), options.capacitance);
                cards.component(&format!("R{i}"), &format!("u{i} 0"), resistance);
                let source = format!("B{i} r{i} 0");
                cards.nonlinearity(
                    &source,
                    'V',
                    (parts.activation, 1.0),
                    (&format!("u{i}"), scales.state_volts),
                );
                let unit = scales.state_volts / resistance;
                ('u', unit, unit / scales.input_volts, unit)
            }
        };
        let from = if parts.form == Form::A { 'h' } else { 'r' };
        for j in 1..=units {
            weight(
                cards,
                &format!("G{i}_{j}"),
                &format!("0 {sum}{i} {from}{j} 0"),
                parts.recurrent[(i - 1, j - 1)] * per_state,
            );
        }
        for k in 1..=inputs {
            weight(
                cards,
                &format!("Gx{i}_{k}"),
                &format!("0 {sum}{i} x{k} 0"),
                parts.input[(i - 1, k - 1)] * per_input,
            );
        }
        weight(cards, &format!("Ib{i}"), &format!("0 {sum}{i}"), parts.bias[i - 1] * per_bias);
    }
    let (from, per_state) = match parts.form {
        Form::A => ('h', scales.output_volts / scales.state_volts),
        Form::B => ('r', scales.output_volts),
    };
    for k in 1..=outputs {
        cards.comment(&format!("output {k}"));
        cards.component(&format!("Ry{k}"), &format!("y{k} 0"), LOAD);
        for j in 1..=units {
            let value = parts.readout.weights[(k - 1, j - 1)] * per_state;
            weight(cards, &format!("Gy{k}_{j}"), &format!("0 y{k} {from}{j} 0"), value);
        }
        let bias = parts.readout.bias[k - 1] * scales.output_volts;
        weight(cards, &format!("Ic{k}"), &format!("0 y{k}"), bias);
    }
}

/// A source, left out where its value is zero.
fn weight(cards: &mut Cards, name: &str, nodes: &str, value: f64) {
    if value != 0.0 {
        cards.component(name, nodes, value);
    }
}
