//! Measures, expectations, steps and Fourier components against closed forms, ngspice
//! and each other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::{collections::BTreeMap, fs, process::Command};

use analogon::{
    netlist,
    simulate::{AnalysisResult, Simulation, SimulationOptions, Verdict, carry_out, to_the_end},
    wave::read_raw,
};
use common::{
    bench::Bench,
    document::repository,
    golden::{decks, standalone},
};
use serde_json::Value;

fn run(cards: &str) -> Simulation {
    let circuit = common::circuit(&format!("title\n{cards}\n"));
    carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end)
        .expect("it can be simulated")
}

/// The measures of a deck by name.
fn measured(cards: &str) -> BTreeMap<String, Result<f64, String>> {
    run(cards).measures.into_iter().map(|measure| (measure.name, measure.value)).collect()
}

/// An RC low-pass of 1 ms whose input rises at 1 ms.
const STEP: &str = "V1 in 0 PULSE(0 1 1m 1n 1n 1)
R1 in out 1k
C1 out 0 1u
.param tau=1m
.tran 5u 6m 0 5u\n";

#[test]
fn measures_are_those_of_the_formula() {
    // Cards after the name, and the value of an exponential that starts at 1 ms.
    let e = std::f64::consts::E;
    let cases: [(&str, f64); 17] = [
        ("WHEN v(out)='1-exp(-1)'", 2e-3),
        ("WHEN v(out)=0.5 RISE=LAST", 1e-3 + 1e-3 * 2.0_f64.ln()),
        ("TRIG v(out) VAL=0.1 RISE=1 TARG v(out) VAL=0.9 RISE=1", 1e-3 * 9.0_f64.ln()),
        ("TRIG AT=1m TARG v(in,out) VAL=0.25 FALL=1", 1e-3 * 4.0_f64.ln()),
        ("FIND v(out) AT=3m", 1.0 - (-2.0_f64).exp()),
        ("FIND v(in,out) WHEN v(out)=0.75", 0.25),
        ("FIND i(v1) WHEN v(out)=0.75 TD=1.5m", -0.25e-3),
        ("DERIV v(out) AT=2m", 1e3 / e),
        ("DERIV v(out) WHEN v(out)=0.5", 500.0),
        ("AVG v(out) FROM=1m TO=2m", 1.0 / e),
        ("INTEG v(out) FROM=1m TO=2m", 1e-3 / e),
        ("RMS v(in,out) FROM=1.00001m TO=6m", ((1.0 - (-10.0_f64).exp()) / 2.0 / 5.0).sqrt()),
        ("MIN v(out) FROM=2m", 1.0 - 1.0 / e),
        ("MAX v(out)", 1.0 - (-5.0_f64).exp()),
        ("PP v(in,out) FROM=1.1m TO=2m", (-0.1_f64).exp() - 1.0 / e),
        ("MIN_AT v(in,out) FROM=1.1m TO=4m", 4e-3),
        ("INTEG par('-v(in)*i(v1)') FROM=1m TO=6m", 1e-6 * (1.0 - (-5.0_f64).exp())),
    ];
    for (task, expected) in cases {
        let found = measured(&format!("{STEP}.meas tran x {task}"));
        let found = found["x"].clone().unwrap();
        assert!((found - expected).abs() <= 1e-3 * expected.abs(), "{task}: {found}, {expected}");
    }
}

#[test]
fn measures_build_on_each_other() {
    let found = measured(&format!(
        "{STEP}.meas tran a FIND v(out) AT=2m\n.meas tran b PARAM='a/tau'\n.meas tran c PARAM='b*b'"
    ));
    let a = found["a"].clone().unwrap();
    assert_eq!(found["b"], Ok(a / 1e-3));
    assert_eq!(found["c"], Ok((a / 1e-3) * (a / 1e-3)));
}

#[test]
fn a_measure_that_fails_says_why() {
    let found = measured(&format!(
        "{STEP}.meas tran a WHEN v(out)=2\n.meas tran b FIND v(out) AT=7m\n.meas tran c WHEN v(out)=0.5 RISE=3
.meas tran d PARAM='a+1'\n.meas tran e AVG v(out) FROM=3m TO=2m\n.meas op f PARAM='v(out)'\n.meas tran g FIND 'ln(v(out))' AT=2m"
    ));
    let reason = |name: &str| found[name].clone().unwrap_err();
    assert_eq!(reason("a"), "there is no CROSS crossing");
    assert_eq!(reason("b"), "0.007 lies outside the time axis, from 0 to 0.006");
    assert_eq!(reason("c"), "there is no RISE=3, only 1");
    assert_eq!(reason("d"), "it needs a measure that failed");
    assert_eq!(reason("e"), "the window ends at 0.002, before it begins at 0.003");
    assert_eq!(reason("f"), "the deck has no analysis `.op`");
    assert_eq!(reason("g"), "its value is -inf at time 0");
}

