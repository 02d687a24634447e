//! Derivatives against differences, orders of convergence, closed forms.

use nalgebra::{DMatrix, DVector, Matrix2};

use super::*;
use crate::{
    dae::{Drive, Flow, Time},
    linalg::expm,
    rnn::{Activation, Form, Parts, Readout, Rnn},
    task::Stimulus,
};

/// Numbers in (-0.5, 0.5), the same in every run.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    }
}

pub(super) fn network(form: Form, activation: Activation) -> Rnn {
    let mut next = numbers(5);
    Rnn::new(Parts {
        form,
        activation,
        recurrent: DMatrix::from_fn(4, 4, |_, _| 2.0 * next()),
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

const STATE: [f64; 4] = [0.3, -0.2, 0.5, 0.1];
const INPUT: [f64; 2] = [0.4, -0.7];

/// d function / d argument by central differences.
fn differences(at: &[f64], rows: usize, function: &dyn Fn(&[f64], &mut [f64])) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, at.len());
    for column in 0..at.len() {
        let mut ends = [vec![0.0; rows], vec![0.0; rows]];
        for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
            let mut moved = at.to_vec();
            moved[column] += sign * 1e-5;
            function(&moved, end);
        }
        for row in 0..rows {
            matrix[(row, column)] = (ends[0][row] - ends[1][row]) / 2e-5;
        }
    }
    matrix
}

#[track_caller]
fn check_derivatives(system: &dyn System) {
    let (states, _, outputs) = system.shape();
    let x = &STATE[..states];
    let close = |found: &DMatrix<f64>, expected: &DMatrix<f64>| {
        let scale = 1.0 + expected.amax();
        assert!((found - expected).amax() <= 1e-8 * scale, "{found} {expected}");
    };
    let mut jacobian = DMatrix::zeros(states, states);
    system.jacobian(x, &INPUT, &mut jacobian).unwrap();
    close(&jacobian, &differences(x, states, &|x, out| system.evolve(x, &INPUT, out).unwrap()));
    let by_input = system.input_jacobian(x, &INPUT).unwrap();
    close(&by_input, &differences(&INPUT, states, &|u, out| system.evolve(x, u, out).unwrap()));
    let (c, d) = system.output_jacobians(x, &INPUT).unwrap();
    close(&c, &differences(x, outputs, &|x, y| system.output(x, &INPUT, y).unwrap()));
    close(&d, &differences(&INPUT, outputs, &|u, y| system.output(x, u, y).unwrap()));
}

#[test]
fn derivatives_are_those_of_the_values() {
    for form in [Form::A, Form::B] {
        let rnn = network(form, Activation::Tanh);
        check_derivatives(&Flow::new(rnn.to_lure()));
        check_derivatives(&(&rnn).rescale(3.0).unwrap());
        check_derivatives(&Scaled::new(&rnn, vec![2.0, 0.5, 3.0, 1.0]).unwrap());
        let linear = rnn.linearise(&[0.1, 0.2, -0.3, 0.4], &[0.5, -0.5]).unwrap();
        check_derivatives(&linear);
        check_derivatives(&(&linear).discretise(Method::ZeroOrderHold, 0.3).unwrap());
        for method in Method::ALL {
            if method != Method::ZeroOrderHold {
                check_derivatives(&(&rnn).discretise(method, 0.3).unwrap());
            }
        }
        let mut jacobian = DMatrix::zeros(4, 4);
        rnn.jacobian(&STATE, &INPUT, &mut jacobian).unwrap();
        check_derivatives(&Discretised::exponential(&rnn, jacobian, 0.3).unwrap());
        let chain = rnn.rescale(2.0).unwrap().scale(3.0).unwrap();
        let chain = chain.discretise(Method::Trapezoidal, 0.4).unwrap().rescale(0.5).unwrap();
        check_derivatives(&chain);
    }
}

