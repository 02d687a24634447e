//! Which random matrix a given one resembles, and where such a matrix has its
//! eigenvalues.

use std::f64::consts::PI;
use std::fmt;

use nalgebra::DMatrix;

use super::{
    FEWEST, Law,
    measure::{Measured, Signed},
    sample::Sampler,
};
use crate::linalg::EigenError;

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
    /// What draws such matrices.
    pub(super) sampler: Sampler,
}

/// Why there is no law for a matrix.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TheoryError {
    /// The matrix has no singular values to look at.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// The laws are those of large matrices.
    #[error("random matrix theory needs at least {FEWEST} units, found {units}")]
    TooFew {
        /// The units that there are.
        units: usize,
    },
    /// All entries are zero.
    #[error("all entries of the matrix are zero, which no random matrix resembles")]
    Zero,
}

/// Sums of this many standard errors are no chance.
const SIGNIFICANT: f64 = 4.0;

impl Ensemble {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Circular,
        Self::Haar,
        Self::SingleRing,
        Self::ClippedNormal,
        Self::ClippedOrthogonal,
        Self::HalfNormal,
        Self::Mixture,
        Self::Profile,
    ];
}

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

impl Theory {
    /// The law that fits what the matrix looks like.
    ///
    /// # Errors
    ///
    /// [`TheoryError`] where the matrix is not square or not finite, too small, or zero.
    pub fn choose(matrix: &DMatrix<f64>) -> Result<Self, TheoryError> {
        let measured = measured(matrix)?;
        let (ensemble, reason) = choice(&measured);
        Ok(theory(measured, ensemble, reason, matrix))
    }

    /// The law of a named ensemble, with parameters estimated from the matrix.
    ///
    /// # Errors
    ///
    /// As [`Theory::choose`].
    pub fn of(ensemble: Ensemble, matrix: &DMatrix<f64>) -> Result<Self, TheoryError> {
        Ok(theory(measured(matrix)?, ensemble, "as asked for".to_owned(), matrix))
    }
}

fn measured(matrix: &DMatrix<f64>) -> Result<Measured, TheoryError> {
    let measured = Measured::of(matrix)?;
    if matrix.nrows() < FEWEST {
        return Err(TheoryError::TooFew { units: matrix.nrows() });
    }
    measured.ok_or(TheoryError::Zero)
}

fn choice(measured: &Measured) -> (Ensemble, String) {
    let (fourth, expected) = (measured.fourth, measured.expected_fourth);
    if measured.is_orthogonal {
        return (Ensemble::Haar, "all singular values are equal".to_owned());
    }
    if let Some(signed) = &measured.signed {
        return dale(measured, signed);
    }
    let moment = format!("fourth moment of the singular values {fourth:.2}");
    let uneven = measured.scatter.iter().any(|&excess| excess > SIGNIFICANT);
    if fourth < expected - 0.2 {
        let why = format!(
            "signs are mixed and the singular values more even than those of independent entries ({moment}, which would be {expected:.2})"
        );
        (Ensemble::SingleRing, why)
    } else if uneven {
        let why = format!(
            "signs are mixed and the variances differ from unit to unit by more than chance ({moment}; one variance would give {expected:.2})"
        );
        (Ensemble::Profile, why)
    } else {
        let why = format!(
            "signs are mixed and the singular values are those of independent entries ({moment}, expected {expected:.2})"
        );
        (Ensemble::Circular, why)
    }
}

/// The choice where every unit has its sign.
fn dale(measured: &Measured, signed: &Signed) -> (Ensemble, String) {
    let fourth = measured.fourth;
    let place = if signed.by_rows { "receives" } else { "sends" };
    let share = 100.0 * signed.inhibitory;
    let dale = format!("each unit {place} weights of one sign, {share:.0} % inhibitory");
    let is_normal = (measured.evenness / (2.0 / PI) - 1.0).abs() < 0.05;
    let [inhibitory, excitatory] = &signed.classes;
    let (v, w) = (inhibitory.variance, excitatory.variance);
    let chance = SIGNIFICANT * 0.5 * inhibitory.error().hypot(excitatory.error());
    let has_one = inhibitory.count == 0.0 || excitatory.count == 0.0;
    let is_even = has_one || ((v - w) / (v + w)).abs() < chance;
    if is_normal && is_even && (measured.zeros - 0.5).abs() < 0.1 {
        let (ensemble, start) = if fourth < 1.73 {
            (Ensemble::ClippedOrthogonal, "too even for independent ones")
        } else {
            (Ensemble::ClippedNormal, "those of independent ones")
        };
        let zeros = 100.0 * measured.zeros;
        let why = format!(
            "{dale}; {zeros:.0} % are zero, the others half-normal, and the singular values are {start} (fourth moment {fourth:.2})"
        );
        return (ensemble, why);
    }
    if is_normal && is_even && measured.zeros < 0.05 {
        return (Ensemble::HalfNormal, format!("{dale}; their sizes are half-normal and alike"));
    }
    let why = format!("{dale}; the two classes have means and variances of their own");
    (Ensemble::Mixture, why)
}

