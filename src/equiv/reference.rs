//! The independent reference: a network integrated by code of its own.
//!
//! Nothing here evaluates a network through `rnn` or multiplies through a
//! linear-algebra crate: the weights are copied out once, and the equations of
//! both forms are written again as plain loops. What this module and a circuit
//! agree on, they agree on for no shared reason.

mod plain;

pub use crate::solve::OdeFault;

use crate::rnn::Rnn;
use crate::solve::ode_guard::{Pace, advance};
use crate::task::Stimulus;

use plain::{Piece, Plain};

/// What the rate of a unit is besides what its network says: a function of the unit, from
/// 0, its argument z (of sigma in form A, of what enters in form B) and its state.
pub type Deviation<'a> = dyn Fn(usize, f64, f64) -> f64 + Sync + 'a;

/// A network's answer to a stimulus, from rest.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceTrajectory {
    /// The times asked for, model time units.
    pub times: Vec<f64>,
    /// The state at each time: h in form A, u in form B, by unit.
    pub states: Vec<Vec<f64>>,
    /// The readout at each time, by output.
    pub outputs: Vec<Vec<f64>>,
    /// Evaluations of the right-hand side, or steps of the Euler map.
    pub evaluations: usize,
}

/// Why a network cannot be integrated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The stimulus has another number of channels than the network inputs.
    #[error("the network has {inputs} inputs, the stimulus {channels} channels")]
    Channels {
        /// Inputs of the network.
        inputs: usize,
        /// Channels of the stimulus.
        channels: usize,
    },
    /// A time is not a number, out of the trial, or before the one before it.
    #[error("time {index} is {value}; times must ascend within [0, {duration}]")]
    Time {
        /// Index, from 0.
        index: usize,
        /// The time.
        value: f64,
        /// Length of the trial.
        duration: f64,
    },
    /// A time does not lie at the end of a step of the Euler map.
    #[error("time {index} is {value}, which is no multiple of the step {step}")]
    OffGrid {
        /// Index, from 0.
        index: usize,
        /// The time.
        value: f64,
        /// The step.
        step: f64,
    },
    /// The tolerance or the step is not positive and finite.
    #[error("the {what} is {value}, it must be positive and finite")]
    NotPositive {
        /// `tolerance` or `step`.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// The integration failed.
    #[error("between {from} and {to}: {fault}")]
    Integration {
        /// Start of the failing piece, model time units.
        from: f64,
        /// Its end.
        to: f64,
        /// What failed.
        fault: OdeFault,
    },
}

/// Integrates the continuous network from the state 0 at time 0.
///
/// `times` ascend (equal ones are allowed) within `[0, duration]`. The
/// integration starts anew at every corner of the stimulus and at every time
/// asked for, so that no step crosses a corner and no sample is interpolated.
/// `tolerance` bounds the local error of a step relative to each state, and a
/// hundredth of it that of states near 0.
///
/// Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I,
/// section II.5 (DOP853).
///
/// # Errors
///
/// [`ReferenceError`]: shapes, times or tolerance make no sense, or the state
/// leaves the finite numbers.
pub fn integrate(
    network: &Rnn,
    stimulus: &Stimulus,
    times: &[f64],
    tolerance: f64,
) -> Result<ReferenceTrajectory, ReferenceError> {
    follow(&Plain::new(network, None), stimulus, times, tolerance)
}

/// As [`integrate`], of a network whose units do a little more than it says.
///
/// # Errors
///
/// As [`integrate`].
pub fn integrate_deviating(
    network: &Rnn,
    deviation: &Deviation<'_>,
    stimulus: &Stimulus,
    times: &[f64],
    tolerance: f64,
) -> Result<ReferenceTrajectory, ReferenceError> {
    follow(&Plain::new(network, Some(deviation)), stimulus, times, tolerance)
}

fn follow(
    plain: &Plain<'_>,
    stimulus: &Stimulus,
    times: &[f64],
    tolerance: f64,
) -> Result<ReferenceTrajectory, ReferenceError> {
    check(plain, stimulus, times)?;
    positive("tolerance", tolerance)?;
    let mut pace = Pace::new(tolerance, tolerance / 100.0);
    let mut record = Record::new(times);
    let mut state = vec![0.0; plain.units];
    let mut evaluations = 0;
    let mut now = 0.0;
    for segment in 0..stimulus.segments() {
        let (from, to) = (stimulus.corners()[segment], stimulus.corners()[segment + 1]);
        record.take(now, &state, plain);
        while let Some(stop) = record.next_stop(to) {
            let piece = Piece::new(plain, stimulus, segment, now - from);
            let work = advance(&piece, &mut state, stop - now, &mut pace)
                .map_err(|fault| ReferenceError::Integration { from: now, to: stop, fault })?;
            evaluations += work.evaluations as usize;
            now = stop;
            record.take(now, &state, plain);
        }
        if record.is_full() {
            break;
        }
        if now < to {
            let piece = Piece::new(plain, stimulus, segment, now - from);
            let work = advance(&piece, &mut state, to - now, &mut pace)
                .map_err(|fault| ReferenceError::Integration { from: now, to, fault })?;
            evaluations += work.evaluations as usize;
            now = to;
        }
    }
    record.take(now, &state, plain);
    Ok(record.finish(evaluations))
}

