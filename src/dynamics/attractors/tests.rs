//! Systems whose attractors are known.

use std::f64::consts::{PI, TAU};

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::dae::{Quantity, System, SystemError, Time, Unknown};

type Values = Box<dyn Fn(&[f64]) -> Vec<f64> + Send + Sync>;

/// A system without inputs whose output is its first state.
struct ByHand {
    time: Time,
    states: usize,
    rate: Values,
    /// By rows.
    jacobian: Values,
    is_odd: bool,
}

impl System for ByHand {
    fn time(&self) -> Time {
        self.time
    }
    fn states(&self) -> Vec<Unknown> {
        let name = |k| Unknown { name: format!("x{k}"), quantity: Quantity::Pure };
        (0..self.states).map(name).collect()
    }
    fn inputs(&self) -> Vec<String> {
        Vec::new()
    }
    fn outputs(&self) -> Vec<String> {
        vec!["y".to_owned()]
    }
    fn shape(&self) -> (usize, usize, usize) {
        (self.states, 0, 1)
    }
    fn evolve(&self, x: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        out.copy_from_slice(&(self.rate)(x));
        Ok(())
    }
    fn jacobian(&self, x: &[f64], _: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        let rows = (self.jacobian)(x);
        *out = DMatrix::from_row_slice(self.states, self.states, &rows);
        Ok(())
    }
    fn input_jacobian(&self, _: &[f64], _: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        Ok(DMatrix::zeros(self.states, 0))
    }
    fn output(&self, x: &[f64], _: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        y[0] = x[0];
        Ok(())
    }
    fn output_jacobians(
        &self,
        _: &[f64],
        _: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        let row = DMatrix::from_fn(1, self.states, |_, k| f64::from(u8::from(k == 0)));
        Ok((row, DMatrix::zeros(1, 0)))
    }
    fn is_odd(&self) -> bool {
        self.is_odd
    }
}

fn map<const N: usize>(
    next: impl Fn(&[f64]) -> [f64; N] + Send + Sync + 'static,
    jacobian: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
) -> ByHand {
    let time = Time::Discrete { step: 1.0 };
    let rate = Box::new(move |x: &[f64]| next(x).to_vec());
    ByHand { time, states: N, rate, jacobian: Box::new(jacobian), is_odd: false }
}

fn flow<const N: usize>(
    rate: impl Fn(&[f64]) -> [f64; N] + Send + Sync + 'static,
    jacobian: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
) -> ByHand {
    ByHand { time: Time::Continuous, ..map(rate, jacobian) }
}

/// `x'' - mu (1 - x^2) x' + x = 0`.
fn van_der_pol(mu: f64) -> ByHand {
    flow(
        move |x| [x[1], mu * (1.0 - x[0] * x[0]) * x[1] - x[0]],
        move |x| vec![0.0, 1.0, -2.0 * mu * x[0] * x[1] - 1.0, mu * (1.0 - x[0] * x[0])],
    )
}

/// Rate of `z' = (mu + i omega) z - z |z|^2`: a cycle of radius sqrt(mu), period
/// 2 pi/omega and multiplier exp(-2 mu T).
fn hopf_rate(mu: f64, omega: f64, x: &[f64]) -> [f64; 2] {
    let inside = mu - x[0] * x[0] - x[1] * x[1];
    [inside * x[0] - omega * x[1], omega * x[0] + inside * x[1]]
}

fn hopf_jacobian(mu: f64, omega: f64, x: &[f64]) -> [f64; 4] {
    let (a, b) = (x[0], x[1]);
    let cross = -2.0 * a * b;
    [mu - 3.0 * a * a - b * b, cross - omega, cross + omega, mu - a * a - 3.0 * b * b]
}

fn hopf(mu: f64, omega: f64) -> ByHand {
    flow(move |x| hopf_rate(mu, omega, x), move |x| hopf_jacobian(mu, omega, x).to_vec())
}

/// A rotation by a part of a turn, attracted by the unit circle.
fn rotation(turns: f64) -> ByHand {
    let (s, c) = (TAU * turns).sin_cos();
    map(
        move |x| {
            let factor = 1.0 + 0.2 * (1.0 - x[0] * x[0] - x[1] * x[1]);
            [factor * (c * x[0] - s * x[1]), factor * (s * x[0] + c * x[1])]
        },
        move |x| {
            let factor = 1.0 + 0.2 * (1.0 - x[0] * x[0] - x[1] * x[1]);
            let turned = [c * x[0] - s * x[1], s * x[0] + c * x[1]];
            let slope = [-0.4 * x[0], -0.4 * x[1]];
            vec![
                factor * c + turned[0] * slope[0],
                -factor * s + turned[0] * slope[1],
                factor * s + turned[1] * slope[0],
                factor * c + turned[1] * slope[1],
            ]
        },
    )
}

