//! Element cards.

use crate::diag::Diagnostic;
use crate::netlist::ast::{Element, ElementKind, Family, Instance, PassiveKind, Quantity};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::device;
use crate::netlist::expr::Expr;
use crate::netlist::expression::Context;
use crate::netlist::symbol::Symbol;

/// The letters of element cards with their form.
const FORMS: [(char, &str); 11] = [
    (
        'r',
        "Rname n+ n- value [model] [tc1=...] [tc2=...] [l=...] [w=...] [temp=...] [m=...]` or `Rname n+ n- R={law}",
    ),
    (
        'c',
        "Cname n+ n- value [model] [ic=volts] [tc1=...] [m=...]` or `Cname n+ n- C={law}` or `... Q={law}",
    ),
    (
        'l',
        "Lname n+ n- value [model] [ic=amperes] [tc1=...] [m=...]` or `Lname n+ n- L={law}` or `... Flux={law}",
    ),
    ('v', "Vname n+ n- [DC value] [AC magnitude [phase]] [PULSE|SIN|EXP|SFFM|AM|PWL(...)]"),
    ('i', "Iname n+ n- [DC value] [AC magnitude [phase]] [PULSE|SIN|EXP|SFFM|AM|PWL(...)]"),
    (
        'e',
        "Ename n+ n- control+ control- gain` or `... POLY(n) ...`, `... VALUE={...}`, `... TABLE {...} = (x,y) ...`, `... LAPLACE {...} = {...}",
    ),
    (
        'g',
        "Gname n+ n- control+ control- transconductance` or `... POLY(n) ...`, `... VALUE={...}`, `... TABLE {...} = (x,y) ...`, `... LAPLACE {...} = {...}",
    ),
    ('f', "Fname n+ n- vsource gain` or `... POLY(n) vsources... coefficients..."),
    ('h', "Hname n+ n- vsource transresistance` or `... POLY(n) vsources... coefficients..."),
    ('b', "Bname n+ n- V=expression or I=expression"),
    (
        'y',
        "Yname resistors|vccs rows=nodes columns=nodes [inverted=nodes] file=name [array=name] [gain=value]",
    ),
];

/// The form of an instance; its number of nodes is open.
const INSTANCE: &str = "Xname nodes... subcircuit [parameter=value ...]";

/// Elements of other simulators, to be named in the error.
const UNSUPPORTED: [(char, &str); 5] = [
    ('a', "XSPICE code models"),
    ('n', "compiled Verilog-A models"),
    ('o', "lossy lines"),
    ('u', "distributed RC lines"),
    ('z', "MESFETs"),
];

impl Card<'_, '_> {
    /// The element that the card is.
    pub(super) fn element(&mut self) -> Result<Element, Fault> {
        let start = self.at();
        let Some(name) = self.word() else { return self.expected("an element or dot card") };
        let letter = name.text.chars().next().map_or(' ', |c| c.to_ascii_lowercase());
        let symbol = self.intern(name.text);
        let kind = match letter {
            'r' => self.passive(PassiveKind::Resistor, name),
            'c' => self.passive(PassiveKind::Capacitor, name),
            'l' => self.passive(PassiveKind::Inductor, name),
            'v' | 'i' => self.independent(letter),
            'e' | 'g' | 'f' | 'h' => self.controlled(letter, name),
            'b' => self.behavioural(name),
            'x' => self.instance(name),
            'k' => self.coupling(name),
            't' => self.line(name),
            'y' => self.array(),
            _ => match Family::of(letter) {
                Some(family) => self.device(family, name),
                None => return self.unknown_letter(letter, name),
            },
        };
        let kind = kind.or_else(|fault| self.with_form(letter, fault))?;
        Ok(Element { name: symbol, kind, span: self.span(start) })
    }

    fn unknown_letter<T>(&self, letter: char, name: Word<'_>) -> Result<T, Fault> {
        let span = self.word_span(name);
        let other = UNSUPPORTED.iter().find(|&&(known, _)| known == letter);
        let fault = match other {
            Some((_, what)) => Diagnostic::error(
                span,
                format!("{what} (`{}`) are not supported", shown(name.text)),
            ),
            None => Diagnostic::error(
                span,
                format!("`{}` is no element: none begins with `{letter}`", shown(name.text)),
            ),
        };
        let hint = "elements begin with R C L K V I E F G H B D Q J M S T W X or Y, dot cards with `.`, comments with `*`";
        Err(Box::new(fault.with_hint(hint)))
    }

    pub(super) fn nodes(&mut self, name: &str) -> Result<[Symbol; 2], Fault> {
        let what = format!("a node of `{}`", shown(name));
        Ok([self.symbol(&what)?, self.symbol(&what)?])
    }

    /// The nodes of an element that decks have by the million: unlike
    /// `nodes`, no text is made unless one is missing.
    pub(super) fn terminals(&mut self) -> Result<[Symbol; 2], Fault> {
        Ok([self.symbol("a node")?, self.symbol("a node")?])
    }

    fn behavioural(&mut self, name: Word<'_>) -> Result<ElementKind, Fault> {
        let nodes = self.nodes(name.text)?;
        let quantity = if self.keyword("v") {
            Quantity::Voltage
        } else if self.keyword("i") {
            Quantity::Current
        } else {
            return self.expected("`V=` or `I=` and the law");
        };
        if !self.eat('=') {
            return self.expected("`=` and the law");
        }
        let law = self.law()?;
        self.finish("the law")?;
        Ok(ElementKind::Behavioural { quantity, nodes, law: Box::new(law) })
    }

    /// A law, bare or in quotes.
    pub(super) fn law(&mut self) -> Result<Expr, Fault> {
        let start = self.at();
        if !self.eat('\'') {
            return self.expression(Context::Law);
        }
        let open = self.span(start);
        let law = self.expression(Context::Law)?;
        self.close(open, '\'')?;
        Ok(law)
    }

    fn instance(&mut self, name: Word<'_>) -> Result<ElementKind, Fault> {
        let (words, params) = self.words_and_assignments()?;
        let mut nodes: Vec<Symbol> = words.iter().map(|word| self.intern(word.text)).collect();
        match nodes.pop() {
            Some(subckt) if !nodes.is_empty() => {
                Ok(ElementKind::Instance(Box::new(Instance { nodes, subckt, params })))
            }
            _ => self.expected(&format!("the nodes or the subcircuit of `{}`", shown(name.text))),
        }
    }

    /// Adds the form of the card to a fault that has no better hint.
    fn with_form<T>(&self, letter: char, fault: Fault) -> Result<T, Fault> {
        if fault.hint.is_some() || self.inside_value {
            return Err(fault);
        }
        let form = FORMS.iter().chain(&device::FORMS).find(|&&(known, _)| known == letter);
        let form = form.map_or(INSTANCE, |&(_, form)| form);
        Err(Box::new(fault.with_hint(format!("the card reads `{form}`"))))
    }
}
