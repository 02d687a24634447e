//! Decks that are carried out several times.

use crate::netlist::ast::Value;
use crate::netlist::symbol::Symbol;

/// `.step target values`; the first card varies fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is varied.
    pub target: StepTarget,
    /// Its values; none for a table.
    pub sweep: Sweep,
}

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepTarget {
    /// `param NAME`: a parameter of the top level.
    Parameter(Symbol),
    /// `V1`, `R1` and the like: the value of an element of the top level.
    Element(Symbol),
    /// `temp`, degrees Celsius.
    Temperature,
    /// `data=NAME`: a row of a table at a time.
    Data(Symbol),
}

/// Values in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Sweep {
    /// `start stop increment`
    Linear([Value; 3]),
    /// `dec ... start stop points`, points a decade.
    Decade([Value; 3]),
    /// `oct ... start stop points`, points an octave.
    Octave([Value; 3]),
    /// `list value value ...`
    List(Vec<Value>),
}

impl Sweep {
    /// Its first value.
    #[must_use]
    pub fn first(&self) -> Option<&Value> {
        match self {
            Self::Linear([first, ..]) | Self::Decade([first, ..]) | Self::Octave([first, ..]) => {
                Some(first)
            }
            Self::List(values) => values.first(),
        }
    }
}

/// `.data NAME parameters... values...`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Name of the table.
    pub name: Symbol,
    /// Parameters of the top level.
    pub columns: Vec<Symbol>,
    /// Values, a multiple of the number of columns.
    pub values: Vec<Value>,
}
