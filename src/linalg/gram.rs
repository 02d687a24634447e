//! Products of a matrix with its own transpose.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::prelude::Par;
use faer::{Accum, MatMut, MatRef};
use nalgebra::DMatrix;

/// Writes `A' A` into `product`, both triangles.
///
/// # Panics
///
/// If `product` is not square with as many rows as A has columns.
pub fn gram(a: &DMatrix<f64>, product: &mut DMatrix<f64>) {
    let (rows, columns) = a.shape();
    assert_eq!(product.shape(), (columns, columns), "the shape of A' A");
    let view = MatRef::from_column_major_slice(a.as_slice(), rows, columns);
    matmul(
        MatMut::from_column_major_slice_mut(product.as_mut_slice(), columns, columns),
        BlockStructure::TriangularLower,
        Accum::Replace,
        view.transpose(),
        BlockStructure::Rectangular,
        view,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
    for column in 1..columns {
        for row in 0..column {
            product[(row, column)] = product[(column, row)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_product_by_hand() {
        let a = DMatrix::from_row_slice(3, 2, &[1.0, 2.0, 3.0, -4.0, 0.5, 6.0]);
        let mut product = DMatrix::from_element(2, 2, f64::NAN);
        gram(&a, &mut product);
        assert_eq!(product, DMatrix::from_row_slice(2, 2, &[10.25, -7.0, -7.0, 56.0]));
        let a = DMatrix::from_fn(37, 41, |i, j| ((3 * i + 7 * j) as f64).sin());
        let mut product = DMatrix::zeros(41, 41);
        gram(&a, &mut product);
        assert!((product - a.transpose() * a).abs().max() < 1e-13);
    }

    #[test]
    fn nothing_has_an_empty_product() {
        let mut product = DMatrix::zeros(0, 0);
        gram(&DMatrix::zeros(0, 0), &mut product);
        let mut product = DMatrix::from_element(2, 2, 7.0);
        gram(&DMatrix::zeros(0, 2), &mut product);
        assert_eq!(product, DMatrix::zeros(2, 2));
    }
}
