//! Lyapunov equations, for Gramians.

use nalgebra::DMatrix;

use super::dense::not_finite;
use super::{Complex, DenseLu, EigenError, eigenvalues};

/// Why a Lyapunov equation has no solution to show.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LyapunovError {
    /// Q is not of the shape of A.
    #[error("expected {expected} rows and columns, found {found:?}")]
    Shape {
        /// Rows and columns of A.
        expected: usize,
        /// Rows and columns of Q.
        found: (usize, usize),
    },
    /// An entry of Q is infinite or NaN.
    #[error("the entry of Q in row {row}, column {column} is not finite")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
    /// A has no eigenvalues to show.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// A is not stable.
    #[error("the system is not stable: {measure} is {value:.6}, it must be below {bound}")]
    Unstable {
        /// The largest real part or the largest modulus of an eigenvalue.
        measure: &'static str,
        /// Its value.
        value: f64,
        /// What it must be below.
        bound: f64,
    },
    /// The solution that was found does not fulfil the equation.
    #[error("the solution leaves a relative residual of {residual:.3e}, more than {bound:.0e}")]
    Residual {
        /// Residual over the sum of the magnitudes of its terms.
        residual: f64,
        /// What is accepted.
        bound: f64,
    },
}

/// The largest residual that is accepted, relative to the sum of the Frobenius
/// norms of the terms of the equation.
const RESIDUAL: f64 = 1e-11;
/// A residual that is not worth an improvement.
const GOOD: f64 = 1e-15;
/// Doublings: after k of them 2^k terms of the series are summed.
const DOUBLINGS: usize = 64;
/// Times a solution is improved by its own residual.
const REFINEMENTS: usize = 3;

/// The symmetric X with `A X + X A' + Q = 0`, A stable (every eigenvalue with a
/// negative real part) and Q symmetric, both n x n.
///
/// The Cayley transform `(A - pI)^-1 (A + pI)` makes it a discrete equation with
/// the same solution; p is the geometric mean of the smallest and the largest
/// modulus of an eigenvalue (R. A. Smith, Matrix equation XA + BX = C, SIAM J.
/// Appl. Math. 16, 198 (1968)).
///
/// # Errors
///
/// See [`LyapunovError`]; the residual of the equation itself is checked.
pub fn lyapunov_continuous(
    a: &DMatrix<f64>,
    q: &DMatrix<f64>,
) -> Result<DMatrix<f64>, LyapunovError> {
    check(a, q)?;
    let values = eigenvalues(a)?;
    let largest = |of: fn(&Complex) -> f64| values.iter().map(of).max_by(f64::total_cmp);
    let Some(abscissa) = largest(|value| value.re) else { return Ok(q.clone()) };
    if abscissa.is_nan() || abscissa >= 0.0 {
        let measure = "the largest real part of an eigenvalue";
        return Err(LyapunovError::Unstable { measure, value: abscissa, bound: 0.0 });
    }
    let moduli = || values.iter().map(|value| value.norm());
    let least = moduli().min_by(f64::total_cmp).unwrap_or(1.0);
    let most = moduli().max_by(f64::total_cmp).unwrap_or(1.0);
    let p = least.sqrt() * most.sqrt();
    let shifted = |by: f64| {
        let mut shifted = a.clone();
        (0..a.nrows()).for_each(|k| shifted[(k, k)] += by);
        shifted
    };
    let lu = DenseLu::factor(&shifted(-p)).map_err(|_| not_solved())?;
    let step = divide(&lu, shifted(p));
    let solve = |q: &DMatrix<f64>| {
        let half = divide(&lu, q * (2.0 * p));
        doubled(&step, divide(&lu, half.transpose()))
    };
    let residual = |x: &DMatrix<f64>| {
        let product = a * x;
        &product + product.transpose() + q
    };
    refined(q, solve, residual, |x| 2.0 * a.norm() * x.norm() + q.norm())
}

