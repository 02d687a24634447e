//! Affine systems: what touches a system at a point.

use nalgebra::DMatrix;

use super::TransformError;
use super::error::{finite, positive};
use crate::{
    dae::{Quantity, System, SystemError, Time, Unknown},
    linalg::{matvec, matvec_add},
};

/// What an affine system consists of, before it is checked,
///
/// ```text
/// dx/dt  or  x[n+1] = f + A (x - x*) + B (u - u*)
///                 y = g + C (x - x*) + D (u - u*)
/// ```
///
/// in the states and inputs themselves, not in deviations, so that it stands for
/// the system that it was taken from.
#[derive(Clone, Debug, PartialEq)]
pub struct StateSpace {
    /// Whether the state flows or steps.
    pub time: Time,
    /// Names and units of the states.
    pub states: Vec<Unknown>,
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// A, states x states; B, states x inputs; C, outputs x states; D, outputs x inputs.
    pub matrices: [DMatrix<f64>; 4],
    /// x*, one a state.
    pub state: Vec<f64>,
    /// u*, one an input.
    pub input: Vec<f64>,
    /// f, the rate or the next state at (x*, u*).
    pub evolution: Vec<f64>,
    /// g, the output at (x*, u*).
    pub output: Vec<f64>,
    /// The linear part that exponential Euler solves exactly, states x states;
    /// of the system that was linearised, not A.
    pub linear_part: Option<DMatrix<f64>>,
}

/// A system linearised at a point, which need not be an equilibrium: off one the
/// constant f stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Linearised {
    parts: StateSpace,
}

impl Linearised {
    /// The affine system that touches `system` at `state` and `input`.
    ///
    /// # Errors
    ///
    /// Lengths that disagree, values that are not finite, and
    /// [`TransformError::System`] where `system` has no value there.
    pub fn at<S: System + ?Sized>(
        system: &S,
        state: &[f64],
        input: &[f64],
    ) -> Result<Self, TransformError> {
        let (states, inputs, outputs) = system.shape();
        for (what, found, expected) in
            [("the state", state.len(), states), ("the input", input.len(), inputs)]
        {
            if found != expected {
                return Err(TransformError::Length { what, expected, found });
            }
        }
        let mut evolution = vec![0.0; states];
        system.evolve(state, input, &mut evolution)?;
        let mut output = vec![0.0; outputs];
        system.output(state, input, &mut output)?;
        let mut a = DMatrix::zeros(states, states);
        system.jacobian(state, input, &mut a)?;
        let b = system.input_jacobian(state, input)?;
        let (c, d) = system.output_jacobians(state, input)?;
        Self::new(StateSpace {
            time: system.time(),
            states: system.states(),
            inputs: system.inputs(),
            outputs: system.outputs(),
            matrices: [a, b, c, d],
            state: state.to_vec(),
            input: input.to_vec(),
            evolution,
            output,
            linear_part: system.linear_part(),
        })
    }

    /// The linear system with these matrices A, B, C, D, states `x1...`, inputs
    /// `u1...` and outputs `y1...`, linearised at the origin.
    ///
    /// # Errors
    ///
    /// As [`Linearised::new`].
    pub fn from_matrices(time: Time, matrices: [DMatrix<f64>; 4]) -> Result<Self, TransformError> {
        let numbered = |letter, count| (1..=count).map(move |k| format!("{letter}{k}"));
        let (states, inputs, outputs) =
            (matrices[0].nrows(), matrices[1].ncols(), matrices[2].nrows());
        let unknown = |name| Unknown { name, quantity: Quantity::Pure };
        Self::new(StateSpace {
            time,
            states: numbered("x", states).map(unknown).collect(),
            inputs: numbered("u", inputs).collect(),
            outputs: numbered("y", outputs).collect(),
            matrices,
            state: vec![0.0; states],
            input: vec![0.0; inputs],
            evolution: vec![0.0; states],
            output: vec![0.0; outputs],
            linear_part: None,
        })
    }

