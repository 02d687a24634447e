//! A constant matrix in the form that is fastest to apply.

use nalgebra::DMatrix;
use sprs::CsMat;

use super::product::matvec_add;

/// From this part of nonzero entries on, vector instructions on all entries
/// beat the gathering of some.
const DENSE: f64 = 0.2;

/// A constant matrix for the right-hand side of a differential equation.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// All entries are zero.
    Zero {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// Square, with these entries on the diagonal.
    Diagonal(Vec<f64>),
    /// By rows.
    Sparse(CsMat<f64>),
    /// By columns.
    Dense(DMatrix<f64>),
}

impl Operator {
    /// The cheapest form of `matrix`. Entries that are exactly zero do not
    /// count and have no effect, whatever they are multiplied by, unless the
    /// form is dense.
    #[must_use]
    pub fn of(matrix: &CsMat<f64>) -> Self {
        let (rows, columns) = matrix.shape();
        let entries = || matrix.iter().filter(|(value, _)| **value != 0.0);
        let count = entries().count();
        if count == 0 {
            return Self::Zero { rows, columns };
        }
        if rows == columns && entries().all(|(_, (row, column))| row == column) {
            let mut diagonal = vec![0.0; rows];
            for (&value, (row, _)) in entries() {
                diagonal[row] = value;
            }
            return Self::Diagonal(diagonal);
        }
        if count as f64 >= DENSE * (rows as f64) * (columns as f64) {
            let mut dense = DMatrix::zeros(rows, columns);
            for (&value, place) in entries() {
                dense[place] = value;
            }
            return Self::Dense(dense);
        }
        let mut pointers = vec![0];
        let mut indices = Vec::with_capacity(count);
        let mut values = Vec::with_capacity(count);
        for row in matrix.to_csr().outer_iterator() {
            for (column, &value) in row.iter().filter(|(_, value)| **value != 0.0) {
                indices.push(column);
                values.push(value);
            }
            pointers.push(indices.len());
        }
        Self::Sparse(CsMat::new((rows, columns), pointers, indices, values))
    }

    /// Numbers of rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Zero { rows, columns } => (*rows, *columns),
            Self::Diagonal(diagonal) => (diagonal.len(), diagonal.len()),
            Self::Sparse(matrix) => matrix.shape(),
            Self::Dense(matrix) => matrix.shape(),
        }
    }

    /// `y += A x`, without allocation.
    ///
    /// # Panics
    ///
    /// If the lengths of `x` and `y` are not the numbers of columns and rows.
    pub fn apply_add(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!((y.len(), x.len()), self.shape(), "y += A x");
        match self {
            Self::Zero { .. } => {}
            Self::Diagonal(diagonal) => {
                for ((target, factor), value) in y.iter_mut().zip(diagonal).zip(x) {
                    *target += factor * value;
                }
            }
            Self::Sparse(matrix) => apply_rows(matrix, x, y),
            Self::Dense(matrix) => matvec_add(matrix, x, y),
        }
    }
}

/// `y += A x` for `A` stored by rows.
fn apply_rows(matrix: &CsMat<f64>, x: &[f64], y: &mut [f64]) {
    let (indices, values) = (matrix.indices(), matrix.data());
    let pointers = matrix.indptr();
    let ends = pointers.raw_storage().windows(2);
    for (target, ends) in y.iter_mut().zip(ends) {
        let range = ends[0]..ends[1];
        let products =
            indices[range.clone()].iter().zip(&values[range]).map(|(&k, value)| value * x[k]);
        *target += products.sum::<f64>();
    }
}
