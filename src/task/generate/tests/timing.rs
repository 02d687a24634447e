//! When what happens, and how often.

use super::*;

/// How often each trial type comes in 4,000.
fn shares(name: &str) -> BTreeMap<String, f64> {
    let task = quiet(name);
    let mut counts = BTreeMap::new();
    for index in 0..4000 {
        let own = task.example(11, index).trial.name;
        let kind = own.split_once(": ").map_or(own.as_str(), |(_, kind)| kind).to_owned();
        *counts.entry(kind).or_insert(0.0) += 1.0 / 4000.0;
    }
    counts
}

/// Onset of the answer and its value, for a table of one output.
fn answer(example: &Example, base: f32) -> (usize, f32) {
    // An answer equal to the base is seen in the window alone.
    let window = &example.trial.answers[0];
    let from = window.from as usize - 10;
    assert!(example.targets[..from].iter().all(|y| *y == base), "{:?}", example.trial);
    (from, example.targets[from])
}

#[test]
fn gates_answer_forty_steps_after_onset() {
    let tables: [(&str, [f32; 4], f32); 3] = [
        ("and", [0.0, 0.0, 0.0, 1.0], 0.0),
        ("or", [0.0, 1.0, 1.0, 1.0], 0.01),
        ("xor", [0.0, 1.0, 1.0, 0.0], 0.01),
    ];
    for (name, answers, base) in tables {
        for (prefix, steps, onset, least, most) in [("", 200, 30, 0, 0), ("ei_", 290, 60, 1, 50)] {
            let base = if prefix == "ei_" && name == "xor" { 0.0 } else { base };
            let task = quiet(&format!("{prefix}{name}"));
            assert_eq!((task.steps(), task.channels().len()), (steps, 2));
            let mut jitters = [usize::MAX, 0];
            let mut seen = [false; 4];
            for index in 0..2000 {
                let example = task.example(1, index);
                let on = [0, 1].map(|c| runs(&column(&example.inputs, 2, c), 0.0));
                let kind = on[0].len() + 2 * on[1].len();
                let (from, level) = answer(&example, base);
                let jitter = from - onset - 40;
                assert!(
                    on.iter()
                        .flatten()
                        .all(|run| { *run == (onset + jitter, onset + jitter + 20, 1.0) })
                );
                assert_eq!(level, answers[kind], "{name} {kind}");
                assert!(example.targets[from..].iter().all(|y| *y == level));
                let window = &example.trial.answers[0];
                assert_eq!((window.from, window.to), (from as f64 + 10.0, steps as f64));
                assert_eq!(window.class, Some(level as i8));
                jitters = [jitters[0].min(jitter), jitters[1].max(jitter)];
                seen[kind] = true;
            }
            assert_eq!((jitters, seen), ([least, most], [true; 4]), "{prefix}{name}");
        }
    }
    for (kind, share) in shares("and") {
        assert!((share - 0.25).abs() < 0.03, "{kind}: {share}");
    }
}

#[test]
fn not_answers_from_step_70_on() {
    let task = quiet("not");
    assert_eq!(task.steps(), 200);
    for index in 0..50 {
        let example = task.example(1, index);
        let on = runs(&example.inputs, 0.0);
        assert!(on.is_empty() || on == [(30, 50, 1.0)]);
        assert_eq!(answer(&example, 0.01), (70, if on.is_empty() { 1.0 } else { 0.0 }));
    }
    assert!((shares("not")["(0)"] - 0.5).abs() < 0.04);
}

#[test]
fn a_flip_flop_turns_every_120_steps() {
    let eight = quiet("set_reset");
    let mut parts = eight.clone().into_parts();
    parts.steps = 410;
    let Family::Turns(turns) = &mut parts.trials else { panic!("no turns") };
    turns.turns = 3;
    let three = TaskSpec::new(parts).unwrap();
    for (task, count, steps) in [(eight, 8, 1010), (three, 3, 410)] {
        assert_eq!(task.steps(), steps);
        for index in 0..20 {
            let example = task.example(1, index);
            let [reset, set] = [0, 1].map(|c| runs(&column(&example.inputs, 2, c), 0.0));
            assert_eq!(reset.len() + set.len(), count);
            assert!(example.targets[..90].iter().all(|y| *y == 0.01));
            for turn in 0..count {
                let onset = 50 + 120 * turn;
                let is_set = set.contains(&(onset, onset + 20, 1.0));
                assert!(is_set != reset.contains(&(onset, onset + 20, 1.0)));
                let (from, to) = (onset + 40, steps.min(onset + 160));
                let expected = if is_set { 1.0 } else { 0.0 };
                assert!(example.targets[from..to].iter().all(|y| *y == expected));
                let window = &example.trial.answers[turn];
                assert_eq!((window.from, window.to), (from as f64 + 10.0, to as f64));
            }
        }
    }
}

