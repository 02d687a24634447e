//! Tests of ranks, margins and Gramians.

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::pencil::Pencil;
use super::*;
use crate::{
    dae::Time,
    linalg::{Complex, eigenvalues, singular_values},
};

fn space(a: DMatrix<f64>, b: DMatrix<f64>) -> LinearSystem {
    let c = b.transpose();
    LinearSystem::new(Time::Continuous, a, b, c).unwrap()
}

/// `|a / b - 1|`
fn off(a: f64, b: f64) -> f64 {
    (a / b - 1.0).abs()
}

/// Numbers without structure.
fn noise(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut state = seed;
    DMatrix::from_fn(rows, columns, |_, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    })
}

/// The smallest singular value of `[s I - A, B]`, by a dense decomposition.
fn dense_margin(a: &DMatrix<f64>, b: &DMatrix<f64>, s: Complex) -> f64 {
    let (states, inputs) = b.shape();
    let whole = DMatrix::from_fn(states, states + inputs, |i, j| {
        if j >= states {
            Complex::new(b[(i, j - states)], 0.0)
        } else if i == j {
            s - a[(i, j)]
        } else {
            Complex::new(-a[(i, j)], 0.0)
        }
    });
    *singular_values(&whole).unwrap().last().unwrap()
}

/// Harmonic oscillator with an angular rate of pi, driven at its speed.
fn oscillator() -> LinearSystem {
    let rate = std::f64::consts::PI;
    space(
        DMatrix::from_row_slice(2, 2, &[0.0, 1.0, -rate * rate, 0.0]),
        DMatrix::from_row_slice(2, 1, &[0.0, 1.0]),
    )
}

/// Each state drives the next.
fn chain(states: usize) -> LinearSystem {
    let a = DMatrix::from_fn(states, states, |i, j| f64::from(i + 1 == j));
    let b = DMatrix::from_fn(states, 1, |i, _| f64::from(i + 1 == states));
    space(a, b)
}

#[test]
fn margins_are_those_of_a_dense_decomposition() {
    for (states, inputs) in [(1, 1), (2, 1), (5, 2), (12, 3), (9, 9), (4, 11), (60, 2), (150, 3)] {
        let a = noise(states, states, 3);
        let b = noise(states, inputs, 5) * 0.1;
        let pencil = Pencil::new(&a, &b);
        let points = [Complex::new(0.3, -0.2), Complex::new(-1.0, 0.0), Complex::new(0.0, 7.0)];
        for s in eigenvalues(&a).unwrap().into_iter().take(20).chain(points) {
            let (found, expected) = (pencil.smallest(s).value, dense_margin(&a, &b, s));
            assert!(off(found, expected) < 1e-8, "{states} x {inputs} at {s}: {found} {expected}");
        }
    }
}

#[test]
fn sampling_at_the_wrong_step_loses_an_oscillator_and_euler_does_not() {
    let flow = oscillator();
    assert_eq!(controllability(&flow).unwrap().rank, 2);
    // A whole turn takes a held input back to where it began.
    let steps = [(1.0, 1, 1), (0.5, 2, 2), (2.0, 0, 1), (3.0, 1, 1), (1.01, 2, 2)];
    for (step, rank, seen) in steps {
        let held = controllability(&flow.hold(step).unwrap()).unwrap();
        assert_eq!((held.rank, held.full), (rank, rank == 2), "{step}: {held:?}");
        let found = observability(&flow.hold(step).unwrap()).unwrap();
        assert_eq!(found.rank, seen, "{step}");
        assert_eq!(controllability(&flow.euler(step).unwrap()).unwrap().rank, 2, "{step}");
    }
}

#[test]
fn margins_scale_with_time_and_with_the_step() {
    let flow = space(noise(7, 7, 11), noise(7, 2, 12));
    let before = controllability(&flow).unwrap();
    for factor in [1e-3, 0.5, 7.3] {
        let slower = controllability(&flow.rescaled(factor).unwrap()).unwrap();
        let stepped = controllability(&flow.euler(factor).unwrap()).unwrap();
        assert_eq!((slower.rank, stepped.rank, before.rank), (7, 7, 7));
        for ((mode, slow), step) in before.modes.iter().zip(&slower.modes).zip(&stepped.modes) {
            assert!(off(slow.margin * factor, mode.margin) < 1e-9, "{factor}");
            assert!(off(slow.relative_margin, mode.relative_margin) < 1e-9);
            assert!(off(step.margin, mode.margin * factor) < 1e-9, "{factor}");
            assert!(off(step.relative_margin, mode.relative_margin) < 1e-9);
            assert!((step.re - 1.0 - factor * mode.re).abs() < 1e-12 * (1.0 + factor));
        }
    }
}

