//! ngspice runs the decks that we write, unchanged, and finds what we find.
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
    equiv::{Realisation, SynthesisOptions, reference, synthesise},
    rnn::{Activation, Form, Rnn},
    task::{Stimulus, StimulusSet, named, seeded_pulses},
};

/// The largest difference of any output between ngspice on the deck and the
/// reference on the network, in model units, and the full scale.
fn difference(network: &Rnn, stimulus: &Stimulus, realisation: Realisation) -> (f64, f64) {
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = synthesise(network, stimulus, &options).unwrap();
    let plots = common::ngspice(&deck);
    let wave = plots[0].to_waveform().unwrap();
    let times: Vec<f64> = wave.time().iter().map(|t| t / options.time_unit).collect();
    assert!(*times.last().unwrap() >= stimulus.duration() * (1.0 - 1e-9), "ngspice stopped early");
    // Rounding may carry the last point beyond the end.
    let times: Vec<f64> = times
        .into_iter()
        .map(|t| if t > stimulus.duration() { stimulus.duration() } else { t })
        .collect();
    let expected = reference::integrate(network, stimulus, &times, 1e-9).unwrap();
    let (mut worst, mut scale) = (0.0f64, 0.0f64);
    for output in 0..network.shape().2 {
        let signal = wave.signal(&format!("v(y{})", output + 1)).expect("the output is saved");
        for (row, value) in expected.outputs.iter().zip(&signal.values) {
            let distance = (row[output] - value).abs();
            assert!(distance.is_finite());
            worst = if distance > worst { distance } else { worst };
            scale = if row[output].abs() > scale { row[output].abs() } else { scale };
        }
    }
    (worst, scale)
}

fn check(network: &Rnn, (name, stimulus): (&str, &Stimulus), realisation: Realisation, bound: f64) {
    let (worst, scale) = difference(network, stimulus, realisation);
    eprintln!("{name} as {realisation}: {worst:.1e} at a full scale of {scale:.2}");
    assert!(worst <= bound, "{name} as {realisation}: {worst:e}");
}

#[test]
fn random_networks_of_every_activation_agree() {
    if !common::has_ngspice() {
        return;
    }
    let stimulus = seeded_pulses(2, 7, 1, 20).stimulus(0);
    for form in [Form::A, Form::B] {
        for (seed, activation) in Activation::ALL.into_iter().enumerate() {
            let network = common::random::network(form, activation, 5, 200 + seed as u64);
            for realisation in [Realisation::Ideal, Realisation::Opamp] {
                let name = format!("{activation}, form {form:?}");
                check(&network, (&name, &stimulus), realisation, 2e-3);
            }
        }
    }
}

#[test]
fn trained_networks_of_up_to_100_units_agree() {
    if !common::has_ngspice() {
        return;
    }
    for (file, task) in [
        ("and_n50_orthogonal.hdf5", "and"),
        ("xor_n50_orthogonal.hdf5", "xor"),
        ("set_reset_n50_orthogonal.hdf5", "set_reset"),
        ("decision_n100_orthogonal_keras3.hdf5", "decision"),
        ("decision_n100_normal_keras3.hdf5", "decision"),
    ] {
        let Some(loaded) = common::network(file) else { return };
        let stimuli: StimulusSet = named(task).unwrap();
        // The last trial of the logic tasks is the one in which both inputs pulse.
        let trial = if task == "and" || task == "xor" { 3 } else { 0 };
        let bound = if task == "xor" { 1e-2 } else { 2e-3 };
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            check(&loaded.network, (file, &stimuli.stimulus(trial)), realisation, bound);
        }
    }
}

#[test]
fn a_large_network_agrees_over_five_units() {
    if !common::has_ngspice() {
        return;
    }
    let Some(loaded) = common::network("multitask_n200.hdf5") else { return };
    let mut parts = seeded_pulses(3, 3, 1, 5).into_parts();
    parts.trials[0].pulses.iter_mut().enumerate().for_each(|(at, pulse)| {
        (pulse.onset, pulse.width) = (at as f64 % 3.0, 1.0);
    });
    let Ok(stimuli) = StimulusSet::new(parts) else { panic!("the pulses fit into 5 units") };
    check(&loaded.network, ("multitask_n200", &stimuli.stimulus(0)), Realisation::Ideal, 2e-3);
}
