//! Expressions as written: names and spans kept.

use crate::diag::Span;
use crate::expr::{Binary, Part, Unary};
use crate::netlist::symbol::Symbol;

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// Kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal with its suffix applied.
    Number(f64),
    /// A parameter, or `time`, `temper`, `pi`, `e`.
    Name(Symbol),
    /// `v(a)` or `v(a,b)`.
    Voltage(Symbol, Option<Symbol>),
    /// `i(vsource)`.
    Current(Symbol),
    /// One operand.
    Unary(Unary, Box<Expr>),
    /// Two operands.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `condition ? then : otherwise`, and `if(condition, then, otherwise)`.
    Select(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function of the deck, `.func`, and its arguments.
    Call(Symbol, Vec<Expr>),
    /// A real figure of a complex quantity, in outputs and measures only.
    Part(Part, Box<Expr>),
}
