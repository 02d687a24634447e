//! Networks trained as maps on their way to the flow: closed forms, an independent
//! integration, and what was measured on the published networks.
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
    dynamics::attractors::fixed_points::stability,
    equiv::{
        Extent, Realisation, Subject, SynthesisOptions, VerifyOptions,
        realisability::{
            Realisability, RealisabilityOptions, Recommended, critical_step, fate_changes,
            point_changes, realisability,
        },
        reference, synthesise,
        tolerance::clopper_pearson,
        verify,
    },
    linalg::Complex,
    rnn::{
        Activation, DiscreteRnn, Form, Parts, Readout, Rnn,
        format::{LoadOptions, Loaded, load},
    },
    task::{self, Answer, Pulse, Rule, SetParts, Stimulus, StimulusSet, TaskSpec, Trial},
};
use common::{
    bench::Bench,
    document::{check_document, repository},
};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

/// `mu = -damping +- i speed`: two units that turn.
fn rotation(activation: Activation, damping: f64, speed: f64) -> Rnn {
    let own = 1.0 - damping;
    Rnn::new(Parts {
        form: Form::A,
        activation,
        recurrent: DMatrix::from_row_slice(2, 2, &[own, -speed, speed, own]),
        input: DMatrix::from_row_slice(2, 1, &[1.0, 0.0]),
        bias: DVector::zeros(2),
        leak: DVector::from_element(2, 1.0),
        readout: Readout {
            weights: DMatrix::from_row_slice(1, 2, &[1.0, 0.0]),
            bias: DVector::zeros(1),
        },
    })
    .unwrap()
}

/// A kick of one unit of time, and whether the output is still, or large and positive, in a
/// window.
fn kick(duration: f64, window: (f64, f64), none_below: f64) -> StimulusSet {
    StimulusSet::new(SetParts {
        task: "kick".to_owned(),
        version: 1,
        about: String::new(),
        time_unit: String::new(),
        channels: vec!["x".to_owned()],
        outputs: vec!["y".to_owned()],
        duration,
        edge: Stimulus::EDGE,
        rule: Rule::Sign { none_below },
        last: window.1 - window.0,
        trials: vec![Trial {
            name: "kick".to_owned(),
            duration: None,
            pulses: vec![Pulse { channel: 0, onset: 0.0, width: 1.0, amplitude: 1.0, hann: None }],
            levels: None,
            noise: None,
            answers: vec![Answer { output: 0, from: window.0, to: window.1, class: Some(1) }],
        }],
    })
    .unwrap()
}

fn run(network: &Rnn, step: f64, stimuli: &StimulusSet, steps: &[f64]) -> Realisability {
    let options = RealisabilityOptions { steps: steps.to_vec(), ..RealisabilityOptions::default() };
    realisability(network, step, stimuli, &options, &|_| {}).unwrap()
}

const USUAL: [f64; 6] = [1.0, 0.5, 0.2, 0.1, 0.05, 0.02];

