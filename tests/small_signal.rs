//! Sweeps, small signals, noise, transfer functions and sensitivities: against closed
//! forms, differences, and ngspice.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and start programs"
)]

mod common;

use std::f64::consts::TAU;

use analogon::{
    linalg::Complex,
    simulate::{AnalysisResult, SimulationOptions, carry_out, to_the_end},
    wave::{RawData, RawPlot},
};

/// Relative change of a value for a slope.
const STEP: f64 = 1e-5;

/// Results of a deck.
fn results(deck: &str) -> Vec<AnalysisResult> {
    let found = carry_out(&common::circuit(deck), &SimulationOptions::default(), &mut to_the_end);
    found.unwrap_or_else(|error| panic!("{error}\n{deck}")).analyses
}

fn close(found: f64, wanted: f64, relative: f64) {
    assert!((found - wanted).abs() <= relative * wanted.abs(), "{found} instead of {wanted}");
}

#[test]
fn a_resonance_has_its_transfer_function() {
    let (r, l, c) = (20.0, 1e-3, 1e-6);
    let deck =
        "series\nV1 in 0 ac 2 30\nR1 in a 20\nL1 a out 1m\nC1 out 0 1u\n.ac dec 7 10 1meg\n.end\n";
    let [AnalysisResult::Ac(found)] = &results(deck)[..] else { panic!() };
    let spectrum = &found.spectrum;
    assert_eq!(spectrum.frequencies().len(), 36);
    let out = spectrum.signals().iter().find(|signal| signal.name == "v(out)").unwrap();
    for (&f, found) in spectrum.frequencies().iter().zip(&out.values) {
        let s = Complex::new(0.0, TAU * f);
        let drive = Complex::from_polar(2.0, 30_f64.to_radians());
        let wanted = drive / (s * s * l * c + s * r * c + 1.0);
        assert!((found - wanted).norm() <= 1e-12 * wanted.norm(), "{f}: {found} {wanted}");
    }
}

