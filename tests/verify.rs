//! The main job on the trained networks: network, deck, text, circuit, comparison.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use analogon::{
    circuit::Circuit,
    equiv::{
        EquivalenceReport, Path, Realisation, Subject, SynthesisOptions, VerifyOptions, synthesise,
        verify,
    },
    rnn::format::{LoadOptions, Loaded, load},
    task::{StimulusSet, Verdict, named},
};

/// Every trained network with the stimuli of its task.
const CASES: [(&str, &str); 10] = [
    ("and_n50_orthogonal.hdf5", "and"),
    ("and_n50_orthogonal_initial.hdf5", "and"),
    ("xor_n50_orthogonal.hdf5", "xor"),
    ("set_reset_n50_orthogonal.hdf5", "set_reset"),
    ("and_n500_orthogonal_bias.hdf5", "and"),
    ("flipflop3_n400_epoch20.hdf5", "flipflop3_cube"),
    ("flipflop3_n400_epoch14_failed.hdf5", "flipflop3"),
    ("multitask_n200.hdf5", "multitask"),
    ("decision_n100_orthogonal_keras3.hdf5", "decision"),
    ("decision_n100_normal_keras3.hdf5", "decision"),
];

/// The stimuli of a task, the first `count` trials of them.
fn stimuli(task: &str, count: usize) -> StimulusSet {
    let mut parts = named(task).unwrap().into_parts();
    parts.trials.truncate(count);
    StimulusSet::new(parts).unwrap()
}

fn circuit(loaded: &Loaded, stimuli: &StimulusSet, realisation: Realisation) -> Circuit {
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    common::circuit(&synthesise(&loaded.network, &stimuli.stimulus(0), &options).unwrap())
}

fn report(
    loaded: &Loaded,
    stimuli: &StimulusSet,
    realisation: Realisation,
    options: &VerifyOptions,
) -> EquivalenceReport {
    let circuit = circuit(loaded, stimuli, realisation);
    let subject = Subject {
        network: &loaded.network,
        trained_step: loaded.trained_step,
        circuit: &circuit,
        stimuli,
    };
    verify(&subject, options, &|_| {}).unwrap()
}

/// Which decisions are right.
fn right(verdicts: &[Verdict]) -> Vec<bool> {
    verdicts.iter().map(|v| v.right.unwrap()).collect()
}

fn means(verdicts: &[Verdict]) -> Vec<f64> {
    verdicts.iter().map(|v| v.decisions[0].mean).collect()
}

#[test]
fn trajectories_agree_to_a_millionth_of_full_scale_on_the_reduced_path() {
    for (name, task) in CASES {
        let Some(loaded) = common::network(name) else { return };
        // Full-length trials; of the large networks one will do.
        let count = if loaded.network.units() > 100 { 1 } else { 4 };
        let stimuli = stimuli(task, count);
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            let report = report(&loaded, &stimuli, realisation, &VerifyOptions::default());
            let trajectory = report.trajectory.as_ref().unwrap();
            eprintln!("{name} as {realisation}: {:.1e}", trajectory.max_abs);
            assert!(report.equivalent, "{name} as {realisation}:\n{report}");
            assert!(trajectory.max_abs <= 1e-6 * trajectory.full_scale);
            assert!(trajectory.full_scale > 0.5, "{name}: nothing happened");
        }
    }
}

#[test]
fn trajectories_agree_on_the_nodal_path() {
    for (name, task) in CASES {
        let Some(loaded) = common::network(name) else { return };
        let large = loaded.network.units() > 100;
        let until = large.then_some(60.0);
        let options = VerifyOptions { path: Path::Mna, until, ..VerifyOptions::default() };
        let stimuli = stimuli(task, if large { 1 } else { 2 });
        let report = report(&loaded, &stimuli, Realisation::Opamp, &options);
        eprintln!("{name}: {:?}", report.attempts);
        assert!(report.equivalent, "{name}:\n{report}");
        let trajectory = report.trajectory.unwrap();
        assert!(trajectory.max_abs <= 1e-4 * trajectory.full_scale);
    }
}

