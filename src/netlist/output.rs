//! What `.save`, `.print` and the like keep.

use crate::diag::Diagnostic;
use crate::netlist::ast::{Output, OutputKind};
use crate::netlist::card::{Card, Fault, shown};
use crate::netlist::expr::ExprKind;

/// The analyses that a `.print` card may name first.
const ANALYSES: [&str; 6] = ["tran", "ac", "dc", "op", "noise", "tf"];

impl Card<'_, '_> {
    /// `[analysis] outputs`; nothing after it means everything.
    pub(super) fn printed(&mut self) -> Result<Vec<Output>, Fault> {
        let mark = self.cursor;
        let start = self.at();
        let named = self
            .word()
            .is_some_and(|word| ANALYSES.iter().any(|known| word.text.eq_ignore_ascii_case(known)));
        if !named {
            self.cursor = mark;
        }
        if self.peek().is_none() {
            return Ok(vec![Output { kind: OutputKind::All, span: self.span(start) }]);
        }
        self.outputs()
    }

    /// `v(a)`, `v(a,b)`, `i(v1)`, expressions of them, and `all`.
    pub(super) fn outputs(&mut self) -> Result<Vec<Output>, Fault> {
        let mut outputs = Vec::new();
        while self.peek().is_some() {
            let start = self.at();
            let kind = if self.keyword("all") { OutputKind::All } else { self.output()? };
            outputs.push(Output { kind, span: self.span(start) });
            self.eat(',');
        }
        if outputs.is_empty() {
            return self.expected("`v(node)`, `i(element)` or `all`");
        }
        Ok(outputs)
    }

    /// One output: a quantity or an expression of quantities.
    pub(super) fn output(&mut self) -> Result<OutputKind, Fault> {
        let mark = self.cursor;
        if let Some(word) = self.word()
            && self.peek() != Some('(')
            && !word
                .text
                .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '+' | '@'))
        {
            let short = shown(word.text);
            let fault = Diagnostic::error(self.word_span(word), format!("cannot save `{short}`"));
            let hint = format!("write `v({short})` for a voltage, `i({short})` for a current");
            return Err(Box::new(fault.with_hint(hint)));
        }
        self.cursor = mark;
        let expr = self.formula()?;
        Ok(match expr.kind {
            ExprKind::Voltage(plus, minus) => OutputKind::Voltage(plus, minus),
            ExprKind::Current(element) => OutputKind::Current(element),
            _ => OutputKind::Expression(Box::new(expr)),
        })
    }
}
