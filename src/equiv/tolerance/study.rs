//! Draws, side by side.

use std::f64::consts::TAU;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::{
    equiv::{
        SynthesisOptions,
        fitting::fitting,
        tolerance::{
            Deviation, Given, Model, Noise, Outcome, Ranked, Time, ToleranceError,
            ToleranceOptions, ToleranceReport, Trajectory, TrialYield, Worst,
            board::{Board, draw},
            clopper_pearson, deck,
            effective::Fast,
            influence, noise,
            own::Own,
            play::{Block, Pace, flow_step},
            subject::Subject,
        },
    },
    rnn::Rnn,
    task::{StimulusSet, Verdict},
};

/// Level of the interval of a yield.
const CONFIDENCE: f64 = 0.95;
/// Largest step for op-amps that lag behind, relative to that of instant ones.
const LAGGING_STEP: f64 = 0.4;
/// The first of those after a corner, in units of the time constant of a follower.
const FIRST_STEP: f64 = 0.25;
/// Components that a report lists.
const LISTED: usize = 20;
/// An influence larger than the worst deviation of all draws by this factor is none of
/// first order: in those all components were off at once.
const BEYOND: f64 = 1.0;

/// A network, its stimuli and its components, ready for draws.
pub struct Study<'a> {
    pub(super) stimuli: &'a StimulusSet,
    options: ToleranceOptions,
    pub(super) subject: Subject<'a>,
    blocks: Vec<Block>,
    /// Step of the map, or largest step of the flow.
    step: f64,
    ideal: Vec<Trajectory>,
    pub(super) verdicts: Vec<Option<Verdict>>,
}

/// What is kept of a draw.
pub(super) struct Draw {
    /// By trial: right, where it is judged.
    pub(super) right: Vec<Option<bool>>,
    /// Largest deviation, and the trial it is in.
    pub(super) deviation: f64,
    trial: usize,
}

impl<'a> Study<'a> {
    /// The components of the realisation of a network, or its weights.
    ///
    /// Checks the choices and runs the network without errors.
    ///
    /// # Errors
    ///
    /// [`ToleranceError`] names the choice, or what does not fit.
    pub fn new(
        network: &'a Rnn,
        trained_step: Option<f64>,
        stimuli: &'a StimulusSet,
        options: &ToleranceOptions,
    ) -> Result<Self, ToleranceError> {
        options.check()?;
        let subject = Subject::Board(Box::new(Board::new(network, options)));
        Self::of(subject, network, trained_step, (stimuli, options))
    }

    /// The elements of a circuit that is a network: resistors, capacitors, inductors,
    /// transconductances, transresistances and constant sources, with `Model::Deck`.
    ///
    /// # Errors
    ///
    /// As [`Study::new`].
    pub fn of_circuit(
        given: Given<'a>,
        stimuli: &'a StimulusSet,
        options: &ToleranceOptions,
    ) -> Result<Self, ToleranceError> {
        let options = &ToleranceOptions { model: Model::Deck, ..*options };
        options.check()?;
        let subject = Subject::Own(Box::new(Own::new(given, options)));
        Self::of(subject, &given.extracted.network, None, (stimuli, options))
    }

