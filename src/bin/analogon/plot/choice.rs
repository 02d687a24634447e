//! Arguments with a meaning of their own.

use std::str::FromStr;

use analogon::dynamics::projection::{Method, Population};
use clap::ValueEnum;

/// Seed of the first guess of `FastICA`.
const SEED: u64 = 1;

/// Trials by number, from 1.
#[derive(Clone, Debug)]
pub(super) enum TrialChoice {
    All,
    Some(Vec<usize>),
}

impl FromStr for TrialChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let number = |part: &str| match part.trim().parse::<usize>() {
            Ok(number) if number > 0 => Ok(number - 1),
            _ => Err(format!("`{}` is no number from 1, and not `all`", part.trim())),
        };
        text.split(',').map(number).collect::<Result<_, _>>().map(Self::Some)
    }
}

impl TrialChoice {
    /// The trials, from 0, of that many.
    pub(super) fn of(&self, count: usize) -> Vec<usize> {
        match self {
            Self::All => (0..count).collect(),
            Self::Some(trials) => trials.clone(),
        }
    }
}

/// Where the viewer stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Azimuth {
    At(f64),
    Sweep,
}

impl FromStr for Azimuth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "sweep" {
            return Ok(Self::Sweep);
        }
        let finite = text.parse::<f64>().ok().filter(|angle| angle.is_finite());
        finite.map(Self::At).ok_or_else(|| "not a number of degrees, and not `sweep`".to_owned())
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum TimeName {
    /// The map, step by step
    Discrete,
    /// The differential equation
    Continuous,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProjectionName {
    /// Singular value decomposition without centring, as published
    Svd,
    /// Principal components, centred in time
    Pca,
    /// What the papers plot: centred across units, without scale
    PcaPublished,
    /// Independent components
    Ica,
}

impl From<ProjectionName> for Method {
    fn from(name: ProjectionName) -> Self {
        match name {
            ProjectionName::Svd => Self::Svd,
            ProjectionName::Pca => Self::Pca,
            ProjectionName::PcaPublished => Self::PublishedPca,
            ProjectionName::Ica => Self::Ica { seed: SEED },
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PopulationName {
    /// All units
    All,
    /// Units whose outgoing weights sum to more than 0
    Excitatory,
    /// Units whose outgoing weights sum to less than 0
    Inhibitory,
}

impl From<PopulationName> for Population {
    fn from(name: PopulationName) -> Self {
        match name {
            PopulationName::All => Self::All,
            PopulationName::Excitatory => Self::Excitatory,
            PopulationName::Inhibitory => Self::Inhibitory,
        }
    }
}
