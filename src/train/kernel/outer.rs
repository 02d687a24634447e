//! Sums of products over trials and time: the gradient of a matrix.

use pulp::{Simd, WithSimd};

use super::row::{LANES, Row, parts, vectors};

/// Rows of the right-hand panels that are gone through before the next rows of
/// the left-hand ones are taken: they stay in the second cache.
const STRIP: usize = 50;
/// Longest vector of any machine, in f32.
const WIDEST: usize = 16;

/// `sums[i][j] += sum over t and lanes of left_t[i] right_t[j]`.
///
/// A tile of sums stays in registers, one vector a sum, while time passes; the
/// lanes of each are added up at its end.
pub(super) struct Outer<'a> {
    /// Panels of rows, one after the other.
    pub(super) left: &'a [Row],
    /// Rows of a panel of `left`, all of which count.
    pub(super) rows: usize,
    /// Panels of rows, one after the other.
    pub(super) right: &'a [Row],
    /// Rows from a panel of `right` to the next.
    pub(super) stride: usize,
    /// The first rows of a panel of `right`, those that count.
    pub(super) columns: usize,
    /// rows x columns, row by row.
    pub(super) sums: &'a mut [f32],
}

impl WithSimd for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (tall, wide) = if S::REGISTER_COUNT >= 32 { (5, 5) } else { (4, 3) };
        let heights = parts(self.rows, tall);
        let mut first = 0;
        for strip in parts(self.columns, STRIP) {
            let widths = parts(strip, wide);
            let mut row = 0;
            for &height in &heights {
                let mut column = first;
                for &width in &widths {
                    let place = Place { row, column };
                    match height {
                        5 => self.columns_of::<S, 5>(simd, place, width),
                        4 => self.columns_of::<S, 4>(simd, place, width),
                        3 => self.columns_of::<S, 3>(simd, place, width),
                        2 => self.columns_of::<S, 2>(simd, place, width),
                        _ => self.columns_of::<S, 1>(simd, place, width),
                    }
                    column += width;
                }
                row += height;
            }
            first += strip;
        }
    }
}

/// First row and column of a tile.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    column: usize,
}

impl Outer<'_> {
    #[inline(always)]
    fn columns_of<S: Simd, const M: usize>(&mut self, simd: S, place: Place, width: usize) {
        match width {
            5 => self.tile::<S, M, 5>(simd, place),
            4 => self.tile::<S, M, 4>(simd, place),
            3 => self.tile::<S, M, 3>(simd, place),
            2 => self.tile::<S, M, 2>(simd, place),
            _ => self.tile::<S, M, 1>(simd, place),
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, place: Place) {
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        let left = self.left[place.row..].chunks(self.rows);
        for (left, right) in left.zip(self.right[place.column..].chunks(self.stride)) {
            let (Some(left), Some(right)) = (left.first_chunk::<M>(), right.first_chunk::<N>())
            else {
                break;
            };
            for v in 0..LANES / S::F32_LANES {
                let mut factors = [simd.splat_f32s(0.0); N];
                for j in 0..N {
                    factors[j] = vectors::<S>(&right[j])[v];
                }
                for i in 0..M {
                    let left = vectors::<S>(&left[i])[v];
                    for j in 0..N {
                        sums[i][j] = simd.mul_add_e_f32s(left, factors[j], sums[i][j]);
                    }
                }
            }
        }
        // Stored here and added up elsewhere, so that the loop above keeps its
        // sums in registers.
        let mut tile = [[[0.0; WIDEST]; N]; M];
        for i in 0..M {
            for j in 0..N {
                S::as_mut_simd_f32s(&mut tile[i][j]).0[0] = sums[i][j];
            }
        }
        let first = place.row * self.columns + place.column;
        add_up(simd, &tile, &mut self.sums[first..], self.columns);
    }
}

/// Adds the lanes of every vector of a tile to its sum.
#[inline(never)]
fn add_up<S: Simd, const M: usize, const N: usize>(
    simd: S,
    tile: &[[[f32; WIDEST]; N]; M],
    sums: &mut [f32],
    stride: usize,
) {
    simd.vectorize(AddUp { tile, sums, stride });
}

struct AddUp<'a, const M: usize, const N: usize> {
    tile: &'a [[[f32; WIDEST]; N]; M],
    sums: &'a mut [f32],
    stride: usize,
}

impl<const M: usize, const N: usize> WithSimd for AddUp<'_, M, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, sums) in self.tile.iter().zip(self.sums.chunks_mut(self.stride)) {
            for (vector, sum) in row.iter().zip(sums) {
                *sum += simd.reduce_sum_f32s(S::as_simd_f32s(vector).0[0]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::*;

    #[test]
    fn sums_are_those_of_plain_loops() {
        for (rows, columns, stride, steps) in
            [(1, 1, 1, 1), (5, 5, 5, 3), (7, 11, 13, 2), (51, 53, 54, 4), (3, 204, 205, 2)]
        {
            let panel = |count: usize, salt: usize| -> Vec<Row> {
                let entry = |k: usize, lane: usize| ((k * salt + lane * 5) % 7) as f32 - 3.0;
                (0..count).map(|k| Row(std::array::from_fn(|lane| entry(k, lane)))).collect()
            };
            let (left, right) = (panel(rows * steps, 3), panel(stride * steps, 11));
            let mut sums = vec![0.5; rows * columns];
            let mut scalar = sums.clone();
            let (left, right) = (left.as_slice(), right.as_slice());
            Arch::new().dispatch(Outer { left, rows, right, stride, columns, sums: &mut sums });
            let sums_without = &mut scalar;
            pulp::Scalar.vectorize(Outer {
                left,
                rows,
                right,
                stride,
                columns,
                sums: sums_without,
            });
            for i in 0..rows {
                for j in 0..columns {
                    let products = (0..steps).flat_map(|t| {
                        let (a, b) = (&left[t * rows + i].0, &right[t * stride + j].0);
                        a.iter().zip(b).map(|(a, b)| a * b)
                    });
                    // Small integers: exact in f32.
                    let right = 0.5 + products.sum::<f32>();
                    let found = (sums[i * columns + j], scalar[i * columns + j]);
                    assert_eq!(found, (right, right), "{i} {j} of {rows} x {columns}");
                }
            }
        }
    }
}
