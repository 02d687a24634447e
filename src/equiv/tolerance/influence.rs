//! Which components matter: derivatives of decisions, by the adjoint of Euler's rule.
//!
//! Backward through time as in Werbos, Proc. IEEE 78 (1990) 1550.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::{
    equiv::tolerance::{
        board::{Board, Part, Rail, Role, Stage},
        effective::Effective,
    },
    rnn::Form,
    task::{Rule, Stimulus, StimulusSet, Verdict},
};

/// Outputs of a trial that are followed where none is judged.
const FOLLOWED: usize = 16;

/// A mean of one output over a window `(from, to]`, times a sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Goal {
    pub(super) trial: usize,
    pub(super) output: usize,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) sign: f64,
}

/// What the derivatives are of: of every judged trial the mean nearest to the border of
/// the rule; without any, of every trial the last mean of every output.
pub(super) fn goals(
    stimuli: &StimulusSet,
    verdicts: &[Option<Verdict>],
    outputs: usize,
) -> Vec<Goal> {
    let parts = stimuli.parts();
    let mut goals = Vec::new();
    for (trial, verdict) in verdicts.iter().enumerate() {
        let Some(verdict) = verdict else { continue };
        let answers = &parts.trials[trial].answers;
        let nearest = answers
            .iter()
            .zip(&verdict.decisions)
            .filter_map(|(answer, decision)| Some((answer, decision, answer.class?)))
            .flat_map(|(answer, decision, class)| {
                let late = answer.to - parts.last;
                let late = if late > answer.from { late } else { answer.from };
                [(answer.from, decision.mean), (late, decision.last_mean)].map(|(from, mean)| {
                    let (margin, sign) = margin(parts.rule, class, mean);
                    (margin, Goal { trial, output: answer.output, from, to: answer.to, sign })
                })
            })
            .min_by(|a, b| a.0.total_cmp(&b.0));
        goals.extend(nearest.map(|(_, goal)| goal));
    }
    if goals.is_empty() {
        for trial in 0..parts.trials.len() {
            let to = stimuli.stimulus(trial).duration();
            let from = if to > parts.last { to - parts.last } else { 0.0 };
            goals.extend((0..outputs).take(FOLLOWED).map(|output| Goal {
                trial,
                output,
                from,
                to,
                sign: 1.0,
            }));
        }
    }
    goals
}

/// How far a mean is on the right side of the border, and how that grows with it.
fn margin(rule: Rule, class: i8, mean: f64) -> (f64, f64) {
    let (border, three) = match rule {
        Rule::Threshold { at } => (at, false),
        Rule::Sign { none_below: at } | Rule::ThreeLevel { at } => (at, true),
    };
    match (class, three) {
        (1, _) => (mean - border, 1.0),
        (0, false) => (border - mean, -1.0),
        (0, true) => (border - mean.abs(), -mean.signum()),
        _ => (-border - mean, -1.0),
    }
}

/// Derivatives with respect to the coefficients of a network.
#[derive(Clone)]
struct Gradient {
    recurrent: DMatrix<f64>,
    input: DMatrix<f64>,
    bias: DVector<f64>,
    leak: DVector<f64>,
    gain: DVector<f64>,
    readout: DMatrix<f64>,
    readout_bias: DVector<f64>,
}

/// The change of the goal that each component makes at the bound of its error, that of
/// the goal where it is largest.
pub(super) fn influences(
    board: &Board<'_>,
    stimuli: &StimulusSet,
    goals: &[Goal],
    (step, most): (f64, f64),
) -> (Vec<f64>, usize) {
    let ideal = Effective::of(board.network);
    let each: Vec<Vec<f64>> = goals
        .par_iter()
        .map(|goal| {
            let gradient = gradient(&ideal, &stimuli.stimulus(goal.trial), goal, step);
            let chain = Chain::new(board, &ideal, &gradient);
            board.parts.iter().map(|part| part.spread * chain.slope(part)).collect()
        })
        .collect();
    // A trial that rests at an unstable point has derivatives that say nothing and would
    // hide the others; where all are so, there is no choice.
    let is_tame = |one: &[f64]| one.iter().all(|influence| influence.abs() <= most);
    let tame = each.iter().filter(|one| is_tame(one)).count();
    let mut largest = vec![0.0; board.parts.len()];
    for one in each.iter().filter(|one| tame == 0 || is_tame(one)) {
        for (kept, found) in largest.iter_mut().zip(one) {
            if found.abs() > f64::abs(*kept) {
                *kept = *found;
            }
        }
    }
    (largest, each.len() - tame)
}

