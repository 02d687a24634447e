//! Everything that is asked of a spectrum at once.

use nalgebra::DMatrix;

use super::{Bulk, Ensemble, Fit, Modes, Role, Spectrum, Theory, TheoryError, modes, usual_draws};
use crate::linalg::EigenError;

/// What to find out beyond the eigenvalues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExamineOptions {
    /// The law to compare with; `None` for the one that suits the matrix.
    pub ensemble: Option<Ensemble>,
    /// Random matrices to compare with; `None` for [`usual_draws`].
    pub draws: Option<usize>,
    /// Whether to find the eigenvectors, and with them the condition numbers.
    pub modes: bool,
}

/// A spectrum with its bulk, the law to compare it with, and how well that fits.
#[derive(Clone, Debug)]
pub struct Examination {
    /// Eigenvalues, symmetric part and norm.
    pub spectrum: Spectrum,
    /// The bulk; `None` where there are too few eigenvalues for one.
    pub bulk: Option<Bulk>,
    /// The law, or why there is none.
    pub theory: Result<Theory, TheoryError>,
    /// How well the law describes the bulk; `None` where one of them is missing.
    pub fit: Option<Fit>,
    /// Eigenvectors and condition numbers, where they were asked for.
    pub modes: Option<Modes>,
}

/// Examines a matrix; `progress` is told the fraction of the random matrices that
/// are done.
///
/// # Errors
///
/// [`EigenError`] where the matrix is not square or not finite.
pub fn examine(
    matrix: &DMatrix<f64>,
    role: Role,
    options: &ExamineOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Examination, EigenError> {
    let spectrum = Spectrum::new(matrix, role)?;
    let theory = match options.ensemble {
        None => Theory::choose(matrix),
        Some(ensemble) => Theory::of(ensemble, matrix),
    };
    let mut bulk = Bulk::fit(&spectrum.values);
    let mut fit = None;
    if let (Some(found), Ok(theory)) = (&bulk, &theory) {
        let draws = options.draws.unwrap_or_else(|| usual_draws(matrix.nrows()));
        let done = std::sync::atomic::AtomicUsize::new(0);
        let tell = || {
            let done = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            progress(done as f64 / draws as f64);
        };
        let (judged, calibrated) = theory.compare(&spectrum.values, found, draws, &tell)?;
        (fit, bulk) = (Some(judged), Some(calibrated));
    }
    let modes = options.modes.then(|| modes(matrix)).transpose()?;
    Ok(Examination { spectrum, bulk, theory, fit, modes })
}
