//! Faults planted into a deck turn the verdict, and the faulty element is named.
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
    diag::NoSources,
    equiv::{
        EquivalenceReport, Realisation, Subject, SynthesisOptions, VerifyOptions, synthesise,
        verify,
    },
    netlist,
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};

const UNITS: usize = 6;

fn network(form: Form) -> Rnn {
    common::random::network(form, Activation::Tanh, UNITS, 11)
}

fn deck(network: &Rnn, realisation: Realisation) -> String {
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    synthesise(network, &seeded_pulses(2, 7, 2, 20).stimulus(0), &options).unwrap()
}

fn report(network: &Rnn, deck: &str) -> EquivalenceReport {
    let stimuli = seeded_pulses(2, 7, 2, 20);
    let circuit = common::circuit(deck);
    let subject = Subject { network, trained_step: None, circuit: &circuit, stimuli: &stimuli };
    verify(&subject, &VerifyOptions::default(), &|_| {}).unwrap()
}

/// The card that starts with `name`, with its fields.
fn fields<'a>(deck: &'a str, name: &str) -> Vec<&'a str> {
    let card = deck.lines().find(|l| l.split(' ').next() == Some(name));
    card.unwrap_or_else(|| panic!("no card {name} in\n{deck}")).split(' ').collect()
}

/// The deck with the card `name` replaced.
fn replaced(deck: &str, name: &str, card: &str) -> String {
    fields(deck, name);
    let lines = deck.lines().map(|l| if l.split(' ').next() == Some(name) { card } else { l });
    lines.collect::<Vec<_>>().join("\n")
}

/// The deck with the value (the last field) of a card multiplied.
fn scaled(deck: &str, name: &str, factor: f64) -> String {
    let mut card: Vec<String> = fields(deck, name).into_iter().map(String::from).collect();
    let last = card.len() - 1;
    let value: f64 = analogon::units::parse_number(&card[last]).unwrap();
    card[last] = format!("{:e}", value * factor);
    replaced(deck, name, &card.join(" "))
}

/// Asserts that the verdict turned and that `element` alone is blamed, as one of at
/// most `alike` that cannot be told apart.
fn blamed(report: &EquivalenceReport, element: &str, alike: usize) {
    assert!(!report.equivalent && !report.structural.holds && !report.holds, "{report}");
    let blame = &report.structural.blame;
    let named = blame.iter().any(|b| b.elements.iter().any(|e| e == element));
    assert!(named, "{element} is not in {blame:#?}");
    assert!(blame.iter().all(|b| b.elements.len() <= alike), "{blame:#?}");
}

/// The names of the elements of a nonzero weight and of others, per realisation and form.
fn first_present<'a>(deck: &str, names: &[&'a str]) -> &'a str {
    names
        .iter()
        .find(|n| deck.lines().any(|l| l.split(' ').next() == Some(n)))
        .unwrap_or_else(|| panic!("none of {names:?}"))
}

#[test]
fn an_untouched_deck_is_equivalent() {
    for form in [Form::A, Form::B] {
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            let network = network(form);
            let report = report(&network, &deck(&network, realisation));
            assert!(report.equivalent && report.holds, "{report}");
        }
    }
}

#[test]
fn one_component_off_by_a_millionth_is_named() {
    for form in [Form::A, Form::B] {
        let network = network(form);
        let text = deck(&network, Realisation::Opamp);
        for names in [
            ["Rw1_2", "Rw1_3"],
            ["Rx2_1", "Rx2_2"],
            ["Rb3", "Rb4"],
            ["Ry1_1", "Ry1_2"],
            ["Rc1", "Rc2"],
        ] {
            let name = first_present(&text, &names);
            let report = report(&network, &scaled(&text, name, 1.0 + 1e-6));
            blamed(&report, &name.to_lowercase(), 1);
        }
        let text = deck(&network, Realisation::Ideal);
        for names in [
            ["G1_2", "G1_3"],
            ["Gx2_1", "Gx2_2"],
            ["Ib3", "Ib4"],
            ["Gy1_1", "Gy1_2"],
            ["Ic1", "Ic2"],
        ] {
            let name = first_present(&text, &names);
            let report = report(&network, &scaled(&text, name, 1.0 + 1e-6));
            blamed(&report, &name.to_lowercase(), 1);
        }
    }
}

