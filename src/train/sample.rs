//! Trials of one length, side by side: what a network is trained on.

/// Inputs and targets of trials, one value a step of the task.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    steps: usize,
    inputs: usize,
    outputs: usize,
    /// `x[(trial * steps + t) * inputs + k]`.
    x: Vec<f32>,
    /// `y[(trial * steps + t) * outputs + o]`.
    y: Vec<f32>,
}

/// Why arrays are no sample.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// There are no steps, or no outputs to train.
    #[error("the sample has {0} of 0")]
    Empty(&'static str),
    /// An array is not made of whole trials.
    #[error("{values} {what} are no whole trials of {steps} steps and {channels} channels")]
    Length {
        /// `inputs` or `targets`.
        what: &'static str,
        /// Numbers given.
        values: usize,
        /// Steps of a trial.
        steps: usize,
        /// Channels.
        channels: usize,
    },
    /// There are inputs for another number of trials than targets.
    #[error("{inputs} trials of inputs for {targets} of targets")]
    Trials {
        /// Trials of inputs.
        inputs: usize,
        /// Trials of targets.
        targets: usize,
    },
    /// A value is not finite.
    #[error("trial {trial}, step {step}: one of the {what} is not finite")]
    NotFinite {
        /// `inputs` or `targets`.
        what: &'static str,
        /// Trial, from 0.
        trial: usize,
        /// Step, from 0.
        step: usize,
    },
}

impl Sample {
    /// Takes `x[trial][step][input]` and `y[trial][step][output]`, flat.
    ///
    /// # Errors
    ///
    /// [`SampleError`] where the arrays do not fit together, or hold what is not
    /// a finite number.
    pub fn new(
        steps: usize,
        (inputs, x): (usize, Vec<f32>),
        (outputs, y): (usize, Vec<f32>),
    ) -> Result<Self, SampleError> {
        for (what, count) in [("steps", steps), ("outputs", outputs)] {
            if count == 0 {
                return Err(SampleError::Empty(what));
            }
        }
        for (what, channels, values) in [("inputs", inputs, &x), ("targets", outputs, &y)] {
            let size = steps * channels;
            if size > 0 && values.len() % size != 0 || size == 0 && !values.is_empty() {
                return Err(SampleError::Length { what, values: values.len(), steps, channels });
            }
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                let (trial, step) = (at / size, at % size / channels);
                return Err(SampleError::NotFinite { what, trial, step });
            }
        }
        let targets = y.len() / (steps * outputs);
        if inputs > 0 && x.len() / (steps * inputs) != targets {
            let inputs = x.len() / (steps * inputs);
            return Err(SampleError::Trials { inputs, targets });
        }
        Ok(Self { steps, inputs, outputs, x, y })
    }

    /// Number of trials.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.y.len() / (self.steps * self.outputs)
    }

    /// Steps of a trial.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Input channels.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The inputs of an existing trial, step by step.
    #[must_use]
    pub fn x(&self, trial: usize) -> &[f32] {
        let size = self.steps * self.inputs;
        &self.x[trial * size..(trial + 1) * size]
    }

    /// The targets of an existing trial, step by step.
    #[must_use]
    pub fn y(&self, trial: usize) -> &[f32] {
        let size = self.steps * self.outputs;
        &self.y[trial * size..(trial + 1) * size]
    }
}