/// papers.md: with a fixed tolerance Kalman's rank is 4 instead of 6.
#[test]
fn kalman_rank_fails_where_the_margins_do_not() {
    let flow = chain(6);
    let sampled = flow.euler(0.01).unwrap();
    assert_eq!(controllability(&flow).unwrap().kalman_rank, Some(6));
    let found = controllability(&sampled).unwrap();
    assert_eq!((found.kalman_rank, found.rank), (Some(4), 6));
    let large = space(noise(40, 40, 1) * 1e9, noise(40, 1, 2));
    assert_eq!(kalman_rank(large.a(), large.b()), Ok(None));
    assert!(controllability(&large).is_ok());
}

/// A defective eigenvalue is computed with an error of the sixth root of
/// rounding; the search from there still finds that nothing reaches it.
#[test]
fn a_defective_mode_that_nothing_reaches_is_found() {
    let size = 6;
    let mut a = DMatrix::from_fn(size + 2, size + 2, |i, j| match (i, j) {
        _ if i == j && i < size => 0.7,
        _ if j == i + 1 && j < size => 1.0,
        _ => 0.0,
    });
    a.view_mut((size, size), (2, 2)).copy_from(&noise(2, 2, 4));
    let mut b = noise(size + 2, 1, 9);
    b[(size - 1, 0)] = 0.0;
    let turn = nalgebra::linalg::QR::new(noise(size + 2, size + 2, 8)).q();
    let flow = space(&turn * a * turn.transpose(), &turn * b);
    let found = controllability(&flow).unwrap();
    assert!(found.margin > 1e-6 && found.distance < 1e-13, "{found:?}");
    assert!(!found.full);
    assert_eq!(found.rank, size + 1);
}

#[test]
fn what_nothing_reaches_has_no_rank() {
    let nothing = space(DMatrix::identity(3, 3) * 2.0, DMatrix::zeros(3, 0));
    let found = controllability(&nothing).unwrap();
    assert_eq!((found.rank, found.full, found.kalman_rank), (0, false, Some(0)));
    // Three equal modes and two inputs: one is out of reach.
    let equal = space(DMatrix::identity(3, 3) * 2.0, noise(3, 2, 1));
    assert_eq!(controllability(&equal).unwrap().rank, 2);
    let zero = space(DMatrix::zeros(2, 2), DMatrix::zeros(2, 1));
    assert_eq!(controllability(&zero).unwrap().rank, 0);
}

#[test]
fn gramians_have_closed_forms_and_say_what_is_out_of_reach() {
    // W_ij = b_i b_j / (r_i + r_j) of two decays with rates r.
    let rates = [1.0, 3.0];
    let a = DMatrix::from_diagonal(&vec![-1.0, -3.0].into());
    let flow = space(a.clone(), DMatrix::from_element(2, 1, 1.0));
    let found = controllability_gramian(&flow).unwrap();
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        assert!(off(found.matrix[(i, j)], 1.0 / (rates[i] + rates[j])) < 1e-13);
    }
    assert!(off(found.condition.unwrap(), found.largest / found.smallest) < 1e-14);
    assert_eq!(observability_gramian(&flow).unwrap(), found);
    let sampled = controllability_gramian(&flow.hold(0.5).unwrap()).unwrap();
    let gain = |rate: f64| (1.0 - (-0.5 * rate).exp()) / rate;
    let expected = gain(1.0) * gain(3.0) / (1.0 - (-2.0_f64).exp());
    assert!(off(sampled.matrix[(0, 1)], expected) < 1e-12);
    let blind = space(a, DMatrix::from_row_slice(2, 1, &[1.0, 0.0]));
    let found = controllability_gramian(&blind).unwrap();
    assert!(found.smallest.abs() < 1e-15 && found.condition.is_none_or(|c| c > 1e14));
    assert!(controllability_gramian(&oscillator()).is_err());
}

