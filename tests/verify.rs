//! The main job on the trained networks.
#![expect(missing_docs, reason = "a test")]

mod common;

use analogon::{
    equiv::{
        Against, EquivalenceReport, Path, Realisation, Subject, SynthesisOptions, VerifyOptions,
        synthesise, verify,
    },
    task::{StimulusSet, named},
};

fn check(
    name: &str,
    task: &str,
    realisation: Realisation,
    options: &VerifyOptions,
) -> Option<EquivalenceReport> {
    let loaded = common::network(name)?;
    let stimuli: StimulusSet = named(task).unwrap();
    let synthesis = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = synthesise(&loaded.network, &stimuli.stimulus(0), &synthesis).unwrap();
    let circuit = common::circuit(&deck);
    let subject = Subject {
        network: &loaded.network,
        trained_step: loaded.trained_step,
        circuit: &circuit,
        stimuli: &stimuli,
    };
    let start = std::time::Instant::now();
    let report = verify(&subject, options, &|_| {}).unwrap();
    let t = report.trajectory.as_ref().unwrap();
    eprintln!(
        "{name} {task} {realisation} {:?}: max {:.2e} rms {:.2e} fs {:.3} edge {:?} preserved {:?} attempts {:?} counters {:?} {:.2} s",
        options.path,
        t.max_abs,
        t.rms,
        t.full_scale,
        t.edge_effect,
        report.task_preserved,
        report.attempts,
        report.counters,
        start.elapsed().as_secs_f64()
    );
    Some(report)
}

const CASES: [(&str, &str); 8] = [
    ("and_n50_orthogonal.hdf5", "and"),
    ("and_n50_orthogonal_initial.hdf5", "and"),
    ("xor_n50_orthogonal.hdf5", "xor"),
    ("set_reset_n50_orthogonal.hdf5", "set_reset"),
    ("multitask_n200.hdf5", "multitask"),
    ("decision_n100_orthogonal_keras3.hdf5", "decision"),
    ("decision_n100_normal_keras3.hdf5", "decision"),
    ("and_n500_orthogonal_bias.hdf5", "and"),
];

#[test]
fn reduced() {
    for (name, task) in CASES {
        let Some(report) = check(name, task, Realisation::Opamp, &VerifyOptions::default()) else {
            return;
        };
        assert!(report.equivalent);
    }
    let options = VerifyOptions { against: Against::Net, ..VerifyOptions::default() };
    let _ = (options, Path::Mna);
}

#[test]
fn nodal() {
    let options = VerifyOptions { path: Path::Mna, ..VerifyOptions::default() };
    for (name, task) in [CASES[0], CASES[2], CASES[5]] {
        let Some(report) = check(name, task, Realisation::Opamp, &options) else { return };
        assert!(report.equivalent);
    }
}
