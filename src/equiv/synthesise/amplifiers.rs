//! The realisation with resistors and ideal op-amps.
//!
//! An inverting op-amp is a virtual ground (a source of 0 V) whose current comes
//! out as a voltage: an exact nullor that any SPICE solves. It inverts, so a
//! positive weight hangs on the negative rail of its source.

use crate::{
    equiv::{
        Realisation, Scales, SynthesisOptions,
        synthesise::{arrays, cards::Cards, leak_resistance, ota, sampled, sum_volts},
    },
    rnn::{Form, Rnn},
    units::format_number,
};

/// Voltage of the reference rails, V.
const REFERENCE: f64 = 1.0;

/// A named pair of rails: the value and its negative.
struct Rails {
    positive: String,
    negative: String,
}

pub(super) fn write(cards: &mut Cards, network: &Rnn, scales: &Scales, options: &SynthesisOptions) {
    cards.comment("an ideal op-amp with feedback rf: `in` is a virtual ground, v(out) = -rf i(in)");
    cards.line(".subckt inverting in out rf=10k");
    cards.line("Vs in 0 0");
    cards.line("Hf out 0 Vs {-rf}");
    cards.line(".ends");
    cards.comment("an ideal op-amp as a follower");
    cards.line(".subckt follower in out");
    cards.line("Ef out 0 in 0 1");
    cards.line(".ends");
    let parts = network.parts();
    let (units, inputs, outputs) = network.shape();
    let biased = parts.bias.iter().chain(parts.readout.bias.iter()).any(|b| *b != 0.0);
    if biased {
        cards.comment("reference rails for biases");
        cards.component("Vp", "vp 0", REFERENCE);
        cards.component("Vm", "vm 0", -REFERENCE);
    }
    if options.realisation == Realisation::Sampled {
        sampled::clock(cards, scales, options);
    }
    if options.realisation == Realisation::Ota {
        ota::transistors(cards, scales, options);
    }
    for k in 1..=inputs {
        inverter(cards, &format!("x{k}"), &format!("n{k}"), &format!("x{k}"), options.feedback);
    }
    for i in 1..=units {
        cards.comment(&format!("unit {i}"));
        match parts.form {
            Form::A => unit_a(cards, network, i, (scales, options)),
            Form::B => unit_b(cards, network, i, (scales, options)),
        }
    }
    let state = if parts.form == Form::A { scales.state_volts } else { 1.0 };
    for k in 1..=outputs {
        cards.comment(&format!("output {k}"));
        let node = format!("g{k}");
        amplifier(cards, &format!("y{k}"), &node, &format!("y{k}"), options.feedback);
        let unit = options.feedback * state / scales.output_volts;
        for j in 1..=units {
            let w = parts.readout.weights[(k - 1, j - 1)];
            resistor(cards, &format!("Ry{k}_{j}"), (&unit_rails(j), true), &node, (w, unit));
        }
        let unit = options.feedback * REFERENCE / scales.output_volts;
        bias(
            cards,
            &format!("Rc{k}"),
            (&reference(), true),
            &node,
            (parts.readout.bias[k - 1], unit),
        );
    }
    if cards.has_arrays() {
        arrays::resistors(cards, network, (scales, options));
    }
}

/// Form A: a summing amplifier, sigma, a low-pass or sample-and-hold cells, and both
/// rails of the state.
fn unit_a(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let sum = format!("s{i}");
    let is_ota = options.realisation == Realisation::Ota;
    let feedback = if is_ota { ota::feedback(options) } else { options.feedback };
    amplifier(cards, &i.to_string(), &sum, &format!("e{i}"), feedback);
    match options.realisation {
        Realisation::Sampled => sampled::cells(cards, network, i, (scales, options)),
        Realisation::Ota => ota::cell(cards, network, i, (scales, options)),
        Realisation::Ideal | Realisation::Opamp => {
            low_pass(cards, network, i, (scales, options));
        }
    }
    let weights = |volts: f64| options.feedback * volts / sum_volts(options);
    entering(
        cards,
        network,
        i,
        (&sum, true),
        [scales.state_volts, scales.input_volts, REFERENCE].map(weights),
    );
}

/// sigma, resistor and capacitor, follower and inverter.
fn low_pass(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let parts = network.parts();
    let leak = parts.leak[i - 1];
    let source = format!("B{i} a{i} 0");
    let amplitude = scales.state_volts / leak;
    cards.nonlinearity(
        &source,
        'V',
        (parts.activation, amplitude),
        (&format!("e{i}"), sum_volts(options)),
    );
    let resistance = leak_resistance(leak, scales, options);
    cards.component(&format!("R{i}"), &format!("a{i} h{i}"), resistance);
    cards.component(&format!("C{i}"), &format!("h{i} 0"), options.capacitance);
    rails(cards, i, options);
}

