//! SPICE-like netlists: text to syntax tree and back.

pub mod ast;
pub mod expr;
pub mod symbol;

pub use ast::Netlist;