#[test]
fn what_is_no_linear_system_is_refused() {
    let a = DMatrix::identity(2, 2);
    let (b, c) = (DMatrix::zeros(3, 1), DMatrix::zeros(0, 2));
    let found = LinearSystem::new(Time::Continuous, a.clone(), b, c.clone());
    let expected = SpaceError::Shape { matrix: "B", found: (3, 1), expected: (2, 1) };
    assert_eq!(found, Err(expected));
    let b = DMatrix::from_row_slice(2, 1, &[0.0, f64::NAN]);
    let found = LinearSystem::new(Time::Continuous, a, b, c);
    assert_eq!(found, Err(SpaceError::NotFinite { matrix: "B", row: 1, column: 0 }));
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(oscillator().euler(step).is_err() && oscillator().hold(step).is_err());
        assert!(oscillator().rescaled(step).is_err());
    }
    assert_eq!(oscillator().euler(0.1).unwrap().hold(0.1), Err(SpaceError::Discrete));
}

proptest! {
    /// Coordinates that are turned show the same margins, and observability is
    /// controllability of the transposed system.
    #[test]
    fn margins_do_not_depend_on_orthogonal_coordinates(
        seed in 1..u64::MAX, states in 1..7_usize, inputs in 1..4_usize,
    ) {
        let flow = space(noise(states, states, seed), noise(states, inputs, seed ^ 0x4d));
        let turn = nalgebra::linalg::QR::new(noise(states, states, seed ^ 5)).q();
        let turned = LinearSystem::new(
            Time::Continuous,
            &turn * flow.a() * turn.transpose(),
            &turn * flow.b(),
            flow.c() * turn.transpose(),
        ).unwrap();
        let (before, after) = (controllability(&flow).unwrap(), controllability(&turned).unwrap());
        prop_assert_eq!(before.rank, after.rank);
        // Eigenvalues move by rounding times their condition, margins by no more.
        let bound = 1e-7 * before.norm;
        prop_assert!((before.margin - after.margin).abs() <= bound);
        prop_assert!(before.distance <= before.margin);
        let dual = LinearSystem::new(
            Time::Continuous, flow.a().transpose(), flow.c().transpose(), flow.b().transpose(),
        ).unwrap();
        prop_assert_eq!(observability(&flow).unwrap(), controllability(&dual).unwrap());
        for mode in &before.modes {
            let expected = dense_margin(flow.a(), flow.b(), Complex::new(mode.re, mode.im));
            prop_assert!((mode.margin - expected).abs() <= 1e-9 * before.norm);
        }
    }

    /// The rank of a system put together from a part that inputs reach and one
    /// that they do not.
    #[test]
    fn the_part_that_is_reached_is_counted(
        seed in 1..u64::MAX, reached in 1..5_usize, lost in 1..4_usize,
    ) {
        let states = reached + lost;
        let mut a = noise(states, states, seed);
        a.view_mut((reached, 0), (lost, reached)).fill(0.0);
        let mut b = noise(states, 2, seed ^ 3);
        b.rows_mut(reached, lost).fill(0.0);
        let turn = nalgebra::linalg::QR::new(noise(states, states, seed ^ 5)).q();
        let flow = space(&turn * a * turn.transpose(), &turn * b);
        for system in [flow.clone(), flow.euler(0.1).unwrap(), flow.rescaled(20.0).unwrap()] {
            prop_assert_eq!(controllability(&system).unwrap().rank, reached);
        }
    }
}

/// As many states as the largest networks that are at hand.
#[test]
fn four_hundred_states_are_no_trouble() {
    let flow = space(noise(400, 400, 3) * 0.17, noise(400, 3, 5));
    let found = controllability(&flow).unwrap();
    assert!(found.full && found.rank == 400, "{}", found.margin);
    // Kalman's columns shrink or grow by powers: it is far off.
    assert!(found.kalman_rank.unwrap() < 350, "{:?}", found.kalman_rank);
    let worst = found.modes[0];
    let expected = dense_margin(flow.a(), flow.b(), Complex::new(worst.re, worst.im));
    assert!(off(worst.margin, expected) < 1e-8, "{} {expected}", worst.margin);
}
