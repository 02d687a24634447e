//! Circuits, and matrices that go wrong.

use super::{Triplets, assemble, component_error, factored, row_error, solved, some_vector};
use crate::linalg::{
    Complex, LuError, PatternBuilder, Refactored, Scalar, SparseLu, SparseSolution, Symbolic,
    Workspace,
};

fn conductance(out: &mut Triplets<f64>, a: usize, b: Option<usize>, g: f64) {
    out.push((a, a, g));
    if let Some(b) = b {
        out.extend([(b, b, g), (a, b, -g), (b, a, -g)]);
    }
}

/// Resistors of 1 Ω in a row, 1 Ω at every node to ground, a source into the
/// first node.
fn ladder(size: usize) -> Triplets<f64> {
    let mut out = Triplets::new();
    for node in 0..size {
        conductance(&mut out, node, None, 1.0);
        if node > 0 {
            conductance(&mut out, node - 1, Some(node), 1.0);
        }
    }
    out
}

/// A square of resistors, grounded through capacitors' conductances.
fn grid(side: usize) -> Triplets<f64> {
    let mut out = Triplets::new();
    for node in 0..side * side {
        conductance(&mut out, node, None, 0.1);
        if node % side > 0 {
            conductance(&mut out, node - 1, Some(node), 1.0);
        }
        if node >= side {
            conductance(&mut out, node - side, Some(node), 1.0);
        }
    }
    out
}

/// Inverting stages around ideal amplifiers: input node, output node and the
/// amplifier's current each, whose diagonal is zero.
fn amplifier_chain(stages: usize, feedback: bool) -> Triplets<f64> {
    let mut out = vec![(0, 0, 1.0)];
    for stage in 0..stages {
        let (sense, output, current) = (3 * stage + 1, 3 * stage + 2, 3 * stage + 3);
        let source = if stage == 0 { 0 } else { 3 * stage - 1 };
        conductance(&mut out, source, Some(sense), 1.0);
        conductance(&mut out, sense, Some(output), 0.5);
        out.extend([(output, current, 1.0), (current, sense, 1.0)]);
        if feedback && stage >= 2 {
            conductance(&mut out, output, Some(3 * (stage - 2) + 1), 0.01);
        }
    }
    out
}

/// `n` rails held by sources drive `n` virtual grounds through `n²`
/// resistors. Unknowns: rail voltages, summing nodes, outputs, source
/// currents, amplifier currents.
fn crossbar(n: usize) -> Triplets<f64> {
    let mut out = Triplets::new();
    for k in 0..n {
        let (rail, sum, output, source, amplifier) = (k, n + k, 2 * n + k, 3 * n + k, 4 * n + k);
        out.extend([(rail, source, 1.0), (source, rail, 1.0)]);
        conductance(&mut out, sum, Some(output), 1.0);
        out.extend([(output, amplifier, 1.0), (amplifier, sum, 1.0)]);
        for j in 0..n {
            conductance(&mut out, j, Some(sum), 0.1 + ((j * 7 + k * 3) % 10) as f64);
        }
    }
    out
}

#[test]
fn a_ladder_has_no_fill_and_the_golden_ratio() {
    let size = 400;
    let (pattern, values) = assemble(size, &ladder(size));
    let lu = factored(&pattern, &values);
    assert_eq!(lu.counters().factor_nonzeros, pattern.nonzeros());
    let mut b = vec![0.0; size];
    b[0] = 1.0;
    // Infinite ladder: v falls by φ² = 2.618… a section, and the input
    // resistance of shunt-first sections is 1/φ.
    let x = solved(&lu, &b);
    let phi = f64::midpoint(1.0, 5_f64.sqrt());
    assert!((x[0] - 1.0 / phi).abs() < 1e-14);
    assert!((x[10] / x[11] - phi * phi).abs() < 1e-13);
}

