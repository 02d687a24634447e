//! Dot cards that say what belongs to a scope: files, sections, functions, conditions.

use crate::diag::{Diagnostic, Span};
use crate::expr::function;
use crate::netlist::ast::{ControlKind, FunctionDefinition};
use crate::netlist::card::{Card, Fault, shown};
use crate::netlist::directive::DotCard;
use crate::netlist::expr::Expr;
use crate::netlist::expression::Context;
use crate::netlist::lexer;
use crate::netlist::symbol::Symbol;

impl<'t> Card<'_, 't> {
    /// The file name of `.include`, in quotes or not.
    pub(super) fn include(&mut self) -> Result<DotCard<'t>, Fault> {
        let (name, span) = self.file_name()?;
        self.finish("the file name")?;
        Ok(DotCard::Include(name, span))
    }

    /// A file name in quotes, or up to the next blank, and its place.
    pub(super) fn file_name(&mut self) -> Result<(&'t str, Span), Fault> {
        let start = self.at();
        let Some(quote @ ('"' | '\'')) = self.peek() else {
            // A bare name goes on to the next blank, whatever it contains.
            let rest = self.cursor.rest;
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (name, rest) = rest.split_at(length);
            if name.is_empty() {
                return self.expected("a file name");
            }
            self.cursor.rest = rest;
            self.cursor.last = start + length;
            return Ok((name, self.span(start)));
        };
        self.eat(quote);
        let open = self.span(start);
        let line = self.cursor.rest.lines().next().unwrap_or("");
        let Some(length) = line.find(quote) else {
            let fault = Diagnostic::error(open, format!("unclosed `{quote}`"));
            return Err(Box::new(fault.with_hint(format!("add the missing `{quote}`"))));
        };
        let name = &line[..length];
        self.cursor.rest = &self.cursor.rest[length..];
        self.eat(quote);
        let span = self.span(start);
        if name.is_empty() {
            return Err(Box::new(Diagnostic::error(span, "the file name is empty")));
        }
        Ok((name, span))
    }

    /// `file section`, or `section` alone, which begins one.
    pub(super) fn lib(&mut self) -> Result<DotCard<'t>, Fault> {
        let (name, span) = self.file_name()?;
        let section = self.word();
        self.finish("the section")?;
        Ok(DotCard::Lib(name, section, span))
    }

    /// Nodes that are the same in every subcircuit.
    pub(super) fn global(&mut self) -> Result<Vec<Symbol>, Fault> {
        let mut nodes = vec![self.symbol("a node")?];
        while self.peek().is_some() {
            nodes.push(self.symbol("a node")?);
        }
        Ok(nodes)
    }

    /// `NAME(a,b) {body}`, `NAME(a,b) = {body}` or `NAME(a,b) 'body'`.
    pub(super) fn function(&mut self, start: usize) -> Result<FunctionDefinition, Fault> {
        const FORM: &str = "the card reads `.func name(x,y) {expression}`";
        self.function_parts(start).map_err(|fault| match fault.hint {
            None if !self.inside_value => Box::new(fault.with_hint(FORM)),
            _ => fault,
        })
    }

    fn function_parts(&mut self, start: usize) -> Result<FunctionDefinition, Fault> {
        let Some(word) = self.word() else { return self.expected("the function's name") };
        let lower = word.text.to_ascii_lowercase();
        let known = function(&lower).is_some() || matches!(lower.as_str(), "v" | "i");
        let is_name = matches!(lexer::identifier(word.text), Ok(("", _)));
        if known || !is_name {
            let what = if known { "is built in" } else { "is no name of a function" };
            let message = format!("`{}` {what}", shown(word.text));
            let fault = Diagnostic::error(self.word_span(word), message);
            return Err(Box::new(fault.with_hint("take another name")));
        }
        let name = self.intern(word.text);
        let bracket = self.at();
        if !self.eat('(') {
            return self.expected("`(` and the arguments");
        }
        let open = self.span(bracket);
        let mut arguments: Vec<Symbol> = Vec::new();
        while self.peek() != Some(')') {
            let at = self.at();
            let argument = self.symbol("an argument")?;
            if arguments.contains(&argument) {
                let text = shown(self.symbols.name(argument));
                let message = format!("argument `{text}` is listed twice");
                return Err(Box::new(Diagnostic::error(self.span(at), message)));
            }
            arguments.push(argument);
            if !self.eat(',') {
                break;
            }
        }
        self.close(open, ')')?;
        self.eat('=');
        let body = self.law()?;
        self.finish("the body of the function")?;
        Ok(FunctionDefinition { name, arguments, body, span: self.span(start) })
    }

    /// The condition of `.if` or `.elseif`.
    pub(super) fn condition(&mut self) -> Result<Expr, Fault> {
        let expr = self.expression(Context::Parameter).and_then(|expr| {
            self.finish("the condition")?;
            Ok(expr)
        });
        expr.map_err(|fault| match fault.hint {
            None => Box::new(fault.with_hint("the card reads `.if (condition)`, of parameters")),
            Some(_) => fault,
        })
    }

    /// `frequency outputs...`
    pub(super) fn four(&mut self) -> Result<ControlKind, Fault> {
        let form = |fault: Fault| match fault.hint {
            None => Box::new(fault.with_hint("the card reads `.four frequency v(out) ...`")),
            Some(_) => fault,
        };
        let frequency = self.value("the frequency of the fundamental").map_err(form)?;
        Ok(ControlKind::Four { frequency, outputs: self.outputs().map_err(form)? })
    }
}
