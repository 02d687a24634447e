//! Functions as text that reads back to the same bits.

use crate::expr::{Binary, FUNCTIONS, Function, Tree, Unary};

/// Why a text is no function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostfixError {
    /// A word is neither number, variable nor operator.
    #[error("word {word} is `{found}`, expected a number, one of z1 to z{leaves}, or an operator")]
    Word {
        /// Which word, from 1.
        word: usize,
        /// What it is.
        found: String,
        /// Number of variables.
        leaves: usize,
    },
    /// An operator lacks operands.
    #[error("word {word}, `{operator}`, takes {expected} operands, found {found}")]
    Operands {
        /// Which word, from 1.
        word: usize,
        /// The operator.
        operator: String,
        /// Operands that it takes.
        expected: usize,
        /// Operands that are there.
        found: usize,
    },
    /// There is no value or more than one.
    #[error("the text leaves {found} values, expected one")]
    Values {
        /// How many.
        found: usize,
    },
    /// The operations nest too deep to be evaluated.
    #[error("word {word} nests deeper than {deepest} operations")]
    Deep {
        /// Which word, from 1.
        word: usize,
        /// The limit.
        deepest: usize,
    },
}

/// Height of a tree at most, the same as of those in netlists.
const DEEPEST: usize = 2000;

impl Tree {
    /// The function in postfix notation, words with blanks between them:
    /// variables `z1`, `z2`, ..., numbers in the shortest form that reads back to
    /// the same bits, and operators by their names in netlists after their
    /// operands, with `neg`, `not` and `if` for those that have signs there.
    ///
    /// `tanh(z1 / 0.05) - 1` is `z1 0.05 / tanh 1 -`.
    #[must_use]
    pub fn to_postfix(&self) -> String {
        let mut words = Vec::new();
        self.push_words(&mut words);
        words.join(" ")
    }

    fn push_words(&self, words: &mut Vec<String>) {
        match self {
            Self::Constant(value) => words.push(format!("{value:?}")),
            Self::Leaf(leaf) => words.push(format!("z{}", leaf + 1)),
            Self::Unary(op, x) => {
                x.push_words(words);
                words.push(unary_name(*op).to_owned());
            }
            Self::Binary(op, a, b) => {
                a.push_words(words);
                b.push_words(words);
                words.push(op.name().to_owned());
            }
            Self::Select(c, a, b) => {
                for tree in [c, a, b] {
                    tree.push_words(words);
                }
                words.push("if".to_owned());
            }
        }
    }

    /// Reads what [`Tree::to_postfix`] wrote, a function of `leaves` variables.
    ///
    /// # Errors
    ///
    /// [`PostfixError`] names the word.
    ///
    /// # Panics
    ///
    /// Never: every operator takes as many operands as are split off for it.
    pub fn from_postfix(text: &str, leaves: usize) -> Result<Self, PostfixError> {
        // Each with its height.
        let mut stack: Vec<(Self, usize)> = Vec::new();
        for (at, found) in text.split_whitespace().enumerate() {
            let word = at + 1;
            let Some(operator) = operator(found) else {
                let leaf = leaf(found, leaves).or_else(|| number(found));
                let unknown = || PostfixError::Word { word, found: found.to_owned(), leaves };
                stack.push((leaf.ok_or_else(unknown)?, 1));
                continue;
            };
            let expected = operator.arity();
            if stack.len() < expected {
                let (operator, found) = (found.to_owned(), stack.len());
                return Err(PostfixError::Operands { word, operator, expected, found });
            }
            let operands = stack.split_off(stack.len() - expected);
            let height = 1 + operands.iter().map(|(_, height)| *height).max().unwrap_or(0);
            if height > DEEPEST {
                return Err(PostfixError::Deep { word, deepest: DEEPEST });
            }
            let mut operands = operands.into_iter().map(|(tree, _)| Box::new(tree));
            let mut next = || operands.next().expect("invariant: so many were split off");
            let tree = match operator {
                Function::Unary(op) => Self::Unary(op, next()),
                Function::Binary(op) => Self::Binary(op, next(), next()),
                Function::Limit | Function::Select => Self::Select(next(), next(), next()),
            };
            stack.push((tree, height));
        }
        let found = stack.len();
        match (stack.pop(), found) {
            (Some((tree, _)), 1) => Ok(tree),
            _ => Err(PostfixError::Values { found }),
        }
    }
}

