//! Sparse solutions of which only some unknowns are wanted.
//!
//! What no wanted unknown depends on is left out of the factors once, so that no solution
//! passes it: of a crossbar of N rows and N columns the currents of its N sources, each of
//! which depends on all N outputs, or N^2 operations a solution.

use super::lu::{Columns, SparseLu};
use super::scalar::Scalar;
use super::sparse_solve::{Links, Passes, RowAccess, SparseSolution, collect};

/// Factors without what the wanted unknowns do not depend on.
#[derive(Clone, Debug)]
pub struct Needed<'a, S: Scalar> {
    lu: &'a SparseLu<S>,
    /// By pass: true where a wanted unknown depends on it.
    useful: Vec<bool>,
    first: Kept<S>,
    second: Kept<S>,
    between: Kept<S>,
}

/// The entries of a matrix by columns that lead to something needed.
#[derive(Clone, Debug)]
struct Kept<S> {
    pointers: Vec<usize>,
    targets: Vec<u32>,
    values: Vec<S>,
}

impl<S: Scalar> Kept<S> {
    fn of(matrix: &Columns<S>, is_kept: impl Fn(u32) -> bool) -> Self {
        let mut kept = Self {
            pointers: Vec::with_capacity(matrix.pointers.len()),
            targets: Vec::new(),
            values: Vec::new(),
        };
        kept.pointers.push(0);
        for column in matrix.pointers.windows(2) {
            for position in column[0]..column[1] {
                if is_kept(matrix.rows[position]) {
                    kept.targets.push(matrix.rows[position]);
                    kept.values.push(matrix.values[position]);
                }
            }
            kept.pointers.push(kept.targets.len());
        }
        kept
    }

    fn links(&self) -> Links<'_, S> {
        Links {
            pointers: &self.pointers,
            targets: &self.targets,
            positions: None,
            values: &self.values,
        }
    }
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
        let kept = [
            Kept::of(&self.lower, first),
            Kept::of(&self.upper, second),
            Kept::of(&self.above, first),
        ];
        let [first, second, between] = kept;
        Needed { lu: self, useful, first, second, between }
    }

    /// Which passes lead to a wanted unknown.
    fn needed_passes(&self, is_wanted: &[bool]) -> Vec<bool> {
        let RowAccess { lower, upper, above, .. } = self.row_access();
        let mut useful = vec![false; 2 * self.size()];
        let mut open: Vec<usize> = Vec::new();
        for (pivot, &column) in self.symbolic.columns.iter().enumerate() {
            if is_wanted[column as usize] {
                useful[2 * pivot + 1] = true;
                open.push(2 * pivot + 1);
            }
        }
        // Against the direction of the links.
        while let Some(pass) = open.pop() {
            let pivot = pass / 2;
            let mut add = |before: usize| {
                if !std::mem::replace(&mut useful[before], true) {
                    open.push(before);
                }
            };
            if pass % 2 == 1 {
                add(2 * pivot);
                upper.row(pivot).iter().for_each(|&column| add(2 * column as usize + 1));
            } else {
                lower.row(pivot).iter().for_each(|&column| add(2 * column as usize));
                above.row(pivot).iter().for_each(|&column| add(2 * column as usize + 1));
            }
        }
        useful
    }
}

impl<S: Scalar> Needed<'_, S> {
    /// As [`SparseLu::solve_sparse`], the entries being those that are needed.
    ///
    /// # Panics
    ///
    /// If a row lies outside the system.
    pub fn solve_sparse(&self, rhs: &[(usize, S)], out: &mut SparseSolution<S>) {
        let passes = Passes {
            first: self.first.links(),
            second: self.second.links(),
            between: self.between.links(),
            diagonal: &self.lu.diagonal,
            division: 1,
            needed: Some(&self.useful),
        };
        let access = self.lu.row_access();
        out.begin(self.lu.size());
        for &(row, value) in rhs {
            let pivot = access.pivot_of_row[row];
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
