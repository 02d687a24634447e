//! Dense kernels against plain sums and nalgebra.

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::{Triplets, assemble, some_vector};
use crate::linalg::{
    Complex, DenseLu, EigenError, LuError, Operator, eigenvalues, matvec, matvec_add, max_abs, norm,
};

fn any_dense(size: usize) -> impl Strategy<Value = DMatrix<f64>> {
    prop::collection::vec(-1.0..1.0, size * size)
        .prop_map(move |values| DMatrix::from_vec(size, size, values))
}

/// The largest `|b − A x|`, row by row, relative to `|A| max|x| + |b|`.
fn row_error(a: &DMatrix<f64>, x: &[f64], b: &[f64]) -> f64 {
    let rows = (0..a.nrows()).map(|row| {
        let terms = || (0..a.ncols()).map(|k| a[(row, k)] * x[k]);
        let scale = a.row(row).iter().map(|entry| entry.abs()).sum::<f64>() * max_abs(x);
        (b[row] - terms().sum::<f64>()).abs() / (scale + b[row].abs())
    });
    rows.max_by(f64::total_cmp).unwrap_or(0.0)
}

/// Two threads find the bits that one finds, and those of a product in two parts, each of
/// which one thread computes anyway.
#[test]
fn threads_change_no_bit_of_a_product() {
    let size = 1499;
    let a = DMatrix::from_fn(size, size, |i, j| ((i * 31 + j * 17) % 1009) as f64 / 1009.0 - 0.3);
    let x: Vec<f64> = (0..size).map(|k| 1.0 / (k as f64 + 1.5)).collect();
    let product = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut y = vec![0.25; size];
        pool.install(|| matvec_add(&a, &x, &mut y));
        y
    };
    let (left, right) = (a.columns(0, 744).into_owned(), a.columns(744, size - 744).into_owned());
    let mut parts = vec![0.25; size];
    matvec_add(&left, &x[..744], &mut parts);
    matvec_add(&right, &x[744..], &mut parts);
    assert_eq!(product(1), parts);
    assert_eq!(product(2), parts);
}

/// A large matrix of few rows is not shared out.
#[test]
fn a_wide_product_is_a_sum() {
    for rows in [1, 2, 15, 31] {
        let columns = (1 << 21) / rows + 1;
        let a = DMatrix::from_fn(rows, columns, |i, _| i as f64);
        let mut y = vec![0.5; rows];
        matvec_add(&a, &vec![1.0; columns], &mut y);
        let expected: Vec<f64> = (0..rows).map(|i| 0.5 + (i * columns) as f64).collect();
        assert_eq!(y, expected);
    }
}

proptest! {
    /// `A x = b` and `Aᵀ x = b`, at first and again in the same memory.
    #[test]
    fn dense_solutions_fit((first, second) in (1..40_usize).prop_flat_map(|n| (any_dense(n), any_dense(n)))) {
        let size = first.nrows();
        let b = some_vector(size);
        let mut lu = DenseLu::factor(&first).unwrap();
        for matrix in [&first, &second] {
            lu.refactor(matrix).unwrap();
            let mut x = b.clone();
            lu.solve(&mut x);
            prop_assert!(row_error(matrix, &x, &b) <= 1e-13);
            let mut x = b.clone();
            lu.solve_transpose(&mut x);
            prop_assert!(row_error(&matrix.transpose(), &x, &b) <= 1e-13);
        }
    }

    /// Every form of an operator is the same matrix.
    #[test]
    fn operators_are_their_matrices(
        size in 1..30_usize,
        places in prop::collection::vec((0..30_usize, 0..30_usize, prop_oneof![Just(0.0), -1.0..1.0]), 0..300),
        diagonal in any::<bool>(),
    ) {
        let entries: Triplets<f64> = places.iter()
            .map(|&(row, column, value)| (row % size, if diagonal { row } else { column } % size, value))
            .collect();
        let (pattern, values) = assemble(size, &entries);
        let x = some_vector(size);
        let operator = Operator::of(&pattern.with_values(&values));
        let mut expected = vec![0.25; size];
        for &(row, column, value) in &entries {
            expected[row] += value * x[column];
        }
        let mut y = vec![0.25; size];
        operator.apply_add(&x, &mut y);
        prop_assert_eq!(operator.shape(), (size, size));
        for (a, b) in y.iter().zip(&expected) {
            prop_assert!((a - b).abs() <= 1e-13);
        }
    }

    /// A block among the rows and columns of a larger matrix, and entries beside it.
    #[test]
    fn a_dense_block_is_found_and_applied(
        (height, width) in (20..300_usize, 20..300_usize),
        (step, shift) in (2..4_usize, 0..3_usize),
        beside in prop::collection::vec((0..900_usize, 0..900_usize), 0..40),
    ) {
        let (rows, columns) = (step * height + shift, 2 * width + shift);
        let mut dense = DMatrix::zeros(rows, columns);
        for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
            dense[(step * i + shift, 2 * j)] = ((i * 7 + j * 3) % 11) as f64 - 5.5;
        }
        for (row, column) in beside {
            dense[(row % rows, column % columns)] = 2.0;
        }
        let mut entries = sprs::TriMat::new((rows, columns));
        for column in 0..columns {
            for row in (0..rows).filter(|&row| dense[(row, column)] != 0.0) {
                entries.add_triplet(row, column, dense[(row, column)]);
            }
        }
        let operator = Operator::of(&entries.to_csr());
        let is_block = matches!(operator, Operator::Block { .. });
        prop_assert!(is_block, "{:?}", operator.shape());
        // Halves: the sums are exact in any order.
        let x: Vec<f64> = (0..columns).map(|k| ((k + shift) % 5) as f64 - 2.0).collect();
        let mut y = vec![9.0; rows];
        operator.apply_add(&x, &mut y);
        let expected = &dense * nalgebra::DVector::from_vec(x);
        prop_assert_eq!(operator.shape(), (rows, columns));
        prop_assert!(y.iter().zip(&expected).all(|(y, right)| *y == 9.0 + right));
    }

    /// Products of any shape, unaligned ends included.
    #[test]
    fn products_are_sums(rows in 0..40_usize, columns in 0..40_usize, shift in 0..100_usize) {
        let a = DMatrix::from_fn(rows, columns, |i, j| ((i * 7 + j * 3 + shift) % 11) as f64 - 5.0);
        let x: Vec<f64> = (0..columns).map(|k| ((k + shift) % 5) as f64 - 2.0).collect();
        // Whole numbers: the sums are exact in any order.
        let expected: Vec<f64> =
            (0..rows).map(|i| (0..columns).map(|j| a[(i, j)] * x[j]).sum::<f64>()).collect();
        let mut y = vec![9.0; rows];
        matvec(&a, &x, &mut y);
        prop_assert_eq!(&y, &expected);
        matvec_add(&a, &x, &mut y);
        let twice: Vec<f64> = expected.iter().map(|value| 2.0 * value).collect();
        prop_assert_eq!(y, twice);
    }

    /// Trace and trace of the square are sums over the eigenvalues.
    #[test]
    fn eigenvalues_have_the_right_sums(a in (1..12_usize).prop_flat_map(any_dense)) {
        let values = eigenvalues(&a).unwrap();
        let sum: Complex = values.iter().sum();
        let squares: Complex = values.iter().map(|value| value * value).sum();
        prop_assert_eq!(values.len(), a.nrows());
        prop_assert!((sum - a.trace()).norm() < 1e-11);
        prop_assert!((squares - (&a * &a).trace()).norm() < 1e-11);
    }
}

