//! Cards of controlled sources: E, F, G and H.

use crate::diag::Diagnostic;
use crate::netlist::ast::{ControlLaw, ElementKind, PolyInput, Quantity, Value};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::expression::Context;
use crate::netlist::symbol::Symbol;

/// Inputs that a polynomial may have.
const MOST_INPUTS: f64 = 100.0;

/// Points that a table may have.
const MOST_POINTS: usize = 500;

impl Card<'_, '_> {
    pub(super) fn controlled(
        &mut self,
        letter: char,
        name: Word<'_>,
    ) -> Result<ElementKind, Fault> {
        let nodes = self.nodes(name.text)?;
        let quantity =
            if matches!(letter, 'e' | 'h') { Quantity::Voltage } else { Quantity::Current };
        let by_voltage = matches!(letter, 'e' | 'g');
        let mark = self.cursor;
        let keyword = self.word().map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
        // A keyword may be the name of a node.
        let follows = matches!(self.peek(), Some('=' | '{' | '(' | '\''));
        let law = match keyword.as_str() {
            "poly" if follows => self.polynomial(by_voltage, name)?,
            "value" | "vol" | "cur" if follows && by_voltage => {
                self.eat('=');
                let law = self.law()?;
                self.finish("the law")?;
                return Ok(ElementKind::Behavioural { quantity, nodes, law: Box::new(law) });
            }
            "table" if follows && by_voltage => self.table()?,
            "laplace" if follows && by_voltage => self.laplace()?,
            _ => {
                self.cursor = mark;
                return self.gain(quantity, nodes, name, by_voltage);
            }
        };
        Ok(ElementKind::Controlled { quantity, nodes, law: Box::new(law) })
    }

    /// The controls and the gain.
    fn gain(
        &mut self,
        quantity: Quantity,
        nodes: [Symbol; 2],
        name: Word<'_>,
        by_voltage: bool,
    ) -> Result<ElementKind, Fault> {
        let short = shown(name.text);
        if !by_voltage {
            let control = self.symbol(&format!("the voltage source that controls `{short}`"))?;
            let gain = self.value(&format!("the gain of `{short}`"))?;
            self.finish("the gain")?;
            return Ok(ElementKind::CurrentControlled { quantity, nodes, control, gain });
        }
        self.refuse_law(name)?;
        let control = self.controlling_nodes(&format!("a controlling node of `{short}`"))?;
        if self.keyword("laplace") {
            // The input before the keyword, as LTspice has it.
            self.eat('=');
            let transfer = self.braced()?;
            self.finish("the transfer function")?;
            let span = transfer.span;
            let kind = ExprKind::Voltage(control[0], Some(control[1]));
            let input = Expr { kind, span };
            let law = Box::new(ControlLaw::Laplace { input, transfer });
            return Ok(ElementKind::Controlled { quantity, nodes, law });
        }
        let gain = self.value(&format!("the gain of `{short}`"))?;
        self.finish("the gain")?;
        Ok(ElementKind::VoltageControlled { quantity, nodes, control, gain })
    }

    /// `a b` or `(a,b)`.
    fn controlling_nodes(&mut self, what: &str) -> Result<[Symbol; 2], Fault> {
        let bracket = self.at();
        let open = self.eat('(').then(|| self.span(bracket));
        let plus = self.symbol(what)?;
        self.eat(',');
        let minus = self.symbol(what)?;
        if let Some(open) = open {
            self.close(open, ')')?;
        }
        Ok([plus, minus])
    }

    /// An error where the law is written as that of a B source.
    fn refuse_law(&mut self, name: Word<'_>) -> Result<(), Fault> {
        let mark = self.cursor;
        let Some(word) = self.word() else { return Ok(()) };
        let law = ["v", "i"].iter().any(|known| word.text.eq_ignore_ascii_case(known));
        let found = law && self.peek() == Some('=');
        self.cursor = mark;
        if !found {
            return Ok(());
        }
        let short = shown(name.text);
        let message = format!("the law of `{short}` is written `VALUE={{...}}`");
        Err(Box::new(Diagnostic::error(self.word_span(word), message)))
    }

