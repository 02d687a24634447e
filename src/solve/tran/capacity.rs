//! Charge per volt, which says how exact a charge has to be.

use crate::{
    dae::Dae,
    solve::{TransientOptions, tran::run::Run},
};

/// Charge per volt that a device is taken to store at least, F.
const LEAST_CAPACITY: f64 = 1e-15;

impl<S: Dae> Run<'_, S> {
    /// How far the charges last evaluated are from `given`, in tolerances.
    pub(super) fn movement(&self, given: &[f64]) -> f64 {
        let TransientOptions { reltol, vntol, .. } = self.options;
        let ratios = self.capacity.iter().map(|&(row, capacity)| {
            let change = (self.newton.eval.q[row] - given[row]).abs();
            change / (reltol * given[row].abs() + vntol * capacity)
        });
        ratios.max_by(f64::total_cmp).unwrap_or(0.0)
    }

    pub(super) fn measure_capacity(&mut self) {
        self.system.jacobian(&self.x, &self.u, 0.0, &mut self.newton.eval);
        self.weigh();
    }

    /// Charges per volt as dq/dx was evaluated last.
    pub(super) fn weigh(&mut self) {
        let mut capacity = vec![0.0; self.x.len()];
        let rows = self.system.pattern().row_indices();
        for (&row, dq) in rows.iter().zip(&self.newton.eval.dq) {
            capacity[row] += dq.abs();
        }
        for &row in &self.charged {
            if !(capacity[row] >= LEAST_CAPACITY) {
                capacity[row] = LEAST_CAPACITY;
            }
        }
        self.capacity = capacity.into_iter().enumerate().filter(|(_, c)| *c != 0.0).collect();
    }
}