#[test]
fn a_capacitor_off_by_a_millionth_is_named() {
    for form in [Form::A, Form::B] {
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            let network = network(form);
            let text = scaled(&deck(&network, realisation), "C4", 1.0 + 1e-6);
            // In the op-amp circuit only the product of R4 and C4 counts.
            blamed(&report(&network, &text), "c4", 2);
        }
    }
}

#[test]
fn two_swapped_resistors_are_both_named() {
    let network = network(Form::A);
    let text = deck(&network, Realisation::Opamp);
    let (a, b) =
        (first_present(&text, &["Rw1_2", "Rw1_3"]), first_present(&text, &["Rw5_1", "Rw5_6"]));
    let (card_a, card_b) = (fields(&text, a), fields(&text, b));
    let (value_a, value_b) = (card_a[3], card_b[3]);
    let swapped_a = [card_a[0], card_a[1], card_a[2], value_b].join(" ");
    let swapped_b = [card_b[0], card_b[1], card_b[2], value_a].join(" ");
    let text = replaced(&replaced(&text, a, &swapped_a), b, &swapped_b);
    let report = report(&network, &text);
    blamed(&report, &a.to_lowercase(), 1);
    blamed(&report, &b.to_lowercase(), 1);
}

#[test]
fn a_flipped_rail_is_named() {
    for form in [Form::A, Form::B] {
        let network = network(form);
        let text = deck(&network, Realisation::Opamp);
        let name = first_present(&text, &["Rw2_1", "Rw2_3", "Rw2_4", "Rw2_5", "Rw2_6"]);
        let card = fields(&text, name);
        let rail = match card[1].split_at(1) {
            ("p", unit) => format!("m{unit}"),
            (_, unit) => format!("p{unit}"),
        };
        let flipped = [card[0], &rail, card[2], card[3]].join(" ");
        let report = report(&network, &replaced(&text, name, &flipped));
        blamed(&report, &name.to_lowercase(), 1);
    }
}

#[test]
fn a_dropped_bias_or_readout_is_named() {
    let network = network(Form::A);
    for (realisation, names) in [
        (Realisation::Opamp, [["Rb3", "Rb4"], ["Ry1_1", "Ry1_2"]]),
        (Realisation::Ideal, [["Ib3", "Ib4"], ["Gy1_1", "Gy1_2"]]),
    ] {
        let text = deck(&network, realisation);
        for names in names {
            let name = first_present(&text, &names);
            let report = report(&network, &replaced(&text, name, "* gone"));
            assert!(!report.equivalent, "{report}");
            let message = &report.structural.blame[0].message;
            assert!(message.contains(name), "{name}: {message}");
        }
    }
}

#[test]
fn a_clip_in_place_of_sigma_is_named() {
    let network = network(Form::A);
    let text = deck(&network, Realisation::Opamp);
    let card = fields(&text, "B5").join(" ");
    let clipped = card.replace("tanh(v(e5))", "min(max(v(e5),-1),1)");
    assert_ne!(card, clipped);
    let report = report(&network, &replaced(&text, "B5", &clipped));
    assert!(!report.equivalent && !report.structural.holds);
    let obstacle = report.structural.obstacle.unwrap();
    assert!(obstacle.contains("`b5`") && obstacle.contains("hard_tanh"), "{obstacle}");
}

#[test]
fn a_value_that_is_no_number_is_refused_with_its_place() {
    let network = network(Form::A);
    let text = deck(&network, Realisation::Opamp);
    let name = first_present(&text, &["Rw2_1", "Rw2_3", "Rw2_4", "Rw2_5", "Rw2_6"]);
    let card = fields(&text, name);
    let text = replaced(&text, name, &[card[0], card[1], card[2], "NaN"].join(" "));
    let parsed = netlist::parse("deck.cir", text.as_bytes(), &NoSources);
    let rendered = analogon::diag::render(&parsed.map, &parsed.diagnostics);
    assert!(analogon::diag::has_errors(&parsed.diagnostics), "{rendered}");
    assert!(rendered.contains(name), "{rendered}");
}
