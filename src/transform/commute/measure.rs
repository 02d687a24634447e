//! How far two systems are apart.

use nalgebra::DMatrix;

use super::{
    Defect,
    scene::Scene,
    sides::{row_norm, scale},
};
use crate::{
    dae::{System, SystemError},
    linalg::DenseLu,
    rnn::random::Random,
    transform::Method,
};

/// Probes at which Jacobians are compared; those of affine systems, and of large
/// ones, at one.
const JACOBIANS: usize = 3;
const LARGE: usize = 100;
/// A run ends where a state is this many times its scale,
const FARTHEST: f64 = 1e3;
/// or where rounding may have become this much of one.
const BLURRED: f64 = 1e-3;
/// Distance of the run that shows how a small change grows, in the scales.
const NEAR: f64 = 1e-7;
/// It is brought back to that distance where it is this many times nearer or farther.
const STRAYED: f64 = 1e3;
/// One direction need not be the worst.
const DIRECTIONS: f64 = 10.0;
/// Rounding errors of this many units in the last place a term are expected.
const ROUNDINGS: f64 = 4.0;

/// A largest difference beside a largest value.
#[derive(Clone, Copy, Debug, Default)]
struct Worst {
    difference: f64,
    size: f64,
}

impl Worst {
    fn add(&mut self, one: f64, other: f64, scale: f64) {
        // NaN is kept: it is the largest in this order.
        let larger = |a: f64, b: f64| if a.total_cmp(&b).is_ge() { a } else { b };
        self.difference = larger(self.difference, ((one - other) / scale).abs());
        self.size = larger(self.size, (one / scale).abs());
        self.size = larger(self.size, (other / scale).abs());
    }

    fn add_all(&mut self, one: &[f64], other: &[f64], scales: &[f64]) {
        for ((&one, &other), &scale) in one.iter().zip(other).zip(scales) {
            self.add(one, other, scale);
        }
    }

    fn add_matrices(&mut self, one: &DMatrix<f64>, other: &DMatrix<f64>) {
        one.iter().zip(other.iter()).for_each(|(&one, &other)| self.add(one, other, 1.0));
    }

    fn relative(self) -> f64 {
        if self.difference == 0.0 { 0.0 } else { self.difference / self.size }
    }
}

/// Compares values and Jacobians at the probes and at `point`; two flows or two maps.
pub(super) fn one_step(
    one: &dyn System,
    other: &dyn System,
    scene: &Scene,
    (x, u): (&[f64], &[f64]),
) -> Result<Defect, SystemError> {
    let (states, _, outputs) = one.shape();
    let scales = &scene.scales;
    let (mut state, mut output, mut constant) =
        (Worst::default(), Worst::default(), Worst::default());
    let mut ends = [vec![0.0; states], vec![0.0; states]];
    let mut reads = [vec![0.0; outputs], vec![0.0; outputs]];
    for probe in &scene.probes {
        for (system, (end, read)) in [one, other].into_iter().zip(ends.iter_mut().zip(&mut reads)) {
            system.evolve(&probe.x, &probe.u, end)?;
            system.output(&probe.x, &probe.u, read)?;
        }
        state.add_all(&ends[0], &ends[1], &scales.state);
        output.add_all(&reads[0], &reads[1], &scales.output);
    }
    for (system, end) in [one, other].into_iter().zip(&mut ends) {
        system.evolve(x, u, end)?;
    }
    constant.add_all(&ends[0], &ends[1], &scales.state);
    // At an equilibrium of a flow the constant is nothing but rounding: what it is
    // rounding of is as large as other rates.
    if state.size > constant.size {
        constant.size = state.size;
    }
    let (mut a, mut b) = (Worst::default(), Worst::default());
    let (mut c, mut d) = (Worst::default(), Worst::default());
    let is_cheap = states <= LARGE && !(one.is_affine() && other.is_affine());
    let places = if is_cheap { JACOBIANS } else { 1 };
    for probe in scene.probes.iter().take(places) {
        let first = jacobians(one, (&probe.x, &probe.u), scene)?;
        let second = jacobians(other, (&probe.x, &probe.u), scene)?;
        for (worst, (first, second)) in
            [&mut a, &mut b, &mut c, &mut d].into_iter().zip(first.iter().zip(&second))
        {
            worst.add_matrices(first, second);
        }
    }
    let outputs = [output, c, d].map(Worst::relative);
    Ok(Defect {
        state: state.relative(),
        a: a.relative(),
        b: b.relative(),
        constant: constant.relative(),
        output: outputs.into_iter().max_by(f64::total_cmp).unwrap_or(0.0),
        run: 0.0,
        steps: 0,
    })
}

/// A, B, C and D at a point, counted in the scales.
fn jacobians(
    system: &dyn System,
    (x, u): (&[f64], &[f64]),
    scene: &Scene,
) -> Result<[DMatrix<f64>; 4], SystemError> {
    let scales = &scene.scales;
    let mut a = DMatrix::zeros(x.len(), x.len());
    system.jacobian(x, u, &mut a)?;
    let mut b = system.input_jacobian(x, u)?;
    let (mut c, mut d) = system.output_jacobians(x, u)?;
    scale(&mut a, &scales.state, &scales.state);
    scale(&mut b, &scales.state, &scales.input);
    scale(&mut c, &scales.output, &scales.state);
    scale(&mut d, &scales.output, &scales.input);
    Ok([a, b, c, d])
}

