//! Motions of systems in either kind of time.

use super::TransformError;
use super::error::positive;
use crate::{
    dae::{Drive, Quantity, System, SystemError, Time},
    solve::{
        Counters, SolveError,
        reduced::{Options, Trajectory, integrate_system},
    },
    task::Stimulus,
    wave::{Signal, WaveError, Waveform},
};

/// How long a motion is followed, in the unit of time of the system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The end; the start is 0.
    pub stop: f64,
    /// Time between two samples of a flow; a map is sampled at its own step.
    pub interval: f64,
    /// Relative tolerance of the integration of a flow.
    pub rtol: f64,
}

/// Samples that a motion may have.
const MOST_SAMPLES: f64 = 1e8;
/// Two instants nearer than this many intervals, or units of a stimulus, are one.
const SAME: f64 = 1e-9;

/// Follows `system` from `initial` at time 0 under `drive`, whose channels are
/// the inputs.
///
/// A flow is integrated by the methods of [`solve`](crate::solve), to the
/// tolerance of `span`. A map is stepped, its input at state n being that at
/// time n d: the state at time (n + 1) d answers to what is held on
/// [n d, (n + 1) d).
///
/// # Errors
///
/// [`SolveError`] where lengths or times make no sense, a value is not finite or
/// the system has none.
pub fn simulate(
    system: &dyn System,
    drive: &dyn Drive,
    initial: &[f64],
    span: &Span,
) -> Result<Trajectory, SolveError> {
    let interval = match system.time() {
        Time::Continuous => span.interval,
        Time::Discrete { step } => step,
    };
    let times = instants(span.stop, interval)?;
    match system.time() {
        Time::Continuous => {
            let options = Options::with_tolerance(span.rtol);
            integrate_system(system, drive, initial, &times, &options)
        }
        Time::Discrete { .. } => iterate(system, drive, initial, times),
    }
}

fn instants(stop: f64, interval: f64) -> Result<Vec<f64>, SolveError> {
    let refuse = |error: TransformError| SolveError::Argument(error.to_string());
    positive("the end of the simulation", stop).map_err(refuse)?;
    positive("the time between two samples", interval).map_err(refuse)?;
    let count = (stop / interval + SAME).floor();
    if !(count <= MOST_SAMPLES) {
        let text = format!("{count:.3e} samples are asked for, at most {MOST_SAMPLES:.0e} fit");
        return Err(SolveError::Argument(text));
    }
    Ok((0..=count as u64).map(|n| n as f64 * interval).collect())
}

/// Steps a map through `times`.
fn iterate(
    system: &dyn System,
    drive: &dyn Drive,
    initial: &[f64],
    times: Vec<f64>,
) -> Result<Trajectory, SolveError> {
    let (states, inputs, outputs) = system.shape();
    if initial.len() != states {
        let text = format!("{} initial values for {states} states", initial.len());
        return Err(SolveError::Argument(text));
    }
    let at_time =
        |error: SystemError, time: f64| SolveError::Argument(format!("at t = {time:.6e}: {error}"));
    let (mut x, mut u) = (initial.to_vec(), vec![0.0; inputs]);
    let mut next = vec![0.0; states];
    let mut motion = Trajectory {
        states: Vec::with_capacity(times.len()),
        outputs: Vec::with_capacity(times.len()),
        counters: Counters::default(),
        implicit: false,
        times,
    };
    for (n, &time) in motion.times.iter().enumerate() {
        if let Some(at) = x.iter().position(|value| !value.is_finite()) {
            let unknown = system.states()[at].name.clone();
            return Err(SolveError::NotFinite { unknown, time });
        }
        drive.values(time, &mut u);
        let mut y = vec![0.0; outputs];
        system.output(&x, &u, &mut y).map_err(|error| at_time(error, time))?;
        motion.states.push(x.clone());
        motion.outputs.push(y);
        if n + 1 < motion.times.len() {
            system.evolve(&x, &u, &mut next).map_err(|error| at_time(error, time))?;
            std::mem::swap(&mut x, &mut next);
            motion.counters.evaluations += 1;
        }
    }
    Ok(motion)
}

/// The outputs, and the states that are not among them, as signals by name.
///
/// # Errors
///
/// [`WaveError`] where a value is not finite or two outputs have one name.
pub fn waveform(system: &dyn System, motion: &Trajectory) -> Result<Waveform, WaveError> {
    let outputs = system.outputs();
    let column = |rows: &[Vec<f64>], at: usize| rows.iter().map(|row| row[at]).collect();
    let mut signals: Vec<Signal> = outputs
        .iter()
        .enumerate()
        .map(|(at, name)| Signal {
            name: name.clone(),
            unit: Quantity::of_name(name).unit().to_owned(),
            values: column(&motion.outputs, at),
        })
        .collect();
    for (at, state) in system.states().iter().enumerate() {
        if !outputs.contains(&state.name) {
            signals.push(Signal {
                name: state.name.clone(),
                unit: state.quantity.unit().to_owned(),
                values: column(&motion.states, at),
            });
        }
    }
    Waveform::new(motion.times.clone(), signals)
}

/// A stimulus as the inputs of a system, in the unit of time of the system.
pub struct Played<'a>(pub &'a Stimulus);

impl Drive for Played<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        for (channel, value) in u.iter_mut().enumerate() {
            *value = if channel < self.0.channels() { self.0.value(channel, time) } else { 0.0 };
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        self.0.corners().iter().copied().filter(|t| *t > 0.0 && *t < stop).collect()
    }
}

/// A stimulus as the inputs of a system that counts time and levels in units of
/// its own.
pub struct Feed<'a> {
    /// What is played.
    pub stimulus: &'a Stimulus,
    /// The system's time that passes in one unit of the stimulus, positive: the
    /// product of its rescalings, for a circuit times its seconds per unit.
    pub time: f64,
    /// The system's inputs for a level of 1: for a circuit its volts.
    pub level: f64,
    /// True for a map, whose inputs are held: it gets the levels without their
    /// edges, and at the instant of a change the level after it.
    pub held: bool,
}

impl Drive for Feed<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        let time = time / self.time;
        for (channel, value) in u.iter_mut().enumerate() {
            *value = match channel < self.stimulus.channels() {
                // Whatever rounding made of the instant.
                true if self.held => self.level * self.stimulus.held(channel, time + SAME),
                true => self.level * self.stimulus.value(channel, time),
                false => 0.0,
            };
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        let corners = self.stimulus.corners().iter().map(|corner| corner * self.time);
        corners.filter(|t| *t > 0.0 && *t < stop).collect()
    }
}
