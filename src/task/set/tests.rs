use super::*;
use crate::task::{named, names, seeded_pulses};

const SMALL: &str = r#"{
  "task": "small",
  "version": 1,
  "channels": ["a", "b"],
  "outputs": ["y"],
  "duration": 8,
  "rule": {"kind": "threshold", "at": 0.5},
  "trials": [
    {"name": "first", "pulses": [{"channel": 1, "onset": 2.5, "width": 3}],
     "answers": [{"from": 6, "to": 8, "class": 1}]},
    {"name": "second", "levels": [[0, 0, 1, 1, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, -1]],
     "pulses": [{"channel": 0, "onset": 3, "width": 9, "amplitude": 0.5}]}
  ]
}"#;

fn error(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    StimulusSet::from_json(&SMALL.replacen(from, to, 1)).unwrap_err().to_string()
}

fn levels(stimulus: &Stimulus, channel: usize) -> Vec<f64> {
    (0..stimulus.steps()).map(|n| stimulus.level(channel, n)).collect()
}

#[test]
fn a_trial_is_the_sum_of_its_pulses_and_levels() {
    let set = StimulusSet::from_json(SMALL).unwrap();
    let first = set.stimulus(0);
    assert_eq!(first.edge(), 1e-3);
    assert_eq!(first.points(1), [(0.0, 0.0), (2.5, 0.0), (2.501, 1.0), (5.5, 1.0), (5.501, 0.0)]);
    assert_eq!(first.points(0), [(0.0, 0.0)]);
    let second = set.stimulus(1);
    assert_eq!(levels(&second, 0), [0.0, 0.0, 1.0, 1.5, 0.5, 0.5, 0.5, 0.5]);
    assert_eq!(levels(&second, 1), [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0]);
}

