//! The columns of a normal form.

use sprs::CsMat;

use crate::{
    linalg::{Needed, SparseLu, SparseSolution},
    mna::network::Reader,
};

/// Derivatives, controls, outputs, and what controls arrays.
pub(super) const GROUPS: usize = 4;

/// Solves a network for its sources and reads the four groups of rows off.
pub(super) struct Columns<'a> {
    network: Needed<'a, f64>,
    readers: &'a [Vec<Reader>],
    solution: SparseSolution<f64>,
    /// What is read in the present column.
    groups: [Group; GROUPS],
}

/// The rows of one group, with those of the present column that are not empty.
struct Group {
    cells: Vec<Cell>,
    open: Vec<u32>,
}

/// A sum, with the sum of the magnitudes of its terms, and their number.
#[derive(Clone, Copy, Default)]
struct Cell {
    sum: f64,
    size: f64,
    terms: u32,
}

impl Group {
    fn add(&mut self, row: usize, value: f64) {
        let cell = &mut self.cells[row];
        if cell.terms == 0 {
            self.open.push(row as u32);
        }
        cell.sum += value;
        cell.size += value.abs();
        cell.terms += 1;
    }

    /// Moves the column to `found`.
    fn take(&mut self, found: &mut Found) {
        for row in self.open.drain(..) {
            let Cell { sum, size, terms } = std::mem::take(&mut self.cells[row as usize]);
            // A difference of two equal voltages leaves rounding errors, no coefficient.
            if sum.abs() > 4.0 * f64::EPSILON * size || (terms == 1 && sum != 0.0) {
                found.rows.push(row);
                found.values.push(sum);
            }
        }
        found.starts.push(found.rows.len());
    }
}

/// A matrix by columns, whose rows are in no order.
struct Found {
    starts: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl Found {
    fn by_rows(&self, rows: usize) -> CsMat<f64> {
        let mut pointers = vec![0; rows + 2];
        for &row in &self.rows {
            pointers[row as usize + 2] += 1;
        }
        for row in 0..=rows {
            pointers[row + 1] += pointers[row];
        }
        let (mut indices, mut data) = (vec![0; self.rows.len()], vec![0.0; self.rows.len()]);
        for (column, ends) in self.starts.windows(2).enumerate() {
            for entry in ends[0]..ends[1] {
                let place = &mut pointers[self.rows[entry] as usize + 1];
                indices[*place] = column;
                data[*place] = self.values[entry];
                *place += 1;
            }
        }
        pointers.truncate(rows + 1);
        CsMat::new((rows, self.starts.len() - 1), pointers, indices, data)
    }
}

impl<'a> Columns<'a> {
    /// Of the factored `network`, what `readers` read for so many rows a group.
    pub(super) fn new(
        network: &'a SparseLu<f64>,
        readers: &'a [Vec<Reader>],
        rows: [usize; GROUPS],
    ) -> Self {
        let is_read: Vec<bool> = readers.iter().map(|readers| !readers.is_empty()).collect();
        let network = network.needed(&is_read);
        let solution = SparseSolution::new(network.size());
        let groups =
            rows.map(|rows| Group { cells: vec![Cell::default(); rows], open: Vec::new() });
        Self { network, readers, solution, groups }
    }

    /// The columns of `sources`, by group.
    pub(super) fn solve(&mut self, sources: &[Vec<(usize, f64)>]) -> [CsMat<f64>; GROUPS] {
        let empty = || Found { starts: vec![0], rows: Vec::new(), values: Vec::new() };
        let mut found: [Found; GROUPS] = std::array::from_fn(|_| empty());
        for source in sources {
            self.network.solve_sparse(source, &mut self.solution);
            for &(unknown, value) in self.solution.entries() {
                for &(group, row, factor) in &self.readers[unknown] {
                    self.groups[group].add(row, factor * value);
                }
            }
            for (group, found) in self.groups.iter_mut().zip(&mut found) {
                group.take(found);
            }
        }
        let rows: [usize; GROUPS] = std::array::from_fn(|group| self.groups[group].cells.len());
        std::array::from_fn(|group| found[group].by_rows(rows[group]))
    }
}
