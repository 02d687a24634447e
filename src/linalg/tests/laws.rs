//! Laws that hold for any matrix.

use proptest::prelude::*;

use super::{Triplets, assemble, component_error, factored, row_error, some_vector};
use crate::linalg::{
    Complex, LuError, Pattern, PatternBuilder, Refactored, Scalar, Slot, SparseLu, SparseSolution,
    StructurallySingular, Symbolic, Workspace, max_abs,
};

/// After refinement.
const TOLERANCE: f64 = 1e-13;

/// The error of a solution without refinement is that of `|L| |U|` (Wilkinson):
/// diagonal pivots up to 1e3 times smaller than others are preferred, which
/// costs digits where it happens repeatedly.
fn allowance<S: Scalar>(lu: &SparseLu<S>) -> f64 {
    let largest = |values: &[S]| {
        let sizes = values.iter().map(|value| value.magnitude());
        sizes.chain([1.0]).max_by(f64::total_cmp).unwrap_or(1.0)
    };
    TOLERANCE * largest(&lu.lower.values) * (largest(&lu.upper.values) + largest(&lu.diagonal))
}

fn triplets(size: usize, entries: usize) -> impl Strategy<Value = Triplets<f64>> {
    let value = prop_oneof![4 => 0.1..1.0, 4 => -1.0..-0.1, 1 => Just(0.0)];
    prop::collection::vec((0..size, 0..size, value), 0..=entries)
}

/// Sparse to dense matrices of up to 14 unknowns, some of them singular.
fn any_matrix() -> impl Strategy<Value = (usize, Triplets<f64>)> {
    (1..15_usize).prop_flat_map(|size| (Just(size), triplets(size, 4 * size)))
}

/// The same, with a permuted strong diagonal: regular.
fn regular_matrix() -> impl Strategy<Value = (usize, Triplets<f64>)> {
    any_matrix().prop_flat_map(|(size, entries)| {
        Just((0..size).collect::<Vec<_>>()).prop_shuffle().prop_map(move |order| {
            let strong = order.iter().enumerate().map(|(row, &column)| (row, column, 20.0));
            (size, entries.iter().copied().chain(strong).collect())
        })
    })
}

/// The size of a largest matching, by trying everything.
fn brute_force_rank(pattern: &Pattern, used: &mut Vec<bool>, column: usize) -> usize {
    if column == pattern.columns() {
        return 0;
    }
    let mut best = brute_force_rank(pattern, used, column + 1);
    for position in pattern.column(column) {
        let row = pattern.row_indices()[position];
        if !used[row] {
            used[row] = true;
            best = best.max(1 + brute_force_rank(pattern, used, column + 1));
            used[row] = false;
        }
    }
    best
}

/// What the sparse solve lists, as a dense vector, and the places it lists.
fn scatter<S: Scalar>(size: usize, solution: &SparseSolution<S>) -> (Vec<S>, Vec<bool>) {
    let mut x = vec![S::default(); size];
    let mut listed = vec![false; size];
    for &(index, value) in solution.entries() {
        assert!(!listed[index], "listed twice");
        listed[index] = true;
        x[index] = value;
    }
    (x, listed)
}

