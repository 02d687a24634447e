//! Bounds hold, and are not much larger than what they bound.
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
    equiv::{
        EquivalenceReport, Extent, Realisation, Subject, SynthesisOptions, VerifyOptions,
        certainty::{Field, Steps, global_bound, orbit_error},
        reference, synthesise, verify,
    },
    rnn::{Activation, Form, Parts, Readout, Rnn},
    task::{Stimulus, StimulusSet, named, seeded_pulses},
};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

/// The network with every coefficient changed by that part, up and down by turns.
fn changed(network: &Rnn, part: f64) -> Rnn {
    let mut parts = network.parts().clone();
    let factor = |at: usize| if at.is_multiple_of(3) { 1.0 - part } else { 1.0 + part };
    for (at, w) in parts.recurrent.iter_mut().enumerate() {
        *w *= factor(at);
    }
    for (at, w) in parts.input.iter_mut().enumerate() {
        *w *= factor(at + 1);
    }
    for (at, w) in parts.leak.iter_mut().enumerate() {
        *w *= factor(at);
    }
    for (at, w) in parts.readout.weights.iter_mut().enumerate() {
        *w *= factor(at + 2);
    }
    Rnn::new(parts).unwrap()
}

/// The same with recurrent weights whose largest singular value is `norm`.
fn with_norm(network: &Rnn, norm: f64) -> Rnn {
    let mut parts = network.parts().clone();
    let largest = parts.recurrent.clone().svd(false, false).singular_values.max();
    if largest > 0.0 {
        parts.recurrent *= norm / largest;
    }
    Rnn::new(parts).unwrap()
}

fn times(end: f64) -> Vec<f64> {
    (0..=(2.0 * end) as usize).map(|k| 0.5 * k as f64).collect()
}

