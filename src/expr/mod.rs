//! Real functions of several variables, with exact derivatives.
//!
//! A [`Tree`] is built by `elaborate` from a netlist expression whose
//! parameters are known; [`Tape`] evaluates it, with its gradient, without
//! allocation.
//!
//! Every function is total: outside its domain it is NaN, above its range
//! infinite, and NaN of an operand (of a comparison too) is NaN of the result,
//! so that a fault is seen where it happens and never passes a condition.

mod function;
mod notation;
mod operator;
mod parity;
mod part;
mod postfix;
mod tape;
mod tree;

pub use function::{FUNCTIONS, Function, function};
pub use notation::Notation;
pub use part::Part;
pub use postfix::PostfixError;
pub use tape::{Scratch, Tape};
pub use tree::Affine;

/// Functions and operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`
    Neg,
    /// `!x`: 1 where x = 0, else 0
    Not,
    /// Absolute value
    Abs,
    /// Square root; NaN below 0
    Sqrt,
    /// e^x
    Exp,
    /// Natural logarithm (`ln`, and `log` as in ngspice)
    Ln,
    /// Decimal logarithm
    Log10,
    /// Sine, rad
    Sin,
    /// Cosine, rad
    Cos,
    /// Tangent, rad
    Tan,
    /// Arc sine
    Asin,
    /// Arc cosine
    Acos,
    /// Arc tangent
    Atan,
    /// Hyperbolic sine
    Sinh,
    /// Hyperbolic cosine
    Cosh,
    /// Hyperbolic tangent
    Tanh,
    /// Inverse hyperbolic sine
    Asinh,
    /// Inverse hyperbolic cosine
    Acosh,
    /// Inverse hyperbolic tangent
    Atanh,
    /// Sign: -1, 0 or 1
    Sgn,
    /// Unit step: 0 below 0, 0.5 at 0, 1 above
    Step,
    /// Unit ramp: 0 below 0, x above
    Ramp,
    /// Largest integer not above
    Floor,
    /// Smallest integer not below
    Ceil,
    /// Nearest integer, halves to even
    Nint,
}

/// Functions and operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a ^ b`, `a ** b`, `pow(a,b)`: |a|^b, as in the behavioural sources of ngspice
    Pow,
    /// `pwr(a,b)`: sgn(a) |a|^b
    Pwr,
    /// The smaller
    Min,
    /// The larger
    Max,
    /// Arc tangent of a/b in the right quadrant, rad, of `atan2(a,b)`
    Atan2,
    /// `a < b` as 0 or 1
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
    /// `a == b`
    Eq,
    /// `a != b`
    Ne,
    /// `a && b`
    And,
    /// `a || b`
    Or,
}

/// A function as a tree over numbered leaves.
///
/// Its methods, and the building of a [`Tape`], recurse to the height of the
/// tree, which the netlist parser and [`Tree::from_postfix`] limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A number.
    Constant(f64),
    /// The independent variable of that index.
    Leaf(usize),
    /// One operand.
    Unary(Unary, Box<Tree>),
    /// Two operands.
    Binary(Binary, Box<Tree>, Box<Tree>),
    /// The second where the first is not 0, else the third.
    Select(Box<Tree>, Box<Tree>, Box<Tree>),
}
