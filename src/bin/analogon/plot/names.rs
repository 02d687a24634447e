//! The figures of networks by name.

use std::io::Write;

use analogon::diag::nearest;

use crate::failure::{Failure, Outcome};

/// A figure of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FigureName {
    Samples,
    Trials,
    Trajectory,
    Weights,
    Regression,
    Matrices,
    Signs,
    Biases,
    Frequencies,
    Distance,
}

/// All of them, in the order of the list.
const ALL: [FigureName; 10] = [
    FigureName::Samples,
    FigureName::Trials,
    FigureName::Trajectory,
    FigureName::Weights,
    FigureName::Regression,
    FigureName::Matrices,
    FigureName::Signs,
    FigureName::Biases,
    FigureName::Frequencies,
    FigureName::Distance,
];

impl FigureName {
    /// The figure of that name.
    pub(super) fn named(name: &str) -> Result<Self, Failure> {
        ALL.into_iter().find(|figure| figure.name() == name).ok_or_else(|| {
            let names = ALL.map(Self::name);
            let hint = match nearest(name, names) {
                Some(nearest) => {
                    format!("did you mean `{nearest}`? `analogon plot --list` lists all")
                }
                None => format!("known are {}", names.join(", ")),
            };
            Failure::new(format!("there is no figure `{name}`"), hint)
        })
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Trials => "trials",
            Self::Trajectory => "trajectory",
            Self::Weights => "weights",
            Self::Regression => "regression",
            Self::Matrices => "matrices",
            Self::Signs => "signs",
            Self::Biases => "biases",
            Self::Frequencies => "frequencies",
            Self::Distance => "distance",
        }
    }

    /// What it shows.
    fn about(self) -> &'static str {
        match self {
            Self::Samples => "inputs and targets of nine trials of the task",
            Self::Trials => "by stimulus: inputs, outputs with targets, all units, trajectory",
            Self::Trajectory => "the population in 2 and 3 dimensions: SVD, PCA or ICA",
            Self::Weights => "histograms of recurrent weights with normal fits and moments",
            Self::Regression => "trained against initial weights (--initial), or their moments",
            Self::Matrices => "input, recurrent and readout weights as colours",
            Self::Signs => "recurrent weights above and below a threshold, apart",
            Self::Biases => "the bias of every unit and output",
            Self::Frequencies => "how fast units oscillate: published rule and spectral line",
            Self::Distance => "distance of outputs to targets by stimulus, with noisy samples",
        }
    }
}

/// Prints all figures.
pub(super) fn list(out: &mut dyn Write) -> Result<Outcome, Failure> {
    for figure in ALL {
        writeln!(out, "{:<12} {}", figure.name(), figure.about())?;
    }
    Ok(Outcome::Holds)
}
