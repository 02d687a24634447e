use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use serde::Deserialize;

use super::{
    plain::{dot, sigma},
    *,
};
use crate::rnn::{Activation, DiscreteRnn, Form, Parts, Readout};
use crate::task::{Change, seeded_pulses};

#[derive(Deserialize)]
struct Golden {
    duration: f64,
    edge: f64,
    /// Time and level, by channel.
    changes: Vec<Vec<[f64; 2]>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    network: Weights,
    times: Vec<f64>,
    states: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Weights {
    form: Form,
    activation: Activation,
    recurrent: Vec<Vec<f64>>,
    input: Vec<Vec<f64>>,
    bias: Vec<f64>,
    leak: Vec<f64>,
    readout: Vec<Vec<f64>>,
    offset: Vec<f64>,
}

fn matrix(rows: &[Vec<f64>]) -> DMatrix<f64> {
    DMatrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column])
}

impl Weights {
    fn network(&self) -> Rnn {
        Rnn::new(Parts {
            form: self.form,
            activation: self.activation,
            recurrent: matrix(&self.recurrent),
            input: matrix(&self.input),
            bias: DVector::from_row_slice(&self.bias),
            leak: DVector::from_row_slice(&self.leak),
            readout: Readout {
                weights: matrix(&self.readout),
                bias: DVector::from_row_slice(&self.offset),
            },
        })
        .unwrap()
    }
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../tests/golden/reference/reference.json")).unwrap()
}

/// The largest difference; NaN where one is.
fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    assert_eq!(a.len(), b.len());
    let differences = a.iter().zip(b).flat_map(|(a, b)| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(x, y)| (x - y).abs())
    });
    differences.max_by(f64::total_cmp).unwrap()
}

/// One unit, one input, one output, no weights but these.
fn unit(form: Form, activation: Activation, recurrent: f64, input: f64, leak: f64) -> Rnn {
    Rnn::new(Parts {
        form,
        activation,
        recurrent: DMatrix::from_element(1, 1, recurrent),
        input: DMatrix::from_element(1, 1, input),
        bias: DVector::zeros(1),
        leak: DVector::from_element(1, leak),
        readout: Readout {
            weights: DMatrix::from_element(1, 1, 2.0),
            bias: DVector::from_element(1, 1.0),
        },
    })
    .unwrap()
}

fn step(edge: f64) -> Stimulus {
    Stimulus::new(4.0, edge, vec![vec![Change { at: 1.0, level: 3.0 }]]).unwrap()
}

#[test]
fn both_forms_agree_with_scipy() {
    let golden = golden();
    let list = |changes: &Vec<[f64; 2]>| {
        changes.iter().map(|&[at, level]| Change { at, level }).collect::<Vec<_>>()
    };
    let changes = golden.changes.iter().map(list).collect();
    let stimulus = Stimulus::new(golden.duration, golden.edge, changes).unwrap();
    for case in golden.cases {
        let network = case.network.network();
        for (tolerance, bound) in [(1e-11, 2e-11), (1e-8, 2e-8), (1e-5, 2e-5)] {
            let found = integrate(&network, &stimulus, &case.times, tolerance).unwrap();
            let (states, outputs) =
                (apart(&found.states, &case.states), apart(&found.outputs, &case.outputs));
            let form = network.parts().form;
            assert!(states < bound && outputs < 4.0 * bound, "{form:?}: {states} {outputs}");
        }
    }
}

/// dh/dt = -l h + x with an edge of width e from 1 on: the answer to a ramp
/// while it lasts, then relaxation.
#[test]
fn a_linear_unit_follows_the_closed_form() {
    let (l, e) = (0.7_f64, 0.25);
    let closed = |t: f64| {
        let ramp = |s: f64| 3.0 / e * (s / l - (1.0 - (-l * s).exp()) / (l * l));
        let s = if t > 1.0 { t - 1.0 } else { 0.0 };
        ramp(s) - if s > e { ramp(s - e) } else { 0.0 }
    };
    let times: Vec<f64> = (0..=80).map(|i| f64::from(i) * 0.05).collect();
    let network = unit(Form::A, Activation::Linear, 0.0, 1.0, l);
    let found = integrate(&network, &step(e), &times, 1e-11).unwrap();
    for ((t, state), output) in times.iter().zip(&found.states).zip(&found.outputs) {
        assert!((state[0] - closed(*t)).abs() < 1e-10, "at {t}: {} {}", state[0], closed(*t));
        assert!((output[0] - (2.0 * state[0] + 1.0)).abs() < 1e-15);
    }
}

#[test]
fn true_steps_are_the_limit_of_edges() {
    let network = unit(Form::B, Activation::Tanh, 1.5, -1.0, 2.0);
    let at = |edge| integrate(&network, &step(edge), &[2.0, 4.0], 1e-12).unwrap().states;
    let sharp = at(0.0);
    let (wide, narrow) = (apart(&at(1e-3), &sharp), apart(&at(1e-4), &sharp));
    assert!(wide > 1e-5 && (wide / narrow - 10.0).abs() < 0.1, "{wide} {narrow}");
}

