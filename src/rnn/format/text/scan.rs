//! Text to entries: a key and what is said about it.

use crate::rnn::format::{FormatError, FormatErrorKind, Place};

/// A word with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) quoted: bool,
}

/// `key = ...` and the rows below it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Word,
    /// No row is empty.
    pub(super) rows: Vec<Vec<Word>>,
}

impl Word {
    pub(super) fn fault(&self, what: impl Into<String>) -> FormatError {
        fault(self.line, self.column, what)
    }
}

pub(super) fn fault(line: usize, column: usize, what: impl Into<String>) -> FormatError {
    let kind = FormatErrorKind::Syntax(what.into());
    FormatError { file: String::new(), place: Place::Text { line, column }, kind }
}

/// The entries in the order of the text.
pub(super) fn scan(source: &str) -> Result<Vec<Entry>, FormatError> {
    let mut entries: Vec<Entry> = Vec::new();
    // A mark of byte order is no part of the text.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    for (index, text) in source.lines().enumerate() {
        let mut words = split(text, index + 1)?;
        let is_equals = |word: &Word| !word.quoted && word.text == "=";
        match words.iter().position(is_equals) {
            Some(1) => {
                let row = words.split_off(2);
                let key = words.swap_remove(0);
                if let Some(first) = entries.iter().find(|entry| entry.key.text == key.text) {
                    let what =
                        format!("`{}` was given in line {} already", key.text, first.key.line);
                    return Err(key.fault(what));
                }
                let rows = if row.is_empty() { Vec::new() } else { vec![row] };
                entries.push(Entry { key, rows });
            }
            Some(at) => return Err(words[at].fault("one key stands before `=`")),
            None if words.is_empty() => {}
            None => match entries.last_mut() {
                Some(entry) => entry.rows.push(words),
                None => return Err(words[0].fault("expected `key = value`")),
            },
        }
    }
    Ok(entries)
}

/// The words of one line up to its comment.
fn split(text: &str, line: usize) -> Result<Vec<Word>, FormatError> {
    let mut words = Vec::new();
    let mut letters = text.chars().enumerate().map(|(index, c)| (index + 1, c)).peekable();
    while let Some((column, letter)) = letters.next() {
        let mut word = Word { text: String::new(), line, column, quoted: false };
        match letter {
            '#' => break,
            _ if letter.is_whitespace() || letter == ',' => continue,
            '=' => word.text.push('='),
            '"' => {
                word.quoted = true;
                unquote(&mut letters, &mut word)?;
            }
            _ => {
                word.text.push(letter);
                let inside = |c: char| !c.is_whitespace() && !matches!(c, ',' | '#' | '=' | '"');
                while let Some((_, next)) = letters.next_if(|&(_, c)| inside(c)) {
                    word.text.push(next);
                }
            }
        }
        words.push(word);
    }
    Ok(words)
}

/// The text up to the closing quote; `\n`, `\r`, `\t`, `\"`, `\\` and `\u{7f}` as in Rust.
fn unquote(
    letters: &mut impl Iterator<Item = (usize, char)>,
    word: &mut Word,
) -> Result<(), FormatError> {
    while let Some((column, letter)) = letters.next() {
        match letter {
            '"' => return Ok(()),
            '\\' => {
                let what = "a backslash stands before n, r, t, \", \\ or u{...} only";
                let meant = escaped(letters);
                word.text.push(meant.ok_or_else(|| fault(word.line, column, what))?);
            }
            _ => word.text.push(letter),
        }
    }
    Err(word.fault("this text has no closing quote"))
}

/// The letter that the rest of an escape stands for.
fn escaped(letters: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    match letters.next()?.1 {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        same @ ('"' | '\\') => Some(same),
        'u' => {
            letters.next().filter(|&(_, c)| c == '{')?;
            let digits: String = letters.map(|(_, c)| c).take_while(|&c| c != '}').collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
        }
        _ => None,
    }
}
