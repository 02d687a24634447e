//! The unit of time of a circuit, found from its behaviour.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

mod common;

use analogon::{
    equiv::{
        EquivalenceReport, Realisation, Subject, SynthesisOptions, VerifyOptions, synthesise,
        verify,
    },
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};

/// The network, and a deck of it that says another unit of time than it has.
fn lying(form: Form, realisation: Realisation) -> (Rnn, String) {
    let network = common::random::network(form, Activation::Tanh, 5, 3);
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = synthesise(&network, &seeded_pulses(2, 7, 2, 20).stimulus(0), &options).unwrap();
    let lie = deck.replace("time_unit=1e-3", "time_unit=0.0173");
    assert_ne!(lie, deck, "{deck}");
    (network, lie)
}

fn report(network: &Rnn, deck: &str, align: bool) -> EquivalenceReport {
    let stimuli = seeded_pulses(2, 7, 2, 20);
    let circuit = common::circuit(deck);
    let subject = Subject { network, trained_step: None, circuit: &circuit, stimuli: &stimuli };
    verify(&subject, &VerifyOptions { align, ..VerifyOptions::default() }, &|_| {}).unwrap()
}

#[test]
fn a_wrong_unit_of_time_is_seen_and_the_right_one_found() {
    for form in [Form::A, Form::B] {
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            let (network, deck) = lying(form, realisation);
            let believed = report(&network, &deck, false);
            assert!(!believed.equivalent && believed.clock.is_none(), "{believed}");
            let found = report(&network, &deck, true);
            assert!(found.equivalent, "{found}");
            let clock = found.clock.as_ref().unwrap();
            assert_eq!(clock.deck, 0.0173);
            assert!((clock.by_leaks / 1e-3 - 1.0).abs() < 1e-12, "{clock:?}");
            let other = clock.by_trajectories.unwrap();
            assert!((other / 1e-3 - 1.0).abs() < 1e-8, "{clock:?}");
            assert_eq!(found.scales.time_unit, clock.by_leaks);
        }
    }
}

/// Leaks alone would be deceived by a capacitor that is not as the others are.
#[test]
fn a_fault_is_not_aligned_away() {
    let (network, deck) = lying(Form::A, Realisation::Ideal);
    let card = deck.lines().find(|line| line.starts_with("C1 ")).unwrap();
    let value = card.split(' ').next_back().unwrap();
    let wrong = card.replace(value, &format!("'1.2*{value}'"));
    let found = report(&network, &deck.replace(card, &wrong), true);
    assert!(!found.equivalent, "{found}");
    let clock = found.clock.as_ref().unwrap();
    let other = clock.by_trajectories.unwrap_or_else(|| panic!("{found}"));
    assert!((other / clock.by_leaks - 1.0).abs() > 1e-3, "{clock:?}");
}
