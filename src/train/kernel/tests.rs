//! The kernels against plain loops in f64, which are checked against differences.

use super::*;
use crate::rnn::Activation;
use crate::train::sample::Sample;
use crate::train::weights::{Cell, Shape, Variable, Weights};

/// Knuth's congruence: numbers in [-1, 1).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f64 / f64::from(1_u32 << 23) - 1.0) as f32
    }
}

struct Case {
    cell: Cell,
    substeps: usize,
    weights: Weights,
    sample: Sample,
    through: Through,
}

fn case(shape: Shape, cell: Cell, trials: usize, steps: usize) -> Case {
    let mut chance = Chance((trials * 100 + steps + shape.units) as u64);
    let mut weights = Weights::zeros(shape);
    let scale = 1.3 / (shape.units as f32).sqrt();
    weights.values_mut().iter_mut().for_each(|w| *w = chance.next());
    weights.get_mut(Variable::Recurrent).iter_mut().for_each(|w| *w *= scale * 1.7);
    weights.get_mut(Variable::Readout).iter_mut().for_each(|w| *w *= scale);
    let mut values =
        |count: usize| -> Vec<f32> { (0..trials * steps * count).map(|_| chance.next()).collect() };
    let (x, y) = (values(shape.inputs), values(shape.outputs));
    let sample = Sample::new(steps, (shape.inputs, x), (shape.outputs, y)).unwrap();
    let substeps = (1.0 / cell.step).round() as usize;
    Case { cell, substeps, weights, sample, through: Through::default() }
}

/// Loss (mean square) and gradient by loops in f64 that share nothing with the
/// kernels but the order of the variables.
fn reference(case: &Case, weights: &[f64]) -> (f64, Vec<f64>) {
    let Shape { units, inputs, outputs } = case.weights.shape();
    let (w, rest) = weights.split_at(units * units);
    let (win, rest) = rest.split_at(units * inputs);
    let (b, rest) = rest.split_at(units);
    let (v, c) = rest.split_at(outputs * units);
    let (d, keep) = (case.cell.step, 1.0 - case.cell.step * case.cell.leak);
    let activation = case.cell.activation;
    let mut gradient = vec![0.0; weights.len()];
    let (mut loss, trials) = (0.0, case.sample.trials());
    let steps = case.sample.steps() * case.substeps;
    let scale = 1.0 / (trials * steps * outputs) as f64;
    for trial in 0..trials {
        let x =
            |t: usize, k: usize| f64::from(case.sample.x(trial)[t / case.substeps * inputs + k]);
        let y =
            |t: usize, o: usize| f64::from(case.sample.y(trial)[t / case.substeps * outputs + o]);
        let mut states = vec![vec![0.0; units]];
        let mut drives = Vec::new();
        let mut noise = case.through.noise.map(|noise| {
            let stream = (noise.stream << 32) + trial as u64;
            (noise.sd, crate::train::chance(noise.seed, stream))
        });
        for t in 0..steps {
            let h = &states[t];
            let z: Vec<f64> = (0..units)
                .map(|i| {
                    noise.as_mut().map_or(0.0, |(sd, noise)| *sd * noise.normal())
                        + b[i]
                        + (0..units).map(|j| w[i * units + j] * h[j]).sum::<f64>()
                        + (0..inputs).map(|k| win[i * inputs + k] * x(t, k)).sum::<f64>()
                })
                .collect();
            states.push((0..units).map(|i| keep * h[i] + d * activation.value(z[i])).collect());
            drives.push(z);
        }
        let mut back = vec![0.0; units];
        for t in (0..steps).rev() {
            let h = &states[t + 1];
            for o in 0..outputs {
                let out = c[o] + (0..units).map(|j| v[o * units + j] * h[j]).sum::<f64>();
                let error = out - y(t, o);
                loss += scale * error * error;
                let slope = 2.0 * scale * error;
                gradient[units * (units + inputs + 1 + outputs) + o] += slope;
                for j in 0..units {
                    gradient[units * (units + inputs + 1 + o) + j] += slope * h[j];
                    back[j] += slope * v[o * units + j];
                }
            }
            let mut before = vec![0.0; units];
            for i in 0..units {
                let delta = d * activation.derivative(drives[t][i]) * back[i];
                for j in 0..units {
                    gradient[i * units + j] += delta * states[t][j];
                    before[j] += delta * w[i * units + j];
                }
                for k in 0..inputs {
                    gradient[units * units + i * inputs + k] += delta * x(t, k);
                }
                gradient[units * (units + inputs) + i] += delta;
                before[i] += keep * back[i];
            }
            let cut = case.through.truncate.is_some_and(|length| t % length == 0);
            back = if cut { vec![0.0; units] } else { before };
        }
    }
    (loss, gradient)
}

