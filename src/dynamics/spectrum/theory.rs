//! Which random matrix a given one resembles, and where such a matrix has its
//! eigenvalues.

use std::f64::consts::PI;
use std::fmt;

use nalgebra::DMatrix;

use super::{Bulk, Law, surrogate::shares};
use crate::{
    linalg::{Complex, EigenError, symmetric_eigenvalues},
    rnn::random::Random,
};

/// Kinds of random matrices whose spectrum is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ensemble {
    /// Independent entries of one variance and one mean.
    Circular,
    /// An orthogonal matrix times a gain.
    Haar,
    /// Any singular values, turned at random.
    SingleRing,
    /// A normal matrix whose entries of the wrong sign were set to zero.
    ClippedNormal,
    /// An orthogonal matrix whose entries of the wrong sign were set to zero.
    ClippedOrthogonal,
    /// Absolute values of a normal matrix with a sign a unit.
    HalfNormal,
    /// Excitatory and inhibitory weights of their own means and variances.
    Mixture,
    /// A variance of its own for each unit.
    Profile,
}

/// What an ensemble says about a given matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The kind of random matrix.
    pub ensemble: Ensemble,
    /// Why this one.
    pub reason: String,
    /// Its parameters, as estimated from the matrix: name and value.
    pub parameters: Vec<(&'static str, f64)>,
    /// Where the bulk lies.
    pub law: Law,
    /// Where the mean of the entries puts an eigenvalue outside the bulk; `None`
    /// where it puts none there.
    pub outlier: Option<f64>,
    /// What the law does not promise, where there is such a thing.
    pub caveat: Option<&'static str>,
}

/// How well a law describes a bulk.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fit {
    /// Largest distance between the shares within a radius, of the bulk and of the law.
    pub distance: f64,
    /// Not exceeded by 95 of 100 random matrices of this law and size.
    pub limit: f64,
}

/// Draws behind the limit of a distance.
const DRAWS: usize = 400;
/// Singular values whose square is beyond this many times the mean square
/// belong to something of low rank: those of independent entries end at 4.
const LOW_RANK: f64 = 6.0;

impl fmt::Display for Ensemble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Circular => "circular law",
            Self::Haar => "circle of an orthogonal matrix",
            Self::SingleRing => "single ring",
            Self::ClippedNormal => "clipped normal matrix",
            Self::ClippedOrthogonal => "clipped orthogonal matrix",
            Self::HalfNormal => "half-normal Dale matrix",
            Self::Mixture => "excitatory and inhibitory mixture",
            Self::Profile => "variance profile",
        })
    }
}

/// Measurements of a matrix that tell ensembles apart.
struct Measured {
    units: f64,
    /// Sum of all entries over the units: where their mean puts an eigenvalue.
    mean_eigenvalue: f64,
    /// Share of entries that are zero.
    zeros: f64,
    /// `(mean |w|)^2 / mean w^2` of the entries that are not: 2 / pi for normal
    /// ones of any sign.
    evenness: f64,
    /// Mean square of all entries times units.
    square: f64,
    /// Of the signs that units have, if they have one each.
    signed: Option<Signed>,
    /// Squares of the singular values less the mean of each class, rising,
    /// without those of low rank.
    squares: Vec<f64>,
    /// `mean s^4 / (mean s^2)^2`: 1 of an orthogonal matrix, 2 of independent entries.
    kurtosis: f64,
    /// units times variance by column and by row.
    variances: [Vec<f64>; 2],
}

/// Units that send, or receive, weights of one sign.
struct Signed {
    /// Whether all weights of a row share a sign, or all of a column.
    by_rows: bool,
    inhibitory: f64,
    /// Share, mean and variance of the inhibitory and of the excitatory class.
    classes: [(f64, f64, f64); 2],
}

impl Theory {
    /// The law that fits what the matrix looks like.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where the matrix is not square or not finite.
    pub fn choose(matrix: &DMatrix<f64>) -> Result<Self, EigenError> {
        let measured = Measured::of(matrix)?;
        let (ensemble, reason) = measured.choice();
        Ok(measured.theory(ensemble, reason))
    }

    /// The law of a named ensemble, with parameters estimated from the matrix.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where the matrix is not square or not finite.
    pub fn of(ensemble: Ensemble, matrix: &DMatrix<f64>) -> Result<Self, EigenError> {
        Ok(Measured::of(matrix)?.theory(ensemble, "as asked for".to_owned()))
    }

