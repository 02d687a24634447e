//! A network whose op-amps lag behind or clip.

use crate::{
    equiv::tolerance::{
        effective::{Effective, Fast, Lag},
        play::{
            Drive, Step,
            vector::{LANES, Lanes, accumulate, activate, add},
        },
    },
    rnn::Form,
};

/// The slow states by Heun's rule; the outputs of op-amps, which are fast, exactly for
/// targets that move straight during a step.
pub(super) struct Lagging<'a> {
    network: &'a Effective,
    fast: &'a Fast,
    recurrent: Vec<f64>,
    input: Vec<f64>,
    readout: Vec<f64>,
    state: Vec<Lanes>,
    /// What the rails carry: the state, then what the inverters make of it.
    rails: Vec<Lanes>,
    /// The inputs, then what their inverters make of them.
    driven: Vec<Lanes>,
    /// What enters the units, and what it tends to.
    sums: Vec<Lanes>,
    targets: Vec<Lanes>,
    outputs: Vec<Lanes>,
    output_targets: Vec<Lanes>,
}

impl<'a> Lagging<'a> {
    pub(super) fn new(network: &'a Effective, fast: &'a Fast) -> Self {
        let (n, m, o) = network.shape();
        let active = network.form == Form::A;
        let zero = |count: usize| vec![[0.0; LANES]; count];
        let mut new = Self {
            network,
            fast,
            recurrent: split(&network.recurrent, active),
            input: split(&network.input, active),
            // Units that are read themselves hang on no inverter.
            readout: split(&network.readout, !fast.outputs.is_empty()),
            state: zero(n),
            rails: zero(2 * n),
            driven: zero(2 * m),
            sums: zero(n),
            targets: zero(n),
            outputs: zero(o),
            output_targets: zero(o),
        };
        let state = new.state.clone();
        new.read(&state);
        let first = |lag: &Lag, target: &Lanes| target.map(|target| lag.first(target));
        for (j, lag) in fast.states.iter().enumerate() {
            new.rails[n + j] = first(lag, &new.rails[j]);
        }
        for (k, lag) in fast.inputs.iter().enumerate() {
            new.driven[m + k] = first(lag, &new.driven[k]);
        }
        new.aim();
        new.sums.clone_from(&new.targets);
        for (sum, lag) in new.sums.iter_mut().zip(&fast.units) {
            *sum = first(lag, sum);
        }
        for (k, lag) in fast.outputs.iter().enumerate() {
            new.outputs[k] = first(lag, &new.output_targets[k]);
        }
        new
    }

    pub(super) fn outputs(&self) -> Vec<Lanes> {
        if self.fast.outputs.is_empty() {
            return self.output_targets.clone();
        }
        self.outputs.clone()
    }

    pub(super) fn advance(&mut self, step: &Step) {
        let Drive::Straight([first, _, last]) = &step.inputs else { return };
        let d = step.length;
        let inputs = first.len();
        if self.driven[..inputs] != first[..] {
            self.driven[..inputs].copy_from_slice(first);
            self.aim();
        }
        let start = (self.rails.clone(), self.sums.clone(), self.targets.clone());
        let output_start = (self.outputs.clone(), self.output_targets.clone());
        let slope = self.slope(&self.state);
        for (k, lag) in self.fast.inputs.iter().enumerate() {
            let now = self.driven[inputs + k];
            self.driven[inputs + k] = followed(lag, now, (first[k], last[k]), d);
        }
        self.driven[..inputs].copy_from_slice(last);
        let mut ahead = self.state.clone();
        add(&mut ahead, d, &slope);
        self.arrive(&ahead, &start, d);
        let late = self.slope(&ahead);
        add(&mut self.state, 0.5 * d, &slope);
        add(&mut self.state, 0.5 * d, &late);
        let state = std::mem::take(&mut self.state);
        self.arrive(&state, &start, d);
        self.state = state;
        for k in 0..self.fast.outputs.len() {
            let between = (output_start.1[k], self.output_targets[k]);
            self.outputs[k] = followed(&self.fast.outputs[k], output_start.0[k], between, d);
        }
    }

    /// Rails, targets and sums at the end of a step that ends in that state.
    fn arrive(&mut self, state: &[Lanes], start: &(Vec<Lanes>, Vec<Lanes>, Vec<Lanes>), d: f64) {
        let n = state.len();
        let (rails, sums, targets) = start;
        self.read(state);
        for (j, lag) in self.fast.states.iter().enumerate() {
            self.rails[n + j] = followed(lag, rails[n + j], (rails[j], self.rails[j]), d);
        }
        self.aim();
        match self.network.form {
            Form::A => {
                for (i, lag) in self.fast.units.iter().enumerate() {
                    self.sums[i] = followed(lag, sums[i], (targets[i], self.targets[i]), d);
                }
            }
            Form::B => self.sums.copy_from_slice(&self.targets),
        }
    }

    /// What the states put on the rails.
    fn read(&mut self, state: &[Lanes]) {
        match self.network.form {
            Form::A => self.rails[..state.len()].copy_from_slice(state),
            Form::B => {
                activate(self.network.activation, state, &mut self.rails[..state.len()]);
            }
        }
    }

    /// What the sums of units and outputs tend to.
    fn aim(&mut self) {
        for (target, bias) in self.targets.iter_mut().zip(&self.network.bias) {
            *target = [*bias; LANES];
        }
        accumulate(&self.recurrent, &self.rails, &mut self.targets);
        accumulate(&self.input, &self.driven, &mut self.targets);
        for (target, bias) in self.output_targets.iter_mut().zip(&self.network.readout_bias) {
            *target = [*bias; LANES];
        }
        accumulate(&self.readout, &self.rails, &mut self.output_targets);
    }

    /// d state / dt, with what enters the units now.
    fn slope(&self, state: &[Lanes]) -> Vec<Lanes> {
        let network = self.network;
        let mut slope = self.sums.clone();
        if network.form == Form::A {
            activate(network.activation, &self.sums, &mut slope);
        }
        let coefficients = network.leak.iter().zip(&network.gain);
        for ((slope, now), (leak, gain)) in slope.iter_mut().zip(state).zip(coefficients) {
            for lane in 0..LANES {
                slope[lane] = match network.form {
                    Form::A => gain * slope[lane] - leak * now[lane],
                    Form::B => leak * (slope[lane] - now[lane]),
                };
            }
        }
        slope
    }
}

fn followed(lag: &Lag, now: Lanes, (from, to): (Lanes, Lanes), time: f64) -> Lanes {
    std::array::from_fn(|lane| lag.follow(now[lane], (from[lane], to[lane]), time))
}

/// The rows of a matrix, each with the weights on the rails themselves and then those on
/// the inverted ones, which are the positive ones or the others.
fn split(matrix: &nalgebra::DMatrix<f64>, positive: bool) -> Vec<f64> {
    let mut rows = Vec::with_capacity(2 * matrix.len());
    for row in matrix.row_iter() {
        let kept = |inverted: bool| {
            row.iter()
                .map(move |&w| if ((w > 0.0) == positive) == inverted { w } else { 0.0 })
                .collect::<Vec<f64>>()
        };
        rows.extend(kept(false));
        rows.extend(kept(true));
    }
    rows
}
