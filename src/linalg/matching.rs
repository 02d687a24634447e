//! Maximum transversal: a row of its own for every column.
//!
//! Augmenting paths with a look-ahead for free rows, after Duff's MC21 (ACM
//! Transactions on Mathematical Software 7, 315–330 and 387–390, 1981), but
//! breadth first: the free row of an amplifier's current is two steps away,
//! while a depth-first search may wander through the whole chain before it.
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
        visited: vec![NONE; columns],
        parent: vec![NONE; columns],
        queue: Vec::new(),
    };
    for column in 0..columns.min(pattern.rows()) {
        if pattern.position(column, column).is_some_and(&search.usable) {
            search.pair(column, column);
        }
    }
    for column in 0..columns {
        if search.row_of_column[column] == NONE {
            search.augment(column as u32);
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
    /// By column: the root of the last search that came by.
    visited: Vec<u32>,
    /// By visited column: the column that it was reached from.
    parent: Vec<u32>,
    queue: Vec<u32>,
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

    /// Queues the columns that hold rows which `column` could use.
    fn spread(&mut self, column: u32, root: u32) {
        for position in self.pattern.column(column as usize) {
            let holder = self.column_of_row[self.pattern.row_indices()[position]];
            // A free row that is passed here is unusable: `free_row` came first.
            if holder != NONE && self.visited[holder as usize] != root && (self.usable)(position) {
                self.visited[holder as usize] = root;
                self.parent[holder as usize] = column;
                self.queue.push(holder);
            }
        }
    }

    /// Matches `root` by shifting the rows along an augmenting path, if any.
    fn augment(&mut self, root: u32) {
        self.queue.clear();
        self.queue.push(root);
        self.visited[root as usize] = root;
        self.parent[root as usize] = NONE;
        let mut head = 0;
        while let Some(&column) = self.queue.get(head) {
            if let Some(row) = self.free_row(column as usize) {
                self.shift(row, column);
                return;
            }
            self.spread(column, root);
            head += 1;
        }
    }

    /// Gives `row` to `column` and every freed row to the column before.
    fn shift(&mut self, row: usize, column: u32) {
        let (mut row, mut column) = (row, column);
        while column != NONE {
            let freed = self.row_of_column[column as usize];
            self.pair(row, column as usize);
            row = freed as usize;
            column = self.parent[column as usize];
        }
    }
}
