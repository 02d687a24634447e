//! Dense LU factors.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::factor as pivoting;
use faer::linalg::triangular_solve as triangular;
use faer::prelude::Par;
use faer::{MatMut, MatRef};
use nalgebra::DMatrix;

use super::LuError;
use super::factor::reciprocal_power;

/// Pivots below this part of the largest entry above them are examined for
/// cancellation.
const SUSPICION: f64 = 1e-10;
/// A result below this part of the sum of its terms' magnitudes is noise.
const NOISE: f64 = 16.0 * f64::EPSILON;

/// LU factors of a dense square matrix, with partial pivoting on rows that are
/// scaled by powers of two.
///
/// After a failed [`refactor`](Self::refactor) every solution is NaN.
#[derive(Clone, Debug)]
pub struct DenseLu {
    /// L below the diagonal (its own is 1), U on and above.
    factors: DMatrix<f64>,
    /// By original row.
    scale: Vec<f64>,
    /// Exchange row `k` with `exchanges[k]`, for ascending `k`.
    exchanges: Vec<u32>,
    rows: Vec<u32>,
    inverse: Vec<u32>,
}

impl DenseLu {
    /// Factors `matrix`.
    ///
    /// # Errors
    ///
    /// See [`LuError`]. A pivot counts as zero when it does not exceed the
    /// rounding error of the sum it is the result of.
    ///
    /// # Panics
    ///
    /// If `matrix` is not square.
    pub fn factor(matrix: &DMatrix<f64>) -> Result<Self, LuError> {
        let size = matrix.nrows();
        let mut lu = Self {
            factors: DMatrix::zeros(size, size),
            scale: vec![1.0; size],
            exchanges: vec![0; size],
            rows: vec![0; size],
            inverse: vec![0; size],
        };
        lu.refactor(matrix)?;
        Ok(lu)
    }

    /// Factors another matrix of the same size in the same memory.
    ///
    /// # Errors
    ///
    /// See [`LuError`].
    ///
    /// # Panics
    ///
    /// If `matrix` is not of the size of the first one.
    pub fn refactor(&mut self, matrix: &DMatrix<f64>) -> Result<(), LuError> {
        assert_eq!(matrix.shape(), self.factors.shape(), "a square matrix of the same size");
        let outcome = self.eliminate(matrix);
        if outcome.is_err() {
            self.factors.fill(f64::NAN);
        }
        outcome
    }

    fn eliminate(&mut self, matrix: &DMatrix<f64>) -> Result<(), LuError> {
        let size = self.size();
        if size == 0 {
            return Ok(());
        }
        self.scale.fill(0.0);
        // NaN in every row that holds something that is not finite, 0 elsewhere.
        let mut rests = vec![0.0; size];
        for column in matrix.as_slice().chunks_exact(size) {
            for ((peak, rest), value) in self.scale.iter_mut().zip(&mut rests).zip(column) {
                *peak = if value.abs() > *peak { value.abs() } else { *peak };
                *rest += value * 0.0;
            }
        }
        if rests.iter().any(|rest| rest.is_nan()) {
            check_finite(matrix)?;
        }
        for scale in &mut self.scale {
            *scale = if *scale == 0.0 { 1.0 } else { reciprocal_power(*scale) };
        }
        let targets = self.factors.as_mut_slice().chunks_exact_mut(size);
        for (target, column) in targets.zip(matrix.as_slice().chunks_exact(size)) {
            for ((target, value), scale) in target.iter_mut().zip(column).zip(&self.scale) {
                *target = value * scale;
            }
        }
        let params = faer::Spec::default();
        let mut memory =
            MemBuffer::new(pivoting::lu_in_place_scratch::<u32, f64>(size, size, Par::Seq, params));
        pivoting::lu_in_place(
            MatMut::from_column_major_slice_mut(self.factors.as_mut_slice(), size, size),
            &mut self.rows,
            &mut self.inverse,
            Par::Seq,
            MemStack::new(&mut memory),
            params,
        );
        self.find_exchanges();
        (0..size).try_for_each(|column| self.check_pivot(column))
    }

    /// Writes the row order as successive exchanges, which need no memory to
    /// apply. `rows` and `inverse` become scratch.
    fn find_exchanges(&mut self) {
        let (wanted, place_of) = (&self.rows, &mut self.inverse);
        let mut at: Vec<u32> = (0..wanted.len() as u32).collect();
        place_of.clone_from(&at);
        for (k, &row) in wanted.iter().enumerate() {
            let other = place_of[row as usize];
            self.exchanges[k] = other;
            at.swap(k, other as usize);
            place_of[at[k] as usize] = k as u32;
            place_of[at[other as usize] as usize] = other;
        }
    }

    /// Fails where the pivot of `column` is zero, noise, or not finite.
    fn check_pivot(&self, column: usize) -> Result<(), LuError> {
        let size = self.size();
        let entries = &self.factors.as_slice()[column * size..(column + 1) * size];
        if !entries.iter().all(|entry| entry.is_finite()) {
            return Err(LuError::Overflow { column });
        }
        let pivot = entries[column].abs();
        let upper = &entries[..column];
        let suspicious = upper.iter().any(|entry| pivot <= SUSPICION * entry.abs());
        let left = self.factors.row(column);
        let terms = || -> f64 { upper.iter().zip(left.iter()).map(|(u, l)| (u * l).abs()).sum() };
        if pivot == 0.0 || (suspicious && pivot <= NOISE * terms()) {
            return Err(LuError::Singular { column, pivot });
        }
        Ok(())
    }

    /// The number of unknowns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.scale.len()
    }

    fn view(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(self.factors.as_slice(), self.size(), self.size())
    }

    /// Replaces `b` by the solution of `A x = b`.
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the size of the system.
    pub fn solve(&self, b: &mut [f64]) {
        assert_eq!(b.len(), self.size(), "one right-hand side for each row");
        for (value, scale) in b.iter_mut().zip(&self.scale) {
            *value *= scale;
        }
        for (k, &other) in self.exchanges.iter().enumerate() {
            b.swap(k, other as usize);
        }
        let mut x = MatMut::from_column_major_slice_mut(b, self.size(), 1);
        triangular::solve_unit_lower_triangular_in_place(self.view(), x.as_mut(), Par::Seq);
        triangular::solve_upper_triangular_in_place(self.view(), x, Par::Seq);
    }

    /// Replaces `b` by the solution of `Aᵀ x = b`.
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the size of the system.
    pub fn solve_transpose(&self, b: &mut [f64]) {
        assert_eq!(b.len(), self.size(), "one right-hand side for each column");
        let factors = self.view().transpose();
        let mut x = MatMut::from_column_major_slice_mut(&mut *b, self.size(), 1);
        triangular::solve_lower_triangular_in_place(factors, x.as_mut(), Par::Seq);
        triangular::solve_unit_upper_triangular_in_place(factors, x, Par::Seq);
        for (k, &other) in self.exchanges.iter().enumerate().rev() {
            b.swap(k, other as usize);
        }
        for (value, scale) in b.iter_mut().zip(&self.scale) {
            *value *= scale;
        }
    }
}

/// The first entry, by columns, that is infinite or NaN.
pub(super) fn not_finite(matrix: &DMatrix<f64>) -> Option<(usize, usize)> {
    let position = matrix.as_slice().iter().position(|value| !value.is_finite())?;
    Some((position % matrix.nrows(), position / matrix.nrows()))
}

fn check_finite(matrix: &DMatrix<f64>) -> Result<(), LuError> {
    match not_finite(matrix) {
        Some((row, column)) => Err(LuError::NotFinite { row, column }),
        None => Ok(()),
    }
}
