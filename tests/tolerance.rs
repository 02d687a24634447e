//! Yields, deviations and the decks of draws.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use analogon::{
    equiv::tolerance::{Distribution, Model, Study, Time, ToleranceOptions, clopper_pearson},
    rnn::{Activation, Form, Rnn},
    task::{self, StimulusSet},
    units::Series,
};
use common::{
    bench::Bench,
    document::{check_document, repository},
    draws::nodal,
    random,
};
use proptest::prelude::*;

/// The tables of IEC 60063, E48 and E96 as E192 without what lies between.
#[test]
fn the_series_are_those_of_the_standard() {
    let e24 = [
        1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1,
        5.6, 6.2, 6.8, 7.5, 8.2, 9.1,
    ];
    assert_eq!(Series::E24.decade(), e24);
    let e12 = [1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2];
    assert_eq!(Series::E12.decade(), e12);
    let e48 = [
        1.00, 1.05, 1.10, 1.15, 1.21, 1.27, 1.33, 1.40, 1.47, 1.54, 1.62, 1.69, 1.78, 1.87, 1.96,
        2.05, 2.15, 2.26, 2.37, 2.49, 2.61, 2.74, 2.87, 3.01, 3.16, 3.32, 3.48, 3.65, 3.83, 4.02,
        4.22, 4.42, 4.64, 4.87, 5.11, 5.36, 5.62, 5.90, 6.19, 6.49, 6.81, 7.15, 7.50, 7.87, 8.25,
        8.66, 9.09, 9.53,
    ];
    assert_eq!(Series::E48.decade(), e48);
    let (e96, e192) = (Series::E96.decade(), Series::E192.decade());
    assert_eq!((e96.len(), e192.len()), (96, 192));
    let every_second = |values: &[f64]| values.iter().copied().step_by(2).collect::<Vec<_>>();
    assert_eq!(every_second(&e96), e48);
    assert_eq!(every_second(&e192), e96);
    assert_eq!(e96[1..8], [1.02, 1.05, 1.07, 1.10, 1.13, 1.15, 1.18]);
    assert_eq!(e96[89..], [8.45, 8.66, 8.87, 9.09, 9.31, 9.53, 9.76]);
    assert_eq!(e192[183..], [8.98, 9.09, 9.20, 9.31, 9.42, 9.53, 9.65, 9.76, 9.88]);
}

/// Values of R's `binom.test` and of tables.
#[test]
fn intervals_are_those_of_clopper_and_pearson() {
    for (successes, trials, low, high) in [
        (0, 10, 0.0, 0.308_497),
        (10, 10, 0.691_503, 1.0),
        (5, 10, 0.187_086, 0.812_914),
        (1, 20, 0.001_265, 0.248_733),
        (24, 30, 0.614_333, 0.922_864),
        (0, 1000, 0.0, 0.003_682),
    ] {
        let found = clopper_pearson(successes, trials, 0.95);
        let near = (found[0] - low).abs() < 2e-6 && (found[1] - high).abs() < 2e-6;
        assert!(near, "{successes} of {trials}: {found:?}");
    }
    // With one trial and no success the rest of the probability is (1 - p) = 0.025.
    assert!((clopper_pearson(0, 1, 0.95)[1] - 0.975).abs() < 1e-12);
}

/// Yields of 30 draws with all four stimuli right, of the published networks and their map:
/// a draw of ours is one of the same population.
#[test]
fn yields_of_the_published_networks() {
    let tolerances = [0.01, 0.02, 0.05, 0.1, 0.2];
    for (file, name, published) in [
        ("and_n50_orthogonal.hdf5", "and", [1.0, 1.0, 1.0, 0.8, 0.27]),
        ("xor_n50_orthogonal.hdf5", "xor", [1.0, 1.0, 0.93, 0.57, 0.2]),
    ] {
        let Some(loaded) = common::network(file) else { return };
        let stimuli = task::named(name).unwrap();
        for (tolerance, published) in tolerances.into_iter().zip(published) {
            let draws = 100;
            let options = ToleranceOptions {
                model: Model::Weights,
                time: Time::Map,
                tolerance,
                draws,
                ..ToleranceOptions::default()
            };
            let study =
                Study::new(&loaded.network, loaded.trained_step, &stimuli, &options).unwrap();
            let found = study.run(&|_| {}).unwrap().share.unwrap();
            let pooled = (found * draws as f64 + published * 30.0) / (draws as f64 + 30.0);
            let error = (pooled * (1.0 - pooled) * (1.0 / draws as f64 + 1.0 / 30.0)).sqrt();
            let wrong = (found - published).abs();
            assert!(wrong <= 3.0 * error + 0.005, "{name} {tolerance}: {found} {published}");
        }
    }
}

