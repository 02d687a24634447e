//! A text as cards: an element or dot line with its continuations.

use std::ops::Range;

/// The cards of a text, as byte ranges from the first character to the end of
/// the last line. Blank lines, comment lines and continuation marks may lie
/// inside a card, never outside.
pub(super) struct Cards<'t> {
    text: &'t str,
    next: usize,
}

/// What a physical line is to its neighbours.
enum Line {
    /// Blank or comment.
    Invisible,
    /// Begins with `+`.
    Continuation,
    Card,
}

impl<'t> Cards<'t> {
    /// The cards of `text` from byte `start`, the beginning of a line.
    pub(super) fn new(text: &'t str, start: usize) -> Self {
        Self { text, next: start }
    }

    /// The first visible byte, the end, and the beginning of the next line.
    fn line(&self, start: usize) -> (usize, usize, usize) {
        let rest = &self.text[start..];
        let length = rest.find('\n').unwrap_or(rest.len());
        let blanks = rest.bytes().take_while(|&b| is_blank(b)).count();
        (start + blanks, start + length, start + length + 1)
    }

    fn kind(&self, start: usize, end: usize) -> Line {
        let bytes = self.text.as_bytes();
        match bytes.get(start) {
            _ if start >= end => Line::Invisible,
            Some(b'*' | b';') => Line::Invisible,
            Some(b'$') if bytes.get(start + 1).is_none_or(|&b| is_blank(b) || b == b'\n') => {
                Line::Invisible
            }
            Some(b'+') => Line::Continuation,
            _ => Line::Card,
        }
    }
}

impl Iterator for Cards<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let mut card: Option<Range<usize>> = None;
        while self.next < self.text.len() {
            let (start, end, next) = self.line(self.next);
            match (self.kind(start, end), &mut card) {
                (Line::Invisible, _) => {}
                (Line::Continuation, Some(card)) => card.end = end,
                (Line::Card, Some(_)) => break,
                (Line::Continuation | Line::Card, None) => card = Some(start..end),
            }
            self.next = next;
        }
        card
    }
}

/// Blanks within a line. Carriage returns are blanks, so that lines may end
/// in either way.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_own_their_continuations() {
        let text = "r1 a b\r\n* c\n\n  + 1k ; x\n\n ; y\nr2\n$ z\n+\n+ d";
        let cards: Vec<&str> = Cards::new(text, 0).map(|range| &text[range]).collect();
        assert_eq!(cards, ["r1 a b\r\n* c\n\n  + 1k ; x", "r2\n$ z\n+\n+ d"]);
        assert_eq!(Cards::new("\n * a\n", 0).next(), None);
        assert_eq!(Cards::new(" + a\n+ b\nc", 0).next(), Some(1..8));
    }
}
