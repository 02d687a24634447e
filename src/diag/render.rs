//! Diagnostics as text.

use std::{collections::HashMap, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Severity, SourceFile, SourceMap, Span};

/// Width of the output; longer source lines are cut around the place.
const WIDTH: usize = 110;

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

/// Where `span` begins.
///
/// A place beyond the end of its file is the end; where there is no file it is
/// line 1, column 1 of one without name. Reads the file up to the place:
/// [`render`] is the function for many of them.
#[must_use]
pub fn position(map: &SourceMap, span: Span) -> Position {
    let Some(file) = map.file(span) else {
        return Position { file: String::new(), line: 1, column: 1 };
    };
    let place = Place::new(file, &line_starts(&file.text), span);
    Position { file: file.name.clone(), line: place.line, column: place.column }
}

/// The diagnostics as plain text, each with its place, its source line, carets,
/// its related places and its hint.
///
/// Lines longer than about 100 characters are cut around the place, and of a
/// place of several lines only the first is shown.
#[must_use]
pub fn render(map: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    render_with(map, diagnostics, &Renderer::plain().term_width(WIDTH))
}

/// The text of [`render`] with ANSI colours.
#[must_use]
pub fn render_styled(map: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    render_with(map, diagnostics, &Renderer::styled().term_width(WIDTH))
}

fn render_with(map: &SourceMap, diagnostics: &[Diagnostic], renderer: &Renderer) -> String {
    let mut lines = Lines { map, starts: HashMap::new() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Warning => Level::WARNING,
            Severity::Error => Level::ERROR,
        };
        let mut first = Group::with_title(level.primary_title(printable(&diagnostic.message)));
        if let Some(span) = diagnostic.span {
            first = lines.show(first, span);
        }
        let mut groups = vec![first];
        for (span, note) in &diagnostic.related {
            let title = Level::NOTE.secondary_title(printable(note));
            groups.push(lines.show(Group::with_title(title), *span));
        }
        if let Some(hint) = &diagnostic.hint {
            groups.push(Group::with_title(Level::HELP.secondary_title(printable(hint))));
        }
        text.push_str(&renderer.render(&groups));
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The files with their line starts, found once per file.
struct Lines<'a> {
    map: &'a SourceMap,
    /// By the position of the file.
    starts: HashMap<u32, Vec<usize>>,
}

impl<'a> Lines<'a> {
    /// Adds the place and its source line to `group`.
    fn show(&mut self, group: Group<'a>, span: Span) -> Group<'a> {
        let Some(file) = self.map.file(span) else { return group };
        let starts = self.starts.entry(file.start).or_insert_with(|| line_starts(&file.text));
        let place = Place::new(file, starts, span);
        let (source, range) = place.excerpt(file);
        let snippet = Snippet::source(source)
            .path(file.name.as_str())
            .line_start(place.line)
            .annotation(AnnotationKind::Primary.span(range));
        group.element(snippet)
    }
}

/// The first byte of every line.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// The first line of a span.
struct Place {
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// Bytes of the line in its file, without its end.
    bytes: Range<usize>,
    /// Bytes of the span in its file, cut to the line.
    span: Range<usize>,
}

impl Place {
    fn new(file: &SourceFile, starts: &[usize], span: Span) -> Self {
        let text = file.text.as_str();
        let covered = file.bytes(span);
        let start = text.floor_char_boundary(covered.start);
        let line = starts.partition_point(|&first| first <= start);
        let first = starts[line - 1];
        let rest = &text[first..];
        let end = first + rest.find('\n').unwrap_or(rest.len());
        let end = first + text[first..end].trim_end_matches('\r').len();
        let start = std::cmp::min(start, end);
        let stop = text.ceil_char_boundary(covered.end).clamp(start, end);
        let column = text[first..start].chars().count() + 1;
        Self { line, column, bytes: first..end, span: start..stop }
    }