/// The largest error at time 1 with steps of 1/n.
fn error_at_one(system: &dyn System, exact: &[f64], n: u32) -> f64 {
    let (mut x, mut next) = (STATE.to_vec(), vec![0.0; 4]);
    for _ in 0..n {
        system.evolve(&x, &INPUT, &mut next).unwrap();
        std::mem::swap(&mut x, &mut next);
    }
    let errors = x.iter().zip(exact).map(|(x, exact)| (x - exact).abs());
    errors.max_by(f64::total_cmp).unwrap()
}

/// Held at [`INPUT`].
struct Held;

impl Drive for Held {
    fn values(&self, _time: f64, u: &mut [f64]) {
        u.copy_from_slice(&INPUT);
    }

    fn corners(&self, _stop: f64) -> Vec<f64> {
        Vec::new()
    }
}

#[test]
fn every_method_has_its_order() {
    let orders = [
        (Method::ExplicitEuler, 1.0),
        (Method::ImplicitEuler, 1.0),
        (Method::Trapezoidal, 2.0),
        (Method::RungeKutta4, 4.0),
        (Method::ExponentialEuler, 1.0),
    ];
    for form in [Form::A, Form::B] {
        let rnn = network(form, Activation::Tanh);
        let span = Span { stop: 1.0, interval: 1.0, rtol: 1e-13 };
        let exact = simulate(&rnn, &Held, &STATE, &span).unwrap().states[1].clone();
        for (method, order) in orders {
            let error = |n: u32| {
                let map = (&rnn).discretise(method, 1.0 / f64::from(n)).unwrap();
                error_at_one(&map, &exact, n)
            };
            let measured = (error(16) / error(64)).log2() / 2.0;
            assert!((measured - order).abs() <= 0.15, "{form:?} {method:?} {measured}");
        }
    }
}

/// Two states that turn at an angular rate of pi, driven by one input.
fn oscillator() -> Linearised {
    let pi = std::f64::consts::PI;
    let a = DMatrix::from_row_slice(2, 2, &[0.0, pi, -pi, 0.0]);
    let b = DMatrix::from_row_slice(2, 1, &[0.0, 1.0]);
    let (c, d) = (DMatrix::identity(2, 2), DMatrix::zeros(2, 1));
    Linearised::from_matrices(Time::Continuous, [a, b, c, d]).unwrap()
}

#[test]
fn a_zero_order_hold_samples_the_oscillator_exactly() {
    let pi = std::f64::consts::PI;
    for step in [0.1, 0.5, 1.0, 2.7] {
        let map = oscillator().discretise(Method::ZeroOrderHold, step).unwrap();
        let (sin, cos) = (pi * step).sin_cos();
        let rotation = Matrix2::new(cos, sin, -sin, cos);
        let mut a = DMatrix::zeros(2, 2);
        map.jacobian(&[0.0; 2], &[0.0], &mut a).unwrap();
        assert!((a - rotation).amax() < 2e-15, "{step}");
        // The integral of exp(sA) [0, 1].
        let b = map.input_jacobian(&[0.0; 2], &[0.0]).unwrap();
        assert!((b[0] - (1.0 - cos) / pi).abs() < 1e-15 && (b[1] - sin / pi).abs() < 1e-15);
        let mut next = [0.0; 2];
        map.evolve(&[0.3, -0.8], &[0.5], &mut next).unwrap();
        let expected = 0.3 * cos - 0.8 * sin + 0.5 * (1.0 - cos) / pi;
        assert!((next[0] - expected).abs() < 2e-15);
    }
}

/// The stability function of a method at z = d A.
fn stability(method: Method, z: &DMatrix<f64>) -> DMatrix<f64> {
    let one = DMatrix::identity(z.nrows(), z.nrows());
    let inverse = |matrix: DMatrix<f64>| matrix.try_inverse().unwrap();
    match method {
        Method::ExplicitEuler => &one + z,
        Method::ImplicitEuler => inverse(&one - z),
        Method::Trapezoidal => inverse(&one - z * 0.5) * (&one + z * 0.5),
        Method::RungeKutta4 => &one + z * (&one + z * (&one + z * (&one + z / 4.0) / 3.0) / 2.0),
        Method::ZeroOrderHold => expm(z).unwrap(),
        Method::ExponentialEuler => unreachable!(),
    }
}

