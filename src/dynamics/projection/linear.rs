//! Linear projections of a trajectory.

use nalgebra::{DMatrix, DVector, RowDVector};

use super::independent::{self, independent};
use crate::linalg::{SvdError, svd};

/// How a trajectory is brought to a few dimensions. X is steps x units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Method {
    /// X V of the singular value decomposition `X = U S V^T`, without taking
    /// means off: the truncated SVD of the papers. Fractions are of the sum of
    /// squares of X.
    Svd,
    /// Principal components of X: the mean of each unit over time is taken off.
    Pca,
    /// What the papers plot as principal components: the analysis is made of
    /// the transpose, with units as samples, so that the mean over units is
    /// taken off at each time; what is plotted over time are its unit vectors,
    /// which have no scale.
    PublishedPca,
    /// Independent components: the first principal components, turned so that
    /// they are as little normal as can be (`FastICA`, Hyvarinen, IEEE Trans.
    /// Neural Networks 10, 626, 1999: symmetric, with the contrast log cosh).
    Ica {
        /// Seed of the first guess.
        seed: u64,
    },
}

impl Method {
    /// Its name for a figure.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Svd => "SVD (not centred)",
            Self::Pca => "PCA (centred in time)",
            Self::PublishedPca => "PCA as published (centred across units)",
            Self::Ica { .. } => "FastICA",
        }
    }

    /// What stands at its axes.
    #[must_use]
    pub fn axis(self) -> &'static str {
        match self {
            Self::Svd => "SVD",
            Self::Pca => "PC",
            Self::PublishedPca => "published PC",
            Self::Ica { .. } => "IC",
        }
    }
}

/// A trajectory in a few dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// How it was made.
    pub method: Method,
    /// Steps x components.
    pub points: DMatrix<f64>,
    /// Share of the variance (of the sum of squares for [`Method::Svd`]) along
    /// every direction there is, falling; for [`Method::Ica`] that of each of
    /// its components.
    pub fractions: Vec<f64>,
}

/// Why a trajectory has no projection.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// There are fewer directions than components asked for.
    #[error("{steps} steps of {units} units have no {components} components")]
    TooFew {
        /// Steps of the trajectory.
        steps: usize,
        /// Its units.
        units: usize,
        /// Components asked for.
        components: usize,
    },
    /// The trajectory does not move in as many directions as components are asked for.
    #[error("the trajectory moves in {found} directions only, {components} are asked for")]
    Flat {
        /// Directions with more than rounding in them.
        found: usize,
        /// Components asked for.
        components: usize,
    },
    /// The singular values cannot be found.
    #[error(transparent)]
    Svd(#[from] SvdError),
    /// No rotation makes the components independent.
    #[error(
        "no independent components were found in {iterations} iterations: they still turned by {change:.1e}"
    )]
    NotIndependent {
        /// Iterations done.
        iterations: usize,
        /// Change in the last of them.
        change: f64,
    },
}

/// Projects `states`, steps x units, on `components` directions.
///
/// The sign of a direction is the one that makes its largest entry positive
/// (the first of equal ones), where the direction is a vector over units, or
/// over time for [`Method::PublishedPca`].
///
/// # Errors
///
/// See [`ProjectionError`].
pub fn project(
    states: &DMatrix<f64>,
    method: Method,
    components: usize,
) -> Result<Projection, ProjectionError> {
    let (steps, units) = states.shape();
    if components == 0 || components > steps || components > units {
        return Err(ProjectionError::TooFew { steps, units, components });
    }
    match method {
        Method::Svd => Ok(principal(states, method, components)?.0),
        Method::Pca => Ok(principal(&centred(states), method, components)?.0),
        Method::PublishedPca => published(states, components),
        Method::Ica { seed } => {
            let (whole, directions) = principal(&centred(states), method, components)?;
            let (points, fractions) = independent::explained(
                &independent(&whole.points, seed)?,
                &whole.points,
                &directions,
                &whole.fractions,
            );
            Ok(Projection { method, points, fractions })
        }
    }
}

/// Without the mean of each column.
pub(super) fn centred(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let mean: RowDVector<f64> = matrix.row_mean();
    let mut centred = matrix.clone();
    for mut row in centred.row_iter_mut() {
        row -= &mean;
    }
    centred
}

/// The projection on the first right singular vectors, and these.
fn principal(
    matrix: &DMatrix<f64>,
    method: Method,
    components: usize,
) -> Result<(Projection, DMatrix<f64>), ProjectionError> {
    let found = svd(matrix)?;
    check_rank(&found.values, components)?;
    let mut directions = found.right.columns(0, components).into_owned();
    for mut direction in directions.column_iter_mut() {
        let sign = sign_of_largest(&direction.clone_owned());
        direction *= sign;
    }
    let points = matrix * &directions;
    Ok((Projection { method, points, fractions: fractions(&found.values) }, directions))
}

/// A trajectory at rest has no directions.
fn check_rank(values: &[f64], components: usize) -> Result<(), ProjectionError> {
    let largest = values.first().copied().unwrap_or(0.0);
    let found = values.iter().filter(|&&value| value > 1e-12 * largest && value > 0.0).count();
    if found >= components { Ok(()) } else { Err(ProjectionError::Flat { found, components }) }
}

fn fractions(values: &[f64]) -> Vec<f64> {
    let total: f64 = values.iter().map(|value| value * value).sum();
    values.iter().map(|value| value * value / total).collect()
}

/// The unit vectors over time of the units x steps matrix.
fn published(states: &DMatrix<f64>, components: usize) -> Result<Projection, ProjectionError> {
    let found = svd(&centred(&states.transpose()))?;
    check_rank(&found.values, components)?;
    let mut points = found.right.columns(0, components).into_owned();
    for mut direction in points.column_iter_mut() {
        let sign = sign_of_largest(&direction.clone_owned());
        direction *= sign;
    }
    Ok(Projection { method: Method::PublishedPca, points, fractions: fractions(&found.values) })
}

/// The sign of the entry of largest size, the first of equal ones.
pub(super) fn sign_of_largest(vector: &DVector<f64>) -> f64 {
    let mut largest = 0.0_f64;
    for &entry in vector.iter() {
        // Entries of equal size differ by rounding; the first keeps its place.
        if entry.abs() > largest.abs() * (1.0 + 1e-9) {
            largest = entry;
        }
    }
    if largest < 0.0 { -1.0 } else { 1.0 }
}
