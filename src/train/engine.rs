//! Losses and gradients of batches, on one thread or several.

use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use crate::train::kernel::{LANES, Packed, Through, Trials, Workspace};
use crate::train::sample::Sample;
use crate::train::weights::{Cell, Shape, Weights};

/// Computes losses, gradients and outputs of a network.
///
/// A batch is cut into shards of 32 trials, whatever the number of threads, and
/// their gradients are added in order, so that the result is the same to the
/// bit on any number of threads. A thread keeps the states of one shard at a
/// time. It is joined once a batch.
#[derive(Debug)]
pub struct Engine {
    packed: Packed,
    shape: Shape,
    /// Steps of the network in one step of a sample.
    substeps: usize,
    through: Through,
    pool: Option<ThreadPool>,
    workspaces: Vec<Workspace>,
    shards: Vec<Shard>,
    gradient: Vec<f32>,
}

/// What one shard adds.
#[derive(Clone, Debug)]
struct Shard {
    loss: f64,
    gradient: Vec<f32>,
}

/// Why a network cannot be trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There are no units or no outputs.
    #[error("a network with {units} units and {outputs} outputs cannot be trained")]
    Empty {
        /// Units.
        units: usize,
        /// Outputs.
        outputs: usize,
    },
    /// The step is not one over a whole number.
    #[error("the step is {0}; it must be 1, 1/2, 1/3 or so, since inputs change once a time unit")]
    Step(f64),
    /// The leak is not positive.
    #[error("the leak is {0}; it must be positive and finite")]
    Leak(f64),
    /// There are no threads, or the system gives none.
    #[error("{threads} threads cannot be had: {reason}")]
    Threads {
        /// How many.
        threads: usize,
        /// What the system says.
        reason: String,
    },
}

/// Largest number of steps in a unit of time.
const MOST_SUBSTEPS: f64 = 10_000.0;

impl Engine {
    /// For networks of a shape, on so many threads.
    ///
    /// # Errors
    ///
    /// [`EngineError`] where the shape or the cell makes no sense, or threads
    /// cannot be had.
    pub fn new(shape: Shape, cell: Cell, threads: usize) -> Result<Self, EngineError> {
        let Shape { units, outputs, .. } = shape;
        if units == 0 || outputs == 0 {
            return Err(EngineError::Empty { units, outputs });
        }
        if !(cell.leak.is_finite() && cell.leak > 0.0) {
            return Err(EngineError::Leak(cell.leak));
        }
        let substeps = substeps(cell.step).ok_or(EngineError::Step(cell.step))?;
        if threads == 0 {
            let reason = "at least one is needed".to_owned();
            return Err(EngineError::Threads { threads, reason });
        }
        let pool = (threads > 1).then(|| ThreadPoolBuilder::new().num_threads(threads).build());
        let pool = pool.transpose().map_err(|error| {
            let reason = error.to_string();
            EngineError::Threads { threads, reason }
        })?;
        Ok(Self {
            packed: Packed::new(shape, cell),
            shape,
            substeps,
            through: Through::default(),
            pool,
            workspaces: (0..threads).map(|_| Workspace::default()).collect(),
            shards: Vec::new(),
            gradient: vec![0.0; shape.values()],
        })
    }

    /// How trials go through the network from now on; without noise and in one piece
    /// where nothing is said. What [`Self::outputs`] returns is always without noise.
    ///
    /// # Panics
    ///
    /// Where trials are to be cut into pieces of no steps.
    pub fn set_through(&mut self, through: Through) {
        assert_ne!(through.truncate, Some(0), "pieces of no steps");
        self.through = through;
    }

    /// Steps of the network in one step of a sample.
    #[must_use]
    pub fn substeps(&self) -> usize {
        self.substeps
    }

    /// Steps of the network in a trial of a sample.
    #[must_use]
    pub fn steps(&self, sample: &Sample) -> usize {
        sample.steps() * self.substeps
    }

