//! Places in source text and what is wrong with them.
//!
//! A [`Span`] points into a file of a [`SourceMap`]; a [`Diagnostic`] says what
//! is wrong there. Faults are collected, never thrown one by one, and become
//! text only in `render`. Files reach the library through [`Sources`], so
//! that the command line opens them and tests make them up.

mod nearest;
mod render;

pub use nearest::nearest;
pub use render::{Position, position, render, render_styled};

/// Index of a file in a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes of one source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; `self` where the files differ.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The deck means something, perhaps not what its author thinks.
    Warning,
    /// The deck cannot be used.
    Error,
}

/// One fault of a source text: what, where, and what to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a place.
    pub message: String,
    /// The place; `None` for a fault of the whole (an empty deck).
    pub span: Option<Span>,
    /// Other places that matter, each with what it has to do with the fault.
    pub related: Vec<(Span, String)>,
    /// What to try.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    #[must_use]
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            related: Vec::new(),
            hint: None,
        }
    }

    /// A warning at `span`.
    #[must_use]
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with one more related place.
    #[must_use]
    pub fn with_related(mut self, span: Span, note: impl Into<String>) -> Self {
        self.related.push((span, note.into()));
        self
    }
}

/// True where at least one diagnostic is an error.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// One file of a [`SourceMap`].
#[derive(Clone, Debug, Default)]
pub struct SourceFile {
    /// The name under which it was asked for.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The files that a deck consists of.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// The files by [`FileId`].
    pub files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile { name: name.into(), text: text.into() });
        FileId(self.files.len() as u32 - 1)
    }

    /// The text that `span` covers; empty where it lies outside the file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.files
            .get(span.file.0 as usize)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }
}

/// Where included files come from.
pub trait Sources {
    /// The bytes of the file `name`, which is included from `from`.
    ///
    /// # Errors
    ///
    /// A sentence that says why the file cannot be had.
    fn read(&self, name: &str, from: &str) -> Result<Vec<u8>, String>;
}

/// No included files at all: for decks that stand alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn read(&self, _name: &str, _from: &str) -> Result<Vec<u8>, String> {
        Err("this deck was read without access to other files".to_owned())
    }
}
