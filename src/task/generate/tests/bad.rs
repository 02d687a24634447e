//! What is refused, with what words and where.

use super::*;

const MAJORITY: &str = r#"task = "majority"
channels = ["a", "b", "c"]
outputs = ["y"]
steps = 120
rule = { kind = "threshold", at = 0.5 }
noise = { input = 0.2 }

[trials]
kind = "truth_table"
onset = 10
width = 5
gap = [5, 10]
jitter = { from = 0, to = 9 }

[[trials.rows]]
inputs = [1, 1, 0]
answer = [1]
weight = 3

[[trials.rows]]
inputs = [0, 0, 1]
answer = [0]
"#;

/// The error of the majority task with a part of its text replaced.
fn error(part: &str, by: &str) -> String {
    assert!(MAJORITY.contains(part), "{part}");
    TaskSpec::from_toml(&MAJORITY.replacen(part, by, 1)).unwrap_err().to_string()
}

#[test]
fn a_task_of_ones_own_is_played_and_judged() {
    let task = TaskSpec::from_toml(MAJORITY).unwrap();
    let (mut ones, mut onsets, mut gaps) = (0, [99, 0], [0, 0]);
    for index in 0..1000 {
        let example = task.example(1, index);
        let pulse = &example.trial.pulses[0];
        let from = example.trial.answers[0].from - 10.0;
        let level = *example.targets.last().unwrap();
        ones += usize::from(level == 1.0);
        onsets = [onsets[0].min(pulse.onset as u32), onsets[1].max(pulse.onset as u32)];
        gaps[usize::from(from - pulse.onset - 5.0 == 10.0)] += 1;
        assert!([5.0, 10.0].contains(&(from - pulse.onset - 5.0)));
        assert_eq!(level == 1.0, pulse.channel == 0);
    }
    assert!((700..800).contains(&ones) && gaps.iter().all(|n| *n > 400), "{ones} {gaps:?}");
    assert_eq!(onsets, [10, 19]);
    // A network that adds up its inputs and one that is silent.
    let examples: Vec<Example> = (0..100).map(|index| task.example(2, index)).collect();
    let silent = task.judge(&examples, &vec![0.0; 100 * 120], 1);
    assert!((0.1..0.4).contains(&silent.accuracy.by_trial()));
}

#[test]
fn what_the_reader_does_not_know_is_located() {
    assert_eq!(
        error("gap = [5, 10]", "gapp = 5\ngap = 5"),
        "line 12, column 1: unknown field `gapp`, expected one of `onset`, `width`, `hann`, `gap`, \
         `jitter`, `rows`"
    );
    assert!(error("weight = 3", "wait = 3").starts_with("line 18, column 1: unknown field `wait`"));
    assert!(error("steps = 120", "step = 120").starts_with("line 4, column 1: unknown field"));
    assert!(error("steps = 120\n", "").ends_with("missing field `steps`"));
    assert!(
        error("width = 5", "width = \"5\"")
            .starts_with("line 11, column 9: expected a whole number")
    );
    assert!(error("inputs = [1", "inputs = [true").starts_with("line 16, column 11: invalid type"));
    assert!(error("onset = 10", "onset = -10").starts_with("line 10, column 9: expected a whole"));
    assert!(error("onset = 10", "onset = 1e3").starts_with("line 10, column 9: expected a whole"));
    assert!(error("steps = 120", "steps = -1").starts_with("line 4, column 9: invalid value"));
    assert!(error("steps = 120", "steps = 9999999999").starts_with("line 4, column 9: invalid"));
    let rule = error("kind = \"thr", "kind = \"thp");
    assert!(rule.starts_with("line 5, column 17: unknown variant `thpeshold`"), "{rule}");
    assert!(
        error("kind = \"truth_table\"", "kind = \"table\"").starts_with(
            "line 9, column 8: unknown variant `table`, expected one of `truth_table`"
        )
    );
    assert!(error("kind = \"truth_table\"\n", "").contains("missing field `kind`"));
    assert!(error("kind = \"truth_table\"", "kind = 3").starts_with("line 9, column 8: the kind"));
    let none = TaskSpec::from_toml("task = \"x\"\ntrials = 3").unwrap_err().to_string();
    assert_eq!(none, "line 2, column 10: `trials` is no table, it is written as `[trials]`");
    assert!(error("outputs =", "outputs").starts_with("line 3, column"));
    let none = TaskSpec::from_toml("").unwrap_err().to_string();
    assert_eq!(none, "line 1, column 1: missing field `task`");
}