fn henon() -> ByHand {
    map(|x| [1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]], |x| vec![-2.8 * x[0], 1.0, 0.3, 0.0])
}

fn lorenz() -> ByHand {
    const B: f64 = 8.0 / 3.0;
    flow(
        |x| [10.0 * (x[1] - x[0]), x[0] * (28.0 - x[2]) - x[1], x[0] * x[1] - B * x[2]],
        |x| vec![-10.0, 10.0, 0.0, 28.0 - x[2], -1.0, -x[0], x[1], x[0], -B],
    )
}

fn logistic(r: f64) -> ByHand {
    map(move |x| [r * x[0] * (1.0 - x[0])], move |x| vec![r * (1.0 - 2.0 * x[0])])
}

fn fate(system: &ByHand, x0: &[f64]) -> Fate {
    settle(system, x0, &[], &SettleOptions::default()).unwrap()
}

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found}, expected {expected} to {within}");
}

#[track_caller]
fn cycle(fate: Fate) -> Cycle {
    match fate.kind {
        Kind::Cycle(orbit) => orbit.cycle,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_cycle_of_van_der_pol_has_the_known_period() {
    // 6.66328685931...: Andersen and Geer, SIAM J. Appl. Math. 42, 1982.
    let found = cycle(fate(&van_der_pol(1.0), &[0.1, 0.0]));
    close(found.period, 6.663_286_859_3, 2e-10);
    assert!(found.along.unwrap() < 1e-8, "{found:?}");
    assert!(found.stable && found.unstable_dimensions == 0);
    // Liouville: the multipliers multiply to exp of the integral of the trace.
    let run = LyapunovOptions { unit: found.period, samples: 20, ..LyapunovOptions::new(2) };
    let exponents = lyapunov(&van_der_pol(1.0), &found.state, &[], &run).unwrap();
    let trace = (exponents.volume.unwrap() * found.period).exp();
    close(found.multipliers[1].norm() / trace, 1.0, 1e-5);
    close(exponents.exponents[0], 0.0, 1e-6);
    close(exponents.exponents[1] * found.period, trace.ln(), 1e-4);
}

#[test]
fn a_hopf_cycle_has_its_radius_period_and_multiplier() {
    for (mu, omega) in [(0.04, 1.0), (0.25, 3.0), (1.0, 0.7)] {
        let found = cycle(fate(&hopf(mu, omega), &[0.3, 0.1]));
        let radius = found.state[0].hypot(found.state[1]);
        close(radius, mu.sqrt(), 1e-9);
        close(found.period, TAU / omega, 1e-9);
        let mut multipliers = found.multipliers.clone();
        multipliers.sort_by(|a, b| b.re.total_cmp(&a.re));
        close(multipliers[0].re, 1.0, 1e-8);
        close(multipliers[1].re, (-2.0 * mu * TAU / omega).exp(), 1e-8);
    }
}

#[test]
fn below_the_bifurcation_the_state_decays_to_rest() {
    let found = fate(&hopf(-0.05, 1.0), &[0.3, 0.1]);
    assert_eq!(found.kind.name(), "decay");
}

#[test]
fn the_euler_map_of_a_hopf_flow_turns_on_a_circle_and_never_closes() {
    // On |z| = r the map multiplies by a number of modulus 1 whose imaginary part
    // is d omega, whatever r: a turn takes 2 pi/asin(d omega) steps.
    let (mu, omega, step) = (0.05, 0.3, 0.5);
    let euler = ByHand {
        time: Time::Discrete { step },
        ..map(
            move |x| {
                let rate = hopf_rate(mu, omega, x);
                [x[0] + step * rate[0], x[1] + step * rate[1]]
            },
            move |x| {
                let mut rows = hopf_jacobian(mu, omega, x).map(|value| step * value);
                rows[0] += 1.0;
                rows[3] += 1.0;
                rows.to_vec()
            },
        )
    };
    let found = fate(&euler, &[0.1, 0.0]);
    let Kind::QuasiPeriodic(rotation) = &found.kind else { panic!("{:?}", found.kind) };
    let expected = step * TAU / (step * omega).asin();
    close(rotation.period, expected, 1e-6 * expected);
    // The published way is the nearest integer fraction of 2,001 steps.
    let bin = (2001.0 * step / expected).round();
    close(rotation.published_period.unwrap(), 2001.0 * step / bin, 1e-9);
    close(rotation.exponents[0], 0.0, 1e-4);
}

#[test]
fn a_golden_rotation_is_no_cycle_and_a_rational_one_is() {
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let found = fate(&rotation(golden), &[0.5, 0.0]);
    let Kind::QuasiPeriodic(motion) = &found.kind else { panic!("{:?}", found.kind) };
    close(motion.period, 1.0 / (1.0 - golden), 1e-7);
    for (turns, steps) in [(3.0 / 8.0, 8), (1.0 / 3.0, 3), (5.0 / 89.0, 89), (0.5, 2)] {
        let found = cycle(fate(&rotation(turns), &[0.5, 0.1]));
        assert_eq!(found.steps, Some(steps));
        // All points of the circle are periodic.
        assert!(!found.stable && found.unstable_dimensions == 0);
    }
    // A convergent of the golden mean comes close, and is still told apart.
    let near = fate(&rotation(golden + 1e-6), &[0.5, 0.1]);
    assert_eq!(near.kind.name(), "quasi-periodic");
}

#[test]
fn the_window_of_period_three_is_a_cycle_and_what_surrounds_it_is_not() {
    let found = cycle(fate(&logistic(3.83), &[0.2]));
    assert_eq!(found.steps, Some(3));
    assert!(found.stable);
    // Along the cycle of x -> r x (1 - x) the multiplier is the product of the slopes.
    let mut x = found.state[0];
    let mut product = 1.0;
    for _ in 0..3 {
        product *= 3.83 * (1.0 - 2.0 * x);
        x = 3.83 * x * (1.0 - x);
    }
    close(found.multipliers[0].re, product, 1e-9);
    let found = fate(&logistic(3.9), &[0.2]);
    assert_eq!(found.kind.name(), "chaotic");
    assert_eq!(cycle(fate(&logistic(3.2), &[0.2])).steps, Some(2));
    let rest = fate(&logistic(2.5), &[0.2]);
    let Kind::Point(rest) = rest.kind else { panic!("{:?}", rest.kind) };
    close(rest.point.state[0], 0.6, 1e-12);
    close(rest.point.stability.radius, 0.5, 1e-9);
}

#[test]
fn a_map_of_full_height_has_the_exponent_of_the_tent() {
    let options = LyapunovOptions { samples: 200_000, ..LyapunovOptions::new(1) };
    let found = lyapunov(&logistic(3.999_999_9), &[0.2], &[], &options).unwrap();
    close(found.exponents[0], 2.0_f64.ln(), 2e-3);
    assert!((found.exponents[0] - 2.0_f64.ln()).abs() < 5.0 * found.errors[0] + 1e-3);
}

#[test]
fn the_exponents_of_henon_are_those_of_the_literature() {
    let options = LyapunovOptions { samples: 200_000, ..LyapunovOptions::new(2) };
    let found = lyapunov(&henon(), &[0.1, 0.1], &[], &options).unwrap();
    close(found.exponents[0], 0.4192, 2e-3);
    close(found.exponents.iter().sum(), 0.3_f64.ln(), 1e-9);
    close(found.volume.unwrap(), 0.3_f64.ln(), 1e-9);
    close(found.kaplan_yorke().unwrap(), 1.258, 3e-3);
    let found = fate(&henon(), &[0.1, 0.1]);
    assert_eq!(found.kind.name(), "chaotic");
}

#[test]
fn the_exponents_of_lorenz_are_those_of_the_literature() {
    let options = LyapunovOptions { samples: 10_000, unit: 0.1, ..LyapunovOptions::new(3) };
    let found = lyapunov(&lorenz(), &[1.0, 1.0, 20.0], &[], &options).unwrap();
    // Sprott, Chaos and Time-Series Analysis: 0.9056, 0, -14.5723.
    close(found.exponents[0], 0.9056, 0.02);
    close(found.exponents[1], 0.0, 0.005);
    close(found.exponents.iter().sum(), -41.0 / 3.0, 1e-6);
    close(found.volume.unwrap(), -41.0 / 3.0, 1e-9);
    let options = SettleOptions { unit: 0.1, ..SettleOptions::default() };
    let found = settle(&lorenz(), &[1.0, 1.0, 20.0], &[], &options).unwrap();
    assert_eq!(found.kind.name(), "chaotic", "{:?}", found.kind);
}

#[test]
fn two_oscillators_make_a_torus_unless_their_frequencies_are_commensurate() {
    let pair = |second: f64| {
        flow(
            move |x| {
                let (a, b) = (hopf_rate(0.5, 1.0, &x[..2]), hopf_rate(0.3, second, &x[2..]));
                [a[0], a[1], b[0], b[1]]
            },
            move |x| {
                let (a, b) =
                    (hopf_jacobian(0.5, 1.0, &x[..2]), hopf_jacobian(0.3, second, &x[2..]));
                [&a[..2], &[0.0; 2], &a[2..], &[0.0; 4], &b[..2], &[0.0; 2], &b[2..]].concat()
            },
        )
    };
    let start = [0.5, 0.0, 0.1, 0.3];
    let found = fate(&pair(0.5 * (5.0_f64.sqrt() - 1.0)), &start);
    let Kind::QuasiPeriodic(rotation) = &found.kind else { panic!("{:?}", found.kind) };
    close(rotation.period, TAU, 1e-4);
    close(rotation.exponents[1], 0.0, 1e-4);
    let found = cycle(fate(&pair(2.0), &start));
    close(found.period, TAU, 1e-7);
    let found = cycle(fate(&pair(1.5), &start));
    close(found.period, 2.0 * TAU, 1e-7);
}

#[test]
fn the_neighbourhood_of_a_saddle_is_no_end() {
    let saddle = map(
        |x| [(1.2 * x[0]).tanh(), 0.5 * x[1]],
        |x| vec![1.2 / (1.2 * x[0]).cosh().powi(2), 0.0, 0.0, 0.5],
    );
    // It rests at the saddle, to 1e-8 a step, for about 50 steps.
    let found = fate(&saddle, &[1e-14, 1.0]);
    let Kind::Point(rest) = &found.kind else { panic!("{:?}", found.kind) };
    assert!(rest.point.stability.stable && !rest.is_origin, "{rest:?}");
    close((1.2 * rest.point.state[0]).tanh(), rest.point.state[0], 1e-12);
    // Exactly on the stable manifold it does end there, and the point says what it is.
    let found = fate(&saddle, &[0.0, 1.0]);
    let Kind::Point(rest) = &found.kind else { panic!("{:?}", found.kind) };
    assert!(rest.is_origin && !rest.point.stability.stable);
    assert_eq!(rest.point.stability.unstable_dimensions, 1);
    assert_eq!(found.kind.name(), "fixed point");
}

#[test]
fn what_grows_diverges_and_what_creeps_drifts() {
    let growth = map(|x| [1.1 * x[0]], |_| vec![1.1]);
    assert_eq!(fate(&growth, &[1e-3]).kind, Kind::Divergence);
    let blow_up = flow(|x| [x[0] * x[0]], |x| vec![2.0 * x[0]]);
    assert_eq!(fate(&blow_up, &[1.0]).kind, Kind::Divergence);
    let creep = map(|x| [x[0] + 1e-3], |_| vec![1.0]);
    let Kind::Drift { speed } = fate(&creep, &[0.0]).kind else { panic!("no drift") };
    close(speed, 1e-3, 1e-12);
}

#[test]
fn both_wells_attract_and_are_mirror_images() {
    let wells = ByHand {
        is_odd: true,
        ..flow(|x| [x[0] - x[0].powi(3)], |x| vec![1.0 - 3.0 * x[0] * x[0]])
    };
    let starts = Starts::unit_box(1, 60, 3).states();
    let options = SettleOptions::default();
    let found = basins(&wells, &[], &starts, &options).unwrap();
    assert_eq!(found.basins.len(), 2);
    for (start, &basin) in starts.iter().zip(&found.of_start) {
        let Kind::Point(rest) = &found.basins[basin].fate.kind else { panic!("no point") };
        close(rest.point.state[0], start[0].signum(), 1e-12);
    }
    let right = starts.iter().filter(|start| start[0] > 0.0).count();
    let counts = [right, 60 - right];
    assert_eq!(found.basins[0].count, *counts.iter().max().unwrap());
    assert_eq!([found.basins[0].mirror, found.basins[1].mirror], [Some(1), Some(0)]);
    let plane = Plane {
        origin: vec![0.0],
        axes: [vec![1.0], vec![0.0]],
        range: [(-1.0, 1.0), (0.0, 1.0)],
        resolution: 4,
    };
    let slice = slice(&wells, &[], &plane, &options).unwrap();
    let (left, right) = (slice.basins.of_start[0], slice.basins.of_start[3]);
    assert_eq!(slice.basins.of_start, [left, left, right, right].repeat(4));
}

#[test]
fn cycles_reached_from_different_starts_are_one() {
    let system = ByHand { is_odd: true, ..van_der_pol(1.0) };
    let starts = Starts::unit_box(2, 6, 1).states();
    let found = basins(&system, &[], &starts, &SettleOptions::default()).unwrap();
    assert_eq!(found.basins.len(), 1);
    assert_eq!((found.basins[0].count, found.basins[0].mirror), (6, Some(0)));
}

#[test]
fn wilson_intervals_are_those_of_the_formula() {
    // Roots p of (x/n - p)^2 = z^2 p (1 - p)/n.
    for (count, total) in [(0, 10), (5, 10), (10, 10), (3, 1000)] {
        let (low, high) = wilson(count, total);
        let share = f64::from(count as u32) / f64::from(total as u32);
        for p in [low, high] {
            let z = 1.959_963_984_540_054_f64;
            close((share - p).powi(2), z * z * p * (1.0 - p) / f64::from(total as u32), 1e-15);
        }
        assert!(low <= share + 1e-15 && share <= high + 1e-15 && low < high);
    }
    let (low, high) = wilson(5, 10);
    close(low, 0.236_59, 1e-4);
    close(high, 0.763_41, 1e-4);
}

#[test]
fn bad_options_are_named() {
    let text = |options: &SettleOptions, x: &[f64]| {
        settle(&hopf(0.1, 1.0), x, &[], options).unwrap_err().to_string()
    };
    let short = SettleOptions { horizon: 10, ..SettleOptions::default() };
    assert_eq!(text(&short, &[0.0; 2]), "horizon is 10, expected at least 2001 samples");
    let still = SettleOptions { unit: f64::NAN, ..SettleOptions::default() };
    let expected = "time of a sample is NaN, expected a positive finite number";
    assert_eq!(text(&still, &[0.0; 2]), expected);
    let expected = "state: 3 values given, the system has 2";
    assert_eq!(text(&SettleOptions::default(), &[0.0; 3]), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The exponents of a linear map are the logarithms of the moduli of its
    /// eigenvalues.
    #[test]
    fn exponents_of_a_linear_map_are_logarithms(
        stretch in prop::array::uniform3(0.2_f64..1.8), mix in prop::array::uniform3(-0.5_f64..0.5)
    ) {
        let basis = DMatrix::from_row_slice(3, 3, &[
            1.0, mix[0], mix[1], 0.0, 1.0, mix[2], mix[2], 0.0, 1.0 + mix[0] * mix[0],
        ]);
        let Some(inverse) = basis.clone().try_inverse() else { return Ok(()) };
        let diagonal = DMatrix::from_diagonal(&nalgebra::DVector::from_column_slice(&stretch));
        let matrix = &basis * diagonal * inverse;
        let rows: Vec<f64> = matrix.transpose().as_slice().to_vec();
        let turned = rows.clone();
        let system = map(
            move |x| {
                let row = |k: usize| (0..3).map(|j| rows[3 * k + j] * x[j]).sum::<f64>();
                [row(0), row(1), row(2)]
            },
            move |_| turned.clone(),
        );
        let mut expected: Vec<f64> = stretch.iter().map(|value| value.ln()).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        let gap = expected.windows(2).map(|pair| pair[0] - pair[1]).fold(1.0, |a, b| if a < b { a } else { b });
        prop_assume!(gap > 0.1);
        let options = LyapunovOptions { samples: 200, ..LyapunovOptions::new(3) };
        let found = lyapunov(&system, &[0.0; 3], &[], &options).unwrap();
        for (found, expected) in found.exponents.iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        prop_assert!((found.volume.unwrap() - expected.iter().sum::<f64>()).abs() < 1e-9);
    }

    /// A turn of any Hopf cycle from any start takes 2 pi/omega.
    #[test]
    fn any_start_finds_the_hopf_cycle(angle in 0.0..TAU, radius in 0.05..2.0, omega in 0.3..2.0) {
        let found = fate(&hopf(0.2, omega), &[radius * f64::cos(angle), radius * f64::sin(angle)]);
        let Kind::Cycle(orbit) = &found.kind else { return Err(TestCaseError::fail("no cycle")) };
        prop_assert!((orbit.cycle.period - 2.0 * PI / omega).abs() < 1e-8);
    }
}