#[test]
fn at_an_equilibrium_a_step_has_the_stability_function_as_its_jacobian() {
    let mut parts = network(Form::A, Activation::Tanh).into_parts();
    parts.bias.fill(0.0);
    let rnn = Rnn::new(parts).unwrap();
    let (origin, nothing) = ([0.0; 4], [0.0; 2]);
    let mut a = DMatrix::zeros(4, 4);
    rnn.jacobian(&origin, &nothing, &mut a).unwrap();
    let d = 0.4;
    for method in Method::ALL {
        let mut found = DMatrix::zeros(4, 4);
        let expected = match method {
            Method::ExponentialEuler => continue,
            Method::ZeroOrderHold => {
                let linear = rnn.linearise(&origin, &nothing).unwrap();
                let map = linear.discretise(method, d).unwrap();
                map.jacobian(&origin, &nothing, &mut found).unwrap();
                stability(method, &(&a * d))
            }
            _ => {
                let map = (&rnn).discretise(method, d).unwrap();
                map.jacobian(&origin, &nothing, &mut found).unwrap();
                stability(method, &(&a * d))
            }
        };
        assert!((found - expected).amax() < 1e-14, "{method:?}");
    }
}

#[test]
fn a_linearisation_touches_the_system_and_carries_the_constant() {
    let rnn = network(Form::A, Activation::Tanh);
    let at = [0.1, 0.2, -0.3, 0.4];
    let linear = rnn.linearise(&at, &INPUT).unwrap();
    assert!(linear.drift().iter().any(|rate| rate.abs() > 0.1), "no equilibrium");
    let (mut exact, mut touching) = ([0.0; 4], [0.0; 4]);
    rnn.evolve(&at, &INPUT, &mut exact).unwrap();
    linear.evolve(&at, &INPUT, &mut touching).unwrap();
    assert_eq!(exact, touching);
    let distance = |size: f64| {
        let moved = at.map(|x| x + size);
        let (mut exact, mut touching) = ([0.0; 4], [0.0; 4]);
        rnn.evolve(&moved, &INPUT, &mut exact).unwrap();
        linear.evolve(&moved, &INPUT, &mut touching).unwrap();
        (0..4).map(|k| (exact[k] - touching[k]).abs()).sum::<f64>()
    };
    let order = (distance(1e-2) / distance(1e-3)).log10();
    assert!((order - 2.0).abs() < 0.1, "{order}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let rnn = network(Form::A, Activation::Tanh);
    let text = |error: TransformError| error.to_string();
    assert_eq!(
        text((&rnn).rescale(-1.0).unwrap_err()),
        "the factor of time is -1, it must be positive and finite"
    );
    assert!((&rnn).rescale(f64::NAN).is_err() && (&rnn).scale(0.0).is_err());
    assert_eq!(
        text((&rnn).discretise(Method::RungeKutta4, 0.0).unwrap_err()),
        "the step is 0, it must be positive and finite"
    );
    let map = (&rnn).discretise(Method::ExplicitEuler, 0.1).unwrap();
    let twice = map.rescale(2.0).unwrap().discretise(Method::ExplicitEuler, 0.1).unwrap_err();
    assert_eq!(
        text(twice),
        "the system has discrete time already, with step 0.2; only a flow can be discretised"
    );
    let held = (&rnn).discretise(Method::ZeroOrderHold, 0.1).unwrap_err();
    assert_eq!(held, TransformError::NotAffine);
    let short = rnn.linearise(&[0.0; 3], &[0.0; 2]).unwrap_err();
    assert_eq!(text(short), "the state has 3 values, the system has 4");
    let plain = oscillator().discretise(Method::ExponentialEuler, 0.1).unwrap_err();
    assert_eq!(plain, TransformError::NoLinearPart);
}

#[test]
fn a_linear_network_can_be_held() {
    let rnn = network(Form::B, Activation::Linear);
    let span = Span { stop: 0.7, interval: 0.7, rtol: 1e-13 };
    let exact = simulate(&rnn, &Held, &STATE, &span).unwrap().states[1].clone();
    let map = rnn.discretise(Method::ZeroOrderHold, 0.7).unwrap();
    let mut next = [0.0; 4];
    map.evolve(&STATE, &INPUT, &mut next).unwrap();
    for (next, exact) in next.iter().zip(&exact) {
        assert!((next - exact).abs() < 1e-11);
    }
}

/// Only the sizes matter to an implicit step, not how far it reaches.
#[test]
fn an_implicit_step_is_solved_however_long_it_is() {
    let rnn = network(Form::A, Activation::Tanh);
    for method in [Method::ImplicitEuler, Method::Trapezoidal] {
        for step in [1e-3, 1.0, 1e3] {
            let map = (&rnn).discretise(method, step).unwrap();
            let mut next = [0.0; 4];
            map.evolve(&STATE, &INPUT, &mut next).unwrap();
            let (mut before, mut after) = ([0.0; 4], [0.0; 4]);
            rnn.evolve(&STATE, &INPUT, &mut before).unwrap();
            rnn.evolve(&next, &INPUT, &mut after).unwrap();
            let old = if method == Method::Trapezoidal { 0.5 } else { 0.0 };
            for k in 0..4 {
                let rate = old * before[k] + (1.0 - old) * after[k];
                let residual = next[k] - STATE[k] - step * rate;
                assert!(residual.abs() < 1e-13 * (1.0 + step), "{method:?} {step} {residual}");
            }
        }
    }
}

#[test]
fn a_step_without_a_solution_names_the_state() {
    // X = 0.3 + 2 (X + 1): at theta = 1 / slope the equation has no solution.
    let one = |value| DMatrix::from_element(1, 1, value);
    let line =
        Linearised::from_matrices(Time::Continuous, [one(0.5), one(1.0), one(1.0), one(0.0)])
            .unwrap();
    let map = line.discretise(Method::ImplicitEuler, 2.0).unwrap();
    let fault = map.evolve(&[0.3], &[0.5], &mut [0.0]).unwrap_err().to_string();
    assert_eq!(
        fault,
        "the implicit step of 2 has no solution that could be found: x1 is still off by -1.300e0"
    );
}

#[test]
fn motions_have_the_names_and_instants_of_their_system() {
    let rnn = network(Form::A, Activation::Tanh);
    let levels = [vec![1.0, 0.0, 0.0], vec![0.0, -1.0, 0.5]];
    let stimulus = Stimulus::from_levels(&levels, 0.0).unwrap();
    let drive = Played(&stimulus);
    let span = Span { stop: 3.0, interval: 0.5, rtol: 1e-10 };
    let flow = simulate(&rnn, &drive, &STATE, &span).unwrap();
    assert_eq!(flow.times.len(), 7);
    let wave = waveform(&rnn, &flow).unwrap();
    let names: Vec<&str> = wave.signals().iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(names, ["y1", "y2", "y3", "h1", "h2", "h3", "h4"]);
    // The same motion in another time.
    let slow = (&rnn).rescale(4.0).unwrap();
    let late = StretchedDrive { drive: &drive, factor: 4.0 };
    let stretched =
        simulate(&slow, &late, &STATE, &Span { stop: 12.0, interval: 2.0, rtol: 1e-10 }).unwrap();
    for (one, other) in flow.states.iter().flatten().zip(stretched.states.iter().flatten()) {
        assert!((one - other).abs() < 1e-8);
    }
    // A map answers to the input of its own instant.
    let map = (&rnn).discretise(Method::ExplicitEuler, 1.0).unwrap();
    let motion = simulate(&map, &drive, &STATE, &span).unwrap();
    assert_eq!(motion.times, [0.0, 1.0, 2.0, 3.0]);
    let mut next = [0.0; 4];
    map.evolve(&motion.states[1], &[0.0, -1.0], &mut next).unwrap();
    assert_eq!(motion.states[2], next);
}
