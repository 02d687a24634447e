//! Solutions for sparse right-hand sides, at the cost of what is nonzero.
//!
//! Every pivot is passed twice: once in the first triangular solve of its
//! block, once in the second. The passes and the entries that connect them form
//! a directed graph without cycles. What a depth-first search from the
//! right-hand side reaches is all that can be nonzero, and its postorder
//! backwards is an order to compute it in (Gilbert and Peierls, 1988).

use super::lu::{Columns, SparseLu};
use super::scalar::Scalar;

/// A sparse solution, and memory that the next one reuses.
#[derive(Clone, Debug, Default)]
pub struct SparseSolution<S> {
    entries: Vec<(usize, S)>,
    /// Zeros between calls.
    values: Vec<S>,
    /// By pass: true while it is reached; false between calls.
    reached: Vec<bool>,
    path: Vec<(u32, u32)>,
    postorder: Vec<u32>,
}

impl<S: Scalar> SparseSolution<S> {
    /// Without entries; memory for systems of `size` unknowns.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let mut solution = Self {
            entries: Vec::new(),
            values: Vec::new(),
            reached: Vec::new(),
            path: Vec::new(),
            postorder: Vec::new(),
        };
        solution.resize(size);
        solution
    }

    /// The entries (index, value), every index once, in an order that depends
    /// on the elimination only. All others are exactly zero; those that are
    /// listed may be.
    #[must_use]
    pub fn entries(&self) -> &[(usize, S)] {
        &self.entries
    }

    /// Without entries, for systems of `size` unknowns.
    pub(super) fn begin(&mut self, size: usize) {
        self.entries.clear();
        self.resize(size);
    }

    /// Adds to the right-hand side of a pivot.
    pub(super) fn add(&mut self, pivot: u32, value: S) {
        self.values[pivot as usize] += value;
    }

    fn resize(&mut self, size: usize) {
        self.values.resize(size, S::default());
        self.reached.resize(2 * size, false);
    }
}

/// The rows of factors that are stored by columns (values stay where they
/// are), and the pivots of original rows and columns.
#[derive(Clone, Debug)]
pub(super) struct RowAccess {
    lower: Rows,
    upper: Rows,
    above: Rows,
    pivot_of_row: Vec<u32>,
    pivot_of_column: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Rows {
    pointers: Vec<usize>,
    columns: Vec<u32>,
    positions: Vec<u32>,
}

impl Rows {
    fn of<S>(matrix: &Columns<S>) -> Self {
        let size = matrix.pointers.len() - 1;
        let mut pointers = vec![0; size + 1];
        for &row in &matrix.rows {
            pointers[row as usize + 1] += 1;
        }
        for k in 0..size {
            pointers[k + 1] += pointers[k];
        }
        let mut next = pointers.clone();
        let mut columns = vec![0; matrix.rows.len()];
        let mut positions = columns.clone();
        for column in 0..size {
            for position in matrix.pointers[column]..matrix.pointers[column + 1] {
                let place = &mut next[matrix.rows[position] as usize];
                columns[*place] = column as u32;
                positions[*place] = position as u32;
                *place += 1;
            }
        }
        Self { pointers, columns, positions }
    }
}

/// The entries that lead from one pass to others.
#[derive(Clone, Copy)]
pub(super) struct Links<'a, S> {
    pointers: &'a [usize],
    targets: &'a [u32],
    /// Where the values are; `None` where they are in order.
    positions: Option<&'a [u32]>,
    values: &'a [S],
}

impl<'a, S: Scalar> Links<'a, S> {
    pub(super) fn by_columns(matrix: &'a Columns<S>) -> Self {
        let Columns { pointers, rows, values } = matrix;
        Self { pointers, targets: rows, positions: None, values }
    }

    fn by_rows(rows: &'a Rows, matrix: &'a Columns<S>) -> Self {
        let Rows { pointers, columns, positions } = rows;
        Self { pointers, targets: columns, positions: Some(positions), values: &matrix.values }
    }

    fn target(&self, pivot: usize, link: usize) -> Option<u32> {
        self.targets[self.pointers[pivot]..self.pointers[pivot + 1]].get(link).copied()
    }

    fn count(&self, pivot: usize) -> usize {
        self.pointers[pivot + 1] - self.pointers[pivot]
    }

    fn subtract(&self, pivot: usize, x: &mut [S]) {
        let factor = x[pivot];
        let range = self.pointers[pivot]..self.pointers[pivot + 1];
        let targets = &self.targets[range.clone()];
        match self.positions {
            None => {
                for (&target, &value) in targets.iter().zip(&self.values[range]) {
                    x[target as usize] -= value * factor;
                }
            }
            Some(positions) => {
                for (&target, &position) in targets.iter().zip(&positions[range]) {
                    x[target as usize] -= self.values[position as usize] * factor;
                }
            }
        }
    }
}

/// The passes `2 j` (first) and `2 j + 1` (second) of every pivot `j`.
pub(super) struct Passes<'a, S> {
    /// From first passes to first passes.
    pub(super) first: Links<'a, S>,
    /// From second passes to second passes.
    pub(super) second: Links<'a, S>,
    /// From second passes to first passes, in other blocks.
    pub(super) between: Links<'a, S>,
    pub(super) diagonal: &'a [S],
    /// The pass (0 or 1) that begins with a division by the diagonal.
    pub(super) division: u32,
    /// By pass, where not all are needed.
    pub(super) needed: Option<&'a [bool]>,
}