#[test]
fn three_bits_follow_their_pulses() {
    let task = quiet("flipflop3");
    assert_eq!((task.steps(), task.channels().len(), task.outputs().len()), (340, 3, 3));
    let (mut first, mut second, mut third) = ([999, 0], [999, 0], [999, 0]);
    let (mut silent, mut cut, mut channels) = (0, 0, 0);
    for index in 0..3000 {
        let example = task.example(2, index);
        for channel in 0..3 {
            let input = column(&example.inputs, 3, channel);
            let target = column(&example.targets, 3, channel);
            let on = runs(&input, 0.0);
            channels += 1;
            let mut expected = vec![0.0; 340];
            for &(from, to, level) in &on {
                assert!(to - from == 20 || to == 340);
                if from + 40 < 339 {
                    expected[from + 40..339].fill(level);
                }
            }
            assert_eq!(target, expected, "{index} {channel}");
            assert_eq!(target[339], 0.0);
            let widen = |range: &mut [usize; 2], value: usize| {
                *range = [range[0].min(value), range[1].max(value)];
            };
            if on.len() == 3 {
                widen(&mut first, on[0].0);
                widen(&mut second, on[1].0 - on[0].0);
                widen(&mut third, on[2].0 - on[1].0);
                cut += usize::from(on[2].1 - on[2].0 < 20);
            } else {
                silent += 1;
            }
            // Levels are judged 15 steps after they are reached, the first at once.
            let own = |answer: &&crate::task::Answer| answer.output == channel;
            for window in example.trial.answers.iter().filter(own) {
                let (from, to) = (window.from as usize, window.to as usize);
                assert!(target[from..to].iter().all(|y| *y == f32::from(window.class.unwrap())));
                let start = if from == 0 { 0 } else { from - 15 };
                assert!(start == 0 || target[start - 1] != target[start]);
                assert!(to == 339 || target[to] != target[to - 1]);
            }
        }
    }
    assert_eq!((first, second, third), ([10, 99], [71, 120], [101, 150]));
    let share = f64::from(silent) / f64::from(channels);
    // A third without the first pulse, and some whose third falls beyond the end.
    assert!(share > 0.31 && share < 0.40 && cut > 0, "{share} {cut}");
}

#[test]
fn the_cube_is_the_one_of_the_stimuli() {
    let task = task("flipflop3_cube");
    let (own, known) = (task.set(1, 1).unwrap(), crate::task::named("flipflop3_cube").unwrap());
    assert_eq!(own.parts().duration, known.parts().duration);
    assert_eq!(own.trials()[0].pulses, known.trials()[0].pulses);
    let sorted = |trial: &Trial| {
        let mut answers = trial.answers.clone();
        answers.sort_by(|a, b| (a.output, a.from).partial_cmp(&(b.output, b.from)).unwrap());
        answers
    };
    assert_eq!(sorted(&own.trials()[0]), sorted(&known.trials()[0]));
    let mut parts = task.clone().into_parts();
    let Family::Sequence(sequence) = &mut parts.trials else { panic!("no sequence") };
    sequence.follows = vec![1, 0, 2];
    let swapped = TaskSpec::new(parts).unwrap().example(1, 0).targets;
    let right = task.example(1, 0).targets;
    for (of_swapped, of_right) in [(0, 1), (1, 0), (2, 2)] {
        assert_eq!(column(&swapped, 3, of_swapped), column(&right, 3, of_right));
    }
}