#[test]
fn samples_do_not_depend_on_what_else_is_sampled() {
    let network = unit(Form::A, Activation::Logistic, 2.0, 1.0, 1.0);
    let all: Vec<f64> = [0.0, 0.0, 0.3, 1.0, 1.0005, 1.001, 2.2, 2.2, 4.0].to_vec();
    let together = integrate(&network, &step(1e-3), &all, 1e-12).unwrap();
    assert_eq!((together.times.len(), together.states.len()), (9, 9));
    for (time, expected) in all.iter().zip(&together.states) {
        let alone = integrate(&network, &step(1e-3), &[*time], 1e-12).unwrap();
        assert!(apart(&alone.states, std::slice::from_ref(expected)) < 1e-11, "at {time}");
    }
    let none = integrate(&network, &step(1e-3), &[], 1e-12).unwrap();
    assert_eq!((none.states.len(), none.evaluations), (0, 0));
}

#[test]
fn the_euler_map_with_step_one_is_the_map_that_keras_trains() {
    let network = {
        let mut parts = golden().cases[0].network.network().into_parts();
        parts.leak.fill(1.0);
        Rnn::new(parts).unwrap()
    };
    let stimulus = seeded_pulses(2, 1, 1, 60).stimulus(0);
    let times: Vec<f64> = (1..=60).map(f64::from).collect();
    let found = euler(&network, &stimulus, 1.0, &times).unwrap();
    let (keras, mut state) = (DiscreteRnn::keras(network), DVector::zeros(6));
    for n in 0..60 {
        let x = DVector::from_fn(2, |channel, _| stimulus.level(channel, n));
        state = keras.next(&state, &x);
        let output = keras.output(&state);
        assert!(apart(&found.states[n..=n], &[state.as_slice().to_vec()]) < 1e-12, "step {n}");
        assert!(apart(&found.outputs[n..=n], &[output.as_slice().to_vec()]) < 1e-12, "step {n}");
    }
    assert_eq!(found.evaluations, 60);
}

#[test]
fn the_euler_map_tends_to_the_integral_with_its_step() {
    for case in golden().cases {
        let network = case.network.network();
        let stimulus = seeded_pulses(2, 1, 1, 12).stimulus(0).with_edge(0.0).unwrap();
        let times: Vec<f64> = (0..=12).map(f64::from).collect();
        let exact = integrate(&network, &stimulus, &times, 1e-12).unwrap();
        let error =
            |d| apart(&euler(&network, &stimulus, d, &times).unwrap().states, &exact.states);
        let ratio = error(0.002) / error(0.001);
        assert!((ratio - 2.0).abs() < 0.05, "{ratio}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let network = unit(Form::A, Activation::Tanh, 2.0, 1.0, 1.0);
    let stimulus = step(1e-3);
    let error = |times: &[f64], tolerance| {
        integrate(&network, &stimulus, times, tolerance).unwrap_err().to_string()
    };
    assert_eq!(error(&[0.0, 5.0], 1e-9), "time 1 is 5; times must ascend within [0, 4]");
    assert_eq!(error(&[2.0, 1.0], 1e-9), "time 1 is 1; times must ascend within [0, 4]");
    assert_eq!(error(&[f64::NAN], 1e-9), "time 0 is NaN; times must ascend within [0, 4]");
    assert_eq!(error(&[-1.0], 1e-9), "time 0 is -1; times must ascend within [0, 4]");
    assert_eq!(error(&[1.0], 0.0), "the tolerance is 0, it must be positive and finite");
    assert_eq!(error(&[1.0], f64::NAN), "the tolerance is NaN, it must be positive and finite");
    let silent = Stimulus::new(1.0, 0.0, vec![]).unwrap();
    let text = integrate(&network, &silent, &[], 1e-9).unwrap_err().to_string();
    assert_eq!(text, "the network has 1 inputs, the stimulus 0 channels");
    let text = euler(&network, &stimulus, 0.5, &[0.5, 1.25]).unwrap_err().to_string();
    assert_eq!(text, "time 1 is 1.25, which is no multiple of the step 0.5");
}

#[test]
fn a_network_that_bursts_is_an_error_with_a_time() {
    let network = unit(Form::A, Activation::Linear, 400.0, 1.0, 1.0);
    let error = integrate(&network, &step(1e-3), &[4.0], 1e-6).unwrap_err();
    assert!(matches!(error, ReferenceError::Integration { from, .. } if from >= 1.0), "{error}");
    let network = unit(Form::A, Activation::Linear, 1e200, 1.0, 1.0);
    let error = euler(&network, &step(1e-3), 0.5, &[4.0]).unwrap_err();
    let text = "between 2 and 2.5: component 0 of the state is inf";
    assert_eq!(error.to_string(), text);
}

proptest! {
    /// The second set of activations is the first one.
    #[test]
    fn the_activations_are_the_same_functions(z in -40.0..40.0_f64) {
        for activation in Activation::ALL {
            let (own, other) = (sigma(activation, z), activation.value(z));
            prop_assert!((own - other).abs() <= 4e-16 * (1.0 + own.abs()), "{activation} {z}");
        }
    }

    #[test]
    fn lanes_do_not_lose_products(values in prop::collection::vec(-9_i32..9, 0..40)) {
        let a: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let b: Vec<f64> = (0..a.len()).map(|i| i as f64).collect();
        let exact: f64 = a.iter().enumerate().map(|(i, v)| v * i as f64).sum();
        prop_assert!((dot(&a, &b) - exact).abs() < 1e-9);
    }
}
