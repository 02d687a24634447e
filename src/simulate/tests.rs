use std::ops::ControlFlow;

use std::fmt::Write;

use super::*;
use crate::{
    circuit::Circuit,
    diag::{NoSources, has_errors, render},
    elaborate::elaborate,
    netlist::parse,
    wave::Waveform,
};

fn circuit(deck: &str) -> Circuit {
    let parsed = parse("deck.cir", deck.as_bytes(), &NoSources);
    assert!(!has_errors(&parsed.diagnostics), "{}", render(&parsed.map, &parsed.diagnostics));
    elaborate(&parsed.netlist).unwrap_or_else(|f| panic!("{}", render(&parsed.map, &f)))
}

fn run(deck: &str, options: SimulationOptions) -> Result<Vec<AnalysisResult>, SimulationError> {
    simulate(&circuit(deck), &options, &mut to_the_end)
}

fn with(path: Path, scheme: Scheme, reltol: f64) -> SimulationOptions {
    SimulationOptions { path, scheme, reltol: Some(reltol) }
}

fn transient(deck: &str, options: SimulationOptions) -> TransientResult {
    let results = run(deck, options).unwrap_or_else(|error| panic!("{error}\n{deck}"));
    let last = results.into_iter().last();
    match last {
        Some(AnalysisResult::Transient(result)) => result,
        other => panic!("no transient: {other:?}"),
    }
}

/// Every deck has both paths; largest steps are short, so that straight lines
/// between the points of the MNA path do not limit what can be compared.
const DECKS: [(&str, &str); 14] = [
    (
        "rc",
        "rc, PULSE\nV1 in 0 PULSE(0 1 1m 1u 1u 3m 10m)\nR1 in out 1k\nC1 out 0 1u\n.tran 50u 8m 0 5u\n",
    ),
    (
        "series rlc",
        "series RLC\nV1 in 0 PULSE(-1 1 1m 10u 10u 4m 10m)\nR1 in a 50\nL1 a b 10m\nC1 b 0 1u\n\
         .tran 20u 8m 0 2u\n",
    ),
    (
        "parallel rlc",
        "parallel RLC with a current source, from initial conditions\n\
         I1 0 a EXP(0 1m 1m 0.3m 4m 0.5m)\nR1 a 0 1k\nL1 a 0 10m ic=1m\nC1 a 0 1u ic=0.5\n\
         .tran 20u 8m 0 2u uic\n",
    ),
    (
        "integrator",
        "ideal amplifier, an integrator with a leak\n\
         .subckt inverting in out cap=1u res=1k\nR1 in g {res}\nC1 g out {cap}\nR2 g out {10*res}\n\
         E1 out 0 0 g 1e6\n.ends\nV1 a 0 SIN(0 1 200)\nX1 a b inverting\nX2 b c inverting cap=2u\n\
         .tran 50u 20m 0 5u\n",
    ),
    (
        "controlled sources",
        "E, F, G and H together\nV1 a 0 SIN(0.5 1 300 1m 50 30)\nR1 a b 1k\nC1 b 0 0.5u\n\
         E1 c 0 b 0 -2\nVs c d 0\nR2 d e 500\nC2 e 0 1u\nF1 0 f Vs 0.7\nR3 f 0 2k\n\
         G1 g 0 f e 1m\nR4 g 0 1k\nC3 g 0 0.1u\nH1 h 0 Vs 300\nR5 h i 1k\nL1 i 0 50m\n\
         .tran 50u 12m 0 5u\n.save v(b) v(e) v(g,e) i(Vs) i(L1) v(i)\n",
    ),
    (
        "diode",
        "an exponential behind a resistor: an algebraic loop\n\
         V1 in 0 SIN(0 2 100)\nR1 in a 1k\nB1 a 0 I=1e-9*(exp(min(v(a),0.8)/0.05)-1)\n\
         R2 a out 10k\nC1 out 0 0.1u\n.tran 100u 20m 0 10u\n",
    ),
    (
        "tanh oscillator",
        "a negative resistance around an LC\n\
         C1 a 0 1u ic=0.1\nL1 a 0 10m\nR1 a 0 2k\nB1 0 a I=2m*tanh(v(a)/0.5)\n\
         .tran 50u 8m 0 2u uic\n",
    ),
    (
        "stiff",
        "two time constants, a thousand apart\nV1 in 0 PULSE(0 1 0.2m 1u 1u 2m 5m)\n\
         R1 in a 1k\nC1 a 0 1u\nR2 a b 1\nC2 b 0 1u\nR3 b c 10k\nC3 c 0 1u\n.tran 20u 4m 0 2u\n",
    ),
    (
        "bridge",
        "a bridge with inductors in all arms\nV1 in 0 PWL(0 0 1m 1 2m -1 2.5m 0)\nRs in a 10\n\
         L1 a b 1m\nR1 b g 100\nL2 a c 2m\nR2 c g 150\nL3 b c 3m\nR3 b c 1k\nRg g 0 1\n\
         C1 g 0 1u\nC2 c 0 0.5u\n.tran 10u 4m 0 1u uic\n",
    ),
    (
        "coupled laws",
        "laws of several controls that feed each other through states\n\
         V1 x 0 SIN(0 1 150)\nR1 a 0 1k\nC1 a 0 1u\nB1 0 a I=1m*tanh(1.5*v(b)-v(a)*v(x)+i(V2))\n\
         R2 b 0 1k\nC2 b 0 0.7u\nB2 0 b I=1m*(v(x)*v(a)-0.2*v(b)^3)\nV2 x y 0\nR3 y 0 2k\n\
         .tran 50u 20m 0 5u\n",
    ),
    (
        "all waves",
        "PULSE, SIN, EXP and PWL at once\nV1 a 0 PULSE(0 1 0.5m 0.1m 0.2m 1m 3m)\n\
         V2 b a SIN(0 0.3 500 1m)\nI1 0 c EXP(0 1m 2m 0.2m 3m 0.4m)\n\
         V3 d 0 PWL(0 0 1m 0.5 1.2m -0.5 4m 0.1)\nR1 b c 1k\nR2 c e 1k\nR3 d e 2k\nC1 e 0 1u\n\
         C2 c 0 0.3u\n.tran 30u 6m 0 3u\n.save v(c) v(e) i(V1)\n",
    ),
    (
        "nested subcircuits",
        "subcircuits with parameters, nested\n.param base=2k\n\
         .subckt stage in out r=1k c=1u\nR1 in out {r}\nC1 out 0 {c}\n.ends\n\
         .subckt pair in out scale=1\nX1 in m stage r={scale*base}\nE1 n 0 m 0 1\n\
         X2 n out stage r={base} c={0.5u*scale}\n.ends\n\
         V1 in 0 PULSE(0 5 0 1m 1m 3m 20m)\nX1 in mid pair\nX2 mid out pair scale=0.5\n\
         .tran 50u 12m 0 5u\n",
    ),
    (
        "operating point",
        "starts at an operating point away from zero, keeps the second half\n\
         V1 in 0 DC 7 PULSE(2 3 3m 0.1m 0.1m 2m 20m)\nR1 in a 1k\nR2 a 0 1k\nC1 a 0 1u\n\
         L1 a b 20m\nR3 b 0 500\nB1 b 0 I=1m*tanh(v(b))\n.tran 50u 8m 2m 5u\n",
    ),
    (
        "held",
        "voltages held by .ic until the start; capacitors in parallel with different ic\n\
         R1 a 0 1k\nC1 a 0 1u\nR2 a b 1k\nC2 b 0 1u\n.ic v(a)=1 v(b)=-2\n.tran 50u 5m 0 5u\n",
    ),
];

