//! A network in Lur'e form, and as a differential-algebraic system.

use nalgebra::{DMatrix, DVector};
use sprs::{CsMat, TriMat};

use crate::{
    dae::{Dae, Eval, Lure, LureParts, Phi, PhiBlock, Quantity, Unknown},
    expr::{Binary, Tape, Tree, Unary},
    linalg::{Pattern, PatternBuilder},
    rnn::{Activation, Form, Rnn},
};

impl Activation {
    /// sigma as a function of one leaf.
    #[must_use]
    pub fn tree(self) -> Tree {
        let z = || Box::new(Tree::Leaf(0));
        let one = || Box::new(Tree::Constant(1.0));
        let unary = |function, a| Tree::Unary(function, a);
        let binary = |function, a, b| Tree::Binary(function, a, b);
        match self {
            Self::Tanh => unary(Unary::Tanh, z()),
            Self::Logistic => {
                let decay = unary(Unary::Exp, Box::new(unary(Unary::Neg, z())));
                binary(Binary::Div, one(), Box::new(binary(Binary::Add, one(), Box::new(decay))))
            }
            Self::Relu => unary(Unary::Ramp, z()),
            Self::Softplus => {
                // Never overflows: ramp(z) + ln(1 + exp(-|z|)).
                let modulus = unary(Unary::Neg, Box::new(unary(Unary::Abs, z())));
                let decay = unary(Unary::Exp, Box::new(modulus));
                let tail = unary(Unary::Ln, Box::new(binary(Binary::Add, one(), Box::new(decay))));
                binary(Binary::Add, Box::new(unary(Unary::Ramp, z())), Box::new(tail))
            }
            Self::HardTanh => {
                let below = binary(Binary::Max, z(), Box::new(Tree::Constant(-1.0)));
                binary(Binary::Min, Box::new(below), one())
            }
            Self::Linear => Tree::Leaf(0),
        }
    }
}

impl Rnn {
    /// The normal form, in model time units, with states `h1...` (form A) or
    /// `u1...` (form B), inputs `x1...` and outputs `y1...`. A linear network
    /// has no nonlinearities: its weights are part of A.
    ///
    /// # Panics
    ///
    /// Never: [`Rnn::new`] has checked that all coefficients are finite and of
    /// consistent shape.
    #[must_use]
    pub fn to_lure(&self) -> Lure {
        let parts = self.parts();
        let (units, inputs, outputs) = self.shape();
        let linear = parts.activation == Activation::Linear;
        let blocks = if linear { 0 } else { units };
        let letter = if parts.form == Form::A { 'h' } else { 'u' };
        let outside = match (linear, parts.form) {
            (_, Form::B) => parts.leak.component_mul(&parts.bias),
            (true, Form::A) => parts.bias.clone(),
            (false, Form::A) => DVector::zeros(units),
        };
        let inside = if parts.form == Form::A { parts.bias.clone() } else { DVector::zeros(units) };
        let tree = parts.activation.tree();
        let tape = Tape::new(&tree, 1);
        let matrices = if linear { self.linear_matrices() } else { self.matrices() };
        Lure::new(LureParts {
            states: numbered(letter, units),
            inputs: numbered('x', inputs),
            outputs: numbered('y', outputs),
            phi: (0..blocks)
                .map(|unit| PhiBlock {
                    name: format!("{letter}{}", unit + 1),
                    controls: unit..unit + 1,
                    law: Phi { tree: tree.clone(), tape: tape.clone() },
                })
                .collect(),
            matrices: matrices.each_ref().map(sparse),
            constants: [
                outside.as_slice().to_vec(),
                inside.as_slice()[..blocks].to_vec(),
                parts.readout.bias.as_slice().to_vec(),
            ],
        })
        .expect("invariant: the parts of a network are finite and of consistent shape")
    }

    /// The nine matrices with a nonlinearity a unit.
    fn matrices(&self) -> [DMatrix<f64>; 9] {
        let parts = self.parts();
        let (units, inputs, outputs) = self.shape();
        let leak = DMatrix::from_diagonal(&parts.leak);
        let (w, win, v) = (&parts.recurrent, &parts.input, &parts.readout.weights);
        let zeros = DMatrix::zeros;
        let (identity, feedthrough) = (DMatrix::identity(units, units), zeros(units, units));
        match parts.form {
            Form::A => [
                -leak,
                identity,
                zeros(units, inputs),
                w.clone(),
                feedthrough,
                win.clone(),
                v.clone(),
                zeros(outputs, units),
                zeros(outputs, inputs),
            ],
            Form::B => [
                -&leak,
                &leak * w,
                &leak * win,
                identity,
                feedthrough,
                zeros(units, inputs),
                zeros(outputs, units),
                v.clone(),
                zeros(outputs, inputs),
            ],
        }
    }