#[test]
fn points_lie_where_they_should() {
    let deck = |card: &str| format!("grid\nV1 a 0 ac 1\nR1 a 0 1\n{card}\n.end\n");
    let of = |card: &str| -> Vec<f64> {
        let found = results(&deck(card));
        found[0].spectrum().unwrap().frequencies().to_vec()
    };
    assert_eq!(of(".ac lin 3 1 5"), [1.0, 3.0, 5.0]);
    assert_eq!(of(".ac lin 1 7 7"), [7.0]);
    assert_eq!(of(".ac oct 1 1 8"), [1.0, 2.0, 4.0, 8.0]);
    let decade = of(".ac dec 1 1 1k");
    assert_eq!(decade.len(), 4);
    close(decade[3], 1e3, 1e-12);
    let [AnalysisResult::Sweep(sweep)] = &results(&deck(".dc V1 0.3 0 -0.1"))[..] else { panic!() };
    assert_eq!(sweep.waveform.time().len(), 4);
    assert!(sweep.waveform.time().windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(sweep.waveform.axis(), ("v1", "V"));
}

/// Two states at one input: which one it is depends on where the sweep comes from.
#[test]
fn a_sweep_keeps_the_state_it_is_in() {
    let deck = |card: &str| {
        format!(
            "trigger\nI1 0 h 0\nR1 h 0 1\nB1 0 h I=2*tanh(v(h))\n.nodeset v(h)=-3\n.save v(h)\n{card}\n.end\n"
        )
    };
    let of = |card: &str| {
        let found = results(&deck(card));
        let AnalysisResult::Sweep(sweep) = &found[0] else { panic!() };
        sweep.waveform.value_at("v(h)", 0.0).unwrap()
    };
    let up = of(".dc I1 -3 3 0.25");
    let down = of(".dc I1 3 -3 -0.25");
    assert!(up < -1.8 && down > 1.8, "{up} {down}");
    close(up, -down, 1e-9);
    // h = 2 tanh h.
    close(down, 2.0 * down.tanh(), 1e-9);
}

#[test]
fn a_nested_sweep_is_one_result_a_level() {
    let deck = "two\nV1 a 0 0\nV2 b 0 0\nB1 c 0 V=v(a)*v(b)\nR1 c 0 1\n.save v(c)\n.dc V1 0 1 0.5 V2 2 4 1\n.end\n";
    let found = results(deck);
    assert_eq!(found.len(), 3);
    for (result, level) in found.iter().zip([2.0, 3.0, 4.0]) {
        let AnalysisResult::Sweep(sweep) = result else { panic!() };
        assert_eq!(sweep.level, Some(("v2".to_owned(), level)));
        let values = &sweep.waveform.signals()[0].values;
        for (value, wanted) in values.iter().zip([0.0, 0.5 * level, level]) {
            assert!((value - wanted).abs() < 1e-12, "{value} {wanted}");
        }
    }
}

/// `k T / C`, whatever the resistance is.
#[test]
fn the_noise_of_a_capacitor_is_its_temperature() {
    let deck = "ktc\nV1 in 0 0\nR1 in out 10k\nC1 out 0 2n\n.options temp=50\n.noise v(out) V1 dec 20 1m 1g\n.end\n";
    let [AnalysisResult::Noise(found)] = &results(deck)[..] else { panic!() };
    let wanted = (1.380_649e-23 * (273.15 + 50.0) / 2e-9_f64).sqrt();
    close(found.output_total, wanted, 1e-3);
    let density = (4.0 * 1.380_649e-23 * (273.15 + 50.0) * 1e4_f64).sqrt();
    close(found.waveform.signals()[0].values[0], density, 1e-9);
    // Referred to the input the low-pass cancels.
    let input = &found.waveform.signals()[1].values;
    assert!(input.iter().all(|value| (value / density - 1.0).abs() < 1e-6));
    assert_eq!(found.contributions.len(), 1);
}

#[test]
fn gains_and_resistances_are_those_of_the_tangent() {
    let deck = "amplifier\nI1 0 in 0.3\nR1 in 0 2\nB1 0 out I=3*tanh(v(in))\nR2 out 0 5\n.tf v(out) I1\n.tf i(Vx) I1\nVx out x 0\nR3 x 0 5\n.end\n";
    let found = results(deck);
    let [AnalysisResult::Transfer(volts), AnalysisResult::Transfer(amperes)] = &found[..] else {
        panic!()
    };
    let slope = 3.0 / 0.6_f64.cosh().powi(2);
    close(volts.gain, 2.0 * slope * 2.5, 1e-12);
    close(volts.input_resistance, 2.0, 1e-12);
    close(volts.output_resistance, 2.5, 1e-12);
    close(amperes.gain, slope, 1e-12);
    close(amperes.output_resistance, 10.0, 1e-12);
}

/// Every derivative against the difference of two decks.
#[test]
fn sensitivities_are_the_slopes() {
    let deck = |change: &dyn Fn(&str) -> f64| {
        let v = |name: &str, value: f64| value * (1.0 + change(name));
        format!(
            "mixed\nV1 in 0 {:e} ac 1\nR1 in a {:e}\nC1 a 0 {:e}\nL1 a b {:e}\nR2 b 0 {:e}\nG1 0 c a 0 {:e}\nR3 c 0 {:e}\nVs b1 0 0\nF1 c 0 Vs {:e}\nR4 b b1 {:e}\nE1 d 0 c a {:e}\nR5 d e 1k\nB1 e 0 I=1m*tanh(v(e))\nI1 0 e {:e}\n",
            v("v1", 1.5),
            v("r1", 1e3),
            v("c1", 1e-7),
            v("l1", 2e-3),
            v("r2", 3e3),
            v("g1", 2e-3),
            v("r3", 5e2),
            v("f1", 0.7),
            v("r4", 2e3),
            v("e1", 1.2),
            v("i1", 2e-4)
        )
    };
    let rest = |change: &dyn Fn(&str) -> f64| -> f64 {
        let found = results(&format!("{}.op\n.end\n", deck(change)));
        let AnalysisResult::OperatingPoint(point) = &found[0] else { panic!() };
        point.readings.iter().find(|reading| reading.name == "v(e)").unwrap().value
    };
    let card = ".sens v(e)\n.sens v(e) ac lin 1 5k 5k\n.end\n";
    let found = results(&format!("{}{card}", deck(&|_| 0.0)));
    let [AnalysisResult::Sensitivity(at_rest), AnalysisResult::Sensitivity(ac)] = &found[..] else {
        panic!()
    };
    for name in ["v1", "r1", "l1", "r2", "g1", "r3", "f1", "r4", "e1", "i1", "c1"] {
        let entry = at_rest.entries.iter().find(|entry| entry.element == name).unwrap();
        let by = |sign: f64| move |other: &str| if other == name { sign * STEP } else { 0.0 };
        let slope = (rest(&by(1.0)) - rest(&by(-1.0))) / (2.0 * STEP * entry.value);
        let error = (entry.derivative - slope).abs() * entry.value.abs();
        assert!(error <= 1e-8, "{name}: {} and not {slope}", entry.derivative);
    }
    // Of an amplitude, where no element moves the operating point of what is not linear:
    // C and L.
    let amplitude = |change: &dyn Fn(&str) -> f64| -> Complex {
        let found = results(&format!("{}.save v(e)\n.ac lin 1 5k 5k\n.end\n", deck(change)));
        found[0].spectrum().unwrap().signals()[0].values[0]
    };
    for (name, value) in [("c1", 1e-7), ("l1", 2e-3)] {
        let signals = ac.spectrum.as_ref().unwrap().signals();
        let found = signals.iter().find(|signal| signal.name == name).unwrap().values[0];
        let by = |sign: f64| move |other: &str| if other == name { sign * STEP } else { 0.0 };
        let slope = (amplitude(&by(1.0)) - amplitude(&by(-1.0))) / (2.0 * STEP * value);
        assert!((found - slope).norm() <= 1e-7 * slope.norm(), "{name}: {found} {slope}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let faults = |cards: &str| {
        let deck = format!("bad\nV1 in 0 0\nR1 in out 1k\nC1 out 0 1u\n{cards}\n.end\n");
        common::faults(&deck)
    };
    for (cards, message) in [
        (".ac dec 5 1 1k", "no source has an AC value"),
        ("V2 x 0 ac 1\nR2 x 0 1\n.ac dec 5 0 1k", "it must be positive to be multiplied"),
        ("V2 x 0 ac 1\nR2 x 0 1\n.ac dec 0 1 1k", "0 is no number of points"),
        ("V2 x 0 ac 1\nR2 x 0 1\n.ac lin 5 2k 1k", "do not ascend"),
        (".dc V1 0 1 -0.1", "never ends"),
        (".dc V1 0 1 0", "never ends"),
        (".dc X9 0 1 0.1", "there is no source, element or parameter `x9`"),
        (".dc V3 0 1 0.1", "there is no source, element or parameter `v3`"),
        (".dc V1 0 1 0.1 V1 0 1 0.1", "one and the same"),
        (".tf v(nowhere) V1", "no element touches a node `nowhere`"),
        (".noise v(out) V1 lin 3 0 10", "must be positive"),
        (".noise v(out)", "missing the source"),
        (".ac ten 5 1 1k", "expected `dec`, `oct` or `lin`"),
    ] {
        let found = faults(cards);
        assert!(found.contains(message), "{cards}: {found}");
    }
}

/// The first plot of a file of ngspice whose name begins so.
fn plot<'p>(plots: &'p [RawPlot], name: &str) -> &'p RawPlot {
    plots.iter().find(|plot| plot.name.starts_with(name)).unwrap_or_else(|| panic!("no {name}"))
}

