//! Element cards.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{Element, ElementKind, Quantity, Source, Value, Wave};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::expression::Context;
use crate::netlist::symbol::Symbol;

/// The letters of element cards with their form.
const FORMS: [(char, &str); 10] = [
    ('r', "Rname n+ n- value"),
    ('c', "Cname n+ n- value [ic=volts]"),
    ('l', "Lname n+ n- value [ic=amperes]"),
    ('v', "Vname n+ n- [DC value] [AC magnitude [phase]] [PULSE|SIN|EXP|PWL(...)]"),
    ('i', "Iname n+ n- [DC value] [AC magnitude [phase]] [PULSE|SIN|EXP|PWL(...)]"),
    ('e', "Ename n+ n- control+ control- gain"),
    ('g', "Gname n+ n- control+ control- transconductance"),
    ('f', "Fname n+ n- vsource gain"),
    ('h', "Hname n+ n- vsource transresistance"),
    ('b', "Bname n+ n- V=expression or I=expression"),
];

/// The form of an instance; its number of nodes is open.
const INSTANCE: &str = "Xname nodes... subcircuit [parameter=value ...]";

/// Elements of other simulators, to be named in the error.
const UNSUPPORTED: [(char, &str); 13] = [
    ('a', "XSPICE code models"),
    ('d', "diodes"),
    ('j', "junction field-effect transistors"),
    ('k', "coupled inductors"),
    ('m', "MOS transistors"),
    ('n', "compiled Verilog-A models"),
    ('o', "lossy lines"),
    ('q', "bipolar transistors"),
    ('s', "voltage-controlled switches"),
    ('t', "transmission lines"),
    ('u', "distributed RC lines"),
    ('w', "current-controlled switches"),
    ('z', "MESFETs"),
];

