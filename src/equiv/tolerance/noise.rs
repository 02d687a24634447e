//! What the noise of resistors and op-amps does to the outputs, as a root mean square.
//!
//! All sources are white beside the network, whose linearisation along the trajectory
//! filters them. With A that linearisation and B the columns of the sources, the variance
//! of `c h(T)` is the integral of `|B' a(t)|^2`, where a is c at T and `da/dt = -A' a`
//! backward: one vector instead of the matrix of covariances.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::{
    equiv::{
        synthesise::leak_resistance,
        tolerance::{ToleranceOptions, board::Board, effective::Effective, play::flow_step},
    },
    rnn::Form,
    task::{Stimulus, StimulusSet},
};

/// 4 times Boltzmann's constant, J/K.
const FOUR_BOLTZMANN: f64 = 4.0 * 1.380_649e-23;
/// Step, relative to that of draws.
const STEP: f64 = 0.4;
/// Noise gain of an inverter.
const INVERTER: f64 = 2.0;

/// The noise at the outputs.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Noise {
    /// By trial and output the root mean square at the end of the trial, model units.
    pub rms: Vec<Vec<f64>>,
    /// The largest of them, of the trials in which noise stays small.
    pub largest: f64,
    /// The trial it is in, from 1.
    pub trial: usize,
    /// The output it is in, from 1.
    pub output: usize,
    /// Trials, from 1, in which noise grows beyond what the first order can say: they
    /// rest at an unstable point, and noise decides what becomes of them.
    pub grows: Vec<usize>,
}

/// Beyond it, in model units, noise is not small.
const SMALL: f64 = 0.1;

/// Densities of the sources, two-sided and per model time unit.
struct Sources {
    /// In what enters sigma, form A; in the state, form B.
    units: Vec<f64>,
    /// What the rails of states and inputs lack, at the inverters.
    inverter: f64,
    /// In the voltage that charges a state, form A.
    leaks: Vec<f64>,
    /// At the outputs themselves, squared volts.
    outputs: Vec<f64>,
    recurrent: DMatrix<f64>,
    input: DMatrix<f64>,
}

/// The noise of the network without other errors.
pub(super) fn noise(board: &Board<'_>, stimuli: &StimulusSet, options: &ToleranceOptions) -> Noise {
    let network = Effective::of(board.network);
    let sources = Sources::new(board, options);
    let step = STEP * flow_step(board.network);
    let rms: Vec<Vec<f64>> = (0..stimuli.trials().len())
        .into_par_iter()
        .map(|trial| {
            let states = states(&network, &stimuli.stimulus(trial), step);
            let one = |output| sources.variance(&network, &states, output).sqrt();
            (0..network.shape().2).map(one).collect()
        })
        .collect();
    let grows = (0..rms.len()).filter(|&trial| !rms[trial].iter().all(|&rms| rms <= SMALL));
    let grows: Vec<usize> = grows.map(|trial| trial + 1).collect();
    let mut worst = Noise { rms: Vec::new(), largest: 0.0, trial: 1, output: 1, grows };
    for (trial, row) in rms.iter().enumerate() {
        if worst.grows.contains(&(trial + 1)) {
            continue;
        }
        for (output, &rms) in row.iter().enumerate() {
            if rms > worst.largest {
                worst.largest = rms;
                (worst.trial, worst.output) = (trial + 1, output + 1);
            }
        }
    }
    Noise { rms, ..worst }
}

/// A point on the way: state, what enters, and the length of the step around it.
struct Point {
    state: DVector<f64>,
    entering: DVector<f64>,
    length: f64,
}

/// The middles of all steps of the midpoint rule, and the end.
fn states(network: &Effective, stimulus: &Stimulus, largest: f64) -> (Vec<Point>, DVector<f64>) {
    let n = network.shape().0;
    let mut state = DVector::zeros(n);
    let mut points = Vec::new();
    for pair in stimulus.corners().windows(2) {
        let count = ((pair[1] - pair[0]) / largest).ceil() as usize;
        let length = (pair[1] - pair[0]) / count as f64;
        for k in 0..count {
            let at = |share: f64| {
                let time = pair[0] + (k as f64 + share) * length;
                DVector::from_fn(stimulus.channels(), |c, _| stimulus.value(c, time))
            };
            let (first, _) = rate(network, &state, &at(0.0));
            let middle = &state + 0.5 * length * first;
            let (slope, entering) = rate(network, &middle, &at(0.5));
            state += length * slope;
            points.push(Point { state: middle, entering, length });
        }
    }
    (points, state)
}

