//! Left-looking sparse LU with a search for pivots.
//!
//! Gilbert and Peierls (1988): column `j` of the factors is the solution of a
//! sparse triangular system with the columns before, whose pattern a depth-first
//! search through L predicts. Symmetric pruning (Eisenstat and Liu, SIAM
//! Journal on Matrix Analysis 13, 202–211, 1992) shortens the search: once
//! `u[k,j]` and `l[j,k]` are both nonzero, paths through the rest of column `k`
//! lead through column `j` as well.

use super::lu::{Columns, LuError};
use super::matching::NONE;
use super::scalar::Scalar;
use super::symbolic::Symbolic;

/// A diagonal entry this much smaller than the largest is still preferred:
/// it keeps the fill that the order promises.
const DIAGONAL_PREFERENCE: f64 = 1e-3;
/// A pivot below this part of its column is examined for cancellation.
const SUSPICION: f64 = 1e-10;
/// A result below this part of the sum of its terms' magnitudes is noise.
const NOISE: f64 = 16.0 * f64::EPSILON;

/// The state of one factorisation. Rows are places of the [`Symbolic`] order
/// until the caller renumbers them by `pivot_of_row`.
pub(super) struct Kernel<'a, S> {
    symbolic: &'a Symbolic,
    values: &'a [S],
    pub(super) scale: Vec<f64>,
    pub(super) lower: Columns<S>,
    pub(super) upper: Columns<S>,
    pub(super) pivot_of_row: Vec<u32>,
    row_of_pivot: Vec<u32>,
    x: Vec<S>,
    /// By row: the last column whose search came by.
    mark: Vec<u32>,
    /// By column of L: where the part that the search has to look at ends.
    search_end: Vec<usize>,
    pruned: Vec<bool>,
    /// Columns on the path, with the next entry of each.
    path: Vec<(u32, usize)>,
    /// Columns that were reached, in postorder.
    reached: Vec<u32>,
    /// Rows without pivot that were reached.
    candidates: Vec<u32>,
}

