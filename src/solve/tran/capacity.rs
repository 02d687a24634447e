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
        let sums = &mut self.sums;
        sums.fill(0.0);
        let rows = self.system.pattern().row_indices();
        for (&row, dq) in rows.iter().zip(&self.newton.eval.dq) {
            sums[row] += dq.abs();
        }
        for &row in &self.charged {
            if !(sums[row] >= LEAST_CAPACITY) {
                sums[row] = LEAST_CAPACITY;
            }
        }
        self.capacity.clear();
        self.capacity.extend(sums.iter().copied().enumerate().filter(|(_, sum)| *sum != 0.0));
    }
}
