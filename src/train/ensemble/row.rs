//! What became of one network.

use serde::{Deserialize, Serialize};

use crate::dynamics::spectrum::{Bulk, Role, Spectrum};
use crate::dynamics::statistics::Moments;
use crate::linalg::EigenError;
use crate::rnn::{Prediction, Rnn};
use crate::task::Score;
use crate::train::ensemble::Condition;
use crate::train::{EpochRow, Stopped, TrainSpec};

/// A line of the table of an ensemble. Numbers that are not defined are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the member.
    pub name: String,
    /// What it shares with others.
    #[serde(flatten)]
    pub condition: Condition,
    /// Its seed.
    pub seed: u64,
    /// Epochs.
    pub epochs: usize,
    /// Mean training loss of the last epoch.
    pub loss: Option<f64>,
    /// Share of fresh trials that are right.
    pub accuracy: f64,
    /// First epoch after which all held-out trials were right.
    pub solved_at: Option<usize>,
    /// Why training stopped.
    pub stopped: String,
    /// Weights of the wrong sign.
    pub violations: usize,
    /// The weights before the first update, as they are after the projection if there is one.
    pub initial: Weights,
    /// Those at the end.
    pub trained: Weights,
    /// What theory says of the spectrum before training, where it says anything.
    pub predicted: Option<Prediction>,
}

/// Spectrum and statistics of recurrent weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Largest modulus of an eigenvalue.
    pub largest: f64,
    /// Third largest.
    pub third: f64,
    /// Seventh largest: the radius by the rule of arXiv 2208.10304.
    pub seventh: f64,
    /// Smallest modulus.
    pub smallest: f64,
    /// The modulus below which one in twenty lies.
    pub twentieth: f64,
    /// Outer radius of the fitted bulk; `None` where none can be fitted.
    pub radius: Option<f64>,
    /// Inner radius of the fitted bulk, where it is a ring.
    pub inner: Option<f64>,
    /// Eigenvalues farther out than the bulk.
    pub outliers: usize,
    /// Largest real part.
    pub rightmost: f64,
    /// Henrici's departure from normality.
    pub henrici: f64,
    /// Mean of the weights.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// Their skewness.
    pub skewness: f64,
    /// Their excess kurtosis.
    pub kurtosis: f64,
}

impl Weights {
    /// Those of a network.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where the eigenvalues do not converge.
    pub fn of(network: &Rnn) -> Result<Self, EigenError> {
        let w = &network.parts().recurrent;
        let spectrum = Spectrum::new(w, Role::of_weights(network, 1.0))?;
        let mut moduli: Vec<f64> = spectrum.values.iter().map(|z| z.norm()).collect();
        moduli.sort_by(|a, b| b.total_cmp(a));
        let at = |k: usize| moduli.get(k).or(moduli.last()).copied().unwrap_or(0.0);
        let bulk = Bulk::fit(&spectrum.values);
        let moments = Moments::of(w.as_slice());
        Ok(Self {
            largest: at(0),
            third: at(2),
            seventh: at(6),
            smallest: spectrum.smallest_modulus(),
            twentieth: at(moduli.len() * 19 / 20),
            radius: bulk.as_ref().map(|bulk| bulk.outer.value),
            inner: bulk.as_ref().and_then(|bulk| Some(bulk.inner.as_ref()?.value)),
            outliers: bulk.map_or(0, |bulk| bulk.dominant.len()),
            rightmost: spectrum.abscissa(),
            henrici: spectrum.henrici(),
            mean: moments.mean,
            sd: moments.sd,
            skewness: moments.skewness,
            kurtosis: moments.excess_kurtosis,
        })
    }
}

impl Row {
    /// What became of a member, with its networks before and after.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where eigenvalues do not converge.
    pub fn of(
        name: &str,
        spec: &TrainSpec,
        (initial, trained): (&Rnn, &Rnn),
        (history, stopped, score): (&[EpochRow], &Stopped, &Score),
    ) -> Result<Self, EigenError> {
        let condition = Condition::of(spec);
        let solved = |row: &&EpochRow| row.accuracy.is_some_and(|accuracy| accuracy >= 1.0);
        Ok(Self {
            name: name.to_owned(),
            condition,
            seed: spec.seed,
            epochs: history.len(),
            loss: history.last().map(|row| row.loss),
            accuracy: score.accuracy.by_trial(),
            solved_at: history.iter().find(solved).map(|row| row.epoch),
            stopped: stopped.word().to_owned(),
            violations: history.last().map_or(0, |row| row.violations),
            initial: Weights::of(initial)?,
            trained: Weights::of(trained)?,
            predicted: spec.prediction(),
        })
    }

    /// Whether training diverged.
    #[must_use]
    pub fn diverged(&self) -> bool {
        self.stopped == "diverged"
    }

    /// Whether the network solves its task on fresh trials.
    #[must_use]
    pub fn is_solved(&self) -> bool {
        self.accuracy >= SOLVED
    }
}

/// Least share of fresh trials of a network that solves its task.
pub const SOLVED: f64 = 0.99;

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;
    use crate::rnn::{Activation, Form, Parts, Readout};

    /// Eigenvalues that are known: a diagonal, its largest entry negative.
    #[test]
    fn moduli_are_counted_from_the_largest() {
        let units = 40;
        let diagonal = DVector::from_fn(units, |k, _| {
            let size = 0.025 * (k + 1) as f64;
            if k + 1 == units { -size } else { size }
        });
        let network = Rnn::new(Parts {
            form: Form::A,
            activation: Activation::Tanh,
            recurrent: DMatrix::from_diagonal(&diagonal),
            input: DMatrix::zeros(units, 1),
            bias: DVector::zeros(units),
            leak: DVector::from_element(units, 1.0),
            readout: Readout { weights: DMatrix::zeros(1, units), bias: DVector::zeros(1) },
        })
        .unwrap();
        let found = Weights::of(&network).unwrap();
        let close =
            |found: f64, right: f64| assert!((found - right).abs() < 1e-12, "{found} {right}");
        close(found.largest, 1.0);
        close(found.third, 0.95);
        close(found.seventh, 0.85);
        close(found.smallest, 0.025);
        // One in twenty of 40 lies below.
        close(found.twentieth, 0.05);
        close(found.rightmost, 0.975);
        // The root of a difference that is rounding.
        assert!(found.henrici < 1e-7, "{}", found.henrici);
        close(found.mean, diagonal.sum() / 1600.0);
    }
}