/// Of a linear network every state is known: a step is a product with `1 + d mu`. Its
/// decision changes where the closed form crosses the border, and nowhere else.
#[test]
fn the_decision_of_a_linear_rotation_changes_where_its_closed_form_does() {
    // The amplitude of the map of step 1 grows, that of smaller steps does not.
    let (damping, speed, border) = (0.0025, 0.1, 2.0);
    let network = rotation(Activation::Linear, damping, speed);
    // A whole number of turns after the kick, and a tenth of one on either side.
    let turn = 2.0 * std::f64::consts::PI / speed;
    let window = ((15.9 * turn).round(), (16.1 * turn).round());
    let stimuli = kick(window.1 + 3.0, window, border);
    let mu = Complex::new(-damping, speed);
    let mean = |d: f64| {
        let mut state = Complex::new(0.0, 0.0);
        let (mut sum, mut time) = (0.0, 0.0);
        for k in 0.. {
            let (from, to) = (f64::from(k) * d, f64::from(k + 1) * d);
            if from >= window.1 {
                break;
            }
            let level = (if to < 1.0 { to } else { 1.0 } - from) / d;
            let level = if level > 0.0 { level } else { 0.0 };
            state = state * (1.0 + d * mu) + d * level;
            let begin = if from > window.0 { from } else { window.0 };
            if to > window.0 && to <= window.1 {
                sum += state.re * (to - begin);
                time += to - begin;
            }
        }
        sum / time
    };
    let found = run(&network, 1.0, &stimuli, &USUAL);
    let decision = &found.decisions[0];
    for (rung, value) in found.steps.iter().zip(&decision.mean) {
        if rung.step > 0.0 {
            assert!((value - mean(rung.step)).abs() < 1e-9, "{} {value}", rung.step);
        }
    }
    assert!(mean(1.0) > border && mean(0.5) < border, "{} {}", mean(1.0), mean(0.5));
    let (changed, kept) = (decision.first_step.unwrap(), decision.last_kept.unwrap());
    assert!(mean(changed) < border && mean(kept) >= border && kept - changed <= 0.01 * kept);
    // The flow is a spiral: its mean in the window is that of exp(mu t).
    let start = ((mu * 1.0).exp() - 1.0) / mu;
    let spiral = |t: f64| (start * (mu * (t - 1.0)).exp() / mu).re;
    let flow = (spiral(window.1) - spiral(window.0)) / (window.1 - window.0);
    let last = *decision.mean.last().unwrap();
    // The mean of samples a unit apart is not quite the integral.
    assert!((last - flow).abs() < 5e-3, "{last} {flow}");
    assert_eq!((found.recommended, found.lost), (Recommended::Sampled, 1));
    assert_eq!(found.first_step, decision.first_step);
    // With another step trained no clock is the map.
    let half = run(&network, 0.9, &stimuli, &USUAL);
    assert_eq!(half.recommended, Recommended::Retrain);
    assert!(half.reason.contains("not of 0.9"), "{}", half.reason);
}

/// With tanh the growing rotation ends on a circle: below the critical step it decays.
#[test]
fn a_rotation_comes_to_rest_below_its_critical_step() {
    for (damping, speed) in [(0.5, 0.9), (0.1, 0.6), (0.3, 0.9)] {
        let network = rotation(Activation::Tanh, damping, speed);
        let critical = 2.0 * damping / (damping * damping + speed * speed);
        assert!(critical < 1.0);
        let stimuli = kick(30.0, (20.0, 30.0), 0.5);
        let points = point_changes(&network, 1.0, &stimuli).unwrap();
        assert_eq!(points.len(), 1, "the origin alone");
        let point = &points[0];
        assert!((point.attracts_below.unwrap() - critical).abs() < 1e-12 && point.changes());
        assert_eq!((point.unstable_map, point.unstable_flow, point.size), (2, 0, 0.0));
        assert_eq!(point.critical_steps.len(), 1, "a pair crosses together");
        let options = RealisabilityOptions::default();
        let fates = fate_changes(&network, 1.0, &stimuli, &options, &|_| {}).unwrap();
        let fate = &fates[0];
        assert_eq!((fate.flow, fate.kept), ("decay", false), "{} {}", fate.map, fate.flow);
        let (changed, kept) = (fate.first_step.unwrap(), fate.last_kept.unwrap());
        assert!(changed <= critical && critical <= kept, "{changed} {critical} {kept}");
        assert!(kept - changed < 0.02);
    }
}

