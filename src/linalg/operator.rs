//! A constant matrix in the form that is fastest to apply.

use nalgebra::DMatrix;
use sprs::{CsMat, TriMat};

use super::product::{matvec_add, part_add};

/// From this part of nonzero entries on, vector instructions on all entries
/// beat the gathering of some.
const DENSE: f64 = 0.2;
/// A row or column of a dense block has at least this part of what the fullest has.
const FULL: f64 = 0.5;
/// Entries from which on a block of its own is worth its indices.
const WORTH: usize = 256;

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
    /// A dense block, and what is outside of it.
    Block {
        /// Its rows, increasing.
        rows: Vec<usize>,
        /// Its columns, increasing.
        columns: Vec<usize>,
        /// The block.
        block: DMatrix<f64>,
        /// The other entries.
        rest: Box<Operator>,
    },
}

impl Operator {
    /// The cheapest form of `matrix`. Entries that are exactly zero do not
    /// count and have no effect, whatever they are multiplied by, unless the
    /// form is dense or they are in its dense block.
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
        if let Some(split) = Self::split(matrix) {
            return split;
        }
        if is_dense(count, rows * columns) {
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

    /// A dense block of the fullest rows and columns, and the rest; `None` where that is no
    /// gain.
    fn split(matrix: &CsMat<f64>) -> Option<Self> {
        let (rows, columns) = full(matrix);
        let area = rows.len() * columns.len();
        if area < WORTH || 2 * area > matrix.rows() * matrix.cols() {
            return None;
        }
        let places = |of: &[usize], count: usize| {
            let mut places = vec![None; count];
            of.iter().enumerate().for_each(|(at, &number)| places[number] = Some(at));
            places
        };
        let row_places = places(&rows, matrix.rows());
        let column_places = places(&columns, matrix.cols());
        let mut block = DMatrix::zeros(rows.len(), columns.len());
        let mut rest = TriMat::new(matrix.shape());
        let mut count = 0;
        for (&value, (row, column)) in matrix.iter().filter(|(value, _)| **value != 0.0) {
            if let (Some(i), Some(j)) = (row_places[row], column_places[column]) {
                block[(i, j)] = value;
                count += 1;
            } else {
                rest.add_triplet(row, column, value);
            }
        }
        let rest = || Box::new(Self::of(&rest.to_csr()));
        is_dense(count, area).then(|| Self::Block { rows, columns, block, rest: rest() })
    }

    /// Numbers of rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Zero { rows, columns } => (*rows, *columns),
            Self::Diagonal(diagonal) => (diagonal.len(), diagonal.len()),
            Self::Sparse(matrix) => matrix.shape(),
            Self::Dense(matrix) => matrix.shape(),
            Self::Block { rest, .. } => rest.shape(),
        }
    }

    /// Multiplications that a product takes.
    pub(crate) fn work(&self) -> f64 {
        match self {
            Self::Zero { .. } => 0.0,
            Self::Diagonal(diagonal) => diagonal.len() as f64,
            Self::Sparse(matrix) => matrix.nnz() as f64,
            Self::Dense(matrix) => matrix.len() as f64,
            Self::Block { block, rest, .. } => block.len() as f64 + rest.work(),
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
            Self::Block { rows, columns, block, rest } => {
                part_add(block, (rows, columns), x, y);
                rest.apply_add(x, y);
            }
        }
    }
}

fn is_dense(count: usize, area: usize) -> bool {
    count as f64 >= DENSE * area as f64
}

/// The rows that are about as full as the fullest, and the columns that are so within them.
fn full(matrix: &CsMat<f64>) -> (Vec<usize>, Vec<usize>) {
    let fullest = |counts: &[usize]| -> Vec<usize> {
        let most = counts.iter().copied().fold(0, std::cmp::max) as f64;
        let numbers = counts.iter().enumerate();
        numbers.filter(|&(_, &n)| n as f64 >= FULL * most).map(|(at, _)| at).collect()
    };
    let places = || matrix.iter().filter(|(value, _)| **value != 0.0).map(|(_, place)| place);
    let mut in_rows = vec![0; matrix.rows()];
    places().for_each(|(row, _)| in_rows[row] += 1);
    let rows = fullest(&in_rows);
    let mut is_full = vec![false; matrix.rows()];
    for &row in &rows {
        is_full[row] = true;
    }
    let mut in_columns = vec![0; matrix.cols()];
    places().filter(|(row, _)| is_full[*row]).for_each(|(_, column)| in_columns[column] += 1);
    (rows, fullest(&in_columns))
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