/// A vector, complex ones as they are.
fn vector(plot: &RawPlot, name: &str) -> Vec<Complex> {
    let at = plot.variables.iter().position(|v| v.name.eq_ignore_ascii_case(name));
    let at = at.unwrap_or_else(|| panic!("no {name} in {:?}", plot.variables));
    match &plot.data {
        RawData::Real(vectors) => vectors[at].iter().map(|&x| Complex::new(x, 0.0)).collect(),
        RawData::Complex(vectors) => vectors[at].clone(),
    }
}

#[test]
fn ngspice_finds_the_same() {
    if !common::has_ngspice() {
        return;
    }
    let deck = "amplifier with feedback\nV1 in 0 dc 0.2 ac 1 45\nR1 in a 1k\nC1 a 0 100n\nB1 0 b I=2m*tanh(v(a)-0.1*v(c))\nR2 b 0 2k\nL1 b c 10m\nR3 c 0 5k\nC2 c 0 1n\n.ac dec 10 10 1meg\n.dc V1 -1 1 0.25\n.tf v(c) V1\n.noise v(c) V1 dec 10 10 1meg\n.end\n";
    let plots = common::ngspice(deck);
    let found = results(deck);
    let [
        AnalysisResult::Ac(ac),
        AnalysisResult::Sweep(sweep),
        AnalysisResult::Transfer(transfer),
        AnalysisResult::Noise(noise),
    ] = &found[..]
    else {
        panic!()
    };
    let same = |name: &str, found: Vec<Complex>, wanted: Vec<Complex>, relative: f64| {
        assert_eq!(found.len(), wanted.len(), "{name}");
        let size = wanted.iter().map(|z| z.norm()).max_by(f64::total_cmp).unwrap();
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).norm() <= relative * size, "{name}: {found} {wanted}");
        }
    };
    let real = |values: &[f64]| values.iter().map(|&x| Complex::new(x, 0.0)).collect();
    for signal in ac.spectrum.signals() {
        same(&signal.name, signal.values.clone(), vector(plot(&plots, "AC"), &signal.name), 1e-9);
    }
    for signal in sweep.waveform.signals() {
        let wanted = vector(plot(&plots, "DC"), &signal.name);
        same(&signal.name, real(&signal.values), wanted, 1e-4);
    }
    let tf = plot(&plots, "Transfer");
    let one = |at: usize| vector(tf, &tf.variables[at].name)[0].re;
    close(transfer.gain, one(0), 1e-6);
    let mut resistances = [one(1), one(2)];
    resistances.sort_by(f64::total_cmp);
    let mut own = [transfer.input_resistance, transfer.output_resistance];
    own.sort_by(f64::total_cmp);
    // An open input: 1e20 there.
    close(own[0], resistances[0], 1e-6);
    assert!(own[1] > 1e15 && resistances[1] > 1e15, "{own:?} {resistances:?}");
    for (at, name) in ["onoise_spectrum", "inoise_spectrum"].into_iter().enumerate() {
        let own = &noise.waveform.signals()[at];
        assert_eq!(own.name, name);
        same(name, real(&own.values), vector(plot(&plots, "Noise"), name), 1e-4);
    }
    let total = plot(&plots, "Integrated");
    close(noise.output_total, vector(total, "v(onoise_total)")[0].re, 1e-3);
}