#[test]
fn what_is_kept_is_built_with_amplifiers() {
    for (name, task) in [("xor_n16", "xor"), ("flipflop3_n24", "flipflop3")] {
        let loaded = example(name);
        let stimuli = task::named(task).unwrap();
        let step = loaded.trained_step.unwrap();
        let found = run(&loaded.network, step, &stimuli, &[1.0, 0.2]);
        assert_eq!(found.recommended, Recommended::Opamp, "{}", found.reason);
        assert_eq!(found.steps.len(), 3);
        assert!(found.steps.iter().all(|rung| rung.right == rung.judged));
        assert_eq!((found.first_step, found.lost), (None, 0));
        assert_eq!(found.like_flow_from, Some(step));
        // An independent implementation of the map and of the flow.
        for decision in found.decisions.iter().take(4) {
            let at = decision.trial - 1;
            let stimulus = stimuli.stimulus(at);
            let grid = |d: f64| -> Vec<f64> {
                let count = (stimulus.duration() / d).round() as usize;
                (0..=count).map(|k| k as f64 * d).collect()
            };
            for (rung, mean) in found.steps.iter().zip(&decision.mean) {
                let (outputs, times, bound) = if rung.step > 0.0 {
                    let times = grid(rung.step);
                    let map = reference::euler(&loaded.network, &stimulus, rung.step, &times);
                    (map.unwrap().outputs, times, 1e-9)
                } else {
                    let times = grid(1.0);
                    let flow = reference::integrate(&loaded.network, &stimulus, &times, 1e-9);
                    (flow.unwrap().outputs, times, 2e-3)
                };
                let verdict = stimuli.judge(at, &times, &outputs).unwrap();
                let right = verdict.decisions.last().unwrap().mean;
                assert!((mean - right).abs() < bound, "{name} {at} {}: {mean} {right}", rung.step);
            }
        }
    }
}

fn example(name: &str) -> Loaded {
    let path = repository(&format!("examples/{name}.safetensors"));
    load(name, &std::fs::read(path).unwrap(), &LoadOptions::default()).unwrap()
}

/// A share and one that was measured elsewhere are of one population, at 99 %.
fn agrees(what: &str, (right, all): (usize, usize), (share, trials): (f64, f64)) {
    let found = right as f64 / all as f64;
    let pooled = (right as f64 + share * trials) / (all as f64 + trials);
    let error = (pooled * (1.0 - pooled) * (1.0 / all as f64 + 1.0 / trials)).sqrt();
    // Published with two digits.
    assert!((found - share).abs() <= 2.576 * error + 0.005, "{what}: {found} {share}");
}

fn published(file: &str, stimuli: &StimulusSet, steps: &[f64]) -> Option<Realisability> {
    let loaded = common::network(file)?;
    assert_eq!(loaded.trained_step, Some(1.0));
    Some(run(&loaded.network, 1.0, stimuli, steps))
}

#[test]
fn networks_that_keep_their_task() {
    for (file, task, steps) in [
        ("and_n50_orthogonal.hdf5", "and", &USUAL[..]),
        ("set_reset_n50_orthogonal.hdf5", "set_reset", &[1.0, 0.5, 0.1]),
        ("and_n500_orthogonal_bias.hdf5", "and", &[1.0, 0.5]),
        ("multitask_n200.hdf5", "multitask", &[1.0, 0.5]),
    ] {
        let Some(found) = published(file, &task::named(task).unwrap(), steps) else { return };
        assert_eq!(found.recommended, Recommended::Opamp, "{file}: {}", found.reason);
        assert!(found.steps.iter().all(|rung| rung.right == rung.judged), "{file}");
    }
}

