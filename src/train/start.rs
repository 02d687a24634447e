//! Trainings that go on from a network that exists.

use crate::rnn::{Form, Rnn};
use crate::train::run::Training;
use crate::train::{NetworkSpec, TrainError, TrainSpec, Weights};

/// Why a network cannot be trained on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its equation is not one that is trained.
    #[error("the network to start from {0}")]
    Equation(String),
    /// Its shape is not that of the specification.
    #[error("the network to start from has {found} {what}, the training {expected}")]
    Shape {
        /// `units`, `inputs` or `outputs`.
        what: &'static str,
        /// Of the network.
        found: usize,
        /// Of the specification.
        expected: usize,
    },
}

impl NetworkSpec {
    /// What a network is, with a step; biases are trained where it has any.
    ///
    /// # Errors
    ///
    /// [`StartError::Equation`]: form B, or leaks that differ.
    pub fn of_network(network: &Rnn, step: f64) -> Result<Self, StartError> {
        let parts = network.parts();
        if parts.form != Form::A {
            let text = "is of form B; form A, with sigma around the sum, is trained";
            return Err(StartError::Equation(text.to_owned()));
        }
        let leak = parts.leak[0];
        if let Some(unit) = parts.leak.iter().position(|other| *other != leak) {
            let other = parts.leak[unit];
            let text = format!("has the leak {leak} in unit 1 and {other} in unit {}", unit + 1);
            return Err(StartError::Equation(text));
        }
        Ok(Self {
            units: network.units(),
            activation: parts.activation,
            bias: parts.bias.iter().any(|bias| *bias != 0.0),
            step,
            leak,
            ..Self::default()
        })
    }
}

impl Training {
    /// Before the first update of a training that starts from the weights of a network,
    /// rounded to f32, instead of random ones; see [`NetworkSpec::of_network`].
    ///
    /// # Errors
    ///
    /// [`TrainError::Start`] where the network is another one than the specification says,
    /// and what [`Training::new`] says.
    pub fn of_network(spec: TrainSpec, network: &Rnn, threads: usize) -> Result<Self, TrainError> {
        let own = NetworkSpec::of_network(network, spec.network.step)?;
        let (units, inputs, outputs) = network.shape();
        let asked = &spec.network;
        for (what, found, expected) in [
            ("units", units, asked.units),
            ("inputs", inputs, spec.task.channels().len()),
            ("outputs", outputs, spec.task.outputs().len()),
        ] {
            if found != expected {
                return Err(StartError::Shape { what, found, expected }.into());
            }
        }
        if (own.activation, own.leak) != (asked.activation, asked.leak) {
            let text = format!(
                "has sigma = {} and the leak {}, the training {} and {}",
                own.activation, own.leak, asked.activation, asked.leak
            );
            return Err(StartError::Equation(text).into());
        }
        if asked.rank.is_some() || asked.density < 1.0 {
            let text = "has all of its weights, the training a rank or a density".to_owned();
            return Err(StartError::Equation(text).into());
        }
        let mut training = Self::new(spec, threads)?;
        let values = Weights::of_network(network).values().to_vec();
        training.kept.copy_from_slice(&values);
        training.resume(values, None)?;
        Ok(training)
    }
}