fn poles_and_zeros(deck: &str) -> (Vec<Complex>, Vec<Complex>) {
    let found = results(deck);
    let [AnalysisResult::PolesZeros(found)] = &found[..] else { panic!() };
    (found.poles.clone().unwrap(), found.zeros.clone().unwrap())
}

#[test]
fn poles_and_zeros_of_filters_are_those_of_the_book() {
    let near = |found: &[Complex], wanted: &[Complex]| {
        assert_eq!(found.len(), wanted.len(), "{found:?}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).norm() <= 1e-10 * wanted.norm(), "{found} {wanted}");
        }
    };
    // A series resonance: w0 = 1e5, damping R/2L = 1e4. The voltage of the inductor has
    // two zeros at 0.
    let cards = "V1 in 0 1\nR1 in a 20\nL1 a b 1m\nC1 b 0 100n\n";
    let damped = (1e10_f64 - 1e8).sqrt();
    let pair = [Complex::new(-1e4, damped), Complex::new(-1e4, -damped)];
    let (poles, zeros) = poles_and_zeros(&format!("rlc\n{cards}.pz in 0 b 0 vol pz\n.end\n"));
    near(&poles, &pair);
    near(&zeros, &[]);
    let (poles, zeros) = poles_and_zeros(&format!("rlc\n{cards}.pz in 0 a b vol pz\n.end\n"));
    near(&poles, &pair);
    assert!(zeros.len() == 2 && zeros.iter().all(|zero| zero.norm() < 1.0), "{zeros:?}");
    // A lead network without a source of its own: zero -1/(R1 C1), pole -1/((R1||R2) C1).
    let lead = "R1 in out 9k\nC1 in out 10n\nR2 out 0 1k\n";
    let (poles, zeros) = poles_and_zeros(&format!("lead\n{lead}.pz in 0 out 0 vol pz\n.end\n"));
    near(&poles, &[Complex::new(-1.0 / (900.0 * 1e-8), 0.0)]);
    near(&zeros, &[Complex::new(-1.0 / (9e3 * 1e-8), 0.0)]);
    // Driven by a current its pole is -1/(R1 C1) and cancels the zero.
    let (poles, zeros) = poles_and_zeros(&format!("lead\n{lead}.pz in 0 in 0 cur pz\n.end\n"));
    near(&poles, &[Complex::new(-1.0 / (9e3 * 1e-8), 0.0)]);
    near(&zeros, &[Complex::new(-1.0 / (900.0 * 1e-8), 0.0)]);
}

