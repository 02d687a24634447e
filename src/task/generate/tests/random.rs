//! Whatever passes the checks can be drawn, played, judged, written and read.

use super::*;

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![30 => 0_u32..40, 1 => Just(u32::MAX), 1 => Just(0)]
}

fn level() -> impl Strategy<Value = f64> {
    prop_oneof![
        40 => (-2_i32..3).prop_map(f64::from),
        10 => 0.001..1e6_f64,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(1e300)],
    ]
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        number().prop_map(Choice::One),
        prop::collection::vec(number(), 0..4).prop_map(Choice::List),
        (number(), number(), 0_u32..3).prop_map(|(from, to, step)| Choice::Range(Range {
            from,
            to,
            step
        })),
    ]
}

fn per_channel() -> impl Strategy<Value = PerChannel> {
    prop_oneof![
        3 => number().prop_map(PerChannel::All),
        1 => prop::collection::vec(number(), 0..3).prop_map(PerChannel::Each),
    ]
}

fn onsets() -> impl Strategy<Value = Onsets> {
    prop_oneof![
        3 => number().prop_map(Onsets::All),
        1 => prop::collection::vec(number(), 1..3).prop_map(Onsets::Each),
        1 => prop::collection::vec(prop::collection::vec(number(), 0..3), 1..3)
            .prop_map(Onsets::Many),
    ]
}

fn levels() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(level(), 1..3)
}

fn table() -> impl Strategy<Value = Family> {
    let row =
        (levels(), levels(), 0_u32..4, prop::option::of(onsets()), prop::option::of(choice()))
            .prop_map(|(inputs, answer, weight, onset, gap)| Row {
                name: None,
                inputs,
                answer,
                weight,
                onset,
                gap,
            });
    let rows = prop::collection::vec(row, 0..4);
    (onsets(), per_channel(), prop::option::of(per_channel()), choice(), choice(), rows).prop_map(
        |(onset, width, hann, gap, jitter, rows)| {
            Family::TruthTable(TruthTable { onset, width, hann, gap, jitter, rows })
        },
    )
}

fn memory() -> impl Strategy<Value = Family> {
    let times = || (number(), number(), number(), number());
    let turns = (times(), number(), levels(), level()).prop_map(
        |((onset, width, gap, period), turns, answer, amplitude)| {
            Family::Turns(Turns { onset, width, gap, period, turns, answer, amplitude })
        },
    );
    let spacing = prop::collection::vec(number(), 0..3);
    let bits = (choice(), spacing, choice(), number(), number(), levels(), levels()).prop_map(
        |(first, spacing, jitter, width, gap, first_values, values)| {
            Family::Bits(Bits { first, spacing, jitter, width, gap, first_values, values })
        },
    );
    let values = prop::collection::vec(levels(), 1..3);
    let follows = prop::collection::vec(0_usize..3, 1..3);
    let sequence =
        (times(), values, follows).prop_map(|((onset, width, gap, period), values, follows)| {
            Family::Sequence(Sequence { onset, period, width, gap, values, follows })
        });
    prop_oneof![turns, bits, sequence]
}

fn waveform() -> impl Strategy<Value = Family> {
    let hann = || prop::option::of(number());
    let echo = (number(), number(), number(), level(), level(), prop::option::of(level()), hann())
        .prop_map(|(onset, width, gap, sd, scale, target_scale, hann)| {
            Family::Echo(Echo { onset, width, gap, sd, scale, target_scale, hann })
        });
    let wave = (number(), number(), hann(), level(), number(), number(), level(), level())
        .prop_map(|(onset, width, hann, amplitude, from, to, cycles, scale)| {
            Family::Wave(Wave { onset, width, hann, amplitude, from, to, cycles, scale })
        });
    let integral = (number(), number(), number(), level(), number(), choice()).prop_map(
        |(onset, width, hann, sd, gap, jitter)| {
            Family::Integral(Integral { onset, width, hann, sd, gap, jitter })
        },
    );
    prop_oneof![echo, wave, integral]
}