/// (1,1) stays near -0.89 for long, then falls to the point of the answer 1.
#[test]
fn xor_of_both_fails_in_the_flow() {
    let xor = task::named("xor").unwrap();
    let Some(found) = published("xor_n50_orthogonal.hdf5", &xor, &USUAL) else { return };
    assert_eq!((found.recommended, found.lost), (Recommended::Sampled, 1));
    let counts: Vec<usize> = found.steps.iter().map(|rung| rung.right).collect();
    assert_eq!(counts, [4, 3, 3, 3, 3, 3, 3]);
    let both = &found.decisions[3];
    assert_eq!((both.name.as_str(), both.right[0]), ("(1,1)", true));
    let first = both.first_step.unwrap();
    assert!((0.9..1.0).contains(&first), "{first}");
    let (map, flow) = (both.mean[0], *both.mean.last().unwrap());
    assert!(map.abs() < 0.01 && (flow + 0.35).abs() < 0.02, "{map} {flow}");
    // By the independent integration: the end of the trial, and the mean of its last part.
    let network = common::network("xor_n50_orthogonal.hdf5").unwrap().network;
    let times: Vec<f64> = (0..=200).map(f64::from).collect();
    let flow = reference::integrate(&network, &xor.stimulus(3), &times, 1e-10).unwrap();
    let end = flow.outputs[200][0];
    assert!((end - 1.02).abs() < 0.01, "{end}");
    let last = xor.judge(3, &times, &flow.outputs).unwrap().decisions[0].last_mean;
    assert!((both.last_mean.last().unwrap() - last).abs() < 0.01, "{last}");
    // The torus it turned on is gone at the same step, and no point at rest began to
    // attract: the flow comes to a point that attracted all along.
    let mut alone = xor.into_parts();
    alone.trials = vec![alone.trials[3].clone()];
    let alone = StimulusSet::new(alone).unwrap();
    let fates =
        fate_changes(&network, 1.0, &alone, &RealisabilityOptions::default(), &|_| {}).unwrap();
    assert_eq!((fates[0].map, fates[0].flow), ("quasi-periodic", "fixed point"));
    assert!(fates[0].last_kept.unwrap() >= first && fates[0].first_step.unwrap() < 1.0);
    let points = point_changes(&network, 1.0, &alone).unwrap();
    assert!(points.iter().all(|point| !point.changes()));
    let origin = points.iter().find(|point| point.size == 0.0).unwrap();
    assert!(origin.unstable_map > origin.unstable_flow, "the fast turns go first");
}

/// Noisy trials of the delayed decision with a pulse, or without one.
fn decisions(pulse: bool, count: usize) -> StimulusSet {
    let mut parts = TaskSpec::named("decision").unwrap().set(1, 3 * count).unwrap().into_parts();
    parts.trials.retain(|trial| (trial.answers[0].class != Some(0)) == pulse);
    parts.trials.truncate(count);
    assert_eq!(parts.trials.len(), count);
    StimulusSet::new(parts).unwrap()
}

#[test]
fn noisy_decisions_of_one_network_survive_and_of_the_other_do_not() {
    let steps = [1.0, 0.5, 0.1];
    let orthogonal = "decision_n100_orthogonal_keras3.hdf5";
    let normal = "decision_n100_normal_keras3.hdf5";
    let pulses = decisions(true, 100);
    let Some(good) = published(orthogonal, &pulses, &steps) else { return };
    for rung in &good.steps {
        agrees("orthogonal", (rung.right, rung.judged), (1.0, 298.0));
    }
    let bad = published(normal, &pulses, &steps).unwrap();
    for (rung, share) in bad.steps.iter().zip([1.0, 0.72, 0.66, 0.66]) {
        agrees(&format!("normal {}", rung.step), (rung.right, rung.judged), (share, 298.0));
    }
    assert_eq!(bad.recommended, Recommended::Sampled);
    // The two are told apart at every step below the trained one.
    for (good, bad) in good.steps.iter().zip(&bad.steps).skip(1) {
        assert!(bad.confidence[1] < good.confidence[0], "{bad:?} {good:?}");
    }
    assert_eq!(good.steps[0].confidence, clopper_pearson(good.steps[0].right, 100, 0.99));
    // Without a pulse the noise drives the unstable origin to an answer.
    let rest = decisions(false, 40);
    for (file, share) in [(orthogonal, 0.04), (normal, 0.0)] {
        let found = published(file, &rest, &[1.0, 0.1]).unwrap();
        let rung = &found.steps[1];
        agrees(&format!("no pulse, {file}"), (rung.right, rung.judged), (share, 100.0));
    }
}