/// A follower and an inverter: the state and its negative, which others may load.
pub(super) fn rails(cards: &mut Cards, i: usize, options: &SynthesisOptions) {
    cards.line(&format!("Xf{i} h{i} p{i} follower"));
    inverter(cards, &format!("p{i}"), &format!("m{i}"), &i.to_string(), options.feedback);
}

/// Form B, Hopfield's circuit: the summing node is passive, so what hangs on it
/// loads it; the leak resistor is what is left of the wanted conductance.
fn unit_b(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let parts = network.parts();
    let resistance = leak_resistance(parts.leak[i - 1], scales, options);
    let node = format!("u{i}");
    cards.component(&format!("C{i}"), &format!("{node} 0"), options.capacitance);
    // A weight of one is a resistor of this many ohm from its rail.
    let unit = resistance / scales.state_volts;
    let units = [unit, unit * scales.input_volts, unit * REFERENCE];
    let weights = parts.recurrent.row(i - 1).iter().map(|w| w.abs() / units[0]).sum::<f64>()
        + parts.input.row(i - 1).iter().map(|w| w.abs() / units[1]).sum::<f64>()
        + parts.bias[i - 1].abs() / units[2];
    cards.component(&format!("R{i}"), &format!("{node} 0"), 1.0 / (1.0 / resistance - weights));
    let source = format!("B{i} p{i} 0");
    cards.nonlinearity(&source, 'V', (parts.activation, 1.0), (&node, scales.state_volts));
    inverter(cards, &format!("p{i}"), &format!("m{i}"), &i.to_string(), options.feedback);
    entering(cards, network, i, (&node, false), units);
}

/// The resistors that enter the summing node of unit `i`; `units` are the ohms of
/// a weight of one from a state, an input and the reference.
fn entering(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (node, inverts): (&str, bool),
    units: [f64; 3],
) {
    let parts = network.parts();
    let (count, inputs, _) = network.shape();
    for j in 1..=count {
        let w = parts.recurrent[(i - 1, j - 1)];
        resistor(cards, &format!("Rw{i}_{j}"), (&unit_rails(j), inverts), node, (w, units[0]));
    }
    for k in 1..=inputs {
        let w = parts.input[(i - 1, k - 1)];
        let rails = Rails { positive: format!("x{k}"), negative: format!("n{k}") };
        resistor(cards, &format!("Rx{i}_{k}"), (&rails, inverts), node, (w, units[1]));
    }
    bias(cards, &format!("Rb{i}"), (&reference(), inverts), node, (parts.bias[i - 1], units[2]));
}

fn unit_rails(j: usize) -> Rails {
    Rails { positive: format!("p{j}"), negative: format!("m{j}") }
}

fn reference() -> Rails {
    Rails { positive: "vp".to_owned(), negative: "vm".to_owned() }
}

/// The resistor of a weight, left out where the weight is zero or part of an array.
fn resistor(
    cards: &mut Cards,
    name: &str,
    way: (&Rails, bool),
    node: &str,
    (weight, unit): (f64, f64),
) {
    if !cards.has_arrays() {
        bias(cards, name, way, node, (weight, unit));
    }
}

/// The resistor of a bias, left out where it is zero.
fn bias(
    cards: &mut Cards,
    name: &str,
    (rails, inverts): (&Rails, bool),
    node: &str,
    (weight, unit): (f64, f64),
) {
    if weight == 0.0 {
        return;
    }
    let rail = if (weight > 0.0) == inverts { &rails.negative } else { &rails.positive };
    cards.component(name, &format!("{rail} {node}"), unit / weight.abs());
}

/// `v(output) = -v(input)`.
pub(super) fn inverter(cards: &mut Cards, input: &str, output: &str, tag: &str, feedback: f64) {
    cards.component(&format!("Ri{tag}"), &format!("{input} q{tag}"), feedback);
    amplifier(cards, &format!("i{tag}"), &format!("q{tag}"), output, feedback);
}

/// An inverting op-amp with its virtual ground at `node`.
fn amplifier(cards: &mut Cards, tag: &str, node: &str, output: &str, feedback: f64) {
    let feedback = format_number(feedback);
    cards.line(&format!("Xs{tag} {node} {output} inverting rf={feedback}"));
}
