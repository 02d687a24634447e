//! Maximum transversal: a row of its own for every column.
//!
//! Augmenting paths with a look-ahead for free rows, the scheme of Duff's MC21
//! (ACM Transactions on Mathematical Software 7, 315–330 and 387–390, 1981).
//! Every diagonal place is taken first, which keeps the symmetry of nodal
//! matrices and thereby their sparse factors; the augmentation that follows is
//! maximum from any start.

use super::pattern::Pattern;

/// Marks a row or column without a partner.
pub(super) const NONE: u32 = u32::MAX;

/// The partners of a matching of greatest size.
pub(super) struct Matching {
    /// By column: its row, or [`NONE`].
    pub(super) row_of_column: Vec<u32>,
    /// By row: its column, or [`NONE`].
    pub(super) column_of_row: Vec<u32>,
}

/// Matches columns to rows at the places for which `usable` holds.
pub(super) fn maximum_transversal(pattern: &Pattern, usable: impl Fn(usize) -> bool) -> Matching {
    let columns = pattern.columns();
    let mut search = Search {
        pattern,
        usable,
        row_of_column: vec![NONE; columns],
        column_of_row: vec![NONE; pattern.rows()],
        look_ahead: pattern.column_pointers()[..columns].to_vec(),
        next: vec![0; columns],
        visited: vec![NONE; columns],
        path: Vec::new(),
    };
    for column in 0..columns.min(pattern.rows()) {
        if pattern.position(column, column).is_some_and(&search.usable) {
            search.pair(column, column);
        }
    }
    for column in 0..columns {
        if search.row_of_column[column] == NONE {
            search.augment(column);
        }
    }
    Matching { row_of_column: search.row_of_column, column_of_row: search.column_of_row }
}

struct Search<'a, F> {
    pattern: &'a Pattern,
    usable: F,
    row_of_column: Vec<u32>,
    column_of_row: Vec<u32>,
    /// By column: the first position not yet seen to hold a taken row. Rows
    /// never become free again, so no position is looked at twice.
    look_ahead: Vec<usize>,
    /// By column: the next position to follow on the current path.
    next: Vec<usize>,
    /// By column: the root of the last search that came by.
    visited: Vec<u32>,
    path: Vec<usize>,
}

impl<F: Fn(usize) -> bool> Search<'_, F> {
    fn pair(&mut self, row: usize, column: usize) {
        self.row_of_column[column] = row as u32;
        self.column_of_row[row] = column as u32;
    }

    /// Finds a free row at `column` itself, each place looked at once in all.
    fn free_row(&mut self, column: usize) -> Option<usize> {
        let end = self.pattern.column_pointers()[column + 1];
        while self.look_ahead[column] < end {
            let position = self.look_ahead[column];
            self.look_ahead[column] += 1;
            let row = self.pattern.row_indices()[position];
            if self.column_of_row[row] == NONE && (self.usable)(position) {
                return Some(row);
            }
        }
        None
    }

    /// The next column on the way: one that holds a row which `column` could
    /// use and which this search has not visited.
    fn descend(&mut self, column: usize, root: u32) -> Option<usize> {
        let end = self.pattern.column_pointers()[column + 1];
        while self.next[column] < end {
            let position = self.next[column];
            self.next[column] += 1;
            let holder = self.column_of_row[self.pattern.row_indices()[position]];
            // A free row that is passed here is unusable: `free_row` came first.
            if holder != NONE && self.visited[holder as usize] != root && (self.usable)(position) {
                return Some(holder as usize);
            }
        }
        None
    }

    /// Matches `root` by shifting the rows along an augmenting path, if any.
    fn augment(&mut self, root: usize) {
        self.path.clear();
        self.enter(root, root as u32);
        while let Some(&column) = self.path.last() {
            if let Some(row) = self.free_row(column) {
                self.shift(row);
                return;
            }
            match self.descend(column, root as u32) {
                Some(holder) => self.enter(holder, root as u32),
                None => {
                    self.path.pop();
                }
            }
        }
    }

    fn enter(&mut self, column: usize, root: u32) {
        self.visited[column] = root;
        self.next[column] = self.pattern.column_pointers()[column];
        self.path.push(column);
    }

    /// Gives `row` to the end of the path and every freed row to the column
    /// before.
    fn shift(&mut self, row: usize) {
        let mut row = row;
        while let Some(column) = self.path.pop() {
            let freed = self.row_of_column[column];
            self.pair(row, column);
            row = freed as usize;
        }
    }
}