/// The poles of a circuit that is a network are the eigenvalues of its normal form.
#[test]
fn poles_are_the_eigenvalues_of_the_normal_form() {
    use analogon::{dae::Coefficient, linalg::eigenvalues, mna::reduce};
    let deck = "ladder\nV1 in 0 1\nR1 in a 1k\nC1 a 0 1u\nL1 a b 2m\nR2 b c 30\nC2 c 0 3n\nE1 d 0 c a 0.7\nR3 d e 5k\nC3 e 0 10n\nG1 0 a e 0 1u\n.pz in 0 e 0 vol pol\n.end\n";
    let circuit = common::circuit(deck);
    let lure = reduce(&circuit).unwrap().lure;
    let dense = lure.matrix(Coefficient::A).to_dense();
    let size = lure.sizes().states;
    let matrix = nalgebra::DMatrix::from_fn(size, size, |row, column| dense[[row, column]]);
    let mut wanted = eigenvalues(&matrix).unwrap();
    wanted.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    let found = results(deck);
    let [AnalysisResult::PolesZeros(found)] = &found[..] else { panic!() };
    let poles = found.poles.as_ref().unwrap();
    assert_eq!(poles.len(), wanted.len());
    for (pole, wanted) in poles.iter().zip(&wanted) {
        assert!((pole - wanted).norm() <= 1e-9 * wanted.norm(), "{pole} {wanted}");
    }
    assert_eq!(found.zeros, None);
}

#[test]
fn temperature_states_and_initial_conditions_are_what_they_should() {
    // `.temp` reaches devices as `.options temp` does.
    let diode = |card: &str| {
        let deck = format!("hot\nI1 0 a 1m\nD1 a 0 d\n.model d d(is=1e-14)\n{card}\n.op\n.end\n");
        let found = results(&deck);
        let AnalysisResult::OperatingPoint(point) = &found[0] else { panic!() };
        point.readings[0].value
    };
    assert_eq!(diode(".temp 127"), diode(".options temp=127"));
    assert!(diode(".temp 127") < diode("") - 0.15);
    // `.ic` holds nothing where nothing moves.
    let deck =
        "held\nV1 a 0 1\nR1 a b 1k\nR2 b 0 1k\n.ic v(b)=0.1\n.dc V1 0 2 1\n.tf v(b) V1\n.end\n";
    let found = results(deck);
    let AnalysisResult::Sweep(sweep) = &found[0] else { panic!() };
    close(sweep.waveform.value_at("v(b)", 2.0).unwrap(), 1.0, 1e-12);
    let AnalysisResult::Transfer(transfer) = &found[1] else { panic!() };
    close(transfer.gain, 0.5, 1e-12);
    // A switch keeps its state within its hysteresis.
    let switch = |card: &str| {
        let deck = format!(
            "hysteresis\nV1 c 0 0\nV2 a 0 1\nR1 a b 1k\nS1 b 0 c 0 sw\n.model sw sw(vt=0.5 vh=0.2 ron=1 roff=1g)\n.save v(b)\n{card}\n.end\n"
        );
        let found = results(&deck);
        let AnalysisResult::Sweep(sweep) = &found[0] else { panic!() };
        sweep.waveform.value_at("v(b)", 0.5).unwrap()
    };
    assert!(switch(".dc V1 0 1 0.1") > 0.9);
    assert!(switch(".dc V1 1 0 -0.1") < 0.1);
    // The states of a transfer function make no noise.
    let deck = "filter\nV1 in 0 0\nR1 in a 1k\nE1 out 0 LAPLACE {v(a)} = {1/(1+s*1m)}\n.noise v(out) V1 dec 1 1 1k\n.end\n";
    let [AnalysisResult::Noise(noise)] = &results(deck)[..] else { panic!() };
    let names: Vec<&str> = noise.contributions.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["r1"]);
}