/// On clean pulses the second network has everything right at every step.
#[test]
fn without_noise_nothing_shows() {
    let clean = task::named("decision").unwrap();
    let found = published("decision_n100_normal_keras3.hdf5", &clean, &[1.0, 0.5, 0.1]);
    let Some(found) = found else { return };
    assert!(found.steps.iter().all(|rung| rung.right == rung.judged));
    assert_eq!(found.recommended, Recommended::Opamp);
}

/// Time in the right one of three levels: .995 for the map, .891 at a step of 0.2.
#[test]
fn three_bits_lose_their_time() {
    let mut parts = TaskSpec::named("flipflop3").unwrap().set(1, 8).unwrap().into_parts();
    parts.trials.truncate(8);
    let stimuli = StimulusSet::new(parts).unwrap();
    let found = published("flipflop3_n400_epoch20.hdf5", &stimuli, &[1.0, 0.2]);
    let Some(found) = found else { return };
    let times: Vec<f64> = found.steps.iter().map(|rung| rung.time_right).collect();
    assert!((times[0] - 0.995).abs() < 0.01, "{times:?}");
    assert!((times[1] - 0.891).abs() < 0.05, "{times:?}");
    assert!(times[2] < times[0] - 0.03, "{times:?}");
}

#[test]
fn a_verification_says_where_decisions_change() {
    let network = rotation(Activation::Tanh, 0.5, 0.9);
    let stimuli = kick(30.0, (20.0, 30.0), 0.5);
    let options =
        SynthesisOptions { realisation: Realisation::Ideal, ..SynthesisOptions::default() };
    let circuit = common::circuit(&synthesise(&network, &stimuli.stimulus(0), &options).unwrap());
    let report = |trained_step, realisability| {
        let subject =
            Subject { network: &network, trained_step, circuit: &circuit, stimuli: &stimuli };
        let options = VerifyOptions { realisability, ..VerifyOptions::default() };
        verify(&subject, &options, &|_| {}).unwrap()
    };
    let found = report(Some(1.0), Extent::Quick).realisability.unwrap();
    assert_eq!(found, run(&network, 1.0, &stimuli, &USUAL));
    assert!(report(Some(1.0), Extent::Never).realisability.is_none());
    assert!(report(None, Extent::Always).realisability.is_none(), "it is the flow already");
}

#[test]
fn what_cannot_be_looked_at_is_refused() {
    let network = rotation(Activation::Tanh, 0.5, 0.9);
    let stimuli = kick(30.0, (20.0, 30.0), 0.5);
    let refused = |step: f64, stimuli: &StimulusSet, steps: &[f64]| {
        let options =
            RealisabilityOptions { steps: steps.to_vec(), ..RealisabilityOptions::default() };
        realisability(&network, step, stimuli, &options, &|_| {}).unwrap_err().to_string()
    };
    assert!(refused(f64::NAN, &stimuli, &USUAL).contains("trained step is NaN"));
    assert!(refused(1.0, &stimuli, &[]).contains("first step is 0, expected 1"));
    assert!(refused(1.0, &stimuli, &[0.5]).contains("first step is 0.5"));
    assert!(refused(1.0, &stimuli, &[1.0, 1.0]).contains("next step is 1, expected a smaller"));
    assert!(refused(1.0, &stimuli, &[1.0, 0.0]).contains("next step is 0"));
    assert!(refused(1.0, &stimuli, &[1.0, f64::NAN]).contains("next step is NaN"));
    let wrong = task::named("and").unwrap();
    assert!(refused(1.0, &wrong, &USUAL).contains("drive 2 inputs"));
    let silent = task::seeded_pulses(1, 1, 2, 30);
    assert!(refused(1.0, &silent, &USUAL).contains("ask for no decision"));
}

