//! Scales and components that are chosen for a stock of parts.
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
    circuit::Kind,
    equiv::{
        Clocked, Fit, Fixed, Realisation, Scales, Stock, SynthesisOptions, compare, extract, fit,
        properties::{Judgement, PropertyName, PropertyOptions, Reduced, properties},
        synthesise,
    },
    mna::reduce,
    rnn::{Activation, Form, Rnn},
    task::{StimulusSet, seeded_pulses},
};
use common::{bench::Bench, document::repository};
use proptest::prelude::*;

fn options(realisation: Realisation) -> SynthesisOptions {
    SynthesisOptions { realisation, ..SynthesisOptions::default() }
}

fn chosen(network: &Rnn, realisation: Realisation, stock: &Stock) -> (Fit, String) {
    let stimuli = stimuli(network);
    let fixed = Fixed::default();
    let fit = fit(network, stimuli.largest(), &options(realisation), stock, &fixed).unwrap();
    let deck = synthesise(network, &stimuli.stimulus(0), &fit.options).unwrap();
    (fit, deck)
}

fn stimuli(network: &Rnn) -> StimulusSet {
    seeded_pulses(network.shape().1, 3, 2, 20)
}

/// No weight is less than 1/100, so that a range of 10,000 to 1 holds them all.
fn network(form: Form, activation: Activation, units: usize, seed: u64) -> Rnn {
    let mut parts = common::random::network(form, activation, units, seed).into_parts();
    let least = |w: &mut f64| {
        if *w != 0.0 && w.abs() < 0.01 {
            *w = 0.01 * w.signum();
        }
    };
    parts.recurrent.apply(least);
    parts.input.apply(least);
    parts.bias.apply(least);
    parts.readout.weights.apply(least);
    parts.readout.bias.apply(least);
    Rnn::new(parts).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Where the weights span less than the range does, every component is in it, every
    /// sum within the rails, as the properties see them in the deck, and the network in
    /// the deck is the same.
    #[test]
    fn a_choice_fits_and_changes_nothing(
        seed in 0..1000_u64,
        units in 2..9_usize,
        form in prop::sample::select(vec![Form::A, Form::B]),
        activation in prop::sample::select(vec![Activation::Tanh, Activation::HardTanh]),
        rails in prop::sample::select(vec![0.9, 2.5, 5.0, 15.0]),
        realisation in prop::sample::select(vec![Realisation::Ideal, Realisation::Opamp]),
    ) {
        let network = network(form, activation, units, seed);
        let stock = Stock { rails: Some(rails), ..Stock::default() };
        let (fit, deck) = chosen(&network, realisation, &stock);
        prop_assert!(fit.outside.is_empty(), "{:?}\n{}", fit.outside, deck);
        let circuit = common::circuit(&deck);
        let scales = Scales::from_params(&circuit.parts().params);
        let reduction = reduce(&circuit).unwrap();
        let extracted = extract(&reduction.lure, &scales).unwrap();
        let structure = compare(&network, &extracted, 1e-12).unwrap();
        prop_assert!(structure.holds, "{:?}", structure.differences);
        let inputs = Some(stimuli(&network).largest() * scales.input_volts);
        let options = PropertyOptions { inputs, ..PropertyOptions::default() };
        let found = properties(&circuit, Reduced::Flow(&reduction), &scales, &options);
        for property in &found {
            prop_assert_eq!(property.verdict, Judgement::Holds, "{}\n{}", property, deck);
        }
        // The bound that was chosen for is the one that the circuit has.
        let range = found.iter().find(|p| p.name == PropertyName::LinearRange).unwrap();
        let [sum, output] = fit.reach.unwrap();
        // The rails of a state carry it, too: V0 over its leak.
        let state = scales.state_volts / network.parts().leak.min();
        let reach = [sum, output, state].into_iter().max_by(f64::total_cmp).unwrap();
        if form == Form::A {
            prop_assert!((range.value.unwrap() / reach - 1.0).abs() < 1e-9, "{}", range);
        }
        prop_assert_eq!(range.threshold, Some(rails));
    }
}

#[test]
fn weights_of_1e_minus_8_are_named_with_what_to_do() {
    let mut parts = network(Form::A, Activation::Tanh, 4, 1).into_parts();
    parts.recurrent[(2, 1)] = 3e-8;
    parts.recurrent[(2, 3)] = -2e-8;
    parts.recurrent[(0, 3)] = 1e-8;
    let network = Rnn::new(parts).unwrap();
    let (fit, deck) = chosen(&network, Realisation::Opamp, &Stock::default());
    let names: Vec<&str> = fit.outside.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["Rw1_4", "Rw3_4", "Rw3_2"]);
    assert_eq!(fit.outside[2].weight, Some(3e-8));
    // 3e-8 and 2e-8 enter one sum, 1e-8 another.
    assert!(
        deck.contains("* make weights of up to 3.0e-8 zero, open circuits: in no sum and no output they come to more than 5.0e-8\n"),
        "{deck}"
    );
    // What is named is what is outside in the deck.
    let circuit = common::circuit(&deck);
    let mut outside: Vec<String> = Vec::new();
    for element in circuit.elements() {
        if let Kind::Resistor { resistance, .. } = element.kind
            && !(1e3..=1e7).contains(&resistance)
        {
            outside.push(element.name.to_string());
        }
    }
    assert_eq!(outside, ["rw1_4", "rw3_2", "rw3_4"]);
}

