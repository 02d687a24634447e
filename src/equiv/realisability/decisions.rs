//! The decisions of a network over the step of its Euler map.

use rayon::prelude::*;

use crate::{
    equiv::{
        realisability::{RealisabilityError, RealisabilityOptions},
        tolerance::{
            Trajectory, clopper_pearson,
            effective::Effective,
            play::{Block, Pace, flow_step},
        },
    },
    rnn::Rnn,
    task::{Accuracy, Stimulus, StimulusSet, Verdict},
};

/// Trials that are played together.
const TOGETHER: usize = 4;
/// Level of the interval of a share.
const CONFIDENCE: f64 = 0.99;
/// Bisections at most.
const HALVINGS: usize = 40;

/// The decisions at one step.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Rung {
    /// The step, model time units; 0 for the flow.
    pub step: f64,
    /// Judged trials that are right.
    pub right: usize,
    /// Judged trials.
    pub judged: usize,
    /// The Clopper-Pearson interval of their share at 99 %.
    pub confidence: [f64; 2],
    /// Share of the judged time during which the output itself is in the right class.
    pub time_right: f64,
}

/// One judged trial over all steps.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TrialChange {
    /// The trial, from 1.
    pub trial: usize,
    /// Its name.
    pub name: String,
    /// Whether it is right, step by step.
    pub right: Vec<bool>,
    /// Mean output in the window of its last answer, step by step; `null` in JSON where
    /// the network left the finite numbers.
    pub mean: Vec<f64>,
    /// Mean output in the last part of that window.
    pub last_mean: Vec<f64>,
    /// The largest step found at which a decision differs from that of the trained map, on
    /// the way down; 0 where only the flow decides otherwise, `None` where all agree.
    pub first_step: Option<f64>,
    /// The smallest step found, above that, at which it does not yet.
    pub last_kept: Option<f64>,
}

/// A network, its trials, and the steps.
pub(super) struct Ladder<'a> {
    network: Effective,
    /// Step of the flow, model time units.
    flow_step: f64,
    stimuli: &'a StimulusSet,
    /// Falling; 0 is the flow.
    steps: Vec<f64>,
    refine: f64,
    judged: Vec<usize>,
    played: Vec<Stimulus>,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(
        network: &Rnn,
        trained_step: f64,
        stimuli: &'a StimulusSet,
        options: &RealisabilityOptions,
    ) -> Self {
        let count = stimuli.trials().len();
        let judged: Vec<usize> =
            (0..count).filter(|&at| stimuli.trials()[at].is_judged()).collect();
        Self {
            network: Effective::of(network),
            flow_step: flow_step(network),
            stimuli,
            steps: options.steps.iter().map(|part| part * trained_step).chain([0.0]).collect(),
            refine: options.refine,
            played: judged.iter().map(|&at| stimuli.stimulus(at)).collect(),
            judged,
        }
    }

    /// All trials at all steps, and where each changes.
    pub(super) fn climb_down(
        &self,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<(Vec<Rung>, Vec<TrialChange>), RealisabilityError> {
        let mut verdicts = Vec::new();
        for (done, &step) in self.steps.iter().enumerate() {
            verdicts.push(self.all(step)?);
            progress((done + 1) as f64 / (self.steps.len() + 1) as f64);
        }
        let rungs = self.steps.iter().zip(&verdicts).map(|(&step, all)| rung(step, all)).collect();
        let trials = (0..self.judged.len())
            .into_par_iter()
            .map(|at| {
                let column: Vec<&Verdict> = verdicts.iter().map(|all| &all[at]).collect();
                self.change(at, &column)
            })
            .collect::<Result<_, _>>()?;
        progress(1.0);
        Ok((rungs, trials))
    }

    fn pace(&self, step: f64) -> Pace {
        if step > 0.0 { Pace::Map(step) } else { Pace::Flow(self.flow_step) }
    }

    /// All judged trials at one step.
    fn all(&self, step: f64) -> Result<Vec<Verdict>, RealisabilityError> {
        let numbers: Vec<usize> = (0..self.judged.len()).collect();
        let parts: Vec<Vec<Verdict>> = numbers
            .par_chunks(TOGETHER)
            .map(|some| self.play(some, step))
            .collect::<Result<_, _>>()?;
        Ok(parts.concat())
    }

    /// Up to four judged trials at one step.
    fn play(&self, some: &[usize], step: f64) -> Result<Vec<Verdict>, RealisabilityError> {
        let lanes: Vec<Stimulus> = some.iter().map(|&at| self.played[at].clone()).collect();
        let found = Block::new(&lanes, self.pace(step)).run(&self.network);
        let judge = |(&at, found): (&usize, &Trajectory)| {
            Ok(self.stimuli.judge(self.judged[at], &found.times, &found.outputs)?)
        };
        some.iter().zip(&found).map(judge).collect()
    }

    /// Where the decisions of one trial change.
    fn change(&self, at: usize, column: &[&Verdict]) -> Result<TrialChange, RealisabilityError> {
        let trained = decided(column[0]);
        let mut bracket = column
            .iter()
            .position(|verdict| decided(verdict) != trained)
            .map(|rung| (self.steps[rung], self.steps[rung - 1]));
        for _ in 0..HALVINGS {
            // Towards the flow there is no relative width, and its rung says all.
            let Some((changed, kept)) = bracket else { break };
            if changed == 0.0 || kept - changed <= self.refine * kept {
                break;
            }
            let middle = 0.5 * (changed + kept);
            let differs = decided(&self.play(&[at], middle)?[0]) != trained;
            bracket = Some(if differs { (middle, kept) } else { (changed, middle) });
        }
        let trial = self.judged[at];
        let last = |of: fn(&crate::task::Decision) -> f64| -> Vec<f64> {
            column.iter().map(|v| v.decisions.last().map_or(f64::NAN, of)).collect()
        };
        Ok(TrialChange {
            trial: trial + 1,
            name: self.stimuli.trials()[trial].name.clone(),
            right: column.iter().map(|v| v.right == Some(true)).collect(),
            mean: last(|d| d.mean),
            last_mean: last(|d| d.last_mean),
            first_step: bracket.map(|(changed, _)| changed),
            last_kept: bracket.map(|(_, kept)| kept),
        })
    }
}

/// What a trial decided: of a judged answer whether it is right, of any other its class.
fn decided(verdict: &Verdict) -> Vec<(Option<bool>, Option<i8>)> {
    let of = |d: &crate::task::Decision| match d.right {
        Some(_) => (d.right, None),
        None => (None, d.class),
    };
    verdict.decisions.iter().map(of).collect()
}

fn rung(step: f64, verdicts: &[Verdict]) -> Rung {
    let accuracy = Accuracy::of(verdicts);
    let (right, judged) = (accuracy.trials_right, accuracy.trials);
    Rung {
        step,
        right,
        judged,
        confidence: clopper_pearson(right, judged, CONFIDENCE),
        time_right: accuracy.by_time(),
    }
}
