//! The smallest singular value of `[s I - A, B]` at many s.

use nalgebra::{DMatrix, DVector};

use super::reflector::{Reflector, compressed};
use crate::linalg::Complex;

/// A and B in controller Hessenberg form: with orthogonal Q, `[Q'B, Q'AQ]` is
/// zero below its main diagonal, so that `[B, s I - A]` is upper trapezoidal
/// for every s and the smallest singular value costs O(n^2) each time.
///
/// Source: C. C. Paige, Properties of numerical algorithms related to computing
/// controllability, IEEE Trans. Autom. Control 26, 130 (1981), for the form.
pub(super) struct Pencil {
    a: DMatrix<f64>,
    b: DMatrix<f64>,
    /// Frobenius norm of [A, B].
    norm: f64,
}

/// The smallest singular value at one s.
pub(super) struct Smallest {
    pub(super) value: f64,
    /// The left singular vector, of unit length, in the coordinates of the form.
    left: DVector<Complex>,
}

/// Steps of Lanczos' method at most; each is one pair of triangular solves.
const STEPS: usize = 120;
/// Relative error of the square of the singular value at which it stops.
const ACCURACY: f64 = 1e-10;

impl Pencil {
    /// Reduces (A, B), n x n and n x m.
    pub(super) fn new(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Self {
        let norm = a.norm().hypot(b.norm());
        let (mut a, mut b) = (a.clone(), compressed(b));
        let (states, inputs) = b.shape();
        for column in 0..inputs + states {
            // What stands below the diagonal of column `column` of [B, A].
            let from = column;
            if from + 1 >= states {
                break;
            }
            let source = if column < inputs { &b } else { &a };
            let at = if column < inputs { column } else { column - inputs };
            let x = &source.as_slice()[at * states + from..(at + 1) * states];
            if let Some(reflector) = Reflector::of(from, x) {
                reflector.reflect_rows(&mut b);
                reflector.reflect_rows(&mut a);
                reflector.reflect_columns(&mut a);
            }
        }
        Self { a, b, norm }
    }

    /// The smallest singular value of `[s I - A, B]`.
    ///
    /// The trapezoidal matrix is folded into a triangular R, and Lanczos' method
    /// on `(R R*)^-1` finds the largest eigenvalue there, with an error that is
    /// bounded by its residual. A diagonal entry of R that is nothing beside
    /// rounding is replaced by rounding, so that an exact loss of rank shows as
    /// a value of the size of rounding, not zero.
    pub(super) fn smallest(&self, s: Complex) -> Smallest {
        let states = self.a.nrows();
        if states == 0 || self.norm == 0.0 {
            return Smallest { value: 0.0, left: DVector::zeros(states) };
        }
        let triangle = Triangle::of(self, s);
        let mut basis: Vec<DVector<Complex>> = vec![start(states)];
        let (mut diagonal, mut beside): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let limit = if states < STEPS { states } else { STEPS };
        loop {
            let step = diagonal.len();
            let mut next = triangle.inverse_square(&basis[step]);
            diagonal.push(basis[step].dotc(&next).re);
            // Twice is enough to keep the basis orthogonal.
            for _ in 0..2 {
                for known in &basis {
                    let along = known.dotc(&next);
                    next.axpy(-along, known, Complex::new(1.0, 0.0));
                }
            }
            let rest = next.norm();
            let (largest, vector) = largest_pair(&diagonal, &beside);
            let error = rest * vector[step].abs();
            if error <= ACCURACY * largest || step + 1 == limit {
                let mut left = DVector::zeros(states);
                for (direction, &weight) in basis.iter().zip(vector.iter()) {
                    left.axpy(Complex::new(weight, 0.0), direction, Complex::new(1.0, 0.0));
                }
                return Smallest { value: 1.0 / largest.sqrt(), left };
            }
            beside.push(rest);
            basis.push(next.unscale(rest));
        }
    }

    /// The s nearest to which the left singular vector of `found` loses the
    /// rank: `u* A u` minimises `|u* [s I - A, B]|` over s.
    pub(super) fn better(&self, found: &Smallest) -> Complex {
        let (re, im) = (found.left.map(|v| v.re), found.left.map(|v| v.im));
        let (a_re, a_im) = (&self.a * &re, &self.a * &im);
        Complex::new(re.dot(&a_re) + im.dot(&a_im), re.dot(&a_im) - im.dot(&a_re))
    }
}

/// A vector without structure, the same every time.
fn start(size: usize) -> DVector<Complex> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut part = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
    };
    let vector = DVector::from_fn(size, |_, _| Complex::new(part(), part()));
    let length = vector.norm();
    vector.unscale(length)
}

