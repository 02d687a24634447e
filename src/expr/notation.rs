//! Numbers and functions as a person reads them.

use crate::expr::{Binary, Tree, Unary};

/// A notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Plain text.
    Text,
    /// The inside of a LaTeX formula.
    Latex,
}

/// Significant digits of a number.
const DIGITS: usize = 6;

impl Notation {
    /// A number with a few significant digits.
    #[must_use]
    pub fn number(self, value: f64) -> String {
        if value < 0.0 {
            return format!("-{}", self.number(-value));
        }
        if value == 0.0 || !value.is_finite() {
            return value.abs().to_string();
        }
        let scientific = format!("{value:.*e}", DIGITS - 1);
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let mantissa = match mantissa.contains('.') {
            true => mantissa.trim_end_matches('0').trim_end_matches('.'),
            false => mantissa,
        };
        let power: i32 = exponent.parse().unwrap_or(0);
        if (-4..6).contains(&power) {
            let decimals = DIGITS as i32 - 1 - power;
            let plain = format!("{value:.*}", decimals.clamp(0, 12) as usize);
            return match plain.contains('.') {
                true => plain.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => plain,
            };
        }
        match self {
            Self::Text => format!("{mantissa}e{power}"),
            Self::Latex => format!("{mantissa}\\cdot 10^{{{power}}}"),
        }
    }

    /// A function applied to an argument, by its name.
    #[must_use]
    pub fn applied(self, name: &str, argument: &str) -> String {
        /// Names that LaTeX knows.
        const KNOWN: [&str; 13] = [
            "tanh", "exp", "ln", "sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan",
            "min", "max",
        ];
        match self {
            Self::Text => format!("{name}({argument})"),
            Self::Latex if KNOWN.contains(&name) => format!("\\{name}({argument})"),
            Self::Latex => {
                format!("\\operatorname{{{}}}({argument})", name.replace('_', "\\_"))
            }
        }
    }

    /// `tree` with its variables replaced, and parentheses where they are needed.
    /// `leaf` gives a text and whether it is a sum, or has a sign.
    #[must_use]
    pub fn formula(self, tree: &Tree, leaf: &dyn Fn(usize) -> (String, bool)) -> String {
        self.bound(tree, leaf).0
    }

    /// The text and how tightly its outermost operation binds.
    fn bound(self, tree: &Tree, leaf: &dyn Fn(usize) -> (String, bool)) -> (String, u8) {
        match tree {
            Tree::Constant(value) => {
                (self.number(*value), if *value < 0.0 { SIGN } else { CLOSED })
            }
            Tree::Leaf(at) => {
                let (text, is_sum) = leaf(*at);
                (text, if is_sum { SUM } else { CLOSED })
            }
            Tree::Unary(op, x) => self.unary(*op, self.bound(x, leaf)),
            Tree::Binary(op, a, b) => self.binary(*op, self.bound(a, leaf), self.bound(b, leaf)),
            Tree::Select(c, a, b) => {
                let parts = [c, a, b].map(|tree| self.bound(tree, leaf).0);
                (self.applied("if", &parts.join(", ")), CLOSED)
            }
        }
    }

    fn unary(self, op: Unary, x: (String, u8)) -> (String, u8) {
        match (op, self) {
            (Unary::Neg, _) => (format!("-{}", wrapped(x, SIGN + 1)), SIGN),
            (Unary::Not, Self::Text) => (format!("!{}", wrapped(x, CLOSED)), CLOSED),
            (Unary::Not, Self::Latex) => (format!("\\lnot {}", wrapped(x, CLOSED)), SIGN),
            (Unary::Sqrt, Self::Latex) => (format!("\\sqrt{{{}}}", x.0), CLOSED),
            (Unary::Abs, Self::Latex) => (format!("\\left|{}\\right|", x.0), CLOSED),
            (Unary::Asin | Unary::Acos | Unary::Atan, Self::Latex) => {
                (self.applied(&op.name().replacen('a', "arc", 1), &x.0), CLOSED)
            }
            _ => (self.applied(op.name(), &x.0), CLOSED),
        }
    }

