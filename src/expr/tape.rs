//! Evaluation without allocation.

use crate::{
    expr::{Binary, Tree, Unary},
    vectors::tanh,
};

/// Points at which [`Tape::eval_each`] carries out one step after the other.
const LANES: usize = 64;

/// One step of a [`Tape`]; operands are numbers of earlier steps.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Constant(f64),
    Leaf(usize),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    Select(usize, usize, usize),
}

/// A function in the order of its evaluation: every step comes after its
/// operands, the last one is the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    steps: Vec<Step>,
    leaves: usize,
}

/// Working memory of [`Tape::eval`]; it may serve any number of tapes, and
/// allocates only when it meets one longer than all before.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    values: Vec<f64>,
    adjoints: Vec<f64>,
    lanes: Vec<[f64; LANES]>,
}

impl Tape {
    /// The tape of `tree` over the variables `0..leaves`.
    ///
    /// # Panics
    ///
    /// If `tree` has a leaf that is not below `leaves`.
    #[must_use]
    pub fn new(tree: &Tree, leaves: usize) -> Self {
        let mut tape = Self { steps: Vec::new(), leaves };
        tape.push(tree);
        tape
    }

    /// The number of variables.
    #[must_use]
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    /// Appends the steps of `tree` and returns the number of its result.
    fn push(&mut self, tree: &Tree) -> usize {
        let step = match tree {
            Tree::Constant(value) => Step::Constant(*value),
            Tree::Leaf(leaf) => {
                assert!(*leaf < self.leaves, "leaf {leaf} of a function of {}", self.leaves);
                Step::Leaf(*leaf)
            }
            Tree::Unary(op, x) => Step::Unary(*op, self.push(x)),
            // A constant goes second, where a tie yields the derivative from
            // the left.
            Tree::Binary(op @ (Binary::Min | Binary::Max), a, b)
                if matches!(**a, Tree::Constant(_)) =>
            {
                let (b, a) = (self.push(b), self.push(a));
                Step::Binary(*op, b, a)
            }
            Tree::Binary(op, a, b) => {
                let (a, b) = (self.push(a), self.push(b));
                Step::Binary(*op, a, b)
            }
            Tree::Select(condition, then, otherwise) => {
                let (c, a, b) = (self.push(condition), self.push(then), self.push(otherwise));
                Step::Select(c, a, b)
            }
        };
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// The value at `leaves`.
    ///
    /// # Panics
    ///
    /// If there are fewer values than variables.
    #[must_use]
    pub fn eval(&self, leaves: &[f64], scratch: &mut Scratch) -> f64 {
        let values = &mut scratch.values;
        values.clear();
        for step in &self.steps {
            let value = match *step {
                Step::Constant(value) => value,
                Step::Leaf(leaf) => leaves[leaf],
                Step::Unary(op, x) => op.value(values[x]),
                Step::Binary(op, a, b) => op.value(values[a], values[b]),
                Step::Select(c, _, _) if values[c].is_nan() => f64::NAN,
                Step::Select(c, a, b) => values[if values[c] == 0.0 { b } else { a }],
            };
            values.push(value);
        }
        values[self.steps.len() - 1]
    }

    /// The values at as many points as there is room for in `values`; the variables of a
    /// point come after those of the point before.
    ///
    /// Many points cost less than as many calls of [`Tape::eval`], from which a hyperbolic
    /// tangent may differ in its last bits, and nothing else does.
    ///
    /// # Panics
    ///
    /// If there are fewer leaves than points and variables.
    pub fn eval_each(&self, leaves: &[f64], values: &mut [f64], scratch: &mut Scratch) {
        let lanes = &mut scratch.lanes;
        let mut first = 0;
        for values in values.chunks_mut(LANES) {
            lanes.clear();
            for step in &self.steps {
                let mut row = [0.0; LANES];
                let found = &mut row[..values.len()];
                match *step {
                    Step::Constant(value) => found.fill(value),
                    Step::Leaf(leaf) => {
                        let at = |k| leaves[(first + k) * self.leaves + leaf];
                        found.iter_mut().enumerate().for_each(|(k, value)| *value = at(k));
                    }
                    Step::Unary(Unary::Tanh, x) => {
                        found.copy_from_slice(&lanes[x][..found.len()]);
                        tanh(found);
                    }
                    Step::Unary(op, x) => {
                        found.iter_mut().zip(&lanes[x]).for_each(|(v, x)| *v = op.value(*x));
                    }
                    Step::Binary(op, a, b) => {
                        let operands = lanes[a].iter().zip(&lanes[b]);
                        let pairs = found.iter_mut().zip(operands);
                        pairs.for_each(|(value, (a, b))| *value = op.value(*a, *b));
                    }
                    Step::Select(c, a, b) => {
                        for (k, value) in found.iter_mut().enumerate() {
                            *value = match lanes[c][k] {
                                c if c.is_nan() => f64::NAN,
                                0.0 => lanes[b][k],
                                _ => lanes[a][k],
                            };
                        }
                    }
                }
                lanes.push(row);
            }
            values.copy_from_slice(&lanes[self.steps.len() - 1][..values.len()]);
            first += values.len();
        }
    }

    /// The value at `leaves`; `gradient` becomes the derivatives by them.
    ///
    /// Reverse mode: the cost is a small multiple of [`Tape::eval`] however
    /// many variables there are. Derivatives at corners are those of
    /// [`Unary::derivative`] and [`Binary::derivative`]. A step that does not
    /// move, or whose move nobody sees, contributes nothing even beside an
    /// infinite derivative: that of `sqrt(x * x)` at 0 is 0.
    ///
    /// # Panics
    ///
    /// If the lengths of `leaves` or `gradient` are below the number of variables.
    pub fn eval_with_gradient(
        &self,
        leaves: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        let result = self.eval(leaves, scratch);
        gradient.fill(0.0);
        let (values, adjoints) = (&scratch.values, &mut scratch.adjoints);
        adjoints.clear();
        adjoints.resize(self.steps.len(), 0.0);
        adjoints[self.steps.len() - 1] = 1.0;
        for (index, step) in self.steps.iter().enumerate().rev() {
            let adjoint = adjoints[index];
            match *step {
                Step::Constant(_) => {}
                Step::Leaf(leaf) => gradient[leaf] += adjoint,
                Step::Unary(op, x) => adjoints[x] += chain(adjoint, op.derivative(values[x])),
                Step::Binary(op, a, b) => {
                    let (by_a, by_b) = op.derivative(values[a], values[b]);
                    adjoints[a] += chain(adjoint, by_a);
                    adjoints[b] += chain(adjoint, by_b);
                }
                Step::Select(c, _, _) if values[c].is_nan() => adjoints[c] += f64::NAN,
                Step::Select(c, a, b) => adjoints[if values[c] == 0.0 { b } else { a }] += adjoint,
            }
        }
        result
    }
}

/// The product of two derivatives, with 0 · ∞ = 0.
fn chain(outer: f64, inner: f64) -> f64 {
    if outer == 0.0 || inner == 0.0 { 0.0 } else { outer * inner }
}

#[cfg(test)]
mod tests;