/// Loss and gradient by the kernels.
fn kernels(case: &Case) -> (f64, Vec<f32>) {
    let shape = case.weights.shape();
    let mut net = Packed::new(shape, case.cell);
    net.fill(&case.weights);
    let mut workspace = Workspace::default();
    let numbers: Vec<usize> = (0..case.sample.trials()).collect();
    let steps = case.sample.steps() * case.substeps;
    let terms = (numbers.len() * steps * shape.outputs) as f64;
    let mut gradient = vec![0.0; shape.values()];
    let mut loss = 0.0;
    for numbers in numbers.chunks(LANES) {
        let (sample, substeps, through) = (&case.sample, case.substeps, case.through);
        let trials = Trials { sample, numbers, substeps, through };
        workspace.forward(&net, &trials);
        loss += workspace.backward(&net, &trials, (2.0 / terms) as f32) / terms;
        workspace.add_gradient(shape, &mut gradient);
    }
    (loss, gradient)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// Largest difference relative to the largest entry, variable by variable.
fn difference(shape: Shape, found: &[f32], right: &[f64]) -> f64 {
    let worst = |variable: Variable| {
        let range = shape.range(variable);
        let largest = |values: &mut dyn Iterator<Item = f64>| values.map(f64::abs).fold(0.0, worse);
        let pairs = found[range.clone()].iter().zip(&right[range.clone()]);
        let error = largest(&mut pairs.map(|(a, b)| f64::from(*a) - b));
        if range.is_empty() { 0.0 } else { error / largest(&mut right[range].iter().copied()) }
    };
    Variable::ALL.map(worst).into_iter().fold(0.0, worse)
}

/// The larger one, or what is no number.
fn worse(a: f64, b: f64) -> f64 {
    if b <= a { a } else { b }
}

const SHAPES: [(Shape, usize, usize); 5] = [
    (Shape { units: 1, inputs: 1, outputs: 1 }, 1, 1),
    (Shape { units: 7, inputs: 0, outputs: 2 }, 3, 5),
    (Shape { units: 13, inputs: 3, outputs: 1 }, 33, 70),
    (Shape { units: 30, inputs: 2, outputs: 3 }, 31, 40),
    (Shape { units: 104, inputs: 1, outputs: 1 }, 2, 9),
];

/// Five digits: f32 has seven, and a hundred steps of back-propagation lose two.
const CLOSE: f64 = 2e-5;

/// Pieces of every length, and noise of the states: the gradient of the reference, which
/// cuts and draws for itself.
#[test]
fn gradients_may_be_cut_and_states_noisy() {
    let shape = Shape { units: 9, inputs: 2, outputs: 2 };
    for (step, truncate) in
        [(1.0, None), (1.0, Some(1)), (1.0, Some(7)), (0.5, Some(90)), (0.5, Some(13))]
    {
        let cell = Cell { step, ..Cell::KERAS };
        let mut case = case(shape, cell, 5, 70);
        let plain = kernels(&case).1;
        let noise = Some(StateNoise { sd: 0.3, seed: 5, stream: 9 });
        case.through = Through { truncate, noise };
        let weights: Vec<f64> = case.weights.values().iter().map(|w| f64::from(*w)).collect();
        let ((loss, gradient), (right_loss, right)) = (kernels(&case), reference(&case, &weights));
        assert!((loss - right_loss).abs() < 1e-5 * right_loss, "{loss} {right_loss}");
        let largest =
            right.iter().fold(0.0, |most: f64, g| if g.abs() > most { g.abs() } else { most });
        for (k, (found, right)) in gradient.iter().zip(&right).enumerate() {
            let error = (f64::from(*found) - right).abs();
            assert!(error < 1e-4 * largest, "{truncate:?}, {k}: {found} {right}");
        }
        assert_ne!(gradient, plain);
    }
}

#[test]
fn gradients_are_those_of_plain_loops_in_f64() {
    for (shape, trials, steps) in SHAPES {
        for (step, leak) in [(1.0, 1.0), (0.5, 1.0), (0.25, 0.5), (1.0, 0.75)] {
            let cell = Cell { activation: Activation::Tanh, step, leak };
            let case = case(shape, cell, trials, steps);
            let (right_loss, right) = reference(&case, &wide(case.weights.values()));
            let (loss, gradient) = kernels(&case);
            assert!((loss / right_loss - 1.0).abs() <= 1e-6, "{loss} {right_loss}");
            let error = difference(shape, &gradient, &right);
            assert!(error <= CLOSE, "{shape:?}, step {step}, leak {leak}: {error:e}");
        }
    }
}

#[test]
fn every_activation_has_its_own_derivative() {
    let (shape, trials, steps) = (Shape { units: 9, inputs: 2, outputs: 2 }, 5, 12);
    for activation in Activation::ALL {
        for (step, leak) in [(1.0, 1.0), (0.5, 1.5)] {
            let case = case(shape, Cell { activation, step, leak }, trials, steps);
            let (_, right) = reference(&case, &wide(case.weights.values()));
            let (_, gradient) = kernels(&case);
            let error = difference(shape, &gradient, &right);
            assert!(error <= CLOSE, "{activation}, step {step}: {error:e}");
        }
    }
}

/// The reference itself: its gradient is the slope of its loss.
#[test]
fn the_reference_agrees_with_central_differences() {
    let (shape, trials, steps) = (Shape { units: 6, inputs: 2, outputs: 2 }, 3, 15);
    for activation in [Activation::Tanh, Activation::Logistic, Activation::Softplus] {
        let case = case(shape, Cell { activation, step: 0.5, leak: 1.5 }, trials, steps);
        let weights = wide(case.weights.values());
        let (_, gradient) = reference(&case, &weights);
        let scale = gradient.iter().map(|g| g.abs()).fold(0.0, worse);
        for (at, slope) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut weights = weights.clone();
                weights[at] += by;
                reference(&case, &weights).0
            };
            // The error of the quotient is of order h^2 and of rounding over h.
            let quotient = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((quotient - slope).abs() <= 1e-8 * scale, "{at}: {quotient} {slope}");
        }
    }
}

