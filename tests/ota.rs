//! Networks of transistors: measured, verified, refused, and in ngspice.
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
    circuit::{
        Circuit,
        device::{REFERENCE, thermal_voltage},
    },
    equiv::{
        EquivalenceReport, Measured, Obstacle, Realisation, Scales, Subject, SynthesisOptions,
        VerifyError, VerifyOptions, measure, reference, synthesise, verify,
    },
    rnn::{Activation, Form, Parts, Readout, Rnn},
    task::{StimulusSet, seeded_pulses},
};
use common::{nets, random};
use nalgebra::{DMatrix, DVector};

fn stimuli(inputs: usize, seed: u64, duration: u32) -> StimulusSet {
    seeded_pulses(inputs, seed, 1, duration)
}

fn deck(network: &Rnn, realisation: Realisation) -> String {
    nets::deck(network, &stimuli(network.shape().1, 1, 20).stimulus(0), realisation)
}

fn measured(circuit: &Circuit) -> Result<Measured, Obstacle> {
    measure(circuit, &Scales::from_params(&circuit.parts().params))
}

fn verified(
    network: &Rnn,
    deck: &str,
    stimuli: &StimulusSet,
    options: &VerifyOptions,
) -> EquivalenceReport {
    let circuit = common::circuit(deck);
    let subject = Subject { network, trained_step: None, circuit: &circuit, stimuli };
    verify(&subject, options, &|_| ()).unwrap()
}

/// One unit with a weight of its own and one input.
fn neuron(weight: f64, input: f64) -> Rnn {
    Rnn::new(Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_element(1, 1, weight),
        input: DMatrix::from_element(1, 1, input),
        bias: DVector::zeros(1),
        leak: DVector::from_element(1, 1.0),
        readout: Readout { weights: DMatrix::from_element(1, 1, 1.0), bias: DVector::zeros(1) },
    })
    .unwrap()
}

/// Where sigma is an element, measurement and reduction find the same.
#[test]
fn circuits_with_a_normal_form_are_measured_to_rounding() {
    for (seed, realisation) in [(3, Realisation::Ideal), (4, Realisation::Opamp)] {
        let network = random::network(Form::A, Activation::Tanh, 4, seed);
        let found = measured(&common::circuit(&deck(&network, realisation))).unwrap();
        assert!(found.imperfection() < 1e-12, "{realisation}: {}", found.imperfection());
        assert!(found.residual < 1e-12, "{realisation}: {}", found.residual);
        let structure = found.compare(&network).unwrap();
        assert!(structure.max_relative < 1e-12, "{realisation}: {structure:?}");
    }
}

/// Every coefficient comes back as exactly as the sigma that was measured tells it.
#[test]
fn networks_of_transistors_are_measured_within_their_mismatch() {
    for (units, seed) in [(1, 1), (2, 2), (3, 3), (10, 6)] {
        let network = random::network(Form::A, Activation::Tanh, units, 40 + seed);
        let found = match measured(&common::circuit(&deck(&network, Realisation::Ota))) {
            Ok(found) => found,
            // Some weights are zero, and a unit may be left alone.
            Err(Obstacle::Structure { what }) if what.contains("nothing but") => continue,
            Err(other) => panic!("{other}"),
        };
        let structure = found.compare(&network).unwrap();
        eprintln!(
            "{units} units: sigma {:.1e}, outputs {:.1e}, residual {:.1e}, coefficients {:.1e} of {:.1e}",
            found.mismatch,
            found.conductance,
            found.residual,
            structure.max_relative,
            found.coefficient()
        );
        assert!(structure.holds, "{units} units: {structure:?}");
        // Transistors are no tanh, and these are good ones.
        assert!(found.mismatch > 1e-4 && found.imperfection() < 3e-3, "{}", found.mismatch);
        assert!(found.residual < 0.1 * found.mismatch, "{}", found.residual);
    }
}