/// Part of the task, what replaces it, and the error.
const NONSENSE: &[(&str, &str, &str)] = &[
    (
        "onset = 10",
        "onset = 120",
        "line 10, column 9: trials.onset is 120, expected a step before 120, with jitter up to 9",
    ),
    (
        "onset = 10",
        "onset = 111",
        "line 10, column 9: trials.onset is 111, expected a step before 120, with jitter up to 9",
    ),
    (
        "onset = 10",
        "onset = 4294967295",
        "line 10, column 9: trials.onset is 4294967295, expected a step before 120, with jitter up to 9",
    ),
    (
        "gap = [5, 10]",
        "gap = [5, 86]",
        "line 12, column 7: trials.gap is up to 86, expected a gap that leaves time for the answer: row trials.rows[0] is answered from step 110 and judged from 120, and the end is 120",
    ),
    (
        "gap = [5, 10]",
        "gap = []",
        "line 12, column 7: trials.gap is empty, expected at least one entry",
    ),
    (
        "from = 0, to = 9",
        "from = 9, to = 0",
        "line 13, column 10: trials.jitter is { from = 9, to = 0 }, expected `to` at or after `from`",
    ),
    (
        "from = 0, to = 9",
        "from = 0, to = 9, step = 0",
        "line 13, column 37: trials.jitter.step is 0, expected 1 or more",
    ),
    (
        "from = 0, to = 9",
        "from = 0, to = 4294967295",
        "line 13, column 10: trials.jitter is 4294967295, expected numbers up to 1000000",
    ),
    (
        "width = 5",
        "width = 0",
        "line 11, column 9: trials.width is 0, expected a number from 1 to 120 steps",
    ),
    (
        "width = 5",
        "width = [5, 5]",
        "line 11, column 9: trials.width is a list of 2, expected 3, one for each of the channels",
    ),
    (
        "onset = 10",
        "onset = [[1], [], [2]]",
        "line 10, column 15: trials.onset[1] is empty, expected at least one entry",
    ),
    (
        "inputs = [0, 0, 1]",
        "inputs = [0, 0]",
        "line 21, column 10: trials.rows[1].inputs is a list of 2, expected 3, one for each of the channels",
    ),
    (
        "inputs = [0, 0, 1]",
        "inputs = [0, nan, 1]",
        "line 21, column 14: trials.rows[1].inputs[1] is NaN, expected a number from -1e6 to 1e6",
    ),
    (
        "answer = [0]",
        "answer = [inf]",
        "line 22, column 11: trials.rows[1].answer[0] is inf, expected a number from -1e6 to 1e6",
    ),
    (
        "answer = [0]",
        "answer = [0, 1]",
        "line 22, column 10: trials.rows[1].answer is a list of 2, expected 1, one for each of the outputs",
    ),
    (
        "input = 0.2",
        "input = -0.2",
        "line 6, column 19: noise.input is -0.2, expected a standard deviation from 0 to 1e6",
    ),
    (
        "input = 0.2",
        "target = nan",
        "line 6, column 20: noise.target is NaN, expected a standard deviation from 0 to 1e6",
    ),
    (
        "steps = 120",
        "steps = 0",
        "line 4, column 9: steps is 0, expected a number from 1 to 1000000",
    ),
    (
        "steps = 120",
        "steps = 4000000000",
        "line 4, column 9: steps is 4000000000, expected a number from 1 to 1000000",
    ),
    (
        "steps = 120",
        "steps = 120\nuntil = 121",
        "line 5, column 9: until is 121, expected a step from 1 to 120",
    ),
    (
        "steps = 120",
        "steps = 120\nsettle = 120",
        "line 5, column 10: settle is 120, expected less than 120 steps",
    ),
    (
        "steps = 120",
        "steps = 120\nlast = 0",
        "line 5, column 8: last is 0, expected a number from 1 to 1000000",
    ),
    (
        "steps = 120",
        "steps = 120\nbase = -inf",
        "line 5, column 8: base is -inf, expected a number from -1e6 to 1e6",
    ),
    (
        "at = 0.5",
        "at = nan",
        "line 5, column 35: rule.at is NaN, expected a number from -1e6 to 1e6",
    ),
    (
        "\"threshold\", at",
        "\"waveform\", within",
        "line 5, column 17: rule.kind is waveform, expected threshold, sign or three_level, as the trials ask for levels",
    ),
    (
        "[\"a\", \"b\", \"c\"]",
        "[\"a\", \"b\", \"a\"]",
        "line 2, column 12: channels is `a` twice, expected different names",
    ),
    ("[\"y\"]", "[]", "line 3, column 11: outputs is empty, expected at least one entry"),
];

#[test]
fn what_makes_no_sense_is_located() {
    for (part, by, expected) in NONSENSE {
        assert_eq!(error(part, by), *expected, "{by}");
    }
    let rows = MAJORITY.find("[[trials.rows]]").unwrap();
    let none = format!("{}rows = []\n", &MAJORITY[..rows]);
    let error = TaskSpec::from_toml(&none).unwrap_err().to_string();
    assert_eq!(error, "line 15, column 8: trials.rows is empty, expected at least one entry");
    let weightless = MAJORITY
        .replace("weight = 3", "weight = 0")
        .replace("answer = [0]", "answer = [0]\nweight = 0");
    assert!(TaskSpec::from_toml(&weightless).unwrap_err().to_string().contains("of weight 0"));
}

