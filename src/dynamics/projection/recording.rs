//! What a system does under a stimulus, step by step.

use nalgebra::DMatrix;

use crate::{
    dae::{Drive, System, SystemError, Time},
    solve::{
        SolveError,
        reduced::{Options, integrate_system},
    },
    task::Stimulus,
};

/// Relative tolerance of the flow between its samples.
const TOLERANCE: f64 = 1e-7;

/// Inputs, states and outputs of one trial that begins at zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Ends of the steps, model time units. The input of a step is the one
    /// held on it, the state is the one at its end.
    pub times: Vec<f64>,
    /// Inputs, one row a step.
    pub inputs: Vec<Vec<f64>>,
    /// States, steps x states.
    pub states: DMatrix<f64>,
    /// Outputs, one row a step.
    pub outputs: Vec<Vec<f64>>,
}

/// Why there is no recording.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The stimulus is for another number of inputs.
    #[error("the stimuli have {channels} channels, the system has {inputs} inputs")]
    Channels {
        /// Channels of the stimulus.
        channels: usize,
        /// Inputs of the system.
        inputs: usize,
    },
    /// The system has no value.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The flow cannot be integrated.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// A state grew beyond the range of numbers.
    #[error("state {state} is no finite number any more at the time {time}")]
    NotFinite {
        /// Name of the state.
        state: String,
        /// When, model time units.
        time: f64,
    },
}

/// Plays a stimulus to a system that begins at zero. A map takes its own
/// steps; a flow is integrated and sampled every model time unit.
///
/// # Errors
///
/// See [`RecordError`].
pub fn record(system: &dyn System, stimulus: &Stimulus) -> Result<Recording, RecordError> {
    let (_, inputs, _) = system.shape();
    if stimulus.channels() != inputs {
        return Err(RecordError::Channels { channels: stimulus.channels(), inputs });
    }
    let step = match system.time() {
        Time::Discrete { step } => step,
        Time::Continuous => 1.0,
    };
    let steps = (stimulus.duration() / step).round().clamp(1.0, 1e9) as usize;
    let held = |n: usize| -> Vec<f64> {
        // A step that begins at a change has the level after it, whatever rounding does.
        let start = (n as f64 + 1e-9) * step;
        (0..inputs).map(|channel| stimulus.held(channel, start)).collect()
    };
    let held: Vec<Vec<f64>> = (0..steps).map(held).collect();
    let recording = match system.time() {
        Time::Discrete { .. } => stepped(system, step, held)?,
        Time::Continuous => integrated(system, stimulus, held)?,
    };
    match recording.states.iter().position(|value| !value.is_finite()) {
        None => Ok(recording),
        Some(at) => {
            let (row, column) = (at % steps, at / steps);
            let names = system.states();
            let state = names.get(column).map_or(String::new(), |state| state.name.clone());
            Err(RecordError::NotFinite { state, time: recording.times[row] })
        }
    }
}

fn stepped(
    system: &dyn System,
    step: f64,
    inputs: Vec<Vec<f64>>,
) -> Result<Recording, RecordError> {
    let (count, _, outputs) = system.shape();
    let mut states = DMatrix::zeros(inputs.len(), count);
    let (mut x, mut next, mut y) = (vec![0.0; count], vec![0.0; count], vec![0.0; outputs]);
    let mut rows = Vec::with_capacity(inputs.len());
    for (n, u) in inputs.iter().enumerate() {
        system.evolve(&x, u, &mut next)?;
        std::mem::swap(&mut x, &mut next);
        system.output(&x, u, &mut y)?;
        for (target, &value) in states.row_mut(n).iter_mut().zip(&x) {
            *target = value;
        }
        rows.push(y.clone());
    }
    let times = (1..=inputs.len()).map(|n| n as f64 * step).collect();
    Ok(Recording { times, inputs, states, outputs: rows })
}

/// A stimulus as a drive, its edges included.
struct Played<'a>(&'a Stimulus);

impl Drive for Played<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        for (channel, value) in u.iter_mut().enumerate() {
            *value = self.0.value(channel, time);
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        self.0.corners().iter().copied().filter(|&t| t > 0.0 && t < stop).collect()
    }
}

fn integrated(
    system: &dyn System,
    stimulus: &Stimulus,
    inputs: Vec<Vec<f64>>,
) -> Result<Recording, RecordError> {
    let (count, ..) = system.shape();
    let times: Vec<f64> = (0..=inputs.len()).map(|n| n as f64).collect();
    let options = Options::with_tolerance(TOLERANCE);
    let drive = Played(stimulus);
    let found = integrate_system(system, &drive, &vec![0.0; count], &times, &options)?;
    let states = DMatrix::from_fn(inputs.len(), count, |row, column| found.states[row + 1][column]);
    let outputs = found.outputs.into_iter().skip(1).collect();
    Ok(Recording { times: times[1..].to_vec(), inputs, states, outputs })
}