/// Every unary operator has a name of its own here.
fn unary_name(op: Unary) -> &'static str {
    match op {
        Unary::Neg => "neg",
        Unary::Not => "not",
        other => other.name(),
    }
}

/// Binary operators that netlists write between their operands.
const BETWEEN: [Binary; 13] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Pow,
    Binary::Lt,
    Binary::Le,
    Binary::Gt,
    Binary::Ge,
    Binary::Eq,
    Binary::Ne,
    Binary::And,
    Binary::Or,
];

fn operator(word: &str) -> Option<Function> {
    match word {
        "neg" => return Some(Function::Unary(Unary::Neg)),
        "not" => return Some(Function::Unary(Unary::Not)),
        "if" => return Some(Function::Select),
        _ => {}
    }
    if let Some(op) = BETWEEN.into_iter().find(|op| op.name() == word) {
        return Some(Function::Binary(op));
    }
    // Only by the first of its names: `asin`, not `arcsin`; no `limit`, which is
    // made of two others.
    let named = FUNCTIONS.iter().find(|(name, _)| *name == word).map(|(_, function)| *function)?;
    match named {
        Function::Unary(op) => (op.name() == word).then_some(named),
        Function::Binary(op) => (op.name() == word).then_some(named),
        Function::Limit | Function::Select => None,
    }
}

fn leaf(word: &str, leaves: usize) -> Option<Tree> {
    let number: usize = word.strip_prefix('z')?.parse().ok()?;
    (1..=leaves).contains(&number).then(|| Tree::Leaf(number - 1))
}

fn number(word: &str) -> Option<Tree> {
    // `inf` and `NaN` are numbers too, as constants of a law may be either.
    word.parse().ok().map(Tree::Constant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_reads_back() {
        let z = || Box::new(Tree::Leaf(0));
        let k = || Box::new(Tree::Constant(0.1));
        for &(_, function) in FUNCTIONS {
            let tree = match function {
                Function::Unary(op) => Tree::Unary(op, z()),
                Function::Binary(op) => Tree::Binary(op, z(), k()),
                Function::Limit => continue,
                Function::Select => Tree::Select(z(), k(), Box::new(Tree::Leaf(1))),
            };
            let text = tree.to_postfix();
            assert_eq!(Tree::from_postfix(&text, 2), Ok(tree), "{text}");
        }
        for op in BETWEEN {
            // In this order: the first operand first.
            let tree = Tree::Binary(op, z(), k());
            assert_eq!(Tree::from_postfix(&tree.to_postfix(), 1), Ok(tree));
        }
        for op in [Unary::Neg, Unary::Not] {
            let tree = Tree::Unary(op, z());
            assert_eq!(Tree::from_postfix(&tree.to_postfix(), 1), Ok(tree));
        }
    }

    #[test]
    fn numbers_keep_their_bits() {
        for value in [0.1, -0.0, 5e-324, f64::MAX, 1.0 / 3.0, f64::INFINITY, 1e-300, 123_456.0] {
            let text = Tree::Constant(value).to_postfix();
            let Ok(Tree::Constant(found)) = Tree::from_postfix(&text, 0) else { panic!("{text}") };
            assert_eq!(found.to_bits(), value.to_bits(), "{text}");
        }
        let text = Tree::Constant(f64::NAN).to_postfix();
        assert!(matches!(Tree::from_postfix(&text, 0), Ok(Tree::Constant(v)) if v.is_nan()));
    }

    #[test]
    fn faults_are_located() {
        let fault = |text: &str| Tree::from_postfix(text, 2).unwrap_err().to_string();
        assert_eq!(
            fault("z1 z3 +"),
            "word 2 is `z3`, expected a number, one of z1 to z2, or an operator"
        );
        assert_eq!(fault("z1 +"), "word 2, `+`, takes 2 operands, found 1");
        assert_eq!(fault("z1 z2"), "the text leaves 2 values, expected one");
        assert_eq!(fault(""), "the text leaves 0 values, expected one");
        let deep = format!("z1{}", " neg".repeat(2000));
        assert_eq!(fault(&deep), "word 2001 nests deeper than 2000 operations");
        assert!(fault("z1 tahn").starts_with("word 2 is `tahn`"));
    }
}