/// Iterates the Euler map `h + step F(h, x)` from the state 0 at time 0.
///
/// The input of a step is the level that the stimulus holds in its middle, so
/// that edges play no part; with step 1 and form A with unit leaks this is the
/// map that Keras trains, whose output number n stands at the time n + 1.
/// `times` ascend within `[0, duration]` and are multiples of `step`.
///
/// # Errors
///
/// [`ReferenceError`]: shapes, times or step make no sense, or the state leaves
/// the finite numbers.
#[expect(clippy::cast_sign_loss, reason = "invariant: times are checked to be at least 0")]
pub fn euler(
    network: &Rnn,
    stimulus: &Stimulus,
    step: f64,
    times: &[f64],
) -> Result<ReferenceTrajectory, ReferenceError> {
    let plain = Plain::new(network, None);
    check(&plain, stimulus, times)?;
    positive("step", step)?;
    let mut record = Record::new(times);
    let (mut state, mut rate) = (vec![0.0; plain.units], vec![0.0; plain.units]);
    let mut count = 0_usize;
    for (index, &value) in times.iter().enumerate() {
        let target = (value / step).round();
        if (target * step - value).abs() > 1e-9 * step * (1.0 + target) {
            return Err(ReferenceError::OffGrid { index, value, step });
        }
        while count < target as usize {
            let middle = (count as f64 + 0.5) * step;
            let input: Vec<f64> =
                (0..plain.inputs).map(|channel| stimulus.held(channel, middle)).collect();
            plain.rate(&plain.drive(&input), &state, &mut rate);
            for (value, rate) in state.iter_mut().zip(&rate) {
                *value += step * rate;
            }
            count += 1;
            let place = |fault| {
                let to = count as f64 * step;
                ReferenceError::Integration { from: to - step, to, fault }
            };
            if let Some(component) = state.iter().position(|value| !value.is_finite()) {
                return Err(place(OdeFault::NotFinite { component, value: state[component] }));
            }
        }
        record.take(value, &state, &plain);
    }
    Ok(record.finish(count))
}

/// Refuses shapes and times that make no sense.
fn check(plain: &Plain<'_>, stimulus: &Stimulus, times: &[f64]) -> Result<(), ReferenceError> {
    let (inputs, channels) = (plain.inputs, stimulus.channels());
    if inputs != channels {
        return Err(ReferenceError::Channels { inputs, channels });
    }
    let duration = stimulus.duration();
    let mut before = 0.0;
    for (index, &value) in times.iter().enumerate() {
        if !(value >= before && value <= duration) {
            return Err(ReferenceError::Time { index, value, duration });
        }
        before = value;
    }
    Ok(())
}

fn positive(what: &'static str, value: f64) -> Result<(), ReferenceError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(ReferenceError::NotPositive { what, value })
}

/// Samples taken so far.
struct Record<'a> {
    times: &'a [f64],
    states: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
}

impl<'a> Record<'a> {
    fn new(times: &'a [f64]) -> Self {
        Self { times, states: Vec::new(), outputs: Vec::new() }
    }

    /// Takes the samples that are due at `now` or before.
    fn take(&mut self, now: f64, state: &[f64], plain: &Plain<'_>) {
        while self.times.get(self.states.len()).is_some_and(|&time| time <= now) {
            self.states.push(state.to_vec());
            self.outputs.push(plain.output(state));
        }
    }

    /// The next time asked for, if it lies before or at `end`.
    fn next_stop(&self, end: f64) -> Option<f64> {
        self.times.get(self.states.len()).copied().filter(|&time| time <= end)
    }

    fn is_full(&self) -> bool {
        self.states.len() == self.times.len()
    }

    fn finish(self, evaluations: usize) -> ReferenceTrajectory {
        let times = self.times.to_vec();
        ReferenceTrajectory { times, states: self.states, outputs: self.outputs, evaluations }
    }
}

#[cfg(test)]
mod tests;
