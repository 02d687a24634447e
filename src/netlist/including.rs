//! Files inside files, and sections of them.

use crate::diag::{Diagnostic, FileId, Span, nearest};
use crate::netlist::card::shown;
use crate::netlist::lines::Cards;
use crate::netlist::parser::{Link, Parser, Reading};

/// Files that may include each other in a chain.
const DEEPEST_INCLUDE: usize = 50;

/// Links of a chain of files that a fault shows.
const LONGEST_CHAIN: usize = 5;

/// Files that may be included in all.
const MOST_INCLUDES: usize = 10_000;

impl Parser<'_> {
    /// Moves `cards` behind the card `.lib section`; false, with a fault, where there is none.
    pub(super) fn find_section(
        &mut self,
        section: &str,
        text: &str,
        cards: &mut Cards<'_>,
        file: FileId,
    ) -> bool {
        let mut known: Vec<String> = Vec::new();
        for range in cards.by_ref() {
            let card = &text[range];
            let mut words = card.split_ascii_whitespace();
            let is_lib = words.next().is_some_and(|word| word.eq_ignore_ascii_case(".lib"));
            let (Some(name), None, true) = (words.next(), words.next(), is_lib) else { continue };
            if name.eq_ignore_ascii_case(section) {
                return true;
            }
            known.push(shown(name));
        }
        let place = self.chain.last().and_then(|link| link.place);
        let message = format!("the file has no section `{}`", shown(section));
        let fault = Diagnostic::error(place.unwrap_or(Span::new(file, 0, 0)), message);
        known.truncate(8);
        self.diagnostics.push(
            match (nearest(section, known.iter().map(String::as_str)), &*known) {
                (Some(known), _) => fault.with_hint(format!("did you mean `{known}`?")),
                (None, []) => fault
                    .with_hint("a section begins with `.lib NAME`; without any, use `.include`"),
                (None, known) => fault.with_hint(format!("it has {}", known.join(", "))),
            },
        );
        false
    }

    pub(super) fn include(&mut self, name: &str, section: Option<&str>, place: Span) {
        let from = self.chain.last().map(|link| link.name.clone()).unwrap_or_default();
        // A section may use another one of its own file.
        let same = |link: &Link| link.name == name && link.section.as_deref() == section;
        let mut hint = "a file cannot be part of itself; remove this card";
        let fault = if self.chain.iter().any(same) {
            Err(format!("`{}` includes itself", shown(name)))
        } else if self.chain.len() > DEEPEST_INCLUDE {
            Err(format!("files include each other deeper than {DEEPEST_INCLUDE} levels"))
        } else if self.map.files().len() > MOST_INCLUDES {
            Err(format!("the deck includes more than {MOST_INCLUDES} files"))
        } else {
            hint = "file names are relative to the file that includes them";
            self.sources
                .read(name, &from)
                .map_err(|why| format!("cannot include `{}`: {why}", shown(name)))
        };
        match fault {
            Ok(bytes) => {
                let own = section.map(str::to_owned);
                self.chain.push(Link { name: name.to_owned(), section: own, place: Some(place) });
                self.file(name, bytes, section.map_or(Reading::Cards, Reading::Section));
                self.chain.pop();
            }
            Err(message) => {
                let mut fault = Diagnostic::error(place, message).with_hint(hint);
                for link in self.chain.iter().rev().take(LONGEST_CHAIN) {
                    if let Some(span) = link.place {
                        let note = format!("`{}` is included here", shown(&link.name));
                        fault = fault.with_related(span, note);
                    }
                }
                self.diagnostics.push(fault);
            }
        }
    }
}