    /// The mean square error of a batch over trials, steps and outputs, and its
    /// gradient in the order of [`Weights`].
    ///
    /// # Panics
    ///
    /// Where shapes differ, the batch is empty or a trial does not exist.
    pub fn gradient(
        &mut self,
        weights: &Weights,
        sample: &Sample,
        batch: &[usize],
    ) -> (f64, &[f32]) {
        self.check(weights, sample, batch);
        self.packed.fill(weights);
        let count = batch.len().div_ceil(LANES);
        let blank = Shard { loss: 0.0, gradient: vec![0.0; self.shape.values()] };
        self.shards.resize(count, blank);
        let terms = (batch.len() * self.steps(sample) * self.shape.outputs) as f64;
        let (packed, shape, substeps) = (&self.packed, self.shape, self.substeps);
        let through = self.through;
        let run = |workspace: &mut Workspace, shard: &mut Shard, numbers: &[usize]| {
            let trials = Trials { sample, numbers, substeps, through };
            workspace.forward(packed, &trials);
            shard.loss = workspace.backward(packed, &trials, (2.0 / terms) as f32);
            shard.gradient.fill(0.0);
            workspace.add_gradient(shape, &mut shard.gradient);
        };
        spread(self.pool.as_ref(), &mut self.workspaces, &mut self.shards, batch, run);
        self.gradient.fill(0.0);
        let mut loss = 0.0;
        for shard in &self.shards {
            loss += shard.loss;
            for (sum, value) in self.gradient.iter_mut().zip(&shard.gradient) {
                *sum += value;
            }
        }
        (loss / terms, &self.gradient)
    }

    /// What the network puts out: `y[trial][step][output]`, flat, with a step of
    /// the network a step.
    ///
    /// # Panics
    ///
    /// Where shapes differ, the batch is empty or a trial does not exist.
    pub fn outputs(&mut self, weights: &Weights, sample: &Sample, batch: &[usize]) -> Vec<f32> {
        self.check(weights, sample, batch);
        self.packed.fill(weights);
        let (steps, outputs) = (self.steps(sample), self.shape.outputs);
        let (packed, shape, substeps) = (&self.packed, self.shape, self.substeps);
        let mut parts: Vec<Vec<f32>> = vec![Vec::new(); batch.len().div_ceil(LANES)];
        let run = |workspace: &mut Workspace, part: &mut Vec<f32>, numbers: &[usize]| {
            let through = Through::default();
            workspace.forward(packed, &Trials { sample, numbers, substeps, through });
            part.resize(numbers.len() * steps * outputs, 0.0);
            for t in 0..steps {
                for o in 0..outputs {
                    let row = workspace.output(shape, t, o);
                    for (lane, value) in row[..numbers.len()].iter().enumerate() {
                        part[(lane * steps + t) * outputs + o] = *value;
                    }
                }
            }
        };
        spread(self.pool.as_ref(), &mut self.workspaces, &mut parts, batch, run);
        parts.concat()
    }

    fn check(&self, weights: &Weights, sample: &Sample, batch: &[usize]) {
        assert_eq!(weights.shape(), self.shape, "shape of the weights");
        let channels = (self.shape.inputs, self.shape.outputs);
        assert_eq!((sample.inputs(), sample.outputs()), channels, "channels of the sample");
        assert!(!batch.is_empty(), "an empty batch");
        assert!(batch.iter().all(|&trial| trial < sample.trials()), "a trial that is not there");
    }
}

/// The number of steps in a unit of time, where that is whole.
fn substeps(step: f64) -> Option<usize> {
    let count = (1.0 / step).round();
    let whole = (1.0..=MOST_SUBSTEPS).contains(&count) && (count * step - 1.0).abs() <= 1e-9;
    whole.then_some(count as usize)
}

