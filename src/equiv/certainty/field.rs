//! The right-hand side of a network, or of a circuit read as one, and its derivative.

use nalgebra::{DMatrix, DVector};

use crate::{
    dae::Lure,
    equiv::{Coefficients, Extracted, Matching, Scales, compare::linear_coefficients},
    linalg::real_singular_values,
    rnn::{Activation, Form, Rnn},
};

/// `dh/dt = -Lambda h + G sigma(W h + Win x + b)` (form A) or
/// `du/dt = Lambda (-u + W sigma(G u) + Win x + b)` (form B), in model units and in the
/// order of the network; `G` is 1 but for a circuit with wrong gains.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub(super) form: Form,
    pub(super) activation: Activation,
    pub(super) recurrent: DMatrix<f64>,
    pub(super) input: DMatrix<f64>,
    pub(super) bias: DVector<f64>,
    pub(super) leak: DVector<f64>,
    pub(super) gain: DVector<f64>,
    pub(super) output: DMatrix<f64>,
    pub(super) offset: DVector<f64>,
    /// Largest singular value of W.
    pub(super) norm: f64,
}

impl Field {
    /// The field of a network.
    #[must_use]
    pub fn of_network(network: &Rnn) -> Self {
        let gains = vec![1.0; network.units()];
        Self::new(network, gains, None)
    }

    /// The field of a circuit, in the order and with the signs of the network.
    #[must_use]
    pub fn of_circuit(circuit: &Extracted, matching: &Matching) -> Self {
        Self::new(&circuit.network, circuit.gains.clone(), Some(matching))
    }

    /// The field of a circuit without nonlinear elements.
    #[must_use]
    pub fn of_linear(lure: &Lure, scales: &Scales, matching: &Matching) -> Self {
        let mut coefficients = linear_coefficients(lure, Some(scales)).arranged(matching);
        let units = coefficients.recurrent.nrows();
        coefficients.scalars = vec![DVector::zeros(units), DVector::from_element(units, 1.0)];
        Self::assembled(Form::A, Activation::Linear, coefficients)
    }

    fn new(network: &Rnn, gains: Vec<f64>, matching: Option<&Matching>) -> Self {
        let parts = network.parts();
        let coefficients = Coefficients {
            recurrent: parts.recurrent.clone(),
            input: parts.input.clone(),
            output: parts.readout.weights.clone(),
            bias: parts.bias.clone(),
            scalars: vec![parts.leak.clone(), gains.into()],
            offset: parts.readout.bias.clone(),
        };
        let coefficients = match matching {
            Some(matching) => coefficients.arranged(matching),
            None => coefficients,
        };
        Self::assembled(parts.form, parts.activation, coefficients)
    }

    fn assembled(form: Form, activation: Activation, coefficients: Coefficients) -> Self {
        let Coefficients { recurrent, input, bias, scalars, output, offset } = coefficients;
        let mut scalars = scalars.into_iter();
        let mut next = || scalars.next().unwrap_or_else(|| DVector::zeros(0));
        let (leak, gain) = (next(), next());
        // The Frobenius norm is never less.
        let values = real_singular_values(&recurrent).ok();
        let norm = values.and_then(|v| v.first().copied()).unwrap_or_else(|| recurrent.norm());
        Self { form, activation, recurrent, input, bias, leak, gain, output, offset, norm }
    }

    /// Number of units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.recurrent.nrows()
    }

    /// `Win x + b`.
    pub(super) fn drive(&self, input: &[f64]) -> DVector<f64> {
        let mut drive = self.bias.clone();
        for (column, value) in input.iter().enumerate() {
            drive.axpy(*value, &self.input.column(column), 1.0);
        }
        drive
    }

    /// The right-hand side, and the slopes of sigma there.
    pub(super) fn rate(
        &self,
        drive: &DVector<f64>,
        state: &DVector<f64>,
    ) -> (DVector<f64>, DVector<f64>) {
        let sigma = self.activation;
        match self.form {
            Form::A => {
                let z = &self.recurrent * state + drive;
                let rate = z.map(|z| sigma.value(z)).component_mul(&self.gain)
                    - self.leak.component_mul(state);
                (rate, z.map(|z| sigma.derivative(z)).component_mul(&self.gain))
            }
            Form::B => {
                let z = self.gain.component_mul(state);
                let sum = &self.recurrent * z.map(|z| sigma.value(z)) + drive - state;
                let slope = z.map(|z| sigma.derivative(z)).component_mul(&self.gain);
                (sum.component_mul(&self.leak), slope)
            }
        }
    }

    /// The derivative of the right-hand side, with the slopes of [`rate`](Self::rate),
    /// times `y`.
    pub(super) fn derivative(&self, slope: &DVector<f64>, y: &DMatrix<f64>) -> DMatrix<f64> {
        match self.form {
            Form::A => {
                let mut product = &self.recurrent * y;
                scale_rows(&mut product, slope);
                let mut leaking = y.clone();
                scale_rows(&mut leaking, &self.leak);
                product - leaking
            }
            Form::B => {
                let mut fired = y.clone();
                scale_rows(&mut fired, slope);
                let mut product = &self.recurrent * fired - y;
                scale_rows(&mut product, &self.leak);
                product
            }
        }
    }

    /// A bound of the spectral norm of the derivative, anywhere.
    pub(in crate::equiv) fn steepness(&self) -> f64 {
        let slope = self.activation.largest_slope() * self.gain.amax() * self.norm;
        match self.form {
            Form::A => self.leak.amax() + slope,
            Form::B => self.leak.amax() * (1.0 + slope),
        }
    }

    /// A bound of the logarithmic norm of the derivative that belongs to the 2-norm,
    /// anywhere: what differences grow at, at most.
    pub(super) fn growth(&self) -> f64 {
        let slope = self.activation.largest_slope() * self.gain.amax() * self.norm;
        match self.form {
            Form::A => slope - self.leak.min(),
            Form::B => self.leak.amax() * slope - self.leak.min(),
        }
    }

    /// What an error of `sigma` in every unit changes of the right-hand side, in the 2-norm.
    pub(super) fn forcing(&self, sigma: f64) -> f64 {
        let all = sigma * (self.units() as f64).sqrt();
        match self.form {
            Form::A => all * self.gain.amax(),
            Form::B => all * self.leak.amax() * self.norm,
        }
    }

    /// A bound of the second derivative: of `|F''(v, v)| / |v|^2` in the 2-norm, anywhere.
    pub(super) fn curvature(&self) -> Option<f64> {
        let sigma = self.activation.largest_curvature()?;
        let gain = self.gain.amax();
        Some(match self.form {
            Form::A => gain * sigma * self.norm * self.norm,
            Form::B => self.leak.amax() * self.norm * sigma * gain * gain,
        })
    }
}

fn scale_rows(matrix: &mut DMatrix<f64>, factors: &DVector<f64>) {
    for mut column in matrix.column_iter_mut() {
        column.component_mul_assign(factors);
    }
}