#[test]
fn the_error_of_the_nodal_path_falls_with_its_tolerance() {
    for name in ["and_n50_orthogonal.hdf5", "xor_n50_orthogonal.hdf5"] {
        let Some(loaded) = common::network(name) else { return };
        let mut stimuli = stimuli("and", 4).into_parts();
        // The trial in which both inputs pulse.
        stimuli.trials.drain(..3);
        let stimuli = StimulusSet::new(stimuli).unwrap();
        let tolerances = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8];
        let errors = tolerances.map(|reltol| {
            let options =
                VerifyOptions { path: Path::Mna, reltol: Some(reltol), ..VerifyOptions::default() };
            let report = report(&loaded, &stimuli, Realisation::Ideal, &options);
            report.trajectory.unwrap().max_abs
        });
        eprintln!("{name}: {errors:?}");
        // A rule of order 2 with an error control by third differences: error
        // ~ reltol^(2/3). The network amplifies, so single points scatter.
        let slope = slope(&tolerances.map(f64::ln), &errors.map(f64::ln));
        assert!((0.45..0.9).contains(&slope), "{name}: slope {slope}, {errors:?}");
        assert!(errors[4] < 1e-2 * errors[0], "{name}: {errors:?}");
    }
}

/// Slope of the straight line that fits the points best.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let product: f64 = x.iter().zip(y).map(|(a, b)| (a - mx) * (b - my)).sum();
    let square: f64 = x.iter().map(|a| (a - mx).powi(2)).sum();
    product / square
}

#[test]
fn the_and_network_decides_as_published() {
    let Some(loaded) = common::network("and_n50_orthogonal.hdf5") else { return };
    let report = report(&loaded, &stimuli("and", 4), Realisation::Opamp, &VerifyOptions::default());
    // papers.md section 14: mean answers of the discrete network.
    let published = [-0.001, 0.002, -0.002, 1.015];
    for (mean, expected) in means(&report.decisions.discrete).into_iter().zip(published) {
        assert!((mean - expected).abs() <= 0.001, "{mean} instead of {expected}");
    }
    for verdicts in
        [&report.decisions.discrete, &report.decisions.continuous, &report.decisions.circuit]
    {
        assert_eq!(right(verdicts), [true; 4]);
    }
    assert_eq!(report.task_preserved, Some(true));
}

#[test]
fn xor_fails_in_continuous_time_and_so_does_its_circuit() {
    let Some(loaded) = common::network("xor_n50_orthogonal.hdf5") else { return };
    let stimuli = stimuli("xor", 4);
    let options = VerifyOptions { keep: 4, ..VerifyOptions::default() };
    let report = report(&loaded, &stimuli, Realisation::Opamp, &options);
    assert_eq!(right(&report.decisions.discrete), [true; 4]);
    for verdicts in [&report.decisions.continuous, &report.decisions.circuit] {
        assert_eq!(right(verdicts), [true, true, true, false]);
        // papers.md section 3.5: with both pulses the mean answer is -0.35 instead of 0.
        let both = &verdicts[3].decisions[0];
        assert!((both.mean + 0.35).abs() < 0.005, "{}", both.mean);
        assert!(both.last_mean > 0.5, "{}", both.last_mean);
    }
    // ... and at the end 1.02.
    let record = &report.records[3];
    for rows in [&record.network, &record.circuit] {
        let end = *rows.last().unwrap().last().unwrap();
        assert!((end - 1.02).abs() < 0.005, "{end}");
    }
    assert!(report.equivalent && report.task_preserved == Some(false));
}

#[test]
fn the_other_tasks_survive_in_continuous_time() {
    for (name, task, count) in [
        ("set_reset_n50_orthogonal.hdf5", "set_reset", 4),
        ("and_n500_orthogonal_bias.hdf5", "and", 4),
        ("multitask_n200.hdf5", "multitask", 12),
        ("flipflop3_n400_epoch20.hdf5", "flipflop3_cube", 1),
        ("decision_n100_orthogonal_keras3.hdf5", "decision", 10),
        ("decision_n100_normal_keras3.hdf5", "decision", 10),
    ] {
        let Some(loaded) = common::network(name) else { return };
        let report =
            report(&loaded, &stimuli(task, count), Realisation::Ideal, &VerifyOptions::default());
        for verdicts in
            [&report.decisions.discrete, &report.decisions.continuous, &report.decisions.circuit]
        {
            assert_eq!(verdicts.len(), count);
            assert!(right(verdicts).iter().all(|r| *r), "{name}:\n{report}");
        }
        assert_eq!(report.task_preserved, Some(true), "{name}");
    }
}

