//! The equation of an implicit step.

use nalgebra::DMatrix;

use crate::{
    dae::{System, SystemError},
    linalg::DenseLu,
};

/// Newton iterations allowed for a step.
const ITERATIONS: usize = 50;
/// A change below this part of a state ends the search: the next would be below
/// its square.
const TOLERANCE: f64 = 1e-10;
/// States that are small beside the largest are known to this part of it.
const SMALL: f64 = 1e-3;
/// Halvings of a Newton step that does not come closer.
const HALVINGS: usize = 12;

/// The equation `X = base + theta F(X, u)`.
pub(super) struct ImplicitStep<'a> {
    pub(super) system: &'a dyn System,
    pub(super) base: &'a [f64],
    pub(super) input: &'a [f64],
    pub(super) theta: f64,
    /// The step that an error names.
    pub(super) step: f64,
}

impl ImplicitStep<'_> {
    /// Solves for X by damped Newton iterations from `x`, which X replaces.
    pub(super) fn solve(&self, x: &mut [f64]) -> Result<(), SystemError> {
        let mut residual = vec![0.0; x.len()];
        self.residual(x, &mut residual)?;
        for _ in 0..ITERATIONS {
            let Ok(lu) = DenseLu::factor(&self.matrix(x)?) else { break };
            let mut change = residual.clone();
            lu.solve(&mut change);
            if self.settled(x, &change) {
                x.iter_mut().zip(&change).for_each(|(x, change)| *x -= change);
                return Ok(());
            }
            if !self.move_closer(x, &change, &mut residual)? {
                break;
            }
        }
        let worst = (0..x.len()).max_by(|&a, &b| residual[a].abs().total_cmp(&residual[b].abs()));
        let state = worst.map_or_else(String::new, |at| self.system.states()[at].name.clone());
        let residual = worst.map_or(0.0, |at| residual[at]);
        Err(SystemError::ImplicitStep { step: self.step, state, residual })
    }

    /// `1 - theta dF/dx` at `x`.
    pub(super) fn matrix(&self, x: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        let mut matrix = DMatrix::zeros(x.len(), x.len());
        self.system.jacobian(x, self.input, &mut matrix)?;
        matrix *= -self.theta;
        for at in 0..x.len() {
            matrix[(at, at)] += 1.0;
        }
        Ok(matrix)
    }

    /// Writes `X - base - theta F(X, u)`.
    fn residual(&self, x: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        self.system.evolve(x, self.input, out)?;
        for ((value, x), base) in out.iter_mut().zip(x).zip(self.base) {
            *value = x - base - self.theta * *value;
        }
        Ok(())
    }

    /// True where another Newton step would be rounding error.
    fn settled(&self, x: &[f64], change: &[f64]) -> bool {
        let sizes = x.iter().chain(self.base).map(|value| value.abs());
        let largest = sizes.max_by(f64::total_cmp).unwrap_or(0.0);
        x.iter()
            .zip(change)
            .all(|(x, change)| change.abs() <= TOLERANCE * (x.abs() + SMALL * largest))
    }

    /// Goes as much of `change` as brings the residual down; false where none does.
    fn move_closer(
        &self,
        x: &mut [f64],
        change: &[f64],
        residual: &mut [f64],
    ) -> Result<bool, SystemError> {
        let start = x.to_vec();
        let before = square(residual);
        let mut part = 1.0;
        for _ in 0..HALVINGS {
            for ((x, start), change) in x.iter_mut().zip(&start).zip(change) {
                *x = start - part * change;
            }
            self.residual(x, residual)?;
            // A comparison with NaN is false, so NaN is never closer.
            if square(residual) < before {
                return Ok(true);
            }
            part *= 0.5;
        }
        Ok(false)
    }
}

fn square(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}
