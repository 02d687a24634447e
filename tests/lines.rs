//! Lossless transmission lines: delays, reflections and standing waves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::f64::consts::TAU;

use analogon::{
    simulate::{AnalysisResult, SimulationOptions, carry_out, simulate, to_the_end},
    wave::{RawData, Waveform},
};
use common::circuit;

/// The waveform of the first transient.
fn wave(deck: &str) -> Waveform {
    let results = simulate(&circuit(deck), &SimulationOptions::default(), &mut to_the_end);
    match results.unwrap_or_else(|e| panic!("{deck}: {e}")).remove(0) {
        AnalysisResult::Transient(found) => found.waveform,
        other => panic!("{other:?}"),
    }
}

fn column<'w>(wave: &'w Waveform, name: &str) -> &'w [f64] {
    &wave.signals().iter().find(|s| s.name == name).unwrap().values
}

/// The largest distance of a signal from a function of time.
fn error(wave: &Waveform, name: &str, exact: impl Fn(f64) -> f64) -> f64 {
    let values = column(wave, name).iter().zip(wave.time());
    values.map(|(v, t)| (v - exact(*t)).abs()).fold(0.0, |a, b| if b > a { b } else { a })
}

fn measures(deck: &str) -> Vec<f64> {
    let found = carry_out(&circuit(deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    found
        .measures
        .into_iter()
        .map(|m| m.value.unwrap_or_else(|e| panic!("{}: {e}", m.name)))
        .collect()
}

/// Ramps from 0 to 1 between `begin` and `begin + rise`.
fn ramp(t: f64, begin: f64, rise: f64) -> f64 {
    ((t - begin) / rise).clamp(0.0, 1.0)
}

#[test]
fn a_matched_line_delays() {
    let deck = "t\nV1 in 0 PULSE(0 2 1n 0.5n 0.5n 3n 20n)\nRs in a 50\nT1 a 0 b 0 Z0=50 TD=7n\nRl b 0 50\n.save v(a) v(b) i(t1)\n.tran 0.1n 40n\n";
    let wave = wave(deck);
    let pulse = |t: f64| {
        let t = if t < 0.0 { t } else { t % 20e-9 };
        ramp(t, 1e-9, 0.5e-9) - ramp(t, 4.5e-9, 0.5e-9)
    };
    assert!(error(&wave, "v(a)", pulse) < 1e-9);
    assert!(error(&wave, "v(b)", |t| pulse(t - 7e-9)) < 1e-9);
    assert!(error(&wave, "i(t1)", |t| pulse(t) / 50.0) < 1e-11);
    // A smooth wave is interpolated well enough to be no worse than the step.
    let deck = "t\nV1 in 0 SIN(0 2 100meg)\nRs in a 50\nT1 a 0 b 0 Z0=50 F=100meg NL=0.7\nRl b 0 50\n.save v(b)\n.tran 0.2n 60n 0 0.2n\n";
    let wave_of_sine = self::wave(deck);
    let sine = |t: f64| if t > 7e-9 { (TAU * 1e8 * (t - 7e-9)).sin() } else { 0.0 };
    let worst = error(&wave_of_sine, "v(b)", sine);
    assert!(worst < 2e-5, "{worst}");
}

/// The bounce diagram: every arrival at the far end is `1 + r2` of what left, every
/// return is multiplied by r1 at the near end.
#[test]
fn a_mismatched_line_bounces() {
    let (near, far, impedance, delay, rise) = (20.0_f64, 200.0_f64, 50.0_f64, 3e-9, 0.2e-9);
    let deck = format!(
        "t\nV1 in 0 PULSE(0 1 0.5n {rise} 1n 1 2)\nRs in a {near}\nT1 a 0 b 0 Z0={impedance} TD={delay}\nRl b 0 {far}\n.save v(a) v(b)\n.tran 0.1n 40n\n"
    );
    let (r1, r2) = ((near - impedance) / (near + impedance), (far - impedance) / (far + impedance));
    let launched = impedance / (near + impedance);
    let far_end = |t: f64| {
        let arrivals = (0..10).map(|k| {
            let begin = 0.5e-9 + f64::from(2 * k + 1) * delay;
            launched * (1.0 + r2) * (r1 * r2).powi(k) * ramp(t, begin, rise)
        });
        arrivals.sum::<f64>()
    };
    let near_end = |t: f64| {
        let first = launched * ramp(t, 0.5e-9, rise);
        let returns = (1..10).map(|k| {
            let begin = 0.5e-9 + f64::from(2 * k) * delay;
            launched * r2 * (1.0 + r1) * (r1 * r2).powi(k - 1) * ramp(t, begin, rise)
        });
        first + returns.sum::<f64>()
    };
    let wave = wave(&deck);
    assert!(error(&wave, "v(b)", far_end) < 1e-9, "{}", error(&wave, "v(b)", far_end));
    assert!(error(&wave, "v(a)", near_end) < 1e-9, "{}", error(&wave, "v(a)", near_end));
}

/// A capacitor at the end of a matched line charges through its impedance.
#[test]
fn a_wave_charges_a_capacitor() {
    let deck = "t\nV1 in 0 PULSE(0 1 0 1p 1p 1 2)\nRs in a 50\nT1 a 0 b 0 Z0=50 TD=2n\nC1 b 0 20p\n.save v(b) v(a)\n.options reltol=1e-4\n.tran 0.05n 10n\n";
    let wave = wave(deck);
    let tau = 50.0 * 20e-12;
    let exact = |t: f64| if t > 2.0005e-9 { 1.0 - (-(t - 2.0005e-9) / tau).exp() } else { 0.0 };
    let worst = error(&wave, "v(b)", exact);
    assert!(worst < 6e-4, "{worst}");
    // What returns is 2 v(b) - 1, half of it and half the source are at the beginning.
    let start = |t: f64| {
        let launched = 0.5 * ramp(t, 0.0, 1e-12);
        launched + if t > 4.0005e-9 { exact(t - 2e-9) - 0.5 } else { 0.0 }
    };
    let values = column(&wave, "v(a)").iter().zip(wave.time());
    let far = values.filter(|(_, t)| **t > 4.1e-9).map(|(v, t)| (v - start(*t)).abs());
    let worst = far.fold(0.0, |a: f64, b| if b > a { b } else { a });
    assert!(worst < 6e-4, "{worst}");
}

/// A quarter wave turns R into `Z^2 / R`, half a wave into R; and any length into
/// `Z (R + j Z tan) / (Z + j R tan)`.
#[test]
fn lines_transform_impedances() {
    let deck = "t\nI1 0 a AC 1\nT1 a 0 b 0 Z0=50 F=1g NL=0.25\nRl b 0 200\n.save v(a) v(b)\n.ac lin 21 0.1g 2.1g\n";
    let results = simulate(&circuit(deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    let AnalysisResult::Ac(found) = &results[0] else { panic!() };
    let amplitudes = found.spectrum.signals();
    for (at, f) in found.spectrum.frequencies().iter().enumerate() {
        let tan = (TAU * f * 0.25e-9).tan();
        let z = nalgebra::Complex::new(200.0, 50.0 * tan)
            / nalgebra::Complex::new(50.0, 200.0 * tan)
            * 50.0;
        let v = amplitudes[0].values[at];
        assert!((v - z).norm() < 1e-6 * z.norm(), "{v} for {z} at {f}");
    }
    let quarter = amplitudes[0].values[9];
    assert!((quarter.re - 12.5).abs() < 1e-9 && quarter.im.abs() < 1e-9, "{quarter}");
}

#[test]
fn a_line_at_rest_is_a_connection() {
    let deck = "t\nV1 in 0 6\nRs in a 1k\nT1 a 0 b 0 Z0=50 TD=1n\nRl b 0 2k\n.op\n.tf v(b) V1\n.dc V1 0 6 3\n.noise v(b) V1 lin 1 1 1\n";
    let results = simulate(&circuit(deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    let AnalysisResult::OperatingPoint(point) = &results[0] else { panic!() };
    let read = |name: &str| point.readings.iter().find(|r| r.name == name).unwrap().value;
    assert!((read("v(a)") - 4.0).abs() < 1e-12 && (read("v(b)") - 4.0).abs() < 1e-12);
    assert!((read("i(t1)") - 2e-3).abs() < 1e-15 && (read("i(t1#2)") + 2e-3).abs() < 1e-15);
    let AnalysisResult::Transfer(tf) = &results[1] else { panic!() };
    assert!((tf.gain - 2.0 / 3.0).abs() < 1e-12);
    let AnalysisResult::Noise(noise) = &results[3] else { panic!() };
    let wanted = (4.0 * 1.380_649e-23 * 300.15 * (2e3 / 3.0_f64)).sqrt();
    assert!((noise.waveform.signals()[0].values[0] / wanted - 1.0).abs() < 1e-6);
}

/// Sensitivities over frequency are the slopes, through two lines.
#[test]
fn sensitivities_through_lines_are_slopes() {
    let deck = |r: f64| {
        format!(
            "t\nV1 in 0 AC 1\nRs in a 20\nT1 a 0 b 0 Z0=50 TD=1n\nR2 b c 10\nT2 c 0 d 0 Z0=75 TD=.3n\nRl d 0 {r}\n.save v(d)\n.sens v(d) ac lin 5 0.1g 1.3g\n.ac lin 5 0.1g 1.3g\n"
        )
    };
    let of = |r: f64| {
        simulate(&circuit(&deck(r)), &SimulationOptions::default(), &mut to_the_end).unwrap()
    };
    let (middle, up, down) = (of(100.0), of(100.001), of(99.999));
    let AnalysisResult::Sensitivity(found) = &middle[0] else { panic!() };
    let signals = found.spectrum.as_ref().unwrap().signals();
    let rl = signals.iter().find(|s| s.name == "rl").unwrap();
    let (AnalysisResult::Ac(up), AnalysisResult::Ac(down)) = (&up[1], &down[1]) else { panic!() };
    let [up, down] = [up, down].map(|found| found.spectrum.signals()[0].values.clone());
    for ((slope, up), down) in rl.values.iter().zip(up).zip(down) {
        let wanted = (up - down) / 0.002;
        assert!((slope - wanted).norm() < 1e-6 * wanted.norm(), "{slope} for {wanted}");
    }
}

/// A line that is charged delivers half of its voltage for twice its delay.
#[test]
fn initial_conditions_are_a_wave_on_the_line() {
    let deck = "t\nT1 a 0 b 0 Z0=50 TD=5n IC=2,0,2,0\nR1 a 0 50\n.tran 0.1n 12n uic\n.measure tran early FIND v(a) AT=3n\n.measure tran late FIND v(a) AT=9.5n\n.measure tran after FIND v(a) AT=11n\n.measure tran open FIND v(b) AT=4n\n.measure tran lower FIND v(b) AT=7n\n";
    let deck = deck.replace("R1 a 0 50", "R1 a 0 50\nR2 b 0 1e12");
    let found = measures(&deck);
    for (found, wanted) in found.iter().zip([1.0, 1.0, 0.0, 2.0, 0.0]) {
        assert!((found - wanted).abs() < 1e-6, "{found} for {wanted}");
    }
}

#[test]
fn nonsense_is_refused() {
    let faults = |cards: &str| common::faults(&format!("t\nV1 a 0 1\nR1 b 0 1\n{cards}\n.op\n"));
    for (cards, message) in [
        ("T1 a 0 b 0 TD=1n", "the line has no `z0`"),
        ("T1 a 0 b 0 Z0=50", "the line has no delay"),
        ("T1 a 0 b 0 Z0=50 TD=1n F=1g", "the delay of the line is given twice"),
        ("T1 a 0 b 0 Z0=50 TD=1n NL=1", "the delay of the line is given twice"),
        ("T1 a 0 b 0 Z0=-50 TD=1n", "`z0` is -50 ohm, it must be positive"),
        ("T1 a 0 b 0 Z0=50 TD=0", "`td` is 0 s, it must be positive"),
        ("T1 a 0 b 0 Z0=50 TD=1n IC=1,2", "`ic` has 2 values, a line has 4"),
        ("T1 a 0 b 0 Z0=50 TD=1n LEN=1", "a line has no parameter `len`"),
        ("T1 a 0 b 0 50 1n", "expected `Z0=`"),
        ("T1 a 0 b Z0=50 TD=1n", "expected a node of `T1`"),
    ] {
        let found = faults(cards);
        assert!(found.contains(message), "{cards}: {found}");
    }
    let deck = circuit("t\nV1 a 0 1\nT1 a 0 b 0 Z0=50 TD=1n\nR1 b 0 1k\n.pz a 0 b 0 vol pz\n");
    let fault = simulate(&deck, &SimulationOptions::default(), &mut to_the_end).unwrap_err();
    assert!(
        fault.diagnostics()[0].message.contains("`t1` is a line, which has infinitely many poles")
    );
    let short = circuit("t\nV1 a 0 1\nT1 a 0 b 0 Z0=50 TD=1p\nR1 b 0 50\n.tran 1m 100\n");
    let fault = simulate(&short, &SimulationOptions::default(), &mut to_the_end).unwrap_err();
    let text = &fault.diagnostics()[0].message;
    assert!(text.starts_with("`t1` delays by 1 ps: 2.0e14 steps"), "{text}");
    let faults = analogon::mna::reduce(&deck).unwrap_err();
    assert!(faults[0].message.contains("`t1` is a line"), "{faults:?}");
}

#[test]
fn ngspice_finds_the_same() {
    if !common::has_ngspice() {
        return;
    }
    let deck = "same\nV1 in 0 PULSE(0 1 1n 1n 1n 8n 30n) AC 1\nRs in a 20\nT1 a 0 b 0 Z0=50 TD=3n\nR2 b c 10\nT2 c 0 d 0 Z0=75 TD=2n\nC1 d 0 5p\nR3 d 0 500\nD1 0 d m\n.model m d(is=1e-12)\n.tran 0.05n 40n 0 0.05n\n.options reltol=1e-5\n.end\n";
    let plots = common::ngspice(deck);
    let RawData::Real(columns) = &plots[0].data else { panic!() };
    let of = |name: &str| plots[0].variables.iter().position(|v| v.name == name).unwrap();
    let time = &columns[of("time")];
    let ours = wave(deck);
    for name in ["v(a)", "v(b)", "v(d)"] {
        let (theirs, mine) = (&columns[of(name)], column(&ours, name));
        for probe in (1..39).map(|k| (f64::from(k) + 0.47) * 1e-9) {
            let at = |t: &[f64], y: &[f64]| {
                let k = t.partition_point(|x| *x < probe).clamp(1, t.len() - 1);
                y[k - 1] + (y[k] - y[k - 1]) * (probe - t[k - 1]) / (t[k] - t[k - 1])
            };
            let (x, y) = (at(ours.time(), mine), at(time, theirs));
            assert!((x - y).abs() < 4e-3, "{name} at {probe}: {x} for {y}");
        }
    }
    let deck = deck.replace(".tran 0.05n 40n 0 0.05n", ".ac lin 20 10meg 400meg");
    let plots = common::ngspice(&deck);
    let RawData::Complex(columns) = &plots[0].data else { panic!() };
    let results =
        simulate(&circuit(&deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    let AnalysisResult::Ac(found) = &results[0] else { panic!() };
    for signal in found.spectrum.signals().iter().filter(|s| s.name.starts_with('v')) {
        let at = plots[0].variables.iter().position(|v| v.name == signal.name).unwrap();
        for (x, y) in signal.values.iter().zip(&columns[at]) {
            assert!((x - y).norm() < 1e-5, "{}: {x} for {y}", signal.name);
        }
    }
}