/// Two runs of maps under the same inputs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs {
    /// Largest difference.
    pub(super) difference: f64,
    /// Steps compared.
    pub(super) steps: usize,
    /// What an error of 1 in every step may have become.
    pub(super) growth: f64,
}

/// Runs both maps side by side, and the first once more from nearby to see how
/// errors grow. `unit` is what rounding may do in one step.
pub(super) fn runs(
    one: &dyn System,
    other: &dyn System,
    scene: &Scene,
    unit: f64,
) -> Result<Runs, SystemError> {
    let scales = &scene.scales.state;
    let mut random = Random::new(0);
    let mut states = [scene.start.clone(), scene.start.clone(), scene.start.clone()];
    for (x, scale) in states[2].iter_mut().zip(scales) {
        *x += NEAR * scale * (2.0 * random.uniform() - 1.0);
    }
    let mut distance = apart(&states[0], &states[2], scales);
    let mut next = vec![0.0; scales.len()];
    let (mut worst, mut size, mut errors) = (Worst::default(), 1.0, 0.0);
    let mut found = Runs { difference: 0.0, steps: 0, growth: 1.0 };
    for n in 0..scene.steps {
        let u = &scene.held[n % scene.held.len()];
        for (system, x) in [one, other, one].into_iter().zip(&mut states) {
            system.evolve(x, u, &mut next)?;
            x.copy_from_slice(&next);
        }
        let now = apart(&states[0], &states[2], scales);
        let factor = if distance > 0.0 { now / distance } else { 1.0 };
        errors = factor * errors + 1.0;
        worst.add_all(&states[0], &states[1], scales);
        if !(worst.size <= FARTHEST && DIRECTIONS * errors * unit <= BLURRED) {
            // A difference that is no number is one, unless both sides have left.
            if !worst.difference.is_finite() && worst.size <= FARTHEST {
                found.difference = f64::NAN;
            }
            break;
        }
        size = if worst.size > size { worst.size } else { size };
        found.difference = worst.difference / size;
        found.steps = n + 1;
        let grown = DIRECTIONS * errors;
        found.growth = if grown > found.growth { grown } else { found.growth };
        distance = now;
        if !(NEAR / STRAYED..NEAR * STRAYED).contains(&distance) {
            distance = bring_back(&mut states, distance, scales, &mut random);
        }
    }
    Ok(found)
}

/// The largest scaled difference of two states.
fn apart(one: &[f64], other: &[f64], scales: &[f64]) -> f64 {
    let mut worst = Worst::default();
    worst.add_all(one, other, scales);
    worst.difference
}

/// Puts the third state at the usual distance from the first, in the direction
/// it has.
fn bring_back(
    states: &mut [Vec<f64>; 3],
    distance: f64,
    scales: &[f64],
    random: &mut Random,
) -> f64 {
    let [first, _, third] = states;
    for ((x, near), scale) in first.iter().zip(third.iter_mut()).zip(scales) {
        let away = if distance > f64::EPSILON {
            NEAR / distance * (*near - x)
        } else {
            // Nothing but rounding is left of the direction.
            NEAR * scale * (2.0 * random.uniform() - 1.0)
        };
        *near = x + away;
    }
    apart(first, third, scales)
}

/// What rounding may make of the difference of two ways to one step of a method,
/// relative: a few units in the last place for every term of a row, times how
/// much the method itself magnifies errors.
///
/// `jacobian` is that of the flow by the states, counted in the scales, and
/// `step` d.
pub(super) fn rounding(
    method: Option<Method>,
    jacobian: &DMatrix<f64>,
    step: f64,
    inputs: usize,
) -> f64 {
    let terms = (jacobian.nrows() + inputs + 1) as f64;
    let reach = step * row_norm(jacobian);
    let magnified = match method {
        None => 1.0,
        Some(Method::ExplicitEuler) => 1.0 + reach,
        Some(Method::RungeKutta4) => {
            1.0 + reach * (1.0 + reach / 2.0 * (1.0 + reach / 3.0 * (1.0 + reach / 4.0)))
        }
        Some(Method::ZeroOrderHold | Method::ExponentialEuler) => (1.0 + reach).powi(2),
        Some(Method::ImplicitEuler) => (1.0 + reach) * condition(jacobian, step),
        Some(Method::Trapezoidal) => (1.0 + reach) * condition(jacobian, step / 2.0),
    };
    ROUNDINGS * terms * f64::EPSILON * magnified
}

/// The condition number of `1 - theta J` in the largest row sum.
fn condition(jacobian: &DMatrix<f64>, theta: f64) -> f64 {
    let size = jacobian.nrows();
    let matrix = DMatrix::identity(size, size) - jacobian * theta;
    let Ok(lu) = DenseLu::factor(&matrix) else { return f64::INFINITY };
    let mut inverse = DMatrix::identity(size, size);
    for mut column in inverse.column_iter_mut() {
        lu.solve(column.as_mut_slice());
    }
    row_norm(&matrix) * row_norm(&inverse)
}