    /// The line up to what can be seen, and the span in it. What comes before
    /// the span is kept, because the column is counted from it.
    fn excerpt(&self, file: &SourceFile) -> (String, Range<usize>) {
        let line = &file.text[self.bytes.clone()];
        let (before, after) = line.split_at(self.span.start - self.bytes.start);
        let visible = after.char_indices().nth(WIDTH).map_or(after.len(), |(at, _)| at);
        let (covered, rest) = after[..visible].split_at(std::cmp::min(self.span.len(), visible));
        let mut text = printable(before);
        let start = text.len();
        text.push_str(&printable(covered));
        let end = text.len();
        text.push_str(&printable(rest));
        (text, start..end)
    }
}

/// The text with control characters, which could move the cursor or colour
/// the terminal, shown as replacement characters. Tabs become spaces.
fn printable(text: &str) -> String {
    let show = |c: char| match c {
        '\t' => ' ',
        '\n' => '\n',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;
    use proptest::prelude::*;

    fn span(start: usize, end: usize) -> Span {
        Span::new(FileId(0), start, end)
    }

    fn map(text: &str) -> SourceMap {
        let mut map = SourceMap::default();
        map.add("deck.cir", text);
        map
    }

    #[test]
    fn place_carets_related_and_hint() {
        let map = map("title\nR1 a b 1k\r\nr1 a µ 1q5\n");
        let diagnostics = [
            Diagnostic::error(span(17, 19), "`r1` is defined twice")
                .with_related(span(6, 8), "first defined here")
                .with_hint("rename one of them"),
            Diagnostic::warning(span(25, 28), "odd number"),
        ];
        let expected = "\
error: `r1` is defined twice
 --> deck.cir:3:1
  |
3 | r1 a µ 1q5
  | ^^
  |
note: first defined here
 --> deck.cir:2:1
  |
2 | R1 a b 1k
  | ^^
help: rename one of them

warning: odd number
 --> deck.cir:3:8
  |
3 | r1 a µ 1q5
  |        ^^^
";
        assert_eq!(render(&map, &diagnostics), expected);
        assert!(render_styled(&map, &diagnostics).contains('\u{1b}'));
    }

    #[test]
    fn without_a_place() {
        let fault = Diagnostic { span: None, ..Diagnostic::error(span(0, 0), "the deck is empty") };
        assert_eq!(render(&map(""), &[fault]), "error: the deck is empty\n");
        assert_eq!(render(&map(""), &[]), "");
    }

    #[test]
    fn several_lines_show_the_first() {
        let text = "t\nR1 a\n+ b 1k\n";
        let fault = Diagnostic::error(span(2, text.len() - 1), "card");
        let expected = "\
error: card
 --> deck.cir:2:1
  |
2 | R1 a
  | ^^^^
";
        assert_eq!(render(&map(text), &[fault]), expected);
    }

    #[test]
    fn long_lines_are_cut() {
        let text =
            format!("t\nV1 a 0 PWL({}oops {})\n", "0 1 ".repeat(1000), "2 3 ".repeat(250_000));
        let at = text.find("oops").unwrap();
        let rendered = render(&map(&text), &[Diagnostic::error(span(at, at + 4), "bad number")]);
        let expected = format!(
            "\
error: bad number
 --> deck.cir:2:4012
  |
2 | ...{}oops {}2 3...
  |    {}^^^^
",
            "0 1 ".repeat(12),
            "2 3 ".repeat(11),
            " ".repeat(48)
        );
        assert_eq!(rendered, expected);
    }

    #[test]
    fn positions_count_characters() {
        let map = map("a\nβγδ x\n");
        let place = |start| position(&map, span(start, start + 1));
        let at = |line, column| Position { file: "deck.cir".to_owned(), line, column };
        assert_eq!(place(0), at(1, 1));
        assert_eq!(place(9), at(2, 5));
        assert_eq!(place(11), at(3, 1));
        assert_eq!(place(1000), at(3, 1));
        assert_eq!(position(&SourceMap::default(), span(7, 8)).line, 1);
    }

    #[test]
    fn places_of_several_files() {
        let mut map = SourceMap::default();
        let first = map.reserve("deck.cir", 6);
        let second = map.add("part.inc", "c\nd\n");
        let third = map.add("empty.inc", "");
        map.fill(first, "t\na b\n".to_owned());
        for (file, (start, end), text, place) in [
            (first, (2, 3), "a", ("deck.cir", 2, 1)),
            (first, (6, 6), "", ("deck.cir", 3, 1)),
            (second, (0, 1), "c", ("part.inc", 1, 1)),
            (second, (2, 3), "d", ("part.inc", 2, 1)),
            (third, (0, 0), "", ("empty.inc", 1, 1)),
        ] {
            let span = Span::new(file, start, end);
            assert_eq!(map.text(span), text);
            let found = position(&map, span);
            assert_eq!((found.file.as_str(), found.line, found.column), place);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_span_of_any_text_renders(text in "(?s).{0,300}", start in 0_usize..400, len in 0_usize..400) {
            let map = map(&text);
            let fault = Diagnostic::error(span(start, start + len), "fault");
            let place = position(&map, span(start, start + len));
            let rendered = render(&map, &[fault]);
            let expected = format!("deck.cir:{}:{}", place.line, place.column);
            prop_assert!(rendered.contains(&expected), "{rendered}");
        }
    }
}