/// The error of a task of the package with a part of its text replaced.
fn of(name: &str, part: &str, by: &str) -> String {
    let text = TaskSpec::source(name).unwrap();
    assert!(text.contains(part), "{part}");
    TaskSpec::from_toml(&text.replacen(part, by, 1)).unwrap_err().to_string()
}

#[test]
fn every_kind_of_trials_is_checked() {
    for (name, part, by, expected) in [
        ("set_reset", "turns = 8", "turns = 9", "trials.turns is 9 of them to step 1060, expected"),
        ("set_reset", "turns = 8", "turns = 4294967295", "trials.turns is 4294967295"),
        ("set_reset", "turns = 8", "turns = 0", "trials.turns is 0, expected 1 or more"),
        ("set_reset", "period = 120", "period = 10", "trials.period is 10, expected more than"),
        ("set_reset", "answer = [0, 1]", "answer = [0]", "trials.answer is a list of 1"),
        ("set_reset", "outputs = [\"y\"]", "outputs = [\"y\", \"z\"]", "outputs is a list of 2"),
        ("flipflop3", "to = 99", "to = 339", "trials.first is up to 339, expected below 339"),
        ("flipflop3", "outputs = [\"y0\", ", "outputs = [", "outputs is a list of 2"),
        ("flipflop3", "first_values = [1, -1, 0]", "first_values = []", "first_values is empty"),
        ("flipflop3", "gap = 20", "gap = 4000000000", "trials.gap is 4000000000"),
        ("flipflop3_cube", "follows = [0, 1, 2]", "follows = [0, 1, 3]", "trials.follows[2] is 3"),
        ("flipflop3_cube", "period = 70", "period = 80", "trials.onset is 30 with the last pulse"),
        ("flipflop3_cube", "period = 70", "period = 0", "trials.period is 0"),
        ("pulse_memory", "gap = 20", "gap = 31", "trials.gap is 31, expected an echo that ends by"),
        ("pulse_memory", "sd = 12", "sd = 0", "trials.sd is 0, expected a positive number"),
        ("pulse_memory", "scale = 0.04", "scale = 0", "trials.target_scale is 0"),
        ("pulse_memory", "width = 20", "width = 4000000000", "trials.width is 4000000000"),
        ("oscillator", "to = 320", "to = 341", "trials.to is 341, expected at most the end, 340"),
        ("oscillator", "from = 140", "from = 320", "trials.from is 320"),
        ("oscillator", "cycles = 12", "cycles = nan", "trials.cycles is NaN"),
        ("oscillator", "\"waveform\", within", "\"threshold\", at", "rule.kind is threshold"),
        ("integration", "gap = 20", "gap = 220", "trials.gap is 220, expected an answer"),
        ("integration", "hann = 10", "hann = 0", "trials.hann is 0"),
        ("integration", "sd = 1", "sd = -1", "trials.sd is -1"),
    ] {
        let found = of(name, part, by);
        assert!(found.starts_with("line "), "{found}");
        assert!(found.contains(expected), "{name}, {by}: {found}");
    }
}

#[test]
fn a_change_in_code_is_checked_without_a_place() {
    let mut parts = task("and").into_parts();
    parts.noise.input = f64::NAN;
    let error = TaskSpec::new(parts.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "noise.input is NaN, expected a standard deviation from 0 to 1e6"
    );
    let json = r#"{"task": "x", "channels": ["a"], "outputs": ["y"], "steps": 0,
        "rule": {"kind": "threshold", "at": 0.5},
        "trials": {"kind": "integral", "onset": 1, "width": 1, "hann": 1, "sd": 1, "gap": 1}}"#;
    let error = serde_json::from_str::<TaskSpec>(json).unwrap_err().to_string();
    assert!(error.starts_with("steps is 0"), "{error}");
}

#[test]
fn places_count_characters_not_bytes() {
    let text = MAJORITY.replace("\"a\", ", "\"ä\", ").replace("\"c\"]", "\"ä\"]");
    let error = TaskSpec::from_toml(&text).unwrap_err().to_string();
    assert!(error.starts_with("line 2, column 12: channels is `ä` twice"), "{error}");
    let text = MAJORITY.replace("[\"a\", \"b\",", "[\"ää\", 3,");
    let error = TaskSpec::from_toml(&text).unwrap_err().to_string();
    assert!(error.starts_with("line 2, column 19:"), "{error}");
    assert_eq!(TaskSpec::from_toml("task = \"a").unwrap_err().to_string().lines().count(), 1);
}