    fn of(
        subject: Subject<'a>,
        network: &Rnn,
        trained_step: Option<f64>,
        (stimuli, options): (&'a StimulusSet, &ToleranceOptions),
    ) -> Result<Self, ToleranceError> {
        fitting(network, stimuli)?;
        let usual = flow_step(network);
        let (pace, step) = match (options.time, trained_step) {
            (Time::Flow, _) if options.lags() => {
                let largest = LAGGING_STEP * usual;
                let seconds = 1.0 / (TAU * options.gbw_used().unwrap_or(f64::INFINITY));
                let first = FIRST_STEP * seconds / SynthesisOptions::default().time_unit;
                let first = if first > 0.0 && first < largest { first } else { largest };
                (Pace::Graded { first, largest }, largest)
            }
            (Time::Flow, _) => (Pace::Flow(usual), usual),
            (Time::Map, Some(step)) => (Pace::Map(step), step),
            (Time::Map, None) => return Err(ToleranceError::NoMap),
        };
        let blocks = Block::of(stimuli, pace);
        let mut ideal = subject.ideal();
        // By the same rule and steps, so that its error is not taken for a deviation.
        ideal.fast = options.lags().then(|| Fast::instant(network.shape(), ideal.form));
        let ideal: Vec<Trajectory> = blocks.iter().flat_map(|block| block.run(&ideal)).collect();
        let finite = |t: &Trajectory| t.outputs.iter().flatten().all(|y| y.is_finite());
        if let Some(at) = ideal.iter().position(|t| !finite(t)) {
            let name = stimuli.trials()[at].name.clone();
            return Err(ToleranceError::NotFinite { trial: at + 1, name });
        }
        let verdicts = judge(stimuli, &ideal)?;
        Ok(Self { stimuli, options: *options, subject, blocks, step, ideal, verdicts })
    }

    /// What the outputs do in draw `number`, trial by trial.
    #[must_use]
    pub fn outputs(&self, number: usize) -> Vec<Trajectory> {
        self.play(&draw(self.subject.parts(), &self.options, number as u64))
    }

    /// The outputs of the network without errors.
    #[must_use]
    pub fn ideal(&self) -> &[Trajectory] {
        &self.ideal
    }

    /// The components of draw `number` as a deck, driven by an existing trial.
    ///
    /// # Errors
    ///
    /// [`ToleranceError::Synthesis`] where a value is no component, and
    /// [`ToleranceError::NoDeck`] where the elements are those of a circuit.
    ///
    /// # Panics
    ///
    /// Where there is no such trial.
    pub fn deck(&self, number: usize, trial: usize, title: &str) -> Result<String, ToleranceError> {
        let Subject::Board(board) = &self.subject else { return Err(ToleranceError::NoDeck) };
        let values = draw(&board.parts, &self.options, number as u64);
        deck::write(board, &values, &self.stimuli.stimulus(trial), title)
    }

    pub(super) fn play(&self, values: &[f64]) -> Vec<Trajectory> {
        let network = self.subject.effective(values);
        self.blocks.iter().flat_map(|block| block.run(&network)).collect()
    }

    pub(super) fn look(&self, played: &[Trajectory]) -> Result<Draw, ToleranceError> {
        let verdicts = judge(self.stimuli, played)?;
        let right = verdicts.into_iter().map(|v| v.and_then(|v| v.right)).collect();
        let (mut deviation, mut trial) = (0.0, 0);
        for (at, (found, wanted)) in played.iter().zip(&self.ideal).enumerate() {
            let pairs = found.outputs.iter().flatten().zip(wanted.outputs.iter().flatten());
            for (found, wanted) in pairs {
                let distance = (found - wanted).abs();
                let distance = if distance.is_nan() { f64::INFINITY } else { distance };
                if distance > deviation {
                    (deviation, trial) = (distance, at);
                }
            }
        }
        Ok(Draw { right, deviation, trial })
    }

    /// Whether a draw passes; `None` where nothing says what would.
    fn passes(&self, draw: &Draw) -> Option<bool> {
        let close = self.options.within.map(|within| draw.deviation <= within);
        draw.right.iter().copied().chain([close]).flatten().reduce(|a, b| a && b)
    }

    /// Runs all draws.
    ///
    /// `progress` is told the fraction done.
    ///
    /// # Errors
    ///
    /// [`ToleranceError`] where decisions cannot be judged.
    pub fn run(&self, progress: &(dyn Fn(f64) + Sync)) -> Result<ToleranceReport, ToleranceError> {
        let count = self.options.draws;
        let done = AtomicUsize::new(0);
        let draws: Vec<Draw> = (0..count)
            .into_par_iter()
            .map(|number| {
                let draw = self.look(&self.outputs(number));
                progress((done.fetch_add(1, Ordering::Relaxed) + 1) as f64 / count as f64);
                draw
            })
            .collect::<Result<_, _>>()?;
        let nominal: Vec<f64> = self.subject.parts().iter().map(|part| part.nominal).collect();
        let bought = self.look(&self.play(&nominal))?;
        let passed: Option<Vec<bool>> = draws.iter().map(|draw| self.passes(draw)).collect();
        let passed = passed.map(|all| all.into_iter().filter(|passes| *passes).count());
        let deviation = Deviation::of(draws.iter().map(|draw| draw.deviation).collect());
        let (ranking, unranked) = self.ranking(BEYOND * deviation.worst);
        Ok(ToleranceReport {
            share: passed.map(|passed| passed as f64 / count as f64),
            confidence: passed.map(|passed| clopper_pearson(passed, count, CONFIDENCE)),
            passed,
            draws: count,
            task: self.stimuli.parts().task.clone(),
            step: self.step,
            options: self.options,
            components: self.subject.parts().len(),
            nominal_right: all_right(&self.verdicts),
            nominal_passes: self.passes(&bought),
            nominal_deviation: bought.deviation,
            deviation,
            worst: self.worst(&draws),
            trials: self.by_trial(&draws),
            ranking,
            unranked,
            noise: self.noise(),
            outcomes: draws
                .iter()
                .map(|draw| Outcome { deviation: draw.deviation, passes: self.passes(draw) })
                .collect(),
        })
    }

    /// The noise of resistors and op-amps at the outputs, where it is asked for.
    #[must_use]
    pub fn noise(&self) -> Option<Noise> {
        match &self.subject {
            Subject::Board(board) if self.options.noise.is_some() => {
                Some(noise::noise(board, self.stimuli, &self.options))
            }
            Subject::Board(_) | Subject::Own(_) => None,
        }
    }

    fn worst(&self, draws: &[Draw]) -> Worst {
        let mut at = 0;
        for (number, draw) in draws.iter().enumerate() {
            if draw.deviation > draws[at].deviation {
                at = number;
            }
        }
        let draw = &draws[at];
        Worst {
            seed: self.options.seed,
            draw: at,
            trial: draw.trial + 1,
            deviation: draw.deviation,
            passes: self.passes(draw),
        }
    }

    fn by_trial(&self, draws: &[Draw]) -> Vec<TrialYield> {
        self.stimuli
            .trials()
            .iter()
            .zip(&self.verdicts)
            .enumerate()
            .map(|(at, (trial, verdict))| TrialYield {
                name: trial.name.clone(),
                nominal: verdict.as_ref().and_then(|verdict| verdict.right),
                right: draws.iter().filter(|draw| draw.right[at] == Some(true)).count(),
            })
            .collect()
    }

    /// The components by influence, one beyond `most` being none of first order, and the
    /// number of trials left out for that.
    fn ranking(&self, most: f64) -> (Vec<Ranked>, usize) {
        let outputs = self.ideal.first().map_or(0, |t| t.outputs.first().map_or(0, Vec::len));
        let goals = influence::goals(self.stimuli, &self.verdicts, outputs);
        let (found, unranked) =
            influence::influences(&self.subject, self.stimuli, &goals, (self.step, most));
        let mut ranking: Vec<Ranked> = self
            .subject
            .parts()
            .iter()
            .zip(found)
            .map(|(part, influence)| Ranked {
                element: part.name.clone(),
                value: part.nominal,
                tolerance: part.spread,
                influence,
                first_order: influence.abs() <= most,
            })
            .collect();
        // Stable: equal influences keep the order of the board.
        ranking.sort_by(|a, b| b.influence.abs().total_cmp(&a.influence.abs()));
        ranking.truncate(LISTED);
        (ranking, unranked)
    }
}

/// The verdicts of the trials that ask for any.
fn judge(
    stimuli: &StimulusSet,
    played: &[Trajectory],
) -> Result<Vec<Option<Verdict>>, ToleranceError> {
    played
        .iter()
        .enumerate()
        .map(|(at, trajectory)| {
            let judged = stimuli.trials()[at].is_judged();
            let verdict = judged.then(|| stimuli.judge(at, &trajectory.times, &trajectory.outputs));
            Ok(verdict.transpose()?)
        })
        .collect()
}

fn all_right(verdicts: &[Option<Verdict>]) -> Option<bool> {
    verdicts.iter().flatten().filter_map(|verdict| verdict.right).reduce(|a, b| a && b)
}