    /// How well the law describes the bulk of `values`.
    #[must_use]
    pub fn fit(&self, values: &[Complex], bulk: &Bulk) -> Fit {
        let moduli: Vec<f64> = bulk.members.iter().map(|&at| values[at].norm()).collect();
        let distance = self.law.distance(&moduli);
        if self.law.is_circle() {
            return Fit { distance, limit: 0.0 };
        }
        let (count, inner, outer) = (moduli.len(), self.law.inner(), self.law.outer());
        let offset = count as f64 * inner * inner / ((outer - inner) * (outer + inner));
        let even = Law::Sum { orthogonal: 0.0, normal: 1.0 };
        let mut random = Random::new(3);
        let mut draws: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let drawn = shares(count, offset, &mut random);
                let roots: Vec<f64> =
                    drawn.iter().map(|&q| if q > 0.0 { q.sqrt() } else { 0.0 }).collect();
                even.distance(&roots)
            })
            .collect();
        draws.sort_by(f64::total_cmp);
        Fit { distance, limit: draws[(0.95 * DRAWS as f64) as usize] }
    }
}

impl Measured {
    fn of(matrix: &DMatrix<f64>) -> Result<Self, EigenError> {
        let (rows, columns) = matrix.shape();
        if rows != columns {
            return Err(EigenError::NotSquare { rows, columns });
        }
        let units = rows as f64;
        let entries = units * units;
        let used: Vec<f64> = matrix.iter().copied().filter(|&w| w != 0.0).collect();
        let absolute: f64 = used.iter().map(|w| w.abs()).sum::<f64>() / used.len() as f64;
        let square = matrix.norm_squared() / entries;
        let signed = signed(matrix);
        let centred = centred(matrix, signed.as_ref());
        let squares = bulk_of(symmetric_eigenvalues(&(centred.transpose() * &centred))?);
        let mean =
            |power: i32| squares.iter().map(|s| s.powi(power)).sum::<f64>() / squares.len() as f64;
        let variances = [
            centred.column_iter().map(|c| c.norm_squared()).collect(),
            centred.row_iter().map(|r| r.norm_squared()).collect(),
        ];
        Ok(Self {
            units,
            mean_eigenvalue: matrix.sum() / units,
            zeros: 1.0 - used.len() as f64 / entries,
            evenness: absolute * absolute * (used.len() as f64 / entries) / square,
            square: square * units,
            kurtosis: mean(2) / mean(1).powi(2),
            squares,
            signed,
            variances,
        })
    }

    fn choice(&self) -> (Ensemble, String) {
        let kurtosis = self.kurtosis;
        if let Some(signed) = &self.signed {
            let place = if signed.by_rows { "receives" } else { "sends" };
            let share = 100.0 * signed.inhibitory;
            let dale = format!("each unit {place} weights of one sign, {share:.0} % inhibitory");
            let is_normal = (self.evenness / (2.0 / PI) - 1.0).abs() < 0.05;
            let [(_, _, v), (_, _, w)] = signed.classes;
            let is_even = signed.inhibitory == 0.0
                || signed.inhibitory == 1.0
                || ((v - w) / (v + w)).abs() < 0.1;
            if is_normal && is_even && (self.zeros - 0.5).abs() < 0.1 {
                let (ensemble, start) = if kurtosis < 1.73 {
                    (Ensemble::ClippedOrthogonal, "too even for independent ones")
                } else {
                    (Ensemble::ClippedNormal, "those of independent ones")
                };
                let zeros = 100.0 * self.zeros;
                return (
                    ensemble,
                    format!(
                        "{dale}; {zeros:.0} % are zero, the others half-normal, and the singular values are {start} (fourth moment {kurtosis:.2})"
                    ),
                );
            }
            if is_normal && is_even && self.zeros < 0.05 {
                return (
                    Ensemble::HalfNormal,
                    format!("{dale}; their sizes are half-normal and alike"),
                );
            }
            return (
                Ensemble::Mixture,
                format!("{dale}; the two classes have means and variances of their own"),
            );
        }
        let moment = format!("fourth moment of the singular values {kurtosis:.2}");
        if kurtosis < 1.0 + 1e-6 {
            (Ensemble::Haar, "all singular values are equal".to_owned())
        } else if kurtosis < 1.8 {
            (
                Ensemble::SingleRing,
                format!(
                    "signs are mixed and the singular values more even than those of independent entries ({moment}, which would be 2)"
                ),
            )
        } else if kurtosis < 2.25 {
            (
                Ensemble::Circular,
                format!(
                    "signs are mixed and the singular values are those of independent entries ({moment}, expected 2)"
                ),
            )
        } else {
            (
                Ensemble::Profile,
                format!(
                    "signs are mixed and the variances differ from unit to unit ({moment}; one variance would give 2)"
                ),
            )
        }
    }

