//! Files, scopes and the order of cards.

use std::ops::Range;

use crate::diag::{Diagnostic, FileId, SourceMap, Sources, Span};
use crate::netlist::array::Matrices;
use crate::netlist::ast::{Control, ControlKind, ElementKind, Netlist};
use crate::netlist::card::{Card, shown};
use crate::netlist::conditional::Frame;
use crate::netlist::decode::decode;
use crate::netlist::dialect::{Dialect, Language};
use crate::netlist::directive::{DotCard, Keyword};
use crate::netlist::duplicates;
use crate::netlist::functions;
use crate::netlist::lines::Cards;
use crate::netlist::symbol::{Interner, Symbol};

/// Bytes that the files may have together, so that places fit in 32 bits.
const MOST_BYTES: usize = u32::MAX as usize / 2;

/// A deck that was read.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// What it says. Cards with errors are left out.
    pub netlist: Netlist,
    /// Its files; the deck itself is the first.
    pub map: SourceMap,
    /// Everything wrong with it, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a deck: a title line, then cards.
///
/// `name` is what diagnostics call it; included files come from `sources` and
/// are read in place. All faults are collected; use the netlist only if
/// [`crate::diag::has_errors`] finds none.
///
/// # Examples
///
/// ```
/// use analogon::{diag::NoSources, netlist::parse};
/// let parsed = parse("divider.cir", "divider\nV1 in 0 5\nR1 in out 1k\nR2 out 0 1k\n", &NoSources);
/// assert!(parsed.diagnostics.is_empty());
/// assert_eq!(parsed.netlist.scope.elements.len(), 3);
/// ```
#[must_use]
pub fn parse(name: &str, text: impl AsRef<[u8]>, sources: &dyn Sources) -> Parsed {
    let mut parser = Parser::new(sources);
    parser.file(name, text.as_ref().to_vec(), Reading::Deck);
    parser.into_parsed()
}

/// The same of a deck in another dialect than ngspice's, or in one that nobody stated.
#[must_use]
pub fn parse_in(
    language: Language,
    name: &str,
    text: impl AsRef<[u8]>,
    sources: &dyn Sources,
) -> Parsed {
    let mut parser = Parser::new(sources);
    parser.language = language;
    parser.file(name, text.as_ref().to_vec(), Reading::Deck);
    parser.into_parsed()
}

impl Parsed {
    /// Reads one more condition that ends a transient, as a line `*! until condition` of
    /// the deck does; `name` is what diagnostics call the text.
    pub fn until(&mut self, language: Language, name: &str, condition: &str) {
        let file = self.map.add(name, condition);
        let symbols = &mut self.netlist.symbols;
        let range = 0..condition.len();
        let mut card = Card::new(condition, range.clone(), file, symbols, &mut self.diagnostics);
        card.language = language;
        let read = card.until();
        let calls = std::mem::take(&mut card.calls);
        match read {
            Ok(found) => {
                let kind = ControlKind::Until(Box::new(found));
                let span = Span::new(file, range.start, range.end);
                self.netlist.controls.push(Control { kind, span });
            }
            Err(fault) => self.diagnostics.push(*fault),
        }
        functions::report(&self.netlist, &calls, &mut self.diagnostics);
    }
}

/// Reads cards without a title line before them.
#[must_use]
pub fn parse_cards(name: &str, text: impl AsRef<[u8]>, sources: &dyn Sources) -> Parsed {
    let mut parser = Parser::new(sources);
    parser.file(name, text.as_ref().to_vec(), Reading::Cards);
    parser.into_parsed()
}

/// How much of a file counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading<'n> {
    /// A title line, then cards.
    Deck,
    /// Cards.
    Cards,
    /// The cards from `.lib NAME` to `.endl`.
    Section(&'n str),
}

/// A file being read.
pub(super) struct Link {
    pub(super) name: String,
    /// Where only a section of it is read.
    pub(super) section: Option<String>,
    /// Where it is included; `None` for the deck itself.
    pub(super) place: Option<Span>,
}

pub(super) struct Parser<'s> {
    pub(super) sources: &'s dyn Sources,
    pub(super) netlist: Netlist,
    pub(super) map: SourceMap,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The top level and the open subcircuits and conditional blocks.
    pub(super) frames: Vec<Frame>,
    pub(super) language: Language,
    /// Functions that are called and not built in, and where.
    pub(super) calls: Vec<(Symbol, Span)>,
    /// The files being read, from the deck inwards.
    pub(super) chain: Vec<Link>,
    bytes: usize,
    /// The matrices of arrays.
    pub(super) matrices: Matrices,
}

impl<'s> Parser<'s> {
    fn new(sources: &'s dyn Sources) -> Self {
        Self {
            sources,
            netlist: Netlist::default(),
            map: SourceMap::default(),
            diagnostics: Vec::new(),
            frames: vec![Frame::top()],
            language: Language::stated(Dialect::default()),
            calls: Vec::new(),
            chain: Vec::new(),
            bytes: 0,
            matrices: Matrices::default(),
        }
    }