fn stimulus(seed: u64) -> Stimulus {
    seeded_pulses(2, seed, 1, 20).stimulus(0)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The largest difference of any unit or output of two networks.
fn difference(a: &Rnn, b: &Rnn, stimulus: &Stimulus) -> f64 {
    let times = times(stimulus.duration());
    let solve = |network: &Rnn| reference::integrate(network, stimulus, &times, 1e-12).unwrap();
    let (a, b) = (solve(a), solve(b));
    let values = a.states.iter().chain(&a.outputs).flatten();
    let others = b.states.iter().chain(&b.outputs).flatten();
    values.zip(others).map(|(a, b)| (a - b).abs()).max_by(f64::total_cmp).unwrap()
}

/// Bound from the coefficients, and what the two really differ by.
fn from_coefficients(network: &Rnn, other: &Rnn, stimulus: &Stimulus) -> (f64, f64) {
    let fields = (Field::of_network(network), Field::of_network(other));
    let until = stimulus.duration();
    let bound = global_bound(&fields.0, &fields.1, stimulus, until, 0.0).unwrap();
    (bound.max_abs, difference(network, other, stimulus))
}

/// Bounds of the error of a coarse integration, and the errors.
fn of_an_orbit(network: &Rnn, stimulus: &Stimulus, tolerance: f64) -> Vec<(f64, f64)> {
    let times = times(stimulus.duration());
    let coarse = reference::integrate(network, stimulus, &times, tolerance).unwrap();
    let fine = reference::integrate(network, stimulus, &times, 1e-13).unwrap();
    let field = Field::of_network(network);
    let orbit = (times.as_slice(), coarse.states.as_slice());
    let bound = orbit_error(&field, Steps::Flow, stimulus, orbit, 0.0).unwrap().unwrap();
    let errors = coarse.states.iter().zip(&fine.states).map(|(a, b)| distance(a, b));
    bound.errors.into_iter().zip(errors).collect()
}

const BOUNDED: [Activation; 3] = [Activation::Tanh, Activation::Logistic, Activation::HardTanh];
const SMOOTH: [Activation; 4] =
    [Activation::Tanh, Activation::Logistic, Activation::Softplus, Activation::Linear];

fn form(is_a: bool) -> Form {
    if is_a { Form::A } else { Form::B }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Any network, contracting or not.
    #[test]
    fn coefficients_bound_the_difference(
        is_a: bool, which in 0usize..3, units in 1usize..12, seed in 0u64..10_000,
        part in -6.0..-1.0,
    ) {
        let network = common::random::network(form(is_a), BOUNDED[which], units, seed);
        let other = changed(&network, 10_f64.powf(part));
        let (bound, seen) = from_coefficients(&network, &other, &stimulus(seed));
        prop_assert!(seen <= bound + 1e-10, "{seen} > {bound}");
    }

    #[test]
    fn errors_of_an_integration_are_bounded(
        is_a: bool, which in 0usize..4, units in 1usize..10, seed in 0u64..10_000,
        tolerance in -9.0..-3.0,
    ) {
        let network = common::random::network(form(is_a), SMOOTH[which], units, seed);
        for (bound, error) in of_an_orbit(&network, &stimulus(seed), 10_f64.powf(tolerance)) {
            prop_assert!(error <= bound + 1e-12, "{error} > {bound}");
        }
    }
}

/// What a report bounds is near what it saw; the bound from coefficients alone is for the
/// worst states and inputs, and within a hundred times where these are not far from what is
/// played: in 19 of 20 random networks.
#[test]
fn bounds_are_near_where_the_network_contracts() {
    let (mut count, mut far) = (0, 0);
    for (is_a, which) in [(true, 0), (true, 1), (true, 2), (false, 0), (false, 1), (false, 2)] {
        for seed in 0..20 {
            let network =
                common::random::network(form(is_a), BOUNDED[which], 1 + seed as usize % 11, seed);
            // The leaks are at least 0.5; those of form B weigh the weights, too.
            let network = with_norm(&network, if is_a { 0.3 } else { 0.2 });
            let other = changed(&network, 1e-3);
            let (bound, seen) = from_coefficients(&network, &other, &stimulus(seed));
            assert!(seen <= bound, "{seen} > {bound}");
            assert!(bound <= 1000.0 * seen, "{seed}: {bound} is more than 1000 times {seen}");
            count += 1;
            far += usize::from(bound > 100.0 * seen);
            if BOUNDED[which] != Activation::HardTanh {
                let stimuli = seeded_pulses(2, seed, 1, 20);
                let report = report(&network, &other, &stimuli, Extent::Always);
                let (bound, seen) =
                    (report.bound.unwrap().max_abs.unwrap(), report.trajectory.unwrap().max_abs);
                assert!(bound <= 100.0 * seen, "{seed}: {bound} is more than 100 times {seen}");
            }
        }
    }
    assert!(far * 20 <= count, "{far} of {count} are more than 100 times what was seen");
}

/// A bound for one sigma says nothing of another, and gains inside sigma reach the outputs.
#[test]
fn what_differs_is_not_left_out_of_the_bound() {
    let tanh = with_norm(&common::random::network(Form::A, Activation::Tanh, 4, 3), 0.3);
    let mut parts = tanh.parts().clone();
    parts.activation = Activation::HardTanh;
    let hard = Field::of_network(&Rnn::new(parts).unwrap());
    let stimulus = stimulus(3);
    assert_eq!(global_bound(&Field::of_network(&tanh), &hard, &stimulus, 20.0, 0.0), None);
    // u' = -u + x, y = tanh(u), built with tanh(1.2 u): the states agree and the outputs not.
    let one = |value: f64| DMatrix::from_element(1, 1, value);
    let network = Rnn::new(Parts {
        form: Form::B,
        activation: Activation::Tanh,
        recurrent: one(0.0),
        input: DMatrix::from_element(1, 2, 0.5),
        bias: DVector::zeros(1),
        leak: DVector::from_element(1, 1.0),
        readout: Readout { weights: one(1.0), bias: DVector::zeros(1) },
    })
    .unwrap();
    let stimuli = seeded_pulses(2, 5, 1, 20);
    let options =
        SynthesisOptions { realisation: Realisation::Ideal, ..SynthesisOptions::default() };
    let deck = synthesise(&network, &stimuli.stimulus(0), &options).unwrap();
    let wrong = deck.replace("tanh(v(u1))", "tanh(1.2*v(u1))");
    assert_ne!(deck, wrong, "{deck}");
    let circuit = common::circuit(&wrong);
    let subject =
        Subject { network: &network, trained_step: None, circuit: &circuit, stimuli: &stimuli };
    let found = verify(&subject, &VerifyOptions::default(), &|_| {}).unwrap();
    let (global, seen) = (found.bound.unwrap().global.unwrap(), found.trajectory.unwrap().max_abs);
    assert!(seen > 0.01 && global.max_abs >= seen, "{} {seen}", global.max_abs);
}

#[test]
fn the_bound_of_an_orbit_is_near_where_the_network_contracts() {
    let noise = 1e-5;
    for seed in 0..20 {
        let network = common::random::network(Form::A, Activation::Tanh, 8, seed);
        let network = with_norm(&network, 0.4);
        let stimulus = stimulus(seed);
        let times = times(stimulus.duration());
        let mut states = reference::integrate(&network, &stimulus, &times, 1e-12).unwrap().states;
        for (k, state) in states.iter_mut().enumerate().skip(1) {
            for (i, h) in state.iter_mut().enumerate() {
                *h += noise * (7.0 * k as f64 + 3.0 * i as f64).sin();
            }
        }
        let field = Field::of_network(&network);
        let orbit = (times.as_slice(), states.as_slice());
        let found = orbit_error(&field, Steps::Flow, &stimulus, orbit, 0.0).unwrap().unwrap();
        let bound = found.errors.iter().copied().max_by(f64::total_cmp).unwrap();
        // Eight units, and sines of all phases.
        let error = noise * 8.0_f64.sqrt();
        assert!(bound >= 0.5 * error, "{seed}: {bound}");
        assert!(bound <= 100.0 * error, "{seed}: {bound} is more than 100 times {error}");
    }
}

/// One unit that grows: everything about it is a closed form.
#[test]
fn errors_grow_as_they_must() {
    let rate = 0.3;
    let one = |value: f64| DMatrix::from_element(1, 1, value);
    let network = Rnn::new(Parts {
        form: Form::A,
        activation: Activation::Linear,
        recurrent: one(1.0 + rate),
        input: one(1.0),
        bias: DVector::zeros(1),
        leak: DVector::from_element(1, 1.0),
        readout: Readout { weights: one(1.0), bias: DVector::zeros(1) },
    })
    .unwrap();
    let stimulus = seeded_pulses(1, 3, 1, 20).stimulus(0);
    let times = times(stimulus.duration());
    let mut states = reference::integrate(&network, &stimulus, &times, 1e-13).unwrap().states;
    // All states after the second are those of a trajectory that jumped there.
    let jump = 1e-3;
    for (time, state) in times.iter().zip(&mut states).skip(2) {
        state[0] += jump * (rate * (time - times[2])).exp();
    }
    let field = Field::of_network(&network);
    let orbit = (times.as_slice(), states.as_slice());
    let found = orbit_error(&field, Steps::Flow, &stimulus, orbit, 0.0).unwrap().unwrap();
    let duration = stimulus.duration();
    let grown = (rate * duration).exp();
    assert!((found.amplification / grown - 1.0).abs() < 1e-4, "{}", found.amplification);
    let expected = jump * (rate * (duration - times[2])).exp();
    let last = *found.errors.last().unwrap();
    assert!(last >= expected * (1.0 - 1e-6), "{last} {expected}");
    // The metric counts what grows on the way, too.
    assert!(last <= 4.0 * expected, "{last} {expected}");
}

#[test]
fn maps_are_bounded_as_flows_are() {
    for seed in 0..10 {
        let network = common::random::network(Form::A, Activation::Tanh, 6, seed);
        let stimulus = stimulus(seed);
        let times: Vec<f64> = (0..=stimulus.duration() as usize).map(|k| k as f64).collect();
        let map = reference::euler(&network, &stimulus, 1.0, &times).unwrap();
        let other = reference::euler(&changed(&network, 1e-7), &stimulus, 1.0, &times).unwrap();
        let field = Field::of_network(&network);
        let bound = |states: &[Vec<f64>]| {
            orbit_error(&field, Steps::Map, &stimulus, (&times, states), 0.0).unwrap().unwrap()
        };
        let exact = bound(&map.states);
        assert!(*exact.errors.last().unwrap() < 1e-11, "{:?}", exact.errors);
        let found = bound(&other.states);
        let mut largest = (0.0_f64, 0.0_f64);
        for (error, (a, b)) in found.errors.iter().zip(map.states.iter().zip(&other.states)) {
            assert!(distance(a, b) <= *error, "{seed}");
            largest = (largest.0.max(*error), largest.1.max(distance(a, b)));
        }
        assert!(largest.0 < 1e3 * largest.1, "{seed}: {largest:?}");
    }
}

fn report(
    network: &Rnn,
    circuit: &Rnn,
    stimuli: &StimulusSet,
    effort: Extent,
) -> EquivalenceReport {
    let options =
        SynthesisOptions { realisation: Realisation::Ideal, ..SynthesisOptions::default() };
    let deck = synthesise(circuit, &stimuli.stimulus(0), &options).unwrap();
    let circuit = common::circuit(&deck);
    let subject = Subject { network, trained_step: None, circuit: &circuit, stimuli };
    let options = VerifyOptions { certainty: effort, ..VerifyOptions::default() };
    verify(&subject, &options, &|_| {}).unwrap()
}

/// Of a wrong circuit, too, the report says how far it is off at most.
#[test]
fn a_report_bounds_what_it_saw() {
    let stimuli = seeded_pulses(2, 5, 2, 20);
    for (form, part) in [(Form::A, 0.0), (Form::A, 1e-4), (Form::B, 0.0), (Form::B, 1e-4)] {
        let network = common::random::network(form, Activation::Tanh, 5, 11);
        let report = report(&network, &changed(&network, part), &stimuli, Extent::Quick);
        let (bound, seen) =
            (report.bound.unwrap().max_abs.unwrap(), report.trajectory.unwrap().max_abs);
        assert!(seen <= bound, "{seen} > {bound}");
        if part > 0.0 {
            assert!(bound < 1.01 * seen, "what was seen is nearly all: {bound} {seen}");
        } else {
            assert!(bound < 1e-7, "{bound}");
        }
    }
}

#[test]
fn no_certainty_is_said_and_never_a_number() {
    let stimuli = seeded_pulses(2, 5, 2, 20);
    let network = common::random::network(Form::A, Activation::Tanh, 5, 11);
    let never = report(&network, &changed(&network, 0.1), &stimuli, Extent::Never);
    let bound = never.bound.as_ref().unwrap();
    assert!(bound.global.unwrap().max_abs > never.trajectory.as_ref().unwrap().full_scale);
    assert_eq!(bound.max_abs, None);
    assert!(never.to_string().contains("certainty   none: "), "{never}");
    assert!(never.to_string().contains("differences may grow by e^"), "{never}");
    // Sigma with corners and weights that do not contract.
    let kinked = common::random::network(Form::A, Activation::Relu, 5, 11);
    let kinked = report(&kinked, &kinked, &stimuli, Extent::Always);
    assert_eq!(kinked.bound.as_ref().unwrap().max_abs, None);
    assert!(kinked.to_string().contains("certainty   none: sigma is relu and has a corner"));
    let json = serde_json::to_value(&kinked).unwrap();
    assert!(json["bound"]["max_abs"].is_null());
}

/// The trained AND network: its bound is a number where the coefficients give e^38.
#[test]
fn a_trained_network_is_certain_to_nine_digits() {
    let Some(loaded) = common::network("and_n50_orthogonal.hdf5") else { return };
    let stimuli = named("and").unwrap();
    let options = SynthesisOptions::default();
    let deck = synthesise(&loaded.network, &stimuli.stimulus(0), &options).unwrap();
    let circuit = common::circuit(&deck);
    let subject = Subject {
        network: &loaded.network,
        trained_step: loaded.trained_step,
        circuit: &circuit,
        stimuli: &stimuli,
    };
    let report = verify(&subject, &VerifyOptions::default(), &|_| {}).unwrap();
    let bound = report.bound.unwrap();
    assert!(bound.max_abs.unwrap() < 1e-8, "{bound}");
    assert!(bound.max_abs.unwrap() > report.trajectory.unwrap().max_abs);
    // papers.md: an error of 1e-9 grows by 3e8 at rest.
    let grown = bound.amplification.unwrap();
    assert!((1e8..1e10).contains(&grown), "{grown}");
    assert!(bound.global.unwrap().exponent > 30.0);
}
