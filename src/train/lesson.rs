//! The trials of a task, as what is trained on and what is judged.

use std::borrow::Borrow;

use crate::task::{Example, Score, TaskSpec};
use crate::train::spec::DataSpec;
use crate::train::{Engine, Sample, SampleError, Weights, chance};

/// Trials of one task.
#[derive(Clone, Debug)]
pub(super) struct Lesson {
    task: TaskSpec,
    pub(super) sample: Sample,
    /// The epoch, from 0, whose fresh trials these are.
    epoch: usize,
    held_out: Test,
}

/// Trials that a network is judged on.
#[derive(Clone, Debug)]
pub struct Test {
    task: TaskSpec,
    examples: Vec<Example>,
    sample: Sample,
}

/// Fresh trials have numbers from here on: no training of fewer than 10^12 trials comes so
/// far.
const FRESH: usize = 1 << 40;
/// Stream of the seed for the order of trials; the number of the epoch is added.
const ORDER: u64 = 1 << 32;

impl Lesson {
    pub(super) fn new(task: &TaskSpec, data: &DataSpec, seed: u64) -> Result<Self, SampleError> {
        let held_out = Test::of(task, seed, 0, data.held_out)?;
        let sample = sample(task, drawn(task, seed, data.held_out, data.trials - data.held_out))?;
        Ok(Self { task: task.clone(), sample, epoch: 0, held_out })
    }

    /// Replaces the trials that are trained on by those of an epoch, from 0.
    pub(super) fn renew(
        &mut self,
        data: &DataSpec,
        seed: u64,
        epoch: usize,
    ) -> Result<(), SampleError> {
        if epoch == self.epoch {
            return Ok(());
        }
        let first = epoch * data.trials + data.held_out;
        let examples = drawn(&self.task, seed, first, data.trials - data.held_out);
        (self.sample, self.epoch) = (sample(&self.task, examples)?, epoch);
        Ok(())
    }

    /// How a network does on the trials that are held out; `None` where there are none.
    pub(super) fn score(&self, engine: &mut Engine, weights: &Weights) -> Option<Score> {
        (!self.held_out.examples.is_empty()).then(|| self.held_out.score(engine, weights))
    }

    /// The order of the trials in an epoch, from 0.
    pub(super) fn order(&self, seed: u64, epoch: usize) -> Vec<usize> {
        let mut random = chance(seed, ORDER + epoch as u64);
        let mut order: Vec<usize> = (0..self.sample.trials()).collect();
        // Fisher and Yates.
        for last in (1..order.len()).rev() {
            let other = (random.uniform() * (last + 1) as f64) as usize;
            order.swap(last, other);
        }
        order
    }
}

impl Test {
    /// Trials that no training of the same seed sees, from the number `first` on.
    ///
    /// # Errors
    ///
    /// [`SampleError`] where the task plays what is not a finite number.
    pub fn fresh(
        task: &TaskSpec,
        seed: u64,
        first: usize,
        count: usize,
    ) -> Result<Self, SampleError> {
        Self::of(task, seed, FRESH + first, count)
    }

    fn of(task: &TaskSpec, seed: u64, first: usize, count: usize) -> Result<Self, SampleError> {
        let examples: Vec<Example> = drawn(task, seed, first, count).collect();
        let sample = sample(task, &examples)?;
        Ok(Self { task: task.clone(), examples, sample })
    }

    /// How a network does on them.
    ///
    /// # Panics
    ///
    /// Where the network has other channels than the task, or there are no trials.
    pub fn score(&self, engine: &mut Engine, weights: &Weights) -> Score {
        let all: Vec<usize> = (0..self.sample.trials()).collect();
        let outputs = engine.outputs(weights, &self.sample, &all);
        self.task.judge(&self.examples, &outputs, engine.substeps())
    }
}

/// The trials of some successive numbers.
fn drawn(
    task: &TaskSpec,
    seed: u64,
    first: usize,
    count: usize,
) -> impl ExactSizeIterator<Item = Example> {
    (0..count).map(move |k| task.example(seed, (first + k) as u64))
}

/// Inputs and targets of trials, one after the other.
fn sample<E: Borrow<Example>>(
    task: &TaskSpec,
    examples: impl IntoIterator<Item = E, IntoIter: ExactSizeIterator>,
) -> Result<Sample, SampleError> {
    let (inputs, outputs) = (task.channels().len(), task.outputs().len());
    let examples = examples.into_iter();
    let steps = examples.len() * task.steps();
    let (mut x, mut y) = (Vec::with_capacity(steps * inputs), Vec::with_capacity(steps * outputs));
    for example in examples {
        x.extend_from_slice(&example.borrow().inputs);
        y.extend_from_slice(&example.borrow().targets);
    }
    Sample::new(task.steps(), (inputs, x), (outputs, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_every_trial_once_in_an_order_of_its_own() {
        let task = TaskSpec::named("and").unwrap();
        let data = DataSpec { trials: 60, held_out: 10, ..DataSpec::default() };
        let mut lesson = Lesson::new(&task, &data, 4).unwrap();
        let [first, second] = [0, 1].map(|epoch| lesson.order(4, epoch));
        assert_ne!(first, second);
        assert_eq!(lesson.order(4, 0), first);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, (0..50).collect::<Vec<_>>());
        }
        let before = lesson.sample.clone();
        assert_eq!(before.x(0), task.example(4, 10).inputs);
        lesson.renew(&data, 4, 0).unwrap();
        assert_eq!(lesson.sample, before);
        lesson.renew(&data, 4, 2).unwrap();
        assert_eq!(lesson.sample.x(3), task.example(4, 2 * 60 + 10 + 3).inputs);
    }
}