fn flip_flop() -> (Rnn, StimulusSet) {
    let mut parts = task::seeded_pulses(2, 7, 4, 30).into_parts();
    parts.outputs = vec!["y".to_owned(), "z".to_owned()];
    (random::network(Form::A, Activation::Tanh, 8, 3), StimulusSet::new(parts).unwrap())
}

/// Everything that a draw can do to a circuit.
fn rough() -> ToleranceOptions {
    ToleranceOptions {
        tolerance: 0.05,
        distribution: Distribution::Normal,
        series: Some(Series::E24),
        offset: 5e-3,
        gain: Some(500.0),
        sigma: 0.03,
        draws: 64,
        within: Some(0.5),
        ..ToleranceOptions::default()
    }
}

#[test]
fn a_draw_is_the_same_on_any_number_of_threads() {
    let (network, stimuli) = flip_flop();
    let run = |threads: usize, draws: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = ToleranceOptions { draws, ..rough() };
        let study = Study::new(&network, None, &stimuli, &options).unwrap();
        (pool.install(|| study.run(&|_| {}).unwrap()), study.outputs(5))
    };
    let (one, draw) = run(1, 64);
    let (two, same) = run(2, 64);
    assert_eq!(one, two);
    assert_eq!(draw, same);
    // Another number of draws changes none of them.
    assert_eq!(run(2, 9).1, draw);
    let other = ToleranceOptions { seed: 2, ..rough() };
    let study = Study::new(&network, None, &stimuli, &other).unwrap();
    assert_ne!(study.outputs(5), draw);
}

/// The equation that a draw comes to is that of the circuit with its values: the deck of
/// the draw is read, elaborated and solved by nodal analysis.
#[test]
fn a_draw_is_its_circuit() {
    let stimuli = task::seeded_pulses(2, 7, 2, 30);
    for form in [Form::A, Form::B] {
        for activation in [Activation::Tanh, Activation::Logistic] {
            let network = random::network(form, activation, 5, 11);
            for gain in [None, Some(300.0)] {
                let options = ToleranceOptions { gain, ..rough() };
                let study = Study::new(&network, None, &stimuli, &options).unwrap();
                let reduced = study.outputs(3);
                for (trial, reduced) in reduced.iter().enumerate() {
                    let deck = study.deck(3, trial, "a draw").unwrap();
                    let found = nodal(&deck, &reduced.times);
                    let mut off = 0.0_f64;
                    let all = found.iter().zip(&reduced.outputs).zip(&study.ideal()[trial].outputs);
                    for ((found, wanted), ideal) in all {
                        for ((a, b), c) in found.iter().zip(wanted).zip(ideal) {
                            let what = format!("{form:?} {activation:?} {gain:?} {trial}: {a} {b}");
                            assert!((a - b).abs() < 3e-4, "{what}");
                            off = if (b - c).abs() > off { (b - c).abs() } else { off };
                        }
                    }
                    // The errors are not lost in that bound.
                    assert!(off > 1e-2, "{off}");
                }
            }
        }
    }
}

#[test]
fn the_deck_of_weights_is_the_network_with_those_weights() {
    let stimuli = task::seeded_pulses(2, 7, 1, 30);
    let network = random::network(Form::A, Activation::Tanh, 5, 11);
    let options =
        ToleranceOptions { model: Model::Weights, tolerance: 0.3, ..ToleranceOptions::default() };
    let study = Study::new(&network, None, &stimuli, &options).unwrap();
    let reduced = study.outputs(0).remove(0);
    let found = nodal(&study.deck(0, 0, "weights").unwrap(), &reduced.times);
    for (a, b) in found.iter().flatten().zip(reduced.outputs.iter().flatten()) {
        assert!((a - b).abs() < 3e-4, "{a} {b}");
    }
}