#[test]
fn noise_breaks_the_normal_decision_network_in_continuous_time() {
    let Some(loaded) = common::network("decision_n100_normal_keras3.hdf5") else { return };
    // The full set takes a minute; these are its first trials.
    let stimuli = stimuli("decision_noisy", 24);
    let report = report(&loaded, &stimuli, Realisation::Ideal, &VerifyOptions::default());
    assert!(report.equivalent, "{report}");
    assert!(right(&report.decisions.discrete).iter().all(|r| *r));
    let continuous = right(&report.decisions.continuous);
    assert_eq!(right(&report.decisions.circuit), continuous);
    let wrong = continuous.iter().filter(|r| !**r).count();
    assert!((5..20).contains(&wrong), "{wrong} of 24 wrong");
    assert_eq!(report.task_preserved, Some(false));
}

#[test]
fn a_network_without_a_right_answer_is_only_compared() {
    let Some(loaded) = common::network("and_n50_orthogonal_initial.hdf5") else { return };
    let report = report(&loaded, &stimuli("and", 4), Realisation::Opamp, &VerifyOptions::default());
    assert!(report.equivalent);
    let both =
        means(&report.decisions.continuous).into_iter().zip(means(&report.decisions.circuit));
    for (continuous, circuit) in both {
        assert!((continuous - circuit).abs() < 1e-9);
    }
}

#[test]
fn a_network_at_rest_stays_there_exactly() {
    let Some(loaded) = common::network("and_n50_orthogonal.hdf5") else { return };
    for (path, realisation) in [
        (Path::Reduced, Realisation::Opamp),
        (Path::Mna, Realisation::Opamp),
        (Path::Mna, Realisation::Ideal),
    ] {
        let options = VerifyOptions { path, ..VerifyOptions::default() };
        let report = report(&loaded, &stimuli("and", 1), realisation, &options);
        let trajectory = report.trajectory.unwrap();
        assert!(trajectory.trials[0].resting);
        assert!(trajectory.units.iter().all(|d| *d == 0.0), "{:?}", trajectory.units);
        // The readout has a bias, which is a resistor and rounds.
        assert!(trajectory.outputs[0] <= 1e-15 && trajectory.holds);
    }
}

#[test]
fn the_two_paths_run_different_code_on_the_same_text() {
    let loaded = flip_flop();
    let stimuli = flip_flop_stimuli();
    let run = |path| {
        let options = VerifyOptions { path, keep: 1, ..VerifyOptions::default() };
        report(&loaded, &stimuli, Realisation::Opamp, &options)
    };
    let (reduced, nodal) = (run(Path::Reduced), run(Path::Mna));
    assert_eq!((reduced.path, nodal.path), (Path::Reduced, Path::Mna));
    // One never solves an equation, the other does nothing else.
    assert_eq!((reduced.counters.iterations, reduced.counters.factorisations), (0, 0));
    assert!(nodal.counters.iterations >= nodal.counters.accepted);
    assert!(nodal.counters.factorisations > 0);
    // Other errors, of another size.
    assert_ne!(reduced.records[0].circuit, nodal.records[0].circuit);
    let error = |r: &EquivalenceReport| r.trajectory.as_ref().unwrap().max_abs;
    assert!(error(&nodal) > 100.0 * error(&reduced));
    assert!(
        reduced.to_string().contains("normal form") && nodal.to_string().contains("nodal analysis")
    );
}

fn flip_flop() -> Loaded {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/flip_flop.rnn");
    load("flip_flop.rnn", &std::fs::read(path).unwrap(), &LoadOptions::default()).unwrap()
}

fn flip_flop_stimuli() -> StimulusSet {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/flip_flop.json");
    StimulusSet::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The example of the README: `h = (a, -a)` with `a = tanh(2 a)` are its attractors.
#[test]
fn the_flip_flop_settles_where_paper_says() {
    let a = (0..200).fold(1.0, |a: f64, _| (2.0 * a).tanh());
    assert!((a - 0.957_504).abs() < 1e-6);
    let (loaded, stimuli) = (flip_flop(), flip_flop_stimuli());
    for (path, bound) in [(Path::Reduced, 1e-6), (Path::Mna, 1e-4)] {
        let options = VerifyOptions { path, keep: 5, ..VerifyOptions::default() };
        let report = report(&loaded, &stimuli, Realisation::Opamp, &options);
        assert!(report.equivalent, "{report}");
        // set, reset, set then reset, reset then set, no pulse
        let signs = [1.0, -1.0, -1.0, 1.0, 0.0];
        for (record, sign) in report.records.iter().zip(signs) {
            let end = record.circuit.last().unwrap();
            for (value, expected) in end.iter().zip([sign * a, -sign * a, sign * a]) {
                assert!((value - expected).abs() < bound, "{}: {end:?}", record.name);
            }
        }
        assert_eq!(right(&report.decisions.circuit), [true; 5]);
    }
}