    /// `(n) inputs... coefficients...`
    fn polynomial(&mut self, by_voltage: bool, name: Word<'_>) -> Result<ControlLaw, Fault> {
        let start = self.at();
        if !self.eat('(') {
            return self.expected("`(` and the number of inputs");
        }
        let open = self.span(start);
        let at = self.at();
        let Some(word) = self.word() else { return self.expected("the number of inputs") };
        let count = self.number(word)?;
        if !((1.0..=MOST_INPUTS).contains(&count) && count.fract() == 0.0) {
            let message = format!("`POLY` takes 1 to {MOST_INPUTS} inputs, found {count}");
            return Err(Box::new(Diagnostic::error(self.span(at), message)));
        }
        self.close(open, ')')?;
        let mut inputs = Vec::new();
        for _ in 0..count as usize {
            inputs.push(if by_voltage {
                let what = format!("a controlling node of `{}`", shown(name.text));
                let [plus, minus] = self.controlling_nodes(&what)?;
                PolyInput::Voltage(plus, minus)
            } else {
                let what = format!("a voltage source that controls `{}`", shown(name.text));
                PolyInput::Current(self.symbol(&what)?)
            });
            self.eat(',');
        }
        let mut coefficients = vec![self.value("a coefficient")?];
        while self.peek().is_some() {
            self.eat(',');
            coefficients.push(self.value("a coefficient")?);
        }
        if coefficients.len() > MOST_POINTS {
            let message = format!("a polynomial has at most {MOST_POINTS} coefficients");
            return Err(Box::new(Diagnostic::error(self.span(start), message)));
        }
        Ok(ControlLaw::Polynomial { inputs, coefficients })
    }

    /// `{input} [=] (x,y) (x,y) ...` or `{input} ((x,y) (x,y) ...)`
    fn table(&mut self) -> Result<ControlLaw, Fault> {
        self.eat('=');
        let input = self.braced()?;
        self.eat('=');
        let mut points: Vec<(Value, Value)> = Vec::new();
        let (mark, bracket) = (self.cursor, self.at());
        // All points may stand in parentheses of their own.
        let around = (self.eat('(') && self.peek() == Some('(')).then(|| self.span(bracket));
        if around.is_none() {
            self.cursor = mark;
        }
        while self.peek().is_some() && !(around.is_some() && self.peek() == Some(')')) {
            let start = self.at();
            let open = self.eat('(').then(|| self.span(start));
            let x = self.value("an x of the table")?;
            self.eat(',');
            let y = self.value("the y of the table")?;
            if let Some(open) = open {
                self.close(open, ')')?;
            }
            self.eat(',');
            points.push((x, y));
            if points.len() > MOST_POINTS {
                let message = format!("a table has at most {MOST_POINTS} points");
                return Err(Box::new(Diagnostic::error(self.span(start), message)));
            }
        }
        if points.is_empty() {
            return self.expected("`(x,y)`");
        }
        if let Some(around) = around {
            self.close(around, ')')?;
            self.finish("the table")?;
        }
        Ok(ControlLaw::Table { input, points })
    }

    /// `{input} = {transfer function}`
    fn laplace(&mut self) -> Result<ControlLaw, Fault> {
        self.eat('=');
        let input = self.braced()?;
        self.eat('=');
        let transfer = self.braced()?;
        self.finish("the transfer function")?;
        Ok(ControlLaw::Laplace { input, transfer })
    }

    /// `{expression}`, `(expression)` or `'expression'`.
    fn braced(&mut self) -> Result<Expr, Fault> {
        let start = self.at();
        let close = match self.peek() {
            Some('{') => '}',
            Some('(') => ')',
            Some('\'') => '\'',
            _ => return self.expected("`{` and an expression"),
        };
        self.eat(if close == '\'' {
            close
        } else if close == '}' {
            '{'
        } else {
            '('
        });
        let open = self.span(start);
        let expr = self.expression(Context::Law)?;
        self.close(open, close)?;
        Ok(expr)
    }
}
