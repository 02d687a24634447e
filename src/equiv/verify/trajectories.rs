//! All trials, and how circuit and network compare over them.

use rayon::prelude::*;

use crate::{
    equiv::{
        Attempt, Decisions, EquivalenceReport, Extracted, Path, Structure, TrajectoryReport,
        VerifyError, VerifyOptions,
        certainty::{Certainty, Computed, Field, Sides, Steps, certainty},
        verify::{
            EDGE_TRIALS, Subject, TIGHTEST,
            difference::Run,
            linear,
            trial::{self, TrialError},
        },
    },
    mna::Reduction,
    solve::Counters,
};

/// Runs all trials, at tighter and tighter tolerance where none is given.
pub(super) fn run(
    subject: &Subject<'_>,
    pairing: (&Reduction, &(Extracted, Structure)),
    options: &VerifyOptions,
    report: &mut EquivalenceReport,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<(), VerifyError> {
    let tolerance = options.difference_allowed();
    let trials = subject.stimuli.trials().len();
    let (reduction, (extracted, structure)) = pairing;
    let bench = trial::Bench::new(subject, reduction, (extracted, structure), options.until);
    let done = std::sync::atomic::AtomicUsize::new(0);
    let tick = || {
        let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress(count as f64 / (2 * trials) as f64);
    };
    let named = |at: usize, error: TrialError| VerifyError::Trial {
        trial: at + 1,
        name: subject.stimuli.trials()[at].name.clone(),
        error,
    };
    let expected: Vec<_> = (0..trials)
        .into_par_iter()
        .map(|at| {
            let expected = bench.expect(at, options.reference, at < EDGE_TRIALS);
            tick();
            expected.map_err(|error| named(at, error))
        })
        .collect::<Result<_, _>>()?;
    let full_scale =
        expected.iter().map(trial::Expected::full_scale).max_by(f64::total_cmp).unwrap_or(0.0);
    report.linear = linear::compare(&bench, &expected, options);
    let mut reltol = options.first_reltol();
    loop {
        let runs: Vec<_> = (0..trials)
            .into_par_iter()
            .map(|at| {
                let run = bench.run(at, &expected[at], (options.path, reltol));
                tick();
                run.map_err(|error| named(at, error))
            })
            .collect::<Result<_, _>>()?;
        report.counters = work(&runs);
        report.reltol = reltol;
        report.records = (0..options.keep.min(trials))
            .map(|at| bench.record(at, &expected[at], &runs[at]))
            .collect();
        let summary = summarise(&expected, &runs, (full_scale, tolerance), report);
        report.attempts.push(attempt(reltol, &summary));
        let settled = summary.holds
            || options.reltol.is_some()
            || options.path == Path::Reduced
            || reltol <= TIGHTEST;
        report.trajectory = Some(summary);
        if settled {
            let sides = sides(subject, (reduction, extracted, structure));
            report.bound = Some(bound(
                (&sides, Steps::Flow),
                subject,
                (&expected, &runs),
                full_scale,
                options,
            )?);
            return Ok(());
        }
        reltol *= 0.1;
    }
}

/// The work of all runs.
fn work(runs: &[Run]) -> Counters {
    let mut all = Counters::default();
    for run in runs {
        all += run.counters;
    }
    all
}

/// Everything may be at rest, and then zero is the only right answer.
fn attempt(reltol: f64, summary: &TrajectoryReport) -> Attempt {
    let scale = if summary.full_scale > 0.0 { summary.full_scale } else { 1.0 };
    Attempt { reltol, relative: summary.max_abs / scale }
}

/// Network and circuit as fields in the same order; the error of the circuit's sigma, and
/// what its steps may be off besides.
pub(super) type Fields = (Field, Field, [f64; 2]);

/// The two sides of a comparison as fields.
fn sides(
    subject: &Subject<'_>,
    (reduction, extracted, structure): (&Reduction, &Extracted, &Structure),
) -> Fields {
    let matching = &structure.matching;
    let circuit = match structure.circuit_activation {
        Some(_) => Field::of_circuit(extracted, matching),
        None => Field::of_linear(&reduction.lure, &extracted.scales, matching),
    };
    (Field::of_network(subject.network), circuit, [structure.sigma_error, 0.0])
}

/// What is certain about the difference of the trajectories.
pub(super) fn bound(
    ((network, circuit, [sigma_error, beside]), steps): (&Fields, Steps),
    subject: &Subject<'_>,
    (expected, runs): (&[trial::Expected], &[Run]),
    full_scale: f64,
    options: &VerifyOptions,
) -> Result<Certainty, VerifyError> {
    let sides = Sides { network, circuit, sigma_error: *sigma_error, beside: *beside, steps };
    let computed: Vec<Computed<'_>> = expected
        .iter()
        .zip(runs)
        .enumerate()
        .map(|(at, (expected, run))| Computed {
            name: &run.comparison.name,
            stimulus: subject.stimuli.stimulus(at),
            times: &expected.times,
            network: &expected.states,
            outputs: &expected.outputs,
            circuit: &run.trajectory,
        })
        .collect();
    Ok(certainty(&sides, &computed, full_scale, options.certainty)?)
}

/// Everything about the trajectories of all trials, and their decisions.
pub(super) fn summarise(
    expected: &[trial::Expected],
    runs: &[Run],
    (full_scale, tolerance): (f64, f64),
    report: &mut EquivalenceReport,
) -> TrajectoryReport {
    let largest = |values: &[Vec<f64>]| -> Vec<f64> {
        let width = values.first().map_or(0, Vec::len);
        (0..width)
            .map(|k| values.iter().map(|v| v[k]).max_by(f64::total_cmp).unwrap_or(0.0))
            .collect()
    };
    let (samples, squares) =
        runs.iter().fold((0, 0.0), |(n, sum), run| (n + run.samples, sum + run.squares));
    let units = largest(&runs.iter().map(|r| r.units.clone()).collect::<Vec<_>>());
    let outputs = largest(&runs.iter().map(|r| r.outputs.clone()).collect::<Vec<_>>());
    let max_abs = units.iter().chain(&outputs).copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let edge_effect = expected.iter().filter_map(|e| e.edge_effect).max_by(f64::total_cmp);
    report.decisions = Decisions {
        discrete: expected.iter().filter_map(|e| e.discrete.clone()).collect(),
        continuous: expected.iter().filter_map(|e| e.continuous.clone()).collect(),
        circuit: runs.iter().filter_map(|r| r.verdict.clone()).collect(),
    };
    TrajectoryReport {
        holds: max_abs <= tolerance * full_scale,
        max_abs,
        one_step_max: None,
        rms: if samples > 0 { (squares / samples as f64).sqrt() } else { 0.0 },
        full_scale,
        tolerance,
        units,
        outputs,
        edge_effect,
        trials: runs.iter().map(|r| r.comparison.clone()).collect(),
    }
}
