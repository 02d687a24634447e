//! The realisation with controlled sources.

use crate::{
    equiv::{
        Scales, SynthesisOptions,
        synthesise::{arrays, cards::Cards, leak_resistance, sum_volts},
    },
    rnn::{Form, Rnn},
};

/// Load of a summing node, ohm: a current of 1 A is 1 V.
const LOAD: f64 = 1.0;

/// Form A: weights are currents into `e<i>`, whose voltage sets the current
/// into `h<i>`. Form B: weights are currents into `u<i>` from `r<j>`, the rate.
pub(super) fn write(cards: &mut Cards, network: &Rnn, scales: &Scales, options: &SynthesisOptions) {
    let units = network.units();
    for i in 1..=units {
        cards.comment(&format!("unit {i}"));
        let cell = match network.parts().form {
            Form::A => cell_a(cards, network, i, (scales, options)),
            Form::B => cell_b(cards, network, i, (scales, options)),
        };
        entering(cards, network, i, &cell);
    }
    outputs(cards, network, scales);
    if cards.has_arrays() {
        arrays::sources(cards, network, (scales, options));
    }
}

/// Where the weights of a unit enter, and the currents that stand for a weight of
/// one.
struct Cell {
    /// Letter of the summing node.
    sum: char,
    /// Letter of the nodes that weights come from.
    from: char,
    /// A/V
    per_state: f64,
    /// A/V
    per_input: f64,
    /// A
    per_bias: f64,
}

fn cell_a(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) -> Cell {
    let parts = network.parts();
    let resistance = leak_resistance(parts.leak[i - 1], scales, options);
    let amplitude = options.capacitance * scales.state_volts / scales.time_unit;
    cards.component(&format!("C{i}"), &format!("h{i} 0"), options.capacitance);
    cards.component(&format!("R{i}"), &format!("h{i} 0"), resistance);
    let (source, control) = (format!("B{i} 0 h{i}"), format!("e{i}"));
    cards.nonlinearity(&source, 'I', (parts.activation, amplitude), (&control, sum_volts(options)));
    cards.component(&format!("Re{i}"), &format!("e{i} 0"), LOAD);
    Cell {
        sum: 'e',
        from: 'h',
        per_state: sum_volts(options) / scales.state_volts,
        per_input: sum_volts(options) / scales.input_volts,
        per_bias: sum_volts(options),
    }
}

fn cell_b(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) -> Cell {
    let parts = network.parts();
    let resistance = leak_resistance(parts.leak[i - 1], scales, options);
    cards.component(&format!("C{i}"), &format!("u{i} 0"), options.capacitance);
    cards.component(&format!("R{i}"), &format!("u{i} 0"), resistance);
    let (source, control) = (format!("B{i} r{i} 0"), format!("u{i}"));
    cards.nonlinearity(&source, 'V', (parts.activation, 1.0), (&control, scales.state_volts));
    let unit = scales.state_volts / resistance;
    Cell {
        sum: 'u',
        from: 'r',
        per_state: unit,
        per_input: unit / scales.input_volts,
        per_bias: unit,
    }
}

/// The sources that enter the summing node of unit `i`.
fn entering(cards: &mut Cards, network: &Rnn, i: usize, cell: &Cell) {
    let parts = network.parts();
    let (units, inputs, _) = network.shape();
    let Cell { sum, from, .. } = cell;
    for j in 1..=units {
        let value = parts.recurrent[(i - 1, j - 1)] * cell.per_state;
        weight(cards, &format!("G{i}_{j}"), &format!("0 {sum}{i} {from}{j} 0"), value);
    }
    for k in 1..=inputs {
        let value = parts.input[(i - 1, k - 1)] * cell.per_input;
        weight(cards, &format!("Gx{i}_{k}"), &format!("0 {sum}{i} x{k} 0"), value);
    }
    bias(cards, &format!("Ib{i}"), &format!("0 {sum}{i}"), parts.bias[i - 1] * cell.per_bias);
}

fn outputs(cards: &mut Cards, network: &Rnn, scales: &Scales) {
    let parts = network.parts();
    let (units, _, outputs) = network.shape();
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
        let value = parts.readout.bias[k - 1] * scales.output_volts;
        bias(cards, &format!("Ic{k}"), &format!("0 y{k}"), value);
    }
}

/// The source of a weight, left out where it is zero or part of an array.
fn weight(cards: &mut Cards, name: &str, nodes: &str, value: f64) {
    if !cards.has_arrays() {
        bias(cards, name, nodes, value);
    }
}

/// The source of a bias, left out where it is zero.
fn bias(cards: &mut Cards, name: &str, nodes: &str, value: f64) {
    if value != 0.0 {
        cards.component(name, nodes, value);
    }
}