/// What is measured is added to what is computed, not to what is kept.
#[test]
fn measured_quantities_need_not_be_saved() {
    let simulation = run(&format!(
        "{STEP}.save v(out)\n.print tran par('v(in)-v(out)') v(in,out)\n.meas tran p MAX 'v(in)*2'"
    ));
    let AnalysisResult::Transient(transient) = &simulation.analyses[0] else {
        panic!("a transient");
    };
    let wave = &transient.waveform;
    let names: Vec<&str> = wave.signals().iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["v(out)", "v(in,out)", "v(in)-v(out)"]);
    assert_eq!(wave.signals()[1].values, wave.signals()[2].values);
    assert_eq!(simulation.measures[0].value, Ok(2.0));
}

#[test]
fn the_exit_code_tells_of_failures_and_misses() {
    let bench = Bench::new();
    let deck = |name: &str, tail: &str| bench.write(name, format!("title\n{STEP}{tail}\n"));
    deck("good.cir", ".meas tran a FIND v(out) AT=2m\n*! expect a {1-exp(-1)} tol=0.1%");
    deck("missed.cir", ".meas tran a FIND v(out) AT=2m\n*! expect a 0.7 tol=1%");
    deck("failed.cir", ".meas tran a FIND v(out) AT=9m\n*! expect a 0.7 tol=1%");
    deck("nothing.cir", ".meas tran a FIND v(out) AT=2m");
    assert!(bench.good(&["run", "good.cir", "--expect"]).contains("1 of 1 met"));
    let missed = bench.run(&["run", "missed.cir", "--expect"]);
    assert_eq!(missed.code, 1, "{}", missed.out);
    for part in ["MISSED (missed.cir:8:11)", "0.63212", "0.7", "0.007", "0 of 1 met"] {
        assert!(missed.out.contains(part), "{part} is not in\n{}", missed.out);
    }
    // Who does not ask is not told.
    bench.good(&["run", "missed.cir"]);
    let failed = bench.run(&["run", "failed.cir"]);
    assert_eq!(failed.code, 1);
    assert!(failed.out.contains("(failed.cir:7:1)"), "{}", failed.out);
    bench.refused(&["run", "nothing.cir", "--expect"], &["expects nothing", "*! expect"]);
    let json = bench.json(&["run", "failed.cir", "--json"], 1);
    let reason = json["measures"]["a"]["failure"].as_str().unwrap();
    assert!(reason.contains("outside the time axis"), "{reason}");
    let json = bench.json(&["run", "good.cir", "--expect", "--json"], 0);
    assert!((json["measures"]["a"].as_f64().unwrap() - 0.632).abs() < 1e-3);
    assert_eq!(json["expected"][0]["met"], true);
    assert!(json["counters"]["evaluations"].as_f64().unwrap() > 0.0);
    bench.write("op.cir", "title\nV1 a 0 6\nR1 a b 1k\nR2 b 0 2k\n.op\n*! expect v(b) 4\n");
    assert_eq!(bench.json(&["run", "op.cir", "--json", "--expect"], 0)["op"]["v(b)"], 4.0);
}

const STEPPED: &str = "steps
.param r=1k c=1u
V1 in 0 PULSE(0 1 0 1n 1n 1)
R1 in out {r}
C1 out 0 {c}
E1 twice 0 POLY(1) out 0 0 2
.tran 1u 5m 0 1u
.step param r list 500 1k 2k
.step dec param c 0.1u 1u 1
.meas tran t WHEN v(twice)=1
*! expect t {r*c*ln(2)} tol=0.5%
";

