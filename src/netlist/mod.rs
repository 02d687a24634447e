//! SPICE-like netlists: text to syntax tree and back.
//!
//! [`parse`] reads a deck into a [`Netlist`], which says what is written and
//! where, with names unresolved; [`print()`] writes one. Comments start with `*`
//! at the beginning of a line, with `;` or a `$` and a blank elsewhere; `+`
//! continues the card above; case does not matter.
//!
//! | card | is |
//! |---|---|
//! | `R1 n+ n- value`, `C1 n+ n- value [ic=value]`, `L1` as `C1` | resistor, capacitor, inductor |
//! | `V1 n+ n- [DC value] [AC magnitude [phase]] [wave]`, `I1` | independent source |
//! | `E1 n+ n- control+ control- gain`, `G1` | source controlled by a voltage |
//! | `F1 n+ n- vsource gain`, `H1` | source controlled by a current |
//! | `B1 n+ n- V=law` or `I=law` | behavioural source |
//! | `D1 anode cathode model [area] [off] [ic=v] [k=v ...]` | diode |
//! | `Q1 c b e [substrate] model [area] ...`, `J1 d g s model`, `M1 d g s bulk model [l=...] [w=...]` | transistors |
//! | `S1 n+ n- control+ control- model [on]`, `W1 n+ n- vsource model` | switches |
//! | `K1 l1 l2 factor` | coupled inductors |
//! | `Y1 resistors rows=s{1..n} columns=p{1..n} [inverted=m{1..n}] file=w.npz`, `Y1 vccs ...` | array of resistors or sources |
//! | `X1 nodes... subcircuit [k=v ...]` | instance |
//! | `.subckt name ports... [k=v ...]`, `.ends` | definition |
//! | `.param .func .model .include .lib .global .if .options .temp` | what it depends on |
//! | `.op .dc .tran .ac .noise .tf .sens .pz .ic .nodeset .save .print .four .measure .step .data` | what to do |
//! | `*! expect name value` | what a result should be; a comment to other simulators |
//!
//! E and G also take `POLY`, `VALUE`, `TABLE` and `LAPLACE`, F and H `POLY`.
//! [`parse_in`] reads other dialects than that of ngspice. `docs/netlist.md` has an
//! example of everything.

pub mod ast;
pub mod expr;
pub mod symbol;

mod analysis;
mod annotation;
mod array;
mod arrays;
mod card;
mod conditional;
mod controlled;
mod decode;
mod device;
mod dialect;
mod directive;
mod duplicates;
mod element;
mod expression;
mod functions;
mod including;
mod lexer;
mod lines;
mod measure;
mod model;
mod opamp;
mod output;
mod parser;
mod passive;
mod print;
mod scoping;
mod script;
mod source;
mod step;
mod terminal;
mod value;

pub use arrays::{has_arrays, without_arrays};
pub use ast::Netlist;
pub(crate) use card::shown;
pub use dialect::{Dialect, Language};
pub use opamp::{has_opamps, with_plain_opamps, without_opamps};
pub use parser::{Parsed, parse, parse_cards, parse_in};
pub use print::{print, print_expression};

#[cfg(test)]
mod tests;
