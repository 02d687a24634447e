//! A training, batch by batch.

use serde::{Deserialize, Serialize};

use crate::rnn::Rnn;
use crate::task::{Accuracy, Score, TaskSpec};
use crate::train::hardware::gradient;
use crate::train::kernel::{StateNoise, Through};
use crate::train::lesson::{Lesson, Test};
use crate::train::optimiser::{is_finite, norm};
use crate::train::parameters::Parameters;
use crate::train::{
    Engine, EpochRow, Event, Optimiser, SampleError, Shape, SignRule, StopSpec, Stopped,
    TrainError, TrainSpec, Weights,
};

/// A network on its way from its initial weights.
///
/// ```
/// use analogon::task::TaskSpec;
/// use analogon::train::{Event, Training, TrainSpec};
///
/// let mut spec = TrainSpec::new(TaskSpec::named("and").expect("a task of the package"));
/// (spec.network.units, spec.data.trials, spec.stop.epochs) = (20, 178, 1);
/// let mut training = Training::new(spec, 1)?;
/// let mut losses = Vec::new();
/// loop {
///     match training.advance()? {
///         Event::Batch { loss, .. } => losses.push(loss),
///         Event::Epoch(row) => assert_eq!(row.epoch, 1),
///         Event::Stopped(reason) => break assert_eq!(reason.word(), "epochs"),
///     }
/// }
/// assert_eq!(losses.len(), 2);
/// assert_eq!(training.network()?.shape(), (20, 2, 1));
/// # Ok::<(), analogon::train::TrainError>(())
/// ```
#[derive(Debug)]
pub struct Training {
    pub(super) spec: TrainSpec,
    engine: Engine,
    lesson: Lesson,
    rule: SignRule,
    pub(super) parameters: Parameters,
    pub(super) optimiser: Optimiser,
    weights: Weights,
    /// What is trained as it was after the last epoch.
    pub(super) kept: Vec<f32>,
    pub(super) place: Place,
    order: Vec<usize>,
    pub(super) history: Vec<EpochRow>,
    pub(super) stopped: Option<Stopped>,
}

/// How far a training is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Epochs that are over.
    pub(super) epoch: usize,
    /// Batches of the current one that are over.
    pub(super) batch: usize,
    /// Parts of the curriculum that are over.
    pub(super) stage: usize,
    /// Epochs that were over when the current part began.
    pub(super) began: usize,
    /// Sum of the squared errors of the trials of this epoch.
    pub(super) loss: f64,
    /// Sum and maximum of the norms of this epoch's gradients.
    pub(super) norms: (f64, f64),
}

/// Fresh trials that are played at a time.
const CHUNK: usize = 500;
/// An epoch breaks where its loss is so many times that of the best before it.
const BREAK: f64 = 3.0;

impl Training {
    /// Before the first update, on so many threads.
    ///
    /// # Errors
    ///
    /// [`TrainError`] names the field, or what does not fit together.
    pub fn new(spec: TrainSpec, threads: usize) -> Result<Self, TrainError> {
        spec.check()?;
        let (inputs, outputs) = (spec.task.channels().len(), spec.task.outputs().len());
        let shape = Shape { units: spec.network.units, inputs, outputs };
        let engine = Engine::new(shape, spec.network.cell(), threads)?;
        let rule = spec.constraints.rule(shape)?;
        let mut parameters = Parameters::draw(&spec.network, shape, spec.seed);
        let mut weights = Weights::zeros(shape);
        parameters.write(&mut weights);
        if spec.constraints.starts_satisfied() {
            rule.start(&mut weights);
            if spec.network.rank.is_none() {
                parameters.values.copy_from_slice(weights.values());
            }
        }
        let optimiser = Optimiser::new(spec.optimiser.method, parameters.values.len());
        let task = spec.curriculum.first().map_or(&spec.task, |stage| &stage.task);
        let lesson = Lesson::new(task, &spec.data, spec.seed)?;
        let kept = parameters.values.clone();
        let (place, order, history) = (Place::default(), Vec::new(), Vec::new());
        let stopped = None;
        Ok(Self {
            spec,
            engine,
            lesson,
            rule,
            parameters,
            optimiser,
            weights,
            kept,
            place,
            order,
            history,
            stopped,
        })
    }

    /// What is trained.
    #[must_use]
    pub fn spec(&self) -> &TrainSpec {
        &self.spec
    }

    /// All epochs so far.
    #[must_use]
    pub fn history(&self) -> &[EpochRow] {
        &self.history
    }

