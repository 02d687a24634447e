//! Comments that mean something here.

use crate::diag::{Diagnostic, FileId, Span, nearest};
use crate::netlist::ast::{Control, ControlKind};
use crate::netlist::card::{Card, shown};
use crate::netlist::dialect::Dialect;
use crate::netlist::parser::Parser;

/// What may follow `*!`.
const ANNOTATIONS: [&str; 2] = ["expect", "until"];

impl Parser<'_> {
    /// Lines that are comments to other simulators: `*! expect NAME value tol=x` and
    /// `*! until condition`.
    pub(super) fn annotations(&mut self, text: &str, file: FileId) {
        let mut from = text.find('\n').map_or(text.len(), |end| end + 1);
        // Stars are rare, and one byte is found faster than two.
        while let Some(at) = text[from..].find('*') {
            let start = from + at;
            if !text[start..].starts_with("*!") {
                from = start + 1;
                continue;
            }
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            let begins = text[..start].rfind('\n').map_or(0, |end| end + 1);
            from = end;
            if !text[begins..start].trim().is_empty() {
                continue;
            }
            let symbols = &mut self.netlist.symbols;
            let range = start + "*!".len()..end;
            let mut card = Card::new(text, range, file, symbols, &mut self.diagnostics);
            let span = Span::new(file, start, text[..end].trim_end().len());
            card.language = self.language;
            let read = if card.keyword("expect") {
                card.expectation().map(|found| ControlKind::Expect(Box::new(found)))
            } else if card.keyword("until") {
                card.until().map(|found| ControlKind::Until(Box::new(found)))
            } else {
                if let Some(word) = card.word()
                    && let Some(known) = nearest(&word.text.to_ascii_lowercase(), ANNOTATIONS)
                {
                    let message = format!("`*! {}` is a comment", shown(word.text));
                    let warning = Diagnostic::warning(card.word_span(word), message);
                    let hint = format!("did you mean `*! {known}`?");
                    self.diagnostics.push(warning.with_hint(hint));
                }
                continue;
            };
            self.calls.append(&mut card.calls);
            match read {
                Ok(kind) => self.netlist.controls.push(Control { kind, span }),
                Err(fault) => self.diagnostics.push(*fault),
            }
        }
    }

    /// Warns about the first `$` before a blank, which begins a comment in ngspice alone.
    pub(super) fn dollars(&mut self, text: &str, file: FileId) {
        let known = self.language.stated && self.language.dialect == Dialect::Ngspice;
        if known || !text.contains('$') {
            return;
        }
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let code = line.find(';').map_or(line, |end| &line[..end]);
            let comment = code.trim_start().starts_with('*');
            let found = code.find("$ ").filter(|&at| code[..at].ends_with([' ', '\t']) || at == 0);
            if let (Some(at), false) = (found, comment) {
                let span = Span::new(file, start + at, start + at + 1);
                let message = "`$` before a blank begins a comment here and in ngspice, not in PSpice, LTspice and Xyce";
                let warning = Diagnostic::warning(span, message);
                self.diagnostics.push(warning.with_hint("begin comments with `;`"));
                return;
            }
            start += line.len();
        }
    }
}
