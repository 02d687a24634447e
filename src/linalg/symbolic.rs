//! What the factorisation of a sparse matrix can know before the values.

use std::borrow::Cow;

use super::btf::{Blocks, blocks};
use super::matching::{Matching, NONE, maximum_transversal};
use super::order::minimum_degree;
use super::pattern::Pattern;
use super::scalar::Scalar;

/// No values whatsoever at the places of the pattern make the matrix regular.
///
/// The rows and columns are those that one maximum matching leaves alone, in
/// ascending order. A matrix that is not square is structurally singular.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the matrix is structurally singular: rows {unmatched_rows:?} and columns \
     {unmatched_columns:?} have no partner"
)]
pub struct StructurallySingular {
    /// Equations that are left without an unknown to determine.
    pub unmatched_rows: Vec<usize>,
    /// Unknowns that are left without an equation.
    pub unmatched_columns: Vec<usize>,
}

/// Entries of the permuted matrix by columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    pub(super) pointers: Vec<usize>,
    /// The permuted row.
    pub(super) rows: Vec<u32>,
    /// Where the value is in the values of the pattern.
    pub(super) positions: Vec<u32>,
}

impl Entries {
    fn push(&mut self, row: u32, position: usize) {
        self.rows.push(row);
        self.positions.push(position as u32);
    }
}

/// The order in which a pattern is eliminated: block upper triangular, without
/// zeros on the diagonal, with little fill inside the blocks.
///
/// Davis and Palamadai Natarajan, Algorithm 907: KLU (ACM Transactions on
/// Mathematical Software 37, 36, 2010), describe the three steps: maximum
/// transversal, strongly connected components, minimum degree in each.
#[derive(Clone, Debug)]
pub struct Symbolic {
    pub(super) pattern: Pattern,
    /// Original row by place.
    pub(super) rows: Vec<u32>,
    /// Original column by place.
    pub(super) columns: Vec<u32>,
    /// First place of every block, and the size at the end.
    pub(super) starts: Vec<usize>,
    /// Entries in diagonal blocks.
    pub(super) inside: Entries,
    /// Entries above the diagonal blocks.
    pub(super) above: Entries,
}

impl Symbolic {
    /// Analyses a pattern.
    ///
    /// # Errors
    ///
    /// [`StructurallySingular`] where columns and rows cannot all be paired.
    pub fn analyse(pattern: &Pattern) -> Result<Self, StructurallySingular> {
        Self::analyse_where(Cow::Borrowed(pattern), |_| true)
    }

    /// As [`Symbolic::analyse`], for a pattern that serves nothing else.
    ///
    /// # Errors
    ///
    /// [`StructurallySingular`] where columns and rows cannot all be paired.
    pub fn of(pattern: Pattern) -> Result<Self, StructurallySingular> {
        Self::analyse_where(Cow::Owned(pattern), |_| true)
    }

    /// Finds out whether rows and columns can be paired, which is all that decides about
    /// structural singularity: no order is looked for.
    ///
    /// # Errors
    ///
    /// [`StructurallySingular`] where columns and rows cannot all be paired.
    pub fn check(pattern: &Pattern) -> Result<(), StructurallySingular> {
        perfect_matching(pattern, |_| true).map(|_| ())
    }

    /// Analyses a pattern, pairing rows and columns only at places whose given
    /// value is not exactly zero.
    ///
    /// So an equation that cancels exactly (an ideal amplifier that senses its
    /// own output) is found to be empty. Blocks and order are those of the
    /// whole pattern: they stay right when the values change later.
    ///
    /// # Errors
    ///
    /// [`StructurallySingular`] where columns and rows cannot all be paired.
    ///
    /// # Panics
    ///
    /// If there is not one value for each place.
    pub fn analyse_values<S: Scalar>(
        pattern: &Pattern,
        values: &[S],
    ) -> Result<Self, StructurallySingular> {
        assert_eq!(values.len(), pattern.nonzeros(), "one value for each place");
        Self::analyse_where(Cow::Borrowed(pattern), |position| !values[position].is_zero())
    }

    fn analyse_where(
        pattern: Cow<'_, Pattern>,
        usable: impl Fn(usize) -> bool,
    ) -> Result<Self, StructurallySingular> {
        let matching = perfect_matching(&pattern, usable)?;
        let Blocks { mut columns, starts } = blocks(&pattern, &matching.column_of_row);
        let place_of_row = |columns: &[u32]| {
            let mut places = vec![0; columns.len()];
            for (place, &column) in columns.iter().enumerate() {
                places[matching.row_of_column[column as usize] as usize] = place as u32;
            }
            places
        };
        let places = place_of_row(&columns);
        for ends in starts.windows(2) {
            order_block(&pattern, &places, ends[0], &mut columns[ends[0]..ends[1]]);
        }
        let places = place_of_row(&columns);
        let (inside, above) = distribute(&pattern, &places, &columns, &starts);
        let rows = columns.iter().map(|&c| matching.row_of_column[c as usize]).collect();
        Ok(Self { pattern: pattern.into_owned(), rows, columns, starts, inside, above })
    }

    /// The number of rows, which is the number of columns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.columns.len()
    }

    /// The number of diagonal blocks.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.starts.len() - 1
    }

    /// The pattern that was analysed.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }
}

/// A row of its own for every column.
fn perfect_matching(
    pattern: &Pattern,
    usable: impl Fn(usize) -> bool,
) -> Result<Matching, StructurallySingular> {
    let matching = maximum_transversal(pattern, usable);
    let unmatched = |partners: &[u32]| -> Vec<usize> {
        (0..partners.len()).filter(|&k| partners[k] == NONE).collect()
    };
    let unmatched_rows = unmatched(&matching.column_of_row);
    let unmatched_columns = unmatched(&matching.row_of_column);
    if unmatched_rows.is_empty() && unmatched_columns.is_empty() {
        Ok(matching)
    } else {
        Err(StructurallySingular { unmatched_rows, unmatched_columns })
    }
}

/// Permutes the columns of the block that starts at place `start`.
fn order_block(pattern: &Pattern, places: &[u32], start: usize, columns: &mut [u32]) {
    if columns.len() <= 2 {
        return;
    }
    let mut pointers = vec![0];
    let mut rows = Vec::new();
    for &column in columns.iter() {
        let entries = &pattern.row_indices()[pattern.column(column as usize)];
        let inside = entries.iter().map(|&row| places[row]).filter(|&p| p as usize >= start);
        rows.extend(inside.map(|place| place - start as u32));
        pointers.push(rows.len() as u32);
    }
    let old = columns.to_vec();
    for (column, &from) in columns.iter_mut().zip(&minimum_degree(&pointers, &rows)) {
        *column = old[from as usize];
    }
}

/// Sorts the entries of the permuted matrix into those inside and those above
/// the diagonal blocks.
fn distribute(
    pattern: &Pattern,
    places: &[u32],
    columns: &[u32],
    starts: &[usize],
) -> (Entries, Entries) {
    let mut inside = Entries { pointers: vec![0], ..Entries::default() };
    let mut above = inside.clone();
    for ends in starts.windows(2) {
        for &column in &columns[ends[0]..ends[1]] {
            for position in pattern.column(column as usize) {
                let place = places[pattern.row_indices()[position]];
                let group = if place as usize >= ends[0] { &mut inside } else { &mut above };
                group.push(place, position);
            }
            inside.pointers.push(inside.rows.len());
            above.pointers.push(above.rows.len());
        }
    }
    (inside, above)
}