    /// Share of the current epoch that is over.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.place.batch as f64 / self.batches() as f64
    }

    /// The weights as they are.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The network as it is.
    ///
    /// # Errors
    ///
    /// [`TrainError::Network`] where a weight is not finite.
    pub fn network(&self) -> Result<Rnn, TrainError> {
        Ok(self.weights.to_network(self.spec.network.cell())?)
    }

    /// How the network does on so many trials that no training of this seed has seen.
    ///
    /// # Errors
    ///
    /// [`TrainError::Sample`] where the task plays what is not a finite number.
    ///
    /// # Panics
    ///
    /// Where there are no trials.
    pub fn fresh_score(&mut self, trials: usize) -> Result<Score, TrainError> {
        let (mut accuracy, mut square, mut right) = (Accuracy::default(), 0.0, Vec::new());
        // So few at a time that their outputs take no room to speak of.
        for first in (0..trials).step_by(CHUNK) {
            let count = if trials - first < CHUNK { trials - first } else { CHUNK };
            let test = Test::fresh(&self.spec.task, self.spec.seed, first, count)?;
            let score = test.score(&mut self.engine, &self.weights);
            accuracy.add(&score.accuracy);
            square += score.mean_square * count as f64;
            right.extend(score.right);
        }
        Ok(Score { accuracy, mean_square: square / trials as f64, right })
    }

    /// Ends the task at other conditions from now on. A training that was over goes on
    /// where they ask for more; one that diverged stays where it is.
    ///
    /// # Errors
    ///
    /// [`TrainError::Spec`] where they make no sense.
    pub fn set_stop(&mut self, stop: StopSpec) -> Result<(), TrainError> {
        let spec = TrainSpec { stop, ..self.spec.clone() };
        spec.check()?;
        self.spec = spec;
        if !matches!(self.stopped, Some(Stopped::Diverged { .. })) {
            let is_last = self.place.stage == self.spec.curriculum.len();
            let rows = &self.history[self.place.began..];
            self.stopped = if is_last { over(stop, rows) } else { None };
        }
        Ok(())
    }

    /// One update, the end of an epoch, or the end of all.
    ///
    /// # Errors
    ///
    /// [`TrainError::Sample`] where the task plays what is not a finite number.
    pub fn advance(&mut self) -> Result<Event, TrainError> {
        if let Some(reason) = &self.stopped {
            return Ok(Event::Stopped(reason.clone()));
        }
        if self.place.batch == self.batches() {
            let row = self.end_of_epoch()?;
            return Ok(Event::Epoch(row));
        }
        if self.order.is_empty() {
            self.begin_epoch()?;
        }
        let Some(loss) = self.update() else {
            let reason =
                Stopped::Diverged { epoch: self.place.epoch + 1, batch: self.place.batch + 1 };
            self.parameters.values.copy_from_slice(&self.kept);
            self.parameters.write(&mut self.weights);
            self.optimiser.rest(self.history.last().map_or(0, |row| row.updates));
            let Place { epoch, stage, began, .. } = self.place;
            self.place = Place { epoch, stage, began, ..Place::default() };
            self.stopped = Some(reason.clone());
            return Ok(Event::Stopped(reason));
        };
        Ok(Event::Batch { loss, share: self.share() })
    }

    pub(super) fn batches(&self) -> usize {
        let trials = self.spec.data.trials - self.spec.data.held_out;
        trials.div_ceil(self.spec.data.batch)
    }

    /// The task of the current part of the curriculum, and when it is over.
    fn part(&self) -> (&TaskSpec, StopSpec) {
        match self.spec.curriculum.get(self.place.stage) {
            Some(stage) => (&stage.task, stage.until),
            None => (&self.spec.task, self.spec.stop),
        }
    }

    fn begin_epoch(&mut self) -> Result<(), SampleError> {
        if self.spec.data.fresh {
            self.lesson.renew(&self.spec.data, self.spec.seed, self.place.epoch)?;
        }
        self.order = self.lesson.order(self.spec.seed, self.place.epoch);
        Ok(())
    }

    /// The loss before the update; `None` where it, the gradient or what follows from them
    /// is not finite.
    fn update(&mut self) -> Option<f64> {
        let size = self.spec.data.batch;
        let rest = &self.order[self.place.batch * size..];
        let batch = &rest[..rest.len().min(size)];
        let updates = self.optimiser.iteration();
        let (sd, seed) = (self.spec.network.noise, self.spec.seed);
        let noise = (sd > 0.0).then_some(StateNoise { sd, seed, stream: NOISE + updates });
        let truncate = self.spec.data.truncate;
        self.engine.set_through(Through { truncate, noise });
        let hardware = self.spec.hardware.as_ref();
        let what = (&self.weights, &self.lesson.sample, batch);
        let (loss, mut gradient) = gradient(&mut self.engine, hardware, what, (seed, updates));
        self.rule.penalise(&self.weights, &mut gradient);
        let mut gradient = self.parameters.pull_back(gradient);
        let length = norm(&gradient);
        if !(loss.is_finite() && length.is_finite()) {
            return None;
        }
        if let Some(clip) = self.spec.optimiser.clip {
            clip.apply(&self.parameters.ranges(), &mut gradient);
        }
        let rate = self.rate(updates);
        self.optimiser.update(&mut self.parameters.values, &gradient, rate);
        if self.spec.network.rank.is_none() {
            self.rule.after_update(&mut self.parameters.values, self.optimiser.momentum_mut());
        }
        if !(is_finite(&self.parameters.values) && self.optimiser.is_finite()) {
            return None;
        }
        self.parameters.write(&mut self.weights);
        self.place.loss += loss * batch.len() as f64;
        let (sum, largest) = self.place.norms;
        self.place.norms = (sum + length, if length > largest { length } else { largest });
        self.place.batch += 1;
        Some(loss)
    }

    /// Learning rate of an update, from 0.
    fn rate(&self, update: u64) -> f64 {
        self.spec.optimiser.rate / (1.0 + self.spec.optimiser.decay * update as f64)
    }

    fn end_of_epoch(&mut self) -> Result<EpochRow, SampleError> {
        let score = self.lesson.score(&mut self.engine, &self.weights);
        let trials = self.lesson.sample.trials() as f64;
        let loss = self.place.loss / trials;
        let best = self.best();
        let updates = self.optimiser.iteration();
        let row = EpochRow {
            epoch: self.place.epoch + 1,
            stage: self.place.stage + 1,
            updates,
            loss,
            accuracy: score.as_ref().map(|s| s.accuracy.by_trial()).filter(|a| !a.is_nan()),
            time_right: score.as_ref().map(|s| s.accuracy.by_time()).filter(|a| !a.is_nan()),
            held_out_loss: score.map(|score| score.mean_square),
            gradient_norm: self.place.norms.0 / self.batches() as f64,
            largest_norm: self.place.norms.1,
            rate: self.rate(updates.saturating_sub(1)),
            violations: self.rule.violations(&self.weights),
            broke: loss > BREAK * best,
        };
        self.history.push(row.clone());
        self.kept.copy_from_slice(&self.parameters.values);
        let (stage, began) = (self.place.stage, self.place.began);
        self.place = Place { epoch: row.epoch, stage, began, ..Place::default() };
        self.order.clear();
        let (_, until) = self.part();
        if let Some(reason) = over(until, &self.history[began..]) {
            if stage < self.spec.curriculum.len() {
                (self.place.stage, self.place.began) = (stage + 1, row.epoch);
                let task = self.part().0.clone();
                self.lesson = Lesson::new(&task, &self.spec.data, self.spec.seed)?;
            } else {
                self.stopped = Some(reason);
            }
        }
        Ok(row)
    }

    /// The lowest loss of an epoch of the current part; infinite before there is one.
    fn best(&self) -> f64 {
        let losses = self.history[self.place.began..].iter().map(|row| row.loss);
        losses.fold(f64::INFINITY, |best, loss| if loss < best { loss } else { best })
    }

    /// Takes up a training where a checkpoint left it.
    pub(super) fn resume(
        &mut self,
        values: Vec<f32>,
        stopped: Option<Stopped>,
    ) -> Result<(), TrainError> {
        self.parameters.values = values;
        self.parameters.write(&mut self.weights);
        self.stopped = stopped;
        if self.place.stage > 0 {
            let task = self.part().0.clone();
            self.lesson = Lesson::new(&task, &self.spec.data, self.spec.seed)?;
        }
        if self.place.batch > 0 && self.place.batch < self.batches() {
            self.begin_epoch()?;
        }
        Ok(())
    }
}

/// Streams of the noise of states; those of the order of trials lie below.
const NOISE: u64 = 1 << 16;

/// Whether a part is over after these epochs.
fn over(until: StopSpec, rows: &[EpochRow]) -> Option<Stopped> {
    let last = rows.last()?;
    if let Some(below) = until.loss
        && last.loss < below
    {
        return Some(Stopped::Loss { loss: last.loss, below });
    }
    if let (Some(least), Some(accuracy)) = (until.accuracy, last.accuracy)
        && accuracy >= least
    {
        return Some(Stopped::Accuracy { accuracy, least });
    }
    if let Some(epochs) = until.patience {
        let mut best = (0, f64::INFINITY);
        for (at, row) in rows.iter().enumerate() {
            if row.loss < best.1 {
                best = (at, row.loss);
            }
        }
        if rows.len() - 1 - best.0 >= epochs {
            return Some(Stopped::Patience { epochs, best: best.1 });
        }
    }
    (rows.len() >= until.epochs).then_some(Stopped::Epochs { epochs: until.epochs })
}