    fn theory(&self, ensemble: Ensemble, reason: String) -> Theory {
        let inhibitory = self.signed.as_ref().map_or(0.5, |signed| signed.inhibitory);
        let spread = (self.squares.iter().sum::<f64>() / self.squares.len() as f64).sqrt();
        let disc = |outer: f64| Law::Sum { orthogonal: 0.0, normal: outer };
        let (law, outlier, mut parameters) = match ensemble {
            Ensemble::Circular => (disc(spread), self.mean_eigenvalue, vec![("g", spread)]),
            Ensemble::Haar => {
                let gain = self.square.sqrt();
                (Law::Sum { orthogonal: gain, normal: 0.0 }, 0.0, vec![("g", gain)])
            }
            Ensemble::SingleRing => {
                let law = Law::SingleRing { squares: self.squares.clone() };
                (law, self.mean_eigenvalue, vec![("g", spread)])
            }
            Ensemble::ClippedNormal | Ensemble::ClippedOrthogonal => {
                let gain = (2.0 * self.square).sqrt();
                // Half the matrix, and half the fluctuation of its absolute values.
                let law = if ensemble == Ensemble::ClippedNormal {
                    disc(gain * (0.5 - 0.5 / PI).sqrt())
                } else {
                    let normal = 0.5 * gain * (1.0 - 2.0 / PI).sqrt();
                    Law::Sum { orthogonal: 0.5 * gain, normal }
                };
                let mean = gain * (self.units / (2.0 * PI)).sqrt();
                (law, mean * (1.0 - 2.0 * inhibitory), vec![("g", gain)])
            }
            Ensemble::HalfNormal => {
                let gain = self.square.sqrt();
                let mean = gain * (2.0 * self.units / PI).sqrt();
                let law = disc(gain * (1.0 - 2.0 / PI).sqrt());
                (law, mean * (1.0 - 2.0 * inhibitory), vec![("g", gain)])
            }
            Ensemble::Mixture => self.mixture(),
            Ensemble::Profile => {
                let [columns, rows] = &self.variances;
                let chosen = if scatter(rows) > scatter(columns) { rows } else { columns };
                let share = 1.0 / self.units;
                let classes = chosen.iter().map(|&variance| (share, variance)).collect();
                (Law::Profile { classes }, self.mean_eigenvalue, Vec::new())
            }
        };
        if self.signed.is_some() {
            parameters.push(("inhibitory", inhibitory));
        }
        // A mean of zero is measured as one of this spread.
        let chance = if self.signed.is_none() { 1.6 * spread } else { 0.0 };
        let outside = outlier.abs() > law.outer() && outlier.abs() > chance;
        let caveat = self.signed.as_ref().filter(|_| !outside).map(|_| {
            "the means of the two signs balance, but their rank-one part is large: it pushes a few eigenvalues out of the bulk, unless the rows sum to zero"
        });
        Theory { ensemble, reason, parameters, outlier: outside.then_some(outlier), law, caveat }
    }

    /// Rajan and Abbott's law of two classes.
    fn mixture(&self) -> (Law, f64, Vec<(&'static str, f64)>) {
        let whole = [
            (0.0, 0.0, 0.0),
            (1.0, 0.0, self.squares.iter().sum::<f64>() / self.units / self.units),
        ];
        let classes = self.signed.as_ref().map_or(whole, |signed| signed.classes);
        let law = classes.iter().map(|(share, _, variance)| (*share, self.units * variance));
        let parameters = vec![
            ("mean_inhibitory", classes[0].1),
            ("sd_inhibitory", classes[0].2.sqrt()),
            ("mean_excitatory", classes[1].1),
            ("sd_excitatory", classes[1].2.sqrt()),
        ];
        let law = Law::Profile { classes: law.filter(|(share, _)| *share > 0.0).collect() };
        (law, self.mean_eigenvalue, parameters)
    }
}

/// Relative variance.
fn scatter(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value / mean - 1.0).powi(2)).sum::<f64>() / count
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
        let of_class: Vec<f64> = (0..matrix.nrows())
            .filter(|&unit| (signs[unit] < 0.0) == (sign < 0.0))
            .flat_map(|unit| {
                let other = 0..matrix.nrows();
                other.map(move |k| if by_rows { matrix[(unit, k)] } else { matrix[(k, unit)] })
            })
            .collect();
        let count = of_class.len() as f64;
        if of_class.is_empty() {
            return (0.0, 0.0, 0.0);
        }
        let mean = of_class.iter().sum::<f64>() / count;
        let variance = of_class.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / count;
        (count / matrix.len() as f64, mean, variance)
    };
    Some(Signed { by_rows, inhibitory, classes: [class(-1.0), class(1.0)] })
}

/// The sign of each line; `None` where a line has both or a matrix only one.
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
    let sums = if signed.by_rows { matrix.column_sum() } else { matrix.row_sum().transpose() };
    matrix.map_with_location(|row, column, weight| {
        let unit = if signed.by_rows { row } else { column };
        weight - signed.classes[usize::from(sums[unit] >= 0.0)].1
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
