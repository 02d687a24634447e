//! The matrix exponential and the zero-order hold.

use nalgebra::DMatrix;

use super::dense::not_finite;
use super::{DenseLu, LuError};

/// Why a matrix has no exponential to show.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpmError {
    /// An entry is infinite or NaN.
    #[error("the matrix entry in row {row}, column {column} is not finite")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
    /// Shapes disagree: the matrix is not square, or the input matrix has other rows.
    #[error("expected {expected} rows, found {found}")]
    Shape {
        /// Rows expected.
        expected: usize,
        /// Rows found.
        found: usize,
    },
    /// The result is beyond the range of numbers.
    #[error("the exponential of a matrix of norm {norm:.3e} overflows")]
    Overflow {
        /// The 1-norm of the matrix.
        norm: f64,
    },
}

/// Largest 1-norms for which the diagonal Pade approximants of degree 3, 5, 7,
/// 9 and 13 have a backward error below the unit roundoff (Higham 2005, table 2.3).
const DEGREES: [(f64, &[f64]); 5] = [
    (1.495_585_217_958_292e-2, &[120.0, 60.0, 12.0, 1.0]),
    (2.539_398_330_063_23e-1, &[30_240.0, 15_120.0, 3_360.0, 420.0, 30.0, 1.0]),
    (
        9.504_178_996_162_932e-1,
        &[17_297_280.0, 8_648_640.0, 1_995_840.0, 277_200.0, 25_200.0, 1_512.0, 56.0, 1.0],
    ),
    (
        2.097_847_961_257_068,
        &[
            17_643_225_600.0,
            8_821_612_800.0,
            2_075_673_600.0,
            302_702_400.0,
            30_270_240.0,
            2_162_160.0,
            110_880.0,
            3_960.0,
            90.0,
            1.0,
        ],
    ),
    (
        5.371_920_351_148_152,
        &[
            64_764_752_532_480_000.0,
            32_382_376_266_240_000.0,
            7_771_770_303_897_600.0,
            1_187_353_796_428_800.0,
            129_060_195_264_000.0,
            10_559_470_521_600.0,
            670_442_572_800.0,
            33_522_128_640.0,
            1_323_241_920.0,
            40_840_800.0,
            960_960.0,
            16_380.0,
            182.0,
            1.0,
        ],
    ),
];

/// `exp(A)` by scaling, a diagonal Pade approximant and squaring.
///
/// Source: N. J. Higham, The scaling and squaring method for the matrix
/// exponential revisited, SIAM J. Matrix Anal. Appl. 26, 1179 (2005), algorithm 2.3.
///
/// # Errors
///
/// See [`ExpmError`].
pub fn expm(matrix: &DMatrix<f64>) -> Result<DMatrix<f64>, ExpmError> {
    let (rows, columns) = matrix.shape();
    if rows != columns {
        return Err(ExpmError::Shape { expected: columns, found: rows });
    }
    if let Some((row, column)) = not_finite(matrix) {
        return Err(ExpmError::NotFinite { row, column });
    }
    if rows == 0 {
        return Ok(matrix.clone());
    }
    let norm = one_norm(matrix);
    let overflow = |_| ExpmError::Overflow { norm };
    let finished = |result: DMatrix<f64>| match not_finite(&result) {
        None => Ok(result),
        Some(_) => Err(ExpmError::Overflow { norm }),
    };
    if !norm.is_finite() {
        return Err(ExpmError::Overflow { norm });
    }
    for (bound, coefficients) in &DEGREES[..4] {
        if norm <= *bound {
            return finished(pade(matrix, coefficients).map_err(overflow)?);
        }
    }
    let (bound, coefficients) = DEGREES[4];
    let mut squarings = 0;
    let mut scale = 1.0;
    while norm * scale > bound {
        squarings += 1;
        scale *= 0.5;
    }
    let mut result = pade(&(matrix * scale), coefficients).map_err(overflow)?;
    for _ in 0..squarings {
        result = &result * &result;
    }
    finished(result)
}