#[test]
fn circuits_are_solved() {
    let circuits = [grid(20), amplifier_chain(50, false), amplifier_chain(50, true), crossbar(15)];
    for triplets in circuits {
        let size = 1 + triplets.iter().map(|t| t.0).max().unwrap();
        let (pattern, values) = assemble(size, &triplets);
        let mut lu = factored(&pattern, &values);
        assert_eq!(lu.refactor(&values), Ok(Refactored::Reused));
        let b = some_vector(size);
        let mut work = Workspace::new(size);
        let mut x = b.clone();
        lu.solve_refined(&values, &mut x, &mut work);
        assert!(component_error((&pattern, &values), &x, &b) < 1e-14);
        let mut x = b.clone();
        lu.solve_transpose(&mut x, &mut work);
        assert!(row_error((&pattern, &values), &x, &b, true) < 1e-12);
    }
}

/// Columns that are taken together give the bits that they give one by one.
#[test]
fn many_columns_at_once_are_what_they_are_one_by_one() {
    let (pattern, values) = assemble(900, &grid(30));
    let other: Vec<f64> =
        values.iter().enumerate().map(|(k, v)| v * (1.0 + 0.1 * (k % 7) as f64)).collect();
    let mut lu = factored(&pattern, &values);
    assert_eq!(lu.refactor(&other), Ok(Refactored::Reused));
    let b = some_vector(900);
    assert_eq!(solved(&lu, &b), solved(&factored(&pattern, &other), &b));
    // The last columns of a grid are dense: a wrong entry in one of them shows.
    let at = pattern.nonzeros() - 1;
    let mut wrong = other.clone();
    wrong[at] *= 1.0 + 1e-12;
    lu.refactor(&wrong).unwrap();
    assert_ne!(solved(&lu, &b), solved(&factored(&pattern, &other), &b));
}

/// Factors of a neighbouring matrix err by 1e-6; one step squares the error.
#[test]
fn refinement_corrects_old_factors() {
    let (pattern, values) = assemble(100, &grid(10));
    let lu = factored(&pattern, &values);
    let moved: Vec<f64> =
        values.iter().enumerate().map(|(k, v)| v * (1.0 + 1e-6 * (k % 2) as f64)).collect();
    let b = some_vector(100);
    let matrix = (&pattern, moved.as_slice());
    assert!(row_error(matrix, &solved(&lu, &b), &b, false) > 1e-8);
    let mut x = b.clone();
    lu.solve_refined(&moved, &mut x, &mut Workspace::default());
    assert!(row_error(matrix, &x, &b, false) < 1e-11);
}

#[test]
fn an_ideal_inverter_multiplies_by_minus_two() {
    let (pattern, values) = assemble(10, &amplifier_chain(3, false));
    let lu = factored(&pattern, &values);
    let mut b = vec![0.0; 10];
    b[0] = 2.0; // 2 A into 1 Ω in parallel with the 1 Ω into virtual ground: 1 V.
    let x = solved(&lu, &b);
    let voltages = [x[0], x[2], x[5], x[8]];
    assert_eq!((voltages, [x[1], x[4], x[7]]), ([1.0, -2.0, 4.0, -8.0], [0.0; 3]));
}

/// All blocks of the crossbar are single, so that reducing it column by column
/// and row by row touches each of its resistors a few times.
#[test]
fn reducing_a_crossbar_costs_its_resistors() {
    let n = 60;
    let (pattern, values) = assemble(5 * n, &crossbar(n));
    let lu = factored(&pattern, &values);
    assert_eq!(lu.counters().blocks, 5 * n);
    assert_eq!(lu.counters().factor_nonzeros, 5 * n);
    let mut solution = SparseSolution::new(5 * n);
    let mut reached = 0;
    for rail in 0..n {
        lu.solve_sparse(&[(3 * n + rail, 1.0)], &mut solution);
        reached += solution.entries().len();
        for &(index, value) in solution.entries() {
            let output = index.wrapping_sub(2 * n);
            if output < n {
                let g = 0.1 + ((rail * 7 + output * 3) % 10) as f64;
                assert!((value + g).abs() < 1e-13, "rail {rail}, output {output}");
            }
        }
    }
    // Per rail: itself, its source, and an output and a current of every sum.
    assert!(reached <= n * (2 + 2 * n), "{reached}");
    let mut reached = 0;
    for output in 0..n {
        lu.solve_transpose_sparse(&[(2 * n + output, 1.0)], &mut solution);
        reached += solution.entries().len();
        let gains = solution.entries().iter().filter(|e| (3 * n..4 * n).contains(&e.0));
        assert_eq!(gains.count(), n);
    }
    assert!(reached <= n * (2 + 2 * n), "{reached}");
}