/// d state / dt, and what enters the units.
fn rate(
    network: &Effective,
    state: &DVector<f64>,
    input: &DVector<f64>,
) -> (DVector<f64>, DVector<f64>) {
    let sigma = network.activation;
    let shown = match network.form {
        Form::A => state.clone(),
        Form::B => state.map(|u| sigma.value(u)),
    };
    let z = &network.recurrent * shown + &network.input * input + &network.bias;
    let slope = match network.form {
        Form::A => {
            z.map(|z| sigma.value(z)).component_mul(&network.gain)
                - state.component_mul(&network.leak)
        }
        Form::B => (&z - state).component_mul(&network.leak),
    };
    (slope, z)
}

impl Sources {
    fn new(board: &Board<'_>, options: &ToleranceOptions) -> Self {
        let parts = board.network.parts();
        let scales = &board.scales;
        let feedback = board.synthesis.feedback;
        let heat = FOUR_BOLTZMANN * options.kelvin();
        let own = options.noise.unwrap_or(0.0);
        // V^2/Hz at the output of an op-amp: resistors at its input and feedback, and itself.
        let density = |gain: f64| heat * feedback * gain + (own * gain).powi(2);
        let per_time = |density: f64| density / (2.0 * scales.time_unit);
        let resistance = |i: usize| leak_resistance(parts.leak[i], scales, &board.synthesis);
        let n = board.network.units();
        let inverted = |matrix: &DMatrix<f64>, positive: bool| {
            matrix.map(|w| if (w > 0.0) == positive { w } else { 0.0 })
        };
        let active = parts.form == Form::A;
        let johnson = |i: usize| per_time(heat * resistance(i));
        let units = (0..n).map(|i| {
            let sum = parts.recurrent.row(i).lp_norm(1)
                + parts.input.row(i).lp_norm(1)
                + parts.bias[i].abs();
            // In form B all resistors at the node make one of the leak's time constant.
            if active {
                per_time(density(1.0 + sum))
            } else {
                johnson(i) / scales.state_volts.powi(2)
            }
        });
        let bandwidth = options.gbw_used().unwrap_or(0.0);
        let outputs = (0..parts.readout.weights.nrows()).map(|k| {
            let row = parts.readout.weights.row(k);
            let gain = 1.0 + row.lp_norm(1) + parts.readout.bias[k].abs();
            let inverters: f64 = row.iter().filter(|w| **w > 0.0).map(|w| w * w).sum();
            let white = density(gain) + inverters * density(INVERTER);
            // The equivalent width of a single pole.
            white * std::f64::consts::FRAC_PI_2 * bandwidth / gain
        });
        Self {
            units: units.collect(),
            inverter: per_time(density(INVERTER)),
            leaks: (0..n).map(|i| if active { johnson(i) } else { 0.0 }).collect(),
            outputs: outputs.collect(),
            recurrent: inverted(&parts.recurrent, active),
            input: inverted(&parts.input, active),
        }
    }

    /// The variance of an output at the end.
    fn variance(
        &self,
        network: &Effective,
        (points, end): &(Vec<Point>, DVector<f64>),
        output: usize,
    ) -> f64 {
        let sigma = network.activation;
        let row = network.readout.row(output).transpose();
        let mut back = match network.form {
            Form::A => row,
            Form::B => row.component_mul(&end.map(|u| sigma.derivative(u))),
        };
        let mut variance = self.outputs.get(output).copied().unwrap_or(0.0);
        for point in points.iter().rev() {
            let (rate, _) = adjoint(network, point, &back);
            let middle = &back + 0.5 * point.length * rate;
            let (rate, into) = adjoint(network, point, &middle);
            variance += point.length * self.power(network, &middle, &into);
            back += point.length * rate;
        }
        variance
    }

    /// `|B' a|^2`
    fn power(&self, network: &Effective, back: &DVector<f64>, into: &DVector<f64>) -> f64 {
        let units = into.iter().zip(&self.units).map(|(a, density)| a * a * density);
        let charged = back.component_mul(&network.leak);
        let leaks = charged.iter().zip(&self.leaks).map(|(a, density)| a * a * density);
        let inverters =
            self.recurrent.tr_mul(into).norm_squared() + self.input.tr_mul(into).norm_squared();
        units.chain(leaks).sum::<f64>() + self.inverter * inverters
    }
}

/// What an adjoint grows by, backward in time, and its part at what enters the units.
fn adjoint(
    network: &Effective,
    point: &Point,
    back: &DVector<f64>,
) -> (DVector<f64>, DVector<f64>) {
    let sigma = network.activation;
    match network.form {
        Form::A => {
            let slope = point.entering.map(|z| sigma.derivative(z));
            let into = back.component_mul(&network.gain).component_mul(&slope);
            (network.recurrent.tr_mul(&into) - back.component_mul(&network.leak), into)
        }
        Form::B => {
            let slope = point.state.map(|u| sigma.derivative(u));
            let into = back.component_mul(&network.leak);
            (network.recurrent.tr_mul(&into).component_mul(&slope) - &into, into)
        }
    }
}
