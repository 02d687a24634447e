//! How a command ends.

use std::{fmt, io};

use analogon::diag::{Diagnostic, SourceMap, render_styled};

/// What a command that ran to its end found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, and what was asked about holds: exit code 0.
    Holds,
    /// Done, and it does not hold: exit code 1.
    Fails,
    /// The input is bad, and the output says so: exit code 2.
    Reported,
    /// Broken off by the user: exit code 130.
    Interrupted,
}

/// Why a command did not run to its end: exit code 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence, and what to try.
    Message {
        /// What is wrong.
        message: String,
        /// What to try; may be empty.
        hint: String,
    },
    /// Faults of a deck, rendered, with colours.
    Deck(String),
    /// The output cannot be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Message { message: message.into(), hint: hint.into() }
    }

    /// The same with one more thing to try.
    pub(crate) fn or_try(self, more: &str) -> Self {
        match self {
            Self::Message { message, hint } if hint.is_empty() => Self::new(message, more),
            Self::Message { message, hint } => Self::new(message, format!("{hint}; {more}")),
            Self::Deck(_) | Self::Output(_) => self,
        }
    }

    /// An error of the library without more to say.
    pub(crate) fn of(error: impl fmt::Display) -> Self {
        Self::new(error.to_string(), "")
    }

    pub(crate) fn of_deck(map: &SourceMap, diagnostics: &[Diagnostic]) -> Self {
        Self::Deck(render_styled(map, diagnostics))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { message, hint } => {
                writeln!(f, "\u{1b}[1;31merror\u{1b}[0m: {message}")?;
                if hint.is_empty() {
                    Ok(())
                } else {
                    writeln!(f, "\u{1b}[1;36mhelp\u{1b}[0m: {hint}")
                }
            }
            Self::Deck(text) => f.write_str(text),
            Self::Output(error) => writeln!(f, "error: cannot write the output: {error}"),
        }
    }
}
