//! Where a sparse matrix may have entries, apart from their values.

use sprs::CsMat;

use super::scalar::Scalar;

/// The number of an [`add`](PatternBuilder::add) call, in order from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub usize);

/// Collects the places of a matrix; places named twice are merged.
#[derive(Clone, Debug)]
pub struct PatternBuilder {
    rows: usize,
    columns: usize,
    places: Vec<(u32, u32)>,
}

impl PatternBuilder {
    /// No places yet, in a matrix of `rows` by `columns`.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns, places: Vec::new() }
    }

    /// Declares that (`row`, `column`) may be nonzero.
    ///
    /// # Panics
    ///
    /// If the place lies outside the matrix.
    pub fn add(&mut self, row: usize, column: usize) -> Slot {
        assert!(row < self.rows && column < self.columns, "({row}, {column}) is outside");
        self.places.push((row as u32, column as u32));
        Slot(self.places.len() - 1)
    }

    /// The pattern, and for every slot the position of its value in it.
    ///
    /// Two counting sorts, by row and then by column: O(places + size).
    #[must_use]
    pub fn build(&self) -> (Pattern, Vec<usize>) {
        let slots = 0..self.places.len() as u32;
        let by_row = counting_order(self.rows, &self.places, slots, |p| p.0);
        let order = counting_order(self.columns, &self.places, by_row.into_iter(), |p| p.1);
        let mut positions = vec![0; self.places.len()];
        let mut column_pointers = vec![0; self.columns + 1];
        let mut row_indices: Vec<usize> = Vec::new();
        let mut last = None;
        for slot in order {
            let slot = slot as usize;
            let place = self.places[slot];
            if last != Some(place) {
                row_indices.push(place.0 as usize);
                column_pointers[place.1 as usize + 1] += 1;
                last = Some(place);
            }
            positions[slot] = row_indices.len() - 1;
        }
        for column in 0..self.columns {
            column_pointers[column + 1] += column_pointers[column];
        }
        let (rows, columns) = (self.rows, self.columns);
        (Pattern { rows, columns, column_pointers, row_indices }, positions)
    }
}

/// Sorts the `slots` of all places stably by `key`, which is below `bound`.
fn counting_order(
    bound: usize,
    places: &[(u32, u32)],
    slots: impl Iterator<Item = u32>,
    key: impl Fn((u32, u32)) -> u32,
) -> Vec<u32> {
    let mut next = vec![0; bound + 1];
    for &place in places {
        next[key(place) as usize + 1] += 1;
    }
    for k in 0..bound {
        next[k + 1] += next[k];
    }
    let mut order = vec![0; places.len()];
    for slot in slots {
        let place = &mut next[key(places[slot as usize]) as usize];
        order[*place] = slot;
        *place += 1;
    }
    order
}

/// The places of a sparse matrix by columns, rows ascending within a column
/// and none twice (compressed sparse columns).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    rows: usize,
    columns: usize,
    column_pointers: Vec<usize>,
    row_indices: Vec<usize>,
}

impl Pattern {
    /// Of a square matrix: `column_pointers` into `row_indices`, which ascend in each column.
    pub(super) fn from_columns(
        size: usize,
        column_pointers: Vec<usize>,
        row_indices: Vec<usize>,
    ) -> Self {
        Self { rows: size, columns: size, column_pointers, row_indices }
    }

    /// The pattern of `matrix`, stored either way.
    #[must_use]
    pub fn of(matrix: &CsMat<f64>) -> Self {
        let csc = matrix.to_csc();
        let (rows, columns) = csc.shape();
        let (column_pointers, row_indices, _) = csc.into_raw_storage();
        Self { rows, columns, column_pointers, row_indices }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of places.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.row_indices.len()
    }

    /// `columns + 1` offsets: column `j` holds the positions from the `j`-th
    /// to before the next.
    #[must_use]
    pub fn column_pointers(&self) -> &[usize] {
        &self.column_pointers
    }

    /// The row of every position.
    #[must_use]
    pub fn row_indices(&self) -> &[usize] {
        &self.row_indices
    }

    /// The positions of `column`.
    #[must_use]
    pub fn column(&self, column: usize) -> std::ops::Range<usize> {
        self.column_pointers[column]..self.column_pointers[column + 1]
    }

    /// The position of (`row`, `column`), if it is in the pattern.
    #[must_use]
    pub fn position(&self, row: usize, column: usize) -> Option<usize> {
        let range = self.column(column);
        let start = range.start;
        self.row_indices[range].binary_search(&row).ok().map(|offset| start + offset)
    }

    /// The matrix with these values, by columns.
    ///
    /// # Panics
    ///
    /// If there is not one value for each position.
    #[must_use]
    pub fn with_values(&self, values: &[f64]) -> CsMat<f64> {
        assert_eq!(values.len(), self.nonzeros(), "one value for each position");
        CsMat::new_csc(
            (self.rows, self.columns),
            self.column_pointers.clone(),
            self.row_indices.clone(),
            values.to_vec(),
        )
    }

    /// `y += A x`, with `A` of this pattern and of the given values.
    ///
    /// # Panics
    ///
    /// If `y` is shorter than the number of rows.
    pub fn multiply_add(&self, values: &[f64], x: &[f64], y: &mut [f64]) {
        for (column, &factor) in x.iter().enumerate() {
            let range = self.column(column);
            for (&row, &value) in self.row_indices[range.clone()].iter().zip(&values[range]) {
                y[row] += value * factor;
            }
        }
    }

    /// `y -= A x`, with `A` of this pattern and of the given values.
    pub(super) fn subtract_product<S: Scalar>(&self, values: &[S], x: &[S], y: &mut [S]) {
        for (column, &factor) in x.iter().enumerate() {
            let range = self.column(column);
            for (&row, &value) in self.row_indices[range.clone()].iter().zip(&values[range]) {
                y[row] -= value * factor;
            }
        }
    }
}
