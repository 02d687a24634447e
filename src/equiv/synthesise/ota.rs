//! The realisation with transistors: sigma as a differential pair.
//!
//! A pair of bipolar transistors divides its tail current I as
//! `(1 + tanh(v / 2 V_T)) / 2` and `(1 - tanh(v / 2 V_T)) / 2`, up to base currents and the
//! Early effect; three current mirrors subtract the halves into the capacitor of the unit.
//! The circuit around it is that of `opamp`, its summing amplifiers with less feedback, so
//! that `2 V_T` is a weighted sum of one. Derivations: `docs/theory.md`.

use crate::{
    circuit::device::{REFERENCE, thermal_voltage},
    equiv::{
        Scales, SynthesisError, SynthesisOptions,
        synthesise::{
            amplifiers,
            cards::{Cards, rounded},
            leak_resistance,
        },
    },
    rnn::{Activation, Form, Rnn},
    units::format_number,
};

/// Supplies, V and minus V.
const SUPPLY: f64 = 5.0;
/// Largest modulus of a state, V: the mirrors need a volt or two below the supplies.
const LARGEST: f64 = 2.0;
/// Currents that such a transistor carries, A.
const LEAST_CURRENT: f64 = 1e-9;
const MOST_CURRENT: f64 = 1e-2;

/// Saturation current of both kinds, A.
const SATURATION: f64 = 1e-15;
/// Current gain and Early voltage (V) of the NPN kind and of the PNP kind: those of a
/// complementary bipolar process.
const NPN: [f64; 2] = [200.0, 100.0];
const PNP: [f64; 2] = [100.0, 60.0];

/// Refuses a network that is none of this kind, and currents that are none of transistors.
pub(super) fn check(
    network: &Rnn,
    scales: &Scales,
    options: &SynthesisOptions,
) -> Result<(), SynthesisError> {
    let parts = network.parts();
    if parts.form == Form::B {
        return Err(SynthesisError::NoPair { what: "this one has form B".to_owned() });
    }
    if parts.activation != Activation::Tanh {
        let what = format!("the sigma of this one is {}", parts.activation);
        return Err(SynthesisError::NoPair { what });
    }
    let current = amplitude(scales, options);
    if !(LEAST_CURRENT..=MOST_CURRENT).contains(&current) {
        return Err(SynthesisError::Current { current, volts: scales.state_volts });
    }
    Ok(())
}

/// Volts per unit of state that keep the largest state, 1/leak, away from the supplies; a
/// power of two, so that scaling by it does not round.
pub(super) fn state_volts(network: &Rnn) -> f64 {
    let mut volts = 1.0;
    while volts > LARGEST * network.parts().leak.min() {
        volts *= 0.5;
    }
    volts
}

/// The current that stands for sigma = 1, A.
fn amplitude(scales: &Scales, options: &SynthesisOptions) -> f64 {
    options.capacitance * scales.state_volts / scales.time_unit
}

/// Feedback that makes `2 V_T` of a weighted sum of one, ohm.
pub(super) fn feedback(options: &SynthesisOptions) -> f64 {
    rounded(options.feedback * 2.0 * thermal_voltage(REFERENCE))
}

/// Supplies, models, the mirrors and the amplifier.
pub(super) fn transistors(cards: &mut Cards, scales: &Scales, options: &SynthesisOptions) {
    let wanted = amplitude(scales, options);
    // The voltage of a junction depends on what is found here, by far too little to matter.
    let junction = thermal_voltage(REFERENCE) * (wanted / SATURATION).ln();
    let balance = SUPPLY - 2.0 * junction;
    let taken = [mirrored(PNP, balance), mirrored(PNP, 2.0 * balance) * mirrored(NPN, balance)];
    let pair = NPN[0] / (NPN[0] + 1.0) * 0.5 * (taken[0] + taken[1]);
    let reference = wanted / pair / mirrored(NPN, balance - junction);
    let resistance = rounded((2.0 * SUPPLY - 2.0 * junction) / reference);
    cards.comment("supplies of the transistors");
    cards.component("Vcc", "vcc 0", SUPPLY);
    cards.component("Vee", "vee 0", -SUPPLY);
    cards.comment("no junction capacitances: the capacitors of the units are the only states");
    for (name, [gain, early]) in [("npn", NPN), ("pnp", PNP)] {
        cards.line(&format!(
            ".model {name}1 {name}(is={} bf={} vaf={})",
            format_number(SATURATION),
            format_number(gain),
            format_number(early)
        ));
    }
    cards.comment(
        "Wilson's mirror: q3 returns the base currents of q1 and q2 to the input, so that",
    );
    cards
        .comment("2/beta^2 is lost, not 2/beta; q4 gives q1 the voltage of q2; the output has the");
    cards.comment("conductance of a transistor, divided by beta/2");
    for (name, model) in [("sink", "npn1"), ("source", "pnp1")] {
        cards.line(&format!(".subckt {name} in out rail"));
        cards.line(&format!("Q1 a b rail {model}"));
        cards.line(&format!("Q2 b b rail {model}"));
        cards.line(&format!("Q3 out in b {model}"));
        cards.line(&format!("Q4 in in a {model}"));
        cards.line(".ends");
    }
    cards.comment(&format!(
        "sigma: out delivers I tanh(v(in)/2VT), 2VT = {:.4} mV; I = C volts/time unit = {} A",
        2e3 * thermal_voltage(REFERENCE),
        format_number(rounded(wanted))
    ));
    cards
        .comment("rt carries I and what bases and mirrors lose of it; qp and qn share it, and the");
    cards.comment("mirrors deliver the current of qp and take that of qn away");
    cards.line(&format!(".subckt ota in out vcc vee rt={}", format_number(resistance)));
    cards.line("Rt vcc t {rt}");
    cards.line("Xt t e vee sink");
    cards.line("Qp p in e npn1");
    cards.line("Qn n 0 e npn1");
    cards.line("Xp p out vcc source");
    cards.line("Xn n k vcc source");
    cards.line("Xk k out vee sink");
    cards.line(".ends");
}

/// What leaves a mirror of Wilson per ampere that enters, for transistors of this current
/// gain and Early voltage, its output `volts` farther from its rail than its input.
fn mirrored([gain, early]: [f64; 2], volts: f64) -> f64 {
    let lost = 2.0 / (gain * gain + 2.0 * gain + 2.0);
    1.0 - lost + 2.0 * volts / (gain * early)
}

/// What follows the summing amplifier of unit `i`: the pair into leak and capacitor, and
/// both rails of the state.
pub(super) fn cell(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let leak = network.parts().leak[i - 1];
    cards.line(&format!("Xo{i} e{i} h{i} vcc vee ota"));
    cards.component(&format!("R{i}"), &format!("h{i} 0"), leak_resistance(leak, scales, options));
    cards.component(&format!("C{i}"), &format!("h{i} 0"), options.capacitance);
    amplifiers::rails(cards, i, options);
}