/// The largest difference of any signal at the times of `fine`, relative to the
/// span of that signal.
fn difference(fine: &Waveform, other: &Waveform) -> (f64, String) {
    let names = |w: &Waveform| -> Vec<String> {
        w.signals().iter().map(|s| format!("{} {}", s.name, s.unit)).collect()
    };
    assert_eq!(names(fine), names(other));
    let mut worst = (0.0, String::new());
    for (at, signal) in fine.signals().iter().enumerate() {
        let magnitude = crate::linalg::max_abs(&signal.values);
        for (&time, value) in fine.time().iter().zip(&signal.values) {
            let found = other.at(time).unwrap_or_else(|| panic!("nothing at {time}"))[at];
            let excess = (found - value).abs() / (magnitude + 1e-12);
            assert!(excess.is_finite());
            if excess > worst.0 {
                worst = (excess, format!("{} at {time}", signal.name));
            }
        }
    }
    worst
}

#[test]
fn both_paths_agree_on_every_deck() {
    for (name, deck) in DECKS {
        let reduced = transient(deck, with(Path::Reduced, Scheme::Auto, 1e-7));
        for scheme in [Scheme::Trapezoidal, Scheme::Gear2] {
            let nodal = transient(deck, with(Path::Mna, scheme, 1e-8));
            let (worst, place) = difference(&reduced.waveform, &nodal.waveform);
            // An oscillator remembers every error of its phase.
            let bound = if name == "tanh oscillator" { 5e-4 } else { 5e-5 };
            assert!(worst < bound, "{name}, {scheme}: {worst:e} ({place})");
            assert_eq!((nodal.path, reduced.path), (Path::Mna, Path::Reduced));
        }
    }
}

