//! Timings to the step, chances, accuracies and errors, against expectations
//! written by hand from the published generators.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::task::{Rule, Stimulus, StimulusSet, Trial};

mod bad;
mod random;
mod timing;

fn task(name: &str) -> TaskSpec {
    TaskSpec::named(name).unwrap()
}

/// The same task without noise.
fn quiet(name: &str) -> TaskSpec {
    let mut parts = task(name).into_parts();
    parts.noise = NoiseSpec::default();
    TaskSpec::new(parts).unwrap()
}

/// One channel or output over time.
fn column(values: &[f32], width: usize, at: usize) -> Vec<f32> {
    values.chunks_exact(width).map(|row| row[at]).collect()
}

/// First step and step after the last of every run of one value that is not `rest`.
fn runs(values: &[f32], rest: f32) -> Vec<(usize, usize, f32)> {
    let mut runs: Vec<(usize, usize, f32)> = Vec::new();
    for (step, &value) in values.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.1 == step && run.2 == value => run.1 = step + 1,
            _ if value != rest => runs.push((step, step + 1, value)),
            _ => {}
        }
    }
    runs
}

#[test]
fn every_task_of_the_package_is_read_and_written() {
    let mut count = 0;
    for name in TaskSpec::names() {
        let task = task(name);
        assert_eq!(task.task(), name);
        check::check(task.parts()).unwrap();
        assert_eq!(TaskSpec::from_toml(&task.to_toml()).unwrap(), task, "{name}");
        let json = serde_json::to_string(&task).unwrap();
        assert_eq!(serde_json::from_str::<TaskSpec>(&json).unwrap(), task, "{name}");
        let about = &task.parts().about;
        assert!(!about.is_empty() && !about.contains('\n'), "{name}: {about}");
        count += 1;
    }
    assert_eq!(count, 19);
    assert_eq!(TaskSpec::named("nand"), None);
}

/// Circuit, reference and training see one trial: the levels of the stimulus are the inputs.
#[test]
fn inputs_are_the_levels_of_the_stimulus() {
    for name in TaskSpec::names() {
        let task = task(name);
        let set = task.set(7, 5).unwrap();
        let channels = task.channels().len();
        for (index, trial) in set.trials().iter().enumerate() {
            let example = task.example(7, index as u64);
            assert_eq!(&example.trial, trial, "{name}");
            let stimulus: Stimulus = set.stimulus(index);
            assert_eq!(stimulus.steps(), task.steps(), "{name}");
            for (at, input) in example.inputs.iter().enumerate() {
                let level = stimulus.level(at % channels, at / channels) as f32;
                assert_eq!(level.to_bits(), input.to_bits(), "{name} {index}: value {at}");
            }
        }
        let again = StimulusSet::from_json(&set.to_json()).unwrap();
        assert_eq!(again, set, "{name}");
    }
}

#[test]
fn targets_are_right_and_their_opposites_wrong() {
    for name in TaskSpec::names() {
        let task = task(name);
        let examples: Vec<Example> = (0..40).map(|index| task.example(3, index)).collect();
        let outputs: Vec<f32> = examples.iter().flat_map(|e| e.targets.clone()).collect();
        for substeps in [1, 4] {
            let held: Vec<f32> = outputs
                .chunks_exact(task.outputs().len())
                .flat_map(|row| row.repeat(substeps))
                .collect();
            let score = task.judge(&examples, &held, substeps);
            assert_eq!(score.accuracy.by_trial(), 1.0, "{name}");
            assert_eq!((score.accuracy.trials, score.right.len()), (40, 40), "{name}");
            assert_eq!(score.mean_square, 0.0, "{name}");
        }
        let wrong: Vec<f32> = outputs.iter().map(|y| 0.9 - 2.0 * y).collect();
        let score = task.judge(&examples, &wrong, 1);
        assert!(score.accuracy.by_trial() < 0.1, "{name}: {:?}", score.accuracy);
        assert!(score.mean_square > 0.1, "{name}");
        let broken = vec![f32::NAN; outputs.len()];
        let score = task.judge(&examples, &broken, 1);
        assert_eq!(score.accuracy.decisions_right, 0, "{name}");
        assert!(score.mean_square.is_nan());
    }
}

/// The same verdict as that of the set, by other code.
#[test]
fn the_set_judges_alike() {
    for name in ["and", "set_reset", "flipflop3", "decision", "multitask", "integration"] {
        let task = task(name);
        let (set, width) = (task.set(5, 6).unwrap(), task.outputs().len());
        let examples: Vec<Example> = (0..6).map(|index| task.example(5, index)).collect();
        // Something between right and wrong.
        let outputs: Vec<f32> = examples
            .iter()
            .flat_map(|e| &e.targets)
            .enumerate()
            .map(|(at, y)| if at % 370 < 40 { 0.2 } else { *y })
            .collect();
        let score = task.judge(&examples, &outputs, 1);
        let times: Vec<f64> = (1..=task.steps()).map(|n| n as f64).collect();
        for (index, own) in outputs.chunks_exact(task.steps() * width).enumerate() {
            let rows: Vec<Vec<f64>> = own
                .chunks_exact(width)
                .map(|row| row.iter().copied().map(f64::from).collect())
                .collect();
            let verdict = set.judge(index, &times, &rows).unwrap();
            assert_eq!(verdict.right, score.right[index], "{name} {index}");
        }
    }
}

