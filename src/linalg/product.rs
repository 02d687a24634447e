//! Dense matrix times vector with the vector instructions of the machine.

use nalgebra::DMatrix;
use pulp::{Simd, WithSimd};

use crate::vectors::dispatch;

/// Columns that are added to the result in one go, so that its loads and
/// stores are shared.
const GROUP: usize = 8;

/// Entries from which on both halves of the result are found at the same time: below, a
/// product takes less time than it takes a thread to wake.
const SHARED: usize = 1 << 21;

/// `y = A x`, see [`matvec_add`].
///
/// # Panics
///
/// If the lengths of `x` and `y` are not the numbers of columns and rows.
pub fn matvec(a: &DMatrix<f64>, x: &[f64], y: &mut [f64]) {
    y.fill(0.0);
    matvec_add(a, x, y);
}

/// `y += A x` without allocation. Of a matrix that no cache holds two threads find half of
/// the result each; the bits are those of one thread.
///
/// # Panics
///
/// If the lengths of `x` and `y` are not the numbers of columns and rows.
pub fn matvec_add(a: &DMatrix<f64>, x: &[f64], y: &mut [f64]) {
    assert_eq!((y.len(), x.len()), a.shape(), "y = A x");
    if x.is_empty() || y.is_empty() {
        return;
    }
    let (a, height) = (a.as_slice(), y.len());
    if a.len() < SHARED || height < 2 * LANES {
        return dispatch(Product { a, first: 0, height, x, y });
    }
    // Whole vectors, so that every entry is found by the same instructions as by one thread.
    let half = (height / 2).next_multiple_of(LANES);
    let (upper, lower) = y.split_at_mut(half);
    rayon::join(
        || dispatch(Product { a, first: 0, height, x, y: upper }),
        || dispatch(Product { a, first: half, height, x, y: lower }),
    );
}

/// `y[rows] += A x[columns]`, without allocation.
///
/// # Panics
///
/// If the numbers of rows and columns are not those of `a`, or one is beyond `x` or `y`.
pub(super) fn part_add(
    a: &DMatrix<f64>,
    (rows, columns): (&[usize], &[usize]),
    x: &[f64],
    y: &mut [f64],
) {
    assert_eq!((rows.len(), columns.len()), a.shape(), "y = A x");
    let (a, height) = (a.as_slice(), rows.len());
    for (first, rows) in (0..).step_by(BLOCK).zip(rows.chunks(BLOCK)) {
        let (mut sums, mut factors) = ([0.0; BLOCK], [0.0; BLOCK]);
        let sums = &mut sums[..rows.len()];
        for (a, columns) in a.chunks(BLOCK * height).zip(columns.chunks(BLOCK)) {
            let factors = &mut factors[..columns.len()];
            factors.iter_mut().zip(columns).for_each(|(factor, column)| *factor = x[*column]);
            dispatch(Product { a, first, height, x: factors, y: sums });
        }
        rows.iter().zip(sums).for_each(|(row, sum)| y[*row] += *sum);
    }
}

/// Rows and columns whose factors and sums are gathered at a time.
const BLOCK: usize = 256;

/// A multiple of the lanes of any vector.
const LANES: usize = 16;

struct Product<'a> {
    /// By columns.
    a: &'a [f64],
    /// The row of the matrix that the first entry of `y` belongs to.
    first: usize,
    /// The number of rows of the matrix.
    height: usize,
    x: &'a [f64],
    y: &'a mut [f64],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, first, height, x, y } = self;
        let groups = a.chunks_exact(GROUP * height);
        let rest = groups.remainder().chunks_exact(height);
        let (head, tail) = x.as_chunks::<GROUP>();
        for (columns, factors) in groups.zip(head) {
            add_columns(simd, (&columns[first..], height), factors, y);
        }
        for (column, factor) in rest.zip(tail) {
            add_columns(simd, (&column[first..], height), &[*factor], y);
        }
    }
}

/// `y += Σ factors[k] · column k`, of columns that begin `height` after one another.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn add_columns<S: Simd, const K: usize>(
    simd: S,
    (columns, height): (&[f64], usize),
    factors: &[f64; K],
    y: &mut [f64],
) {
    let rows = y.len();
    let split: [_; K] =
        std::array::from_fn(|k| S::as_simd_f64s(&columns[k * height..k * height + rows]));
    let splat = factors.map(|factor| simd.splat_f64s(factor));
    let (head, tail) = S::as_mut_simd_f64s(y);
    let heads = split.map(|(column, _)| &column[..head.len()]);
    for (i, target) in head.iter_mut().enumerate() {
        let mut sum = *target;
        for k in 0..K {
            sum = simd.mul_add_e_f64s(heads[k][i], splat[k], sum);
        }
        *target = sum;
    }
    for (i, target) in tail.iter_mut().enumerate() {
        for k in 0..K {
            *target += split[k].1[i] * factors[k];
        }
    }
}
