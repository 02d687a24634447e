//! ngspice's scripts: what of a `.control` block is an analysis or a measure.

use std::ops::Range;

use crate::diag::{Diagnostic, FileId, Span};
use crate::netlist::card::{Card, shown};
use crate::netlist::directive::{DIRECTIVES, DotCard};
use crate::netlist::parser::Parser;

/// Commands that only show, store or compute what is there already.
const WITHOUT_EFFECT: [&str; 28] = [
    "run",
    "print",
    "plot",
    "gnuplot",
    "hardcopy",
    "asciiplot",
    "write",
    "wrdata",
    "echo",
    "display",
    "listing",
    "status",
    "rusage",
    "show",
    "showmod",
    "set",
    "unset",
    "let",
    "unlet",
    "setplot",
    "setscale",
    "settype",
    "destroy",
    "linearize",
    "version",
    "quit",
    "exit",
    "rehash",
];

/// Commands that are dot cards without their dot.
const CARDS: [&str; 12] =
    ["op", "tran", "dc", "ac", "noise", "tf", "sens", "pz", "meas", "measure", "save", "option"];

impl Parser<'_> {
    /// One line of a script: an analysis or a measure counts as its card, what is shown or
    /// written does not count, and whatever else could change a result is refused.
    pub(super) fn script_line(&mut self, text: &str, range: Range<usize>, file: FileId) {
        let start = range.start;
        let symbols = &mut self.netlist.symbols;
        let mut card = Card::new(text, range, file, symbols, &mut self.diagnostics);
        card.language = self.language;
        let Some(word) = card.word() else { return };
        let name = word.text.to_ascii_lowercase();
        if WITHOUT_EFFECT.contains(&name.as_str()) {
            return;
        }
        let name = if name == "fourier" { "four" } else { &name };
        let keyword = DIRECTIVES.iter().find(|(known, _)| *known == name).map(|(_, k)| *k);
        let is_card = CARDS.contains(&name) || name == "four";
        let Some(keyword) = keyword.filter(|_| is_card) else {
            let message = format!("`{}` of an ngspice script is not supported", shown(word.text));
            let fault = Diagnostic::error(card.word_span(word), message);
            let hint = "scripts may hold analyses, measures, and what prints and plots; use `.step` to vary a value";
            self.diagnostics.push(fault.with_hint(hint));
            return;
        };
        let read = card.contents(keyword, start);
        let span = card.span(start);
        self.calls.append(&mut card.calls);
        match read {
            Ok(DotCard::Control(kind)) => self.control(kind, span),
            Ok(_) => {}
            Err(fault) => self.diagnostics.push(*fault),
        }
    }

    /// Says what becomes of a script.
    pub(super) fn script_begins(&mut self, span: Span) {
        let message = "of this script only analyses, measures and options are carried out";
        let warning = Diagnostic::warning(span, message);
        let hint = "use -o and --plot for what it writes and plots";
        self.diagnostics.push(warning.with_hint(hint));
    }
}
