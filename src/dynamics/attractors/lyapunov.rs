//! Lyapunov exponents by repeated orthogonalisation.

use nalgebra::DMatrix;
use serde::Serialize;

use super::{AttractorError, motion::Motion, seed::Uniform};
use crate::{dae::System, linalg::norm};

/// How exponents are computed.
#[derive(Clone, Debug, PartialEq)]
pub struct LyapunovOptions {
    /// Number of exponents, the largest first; at most the number of states.
    pub count: usize,
    /// Samples that are left out at the start, while state and frame settle.
    pub transient: usize,
    /// Samples that count.
    pub samples: usize,
    /// Time of a sample of a flow, after each of which the frame is
    /// orthogonalised again; of a map it is a step.
    pub unit: f64,
    /// Relative error of a step of the integrator of a flow.
    pub tolerance: f64,
    /// Seed of the first frame.
    pub seed: u64,
}

impl LyapunovOptions {
    /// The largest `count` exponents from 4,000 samples of time 1 after 500.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { count, transient: 500, samples: 4000, unit: 1.0, tolerance: 1e-9, seed: 1 }
    }
}

/// The largest Lyapunov exponents of the attractor that a state leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lyapunov {
    /// Exponents, 1 / unit of time, decreasing.
    pub exponents: Vec<f64>,
    /// Standard error of each, from the spread over twenty parts of the run.
    pub errors: Vec<f64>,
    /// Mean of log|det J| of a map by its step, or of tr J of a flow: the sum
    /// of all exponents. Only where all of them were asked for.
    pub volume: Option<f64>,
    /// Time that counted.
    pub time: f64,
    /// Where the state was last.
    #[serde(skip)]
    pub state: Vec<f64>,
}

impl Lyapunov {
    /// The dimension of Kaplan and Yorke, `j + (l_1 + ... + l_j)/|l_{j+1}|`, j the
    /// last index with a sum that is not negative; `None` where more exponents
    /// would be needed.
    #[must_use]
    pub fn kaplan_yorke(&self) -> Option<f64> {
        let mut sum = 0.0;
        for (index, exponent) in self.exponents.iter().enumerate() {
            if sum + exponent < 0.0 {
                return Some(index as f64 + sum / exponent.abs());
            }
            sum += exponent;
        }
        None
    }
}

/// Parts of the run that the standard error is taken over.
const PARTS: usize = 20;

