//! Functions by name.

use crate::expr::{Binary, Unary};

/// What a function of an expression is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// One operand.
    Unary(Unary),
    /// Two operands.
    Binary(Binary),
    /// `limit(x, low, high)`: min(max(x, low), high).
    Limit,
    /// `if(condition, then, otherwise)`.
    Select,
}

impl Function {
    /// The number of its operands.
    #[must_use]
    pub fn arity(self) -> usize {
        match self {
            Self::Unary(_) => 1,
            Self::Binary(_) => 2,
            Self::Limit | Self::Select => 3,
        }
    }
}

/// All functions by name, in alphabetical order. `log` is the natural
/// logarithm, as in ngspice.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("abs", Function::Unary(Unary::Abs)),
    ("acos", Function::Unary(Unary::Acos)),
    ("acosh", Function::Unary(Unary::Acosh)),
    ("arccos", Function::Unary(Unary::Acos)),
    ("arcsin", Function::Unary(Unary::Asin)),
    ("arctan", Function::Unary(Unary::Atan)),
    ("asin", Function::Unary(Unary::Asin)),
    ("asinh", Function::Unary(Unary::Asinh)),
    ("atan", Function::Unary(Unary::Atan)),
    ("atan2", Function::Binary(Binary::Atan2)),
    ("atanh", Function::Unary(Unary::Atanh)),
    ("ceil", Function::Unary(Unary::Ceil)),
    ("cos", Function::Unary(Unary::Cos)),
    ("cosh", Function::Unary(Unary::Cosh)),
    ("exp", Function::Unary(Unary::Exp)),
    ("floor", Function::Unary(Unary::Floor)),
    ("if", Function::Select),
    ("limit", Function::Limit),
    ("ln", Function::Unary(Unary::Ln)),
    ("log", Function::Unary(Unary::Ln)),
    ("log10", Function::Unary(Unary::Log10)),
    ("max", Function::Binary(Binary::Max)),
    ("min", Function::Binary(Binary::Min)),
    ("nint", Function::Unary(Unary::Nint)),
    ("pow", Function::Binary(Binary::Pow)),
    ("pwr", Function::Binary(Binary::Pwr)),
    ("sgn", Function::Unary(Unary::Sgn)),
    ("sin", Function::Unary(Unary::Sin)),
    ("sinh", Function::Unary(Unary::Sinh)),
    ("sqrt", Function::Unary(Unary::Sqrt)),
    ("tan", Function::Unary(Unary::Tan)),
    ("tanh", Function::Unary(Unary::Tanh)),
    ("ternary_fcn", Function::Select),
    ("u", Function::Unary(Unary::Step)),
    ("uramp", Function::Unary(Unary::Ramp)),
];

/// The function of that lower-case name.
#[must_use]
pub fn function(name: &str) -> Option<Function> {
    let index = FUNCTIONS.binary_search_by_key(&name, |&(known, _)| known).ok()?;
    Some(FUNCTIONS[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found() {
        for &(name, known) in FUNCTIONS {
            assert_eq!(function(name), Some(known), "{name}: the table is not sorted");
        }
        assert_eq!(function("tahn"), None);
        assert_eq!(function("log").map(Function::arity), Some(1));
    }
}
