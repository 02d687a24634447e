//! Circuits of transistors against their network: by measurement, and through every
//! transistor.

use std::{
    fmt::{self, Formatter},
    sync::atomic::{AtomicUsize, Ordering},
};

use rayon::prelude::*;

use crate::{
    equiv::{
        Attempt, EquivalenceReport, Measured, Path, Scales, Structural, Structure, Subject,
        VerifyError, VerifyOptions, measure,
        reference::{self, Deviation},
        verify::{
            EDGE_TRIALS, TIGHTEST, blank, concluded,
            difference::Run,
            refused,
            trajectories::summarise,
            trial::{Bench, Expected, TrialError},
        },
    },
    rnn::random::Random,
    solve::Counters,
};

/// What was measured of a circuit, and what it explains.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MeasuredFacts {
    /// Largest modulus of `sigma(z) - tanh(z)` of any unit.
    pub mismatch: f64,
    /// Largest part of a sigma that is lost in the conductance of what drives a capacitor.
    pub conductance: f64,
    /// Largest sum of both that is allowed.
    pub allowed: f64,
    /// Largest error of a rate at points that had no part in the measurement, model units.
    pub residual: f64,
    /// Operating points that were solved.
    pub points: usize,
    /// What the deck saves that is no output of the network.
    pub unread: Vec<String>,
    /// Largest difference that the network with the measured sigmas has from the network,
    /// model units; `None` where nothing could be compared.
    pub predicted: Option<f64>,
    /// Largest difference of the circuit from the network with the measured sigmas.
    pub unexplained: Option<f64>,
    /// How far rates that are off by the residual take the network from there, the largest
    /// of a few patterns of signs.
    pub spread: Option<f64>,
    /// What `unexplained` may be.
    pub unexplained_allowed: Option<f64>,
}

/// Largest difference of a trajectory that may be left unexplained: what nodal analysis is
/// held to anywhere, relative to full scale, and a multiple of what the residual can do,
/// since few patterns of its signs are tried.
const UNEXPLAINED: f64 = 1e-4;
const SPREADS: f64 = 2.0;
/// Patterns of signs: all alike, alternating, and others.
const PATTERNS: u64 = 4;
/// Largest predicted difference, relative to full scale, with which a circuit is still the
/// network.
const LARGEST: f64 = 0.1;
/// Relative tolerance of the prediction, whose tables are smooth but not analytic.
const PREDICTION: f64 = 1e-9;
/// A tighter tolerance that leaves more than this part of the difference is the last.
const STALLED: f64 = 0.7;

impl MeasuredFacts {
    /// What was measured.
    pub(super) fn text(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "measured    at {} operating points: sigma is tanh to {:.1e} of its height; outputs lose up to {:.1e} of it",
            self.points, self.mismatch, self.conductance
        )?;
        writeln!(
            f,
            "            ({:.0e} is allowed); leak and one sum of states and inputs explain every current to {:.1e}",
            self.allowed, self.residual
        )?;
        if !self.unread.is_empty() {
            writeln!(
                f,
                "            no sums of states and so no outputs: {}",
                self.unread.join(", ")
            )?;
        }
        Ok(())
    }

    /// What the trajectories say of it.
    pub(super) fn explanation(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (Some(predicted), Some(unexplained), Some(allowed)) =
            (self.predicted, self.unexplained, self.unexplained_allowed)
        else {
            return Ok(());
        };
        writeln!(
            f,
            "            the network with the measured sigmas differs by {predicted:.1e}; the circuit follows it to {unexplained:.1e} (tolerance {allowed:.1e})"
        )?;
        if predicted > 0.0 && !(unexplained <= allowed) {
            writeln!(f, "            what is measured at rest does not explain what moves")?;
        }
        Ok(())
    }
}

