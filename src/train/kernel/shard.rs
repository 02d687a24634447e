//! Up to 32 trials through a network and back.

use pulp::Arch;

use super::Through;
use super::activation::{Activate, Carry, Leak, Slope, Totals};
use super::outer::Outer;
use super::packed::Packed;
use super::product::Multiply;
use super::row::{LANES, Row};
use crate::train::chance;
use crate::train::sample::Sample;
use crate::train::weights::{Shape, Variable};

/// Trials that go through a network together.
#[derive(Clone, Copy)]
pub(crate) struct Trials<'a> {
    pub(crate) sample: &'a Sample,
    /// At most [`LANES`] of them.
    pub(crate) numbers: &'a [usize],
    /// Steps of the network in one step of the sample.
    pub(crate) substeps: usize,
    pub(crate) through: Through,
}

impl Trials<'_> {
    fn steps(&self) -> usize {
        self.sample.steps() * self.substeps
    }

    /// Whether no gradient runs from step t to the one before it.
    fn is_cut(&self, t: usize) -> bool {
        self.through.truncate.is_some_and(|length| t.is_multiple_of(length))
    }

    /// The noise of every trial, where there is any.
    fn noise(&self) -> Vec<crate::rnn::random::Random> {
        let Some(noise) = self.through.noise else { return Vec::new() };
        let stream = |trial: &usize| (noise.stream << 32) | *trial as u64;
        self.numbers.iter().map(|trial| chance(noise.seed, stream(trial))).collect()
    }
}

/// Memory of one thread, used again for every shard.
///
/// A panel holds what belongs to one step, from top to bottom: the inputs of
/// step t, the states of t - 1, and the outputs of t - 2, which become errors. So the input
/// of a product is the upper part of a panel, and its result the lower part of
/// the next.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    panels: Vec<Row>,
    /// `sigma(z)`, step by step, where that is not the state itself.
    values: Vec<Row>,
    /// `(delta of t, epsilon of t - 1)` of some successive steps.
    deltas: Vec<Row>,
    /// dL/dh of the step before, where states leak.
    carry: Vec<Row>,
    /// `(0, epsilon)` behind a cut.
    cut: Vec<Row>,
    /// Gradient of the matrix `[Win W; 0 V]`.
    matrix: Vec<f32>,
    /// Gradient of `[b; c]`.
    offsets: Vec<f64>,
}

/// Steps whose errors are kept until their share of the gradient is summed: few
/// enough for the second cache, enough to make good use of registers.
fn chunk(shape: Shape) -> usize {
    const ROWS: usize = 6400;
    let Shape { units, inputs, outputs } = shape;
    (ROWS / (2 * units + inputs + outputs)).clamp(32, 64)
}

/// Rows of a panel.
fn stride(shape: Shape) -> usize {
    shape.inputs + shape.units + shape.outputs
}

impl Workspace {
    /// Runs trials from rest; [`Self::output`] holds what comes out.
    pub(crate) fn forward(&mut self, net: &Packed, trials: &Trials<'_>) {
        let Shape { units, inputs, .. } = net.shape;
        let (steps, stride) = (trials.steps(), stride(net.shape));
        self.panels.resize((steps + 2) * stride, Row::ZERO);
        self.panels[inputs..inputs + units].fill(Row::ZERO);
        let plain = net.cell.is_plain();
        if !plain {
            self.values.resize(steps * units, Row::ZERO);
        }
        self.play(net.shape, trials);
        let mut noise = trials.noise();
        let sd = trials.through.noise.map_or(0.0, |noise| noise.sd);
        let arch = Arch::new();
        for t in 0..=steps {
            let (before, after) = self.panels.split_at_mut((t + 1) * stride);
            let input = &before[t * stride..t * stride + inputs + units];
            let output = &mut after[inputs..stride];
            arch.dispatch(Multiply { matrix: &net.forward, input, output });
            if t == steps {
                // Only the outputs of the last state were missing.
                break;
            }
            let states = &mut output[..units];
            for (lane, noise) in noise.iter_mut().enumerate() {
                for state in &mut *states {
                    state.0[lane] += (sd * noise.normal()) as f32;
                }
            }
            let activation = net.cell.activation;
            if plain {
                arch.dispatch(Activate { activation, rows: states });
                continue;
            }
            let values = &mut self.values[t * units..(t + 1) * units];
            values.copy_from_slice(states);
            arch.dispatch(Activate { activation, rows: values });
            let (keep, step) = (net.cell.keep(), net.cell.step as f32);
            let previous = &input[inputs..];
            arch.dispatch(Leak { keep, step, previous, values, states });
        }
    }

