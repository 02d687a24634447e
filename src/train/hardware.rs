//! Training a network as the circuits that will be built for it.
//!
//! Every batch is seen by some circuits whose components are off, each by its own errors,
//! and whose resistors are of a series. With `m` the errors and `q` the nearest value that
//! can be bought a weight w is
//!
//! ```text
//! w' = q(w) m,   m_ij = (1 + a_i) / (1 + e_ij)  [(1 + s_j) / (1 + r_j)  where w > 0]
//! ```
//!
//! with the resistor e of the weight, the feedback resistor a of the summing amplifier of
//! its row, and the two resistors of the inverter of its column, which positive weights hang
//! on (`docs/tolerance.md`). Offsets are a bias of offset times noise gain. The gradient of
//! w is that of w' times m: it goes straight through the rounding (Bengio, Leonard,
//! Courville 2013, arXiv 1308.3432) and takes offsets as given. Time constants are exact.

use serde::{Deserialize, Serialize};

use crate::rnn::random::Random;
use crate::train::weights::{Shape, Variable, Weights};
use crate::train::{Engine, Sample, chance};
use crate::units::{Series, nearest_of};

/// The circuits that see a batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HardwareSpec {
    /// Bound of the relative error of a resistor, below 1; errors are uniform within it.
    pub tolerance: f64,
    /// The series that resistors are bought from; exact values without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// Bound of the offset of an op-amp, V, at 1 V a unit of state; uniform within it.
    pub offset: f64,
    /// Circuits of a batch: each sees its share of the trials.
    pub circuits: usize,
}

impl Default for HardwareSpec {
    fn default() -> Self {
        Self { tolerance: 0.05, series: None, offset: 0.0, circuits: 4 }
    }
}

/// Streams of the errors; those of all else lie below.
const ERRORS: u64 = 1 << 48;

/// Loss of a batch and gradient of the weights: of the network itself, or where there are
/// circuits the mean over those of this update, each with its share of the trials.
pub(super) fn gradient(
    engine: &mut Engine,
    spec: Option<&HardwareSpec>,
    (weights, sample, batch): (&Weights, &Sample, &[usize]),
    (seed, update): (u64, u64),
) -> (f64, Vec<f32>) {
    let Some(spec) = spec else {
        let (loss, gradient) = engine.gradient(weights, sample, batch);
        return (loss, gradient.to_vec());
    };
    let (mut loss, mut sum) = (0.0, vec![0.0; weights.values().len()]);
    let each = batch.len().div_ceil(spec.circuits);
    for (number, part) in batch.chunks(each).enumerate() {
        let number = update * spec.circuits as u64 + number as u64;
        let built = Built::new(spec, weights, seed, number);
        let share = part.len() as f64 / batch.len() as f64;
        let (own, slopes) = engine.gradient(&built.weights, sample, part);
        loss += share * own;
        built.pull_back(slopes, share as f32, &mut sum);
    }
    (loss, sum)
}

/// A circuit: what its weights are, and what each is of the trained one.
pub(super) struct Built {
    pub(super) weights: Weights,
    factors: Vec<f32>,
}

impl Built {
    /// The circuit of a number, which with the seed decides its errors.
    pub(super) fn new(spec: &HardwareSpec, trained: &Weights, seed: u64, number: u64) -> Self {
        let shape = trained.shape();
        let mut random = chance(seed, ERRORS + number);
        let errors = Errors::draw(spec, shape, &mut random);
        let factors = errors.factors(trained);
        let mut weights = trained.clone();
        let decade = spec.series.map(Series::decade);
        for (weight, factor) in weights.values_mut().iter_mut().zip(&factors) {
            if let Some(decade) = &decade {
                *weight = bought(decade, *weight);
            }
            *weight *= factor;
        }
        if spec.offset > 0.0 {
            errors.shift(&mut weights);
        }
        Self { weights, factors }
    }

    /// Adds the gradient of what is trained, times `share`, to `sum`, from that of the
    /// circuit's weights.
    pub(super) fn pull_back(&self, gradient: &[f32], share: f32, sum: &mut [f32]) {
        for ((sum, slope), factor) in sum.iter_mut().zip(gradient).zip(&self.factors) {
            *sum += share * slope * factor;
        }
    }
}

