//! Cards of resistors, capacitors and inductors.

use crate::netlist::ast::{Assignment, ElementKind, Passive, PassiveKind, PassiveLaw};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::dialect::suffix;
use crate::netlist::expr::Expr;
use crate::netlist::lines::is_blank;
use crate::netlist::symbol::Symbol;

impl Card<'_, '_> {
    pub(super) fn passive(
        &mut self,
        kind: PassiveKind,
        name: Word<'_>,
    ) -> Result<ElementKind, Fault> {
        let nodes = self.terminals()?;
        if self.peek().is_none() {
            return self.expected(&format!("the value of `{}`", shown(name.text)));
        }
        if kind == PassiveKind::Resistor {
            self.warn_of_milliohms();
        }
        let mut model = None;
        let mut has_value = true;
        // A card by the million has a number here and nothing after it.
        if !self.number_follows() {
            model = self.model_name();
            has_value = !self.key_follows() && (model.is_none() || self.peek().is_some());
        }
        let mut value = None;
        if has_value {
            let read = self.value("a value")?;
            if model.is_none() && self.peek().is_none() {
                return Ok(match kind {
                    PassiveKind::Resistor => ElementKind::Resistor { nodes, value: read },
                    PassiveKind::Capacitor => ElementKind::Capacitor { nodes, value: read },
                    PassiveKind::Inductor => ElementKind::Inductor { nodes, value: read },
                });
            }
            value = Some(read);
        }
        if model.is_none() {
            model = self.model_name();
        }
        let mut passive =
            Passive { kind, nodes, value, model, law: None, initial: None, params: Vec::new() };
        while self.peek().is_some() {
            if !self.key_follows() {
                if self.keyword("ic") {
                    return self.expected("`=` after `ic`");
                }
                self.finish("the value")?;
            }
            self.passive_assignment(&mut passive)?;
        }
        if passive.value.is_none() && passive.model.is_none() && passive.law.is_none() {
            return self.expected(&format!("the value of `{}`", shown(name.text)));
        }
        Ok(ElementKind::Passive(Box::new(passive)))
    }

    /// True before what can only be a number.
    fn number_follows(&mut self) -> bool {
        self.at();
        let digits = self.cursor.rest.trim_start_matches(['+', '-']);
        digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
    }

    /// `key=...` after the value and the model.
    fn passive_assignment(&mut self, passive: &mut Passive) -> Result<(), Fault> {
        let has_value = passive.value.is_some();
        let Passive { kind, law, initial, params, .. } = passive;
        if *kind != PassiveKind::Resistor && initial.is_none() && self.keyword("ic") {
            self.eat('=');
            *initial = Some(self.value("the initial value")?);
            return Ok(());
        }
        if !has_value && law.is_none() {
            *law = self.passive_law(kind.laws())?;
            if law.is_some() {
                return Ok(());
            }
        }
        let Some(key) = self.word() else { return self.expected("a parameter name") };
        if !key.text.eq_ignore_ascii_case("tc") {
            params.push(self.assignment(key, Self::value)?);
            return Ok(());
        }
        // `tc=tc1` or `tc=tc1,tc2`
        let mut first = self.assignment(key, Self::value)?;
        first.name = self.intern("tc1");
        let span = first.span;
        params.push(first);
        if self.eat(',') {
            let value = self.value("the second coefficient")?;
            params.push(Assignment { name: self.intern("tc2"), value, span });
        }
        Ok(())
    }

    /// `R=law` and the like, if one of `laws` follows.
    fn passive_law(&mut self, laws: &[PassiveLaw]) -> Result<Option<(PassiveLaw, Expr)>, Fault> {
        let Some(&of) = laws.iter().find(|of| self.keyword(of.key())) else { return Ok(None) };
        self.eat('=');
        Ok(Some((of, self.law()?)))
    }

    /// True before `name=`.
    fn key_follows(&mut self) -> bool {
        let mark = self.cursor;
        let found = self.word().is_some() && self.peek() == Some('=');
        self.cursor = mark;
        found
    }

    /// The name of a model, if one follows: a word that is neither a number nor a key.
    fn model_name(&mut self) -> Option<Symbol> {
        let word = self.peek_word()?;
        let is_taken =
            ["nan", "inf", "infinity", "ic"].iter().any(|n| word.text.eq_ignore_ascii_case(n));
        let is_name = word.text.starts_with(|c: char| c.is_alphabetic() || c == '_') && !is_taken;
        if !is_name || self.key_follows() {
            return None;
        }
        self.word();
        Some(self.intern(word.text))
    }

    /// `1M` is a thousandth of an ohm, which hardly anybody means.
    fn warn_of_milliohms(&mut self) {
        let mut letters = self.cursor.rest.bytes().take_while(|byte| !is_blank(*byte));
        if letters.any(|letter| letter == b'M')
            && let Some(word) = self.peek_word()
            && let (_, letters) = suffix(word.text)
            && letters.starts_with('M')
            && !letters.get(..3).is_some_and(|head| {
                head.eq_ignore_ascii_case("meg") || head.eq_ignore_ascii_case("mil")
            })
        {
            let message = format!("`{}` is a thousandth, as in every SPICE", shown(word.text));
            let hint = "write `MEG` for a million, `m` for a thousandth";
            self.disagreement(self.word_span(word), &message, hint);
        }
    }
}