    /// Writes the inputs into the panels; lanes without a trial rest.
    fn play(&mut self, shape: Shape, trials: &Trials<'_>) {
        let (inputs, stride) = (shape.inputs, stride(shape));
        let mut sources: [&[f32]; LANES] = [&[]; LANES];
        for (source, &number) in sources.iter_mut().zip(trials.numbers) {
            *source = trials.sample.x(number);
        }
        let used = trials.numbers.len();
        for (t, panel) in self.panels.chunks_exact_mut(stride).take(trials.steps()).enumerate() {
            let first = t / trials.substeps * inputs;
            for (k, row) in panel[..inputs].iter_mut().enumerate() {
                for (value, source) in row.0.iter_mut().zip(&sources[..used]) {
                    *value = source[first + k];
                }
                row.0[used..].fill(0.0);
            }
        }
        // The panels behind the end only have to hold numbers.
        self.panels[trials.steps() * stride..][..inputs].fill(Row::ZERO);
    }

    /// Output `output` after step t for every lane, after [`Self::forward`].
    pub(crate) fn output(&self, shape: Shape, t: usize, output: usize) -> &[f32; LANES] {
        &self.panels[(t + 2) * stride(shape) + shape.inputs + shape.units + output].0
    }

    /// Turns outputs into errors `scale (y - target)`; returns the sum of the
    /// squares of y - target.
    fn compare(&mut self, shape: Shape, trials: &Trials<'_>, scale: f32) -> f64 {
        let (outputs, stride) = (shape.outputs, stride(shape));
        let mut sum = 0.0;
        let used = trials.numbers.len();
        let mut targets: [&[f32]; LANES] = [&[]; LANES];
        for (target, &number) in targets.iter_mut().zip(trials.numbers) {
            *target = trials.sample.y(number);
        }
        for t in 0..trials.steps() {
            let first = t / trials.substeps * outputs;
            let rows = &mut self.panels[(t + 3) * stride - outputs..(t + 3) * stride];
            for (o, row) in rows.iter_mut().enumerate() {
                for (value, target) in row.0.iter_mut().zip(&targets[..used]) {
                    let error = *value - target[first + o];
                    sum += f64::from(error) * f64::from(error);
                    *value = scale * error;
                }
                row.0[used..].fill(0.0);
            }
        }
        sum
    }

    /// After [`Self::forward`]: the sum of squared errors, and the gradient of
    /// `scale / 2` times that sum, kept for [`Self::add_gradient`].
    pub(crate) fn backward(&mut self, net: &Packed, trials: &Trials<'_>, scale: f32) -> f64 {
        let shape = net.shape;
        let Shape { units, inputs, outputs } = shape;
        let loss = self.compare(shape, trials, scale);
        let (rows, columns, stride) = (units + outputs, inputs + units, stride(shape));
        self.matrix.clear();
        self.matrix.resize(rows * columns, 0.0);
        self.offsets.clear();
        self.offsets.resize(rows, 0.0);
        self.carry.clear();
        self.carry.resize(if net.cell.is_plain() { 0 } else { units }, Row::ZERO);
        let chunk = chunk(shape);
        self.deltas.resize((chunk + 1) * rows, Row::ZERO);
        let arch = Arch::new();
        // The last state is followed by an error, but by no other state.
        let mut high = trials.steps();
        self.deltas[chunk * rows..][..units].fill(Row::ZERO);
        self.take_errors(shape, high, chunk);
        while high > 0 {
            let low = high.saturating_sub(chunk);
            // Panel t of the deltas stands at t - low + offset.
            let offset = chunk - (high - low);
            for t in (low..high).rev() {
                self.step_back(net, t, t - low + offset, trials.is_cut(t + 1));
            }
            // Step low is the first of the next chunk, unless there is none.
            let skip = usize::from(low > 0);
            let left = &self.deltas[(offset + skip) * rows..];
            let right = &self.panels[(low + skip) * stride..(high + 1) * stride];
            let sums = self.matrix.as_mut_slice();
            arch.dispatch(Outer { left, rows, right, stride, columns, sums });
            arch.dispatch(Totals { rows: left, sums: &mut self.offsets });
            self.deltas.copy_within(offset * rows..(offset + 1) * rows, chunk * rows);
            high = low;
        }
        loss
    }