/// Ladders have no zeros, and filters of high gain none but their own.
#[test]
fn no_zero_is_invented() {
    for sections in [3, 5, 8, 12] {
        let section = |k: i32| {
            let (r, c) = (1e3 * f64::from(k * k), 1e-9 / f64::from(k));
            format!("R{k} n{} n{k} {r:e}\nC{k} n{k} 0 {c:e}\n", k - 1)
        };
        let cards: String = (1..=sections).map(section).collect();
        let (poles, zeros) = poles_and_zeros(&format!(
            "ladder\nV1 n0 0 1\n{cards}.pz n0 0 n{sections} 0 vol pz\n.end\n"
        ));
        assert_eq!(poles.len(), sections as usize);
        assert!(poles.iter().all(|pole| pole.re < 0.0 && pole.im == 0.0), "{poles:?}");
        assert_eq!(zeros, [], "{sections}");
    }
}

#[test]
fn a_point_of_a_sweep_that_fails_is_named_with_its_hint() {
    let deck = "no way\nV1 a 0 0\nB1 b 0 I=v(b)*v(b)+v(a)\nR1 b 0 1k\n.nodeset v(b)=1\n.dc V1 -1 1 0.5\n.end\n";
    let found = carry_out(&common::circuit(deck), &SimulationOptions::default(), &mut to_the_end);
    // A square is never negative.
    let faults = found.unwrap_err().diagnostics();
    assert!(faults[0].message.starts_with("at v1 = 0.5: "), "{faults:?}");
    assert!(faults[0].span.is_some() && faults[0].hint.is_some(), "{faults:?}");
}

/// `ln(v)` has no value where Newton's method begins, `sqrt(abs(v))` no slope; both have
/// an operating point. A law that has none is still refused.
#[test]
fn a_law_without_a_value_at_the_first_guess_is_solved() {
    let point = |law: &str| -> Option<f64> {
        let deck = format!("law\nV1 x 0 2\nB1 a 0 V={law}\nR1 a 0 1k\n.op\n.end\n");
        let found =
            carry_out(&common::circuit(&deck), &SimulationOptions::default(), &mut to_the_end);
        let AnalysisResult::OperatingPoint(point) = &found.ok()?.analyses[0] else { panic!() };
        Some(point.readings.iter().find(|reading| reading.name == "v(a)").unwrap().value)
    };
    for (law, wanted) in [
        ("ln(v(x))", 2_f64.ln()),
        ("1/v(x)", 0.5),
        ("sqrt(abs(v(x)))", 2_f64.sqrt()),
        ("acosh(1+abs(v(x)))", 3_f64.acosh()),
        ("pow(abs(v(x)),0.3)", 2_f64.powf(0.3)),
        // a^2 = 2 - a.
        ("sqrt(abs(v(x)-v(a)))", 1.0),
    ] {
        close(point(law).unwrap(), wanted, 1e-9);
    }
    assert_eq!(point("1/(v(x)-2)"), None);
    assert_eq!(point("1/(v(x)-v(a))"), None);
}