    fn binary(self, op: Binary, a: (String, u8), b: (String, u8)) -> (String, u8) {
        let between = |sign: &str, binds: u8, a, b| {
            // Subtraction and division do not associate to the right.
            (format!("{}{sign}{}", wrapped(a, binds), wrapped(b, binds + 1)), binds)
        };
        match (op, self) {
            (Binary::Add, _) => between(" + ", SUM, a, b),
            (Binary::Sub, _) => between(" - ", SUM, a, b),
            (Binary::Mul, Self::Text) => between(" * ", PRODUCT, a, b),
            (Binary::Mul, Self::Latex) => between("\\,", PRODUCT, a, b),
            (Binary::Div, Self::Text) => between(" / ", PRODUCT, a, b),
            (Binary::Div, Self::Latex) => (format!("\\frac{{{}}}{{{}}}", a.0, b.0), CLOSED),
            (Binary::Pow, Self::Text) => {
                (format!("{}^{}", wrapped(a, CLOSED), wrapped(b, CLOSED)), POWER)
            }
            // |a|^b, as in the behavioural sources of ngspice.
            (Binary::Pow, Self::Latex) => (format!("\\left|{}\\right|^{{{}}}", a.0, b.0), CLOSED),
            (Binary::Pwr | Binary::Min | Binary::Max | Binary::Atan2, _) => {
                (self.applied(op.name(), &format!("{}, {}", a.0, b.0)), CLOSED)
            }
            (_, notation) => {
                let sign = match (op, notation) {
                    (Binary::Le, Self::Latex) => "\\le",
                    (Binary::Ge, Self::Latex) => "\\ge",
                    (Binary::Eq, Self::Latex) => "=",
                    (Binary::Ne, Self::Latex) => "\\ne",
                    (Binary::And, Self::Latex) => "\\land",
                    (Binary::Or, Self::Latex) => "\\lor",
                    (op, _) => op.name(),
                };
                (format!("[{} {sign} {}]", a.0, b.0), CLOSED)
            }
        }
    }
}

/// How tightly operations bind.
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const SIGN: u8 = 3;
const POWER: u8 = 5;
const CLOSED: u8 = 6;

/// With parentheses where it binds less tightly than `least`.
fn wrapped((text, binds): (String, u8), least: u8) -> String {
    if binds < least { format!("({text})") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(postfix: &str) -> Tree {
        Tree::from_postfix(postfix, 2).unwrap()
    }

    fn text(postfix: &str) -> String {
        Notation::Text.formula(&tree(postfix), &|leaf| (["x", "y"][leaf].to_owned(), false))
    }

    fn latex(postfix: &str) -> String {
        Notation::Latex.formula(&tree(postfix), &|leaf| (["x", "y"][leaf].to_owned(), false))
    }

    #[test]
    fn parentheses_stand_where_they_are_needed() {
        assert_eq!(text("z1 z2 1 - -"), "x - (y - 1)");
        assert_eq!(text("z1 z2 - 1 -"), "x - y - 1");
        assert_eq!(text("z1 z2 + 2 *"), "(x + y) * 2");
        assert_eq!(text("z1 z2 3 / /"), "x / (y / 3)");
        assert_eq!(text("z1 neg exp 1 +"), "exp(-x) + 1");
        assert_eq!(text("z1 z2 + neg"), "-(x + y)");
        assert_eq!(text("z1 -2 ^"), "x^(-2)");
        assert_eq!(text("z1 -2 *"), "x * -2");
        assert_eq!(text("z1 z2 < 1 0 if"), "if([x < y], 1, 0)");
    }

    #[test]
    fn latex_has_its_own_words() {
        assert_eq!(latex("z1 0.02585 / tanh"), "\\tanh(\\frac{x}{0.02585})");
        assert_eq!(latex("z1 sqrt z2 abs *"), "\\sqrt{x}\\,\\left|y\\right|");
        assert_eq!(latex("z1 1e-14 *"), "x\\,1\\cdot 10^{-14}");
        assert_eq!(latex("z1 uramp"), "\\operatorname{uramp}(x)");
        assert_eq!(latex("z1 atan"), "\\arctan(x)");
    }

    #[test]
    fn numbers_are_short() {
        let number = |value| Notation::Text.number(value);
        assert_eq!(number(1.0 / 3.0), "0.333333");
        assert_eq!(number(-1e-7), "-1e-7");
        assert_eq!(number(123_456.0), "123456");
        assert_eq!(number(0.0), "0");
        assert_eq!(Notation::Latex.number(2.5e9), "2.5\\cdot 10^{9}");
    }
}