#[test]
fn what_cannot_be_studied_is_refused() {
    let (network, stimuli) = flip_flop();
    let refused = |change: &dyn Fn(&mut ToleranceOptions)| {
        let mut options = ToleranceOptions::default();
        change(&mut options);
        Study::new(&network, None, &stimuli, &options).err().unwrap().to_string()
    };
    let text = refused(&|o| o.tolerance = 1.0);
    assert_eq!(text, "the tolerance is 1, expected a number from 0 to below 1");
    assert!(refused(&|o| o.tolerance = f64::NAN).contains("tolerance is NaN"));
    assert!(refused(&|o| o.offset = -1e-3).contains("offset is -0.001"));
    assert!(refused(&|o| o.gain = Some(0.0)).contains("gain is 0"));
    assert!(refused(&|o| o.sigma = -0.1).contains("mismatch of sigma is -0.1"));
    assert!(refused(&|o| o.within = Some(f64::INFINITY)).contains("deviation is inf"));
    assert!(refused(&|o| o.draws = 0).contains("number of draws is 0"));
    assert!(refused(&|o| o.draws = 1_000_001).contains("1 to 1000000"));
    let text = refused(&|o| (o.model, o.series) = (Model::Weights, Some(Series::E24)));
    assert_eq!(text, "the series is a property of a circuit: it means nothing to weights");
    assert!(refused(&|o| o.time = Time::Map).contains("not trained as a map"));
    let wrong = task::named("flipflop3").unwrap();
    let text = Study::new(&network, None, &wrong, &ToleranceOptions::default()).err().unwrap();
    assert!(text.to_string().contains("drive 3 inputs and judge 3 outputs"), "{text}");
}

#[test]
fn the_command_refuses_and_compares() {
    let bench = Bench::new();
    let xor = repository("examples/xor_n16.safetensors");
    let xor = xor.to_str().unwrap();
    let run = |more: &[&str]| bench.run(&[&["tolerance", xor], more].concat());
    let failed = |more: &[&str], what: &str| {
        let run = run(more);
        assert!(run.code == 2 && run.err.contains(what), "{} {}", run.code, run.err);
    };
    failed(&["--tolerance", "120%"], "tolerance is 1.2");
    failed(&["--tolerance", "much"], "much");
    failed(&["--series", "e7"], "e7");
    failed(&["--model", "weights", "--offset", "1m"], "means nothing to weights");
    failed(&["--task", "flipflop3"], "drive 3 inputs");
    failed(&["--worst", "no/such/folder/w.cir"], "no/such/folder");
    let few = ["--task", "xor", "--draws", "8", "--tolerance"];
    assert_eq!(run(&[&few[..], &["20%", "--least", "99%"]].concat()).code, 1);
    assert_eq!(run(&[&few[..], &["0", "--least", "99%"]].concat()).code, 0);
}