#[test]
fn a_waveform_may_err_by_a_share_of_itself() {
    for name in ["pulse_memory", "oscillator"] {
        let task = quiet(name);
        let (mut played, mut none) = (0, 0);
        for index in 0..20 {
            let example = task.example(1, index);
            let has_pulse = example.inputs.iter().any(|x| *x != 0.0);
            let score = |outputs: &[f32]| {
                task.judge(std::slice::from_ref(&example), outputs, 1).right[0].unwrap()
            };
            let scaled =
                |factor: f32| -> Vec<f32> { example.targets.iter().map(|y| factor * y).collect() };
            if has_pulse {
                played += 1;
                assert!(score(&scaled(1.49)) && score(&scaled(0.51)), "{name}");
                assert!(!score(&scaled(1.51)) && !score(&scaled(0.49)), "{name}");
            } else {
                none += 1;
                assert!(score(&vec![0.0; task.steps()]), "{name}");
                assert!(!score(&vec![2.0; task.steps()]), "{name}");
            }
        }
        assert!(played > 3 && none > 3, "{name}: {played} {none}");
    }
}

/// Pinned: another number is another trial for everyone's seeds.
#[test]
fn bits_depend_on_seed_and_number_alone() {
    let digest = |name: &str, seed, index| {
        let examples: Vec<Example> =
            (index..index + 4).map(|i| task(name).example(seed, i)).collect();
        let values = examples.iter().flat_map(|e| e.inputs.iter().chain(&e.targets));
        // FNV-1a of the bits.
        values.fold(0xcbf2_9ce4_8422_2325_u64, |hash, value| {
            (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3)
        })
    };
    assert_eq!(digest("flipflop3", 1, 5), digest("flipflop3", 1, 5));
    assert_ne!(digest("flipflop3", 1, 5), digest("flipflop3", 1, 6));
    assert_ne!(digest("flipflop3", 1, 5), digest("flipflop3", 2, 5));
    let found = TaskSpec::names().map(|name| (name, digest(name, 1, 2))).collect::<Vec<_>>();
    assert_eq!(found, PINNED, "{found:x?}");
}

const PINNED: [(&str, u64); 19] = [
    ("and", 0xb83f_6091_0c3c_8ea5),
    ("or", 0xc098_76c3_e96d_8f45),
    ("xor", 0x4496_f943_df47_c5e8),
    ("not", 0xd4b7_94e3_6ec4_301e),
    ("set_reset", 0x822a_85af_b975_3aac),
    ("flipflop3", 0x0232_2ead_b997_0c38),
    ("flipflop3_cube", 0xf7c5_36fb_529c_4225),
    ("pulse_memory", 0x05fd_e49a_3b2b_a6c1),
    ("oscillator", 0xa053_d928_d990_18a9),
    ("multitask", 0x006b_8ad3_fdbb_5da5),
    ("decision", 0xaa1c_0c31_8f1d_104d),
    ("decision_long_short", 0x3387_b998_3ffd_e35f),
    ("decision_amplitudes4", 0xf969_2763_9df5_26b4),
    ("decision_amplitudes8", 0x3c19_b8ff_dc17_6599),
    ("decision_intervals", 0xc71b_c957_b63d_2f25),
    ("integration", 0xe62e_155d_60c7_1849),
    ("ei_and", 0x05f0_8630_9cc4_b105),
    ("ei_or", 0x6ba9_71a4_bf31_a147),
    ("ei_xor", 0x8beb_4ca8_84c4_b105),
];

/// Noise alone differs between a noisy task and the same without.
#[test]
fn sizes_of_noise_are_those_of_the_task() {
    let deviation = |values: &[f32]| {
        let count = values.len() as f64;
        let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
        (values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count).sqrt()
    };
    for (name, sd) in [
        ("and", 0.0),
        ("or", 0.0),
        ("xor", 0.1),
        ("not", 0.1),
        ("set_reset", 0.1),
        ("flipflop3", 0.1),
        ("flipflop3_cube", 0.0),
        ("pulse_memory", 0.1),
        ("oscillator", 0.1),
        ("multitask", 0.0),
        ("decision", 0.05),
        ("decision_long_short", 0.05),
        ("decision_amplitudes4", 0.05),
        ("decision_amplitudes8", 0.05),
        ("decision_intervals", 0.0),
        ("integration", 0.0),
        ("ei_and", 0.0),
        ("ei_or", 0.0),
        ("ei_xor", 0.0),
    ] {
        let (noisy, clean) = (task(name), quiet(name));
        let mut inputs = Vec::new();
        let mut targets = Vec::new();
        for index in 0..60 {
            let (with, without) = (noisy.example(4, index), clean.example(4, index));
            assert_eq!(with.trial.answers, without.trial.answers, "{name}");
            inputs.extend(with.inputs.iter().zip(&without.inputs).map(|(a, b)| a - b));
            targets.extend(with.targets.iter().zip(&without.targets).map(|(a, b)| a - b));
        }
        assert!((deviation(&inputs) - sd).abs() <= 0.03 * sd, "{name}: {}", deviation(&inputs));
        let on_targets = if name == "pulse_memory" { 0.1 } else { 0.0 };
        let found = deviation(&targets);
        assert!((found - on_targets).abs() <= 0.03 * on_targets, "{name}: {found}");
    }
}
