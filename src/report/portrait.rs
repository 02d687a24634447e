//! What the figures of a network start from.

use crate::{
    dynamics::projection::{Method, ProjectionError, RecordError, Recording, record},
    linalg::EigenError,
    plot::{Axis, Line, Panel},
    rnn::{DiscreteRnn, Rnn},
    task::StimulusSet,
};

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// A trial cannot be played.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A trajectory cannot be projected.
    #[error("{what}: {error}")]
    Projection {
        /// Of what.
        what: String,
        /// Why not.
        error: ProjectionError,
    },
    /// Eigenvalues cannot be found.
    #[error(transparent)]
    Eigen(#[from] EigenError),
    /// What is given does not suit the figure.
    #[error("{0}")]
    Unsuited(String),
}

impl FigureError {
    pub(super) fn unsuited(text: impl Into<String>) -> Self {
        Self::Unsuited(text.into())
    }

    pub(super) fn projection(what: impl Into<String>) -> impl FnOnce(ProjectionError) -> Self {
        let what = what.into();
        |error| Self::Projection { what, error }
    }
}

/// A network with what drives it.
#[derive(Clone, Copy, Debug)]
pub struct Portrait<'a> {
    /// Its name, for titles.
    pub name: &'a str,
    /// The network.
    pub network: &'a Rnn,
    /// The step of its map, model time units; `None` for the flow.
    pub step: Option<f64>,
    /// What drives it.
    pub stimuli: &'a StimulusSet,
}

impl Portrait<'_> {
    /// Plays an existing trial.
    pub(super) fn record(&self, trial: usize) -> Result<Recording, FigureError> {
        let count = self.stimuli.trials().len();
        if trial >= count {
            let task = &self.stimuli.parts().task;
            let text =
                format!("there is no trial {}: the stimuli `{task}` have {count}", trial + 1);
            return Err(FigureError::Unsuited(text));
        }
        let stimulus = self.stimuli.stimulus(trial);
        Ok(match self.step {
            Some(step) => {
                record(&DiscreteRnn { network: self.network.clone(), step }, &stimulus)?
            }
            None => record(self.network, &stimulus)?,
        })
    }

    /// The trial asked for, or the first in which an input is not 0.
    pub(super) fn trial(&self, asked: Option<usize>) -> usize {
        let stimuli = self.stimuli;
        let moves = |&trial: &usize| {
            let stimulus = stimuli.stimulus(trial);
            (0..stimulus.channels()).any(|channel| stimulus.points(channel).len() > 1)
        };
        asked.unwrap_or_else(|| (0..stimuli.trials().len()).find(moves).unwrap_or(0))
    }

    /// The name of an existing trial.
    pub(super) fn trial_name(&self, trial: usize) -> &str {
        &self.stimuli.trials()[trial].name
    }

    /// The dynamics in a word.
    pub(super) fn dynamics(&self) -> &'static str {
        if self.step.is_some() { "map" } else { "flow" }
    }
}

/// The axis of time.
pub(super) fn time() -> Axis {
    Axis::new("time, model units", "")
}

/// Columns of rows over time, one line each.
pub(super) fn lines(times: &[f64], rows: &[Vec<f64>], name: &str) -> Vec<Line> {
    let columns = rows.first().map_or(0, Vec::len);
    let line = |column: usize| {
        let points = times.iter().zip(rows).map(|(&t, row)| (t, row[column])).collect();
        let number = if columns > 1 { format!("{name}{}", column + 1) } else { name.to_owned() };
        Line::new(number, points)
    };
    (0..columns).map(line).collect()
}

/// A panel over time.
pub(super) fn over_time(title: impl Into<String>, label: &str, lines: Vec<Line>) -> Panel {
    Panel {
        title: title.into(),
        x: time(),
        y: Axis::new(label, ""),
        lines,
        ..Panel::default()
    }
}

/// `SVD 1 (31 %)`; without a share where it means nothing.
pub(super) fn component(method: Method, fractions: &[f64], k: usize) -> String {
    match fractions.get(k) {
        Some(share) => format!("{} {} ({:.0} %)", method.axis(), k + 1, 100.0 * share),
        None => format!("{} {}", method.axis(), k + 1),
    }
}