    /// Reads a file in place.
    pub(super) fn file(&mut self, name: &str, bytes: Vec<u8>, reading: Reading<'_>) {
        let included = self.chain.last().and_then(|link| link.place);
        if self.chain.is_empty() {
            self.chain.push(Link { name: name.to_owned(), section: None, place: None });
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MOST_BYTES {
            let file = self.map.add(name, "");
            let span = included.unwrap_or(Span::new(file, 0, 0));
            self.diagnostics.push(Diagnostic::error(span, "the deck is larger than 2 GiB"));
            return;
        }
        let (text, fault) = decode(bytes, self.map.next());
        let file = self.map.reserve(name, text.len());
        if let Some(fault) = fault {
            self.diagnostics.push(fault);
        } else {
            self.cards(&text, file, reading);
            self.dollars(&text, file);
            if reading == Reading::Deck {
                self.annotations(&text, file);
            }
        }
        self.map.fill(file, text);
    }

    fn cards(&mut self, text: &str, file: FileId, reading: Reading<'_>) {
        let titled = reading == Reading::Deck;
        if titled && text.trim().is_empty() {
            let fault = Diagnostic::error(Span::new(file, 0, 0), "the deck is empty");
            let hint = "the first line of a deck is its title, element cards follow";
            self.diagnostics.push(fault.with_hint(hint));
            return;
        }
        let start = if titled { self.title(text, file) } else { 0 };
        if titled && Cards::new(text, start).next().is_none() {
            let span = Span::new(file, 0, text.trim_end().len());
            let fault = Diagnostic::error(span, "no card follows the title");
            self.diagnostics.push(fault);
        }
        let mut cards = Cards::new(text, start);
        if let Reading::Section(section) = reading
            && !self.find_section(section, text, &mut cards, file)
        {
            return;
        }
        let mut script = false;
        while let Some(range) = cards.next() {
            let card = &text[range.clone()];
            if script {
                script = !begins_with(card, ".endc");
                if script {
                    self.script_line(text, range, file);
                }
                continue;
            }
            match card.as_bytes().first() {
                Some(b'.') => match self.dot_card(text, range, file) {
                    Some(Keyword::End) => {
                        self.after_end(cards, file);
                        return;
                    }
                    Some(Keyword::EndLib) if matches!(reading, Reading::Section(_)) => return,
                    keyword => script = keyword == Some(Keyword::Script),
                },
                Some(b'+') => {
                    let span = Span::new(file, range.start, range.start + 1);
                    let fault = Diagnostic::error(span, "nothing to continue before this `+`");
                    self.diagnostics.push(fault);
                }
                _ => self.element(text, range, file),
            }
        }
    }

    /// Takes the first line and returns where the second begins.
    fn title(&mut self, text: &str, file: FileId) -> usize {
        let line = text.find('\n').unwrap_or(text.len());
        let title = text[..line].trim();
        title.clone_into(&mut self.netlist.title);
        let start = text[..line].len() - text[..line].trim_start().len();
        let range = start..start + title.len();
        if looks_like_card(text, range.clone(), file) {
            let span = Span::new(file, range.start, range.end);
            let message = "the first line is the title, but it reads like a card";
            let hint = "put a title line before it";
            self.diagnostics.push(Diagnostic::warning(span, message).with_hint(hint));
        }
        std::cmp::min(line + 1, text.len())
    }

    fn after_end(&mut self, mut cards: Cards<'_>, file: FileId) {
        if let Some(range) = cards.next() {
            let span = Span::new(file, range.start, range.end);
            let warning = Diagnostic::warning(span, "everything after `.end` is ignored");
            self.diagnostics.push(warning);
        }
    }

    /// The innermost open scope.
    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the top level never ends")
    }

    fn element(&mut self, text: &str, range: Range<usize>, file: FileId) {
        let symbols = &mut self.netlist.symbols;
        let mut card = Card::new(text, range, file, symbols, &mut self.diagnostics);
        card.language = self.language;
        let read = card.element();
        self.calls.append(&mut card.calls);
        match read {
            Ok(mut element) => {
                let is_whole = match &mut element.kind {
                    ElementKind::Array(array) => self.weights(array),
                    _ => true,
                };
                if is_whole {
                    self.frame().scope.elements.push(element);
                }
            }
            Err(fault) => self.diagnostics.push(*fault),
        }
    }