/// With transistors that lose no base current and know no Early effect the pair is a tanh,
/// and its height is what a supply leaves on the resistor of the mirror.
#[test]
fn a_perfect_pair_is_a_tanh_of_the_height_of_its_tail() {
    let network = neuron(0.7, 3.5);
    let text = deck(&network, Realisation::Ota);
    let perfect = text.replace("bf=200 vaf=100", "bf=1e9").replace("bf=100 vaf=60", "bf=1e9");
    assert_ne!(text, perfect);
    let found = measured(&common::circuit(&perfect)).unwrap();
    let gain = found.extracted.gains[0];
    let resistance: f64 =
        perfect.split("rt=").nth(1).unwrap().split('\n').next().unwrap().parse().unwrap();
    // I Rt = 10 V - 2 VT ln(I / 1e-15 A), by fixed points.
    let mut current = 1e-3_f64;
    for _ in 0..100 {
        let junctions = 2.0 * thermal_voltage(REFERENCE) * (current / 1e-15).ln();
        current = (10.0 - junctions) / resistance;
    }
    assert!((gain / (current / 1e-3) - 1.0).abs() < 1e-6, "{gain}, {current}");
    for z in [-3.0, -0.5, 0.2, 1.7] {
        let off = found.sigmas[0].value(z) - gain * f64::tanh(z);
        assert!(off.abs() < 1e-6, "{z}: {off:e}");
    }
    assert!(found.conductance < 1e-6 && found.residual < 1e-6, "{found:?}");
}

/// A weight is what the ratio of two resistors says, within the mismatch.
#[test]
fn worse_transistors_have_a_larger_mismatch_that_is_told() {
    let network = neuron(0.7, 1.2);
    let text = deck(&network, Realisation::Ota);
    let mismatch = |npn: &str, pnp: &str| {
        let changed = text.replace("bf=200 vaf=100", npn).replace("bf=100 vaf=60", pnp);
        measured(&common::circuit(&changed)).unwrap().imperfection()
    };
    let good = mismatch("bf=200 vaf=100", "bf=100 vaf=60");
    let bad = mismatch("bf=60 vaf=30", "bf=30 vaf=20");
    eprintln!("good {good:.1e}, bad {bad:.1e}");
    assert!(bad > 5.0 * good, "{good} {bad}");
    let changed =
        text.replace("bf=200 vaf=100", "bf=40 vaf=10").replace("bf=100 vaf=60", "bf=10 vaf=5");
    let report = verified(&network, &changed, &stimuli(1, 1, 20), &VerifyOptions::default());
    assert!(!report.equivalent && !report.structural.holds, "{report}");
}

/// At ten units the circuit, every transistor of it, does what the network with the
/// measured sigmas does, and that is what makes it differ from the network.
#[test]
fn the_measured_sigmas_explain_the_trajectories_of_ten_units() {
    let network = nets::network(Form::A, (10, 2), 0.9, 11);
    let text = deck(&network, Realisation::Ota);
    let report = verified(&network, &text, &stimuli(2, 5, 20), &VerifyOptions::default());
    let trajectory = report.trajectory.as_ref().unwrap();
    let facts = report.measured.as_ref().unwrap();
    let (predicted, unexplained) = (facts.predicted.unwrap(), facts.unexplained.unwrap());
    eprintln!(
        "10 units: seen {:.2e}, predicted {predicted:.2e}, unexplained {unexplained:.2e} of {:.2e}",
        trajectory.max_abs,
        facts.unexplained_allowed.unwrap()
    );
    assert!(report.equivalent, "{report}");
    assert!(trajectory.max_abs <= predicted + unexplained, "{report}");
    assert!(unexplained < 0.1 * predicted, "{report}");
    assert!(predicted > 1e-4 && predicted < 1e-2, "{report}");
    let text = report.to_string();
    assert!(text.starts_with("EQUIVALENT within the mismatch of its sigma"), "{text}");
    assert!(text.contains("the network with the measured sigmas differs by"), "{text}");
}

