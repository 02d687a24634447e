//! Frequencies at which a linear system moves, or answers, by itself.

use nalgebra::{Complex, DMatrix, DVector};

use crate::{linalg::generalized_eigenvalues, solve::SolveError};

/// Unknowns at most: the work grows with the cube of their number.
pub const LARGEST_POLES: usize = 1500;
/// Where the degree of a determinant is read off, in units of the scale of the system, from
/// there down, and how far from a whole number it may be.
const FAR: [f64; 4] = [1e15, 1e14, 1e13, 1e12];
const WHOLE: f64 = 0.02;
/// A refinement that moves an eigenvalue by more than that, relatively, went elsewhere.
const MOVED: f64 = 1e-2;
/// Steps of a refinement at most, and the relative change that is none.
const STEPS: usize = 6;
const SETTLED: f64 = 1e-15;

/// All finite `s`, 1/s, for which `(g + s c) x = 0` has a solution that is not 0, each as often
/// as its multiplicity, by falling real part: the poles of a circuit with those
/// matrices, and the zeros of a transfer function with its augmented ones.
///
/// The QZ iteration finds all of them; each is then refined by inverse iteration.
///
/// # Errors
///
/// Matrices that are too large, not finite, or for which every `s` is a solution.
///
/// # Panics
///
/// If the two are not square matrices of one size.
pub fn natural_frequencies(
    g: &DMatrix<f64>,
    c: &DMatrix<f64>,
) -> Result<Vec<Complex<f64>>, SolveError> {
    let size = g.nrows();
    assert!(g.is_square() && c.shape() == g.shape(), "two square matrices of one size");
    if size > LARGEST_POLES {
        let message = format!(
            "{size} unknowns are more than the {LARGEST_POLES} that poles are looked for in"
        );
        return Err(SolveError::Argument(message));
    }
    let (largest_g, largest_c) = (g.amax(), c.amax());
    if largest_c == 0.0 {
        return Ok(Vec::new());
    }
    let unit = if largest_g > 0.0 { largest_g / largest_c } else { 1.0 };
    let pencil = Pencil::new(g.clone(), c * unit);
    let failed = |error: crate::linalg::EigenError| SolveError::Argument(error.to_string());
    let degree = pencil.degree().ok_or_else(|| {
        let message = "the equations are singular at every frequency, or nearly so";
        SolveError::Argument(message.to_owned())
    })?;
    let mut candidates: Vec<Complex<f64>> = generalized_eigenvalues(&pencil.g, &-&pencil.c)
        .map_err(failed)?
        .into_iter()
        // Those of a conjugate pair come together, and one is the mirror image.
        .filter(|(alpha, beta)| *beta != 0.0 && alpha.im * beta >= 0.0)
        .map(|(alpha, beta)| alpha / beta)
        .filter(|value| value.norm().is_finite())
        .collect();
    // Infinite ones come out of the iteration as large ones: as many as the degree are not.
    candidates.sort_by(|a, b| a.norm().total_cmp(&b.norm()));
    let mut found = Vec::new();
    for first in candidates {
        if found.len() >= degree {
            break;
        }
        let refined = pencil.refined(first);
        let moved = (refined - first).norm() / first.norm();
        // What is repeated is not found any better.
        let value = if moved <= MOVED || first.norm() == 0.0 { refined } else { first } * unit;
        found.push(value);
        if value.im != 0.0 {
            found.push(value.conj());
        }
    }
    if found.len() != degree {
        let message = format!("{} of {degree} frequencies were found", found.len());
        return Err(SolveError::Argument(message));
    }
    found.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    Ok(found)
}

/// Two matrices with rows and columns of size 1.
struct Pencil {
    g: DMatrix<f64>,
    c: DMatrix<f64>,
}

impl Pencil {
    fn new(mut g: DMatrix<f64>, mut c: DMatrix<f64>) -> Self {
        let size =
            |largest: f64| if largest > 0.0 { (-largest.log2().round()).exp2() } else { 1.0 };
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        for k in 0..g.nrows() {
            let factor = size(larger(g.row(k).amax(), c.row(k).amax()));
            g.row_mut(k).scale_mut(factor);
            c.row_mut(k).scale_mut(factor);
        }
        for k in 0..g.ncols() {
            let factor = size(larger(g.column(k).amax(), c.column(k).amax()));
            g.column_mut(k).scale_mut(factor);
            c.column_mut(k).scale_mut(factor);
        }
        Self { g, c }
    }

    /// The logarithm of the modulus of the determinant of `g + s c`; `None` where it is 0.
    fn log_determinant(&self, s: f64) -> Option<f64> {
        let lu = (&self.g + &self.c * s).lu();
        let sum: f64 = lu.u().diagonal().iter().map(|pivot| pivot.abs().ln()).sum();
        sum.is_finite().then_some(sum)
    }

    /// The degree of the determinant of `g + s c` as a polynomial in s: the slope of its
    /// logarithm far above all of its zeros.
    fn degree(&self) -> Option<usize> {
        FAR.into_iter().find_map(|far| {
            let (low, high) = (self.log_determinant(far)?, self.log_determinant(2.0 * far)?);
            let slope = (high - low) / std::f64::consts::LN_2;
            let whole = slope.round();
            let is_whole = (slope - whole).abs() <= WHOLE && whole >= 0.0;
            (is_whole && whole <= self.g.nrows() as f64).then_some(whole as usize)
        })
    }