/// Verifies a circuit whose nonlinearities are many elements together.
pub(super) fn verify(
    subject: &Subject<'_>,
    options: &VerifyOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<EquivalenceReport, VerifyError> {
    if options.align {
        return Err(VerifyError::NoClock);
    }
    let scales = Scales::from_params(&subject.circuit.parts().params);
    let options = &VerifyOptions { path: Path::Mna, ..*options };
    let compared = measure(subject.circuit, &scales)
        .map_err(|obstacle| obstacle.to_string())
        .and_then(|found| found.compare(subject.network).map(|structure| (found, structure)));
    let (measured, structure) = match compared {
        Ok(compared) => compared,
        Err(obstacle) => {
            let report = blank(subject, options, refused(obstacle, options), scales);
            return Ok(concluded(report));
        }
    };
    let structural = Structural {
        holds: structure.holds && measured.imperfection() <= options.mismatch,
        max_relative: Some(structure.max_relative),
        tolerance: measured.coefficient(),
        obstacle: None,
        comparison: Some(structure.clone()),
        blame: Vec::new(),
    };
    let mut report = blank(subject, options, structural, scales);
    report.circuit.states = measured.sigmas.len();
    report.measured = Some(MeasuredFacts {
        mismatch: measured.mismatch,
        conductance: measured.conductance,
        allowed: options.mismatch,
        residual: measured.residual,
        points: measured.points,
        unread: measured.unread.clone(),
        predicted: None,
        unexplained: None,
        spread: None,
        unexplained_allowed: None,
    });
    trajectories(subject, (&measured, &structure), options, &mut report, progress)?;
    Ok(concluded(report))
}

/// A trial: the network, and the network with the measured sigmas.
struct Prediction {
    expected: Expected,
    /// Units, then outputs, one row a time.
    rows: Vec<Vec<f64>>,
    /// How far the residual takes it from there.
    spread: f64,
}

fn trajectories(
    subject: &Subject<'_>,
    (measured, structure): (&Measured, &Structure),
    options: &VerifyOptions,
    report: &mut EquivalenceReport,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<(), VerifyError> {
    let Some(reduction) = measured.reduction(subject.circuit) else { return Ok(()) };
    let Ok((network, deviation)) = measured.arranged(&structure.matching) else { return Ok(()) };
    let pairing = (&measured.extracted, structure);
    let bench = Bench::new(subject, &reduction, pairing, options.until);
    let trials = subject.stimuli.trials().len();
    let done = AtomicUsize::new(0);
    let tick = || {
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(count as f64 / (2 * trials) as f64);
    };
    let named = |at: usize, error: TrialError| VerifyError::Trial {
        trial: at + 1,
        name: subject.stimuli.trials()[at].name.clone(),
        error,
    };
    let predict = |at: usize| -> Result<Prediction, TrialError> {
        let expected = bench.expect(at, options.reference, at < EDGE_TRIALS)?;
        let stimulus = subject.stimuli.stimulus(at);
        let follow = |deviation: &Deviation<'_>| {
            let times = &expected.times;
            reference::integrate_deviating(&network, deviation, &stimulus, times, PREDICTION)
                .map(|found| joined(&found.states, &found.outputs))
        };
        let rows = follow(&*deviation)?;
        let mut spread = 0.0;
        for pattern in 0..PATTERNS {
            let signs = signs(pattern, network.units());
            let off = |unit: usize, z: f64, h: f64| {
                deviation(unit, z, h) + signs[unit] * measured.residual
            };
            let found = apart(&follow(&off)?, &rows);
            spread = if found.is_nan() || found > spread { found } else { spread };
        }
        tick();
        Ok(Prediction { expected, rows, spread })
    };
    let predictions: Vec<Prediction> = (0..trials)
        .into_par_iter()
        .map(|at| predict(at).map_err(|error| named(at, error)))
        .collect::<Result<_, _>>()?;
    let scales = predictions.iter().map(|p| p.expected.full_scale());
    let full_scale = scales.max_by(f64::total_cmp).unwrap_or(0.0);
    let predicted = largest(
        predictions
            .iter()
            .map(|p| apart(&joined(&p.expected.states, &p.expected.outputs), &p.rows)),
    );
    let spread = largest(predictions.iter().map(|p| p.spread));
    let unexplained_allowed = UNEXPLAINED * full_scale + SPREADS * spread;
    // What is predicted and what is left bound what is seen.
    let bound = match options.difference {
        Some(difference) => difference * full_scale,
        None if predicted <= LARGEST * full_scale => predicted + unexplained_allowed,
        None => LARGEST * full_scale,
    };
    let mut reltol = options.first_reltol();
    let mut before = f64::INFINITY;
    loop {
        let runs: Vec<Run> = (0..trials)
            .into_par_iter()
            .map(|at| {
                let run = bench.run(at, &predictions[at].expected, (Path::Mna, reltol));
                tick();
                run.map_err(|error| named(at, error))
            })
            .collect::<Result<_, _>>()?;
        let unexplained =
            largest(runs.iter().zip(&predictions).map(|(r, p)| apart(&r.trajectory, &p.rows)));
        report.counters = Counters::default();
        runs.iter().for_each(|run| report.counters += run.counters);
        report.reltol = reltol;
        report.records = (0..options.keep.min(trials))
            .map(|at| bench.record(at, &predictions[at].expected, &runs[at]))
            .collect();
        let relative = if full_scale > 0.0 { unexplained / full_scale } else { unexplained };
        report.attempts.push(Attempt { reltol, relative });
        let explained = unexplained <= unexplained_allowed;
        let settled = explained
            || options.reltol.is_some()
            || reltol <= TIGHTEST
            || !(unexplained <= STALLED * before);
        if !settled {
            (reltol, before) = (reltol * 0.1, unexplained);
            continue;
        }
        let expected: Vec<Expected> = predictions.into_iter().map(|p| p.expected).collect();
        let tolerance = if full_scale > 0.0 { bound / full_scale } else { 0.0 };
        let mut summary = summarise(&expected, runs, (full_scale, tolerance), report);
        summary.holds = explained && summary.max_abs <= bound;
        report.trajectory = Some(summary);
        if let Some(facts) = &mut report.measured {
            facts.predicted = Some(predicted);
            facts.unexplained = Some(unexplained);
            facts.spread = Some(spread);
            facts.unexplained_allowed = Some(unexplained_allowed);
        }
        return Ok(());
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
fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    largest(pairs.map(|(a, b)| (a - b).abs()))
}

/// The largest of some moduli, 0 of none; NaN counts as the largest.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.max_by(f64::total_cmp).unwrap_or(0.0)
}
