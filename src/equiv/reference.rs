//! The independent reference: a network integrated by code of its own.
//!
//! Nothing here evaluates a network through `rnn` or multiplies through a
//! linear-algebra crate: the weights are copied out once, and the equations of
//! both forms are written again as plain loops. What this module and a circuit
//! agree on, they agree on for no shared reason.

pub use crate::solve::OdeFault;

use crate::rnn::{Activation, Form, Rnn};
use crate::solve::ode_guard::{Field, Pace, advance};
use crate::task::Stimulus;

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
    let plain = Plain::new(network);
    check(&plain, stimulus, times)?;
    positive("tolerance", tolerance)?;
    let mut pace = Pace::new(tolerance, tolerance / 100.0);
    let mut record = Record::new(times);
    let mut state = vec![0.0; plain.units];
    let mut evaluations = 0;
    let mut now = 0.0;
    for segment in 0..stimulus.segments() {
        let (from, to) = (stimulus.corners()[segment], stimulus.corners()[segment + 1]);
        record.take(now, &state, &plain);
        while let Some(stop) = record.next_stop(to) {
            let piece = Piece::new(&plain, stimulus, segment, now - from);
            let work = advance(&piece, &mut state, stop - now, &mut pace)
                .map_err(|fault| ReferenceError::Integration { from: now, to: stop, fault })?;
            evaluations += work.evaluations as usize;
            now = stop;
            record.take(now, &state, &plain);
        }
        if record.is_full() {
            break;
        }
        if now < to {
            let piece = Piece::new(&plain, stimulus, segment, now - from);
            let work = advance(&piece, &mut state, to - now, &mut pace)
                .map_err(|fault| ReferenceError::Integration { from: now, to, fault })?;
            evaluations += work.evaluations as usize;
            now = to;
        }
    }
    record.take(now, &state, &plain);
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
    let plain = Plain::new(network);
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
fn check(plain: &Plain, stimulus: &Stimulus, times: &[f64]) -> Result<(), ReferenceError> {
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
    fn take(&mut self, now: f64, state: &[f64], plain: &Plain) {
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

/// The weights, row by row, and the equations, in plain loops.
struct Plain {
    form: Form,
    activation: Activation,
    units: usize,
    inputs: usize,
    recurrent: Vec<f64>,
    input: Vec<f64>,
    bias: Vec<f64>,
    leak: Vec<f64>,
    readout: Vec<f64>,
    offset: Vec<f64>,
}

impl Plain {
    fn new(network: &Rnn) -> Self {
        let parts = network.parts();
        let (units, inputs, outputs) = network.shape();
        let entries = |rows: usize, columns: usize| {
            (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)))
        };
        Self {
            form: parts.form,
            activation: parts.activation,
            units,
            inputs,
            recurrent: entries(units, units).map(|at| parts.recurrent[at]).collect(),
            input: entries(units, inputs).map(|at| parts.input[at]).collect(),
            bias: (0..units).map(|i| parts.bias[i]).collect(),
            leak: (0..units).map(|i| parts.leak[i]).collect(),
            readout: entries(outputs, units).map(|at| parts.readout.weights[at]).collect(),
            offset: (0..outputs).map(|k| parts.readout.bias[k]).collect(),
        }
    }

    /// `Win x + b`.
    fn drive(&self, input: &[f64]) -> Vec<f64> {
        let mut drive = self.bias.clone();
        for (i, value) in drive.iter_mut().enumerate() {
            *value += dot(&self.input[i * self.inputs..(i + 1) * self.inputs], input);
        }
        drive
    }

    /// The right-hand side, for a given `Win x + b`.
    fn rate(&self, drive: &[f64], state: &[f64], rate: &mut [f64]) {
        let firing = self.firing(state);
        for i in 0..self.units {
            let z = dot(&self.recurrent[i * self.units..(i + 1) * self.units], &firing) + drive[i];
            rate[i] = match self.form {
                Form::A => sigma(self.activation, z) - self.leak[i] * state[i],
                Form::B => self.leak[i] * (z - state[i]),
            };
        }
    }

    /// What weights act on: h in form A, sigma(u) in form B. Values too small
    /// to matter become 0, since products with them would be subnormal numbers,
    /// on which processors are a hundred times slower.
    fn firing(&self, state: &[f64]) -> Vec<f64> {
        let flushed = |value: f64| if value.abs() < 1e-280 { 0.0 } else { value };
        match self.form {
            Form::A => state.iter().map(|&h| flushed(h)).collect(),
            Form::B => state.iter().map(|&u| flushed(sigma(self.activation, u))).collect(),
        }
    }

    fn output(&self, state: &[f64]) -> Vec<f64> {
        let firing = self.firing(state);
        let row = |k: usize| &self.readout[k * self.units..(k + 1) * self.units];
        self.offset.iter().enumerate().map(|(k, c)| dot(row(k), &firing) + c).collect()
    }
}

/// The activations once more, by other formulas where there are any.
fn sigma(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Tanh => z.tanh(),
        Activation::Logistic => 0.5 + 0.5 * (0.5 * z).tanh(),
        Activation::Relu => 0.5 * (z + z.abs()),
        Activation::Softplus => 0.5 * (z + z.abs()) + (-z.abs()).exp().ln_1p(),
        Activation::HardTanh if z > 1.0 => 1.0,
        Activation::HardTanh if z < -1.0 => -1.0,
        Activation::HardTanh | Activation::Linear => z,
    }
}

/// Sum of products, in eight sums that a processor can form at a time.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The network within one segment of the stimulus, where `Win x + b` is a
/// straight line of time.
struct Piece<'a> {
    plain: &'a Plain,
    /// `Win x + b` at the start of the piece.
    start: Vec<f64>,
    /// Its slope; empty where it is 0.
    slope: Vec<f64>,
}

impl<'a> Piece<'a> {
    /// The piece that starts `offset` after the start of the segment.
    fn new(plain: &'a Plain, stimulus: &Stimulus, segment: usize, offset: f64) -> Self {
        let (mut values, mut slopes) = (Vec::new(), Vec::new());
        for channel in 0..plain.inputs {
            let (value, slope) = stimulus.value_and_slope(channel, segment);
            values.push(value + slope * offset);
            slopes.push(slope);
        }
        let start = plain.drive(&values);
        let mut slope = Vec::new();
        if slopes.iter().any(|&slope| slope != 0.0) {
            let row = |i: usize| &plain.input[i * plain.inputs..(i + 1) * plain.inputs];
            slope = (0..plain.units).map(|i| dot(row(i), &slopes)).collect();
        }
        Self { plain, start, slope }
    }
}

impl Field for Piece<'_> {
    fn rate(&self, t: f64, state: &[f64], rate: &mut [f64]) {
        if self.slope.is_empty() {
            return self.plain.rate(&self.start, state, rate);
        }
        let drive: Vec<f64> =
            self.start.iter().zip(&self.slope).map(|(start, slope)| start + slope * t).collect();
        self.plain.rate(&drive, state, rate);
    }
}

#[cfg(test)]
mod tests;
