//! Networks and their maps as explicit systems.

use nalgebra::{DMatrix, DVector};

use super::normal_form::numbered;
use super::{Activation, DiscreteRnn, Form, Rnn};
use crate::{
    dae::{Quantity, System, SystemError, Time, Unknown},
    linalg::{matvec, matvec_add},
};

impl Rnn {
    /// `W r + Win x + b`, with r = h in form A and sigma(u) in form B.
    fn drive(&self, state: &[f64], input: &[f64]) -> Vec<f64> {
        let parts = self.parts();
        let mut drive = parts.bias.as_slice().to_vec();
        match parts.form {
            Form::A => matvec_add(&parts.recurrent, state, &mut drive),
            Form::B => matvec_add(&parts.recurrent, &self.rates(state), &mut drive),
        }
        matvec_add(&parts.input, input, &mut drive);
        drive
    }

    /// What the readout and, in form B, the weights act on.
    fn rates(&self, state: &[f64]) -> Vec<f64> {
        match self.parts().form {
            Form::A => state.to_vec(),
            Form::B => state.iter().map(|&u| self.parts().activation.value(u)).collect(),
        }
    }
}

impl System for Rnn {
    fn time(&self) -> Time {
        Time::Continuous
    }

    fn states(&self) -> Vec<Unknown> {
        let letter = if self.parts().form == Form::A { 'h' } else { 'u' };
        let names = numbered(letter, self.units()).into_iter();
        names.map(|name| Unknown { name, quantity: Quantity::Pure }).collect()
    }

    fn inputs(&self) -> Vec<String> {
        numbered('x', self.shape().1)
    }

    fn outputs(&self) -> Vec<String> {
        numbered('y', self.shape().2)
    }

    fn shape(&self) -> (usize, usize, usize) {
        Self::shape(self)
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        let parts = self.parts();
        let drive = self.drive(x, u);
        for (unit, rate) in out.iter_mut().enumerate() {
            *rate = match parts.form {
                Form::A => parts.activation.value(drive[unit]) - parts.leak[unit] * x[unit],
                Form::B => parts.leak[unit] * (drive[unit] - x[unit]),
            };
        }
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        let parts = self.parts();
        let slope = |&z: &f64| parts.activation.derivative(z);
        let (rows, columns): (Vec<f64>, Vec<f64>) = match parts.form {
            Form::A => (self.drive(x, u).iter().map(slope).collect(), vec![1.0; x.len()]),
            Form::B => (parts.leak.as_slice().to_vec(), x.iter().map(slope).collect()),
        };
        let units = x.len();
        let (weights, targets) = (parts.recurrent.as_slice(), out.as_mut_slice());
        for (column, factor) in columns.iter().enumerate() {
            let of_column = column * units..(column + 1) * units;
            let pairs = targets[of_column.clone()].iter_mut().zip(&weights[of_column]);
            for ((target, weight), row) in pairs.zip(&rows) {
                *target = row * weight * factor;
            }
            targets[column * (units + 1)] -= parts.leak[column];
        }
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        let parts = self.parts();
        let factors = match parts.form {
            Form::A => self.drive(x, u).iter().map(|&z| parts.activation.derivative(z)).collect(),
            Form::B => parts.leak.as_slice().to_vec(),
        };
        let mut jacobian = parts.input.clone();
        for mut column in jacobian.column_iter_mut() {
            column.component_mul_assign(&DVector::from_column_slice(&factors));
        }
        Ok(jacobian)
    }

    fn output(&self, x: &[f64], _u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        let readout = &self.parts().readout;
        matvec(&readout.weights, &self.rates(x), y);
        y.iter_mut().zip(readout.bias.iter()).for_each(|(y, bias)| *y += bias);
        Ok(())
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        _u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        let parts = self.parts();
        let mut jacobian = parts.readout.weights.clone();
        if parts.form == Form::B {
            for (mut column, &u) in jacobian.column_iter_mut().zip(x) {
                column.scale_mut(parts.activation.derivative(u));
            }
        }
        let (_, inputs, outputs) = self.shape();
        Ok((jacobian, DMatrix::zeros(outputs, inputs)))
    }

    fn is_odd(&self) -> bool {
        let parts = self.parts();
        parts.activation.is_odd() && parts.bias.iter().all(|&bias| bias == 0.0)
    }

    fn is_affine(&self) -> bool {
        self.parts().activation == Activation::Linear
    }

    fn linear_part(&self) -> Option<DMatrix<f64>> {
        Some(-DMatrix::from_diagonal(&self.parts().leak))
    }
}

impl System for DiscreteRnn {
    fn time(&self) -> Time {
        Time::Discrete { step: self.step }
    }

    fn states(&self) -> Vec<Unknown> {
        self.network.states()
    }

    fn inputs(&self) -> Vec<String> {
        self.network.inputs()
    }

    fn outputs(&self) -> Vec<String> {
        self.network.outputs()
    }

    fn shape(&self) -> (usize, usize, usize) {
        self.network.shape()
    }

    fn evolve(&self, x: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), SystemError> {
        let parts = self.network.parts();
        let drive = self.network.drive(x, u);
        for (unit, next) in out.iter_mut().enumerate() {
            let leak = parts.leak[unit];
            *next = match parts.form {
                Form::A => {
                    let decay = x[unit] * (1.0 - self.step * leak);
                    decay + self.step * parts.activation.value(drive[unit])
                }
                Form::B => x[unit] + self.step * (leak * (drive[unit] - x[unit])),
            };
        }
        Ok(())
    }

    fn jacobian(&self, x: &[f64], u: &[f64], out: &mut DMatrix<f64>) -> Result<(), SystemError> {
        self.network.jacobian(x, u, out)?;
        if self.step != 1.0 {
            *out *= self.step;
        }
        for unit in 0..x.len() {
            out[(unit, unit)] += 1.0;
        }
        Ok(())
    }

    fn input_jacobian(&self, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
        Ok(self.network.input_jacobian(x, u)? * self.step)
    }

    fn output(&self, x: &[f64], u: &[f64], y: &mut [f64]) -> Result<(), SystemError> {
        System::output(&self.network, x, u, y)
    }

    fn output_jacobians(
        &self,
        x: &[f64],
        u: &[f64],
    ) -> Result<(DMatrix<f64>, DMatrix<f64>), SystemError> {
        self.network.output_jacobians(x, u)
    }

    fn is_odd(&self) -> bool {
        self.network.is_odd()
    }

    fn is_affine(&self) -> bool {
        self.network.is_affine()
    }
}

#[cfg(test)]
mod tests;
