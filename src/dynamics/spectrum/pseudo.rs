//! Pseudospectra: where the eigenvalues of slightly different matrices lie.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::Grid;
use crate::linalg::{Complex, EigenError, Resolvent};

/// A part of the complex plane.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Frame {
    /// Least and largest real part.
    pub real: (f64, f64),
    /// Least and largest imaginary part.
    pub imaginary: (f64, f64),
}

impl Frame {
    /// The square around all `values` and the origin with as much room on each side
    /// as `margin` says; one of length 2 where that has no size.
    #[must_use]
    pub fn around(values: &[Complex], margin: f64) -> Self {
        let all = || values.iter().copied().chain([Complex::new(0.0, 0.0)]);
        let ends = |part: fn(Complex) -> f64| {
            let low = all().map(part).min_by(f64::total_cmp).unwrap_or(0.0);
            (low, all().map(part).max_by(f64::total_cmp).unwrap_or(0.0))
        };
        let (real, imaginary) = (ends(|z| z.re), ends(|z| z.im));
        let (wide, high) = (real.1 - real.0, imaginary.1 - imaginary.0);
        let half = 0.5 * if wide > high { wide } else { high } + margin;
        let half = if half > 0.0 && half.is_finite() { half } else { 1.0 };
        let square = |(low, high): (f64, f64)| {
            let middle = 0.5 * (low + high);
            (middle - half, middle + half)
        };
        Self { real: square(real), imaginary: square(imaginary) }
    }
}

/// The smallest singular value of `z I - A` on a grid of the complex plane.
///
/// For a size e the curve on which it is e encloses the eigenvalues of all
/// matrices `A + E` with `||E||` below e in the 2-norm (Trefethen and Embree,
/// Spectra and Pseudospectra, 2005). Around the eigenvalues of a normal matrix
/// they are circles of radius e.
#[derive(Clone, Debug, PartialEq)]
pub struct Pseudospectrum {
    /// Real and imaginary parts, and the decimal logarithm of the smallest singular
    /// value; what is below the rounding error of the matrix counts as that.
    pub logarithms: Grid,
}

impl Pseudospectrum {
    /// The curves on which the smallest singular value is `size`, as points of
    /// real and imaginary part; closed ones end where they begin.
    #[must_use]
    pub fn contours(&self, size: f64) -> Vec<Vec<(f64, f64)>> {
        self.logarithms.contours(size.log10())
    }

    /// The largest modulus at which the smallest singular value is `size` or less,
    /// as far as the grid tells; `None` where there is none. Of a matrix whose
    /// powers grow before they decay it is beyond `1 + size`.
    #[must_use]
    pub fn radius(&self, size: f64) -> Option<f64> {
        let points = self.contours(size).into_iter().flatten();
        points.map(|(x, y)| x.hypot(y)).max_by(f64::total_cmp)
    }

    /// The size of the smallest perturbations that the grid resolves: no contour
    /// below its least value exists on it.
    #[must_use]
    pub fn least(&self) -> f64 {
        let least = self.logarithms.heights.iter().copied().min_by(f64::total_cmp);
        10.0_f64.powf(least.unwrap_or(f64::NEG_INFINITY))
    }
}

/// The pseudospectrum of a real matrix on `columns` x `rows` points, at least 2
/// each; `progress` is told each row that is done.
///
/// Rows that mirror each other in the real axis are computed once.
///
/// # Errors
///
/// [`EigenError`] where the matrix is not square or not finite.
///
/// # Panics
///
/// If there are fewer than 2 points in a direction.
pub fn pseudospectrum(
    matrix: &DMatrix<f64>,
    frame: Frame,
    (columns, rows): (usize, usize),
    progress: &(dyn Fn() + Sync),
) -> Result<Pseudospectrum, EigenError> {
    assert!(columns >= 2 && rows >= 2, "a grid has at least 2 x 2 points");
    let resolvent = Resolvent::new(matrix)?;
    let axis = |(low, high): (f64, f64), count: usize| -> Vec<f64> {
        (0..count).map(|k| low + (high - low) * (k as f64 / (count - 1) as f64)).collect()
    };
    let (x, y) = (axis(frame.real, columns), axis(frame.imaginary, rows));
    let span = (frame.imaginary.1 - frame.imaginary.0).abs();
    let mirror = |row: usize| {
        let other = y.iter().take(row).position(|&v| (v + y[row]).abs() <= 1e-12 * span);
        other.filter(|_| y[row] > 0.0)
    };
    let mirrors: Vec<Option<usize>> = (0..rows).map(mirror).collect();
    let largest = matrix.amax();
    let size = if largest > 0.0 { (matrix / largest).norm() * largest } else { f64::MIN_POSITIVE };
    let computed: Vec<Vec<f64>> = (0..rows)
        .into_par_iter()
        .map_init(
            || resolvent.workspace(),
            |work, row| {
                let heights = if mirrors[row].is_some() {
                    Vec::new()
                } else {
                    let height = |&re: &f64| {
                        let value = resolvent.smallest_singular(Complex::new(re, y[row]), work);
                        let floor = f64::EPSILON * size;
                        (if value > floor { value } else { floor }).log10()
                    };
                    x.iter().map(height).collect()
                };
                progress();
                heights
            },
        )
        .collect();
    let heights = (0..rows).flat_map(|row| computed[mirrors[row].unwrap_or(row)].iter().copied());
    let heights = heights.collect();
    Ok(Pseudospectrum { logarithms: Grid { x, y, heights } })
}
