//! A constant dense matrix by rows.

use std::fmt;

/// A dense matrix whose rows lie one after the other, as those of array files do.
#[derive(Clone, Default, PartialEq)]
pub struct RowMatrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl RowMatrix {
    /// The matrix whose entries, row by row, are `values`; `None` where they are not
    /// `rows` times `columns`.
    #[must_use]
    pub fn new(rows: usize, columns: usize, values: Vec<f64>) -> Option<Self> {
        (rows.checked_mul(columns) == Some(values.len())).then_some(Self { rows, columns, values })
    }

    /// Numbers of rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// One row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// All entries, row by row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The entries that are not 0, with row and column.
    pub fn nonzeros(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        (0..self.rows).flat_map(|row| {
            let entries = self.row(row).iter().enumerate();
            entries.filter(|(_, value)| **value != 0.0).map(move |(column, &v)| (row, column, v))
        })
    }
}

/// Its shape: it may have millions of entries.
impl fmt::Debug for RowMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowMatrix({} x {})", self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_lie_by_rows() {
        let matrix = RowMatrix::new(2, 3, vec![1.0, 0.0, 2.0, -3.0, 0.0, 0.0]).unwrap();
        assert_eq!(matrix.row(1), [-3.0, 0.0, 0.0]);
        let nonzeros: Vec<_> = matrix.nonzeros().collect();
        assert_eq!(nonzeros, [(0, 0, 1.0), (0, 2, 2.0), (1, 0, -3.0)]);
        assert!(RowMatrix::new(2, 3, vec![0.0; 5]).is_none());
        assert_eq!(format!("{matrix:?}"), "RowMatrix(2 x 3)");
    }
}
