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

    /// What the line is whose first visible byte is at `start`.
    fn kind(&self, start: usize) -> Line {
        let bytes = self.text.as_bytes();
        match bytes.get(start) {
            None | Some(b'\n' | b'*' | b';') => Line::Invisible,
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
        while let Some(rest) = self.text.as_bytes().get(self.next..)
            && !rest.is_empty()
        {
            let start = self.next + rest.iter().take_while(|&&b| is_blank(b)).count();
            let kind = self.kind(start);
            // Only now, so that the line after a card is not read to its end twice.
            if matches!((&kind, &card), (Line::Card, Some(_))) {
                break;
            }
            let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
            match (kind, &mut card) {
                (Line::Invisible, _) => {}
                (Line::Continuation, Some(card)) => card.end = end,
                (Line::Continuation | Line::Card, _) => card = Some(start..end),
            }
            self.next = end + 1;
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