/// Runs every shard of a batch, on the threads that there are.
fn spread<T: Send>(
    pool: Option<&ThreadPool>,
    workspaces: &mut [Workspace],
    shards: &mut [T],
    batch: &[usize],
    run: impl Fn(&mut Workspace, &mut T, &[usize]) + Sync,
) {
    let each = shards.len().div_ceil(workspaces.len());
    let several = |workspace: &mut Workspace, shards: &mut [T], batch: &[usize]| {
        for (shard, numbers) in shards.iter_mut().zip(batch.chunks(LANES)) {
            run(workspace, shard, numbers);
        }
    };
    match pool {
        None => several(&mut workspaces[0], shards, batch),
        Some(pool) => pool.install(|| {
            shards
                .par_chunks_mut(each)
                .zip(batch.par_chunks(each * LANES))
                .zip(workspaces)
                .for_each(|((shards, batch), workspace)| several(workspace, shards, batch));
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::weights::Variable;

    fn sample(trials: usize, steps: usize, shape: Shape) -> Sample {
        let values = |channels: usize, salt: usize| {
            let count = trials * steps * channels;
            (0..count).map(|k| ((k * salt) as f32).sin()).collect::<Vec<f32>>()
        };
        let (inputs, outputs) = (shape.inputs, shape.outputs);
        Sample::new(steps, (inputs, values(inputs, 7)), (outputs, values(outputs, 3))).unwrap()
    }

    fn weights(shape: Shape) -> Weights {
        let values = (0..shape.values()).map(|k| 0.4 * ((k * k) as f32).cos()).collect();
        Weights::from_values(shape, values).unwrap()
    }

    #[test]
    fn threads_leave_no_trace() {
        let shape = Shape { units: 17, inputs: 2, outputs: 3 };
        let (sample, weights) = (sample(150, 20, shape), weights(shape));
        // Four whole shards and a part of one, in no order.
        let batch: Vec<usize> = (0..141).map(|k| k * 37 % 150).collect();
        let run = |threads| {
            let mut engine = Engine::new(shape, Cell::KERAS, threads).unwrap();
            let (loss, gradient) = engine.gradient(&weights, &sample, &batch);
            let (loss, gradient) = (loss, gradient.to_vec());
            (loss, gradient, engine.outputs(&weights, &sample, &batch))
        };
        let single = run(1);
        for threads in [2, 3, 8] {
            assert_eq!(run(threads), single, "{threads} threads");
        }
    }

    /// The mean over a batch is the mean over its trials, however they are cut.
    #[test]
    fn a_batch_is_the_mean_of_its_trials() {
        let shape = Shape { units: 9, inputs: 1, outputs: 2 };
        let (sample, weights) = (sample(40, 12, shape), weights(shape));
        let cell = Cell { step: 0.5, ..Cell::KERAS };
        let mut engine = Engine::new(shape, cell, 1).unwrap();
        let batch: Vec<usize> = (0..40).collect();
        let (loss, gradient) = engine.gradient(&weights, &sample, &batch);
        let (loss, gradient) = (loss, gradient.to_vec());
        let (mut mean, mut slopes) = (0.0, vec![0.0; shape.values()]);
        for trial in 0..40 {
            let (loss, gradient) = engine.gradient(&weights, &sample, &[trial]);
            mean += loss / 40.0;
            for (sum, value) in slopes.iter_mut().zip(gradient) {
                *sum += f64::from(*value) / 40.0;
            }
        }
        assert!((loss - mean).abs() <= 1e-7 * mean, "{loss} {mean}");
        for (found, right) in gradient.iter().zip(slopes) {
            assert!((f64::from(*found) - right).abs() <= 1e-6, "{found} {right}");
        }
    }

    #[test]
    fn a_step_against_the_gradient_lowers_the_loss() {
        let shape = Shape { units: 20, inputs: 2, outputs: 1 };
        let (sample, mut weights) = (sample(64, 30, shape), weights(shape));
        let mut engine = Engine::new(shape, Cell::KERAS, 1).unwrap();
        let batch: Vec<usize> = (0..64).collect();
        let (before, gradient) = engine.gradient(&weights, &sample, &batch);
        let slope: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
        let gradient = gradient.to_vec();
        let rate = 1e-4;
        for (weight, slope) in weights.values_mut().iter_mut().zip(&gradient) {
            *weight -= rate * slope;
        }
        let (after, _) = engine.gradient(&weights, &sample, &batch);
        let expected = before - f64::from(rate) * slope;
        assert!((after - expected).abs() <= 0.02 * (before - expected), "{after} {expected}");
        assert_eq!(weights.get(Variable::Offset).len(), 1);
    }

    #[test]
    fn what_cannot_be_trained_is_refused() {
        let shape = Shape { units: 3, inputs: 1, outputs: 1 };
        let text = |shape, cell, threads| {
            Engine::new(shape, cell, threads).map(|_| ()).unwrap_err().to_string()
        };
        let empty = Shape { units: 0, ..shape };
        assert!(text(empty, Cell::KERAS, 1).contains("0 units and 1 outputs"));
        for step in [0.0, -1.0, 2.0, 0.3, f64::NAN] {
            assert!(text(shape, Cell { step, ..Cell::KERAS }, 1).contains("1/2, 1/3"), "{step}");
        }
        assert!(text(shape, Cell { leak: 0.0, ..Cell::KERAS }, 1).contains("leak is 0"));
        assert!(text(shape, Cell::KERAS, 0).contains("at least one"));
    }
}