impl<'a, S: Scalar> Kernel<'a, S> {
    pub(super) fn new(
        symbolic: &'a Symbolic,
        values: &'a [S],
        lower: Columns<S>,
        upper: Columns<S>,
    ) -> Self {
        let size = symbolic.size();
        Self {
            symbolic,
            values,
            scale: row_scale(symbolic, values),
            lower,
            upper,
            pivot_of_row: vec![NONE; size],
            row_of_pivot: Vec::with_capacity(size),
            x: vec![S::default(); size],
            mark: vec![NONE; size],
            search_end: Vec::with_capacity(size),
            pruned: vec![false; size],
            path: Vec::new(),
            reached: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Factors all diagonal blocks.
    pub(super) fn run(&mut self, diagonal: &mut [S]) -> Result<(), LuError> {
        // Blocks share no entries, so that the search stays in its block by
        // itself and block boundaries need no mention.
        for (j, target) in diagonal.iter_mut().enumerate() {
            self.predict(j);
            let peak = self.eliminate(j)?;
            *target = self.choose_pivot(j, peak)?;
            self.prune(j);
        }
        Ok(())
    }

    fn entries(&self, j: usize) -> std::ops::Range<usize> {
        self.symbolic.inside.pointers[j]..self.symbolic.inside.pointers[j + 1]
    }

    /// Finds the rows in which column `j` can become nonzero.
    fn predict(&mut self, j: usize) {
        self.reached.clear();
        self.candidates.clear();
        for entry in self.entries(j) {
            self.visit(self.symbolic.inside.rows[entry], j as u32);
            while let Some((column, next)) = self.path.last_mut() {
                if *next == self.search_end[*column as usize] {
                    self.reached.push(*column);
                    self.path.pop();
                } else {
                    let row = self.lower.rows[*next];
                    *next += 1;
                    self.visit(row, j as u32);
                }
            }
        }
    }

    fn visit(&mut self, row: u32, j: u32) {
        let mark = &mut self.mark[row as usize];
        if *mark == j {
            return;
        }
        *mark = j;
        match self.pivot_of_row[row as usize] {
            NONE => self.candidates.push(row),
            pivot => self.path.push((pivot, self.lower.pointers[pivot as usize])),
        }
    }

    /// Solves for column `j`; leaves the part of U in `upper` and the rest in
    /// `x`. Returns the largest magnitude among the entries and U.
    fn eliminate(&mut self, j: usize) -> Result<f64, LuError> {
        let mut peak = 0.0;
        for entry in self.entries(j) {
            let row = self.symbolic.inside.rows[entry] as usize;
            let position = self.symbolic.inside.positions[entry] as usize;
            self.x[row] = self.values[position].scale(self.scale[row]);
            peak = larger(peak, self.x[row].magnitude());
        }
        let mut finite = true;
        // The order of the pivots is one of elimination, and that of refactorisation.
        self.reached.sort_unstable();
        for &k in &self.reached {
            let row = self.row_of_pivot[k as usize] as usize;
            let factor = std::mem::take(&mut self.x[row]);
            finite &= factor.is_finite();
            peak = larger(peak, factor.magnitude());
            self.upper.rows.push(k);
            self.upper.values.push(factor);
            self.lower.subtract(k as usize, factor, &mut self.x);
        }
        finite &= self.candidates.iter().all(|&row| self.x[row as usize].is_finite());
        self.upper.pointers.push(self.upper.rows.len());
        if finite { Ok(peak) } else { Err(LuError::Overflow { column: self.original(j) }) }
    }

    /// Takes a pivot for column `j` and divides the rest of the column by it.
    fn choose_pivot(&mut self, j: usize, peak: f64) -> Result<S, LuError> {
        let mut largest = 0.0;
        let mut pivot_row = None;
        let mut diagonal = None;
        for &row in &self.candidates {
            let magnitude = self.x[row as usize].magnitude();
            if magnitude > largest {
                largest = magnitude;
                pivot_row = Some(row);
            }
            if row as usize == j {
                diagonal = Some(magnitude);
            }
        }
        let singular = LuError::Singular { column: self.original(j), pivot: largest };
        let Some(mut row) = pivot_row else { return Err(singular) };
        if largest <= SUSPICION * peak && largest <= NOISE * self.terms(j, row as usize) {
            return Err(singular);
        }
        if diagonal.is_some_and(|magnitude| magnitude >= DIAGONAL_PREFERENCE * largest) {
            row = j as u32;
        }
        let pivot = std::mem::take(&mut self.x[row as usize]);
        self.pivot_of_row[row as usize] = j as u32;
        self.row_of_pivot.push(row);
        for &other in self.candidates.iter().filter(|&&other| other != row) {
            let value = std::mem::take(&mut self.x[other as usize]);
            self.lower.rows.push(other);
            self.lower.values.push(value.divide(pivot));
        }
        let end = self.lower.rows.len();
        self.lower.pointers.push(end);
        self.search_end.push(end);
        Ok(pivot)
    }

    /// The sum of the magnitudes of the terms that make up entry (`row`, `j`)
    /// after elimination.
    fn terms(&self, j: usize, row: usize) -> f64 {
        let entry = self.entries(j).find(|&e| self.symbolic.inside.rows[e] as usize == row);
        let mut sum = entry.map_or(0.0, |entry| {
            let position = self.symbolic.inside.positions[entry] as usize;
            self.values[position].scale(self.scale[row]).magnitude()
        });
        let (pivots, factors) = self.upper.column(j);
        for (&k, factor) in pivots.iter().zip(factors) {
            let (rows, multipliers) = self.lower.column(k as usize);
            for (_, multiplier) in rows.iter().zip(multipliers).filter(|e| *e.0 as usize == row) {
                sum += multiplier.magnitude() * factor.magnitude();
            }
        }
        sum
    }

    /// Shortens the columns of L that column `j` makes redundant for searches.
    fn prune(&mut self, j: usize) {
        let pivot_row = self.row_of_pivot[j];
        for &k in &self.reached {
            let k = k as usize;
            let range = self.lower.pointers[k]..self.lower.pointers[k + 1];
            if self.pruned[k] || !self.lower.rows[range.clone()].contains(&pivot_row) {
                continue;
            }
            let (mut head, mut tail) = (range.start, range.end);
            while head < tail {
                if self.pivot_of_row[self.lower.rows[head] as usize] == NONE {
                    tail -= 1;
                    self.lower.rows.swap(head, tail);
                    self.lower.values.swap(head, tail);
                } else {
                    head += 1;
                }
            }
            self.search_end[k] = head;
            self.pruned[k] = true;
        }
    }

    fn original(&self, j: usize) -> usize {
        self.symbolic.columns[j] as usize
    }
}

/// The larger of two numbers that are not NaN.
fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// By place, the power of two that brings the largest magnitude of the row
/// into `[1, 2)`: it equalises rows and rounds nothing.
fn row_scale<S: Scalar>(symbolic: &Symbolic, values: &[S]) -> Vec<f64> {
    let mut scale = vec![0.0; symbolic.size()];
    for entries in [&symbolic.inside, &symbolic.above] {
        for (&row, &position) in entries.rows.iter().zip(&entries.positions) {
            let peak = &mut scale[row as usize];
            *peak = larger(*peak, values[position as usize].magnitude());
        }
    }
    for peak in &mut scale {
        *peak = if *peak == 0.0 { 1.0 } else { reciprocal_power(*peak) };
    }
    scale
}

/// `2^−e` for a positive `x` in `[2^e, 2^(e+1))`; subnormal numbers count as
/// the smallest normal one.
pub(super) fn reciprocal_power(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    let power = f64::from_bits(x.to_bits() & EXPONENT);
    1.0 / larger(power, f64::MIN_POSITIVE)
}
