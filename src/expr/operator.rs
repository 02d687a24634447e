//! Values and derivatives of the operators.
//!
//! At a corner the derivative is the one from the left, at a jump that of
//! either side (so it is 0 for steps), and at the edge of a domain the limit
//! from inside, which may be infinite.

use crate::expr::{Binary, Unary};

/// 1 or 0; NaN where an operand is NaN.
fn truth(a: f64, b: f64, holds: bool) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { f64::from(holds) }
}

impl Unary {
    /// The value at `x`.
    #[must_use]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Neg => -x,
            Self::Not => truth(x, x, x == 0.0),
            Self::Abs => x.abs(),
            Self::Sqrt => x.sqrt(),
            Self::Exp => x.exp(),
            Self::Ln => x.ln(),
            Self::Log10 => x.log10(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => x.tanh(),
            Self::Asinh => x.asinh(),
            Self::Acosh => x.acosh(),
            Self::Atanh => x.atanh(),
            Self::Sgn => sign(x),
            Self::Step => 0.5 + 0.5 * sign(x),
            Self::Ramp if x < 0.0 => 0.0,
            Self::Ramp => x,
            Self::Floor => x.floor(),
            Self::Ceil => x.ceil(),
            Self::Nint => x.round_ties_even(),
        }
    }

    /// The derivative at `x`; from the left at the corners of `abs` (-1) and
    /// `uramp` (0), and 0 at every jump.
    #[must_use]
    pub fn derivative(self, x: f64) -> f64 {
        match self {
            Self::Neg => -1.0,
            Self::Abs => truth(x, x, true) * if x > 0.0 { 1.0 } else { -1.0 },
            Self::Sqrt => 0.5 / x.sqrt(),
            Self::Exp => x.exp(),
            Self::Ln => inside(x >= 0.0, 1.0 / x),
            Self::Log10 => inside(x >= 0.0, std::f64::consts::LOG10_E / x),
            Self::Sin => x.cos(),
            Self::Cos => -x.sin(),
            Self::Tan => 1.0 + x.tan() * x.tan(),
            Self::Asin => 1.0 / ((1.0 - x) * (1.0 + x)).sqrt(),
            Self::Acos => -1.0 / ((1.0 - x) * (1.0 + x)).sqrt(),
            Self::Atan => 1.0 / (1.0 + x * x),
            Self::Sinh => x.cosh(),
            Self::Cosh => x.sinh(),
            Self::Tanh => 1.0 - x.tanh() * x.tanh(),
            Self::Asinh => 1.0 / 1.0_f64.hypot(x),
            Self::Acosh => inside(x >= 1.0, 1.0 / ((x - 1.0).sqrt() * (x + 1.0).sqrt())),
            Self::Atanh => inside(x.abs() <= 1.0, 1.0 / ((1.0 - x) * (1.0 + x))),
            Self::Ramp => truth(x, x, x > 0.0),
            Self::Not | Self::Sgn | Self::Step | Self::Floor | Self::Ceil | Self::Nint => {
                truth(x, x, false)
            }
        }
    }

    /// The name of the function, or the sign of the operator.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Not => "!",
            Self::Abs => "abs",
            Self::Sqrt => "sqrt",
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Log10 => "log10",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Tan => "tan",
            Self::Asin => "asin",
            Self::Acos => "acos",
            Self::Atan => "atan",
            Self::Sinh => "sinh",
            Self::Cosh => "cosh",
            Self::Tanh => "tanh",
            Self::Asinh => "asinh",
            Self::Acosh => "acosh",
            Self::Atanh => "atanh",
            Self::Sgn => "sgn",
            Self::Step => "u",
            Self::Ramp => "uramp",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Nint => "nint",
        }
    }
}

impl Binary {
    /// The value at `(a, b)`.
    #[must_use]
    pub fn value(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => power(a, b),
            Self::Pwr => inside(!a.is_nan(), sign(a)) * power(a, b),
            Self::Min => truth(a, b, true) * if a <= b { a } else { b },
            Self::Max => truth(a, b, true) * if a > b { a } else { b },
            Self::Atan2 => a.atan2(b),
            Self::Lt => truth(a, b, a < b),
            Self::Le => truth(a, b, a <= b),
            Self::Gt => truth(a, b, a > b),
            Self::Ge => truth(a, b, a >= b),
            Self::Eq => truth(a, b, equal(a, b)),
            Self::Ne => truth(a, b, !equal(a, b)),
            Self::And => truth(a, b, a != 0.0 && b != 0.0),
            Self::Or => truth(a, b, a != 0.0 || b != 0.0),
        }
    }

    /// The derivatives by `a` and by `b` at `(a, b)`.
    ///
    /// At a tie `min` belongs to its first operand and `max` to its second,
    /// so that against a constant second operand both are the derivative from
    /// the left. Conditions have derivative 0.
    #[must_use]
    pub fn derivative(self, a: f64, b: f64) -> (f64, f64) {
        match self {
            Self::Add => (1.0, 1.0),
            Self::Sub => (1.0, -1.0),
            Self::Mul => (b, a),
            Self::Div => (1.0 / b, -a / (b * b)),
            Self::Pow => (if a > 0.0 { 1.0 } else { -1.0 } * slope(a, b), log_slope(a, b)),
            Self::Pwr => (slope(a, b), inside(!a.is_nan(), sign(a)) * log_slope(a, b)),
            Self::Min => either(a, b, a <= b),
            Self::Max => either(a, b, a > b),
            Self::Atan2 if a == 0.0 && b == 0.0 => (0.0, 0.0),
            Self::Atan2 => {
                // Dividing twice keeps the square of the radius in range.
                let radius = a.hypot(b);
                (b / radius / radius, -a / radius / radius)
            }
            Self::Lt
            | Self::Le
            | Self::Gt
            | Self::Ge
            | Self::Eq
            | Self::Ne
            | Self::And
            | Self::Or => (truth(a, b, false), truth(a, b, false)),
        }
    }

    /// The name of the function, or the sign of the operator.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Pow => "^",
            Self::Pwr => "pwr",
            Self::Min => "min",
            Self::Max => "max",
            Self::Atan2 => "atan2",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}

#[expect(clippy::float_cmp, reason = "the operators `==` and `!=` of a netlist are exact")]
fn equal(a: f64, b: f64) -> bool {
    a == b
}

/// -1, 0 or 1; NaN of NaN. (`f64::signum` gives 1 at 0.)
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn inside(domain: bool, value: f64) -> f64 {
    if domain { value } else { f64::NAN }
}

/// |a|^b. Unlike `powf`, an undefined operand stays undefined.
fn power(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.abs().powf(b) }
}

/// d|a|^b / d|a|.
fn slope(a: f64, b: f64) -> f64 {
    if b == 0.0 { truth(a, b, false) } else { b * power(a, b - 1.0) }
}

/// d|a|^b / db. At a = 0 the power itself wins over its logarithm.
fn log_slope(a: f64, b: f64) -> f64 {
    let value = power(a, b);
    if value == 0.0 { 0.0 } else { value * a.abs().ln() }
}

fn either(a: f64, b: f64, first: bool) -> (f64, f64) {
    (truth(a, b, first), truth(a, b, !first))
}