/// The weight of the nearest resistor of a decade: a weight of w is one of 10 kOhm / |w|.
fn bought(decade: &[f64], weight: f32) -> f32 {
    if weight == 0.0 || !weight.is_finite() {
        return weight;
    }
    let weight = f64::from(weight);
    (weight.signum() / nearest_of(decade, 1.0 / weight.abs())) as f32
}

/// Relative errors of resistors, and offsets in V.
struct Errors {
    /// Of the weights and biases themselves.
    own: Vec<f64>,
    /// Of the feedback of the summing amplifiers: units, then outputs.
    feedback: Vec<f64>,
    /// The gains of the inverters: units, then inputs.
    inverters: Vec<f64>,
    /// Of the summing amplifiers, and of the inverters.
    offsets: (Vec<f64>, Vec<f64>),
}

impl Errors {
    fn draw(spec: &HardwareSpec, shape: Shape, random: &mut Random) -> Self {
        let Shape { units, inputs, outputs } = shape;
        let mut within = |bound: f64| bound * (2.0 * random.uniform() - 1.0);
        let (bound, offset) = (spec.tolerance, spec.offset);
        Self {
            own: (0..shape.values()).map(|_| within(bound)).collect(),
            feedback: (0..units + outputs).map(|_| within(bound)).collect(),
            inverters: (0..units + inputs)
                .map(|_| (1.0 + within(bound)) / (1.0 + within(bound)))
                .collect(),
            offsets: (
                (0..units + outputs).map(|_| within(offset)).collect(),
                (0..units + inputs).map(|_| within(offset)).collect(),
            ),
        }
    }

    /// Row and column of every value: the summing amplifier it enters, and the inverter it
    /// hangs on where it is positive; biases hang on references of either sign.
    fn places(shape: Shape) -> impl Iterator<Item = (usize, Option<usize>)> {
        let units = shape.units;
        Variable::ALL.into_iter().flat_map(move |variable| {
            let (rows, columns) = shape.of(variable);
            (0..rows * columns).map(move |at| {
                let (row, column) = (at / columns, at % columns);
                match variable {
                    Variable::Recurrent => (row, Some(column)),
                    Variable::Input => (row, Some(units + column)),
                    Variable::Bias => (row, None),
                    Variable::Readout => (units + row, Some(column)),
                    Variable::Offset => (units + row, None),
                }
            })
        })
    }

    /// What the errors multiply every weight by.
    fn factors(&self, trained: &Weights) -> Vec<f32> {
        let places = Self::places(trained.shape());
        let values = trained.values().iter().zip(&self.own);
        values
            .zip(places)
            .map(|((weight, own), (row, column))| {
                let inverted = column.filter(|_| *weight > 0.0);
                let gain = inverted.map_or(1.0, |column| self.inverters[column]);
                ((1.0 + self.feedback[row]) / (1.0 + own) * gain) as f32
            })
            .collect()
    }

    /// Adds the offsets of the amplifiers to the biases: of a summing amplifier times its
    /// noise gain, of an inverter twice it times the weight that hangs on it.
    fn shift(&self, weights: &mut Weights) {
        let shape = weights.shape();
        let mut shifts = vec![0.0; shape.units + shape.outputs];
        let (own, inverters) = &self.offsets;
        for (weight, (row, column)) in weights.values().iter().zip(Self::places(shape)) {
            let weight = f64::from(*weight);
            shifts[row] += weight.abs() * own[row];
            if let Some(column) = column.filter(|_| weight > 0.0) {
                shifts[row] -= 2.0 * weight * inverters[column];
            }
        }
        for (shift, own) in shifts.iter_mut().zip(own) {
            *shift += own;
        }
        let (units, outputs) = shifts.split_at(shape.units);
        for (variable, shifts) in [(Variable::Bias, units), (Variable::Offset, outputs)] {
            for (value, shift) in weights.get_mut(variable).iter_mut().zip(shifts) {
                *value += *shift as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests;