/// The derivative of one goal.
fn gradient(network: &Effective, stimulus: &Stimulus, goal: &Goal, step: f64) -> Gradient {
    let (n, m, o) = network.shape();
    let sigma = network.activation;
    let count = (stimulus.duration() / step).round() as usize;
    let input = |k: usize| {
        let middle = (k as f64 + 0.5) * step;
        DVector::from_fn(m, |channel, _| stimulus.held(channel, middle))
    };
    let mut states = vec![DVector::zeros(n)];
    for k in 0..count {
        let h = &states[k];
        let z = drive(network, h, &input(k));
        let next = match network.form {
            Form::A => {
                h + step
                    * (z.map(|z| sigma.value(z)).component_mul(&network.gain)
                        - h.component_mul(&network.leak))
            }
            Form::B => h + step * (z - h).component_mul(&network.leak),
        };
        states.push(next);
    }
    let mut all = Gradient {
        recurrent: DMatrix::zeros(n, n),
        input: DMatrix::zeros(n, m),
        bias: DVector::zeros(n),
        leak: DVector::zeros(n),
        gain: DVector::zeros(n),
        readout: DMatrix::zeros(o, n),
        readout_bias: DVector::zeros(o),
    };
    let row = network.readout.row(goal.output).transpose();
    // The middle of a step decides, since windows end on the grid but for rounding.
    let inside = |k: usize| {
        let middle = (k as f64 - 0.5) * step;
        middle > goal.from && middle < goal.to
    };
    let samples = (1..=count).filter(|&k| inside(k)).count();
    let weight = goal.sign / samples as f64;
    let mut back = DVector::zeros(n);
    for k in (0..count).rev() {
        if inside(k + 1) {
            let h = &states[k + 1];
            let (read, slope) = match network.form {
                Form::A => (h.clone(), row.clone()),
                Form::B => {
                    let slope = h.map(|u| sigma.derivative(u));
                    (h.map(|u| sigma.value(u)), row.component_mul(&slope))
                }
            };
            back += weight * slope;
            let mut own = all.readout.row_mut(goal.output);
            own += weight * read.transpose();
            all.readout_bias[goal.output] += weight;
        }
        back = all.step_back(network, (&states[k], &input(k)), &back, step);
    }
    all
}

/// `W h + Win x + b`, of sigma(h) in form B.
fn drive(network: &Effective, h: &DVector<f64>, x: &DVector<f64>) -> DVector<f64> {
    let entering = match network.form {
        Form::A => h.clone(),
        Form::B => h.map(|u| network.activation.value(u)),
    };
    &network.recurrent * entering + &network.input * x + &network.bias
}

impl Gradient {
    /// Adds what one step does, and takes the adjoint of its end to that of its start.
    fn step_back(
        &mut self,
        network: &Effective,
        (h, x): (&DVector<f64>, &DVector<f64>),
        back: &DVector<f64>,
        step: f64,
    ) -> DVector<f64> {
        let sigma = network.activation;
        let z = drive(network, h, x);
        let (entering, into) = match network.form {
            Form::A => {
                let height = z.map(|z| sigma.value(z));
                let slope = z.map(|z| sigma.derivative(z));
                self.leak -= step * back.component_mul(h);
                self.gain += step * back.component_mul(&height);
                (h.clone(), step * back.component_mul(&network.gain).component_mul(&slope))
            }
            Form::B => {
                self.leak += step * back.component_mul(&(z - h));
                let entering = h.map(|u| sigma.value(u));
                (entering, step * back.component_mul(&network.leak))
            }
        };
        self.recurrent.ger(1.0, &into, &entering, 1.0);
        self.input.ger(1.0, &into, x, 1.0);
        self.bias += &into;
        let through = network.recurrent.tr_mul(&into);
        let through = match network.form {
            Form::A => through,
            Form::B => through.component_mul(&h.map(|u| sigma.derivative(u))),
        };
        back.zip_map(&network.leak, |a, leak| a * (1.0 - step * leak)) + through
    }
}

/// From coefficients to components, at their ideal values.
struct Chain<'a> {
    board: &'a Board<'a>,
    gradient: &'a Gradient,
    network: &'a Effective,
    /// By unit and by output, the derivative by a common factor of all that enters.
    unit: Vec<f64>,
    output: Vec<f64>,
}

impl<'a> Chain<'a> {
    fn new(board: &'a Board<'a>, network: &'a Effective, gradient: &'a Gradient) -> Self {
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
    fn slope(&self, part: &Part) -> f64 {
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
        };
        if self.board.model == crate::equiv::tolerance::Model::Weights {
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
