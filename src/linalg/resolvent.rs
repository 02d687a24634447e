//! Norms of resolvents: the smallest singular values of shifted matrices.

use faer::MatMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::hessenberg::{hessenberg_in_place, hessenberg_in_place_scratch};
use faer::prelude::Par;
use nalgebra::DMatrix;
use pulp::{Simd, WithSimd};

use super::dense::not_finite;
use super::range::in_range;
use super::vector::dot;
use super::{Complex, EigenError};
use crate::vectors::dispatch;

/// Steps of Lanczos's method at most, and the relative change at which it ends.
const STEPS: usize = 40;
const ENOUGH: f64 = 1e-5;

/// A real matrix in Hessenberg form, of which `z I - A` is factored and inverted
/// at any z in a time that grows with the square of the size.
#[derive(Clone, Debug)]
pub struct Resolvent {
    /// By columns, zero below the subdiagonal; unitarily similar to the matrix.
    hessenberg: DMatrix<f64>,
    norm: f64,
    /// What the matrix was divided by.
    scale: f64,
}

/// Real and imaginary parts, side by side for the vector instructions.
#[derive(Clone, Debug)]
struct Split {
    re: Vec<f64>,
    im: Vec<f64>,
}

/// Memory for one shift after another.
#[derive(Clone, Debug)]
pub struct ResolventWorkspace {
    /// R of `z I - H = Q R` by columns, whose singular values are those of `z I - A`.
    triangle: Split,
    basis: [Split; 2],
    image: Split,
}

impl Split {
    fn zeros(length: usize) -> Self {
        Self { re: vec![0.0; length], im: vec![0.0; length] }
    }
}

impl Resolvent {
    /// Brings a matrix to Hessenberg form.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where the matrix is not square or not finite.
    pub fn new(matrix: &DMatrix<f64>) -> Result<Self, EigenError> {
        let (rows, columns) = matrix.shape();
        if rows != columns {
            return Err(EigenError::NotSquare { rows, columns });
        }
        if let Some((row, column)) = not_finite(matrix) {
            return Err(EigenError::NotFinite { row, column });
        }
        let (matrix, scale) = in_range(matrix);
        let norm = matrix.norm();
        let mut hessenberg = matrix.into_owned();
        if rows > 2 {
            let block = 16;
            let mut factors = DMatrix::zeros(block, rows - 1);
            let params = faer::Spec::default();
            let mut memory =
                MemBuffer::new(hessenberg_in_place_scratch::<f64>(rows, block, Par::Seq, params));
            hessenberg_in_place(
                MatMut::from_column_major_slice_mut(hessenberg.as_mut_slice(), rows, rows),
                MatMut::from_column_major_slice_mut(factors.as_mut_slice(), block, rows - 1),
                Par::Seq,
                MemStack::new(&mut memory),
                params,
            );
        }
        for column in 0..rows {
            for row in column + 2..rows {
                hessenberg[(row, column)] = 0.0;
            }
        }
        Ok(Self { hessenberg, norm, scale })
    }

    /// Memory for [`Resolvent::smallest_singular`].
    #[must_use]
    pub fn workspace(&self) -> ResolventWorkspace {
        let size = self.hessenberg.nrows();
        ResolventWorkspace {
            triangle: Split::zeros(size * size),
            basis: [Split::zeros(size), Split::zeros(size)],
            image: Split::zeros(size),
        }
    }

    /// The smallest singular value of `z I - A`, the reciprocal of the norm of
    /// the resolvent: zero at an eigenvalue, infinite for an empty matrix.
    ///
    /// By Lanczos's method on `((z I - A)* (z I - A))^-1` (Trefethen and Embree,
    /// Spectra and Pseudospectra, chapter 39), to about four digits. What is not
    /// above rounding, `2^-52 (||A|| + |z|)`, is noise, and may be reported as 0.
    #[must_use]
    pub fn smallest_singular(&self, z: Complex, work: &mut ResolventWorkspace) -> f64 {
        if self.hessenberg.is_empty() {
            return f64::INFINITY;
        }
        let scaled = z / self.scale;
        if !(scaled.re.is_finite() && scaled.im.is_finite()) {
            // The matrix is nothing beside z.
            return z.norm();
        }
        let ready = self.triangularise(scaled, &mut work.triangle);
        let mut value = 0.0;
        if ready {
            dispatch(Lanczos { work, value: &mut value });
        }
        value * self.scale
    }