    /// Checks shapes and values.
    ///
    /// # Errors
    ///
    /// [`TransformError`] names the matrix or vector.
    pub fn new(parts: StateSpace) -> Result<Self, TransformError> {
        if let Time::Discrete { step } = parts.time {
            positive("the step", step)?;
        }
        let (n, m, p) = (parts.states.len(), parts.inputs.len(), parts.outputs.len());
        let shapes = [("A", (n, n)), ("B", (n, m)), ("C", (p, n)), ("D", (p, m))];
        let part = parts.linear_part.iter().map(|part| (part, ("the linear part", (n, n))));
        for (matrix, (what, expected)) in parts.matrices.iter().zip(shapes).chain(part) {
            let found = matrix.shape();
            if found != expected {
                return Err(TransformError::Shape { what, expected, found });
            }
            finite(what, expected.0, matrix.as_slice())?;
        }
        let vectors = [
            ("the state", &parts.state, n),
            ("the input", &parts.input, m),
            ("the rate or next state", &parts.evolution, n),
            ("the output", &parts.output, p),
        ];
        for (what, vector, expected) in vectors {
            if vector.len() != expected {
                return Err(TransformError::Length { what, expected, found: vector.len() });
            }
            finite(what, expected, vector)?;
        }
        Ok(Self { parts })
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &StateSpace {
        &self.parts
    }

    /// A, B, C and D.
    #[must_use]
    pub fn matrices(&self) -> &[DMatrix<f64>; 4] {
        &self.parts.matrices
    }

    /// What keeps (x*, u*) from being an equilibrium: the rate there, or the next
    /// state minus the state; all zero at one.
    #[must_use]
    pub fn drift(&self) -> Vec<f64> {
        let parts = &self.parts;
        match parts.time {
            Time::Continuous => parts.evolution.clone(),
            Time::Discrete { .. } => {
                parts.evolution.iter().zip(&parts.state).map(|(next, x)| next - x).collect()
            }
        }
    }
}

/// `constant + first (x - x*) + second (u - u*)`.
fn affine(
    constant: &[f64],
    [first, second]: [(&DMatrix<f64>, &[f64], &[f64]); 2],
    out: &mut [f64],
) {
    let difference =
        |x: &[f64], at: &[f64]| -> Vec<f64> { x.iter().zip(at).map(|(x, at)| x - at).collect() };
    matvec(first.0, &difference(first.1, first.2), out);
    matvec_add(second.0, &difference(second.1, second.2), out);
    out.iter_mut().zip(constant).for_each(|(value, constant)| *value += constant);
}

impl System for Linearised {
    fn time(&self) -> Time {
        self.parts.time
    }

    fn states(&self) -> Vec<Unknown> {
        self.parts.states.clone()
    }

    fn inputs(&self) -> Vec<String> {
        self.parts.inputs.clone()
    }

    fn outputs(&self) -> Vec<String> {
        self.parts.outputs.clone()
    }

    fn shape(&self) -> (usize, usize, usize) {
        (self.parts.states.len(), self.parts.inputs.len(), self.parts.outputs.len())
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        let StateSpace { matrices: [a, b, ..], state, input, evolution, .. } = &self.parts;
        affine(evolution, [(a, x, state), (b, u, input)], out);
        Ok(())
    }

    fn jacobian(&self, _x: &[f64], _u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        out.copy_from(&self.parts.matrices[0]);
        Ok(())
    }

    fn input_jacobian(&self, _x: &[f64], _u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        Ok(self.parts.matrices[1].clone())
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        let StateSpace { matrices: [_, _, c, d], state, input, output, .. } = &self.parts;
        affine(output, [(c, x, state), (d, u, input)], y);
        Ok(())
    }

    fn output_jacobians(
        &self,
        _x: &[f64],
        _u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        Ok((self.parts.matrices[2].clone(), self.parts.matrices[3].clone()))
    }

    /// Known where the expansion is about the origin and has no constant.
    fn is_odd(&self) -> bool {
        let StateSpace { state, input, evolution, .. } = &self.parts;
        [state, input, evolution].into_iter().flatten().all(|&value| value == 0.0)
    }

    fn is_affine(&self) -> bool {
        true
    }

    fn linear_part(&self) -> Option<DMatrix<f64>> {
        self.parts.linear_part.clone()
    }
}
