//! Sparse LU factors: their storage, refactorisation and work counters.
//!
//! With the row scaling `R`, the pivots' row order `P` and the analysed column
//! order `Q`, `P R A Q = M` is block upper triangular with diagonal blocks
//! `L U` (`L` with unit diagonal) and entries `F` above the blocks that are
//! never eliminated. `factor` finds the factors, `solve` uses them.

use super::factor::Kernel;
use super::refactor::Supernodes;
use super::scalar::Scalar;
use super::sparse_solve::RowAccess;
use super::symbolic::Symbolic;
use std::sync::OnceLock;

/// Why values have no LU factors.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LuError {
    /// No pivot stands out of the rounding errors: `column` depends linearly
    /// on others.
    #[error("the matrix is singular: column {column} has no pivot above {pivot:e}")]
    Singular {
        /// The column in the caller's numbering.
        column: usize,
        /// The largest candidate, relative to the largest entries of its row.
        pivot: f64,
    },
    /// A value is infinite or NaN.
    #[error("the matrix entry in row {row}, column {column} is not finite")]
    NotFinite {
        /// The row in the caller's numbering.
        row: usize,
        /// The column in the caller's numbering.
        column: usize,
    },
    /// The factors exceed the range of numbers.
    #[error("the factors overflow in column {column}")]
    Overflow {
        /// The column in the caller's numbering.
        column: usize,
    },
}

impl LuError {
    /// The column to blame, in the caller's numbering.
    #[must_use]
    pub fn column(&self) -> usize {
        match *self {
            Self::Singular { column, .. }
            | Self::NotFinite { column, .. }
            | Self::Overflow { column } => column,
        }
    }
}

/// How [`SparseLu::refactor`] came by its factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refactored {
    /// With the pivots and the pattern that were there.
    Reused,
    /// They would have lost accuracy (or did not exist): new pivots.
    Repivoted,
}

/// The work a [`SparseLu`] has done, and the size of what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LuCounters {
    /// Factorisations with a search for pivots.
    pub factorisations: usize,
    /// Factorisations with known pivots that held.
    pub refactorisations: usize,
    /// Entries of L and U, the diagonal counted once.
    pub factor_nonzeros: usize,
    /// Diagonal blocks.
    pub blocks: usize,
}

/// Sparse columns whose values change.
#[derive(Clone, Debug)]
pub(super) struct Columns<S> {
    pub(super) pointers: Vec<usize>,
    pub(super) rows: Vec<u32>,
    pub(super) values: Vec<S>,
}

impl<S: Scalar> Columns<S> {
    pub(super) fn empty(columns: usize) -> Self {
        Self { pointers: vec![0; columns + 1], rows: Vec::new(), values: Vec::new() }
    }

    /// No columns yet, with the memory of `self`.
    pub(super) fn cleared(mut self) -> Self {
        self.pointers.clear();
        self.pointers.push(0);
        self.rows.clear();
        self.values.clear();
        self
    }

    /// The rows and values of column `j`.
    #[inline]
    pub(super) fn column(&self, j: usize) -> (&[u32], &[S]) {
        let range = self.pointers[j]..self.pointers[j + 1];
        (&self.rows[range.clone()], &self.values[range])
    }

    /// `x -= factor · column j`.
    #[inline]
    pub(super) fn subtract(&self, j: usize, factor: S, x: &mut [S]) {
        let (rows, values) = self.column(j);
        for (&row, &value) in rows.iter().zip(values) {
            x[row as usize] -= value * factor;
        }
    }

    /// `x · column j`.
    #[inline]
    pub(super) fn dot(&self, j: usize, x: &[S]) -> S {
        let (rows, values) = self.column(j);
        let mut sum = S::default();
        for (&row, &value) in rows.iter().zip(values) {
            sum += value * x[row as usize];
        }
        sum
    }
}

/// LU factors of a sparse matrix.
///
/// Until the first success of [`factor`](Self::factor), and after a failure,
/// there are no factors and every solution is NaN.
#[derive(Clone, Debug)]
pub struct SparseLu<S: Scalar> {
    pub(super) symbolic: Symbolic,
    /// Powers of two by pivot: the row scaling.
    pub(super) scale: Vec<f64>,
    /// Original row by pivot.
    pub(super) rows: Vec<u32>,
    /// Pivot of every entry of `symbolic.inside`.
    pub(super) inside: Vec<u32>,
    pub(super) lower: Columns<S>,
    /// Without the diagonal; each column sorted.
    pub(super) upper: Columns<S>,
    pub(super) diagonal: Vec<S>,
    pub(super) above: Columns<S>,
    /// Zeros between calls.
    pub(super) work: Vec<S>,
    pub(super) supernodes: Supernodes<S>,
    pub(super) row_access: OnceLock<RowAccess>,
    factored: bool,
    factorisations: usize,
    refactorisations: usize,
}