#[test]
fn steps_come_in_order_and_are_the_same_on_one_thread() {
    let bench = Bench::new();
    bench.write("deck.cir", STEPPED);
    let json = bench.json(&["run", "deck.cir", "--json", "--expect"], 0);
    let steps = json["steps"].as_array().unwrap();
    let settings: Vec<(f64, f64)> = steps
        .iter()
        .map(|step| {
            let get = |name: &str| step["settings"][name].as_f64().unwrap();
            (get("r"), get("c"))
        })
        .collect();
    let expected: Vec<(f64, f64)> =
        [1e-7, 1e-6].iter().flat_map(|&c| [500.0, 1e3, 2e3].map(|r| (r, c))).collect();
    assert_eq!(settings.len(), expected.len());
    for (found, expected) in settings.iter().zip(&expected) {
        assert_eq!(found.0, expected.0);
        assert!((found.1 / expected.1 - 1.0).abs() < 1e-12, "{settings:?}");
    }
    let alone = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_analogon"))
            .args(["run", "deck.cir", "--json", "-o", "out.raw"])
            .current_dir(bench.path(""))
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        let text = serde_json::from_slice::<Value>(&output.stdout).unwrap();
        (text, fs::read(bench.path("out.raw")).unwrap())
    };
    let (one, two) = (alone("1"), alone("2"));
    assert_eq!(one, two);
    let plots = read_raw(&one.1[..]).unwrap();
    assert_eq!(plots.len(), 6);
    assert!(plots[0].title.starts_with("steps (r=500, c="), "{}", plots[0].title);
    let table = bench.good(&["run", "deck.cir"]);
    assert!(table.contains("6 steps") && table.contains("step     r"), "{table}");
}

#[test]
fn everything_that_can_be_stepped_is() {
    let values = |cards: &str, name: &str| -> Vec<f64> {
        let bench = Bench::new();
        bench.write("deck.cir", format!("title\n{cards}\n.op\n"));
        let json = bench.json(&["run", "deck.cir", "--json"], 0);
        let steps = json["steps"].as_array().expect("steps").clone();
        steps.iter().map(|step| step["op"][name].as_f64().unwrap()).collect()
    };
    let divider = "V1 a 0 6\nR1 a b 1k\nR2 b 0 1k\n";
    assert_eq!(values(&format!("{divider}.step V1 2 6 2"), "v(b)"), [1.0, 2.0, 3.0]);
    assert_eq!(values(&format!("{divider}.step R2 list 1k 2k"), "v(b)"), [3.0, 4.0]);
    assert_eq!(values(&format!("{divider}.step oct V1 1 4 1"), "v(b)"), [0.5, 1.0, 2.0]);
    let hot = "B1 a 0 V=temper\nR1 a 0 1\n";
    assert_eq!(values(&format!("{hot}.step temp -40 80 60"), "v(a)"), [-40.0, 20.0, 80.0]);
    assert_eq!(values(&format!("{hot}.temp 0 100"), "v(a)"), [0.0, 100.0]);
    let table = ".param x=1 y=1\nV1 a 0 {x-y}\nR1 a 0 1\n.data t x y\n+ 5 1\n+ 7 2\n.step data=t";
    assert_eq!(values(table, "v(a)"), [4.0, 5.0]);
}

