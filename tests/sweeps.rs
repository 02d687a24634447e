//! `.dc` over temperatures, parameters and values of elements.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use analogon::{
    simulate::{AnalysisResult, SimulationOptions, SweepResult, simulate, to_the_end},
    wave::RawData,
};
use common::circuit;

fn sweeps(deck: &str) -> Vec<SweepResult> {
    let results = simulate(&circuit(deck), &SimulationOptions::default(), &mut to_the_end);
    let sweeps = results.unwrap_or_else(|e| panic!("{deck}: {e}")).into_iter();
    sweeps
        .map(|result| match result {
            AnalysisResult::Sweep(sweep) => sweep,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// A divider whose upper resistor, lower resistor and source are swept.
#[test]
fn a_divider_follows_whatever_is_swept() {
    let deck = |card: &str| {
        format!(
            "t\n.param low=1k\nV1 in 0 6\nR1 in out 1k\nR2 out 0 {{low}}\n.save v(out) i(v1)\n{card}\n.end\n"
        )
    };
    for card in [".dc R1 1k 5k 1k", ".dc r1 5k 1k -1k"] {
        let [sweep] = &sweeps(&deck(card))[..] else { panic!() };
        assert_eq!(sweep.waveform.axis(), ("r1", "ohm"));
        assert_eq!(sweep.waveform.time(), [1e3, 2e3, 3e3, 4e3, 5e3]);
        for (r, v) in sweep.waveform.time().iter().zip(&sweep.waveform.signals()[0].values) {
            assert!((v - 6.0 * 1e3 / (1e3 + r)).abs() < 1e-12, "{card}: {v} at {r}");
        }
    }
    for card in [".dc param low 1k 4k 1k", ".dc low 1k 4k 1k"] {
        let [sweep] = &sweeps(&deck(card))[..] else { panic!() };
        assert_eq!(sweep.waveform.axis(), ("low", ""));
        for (r, v) in sweep.waveform.time().iter().zip(&sweep.waveform.signals()[0].values) {
            assert!((v - 6.0 * r / (1e3 + r)).abs() < 1e-12, "{card}: {v} at {r}");
        }
    }
    for (card, axis) in [
        (".dc V1 1 3 1 R1 1k 3k 2k", "v1"),
        (".dc R1 1k 3k 1k V1 1 3 2", "r1"),
        (".dc R1 1k 3k 1k param low 1k 3k 2k", "r1"),
    ] {
        let found = sweeps(&deck(card));
        assert_eq!(found.len(), 2, "{card}");
        for (sweep, level) in found.iter().zip([1.0, 3.0]) {
            let (name, value) = sweep.level.clone().unwrap();
            assert!((value - level * if name == "v1" { 1.0 } else { 1e3 }).abs() < 1e-9);
            assert_eq!(sweep.waveform.axis().0, axis);
            for (x, v) in sweep.waveform.time().iter().zip(&sweep.waveform.signals()[0].values) {
                let of = |wanted: &str, otherwise: f64| match () {
                    () if axis == wanted => *x,
                    () if name == wanted => value,
                    () => otherwise,
                };
                let (source, upper, lower) = (of("v1", 6.0), of("r1", 1e3), of("low", 1e3));
                let exact = source * lower / (upper + lower);
                assert!((v - exact).abs() < 1e-12, "{card}: {v} for {exact}");
            }
        }
    }
}

/// What `temper` says and what devices do, at every temperature.
#[test]
fn a_temperature_reaches_expressions_and_devices() {
    let deck =
        "t\nI1 0 a {1m+temper*1u}\nR1 a 0 1k tc1=1m\n.save v(a)\n.dc temp -40 120 20\n.end\n";
    let [sweep] = &sweeps(deck)[..] else { panic!() };
    assert_eq!(sweep.waveform.time().len(), 9);
    for (t, v) in sweep.waveform.time().iter().zip(&sweep.waveform.signals()[0].values) {
        let exact = (1e-3 + t * 1e-6) * 1e3 * (1.0 + 1e-3 * (t - 27.0));
        assert!((v - exact).abs() < 1e-12, "{v} for {exact} at {t}");
    }
}

#[test]
fn ngspice_sweeps_the_same() {
    if !common::has_ngspice() {
        return;
    }
    let base = "same\n.options reltol=1e-6\nV1 in 0 2\nR1 in a 1k tc1=2m\nD1 a 0 m\nQ1 c a 0 q\nR2 in c 500\n\
        .model m d(is=1e-14 n=1.1 rs=3)\n.model q npn(is=1e-16 bf=80 xtb=1.5)\n.save v(a) v(c)\n";
    for card in [
        ".dc temp -40 125 15",
        ".dc R1 1k 10k 1k",
        ".dc V1 0 3 0.5 temp 0 100 50",
        ".dc temp -40 110 30 V1 1 3 1",
        ".dc R1 1k 3k 1k temp -20 80 50",
    ] {
        let deck = format!("{base}{card}\n.end\n");
        let plots = common::ngspice(&deck);
        let RawData::Real(columns) = &plots[0].data else { panic!() };
        let found = sweeps(&deck);
        for (at, name) in [(0, "v(a)"), (1, "v(c)")] {
            let place = plots[0].variables.iter().position(|v| v.name == name).unwrap();
            let ours: Vec<f64> =
                found.iter().flat_map(|s| s.waveform.signals()[at].values.clone()).collect();
            assert_eq!(ours.len(), columns[place].len(), "{card}");
            for (x, y) in ours.iter().zip(&columns[place]) {
                assert!((x - y).abs() <= 2e-4 * y.abs() + 2e-6, "{card} {name}: {x} for {y}");
            }
        }
    }
}

#[test]
fn what_cannot_be_swept_is_refused() {
    let faults = |cards: &str| {
        common::faults(&format!(
            "bad\n.param p=1k n=1\nV1 in 0 1\nR1 in out {{p}}\nB1 out 0 I=v(in)\n{cards}\n.end\n"
        ))
    };
    for (cards, message) in [
        (".dc B1 0 1 0.1", "`b1` has no single value to step"),
        (".dc param q 0 1 0.1", "the deck has no parameter `q`"),
        (".dc temp 0 100 10 temp 0 10 1", "`temp` is swept twice"),
        (".dc R1 -1k 1k 1k", ""),
        (".dc temp -300 0 10", "-300 °C is not above absolute zero, -273.15 °C"),
        (".temp -280", "-280 °C is not above absolute zero, -273.15 °C"),
        (".options temp=-273.15", "-273.15 °C is not above absolute zero"),
        (".dc temp 0 100 -10", "the sweep of `temp` from 0 to 100 by -10 never ends"),
        (".dc data=x 0 1 1", "expected the first value"),
        (
            ".if (n==1)\nR3 out 0 1\n.endif\n.dc param n 1 2 1",
            "at n = 2 the circuit has other nodes or elements than the deck",
        ),
        (".dc param p 1 -1 -1 V1 0 1 1\nR4 in 0 {sqrt(p)}", "at p = -1: this value is NaN"),
    ] {
        let found = faults(cards);
        if message.is_empty() {
            assert!(found.is_empty(), "{cards}: {found}");
        }
        assert!(found.contains(message), "{cards}: {found}");
    }
    let deck = circuit("t\nV1 a 0 1\nR1 a 0 1k\n.dc R1 -1k 1k 1k\n.end\n");
    let fault = simulate(&deck, &SimulationOptions::default(), &mut to_the_end).unwrap_err();
    let text = fault.diagnostics()[0].message.clone();
    assert_eq!(text, "at r1 = 0: `r1` has 0 ohm");
}