/// The symmetric X with `X = A X A' + Q`, A stable (every eigenvalue inside the
/// unit circle) and Q symmetric, both n x n: the sum of `A^k Q A'^k`, in
/// doublings of the number of terms.
///
/// # Errors
///
/// See [`LyapunovError`]; the residual is checked.
pub fn lyapunov_discrete(
    a: &DMatrix<f64>,
    q: &DMatrix<f64>,
) -> Result<DMatrix<f64>, LyapunovError> {
    check(a, q)?;
    let values = eigenvalues(a)?;
    let radius = values.iter().map(|value| value.norm()).max_by(f64::total_cmp).unwrap_or(0.0);
    if radius.is_nan() || radius >= 1.0 {
        let measure = "the largest modulus of an eigenvalue";
        return Err(LyapunovError::Unstable { measure, value: radius, bound: 1.0 });
    }
    let transposed = a.transpose();
    let residual = |x: &DMatrix<f64>| a * x * &transposed + q - x;
    let size = a.norm().powi(2) + 1.0;
    refined(q, |q| doubled(a, q.clone()), residual, |x| size * x.norm() + q.norm())
}

fn check(a: &DMatrix<f64>, q: &DMatrix<f64>) -> Result<(), LyapunovError> {
    let (rows, columns) = a.shape();
    if rows != columns {
        return Err(EigenError::NotSquare { rows, columns }.into());
    }
    if q.shape() != (rows, rows) {
        return Err(LyapunovError::Shape { expected: rows, found: q.shape() });
    }
    match not_finite(q) {
        Some((row, column)) => Err(LyapunovError::NotFinite { row, column }),
        None => Ok(()),
    }
}

/// What stands for a solution that could not be computed at all.
fn not_solved() -> LyapunovError {
    LyapunovError::Residual { residual: f64::INFINITY, bound: RESIDUAL }
}

/// A solution, improved by its own residual where it is not good enough.
fn refined(
    q: &DMatrix<f64>,
    solve: impl Fn(&DMatrix<f64>) -> Option<DMatrix<f64>>,
    residual: impl Fn(&DMatrix<f64>) -> DMatrix<f64>,
    size: impl Fn(&DMatrix<f64>) -> f64,
) -> Result<DMatrix<f64>, LyapunovError> {
    let relative = |x: &DMatrix<f64>, rest: &DMatrix<f64>| match size(x) {
        0.0 => 0.0,
        scale => rest.norm() / scale,
    };
    let mut x = solve(q).ok_or_else(not_solved)?;
    let mut rest = residual(&x);
    let mut left = relative(&x, &rest);
    for _ in 0..REFINEMENTS {
        if left <= GOOD {
            break;
        }
        let Some(correction) = solve(&rest) else { break };
        let better = &x + correction;
        let better_rest = residual(&better);
        let better_left = relative(&better, &better_rest);
        if better_left < left {
            (x, rest, left) = (better, better_rest, better_left);
        } else {
            break;
        }
    }
    if left <= RESIDUAL {
        Ok((&x + x.transpose()) * 0.5)
    } else {
        Err(LyapunovError::Residual { residual: left, bound: RESIDUAL })
    }
}

/// The sum of `A^k Q A'^k`, in doublings of the number of terms; `None` where
/// it does not settle.
fn doubled(a: &DMatrix<f64>, q: DMatrix<f64>) -> Option<DMatrix<f64>> {
    let mut sum = q;
    let mut power = a.clone();
    for _ in 0..DOUBLINGS {
        let term = &power * &sum * power.transpose();
        let (rest, size) = (term.norm(), sum.norm());
        sum += term;
        if rest <= 0.5 * f64::EPSILON * size {
            return Some(sum);
        }
        if !rest.is_finite() {
            return None;
        }
        power = &power * &power;
    }
    None
}