#[test]
fn the_command_recommends() {
    let bench = Bench::new();
    let xor = repository("examples/xor_n16.safetensors");
    let xor = xor.to_str().unwrap();
    let out = bench.good(&["realisability", xor, "--plot", "steps.svg"]);
    assert!(out.starts_with("RECOMMENDED opamp"), "{out}");
    assert!(std::fs::read_to_string(bench.path("steps.svg")).unwrap().contains("</svg>"));
    let json = bench.json(&["realisability", xor, "--decisions-only", "--json"], 0);
    assert_eq!(json["recommended"], "opamp");
    assert_eq!(json["steps"].as_array().unwrap().len(), 7);
    assert!(json["decisions"][0]["first_step"].is_null());
    let json = bench.json(&["verify", xor, "--task", "xor", "--json"], 0);
    assert_eq!(json["realisability"]["recommended"], "opamp");
    assert_eq!(json["realisability"]["steps"][0]["right"], 4);
    let out = bench.good(&["verify", xor, "--task", "xor", "--realisability"]);
    assert!(out.contains("RECOMMENDED opamp"), "{out}");
    let lost = repository("examples/xor_n16_step1.safetensors");
    let lost = lost.to_str().unwrap();
    let json = bench.json(&["verify", lost, "--json"], 0);
    let found = &json["realisability"];
    assert_eq!((found["recommended"].as_str(), found["lost"].as_u64()), (Some("sampled"), Some(1)));
    let both = &found["decisions"][3];
    assert!((both["first_step"].as_f64().unwrap() - 0.64).abs() < 0.01, "{both}");
    assert_eq!(both["first_step"], found["first_step"]);
    assert_eq!(bench.run(&["realisability", lost, "--decisions-only"]).code, 1);
    bench.refused(&["realisability", xor, "--steps", "1,2"], &["next step is 2", "usual ones"]);
    bench.refused(&["realisability", xor, "--task", "flipflop3"], &["drive 3 inputs"]);
    let none = ["realisability", "no.safetensors"];
    bench.refused(&none, &["no.safetensors"]);
}

#[test]
fn the_documented_commands_print_what_is_written() {
    let bench = Bench::new();
    for name in ["xor_n16.safetensors", "xor_n16_step1.safetensors"] {
        std::fs::copy(repository("examples").join(name), bench.path(name)).unwrap();
    }
    check_document("docs/realisability.md", &bench.path("."));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_eigenvalue_is_on_the_unit_circle_at_its_critical_step(
        re in -3.0..-1e-3_f64, im in -3.0..3.0_f64,
    ) {
        let mu = Complex::new(re, im);
        let step = critical_step(mu).unwrap();
        prop_assert!(((1.0 + step * mu).norm() - 1.0).abs() < 1e-12);
        prop_assert!((1.0 + 0.99 * step * mu).norm() < 1.0);
        prop_assert!((1.0 + 1.01 * step * mu).norm() > 1.0);
        prop_assert!(critical_step(Complex::new(-re, im)).is_none());
        prop_assert!(critical_step(Complex::new(0.0, im)).is_none());
    }

    /// What the eigenvalues of the map itself say, computed from its own Jacobian: a point
    /// attracts below its critical step, and at a smaller step whatever attracted before.
    #[test]
    fn a_point_attracts_below_its_critical_step(seed in 0_u64..1000, units in 2_usize..6) {
        let network = common::nets::network(Form::A, (units, 1), 0.9, seed);
        let stimuli = kick(20.0, (10.0, 20.0), 0.5);
        for point in point_changes(&network, 1.0, &stimuli).unwrap() {
            if point.size > 0.0 {
                continue;
            }
            let radius = |step: f64| {
                let map = DiscreteRnn { network: network.clone(), step };
                stability(&map, &vec![0.0; units], &[0.0]).unwrap().radius
            };
            if let Some(step) = point.attracts_below {
                prop_assert!(radius(0.999 * step) < 1.0 && radius(1.001 * step) > 1.0);
                prop_assert!(radius(0.1 * step) < 1.0);
                prop_assert_eq!(point.unstable_map == 0, step > 1.0);
            } else {
                prop_assert!(radius(1e-3) >= 1.0);
                prop_assert!(point.unstable_map >= point.unstable_flow);
            }
        }
    }
}
