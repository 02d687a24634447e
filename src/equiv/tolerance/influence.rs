//! Which components matter: derivatives of decisions, by the adjoint of Euler's rule.
//!
//! Backward through time as in Werbos, Proc. IEEE 78 (1990) 1550.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::{
    equiv::tolerance::{effective::Effective, subject::Subject},
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
pub(super) struct Gradient {
    pub(super) recurrent: DMatrix<f64>,
    pub(super) input: DMatrix<f64>,
    pub(super) bias: DVector<f64>,
    pub(super) leak: DVector<f64>,
    pub(super) gain: DVector<f64>,
    pub(super) readout: DMatrix<f64>,
    pub(super) readout_bias: DVector<f64>,
}

/// The change of the goal that each component makes at the bound of its error, that of
/// the goal where it is largest.
pub(super) fn influences(
    subject: &Subject<'_>,
    stimuli: &StimulusSet,
    goals: &[Goal],
    (step, most): (f64, f64),
) -> (Vec<f64>, usize) {
    let ideal = subject.ideal();
    let parts = subject.parts();
    let each: Vec<Vec<f64>> = goals
        .par_iter()
        .map(|goal| {
            let gradient = gradient(&ideal, &stimuli.stimulus(goal.trial), goal, step);
            let slopes = subject.slopes(&ideal, &gradient);
            parts.iter().zip(slopes).map(|(part, slope)| part.spread * slope).collect()
        })
        .collect();
    // A trial that rests at an unstable point has derivatives that say nothing and would
    // hide the others; where all are so, there is no choice.
    let is_tame = |one: &[f64]| one.iter().all(|influence| influence.abs() <= most);
    let tame = each.iter().filter(|one| is_tame(one)).count();
    let mut largest = vec![0.0; parts.len()];
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