/// The largest Lyapunov exponents along the motion from `x0` under constant
/// input.
///
/// A frame of tangent vectors is moved by the Jacobians of a map, or by the
/// variational equation of a flow integrated together with the state, and
/// orthogonalised after every sample; the exponents are the mean logarithms of
/// the lengths (Benettin et al., Meccanica 15, 1980).
///
/// # Errors
///
/// [`AttractorError`]; also where no samples or more exponents than states are
/// asked for, or the state leaves the range of numbers.
pub fn lyapunov(
    system: &dyn System,
    x0: &[f64],
    input: &[f64],
    options: &LyapunovOptions,
) -> Result<Lyapunov, AttractorError> {
    let motion = Motion::new(system, x0, input, (options.unit, options.tolerance))?;
    let states = motion.states();
    if options.count == 0 || options.count > states {
        let expected = "at least 1 and at most the number of states";
        let value = options.count as f64;
        return Err(AttractorError::Option { what: "number of exponents", value, expected });
    }
    if options.samples < PARTS {
        let (value, expected) = (options.samples as f64, "at least 20");
        return Err(AttractorError::Option { what: "number of samples", value, expected });
    }
    let mut frame = Frame::new(motion, x0, options);
    for _ in 0..options.transient {
        frame.advance()?;
    }
    let mut sums = vec![vec![0.0; options.count]; PARTS];
    let mut volume = 0.0;
    for sample in 0..options.samples {
        let (logs, growth) = frame.advance()?;
        let part = &mut sums[sample * PARTS / options.samples];
        part.iter_mut().zip(&logs).for_each(|(sum, log)| *sum += log);
        volume += growth;
    }
    let time = options.samples as f64 * motion.unit;
    let mut found: Vec<(f64, f64)> = (0..options.count)
        .map(|k| {
            let parts: Vec<f64> = sums.iter().map(|part| part[k] * PARTS as f64 / time).collect();
            mean_and_error(&parts)
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(Lyapunov {
        exponents: found.iter().map(|pair| pair.0).collect(),
        errors: found.iter().map(|pair| pair.1).collect(),
        volume: (options.count == states).then_some(volume / time),
        time,
        state: frame.x[..states].to_vec(),
    })
}

/// Mean and its standard error.
fn mean_and_error(parts: &[f64]) -> (f64, f64) {
    let count = parts.len() as f64;
    let mean = parts.iter().sum::<f64>() / count;
    let variance = parts.iter().map(|part| (part - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// A state with an orthonormal frame of tangent vectors.
struct Frame<'a> {
    motion: Motion<'a>,
    count: usize,
    /// State, frame by columns, and of a flow the integral of the trace.
    x: Vec<f64>,
    step: Step<'a>,
}

enum Step<'a> {
    Map { jacobian: DMatrix<f64>, next: Vec<f64> },
    Flow(Box<super::integrate::Integrator<super::motion::Rate<'a>>>),
}

impl<'a> Frame<'a> {
    fn new(motion: Motion<'a>, x0: &[f64], options: &LyapunovOptions) -> Self {
        let (states, count) = (x0.len(), options.count);
        let mut uniform = Uniform::new(options.seed, 0);
        let mut columns: Vec<f64> = (0..states * count).map(|_| uniform.next()).collect();
        orthogonalise(&mut columns, states);
        let mut x = [x0, &columns].concat();
        let step = if motion.is_map() {
            Step::Map { jacobian: DMatrix::zeros(states, states), next: vec![0.0; states] }
        } else {
            x.push(0.0);
            Step::Flow(Box::new(motion.variational(count)))
        };
        Self { motion, count, x, step }
    }

    /// Moves by one sample; logarithms of the lengths, and of the volume where
    /// the frame is complete.
    fn advance(&mut self) -> Result<(Vec<f64>, f64), AttractorError> {
        let states = self.motion.states();
        let length = states * self.count;
        let growth = match &mut self.step {
            Step::Map { jacobian, next } => {
                let (point, tangents) = self.x.split_at_mut(states);
                self.motion.system.jacobian(point, self.motion.input, jacobian)?;
                self.motion.system.evolve(point, self.motion.input, next)?;
                point.copy_from_slice(next);
                let frame = DMatrix::from_column_slice(states, self.count, tangents);
                tangents.copy_from_slice((&*jacobian * frame).as_slice());
                if self.count == states { log_determinant(jacobian) } else { 0.0 }
            }
            Step::Flow(integrator) => {
                self.x[states + length] = 0.0;
                integrator.forget();
                integrator.advance(&mut self.x, self.motion.unit)?;
                self.x[states + length]
            }
        };
        if let Some(at) = self.x[..states].iter().position(|value| !value.is_finite()) {
            let (value, expected) = (self.x[at], "a motion that stays finite");
            return Err(AttractorError::Option { what: "state of the motion", value, expected });
        }
        Ok((orthogonalise(&mut self.x[states..states + length], states), growth))
    }
}

/// log|det A|.
fn log_determinant(a: &DMatrix<f64>) -> f64 {
    a.clone().lu().u().diagonal().iter().map(|pivot| pivot.abs().ln()).sum()
}

/// Orthonormalises columns of `rows` entries in place, twice over against
/// rounding, and returns the logarithms of their lengths over the former ones.
///
/// A column that vanishes gets the logarithm of the smallest number, and a
/// direction of its own.
fn orthogonalise(columns: &mut [f64], rows: usize) -> Vec<f64> {
    let count = columns.len() / rows;
    let mut logs = Vec::with_capacity(count);
    for k in 0..count {
        let (done, rest) = columns.split_at_mut(k * rows);
        let column = &mut rest[..rows];
        for _ in 0..2 {
            for other in done.chunks_exact(rows) {
                let part: f64 = other.iter().zip(column.iter()).map(|(a, b)| a * b).sum();
                column.iter_mut().zip(other).for_each(|(value, o)| *value -= part * o);
            }
        }
        let length = norm(column);
        if length > 0.0 {
            for value in column.iter_mut() {
                *value /= length;
            }
            logs.push(length.ln());
        } else {
            column[k] = 1.0;
            logs.push(f64::MIN_POSITIVE.ln());
        }
    }
    logs
}