#[test]
fn all_integrators_of_the_reduced_path_agree() {
    for (name, deck) in DECKS {
        let own = transient(deck, with(Path::Reduced, Scheme::Explicit, 1e-6));
        for scheme in [Scheme::Implicit, Scheme::Dopri5, Scheme::Dop853, Scheme::Rk4] {
            if (name, scheme) == ("stiff", Scheme::Rk4) {
                // A step of forty of the shorter time constants.
                let coarse = deck.replace("4m 0 2u", "4m 0 20u");
                let failed = run(&coarse, with(Path::Auto, scheme, 1e-6)).unwrap_err();
                assert!(matches!(failed, SimulationError::OdeSolvers { .. }), "{failed}");
                continue;
            }
            let other = transient(deck, with(Path::Reduced, scheme, 1e-6));
            let (worst, place) = difference(&own.waveform, &other.waveform);
            let bound = if scheme == Scheme::Rk4 { 1e-5 } else { 1e-7 };
            assert!(worst < bound, "{name}, {scheme}: {worst:e} ({place})");
        }
    }
}

#[test]
fn an_rc_step_is_the_exponential() {
    let deck = "rc\nV1 in 0 PULSE(0 1 0 1n 1n 1 2)\nR1 in out 1k\nC1 out 0 1u\n.tran 0.1m 5m\n";
    for (path, bound) in [(Path::Reduced, 1e-6), (Path::Mna, 1e-3), (Path::Auto, 1e-6)] {
        let options = SimulationOptions { path, ..SimulationOptions::default() };
        let result = transient(deck, options);
        let out = result.waveform.signal("v(out)").unwrap();
        for (t, v) in result.waveform.time().iter().zip(&out.values) {
            assert!((v - (1.0 - (-t / 1e-3).exp())).abs() < bound, "{path}: {v} at {t}");
        }
        assert_eq!(result.waveform.time()[0].to_bits(), 0.0_f64.to_bits());
        assert_eq!(result.waveform.time().last().map(|t| t.to_bits()), Some(5e-3_f64.to_bits()));
    }
}

#[test]
fn an_operating_point_lists_everything() {
    let deck = "divider\nV1 in 0 10\nR1 in out 3k\nR2 out 0 1k\n.op\n.save v(out)\n";
    let results = run(deck, SimulationOptions::default()).unwrap();
    let [AnalysisResult::OperatingPoint(point)] = &results[..] else { panic!("{results:?}") };
    let expected = [("v(in)", "V", 10.0), ("v(out)", "V", 2.5), ("i(v1)", "A", -2.5e-3)];
    assert_eq!(point.readings.len(), expected.len());
    for (reading, (name, unit, value)) in point.readings.iter().zip(expected) {
        assert_eq!((reading.name.as_str(), reading.unit), (name, unit));
        assert!((reading.value - value).abs() < 1e-12, "{reading:?}");
    }
    assert!(point.counters.iterations >= 1);
}

#[test]
fn guesses_choose_among_operating_points() {
    let deck = |guess: &str| {
        format!(
            "bistable\nR1 a 0 1k\nC1 a 0 1u\nB1 0 a I=2m*tanh(v(a))\n.nodeset v(a)={guess}\n.op\n"
        )
    };
    for (guess, sign) in [("2", 1.0), ("-2", -1.0)] {
        let results = run(&deck(guess), SimulationOptions::default()).unwrap();
        let [AnalysisResult::OperatingPoint(point)] = &results[..] else { panic!("{results:?}") };
        // v = 2 tanh v
        assert!((point.readings[0].value - sign * 1.915_008).abs() < 1e-6, "{:?}", point.readings);
    }
}

