//! Solutions with sparse LU factors and dense right-hand sides.

use super::lu::SparseLu;
use super::scalar::Scalar;

/// Memory that the dense solves reuse; it grows to the size of the system
/// once.
#[derive(Clone, Debug, Default)]
pub struct Workspace<S> {
    permuted: Vec<S>,
    residual: Vec<S>,
}

impl<S: Scalar> Workspace<S> {
    /// Ready for systems of `size` unknowns, so that no solve allocates.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { permuted: vec![S::default(); size], residual: vec![S::default(); size] }
    }
}

impl<S: Scalar> SparseLu<S> {
    /// Replaces `b` by the solution of `A x = b`.
    ///
    /// A zero right-hand side gives exactly zero; infinite or NaN entries of
    /// `b` spread.
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the size of the system.
    pub fn solve(&self, b: &mut [S], work: &mut Workspace<S>) {
        assert_eq!(b.len(), self.size(), "one right-hand side for each row");
        let w = &mut work.permuted;
        w.clear();
        w.extend(self.rows.iter().zip(&self.scale).map(|(&row, &s)| b[row as usize].scale(s)));
        for block in self.symbolic.starts.windows(2).rev() {
            for j in block[0]..block[1] {
                if !w[j].is_zero() {
                    self.lower.subtract(j, w[j], w);
                }
            }
            for j in (block[0]..block[1]).rev() {
                w[j] = w[j].divide(self.diagonal[j]);
                if !w[j].is_zero() {
                    self.upper.subtract(j, w[j], w);
                    self.above.subtract(j, w[j], w);
                }
            }
        }
        for (&column, &value) in self.symbolic.columns.iter().zip(w.iter()) {
            b[column as usize] = value;
        }
    }

    /// Replaces `b` by the solution of `Aᵀ x = b` (transposed, not
    /// conjugated).
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the size of the system.
    pub fn solve_transpose(&self, b: &mut [S], work: &mut Workspace<S>) {
        assert_eq!(b.len(), self.size(), "one right-hand side for each column");
        let w = &mut work.permuted;
        w.clear();
        w.extend(self.symbolic.columns.iter().map(|&column| b[column as usize]));
        for block in self.symbolic.starts.windows(2) {
            for j in block[0]..block[1] {
                let known = self.above.dot(j, w) + self.upper.dot(j, w);
                w[j] = (w[j] - known).divide(self.diagonal[j]);
            }
            for j in (block[0]..block[1]).rev() {
                let known = self.lower.dot(j, w);
                w[j] -= known;
            }
        }
        for ((&row, &s), &value) in self.rows.iter().zip(&self.scale).zip(w.iter()) {
            b[row as usize] = value.scale(s);
        }
    }

    /// Replaces `b` by the solution of `A x = b`, improved by one step of
    /// iterative refinement: `x + A⁻¹ (b − A x)`.
    ///
    /// `values` are those that were factored. One step in working precision
    /// makes the error small relative to the magnitudes of every single
    /// equation (Skeel, Mathematics of Computation 35, 817–832, 1980).
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the size of the system or `values` are not
    /// one for each place of the pattern.
    pub fn solve_refined(&self, values: &[S], b: &mut [S], work: &mut Workspace<S>) {
        assert_eq!(values.len(), self.symbolic.pattern.nonzeros(), "one value for each place");
        let mut residual = std::mem::take(&mut work.residual);
        residual.clear();
        residual.extend_from_slice(b);
        self.solve(b, work);
        self.symbolic.pattern.subtract_product(values, b, &mut residual);
        self.solve(&mut residual, work);
        for (x, &correction) in b.iter_mut().zip(&residual) {
            *x += correction;
        }
        work.residual = residual;
    }
}
