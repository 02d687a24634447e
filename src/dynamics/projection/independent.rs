//! Independent components.

use nalgebra::DMatrix;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::linear::{ProjectionError, sign_of_largest};
use crate::linalg::svd;

/// A rotation counts as found when no component turns by more than this, 1 - |cos|.
const STILL: f64 = 1e-12;
const ITERATIONS: usize = 2000;
/// First guesses tried.
const GUESSES: u64 = 4;

/// What turns whitened scores into independent components, components x components.
///
/// # Errors
///
/// [`ProjectionError::NotIndependent`] where no guess leads to a rotation.
pub(super) fn independent(
    scores: &DMatrix<f64>,
    seed: u64,
) -> Result<DMatrix<f64>, ProjectionError> {
    let white = whitened(scores);
    let mut last = Ok(DMatrix::zeros(0, 0));
    for guess in 0..GUESSES {
        last = turned(&white, first_guess(scores.ncols(), seed, guess)?);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// Scores with unit variance; they are uncorrelated and have no mean already.
fn whitened(scores: &DMatrix<f64>) -> DMatrix<f64> {
    let mut white = scores.clone();
    let root = (scores.nrows() as f64).sqrt();
    for mut column in white.column_iter_mut() {
        let scale = root / column.norm();
        column *= scale;
    }
    white
}

fn first_guess(size: usize, seed: u64, stream: u64) -> Result<DMatrix<f64>, ProjectionError> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut words = ChaCha8Rng::from_seed(key);
    words.set_stream(stream);
    // 53 bits of each word, between -1 and 1.
    let unit = 2.0 / (1_u64 << 53) as f64;
    let entries = std::iter::repeat_with(|| (words.next_u64() >> 11) as f64 * unit - 1.0);
    decorrelated(&DMatrix::from_iterator(size, size, entries.take(size * size)))
}

/// The nearest matrix with orthonormal rows, `(W W^T)^(-1/2) W`.
fn decorrelated(matrix: &DMatrix<f64>) -> Result<DMatrix<f64>, ProjectionError> {
    let parts = svd(matrix)?;
    Ok(parts.left * parts.right.transpose())
}

/// The fixed-point iteration `w <- E[z g(w z)] - E[g'(w z)] w` with g = tanh, for
/// all rows at once.
fn turned(white: &DMatrix<f64>, mut rows: DMatrix<f64>) -> Result<DMatrix<f64>, ProjectionError> {
    let count = white.nrows() as f64;
    let mut change = f64::INFINITY;
    for _ in 0..ITERATIONS {
        let contrast = (white * rows.transpose()).map(f64::tanh);
        let mut next = contrast.transpose() * white / count;
        for (at, column) in contrast.column_iter().enumerate() {
            let slope = column.iter().map(|g| 1.0 - g * g).sum::<f64>() / count;
            let own = rows.row(at) * slope;
            let mut row = next.row_mut(at);
            row -= own;
        }
        let next = decorrelated(&next)?;
        let turns = (0..rows.nrows()).map(|at| 1.0 - next.row(at).dot(&rows.row(at)).abs());
        change = turns.max_by(f64::total_cmp).unwrap_or(0.0);
        rows = next;
        if change <= STILL {
            return Ok(rows);
        }
    }
    Err(ProjectionError::NotIndependent { iterations: ITERATIONS, change })
}

/// The components with unit variance, the one with the largest share of the
/// variance of all units first, and these shares.
///
/// `scores = X directions`, and `fractions` are the shares of the directions.
pub(super) fn explained(
    rows: &DMatrix<f64>,
    scores: &DMatrix<f64>,
    directions: &DMatrix<f64>,
    fractions: &[f64],
) -> (DMatrix<f64>, Vec<f64>) {
    let size = rows.nrows();
    let white = whitened(scores);
    // X = white diag(sd) directions^T + the rest, and white = components rows.
    let lengths: Vec<f64> = scores.column_iter().map(|column| column.norm()).collect();
    let mixing = rows * DMatrix::from_fn(size, size, |i, j| if i == j { lengths[i] } else { 0.0 });
    let squares: f64 = lengths.iter().map(|length| length * length).sum();
    let share_of_all: f64 = fractions.iter().take(size).sum();
    let mut order: Vec<(usize, f64)> =
        (0..size).map(|at| (at, mixing.row(at).norm_squared() / squares * share_of_all)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut points = DMatrix::zeros(white.nrows(), size);
    let mut shares = Vec::with_capacity(size);
    for (place, (at, share)) in order.into_iter().enumerate() {
        let over_units = directions * mixing.row(at).transpose();
        let component = &white * rows.row(at).transpose() * sign_of_largest(&over_units);
        points.set_column(place, &component);
        shares.push(share);
    }
    (points, shares)
}
