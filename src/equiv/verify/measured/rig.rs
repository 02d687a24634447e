//! All trials: the circuit, the network, and the network with the measured sigmas.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::{
    equiv::{
        Path, VerifyError, VerifyOptions,
        reference::{self, Deviation},
        verify::{
            EDGE_TRIALS,
            difference::Run,
            measured::largest,
            trial::{Bench, Expected, TrialError},
        },
    },
    rnn::{Rnn, random::Random},
};

/// Patterns of signs: all alike, alternating, and others.
const PATTERNS: u64 = 4;
/// Relative tolerance of the prediction, whose tables are smooth but not analytic.
const PREDICTION: f64 = 1e-9;

/// What all trials share.
pub(super) struct Rig<'a> {
    pub(super) bench: Bench<'a>,
    /// The measured network, in the order of the network.
    pub(super) network: Rnn,
    /// What its units do besides.
    pub(super) deviation: Box<Deviation<'static>>,
    /// What else they may do, model units.
    pub(super) residual: f64,
    pub(super) options: &'a VerifyOptions,
    pub(super) progress: &'a (dyn Fn(f64) + Sync),
}

/// A trial: the network, and the network with the measured sigmas.
pub(super) struct Prediction {
    pub(super) expected: Expected,
    /// Units, then outputs, one row a time.
    pub(super) rows: Vec<Vec<f64>>,
    /// How far the residual takes it from there.
    pub(super) spread: f64,
}

impl Prediction {
    /// How far the measured network is from the network.
    pub(super) fn deviation(&self) -> f64 {
        apart(&joined(&self.expected.states, &self.expected.outputs), &self.rows)
    }
}

impl Rig<'_> {
    pub(super) fn predictions(&self) -> Result<Vec<Prediction>, VerifyError> {
        self.every(0.0, |at| self.predict(at))
    }

    /// The circuit, every transistor of it.
    pub(super) fn runs(
        &self,
        predictions: &[Prediction],
        reltol: f64,
    ) -> Result<Vec<Run>, VerifyError> {
        self.every(0.5, |at| self.bench.run(at, &predictions[at].expected, (Path::Mna, reltol)))
    }

    /// Something of every trial; half of the progress begins at `from`.
    fn every<T: Send>(
        &self,
        from: f64,
        one: impl Fn(usize) -> Result<T, TrialError> + Sync,
    ) -> Result<Vec<T>, VerifyError> {
        let trials = self.bench.subject.stimuli.trials();
        let done = AtomicUsize::new(0);
        (0..trials.len())
            .into_par_iter()
            .map(|at| {
                let found = one(at);
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                (self.progress)(from + 0.5 * count as f64 / trials.len() as f64);
                let name = || trials[at].name.clone();
                found.map_err(|error| VerifyError::Trial { trial: at + 1, name: name(), error })
            })
            .collect()
    }

    fn predict(&self, at: usize) -> Result<Prediction, TrialError> {
        let expected = self.bench.expect(at, self.options.reference, at < EDGE_TRIALS)?;
        let stimulus = self.bench.subject.stimuli.stimulus(at);
        let network = &self.network;
        let follow = |deviation: &Deviation<'_>| {
            let times = &expected.times;
            reference::integrate_deviating(network, deviation, &stimulus, times, PREDICTION)
                .map(|found| joined(&found.states, &found.outputs))
        };
        let rows = follow(&*self.deviation)?;
        let mut spreads = Vec::new();
        for pattern in 0..PATTERNS {
            let signs = signs(pattern, network.units());
            let off = |unit: usize, z: f64, h: f64| {
                (self.deviation)(unit, z, h) + signs[unit] * self.residual
            };
            spreads.push(apart(&follow(&off)?, &rows));
        }
        Ok(Prediction { expected, rows, spread: largest(spreads.into_iter()) })
    }
}

/// States, then outputs, one row a time.
fn joined(states: &[Vec<f64>], outputs: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows = states.iter().zip(outputs);
    rows.map(|(h, y)| h.iter().chain(y).copied().collect()).collect()
}

/// A pattern of signs, one a unit.
fn signs(pattern: u64, units: usize) -> Vec<f64> {
    let mut random = Random::stream(pattern, 1);
    let sign = |unit: usize| match pattern {
        0 => true,
        1 => unit.is_multiple_of(2),
        _ => random.uniform() < 0.5,
    };
    (0..units).map(sign).map(|plus| if plus { 1.0 } else { -1.0 }).collect()
}

/// The largest difference of two lists of rows; infinite where one is shorter.
pub(super) fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    largest(pairs.map(|(a, b)| (a - b).abs()))
}