impl<S: Scalar> SparseLu<S> {
    /// Without factors yet.
    #[must_use]
    pub fn new(symbolic: Symbolic) -> Self {
        let size = symbolic.size();
        let mut above = Columns::empty(size);
        above.pointers.clone_from(&symbolic.above.pointers);
        above.values.resize(symbolic.above.rows.len(), S::default());
        let mut lu = Self {
            scale: vec![1.0; size],
            rows: symbolic.rows.clone(),
            inside: symbolic.inside.rows.clone(),
            lower: Columns::empty(size),
            upper: Columns::empty(size),
            diagonal: vec![S::default(); size],
            above: Columns { rows: symbolic.above.rows.clone(), ..above },
            work: vec![S::default(); size],
            supernodes: Supernodes::default(),
            row_access: OnceLock::new(),
            factored: false,
            factorisations: 0,
            refactorisations: 0,
            symbolic,
        };
        lu.poison();
        lu
    }

    /// The number of unknowns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.symbolic.size()
    }

    /// The order of elimination.
    #[must_use]
    pub fn symbolic(&self) -> &Symbolic {
        &self.symbolic
    }

    /// Work so far and present size.
    #[must_use]
    pub fn counters(&self) -> LuCounters {
        LuCounters {
            factorisations: self.factorisations,
            refactorisations: self.refactorisations,
            factor_nonzeros: self.lower.rows.len() + self.upper.rows.len() + self.size(),
            blocks: self.symbolic.blocks(),
        }
    }

    /// Factors the matrix of `values`, which are in the order of the analysed
    /// pattern, with new pivots.
    ///
    /// Left-looking (Gilbert and Peierls, SIAM Journal on Scientific and
    /// Statistical Computing 9, 862–874, 1988), rows scaled by powers of two;
    /// the diagonal place is the pivot unless it is 1e3 times smaller than the
    /// largest candidate.
    ///
    /// # Errors
    ///
    /// See [`LuError`]. A pivot counts as zero when it does not exceed the
    /// rounding error of the sum it is the result of.
    ///
    /// # Panics
    ///
    /// If there is not one value for each place of the pattern.
    pub fn factor(&mut self, values: &[S]) -> Result<(), LuError> {
        self.check(values).inspect_err(|_| self.poison())?;
        self.factorisations += 1;
        self.row_access.take();
        self.supernodes.forget();
        let lower = std::mem::replace(&mut self.lower, Columns::empty(0));
        let upper = std::mem::replace(&mut self.upper, Columns::empty(0));
        let mut kernel = Kernel::new(&self.symbolic, values, lower.cleared(), upper.cleared());
        let outcome = kernel.run(&mut self.diagonal);
        let (pivot_of_row, scale) = (kernel.pivot_of_row, kernel.scale);
        (self.lower, self.upper) = (kernel.lower, kernel.upper);
        if let Err(error) = outcome {
            self.poison();
            return Err(error);
        }
        let renumber = |from: &[u32], to: &mut Vec<u32>| {
            to.clear();
            to.extend(from.iter().map(|&row| pivot_of_row[row as usize]));
        };
        renumber(&self.symbolic.inside.rows, &mut self.inside);
        renumber(&self.symbolic.above.rows, &mut self.above.rows);
        for row in &mut self.lower.rows {
            *row = pivot_of_row[*row as usize];
        }
        for (place, &pivot) in pivot_of_row.iter().enumerate() {
            self.rows[pivot as usize] = self.symbolic.rows[place];
            self.scale[pivot as usize] = scale[place];
        }
        self.load_above(values);
        self.factored = true;
        Ok(())
    }

    /// Factors the matrix of `values` with the pivots that are there, without
    /// allocation but for the first time with new pivots; with new ones where those
    /// have become too small.
    ///
    /// # Errors
    ///
    /// See [`LuError`].
    ///
    /// # Panics
    ///
    /// If there is not one value for each place of the pattern.
    pub fn refactor(&mut self, values: &[S]) -> Result<Refactored, LuError> {
        if self.factored {
            self.check(values).inspect_err(|_| self.poison())?;
            if self.refactor_all(values) {
                self.load_above(values);
                self.refactorisations += 1;
                return Ok(Refactored::Reused);
            }
            self.work.fill(S::default());
        }
        self.factor(values).map(|()| Refactored::Repivoted)
    }

    /// Copies the entries above the diagonal blocks.
    fn load_above(&mut self, values: &[S]) {
        let positions = &self.symbolic.above.positions;
        let rows = &self.above.rows;
        for ((target, &position), &row) in self.above.values.iter_mut().zip(positions).zip(rows) {
            *target = values[position as usize].scale(self.scale[row as usize]);
        }
    }

    fn check(&self, values: &[S]) -> Result<(), LuError> {
        let pattern = self.symbolic.pattern();
        assert_eq!(values.len(), pattern.nonzeros(), "one value for each place");
        let Some(position) = values.iter().position(|value| !value.is_finite()) else {
            return Ok(());
        };
        let row = pattern.row_indices()[position];
        let column = pattern.column_pointers().partition_point(|&start| start <= position) - 1;
        Err(LuError::NotFinite { row, column })
    }

    /// Makes every solution NaN.
    fn poison(&mut self) {
        self.factored = false;
        self.row_access.take();
        self.lower = Columns::empty(self.size());
        self.upper = Columns::empty(self.size());
        self.diagonal.fill(S::from_real(f64::NAN));
    }
}
