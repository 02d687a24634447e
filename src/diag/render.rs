//! Diagnostics as text.

use crate::diag::{Diagnostic, SourceMap};

/// A place a person can look up.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Position {
    /// File name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The diagnostics as text for a terminal, each with its place, a caret line and its hint.
#[must_use]
pub fn render(_map: &SourceMap, _diagnostics: &[Diagnostic]) -> String {
    String::new()
}