#[test]
fn structural_faults_are_named() {
    // Columns 1 and 3 have a single row between them.
    let entries = vec![(0, 0, 1.0), (2, 1, 1.0), (2, 3, 1.0), (1, 2, 1.0), (0, 2, 1.0)];
    let (pattern, _) = assemble(4, &entries);
    let fault = Symbolic::analyse(&pattern).unwrap_err();
    assert_eq!(fault.unmatched_rows, [3]);
    assert_eq!(fault.unmatched_columns, [3]);
    let (wide, _) = PatternBuilder::new(1, 2).build();
    assert_eq!(Symbolic::analyse(&wide).unwrap_err().unmatched_columns, [0, 1]);
}

#[test]
fn an_equation_that_cancels_is_a_structural_fault() {
    let entries = vec![(0, 0, 1.0), (1, 1, 1.0), (1, 1, -1.0), (1, 0, 0.0), (0, 1, 2.0)];
    let (pattern, values) = assemble(2, &entries);
    assert!(Symbolic::analyse(&pattern).is_ok());
    let fault = Symbolic::analyse_values(&pattern, &values).unwrap_err();
    assert_eq!(fault.unmatched_rows, [1]);
}

#[test]
fn a_dependent_column_is_named() {
    // Columns 2 and 4 of the middle part are proportional.
    let mut entries: Triplets<f64> = (0..6).map(|k| (k, k, 1.0)).collect();
    entries.extend([(2, 4, 3.0), (4, 2, 2.0), (4, 4, 5.0)]);
    let (pattern, values) = assemble(6, &entries);
    let mut lu = SparseLu::new(Symbolic::analyse(&pattern).unwrap());
    match lu.factor(&values) {
        Err(LuError::Singular { column, pivot }) => {
            assert!([2, 4].contains(&column), "{column}");
            assert!(pivot.abs() < 1e-15);
        }
        other => panic!("{other:?}"),
    }
    assert!(solved(&lu, &some_vector(6)).iter().any(|value| value.is_nan()));
}

/// A net of resistors that nothing grounds, of conductances that round.
#[test]
fn a_floating_net_is_singular_in_spite_of_rounding() {
    let size = 30;
    let mut entries = Triplets::new();
    for node in 0..size {
        let g = 0.1 + 0.37 * ((node * 13) % 7) as f64;
        conductance(&mut entries, node, Some((node + 1) % size), g);
        conductance(&mut entries, node, Some((node + 7) % size), 1.0 / (3.0 + node as f64));
    }
    let (pattern, values) = assemble(size, &entries);
    let mut lu = SparseLu::new(Symbolic::analyse(&pattern).unwrap());
    let outcome = lu.factor(&values);
    assert!(matches!(outcome, Err(LuError::Singular { .. })), "{outcome:?}");
    // One nano-siemens to ground is enough.
    entries.push((3, 3, 1e-9));
    let (pattern, values) = assemble(size, &entries);
    let lu = factored(&pattern, &values);
    let mut b = vec![0.0; size];
    b[20] = 1e-9;
    assert!((solved(&lu, &b)[3] - 1.0).abs() < 1e-5);
}