    /// `z I - H = Q R` by rotations, a column at a time; false where R is
    /// singular to rounding.
    fn triangularise(&self, z: Complex, triangle: &mut Split) -> bool {
        let size = self.hessenberg.nrows();
        let floor = f64::EPSILON * (self.norm + z.norm());
        let mut rotations: Vec<(f64, Complex)> = Vec::with_capacity(size);
        for column in 0..size {
            let entries = &self.hessenberg.as_slice()[column * size..(column + 1) * size];
            let shifted = |row: usize| {
                let diagonal = if row == column { z } else { Complex::new(0.0, 0.0) };
                diagonal - entries[row]
            };
            let mut upper = shifted(0);
            let (re, im) = (&mut triangle.re[column * size..], &mut triangle.im[column * size..]);
            for (row, &(cosine, sine)) in rotations.iter().enumerate() {
                let lower = shifted(row + 1);
                let turned = upper * cosine + sine * lower;
                (re[row], im[row]) = (turned.re, turned.im);
                upper = lower * cosine - sine.conj() * upper;
            }
            if column + 1 < size {
                // The rotation that makes the entry below the diagonal zero.
                let lower = Complex::new(-entries[column + 1], 0.0);
                let length = upper.norm().hypot(lower.norm());
                let phase =
                    if upper.norm() > 0.0 { upper / upper.norm() } else { Complex::new(1.0, 0.0) };
                rotations.push(if length > 0.0 {
                    (upper.norm() / length, phase * lower.conj() / length)
                } else {
                    (1.0, Complex::new(0.0, 0.0))
                });
                upper = phase * length;
            }
            (re[column], im[column]) = (upper.re, upper.im);
            if upper.norm() <= floor {
                return false;
            }
        }
        true
    }
}

struct Lanczos<'a> {
    work: &'a mut ResolventWorkspace,
    value: &'a mut f64,
}

impl WithSimd for Lanczos<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
    fn with_simd<S: Simd>(self, _simd: S) {
        let ResolventWorkspace { triangle, basis: [now, before], image } = self.work;
        let size = now.re.len();
        // Any vector that is not orthogonal to what is looked for.
        for (k, value) in now.re.iter_mut().enumerate() {
            *value = 1.0 + 0.5 * (k as f64 * 0.7).sin();
        }
        now.im.fill(0.0);
        before.re.fill(0.0);
        before.im.fill(0.0);
        let length = norm(now);
        now.re.iter_mut().for_each(|value| *value /= length);
        let (mut diagonal, mut beside) = (Vec::new(), Vec::<f64>::new());
        let mut largest = 0.0;
        for step in 0..STEPS {
            image.re.copy_from_slice(&now.re);
            image.im.copy_from_slice(&now.im);
            solve_adjoint(triangle, image);
            solve(triangle, image);
            let overlap = dot(&image.re, &now.re) + dot(&image.im, &now.im);
            let back = beside.last().copied().unwrap_or(0.0);
            for (image, now, before) in
                [(&mut image.re, &now.re, &before.re), (&mut image.im, &now.im, &before.im)]
            {
                for ((image, now), before) in image.iter_mut().zip(now).zip(before) {
                    *image -= overlap * now + back * before;
                }
            }
            diagonal.push(overlap);
            let rest = norm(image);
            let found = largest_eigenvalue(&diagonal, &beside);
            let is_settled = step > 1 && found - largest <= ENOUGH * found;
            largest = found;
            if is_settled || step + 1 == size || rest <= ENOUGH * found {
                break;
            }
            beside.push(rest);
            std::mem::swap(before, now);
            now.re.iter_mut().zip(&image.re).for_each(|(now, image)| *now = image / rest);
            now.im.iter_mut().zip(&image.im).for_each(|(now, image)| *now = image / rest);
        }
        *self.value = largest.sqrt().recip();
    }
}

/// `R x = b` in place, a column of R at a time.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn solve(triangle: &Split, x: &mut Split) {
    let size = x.re.len();
    for column in (0..size).rev() {
        let from = column * size;
        let re = &triangle.re[from..from + column];
        let im = &triangle.im[from..from + column];
        let pivot = Complex::new(triangle.re[from + column], triangle.im[from + column]);
        let value = Complex::new(x.re[column], x.im[column]) / pivot;
        (x.re[column], x.im[column]) = (value.re, value.im);
        let above = x.re[..column].iter_mut().zip(&mut x.im[..column]);
        for (((x, y), re), im) in above.zip(re).zip(im) {
            *x -= re * value.re - im * value.im;
            *y -= re * value.im + im * value.re;
        }
    }
}