#[test]
fn operators_choose_their_form() {
    let form = |entries: Triplets<f64>| {
        let (pattern, values) = assemble(10, &entries);
        Operator::of(&pattern.with_values(&values))
    };
    assert_eq!(form(vec![(3, 4, 0.0)]), Operator::Zero { rows: 10, columns: 10 });
    assert!(matches!(form(vec![(3, 3, 2.0), (3, 4, 0.0)]), Operator::Diagonal(_)));
    assert!(matches!(form(vec![(3, 4, 2.0)]), Operator::Sparse(_)));
    let full = (0..100).map(|k| (k / 10, k % 10, 1.0)).collect();
    assert!(matches!(form(full), Operator::Dense(_)));
}

#[test]
fn dense_faults_are_named() {
    let singular = DMatrix::from_row_slice(3, 3, &[0.1, 1.0, 0.3, 0.2, 5.0, 0.6, 0.7, 2.0, 2.1]);
    let outcome = DenseLu::factor(&singular);
    assert!(matches!(outcome, Err(LuError::Singular { column: 2, .. })), "{outcome:?}");
    let mut broken = DMatrix::identity(3, 3);
    let mut lu = DenseLu::factor(&broken).unwrap();
    broken[(1, 2)] = f64::NAN;
    assert_eq!(lu.refactor(&broken), Err(LuError::NotFinite { row: 1, column: 2 }));
    let mut x = [1.0; 3];
    lu.solve(&mut x);
    assert!(x.iter().any(|value| value.is_nan()));
    assert_eq!(eigenvalues(&broken), Err(EigenError::NotFinite { row: 1, column: 2 }));
    let wide = DMatrix::zeros(2, 3);
    assert_eq!(eigenvalues(&wide), Err(EigenError::NotSquare { rows: 2, columns: 3 }));
}

#[test]
fn a_rotation_has_imaginary_eigenvalues() {
    let rotation = DMatrix::from_row_slice(2, 2, &[0.0, -2.0, 2.0, 0.0]);
    let mut values = eigenvalues(&rotation).unwrap();
    values.sort_by(|a, b| a.im.total_cmp(&b.im));
    for (value, im) in values.iter().zip([-2.0, 2.0]) {
        assert!((value - Complex::new(0.0, im)).norm() < 1e-14);
    }
}

#[test]
fn a_badly_scaled_dense_matrix_is_regular() {
    let matrix = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 0.0, 1e-30]);
    let lu = DenseLu::factor(&matrix).unwrap();
    let mut x = [3.0, 1e-30];
    lu.solve(&mut x);
    assert!((x[0] - 2.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
}

#[test]
fn empty_dense_things_are_fine() {
    let empty = DMatrix::<f64>::zeros(0, 0);
    DenseLu::factor(&empty).unwrap().solve(&mut []);
    DenseLu::factor(&empty).unwrap().solve_transpose(&mut []);
    assert_eq!(eigenvalues(&empty), Ok(Vec::new()));
    let mut y = [1.0, 1.0];
    matvec(&DMatrix::zeros(2, 0), &[], &mut y);
    assert_eq!(y.to_vec(), [0.0; 2]);
}

#[test]
fn norms_keep_a_nan() {
    assert_eq!([max_abs(&[1.0, -3.0, 2.0]), max_abs(&[]), norm(&[])].as_slice(), &[3.0, 0.0, 0.0]);
    assert!(max_abs(&[1.0, f64::NAN, 2.0]).is_nan());
    assert!(max_abs(&[-f64::NAN, f64::INFINITY]).is_nan());
    assert!((norm(&[3e200, -4e200]) / 5e200 - 1.0).abs() < 1e-15);
    assert!((norm(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
    assert!(norm(&[0.0, f64::NAN]).is_nan());
}
