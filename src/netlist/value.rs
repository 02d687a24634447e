//! Values, names and assignments: what most cards are made of.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{Assignment, Value};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::expression::Context;
use crate::netlist::lexer;
use crate::netlist::symbol::Symbol;
use crate::units::{NumberError, parse_number};

/// `a` or `a,b`.
pub(super) type NodePair = (Symbol, Option<Symbol>);

/// The words of a card and the assignments after them.
pub(super) type Words<'t> = (Vec<Word<'t>>, Vec<Assignment>);

impl<'t> Card<'_, 't> {
    /// A number, `{expression}` or `'expression'`. `what` names it where it is missing.
    pub(super) fn value(&mut self, what: &str) -> Result<Value, Fault> {
        let mark = self.cursor;
        if let Some(word) = self.word() {
            let number = self.number(word);
            if number.is_err() && matches!(self.peek(), Some('=' | '(')) {
                // A keyword stands where the value should.
                self.cursor = mark;
                self.inside_value = false;
                return self.expected(what);
            }
            return number.map(Value::Number).or_else(|fault| no_number(word, fault));
        }
        let start = self.at();
        let close = match self.peek() {
            Some('{') => '}',
            Some('\'') => '\'',
            _ => return self.expected(what),
        };
        self.eat(if close == '}' { '{' } else { close });
        let open = self.span(start);
        let expr = self.expression(Context::Parameter)?;
        self.close(open, close)?;
        Ok(Value::Expr(Box::new(expr)))
    }

    /// A name of any characters that a word may have.
    pub(super) fn symbol(&mut self, what: &str) -> Result<Symbol, Fault> {
        match self.word() {
            Some(word) => Ok(self.intern(word.text)),
            None => self.expected(what),
        }
    }

    /// `a)` or `a,b)`, after the `(` at `open`.
    pub(super) fn node_pair(&mut self, open: Span) -> Result<NodePair, Fault> {
        let plus = self.symbol("a node")?;
        let minus = if self.eat(',') { Some(self.symbol("a node")?) } else { None };
        self.close(open, ')')?;
        Ok((plus, minus))
    }

    /// `k=v ...` to the end of the card or to `end`.
    pub(super) fn assignments(&mut self, end: Option<char>) -> Result<Vec<Assignment>, Fault> {
        let mut list = Vec::new();
        loop {
            let next = self.peek();
            if next.is_none() || next == end {
                return Ok(list);
            }
            let Some(key) = self.word() else { return self.expected("a parameter name") };
            list.push(self.assignment(key, Self::value)?);
        }
    }

    /// Words, then `k=v ...` to the end of the card. `params:` between them is
    /// read over.
    pub(super) fn words_and_assignments(&mut self) -> Result<Words<'t>, Fault> {
        let mut words = Vec::new();
        loop {
            let mark = self.cursor;
            let Some(word) = self.word() else { break };
            if word.text.eq_ignore_ascii_case("params:") {
                break;
            }
            if self.peek() == Some('=') {
                self.cursor = mark;
                break;
            }
            words.push(word);
        }
        Ok((words, self.assignments(None)?))
    }

    /// A value, or an expression without braces up to the next assignment, as on `.param`.
    pub(super) fn bare_value(&mut self, what: &str) -> Result<Value, Fault> {
        let mark = self.cursor;
        if let Some(word) = self.word() {
            let number = self.number(word);
            let ends = self.peek().is_none() || {
                let after = self.cursor;
                let next_is_key = self.word().is_some() && self.peek() == Some('=');
                self.cursor = after;
                next_is_key
            };
            if let (Ok(number), true) = (&number, ends) {
                return Ok(Value::Number(*number));
            }
            self.cursor = mark;
            let plain = number.is_err() && ends && is_a_number_gone_wrong(word.text);
            if !plain && self.peek() != Some('=') {
                let expr = self.expression(Context::Parameter)?;
                return Ok(Value::Expr(Box::new(expr)));
            }
        }
        self.value(what)
    }

    /// `=v` after its key, with the value read by `read`.
    pub(super) fn assignment(
        &mut self,
        key: Word<'t>,
        read: impl FnOnce(&mut Self, &str) -> Result<Value, Fault>,
    ) -> Result<Assignment, Fault> {
        if !matches!(lexer::identifier(key.text), Ok(("", _))) {
            let message = format!("`{}` is no parameter name", shown(key.text));
            let fault = Diagnostic::error(self.word_span(key), message);
            let hint = "a parameter name has letters, digits, `_`, `.` and `#`, and no digit first";
            return Err(Box::new(fault.with_hint(hint)));
        }
        if !self.eat('=') {
            return self.expected(&format!("`=` after `{}`", shown(key.text)));
        }
        let value = read(self, &format!("the value of `{}`", shown(key.text)))?;
        Ok(Assignment { name: self.intern(key.text), value, span: self.span(key.start) })
    }
}

/// True for what begins like a number and holds no operator, such as `1q5`.
fn is_a_number_gone_wrong(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let words = ["nan", "inf", "infinity"];
    let odd = words.iter().any(|word| digits.eq_ignore_ascii_case(word));
    odd || (starts && !digits.contains(['*', '/', '^', '+', '-']))
}

/// What to say of a word that is no number, by what it looks like.
fn no_number<T>(word: Word<'_>, fault: Fault) -> Result<T, Fault> {
    let short = shown(word.text);
    let out_of_range = matches!(parse_number(word.text), Err(NumberError::OutOfRange { .. }));
    if out_of_range || short.len() < word.text.len() {
        return Err(fault);
    }
    let lower = word.text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(lower.as_str(), "nan" | "inf" | "infinity") {
        let message = format!("`{short}` is not a finite number");
        return Err(Box::new(Diagnostic { message, ..*fault }.with_hint("write a finite value")));
    }
    if matches!(lexer::identifier(&lower), Ok(("", _))) {
        let message = format!("expected a number, found the name `{short}`");
        let hint = format!("a parameter needs braces: `{{{short}}}`");
        return Err(Box::new(Diagnostic { message, ..*fault }.with_hint(hint)));
    }
    let operates = |c: char| matches!(c, '+' | '-' | '*' | '/' | '^');
    if lower.find(operates).is_some_and(|at| at > 0) && !lower.ends_with(operates) {
        return Err(Box::new(
            fault.with_hint(format!("an expression needs braces: `{{{short}}}`")),
        ));
    }
    Err(fault)
}
