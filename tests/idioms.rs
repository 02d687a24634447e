//! Decks as people post them: the idioms of other simulators mean what they mean there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod common;

use analogon::{
    circuit::{Analysis, Circuit},
    diag::{NoSources, Severity, has_errors, render},
    elaborate::{elaborate, steps},
    netlist::{self, Dialect, Language},
    simulate::{AnalysisResult, Simulation, SimulationOptions, carry_out, to_the_end},
};

/// The circuit of a deck, and its warnings.
fn read(language: Language, deck: &str) -> (Circuit, String) {
    let parsed = netlist::parse_in(language, "deck.cir", deck, &NoSources);
    let text = render(&parsed.map, &parsed.diagnostics);
    assert!(!has_errors(&parsed.diagnostics), "{text}");
    assert!(parsed.diagnostics.iter().all(|d| d.severity == Severity::Warning));
    match elaborate(&parsed.netlist) {
        Ok(circuit) => (circuit, text),
        Err(faults) => panic!("{}", render(&parsed.map, &faults)),
    }
}

fn run(deck: &str) -> Simulation {
    let (circuit, _) = read(Language::guessed(), deck);
    carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap()
}

fn measured(found: &Simulation, name: &str) -> f64 {
    *found.measures.iter().find(|m| m.name == name).unwrap().value.as_ref().unwrap()
}

/// Analyses and measures of a script count, what it prints does not, and what could change
/// a result is refused.
#[test]
fn a_script_of_ngspice_is_its_analyses() {
    let deck = "t\nV1 in 0 PULSE(0 1 0 1n) AC 1\nR1 in out 1k\nC1 out 0 1u\n.control\nset filetype=ascii\n\
                * a comment\ntran 1u 5m\nmeas tran tau WHEN v(out)=0.6321206\nlet x = v(out)*2\n\
                plot v(out) x\nprint tau\nac dec 10 1 1k\nquit\n.endc\n.end\n";
    let (circuit, warnings) = read(Language::guessed(), deck);
    assert_eq!(circuit.parts().analyses.len(), 2);
    assert!(warnings.contains("only analyses, measures and options are carried out"), "{warnings}");
    assert!((measured(&run(deck), "tau") / 1e-3 - 1.0).abs() < 1e-4);
    for line in ["alter R1 = 2k", "foreach r 1 2 3", "source other.cir", "reset", "alterparam x=1"]
    {
        let faults =
            common::faults(&format!("t\nR1 a 0 1\nV1 a 0 1\n.control\n{line}\nop\n.endc\n"));
        assert!(faults.contains("of an ngspice script is not supported"), "{line}: {faults}");
        assert!(faults.contains("deck.cir:5:1"), "{line}: {faults}");
    }
    let faults = common::faults("t\nR1 a 0 1\nV1 a 0 1\n.control\ntran 1q5 1\n.endc\n");
    assert!(
        faults.contains("`1q5` is not a number") && faults.contains("deck.cir:5:6"),
        "{faults}"
    );
}

#[test]
fn a_transient_of_ltspice_may_name_its_end_alone() {
    for (card, start, max_step) in [
        (".tran 5m", 0.0, None),
        (".tran 5m uic", 0.0, None),
        (".tran 0 5m", 0.0, None),
        (".tran 0 5m 1m", 1e-3, None),
        (".tran 0 5m 0 10u", 0.0, Some(1e-5)),
    ] {
        let deck = format!("t\nV1 a 0 SINE(0 1 1k)\nR1 a 0 1\n{card}\n.backanno\n.end\n");
        let (circuit, _) = read(Language::stated(Dialect::Ltspice), &deck);
        let Analysis::Transient { step, stop, start: from, max_step: most, uic, .. } =
            circuit.parts().analyses[0]
        else {
            panic!("{card}");
        };
        assert_eq!((step, stop, from, most), (5e-6, 5e-3, start, max_step), "{card}");
        assert_eq!(uic, card.ends_with("uic"));
    }
    let stated = Language::stated(Dialect::Ngspice);
    let parsed = netlist::parse_in(stated, "d", "t\nR1 a 0 1\nV1 a 0 1\n.tran 5m\n", &NoSources);
    assert!(render(&parsed.map, &parsed.diagnostics).contains("missing the stop time"));
}

/// Who bounds the step gets the points, on either path.
#[test]
fn points_are_as_close_as_the_largest_step() {
    let found = run("t\nV1 a 0 SIN(0 1 1meg)\nR1 a b 1k\nC1 b 0 1p\n.tran 0.1u 2u 0 5n\n");
    let AnalysisResult::Transient(found) = &found.analyses[0] else { panic!() };
    assert!(found.waveform.time().len() >= 400, "{}", found.waveform.time().len());
}

#[test]
fn controlled_sources_may_have_parentheses() {
    let found = run("t\nV1 in 0 2\nE1 a 0 (in,0) 10\nR1 a 0 1\nG1 0 b (in 0) 1m\nR2 b 0 1k\n\
                     E2 c 0 TABLE {v(in)} ((-1,-5) (0,0) (1,5))\nR3 c 0 1\n.op\n");
    let AnalysisResult::OperatingPoint(point) = &found.analyses[0] else { panic!() };
    let at = |name: &str| point.readings.iter().find(|r| r.name == name).unwrap().value;
    assert!((at("v(a)") - 20.0).abs() < 1e-9 && (at("v(b)") - 2.0).abs() < 1e-9);
    assert!((at("v(c)") - 5.0).abs() < 1e-9);
    let faults = common::faults("t\nV1 a 0 1\nE2 c 0 TABLE {v(a)} ((0,0) (1,5)\nR3 c 0 1\n.op\n");
    assert!(faults.contains("missing `)`") || faults.contains("`)`"), "{faults}");
}

