//! The derivatives against central differences, in both forms.

use super::*;
use crate::rnn::{Activation, Parts, Readout};

fn network(form: Form, activation: Activation) -> Rnn {
    let mut state = 3_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    };
    Rnn::new(Parts {
        form,
        activation,
        recurrent: DMatrix::from_fn(4, 4, |_, _| next()),
        input: DMatrix::from_fn(4, 2, |_, _| next()),
        bias: DVector::from_fn(4, |_, _| next()),
        leak: DVector::from_fn(4, |_, _| 1.0 + next()),
        readout: Readout {
            weights: DMatrix::from_fn(3, 4, |_, _| next()),
            bias: DVector::from_fn(3, |_, _| next()),
        },
    })
    .unwrap()
}

/// d function / d argument by central differences.
fn differences(at: &[f64], rows: usize, function: impl Fn(&[f64], &mut [f64])) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, at.len());
    let step = 1e-5;
    for column in 0..at.len() {
        let mut ends = [vec![0.0; rows], vec![0.0; rows]];
        for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
            let mut moved = at.to_vec();
            moved[column] += sign * step;
            function(&moved, end);
        }
        for row in 0..rows {
            matrix[(row, column)] = (ends[0][row] - ends[1][row]) / (2.0 * step);
        }
    }
    matrix
}

fn check(system: &dyn System) {
    let x = [0.3, -0.2, 0.5, 0.1];
    let u = [0.4, -0.7];
    let close = |found: &DMatrix<f64>, expected: &DMatrix<f64>| {
        assert!((found - expected).amax() < 1e-9, "{found} {expected}");
    };
    let mut jacobian = DMatrix::zeros(4, 4);
    system.jacobian(&x, &u, &mut jacobian).unwrap();
    close(&jacobian, &differences(&x, 4, |x, out| system.evolve(x, &u, out).unwrap()));
    let to_input = system.input_jacobian(&x, &u).unwrap();
    close(&to_input, &differences(&u, 4, |u, out| system.evolve(&x, u, out).unwrap()));
    let (c, d) = system.output_jacobians(&x, &u).unwrap();
    close(&c, &differences(&x, 3, |x, y| system.output(x, &u, y).unwrap()));
    close(&d, &differences(&u, 3, |u, y| system.output(&x, u, y).unwrap()));
}

#[test]
fn derivatives_are_those_of_the_values() {
    for form in [Form::A, Form::B] {
        for activation in [Activation::Tanh, Activation::Logistic, Activation::Softplus] {
            let network = network(form, activation);
            check(&network);
            check(&DiscreteRnn { network, step: 0.3 });
        }
    }
}

#[test]
fn a_bias_breaks_the_symmetry() {
    let network = network(Form::A, Activation::Tanh);
    assert!(!network.is_odd());
    let mut parts = network.into_parts();
    parts.bias.fill(0.0);
    assert!(Rnn::new(parts).unwrap().is_odd());
}
