//! Sparse solutions of which only some unknowns are wanted.
//!
//! What no wanted unknown depends on is left out of the factors once, so that no solution
//! passes it: of a crossbar of N rows and N columns the currents of its N sources, each of
//! which depends on all N outputs, or N^2 operations a solution.

use std::borrow::Cow;

use super::lu::{Columns, SparseLu};
use super::scalar::Scalar;
use super::sparse_solve::{Links, Passes, SparseSolution, collect, inverse};

/// Factors without what the wanted unknowns do not depend on.
#[derive(Clone, Debug)]
pub struct Needed<'a, S: Scalar> {
    lu: &'a SparseLu<S>,
    /// The pivot of every row.
    pivot_of_row: Vec<u32>,
    /// By pass: true where a wanted unknown depends on it.
    useful: Vec<bool>,
    first: Cow<'a, Columns<S>>,
    second: Cow<'a, Columns<S>>,
    between: Cow<'a, Columns<S>>,
}

/// The entries of a matrix by columns that lead to something needed.
fn kept<S: Scalar>(matrix: &Columns<S>, is_kept: impl Fn(u32) -> bool) -> Cow<'_, Columns<S>> {
    let count = matrix.rows.iter().filter(|row| is_kept(**row)).count();
    if count == matrix.rows.len() {
        return Cow::Borrowed(matrix);
    }
    let mut kept = Columns {
        pointers: Vec::with_capacity(matrix.pointers.len()),
        rows: Vec::with_capacity(count),
        values: Vec::with_capacity(count),
    };
    kept.pointers.push(0);
    for column in 0..matrix.pointers.len() - 1 {
        let (rows, values) = matrix.column(column);
        for (&row, &value) in rows.iter().zip(values).filter(|(row, _)| is_kept(**row)) {
            kept.rows.push(row);
            kept.values.push(value);
        }
        kept.pointers.push(kept.rows.len());
    }
    Cow::Owned(kept)
}

impl<S: Scalar> SparseLu<S> {
    /// The factors for solutions of which only the unknowns with `is_wanted` are read.
    ///
    /// # Panics
    ///
    /// If `is_wanted` is shorter than the system.
    #[must_use]
    pub fn needed(&self, is_wanted: &[bool]) -> Needed<'_, S> {
        let useful = self.needed_passes(is_wanted);
        let first = |row: u32| useful[2 * row as usize];
        let second = |row: u32| useful[2 * row as usize + 1];
        Needed {
            first: kept(&self.lower, first),
            second: kept(&self.upper, second),
            between: kept(&self.above, first),
            pivot_of_row: inverse(&self.rows),
            lu: self,
            useful,
        }
    }

    /// Which passes lead to a wanted unknown: those first that are computed last.
    fn needed_passes(&self, is_wanted: &[bool]) -> Vec<bool> {
        let mut useful = vec![false; 2 * self.size()];
        let any = |matrix: &Columns<S>, j: usize, useful: &[bool], pass: usize| {
            matrix.column(j).0.iter().any(|&row| useful[2 * row as usize + pass])
        };
        for block in self.symbolic.starts.windows(2) {
            for j in block[0]..block[1] {
                useful[2 * j + 1] = is_wanted[self.symbolic.columns[j] as usize]
                    || any(&self.upper, j, &useful, 1)
                    || any(&self.above, j, &useful, 0);
            }
            for j in (block[0]..block[1]).rev() {
                useful[2 * j] = useful[2 * j + 1] || any(&self.lower, j, &useful, 0);
            }
        }
        useful
    }
}

impl<S: Scalar> Needed<'_, S> {
    /// The number of unknowns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.lu.size()
    }

    /// As [`SparseLu::solve_sparse`], the entries being those that are needed.
    ///
    /// # Panics
    ///
    /// If a row lies outside the system.
    pub fn solve_sparse(&self, rhs: &[(usize, S)], out: &mut SparseSolution<S>) {
        let passes = Passes {
            first: Links::by_columns(&self.first),
            second: Links::by_columns(&self.second),
            between: Links::by_columns(&self.between),
            diagonal: &self.lu.diagonal,
            division: 1,
            needed: Some(&self.useful),
        };
        out.begin(self.lu.size());
        for &(row, value) in rhs {
            let pivot = self.pivot_of_row[row];
            if self.useful[2 * pivot as usize] {
                passes.search(2 * pivot, out);
                out.add(pivot, value.scale(self.lu.scale[pivot as usize]));
            }
        }
        passes.compute(out);
        let name = |pivot: usize| self.lu.symbolic.columns[pivot] as usize;
        collect(out, name, |_| 1.0);
    }
}
