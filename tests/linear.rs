//! The linear level of a verification.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop and say what it finds"
)]

mod common;

use analogon::{
    diag::NoSources,
    equiv::{
        LinearReport, Realisation, Subject, SynthesisOptions, VerifyOptions, synthesise, verify,
    },
    netlist::{
        self,
        ast::{ElementKind, Value},
    },
    rnn::{Activation, Form, Rnn},
    task::{StimulusSet, seeded_pulses},
};

const UNITS: usize = 8;

fn stimuli() -> StimulusSet {
    seeded_pulses(2, 7, 2, 40)
}

fn deck(network: &Rnn, realisation: Realisation) -> String {
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    synthesise(network, &stimuli().stimulus(0), &options).unwrap()
}

fn report(network: &Rnn, deck: &str) -> LinearReport {
    let circuit = common::circuit(deck);
    let stimuli = stimuli();
    let subject = Subject { network, trained_step: None, circuit: &circuit, stimuli: &stimuli };
    // A circuit that differs a little is compared all the same.
    let options =
        VerifyOptions { coefficient: 1.0, difference: Some(10.0), ..VerifyOptions::default() };
    verify(&subject, &options, &|_| {}).unwrap().linear.expect("a small network")
}

/// The deck with the resistor of that name changed by a factor.
fn changed(deck: &str, name: &str, factor: f64) -> String {
    let mut netlist = netlist::parse("deck.cir", deck, &NoSources).netlist;
    let symbols = netlist.symbols.clone();
    let mut found = 0;
    for element in &mut netlist.scope.elements {
        if symbols.name(element.name) == name
            && let ElementKind::Resistor { value: Value::Number(value), .. } = &mut element.kind
        {
            *value *= factor;
            found += 1;
        }
    }
    assert_eq!(found, 1, "no resistor {name}");
    netlist::print(&netlist)
}

#[test]
fn circuits_of_networks_have_their_eigenvalues_and_transfer_functions() {
    for form in [Form::A, Form::B] {
        for activation in [Activation::Tanh, Activation::Logistic] {
            let network = common::random::network(form, activation, UNITS, 11);
            for realisation in [Realisation::Ideal, Realisation::Opamp] {
                let found = report(&network, &deck(&network, realisation));
                eprintln!("{form:?} {activation} {realisation}: {:.1e}", found.max_relative);
                assert!(found.holds && found.max_relative < 1e-9, "{found:?}");
                assert!(!found.points.is_empty() && found.points[0].frequencies == 25);
                // Those of this deck of op-amps cannot be found at the precision asked for.
                let poles = |p: &analogon::equiv::LinearPoint| match realisation {
                    Realisation::Ideal => p.poles.is_some_and(|p| p < 1e-9),
                    _ => p.poles.is_none_or(|p| p < 1e-9),
                };
                assert!(found.points.iter().all(poles), "{found:?}");
            }
        }
    }
}

/// A leak acts on the eigenvalues and on the gain at rest, an output on the gain alone, a
/// weight on everything, and by as much as it is wrong.
#[test]
fn a_wrong_element_shows_where_it_acts() {
    let network = common::random::network(Form::A, Activation::Tanh, UNITS, 12);
    let right = deck(&network, Realisation::Opamp);
    let exact = report(&network, &right);
    assert!(exact.max_relative < 1e-9);
    for (element, eigenvalues, transfer) in
        [("r1", true, true), ("ry1_1", false, true), ("rw2_1", true, true)]
    {
        let found = report(&network, &changed(&right, element, 1.0 + 1e-3));
        let point = &found.points[0];
        eprintln!("{element}: {point:?}");
        assert!(!found.holds, "{element}");
        for (name, value, acts) in [
            ("eigenvalues", point.eigenvalues, eigenvalues),
            ("transfer", point.transfer, transfer),
        ] {
            let bounds = if acts { 1e-6..2e-2 } else { 0.0..1e-9 };
            assert!(bounds.contains(&value), "{element}, {name}: {value:e}");
        }
    }
}

/// At the origin of a linear network of one unit everything is known:
/// h' = -leak h + w h + win x, eigenvalue w - leak, gain wout win / (leak - w).
#[test]
fn the_mismatch_is_that_of_the_formula() {
    let network = Rnn::new(analogon::rnn::Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: nalgebra::DMatrix::from_element(1, 1, 0.5),
        input: nalgebra::DMatrix::from_element(1, 2, 1.0),
        bias: nalgebra::DVector::zeros(1),
        leak: nalgebra::DVector::from_element(1, 1.0),
        readout: analogon::rnn::Readout {
            weights: nalgebra::DMatrix::from_element(1, 1, 2.0),
            bias: nalgebra::DVector::zeros(1),
        },
    })
    .unwrap();
    let deck = changed(&deck(&network, Realisation::Opamp), "rw1_1", 1.25);
    let found = report(&network, &deck);
    let point = found.points.iter().find(|p| p.reached == "no input").unwrap();
    // w = 0.4: -0.6 instead of -0.5, and 2/0.6 instead of 2/0.5 at rest.
    assert!((point.eigenvalues - 0.2).abs() < 1e-9, "{point:?}");
    assert!((point.poles.unwrap() - 0.2).abs() < 1e-9, "{point:?}");
    assert!((point.transfer - (1.0 - 0.5 / 0.6)).abs() < 1e-9, "{point:?}");
    assert!(point.stable);
}
