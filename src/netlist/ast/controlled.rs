//! Controlled sources that are more than a gain.

use crate::netlist::ast::Value;
use crate::netlist::expr::Expr;
use crate::netlist::symbol::Symbol;

/// How a controlled source follows what controls it.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlLaw {
    /// `POLY(n) controls... coefficients...`
    Polynomial {
        /// What it is a polynomial of.
        inputs: Vec<PolyInput>,
        /// SPICE's order: constant, linear, then products of ever more inputs,
        /// each kind in the order of the inputs.
        coefficients: Vec<Value>,
    },
    /// `TABLE {expression} = (x,y) (x,y) ...`: straight lines, constant outside.
    Table {
        /// What is looked up.
        input: Expr,
        /// Pairs.
        points: Points,
    },
    /// `LAPLACE {expression} = {ratio of polynomials in s}`
    Laplace {
        /// What is filtered.
        input: Expr,
        /// The transfer function; `s` is the complex frequency, rad/s.
        transfer: Expr,
    },
}

/// Pairs of x and y.
pub type Points = Vec<(Value, Value)>;

/// What a polynomial depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolyInput {
    /// A voltage between two nodes.
    Voltage(Symbol, Symbol),
    /// The current of a voltage source.
    Current(Symbol),
}