/// A weight that is off by one percent is found, though every sigma is off by a thousandth.
#[test]
fn a_wrong_weight_is_no_mismatch_of_transistors() {
    let network = nets::network(Form::A, (3, 2), 0.9, 12);
    let text = deck(&network, Realisation::Ota);
    let line = text.lines().find(|l| l.starts_with("Rw2_1 ")).unwrap();
    let (front, value) = line.rsplit_once(' ').unwrap();
    let value: f64 = value.parse().unwrap();
    let wrong = text.replace(line, &format!("{front} {}", value * 1.02));
    let options = VerifyOptions::default();
    let report = verified(&network, &wrong, &stimuli(2, 5, 20), &options);
    assert!(!report.equivalent && !report.structural.holds, "{report}");
    let worst = &report.structural.comparison.as_ref().unwrap().differences[0];
    assert_eq!((worst.row, worst.column), (1, 0), "{report}");
    assert!(report.to_string().starts_with("NOT EQUIVALENT"), "{report}");
    // And what is wanted of the trajectories may be more than transistors give.
    let options = VerifyOptions { difference: Some(1e-5), ..options };
    let report = verified(&network, &text, &stimuli(2, 5, 20), &options);
    assert!(report.structural.holds && !report.equivalent, "{report}");
}

/// The order of cards and names of nodes say nothing: units are found by their weights.
#[test]
fn units_with_other_names_are_found() {
    let network = nets::network(Form::A, (3, 2), 1.1, 13);
    let mut text = deck(&network, Realisation::Ota);
    for (old, new) in [("h1", "left"), ("h2", "h1"), ("left", "h2")] {
        text = text.replace(&format!(" {old} "), &format!(" {new} "));
    }
    let circuit = common::circuit(&text);
    let found = measured(&circuit).unwrap();
    let structure = found.compare(&network).unwrap();
    assert!(structure.holds, "{structure:?}");
    assert_eq!(structure.matching.units, [0, 1, 2]);
    assert_eq!(found.extracted.states, ["v(h2)", "v(h1)", "v(h3)"]);
}

fn obstacle(change: impl Fn(&str) -> String) -> String {
    let text = change(&deck(&neuron(0.7, 1.2), Realisation::Ota));
    measured(&common::circuit(&text)).unwrap_err().to_string()
}

#[test]
fn circuits_that_cannot_be_measured_are_named() {
    let with = |cards: &'static str| {
        move |text: &str| text.replace("* inputs", &format!("{cards}\n* inputs"))
    };
    let said = obstacle(with("C9 h1 e1 1n"));
    assert!(said.contains("`c9` has no end at ground"), "{said}");
    let said = obstacle(with("L9 h1 9 1m\nR9 9 0 1k"));
    assert!(said.contains("`i(l9)` is the current of an inductor"), "{said}");
    let said = obstacle(with("C9 e1 0 1n"));
    assert!(said.contains("cannot be held one by one"), "{said}");
    let said = obstacle(|text| text.replace("bf=200", "bf=200 cje=1p"));
    assert!(said.contains("stores charge at `v("), "{said}");
    let said = obstacle(with("B9 h1 0 I=1u*time"));
    assert!(said.contains("`b9` is a source that depends on time"), "{said}");
    let said = obstacle(|text| text.replace("time_unit=1e-3", "time_unit=1"));
    assert!(said.contains("the scales of the deck do not fit"), "{said}");
    let said = obstacle(with("D9 0 h1 dd\n.model dd d"));
    assert!(said.contains("`v(h1)`"), "{said}");
    let clipped = "D1 s 0 dd\nD2 0 s dd\n.model dd d\nR1 x s 1k\nG1 0 h s 0 1m\nR2 h 0 1k\nC1 h 0 1u\nVx x 0 SIN(0 1 1k)";
    let circuit = common::circuit(&format!("clipped\n{clipped}\n.tran 1u 1m\n.save v(h)\n.end\n"));
    let said = measured(&circuit).unwrap_err().to_string();
    assert!(said.contains("v(h)"), "{said}");
    let linear = "R1 x h 1k\nR2 h 0 1k\nC1 h 0 1u\nVx x 0 SIN(0 1 1k)";
    let circuit = common::circuit(&format!("linear\n{linear}\n.tran 1u 1m\n.save v(h)\n.end\n"));
    let said = measured(&circuit).unwrap_err().to_string();
    assert!(said.contains("there is no nonlinearity"), "{said}");
}