/// `exp(d A)` and `integral of exp(s A) B ds from 0 to d`: what a linear system
/// with its input held constant does in a step d. A may be singular.
///
/// A is states x states, per unit of time; B is states x inputs; d is in units
/// of time. Both are read off one exponential,
/// `exp(d [[A, B], [0, 0]]) = [[exp(dA), integral], [0, I]]` (C. F. Van Loan,
/// Computing integrals involving the matrix exponential, IEEE Trans. Autom.
/// Control 23, 395 (1978)). B is brought to the size of A by a power of two first, so that a large B costs
/// no accuracy in `exp(dA)`.
///
/// # Errors
///
/// See [`ExpmError`].
pub fn zero_order_hold(
    a: &DMatrix<f64>,
    b: &DMatrix<f64>,
    step: f64,
) -> Result<(DMatrix<f64>, DMatrix<f64>), ExpmError> {
    let (states, inputs) = b.shape();
    if a.nrows() != states || a.ncols() != states {
        let found = if a.nrows() == states { a.ncols() } else { a.nrows() };
        return Err(ExpmError::Shape { expected: states, found });
    }
    if let Some((row, column)) = not_finite(b) {
        return Err(ExpmError::NotFinite { row, column: states + column });
    }
    let mut scale = 1.0;
    let size = [1.0, one_norm(a) * step.abs()].into_iter().max_by(f64::total_cmp).unwrap_or(1.0);
    let entering = one_norm(b) * step.abs();
    while entering * scale > size && entering.is_finite() {
        scale *= 0.5;
    }
    let mut augmented = DMatrix::zeros(states + inputs, states + inputs);
    augmented.view_mut((0, 0), (states, states)).copy_from(&(a * step));
    augmented.view_mut((0, states), (states, inputs)).copy_from(&(b * scale * step));
    let both = expm(&augmented)?;
    let held = both.view((0, states), (states, inputs)) / scale;
    if not_finite(&held).is_some() {
        return Err(ExpmError::Overflow { norm: one_norm(&(b * step)) });
    }
    Ok((both.view((0, 0), (states, states)).into_owned(), held))
}

/// The largest sum of magnitudes of a column; NaN if any entry is NaN.
fn one_norm(matrix: &DMatrix<f64>) -> f64 {
    let sums = matrix.column_iter().map(|column| column.iter().map(|v| v.abs()).sum());
    sums.max_by(f64::total_cmp).unwrap_or(0.0)
}

