//! A chain as the coefficients of one normal form.
//!
//! A rescaling divides rates; a scale of the states is a change of coordinates,
//! with which every method commutes; explicit and exponential Euler make of a
//! normal form a normal form again; whatever is affine has coefficients at any
//! rate (docs/theory.md, section 9). Only an implicit or multistage step of
//! something nonlinear stays a formula.

use nalgebra::DMatrix;
use sprs::{CsMat, TriMat};

use super::{Recipe, Step};
use crate::{
    dae::{Coefficient, Lure, LureParts, System, Time},
    linalg::zero_order_hold,
    transform::{Linearised, Method, StateSpace, TransformError},
};

/// What the rows of a folded chain say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scheme {
    /// Rates.
    Rate,
    /// The next states.
    Next,
    /// Rates F, from which a method makes the next state with a step.
    Formula(Method, f64),
}

/// A chain in coefficients.
pub(super) struct Folded {
    pub(super) lure: Lure,
    pub(super) scheme: Scheme,
}

impl Recipe {
    /// The coefficients that the chain comes to.
    pub(super) fn fold(&self) -> Result<Folded, TransformError> {
        let mut system = self.source.system();
        let mut folded = Folded { lure: self.source.lure(), scheme: Scheme::Rate };
        for step in &self.steps {
            system = step.apply(system)?;
            folded = folded.then(step, &*system)?;
        }
        Ok(folded)
    }
}

impl Folded {
    /// `system` is that after the step.
    fn then(mut self, step: &Step, system: &dyn System) -> Result<Self, TransformError> {
        match step {
            Step::Rescale { factor } => {
                if self.scheme == Scheme::Rate {
                    self.lure = slowed(&self.lure, *factor)?;
                }
            }
            Step::Scale { factors } => self.lure = scaled_states(&self.lure, factors)?,
            Step::Linearise { state, input } => {
                self = Self::affine(&Linearised::at(system, state, input)?)?;
            }
            Step::Discretise { .. } if system.is_affine() => {
                let (states, inputs, _) = system.shape();
                let origin = (vec![0.0; states], vec![0.0; inputs]);
                self = Self::affine(&Linearised::at(system, &origin.0, &origin.1)?)?;
            }
            Step::Discretise { method: Method::ExplicitEuler, step } => {
                let states = system.shape().0;
                self = self.explicit(&DMatrix::from_diagonal_element(states, states, *step))?;
            }
            Step::Discretise { method: Method::ExponentialEuler, step } => {
                let propagator = propagator(&self.lure, *step)?;
                self = self.explicit(&propagator)?;
            }
            Step::Discretise { method, step } => self.scheme = Scheme::Formula(*method, *step),
        }
        Ok(self)
    }

    /// `x + P F(x, u)` in coefficients.
    fn explicit(self, propagator: &DMatrix<f64>) -> Result<Self, TransformError> {
        let mut parts = self.lure.parts().clone();
        for which in [Coefficient::A, Coefficient::B, Coefficient::E] {
            let mut product = propagator * dense(self.lure.matrix(which));
            if which == Coefficient::A {
                (0..product.nrows()).for_each(|at| product[(at, at)] += 1.0);
            }
            parts.matrices[which as usize] = sparse(&product);
        }
        let constant = DMatrix::from_column_slice(parts.states.len(), 1, &parts.constants[0]);
        parts.constants[0] = (propagator * constant).as_slice().to_vec();
        Ok(Self { lure: checked(parts)?, scheme: Scheme::Next })
    }

