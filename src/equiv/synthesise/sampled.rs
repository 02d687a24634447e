//! The realisation with sample-and-hold cells: the map, not its flow.
//!
//! A unit is the summing amplifier and sigma of `opamp`, then two cells, each a
//! switch into a capacitor with a follower. While phase 1 is on the master takes
//! sigma of what the slaves hold; while phase 2 is on the slave takes what the
//! master holds. Never are both on, so that no unit sees the new state of another
//! before all have sampled.

use crate::{
    equiv::{
        Scales, SynthesisError, SynthesisOptions,
        synthesise::{
            amplifiers,
            cards::{Cards, rounded},
            sum_volts,
        },
    },
    rnn::{Form, Rnn},
    task::{Stimulus, StimulusError},
    units::format_number,
};

/// Start of each phase, parts of a period.
const STARTS: [f64; 2] = [0.05, 0.55];
/// Length of an edge of the clock, parts of a period.
const EDGE: f64 = 0.01;
/// How long the top of a phase lasts, parts of a period; a switch, which goes on and off on
/// the edges, stays closed for an edge more.
const TOP: f64 = 0.39;
/// Time constant of a closed switch with its capacitor, parts of a period.
const SETTLING: f64 = 0.01;
/// Resistance of an open switch over that of a closed one.
const OFF: f64 = 1e14;

/// Refuses a network that is no map of this kind.
pub(super) fn check(network: &Rnn) -> Result<(), SynthesisError> {
    let parts = network.parts();
    if parts.form == Form::B {
        return Err(SynthesisError::NoMap { what: "this one has form B".to_owned() });
    }
    match parts.leak.iter().position(|leak| !((leak - 1.0).abs() <= f64::EPSILON)) {
        None => Ok(()),
        Some(unit) => Err(SynthesisError::NoMap {
            what: format!("unit {} has the leak {}", unit + 1, parts.leak[unit]),
        }),
    }
}

/// The stimulus as the map sees it: in every step the level that is held in its middle.
pub(super) fn held(stimulus: &Stimulus) -> Result<Stimulus, StimulusError> {
    let steps = stimulus.steps();
    let level = |channel: usize| -> Vec<f64> {
        (0..steps).map(|n| stimulus.held(channel, n as f64 + 0.5)).collect()
    };
    let levels: Vec<Vec<f64>> = (0..stimulus.channels()).map(level).collect();
    if levels.is_empty() {
        return Stimulus::new(steps as f64, Stimulus::EDGE, Vec::new());
    }
    Stimulus::from_levels(&levels, Stimulus::EDGE)
}

/// The clock and the model of the switches.
pub(super) fn clock(cards: &mut Cards, scales: &Scales, options: &SynthesisOptions) {
    let period = scales.time_unit;
    let on = rounded(SETTLING * period / options.capacitance);
    let off = rounded(OFF * on);
    let constants = (TOP + EDGE) / SETTLING;
    let settling = (-constants).exp();
    let droop = period / (off * options.capacitance);
    cards.comment("two phases that do not overlap; one period is one step of the network:");
    cards.comment(
        "phi1: every master takes sigma(W h + Win x + b) of the state that the slaves hold",
    );
    cards.comment("phi2: every slave takes what its master holds: h, the state after the step");
    cards.comment(&format!(
        "a phase lasts {constants:.0} time constants Ron C: it settles to exp(-{constants:.0}) = {settling:.0e}"
    ));
    cards.comment(&format!("an open switch lets {droop:.0e} of the state go in one period"));
    for (at, start) in STARTS.iter().enumerate() {
        let times =
            [*start, EDGE, EDGE, TOP, 1.0].map(|part| format_number(rounded(part * period)));
        let name = at + 1;
        cards.line(&format!("Vphi{name} phi{name} 0 PULSE(0 1 {})", times.join(" ")));
    }
    cards.line(&format!(
        ".model hold sw(vt=0.5 vh=0.1 ron={} roff={})",
        format_number(on),
        format_number(off)
    ));
}

/// What follows the summing amplifier of unit `i`: sigma, both cells, and the
/// inverter of the slave.
pub(super) fn cells(
    cards: &mut Cards,
    network: &Rnn,
    i: usize,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let law = (network.parts().activation, scales.state_volts);
    cards.nonlinearity(&format!("B{i} a{i} 0"), 'V', law, (&format!("e{i}"), sum_volts(options)));
    cell(cards, ("m", "phi1"), [&format!("a{i}"), &format!("w{i}"), &format!("k{i}")], i, options);
    cell(cards, ("s", "phi2"), [&format!("k{i}"), &format!("h{i}"), &format!("p{i}")], i, options);
    let (rail, inverted) = (format!("p{i}"), format!("m{i}"));
    amplifiers::inverter(cards, &rail, &inverted, &i.to_string(), options.feedback);
}

/// A switch into a capacitor, and a follower.
fn cell(
    cards: &mut Cards,
    (tag, phase): (&str, &str),
    [from, hold, to]: [&str; 3],
    i: usize,
    options: &SynthesisOptions,
) {
    cards.line(&format!("S{tag}{i} {from} {hold} {phase} 0 hold"));
    cards.component(&format!("C{tag}{i}"), &format!("{hold} 0"), options.capacitance);
    cards.line(&format!("Xf{tag}{i} {hold} {to} follower"));
}
