//! From the coefficients of a network to the components of its realisation.

use nalgebra::DMatrix;

use super::{Board, Part, Rail, Role, Stage};
use crate::{
    equiv::tolerance::{Model, effective::Effective, influence::Gradient},
    rnn::Form,
};

/// From derivatives by coefficients to those by components, at their ideal values.
pub(super) struct Chain<'a> {
    board: &'a Board<'a>,
    gradient: &'a Gradient,
    network: &'a Effective,
    /// By unit and by output, the derivative by a common factor of all that enters.
    unit: Vec<f64>,
    output: Vec<f64>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(
        board: &'a Board<'a>,
        network: &'a Effective,
        gradient: &'a Gradient,
    ) -> Self {
        let (n, _, _) = network.shape();
        let outputs = board.network.shape().2;
        let dot = |a: &DMatrix<f64>, b: &DMatrix<f64>, i: usize| a.row(i).dot(&b.row(i));
        let unit = (0..n)
            .map(|i| {
                dot(&gradient.recurrent, &network.recurrent, i)
                    + dot(&gradient.input, &network.input, i)
                    + gradient.bias[i] * network.bias[i]
            })
            .collect();
        let output = (0..outputs)
            .map(|k| {
                dot(&gradient.readout, &network.readout, k)
                    + gradient.readout_bias[k] * network.readout_bias[k]
            })
            .collect();
        Self { board, gradient, network, unit, output }
    }

    /// The derivative by the relative error of a component, by the volts of an offset.
    pub(super) fn slope(&self, part: &Part) -> f64 {
        let (g, net) = (self.gradient, self.network);
        let own = match part.role {
            Role::Recurrent(i, j) => g.recurrent[(i, j)] * net.recurrent[(i, j)],
            Role::Input(i, k) => g.input[(i, k)] * net.input[(i, k)],
            Role::Bias(i) => g.bias[i] * net.bias[i],
            Role::Readout(k, j) => g.readout[(k, j)] * net.readout[(k, j)],
            Role::ReadoutBias(k) => g.readout_bias[k] * net.readout_bias[k],
            Role::Leak(i) | Role::Capacitance(i) => match net.form {
                Form::A => g.leak[i] * net.leak[i] + g.gain[i] * net.gain[i],
                Form::B => g.leak[i] * net.leak[i],
            },
            Role::Height(i) => match net.form {
                Form::A => g.gain[i] * net.gain[i],
                Form::B => {
                    g.recurrent.column(i).dot(&net.recurrent.column(i)) + self.read(i, |_| true)
                }
            },
            Role::Inverted(rail) | Role::Feedback(Stage::Inverter(rail)) => self.inverted(rail),
            Role::Feedback(Stage::Unit(i)) => self.unit[i],
            Role::Feedback(Stage::Output(k)) => self.output[k],
            Role::Offset(stage) => return self.noise_gain(stage) * self.constant(stage),
            Role::Current(stage) => return self.board.synthesis.feedback * self.constant(stage),
            Role::Element(..) => return 0.0,
        };
        if self.board.model == Model::Weights {
            return own;
        }
        match (part.role, net.form) {
            (Role::Feedback(_) | Role::Height(_), _) => own,
            // More ohms, less weight; in form B also less load for all that enters.
            (Role::Recurrent(i, j), Form::B) => self.unloaded(i, net.recurrent[(i, j)]) - own,
            (Role::Input(i, k), Form::B) => self.unloaded(i, net.input[(i, k)]) - own,
            (Role::Bias(i), Form::B) => self.unloaded(i, net.bias[i]) - own,
            (Role::Leak(i), Form::B) => {
                let sum = net.recurrent.row(i).lp_norm(1)
                    + net.input.row(i).lp_norm(1)
                    + net.bias[i].abs();
                let share = 1.0 - sum * self.board.scales.state_volts;
                share * (self.unit[i] - own)
            }
            _ => -own,
        }
    }

    /// What less load at the node of unit `i` does, per relative change of the resistor of
    /// that weight.
    fn unloaded(&self, i: usize, weight: f64) -> f64 {
        let share = weight.abs() * self.board.scales.state_volts;
        share * (self.unit[i] - self.gradient.leak[i] * self.network.leak[i])
    }

    /// The derivative by a common factor of the readout weights of unit `j` that `kept`
    /// keeps.
    fn read(&self, j: usize, kept: impl Fn(f64) -> bool) -> f64 {
        (0..self.output.len())
            .map(|k| (self.network.readout[(k, j)], self.gradient.readout[(k, j)]))
            .filter(|(weight, _)| kept(*weight))
            .map(|(weight, slope)| weight * slope)
            .sum()
    }

    /// Whether a weight into a unit hangs on the negative rail.
    fn hangs(&self, weight: f64) -> bool {
        if self.network.form == Form::A { weight > 0.0 } else { weight < 0.0 }
    }

    /// The derivative by the gain of an inverter.
    fn inverted(&self, rail: Rail) -> f64 {
        let (weights, slopes, at) = match rail {
            Rail::State(j) => (&self.network.recurrent, &self.gradient.recurrent, j),
            Rail::Input(k) => (&self.network.input, &self.gradient.input, k),
        };
        let units: f64 = (0..weights.nrows())
            .map(|i| (weights[(i, at)], slopes[(i, at)]))
            .filter(|(weight, _)| self.hangs(*weight))
            .map(|(weight, slope)| weight * slope)
            .sum();
        match rail {
            Rail::State(j) => units + self.read(j, |w| w > 0.0),
            Rail::Input(_) => units,
        }
    }

    fn noise_gain(&self, stage: Stage) -> f64 {
        let net = self.network;
        match stage {
            Stage::Unit(i) => {
                1.0 + net.recurrent.row(i).lp_norm(1)
                    + net.input.row(i).lp_norm(1)
                    + net.bias[i].abs()
            }
            Stage::Output(k) => 1.0 + net.readout.row(k).lp_norm(1) + net.readout_bias[k].abs(),
            Stage::Inverter(_) => 2.0,
        }
    }

    /// The derivative by a constant at the output of an op-amp, V.
    fn constant(&self, stage: Stage) -> f64 {
        let (g, net) = (self.gradient, self.network);
        match stage {
            Stage::Unit(i) => g.bias[i],
            Stage::Output(k) => g.readout_bias[k],
            Stage::Inverter(rail) => {
                let (weights, at) = match rail {
                    Rail::State(j) => (&net.recurrent, j),
                    Rail::Input(k) => (&net.input, k),
                };
                let units: f64 = weights
                    .column(at)
                    .iter()
                    .zip(g.bias.iter())
                    .filter(|(w, _)| self.hangs(**w))
                    .map(|(w, slope)| w * slope)
                    .sum();
                let outputs: f64 = match rail {
                    Rail::State(j) => (0..self.output.len())
                        .filter(|&k| net.readout[(k, j)] > 0.0)
                        .map(|k| net.readout[(k, j)] * g.readout_bias[k])
                        .sum(),
                    Rail::Input(_) => 0.0,
                };
                // In form B w < 0 adds |w| times the constant.
                -(units + outputs)
            }
        }
    }
}