    /// The coefficients of what is affine: without nonlinearities.
    fn affine(linear: &Linearised) -> Result<Self, TransformError> {
        let StateSpace { matrices: [a, b, c, d], state, input, .. } = linear.parts();
        let parts = linear.parts();
        let constant = |value: &[f64], by_state: &DMatrix<f64>, by_input: &DMatrix<f64>| {
            let mut sum = DMatrix::from_column_slice(value.len(), 1, value);
            sum -= by_state * DMatrix::from_column_slice(state.len(), 1, state);
            sum -= by_input * DMatrix::from_column_slice(input.len(), 1, input);
            sum.as_slice().to_vec()
        };
        let (n, m, p) = (state.len(), input.len(), parts.outputs.len());
        let none = |rows: usize, columns: usize| DMatrix::<f64>::zeros(rows, columns);
        let matrices = [
            a.clone(),
            none(n, 0),
            b.clone(),
            none(0, n),
            none(0, 0),
            none(0, m),
            c.clone(),
            none(p, 0),
            d.clone(),
        ];
        let lure = checked(LureParts {
            states: parts.states.iter().map(|state| state.name.clone()).collect(),
            inputs: parts.inputs.clone(),
            outputs: parts.outputs.clone(),
            phi: Vec::new(),
            matrices: matrices.each_ref().map(sparse),
            constants: [
                constant(&parts.evolution, a, b),
                Vec::new(),
                constant(&parts.output, c, d),
            ],
        })?;
        let scheme = match parts.time {
            Time::Continuous => Scheme::Rate,
            Time::Discrete { .. } => Scheme::Next,
        };
        Ok(Self { lure, scheme })
    }
}

/// All rates divided by `factor`.
fn slowed(lure: &Lure, factor: f64) -> Result<Lure, TransformError> {
    let mut parts = lure.parts().clone();
    for which in [Coefficient::A, Coefficient::B, Coefficient::E] {
        let matrix = &mut parts.matrices[which as usize];
        *matrix = mapped(matrix, |value, _, _| value / factor);
    }
    parts.constants[0].iter_mut().for_each(|value| *value /= factor);
    checked(parts)
}

/// The coefficients of the states `g = S x`.
fn scaled_states(lure: &Lure, factors: &[f64]) -> Result<Lure, TransformError> {
    let mut parts = lure.parts().clone();
    for which in Coefficient::MATRICES {
        let (to_states, from_states) = (
            matches!(which, Coefficient::A | Coefficient::B | Coefficient::E),
            matches!(which, Coefficient::A | Coefficient::C | Coefficient::H),
        );
        let matrix = &mut parts.matrices[which as usize];
        *matrix = mapped(matrix, |value, row, column| {
            let rows = if to_states { factors[row] } else { 1.0 };
            let columns = if from_states { factors[column] } else { 1.0 };
            value * rows / columns
        });
    }
    parts.constants[0].iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
    checked(parts)
}

/// `d phi1(d A)`.
fn propagator(lure: &Lure, step: f64) -> Result<DMatrix<f64>, TransformError> {
    let a = dense(lure.matrix(Coefficient::A));
    let states = a.nrows();
    if lure.matrix(Coefficient::A).iter().all(|(_, (row, column))| row == column) {
        let phi = |&rate: &f64| if rate == 0.0 { step } else { (step * rate).exp_m1() / rate };
        return Ok(DMatrix::from_diagonal(&a.diagonal().map(|rate| phi(&rate))));
    }
    Ok(zero_order_hold(&a, &DMatrix::identity(states, states), step)?.1)
}

fn checked(parts: LureParts) -> Result<Lure, TransformError> {
    Lure::new(parts).map_err(|error| TransformError::Overflow { what: error.to_string() })
}

/// Every entry replaced; those that become 0 are left out.
fn mapped(matrix: &CsMat<f64>, value: impl Fn(f64, usize, usize) -> f64) -> CsMat<f64> {
    let mut entries = TriMat::new(matrix.shape());
    for (&old, (row, column)) in matrix {
        let new = value(old, row, column);
        if new != 0.0 {
            entries.add_triplet(row, column, new);
        }
    }
    entries.to_csr()
}

fn dense(matrix: &CsMat<f64>) -> DMatrix<f64> {
    let mut dense = DMatrix::zeros(matrix.rows(), matrix.cols());
    matrix.iter().for_each(|(&value, place)| dense[place] = value);
    dense
}

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