/// Law, outlier and parameters, of a matrix whose largest entry is 1.
type Said = (Law, f64, Vec<(&'static str, f64)>);

fn theory(measured: Measured, ensemble: Ensemble, reason: String, matrix: &DMatrix<f64>) -> Theory {
    let scale = measured.scale;
    let (law, outlier, mut parameters) = said(&measured, ensemble);
    for (_, value) in &mut parameters {
        *value *= scale;
    }
    if measured.signed.is_some() {
        parameters.push(("inhibitory", measured.inhibitory()));
    }
    // A mean of zero is measured as one of this spread.
    let chance = if measured.signed.is_none() { 1.6 * measured.spread() } else { 0.0 };
    let outside = outlier.abs() > law.outer() && outlier.abs() > chance;
    let caveat = measured.signed.as_ref().filter(|_| !outside).map(|_| {
        "the means of the two signs balance, but their rank-one part is large: it pushes a few eigenvalues out of the bulk, unless the rows sum to zero"
    });
    Theory {
        ensemble,
        reason,
        parameters,
        outlier: outside.then_some(outlier * scale),
        law: law.scaled(scale),
        caveat,
        sampler: Sampler::of(ensemble, measured, matrix),
    }
}

fn said(measured: &Measured, ensemble: Ensemble) -> Said {
    let (inhibitory, spread, mean) =
        (measured.inhibitory(), measured.spread(), measured.mean_eigenvalue);
    let disc = |outer: f64| Law::Sum { orthogonal: 0.0, normal: outer };
    match ensemble {
        Ensemble::Circular => (disc(spread), mean, vec![("g", spread)]),
        Ensemble::Haar => {
            let gain = measured.size;
            (Law::Sum { orthogonal: gain, normal: 0.0 }, 0.0, vec![("g", gain)])
        }
        Ensemble::SingleRing => {
            (Law::SingleRing { singular: measured.singular.clone() }, mean, vec![("g", spread)])
        }
        Ensemble::ClippedNormal | Ensemble::ClippedOrthogonal => {
            let gain = 2.0_f64.sqrt() * measured.size;
            // Half the matrix, and half the fluctuation of its absolute values.
            let law = if ensemble == Ensemble::ClippedNormal {
                disc(gain * (0.5 - 0.5 / PI).sqrt())
            } else {
                let normal = 0.5 * gain * (1.0 - 2.0 / PI).sqrt();
                Law::Sum { orthogonal: 0.5 * gain, normal }
            };
            let outlier = gain * (measured.units / (2.0 * PI)).sqrt() * (1.0 - 2.0 * inhibitory);
            (law, outlier, vec![("g", gain)])
        }
        Ensemble::HalfNormal => {
            let gain = measured.size;
            let outlier = gain * (2.0 * measured.units / PI).sqrt() * (1.0 - 2.0 * inhibitory);
            (disc(gain * (1.0 - 2.0 / PI).sqrt()), outlier, vec![("g", gain)])
        }
        Ensemble::Mixture => mixture(measured),
        Ensemble::Profile => {
            let share = 1.0 / measured.units;
            let spreads = &measured.spreads[usize::from(measured.scatter[1] > measured.scatter[0])];
            let classes = spreads.iter().map(|&spread| (share, spread)).collect();
            (Law::Profile { classes }, mean, vec![("g", spread)])
        }
    }
}

/// Rajan and Abbott's law of two classes.
fn mixture(measured: &Measured) -> Said {
    let Some(signed) = &measured.signed else {
        let spread = measured.spread();
        let law = Law::Profile { classes: vec![(1.0, spread)] };
        return (law, measured.mean_eigenvalue, vec![("g", spread)]);
    };
    let root = measured.units.sqrt();
    let classes = signed.classes.iter().filter(|class| class.share > 0.0);
    let classes = classes.map(|class| (class.share, root * class.variance.sqrt())).collect();
    let [inhibitory, excitatory] = &signed.classes;
    let parameters = vec![
        ("mean_inhibitory", inhibitory.mean),
        ("sd_inhibitory", inhibitory.variance.sqrt()),
        ("mean_excitatory", excitatory.mean),
        ("sd_excitatory", excitatory.variance.sqrt()),
    ];
    (Law::Profile { classes }, measured.mean_eigenvalue, parameters)
}