/// The largest eigenvalue of a symmetric tridiagonal matrix, with its vector.
fn largest_pair(diagonal: &[f64], beside: &[f64]) -> (f64, DVector<f64>) {
    let size = diagonal.len();
    let matrix = DMatrix::from_fn(size, size, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[if i < j { i } else { j }],
        _ => 0.0,
    });
    let found = matrix.symmetric_eigen();
    let best = found.eigenvalues.imax();
    (found.eigenvalues[best], found.eigenvectors.column(best).into_owned())
}

/// R with `R R* = [B, s I - A] [B, s I - A]*`.
struct Triangle {
    size: usize,
    /// By columns, the entries down to the diagonal.
    columns: Vec<Vec<Complex>>,
}

impl Triangle {
    fn of(pencil: &Pencil, s: Complex) -> Self {
        let (states, inputs) = pencil.b.shape();
        // Column k of the trapezoid has rows 0..=k, at most all.
        let mut columns: Vec<Vec<Complex>> = Vec::with_capacity(states + inputs);
        for column in 0..inputs + states {
            let height = if column < states { column + 1 } else { states };
            let (source, at, sign) = if column < inputs {
                (&pencil.b, column, 1.0)
            } else {
                (&pencil.a, column - inputs, -1.0)
            };
            let values = &source.as_slice()[at * states..][..height];
            let mut values: Vec<Complex> =
                values.iter().map(|&value| Complex::new(sign * value, 0.0)).collect();
            if column >= inputs {
                values[column - inputs] += s;
            }
            columns.push(values);
        }
        for row in (0..states).rev() {
            fold(&mut columns[row..=row + inputs], row);
        }
        let mut columns = columns.split_off(inputs);
        let floor = f64::EPSILON * pencil.norm;
        for (row, column) in columns.iter_mut().enumerate() {
            column.truncate(row + 1);
            if column[row].norm() < floor {
                column[row] = Complex::new(floor, 0.0);
            }
        }
        Self { size: states, columns }
    }

    /// `(R R*)^-1 v`.
    fn inverse_square(&self, v: &DVector<Complex>) -> DVector<Complex> {
        let mut x: Vec<Complex> = v.as_slice().to_vec();
        for k in (0..self.size).rev() {
            let column = &self.columns[k];
            let value = x[k] / column[k];
            x[k] = value;
            x[..k].iter_mut().zip(column).for_each(|(x, r)| *x -= r * value);
        }
        for k in 0..self.size {
            let column = &self.columns[k];
            let sum: Complex = x[..k].iter().zip(column).map(|(x, r)| r.conj() * x).sum();
            x[k] = (x[k] - sum) / column[k].conj();
        }
        DVector::from_vec(x)
    }
}

/// Reflects columns so that row `row` is zero in all but the last of them; the
/// rows below are not touched.
fn fold(columns: &mut [Vec<Complex>], row: usize) {
    let last = columns.len() - 1;
    // H = I - 2 v v* acts on rows from the right; r H = (0, ..., 0, *) wants
    // v proportional to r* + phase |r| e.
    let mut v: Vec<Complex> = columns.iter().map(|column| column[row].conj()).collect();
    let length = DVector::from_column_slice(&v).norm();
    if length == 0.0 || v[..last].iter().all(|&value| value == Complex::default()) {
        return;
    }
    let phase = match v[last].norm() {
        0.0 => Complex::new(1.0, 0.0),
        size => v[last] / size,
    };
    v[last] += phase * length;
    let size = DVector::from_column_slice(&v).norm();
    for value in &mut v {
        *value /= size;
    }
    let mut along = vec![Complex::default(); row + 1];
    for (column, v) in columns.iter().zip(&v) {
        along.iter_mut().zip(column).for_each(|(sum, value)| *sum += value * v);
    }
    for (column, v) in columns.iter_mut().zip(&v) {
        let factor = v.conj() * 2.0;
        column.iter_mut().zip(&along).for_each(|(value, sum)| *value -= sum * factor);
    }
}