/// `scipy.signal.convolve(numpy.ones(3), hann(6), mode="same") / sum(hann(6))`,
/// `SciPy` 1.17.1; and the same for one pulse that the end of the trial cuts.
#[test]
fn a_smoothed_pulse_is_the_centred_convolution_of_scipy() {
    let expected = [0.0, 0.0, 0.0, 0.5, 0.861_803_398_874_989_4, 0.861_803_398_874_989_4, 0.0, 0.0];
    for (fields, shift) in [(r#""onset": 3, "width": 3"#, 0), (r#""onset": 6, "width": 3"#, 3)] {
        let smooth = format!(r#"{fields}, "hann": 6"#);
        let text = SMALL.replace(r#""onset": 2.5, "width": 3"#, &smooth);
        let played = levels(&StimulusSet::from_json(&text).unwrap().stimulus(0), 1);
        for (step, found) in played.iter().enumerate().skip(shift) {
            let expected = expected[step - shift];
            assert!((found - expected).abs() < 1e-15, "step {step}: {found} {expected}");
        }
    }
}

#[test]
fn a_long_smoothed_pulse_reaches_its_amplitude_and_keeps_its_steps() {
    let set = named("decision").unwrap();
    let stimulus = set.stimulus(1);
    let Pulse { onset, amplitude, .. } = set.trials()[1].pulses[0];
    assert_eq!(amplitude, -1.0);
    assert_eq!(stimulus.held(0, onset - 1.0), 0.0);
    assert_eq!(stimulus.held(0, onset + 20.0), 0.0);
    assert!((stimulus.held(0, onset + 10.0) + 1.0).abs() < 1e-15);
    assert!((-0.99..-0.01).contains(&stimulus.held(0, onset)));
}

#[test]
fn noise_is_added_to_every_step_of_every_channel_and_depends_on_the_seed() {
    let noisy = |seed: u64| {
        let noise = format!(r#""name": "first", "noise": {{"sd": 0.1, "seed": {seed}}}"#);
        let text = SMALL.replace(r#""name": "first""#, &noise);
        StimulusSet::from_json(&text).unwrap().stimulus(0)
    };
    let (one, again, other) = (noisy(1), noisy(1), noisy(2));
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_ne!(one.level(0, 0), one.level(1, 0), "channels have noise of their own");
    let largest = levels(&one, 0).into_iter().map(f64::abs).max_by(f64::total_cmp).unwrap();
    assert!(largest > 0.05 && largest < 0.5, "{largest}");
    // The pulse stands on the noise.
    assert!((one.held(1, 2.6) - one.held(1, 2.0) - 1.0).abs() < 1e-15);
}

#[test]
fn faults_of_the_text_have_a_line_and_a_column() {
    assert_eq!(
        error(r#""duration": 8"#, r#""duration": "8""#),
        "line 6, column 17: invalid type: string \"8\", expected f64"
    );
    assert!(error(r#""name": "first", "#, "").contains("missing field `name`"));
    assert!(error(r#""width""#, r#""widht""#).contains("unknown field `widht`"));
    assert!(error("threshold", "majority").contains("unknown variant `majority`"));
    assert!(error(r#"{"name""#, r#""name""#).starts_with("line 9, column"));
}

#[test]
fn faults_of_a_set_name_the_field() {
    assert_eq!(error(r#""version": 1"#, r#""version": 2"#), "version is 2, expected 1");
    assert_eq!(
        error(r#""duration": 8"#, r#""duration": 1e7"#),
        "duration is 10000000, expected a positive number up to 1e6"
    );
    assert_eq!(
        error(r#""threshold", "at": 0.5"#, r#""sign", "none_below": -0.5"#),
        "the border of the rule is -0.5, expected a positive number"
    );
    let mut parts = StimulusSet::from_json(SMALL).unwrap().into_parts();
    parts.last = f64::NAN;
    let text = StimulusSet::new(parts.clone()).unwrap_err().to_string();
    assert_eq!(text, "last is NaN, expected a positive number up to 1e6");
    parts.last = 20.0;
    parts.trials.clear();
    let text = StimulusSet::new(parts).unwrap_err().to_string();
    assert_eq!(text, "trials is an empty list, expected at least one trial");
}

#[test]
fn faults_of_a_trial_name_the_trial_and_the_channel() {
    let cases = [
        ("\"channel\": 1", "\"channel\": 2", "pulse 0: channel is 2, expected less than 2"),
        ("2.5", "9", "pulse 0: onset is 9, expected a time in [0, 8)"),
        ("\"width\": 3", "\"width\": 0", "pulse 0: width is 0, expected a positive number"),
        (
            "\"width\": 3",
            "\"width\": 3, \"hann\": 5",
            "pulse 0: onset is 2.5, expected whole steps, as it is smoothed",
        ),
        (
            "\"width\": 3",
            "\"width\": 3, \"hann\": 0",
            "pulse 0: hann is 0, expected 1 to 10000 steps",
        ),
        ("\"class\": 1", "\"class\": -1", "answer 0: class is -1, expected one of [0, 1]"),
        ("\"to\": 8", "\"to\": 9", "answer 0: to is 9, expected at most the duration, 8"),
        ("\"from\": 6", "\"from\": 8", "answer 0: from is 8, expected a time in [0, 8)"),
        ("{\"from\"", "{\"output\": 1, \"from\"", "answer 0: output is 1, expected less than 1"),
        (
            "\"width\": 3",
            "\"width\": 0.0001",
            "channel 1: the edge of 0.001 that starts at 2.5 is not over at 2.5001; times must \
             ascend, and by more than the edge",
        ),
    ];
    for (from, to, fault) in cases {
        assert_eq!(error(from, to), format!("trial 0 (`first`): {fault}"));
    }
    assert_eq!(
        error("0, -1]", "-1]"),
        "trial 1 (`second`): levels of channel 1 (`b`): length is 7, expected 8, one a step"
    );
    assert_eq!(
        error("[0, 0, 1, 1, 0, 0, 0, 0], ", ""),
        "trial 1 (`second`): levels: number of lists is 1, expected one list for each of the 2 \
         channels"
    );
    let noise = r#""name": "second", "noise": {"sd": -1, "seed": 0}"#;
    assert_eq!(
        error(r#""name": "second""#, noise),
        "trial 1 (`second`): noise: sd is -1, expected a finite number, 0 or more"
    );
}

#[test]
fn a_set_survives_its_own_file() {
    for name in names() {
        let set = named(name).unwrap();
        assert_eq!(StimulusSet::from_json(&set.to_json()).unwrap(), set);
        assert_eq!(set.parts().task, name);
    }
    assert!(named("nand").is_none());
}

#[test]
fn an_ideal_network_is_right_and_a_constant_one_is_not() {
    for name in names() {
        let set = named(name).unwrap();
        let outputs = set.parts().outputs.len();
        let mut levels = std::collections::BTreeSet::new();
        for (index, trial) in set.trials().iter().enumerate() {
            let steps = set.stimulus(index).steps();
            let times: Vec<f64> = (1..=steps).map(|n| n as f64).collect();
            let ideal = |t: f64| {
                let mut row = vec![0.0; outputs];
                for answer in &trial.answers {
                    if t > answer.from && t <= answer.to {
                        row[answer.output] = f64::from(answer.class.unwrap());
                    }
                }
                row
            };
            let played: Vec<_> = times.iter().map(|&t| ideal(t)).collect();
            let verdict = set.judge(index, &times, &played).unwrap();
            assert_eq!(verdict.right, Some(true), "{name} {}", trial.name);
            assert!(verdict.decisions.iter().all(|decision| decision.share == Some(1.0)));
            levels.extend(trial.answers.iter().map(|answer| answer.class));
        }
        assert!(levels.len() > 1, "{name} asks for one class only");
    }
}

#[test]
fn outputs_that_are_missing_are_named() {
    let set = StimulusSet::from_json(SMALL).unwrap();
    let times: Vec<f64> = (1..=8).map(f64::from).collect();
    let error = set.judge(0, &times, &vec![vec![]; 8]).unwrap_err();
    assert_eq!(error.to_string(), "the answer is about output 0, the network has 0");
    let open = set.judge(1, &times, &vec![vec![]; 8]).unwrap();
    assert_eq!((open.decisions.len(), open.right), (0, None));
}

#[test]
fn seeded_pulses_drive_every_input_of_every_trial() {
    let set = seeded_pulses(3, 5, 4, 60);
    assert_eq!(set, seeded_pulses(3, 5, 4, 60));
    assert_ne!(set, seeded_pulses(3, 6, 4, 60));
    let mut seen = Vec::new();
    for trial in 0..4 {
        let stimulus = set.stimulus(trial);
        for channel in 0..3 {
            let points = stimulus.points(channel);
            assert_eq!(points.len(), 9, "two pulses: {points:?}");
            seen.push(points);
        }
    }
    seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
    seen.dedup();
    assert_eq!(seen.len(), 12, "all different");
    assert_eq!(seeded_pulses(2, 1, 0, 0).stimulus(0).duration(), 12.0);
    assert_eq!(seeded_pulses(0, 1, 1, 60).stimulus(0).channels(), 0);
    for seed in 0..200 {
        for duration in [12, 13, 17, 60] {
            assert_eq!(seeded_pulses(2, seed, 2, duration).trials().len(), 2);
        }
    }
}
