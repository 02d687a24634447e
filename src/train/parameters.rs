//! What an optimiser moves, and the weights that follow from it.

use std::ops::Range;

use nalgebra::DMatrix;

use crate::train::chance;
use crate::train::spec::NetworkSpec;
use crate::train::weights::{Shape, Variable, Weights};

/// The values that are trained: the weights themselves, or in place of W two factors,
/// `W = L R^T / sqrt(rank)`, each units x rank, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameters {
    shape: Shape,
    rank: Option<usize>,
    pub(super) values: Vec<f32>,
    /// True for a value that never moves.
    frozen: Vec<bool>,
}

/// Streams of the seed of a specification, so that no draw depends on another.
const INPUT: u64 = 1;
const READOUT: u64 = 2;
const FACTORS: u64 = 3;
const MASK: u64 = 4;

impl Parameters {
    /// Before the first update: recurrent weights as the specification says, those of
    /// inputs and outputs uniform (Glorot and Bengio 2010), offsets zero.
    pub(super) fn draw(spec: &NetworkSpec, shape: Shape, seed: u64) -> Self {
        let mut weights = Weights::zeros(shape);
        let Shape { units, inputs, outputs } = shape;
        if spec.rank.is_none() {
            let w = spec.recurrent.draw(units, seed).transpose();
            copy(&w, weights.get_mut(Variable::Recurrent));
        }
        let ends = [(Variable::Input, inputs, INPUT), (Variable::Readout, outputs, READOUT)];
        for (variable, other, stream) in ends {
            let limit = (6.0 / (units + other) as f64).sqrt();
            let mut random = chance(seed, stream);
            for weight in weights.get_mut(variable) {
                *weight = (limit * (2.0 * random.uniform() - 1.0)) as f32;
            }
        }
        Self::of_weights(spec, weights.shape(), weights.values(), seed)
    }

    fn of_weights(spec: &NetworkSpec, shape: Shape, weights: &[f32], seed: u64) -> Self {
        let recurrent = shape.range(Variable::Recurrent).len();
        let mut values = weights.to_vec();
        if let Some(rank) = spec.rank {
            let mut random = chance(seed, FACTORS);
            let factors = 2 * shape.units * rank;
            // Products of such factors have entries of variance 1 / units.
            let sd = (shape.units as f64).powf(-0.25);
            let drawn = (0..factors).map(|_| (sd * random.normal()) as f32);
            values = drawn.chain(weights[recurrent..].iter().copied()).collect();
        }
        let mut all = Self { shape, rank: spec.rank, frozen: vec![false; values.len()], values };
        all.freeze(spec, seed);
        all
    }

    fn freeze(&mut self, spec: &NetworkSpec, seed: u64) {
        for (variable, range) in self.places() {
            let fixed = !spec.trainable.contains(&variable);
            if fixed || (variable == Variable::Bias && !spec.bias) {
                self.frozen[range].fill(true);
            }
        }
        if spec.density < 1.0 {
            let mut random = chance(seed, MASK);
            let recurrent = self.shape.range(Variable::Recurrent);
            // The spread of what a unit receives stays what it was.
            let scale = (1.0 / spec.density.sqrt()) as f32;
            for (value, frozen) in
                self.values[recurrent.clone()].iter_mut().zip(&mut self.frozen[recurrent])
            {
                if random.uniform() < spec.density {
                    *value *= scale;
                } else {
                    (*value, *frozen) = (0.0, true);
                }
            }
        }
    }

    /// Where what is bounded by itself stands: the variables, and each factor of W.
    pub(super) fn ranges(&self) -> Vec<Range<usize>> {
        self.places().into_iter().map(|(_, range)| range).collect()
    }

    fn places(&self) -> Vec<(Variable, Range<usize>)> {
        let plain = Variable::ALL.map(|variable| (variable, self.shape.range(variable)));
        let Some(rank) = self.rank else { return plain.to_vec() };
        let (was, factor) = (plain[0].1.len(), self.shape.units * rank);
        let moved = |at: usize| at - was + 2 * factor;
        let rest = plain.into_iter().skip(1);
        [(Variable::Recurrent, 0..factor), (Variable::Recurrent, factor..2 * factor)]
            .into_iter()
            .chain(rest.map(|(variable, range)| (variable, moved(range.start)..moved(range.end))))
            .collect()
    }

    /// The weights.
    pub(super) fn write(&self, weights: &mut Weights) {
        let Some(rank) = self.rank else {
            weights.values_mut().copy_from_slice(&self.values);
            return;
        };
        let units = self.shape.units;
        let (factors, rest) = self.values.split_at(2 * units * rank);
        let (left, right) = self.factors(factors, rank);
        let product = right * left.transpose() / (rank as f32).sqrt();
        let range = self.shape.range(Variable::Recurrent);
        // A column of the transpose is a row of W.
        weights.values_mut()[range.clone()].copy_from_slice(product.as_slice());
        weights.values_mut()[range.end..].copy_from_slice(rest);
    }

