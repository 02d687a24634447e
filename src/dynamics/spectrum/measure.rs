//! Measurements of a matrix that tell kinds of random matrices apart.

use nalgebra::DMatrix;

use crate::linalg::{EigenError, symmetric_eigenvalues};

/// Singular values whose square is beyond this many times the mean square
/// belong to something of low rank: those of independent entries end at 4.
const LOW_RANK: f64 = 6.0;

/// What is measured of a matrix whose largest entry is 1.
pub(super) struct Measured {
    /// Rows.
    pub(super) units: f64,
    /// What the matrix was divided by.
    pub(super) scale: f64,
    /// Sum of all entries over the units: where their mean puts an eigenvalue.
    pub(super) mean_eigenvalue: f64,
    /// Share of entries that are zero.
    pub(super) zeros: f64,
    /// `(mean |w|)^2 / mean w^2` of the entries that are not: 2 / pi for normal
    /// ones of any sign.
    pub(super) evenness: f64,
    /// Root mean square of all entries times the root of the units.
    pub(super) size: f64,
    /// Whether it is an orthogonal matrix times a gain.
    pub(super) is_orthogonal: bool,
    /// Of the signs that units have, if they have one each.
    pub(super) signed: Option<Signed>,
    /// The singular values less the mean of each class, rising, without those of
    /// low rank.
    pub(super) singular: Vec<f64>,
    /// `mean s^4 / (mean s^2)^2` of them: 1 of an orthogonal matrix, about 2 of
    /// independent entries.
    pub(super) fourth: f64,
    /// What independent entries of this distribution lead to expect of it.
    pub(super) expected_fourth: f64,
    /// Root of units times variance, by column and by row.
    pub(super) spreads: [Vec<f64>; 2],
    /// By how many standard errors the variances of columns and of rows differ
    /// more than those of independent entries.
    pub(super) scatter: [f64; 2],
}

/// Units that send, or receive, weights of one sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signed {
    /// Whether all weights of a row share a sign, or all of a column.
    pub(super) by_rows: bool,
    /// The sign of each unit, -1 or 1.
    pub(super) signs: Vec<f64>,
    /// Share of inhibitory units.
    pub(super) inhibitory: f64,
    /// The inhibitory and the excitatory class.
    pub(super) classes: [Class; 2],
}

/// Weights of one sign.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Class {
    /// Share of the units.
    pub(super) share: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
    /// Fourth central moment over the square of the variance.
    pub(super) kurtosis: f64,
    pub(super) count: f64,
}

impl Class {
    fn of(values: &[f64], all: usize) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let moment =
            |power: i32| values.iter().map(|w| (w - mean).powi(power)).sum::<f64>() / count;
        let variance = moment(2);
        let kurtosis = if variance > 0.0 { moment(4) / (variance * variance) } else { 1.0 };
        Self { share: count / all as f64, mean, variance, kurtosis, count }
    }

    /// The standard error of its variance, relative.
    pub(super) fn error(&self) -> f64 {
        ((self.kurtosis - 1.0) / self.count).sqrt()
    }
}

impl Measured {
    /// `None` for the zero matrix, of which there is nothing to measure.
    pub(super) fn of(matrix: &DMatrix<f64>) -> Result<Option<Self>, EigenError> {
        let (rows, columns) = matrix.shape();
        if rows != columns {
            return Err(EigenError::NotSquare { rows, columns });
        }
        if let Some(at) = matrix.iter().position(|w| !w.is_finite()) {
            return Err(EigenError::NotFinite { row: at % rows, column: at / rows });
        }
        let scale = matrix.iter().map(|w| w.abs()).max_by(f64::total_cmp).unwrap_or(0.0);
        if scale == 0.0 {
            return Ok(None);
        }
        let matrix = &(matrix / scale);
        let units = rows as f64;
        let used: Vec<f64> = matrix.iter().copied().filter(|&w| w != 0.0).collect();
        let filled = used.len() as f64 / matrix.len() as f64;
        let absolute: f64 = used.iter().map(|w| w.abs()).sum::<f64>() / used.len() as f64;
        let square = matrix.norm_squared() / matrix.len() as f64;
        let signed = signed(matrix);
        let centred = centred(matrix, signed.as_ref());
        let squares = bulk_of(symmetric_eigenvalues(&(centred.transpose() * &centred))?);
        let mean = |power: i32| {
            squares.iter().map(|s: &f64| s.powi(power)).sum::<f64>() / squares.len() as f64
        };
        let entry = Class::of(centred.as_slice(), centred.len());
        let columns = centred.column_iter().map(|c| c.norm_squared()).collect::<Vec<f64>>();
        let rows = centred.row_iter().map(|r| r.norm_squared()).collect::<Vec<f64>>();
        let excess = |squares: &[f64]| {
            // The variances of n entries differ by (kurtosis - 1) / n by chance.
            let chance = (entry.kurtosis - 1.0) / units;
            let scatter = Class::of(squares, squares.len());
            let found = scatter.variance / (scatter.mean * scatter.mean);
            (found / chance - 1.0) / (2.0 / units).sqrt()
        };
        Ok(Some(Self {
            units,
            scale,
            mean_eigenvalue: matrix.sum() / units,
            zeros: 1.0 - filled,
            evenness: absolute * absolute * filled / square,
            size: (square * units).sqrt(),
            is_orthogonal: is_orthogonal(matrix),
            fourth: mean(2) / mean(1).powi(2),
            expected_fourth: 2.0 + (entry.kurtosis - 2.0) / units,
            singular: squares.iter().map(|s| s.sqrt()).collect(),
            signed,
            scatter: [excess(&columns), excess(&rows)],
            spreads: [columns, rows].map(|of| of.into_iter().map(f64::sqrt).collect()),
        }))
    }