/// `A^-1 B` with the factors of A.
fn divide(lu: &DenseLu, mut b: DMatrix<f64>) -> DMatrix<f64> {
    for column in b.as_mut_slice().chunks_exact_mut(lu.size()) {
        lu.solve(column);
    }
    b
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linalg::max_abs;

    /// Solves `sum of (L X R') = -Q` column by column of the Kronecker product.
    fn reference(terms: &[(DMatrix<f64>, DMatrix<f64>)], q: &DMatrix<f64>) -> DMatrix<f64> {
        let size = q.nrows();
        let mut whole = DMatrix::zeros(size * size, size * size);
        for (left, right) in terms {
            whole += right.kronecker(left);
        }
        let mut x: Vec<f64> = q.iter().map(|value| -value).collect();
        DenseLu::factor(&whole).unwrap().solve(&mut x);
        DMatrix::from_vec(size, size, x)
    }

    #[test]
    fn one_state_has_closed_forms() {
        let of = |value: f64| DMatrix::from_element(1, 1, value);
        for rate in [-1e-6, -1.0, -1e9] {
            let found = lyapunov_continuous(&of(rate), &of(3.0)).unwrap()[(0, 0)];
            assert!((found * rate / -1.5 - 1.0).abs() < 1e-13, "{rate}: {found}");
        }
        for factor in [0.0, -0.5, 0.999] {
            let found = lyapunov_discrete(&of(factor), &of(3.0)).unwrap()[(0, 0)];
            let expected = 3.0 / (1.0 - factor * factor);
            assert!((found / expected - 1.0).abs() < 1e-12, "{factor}: {found}");
        }
    }

    /// An RC chain with rates over nine decades.
    #[test]
    fn a_stiff_system_is_solved() {
        let rates: [f64; 4] = [1.0, 1e3, 1e6, 1e9];
        let a = DMatrix::from_fn(4, 4, |i, j| match (i, j) {
            _ if i == j => -rates[i],
            _ if i == j + 1 => rates[i],
            _ => 0.0,
        });
        let x = lyapunov_continuous(&a, &DMatrix::identity(4, 4)).unwrap();
        let product = &a * &x;
        let rest = &product + product.transpose() + DMatrix::identity(4, 4);
        assert!(rest.norm() < 1e-13 * a.norm() * x.norm(), "{:e} {:e} {x}", rest.norm(), a.norm());
        assert!((x[(0, 0)] - 0.5).abs() < 1e-6, "{}", x[(0, 0)]);
    }

    #[test]
    fn what_has_no_solution_is_refused() {
        let q = DMatrix::identity(2, 2);
        let a = DMatrix::from_row_slice(2, 2, &[-1.0, 5.0, 0.0, 0.25]);
        let text = lyapunov_continuous(&a, &q).unwrap_err().to_string();
        assert!(text.contains("largest real part") && text.contains("0.25"), "{text}");
        let text = lyapunov_discrete(&a, &q).unwrap_err().to_string();
        assert!(text.contains("largest modulus") && text.contains("below 1"), "{text}");
        let found = lyapunov_discrete(&a, &DMatrix::zeros(1, 2));
        assert_eq!(found, Err(LyapunovError::Shape { expected: 2, found: (1, 2) }));
        let oscillator = DMatrix::from_row_slice(2, 2, &[0.0, 1.0, -1.0, 0.0]);
        assert!(lyapunov_continuous(&oscillator, &q).is_err());
    }

    proptest! {
        /// Both equations against one linear system for all entries of X.
        #[test]
        fn solutions_agree_with_the_kronecker_product(
            values in prop::collection::vec(-1.0..1.0, 32),
            margin in 0.05..1.0,
        ) {
            let a = DMatrix::from_column_slice(4, 4, &values[..16]);
            let factor = DMatrix::from_column_slice(4, 4, &values[16..]);
            let q = &factor * factor.transpose();
            let identity = DMatrix::identity(4, 4);
            let spectrum = eigenvalues(&a).unwrap();
            let abscissa = spectrum.iter().map(|v| v.re).max_by(f64::total_cmp).unwrap();
            let stable = &a - &identity * (abscissa + margin);
            let x = lyapunov_continuous(&stable, &q).unwrap();
            let terms = [(stable.clone(), identity.clone()), (identity.clone(), stable)];
            let expected = reference(&terms, &q);
            prop_assert!(max_abs((&x - &expected).as_slice()) <= 1e-9 * (1.0 + expected.norm()));
            prop_assert_eq!(&x, &x.transpose());
            let radius = spectrum.iter().map(|v| v.norm()).max_by(f64::total_cmp).unwrap();
            let stable = &a * ((1.0 - 0.5 * margin) / radius);
            let x = lyapunov_discrete(&stable, &q).unwrap();
            let terms = [(stable.clone(), stable), (-identity.clone(), identity)];
            let expected = reference(&terms, &q);
            prop_assert!(max_abs((&x - &expected).as_slice()) <= 1e-9 * (1.0 + expected.norm()));
        }
    }
}
