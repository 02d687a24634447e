//! Transmission lines.

use crate::netlist::ast::{Assignment, Value};
use crate::netlist::symbol::Symbol;

/// `Tname a+ a- b+ b- Z0=... TD=...` or `F=... [NL=...]`, `[IC=va,ia,vb,ib]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Terminals of both ends.
    pub nodes: [Symbol; 4],
    /// `z0`, `td`, `f` and `nl`.
    pub params: Vec<Assignment>,
    /// Voltage, V, and current, A, of one end, then of the other, used with `uic`.
    pub initial: Vec<Value>,
}