    /// Root mean square of the singular values of the bulk.
    pub(super) fn spread(&self) -> f64 {
        (self.singular.iter().map(|s| s * s).sum::<f64>() / self.singular.len() as f64).sqrt()
    }

    /// Share of inhibitory units; a half where units have no sign.
    pub(super) fn inhibitory(&self) -> f64 {
        self.signed.as_ref().map_or(0.5, |signed| signed.inhibitory)
    }
}

/// Whether all singular values are the same, up to the rounding of weights in
/// single precision.
fn is_orthogonal(matrix: &DMatrix<f64>) -> bool {
    let gain = matrix.norm_squared() / matrix.nrows() as f64;
    let product = matrix.transpose() * matrix;
    let off = product - DMatrix::from_diagonal_element(matrix.nrows(), matrix.nrows(), gain);
    off.amax() <= 1e-5 * gain
}

/// The signs of the units, where each has one.
fn signed(matrix: &DMatrix<f64>) -> Option<Signed> {
    let by_columns = signs(matrix.column_iter().map(|c| c.iter().copied().collect()));
    let (by_rows, signs) = match by_columns {
        Some(signs) => (false, signs),
        None => (true, signs(matrix.row_iter().map(|r| r.iter().copied().collect()))?),
    };
    let inhibitory = signs.iter().filter(|sign| **sign < 0.0).count() as f64 / signs.len() as f64;
    let class = |sign: f64| {
        let units = (0..matrix.nrows()).filter(|&unit| signs[unit] * sign > 0.0);
        let of_class: Vec<f64> = units
            .flat_map(|unit| {
                let other = 0..matrix.nrows();
                other.map(move |k| if by_rows { matrix[(unit, k)] } else { matrix[(k, unit)] })
            })
            .collect();
        Class::of(&of_class, matrix.len())
    };
    let classes = [class(-1.0), class(1.0)];
    Some(Signed { by_rows, signs, inhibitory, classes })
}

/// The sign of each line; `None` where a line has both or a matrix only one entry
/// a line.
fn signs(lines: impl Iterator<Item = Vec<f64>>) -> Option<Vec<f64>> {
    let mut signs = Vec::new();
    let mut longest = 0;
    for line in lines {
        let negative = line.iter().filter(|w| **w < 0.0).count();
        let positive = line.iter().filter(|w| **w > 0.0).count();
        if negative > 0 && positive > 0 {
            return None;
        }
        longest = longest.max(negative + positive);
        signs.push(if negative > 0 { -1.0 } else { 1.0 });
    }
    // A sign means something only where there are weights to share it.
    (longest >= 3).then_some(signs)
}

/// The matrix less the mean of its entries, or of those of a class.
fn centred(matrix: &DMatrix<f64>, signed: Option<&Signed>) -> DMatrix<f64> {
    let Some(signed) = signed else {
        // What chance makes of a mean of zero is a part of the matrix.
        let mean = matrix.mean();
        let is_chance = mean.abs() <= 3.0 * matrix.norm() / matrix.len() as f64;
        return if is_chance { matrix.clone() } else { matrix.add_scalar(-mean) };
    };
    matrix.map_with_location(|row, column, weight| {
        let unit = if signed.by_rows { row } else { column };
        weight - signed.classes[usize::from(signed.signs[unit] > 0.0)].mean
    })
}

/// Without what is of low rank, and rounding below zero.
fn bulk_of(mut squares: Vec<f64>) -> Vec<f64> {
    loop {
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        let kept = squares.partition_point(|&square| square <= LOW_RANK * mean);
        if kept == squares.len() || kept == 0 {
            break;
        }
        squares.truncate(kept);
    }
    let floor = squares.last().copied().unwrap_or(0.0) * f64::EPSILON;
    squares.into_iter().map(|square| if square > floor { square } else { floor }).collect()
}