/// Text of LTspice's library says nothing about the model.
#[test]
fn descriptions_of_parts_are_read_over() {
    let deck = "t\nV1 a 0 1\nR1 a b 1k\nD1 b 0 1N4148\n.model 1N4148 D(Is=2.52n Rs=.568 N=1.752 \
                Cjo=4p M=.4 tt=20n Iave=200m Vpk=75 mfg=OnSemi type=silicon)\n.op\n";
    let (_, warnings) = read(Language::guessed(), deck);
    let told = "without effect, as it describes the part: Iave, Vpk, mfg, type";
    assert_eq!(warnings.matches(told).count(), 1, "{warnings}");
    let unknown = deck.replace("mfg=OnSemi", "mgf=OnSemi");
    assert!(common::faults(&unknown).contains("OnSemi"));
}

/// A parameter that only a step sets has its first value without it.
#[test]
fn a_step_defines_its_parameter() {
    let deck = "t\nV1 a 0 1\nR1 a b {r}\nR2 b 0 {q}\n.step param r list 3k 5k\n\
                .data table q\n+ 1k 2k\n.step data=table\n.op\n";
    let parsed = netlist::parse("deck.cir", deck, &NoSources);
    assert!(!has_errors(&parsed.diagnostics), "{}", render(&parsed.map, &parsed.diagnostics));
    assert_eq!(steps(&parsed.netlist).unwrap().points.len(), 4);
    let circuit = elaborate(&parsed.netlist).unwrap();
    assert_eq!((circuit.parts().params["r"], circuit.parts().params["q"]), (3e3, 1e3));
    // One that nobody uses is a slip of the pen.
    let parsed = netlist::parse("deck.cir", deck.replace("param r", "param rr"), &NoSources);
    assert!(steps(&parsed.netlist).is_err() && elaborate(&parsed.netlist).is_err());
}

#[test]
fn measures_of_ltspice_may_leave_out_signs() {
    let found = run("t\nV1 in 0 PULSE(0 1 0 1n)\nR1 in out 1k\nC1 out 0 1u\n.tran 1u 5m\n\
                     .meas tran a FIND V(out) AT 1m\n.meas tran b AVG V(in) FROM 1m TO 2m\n.opt reltol=1e-4\n");
    assert!((measured(&found, "a") - 0.632_120_6).abs() < 1e-3);
    assert!((measured(&found, "b") - 1.0).abs() < 1e-9);
}

/// One fault of a model is told once, however many instances there are.
#[test]
fn a_fault_in_a_subcircuit_is_told_once() {
    let faults = common::faults(
        "t\nV1 a 0 1\nX1 a 0 s\nX2 a 0 s\nX3 a 0 s\n.subckt s a b\nR1 a b {nowhere}\n.ends\n.op\n",
    );
    assert_eq!(faults.matches("the parameter `nowhere` is not defined").count(), 1, "{faults}");
}

/// Three windings on one card are coupled each with each.
#[test]
fn a_coupling_may_name_more_than_two() {
    let windings =
        "t\nV1 s 0 AC 1\nR1 s a 1m\nL1 a 0 1m\nL2 b 0 4m\nR2 b 0 1k\nL3 c 0 9m\nR3 c 0 1k\n";
    let results = |couplings: &str| {
        let found = run(&format!("{windings}{couplings}.ac lin 1 1k 1k\n"));
        let AnalysisResult::Ac(found) = &found.analyses[0] else { panic!() };
        ["v(b)", "v(c)"]
            .map(|name| found.spectrum.signals().iter().find(|s| s.name == name).unwrap().values[0])
    };
    let one = results("K1 L1 L2 L3 0.999\n");
    let three = results("K1 L1 L2 0.999\nK2 L1 L3 0.999\nK3 L2 L3 0.999\n");
    for (one, three) in one.iter().zip(&three) {
        assert!((one - three).norm() < 1e-12);
    }
    assert!((one[0].re - 2.0).abs() < 0.01 && (one[1].re - 3.0).abs() < 0.02, "{one:?}");
    let faults = common::faults(&format!("{windings}K1 L1 L2 L2 0.9\n.op\n"));
    assert!(faults.contains("couples an inductor with itself"), "{faults}");
    let faults = common::faults(&format!("{windings}K1 L1 L2 L9 0.9\n.op\n"));
    assert!(faults.contains("there is no element `l9` here"), "{faults}");
}

/// SPICE2 called parameters of bipolar transistors otherwise.
#[test]
fn old_names_of_parameters_are_known() {
    let point = |model: &str| {
        let found = run(&format!(
            "t\nVcc c 0 5\nI1 0 b 10u\nQ1 c b 0 0 m\n.model m npn({model})\n.op\n.ac lin 1 1meg 1meg\nV2 x 0 AC 1\nC1 x b 1p\nRx x 0 1k\n"
        ));
        let AnalysisResult::OperatingPoint(point) = &found.analyses[0] else { panic!() };
        point.readings.iter().map(|reading| reading.value.to_bits()).collect::<Vec<u64>>()
    };
    let old = point("bf=200 va=50 vb=10 ik=1m ccs=2p ps=.6 ms=.4 cje=1p pe=.7 me=.3");
    let new = point("bf=200 vaf=50 var=10 ikf=1m cjs=2p vjs=.6 mjs=.4 cje=1p vje=.7 mje=.3");
    assert_eq!(old, new);
    assert_ne!(new, point("bf=200"));
}