/// Decks of the library whose measures ngspice can do; laws with parameters are ours.
#[test]
fn ngspice_measures_the_same() {
    if !common::has_ngspice() {
        return;
    }
    let decks = [
        "basics/diode_clipper",
        "basics/rl_step",
        "basics/rlc",
        "filters/ladder",
        "filters/rc_lowpass",
        "filters/sallen_key",
        "filters/state_variable",
        "opamp/differentiator",
        "opamp/gyrator",
        "oscillators/van_der_pol",
        "oscillators/phase_shift",
        "power/capacitor_discharge",
        "power/pwm",
        "rnn/flip_flop",
        "rnn/tanh_neuron",
    ];
    let mut compared = 0;
    for deck in decks {
        let path = repository(&format!("netlists/{deck}.cir"));
        let path = path.to_string_lossy();
        let ours = Bench::new().json(&["run", &path, "--json"], 0);
        let output = Command::new("ngspice").args(["-b", &path]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        for (name, value) in ours["measures"].as_object().unwrap() {
            let line = text.lines().find_map(|line| {
                let (left, right) = line.split_once('=')?;
                (left.trim() == name)
                    .then(|| right.split_whitespace().next()?.parse::<f64>().ok())?
            });
            let theirs = line.unwrap_or_else(|| panic!("{deck}: ngspice has no {name}\n{text}"));
            let ours = value.as_f64().unwrap();
            assert!((ours - theirs).abs() <= 2e-3 * theirs.abs(), "{deck} {name}: {ours} {theirs}");
            compared += 1;
        }
    }
    assert!(compared >= 25, "only {compared} measures");
}

#[test]
fn fourier_components_are_those_of_the_series() {
    // Half a sine, rectified: 1/pi, 1/2, -2/(3 pi) cos 2x, ...
    let simulation = run(
        "V1 a 0 SIN(0 1 1k)\nB1 b 0 V=max(v(a),0)\nR1 b 0 1k\nR2 a 0 1\n.tran 1u 3m 0 1u\n.four 1k v(b) 'v(a)*2'",
    );
    let card = &simulation.fourier[0];
    let [half, sine] = card.components.as_ref().unwrap().as_slice() else { panic!("{card:?}") };
    let pi = std::f64::consts::PI;
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-4, "{found}");
    near(half.offset, 1.0 / pi);
    near(half.harmonics[0].magnitude, 0.5);
    near(half.harmonics[0].phase_deg, 0.0);
    near(half.harmonics[1].magnitude, 2.0 / (3.0 * pi));
    // -cos is a sine of -90 degrees.
    assert!((half.harmonics[1].phase_deg + 90.0).abs() < 0.1, "{:?}", half.harmonics[1]);
    near(sine.harmonics[0].magnitude, 2.0);
    assert!(sine.thd_percent < 1e-3);
    let short = run("V1 a 0 SIN(0 1 1k)\nR2 a 0 1\n.tran 1u 0.5m 0 1u\n.four 1k v(a)");
    assert!(short.fourier[0].components.is_err());
    assert!(!short.all_measured());
}

/// POLY, TABLE, VALUE and LAPLACE against their formulas, at an operating point or in time.
#[test]
fn controlled_sources_follow_their_laws() {
    let point = |cards: &str, expected: f64| {
        let found = measured(&format!(
            "V1 a 0 2\nV2 b 0 3\nRa a 0 1\nRb b 0 1\nRx x 0 1\n{cards}\n.op\n.meas op m PARAM='v(x)'"
        ));
        let found = found["m"].clone().unwrap();
        assert!((found - expected).abs() < 1e-9, "{cards}: {found}, {expected}");
    };
    point("E1 x 0 POLY(1) a 0 5", 10.0);
    point("E1 x 0 POLY(1) a 0 1 0 0 1", 9.0);
    point("E1 x 0 POLY(2) a 0 b 0 1 10 100 1k 10k 100k", 1.0 + 20.0 + 300.0 + 4e3 + 6e4 + 9e5);
    point("G1 0 x POLY(2) (a,0) (b,a) 0 1 1", 3.0);
    // The source of 2 V delivers 2 A, that of 3 V 3 A: their currents are -2 A and -3 A.
    point("F1 0 x POLY(2) V1 V2 1 1 1 0 1", 1.0 - 2.0 - 3.0 + 6.0);
    point("H1 x 0 POLY(1) V1 0 0 2", 8.0);
    point("E1 x 0 TABLE {v(a)+v(b)} = (0,0) (4,1) (8,3)", 1.5);
    point("E1 x 0 TABLE {v(a)} = (-1,7) (1,9)", 9.0);
    point(".func f(u,w) {u*w+1}\nG1 0 x VALUE={f(v(a),f(v(b),1))}", 9.0);
    point("E1 x 0 LAPLACE {v(a)*v(b)} = {2/(1+s)/(1+s/5)}", 12.0);
    // A high-pass passes the step and forgets it; a resonance rings.
    let step = "V1 in 0 PULSE(0 1 0 1n 1n 1)\nR1 in 0 1\nR2 h 0 1\nR3 l 0 1\n.tran 5u 3m 0 5u\n.param w=5k\n";
    let found = measured(&format!(
        "{step}E1 h 0 LAPLACE {{v(in)}} = {{s*1m/(1+s*1m)}}\nE2 l 0 in 0 LAPLACE={{1/(1+s/w**2*2k+(s/w)**2)}}
.meas tran h FIND v(h) AT=1m\n.meas tran l FIND v(l) AT=1m"
    ));
    let decay = 1e3_f64;
    let ring = (25e6_f64 - 1e6).sqrt();
    let phase = ring * 1e-3;
    let exact = 1.0 - (-decay * 1e-3).exp() * (phase.cos() + decay / ring * phase.sin());
    for (name, exact) in [("h", (-1.0_f64).exp()), ("l", exact)] {
        let value = found[name].clone().unwrap();
        assert!((value - exact).abs() < 1e-4, "{name}: {value}, {exact}");
    }
}

