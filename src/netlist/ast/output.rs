//! What a deck keeps.

use crate::{
    diag::Span,
    netlist::{expr::Expr, symbol::Symbol},
};

/// One thing to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// What.
    pub kind: OutputKind,
    /// Where it is asked for.
    pub span: Span,
}

/// What can be kept.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputKind {
    /// `v(a)` or `v(a,b)`.
    Voltage(Symbol, Option<Symbol>),
    /// `i(element)`: the current of a voltage source, inductor, E, H or voltage B.
    Current(Symbol),
    /// `all`.
    All,
    /// A function of these, such as `v(a)*i(v1)`.
    Expression(Box<Expr>),
}
