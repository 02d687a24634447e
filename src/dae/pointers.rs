//! Systems behind pointers.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::{System, SystemError, Time, Unknown};

macro_rules! forward {
    ($pointer:ty) => {
        impl<S: System + ?Sized> System for $pointer {
            fn time(&self) -> Time {
                (**self).time()
            }

            fn states(&self) -> Vec<Unknown> {
                (**self).states()
            }

            fn inputs(&self) -> Vec<String> {
                (**self).inputs()
            }

            fn outputs(&self) -> Vec<String> {
                (**self).outputs()
            }

            fn shape(&self) -> (usize, usize, usize) {
                (**self).shape()
            }

            fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
                (**self).evolve(x, u, out)
            }

            fn jacobian(
                &self,
                x: &[f64],
                u: &[f64],
                out: &mut DMatrix<f64>,
            ) -> Result<(), SystemError> {
                (**self).jacobian(x, u, out)
            }

            fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
                (**self).input_jacobian(x, u)
            }

            fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
                (**self).output(x, u, y)
            }

            fn output_jacobians(
                &self,
                x: &[f64],
                u: &[f64],
            ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
                (**self).output_jacobians(x, u)
            }

            fn is_odd(&self) -> bool {
                (**self).is_odd()
            }

            fn is_affine(&self) -> bool {
                (**self).is_affine()
            }

            fn linear_part(&self) -> Option<DMatrix<f64>> {
                (**self).linear_part()
            }
        }
    };
}

forward!(&S);
forward!(Box<S>);
forward!(Arc<S>);
