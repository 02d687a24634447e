//! Dense matrix times vector with the vector instructions of the machine.

use nalgebra::DMatrix;
use pulp::{Simd, WithSimd};

use super::vectors::dispatch;

/// Columns that are added to the result in one go, so that its loads and
/// stores are shared.
const GROUP: usize = 8;

/// `y = A x`, single-threaded and without allocation.
///
/// # Panics
///
/// If the lengths of `x` and `y` are not the numbers of columns and rows.
pub fn matvec(a: &DMatrix<f64>, x: &[f64], y: &mut [f64]) {
    y.fill(0.0);
    matvec_add(a, x, y);
}

/// `y += A x`, single-threaded and without allocation.
///
/// # Panics
///
/// If the lengths of `x` and `y` are not the numbers of columns and rows.
pub fn matvec_add(a: &DMatrix<f64>, x: &[f64], y: &mut [f64]) {
    assert_eq!((y.len(), x.len()), a.shape(), "y = A x");
    if !(x.is_empty() || y.is_empty()) {
        dispatch(Product { a: a.as_slice(), x, y });
    }
}

struct Product<'a> {
    /// By columns, each as long as `y`.
    a: &'a [f64],
    x: &'a [f64],
    y: &'a mut [f64],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.y.len();
        let groups = self.a.chunks_exact(GROUP * rows);
        let rest = groups.remainder().chunks_exact(rows);
        let (head, tail) = self.x.as_chunks::<GROUP>();
        for (columns, factors) in groups.zip(head) {
            add_columns(simd, columns, factors, self.y);
        }
        for (column, factor) in rest.zip(tail) {
            add_columns(simd, column, &[*factor], self.y);
        }
    }
}

/// `y += Σ factors[k] · column k`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn add_columns<S: Simd, const K: usize>(
    simd: S,
    columns: &[f64],
    factors: &[f64; K],
    y: &mut [f64],
) {
    let rows = y.len();
    let split: [_; K] =
        std::array::from_fn(|k| S::as_simd_f64s(&columns[k * rows..(k + 1) * rows]));
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