#[test]
fn dialects_disagree_aloud() {
    let bench = Bench::new();
    let deck = "title\nV1 a 0 1A\nB1 b 0 V=v(a)^2\nB2 c 0 V=if(v(a)>0,1,2)\nR1 a 0 1M\nR2 b 0 1k\nR3 c 0 1k\n.op\n";
    bench.write("deck.cir", deck);
    let told = bench.run(&["run", "deck.cir"]).err;
    for part in
        ["`1A` is 1e-18 in ngspice", "`^` is a power", "no function `if`", "`1M` is a thousandth"]
    {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(told.contains("deck.cir:2:8") && told.contains("deck.cir:3:14"), "{told}");
    // Who says what is meant is not asked again.
    let run = bench.run(&["run", "deck.cir", "--dialect", "ngspice", "--json"]);
    assert_eq!(run.err, "");
    bench.refused(
        &["run", "deck.cir", "--dialect", "ltspice"],
        &["exclusive or in LTspice", "`**`"],
    );
    bench.write("two.cir", deck.replace('^', "**").replace("1M", "1"));
    let json = bench.json(&["run", "two.cir", "--dialect", "pspice", "--json"], 0);
    assert_eq!(json["op"]["v(a)"], 1.0);
    bench.write("dollar.cir", "title\nR1 a 0 1 $ a comment\n.op\n");
    let run = bench.run(&["run", "dollar.cir", "--dialect", "xyce"]);
    assert!(run.code == 0 && run.err.contains("begins a comment here"), "{}", run.err);
    bench.write("option.cir", "title\nR1 a 0 1\n.options plotwinsize=0 reltol=1e-4\n.op\n");
    bench.refused(&["run", "option.cir"], &["unknown option `plotwinsize`"]);
    let run = bench.run(&["run", "option.cir", "--dialect", "ltspice"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("has no effect here"), "{}", run.err);
}

/// Sections, conditions, functions and global nodes, by what comes out of them.
#[test]
fn scopes_hold_what_their_cards_say() {
    let bench = Bench::new();
    bench.write("models.lib", ".lib slow\n.param speed=1\n.endl\n.lib fast\n.param speed=2\n.lib models.lib extra\n.endl fast\n.lib extra\n.param bonus=10\n.endl\n");
    bench.write(
        "deck.cir",
        "title
.lib models.lib fast
.global rail
.func double(x) {2*x}
Vr rail 0 {double(speed)+bonus}
X1 low s mode=1
X2 high s mode=2
X3 other s mode=3
.subckt s out mode=0
.if (mode==1)
R1 rail out 1k
.elseif (mode==2)
.param r=3k
.if (r>2k)
R1 rail out {r}
.else
R1 rail out 1
.endif
.else
R1 rail out 7k
.endif
R2 out 0 1k
.ends
.op
",
    );
    let json = bench.json(&["run", "deck.cir", "--json"], 0);
    let volts = |name: &str| json["op"][name].as_f64().unwrap();
    assert_eq!(volts("v(rail)"), 14.0);
    assert!((volts("v(low)") - 7.0).abs() < 1e-9);
    assert!((volts("v(high)") - 3.5).abs() < 1e-9);
    assert!((volts("v(other)") - 1.75).abs() < 1e-9);
}

/// A deck and its own print-out give the same bits.
#[test]
fn printed_decks_give_the_same_results() {
    let decks = decks();
    for deck in &decks {
        let text = standalone(deck);
        let files = common::Beside(deck.parent().unwrap().to_owned());
        let parsed = netlist::parse("deck.cir", &text, &files);
        let printed = netlist::print(&parsed.netlist);
        let [first, second] = [text, printed].map(|text| {
            let circuit = common::circuit_from(&text, &files);
            carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap()
        });
        assert_eq!(numbers(&first), numbers(&second), "{}", deck.display());
    }
    assert!(decks.len() >= 30, "only {} decks", decks.len());
}

/// All numbers of a result, bit by bit, without the places of its cards.
fn numbers(simulation: &Simulation) -> Vec<u64> {
    let mut numbers = Vec::new();
    for analysis in &simulation.analyses {
        match analysis {
            AnalysisResult::OperatingPoint(point) => {
                numbers.extend(point.readings.iter().map(|reading| reading.value));
            }
            AnalysisResult::Transfer(found) => {
                numbers.extend([found.gain, found.input_resistance, found.output_resistance]);
            }
            AnalysisResult::Sensitivity(found) => {
                numbers.extend(found.entries.iter().map(|entry| entry.derivative));
            }
            AnalysisResult::PolesZeros(found) => {
                let all = found.poles.iter().chain(&found.zeros).flatten();
                numbers.extend(all.flat_map(|s| [s.re, s.im]));
            }
            over_an_axis => {
                let waveform = over_an_axis.waveform().unwrap();
                numbers.extend(waveform.time());
                numbers.extend(waveform.signals().iter().flat_map(|s| &s.values));
            }
        }
    }
    numbers.extend(simulation.measures.iter().map(|m| *m.value.as_ref().unwrap()));
    numbers.extend(simulation.verdicts.iter().map(|v| v.expected.value));
    numbers.into_iter().map(f64::to_bits).collect()
}

/// 4 k T R and k T / C, at the output of an RC low-pass.
#[test]
fn noise_is_measured() {
    let deck = "V1 in 0 0\nR1 in out 10k\nC1 out 0 2n\n.noise v(out) V1 dec 20 1 1g\n\
                .measure noise low FIND onoise_spectrum AT=10\n\
                .measure noise corner WHEN onoise=inoise/sqrt(2)\n\
                .measure noise rms PARAM=onoise_total\n\
                .measure noise wrong FIND v(out) AT=10\n";
    let deck = deck.replace("PARAM=onoise_total", "MAX onoise_total");
    let found = run(&deck);
    let value = |name: &str| found.measures.iter().find(|m| m.name == name).unwrap().value.clone();
    let (energy, tau) = (4.0_f64 * 1.380_649e-23 * 300.15, 2e-5 * std::f64::consts::TAU);
    assert!((value("low").unwrap() / (energy * 1e4).sqrt() - 1.0).abs() < 1e-5);
    assert!((value("corner").unwrap() * tau - 1.0).abs() < 2e-3);
    assert!((value("rms").unwrap() / (energy / 4.0 / 2e-9).sqrt() - 1.0).abs() < 2e-3);
    assert!(value("wrong").unwrap_err().contains("does not have that quantity"));
}

/// Results of every small-signal analysis can be expected, and missed.
#[test]
fn results_of_small_signals_are_expected() {
    let deck = "V1 in 0 1\nR1 in out 1k\nR2 out 0 3k\nC1 out 0 1u\n.tf v(out) V1\n\
                .pz in 0 out 0 vol pz\n.sens v(out)\n.noise v(out) V1 dec 10 1 1meg\n\
                *! expect transfer_function 0.75\n*! expect input_resistance 4k\n\
                *! expect output_resistance 750\n*! expect re(pole(1)) {-1/(750*1u)}\n\
                *! expect im(pole(1)) 0 tol=1n\n*! expect sens(r2) {1k/(4k*4k)}\n\
                *! expect re(zero(1)) 0\n*! expect onoise_total 1\n";
    let found = run(&deck.replace("re(zero(1)) 0", "re(zero(1)) 1"));
    let holds: Vec<bool> = found.verdicts.iter().map(Verdict::holds).collect();
    assert_eq!(holds, [true, true, true, true, true, true, false, false]);
    assert!(found.verdicts[6].found.as_ref().unwrap_err().contains("there is no result"));
    for (line, message) in [
        ("*! expect transfer_function 1", "is a result of `.tf`, the deck has none"),
        ("*! expect re(pole(1)) 1", "is a result of `.pz`, the deck has none"),
        ("*! expect onoise_total 1", "is a result of `.noise`, the deck has none"),
        ("*! expect sens(r1) 1", "is a result of `.sens`, the deck has none"),
        ("*! expect re(pool(1)) 1", "the operating point has no `re(pool(1))`"),
        ("*! expect re(pole(1) 1", "expected `)`, found `1`"),
    ] {
        let faults = common::faults(&format!("t\nV1 a 0 1\nR1 a 0 1\n.op\n{line}\n"));
        assert!(faults.contains(message), "{line}: {faults}");
    }
}
