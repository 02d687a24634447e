//! Where to start a search.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{
    dae::{System, SystemError, Time},
    task::{Noise, SetParts, StimulusSet},
};

/// How the trials of a task are run for their states.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialStarts {
    /// How many states are kept, evenly spread over all of them.
    pub count: usize,
    /// Noise on the inputs: its standard deviation. None is added to a set that
    /// has its own.
    pub noise: Option<f64>,
    /// Seed of the noise.
    pub seed: u64,
    /// Time of the system that passes in one unit of time of the task: 1 for a
    /// network, the unit in seconds for a circuit.
    pub unit: f64,
    /// Steps of the classical Runge-Kutta method in one unit of time; of no
    /// meaning for a map, which takes as many as its step asks for.
    pub substeps: usize,
}

impl Default for TrialStarts {
    fn default() -> Self {
        Self { count: 1000, noise: None, seed: 1, unit: 1.0, substeps: 10 }
    }
}

/// Why a task gives no starts.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartsError {
    /// The task has another number of channels than the system has inputs.
    #[error("the task has {channels} channels, the system {inputs} inputs")]
    Channels {
        /// Channels of the task.
        channels: usize,
        /// Inputs of the system.
        inputs: usize,
    },
    /// The system has no value in a trial.
    #[error(transparent)]
    System(#[from] SystemError),
}

/// The state of rest of a network: zero.
#[must_use]
pub fn origin(states: usize) -> Vec<f64> {
    vec![0.0; states]
}

/// `count` states spread evenly over `visited`, in its order; all where there
/// are fewer.
#[must_use]
pub fn spread(visited: &[Vec<f64>], count: usize) -> Vec<Vec<f64>> {
    let count = count.min(visited.len());
    (0..count).map(|k| visited[k * visited.len() / count].clone()).collect()
}

/// `count` seeded states, uniform in the box `low[i]..high[i]`.
///
/// The bits are those of `ChaCha8` keyed with the seed, the upper 53 of a word a
/// component, so that the same seed gives the same states everywhere.
#[must_use]
pub fn random(low: &[f64], high: &[f64], count: usize, seed: u64) -> Vec<Vec<f64>> {
    const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut words = ChaCha8Rng::from_seed(key);
    let mut within = |low: &f64, high: &f64| {
        let share = (words.next_u64() >> 11) as f64 * UNIT;
        low + share * (high - low)
    };
    let mut state = || low.iter().zip(high).map(|(low, high)| within(low, high)).collect();
    (0..count).map(|_| state()).collect()
}

/// The least and the largest value of every state among `visited`, for [`random`];
/// nothing where nothing was visited.
#[must_use]
pub fn range(visited: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let extreme = |pick: fn(f64, f64) -> bool| {
        let mut states = visited.iter();
        let mut extreme = states.next().cloned().unwrap_or_default();
        for state in states {
            for (held, &value) in extreme.iter_mut().zip(state) {
                if pick(value, *held) {
                    *held = value;
                }
            }
        }
        extreme
    };
    (extreme(|value, held| value < held), extreme(|value, held| value > held))
}

/// States along the trials of a task, each begun at zero; the state at the
/// start of a trial is left out.
///
/// # Errors
///
/// [`StartsError`] where the task does not fit, or the system has no value.
///
/// # Panics
///
/// Never: noise of a finite size fits any trial.
pub fn along_trials(
    system: &dyn System,
    task: &StimulusSet,
    options: &TrialStarts,
) -> Result<Vec<Vec<f64>>, StartsError> {
    let (_, inputs, _) = system.shape();
    let channels = task.parts().channels.len();
    if channels != inputs {
        return Err(StartsError::Channels { channels, inputs });
    }
    let task = noisy(task, options);
    let mut visited = Vec::new();
    for trial in 0..task.trials().len() {
        run(system, &task, trial, options, &mut visited)?;
    }
    Ok(spread(&visited, options.count))
}

/// The task with the noise asked for, in trials that have none.
fn noisy(task: &StimulusSet, options: &TrialStarts) -> StimulusSet {
    let Some(sd) = options.noise.filter(|sd| sd.is_finite() && *sd >= 0.0) else {
        return task.clone();
    };
    let mut parts: SetParts = task.parts().clone();
    for (trial, seed) in parts.trials.iter_mut().zip(options.seed..) {
        trial.noise.get_or_insert(Noise { sd, seed });
    }
    StimulusSet::new(parts).unwrap_or_else(|_| task.clone())
}

/// Adds the states after every step of one trial.
fn run(
    system: &dyn System,
    task: &StimulusSet,
    trial: usize,
    options: &TrialStarts,
    visited: &mut Vec<Vec<f64>>,
) -> Result<(), SystemError> {
    let stimulus = task.stimulus(trial);
    let (states, inputs, _) = system.shape();
    let substeps = if options.substeps == 0 { 1 } else { options.substeps };
    let step = match system.time() {
        Time::Discrete { step } => step,
        Time::Continuous => options.unit / substeps as f64,
    };
    let mut x = origin(states);
    for n in 0.. {
        // Half a step's rounding does not add or lose a step.
        let time = f64::from(n) * step / options.unit;
        if !(time + 1e-9 < stimulus.duration()) {
            break;
        }
        let u: Vec<f64> = (0..inputs).map(|channel| stimulus.held(channel, time + 1e-9)).collect();
        x = match system.time() {
            Time::Discrete { .. } => {
                let mut next = vec![0.0; states];
                system.evolve(&x, &u, &mut next)?;
                next
            }
            Time::Continuous => runge_kutta(system, &x, &u, step)?,
        };
        visited.push(x.clone());
    }
    Ok(())
}

/// One step of the classical method of order 4 under a held input.
fn runge_kutta(
    system: &dyn System,
    x: &[f64],
    u: &[f64],
    step: f64,
) -> Result<Vec<f64>, SystemError> {
    let mut next = x.to_vec();
    let mut slope = vec![0.0; x.len()];
    for (reach, weight) in [(0.0, 1.0 / 6.0), (0.5, 1.0 / 3.0), (0.5, 1.0 / 3.0), (1.0, 1.0 / 6.0)]
    {
        let at: Vec<f64> = x.iter().zip(&slope).map(|(x, k)| x + reach * step * k).collect();
        system.evolve(&at, u, &mut slope)?;
        next.iter_mut().zip(&slope).for_each(|(next, k)| *next += weight * step * k);
    }
    Ok(next)
}