#[test]
fn op_amps_are_not_asked_for_more_than_they_deliver() {
    let network = network(Form::A, Activation::Tanh, 8, 3);
    let parts = network.parts();
    let most = |values: Vec<f64>| values.into_iter().max_by(f64::total_cmp).unwrap();
    // A unit, at most 1 / leak, drives its column of the weights and its inverter; an input
    // its column; a sum, which is the largest of its row, its own feedback.
    let height: Vec<f64> = parts.leak.iter().map(|leak| 1.0 / leak).collect();
    let column = |j: usize| {
        let readout = parts.readout.weights.column(j).lp_norm(1);
        height[j] * (parts.recurrent.column(j).lp_norm(1) + readout + 1.0)
    };
    let largest = stimuli(&network).largest();
    let row = |i: usize| {
        let states: f64 = (0..8).map(|j| parts.recurrent[(i, j)].abs() * height[j]).sum();
        states + parts.input.row(i).lp_norm(1) * largest + parts.bias[i].abs()
    };
    let input = |k: usize| parts.input.column(k).lp_norm(1) * largest;
    let output = |k: usize| {
        let states: f64 = (0..8).map(|j| parts.readout.weights[(k, j)].abs() * height[j]).sum();
        states + parts.readout.bias[k].abs()
    };
    let volts = most(
        (0..8)
            .map(column)
            .chain((0..8).map(row))
            .chain((0..2).map(input))
            .chain((0..2).map(output))
            .collect(),
    );
    for amperes in [1e-2, 1e-3, 1e-4] {
        let stock = Stock { amperes, resistors: [10.0, 1e7], ..Stock::default() };
        let (fit, _) = chosen(&network, Realisation::Opamp, &stock);
        let load = volts / fit.options.feedback;
        assert!((fit.load / load - 1.0).abs() < 1e-12, "{} is not {load}", fit.load);
        assert!(load <= amperes, "{load}");
    }
}

#[test]
fn the_busiest_op_amp_is_a_unit_where_its_column_is_large() {
    let mut parts = network(Form::A, Activation::Tanh, 3, 3).into_parts();
    parts.leak.fill(1.0);
    parts.recurrent.fill(0.0);
    parts.recurrent.column_mut(1).fill(5.0);
    parts.input.fill(0.0);
    parts.bias.fill(0.0);
    parts.readout.weights.fill(0.0);
    parts.readout.bias.fill(0.0);
    let network = Rnn::new(parts).unwrap();
    let (fit, _) = chosen(&network, Realisation::Opamp, &Stock::default());
    // Three weights of 5 and an inverter.
    assert!((fit.load * fit.options.feedback - 16.0).abs() < 1e-12, "{}", fit.load);
}

#[test]
fn the_sampled_circuit_keeps_its_map_on_other_scales() {
    let mut parts = network(Form::A, Activation::Tanh, 5, 2).into_parts();
    parts.leak.fill(1.0);
    let network = Rnn::new(parts).unwrap();
    let stock = Stock { rails: Some(1.2), ..Stock::default() };
    let (fit, deck) = chosen(&network, Realisation::Sampled, &stock);
    assert!(fit.outside.is_empty(), "{:?}", fit.outside);
    let circuit = common::circuit(&deck);
    let map = Clocked::of(&circuit).unwrap().map().unwrap();
    let scales = Scales::from_params(&circuit.parts().params);
    let extracted = extract(&map.reduction.lure, &scales).unwrap();
    assert!(compare(&network, &extracted, 1e-9).unwrap().holds);
}

#[test]
fn what_is_given_is_kept() {
    let network = network(Form::A, Activation::Tanh, 4, 1);
    let fixed = Fixed { time_unit: Some(2e-3), capacitance: Some(3.3e-8), feedback: Some(4.7e4) };
    let stock = Stock::default();
    let fit = fit(&network, 1.0, &options(Realisation::Opamp), &stock, &fixed).unwrap();
    let o = fit.options;
    assert_eq!((o.time_unit, o.capacitance, o.feedback), (2e-3, 3.3e-8, 4.7e4));
    // A unit of time that no capacitor makes is left for one that does.
    let stock = Stock { capacitors: [1e-6, 1e-5], resistors: [1e5, 1e7], ..stock };
    let (fit, _) = chosen(&network, Realisation::Opamp, &stock);
    assert!(fit.outside.iter().all(|o| o.weight.is_some()), "{:?}", fit.outside);
    assert_eq!(fit.options.time_unit, 1.0);
}

#[test]
fn synth_explains_its_choice_and_refuses_what_is_none() {
    let bench = Bench::new();
    let fixture = repository("tests/fixtures/properties/none.cir");
    bench.good(&["extract", &fixture.to_string_lossy(), "-o", "net.rnn"]);
    let network = "net.rnn".to_owned();
    let plain = bench.good(&["synth", &network]);
    assert!(!plain.contains("chosen") && !plain.contains("rail_volts"), "{plain}");
    let out = bench.good(&["synth", &network, "--rails", "2", "-o", "net.cir"]);
    assert!(out.contains("chosen for resistors of 1 kohm to 10 Mohm"), "{out}");
    assert!(out.contains("of rails of 2 V"), "{out}");
    let deck = std::fs::read_to_string(bench.path("net.cir")).unwrap();
    assert!(deck.contains("rail_volts=2") && deck.contains("* chosen for"), "{deck}");
    assert!(bench.good(&["verify", &network, "net.cir"]).contains("14 of 14 hold"));
    bench.refused(&["synth", &network, "--rails", "0"], &["must be positive"]);
    bench.refused(&["synth", &network, "--capacitors", "10u:10p"], &["the range is empty"]);
}