#[test]
fn auto_says_which_path_and_why() {
    let path = |deck: &str| {
        let result = transient(deck, SimulationOptions::default());
        (result.path, result.why, result.refusal)
    };
    let (taken, why, _) = path(DECKS[0].1);
    assert_eq!((taken, why.as_str()), (Path::Reduced, "the circuit reduces to 1 state"));
    let (taken, why, _) = path(&format!("{}.options method=gear\n", DECKS[0].1));
    assert_eq!((taken, why.as_str()), (Path::Mna, "the deck asks for method=gear"));
    // A capacitor across a source is no state.
    let looped = "loop\nV1 a 0 SIN(0 1 1k)\nC1 a 0 1u\nR1 a b 1k\nC2 b 0 1u\n.tran 10u 1m\n";
    let (taken, _, refusal) = path(looped);
    assert_eq!(taken, Path::Mna);
    assert!(refusal[0].message.contains("c1"), "{refusal:?}");
    let asked = SimulationOptions { path: Path::Reduced, ..SimulationOptions::default() };
    assert!(
        matches!(run(looped, asked), Err(SimulationError::Circuit(faults)) if faults == refusal)
    );
    let mut ladder = "ladder\nV1 n0 0 SIN(0 1 1k)\n.tran 10u 0.1m\n.save v(n100)\n".to_owned();
    for k in 1..=100 {
        writeln!(ladder, "R{k} n{} n{k} 1k\nC{k} n{k} 0 1n", k - 1).unwrap();
    }
    let (taken, why, _) = path(&ladder);
    assert_eq!((taken, why.contains("100 states")), (Path::Mna, true), "{why}");
}

#[test]
fn bad_requests_are_errors_that_say_what_to_do() {
    let error = |deck: &str, options| run(deck, options).unwrap_err();
    let usual = SimulationOptions::default();
    let silent = error("t\nR1 a 0 1\n", usual);
    assert_eq!(silent, SimulationError::NoAnalysis);
    assert!(silent.diagnostics()[0].hint.as_ref().unwrap().contains("`.tran"), "{silent:?}");
    let floating = "t\nV1 a 0 1\nC1 a b 1u\nC2 b 0 1u\n";
    for card in [".op\n", ".tran 1u 1m\n"] {
        let fault = error(&format!("{floating}{card}"), usual);
        assert!(matches!(&fault, SimulationError::Circuit(f) if f[0].message.contains('b')));
        assert!(fault.diagnostics()[0].span.is_some());
    }
    let free = format!("{}.tran 1u 1m uic\n", floating.replace("V1 a 0 1", "R1 a 0 1k"));
    assert!(run(&free, usual).is_ok());
    let conflict = with(Path::Mna, Scheme::Rk4, 1e-3);
    assert!(matches!(error(DECKS[0].1, conflict), SimulationError::Conflict { .. }));
    for reltol in [0.0, -1.0, f64::NAN, 1.0] {
        let options = SimulationOptions { reltol: Some(reltol), ..usual };
        assert!(matches!(error(DECKS[0].1, options), SimulationError::Tolerance(_)));
    }
    let long = "t\nV1 a 0 SIN(0 1 1k)\nR1 a b 1\nC1 b 0 1u\n.tran 1p 1\n";
    assert!(matches!(error(long, usual), SimulationError::TooLong { .. }));
    let unsolvable = "t\nV1 a 0 1\nB1 b 0 I=v(b)^2+1\nR1 b 0 1e12\n.op\n";
    let fault = error(unsolvable, usual);
    assert!(matches!(fault, SimulationError::Solver { .. }), "{fault:?}");
    assert!(fault.diagnostics()[0].span.is_some());
}

#[test]
fn options_of_the_deck_count() {
    let steps = |options: &str| {
        let deck = format!("{}.options {options}\n", DECKS[1].1.replace(" 0 2u", ""));
        let result = transient(&deck, SimulationOptions { path: Path::Mna, ..Default::default() });
        (result.counters.accepted, result.method)
    };
    let usual = steps("temp=27");
    assert!(steps("reltol=1e-6 vntol=1n").0 > 3 * usual.0);
    assert!(usual.1.starts_with("trapezoidal") && steps("method=gear").1.starts_with("Gear"));
}

#[test]
fn progress_rises_to_one() {
    let mut seen = Vec::new();
    let deck = format!("{}.op\n", DECKS[0].1);
    simulate(&circuit(&deck), &SimulationOptions::default(), &mut |f| {
        seen.push(f);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.len() > 50 && seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last().copied(), Some(1.0));
}

/// A grid of 0.1 does not meet the corner at 0.3 in the last bit, and a corner
/// that is no multiple stays.
#[test]
fn the_print_grid_takes_in_the_corners() {
    let deck = "t\nV1 a 0 PWL(0 0 0.3 1 0.45 0)\nR1 a b 1\nC1 b 0 1\n.tran 0.1 0.65 0.1\n";
    let result = transient(deck, with(Path::Reduced, Scheme::Auto, 1e-3));
    let expected = [0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.65];
    let time = result.waveform.time();
    assert_eq!(time.len(), expected.len(), "{time:?}");
    for (found, expected) in time.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-15, "{time:?}");
    }
    assert_eq!(time[2].to_bits(), 0.3_f64.to_bits());
}
