//! The evaluation of a normal form, written once.

use std::ops::Range;

use nalgebra::DMatrix;
use sprs::CsMat;

use super::{Coefficient, Lure, PhiBlock, SystemError};
use crate::{
    expr::Scratch,
    linalg::{DenseLu, Operator},
};

/// A matrix is dense from one entry in so many places on.
const DENSE: usize = 8;
/// Multiplications that take as long as a nonlinearity, about.
const LAW: f64 = 20.0;
/// Newton iterations allowed for an algebraic loop.
const LOOP_ITERATIONS: usize = 50;
/// Relative change at which an algebraic loop counts as solved.
const LOOP_TOLERANCE: f64 = 1e-13;

/// What is worth preparing once for the evaluation of a normal form: its
/// matrices in the form that is fastest to apply, and the order in which its
/// nonlinearities can be evaluated.
///
/// It does not hold the normal form, so that it serves owners and borrowers of
/// one; every method takes the normal form it was made from.
#[derive(Clone, Debug)]
pub struct Evaluator {
    matrices: [Operator; 9],
    /// Order of evaluation of the nonlinearities; `None` for an algebraic loop.
    order: Option<Vec<usize>>,
    has_feedthrough: bool,
    /// Nonlinearities that follow one another and have the same law.
    alike: Vec<Range<usize>>,
}

/// Room for an [`Evaluator`], with the solution of an algebraic loop, from which
/// the next one is sought.
#[derive(Clone, Debug)]
pub struct EvaluatorRoom {
    z: Vec<f64>,
    phi: Vec<f64>,
    scratch: Scratch,
    gradient: Vec<f64>,
}

/// Per nonlinearity, its controls with the derivatives by them.
type Slopes = Vec<Vec<(usize, f64)>>;

impl EvaluatorRoom {
    /// Room for `lure`; an algebraic loop is solved from z = 0 on.
    #[must_use]
    pub fn of(lure: &Lure) -> Self {
        let sizes = lure.sizes();
        let widest = lure.parts().phi.iter().map(|b| b.controls.len()).max().unwrap_or(0);
        Self {
            z: vec![0.0; sizes.controls],
            phi: vec![0.0; sizes.nonlinearities],
            scratch: Scratch::default(),
            gradient: vec![0.0; widest],
        }
    }
}

impl Evaluator {
    /// What the evaluation of `lure` needs.
    #[must_use]
    pub fn of(lure: &Lure) -> Self {
        Self {
            matrices: lure.parts().matrices.each_ref().map(Operator::of),
            order: lure.evaluation_order(),
            has_feedthrough: lure.matrix(Coefficient::D).nnz() > 0,
            alike: alike(&lure.parts().phi),
        }
    }

    /// True where the nonlinearities form an algebraic loop.
    #[must_use]
    pub fn has_loop(&self) -> bool {
        self.order.is_none()
    }

    /// Multiplications that dx/dt takes, about.
    pub(crate) fn work(&self) -> f64 {
        let products = [Coefficient::A, Coefficient::B, Coefficient::C, Coefficient::D];
        let laws = self.alike.last().map_or(0, |run| run.end);
        products.map(|which| self.matrix(which).work()).iter().sum::<f64>() + LAW * laws as f64
    }

    /// Writes dx/dt at (x, u). Allocates only for an algebraic loop.
    ///
    /// # Errors
    ///
    /// [`SystemError::AlgebraicLoop`] where Newton's method finds no solution of one.
    pub fn rate(
        &self,
        lure: &Lure,
        (x, u): (&[f64], &[f64]),
        room: &mut EvaluatorRoom,
        dx: &mut [f64],
    ) -> Result<(), SystemError> {
        self.close(lure, (x, u), room)?;
        dx.copy_from_slice(lure.constant(Coefficient::X0));
        self.matrix(Coefficient::A).apply_add(x, dx);
        self.matrix(Coefficient::B).apply_add(&room.phi, dx);
        self.matrix(Coefficient::E).apply_add(u, dx);
        Ok(())
    }

    /// Writes y at (x, u).
    ///
    /// # Errors
    ///
    /// As [`Evaluator::rate`].
    pub fn output(
        &self,
        lure: &Lure,
        (x, u): (&[f64], &[f64]),
        room: &mut EvaluatorRoom,
        y: &mut [f64],
    ) -> Result<(), SystemError> {
        self.close(lure, (x, u), room)?;
        y.copy_from_slice(lure.constant(Coefficient::Y0));
        self.matrix(Coefficient::H).apply_add(x, y);
        self.matrix(Coefficient::J).apply_add(&room.phi, y);
        self.matrix(Coefficient::K).apply_add(u, y);
        Ok(())
    }

    /// The Jacobian at (x, u) of what `target` and `through` make of the states
    /// or inputs that `source` takes to the controls,
    ///
    /// ```text
    /// target + through (1 - phi' D)^-1 phi' source
    /// ```
    ///
    /// with (A, B, C) for the rate by the states, (E, B, F) by the inputs,
    /// (H, J, C) for the output by the states and (K, J, F) by the inputs.
    ///
    /// # Errors
    ///
    /// As [`Evaluator::rate`], and where the loop is singular at its solution.
    pub fn jacobian(
        &self,
        lure: &Lure,
        (x, u): (&[f64], &[f64]),
        room: &mut EvaluatorRoom,
        [target, through, source]: [Coefficient; 3],
    ) -> Result<DMatrix<f64>, SystemError> {
        self.close(lure, (x, u), room)?;
        let slopes = slopes(lure, room);
        let mut inner = rows_combined(&slopes, lure.matrix(source));
        if self.has_feedthrough {
            let mut matrix = -rows_combined(&slopes, lure.matrix(Coefficient::D));
            for at in 0..matrix.nrows() {
                matrix[(at, at)] += 1.0;
            }
            let lu = DenseLu::factor(&matrix).map_err(|_| unsolved(lure, 0))?;
            for mut column in inner.column_iter_mut() {
                lu.solve(column.as_mut_slice());
            }
        }
        let mut jacobian = dense(lure.matrix(target));
        let gains = lure.matrix(through);
        if gains.nnz() * DENSE > gains.rows() * gains.cols() {
            jacobian.gemm(1.0, &dense(gains), &inner, 1.0);
        } else {
            for column in 0..jacobian.ncols() {
                for (&gain, (row, block)) in gains {
                    jacobian[(row, column)] += gain * inner[(block, column)];
                }
            }
        }
        Ok(jacobian)
    }

