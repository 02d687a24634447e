//! Arrays of resistors or controlled sources.

use std::sync::Arc;

use crate::diag::Span;
use crate::linalg::RowMatrix;
use crate::netlist::ast::Value;
use crate::netlist::symbol::Symbol;

/// What stands at each crossing of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayForm {
    /// A resistor of conductance `gain |w|` from the row to the column, or where `w` is
    /// negative to the inverted column.
    Resistors,
    /// A current `gain w v(column)` that leaves the row: `G row 0 column 0 {gain w}`.
    Vccs,
}

impl ArrayForm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Resistors, Self::Vccs];

    /// The word of the card.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resistors => "resistors",
            Self::Vccs => "vccs",
        }
    }
}

/// `Yname resistors|vccs rows=... columns=... [inverted=...] file=... [array=...]
/// [gain=...]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// What stands at each crossing.
    pub form: ArrayForm,
    /// The node of each row.
    pub rows: NodeList,
    /// The node of each column.
    pub columns: NodeList,
    /// The nodes that negative entries hang on; none where no entry is negative, and for
    /// sources, which have a sign.
    pub inverted: Option<NodeList>,
    /// Where the matrix stands.
    pub file: WeightFile,
    /// Factor of all entries, S; 1 for `None`.
    pub gain: Option<Value>,
    /// The matrix, its entries finite, of as many rows and columns as there are nodes.
    pub matrix: Arc<RowMatrix>,
}

/// Nodes in order, written in short where they are numbered: `s{1..4}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeList {
    /// The nodes, one by one.
    pub names: Vec<Symbol>,
    /// Where they are listed.
    pub span: Span,
}

/// The file of a matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightFile {
    /// Name as written, relative to the file that names it.
    pub name: String,
    /// The array in it, where several may be.
    pub array: Option<String>,
    /// Where it is named.
    pub span: Span,
}