#[test]
fn tiny_entries_alone_are_not_singular() {
    let entries =
        vec![(0, 0, 1e-300), (1, 1, 1e300), (1, 0, 1e-20), (0, 1, 1e-310), (2, 2, 5e-324)];
    let (pattern, values) = assemble(3, &entries);
    let x = solved(&factored(&pattern, &values), &[1e-300, 0.0, 5e-324]);
    assert_eq!((x[0], x[2]), (1.0, 1.0));
}

#[test]
fn a_pivot_that_vanishes_is_replaced() {
    let places = vec![(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 3.0)];
    let (pattern, values) = assemble(2, &places);
    let mut lu = factored(&pattern, &values);
    // By columns: [[0, 1], [1, 0]] has no diagonal left.
    let exchange = [0.0, 1.0, 1.0, 0.0];
    assert_eq!(lu.refactor(&exchange), Ok(Refactored::Repivoted));
    assert_eq!(solved(&lu, &[5.0, 7.0]), [7.0, 5.0]);
    let counters = lu.counters();
    assert_eq!((counters.factorisations, counters.refactorisations), (2, 0));
}

#[test]
fn what_is_not_finite_is_located() {
    let (pattern, values) =
        assemble(3, &grid(2).into_iter().filter(|t| t.0 < 3 && t.1 < 3).collect());
    let mut lu = factored(&pattern, &values);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut broken = values.clone();
        broken[pattern.position(2, 0).unwrap()] = bad;
        let error = LuError::NotFinite { row: 2, column: 0 };
        assert_eq!(lu.refactor(&broken), Err(error.clone()));
        assert_eq!(lu.factor(&broken), Err(error));
        assert!(solved(&lu, &[1.0; 3]).iter().all(|value| value.is_nan()));
        assert_eq!(lu.refactor(&values), Ok(Refactored::Repivoted));
    }
}

#[test]
fn overflow_is_an_error() {
    let entries = vec![(0, 0, 1.0), (0, 1, 1e200), (1, 0, 1e-200), (1, 1, 1.0), (1, 2, 1e-200)];
    let (pattern, mut values) = assemble(3, &[entries, vec![(2, 0, 1.0), (2, 2, 1.0)]].concat());
    let mut lu = SparseLu::new(Symbolic::analyse(&pattern).unwrap());
    for value in &mut values {
        *value = value.abs();
    }
    match lu.factor(&values) {
        Ok(()) => assert!(solved(&lu, &[1.0; 3]).iter().all(|value| value.is_finite())),
        Err(error) => assert!(matches!(error, LuError::Overflow { .. } | LuError::Singular { .. })),
    }
}

#[test]
fn small_and_empty_systems() {
    let (empty, _) = PatternBuilder::new(0, 0).build();
    let mut lu = SparseLu::<f64>::new(Symbolic::analyse(&empty).unwrap());
    assert_eq!(lu.factor(&[]), Ok(()));
    assert_eq!(lu.refactor(&[]), Ok(Refactored::Reused));
    lu.solve(&mut [], &mut Workspace::default());
    let (one, values) = assemble(1, &vec![(0, 0, -4.0)]);
    assert_eq!(solved(&factored(&one, &values), &[2.0]), [-0.5]);
    let (zero, values) = assemble(1, &vec![(0, 0, 0.0)]);
    let mut lu = SparseLu::new(Symbolic::analyse(&zero).unwrap());
    assert_eq!(lu.factor(&values), Err(LuError::Singular { column: 0, pivot: 0.0 }));
}

#[test]
fn complex_division_does_not_overflow() {
    let (x, y) = (Complex::new(1e200, 2e200), Complex::new(3e200, -1e200));
    let quotient = x.divide(y);
    assert!((quotient - Complex::new(0.1, 0.7)).magnitude() < 1e-15);
    assert!((x.divide(Complex::new(1e200, 3e200)) - Complex::new(0.7, -0.1)).magnitude() < 1e-15);
}