/// `R* x = b` in place.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn solve_adjoint(triangle: &Split, x: &mut Split) {
    let size = x.re.len();
    for column in 0..size {
        let from = column * size;
        let re = &triangle.re[from..from + column];
        let im = &triangle.im[from..from + column];
        let (done_re, done_im) = (&x.re[..column], &x.im[..column]);
        let known =
            Complex::new(dot(re, done_re) + dot(im, done_im), dot(re, done_im) - dot(im, done_re));
        let pivot = Complex::new(triangle.re[from + column], -triangle.im[from + column]);
        let value = (Complex::new(x.re[column], x.im[column]) - known) / pivot;
        (x.re[column], x.im[column]) = (value.re, value.im);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]
fn norm(x: &Split) -> f64 {
    (dot(&x.re, &x.re) + dot(&x.im, &x.im)).sqrt()
}

/// The largest eigenvalue of a symmetric tridiagonal matrix, which is positive,
/// by halving: all pivots of `T - t` are negative where t lies above it.
fn largest_eigenvalue(diagonal: &[f64], beside: &[f64]) -> f64 {
    let above = |t: f64| {
        let mut pivot = diagonal[0] - t;
        let mut rest = diagonal[1..].iter().zip(beside);
        pivot < 0.0
            && rest.all(|(d, b)| {
                pivot = d - t - b * b / pivot;
                pivot < 0.0
            })
    };
    let low = diagonal.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let reach: f64 = beside.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let (mut low, mut high) = (low, low + 2.0 * reach);
    while high - low > 1e-13 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if above(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::singular_values;

    fn matrix(size: usize) -> DMatrix<f64> {
        let mut state = 1_u64;
        DMatrix::from_fn(size, size, |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        })
    }

    #[test]
    fn the_smallest_singular_value_is_that_of_the_whole_decomposition() {
        for size in [1, 2, 3, 10, 67] {
            let a = matrix(size);
            let resolvent = Resolvent::new(&a).unwrap();
            let mut work = resolvent.workspace();
            for (re, im) in [(0.3, 0.4), (-1.0, 0.0), (0.0, 2.0), (40.0, -30.0)] {
                let z = Complex::new(re, im);
                let shifted = DMatrix::from_diagonal_element(size, size, z)
                    - a.map(|value| Complex::new(value, 0.0));
                let expected = *singular_values(&shifted).unwrap().last().unwrap();
                let found = resolvent.smallest_singular(z, &mut work);
                assert!((found / expected - 1.0).abs() < 1e-3, "{size} {z}: {found} {expected}");
            }
        }
    }

    /// A Jordan block, whose resolvent is large far from its only eigenvalue.
    #[test]
    fn defective_matrices_are_no_trouble() {
        let mut block = DMatrix::zeros(20, 20);
        for k in 1..20 {
            block[(k - 1, k)] = 1.0;
        }
        let resolvent = Resolvent::new(&block).unwrap();
        let mut work = resolvent.workspace();
        assert_eq!(resolvent.smallest_singular(Complex::new(0.0, 0.0), &mut work), 0.0);
        let half = resolvent.smallest_singular(Complex::new(0.3, 0.4), &mut work);
        // Between the distance to the last corner entry and twice that.
        let corner = 0.5_f64.powi(20);
        assert!((0.5 * corner..=corner).contains(&half), "{half:e}");
    }

    #[test]
    fn what_has_no_resolvent_is_refused() {
        let refused = Resolvent::new(&DMatrix::zeros(2, 3)).unwrap_err();
        assert_eq!(refused, EigenError::NotSquare { rows: 2, columns: 3 });
        let mut holed = DMatrix::zeros(3, 3);
        holed[(2, 1)] = f64::INFINITY;
        assert_eq!(
            Resolvent::new(&holed).unwrap_err(),
            EigenError::NotFinite { row: 2, column: 1 }
        );
        let empty = Resolvent::new(&DMatrix::zeros(0, 0)).unwrap();
        let mut work = empty.workspace();
        assert_eq!(empty.smallest_singular(Complex::new(1.0, 0.0), &mut work), f64::INFINITY);
    }
}
