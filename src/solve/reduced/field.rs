//! The right-hand side of a normal form, ready for the hot loop.

use nalgebra::DMatrix;

use crate::{
    dae::{Coefficient, Drive, Lure},
    expr::Scratch,
    linalg::{DenseLu, Operator},
    solve::SolveError,
};

/// A matrix is dense from one entry in so many places on.
const DENSE: usize = 8;
/// Newton iterations allowed for an algebraic loop.
const LOOP_ITERATIONS: usize = 50;

/// `dx/dt` and `y` of a normal form as functions of time and state. It owns all
/// the room it needs and allocates nothing once made (but for algebraic loops
/// and Jacobians).
pub struct Field<'a> {
    lure: &'a Lure,
    drive: &'a dyn Drive,
    matrices: [Operator; 9],
    /// Order of evaluation of the nonlinearities; `None` for an algebraic loop.
    order: Option<Vec<usize>>,
    has_feedthrough: bool,
    u: Vec<f64>,
    z: Vec<f64>,
    phi: Vec<f64>,
    scratch: Scratch,
    gradient: Vec<f64>,
    /// Evaluations so far.
    pub evaluations: u64,
}

impl<'a> Field<'a> {
    /// The field of `lure` under `drive`, whose channels are the inputs of `lure`.
    #[must_use]
    pub fn new(lure: &'a Lure, drive: &'a dyn Drive) -> Self {
        let sizes = lure.sizes();
        let widest = lure.parts().phi.iter().map(|b| b.controls.len()).max().unwrap_or(0);
        Self {
            lure,
            drive,
            matrices: lure.parts().matrices.each_ref().map(Operator::of),
            order: lure.evaluation_order(),
            has_feedthrough: lure.matrix(Coefficient::D).nnz() > 0,
            u: vec![0.0; sizes.inputs],
            z: vec![0.0; sizes.controls],
            phi: vec![0.0; sizes.nonlinearities],
            scratch: Scratch::default(),
            gradient: vec![0.0; widest],
            evaluations: 0,
        }
    }

