//! Orthogonal factors of dense matrices.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj,
};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::prelude::Par;
use faer::{Conj, MatMut, MatRef};
use nalgebra::DMatrix;

/// The orthogonal Q of `A = Q R` with a positive diagonal of R, for a square A:
/// of Haar's measure where A has independent normal entries (Mezzadri, Notices
/// AMS 54, 592 (2007)).
///
/// # Panics
///
/// If A is not square.
#[must_use]
pub fn orthogonal_factor(mut a: DMatrix<f64>) -> DMatrix<f64> {
    let size = a.nrows();
    assert_eq!(a.ncols(), size, "a square matrix");
    let mut q = DMatrix::identity(size, size);
    if size == 0 {
        return q;
    }
    let block = recommended_block_size::<f64>(size, size);
    let params = faer::Spec::default();
    let mut factors = DMatrix::zeros(block, size);
    let mut memory = MemBuffer::new(StackReq::any_of(&[
        qr_in_place_scratch::<f64>(size, size, block, Par::Seq, params),
        apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(size, block, size),
    ]));
    qr_in_place(
        MatMut::from_column_major_slice_mut(a.as_mut_slice(), size, size),
        MatMut::from_column_major_slice_mut(factors.as_mut_slice(), block, size),
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    );
    apply_block_householder_sequence_on_the_left_in_place_with_conj(
        MatRef::from_column_major_slice(a.as_slice(), size, size),
        MatRef::from_column_major_slice(factors.as_slice(), block, size),
        Conj::No,
        MatMut::from_column_major_slice_mut(q.as_mut_slice(), size, size),
        Par::Seq,
        MemStack::new(&mut memory),
    );
    for (column, mut vector) in q.column_iter_mut().enumerate() {
        if a[(column, column)] < 0.0 {
            vector.neg_mut();
        }
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `R = Q^T A` is upper triangular with a positive diagonal.
    #[test]
    fn the_factor_is_orthogonal_and_leaves_a_triangle() {
        for size in [1, 2, 5, 40, 130] {
            let mut state = 7_u64;
            let a = DMatrix::from_fn(size, size, |_, _| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
            });
            let q = orthogonal_factor(a.clone());
            assert!((q.transpose() * &q - DMatrix::identity(size, size)).amax() < 1e-13);
            let r = q.transpose() * a;
            for column in 0..size {
                assert!(r[(column, column)] > 0.0, "{column} of {size}");
                for row in column + 1..size {
                    assert!(r[(row, column)].abs() < 1e-13, "{row} {column} of {size}");
                }
            }
        }
        assert_eq!(orthogonal_factor(DMatrix::zeros(0, 0)).shape(), (0, 0));
    }
}
