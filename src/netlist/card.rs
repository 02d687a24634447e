//! Reading one card: tokens with their places, and the faults of every grammar rule.

use crate::diag::{Diagnostic, FileId, Span};
use crate::netlist::dialect::{Dialect, Language};
use crate::netlist::lexer::{self, Token};
use crate::netlist::symbol::{Interner, Symbol};

/// What ends the reading of a card.
pub(super) type Fault = Box<Diagnostic>;

/// A position in a card. Copies of it are marks to return to.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    /// The rest of the card.
    pub(super) rest: &'t str,
    /// Byte of the file where the card ends.
    pub(super) end: usize,
    /// Byte of the file where the last token ended.
    pub(super) last: usize,
}

/// A word and where it begins in the file.
#[derive(Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
}

/// A card being read.
pub(super) struct Card<'p, 't> {
    pub(super) cursor: Cursor<'t>,
    pub(super) file: FileId,
    pub(super) symbols: &'p mut Interner,
    /// Faults that do not end the reading of the card.
    pub(super) diagnostics: &'p mut Vec<Diagnostic>,
    /// What language it is written in.
    pub(super) language: Language,
    /// Functions that the card calls and that are not built in.
    pub(super) calls: Vec<(Symbol, Span)>,
    /// Nesting of the expression being read.
    pub(super) depth: usize,
    /// True after a fault inside a value, which the form of the card does not help to mend.
    pub(super) inside_value: bool,
}

impl<'p, 't> Card<'p, 't> {
    /// The card that `text[range]` is.
    pub(super) fn new(
        text: &'t str,
        range: std::ops::Range<usize>,
        file: FileId,
        symbols: &'p mut Interner,
        diagnostics: &'p mut Vec<Diagnostic>,
    ) -> Self {
        let cursor = Cursor { last: range.start, end: range.end, rest: &text[range] };
        let calls = Vec::new();
        let language = Language::stated(Dialect::default());
        let (depth, inside_value) = (0, false);
        Self { cursor, file, symbols, diagnostics, language, calls, depth, inside_value }
    }

    /// Where the next token begins, after skipping the gap before it.
    pub(super) fn at(&mut self) -> usize {
        // A gap may be empty, so it cannot fail.
        if let Ok((rest, ())) = lexer::gap(self.cursor.rest) {
            self.cursor.rest = rest;
        }
        self.cursor.end - self.cursor.rest.len()
    }

    /// The first character of the next token.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.at();
        self.cursor.rest.chars().next()
    }

    /// The next token if it is one of `parser`.
    pub(super) fn take<T>(&mut self, parser: impl Fn(&'t str) -> Token<'t, T>) -> Option<T> {
        self.at();
        let (rest, token) = parser(self.cursor.rest).ok()?;
        self.cursor.rest = rest;
        self.cursor.last = self.cursor.end - rest.len();
        Some(token)
    }

    /// Consumes the next token if it is that character.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        self.at();
        let Some(rest) = self.cursor.rest.strip_prefix(wanted) else { return false };
        self.cursor.rest = rest;
        self.cursor.last = self.cursor.end - rest.len();
        true
    }

    /// The next word.
    pub(super) fn word(&mut self) -> Option<Word<'t>> {
        let start = self.at();
        self.take(lexer::word).map(|text| Word { text, start })
    }

    /// The next word, left in place.
    pub(super) fn peek_word(&mut self) -> Option<Word<'t>> {
        let mark = self.cursor;
        let word = self.word();
        self.cursor = mark;
        word
    }

    /// Consumes the next word if it is `keyword`, in any case.
    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let mark = self.cursor;
        let found = self.word().is_some_and(|word| word.text.eq_ignore_ascii_case(keyword));
        if !found {
            self.cursor = mark;
        }
        found
    }

    /// Notes a place that other simulators read differently, where nobody said which
    /// one is meant.
    pub(super) fn disagreement(&mut self, span: Span, message: &str, hint: &str) {
        if !self.language.stated {
            let hint = format!("{hint}; `--dialect` says which is meant");
            self.diagnostics.push(Diagnostic::warning(span, message).with_hint(hint));
        }
    }

    /// The symbol of a word, in lower case.
    pub(super) fn intern(&mut self, text: &str) -> Symbol {
        self.symbols.intern_lower(text)
    }

    /// From `start` to the end of the last token.
    pub(super) fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, std::cmp::max(start, self.cursor.last))
    }

    /// The place of a word.
    pub(super) fn word_span(&self, word: Word<'_>) -> Span {
        Span::new(self.file, word.start, word.start + word.text.len())
    }

    /// The next token, whatever it is: a word or a single character. At the
    /// end of the card it is empty and lies after the last token.
    pub(super) fn next_token(&mut self) -> Word<'t> {
        let start = self.at();
        if let Some(word) = self.peek_word() {
            return word;
        }
        match self.cursor.rest.chars().next() {
            Some(c) => Word { text: &self.cursor.rest[..c.len_utf8()], start },
            None => Word { text: "", start: self.cursor.last },
        }
    }

    /// The fault of the next token where `wanted` should be: `missing …` at
    /// the end of the card, `expected …, found …` elsewhere.
    pub(super) fn expected<T>(&mut self, wanted: &str) -> Result<T, Fault> {
        let token = self.next_token();
        let span = self.word_span(token);
        let fault = if token.text.is_empty() {
            Diagnostic::error(span, format!("missing {wanted}"))
        } else {
            Diagnostic::error(span, format!("expected {wanted}, found `{}`", shown(token.text)))
        };
        Err(Box::new(with_character_hint(fault, token.text)))
    }

    /// An error unless the card ends here; `after` says what came before.
    pub(super) fn finish(&mut self, after: &str) -> Result<(), Fault> {
        if self.peek().is_none() {
            return Ok(());
        }
        let token = self.next_token();
        let message = format!("unexpected `{}` after {after}", shown(token.text));
        let fault = Diagnostic::error(self.word_span(token), message);
        Err(Box::new(with_character_hint(fault, token.text)))
    }

    /// Consumes the bracket that closes the one at `open`.
    pub(super) fn close(&mut self, open: Span, bracket: char) -> Result<(), Fault> {
        if self.eat(bracket) {
            return Ok(());
        }
        let opener = match bracket {
            ')' => '(',
            '}' => '{',
            other => other,
        };
        let token = self.next_token();
        if matches!(token.text, "" | ")" | "}" | "'") {
            let fault = Diagnostic::error(open, format!("unclosed `{opener}`"));
            return Err(Box::new(fault.with_hint(format!("add the missing `{bracket}`"))));
        }
        let message = format!("expected `{bracket}`, found `{}`", shown(token.text));
        let fault = Diagnostic::error(self.word_span(token), message);
        let fault = fault.with_related(open, format!("to close this `{opener}`"));
        Err(Box::new(with_character_hint(fault, token.text)))
    }
}

/// Characters that look like others get their code point named.
fn with_character_hint(fault: Diagnostic, token: &str) -> Diagnostic {
    match token.chars().next() {
        Some(c) if !c.is_ascii() && !c.is_alphanumeric() => {
            let code = u32::from(c);
            fault.with_hint(format!("the character U+{code:04X} is no letter, digit or ASCII sign"))
        }
        _ => fault,
    }
}

/// The beginning of a text that may be very long, for a message.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}
