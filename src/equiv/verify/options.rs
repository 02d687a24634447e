//! Choices of a verification, and why there is none.

use crate::{
    equiv::{Misfit, TrialError, realisability::RealisabilityError},
    solve::OdeFault,
};

/// How the circuit is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    /// By its normal form.
    Reduced,
    /// By modified nodal analysis.
    Mna,
}

/// What `holds` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Against {
    /// The circuit is the continuous network.
    Equation,
    /// It also decides as the trained discrete network does.
    Net,
}

/// When something beside the verification is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Never.
    Never,
    /// Where it takes a second or so.
    Quick,
    /// Whatever it takes.
    Always,
}

/// Choices of a verification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerifyOptions {
    /// How the circuit is simulated.
    pub path: Path,
    /// Relative tolerance of the simulation. `None`: 1e-10 on the reduced path; on
    /// the other the loosest of 1e-4, 1e-5, ... that keeps `difference`.
    pub reltol: Option<f64>,
    /// Relative tolerance of the reference integration.
    pub reference: f64,
    /// Largest relative difference of a coefficient.
    pub coefficient: f64,
    /// Largest mismatch of a sigma that is measured, relative to its height. What the
    /// coefficients and the trajectories of such a circuit may differ by follows from the
    /// mismatch that it has.
    pub mismatch: f64,
    /// Largest relative mismatch of the linear level.
    pub linear: f64,
    /// Largest difference of a trajectory relative to full scale. `None`: 1e-6 on
    /// the reduced path, 1e-4 on the other.
    pub difference: Option<f64>,
    /// What must hold.
    pub against: Against,
    /// Compare only until then, model time units; decisions are left out.
    pub until: Option<f64>,
    /// Do not believe the time unit of the deck: find the one with which circuit and
    /// network keep time.
    pub align: bool,
    /// Whether the errors of the integrations are bounded.
    pub certainty: Extent,
    /// Look at which step the decisions of a network that was trained as a map change.
    pub realisability: Extent,
    /// Keep the trajectories of that many of the first trials, to draw them.
    pub keep: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            path: Path::Reduced,
            reltol: None,
            reference: 1e-11,
            coefficient: 1e-9,
            mismatch: 0.02,
            linear: 1e-6,
            difference: None,
            against: Against::Equation,
            until: None,
            align: false,
            certainty: Extent::Quick,
            realisability: Extent::Quick,
            keep: 0,
        }
    }
}

impl VerifyOptions {
    pub(super) fn difference_allowed(&self) -> f64 {
        self.difference.unwrap_or(match self.path {
            Path::Reduced => 1e-6,
            Path::Mna => 1e-4,
        })
    }

    pub(super) fn first_reltol(&self) -> f64 {
        self.reltol.unwrap_or(match self.path {
            Path::Reduced => 1e-10,
            Path::Mna => 1e-4,
        })
    }

    /// Refuses a tolerance or a time that is not positive and finite.
    pub(super) fn check(&self) -> Result<(), VerifyError> {
        let given = [
            ("tolerance of coefficients", Some(self.coefficient)),
            ("largest mismatch of sigma", Some(self.mismatch)),
            ("tolerance of the linear level", Some(self.linear)),
            ("tolerance of trajectories", self.difference),
            ("tolerance of the reference", Some(self.reference)),
            ("reltol", self.reltol),
            ("end of the comparison", self.until),
        ];
        for (name, value) in given {
            if let Some(value) = value
                && !(value > 0.0 && value.is_finite())
            {
                return Err(VerifyError::Option { name, value });
            }
        }
        Ok(())
    }
}

/// Why there is no report.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VerifyError {
    /// Network and stimulus set do not fit.
    #[error(transparent)]
    Shape(#[from] Misfit),
    /// A tolerance or time is not positive and finite.
    #[error("the {name} is {value}, it must be positive and finite")]
    Option {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The time unit of a circuit that is measured was asked for.
    #[error(
        "the circuit has no normal form that an unknown unit of time could be found with: let its deck say it (.param time_unit=...) and leave out --align"
    )]
    NoClock,
    /// The states of the circuit do not decay where those of the network do.
    #[error("no unit of time suits both: the states of circuit and network do not both decay")]
    Clock,
    /// A step from a computed state has no end.
    #[error("bound of the integration error: {0}")]
    Certainty(#[from] OdeFault),
    /// The steps of the trained map could not be looked at.
    #[error("realisability: {0}")]
    Realisability(#[from] RealisabilityError),
    /// A simulation failed.
    #[error("trial {trial} (`{name}`): {error}")]
    Trial {
        /// Trial, from 1.
        trial: usize,
        /// Its name.
        name: String,
        /// What failed.
        error: TrialError,
    },
}