    /// Inverse iteration from an eigenvalue that is nearly right: with the factors of
    /// `M = g + s c` and `w = M^-1 c v` the eigenvalue is `s - v.v / v.w`.
    fn refined(&self, first: Complex<f64>) -> Complex<f64> {
        let complex = |matrix: &DMatrix<f64>| matrix.map(|value| Complex::new(value, 0.0));
        let (g, c) = (complex(&self.g), complex(&self.c));
        let mut value = first;
        // A start that no symmetry makes blind.
        let count = g.nrows() as f64;
        let mut v = DVector::from_fn(g.nrows(), |k, _| Complex::new(1.0 + k as f64 / count, 0.0));
        for step in 0..STEPS {
            let lu = (&g + &c * value).lu();
            let Some(w) = lu.solve(&(&c * &v)).filter(|w| w.iter().all(|x| x.norm().is_finite()))
            else {
                // Exactly singular: an eigenvalue.
                return value;
            };
            let size = w.norm();
            if !(size > 0.0) {
                return first;
            }
            // The first step only finds the vector.
            if step > 0 {
                let change = v.dotc(&v) / v.dotc(&w);
                if !change.norm().is_finite() {
                    return value;
                }
                value -= change;
                if change.norm() <= SETTLED * value.norm() {
                    return value;
                }
            }
            v = w / Complex::new(size, 0.0);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[Complex<f64>], wanted: &[Complex<f64>], relative: f64) {
        assert_eq!(found.len(), wanted.len(), "{found:?}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).norm() <= relative * wanted.norm(), "{found} {wanted}");
        }
    }

    /// A ladder of equal sections, open at its end: `-4 sin^2((2k - 1) pi / (4n + 2)) / RC`.
    #[test]
    fn a_ladder_has_the_poles_of_the_book() {
        let (n, r, c) = (12, 1e3, 1e-9);
        let mut g = DMatrix::zeros(n, n);
        for k in 0..n {
            g[(k, k)] = if k + 1 < n { 2.0 / r } else { 1.0 / r };
            if k + 1 < n {
                g[(k, k + 1)] = -1.0 / r;
                g[(k + 1, k)] = -1.0 / r;
            }
        }
        let found = natural_frequencies(&g, &(DMatrix::identity(n, n) * c)).unwrap();
        let wanted: Vec<Complex<f64>> = (1..=n)
            .map(|k| {
                let angle = (2 * k - 1) as f64 * std::f64::consts::PI / (4 * n + 2) as f64;
                Complex::new(-4.0 * angle.sin().powi(2) / (r * c), 0.0)
            })
            .collect();
        close(&found, &wanted, 1e-13);
    }

    /// Poles twelve decades apart, and algebraic rows.
    #[test]
    fn far_apart_ones_are_all_exact() {
        let rates = [1.0, 1e4, 1e8, 1e12];
        let n = rates.len() + 2;
        let mut g = DMatrix::zeros(n, n);
        let mut c = DMatrix::zeros(n, n);
        for (k, rate) in rates.into_iter().enumerate() {
            g[(k, k)] = rate * 1e-9;
            c[(k, k)] = 1e-9;
        }
        // A source: v = 0 and its current.
        g[(4, 5)] = 1.0;
        g[(5, 4)] = 1.0;
        g[(0, 4)] = -1e-9;
        let found = natural_frequencies(&g, &c).unwrap();
        close(&found, &rates.map(|rate| Complex::new(-rate, 0.0)), 1e-12);
    }

    #[test]
    fn what_is_far_away_is_neither_lost_nor_invented() {
        // 1 F and 0.5 pF on 1 ohm each.
        let g = DMatrix::identity(2, 2);
        let c = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 5e-13]);
        let wanted = [Complex::new(-1.0, 0.0), Complex::new(-2e12, 0.0)];
        close(&natural_frequencies(&g, &c).unwrap(), &wanted, 1e-12);
        // The numerator of a ladder is a constant: no zeros.
        let n = 9;
        let mut g = DMatrix::zeros(n + 1, n + 1);
        let mut c = DMatrix::zeros(n + 1, n + 1);
        for k in 0..n {
            let own = 1e-3 * (1.0 + k as f64);
            g[(k, k)] += own;
            if k + 1 < n {
                g[(k, k)] += own + 1e-3;
                g[(k, k + 1)] -= own + 1e-3;
                g[(k + 1, k)] -= own + 1e-3;
                g[(k + 1, k + 1)] += own + 1e-3;
            }
            c[(k, k)] = 1e-9 * (1.0 + 0.3 * k as f64);
        }
        g[(0, n)] = 1e-3;
        g[(n, n - 1)] = 1.0;
        assert_eq!(natural_frequencies(&g, &c).unwrap(), []);
    }

    /// A chain of equal stages has one pole of high multiplicity.
    #[test]
    fn equal_stages_are_no_error() {
        let n = 10;
        let mut g = DMatrix::identity(n, n);
        for k in 1..n {
            g[(k, k - 1)] = -1.0;
        }
        let found = natural_frequencies(&g, &DMatrix::identity(n, n)).unwrap();
        assert_eq!(found.len(), n);
        // The tenth root of the rounding error.
        assert!(found.iter().all(|s| (s + 1.0).norm() < 0.1), "{found:?}");
    }

    #[test]
    fn nothing_moves_without_storage_and_a_singular_pair_is_an_error() {
        let one = DMatrix::from_element(1, 1, 1.0);
        assert_eq!(natural_frequencies(&one, &DMatrix::zeros(1, 1)).unwrap(), []);
        let g = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 0.0]);
        let error = natural_frequencies(&g, &g).unwrap_err();
        assert!(error.to_string().contains("singular at every frequency"), "{error}");
    }
}
