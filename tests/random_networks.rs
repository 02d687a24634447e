//! Random networks of both forms, with mixed leaks and every activation.
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
    equiv::{Path, Realisation, Subject, SynthesisOptions, VerifyOptions, synthesise, verify},
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};

fn check(network: &Rnn, realisation: Realisation, path: Path) {
    let stimuli = seeded_pulses(2, 7, 2, 20);
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = synthesise(network, &stimuli.stimulus(0), &options).unwrap();
    let circuit = common::circuit(&deck);
    let subject = Subject { network, trained_step: None, circuit: &circuit, stimuli: &stimuli };
    let report =
        verify(&subject, &VerifyOptions { path, ..VerifyOptions::default() }, &|_| {}).unwrap();
    assert!(report.equivalent, "{realisation}, {path:?}: {report}\n{deck}");
    let bound = if realisation == Realisation::Ideal { 1e-12 } else { 1e-9 };
    assert!(report.structural.max_relative.unwrap() <= bound, "{report}");
}

#[test]
fn twenty_networks_of_each_form_are_their_circuits() {
    for form in [Form::A, Form::B] {
        for seed in 0..20 {
            let activation = Activation::ALL[seed as usize % Activation::ALL.len()];
            let units = 3 + seed as usize % 8;
            let network = common::random::network(form, activation, units, seed);
            for realisation in [Realisation::Ideal, Realisation::Opamp] {
                check(&network, realisation, Path::Reduced);
            }
        }
    }
}

#[test]
fn nodal_analysis_agrees_on_every_activation_and_form() {
    for form in [Form::A, Form::B] {
        for (seed, activation) in Activation::ALL.into_iter().enumerate() {
            let network = common::random::network(form, activation, 4, 100 + seed as u64);
            for realisation in [Realisation::Ideal, Realisation::Opamp] {
                check(&network, realisation, Path::Mna);
            }
        }
    }
}
