//! Waves of sources, as a circuit sees them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and read files"
)]

mod common;

use std::f64::consts::TAU;

use analogon::{
    simulate::{AnalysisResult, SimulationOptions, carry_out, to_the_end},
    wave::Waveform,
};

fn transient(deck: &str) -> Waveform {
    let circuit = common::circuit(deck);
    let found = carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap();
    match found.analyses.into_iter().next() {
        Some(AnalysisResult::Transient(found)) => found.waveform,
        other => panic!("{other:?}"),
    }
}

fn compare(deck: &str, exact: impl Fn(f64) -> f64) {
    let wave = transient(deck);
    assert!(wave.time().len() > 100);
    for (time, value) in wave.time().iter().zip(&wave.signal("v(a)").unwrap().values) {
        let expected = exact(*time);
        assert!((value - expected).abs() < 1e-9, "{deck}: {value} {expected} at {time}");
    }
}

#[test]
fn modulated_waves_are_their_formulas() {
    compare("t\nV1 a 0 SFFM(0.1 2 20k 3 1k 30 60)\nR1 a 0 1\n.tran 1u 1m", |t| {
        let modulation = 3.0 * (TAU * 1e3 * t + 60_f64.to_radians()).sin();
        0.1 + 2.0 * (TAU * 20e3 * t + 30_f64.to_radians() + modulation).sin()
    });
    compare("t\nV1 a 0 AM(2 0.5 1k 20k 0.2m)\nR1 a 0 1\n.tran 1u 1m", |t| {
        let s = if t > 0.2e-3 { t - 0.2e-3 } else { 0.0 };
        2.0 * (0.5 + (TAU * 1e3 * s).sin()) * (TAU * 20e3 * s).sin()
    });
}

/// Both as ngspice has them.
#[test]
fn modulated_waves_are_ngspices() {
    if !common::has_ngspice() {
        return;
    }
    let deck = "t\nV1 a 0 SFFM(0.1 2 20k 3 1k 30 60)\nV2 b 0 AM(2 0.5 1k 20k 0.2m)\n\
                R1 a 0 1\nR2 b 0 1\n.tran 1u 1m 0 1u\n.end\n";
    let ours = transient(deck);
    let theirs = common::ngspice(deck)[0].to_waveform().unwrap();
    for name in ["v(a)", "v(b)"] {
        let mut compared = 0;
        for (time, value) in theirs.time().iter().zip(&theirs.signal(name).unwrap().values) {
            let Some(own) = ours.value_at(name, *time) else { continue };
            // Between points ours is a straight line.
            assert!((own - value).abs() < 0.02, "{name}: {own} {value} at {time}");
            compared += 1;
        }
        assert!(compared > 500);
    }
}

/// A top that leaves no room in the period is cut short, edges stay as they are.
#[test]
fn a_triangle_may_be_written_with_a_top() {
    compare("t\nV1 a 0 PULSE(-1 1 0 .5m .5m 1n 1m)\nR1 a 0 1\n.tran 10u 3m", |t| {
        let t = t % 1e-3;
        let t = if t < 0.0 { 0.0 } else { t };
        if t < 0.5e-3 { -1.0 + t / 0.25e-3 } else { 1.0 - (t - 0.5e-3) / 0.25e-3 }
    });
}

#[test]
fn parameters_need_no_braces() {
    let circuit = common::circuit(
        "t\n.param ccomp=30p sr=0.5meg ic=ccomp*sr/2 twice = 2 * ic / (1 + 0)\n\
         .param a=-ic b=max(a, 2) c=b>1?3:4 d={c*2} e='d' f=10k\nR1 a 0 {f}\nV1 a 0 1\n.op",
    );
    let params = &circuit.parts().params;
    let close = |name: &str, value: f64| (params[name] - value).abs() <= 1e-12 * value.abs();
    assert!(close("ic", 7.5e-6) && close("twice", 15e-6) && close("a", -7.5e-6));
    assert!(close("b", 2.0) && close("c", 3.0) && close("d", 6.0) && close("e", 6.0));
}
