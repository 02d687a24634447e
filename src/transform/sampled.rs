//! A flow sampled as exactly as rounding allows.

use nalgebra::{DMatrix, DVector};

use super::error::positive;
use super::{Discretised, Method, TransformError};
use crate::dae::{System, SystemError, Time, Unknown};

/// Most Runge-Kutta steps that one sample may take.
const MOST: usize = 1 << 9;
/// States that are small beside the largest are known to this part of it.
const SMALL: f64 = 1e-3;

/// Any flow as the map over one step under a held input, by so many classical
/// Runge-Kutta steps that what is left is a stated error.
///
/// Its Jacobian is that of the map that is computed, by the chain rule, not an
/// approximation of its own. An affine flow has the zero-order hold
/// ([`Method::ZeroOrderHold`]) for the same purpose, without any error.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled<S> {
    inner: Discretised<S>,
    step: f64,
    substeps: usize,
}

impl<S: System> Sampled<S> {
    /// `system` over `step`, in `substeps` equal Runge-Kutta steps (at least 1).
    ///
    /// # Errors
    ///
    /// [`TransformError`] where the step is not positive and finite or the system
    /// has discrete time.
    pub fn new(system: S, step: f64, substeps: usize) -> Result<Self, TransformError> {
        positive("the step", step)?;
        let substeps = if substeps == 0 { 1 } else { substeps };
        let inner = Discretised::new(system, Method::RungeKutta4, step / substeps as f64)?;
        Ok(Self { inner, step, substeps })
    }

    /// Runge-Kutta steps in one sample.
    pub fn substeps(&self) -> usize {
        self.substeps
    }

    /// The least power of two of substeps with which the sample from (x, u), and
    /// its Jacobian by the states, have an error below `tolerance`, judged by
    /// halving them: of a state relative to it, of the Jacobian to its largest
    /// entry.
    ///
    /// # Errors
    ///
    /// As [`Sampled::new`], and [`TransformError::Unsampled`] where so many
    /// substeps are not enough: the step is too long, or F has corners.
    pub fn substeps_for(
        system: S,
        step: f64,
        (x, u): (&[f64], &[f64]),
        tolerance: f64,
    ) -> Result<usize, TransformError>
    where
        S: Clone,
    {
        let sample = |substeps: usize| -> Result<(Vec<f64>, DMatrix<f64>), TransformError> {
            let map = Self::new(system.clone(), step, substeps)?;
            let mut next = vec![0.0; x.len()];
            map.evolve(x, u, &mut next)?;
            let mut jacobian = DMatrix::zeros(x.len(), x.len());
            map.jacobian(x, u, &mut jacobian)?;
            Ok((next, jacobian))
        };
        // Begin where a linear system of this size would nearly do.
        let mut jacobian = DMatrix::zeros(x.len(), x.len());
        system.jacobian(x, u, &mut jacobian)?;
        let reach = step * gain(&jacobian);
        let needed = reach * (reach / (2880.0 * tolerance)).powf(0.25);
        let mut substeps = 1;
        while substeps * 4 < MOST && (substeps as f64) * 4.0 < needed {
            substeps *= 2;
        }
        let mut coarse = sample(substeps)?;
        while substeps < MOST {
            substeps *= 2;
            let fine = sample(substeps)?;
            let largest = fine.0.iter().map(|v| v.abs()).max_by(f64::total_cmp).unwrap_or(0.0);
            // Halving the step divides the error by 16.
            let states = fine.0.iter().zip(&coarse.0).all(|(fine, coarse)| {
                (fine - coarse).abs() / 15.0 <= tolerance * (fine.abs() + SMALL * largest)
            });
            let jacobian = (&fine.1 - &coarse.1).amax() / 15.0 <= tolerance * fine.1.amax();
            if states && jacobian {
                return Ok(substeps);
            }
            coarse = fine;
        }
        Err(TransformError::Unsampled { step, substeps: MOST })
    }
}

/// The 2-norm of a matrix, roughly: a few power iterations.
fn gain(matrix: &DMatrix<f64>) -> f64 {
    const ITERATIONS: usize = 8;
    let size = matrix.nrows();
    let mut vector = DVector::from_fn(size, |at, _| 1.0 + (at % 7) as f64);
    let mut found = 0.0;
    for _ in 0..ITERATIONS {
        let length = vector.norm();
        if !(length > 0.0) {
            break;
        }
        vector /= length;
        let image = matrix * &vector;
        found = image.norm();
        vector = matrix.tr_mul(&image);
    }
    found
}

impl<S: System> System for Sampled<S> {
    fn time(&self) -> Time {
        Time::Discrete { step: self.step }
    }

    fn states(&self) -> Vec<Unknown> {
        self.inner.states()
    }

    fn inputs(&self) -> Vec<String> {
        self.inner.inputs()
    }

    fn outputs(&self) -> Vec<String> {
        self.inner.outputs()
    }

    fn shape(&self) -> (usize, usize, usize) {
        self.inner.shape()
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        let mut state = x.to_vec();
        for _ in 0..self.substeps {
            self.inner.evolve(&state, u, out)?;
            state.copy_from_slice(out);
        }
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        let (mut state, mut next) = (x.to_vec(), vec![0.0; x.len()]);
        let mut step = DMatrix::zeros(x.len(), x.len());
        out.fill_with_identity();
        for _ in 0..self.substeps {
            self.inner.jacobian(&state, u, &mut step)?;
            *out = &step * &*out;
            self.inner.evolve(&state, u, &mut next)?;
            std::mem::swap(&mut state, &mut next);
        }
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        let (mut state, mut next) = (x.to_vec(), vec![0.0; x.len()]);
        let mut step = DMatrix::zeros(x.len(), x.len());
        let mut sum = DMatrix::zeros(x.len(), u.len());
        for _ in 0..self.substeps {
            self.inner.jacobian(&state, u, &mut step)?;
            sum = &step * sum + self.inner.input_jacobian(&state, u)?;
            self.inner.evolve(&state, u, &mut next)?;
            std::mem::swap(&mut state, &mut next);
        }
        Ok(sum)
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        self.inner.output(x, u, y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        self.inner.output_jacobians(x, u)
    }

    fn is_odd(&self) -> bool {
        self.inner.is_odd()
    }

    fn is_affine(&self) -> bool {
        self.inner.is_affine()
    }
}