    /// The nine matrices where sigma is the identity and there is no nonlinearity.
    fn linear_matrices(&self) -> [DMatrix<f64>; 9] {
        let parts = self.parts();
        let (units, inputs, outputs) = self.shape();
        let leak = DMatrix::from_diagonal(&parts.leak);
        let (a, e) = match parts.form {
            Form::A => (&parts.recurrent - &leak, parts.input.clone()),
            Form::B => (&leak * &parts.recurrent - &leak, &leak * &parts.input),
        };
        let zeros = DMatrix::zeros;
        [
            a,
            zeros(units, 0),
            e,
            zeros(0, units),
            zeros(0, 0),
            zeros(0, inputs),
            parts.readout.weights.clone(),
            zeros(outputs, 0),
            zeros(outputs, inputs),
        ]
    }
}

/// `h1`, `h2`, ...
pub(super) fn numbered(letter: char, count: usize) -> Vec<String> {
    (1..=count).map(|k| format!("{letter}{k}")).collect()
}

/// The entries that are not zero, by rows.
fn sparse(matrix: &DMatrix<f64>) -> CsMat<f64> {
    let mut entries = TriMat::new(matrix.shape());
    for row in 0..matrix.nrows() {
        for column in 0..matrix.ncols() {
            if matrix[(row, column)] != 0.0 {
                entries.add_triplet(row, column, matrix[(row, column)]);
            }
        }
    }
    entries.to_csr()
}

/// A network as a system `dq/dt + f = 0` with q the states.
#[derive(Clone, Debug)]
pub struct NetworkSystem {
    network: Rnn,
    unknowns: Vec<Unknown>,
    inputs: Vec<String>,
    pattern: Pattern,
}

impl NetworkSystem {
    /// The system of `network`, whose unknowns are its states.
    #[must_use]
    pub fn new(network: &Rnn) -> Self {
        let (units, inputs, _) = network.shape();
        let letter = if network.parts().form == Form::A { 'h' } else { 'u' };
        let mut builder = PatternBuilder::new(units, units);
        for column in 0..units {
            for row in 0..units {
                builder.add(row, column);
            }
        }
        Self {
            network: network.clone(),
            unknowns: numbered(letter, units)
                .into_iter()
                .map(|name| Unknown { name, quantity: Quantity::Pure })
                .collect(),
            inputs: numbered('x', inputs),
            pattern: builder.build().0,
        }
    }

    /// `W r + Win x + b`, with r = h in form A and sigma(u) in form B.
    fn drive(&self, x: &[f64], u: &[f64]) -> DVector<f64> {
        let parts = self.network.parts();
        let mut rates = DVector::from_column_slice(x);
        if parts.form == Form::B {
            rates.apply(|value| *value = parts.activation.value(*value));
        }
        &parts.recurrent * rates + &parts.input * DVector::from_column_slice(u) + &parts.bias
    }
}

impl Dae for NetworkSystem {
    fn unknowns(&self) -> &[Unknown] {
        &self.unknowns
    }

    fn inputs(&self) -> &[String] {
        &self.inputs
    }

    fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    fn is_linear(&self) -> bool {
        self.network.parts().activation == Activation::Linear
    }

    fn residual(&self, x: &[f64], u: &[f64], _time: f64, out: &mut Eval) {
        let parts = self.network.parts();
        let drive = self.drive(x, u);
        for unit in 0..x.len() {
            out.f[unit] = match parts.form {
                Form::A => parts.leak[unit] * x[unit] - parts.activation.value(drive[unit]),
                Form::B => parts.leak[unit] * (x[unit] - drive[unit]),
            };
        }
        out.q.copy_from_slice(x);
    }

    fn charges(&self, x: &[f64], _u: &[f64], _time: f64, out: &mut Eval) {
        out.q.copy_from_slice(x);
    }

    fn jacobian(&self, x: &[f64], u: &[f64], _time: f64, out: &mut Eval) {
        let parts = self.network.parts();
        let units = x.len();
        let drive = self.drive(x, u);
        for (column, &state) in x.iter().enumerate() {
            let own = parts.activation.derivative(state);
            for row in 0..units {
                let weight = parts.recurrent[(row, column)];
                let coupled = match parts.form {
                    Form::A => parts.activation.derivative(drive[row]) * weight,
                    Form::B => parts.leak[row] * weight * own,
                };
                let diagonal = if row == column { parts.leak[row] } else { 0.0 };
                out.df[column * units + row] = diagonal - coupled;
                out.dq[column * units + row] = f64::from(row == column);
            }
        }
    }
}