#[test]
fn outputs_are_those_of_the_discrete_network() {
    use nalgebra::DVector;

    use crate::rnn::DiscreteRnn;

    let shape = Shape { units: 11, inputs: 2, outputs: 2 };
    for (step, leak) in [(1.0, 1.0), (0.5, 1.25)] {
        let cell = Cell { activation: Activation::Tanh, step, leak };
        let case = case(shape, cell, 3, 20);
        let mut net = Packed::new(shape, cell);
        net.fill(&case.weights);
        let mut workspace = Workspace::default();
        let substeps = case.substeps;
        let (sample, through) = (&case.sample, case.through);
        workspace.forward(&net, &Trials { sample, numbers: &[2, 0], substeps, through });
        let network = case.weights.to_network(cell).unwrap();
        let map = DiscreteRnn { network, step };
        let mut state = DVector::zeros(11);
        for t in 0..20 * substeps {
            let x = &case.sample.x(2)[t / substeps * 2..][..2];
            state = map.next(&state, &DVector::from_vec(wide(x)));
            let right = map.output(&state);
            for o in 0..2 {
                let found = f64::from(workspace.output(shape, t, o)[0]);
                assert!((found - right[o]).abs() <= 2e-6, "{t}: {found} {}", right[o]);
            }
        }
    }
}
