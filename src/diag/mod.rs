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

/// A file of a [`SourceMap`]: the position of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes of one source file.
///
/// Positions count through all files of a [`SourceMap`], one after the other, so that
/// a place is two numbers: a deck of a million cards holds as many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Position of the first byte.
    pub start: u32,
    /// One past that of the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { start: file.0 + start as u32, end: file.0 + end as u32 }
    }

    /// The smallest span that covers both, which lie in one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
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
    /// The position of its first byte.
    start: u32,
}

impl SourceFile {
    /// The range of bytes of the file that `span` covers.
    #[must_use]
    pub fn bytes(&self, span: Span) -> std::ops::Range<usize> {
        let within = |position: u32| position.saturating_sub(self.start) as usize;
        within(span.start)..within(span.end)
    }
}

/// The files that a deck consists of.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    /// The position after the last file.
    end: u32,
}

impl SourceMap {
    /// Adds a file.
    ///
    /// # Panics
    ///
    /// If the files have more than 4 GiB together, which no parsed deck reaches.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let file = self.reserve(name, text.len());
        self.fill(file, text);
        file
    }

    /// The file that is added next.
    pub(crate) fn next(&self) -> FileId {
        FileId(self.end)
    }

    /// Adds a file of that many bytes, whose text is to follow: what it includes comes
    /// after it.
    pub(crate) fn reserve(&mut self, name: impl Into<String>, length: usize) -> FileId {
        let FileId(start) = self.next();
        self.files.push(SourceFile { name: name.into(), text: String::new(), start });
        // One position more, so that the end of a file is not the start of the next.
        let end = u32::try_from(length).ok().and_then(|length| start.checked_add(length + 1));
        self.end = end.expect("files below 4 GiB");
        FileId(start)
    }

    /// Gives a file its text.
    pub(crate) fn fill(&mut self, file: FileId, text: String) {
        if let Some(at) = self.index(file.0) {
            self.files[at].text = text;
        }
    }

    /// The files in the order in which they were added.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The file that `span` lies in: the last one for a place beyond all of them.
    #[must_use]
    pub fn file(&self, span: Span) -> Option<&SourceFile> {
        self.index(span.start).map(|at| &self.files[at])
    }

    fn index(&self, position: u32) -> Option<usize> {
        self.files.partition_point(|file| file.start <= position).checked_sub(1)
    }

    /// The text that `span` covers; empty where it lies outside the file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span).and_then(|file| file.text.get(file.bytes(span))).unwrap_or("")
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