fn rule() -> impl Strategy<Value = Reading> {
    prop_oneof![
        level().prop_map(|at| Reading::Threshold { at }),
        level().prop_map(|none_below| Reading::Sign { none_below }),
        level().prop_map(|at| Reading::ThreeLevel { at }),
        level().prop_map(|within| Reading::Waveform { within }),
    ]
}

prop_compose! {
    fn parts()(
        (channels, outputs) in (1_usize..3, 1_usize..3),
        steps in prop_oneof![20 => 60_u32..200, 1 => 0_u32..60, 1 => Just(u32::MAX)],
        until in prop::option::weighted(0.2, number()),
        base in level(),
        (settle, last) in (prop_oneof![Just(0), 0_u32..12, number()], number()),
        rule in rule(),
        input in prop_oneof![Just(0.0), Just(0.1), level()],
        target in prop_oneof![Just(0.0), Just(0.1), level()],
        trials in prop_oneof![table(), memory(), waveform()],
    ) -> TaskParts {
        let names = |letter: char, count| (0..count).map(|k| format!("{letter}{k}")).collect();
        TaskParts {
            task: "any".to_owned(),
            about: String::new(),
            channels: names('x', channels),
            outputs: names('y', outputs),
            steps,
            until,
            base,
            settle,
            last,
            rule,
            noise: NoiseSpec { input, target },
            trials,
        }
    }
}

/// The number of tasks among so many that passed, and what they were.
fn passed(count: u32) -> BTreeMap<&'static str, u32> {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeMap::new();
    for _ in 0..count {
        let parts = parts().new_tree(&mut runner).unwrap().current();
        let kind = match &parts.trials {
            Family::TruthTable(_) => "table",
            Family::Turns(_) => "turns",
            Family::Bits(_) => "bits",
            Family::Sequence(_) => "sequence",
            Family::Echo(_) => "echo",
            Family::Wave(_) => "wave",
            Family::Integral(_) => "integral",
        };
        let Ok(task) = TaskSpec::new(parts) else { continue };
        *kinds.entry(kind).or_insert(0) += 1;
        let set = task.set(1, 3).unwrap();
        let examples: Vec<Example> = (0..3).map(|index| task.example(1, index)).collect();
        for (index, example) in examples.iter().enumerate() {
            assert_eq!(example.trial, set.trials()[index]);
            assert_eq!(example.inputs.len(), task.steps() * task.channels().len());
            assert_eq!(example.targets.len(), task.steps() * task.outputs().len());
            assert!(example.inputs.iter().chain(&example.targets).all(|value| value.is_finite()));
            let (stimulus, channels) = (set.stimulus(index), task.channels().len());
            for (at, input) in example.inputs.iter().enumerate() {
                assert_eq!(stimulus.level(at % channels, at / channels) as f32, *input);
            }
        }
        let outputs: Vec<f32> = examples.iter().flat_map(|e| e.targets.clone()).collect();
        let score = task.judge(&examples, &outputs, 1);
        assert_eq!(score.mean_square, 0.0);
        assert_eq!(TaskSpec::from_toml(&task.to_toml()).unwrap(), task);
        assert_eq!(StimulusSet::from_json(&set.to_json()).unwrap(), set);
    }
    kinds
}

#[test]
fn whatever_passes_the_checks_can_be_drawn() {
    let kinds = passed(60_000);
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    assert!(kinds.values().all(|count| *count > 10), "{kinds:?}");
}

proptest! {
    /// No text makes the reader panic.
    #[test]
    fn any_text_is_read_or_refused(at in 0_usize..600, cut in 0_usize..40, text in "[a-z0-9 =\\[\\]{}.\"\n-]{0,12}") {
        for name in ["multitask", "flipflop3", "oscillator", "pulse_memory"] {
            let source = TaskSpec::source(name).unwrap();
            let from = at.min(source.len());
            let to = (from + cut).min(source.len());
            let changed = format!("{}{text}{}", &source[..from], &source[to..]);
            if let Ok(task) = TaskSpec::from_toml(&changed) {
                let example = task.example(1, 0);
                prop_assert_eq!(example.targets.len(), task.steps() * task.outputs().len());
            }
        }
    }
}