/// The diagonal Pade approximant with the coefficients `b`, lowest power first:
/// `(V - U)^-1 (V + U)`, U the odd and V the even part of its numerator.
fn pade(a: &DMatrix<f64>, b: &[f64]) -> Result<DMatrix<f64>, LuError> {
    let size = a.nrows();
    let square = a * a;
    let identity = DMatrix::identity(size, size);
    // Polynomials in A^2, by Horner's rule or, at degree 13, with A^6 taken out.
    let (odd, even) = if b.len() == 14 {
        let fourth = &square * &square;
        let sixth = &fourth * &square;
        let part = |at: usize| &sixth * b[at + 4] + &fourth * b[at + 2] + &square * b[at];
        (
            &sixth * part(9) + part(3) + &identity * b[1],
            &sixth * part(8) + part(2) + &identity * b[0],
        )
    } else {
        let mut power = identity;
        let mut odd = &power * b[1];
        let mut even = &power * b[0];
        for at in (2..b.len()).step_by(2) {
            power = &power * &square;
            even += &power * b[at];
            odd += &power * b[at + 1];
        }
        (odd, even)
    };
    let odd = a * odd;
    let lu = DenseLu::factor(&(&even - &odd))?;
    let mut result = even + odd;
    for column in result.as_mut_slice().chunks_exact_mut(size) {
        lu.solve(column);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linalg::max_abs;

    fn distance(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
        assert_eq!(a.shape(), b.shape());
        max_abs((a - b).as_slice())
    }

    /// A matrix without structure and its exponential to 18 digits (mpmath's
    /// Taylor series with 60 digits; `scipy.linalg.expm` agrees to 15).
    const SAMPLE: [f64; 16] =
        [1.0, 2.0, -3.0, 0.5, -4.0, 0.25, 6.0, 1.0, 0.75, -8.0, 2.0, 3.0, 5.0, 1.0, -0.5, -9.0];
    #[expect(clippy::excessive_precision, reason = "the digits as they were computed")]
    const EXPONENTIAL: [f64; 16] = [
        1.638_822_346_814_371_78,
        2.059_644_748_301_599,
        -1.623_178_723_947_941_69,
        -0.217_098_622_199_931_845,
        -2.148_639_426_753_016_74,
        -0.472_486_005_473_897_544,
        4.283_371_343_895_334_49,
        0.820_428_895_764_489_174,
        2.219_731_784_429_518_13,
        -5.033_139_195_097_142_2,
        0.790_326_171_508_568_427,
        0.480_554_181_461_978_79,
        0.830_036_119_255_152_721,
        0.693_593_454_885_028_957,
        -0.537_984_273_492_921_587,
        -0.037_378_550_557_527_420_7,
    ];

    #[test]
    fn agrees_with_a_taylor_series_of_many_digits() {
        let expected = DMatrix::from_row_slice(4, 4, &EXPONENTIAL);
        let found = expm(&DMatrix::from_row_slice(4, 4, &SAMPLE)).unwrap();
        assert!(distance(&found, &expected) < 3e-14, "{:e}", distance(&found, &expected));
    }

    /// Every degree of approximant, by halving: `exp(A) = exp(A / 2^k)^(2^k)`.
    #[test]
    fn every_degree_of_approximant_is_right() {
        let expected = DMatrix::from_row_slice(4, 4, &EXPONENTIAL);
        for halvings in 0..12 {
            let scale = 0.5_f64.powi(halvings);
            let mut found = expm(&(DMatrix::from_row_slice(4, 4, &SAMPLE) * scale)).unwrap();
            for _ in 0..halvings {
                found = &found * &found;
            }
            assert!(distance(&found, &expected) < 1e-12, "{halvings} halvings");
        }
    }

    #[test]
    fn a_diagonal_matrix_a_shift_and_a_rotation_have_closed_forms() {
        let values = [-40.0, -3.0, 0.0, 1e-9, 0.7, 12.0];
        let found = expm(&DMatrix::from_diagonal(&values.to_vec().into())).unwrap();
        for (k, value) in values.iter().enumerate() {
            assert!((found[(k, k)] / value.exp() - 1.0).abs() < 1e-13, "{value}");
        }
        // exp of a shift times t: t^k / k! on the k-th diagonal, nothing below.
        let shift = DMatrix::from_fn(6, 6, |i, j| if j == i + 1 { 3.0 } else { 0.0 });
        let factorials = [1.0, 1.0, 2.0, 6.0, 24.0, 120.0];
        let expected = DMatrix::from_fn(6, 6, |i, j| {
            if j < i { 0.0 } else { 3_f64.powi((j - i) as i32) / factorials[j - i] }
        });
        assert!(distance(&expm(&shift).unwrap(), &expected) < 1e-14);
        for angle in [0.01_f64, 1.0, 20.0, 1000.0] {
            let generator = DMatrix::from_row_slice(2, 2, &[0.0, -angle, angle, 0.0]);
            let (s, c) = angle.sin_cos();
            let expected = DMatrix::from_row_slice(2, 2, &[c, -s, s, c]);
            let error = distance(&expm(&generator).unwrap(), &expected);
            assert!(error < 1e-15 * (3.0 + angle), "{angle}: {error:e}");
        }
    }

    #[test]
    fn a_large_stable_matrix_vanishes_and_a_large_unstable_one_is_refused() {
        let a = DMatrix::from_row_slice(2, 2, &[-1e6, 3e5, 0.0, -2e6]);
        assert!(max_abs(expm(&a).unwrap().as_slice()) < 1e-300);
        assert_eq!(expm(&-a), Err(ExpmError::Overflow { norm: 2.3e6 }));
        let broken = DMatrix::from_row_slice(2, 2, &[0.0, 0.0, f64::NAN, 0.0]);
        assert_eq!(expm(&broken), Err(ExpmError::NotFinite { row: 1, column: 0 }));
        let wide = DMatrix::zeros(2, 3);
        assert_eq!(expm(&wide), Err(ExpmError::Shape { expected: 3, found: 2 }));
        assert_eq!(expm(&DMatrix::zeros(0, 0)), Ok(DMatrix::zeros(0, 0)));
    }

    /// `integral of exp(s a) b ds = b (exp(a d) - 1) / a`, and `b d` at a = 0.
    #[test]
    fn holds_have_closed_forms_for_singular_matrices_too() {
        let rates = [-2.0, 0.0, 0.5];
        let a = DMatrix::from_diagonal(&rates.to_vec().into());
        for gain in [1e-12, 1.0, 1e15] {
            let b = DMatrix::from_element(3, 2, gain);
            let (flow, held) = zero_order_hold(&a, &b, 0.3).unwrap();
            for (k, rate) in rates.iter().enumerate() {
                let expected = if *rate == 0.0 { 0.3 } else { (rate * 0.3).exp_m1() / rate };
                assert!((flow[(k, k)] / (rate * 0.3).exp() - 1.0).abs() < 1e-14);
                assert!((held[(k, 1)] / (gain * expected) - 1.0).abs() < 1e-13);
            }
        }
        // A double integrator: [[1, d], [0, 1]] and [d^2 / 2, d].
        let a = DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 0.0, 0.0]);
        let b = DMatrix::from_row_slice(2, 1, &[0.0, 1.0]);
        let (flow, held) = zero_order_hold(&a, &b, 0.25).unwrap();
        assert_eq!(flow, DMatrix::from_row_slice(2, 2, &[1.0, 0.25, 0.0, 1.0]));
        assert_eq!(held, DMatrix::from_row_slice(2, 1, &[0.03125, 0.25]));
        let refused = zero_order_hold(&a, &DMatrix::zeros(3, 1), 0.1);
        assert_eq!(refused, Err(ExpmError::Shape { expected: 3, found: 2 }));
    }

    proptest! {
        /// One step of d is two of d/2: `exp(dA) = exp(dA/2)^2` and
        /// `B(d) = (I + exp(dA/2)) B(d/2)`; time runs back with -A.
        #[test]
        fn flows_compose(
            values in prop::collection::vec(-2.0..2.0, 20),
            step in 0.01..3.0,
        ) {
            let a = DMatrix::from_column_slice(4, 4, &values[..16]);
            let b = DMatrix::from_column_slice(4, 1, &values[16..]);
            let (flow, held) = zero_order_hold(&a, &b, step).unwrap();
            let (half_flow, half_held) = zero_order_hold(&a, &b, step / 2.0).unwrap();
            let size = max_abs(half_flow.as_slice()).powi(2) + 1.0;
            let bound = 1e-13 * size * (1.0 + max_abs(half_held.as_slice()));
            prop_assert!(distance(&flow, &(&half_flow * &half_flow)) <= bound);
            let expected = &half_held + &half_flow * &half_held;
            prop_assert!(distance(&held, &expected) <= bound);
            let back = expm(&(&a * -step)).unwrap();
            let size = size * max_abs(back.as_slice());
            prop_assert!(distance(&(back * flow), &DMatrix::identity(4, 4)) <= 1e-12 * size);
        }
    }
}
