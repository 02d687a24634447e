//! Weights copied out, and the equations of a network in plain loops.

use crate::{
    equiv::reference::Deviation,
    rnn::{Activation, Form, Rnn},
    solve::ode_guard::Field,
    task::Stimulus,
};

/// The weights, row by row, and the equations, in plain loops.
pub(super) struct Plain<'a> {
    form: Form,
    activation: Activation,
    pub(super) units: usize,
    pub(super) inputs: usize,
    recurrent: Vec<f64>,
    input: Vec<f64>,
    bias: Vec<f64>,
    leak: Vec<f64>,
    readout: Vec<f64>,
    offset: Vec<f64>,
    /// What the rate of a unit is besides.
    deviation: Option<&'a Deviation<'a>>,
}

impl<'a> Plain<'a> {
    pub(super) fn new(network: &Rnn, deviation: Option<&'a Deviation<'a>>) -> Self {
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
            deviation,
        }
    }

    /// `Win x + b`.
    pub(super) fn drive(&self, input: &[f64]) -> Vec<f64> {
        let mut drive = self.bias.clone();
        for (i, value) in drive.iter_mut().enumerate() {
            *value += dot(&self.input[i * self.inputs..(i + 1) * self.inputs], input);
        }
        drive
    }

    /// The right-hand side, for a given `Win x + b`.
    pub(super) fn rate(&self, drive: &[f64], state: &[f64], rate: &mut [f64]) {
        let firing = self.firing(state);
        for i in 0..self.units {
            let z = dot(&self.recurrent[i * self.units..(i + 1) * self.units], &firing) + drive[i];
            rate[i] = match self.form {
                Form::A => sigma(self.activation, z) - self.leak[i] * state[i],
                Form::B => self.leak[i] * (z - state[i]),
            };
            if let Some(deviation) = self.deviation {
                rate[i] += deviation(i, z, state[i]);
            }
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

    pub(super) fn output(&self, state: &[f64]) -> Vec<f64> {
        let firing = self.firing(state);
        let row = |k: usize| &self.readout[k * self.units..(k + 1) * self.units];
        self.offset.iter().enumerate().map(|(k, c)| dot(row(k), &firing) + c).collect()
    }
}

/// The activations once more, by other formulas where there are any.
pub(super) fn sigma(activation: Activation, z: f64) -> f64 {
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
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
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
pub(super) struct Piece<'a> {
    plain: &'a Plain<'a>,
    /// `Win x + b` at the start of the piece.
    start: Vec<f64>,
    /// Its slope; empty where it is 0.
    slope: Vec<f64>,
}

impl<'a> Piece<'a> {
    /// The piece that starts `offset` after the start of the segment.
    pub(super) fn new(
        plain: &'a Plain<'a>,
        stimulus: &Stimulus,
        segment: usize,
        offset: f64,
    ) -> Self {
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
