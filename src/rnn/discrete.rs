//! The discrete-time network: the Euler map of a continuous one.

use nalgebra::DVector;

use crate::rnn::{Form, Rnn};

/// `h[n+1] = h[n] + d F(h[n], x[n])` with F the right-hand side of the network.
///
/// With form A, unit leak and d = 1 this is `h[n+1] = sigma(W h[n] + Win x[n] + b)`,
/// the map that Keras's `SimpleRNN` computes and trains.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscreteRnn {
    /// The continuous network.
    pub network: Rnn,
    /// d, model time units, positive.
    pub step: f64,
}

impl DiscreteRnn {
    /// The Keras map: d = 1.
    #[must_use]
    pub fn keras(network: Rnn) -> Self {
        Self { network, step: 1.0 }
    }

    /// The state after one step.
    #[must_use]
    pub fn next(&self, state: &DVector<f64>, input: &DVector<f64>) -> DVector<f64> {
        let parts = self.network.parts();
        let sigma = |z: f64| parts.activation.value(z);
        match parts.form {
            Form::A => {
                let z = &parts.recurrent * state + &parts.input * input + &parts.bias;
                let decay = state.zip_map(&parts.leak, |h, l| h * (1.0 - self.step * l));
                decay + z.map(sigma) * self.step
            }
            Form::B => {
                let drive =
                    &parts.recurrent * state.map(sigma) + &parts.input * input + &parts.bias;
                state + (drive - state).component_mul(&parts.leak) * self.step
            }
        }
    }

    /// The readout at a state.
    #[must_use]
    pub fn output(&self, state: &DVector<f64>) -> DVector<f64> {
        let parts = self.network.parts();
        let rates = match parts.form {
            Form::A => state.clone(),
            Form::B => state.map(|u| parts.activation.value(u)),
        };
        &parts.readout.weights * rates + &parts.readout.bias
    }
}
