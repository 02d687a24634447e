//! Why a file is no system.

use super::TransformError;
use crate::{dae::LureError, expr::PostfixError, rnn::RnnError};

/// Why a file cannot be read as a saved system.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The text is not JSON, or a field is missing, unknown or of another type.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader says.
        message: String,
    },
    /// It is a file of something else.
    #[error("`format` is {found}, expected `analogon system`")]
    Format {
        /// What it says.
        found: String,
    },
    /// It was written by a later version.
    #[error("`version` is {found}, this program reads version {known}")]
    Version {
        /// What it says.
        found: u64,
        /// What can be read.
        known: u32,
    },
    /// A part of the source makes no sense.
    #[error("{place}: {fault}")]
    Field {
        /// Where, as a path through the file.
        place: String,
        /// What is wrong.
        fault: String,
    },
    /// The parts are no network.
    #[error("source.network: {0}")]
    Network(#[from] RnnError),
    /// The parts are no normal form.
    #[error("source.normal_form: {0}")]
    NormalForm(#[from] LureError),
    /// A law is no function.
    #[error("source.normal_form.laws[{at}] (`{name}`): {fault}")]
    Law {
        /// Which law, from 0.
        at: usize,
        /// Its name.
        name: String,
        /// What is wrong.
        fault: PostfixError,
    },
    /// A procedure makes no sense at its place.
    #[error("steps[{at}] ({what}): {fault}")]
    Step {
        /// Which step, from 0.
        at: usize,
        /// Which procedure.
        what: &'static str,
        /// What is wrong.
        fault: TransformError,
    },
}

impl RecipeError {
    pub(super) fn field(place: impl Into<String>, fault: impl Into<String>) -> Self {
        Self::Field { place: place.into(), fault: fault.into() }
    }

    pub(super) fn json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let message = error.to_string().trim_end_matches(&place).to_owned();
        Self::Json { line, column, message }
    }
}
