//! What is wrong with a task, and where it stands in its file.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in a text, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of a byte.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a description is no task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The text is not TOML, or a field is missing, unknown or of another type.
    #[error("{place}: {message}")]
    Toml {
        /// Where.
        place: Place,
        /// What the TOML reader says.
        message: String,
    },
    /// A field makes no sense.
    #[error("{}{field} is {found}, expected {expected}", place.map_or(String::new(), |at| format!("{at}: ")))]
    Field {
        /// Where, if the task was read from a text.
        place: Option<Place>,
        /// The field, as `trials.rows[2].inputs`.
        field: String,
        /// What it holds.
        found: String,
        /// What it may hold.
        expected: String,
    },
}

impl TaskError {
    pub(super) fn toml(text: &str, span: Option<Range<usize>>, message: &str) -> Self {
        let place = Place::of(text, span.map_or(0, |span| span.start));
        Self::Toml { place, message: message.replace('\n', " ") }
    }

    /// The same error with the place of its field in the text.
    pub(super) fn located(self, text: &str) -> Self {
        match self {
            Self::Field { place: None, field, found, expected } => {
                let place = place_of(text, &field);
                Self::Field { place, field, found, expected }
            }
            other => other,
        }
    }
}

/// Where a field, or the innermost table around it, stands.
fn place_of(text: &str, field: &str) -> Option<Place> {
    let document = DeTable::parse(text).ok()?;
    let mut parts = field.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let mut value = member(document.get_ref(), parts.next()?)?;
    for part in parts {
        let next = match value.get_ref() {
            DeValue::Table(table) => member(table, part),
            DeValue::Array(array) => part.parse().ok().and_then(|at: usize| array.get(at)),
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
    }
    Some(Place::of(text, value.span().start))
}

fn member<'a, 'i>(table: &'a DeTable<'i>, name: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}