    fn matrix(&self, coefficient: Coefficient) -> &Operator {
        &self.matrices[coefficient as usize]
    }

    /// Brings z and phi up to date.
    fn close(
        &self,
        lure: &Lure,
        (x, u): (&[f64], &[f64]),
        room: &mut EvaluatorRoom,
    ) -> Result<(), SystemError> {
        let loop_start = self.order.is_none().then(|| room.z.clone());
        room.z.copy_from_slice(lure.constant(Coefficient::Z0));
        self.matrix(Coefficient::C).apply_add(x, &mut room.z);
        self.matrix(Coefficient::F).apply_add(u, &mut room.z);
        match (&self.order, self.has_feedthrough) {
            (Some(_), false) => self.laws(lure, room),
            (Some(order), true) => {
                let d = lure.matrix(Coefficient::D);
                for &at in order {
                    let block = &lure.parts().phi[at];
                    for row in block.controls.clone() {
                        room.z[row] += row_product(d, row, &room.phi);
                    }
                    let z = &room.z[block.controls.clone()];
                    room.phi[at] = block.law.tape.eval(z, &mut room.scratch);
                }
            }
            (None, _) => {
                let open = std::mem::replace(&mut room.z, loop_start.unwrap_or_default());
                self.solve_loop(lure, &open, room)?;
            }
        }
        Ok(())
    }

    /// Writes phi(z).
    fn laws(&self, lure: &Lure, room: &mut EvaluatorRoom) {
        let EvaluatorRoom { z, phi, scratch, .. } = room;
        for run in &self.alike {
            let blocks = &lure.parts().phi[run.clone()];
            let (first, last) = (&blocks[0], &blocks[blocks.len() - 1]);
            let z = &z[first.controls.start..last.controls.end];
            first.law.tape.eval_each(z, &mut phi[run.clone()], scratch);
        }
    }

    /// Solves `z = open + D phi(z)` by Newton's method from the last z.
    fn solve_loop(
        &self,
        lure: &Lure,
        open: &[f64],
        room: &mut EvaluatorRoom,
    ) -> Result<(), SystemError> {
        let d = lure.matrix(Coefficient::D);
        let count = room.z.len();
        let mut farthest = 0;
        for _ in 0..LOOP_ITERATIONS {
            self.laws(lure, room);
            let mut step: Vec<f64> = (0..count)
                .map(|row| open[row] + row_product(d, row, &room.phi) - room.z[row])
                .collect();
            let slopes = slopes(lure, room);
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
            for (row, (z, change)) in room.z.iter_mut().zip(&step).enumerate() {
                *z += change;
                // A comparison with NaN is false, so NaN never converges.
                if change.abs() <= LOOP_TOLERANCE * (1.0 + z.abs()) {
                    continue;
                }
                converged = false;
                farthest = row;
            }
            if converged {
                self.laws(lure, room);
                return Ok(());
            }
        }
        // The next attempt starts afresh.
        room.z.fill(0.0);
        Err(unsolved(lure, farthest))
    }
}

/// The longest runs of blocks with the same law.
fn alike(blocks: &[PhiBlock]) -> Vec<Range<usize>> {
    let same = |a: &PhiBlock, b: &PhiBlock| a.law.tape == b.law.tape;
    let mut start = 0;
    let runs = blocks.chunk_by(same).map(|run| {
        let run = start..start + run.len();
        start = run.end;
        run
    });
    runs.collect()
}

/// The error for a loop with the control `row` in it.
fn unsolved(lure: &Lure, row: usize) -> SystemError {
    let mut blocks = lure.parts().phi.iter();
    let block = blocks.find(|block| block.controls.contains(&row));
    SystemError::AlgebraicLoop { block: block.map_or_else(String::new, |b| b.name.clone()) }
}

/// The derivatives of the nonlinearities at the present z.
fn slopes(lure: &Lure, room: &mut EvaluatorRoom) -> Slopes {
    let mut all = Vec::with_capacity(room.phi.len());
    for block in &lure.parts().phi {
        let gradient = &mut room.gradient[..block.controls.len()];
        let z = &room.z[block.controls.clone()];
        block.law.tape.eval_with_gradient(z, gradient, &mut room.scratch);
        all.push(block.controls.clone().zip(gradient.iter().copied()).collect());
    }
    all
}

fn dense(matrix: &CsMat<f64>) -> DMatrix<f64> {
    let mut dense = DMatrix::zeros(matrix.rows(), matrix.cols());
    matrix.iter().for_each(|(&value, place)| dense[place] = value);
    dense
}

/// The product of one row of `matrix` with `x`.
fn row_product(matrix: &CsMat<f64>, row: usize, x: &[f64]) -> f64 {
    matrix
        .outer_view(row)
        .map_or(0.0, |view| view.iter().map(|(column, value)| value * x[column]).sum())
}

/// phi' times `matrix`, whose rows are the controls.
fn rows_combined(slopes: &Slopes, matrix: &CsMat<f64>) -> DMatrix<f64> {
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
