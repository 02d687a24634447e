//! What is measured on results, and what is expected of it.

use crate::diag::Span;
use crate::netlist::ast::Value;
use crate::netlist::expr::Expr;
use crate::netlist::symbol::Symbol;
use crate::wave::{Edge, Measured, Statistic};

/// `.measure [analysis] NAME task`.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name.
    pub name: Symbol,
    /// The analysis it belongs to; `None` where the card does not say.
    pub analysis: Option<Measured>,
    /// What is measured.
    pub task: MeasureTask,
}

/// What a measure does.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureTask {
    /// `TRIG instant TARG instant`: the distance along the axis.
    Delay {
        /// Where it begins.
        trigger: Instant,
        /// Where it ends.
        target: Instant,
    },
    /// `FIND expression AT=x` or `FIND expression WHEN crossing`.
    Find {
        /// What.
        what: Expr,
        /// Where.
        at: Instant,
    },
    /// `WHEN crossing`: where on the axis.
    When(Instant),
    /// `DERIV expression AT=x` or `DERIV expression WHEN crossing`.
    Derivative {
        /// Of what.
        what: Expr,
        /// Where.
        at: Instant,
    },
    /// `AVG expression [FROM=x] [TO=x]` and the like.
    Window {
        /// Which figure.
        statistic: Statistic,
        /// Of what.
        what: Expr,
        /// Beginning; that of the axis where it is absent.
        from: Option<Value>,
        /// End; that of the axis where it is absent.
        to: Option<Value>,
    },
    /// `PARAM='expression'` of earlier measures and parameters.
    Parameter(Expr),
}

/// A place on the axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Instant {
    /// `AT=x`.
    At(Value),
    /// Where two expressions are equal.
    Crossing(Box<Crossing>),
}

/// `left=right` or `left VAL=right`, and which of its solutions is meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
    /// In which direction the left side passes the right one.
    pub edge: Edge,
    /// Which one.
    pub count: Count,
    /// `TD=x`: those before do not count.
    pub after: Option<Value>,
}

/// Which crossing of several.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    /// The n-th, from 1.
    Nth(Value),
    /// `LAST`
    Last,
}

/// `*! expect NAME value [tol=value]`: a comment to every other SPICE.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// A measure, or a reading of the operating point such as `v(out)`.
    pub name: Symbol,
    /// What it should be.
    pub value: Value,
    /// By how much it may differ.
    pub tolerance: Tolerance,
    /// The line.
    pub span: Span,
}

/// A bound on a difference.
#[derive(Clone, Debug, PartialEq)]
pub enum Tolerance {
    /// Hundredths of the expected value.
    Percent(f64),
    /// In units of the value.
    Absolute(Value),
}
