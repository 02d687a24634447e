//! What an exponential method multiplies the rate with.

use nalgebra::DMatrix;

use super::{TransformError, error::finite};
use crate::linalg::{matvec, zero_order_hold};

/// `d phi1(d M)`, the integral of `exp(s M)` from 0 to d.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Propagator {
    Diagonal(Vec<f64>),
    Dense(DMatrix<f64>),
}

impl Propagator {
    pub(super) fn of(linear: &DMatrix<f64>, step: f64) -> Result<Self, TransformError> {
        let size = linear.nrows();
        let is_diagonal =
            (0..size * size).all(|at| at % size == at / size || linear.as_slice()[at] == 0.0);
        if !is_diagonal {
            let (_, integral) = zero_order_hold(linear, &DMatrix::identity(size, size), step)?;
            return Ok(Self::Dense(integral));
        }
        let phi = |&rate: &f64| if rate == 0.0 { step } else { (step * rate).exp_m1() / rate };
        let diagonal: Vec<f64> = linear.diagonal().iter().map(phi).collect();
        finite("the exponential of the linear part", size, &diagonal)?;
        Ok(Self::Diagonal(diagonal))
    }

    pub(super) fn apply(&self, x: &mut [f64]) {
        match self {
            Self::Diagonal(diagonal) => {
                x.iter_mut().zip(diagonal).for_each(|(x, factor)| *x *= factor);
            }
            Self::Dense(matrix) => {
                let before = x.to_vec();
                matvec(matrix, &before, x);
            }
        }
    }
}