#[test]
fn json_says_what_the_text_says_and_the_worst_draw_runs() {
    let bench = Bench::new();
    let xor = repository("examples/xor_n16.safetensors");
    let xor = xor.to_str().unwrap();
    let json = bench.json(
        &[
            "tolerance",
            xor,
            "--task",
            "xor",
            "--draws",
            "12",
            "--offset",
            "2m",
            "--worst",
            "w.cir",
            "--json",
        ],
        0,
    );
    let (share, passed) = (json["yield"].as_f64().unwrap(), json["passed"].as_f64().unwrap());
    assert!((share - passed / 12.0).abs() < 1e-15);
    let interval = [&json["confidence"][0], &json["confidence"][1]].map(|v| v.as_f64().unwrap());
    assert!(interval[0] <= share && share <= interval[1] && json["draws"] == 12);
    let ranking = json["ranking"].as_array().unwrap();
    let influence = |at: usize| ranking[at]["influence"].as_f64().unwrap().abs();
    assert!((1..ranking.len()).all(|at| influence(at) <= influence(at - 1)));
    assert!(ranking[0]["element"].is_string() && ranking[0]["value"].is_number());
    assert!(bench.good(&["check", "w.cir"]).contains("no faults"));
    // Of a deck the elements are drawn; without a task there is a deviation and no yield.
    let out = bench.good(&["tolerance", "w.cir", "--draws", "4"]);
    assert!(out.contains("elements of the deck") && out.contains("NO YIELD"), "{out}");
    assert!(out.contains("\nri6 ") || out.contains("\nrw"), "{out}");
    let out = bench.good(&["tolerance", "w.cir", "--draws", "4", "--model", "circuit"]);
    assert!(out.contains("realised anew"), "{out}");
    let offset = ["tolerance", "w.cir", "--draws", "4", "--offset", "1m"];
    bench.refused(&offset, &["the offset is one of the realisation", "its own parts"]);
    let worst = ["tolerance", "w.cir", "--worst", "v.cir"];
    bench.refused(&worst, &["not written", "--model circuit"]);
    bench.refused(&["tolerance", xor, "--model", "deck"], &["needs a deck"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn preferred_values_are_near_and_stay(exponent in -3.0..9.0f64) {
        let value = 10f64.powf(exponent);
        for (series, count) in [
            (Series::E12, 12.0), (Series::E24, 24.0), (Series::E48, 48.0),
            (Series::E96, 96.0), (Series::E192, 192.0),
        ] {
            let near = series.nearest(value);
            // Rounding of the tables widens a step to less than twice its half.
            prop_assert!((near / value).log10().abs() < 1.0 / count, "{series:?} {value} {near}");
            prop_assert!((series.nearest(near) / near - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn intervals_hold_their_share_and_shrink(successes in 0usize..40, more in 0usize..40) {
        let trials = successes + more + 1;
        let share = successes as f64 / trials as f64;
        let [low, high] = clopper_pearson(successes, trials, 0.95);
        prop_assert!(low <= share && share <= high);
        let [next_low, next_high] = clopper_pearson(successes + 1, trials, 0.95);
        prop_assert!(low <= next_low && high <= next_high);
        let [ten_low, ten_high] = clopper_pearson(10 * successes, 10 * trials, 0.95);
        prop_assert!(ten_high - ten_low < high - low);
        let [wide_low, wide_high] = clopper_pearson(successes, trials, 0.99);
        prop_assert!(wide_low <= low && high <= wide_high);
    }

    /// Small errors do what they are, twice as large ones twice as much; a wider bound lets
    /// no fewer draws pass.
    #[test]
    fn deviations_grow_with_errors(seed in 0u64..1000, units in 2usize..7) {
        let network = random::network(Form::A, Activation::Tanh, units, seed);
        let stimuli = task::seeded_pulses(2, seed, 2, 16);
        let run = |tolerance: f64, within: f64| {
            let options = ToleranceOptions {
                tolerance, seed, draws: 16, within: Some(within), ..ToleranceOptions::default()
            };
            Study::new(&network, None, &stimuli, &options).unwrap().run(&|_| {}).unwrap()
        };
        let none = run(0.0, 1e-9);
        prop_assert!(none.deviation.worst < 1e-12 && none.share == Some(1.0));
        let (small, twice) = (run(1e-6, 1e-5), run(2e-6, 2e-5));
        let ratio = twice.deviation.median / small.deviation.median;
        prop_assert!((ratio - 2.0).abs() < 1e-2, "{ratio}");
        let passed = [1e-7, 1e-6, 1e-5, 1e-4].map(|within| run(1e-6, within).passed.unwrap());
        prop_assert!(passed.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

#[test]
fn the_documented_commands_print_what_is_written() {
    let bench = Bench::new();
    let name = "xor_n16.safetensors";
    std::fs::copy(repository("examples").join(name), bench.path(name)).unwrap();
    check_document("docs/tolerance.md", &bench.path("."));
}
