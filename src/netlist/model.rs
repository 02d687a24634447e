//! `.model` cards.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{Assignment, Model, Value};
use crate::netlist::card::{Card, Fault};
use crate::netlist::dialect::Dialect;
use crate::netlist::symbol::Symbol;

/// What LTspice's library says of the part that a model is of.
const DESCRIPTIONS: [&str; 6] = ["mfg", "type", "iave", "vpk", "vceo", "icrating"];

impl Card<'_, '_> {
    pub(super) fn model(&mut self, start: usize) -> Result<Model, Fault> {
        let name = self.symbol("the model's name")?;
        let kind = self.model_type()?;
        let bracket = self.at();
        let mut params = if self.eat('(') {
            let open = self.span(bracket);
            let params = self.model_params(Some(')'))?;
            self.close(open, ')')?;
            self.finish("the model's parameters")?;
            params
        } else {
            self.model_params(None)?
        };
        self.recombination(kind, &mut params);
        Ok(Model { name, kind, params, span: self.span(start) })
    }

    /// `k=v ...`, without what describes the part and not the model.
    fn model_params(&mut self, end: Option<char>) -> Result<Vec<Assignment>, Fault> {
        let mut list = Vec::new();
        let mut described: Option<(Span, Vec<&str>)> = None;
        while self.peek().is_some() && self.peek() != end {
            let Some(key) = self.word() else { return self.expected("a parameter name") };
            if DESCRIPTIONS.contains(&key.text.to_ascii_lowercase().as_str()) && self.eat('=') {
                self.word();
                let span = self.word_span(key);
                let (_, names) = described.get_or_insert((span, Vec::new()));
                names.push(key.text);
                continue;
            }
            list.push(self.assignment(key, Self::value)?);
            self.eat(',');
        }
        if let Some((span, names)) = described {
            let message = format!("without effect, as it describes the part: {}", names.join(", "));
            self.diagnostics.push(Diagnostic::warning(span, message));
        }
        Ok(list)
    }

    /// The type of a model. Those of R, C and L multiply the value of the card in Xyce,
    /// which is what `res`, `cap` and `ind` do.
    fn model_type(&mut self) -> Result<Symbol, Fault> {
        if self.language.dialect == Dialect::Xyce {
            for (name, other) in [("r", "res"), ("c", "cap"), ("l", "ind")] {
                if self.keyword(name) {
                    return Ok(self.intern(other));
                }
            }
        }
        self.symbol("the model's type")
    }

    /// The emission coefficient of recombination that a diode does not give is 1 in
    /// ngspice and 2 elsewhere.
    fn recombination(&mut self, kind: Symbol, params: &mut Vec<Assignment>) {
        let given = |card: &Self, name: &str| {
            params.iter().find(|param| card.symbols.name(param.name) == name).map(|p| p.span)
        };
        if self.symbols.name(kind) != "d" || given(self, "nr").is_some() {
            return;
        }
        let Some(span) = given(self, "isr") else { return };
        if self.language.dialect == Dialect::Ngspice {
            let message = "without `nr` it is 1 in ngspice, 2 in PSpice, LTspice and Xyce";
            self.disagreement(span, message, "write `nr=1` or `nr=2`");
        } else {
            params.push(Assignment { name: self.intern("nr"), value: Value::Number(2.0), span });
        }
    }
}