    /// The normal form.
    #[must_use]
    pub fn lure(&self) -> &'a Lure {
        self.lure
    }

    fn matrix(&self, coefficient: Coefficient) -> &Operator {
        &self.matrices[coefficient as usize]
    }

    /// Writes dx/dt at (time, x).
    ///
    /// # Errors
    ///
    /// [`SolveError::AlgebraicLoop`] where a loop of nonlinearities cannot be solved.
    pub fn derivative(&mut self, time: f64, x: &[f64], dx: &mut [f64]) -> Result<(), SolveError> {
        self.evaluations += 1;
        self.close(time, x)?;
        dx.copy_from_slice(self.lure.constant(Coefficient::X0));
        self.matrix(Coefficient::A).apply_add(x, dx);
        self.matrix(Coefficient::B).apply_add(&self.phi, dx);
        self.matrix(Coefficient::E).apply_add(&self.u, dx);
        Ok(())
    }

    /// Writes y at (time, x).
    ///
    /// # Errors
    ///
    /// As [`Field::derivative`].
    pub fn output(&mut self, time: f64, x: &[f64], y: &mut [f64]) -> Result<(), SolveError> {
        self.close(time, x)?;
        y.copy_from_slice(self.lure.constant(Coefficient::Y0));
        self.matrix(Coefficient::H).apply_add(x, y);
        self.matrix(Coefficient::J).apply_add(&self.phi, y);
        self.matrix(Coefficient::K).apply_add(&self.u, y);
        Ok(())
    }

    /// Brings u, z and phi up to date.
    fn close(&mut self, time: f64, x: &[f64]) -> Result<(), SolveError> {
        self.drive.values(time, &mut self.u);
        let loop_start = self.order.is_none().then(|| self.z.clone());
        self.z.copy_from_slice(self.lure.constant(Coefficient::Z0));
        self.matrices[Coefficient::C as usize].apply_add(x, &mut self.z);
        self.matrices[Coefficient::F as usize].apply_add(&self.u, &mut self.z);
        match (&self.order, self.has_feedthrough) {
            (Some(_), false) => self.lure.phi(&self.z, &mut self.phi, &mut self.scratch),
            (Some(order), true) => {
                let d = self.lure.matrix(Coefficient::D);
                for &at in order {
                    let block = &self.lure.parts().phi[at];
                    for row in block.controls.clone() {
                        self.z[row] += row_product(d, row, &self.phi);
                    }
                    let z = &self.z[block.controls.clone()];
                    self.phi[at] = block.law.tape.eval(z, &mut self.scratch);
                }
            }
            (None, _) => {
                let open = std::mem::replace(&mut self.z, loop_start.unwrap_or_default());
                self.solve_loop(time, &open)?;
            }
        }
        Ok(())
    }

    /// Solves `z = open + D phi(z)` by Newton's method from the last z.
    fn solve_loop(&mut self, time: f64, open: &[f64]) -> Result<(), SolveError> {
        let d = self.lure.matrix(Coefficient::D);
        let count = self.z.len();
        for _ in 0..LOOP_ITERATIONS {
            self.lure.phi(&self.z, &mut self.phi, &mut self.scratch);
            let mut step: Vec<f64> = (0..count)
                .map(|row| open[row] + row_product(d, row, &self.phi) - self.z[row])
                .collect();
            let slopes = self.slopes();
            let mut matrix = DMatrix::identity(count, count);
            for (row, view) in d.outer_iterator().enumerate() {
                for (block, &gain) in view.iter() {
                    for (control, slope) in &slopes[block] {
                        matrix[(row, *control)] -= gain * slope;
                    }
                }
            }
            let Ok(lu) = DenseLu::factor(&matrix) else { break };
            lu.solve(&mut step);
            let mut converged = true;
            for (z, change) in self.z.iter_mut().zip(&step) {
                *z += change;
                // A comparison with NaN is false, so NaN never converges.
                converged &= change.abs() <= 1e-13 * (1.0 + z.abs());
            }
            if converged {
                self.lure.phi(&self.z, &mut self.phi, &mut self.scratch);
                return Ok(());
            }
        }
        // The next attempt starts afresh.
        self.z.fill(0.0);
        let block = self.lure.parts().phi.first().map_or_else(String::new, |b| b.name.clone());
        Err(SolveError::AlgebraicLoop { block, time })
    }

    /// Per nonlinearity, its controls with the derivatives at the present z.
    fn slopes(&mut self) -> Vec<Vec<(usize, f64)>> {
        let mut all = Vec::with_capacity(self.phi.len());
        for block in &self.lure.parts().phi {
            let gradient = &mut self.gradient[..block.controls.len()];
            let z = &self.z[block.controls.clone()];
            block.law.tape.eval_with_gradient(z, gradient, &mut self.scratch);
            all.push(block.controls.clone().zip(gradient.iter().copied()).collect());
        }
        all
    }

    /// The Jacobian of dx/dt with respect to x at (time, x):
    /// `A + B (1 - phi' D)^-1 phi' C`.
    ///
    /// # Errors
    ///
    /// As [`Field::derivative`].
    pub fn jacobian(&mut self, time: f64, x: &[f64]) -> Result<DMatrix<f64>, SolveError> {
        self.close(time, x)?;
        let slopes = self.slopes();
        let mut inner = rows_combined(&slopes, self.lure.matrix(Coefficient::C));
        if self.has_feedthrough {
            let mut matrix = -rows_combined(&slopes, self.lure.matrix(Coefficient::D));
            for at in 0..matrix.nrows() {
                matrix[(at, at)] += 1.0;
            }
            let name = || self.lure.parts().phi[0].name.clone();
            let lu = DenseLu::factor(&matrix)
                .map_err(|_| SolveError::AlgebraicLoop { block: name(), time })?;
            for mut column in inner.column_iter_mut() {
                lu.solve(column.as_mut_slice());
            }
        }
        let mut jacobian = DMatrix::zeros(x.len(), x.len());
        for (row, view) in self.lure.matrix(Coefficient::A).outer_iterator().enumerate() {
            view.iter().for_each(|(column, &value)| jacobian[(row, column)] += value);
        }
        let b = self.lure.matrix(Coefficient::B);
        if b.nnz() * DENSE > b.rows() * b.cols() {
            let mut dense = DMatrix::zeros(b.rows(), b.cols());
            b.iter().for_each(|(&gain, place)| dense[place] = gain);
            jacobian.gemm(1.0, &dense, &inner, 1.0);
        } else {
            for column in 0..x.len() {
                for (&gain, (row, block)) in b {
                    jacobian[(row, column)] += gain * inner[(block, column)];
                }
            }
        }
        Ok(jacobian)
    }
}

/// The product of one row of `matrix` with `x`.
fn row_product(matrix: &sprs::CsMat<f64>, row: usize, x: &[f64]) -> f64 {
    matrix
        .outer_view(row)
        .map_or(0.0, |view| view.iter().map(|(column, value)| value * x[column]).sum())
}

/// phi' times `matrix`, whose rows are the controls.
fn rows_combined(slopes: &[Vec<(usize, f64)>], matrix: &sprs::CsMat<f64>) -> DMatrix<f64> {
    let mut product = DMatrix::zeros(slopes.len(), matrix.cols());
    for (row, terms) in slopes.iter().enumerate() {
        for &(control, slope) in terms {
            if let Some(view) = matrix.outer_view(control) {
                view.iter().for_each(|(column, &value)| product[(row, column)] += slope * value);
            }
        }
    }
    product
}
