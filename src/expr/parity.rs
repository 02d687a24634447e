//! Whether a function is odd or even, by its structure.

use crate::expr::{Binary, Tree, Unary};

/// How a subtree answers when all leaves change their sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parity {
    /// The value changes its sign.
    Odd,
    /// The value stays.
    Even,
    /// Identically 0, which is odd and even.
    Zero,
}

impl Parity {
    /// Of a sum.
    fn plus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Zero, parity) | (parity, Self::Zero) => Some(parity),
            _ => (self == other).then_some(self),
        }
    }

    /// Of a product or quotient.
    fn times(self, other: Self) -> Self {
        match (self, other) {
            (Self::Zero, _) | (_, Self::Zero) => Self::Zero,
            _ if self == other => Self::Even,
            _ => Self::Odd,
        }
    }

    fn is_even(self) -> bool {
        self != Self::Odd
    }
}

impl Tree {
    /// True where the structure shows that `f(-x) = -f(x)`; a function may be
    /// odd without its structure showing it.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        matches!(self.fold_constants().parity(), Some(Parity::Odd | Parity::Zero))
    }

    fn parity(&self) -> Option<Parity> {
        match self {
            Self::Constant(0.0) => Some(Parity::Zero),
            Self::Constant(_) => Some(Parity::Even),
            Self::Leaf(_) => Some(Parity::Odd),
            Self::Unary(op, x) => unary(*op, x.parity()?),
            Self::Binary(op @ (Binary::Min | Binary::Max), a, b) => clip(*op, a, b),
            Self::Binary(op, a, b) => binary(*op, a.parity()?, b.parity()?),
            Self::Select(condition, then, otherwise) => {
                let even = condition.parity()?.is_even();
                let parity = then.parity()?.plus(otherwise.parity()?)?;
                even.then_some(parity)
            }
        }
    }
}

fn unary(op: Unary, x: Parity) -> Option<Parity> {
    match op {
        Unary::Neg
        | Unary::Sin
        | Unary::Tan
        | Unary::Asin
        | Unary::Atan
        | Unary::Sinh
        | Unary::Tanh
        | Unary::Asinh
        | Unary::Atanh
        | Unary::Sgn
        | Unary::Nint => Some(x),
        Unary::Abs | Unary::Cos | Unary::Cosh | Unary::Not => Some(Parity::Even),
        Unary::Sqrt
        | Unary::Exp
        | Unary::Ln
        | Unary::Log10
        | Unary::Acos
        | Unary::Acosh
        | Unary::Step
        | Unary::Ramp
        | Unary::Floor
        | Unary::Ceil => x.is_even().then_some(Parity::Even),
    }
}

fn binary(op: Binary, a: Parity, b: Parity) -> Option<Parity> {
    let both_even = (a.is_even() && b.is_even()).then_some(Parity::Even);
    match op {
        Binary::Add | Binary::Sub => a.plus(b),
        Binary::Mul | Binary::Div => Some(a.times(b)),
        Binary::Pow => b.is_even().then_some(Parity::Even),
        Binary::Pwr if b.is_even() => {
            Some(if a == Parity::Odd { Parity::Odd } else { Parity::Even })
        }
        Binary::And | Binary::Or => Some(Parity::Even),
        Binary::Pwr
        | Binary::Min
        | Binary::Max
        | Binary::Atan2
        | Binary::Lt
        | Binary::Le
        | Binary::Gt
        | Binary::Ge
        | Binary::Eq
        | Binary::Ne => both_even,
    }
}

/// Of `min(a, b)` and `max(a, b)`: between two bounds of one modulus an odd
/// function stays odd.
fn clip(op: Binary, a: &Tree, b: &Tree) -> Option<Parity> {
    if let Some((Tree::Binary(inner, c, d), bound)) = bounded(a, b)
        && matches!((op, inner), (Binary::Min, Binary::Max) | (Binary::Max, Binary::Min))
        && let Some((x, opposite)) = bounded(c, d)
        && bound == -opposite
        && (op == Binary::Min) == (bound > 0.0)
        && x.parity()? == Parity::Odd
    {
        return Some(Parity::Odd);
    }
    binary(op, a.parity()?, b.parity()?)
}

/// What is bounded, and by which number.
fn bounded<'a>(a: &'a Tree, b: &'a Tree) -> Option<(&'a Tree, f64)> {
    match (a, b) {
        (Tree::Constant(bound), x) | (x, Tree::Constant(bound)) => Some((x, *bound)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{FUNCTIONS, Function, Scratch, Tape};
    use proptest::prelude::*;

    #[expect(clippy::unnecessary_box_returns, reason = "operands of a tree are boxed")]
    fn leaf() -> Box<Tree> {
        Box::new(Tree::Leaf(0))
    }

    #[expect(clippy::unnecessary_box_returns, reason = "operands of a tree are boxed")]
    fn constant(value: f64) -> Box<Tree> {
        Box::new(Tree::Constant(value))
    }

    #[test]
    fn a_clipped_function_is_odd_between_opposite_bounds_only() {
        let clipped = |low: f64, high: f64| {
            let below = Tree::Binary(Binary::Max, leaf(), constant(low));
            Tree::Binary(Binary::Min, Box::new(below), constant(high))
        };
        assert!(clipped(-1.0, 1.0).is_odd());
        assert!(!clipped(-1.0, 2.0).is_odd());
        assert!(!clipped(1.0, -1.0).is_odd(), "constant -1");
    }

    #[test]
    fn an_offset_is_not_odd() {
        let shifted = Tree::Binary(Binary::Add, leaf(), constant(0.1));
        assert!(!Tree::Unary(Unary::Tanh, Box::new(shifted)).is_odd());
        let folded =
            Tree::Binary(Binary::Add, leaf(), Box::new(Tree::Unary(Unary::Sin, constant(0.0))));
        assert!(folded.is_odd());
    }

    fn any_tree() -> impl Strategy<Value = Tree> {
        let end = prop_oneof![
            (0..2usize).prop_map(Tree::Leaf),
            prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(2.0)].prop_map(Tree::Constant),
        ];
        end.prop_recursive(4, 24, 3, |inner| {
            let boxed = inner.prop_map(Box::new);
            prop_oneof![
                (0..FUNCTIONS.len(), boxed.clone(), boxed.clone()).prop_map(|(at, a, b)| {
                    match FUNCTIONS[at].1 {
                        // Odd but for rounding.
                        Function::Unary(Unary::Atanh | Unary::Asinh) => Tree::Unary(Unary::Tanh, a),
                        Function::Unary(op) => Tree::Unary(op, a),
                        Function::Binary(op) => Tree::Binary(op, a, b),
                        _ => Tree::Binary(Binary::Mul, a, b),
                    }
                }),
                (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Tree::Binary(Binary::Add, a, b)),
                (boxed.clone(), boxed.clone(), boxed).prop_map(|(c, a, b)| Tree::Select(c, a, b)),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 2000,
            max_global_rejects: 20_000,
            ..ProptestConfig::default()
        })]
        /// Whatever is called odd is odd, to the last bit where the functions are.
        #[test]
        fn what_is_called_odd_is_odd(tree in any_tree(), a in -2.0..2.0, b in -2.0..2.0) {
            prop_assume!(tree.is_odd());
            let tape = Tape::new(&tree, 2);
            let mut scratch = Scratch::default();
            let (there, back) = (tape.eval(&[a, b], &mut scratch), tape.eval(&[-a, -b], &mut scratch));
            prop_assert!(there == -back || (there.is_nan() && back.is_nan()), "{there} {back}");
        }
    }
}
