//! Scopes as they open and close: subcircuits and conditional blocks.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{Branch, Conditional, Scope, Subckt};
use crate::netlist::card::shown;
use crate::netlist::duplicates;
use crate::netlist::expr::Expr;
use crate::netlist::parser::Parser;
use crate::netlist::symbol::Symbol;

/// Subcircuits and conditional blocks that may be inside each other.
const DEEPEST: usize = 100;

/// A scope whose end has not come yet.
pub(super) struct Frame {
    kind: FrameKind,
    /// The card that opens it; of no meaning for the top level.
    pub(super) span: Span,
    pub(super) scope: Scope,
}

enum FrameKind {
    Top,
    /// The definition; its scope is filled when it ends. `None` where it is faulty.
    Subckt(Option<Box<Subckt>>),
    /// The branches that are complete, and the condition and card of the present one.
    If(Vec<Branch>, Option<Expr>, Span),
}

impl Frame {
    pub(super) fn top() -> Self {
        Self { kind: FrameKind::Top, span: Span::default(), scope: Scope::default() }
    }

    /// What it is, in words.
    pub(super) fn what(&self) -> &'static str {
        match self.kind {
            FrameKind::Top => "deck",
            FrameKind::Subckt(_) => "subcircuit",
            FrameKind::If(..) => "`.if`",
        }
    }

    fn is_if(&self) -> bool {
        matches!(self.kind, FrameKind::If(..))
    }
}

impl Parser<'_> {
    /// `.subckt`; without a definition where that is faulty.
    pub(super) fn open(&mut self, subckt: Option<Subckt>, span: Span) {
        let subckt = if self.is_too_deep(span) { None } else { subckt };
        let kind = FrameKind::Subckt(subckt.map(Box::new));
        self.frames.push(Frame { kind, span, scope: Scope::default() });
    }

    /// True where a new scope would nest too deep, which is reported once.
    fn is_too_deep(&mut self, span: Span) -> bool {
        if self.frames.len() == DEEPEST + 1 {
            let message = format!("subcircuits nest deeper than {DEEPEST} levels");
            self.diagnostics.push(Diagnostic::error(span, message));
        }
        self.frames.len() > DEEPEST
    }

    /// `.ends`, of the subcircuit `name` if it says so.
    pub(super) fn close(&mut self, name: Option<(Symbol, Span)>, span: Span) {
        if !self.frames.iter().any(|frame| matches!(frame.kind, FrameKind::Subckt(_))) {
            let fault = Diagnostic::error(span, "`.ends` without a `.subckt` before it");
            self.diagnostics.push(fault);
            return;
        }
        while self.frames.last().is_some_and(Frame::is_if) {
            self.unclosed();
        }
        let Some(frame) = self.frames.pop() else { return };
        duplicates::report(&frame.scope, &self.netlist.symbols, &mut self.diagnostics);
        let FrameKind::Subckt(Some(mut subckt)) = frame.kind else { return };
        if let Some((name, place)) = name.filter(|&(name, _)| name != subckt.name) {
            let symbols = &self.netlist.symbols;
            let (found, open) = (shown(symbols.name(name)), shown(symbols.name(subckt.name)));
            let message = format!("`.ends {found}` closes the subcircuit `{open}`");
            let fault = Diagnostic::error(place, message);
            self.diagnostics.push(fault.with_related(frame.span, "which begins here"));
        }
        subckt.scope = frame.scope;
        duplicates::report_params(&subckt, &self.netlist.symbols, &mut self.diagnostics);
        self.frame().scope.subckts.push(*subckt);
    }

    /// `.if (condition)`
    pub(super) fn open_if(&mut self, condition: Option<Expr>, span: Span) {
        self.is_too_deep(span);
        let kind = FrameKind::If(Vec::new(), condition, span);
        self.frames.push(Frame { kind, span, scope: Scope::default() });
    }

    /// `.elseif (condition)`, or `.else` without one.
    pub(super) fn next_branch(&mut self, condition: Option<Expr>, span: Span) {
        let frame = self.frame();
        let FrameKind::If(branches, present, begins) = &mut frame.kind else {
            let fault = Diagnostic::error(span, "there is no `.if` before this card");
            self.diagnostics.push(fault);
            return;
        };
        let scope = std::mem::take(&mut frame.scope);
        let is_second = !branches.is_empty() && present.is_none();
        branches.push(Branch { condition: present.take(), scope, span: *begins });
        (*present, *begins) = (condition, span);
        let branch = &self.frames.last().expect("the top level never ends").kind;
        if let FrameKind::If(branches, ..) = branch
            && let Some(done) = branches.last()
        {
            duplicates::report(&done.scope, &self.netlist.symbols, &mut self.diagnostics);
        }
        if is_second {
            let fault = Diagnostic::error(span, "nothing can follow `.else` but `.endif`");
            self.diagnostics.push(fault);
        }
    }

    /// `.endif`
    pub(super) fn close_if(&mut self, span: Span) {
        if !self.frame().is_if() {
            let message = "there is no `.if` before this `.endif`";
            self.diagnostics.push(Diagnostic::error(span, message));
            return;
        }
        let Some(Frame { kind: FrameKind::If(mut branches, condition, begins), span, scope }) =
            self.frames.pop()
        else {
            return;
        };
        duplicates::report(&scope, &self.netlist.symbols, &mut self.diagnostics);
        branches.push(Branch { condition, scope, span: begins });
        self.frame().scope.conditionals.push(Conditional { branches, span });
    }

    /// Takes the innermost scope away, which should have been closed.
    fn unclosed(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let (opens, closes) = match frame.kind {
            FrameKind::If(..) => (".if", ".endif"),
            FrameKind::Subckt(_) | FrameKind::Top => (".subckt", ".ends"),
        };
        let fault = Diagnostic::error(frame.span, format!("this `{opens}` has no `{closes}`"));
        self.diagnostics.push(fault.with_hint(format!("add `{closes}` where it should end")));
        duplicates::report(&frame.scope, &self.netlist.symbols, &mut self.diagnostics);
    }

    /// Reports every scope that is still open but the top level.
    pub(super) fn close_all(&mut self) {
        while self.frames.len() > 1 {
            self.unclosed();
        }
    }
}
