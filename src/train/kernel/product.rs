//! The product of a matrix with the rows of one time step: what recurrence costs.

use pulp::{Arch, Simd, WithSimd};

use super::row::{Row, parts, vectors, vectors_mut};

/// Vectors of a row that are summed at once.
const VECTORS: usize = 2;

/// A matrix, its rows in blocks: block by block, column by column, row by row in
/// the block, so that a product reads it from front to back.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    /// Rows of every block.
    sizes: Vec<usize>,
    columns: usize,
    data: Vec<f32>,
    /// Added to the product, one a row.
    start: Vec<f32>,
}

impl Blocks {
    /// A matrix of zeros.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self {
            sizes: parts(rows, largest_block()),
            columns,
            data: vec![0.0; rows * columns],
            start: vec![0.0; rows],
        }
    }

    /// Takes over the entries `value(row, column)` and the offsets of the rows.
    pub(super) fn fill(
        &mut self,
        value: impl Fn(usize, usize) -> f32,
        start: impl Fn(usize) -> f32,
    ) {
        let (mut data, mut first) = (self.data.as_mut_slice(), 0);
        for &size in &self.sizes {
            let (block, rest) = data.split_at_mut(size * self.columns);
            for (column, entries) in block.chunks_exact_mut(size).enumerate() {
                for (row, entry) in entries.iter_mut().enumerate() {
                    *entry = value(first + row, column);
                }
            }
            (data, first) = (rest, first + size);
        }
        self.start.iter_mut().enumerate().for_each(|(row, entry)| *entry = start(row));
    }
}

/// Rows of a block whose sums fit into the registers of the machine.
fn largest_block() -> usize {
    struct Registers;
    impl WithSimd for Registers {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::REGISTER_COUNT
        }
    }
    if Arch::new().dispatch(Registers) >= 32 { 12 } else { 6 }
}

/// `output := matrix input + start`, all lanes. The sum over a row runs from its
/// first to its last column, whatever the machine.
pub(super) struct Multiply<'a> {
    pub(super) matrix: &'a Blocks,
    /// One row a column of the matrix.
    pub(super) input: &'a [Row],
    /// One row a row of the matrix.
    pub(super) output: &'a mut [Row],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { matrix, input, mut output } = self;
        let (mut data, mut start) = (matrix.data.as_slice(), matrix.start.as_slice());
        for &size in &matrix.sizes {
            let (weights, more_weights) = data.split_at(size * matrix.columns);
            let (offsets, more_offsets) = start.split_at(size);
            let (rows, more_rows) = output.split_at_mut(size);
            let block = Block { weights, offsets, input, rows };
            match size {
                12 => block.multiply::<S, 12>(simd),
                11 => block.multiply::<S, 11>(simd),
                10 => block.multiply::<S, 10>(simd),
                9 => block.multiply::<S, 9>(simd),
                8 => block.multiply::<S, 8>(simd),
                7 => block.multiply::<S, 7>(simd),
                6 => block.multiply::<S, 6>(simd),
                5 => block.multiply::<S, 5>(simd),
                4 => block.multiply::<S, 4>(simd),
                3 => block.multiply::<S, 3>(simd),
                2 => block.multiply::<S, 2>(simd),
                _ => block.multiply::<S, 1>(simd),
            }
            (data, start, output) = (more_weights, more_offsets, more_rows);
        }
    }
}

/// Some rows of a product.
struct Block<'a> {
    weights: &'a [f32],
    offsets: &'a [f32],
    input: &'a [Row],
    rows: &'a mut [Row],
}

impl Block<'_> {
    #[inline(always)]
    fn multiply<S: Simd, const M: usize>(self, simd: S) {
        let (weights, _) = self.weights.as_chunks::<M>();
        let (offsets, rows) = (self.offsets.first_chunk::<M>(), self.rows.first_chunk_mut::<M>());
        let (Some(offsets), Some(rows)) = (offsets, rows) else { return };
        let count = vectors::<S>(&Row::ZERO).len();
        for first in (0..count).step_by(VECTORS) {
            // A single vector, where the machine's are as long as a row, is summed twice.
            let at: [usize; VECTORS] = std::array::from_fn(|v| (first + v).min(count - 1));
            let mut sums = [[simd.splat_f32s(0.0); VECTORS]; M];
            for r in 0..M {
                sums[r] = [simd.splat_f32s(offsets[r]); VECTORS];
            }
            for (factors, row) in weights.iter().zip(self.input) {
                let all = vectors::<S>(row);
                let mut row = [simd.splat_f32s(0.0); VECTORS];
                for v in 0..VECTORS {
                    row[v] = all[at[v]];
                }
                for r in 0..M {
                    let factor = simd.splat_f32s(factors[r]);
                    for v in 0..VECTORS {
                        sums[r][v] = simd.mul_add_e_f32s(factor, row[v], sums[r][v]);
                    }
                }
            }
            for r in 0..M {
                for v in 0..VECTORS {
                    vectors_mut::<S>(&mut rows[r])[at[v]] = sums[r][v];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::kernel::row::LANES;

    /// Every size of block, on the machine's vectors and without any.
    #[test]
    fn products_are_those_of_plain_loops() {
        for (rows, columns) in [(1, 1), (2, 5), (3, 1), (7, 4), (11, 9), (25, 13), (51, 53), (1, 0)]
        {
            let value = |row: usize, column: usize| ((row * 7 + column * 3) % 11) as f32 - 5.0;
            let start = |row: usize| row as f32 - 2.5;
            let mut matrix = Blocks::new(rows, columns);
            matrix.fill(value, start);
            let input: Vec<Row> = (0..columns)
                .map(|k| Row(std::array::from_fn(|lane| ((k * 5 + lane) % 13) as f32 - 6.0)))
                .collect();
            let mut output = vec![Row::ZERO; rows];
            Arch::new().dispatch(Multiply { matrix: &matrix, input: &input, output: &mut output });
            let mut scalar = vec![Row::ZERO; rows];
            pulp::Scalar.vectorize(Multiply {
                matrix: &matrix,
                input: &input,
                output: &mut scalar,
            });
            for row in 0..rows {
                for lane in 0..LANES {
                    let terms = (0..columns).map(|k| value(row, k) * input[k].0[lane]);
                    // Small integers and halves: exact in f32.
                    let right = start(row) + terms.sum::<f32>();
                    assert_eq!((output[row].0[lane], scalar[row].0[lane]), (right, right));
                }
            }
        }
    }
}