/// Trials of the stimulus sets have the windows of trials of the same inputs.
#[test]
fn windows_are_those_of_the_stimuli() {
    let windows = |trial: &Trial| {
        let answers = trial.answers.iter();
        let mut list: Vec<_> =
            answers.map(|a| (a.output, a.from as u32, a.to as u32, a.class)).collect();
        list.sort_unstable();
        list
    };
    let mut compared = 0;
    for name in ["and", "or", "xor", "set_reset", "multitask", "decision"] {
        let (task, known) = (quiet(name), crate::task::named(name).unwrap());
        let rule: Rule = task.parts().rule.rule().unwrap();
        assert_eq!((rule, known.parts().rule), (known.parts().rule, rule));
        for trial in known.trials() {
            let same = (0..4000).map(|index| task.example(1, index).trial).find(|own| {
                let mut mine = own.pulses.clone();
                let mut other = trial.pulses.clone();
                for list in [&mut mine, &mut other] {
                    list.sort_by(|a, b| {
                        a.onset.total_cmp(&b.onset).then(a.channel.cmp(&b.channel))
                    });
                }
                mine == other && (!mine.is_empty() || windows(own) == windows(trial))
            });
            if let Some(own) = same {
                assert_eq!(windows(&own), windows(trial), "{name} {}", trial.name);
                compared += 1;
            }
        }
    }
    // Trials of other lengths, and flip-flops of eight turns, are not met.
    assert!(compared >= 4 * 3 + 10 + 9, "{compared}");
}

#[test]
fn a_pulse_is_repeated_twenty_steps_after_it_ends() {
    let task = quiet("pulse_memory");
    assert_eq!(task.steps(), 100);
    for index in 0..20 {
        let example = task.example(1, index);
        let has_pulse = example.inputs.iter().any(|x| *x != 0.0);
        assert!(example.inputs[..30].iter().chain(&example.inputs[50..]).all(|x| *x == 0.0));
        assert!(example.targets[..70].iter().chain(&example.targets[90..]).all(|y| *y == 0.01));
        if has_pulse {
            assert_eq!(example.inputs[30..50], example.targets[70..90]);
            let peak = example.targets.iter().copied().reduce(f32::max).unwrap();
            assert!((peak - 0.716).abs() < 5e-4, "{peak}");
            // The whole kernel is inside at step 10 alone: 9 and 10 steps on its sides.
            assert_eq!(example.targets[80], peak);
        } else {
            assert!(example.targets[70..90].iter().all(|y| *y == 0.0));
        }
        let window = &example.trial.answers[0];
        assert_eq!((window.from, window.to, window.class), (70.0, 90.0, None));
    }
    assert!((shares("pulse_memory")["pulse"] - 0.5).abs() < 0.04);
}

#[test]
fn a_pulse_starts_an_oscillation() {
    let task = quiet("oscillator");
    assert_eq!(task.steps(), 340);
    let played = (0..20).map(|index| task.example(1, index));
    let example = played.into_iter().find(|e| e.inputs[110] != 0.0).unwrap();
    assert!((example.inputs[110] - 1.0).abs() < 1e-6 && example.inputs[100] < 1.0);
    assert!(example.inputs[..100].iter().chain(&example.inputs[120..]).all(|x| *x == 0.0));
    assert!(example.targets[..140].iter().chain(&example.targets[320..]).all(|y| *y == 0.003));
    // The convolution, written out for every step.
    for n in 0..180_usize {
        let inside = (0..340).filter(|&k| n + 169 >= k && n + 169 - k < 180);
        let angle = |k: usize| std::f64::consts::TAU * 12.0 * k as f64 / 340.0;
        let sum: f64 = inside.map(|k| angle(k).sin()).sum();
        assert!((f64::from(example.targets[140 + n]) - 0.3 * sum).abs() < 1e-6, "{n}");
    }
}

