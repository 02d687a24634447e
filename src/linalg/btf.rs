//! Block triangular form: the strongly connected components of a matched
//! matrix, by Tarjan's algorithm (SIAM Journal on Computing 1, 146–160, 1972).

use super::matching::NONE;
use super::pattern::Pattern;

/// Columns in an order that makes the matrix block upper triangular.
pub(super) struct Blocks {
    /// By place: the original column. Its matched row has the same place.
    pub(super) columns: Vec<u32>,
    /// The first place of every block, and the size at the end.
    pub(super) starts: Vec<usize>,
}

/// The irreducible blocks of the matrix whose row `i` is matched to column
/// `column_of_row[i]`.
///
/// A column points to the columns whose rows it has entries in. A component is
/// complete only after all it reaches, so that completed ones precede it and
/// entries lie on or above the diagonal blocks.
pub(super) fn blocks(pattern: &Pattern, column_of_row: &[u32]) -> Blocks {
    let size = pattern.columns();
    let mut tarjan = Tarjan {
        pattern,
        column_of_row,
        number: vec![NONE; size],
        low: vec![0; size],
        next: pattern.column_pointers()[..size].to_vec(),
        open: Vec::new(),
        path: Vec::new(),
        visited: 0,
        done: Blocks { columns: Vec::with_capacity(size), starts: vec![0] },
    };
    for column in 0..size {
        if tarjan.number[column] == NONE {
            tarjan.explore(column);
        }
    }
    tarjan.done
}

struct Tarjan<'a> {
    pattern: &'a Pattern,
    column_of_row: &'a [u32],
    /// The order of discovery; `CLOSED` once the component is complete.
    number: Vec<u32>,
    low: Vec<u32>,
    next: Vec<usize>,
    open: Vec<u32>,
    path: Vec<u32>,
    visited: u32,
    done: Blocks,
}

const CLOSED: u32 = NONE - 1;

impl Tarjan<'_> {
    fn enter(&mut self, column: u32) {
        self.number[column as usize] = self.visited;
        self.low[column as usize] = self.visited;
        self.visited += 1;
        self.open.push(column);
        self.path.push(column);
    }

    fn explore(&mut self, root: usize) {
        self.enter(root as u32);
        while let Some(&column) = self.path.last() {
            match self.advance(column as usize) {
                Some(child) => self.enter(child),
                None => self.leave(column),
            }
        }
    }

    /// Looks through the edges of `column` up to the first undiscovered column.
    fn advance(&mut self, column: usize) -> Option<u32> {
        let end = self.pattern.column_pointers()[column + 1];
        while self.next[column] < end {
            let row = self.pattern.row_indices()[self.next[column]];
            self.next[column] += 1;
            let target = self.column_of_row[row];
            match self.number[target as usize] {
                NONE => return Some(target),
                CLOSED => {}
                number => self.low[column] = self.low[column].min(number),
            }
        }
        None
    }

    fn leave(&mut self, column: u32) {
        self.path.pop();
        let low = self.low[column as usize];
        if let Some(&parent) = self.path.last() {
            let parent_low = &mut self.low[parent as usize];
            *parent_low = low.min(*parent_low);
        }
        if low == self.number[column as usize] {
            while let Some(member) = self.open.pop() {
                self.number[member as usize] = CLOSED;
                self.done.columns.push(member);
                if member == column {
                    break;
                }
            }
            self.done.starts.push(self.done.columns.len());
        }
    }
}