proptest! {
    /// Every slot leads to its place, places ascend, none is there twice.
    #[test]
    fn a_pattern_holds_what_was_added(
        places in prop::collection::vec((0..9_usize, 0..6_usize), 0..60),
    ) {
        let mut builder = PatternBuilder::new(9, 6);
        for (k, &(row, column)) in places.iter().enumerate() {
            prop_assert_eq!(builder.add(row, column), Slot(k));
        }
        let (pattern, positions) = builder.build();
        for (&(row, column), &position) in places.iter().zip(&positions) {
            prop_assert!(pattern.column(column).contains(&position));
            prop_assert_eq!(pattern.row_indices()[position], row);
            prop_assert_eq!(pattern.position(row, column), Some(position));
        }
        for column in 0..6 {
            let rows = &pattern.row_indices()[pattern.column(column)];
            prop_assert!(rows.is_sorted_by(|a, b| a < b));
        }
        let distinct: std::collections::BTreeSet<_> = places.iter().collect();
        prop_assert_eq!(pattern.nonzeros(), distinct.len());
        let matrix = pattern.with_values(&vec![1.0; pattern.nonzeros()]);
        prop_assert_eq!(Pattern::of(&matrix.to_csr()), pattern);
    }

    /// Structural rank is that of the best of all matchings.
    #[test]
    fn structural_rank_is_that_of_brute_force(
        (size, entries) in (1..7_usize).prop_flat_map(|n| (Just(n), triplets(n, 2 * n))),
    ) {
        let (pattern, values) = assemble(size, &entries);
        let rank = brute_force_rank(&pattern, &mut vec![false; size], 0);
        match Symbolic::analyse(&pattern) {
            Ok(_) => prop_assert_eq!(rank, size),
            Err(StructurallySingular { unmatched_rows, unmatched_columns }) => {
                prop_assert_eq!(unmatched_rows.len(), size - rank);
                prop_assert_eq!(unmatched_columns.len(), size - rank);
            }
        }
        let nonzero: Triplets<f64> = entries.iter().copied()
            .filter(|&(row, column, _)| {
                values[pattern.position(row, column).unwrap()] != 0.0
            })
            .collect();
        let reduced = Symbolic::analyse(&assemble(size, &nonzero).0).map(|_| ());
        let by_values = Symbolic::analyse_values(&pattern, &values).map(|_| ());
        let count = |r: &Result<(), StructurallySingular>| {
            r.as_ref().err().map_or(0, |e| e.unmatched_rows.len())
        };
        prop_assert_eq!(count(&by_values), count(&reduced));
    }

    /// The permuted matrix is block upper triangular with full diagonal.
    #[test]
    fn blocks_are_upper_triangular((size, entries) in regular_matrix()) {
        let (pattern, _) = assemble(size, &entries);
        let symbolic = Symbolic::analyse(&pattern).unwrap();
        let place = |order: &[u32], k: usize| order.iter().position(|&o| o as usize == k).unwrap();
        let block = |p: usize| symbolic.starts.partition_point(|&s| s <= p);
        for column in 0..size {
            for position in pattern.column(column) {
                let row = place(&symbolic.rows, pattern.row_indices()[position]);
                prop_assert!(block(row) <= block(place(&symbolic.columns, column)));
            }
        }
        for (&row, &column) in symbolic.rows.iter().zip(&symbolic.columns) {
            prop_assert!(pattern.position(row as usize, column as usize).is_some());
        }
    }

    /// A solution fits every equation to rounding, and a matrix without one is
    /// refused only if nalgebra finds it singular too.
    #[test]
    fn solutions_fit((size, entries) in any_matrix()) {
        let (pattern, values) = assemble(size, &entries);
        let dense = nalgebra::DMatrix::from_fn(size, size, |row, column| {
            pattern.position(row, column).map_or(0.0, |position| values[position])
        });
        let conditioned = {
            let singular = dense.svd(false, false).singular_values;
            singular.min() / singular.max() > 1e-9
        };
        let Ok(symbolic) = Symbolic::analyse(&pattern) else {
            prop_assert!(!conditioned);
            return Ok(());
        };
        let mut lu = SparseLu::new(symbolic);
        if let Err(error) = lu.factor(&values) {
            let singular = matches!(error, LuError::Singular { .. });
            prop_assert!(singular);
            prop_assert!(!conditioned);
            return Ok(());
        }
        prop_assume!(conditioned);
        let b = some_vector(size);
        let mut work = Workspace::new(size);
        let mut x = b.clone();
        lu.solve_refined(&values, &mut x, &mut work);
        prop_assert!(component_error((&pattern, &values), &x, &b) <= TOLERANCE);
    }

    /// Both solves and both sparse solves agree with the equations; what the
    /// sparse ones do not list is exactly zero in the dense ones.
    #[test]
    fn all_solves_agree((size, entries) in regular_matrix(), source in 0..15_usize) {
        let (pattern, values) = assemble(size, &entries);
        let lu = factored(&pattern, &values);
        let mut work = Workspace::new(size);
        let mut sparse = SparseSolution::new(size);
        let mut unit = vec![0.0; size];
        unit[source % size] = 1.5;
        for b in [some_vector(size), unit] {
            let list: Vec<(usize, f64)> = b.iter().copied().enumerate().filter(|e| e.1 != 0.0).collect();
            for transposed in [false, true] {
                let mut x = b.clone();
                if transposed {
                    lu.solve_transpose(&mut x, &mut work);
                    lu.solve_transpose_sparse(&list, &mut sparse);
                } else {
                    lu.solve(&mut x, &mut work);
                    lu.solve_sparse(&list, &mut sparse);
                }
                prop_assert!(row_error((&pattern, &values), &x, &b, transposed) <= allowance(&lu));
                let (y, listed) = scatter(size, &sparse);
                prop_assert!(row_error((&pattern, &values), &y, &b, transposed) <= allowance(&lu));
                for k in 0..size {
                    prop_assert!(listed[k] || x[k] == 0.0);
                }
            }
        }
    }

    /// A solution of what is wanted has the bits of the whole one, whatever was solved
    /// for before.
    #[test]
    fn what_is_needed_is_the_same(
        (size, entries) in regular_matrix(), source in 0..15_usize, wanted in 0..15_usize,
    ) {
        let (pattern, values) = assemble(size, &entries);
        let lu = factored(&pattern, &values);
        let (mut all, mut some) = (SparseSolution::new(size), SparseSolution::new(size));
        let mut is_wanted = vec![false; size];
        is_wanted[wanted % size] = true;
        is_wanted[(wanted / 2) % size] = true;
        let needed = lu.needed(&is_wanted);
        for list in [vec![(source % size, 1.5)], vec![(source % size, -1.0), (0, 2.0)]] {
            lu.solve_sparse(&list, &mut all);
            needed.solve_sparse(&list, &mut some);
            let find = |solution: &SparseSolution<f64>, k: usize| -> Option<f64> {
                solution.entries().iter().find(|e| e.0 == k).map(|e| e.1)
            };
            for k in (0..size).filter(|&k| is_wanted[k]) {
                prop_assert_eq!(find(&all, k), find(&some, k));
            }
            for &(k, value) in some.entries() {
                prop_assert_eq!(find(&all, k), Some(value));
            }
        }
    }

    /// Known pivots give what new pivots give; the same values the same bits.
    #[test]
    fn refactoring_is_factoring((size, entries) in regular_matrix(), change in 0.5..2.0) {
        let (pattern, values) = assemble(size, &entries);
        let changed: Vec<f64> =
            values.iter().enumerate().map(|(k, v)| if k % 2 == 0 { v * change } else { *v }).collect();
        let b = some_vector(size);
        let fresh = super::solved(&factored(&pattern, &values), &b);
        let mut lu = factored(&pattern, &changed);
        prop_assert_eq!(lu.refactor(&changed), Ok(Refactored::Reused));
        let again = super::solved(&lu, &b);
        prop_assert_eq!(&again, &super::solved(&factored(&pattern, &changed), &b));
        lu.refactor(&values).unwrap();
        let x = super::solved(&lu, &b);
        prop_assert!(row_error((&pattern, &values), &x, &b, false) <= allowance(&lu));
        for (a, b) in x.iter().zip(&fresh) {
            prop_assert!((a - b).abs() <= 1e-6);
        }
    }

    /// Zero in, zero out, exactly.
    #[test]
    fn nothing_gives_nothing((size, entries) in regular_matrix()) {
        let (pattern, values) = assemble(size, &entries);
        let lu = factored(&pattern, &values);
        let mut work = Workspace::new(size);
        for solve in [SparseLu::solve, SparseLu::solve_transpose] {
            let mut x = vec![0.0; size];
            solve(&lu, &mut x, &mut work);
            prop_assert!(x.iter().all(|&value| value == 0.0));
        }
        let mut sparse = SparseSolution::new(size);
        lu.solve_sparse(&[], &mut sparse);
        prop_assert!(sparse.entries().is_empty());
    }

    /// Complex matrices, as small-signal analyses have them.
    #[test]
    fn complex_solutions_fit((size, entries) in regular_matrix()) {
        let complex: Triplets<Complex> = entries.iter().enumerate()
            .map(|(k, &(row, column, value))| (row, column, Complex::new(value, 0.3 * (k % 3) as f64)))
            .collect();
        let (pattern, values) = assemble(size, &complex);
        let mut lu = factored(&pattern, &values);
        prop_assert_eq!(lu.refactor(&values), Ok(Refactored::Reused));
        let b: Vec<Complex> =
            some_vector(size).iter().map(|&value| Complex::new(value, 1.0 - value)).collect();
        let mut work = Workspace::new(size);
        let mut sparse = SparseSolution::new(size);
        let list: Vec<(usize, Complex)> = b.iter().copied().enumerate().collect();
        let mut x = b.clone();
        lu.solve(&mut x, &mut work);
        prop_assert!(row_error((&pattern, &values), &x, &b, false) <= allowance(&lu));
        let mut x = b.clone();
        lu.solve_transpose(&mut x, &mut work);
        prop_assert!(row_error((&pattern, &values), &x, &b, true) <= allowance(&lu));
        lu.solve_transpose_sparse(&list, &mut sparse);
        let (x, _) = scatter(size, &sparse);
        prop_assert!(row_error((&pattern, &values), &x, &b, true) <= allowance(&lu));
    }

    /// Conductances over 24 decades: every single equation is met.
    #[test]
    fn bad_scaling_is_survived(
        size in 2..12_usize,
        exponents in prop::collection::vec(-12.0..12.0_f64, 40),
    ) {
        let mut entries = Triplets::new();
        for (k, exponent) in exponents.iter().enumerate() {
            let (a, b) = (k % size, (k / size + k + 1) % size);
            let g = 10_f64.powf(*exponent);
            entries.push((a, a, g));
            if a != b {
                entries.extend([(b, b, g), (a, b, -g), (b, a, -g)]);
            }
        }
        entries.push((0, 0, 10_f64.powf(exponents[0])));
        let (pattern, values) = assemble(size, &entries);
        let mut lu = SparseLu::new(Symbolic::analyse(&pattern).unwrap());
        // A part that rounding has cut loose from ground is singular.
        if let Err(error) = lu.factor(&values) {
            let singular = matches!(error, LuError::Singular { .. });
            prop_assert!(singular);
            return Ok(());
        }
        let b = some_vector(size);
        let (mut plain, mut x) = (b.clone(), b.clone());
        lu.solve(&mut plain, &mut Workspace::default());
        lu.solve_refined(&values, &mut x, &mut Workspace::default());
        // Nearly so, where no digit of the solution is certain: Skeel's theorem has no say.
        let moved: Vec<f64> = x.iter().zip(&plain).map(|(x, plain)| x - plain).collect();
        if max_abs(&moved) > 0.1 * max_abs(&plain) {
            return Ok(());
        }
        prop_assert!(component_error((&pattern, &values), &x, &b) <= TOLERANCE);
    }
}