#[test]
fn decisions_answer_after_their_delays() {
    for (name, steps, sizes, unit) in [
        ("decision", 370, 1_u32, 50),
        ("decision_long_short", 370, 2, 50),
        ("decision_amplitudes4", 370, 4, 25),
        ("decision_amplitudes8", 370, 8, 25),
    ] {
        let task = quiet(name);
        assert_eq!(task.steps(), steps);
        let (mut jitters, mut silent, mut seen) = ([999, 0], 0, BTreeMap::new());
        for index in 0..4000 {
            let example = task.example(1, index);
            let Some(on) = example.inputs.iter().position(|x| *x != 0.0) else {
                silent += 1;
                assert!(example.targets.iter().all(|y| *y == 0.0));
                assert_eq!(example.trial.answers[0].class, Some(0));
                continue;
            };
            let pulse = &example.trial.pulses[0];
            assert_eq!((pulse.onset as usize, pulse.width, pulse.hann), (on, 20.0, Some(10)));
            let size = pulse.amplitude.abs() as usize;
            let (from, level) = answer(&example, 0.0);
            assert_eq!(from, on + 20 + unit * size, "{name}");
            assert_eq!(f64::from(level), pulse.amplitude.signum());
            jitters = [jitters[0].min(on - 50), jitters[1].max(on - 50)];
            *seen.entry(pulse.amplitude as i32).or_insert(0) += 1;
        }
        assert_eq!(jitters, [1, 70], "{name}");
        assert!((1850..2150).contains(&silent), "{name}: {silent}");
        assert_eq!(seen.len(), 2 * sizes as usize, "{name}: {seen:?}");
        let each = 2000 / (2 * sizes);
        assert!(seen.values().all(|n| *n > each * 7 / 10 && *n < each * 13 / 10), "{seen:?}");
    }
}

#[test]
fn an_interval_is_answered_by_its_length() {
    let task = task("decision_intervals");
    assert_eq!(task.steps(), 580);
    let mut seen = BTreeMap::new();
    for index in 0..2000 {
        let example = task.example(1, index);
        let [first, second] = &example.trial.pulses[..] else {
            assert!(example.trial.pulses.is_empty());
            continue;
        };
        let interval = (second.onset - first.onset - 20.0) as usize;
        assert_eq!(first.amplitude, second.amplitude);
        let (from, level) = answer(&example, 0.0);
        assert_eq!(from, second.onset as usize + 20 + interval);
        assert_eq!(f64::from(level), first.amplitude);
        *seen.entry(interval).or_insert(0) += 1;
    }
    let intervals: Vec<usize> = seen.keys().copied().collect();
    assert_eq!(intervals, [20, 40, 60, 80, 100, 120, 140, 160]);
}

#[test]
fn the_integral_decides() {
    let task = task("integration");
    assert_eq!(task.steps(), 480);
    let (mut positive, mut squares) = (0, 0.0);
    for index in 0..400 {
        let example = task.example(1, index);
        assert!(example.inputs[..50].iter().chain(&example.inputs[250..]).all(|x| *x == 0.0));
        let (from, level) = answer(&example, 0.0);
        assert_eq!(from, 270);
        let sum: f32 = example.inputs.iter().sum();
        // Simpson's rule is not the sum, but near it.
        assert!(sum.abs() < 3.0 || sum.signum() == level, "{sum} {level}");
        positive += usize::from(level > 0.0);
        squares += example.inputs[60..240].iter().map(|x| f64::from(x * x)).sum::<f64>();
    }
    assert!((150..250).contains(&positive), "{positive}");
    // The squares of the weights of a Hann window of 10 sum to 1/6.
    let mean = squares / (400.0 * 180.0);
    assert!((mean - 1.0 / 6.0).abs() < 0.01, "{mean}");
}

#[test]
fn the_multitask_follows_its_context() {
    let task = task("multitask");
    assert_eq!((task.steps(), task.channels().len()), (290, 3));
    let mut seen = BTreeMap::new();
    for index in 0..2400 {
        let example = task.example(1, index);
        let on = [0, 1, 2].map(|c| runs(&column(&example.inputs, 3, c), 0.0));
        let (from, level) = answer(&example, 0.0);
        let jitter = from - 100;
        assert!((1..=50).contains(&jitter));
        let [a, b] = [0, 1].map(|c: usize| !on[c].is_empty());
        for run in on[..2].iter().flatten() {
            assert_eq!(*run, (60 + jitter, 80 + jitter, 1.0));
        }
        let context = on[2].first().map_or(0, |run| {
            assert_eq!((run.0, run.1), (20 + jitter, 40 + jitter));
            run.2 as i32
        });
        let expected = match context {
            1 => a && b,
            -1 => a || b,
            _ => a != b,
        };
        assert_eq!(level, f32::from(u8::from(expected)));
        assert_eq!((example.targets[288], example.targets[289]), (level, 0.0));
        *seen.entry((context, a, b)).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 12);
    assert!(seen.values().all(|count| (140..260).contains(count)), "{seen:?}");
}