impl<S: Scalar> Passes<'_, S> {
    /// The `link`-th pass that `pass` leads to.
    fn next(&self, pass: u32, link: u32) -> Option<u32> {
        let (pivot, link) = ((pass / 2) as usize, link as usize);
        if pass.is_multiple_of(2) {
            let is_needed = || self.needed.is_none_or(|needed| needed[pass as usize + 1]);
            let own = || (link == self.first.count(pivot) && is_needed()).then_some(pass + 1);
            return self.first.target(pivot, link).map(|target| 2 * target).or_else(own);
        }
        let within = self.second.count(pivot);
        match self.second.target(pivot, link) {
            Some(target) => Some(2 * target + 1),
            None => self.between.target(pivot, link - within).map(|target| 2 * target),
        }
    }

    /// Adds what `start` leads to, itself included, to the postorder.
    pub(super) fn search(&self, start: u32, out: &mut SparseSolution<S>) {
        if std::mem::replace(&mut out.reached[start as usize], true) {
            return;
        }
        out.path.push((start, 0));
        while let Some((pass, link)) = out.path.last_mut() {
            let Some(next) = self.next(*pass, *link) else {
                out.postorder.push(*pass);
                out.path.pop();
                continue;
            };
            *link += 1;
            if !std::mem::replace(&mut out.reached[next as usize], true) {
                out.path.push((next, 0));
            }
        }
    }

    /// Computes all that was reached.
    pub(super) fn compute(&self, out: &mut SparseSolution<S>) {
        let SparseSolution { postorder, values, .. } = out;
        for &pass in postorder.iter().rev() {
            let pivot = (pass / 2) as usize;
            if pass % 2 == self.division {
                values[pivot] = values[pivot].divide(self.diagonal[pivot]);
            }
            if pass.is_multiple_of(2) {
                self.first.subtract(pivot, values);
            } else {
                self.second.subtract(pivot, values);
                self.between.subtract(pivot, values);
            }
        }
    }
}

/// Moves the reached values, times `factor`, to `entries` under their `names`.
pub(super) fn collect<S: Scalar>(
    out: &mut SparseSolution<S>,
    name: impl Fn(usize) -> usize,
    factor: impl Fn(usize) -> f64,
) {
    for pass in out.postorder.drain(..) {
        out.reached[pass as usize] = false;
        let pivot = (pass / 2) as usize;
        // Of a pivot whose second pass is not needed the first leaves a value.
        let value = std::mem::take(&mut out.values[pivot]);
        if pass % 2 == 1 {
            out.entries.push((name(pivot), value.scale(factor(pivot))));
        }
    }
}

impl<S: Scalar> SparseLu<S> {
    /// Solves `A x = b` for `b` given by its entries (row, value), which add
    /// up where a row appears twice.
    ///
    /// The cost is proportional to the arithmetic on what can be nonzero,
    /// independent of the size of the system.
    ///
    /// # Panics
    ///
    /// If a row lies outside the system.
    pub fn solve_sparse(&self, rhs: &[(usize, S)], out: &mut SparseSolution<S>) {
        let passes = Passes {
            first: Links::by_columns(&self.lower),
            second: Links::by_columns(&self.upper),
            between: Links::by_columns(&self.above),
            diagonal: &self.diagonal,
            division: 1,
            needed: None,
        };
        out.begin(self.size());
        let access = self.row_access();
        for &(row, value) in rhs {
            let pivot = access.pivot_of_row[row];
            passes.search(2 * pivot, out);
            out.add(pivot, value.scale(self.scale[pivot as usize]));
        }
        passes.compute(out);
        collect(out, |pivot| self.symbolic.columns[pivot] as usize, |_| 1.0);
    }

    /// Solves `Aᵀ x = b` (transposed, not conjugated) for `b` given by its
    /// entries (column of `A`, value); otherwise as
    /// [`solve_sparse`](Self::solve_sparse).
    ///
    /// # Panics
    ///
    /// If a column lies outside the system.
    pub fn solve_transpose_sparse(&self, rhs: &[(usize, S)], out: &mut SparseSolution<S>) {
        let access = self.row_access();
        let passes = Passes {
            first: Links::by_rows(&access.upper, &self.upper),
            second: Links::by_rows(&access.lower, &self.lower),
            between: Links::by_rows(&access.above, &self.above),
            diagonal: &self.diagonal,
            division: 0,
            needed: None,
        };
        out.begin(self.size());
        for &(column, value) in rhs {
            let pivot = access.pivot_of_column[column];
            passes.search(2 * pivot, out);
            out.add(pivot, value);
        }
        passes.compute(out);
        let (rows, scale) = (&self.rows, &self.scale);
        collect(out, |pivot| rows[pivot] as usize, |pivot| scale[pivot]);
    }

    /// The factors by rows and the inverse permutations, made at the first
    /// sparse solve after new pivots.
    pub(super) fn row_access(&self) -> &RowAccess {
        self.row_access.get_or_init(|| RowAccess {
            lower: Rows::of(&self.lower),
            upper: Rows::of(&self.upper),
            above: Rows::of(&self.above),
            pivot_of_row: inverse(&self.rows),
            pivot_of_column: inverse(&self.symbolic.columns),
        })
    }
}

pub(super) fn inverse(permutation: &[u32]) -> Vec<u32> {
    let mut inverse = vec![0; permutation.len()];
    for (place, &original) in permutation.iter().enumerate() {
        inverse[original as usize] = place as u32;
    }
    inverse
}
