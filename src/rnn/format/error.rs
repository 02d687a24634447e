//! What is wrong with a network file, and where.

use std::fmt;

use crate::rnn::RnnError;

/// One error of a network file: which file, where in it, what.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}{place}: {kind}")]
pub struct FormatError {
    /// The name under which the file was loaded.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// The fault.
    pub kind: FormatErrorKind,
}

/// A place in a network file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A named dataset, array, tensor or layer.
    Named(String),
    /// A place in a text.
    Text {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
}

/// What is wrong with a network file, without saying where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatErrorKind {
    /// Neither the content nor the name says what the file is.
    #[error(
        "not a network file that can be read{}; Keras (.keras, .h5, .weights.h5), \
         safetensors, NPZ, PyTorch (.pt) and text (.rnn) are", hint(.detail)
    )]
    Unrecognised {
        /// What was noticed; may be empty.
        detail: String,
    },
    /// The container is malformed.
    #[error("damaged {format}: {detail}")]
    Damaged {
        /// What the file should be.
        format: &'static str,
        /// What its reader stumbled over.
        detail: String,
    },
    /// Something that a network needs is not there.
    #[error("{0}")]
    Missing(String),
    /// A Keras model without weights.
    #[error(
        "the file describes the model but holds no weights: it was saved before the model was \
         built; give the model an Input layer or run it once, then save it again"
    )]
    NotBuilt,
    /// The network is of a kind that has no counterpart here.
    #[error("{what} is not supported; {supported}")]
    Unsupported {
        /// What was found.
        what: String,
        /// What is supported instead, or what to do.
        supported: &'static str,
    },
    /// An array has the wrong extents.
    #[error("shape {found:?}, expected {expected}")]
    Shape {
        /// Extents found.
        found: Vec<usize>,
        /// What they should be.
        expected: String,
    },
    /// A weight is NaN or infinite.
    #[error("{value} at {index:?}: weights must be finite")]
    NotFinite {
        /// The place in the array as stored, from 0.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
    /// Several arrays could play one part.
    #[error("{what} could be any of {}", .candidates.join(", "))]
    Ambiguous {
        /// The part, and how to choose.
        what: String,
        /// The arrays.
        candidates: Vec<String>,
    },
    /// A text cannot be understood.
    #[error("{0}")]
    Syntax(String),
    /// The parts do not make a network.
    #[error("{0}")]
    Network(#[from] RnnError),
}

impl FormatError {
    pub(super) fn whole(kind: FormatErrorKind) -> Self {
        Self { file: String::new(), place: Place::Whole, kind }
    }

    pub(super) fn at(place: impl Into<String>, kind: FormatErrorKind) -> Self {
        Self { file: String::new(), place: Place::Named(place.into()), kind }
    }

    pub(super) fn damaged(format: &'static str, detail: impl fmt::Display) -> Self {
        Self::whole(FormatErrorKind::Damaged { format, detail: detail.to_string() })
    }
}

impl From<RnnError> for FormatError {
    fn from(error: RnnError) -> Self {
        Self::whole(error.into())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Named(name) => write!(f, ": {name}"),
            Self::Text { line, column } => write!(f, ":{line}:{column}"),
        }
    }
}

fn hint(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(" ({detail})") }
}