impl<'t> Card<'_, 't> {
    /// The element that the card is.
    pub(super) fn element(&mut self) -> Result<Element, Fault> {
        let start = self.at();
        let Some(name) = self.word() else { return Err(self.expected("an element or dot card")) };
        let letter = name.text.chars().next().map_or(' ', |c| c.to_ascii_lowercase());
        let symbol = self.intern(name.text);
        let kind = match letter {
            'r' | 'c' | 'l' => self.passive(letter, name),
            'v' | 'i' => self.independent(letter),
            'e' | 'g' => self.voltage_controlled(letter, name),
            'f' | 'h' => self.current_controlled(letter, name),
            'b' => self.behavioural(name),
            'x' => self.instance(name),
            _ => return Err(self.unknown_letter(letter, name)),
        };
        let kind = kind.map_err(|fault| with_form(letter, fault))?;
        Ok(Element { name: symbol, kind, span: self.span(start) })
    }

    fn unknown_letter(&self, letter: char, name: Word<'_>) -> Fault {
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
        let hint =
            "elements begin with R C L V I E F G H B or X, dot cards with `.`, comments with `*`";
        Box::new(fault.with_hint(hint))
    }

    fn nodes(&mut self, name: &str) -> Result<[Symbol; 2], Fault> {
        let what = format!("a node of `{}`", shown(name));
        Ok([self.symbol(&what)?, self.symbol(&what)?])
    }

    /// The nodes of an element whose name is known to be one of the hot path:
    /// no text is made unless something is wrong.
    fn terminals(&mut self) -> Result<[Symbol; 2], Fault> {
        Ok([self.symbol("a node")?, self.symbol("a node")?])
    }

    fn passive(&mut self, letter: char, name: Word<'_>) -> Result<ElementKind, Fault> {
        let nodes = self.terminals()?;
        if self.peek().is_none() {
            return Err(self.expected(&format!("the value of `{}`", shown(name.text))));
        }
        let value = self.value("a value")?;
        if letter == 'r' {
            self.finish("the value")?;
            return Ok(ElementKind::Resistor { nodes, value });
        }
        let mut initial = None;
        if self.keyword("ic") {
            if !self.eat('=') {
                return Err(self.expected("`=` after `ic`"));
            }
            initial = Some(self.value("the initial value")?);
            self.finish("the initial value")?;
        }
        self.finish("the value")?;
        Ok(match letter {
            'c' => ElementKind::Capacitor { nodes, value, initial },
            _ => ElementKind::Inductor { nodes, value, initial },
        })
    }

    fn voltage_controlled(&mut self, letter: char, name: Word<'_>) -> Result<ElementKind, Fault> {
        let nodes = self.nodes(name.text)?;
        self.refuse_expression(letter, name)?;
        let what = format!("a controlling node of `{}`", shown(name.text));
        let control = [self.symbol(&what)?, self.symbol(&what)?];
        let gain = self.value(&format!("the gain of `{}`", shown(name.text)))?;
        self.finish("the gain")?;
        let quantity = if letter == 'e' { Quantity::Voltage } else { Quantity::Current };
        Ok(ElementKind::VoltageControlled { quantity, nodes, control, gain })
    }

    fn current_controlled(&mut self, letter: char, name: Word<'_>) -> Result<ElementKind, Fault> {
        let nodes = self.nodes(name.text)?;
        self.refuse_expression(letter, name)?;
        let control =
            self.symbol(&format!("the voltage source that controls `{}`", shown(name.text)))?;
        let gain = self.value(&format!("the gain of `{}`", shown(name.text)))?;
        self.finish("the gain")?;
        let quantity = if letter == 'h' { Quantity::Voltage } else { Quantity::Current };
        Ok(ElementKind::CurrentControlled { quantity, nodes, control, gain })
    }

    /// An error where a controlled source is written as `VALUE={...}` and the like.
    fn refuse_expression(&mut self, letter: char, name: Word<'_>) -> Result<(), Fault> {
        const KEYWORDS: [&str; 7] = ["value", "vol", "cur", "v", "i", "poly", "table"];
        let mark = self.cursor;
        let Some(word) = self.word() else { return Ok(()) };
        let law = KEYWORDS.iter().any(|known| word.text.eq_ignore_ascii_case(known));
        let found = law && matches!(self.peek(), Some('=' | '{' | '(' | '\''));
        self.cursor = mark;
        if !found {
            return Ok(());
        }
        let message = format!("`{}` cannot follow an expression or table", shown(name.text));
        let side = if matches!(letter, 'e' | 'h') { 'V' } else { 'I' };
        let hint = format!("write a behavioural source: `B{} n+ n- {side}=...`", shown(name.text));
        Err(Box::new(Diagnostic::error(self.word_span(word), message).with_hint(hint)))
    }

    fn behavioural(&mut self, name: Word<'_>) -> Result<ElementKind, Fault> {
        let nodes = self.nodes(name.text)?;
        let quantity = if self.keyword("v") {
            Quantity::Voltage
        } else if self.keyword("i") {
            Quantity::Current
        } else {
            return Err(self.expected("`V=` or `I=` and the law"));
        };
        if !self.eat('=') {
            return Err(self.expected("`=` and the law"));
        }
        let start = self.at();
        let law = if self.eat('\'') {
            let open = self.span(start);
            let law = self.expression(Context::Law)?;
            self.close(open, '\'')?;
            law
        } else {
            self.expression(Context::Law)?
        };
        self.finish("the law")?;
        Ok(ElementKind::Behavioural { quantity, nodes, law: Box::new(law) })
    }

    fn instance(&mut self, name: Word<'_>) -> Result<ElementKind, Fault> {
        let (words, params) = self.words_and_assignments()?;
        let mut nodes: Vec<Symbol> = words.iter().map(|word| self.intern(word.text)).collect();
        match nodes.pop() {
            Some(subckt) if !nodes.is_empty() => {
                Ok(ElementKind::Instance { nodes, subckt, params })
            }
            _ => {
                Err(self
                    .expected(&format!("the nodes or the subcircuit of `{}`", shown(name.text))))
            }
        }
    }

    fn independent(&mut self, letter: char) -> Result<ElementKind, Fault> {
        let nodes = self.terminals()?;
        let quantity = if letter == 'v' { Quantity::Voltage } else { Quantity::Current };
        let mut source = Source::default();
        while self.peek().is_some() {
            self.source_part(&mut source)?;
        }
        if source == Source::default() {
            let span = self.span(self.cursor.last);
            let warning = Diagnostic::warning(span, "a source without a value delivers 0");
            self.diagnostics.push(warning.with_hint("write `DC 0` if that is meant"));
        }
        Ok(ElementKind::Source { quantity, nodes, source: Box::new(source) })
    }

    /// One of `DC value`, `AC magnitude [phase]`, a wave, and a bare value.
    fn source_part(&mut self, source: &mut Source) -> Result<(), Fault> {
        let mark = self.cursor;
        let start = self.at();
        let keyword = self.word().map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
        let double = match keyword.as_str() {
            "dc" => source.dc.replace(self.value("the value after `DC`")?).is_some(),
            "ac" => {
                let magnitude = self.optional_value()?.unwrap_or(Value::Number(1.0));
                source.ac.replace((magnitude, self.optional_value()?)).is_some()
            }
            "pulse" => source.wave.replace(Wave::Pulse(self.wave("PULSE", 2, 7)?)).is_some(),
            "sin" => source.wave.replace(Wave::Sin(self.wave("SIN", 2, 6)?)).is_some(),
            "exp" => source.wave.replace(Wave::Exp(self.wave("EXP", 2, 6)?)).is_some(),
            "pwl" => source.wave.replace(Wave::Pwl(self.points()?)).is_some(),
            _ => {
                self.cursor = mark;
                if source.dc.is_some() {
                    return self.finish("the value");
                }
                source.dc = Some(self.value("a value")?);
                false
            }
        };
        if double {
            let message = "the source has two values of this kind";
            return Err(Box::new(Diagnostic::error(self.span(start), message)));
        }
        Ok(())
    }

    /// A value, unless the card ends or a keyword of a source follows.
    fn optional_value(&mut self) -> Result<Option<Value>, Fault> {
        const KEYWORDS: [&str; 6] = ["dc", "ac", "pulse", "sin", "exp", "pwl"];
        let keyword = self
            .peek_word()
            .is_some_and(|word| KEYWORDS.iter().any(|known| word.text.eq_ignore_ascii_case(known)));
        if keyword || matches!(self.peek(), None | Some(')')) {
            return Ok(None);
        }
        self.value("a value").map(Some)
    }

    /// The values of a wave, in parentheses or not, with commas or not, and
    /// their places.
    fn wave_values(&mut self, name: &str) -> Result<Vec<(Value, Span)>, Fault> {
        let start = self.at();
        let open = self.eat('(').then(|| self.span(start));
        let mut values = Vec::new();
        loop {
            let at = self.at();
            let Some(value) = self.optional_value()? else { break };
            values.push((value, self.span(at)));
            self.eat(',');
        }
        if let Some(open) = open {
            self.close(open, ')')?;
        }
        if values.is_empty() {
            return Err(self.expected(&format!("the values of `{name}`")));
        }
        Ok(values)
    }

    fn wave(&mut self, name: &str, least: usize, most: usize) -> Result<Vec<Value>, Fault> {
        let values = self.wave_values(name)?;
        let found = values.len();
        if found < least || found > most {
            let span = values.get(most).map_or(values[0].1, |&(_, span)| span);
            let message = format!("`{name}` takes {least} to {most} values, found {found}");
            return Err(Box::new(Diagnostic::error(span, message)));
        }
        Ok(values.into_iter().map(|(value, _)| value).collect())
    }

    /// The points of a piecewise linear wave; literal times must increase.
    fn points(&mut self) -> Result<Vec<Value>, Fault> {
        let values = self.wave_values("PWL")?;
        if values.len() % 2 == 1 {
            let message =
                format!("`PWL` takes pairs of time and value, found {} values", values.len());
            let fault = Diagnostic::error(values[values.len() - 1].1, message);
            return Err(Box::new(fault.with_hint("the last time has no value")));
        }
        let mut last: Option<(f64, Span)> = None;
        for (value, span) in values.iter().step_by(2) {
            let Value::Number(time) = *value else {
                last = None;
                continue;
            };
            match last {
                Some((before, place)) if time <= before => {
                    let message =
                        format!("the times of `PWL` must increase, but {time} follows {before}");
                    let fault = Diagnostic::error(*span, message);
                    return Err(Box::new(fault.with_related(place, "the time before")));
                }
                _ => last = Some((time, *span)),
            }
        }
        Ok(values.into_iter().map(|(value, _)| value).collect())
    }
}

/// Adds the form of the card to a fault that has no better hint.
fn with_form(letter: char, fault: Fault) -> Fault {
    if fault.hint.is_some() {
        return fault;
    }
    let form =
        FORMS.iter().find(|&&(known, _)| known == letter).map_or(INSTANCE, |&(_, form)| form);
    Box::new(fault.with_hint(format!("the card reads `{form}`")))
}