    /// Reads a dot card and returns what it is about, if that is known.
    fn dot_card(&mut self, text: &str, range: Range<usize>, file: FileId) -> Option<Keyword> {
        let start = range.start;
        let symbols = &mut self.netlist.symbols;
        let mut card = Card::new(text, range, file, symbols, &mut self.diagnostics);
        card.language = self.language;
        let (keyword, read) = card.dot_card();
        let span = card.span(start);
        self.calls.append(&mut card.calls);
        match read {
            Ok(DotCard::Subckt(subckt)) => self.open(Some(subckt), span),
            Ok(DotCard::Ends(name)) => self.close(name, span),
            Ok(DotCard::Param(params)) => self.frame().scope.params.extend(params),
            Ok(DotCard::Model(model)) => self.frame().scope.models.push(model),
            Ok(DotCard::Include(name, place)) => self.include(name, None, place),
            Ok(DotCard::Lib(name, Some(section), place)) => {
                self.include(name, Some(section.text), place);
            }
            Ok(DotCard::Lib(name, None, place)) => {
                let message = format!("`.lib {}` names no section", shown(name));
                let hint = "write `.lib file section`, or `.include file` for the whole of a file";
                self.diagnostics.push(Diagnostic::error(place, message).with_hint(hint));
            }
            Ok(DotCard::EndLib) if self.chain.len() == 1 => {
                let fault = Diagnostic::error(span, "`.endl` without a `.lib` section before it");
                self.diagnostics.push(fault);
            }
            Ok(DotCard::Global(nodes)) => self.global(nodes, span),
            Ok(DotCard::Func(function)) => self.frame().scope.functions.push(function),
            Ok(DotCard::If(condition)) => self.open_if(Some(condition), span),
            Ok(DotCard::ElseIf(condition)) => self.next_branch(Some(condition), span),
            Ok(DotCard::Else) => self.next_branch(None, span),
            Ok(DotCard::EndIf) => self.close_if(span),
            Ok(DotCard::Control(kind)) => self.control(kind, span),
            Ok(DotCard::Script) => self.script_begins(span),
            Ok(DotCard::Nothing | DotCard::EndLib | DotCard::End) => {}
            Err(fault) => {
                self.diagnostics.push(*fault);
                // The scope must open and close nevertheless, or its contents
                // would count as those of the scope around it.
                match keyword {
                    Some(Keyword::Subckt) => self.open(None, span),
                    Some(Keyword::Ends) => self.close(None, span),
                    Some(Keyword::If) => self.open_if(None, span),
                    Some(Keyword::ElseIf | Keyword::Else) => self.next_branch(None, span),
                    Some(Keyword::EndIf) => self.close_if(span),
                    _ => {}
                }
            }
        }
        keyword
    }

    pub(super) fn control(&mut self, kind: ControlKind, span: Span) {
        if let [_, .., innermost] = self.frames.as_slice() {
            let fault = Diagnostic::error(span, "this card belongs to the top level");
            let open = format!("but this {} is still open", innermost.what());
            let related = fault.with_related(innermost.span, open);
            self.diagnostics.push(related);
            return;
        }
        self.netlist.controls.push(Control { kind, span });
    }

    fn global(&mut self, nodes: Vec<Symbol>, span: Span) {
        if self.frames.len() > 1 {
            self.diagnostics.push(Diagnostic::error(span, "this card belongs to the top level"));
        }
        for node in nodes {
            if !self.netlist.globals.contains(&node) {
                self.netlist.globals.push(node);
            }
        }
    }

    /// Closes the top level.
    fn into_parsed(mut self) -> Parsed {
        self.close_all();
        self.netlist.scope = std::mem::take(&mut self.frame().scope);
        duplicates::report(&self.netlist.scope, &self.netlist.symbols, &mut self.diagnostics);
        functions::report(&self.netlist, &self.calls, &mut self.diagnostics);
        self.netlist.symbols.close();
        // Stable, so that faults of one place stay in the order they were found.
        self.diagnostics.sort_by_key(|fault| fault.span.map(|span| span.start));
        Parsed { netlist: self.netlist, map: self.map, diagnostics: self.diagnostics }
    }
}

/// True where the first line would be a card if it were not the title.
fn looks_like_card(text: &str, range: Range<usize>, file: FileId) -> bool {
    let line = &text[range.clone()];
    let (mut symbols, mut diagnostics) = (Interner::default(), Vec::new());
    let mut card = Card::new(text, range, file, &mut symbols, &mut diagnostics);
    if line.starts_with('.') {
        return card.dot_card().0.is_some();
    }
    // Any words make an instance, or a resistor with a model: `xor of two inputs` and
    // `rise of a diode` are titles.
    let numbered = line.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    card.element().is_ok_and(|element| match element.kind {
        ElementKind::Instance(_) => numbered,
        ElementKind::Passive(passive) => {
            numbered || passive.value.is_some() || passive.law.is_some()
        }
        _ => true,
    })
}

fn begins_with(card: &str, keyword: &str) -> bool {
    card.get(..keyword.len()).is_some_and(|head| head.eq_ignore_ascii_case(keyword))
}