    /// Copies the errors of the outputs of step t - 1 below the deltas of step t,
    /// which stand at `place`.
    fn take_errors(&mut self, shape: Shape, t: usize, place: usize) {
        let Shape { units, outputs, .. } = shape;
        let rows = units + outputs;
        let target = &mut self.deltas[place * rows + units..(place + 1) * rows];
        if t == 0 {
            // Nothing is read out before the first step.
            target.fill(Row::ZERO);
        } else {
            let end = (t + 2) * stride(shape);
            target.copy_from_slice(&self.panels[end - outputs..end]);
        }
    }

    /// The deltas of step t at `place`, from those of step t + 1 behind them; where it is
    /// cut there, only from the errors of the outputs.
    fn step_back(&mut self, net: &Packed, t: usize, place: usize, cut: bool) {
        let Shape { units, inputs, outputs } = net.shape;
        let rows = units + outputs;
        let arch = Arch::new();
        let (before, after) = self.deltas.split_at_mut((place + 1) * rows);
        let deltas = &mut before[place * rows..place * rows + units];
        let input = if cut {
            self.carry.fill(Row::ZERO);
            self.cut.clear();
            self.cut.resize(units, Row::ZERO);
            self.cut.extend_from_slice(&after[units..rows]);
            self.cut.as_slice()
        } else {
            &after[..rows]
        };
        arch.dispatch(Multiply { matrix: &net.backward, input, output: &mut *deltas });
        let values = if net.cell.is_plain() {
            &self.panels[(t + 1) * stride(net.shape) + inputs..][..units]
        } else {
            let (keep, later) = (net.cell.keep(), self.carry.as_mut_slice());
            arch.dispatch(Carry { keep, later, deltas: &mut *deltas });
            &self.values[t * units..(t + 1) * units]
        };
        let (activation, factor) = (net.cell.activation, net.cell.step as f32);
        arch.dispatch(Slope { activation, factor, values, deltas });
        self.take_errors(net.shape, t, place);
    }

    /// Adds the gradient of the last [`Self::backward`] to `sum`, in the order of
    /// the values of weights.
    pub(crate) fn add_gradient(&self, shape: Shape, sum: &mut [f32]) {
        let Shape { units, inputs, .. } = shape;
        let columns = inputs + units;
        // First row and column of each variable in the matrix.
        let places = [
            (Variable::Recurrent, 0, inputs),
            (Variable::Input, 0, 0),
            (Variable::Readout, units, inputs),
        ];
        for (variable, top, left) in places {
            let (_, width) = shape.of(variable);
            let rows = self.matrix.chunks_exact(columns).skip(top);
            let target = &mut sum[shape.range(variable)];
            for (row, target) in rows.zip(target.chunks_exact_mut(width.max(1))) {
                for (sum, value) in target.iter_mut().zip(&row[left..]) {
                    *sum += value;
                }
            }
        }
        let (bias, offset) = self.offsets.split_at(units);
        for (variable, values) in [(Variable::Bias, bias), (Variable::Offset, offset)] {
            let target = &mut sum[shape.range(variable)];
            for (sum, value) in target.iter_mut().zip(values) {
                *sum += *value as f32;
            }
        }
    }
}
