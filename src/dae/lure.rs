//! The Lur'e normal form: a linear system closed through static nonlinearities.

use std::ops::Range;

use sprs::CsMat;

use crate::expr::{Tape, Tree};

/// One static nonlinearity, `phi(z)` of one or several controls.
#[derive(Clone, Debug, PartialEq)]
pub struct PhiBlock {
    /// Name of the element or unit it comes from.
    pub name: String,
    /// Its controls among the components of z.
    pub controls: Range<usize>,
    /// The function.
    pub law: Phi,
}

/// A function of the controls of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Phi {
    /// The function, its leaves the controls in order.
    pub tree: Tree,
    /// The same, compiled.
    pub tape: Tape,
}

/// A system in Lur'e form,
///
/// ```text
/// dx/dt = A x + B phi(z) + E u + x0
///     z = C x + D phi(z) + F u + z0
///     y = H x + J phi(z) + K u + y0
/// ```
///
/// phi stands in blocks, one a nonlinear element with one output and any
/// number of controls. Time is in seconds for a circuit and in model units for
/// a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Lure {
    parts: LureParts,
}

/// What a [`Lure`] consists of. Matrices are stored by rows, without zeros.
#[derive(Clone, Debug, PartialEq)]
pub struct LureParts {
    /// Names of the states.
    pub states: Vec<String>,
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// The nonlinear blocks.
    pub phi: Vec<PhiBlock>,
    /// The nine matrices in the order of [`Coefficient`].
    pub matrices: [CsMat<f64>; 9],
    /// x0, z0 and y0.
    pub constants: [Vec<f64>; 3],
}

/// One of the twelve coefficients of the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Coefficient {
    /// States to state derivatives.
    A,
    /// Nonlinearities to state derivatives.
    B,
    /// Inputs to state derivatives.
    E,
    /// States to controls.
    C,
    /// Nonlinearities to controls.
    D,
    /// Inputs to controls.
    F,
    /// States to outputs.
    H,
    /// Nonlinearities to outputs.
    J,
    /// Inputs to outputs.
    K,
    /// Constant of the state derivatives.
    X0,
    /// Constant of the controls.
    Z0,
    /// Constant of the outputs.
    Y0,
}

impl Coefficient {
    /// The nine matrices, in storage order.
    pub const MATRICES: [Self; 9] =
        [Self::A, Self::B, Self::E, Self::C, Self::D, Self::F, Self::H, Self::J, Self::K];
    /// The three constants, in storage order.
    pub const CONSTANTS: [Self; 3] = [Self::X0, Self::Z0, Self::Y0];
}

/// One entry of a coefficient; `column` is 0 for a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Which coefficient.
    pub coefficient: Coefficient,
    /// Row, from 0.
    pub row: usize,
    /// Column, from 0.
    pub column: usize,
}

/// Why parts are no normal form.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LureError {
    /// Shapes disagree.
    #[error(
        "coefficient {0:?} has a shape that disagrees with the number of states, nonlinearities, inputs or outputs"
    )]
    Shape(Coefficient),
    /// A value is NaN or infinite.
    #[error("coefficient {0:?} holds a value that is not a finite number")]
    NotFinite(Coefficient),
}

impl Lure {
    /// Checks shapes and values.
    ///
    /// # Errors
    ///
    /// [`LureError`] names the coefficient.
    pub fn new(parts: LureParts) -> Result<Self, LureError> {
        let controls = parts.phi.last().map_or(0, |block| block.controls.end);
        let columns = [parts.states.len(), parts.phi.len(), parts.inputs.len()];
        let rows = [parts.states.len(), controls, parts.outputs.len()];
        for (at, (matrix, coefficient)) in
            parts.matrices.iter().zip(Coefficient::MATRICES).enumerate()
        {
            if matrix.shape() != (rows[at / 3], columns[at % 3]) || !matrix.is_csr() {
                return Err(LureError::Shape(coefficient));
            }
            if matrix.data().iter().any(|v| !v.is_finite()) {
                return Err(LureError::NotFinite(coefficient));
            }
        }
        for ((constant, coefficient), rows) in
            parts.constants.iter().zip(Coefficient::CONSTANTS).zip(rows)
        {
            if constant.len() != rows {
                return Err(LureError::Shape(coefficient));
            }
            if constant.iter().any(|v| !v.is_finite()) {
                return Err(LureError::NotFinite(coefficient));
            }
        }
        Ok(Self { parts })
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &LureParts {
        &self.parts
    }

    /// One of the nine matrices.
    ///
    /// # Panics
    ///
    /// If `coefficient` is one of the three constants.
    #[must_use]
    pub fn matrix(&self, coefficient: Coefficient) -> &CsMat<f64> {
        &self.parts.matrices[coefficient as usize]
    }

    /// One of the three constants.
    ///
    /// # Panics
    ///
    /// If `coefficient` is one of the nine matrices.
    #[must_use]
    pub fn constant(&self, coefficient: Coefficient) -> &[f64] {
        &self.parts.constants[coefficient as usize - Coefficient::MATRICES.len()]
    }

    /// The value of one entry; 0 where nothing is stored.
    #[must_use]
    pub fn value(&self, term: Term) -> f64 {
        if Coefficient::CONSTANTS.contains(&term.coefficient) {
            self.constant(term.coefficient)[term.row]
        } else {
            self.matrix(term.coefficient).get(term.row, term.column).copied().unwrap_or(0.0)
        }
    }

    /// Numbers of states, controls, nonlinearities, inputs and outputs.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes {
            states: self.parts.states.len(),
            controls: self.parts.phi.last().map_or(0, |block| block.controls.end),
            nonlinearities: self.parts.phi.len(),
            inputs: self.parts.inputs.len(),
            outputs: self.parts.outputs.len(),
        }
    }

    /// Order in which the nonlinearities can be evaluated one after another;
    /// `None` where D closes an algebraic loop.
    #[must_use]
    pub fn evaluation_order(&self) -> Option<Vec<usize>> {
        let d = self.matrix(Coefficient::D);
        let blocks = &self.parts.phi;
        let mut waits_for = vec![0usize; blocks.len()];
        let mut feeds: Vec<Vec<usize>> = vec![Vec::new(); blocks.len()];
        for (at, block) in blocks.iter().enumerate() {
            for row in block.controls.clone() {
                for (source, _) in d.outer_view(row).iter().flat_map(|view| view.iter()) {
                    waits_for[at] += 1;
                    feeds[source].push(at);
                }
            }
        }
        let mut order: Vec<usize> = (0..blocks.len()).filter(|&b| waits_for[b] == 0).collect();
        let mut next = 0;
        while next < order.len() {
            for &fed in &feeds[order[next]] {
                waits_for[fed] -= 1;
                if waits_for[fed] == 0 {
                    order.push(fed);
                }
            }
            next += 1;
        }
        (order.len() == blocks.len()).then_some(order)
    }
}

/// The dimensions of a [`Lure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Components of x.
    pub states: usize,
    /// Components of z.
    pub controls: usize,
    /// Blocks of phi.
    pub nonlinearities: usize,
    /// Components of u.
    pub inputs: usize,
    /// Components of y.
    pub outputs: usize,
}
