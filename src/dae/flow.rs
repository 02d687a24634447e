//! A normal form as an explicit system.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::{
    Coefficient, Evaluator, EvaluatorRoom, Lure, Quantity, System, SystemError, Time, Unknown,
};

/// A normal form, of a circuit or of a network, as a system in continuous time,
/// ready to be evaluated. Clones share it.
///
/// An algebraic loop is solved anew from z = 0 at every point, so that the value
/// at a point does not depend on what was evaluated before.
#[derive(Clone, Debug)]
pub struct Flow {
    lure: Arc<Lure>,
    evaluator: Arc<Evaluator>,
}

impl Flow {
    /// The system that `lure` describes.
    #[must_use]
    pub fn new(lure: impl Into<Arc<Lure>>) -> Self {
        let lure = lure.into();
        Self { evaluator: Arc::new(Evaluator::of(&lure)), lure }
    }

    /// The normal form.
    #[must_use]
    pub fn lure(&self) -> &Lure {
        &self.lure
    }

    fn room(&self) -> EvaluatorRoom {
        EvaluatorRoom::of(&self.lure)
    }

    fn jacobian_of(
        &self,
        at: (&[f64], &[f64]),
        which: [Coefficient; 3],
    ) -> Result<DMatrix<f64>, SystemError> {
        self.evaluator.jacobian(&self.lure, at, &mut self.room(), which)
    }
}

impl System for Flow {
    fn time(&self) -> Time {
        Time::Continuous
    }

    fn states(&self) -> Vec<Unknown> {
        let names = self.lure.parts().states.iter();
        names
            .map(|name| Unknown { name: name.clone(), quantity: Quantity::of_name(name) })
            .collect()
    }

    fn inputs(&self) -> Vec<String> {
        self.lure.parts().inputs.clone()
    }

    fn outputs(&self) -> Vec<String> {
        self.lure.parts().outputs.clone()
    }

    fn shape(&self) -> (usize, usize, usize) {
        let sizes = self.lure.sizes();
        (sizes.states, sizes.inputs, sizes.outputs)
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        self.evaluator.rate(&self.lure, (x, u), &mut self.room(), out)
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        use Coefficient::{A, B, C};
        out.copy_from(&self.jacobian_of((x, u), [A, B, C])?);
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        use Coefficient::{B, E, F};
        self.jacobian_of((x, u), [E, B, F])
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        self.evaluator.output(&self.lure, (x, u), &mut self.room(), y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        use Coefficient::{C, F, H, J, K};
        Ok((self.jacobian_of((x, u), [H, J, C])?, self.jacobian_of((x, u), [K, J, F])?))
    }

    /// Known where there is no algebraic loop, no constant acts on the states and
    /// the structure of every nonlinearity shows that it is odd.
    fn is_odd(&self) -> bool {
        let none = |constant| self.lure.constant(constant).iter().all(|&value| value == 0.0);
        !self.evaluator.has_loop()
            && none(Coefficient::X0)
            && none(Coefficient::Z0)
            && self.lure.parts().phi.iter().all(|block| block.law.tree.is_odd())
    }

    fn is_affine(&self) -> bool {
        let blocks = &self.lure.parts().phi;
        blocks.iter().all(|block| block.law.tree.affine(block.controls.len()).is_some())
    }

    fn linear_part(&self) -> Option<DMatrix<f64>> {
        let a = self.lure.matrix(Coefficient::A);
        let mut dense = DMatrix::zeros(a.rows(), a.cols());
        a.iter().for_each(|(&value, place)| dense[place] = value);
        Some(dense)
    }
}

#[cfg(test)]
mod tests;
