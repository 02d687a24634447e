//! What can be said about a function without evaluating it.

use std::collections::BTreeMap;

use crate::expr::{Binary, Tree, Unary};

/// Coefficients by leaf, and the constant.
pub type Affine = (Vec<f64>, f64);

/// What a subtree is as a function of the leaves.
enum Form {
    Constant(f64),
    /// Coefficients by leaf, and the constant.
    Affine(BTreeMap<usize, f64>, f64),
}

impl Tree {
    /// The same function with every subtree that has no leaf replaced by its
    /// value, and every selection by a constant by the branch it selects.
    #[must_use]
    pub fn fold_constants(&self) -> Self {
        match self {
            Self::Constant(_) | Self::Leaf(_) => self.clone(),
            Self::Unary(op, x) => match x.fold_constants() {
                Self::Constant(x) => Self::Constant(op.value(x)),
                x => Self::Unary(*op, Box::new(x)),
            },
            Self::Binary(op, a, b) => match (a.fold_constants(), b.fold_constants()) {
                (Self::Constant(a), Self::Constant(b)) => Self::Constant(op.value(a, b)),
                (a, b) => Self::Binary(*op, Box::new(a), Box::new(b)),
            },
            Self::Select(condition, then, otherwise) => match condition.fold_constants() {
                Self::Constant(c) if c.is_nan() => Self::Constant(f64::NAN),
                Self::Constant(0.0) => otherwise.fold_constants(),
                Self::Constant(_) => then.fold_constants(),
                condition => Self::Select(
                    Box::new(condition),
                    Box::new(then.fold_constants()),
                    Box::new(otherwise.fold_constants()),
                ),
            },
        }
    }

    /// Coefficients of the leaves `0..leaves` and the constant, where the
    /// function is affine by its structure: sums, differences, negation,
    /// products with constants and quotients by constants.
    ///
    /// `None` where it is not, where a coefficient is not finite, and where a
    /// leaf is out of range. Terms may cancel: the coefficients of `x - x`
    /// are 0.
    #[must_use]
    pub fn affine(&self, leaves: usize) -> Option<Affine> {
        let (terms, constant) = match self.form()? {
            Form::Constant(constant) => (BTreeMap::new(), constant),
            Form::Affine(terms, constant) => (terms, constant),
        };
        let mut coefficients = vec![0.0; leaves];
        for (leaf, coefficient) in terms {
            *coefficients.get_mut(leaf)? = coefficient;
        }
        let finite = coefficients.iter().chain([&constant]).all(|c| c.is_finite());
        finite.then_some((coefficients, constant))
    }

    fn form(&self) -> Option<Form> {
        match self {
            Self::Constant(value) => Some(Form::Constant(*value)),
            Self::Leaf(leaf) => Some(Form::Affine(BTreeMap::from([(*leaf, 1.0)]), 0.0)),
            Self::Unary(op, x) => match (op, x.form()?) {
                (op, Form::Constant(x)) => Some(Form::Constant(op.value(x))),
                (Unary::Neg, form) => Some(form.map(|c| -c)),
                _ => None,
            },
            Self::Binary(op, a, b) => combine(*op, a.form()?, b.form()?),
            Self::Select(condition, then, otherwise) => match condition.form()? {
                Form::Constant(c) if c.is_nan() => None,
                Form::Constant(0.0) => otherwise.form(),
                Form::Constant(_) => then.form(),
                Form::Affine(..) => None,
            },
        }
    }

    /// True where the tree has that leaf.
    #[must_use]
    pub fn depends_on(&self, leaf: usize) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::Leaf(found) => *found == leaf,
            Self::Unary(_, x) => x.depends_on(leaf),
            Self::Binary(_, a, b) => a.depends_on(leaf) || b.depends_on(leaf),
            Self::Select(c, a, b) => [c, a, b].iter().any(|tree| tree.depends_on(leaf)),
        }
    }

    /// The same function with leaf `i` renumbered to `index(i)`.
    #[must_use]
    pub fn map_leaves(&self, index: impl Fn(usize) -> usize) -> Self {
        self.renumbered(&index)
    }

    fn renumbered(&self, index: &dyn Fn(usize) -> usize) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::Leaf(leaf) => Self::Leaf(index(*leaf)),
            Self::Unary(op, x) => Self::Unary(*op, Box::new(x.renumbered(index))),
            Self::Binary(op, a, b) => {
                Self::Binary(*op, Box::new(a.renumbered(index)), Box::new(b.renumbered(index)))
            }
            Self::Select(c, a, b) => Self::Select(
                Box::new(c.renumbered(index)),
                Box::new(a.renumbered(index)),
                Box::new(b.renumbered(index)),
            ),
        }
    }
}

impl Form {
    fn map(self, scale: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(scale(value)),
            Self::Affine(mut terms, constant) => {
                for coefficient in terms.values_mut() {
                    *coefficient = scale(*coefficient);
                }
                Self::Affine(terms, scale(constant))
            }
        }
    }

    fn plus(self, other: Self) -> Self {
        let (terms, constant) = match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => return Self::Constant(a + b),
            (Self::Constant(a), Self::Affine(terms, b))
            | (Self::Affine(terms, a), Self::Constant(b)) => (terms, a + b),
            (Self::Affine(a, x), Self::Affine(b, y)) => {
                let (mut many, few) = if a.len() < b.len() { (b, a) } else { (a, b) };
                for (leaf, coefficient) in few {
                    *many.entry(leaf).or_insert(0.0) += coefficient;
                }
                (many, x + y)
            }
        };
        Self::Affine(terms, constant)
    }
}

fn combine(op: Binary, a: Form, b: Form) -> Option<Form> {
    match (op, a, b) {
        (op, Form::Constant(a), Form::Constant(b)) => Some(Form::Constant(op.value(a, b))),
        (Binary::Add, a, b) => Some(a.plus(b)),
        (Binary::Sub, a, b) => Some(a.plus(b.map(|c| -c))),
        (Binary::Mul, Form::Constant(factor), form)
        | (Binary::Mul, form, Form::Constant(factor)) => Some(form.map(|c| c * factor)),
        (Binary::Div, form, Form::Constant(divisor)) => Some(form.map(|c| c / divisor)),
        _ => None,
    }
}