#[test]
fn networks_that_no_pair_realises_are_refused() {
    let stimulus = stimuli(2, 1, 20).stimulus(0);
    let options = SynthesisOptions { realisation: Realisation::Ota, ..SynthesisOptions::default() };
    let refused = |network: &Rnn, options: &SynthesisOptions| {
        synthesise(network, &stimulus, options).unwrap_err().to_string()
    };
    let said = refused(&random::network(Form::B, Activation::Tanh, 2, 1), &options);
    assert!(said.contains("this one has form B"), "{said}");
    let said = refused(&random::network(Form::A, Activation::Relu, 2, 1), &options);
    assert!(said.contains("the sigma of this one is relu"), "{said}");
    let options = SynthesisOptions { capacitance: 1.0, ..options };
    let said = refused(&random::network(Form::A, Activation::Tanh, 2, 1), &options);
    assert!(said.contains("1 nA to 10 mA"), "{said}");
    let network = random::network(Form::A, Activation::Tanh, 2, 1);
    let circuit = common::circuit(&deck(&network, Realisation::Ota));
    let subject = Subject {
        network: &network,
        trained_step: None,
        circuit: &circuit,
        stimuli: &stimuli(2, 1, 20),
    };
    let options = VerifyOptions { align: true, ..VerifyOptions::default() };
    let error = verify(&subject, &options, &|_| ()).unwrap_err();
    assert!(matches!(error, VerifyError::NoClock), "{error}");
}

/// A state of small leak would come near the supplies: it is scaled down.
#[test]
fn large_states_are_scaled_away_from_the_supplies() {
    let mut parts = nets::network(Form::A, (3, 2), 0.9, 14).into_parts();
    parts.leak.fill(0.25);
    let network = Rnn::new(parts).unwrap();
    let circuit = common::circuit(&deck(&network, Realisation::Ota));
    assert_eq!(circuit.parts().params["state_volts"], 0.5);
    let found = measured(&circuit).unwrap();
    assert!(found.compare(&network).unwrap().holds);
}

/// The deck of a network, unchanged, in ngspice: what ngspice finds is nearer to the
/// network with the measured sigmas than that is to the network.
#[test]
fn ngspice_finds_the_measured_network() {
    if !common::has_ngspice() {
        return;
    }
    let network = nets::network(Form::A, (3, 2), 1.2, 15);
    let stimulus = stimuli(2, 3, 20).stimulus(0);
    let options = SynthesisOptions { realisation: Realisation::Ota, ..SynthesisOptions::default() };
    let text = synthesise(&network, &stimulus, &options).unwrap();
    let plots = common::ngspice(&text);
    let wave = plots[0].to_waveform().unwrap();
    let end = stimulus.duration();
    let times: Vec<f64> = wave.time().iter().map(|t| t / options.time_unit).collect();
    assert!(*times.last().unwrap() >= end * (1.0 - 1e-9), "ngspice stopped early");
    let times: Vec<f64> = times.into_iter().map(|t| if t > end { end } else { t }).collect();
    let found = measured(&common::circuit(&text)).unwrap();
    let (sigmas, slants) = (found.sigmas.clone(), found.slants.clone());
    let deviation = move |unit: usize, z: f64, h: f64| {
        let off = sigmas[unit].deviation_at(z);
        off - slants[unit] * h * (z.tanh() + off)
    };
    let own = &found.extracted.network;
    let explained =
        reference::integrate_deviating(own, &deviation, &stimulus, &times, 1e-9).unwrap();
    let ideal = reference::integrate(&network, &stimulus, &times, 1e-9).unwrap();
    let (mut to_explained, mut to_ideal) = (0.0f64, 0.0f64);
    for output in 0..2 {
        let values = &wave.signal(&format!("v(y{})", output + 1)).unwrap().values;
        for (at, value) in values.iter().enumerate() {
            let far = |row: &[f64]| (row[output] - value).abs();
            let (a, b) = (far(&explained.outputs[at]), far(&ideal.outputs[at]));
            assert!(a.is_finite() && b.is_finite());
            to_explained = if a > to_explained { a } else { to_explained };
            to_ideal = if b > to_ideal { b } else { to_ideal };
        }
    }
    eprintln!("ngspice: {to_explained:.1e} from the measured, {to_ideal:.1e} from the network");
    assert!(to_explained < 5e-4, "{to_explained}");
    assert!(to_ideal > 20.0 * to_explained, "{to_ideal}");
}