    /// The gradient of the values, from that of the weights; zero for what never moves.
    pub(super) fn pull_back(&self, gradient: Vec<f32>) -> Vec<f32> {
        let mut pulled = match self.rank {
            None => gradient,
            Some(rank) => {
                let units = self.shape.units;
                let (left, right) = self.factors(&self.values, rank);
                let (slopes, rest) = gradient.split_at(units * units);
                let slopes = DMatrix::from_row_slice(units, units, slopes);
                let scale = 1.0 / (rank as f32).sqrt();
                let of_left = (&slopes * right * scale).transpose();
                let of_right = (slopes.transpose() * left * scale).transpose();
                [of_left.as_slice(), of_right.as_slice(), rest].concat()
            }
        };
        for (slope, frozen) in pulled.iter_mut().zip(&self.frozen) {
            if *frozen {
                *slope = 0.0;
            }
        }
        pulled
    }

    /// L and R.
    fn factors(&self, values: &[f32], rank: usize) -> (DMatrix<f32>, DMatrix<f32>) {
        let size = self.shape.units * rank;
        let factor = |part: &[f32]| DMatrix::from_row_slice(self.shape.units, rank, part);
        (factor(&values[..size]), factor(&values[size..2 * size]))
    }
}

/// Rounds a matrix in its own order.
fn copy(matrix: &DMatrix<f64>, target: &mut [f32]) {
    for (target, value) in target.iter_mut().zip(matrix.iter()) {
        *target = *value as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rnn::Initialiser;

    const SHAPE: Shape = Shape { units: 12, inputs: 2, outputs: 1 };

    fn weights(parameters: &Parameters) -> Weights {
        let mut weights = Weights::zeros(SHAPE);
        parameters.write(&mut weights);
        weights
    }

    #[test]
    fn recurrent_weights_are_those_of_the_initialiser() {
        let recurrent = Initialiser::Normal { gain: 1.5 };
        let spec = NetworkSpec { units: 12, recurrent, ..NetworkSpec::default() };
        let drawn = weights(&Parameters::draw(&spec, SHAPE, 7));
        let right = recurrent.draw(12, 7);
        for row in 0..12 {
            for column in 0..12 {
                let found = drawn.get(Variable::Recurrent)[row * 12 + column];
                assert_eq!(found, right[(row, column)] as f32);
            }
        }
        let limit = (6.0_f32 / 14.0).sqrt();
        assert!(drawn.get(Variable::Input).iter().all(|w| w.abs() < limit));
        assert!(drawn.get(Variable::Input).iter().any(|w| w.abs() > 0.7 * limit));
        assert!(drawn.get(Variable::Bias).iter().all(|w| *w == 0.0));
    }

    /// Gradients of the factors against differences of a function of W.
    #[test]
    fn factors_have_the_gradient_of_their_product() {
        let spec = NetworkSpec { units: 12, rank: Some(3), ..NetworkSpec::default() };
        let mut parameters = Parameters::draw(&spec, SHAPE, 1);
        let target = |k: usize| ((k * k) as f64).sin();
        let loss = |parameters: &Parameters| -> f64 {
            let all = weights(parameters);
            let terms = all.values().iter().enumerate();
            terms.map(|(k, w)| 0.5 * (f64::from(*w) - target(k)).powi(2)).sum()
        };
        let all = weights(&parameters);
        let w = DMatrix::from_row_slice(12, 12, all.get(Variable::Recurrent)).map(f64::from);
        assert_eq!(w.rank(1e-5), 3);
        let slopes: Vec<f32> =
            all.values().iter().enumerate().map(|(k, w)| w - target(k) as f32).collect();
        let gradient = parameters.pull_back(slopes);
        let bias = parameters.ranges()[3].clone();
        for (k, found) in gradient.iter().enumerate() {
            let mut at = |shift: f32| {
                let before = parameters.values[k];
                parameters.values[k] += shift;
                let value = loss(&parameters);
                parameters.values[k] = before;
                value
            };
            let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
            let expected = if bias.contains(&k) { 0.0 } else { slope };
            assert!((f64::from(*found) - expected).abs() < 2e-3, "{k}: {found} {expected}");
        }
    }

    #[test]
    fn what_is_not_trained_has_no_gradient() {
        let trainable = vec![Variable::Recurrent, Variable::Bias];
        let spec = NetworkSpec {
            units: 12,
            density: 0.25,
            trainable,
            bias: true,
            ..NetworkSpec::default()
        };
        let parameters = Parameters::draw(&spec, SHAPE, 3);
        let gradient = parameters.pull_back(vec![1.0; SHAPE.values()]);
        let recurrent = SHAPE.range(Variable::Recurrent);
        let kept = parameters.values[recurrent.clone()].iter().filter(|w| **w != 0.0).count();
        assert!((20..52).contains(&kept), "{kept} of 144");
        for (k, slope) in gradient.iter().enumerate() {
            let moves = if recurrent.contains(&k) {
                parameters.values[k] != 0.0
            } else {
                SHAPE.range(Variable::Bias).contains(&k)
            };
            assert_eq!(*slope, f32::from(u8::from(moves)), "{k}");
        }
    }
}
