//! The procedures applied one after another.

use nalgebra::DMatrix;

use super::{Options, Procedure, Scales};
use crate::{
    dae::System,
    transform::{Discretised, Linearised, Method, Rescaled, Sampled, TransformError},
};

/// One side of an identity.
pub(super) type Side<'a> = Box<dyn System + 'a>;

/// Relative error of a sampled flow.
pub(super) const SAMPLING: f64 = 1e-12;

/// What the procedures of all sides share.
#[derive(Clone, Debug)]
pub(super) struct Setting<'a> {
    pub(super) factor: f64,
    pub(super) method: Method,
    /// d
    pub(super) step: f64,
    /// d'
    pub(super) rescaled_step: f64,
    /// (x*, u*)
    pub(super) point: (&'a [f64], &'a [f64]),
    /// The linear part of exponential Euler where the system has none of its own,
    /// in its time.
    pub(super) linear: Option<DMatrix<f64>>,
    /// Runge-Kutta steps of a sample.
    pub(super) substeps: usize,
}

impl<'a> Setting<'a> {
    /// Of one method, as the options say.
    pub(super) fn of(
        system: &dyn System,
        options: &'a Options,
        method: Method,
    ) -> Result<Self, TransformError> {
        let point = (options.state.as_slice(), options.input.as_slice());
        let mut linear = None;
        if method == Method::ExponentialEuler && system.linear_part().is_none() {
            let mut jacobian = DMatrix::zeros(point.0.len(), point.0.len());
            system.jacobian(point.0, point.1, &mut jacobian)?;
            linear = Some(jacobian);
        }
        let mut setting = Self {
            factor: options.factor,
            method,
            step: options.step,
            rescaled_step: options.factor * options.step,
            point,
            linear,
            substeps: 1,
        };
        setting.substeps = setting.substeps_at(system, point)?;
        Ok(setting)
    }

    /// Substeps that sampling from a point takes; 1 where nothing is sampled.
    pub(super) fn substeps_at(
        &self,
        system: &dyn System,
        point: (&[f64], &[f64]),
    ) -> Result<usize, TransformError> {
        if self.samples(system) {
            Sampled::substeps_for(system, self.step, point, SAMPLING)
        } else {
            Ok(1)
        }
    }

    /// True where the method is a zero-order hold of what is not affine.
    pub(super) fn samples(&self, system: &dyn System) -> bool {
        self.method == Method::ZeroOrderHold && !system.is_affine()
    }

    /// The same with other steps.
    pub(super) fn with_steps(&self, step: f64, rescaled_step: f64) -> Self {
        Self { step, rescaled_step, ..self.clone() }
    }

    /// The same at another point.
    pub(super) fn at<'b>(&self, point: (&'b [f64], &'b [f64])) -> Setting<'b>
    where
        'a: 'b,
    {
        Setting { point, ..self.clone() }
    }

    /// `system` after `order`, the first procedure first.
    pub(super) fn side<'s>(
        &self,
        system: &'s dyn System,
        order: &[Procedure],
    ) -> Result<Side<'s>, TransformError> {
        let mut side: Side<'s> = Box::new(system);
        let mut rescaled = false;
        for procedure in order {
            side = match procedure {
                Procedure::Rescale => {
                    rescaled = true;
                    Box::new(Rescaled::new(side, self.factor)?)
                }
                Procedure::Linearise => {
                    Box::new(Linearised::at(&side, self.point.0, self.point.1)?)
                }
                Procedure::Discretise => self.discretised(side, rescaled)?,
            };
        }
        Ok(side)
    }

    fn discretised<'s>(&self, side: Side<'s>, rescaled: bool) -> Result<Side<'s>, TransformError> {
        let step = if rescaled { self.rescaled_step } else { self.step };
        if self.method == Method::ZeroOrderHold && !side.is_affine() {
            return Ok(Box::new(Sampled::new(side, step, self.substeps)?));
        }
        Ok(match &self.linear {
            Some(linear) => {
                let divisor = if rescaled { self.factor } else { 1.0 };
                Box::new(Discretised::exponential(side, linear / divisor, step)?)
            }
            None => Box::new(Discretised::new(side, self.method, step)?),
        })
    }
}

/// The Jacobian of F by the states, counted in the scales.
pub(super) fn scaled_jacobian(
    system: &dyn System,
    (x, u): (&[f64], &[f64]),
    scales: &Scales,
) -> Result<DMatrix<f64>, TransformError> {
    let mut jacobian = DMatrix::zeros(x.len(), x.len());
    system.jacobian(x, u, &mut jacobian)?;
    scale(&mut jacobian, &scales.state, &scales.state);
    Ok(jacobian)
}

/// Divides rows by the scales of what comes out, multiplies columns by those of
/// what goes in.
pub(super) fn scale(matrix: &mut DMatrix<f64>, rows: &[f64], columns: &[f64]) {
    for (mut column, factor) in matrix.column_iter_mut().zip(columns) {
        column.iter_mut().zip(rows).for_each(|(value, row)| *value *= factor / row);
    }
}

/// The largest row sum of moduli.
pub(super) fn row_norm(matrix: &DMatrix<f64>) -> f64 {
    let rows = matrix.row_iter().map(|row| row.iter().map(|value| value.abs()).sum::<f64>());
    rows.max_by(f64::total_cmp).unwrap_or(0.0)
}
