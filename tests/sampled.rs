//! The realisation `sampled`: a circuit that computes the discrete network.
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
        Clocked, EquivalenceReport, Extent, Path, Realisation, Scales, Stepper, Subject,
        SynthesisError, SynthesisOptions, VerifyOptions, compare, extract, synthesise, verify,
    },
    rnn::{Activation, DiscreteRnn, Form, Rnn},
    solve::{
        Method,
        reduced::{Options, integrate},
    },
    task::{self, StimulusSet, seeded_pulses},
};
use nalgebra::DVector;
use proptest::prelude::*;

/// A random network whose leaks are all 1.
fn network(activation: Activation, units: usize, seed: u64) -> Rnn {
    let mut parts = common::random::network(Form::A, activation, units, seed).parts().clone();
    parts.leak = DVector::from_element(units, 1.0);
    Rnn::new(parts).unwrap()
}

fn deck(network: &Rnn, stimuli: &StimulusSet) -> String {
    let options =
        SynthesisOptions { realisation: Realisation::Sampled, ..SynthesisOptions::default() };
    synthesise(network, &stimuli.stimulus(0), &options).unwrap()
}

fn report(
    network: &Rnn,
    circuit: &Circuit,
    stimuli: &StimulusSet,
    options: &VerifyOptions,
) -> EquivalenceReport {
    let subject = Subject { network, trained_step: Some(1.0), circuit, stimuli };
    verify(&subject, options, &|_| ()).unwrap()
}

/// The largest relative difference of a coefficient after text, circuit and phases.
fn round_trip(network: &Rnn) -> f64 {
    let deck = deck(network, &seeded_pulses(network.shape().1, 1, 1, 20));
    let circuit = common::circuit(&deck);
    let clocked = Clocked::of(&circuit).expect("there is a clock");
    let scales = Scales::from_params(&circuit.parts().params);
    let map = clocked.map().unwrap();
    let structure =
        compare(network, &extract(&map.reduction.lure, &scales).unwrap(), 1e-9).unwrap();
    structure.max_relative
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// extract after synthesise is the identity.
    #[test]
    fn a_network_is_read_back(units in 1usize..6, seed in 0u64..1000, which in 0usize..4) {
        let activation =
            [Activation::Tanh, Activation::Logistic, Activation::Relu, Activation::HardTanh][which];
        let worst = round_trip(&network(activation, units, seed));
        prop_assert!(worst <= 1e-9, "{worst:e}");
    }
}

/// A period of the circuit is a step of the network.
#[test]
fn one_period_is_one_step() {
    for (activation, seed) in [(Activation::Tanh, 1), (Activation::Logistic, 2)] {
        let network = network(activation, 4, seed);
        let stimuli = seeded_pulses(2, seed, 3, 40);
        let circuit = common::circuit(&deck(&network, &stimuli));
        let report = report(&network, &circuit, &stimuli, &VerifyOptions::default());
        assert!(report.holds, "{report}");
        let t = report.trajectory.unwrap();
        let one_step = t.one_step_max.unwrap();
        eprintln!("{activation}: one step {one_step:.1e}, free {:.1e}", t.max_abs);
        assert!(one_step <= 1e-11, "{one_step:e}");
        assert!(t.max_abs <= 1e-10, "{:e}", t.max_abs);
    }
}

/// Nodal analysis with the clock running says the same as the phases.
#[test]
fn nodal_analysis_agrees() {
    let network = network(Activation::Tanh, 3, 5);
    let stimuli = seeded_pulses(2, 3, 1, 14);
    let circuit = common::circuit(&deck(&network, &stimuli));
    let options = VerifyOptions { path: Path::Mna, ..VerifyOptions::default() };
    let report = report(&network, &circuit, &stimuli, &options);
    eprintln!("{report}");
    assert!(report.holds, "{report}");
    assert!(report.trajectory.unwrap().max_abs <= 1e-6);
}

/// The exact solution of each phase against its integration, from states that are far
/// from where they settle.
#[test]
fn phases_are_solved_exactly() {
    let network = network(Activation::Tanh, 3, 9);
    let circuit = common::circuit(&deck(&network, &seeded_pulses(2, 3, 1, 14)));
    let clocked = Clocked::of(&circuit).unwrap();
    let u = [0.7, -0.4];
    let start: Vec<f64> = (0..6).map(|k| 0.3 * f64::from(k) - 0.8).collect();
    let mut exact = start.clone();
    Stepper::new(&clocked).period(&mut exact, &u).unwrap();
    let mut x = start;
    for phase in &clocked.phases {
        let drive = Held(u.to_vec());
        let times = [0.0, phase.duration];
        let options = Options::with_tolerance(1e-11);
        let run = integrate(&phase.reduction.lure, &drive, &x, &times, &options).unwrap();
        x = run.states[1].clone();
    }
    for (a, b) in exact.iter().zip(&x) {
        assert!((a - b).abs() <= 1e-9, "{exact:?}\n{x:?}");
    }
}

/// Inputs that stay.
struct Held(Vec<f64>);

impl analogon::dae::Drive for Held {
    fn values(&self, _time: f64, u: &mut [f64]) {
        u.copy_from_slice(&self.0);
    }

    fn corners(&self, _stop: f64) -> Vec<f64> {
        Vec::new()
    }
}

/// The states that the discrete network goes through, from 0.
fn iterated(network: &Rnn, stimuli: &StimulusSet, steps: usize) -> Vec<DVector<f64>> {
    let map = DiscreteRnn::keras(network.clone());
    let stimulus = stimuli.stimulus(0);
    let mut states = vec![DVector::zeros(network.units())];
    for n in 0..steps {
        let input = DVector::from_fn(stimulus.channels(), |k, _| stimulus.level(k, n));
        states.push(map.next(&states[n], &input));
    }
    states
}

/// The deck as it is written, in both simulators.
#[test]
fn the_deck_runs_in_both_simulators() {
    let network = network(Activation::Tanh, 3, 5);
    let stimuli = seeded_pulses(2, 3, 1, 14);
    let saved = ".save v(h1) v(h2) v(h3) v(y1)";
    let text = deck(&network, &stimuli).replace(".save v(y1)", saved);
    let states = iterated(&network, &stimuli, 14);
    let ours = common::solving::mna(&text, 1e-6, Method::Gear2);
    let mut all: Vec<Found> = vec![("analogon", ours.times.clone(), columns(|n| ours.column(n)))];
    if common::has_ngspice() {
        let wave = common::ngspice(&text)[0].to_waveform().unwrap();
        let signals = columns(|n| wave.signal(n).unwrap().values.clone());
        all.push(("ngspice", wave.time().to_vec(), signals));
    }
    for (name, times, columns) in all {
        let mut worst = 0.0_f64;
        for (n, state) in states.iter().enumerate().skip(1) {
            // From the end of phase 2 on the state is held.
            let at = times.iter().rposition(|t| *t <= n as f64 * 1e-3 * (1.0 + 1e-9)).unwrap();
            for (unit, values) in columns.iter().enumerate() {
                let off = (values[at] - state[unit]).abs();
                assert!(off <= 1e-5, "{name}: unit {unit} after {n} steps is off by {off:e}");
                worst = if off > worst { off } else { worst };
            }
        }
        eprintln!("{name}: {worst:.1e} from the map after {} steps", states.len() - 1);
    }
}

/// A simulator, its times, and the states.
type Found = (&'static str, Vec<f64>, Vec<Vec<f64>>);

fn columns(read: impl Fn(&str) -> Vec<f64>) -> Vec<Vec<f64>> {
    (1..=3).map(|unit| read(&format!("v(h{unit})"))).collect()
}

/// A weight that is off shows, in the structure and in the steps.
#[test]
fn a_wrong_resistor_shows() {
    let network = network(Activation::Tanh, 3, 5);
    let stimuli = seeded_pulses(2, 3, 1, 14);
    let text = deck(&network, &stimuli);
    let line = text.lines().find(|l| l.starts_with("Rw")).unwrap();
    let (head, value) = line.rsplit_once(' ').unwrap();
    let value = analogon::units::parse_number(value).unwrap();
    let wrong = text.replace(line, &format!("{head} {}", value * 1.001));
    let circuit = common::circuit(&wrong);
    let report = report(&network, &circuit, &stimuli, &VerifyOptions::default());
    assert!(!report.equivalent && !report.structural.holds, "{report}");
    assert!(report.trajectory.unwrap().one_step_max.unwrap() > 1e-6);
}

/// The clock of a deck, read back: two phases with all switches of a kind closed, and
/// two without any.
#[test]
fn the_phases_are_those_of_the_deck() {
    let network = network(Activation::Tanh, 2, 5);
    let clocked = Clocked::of(&common::circuit(&deck(&network, &seeded_pulses(2, 3, 1, 14))));
    let clocked = clocked.unwrap();
    let closed: Vec<String> = clocked.phases.iter().map(|p| p.closed.join(" ")).collect();
    assert_eq!(closed, ["", "sm1 sm2", "", "ss1 ss2", ""]);
    let total: f64 = clocked.phases.iter().map(|p| p.duration).sum();
    assert!((total - 1e-3).abs() < 1e-15 && (clocked.period - 1e-3).abs() < 1e-18);
    // On above 0.6 V, off below 0.4 V, on edges of 10 us from 50 us on.
    assert!((clocked.phases[1].start - 56e-6).abs() < 1e-12);
    assert!((clocked.phases[1].duration - 400e-6).abs() < 1e-12);
    assert!(clocked.settling < 1e-17 && clocked.droop < 1e-11, "{clocked:?}");
}

/// A circuit with a switch that no clock moves, and one that copies before it computes.
#[test]
fn what_is_no_map_is_said() {
    let text = deck(&network(Activation::Tanh, 2, 5), &seeded_pulses(2, 3, 1, 14));
    let unclocked = text.replace("Ss1 k1 h1 phi2 0", "Ss1 k1 h1 e1 0");
    assert!(Clocked::of(&common::circuit(&unclocked)).is_none());
    let saves = text.replace(".save v(y1)", ".save v(w1)");
    let map = Clocked::of(&common::circuit(&saves)).unwrap().map();
    let obstacle = map.unwrap_err().to_string();
    assert!(obstacle.contains("`v(w1)`, which does not hold"), "{obstacle}");
    let swapped = text.replace("phi1 0 hold", "phi3 0 hold").replace("phi2 0 hold", "phi1 0 hold");
    let swapped = swapped.replace("phi3 0 hold", "phi2 0 hold");
    let map = Clocked::of(&common::circuit(&swapped)).unwrap().map();
    assert!(map.unwrap_err().to_string().contains("takes more than the value"), "order");
}

/// A switch that is too slow is no cell.
#[test]
fn a_phase_that_does_not_settle_is_named() {
    let network = network(Activation::Tanh, 2, 5);
    let stimuli = seeded_pulses(2, 3, 1, 14);
    let text = deck(&network, &stimuli).replace("ron=10 ", "ron=200 ");
    let clocked = Clocked::of(&common::circuit(&text)).unwrap();
    let obstacle = clocked.map().unwrap_err().to_string();
    assert!(obstacle.contains("`v(w1)` neither settles nor holds"), "{obstacle}");
}

#[test]
fn only_maps_of_this_kind_are_realised() {
    let stimulus = seeded_pulses(2, 1, 1, 20).stimulus(0);
    let options =
        SynthesisOptions { realisation: Realisation::Sampled, ..SynthesisOptions::default() };
    for form in [Form::A, Form::B] {
        let network = common::random::network(form, Activation::Tanh, 3, 4);
        let error = synthesise(&network, &stimulus, &options).unwrap_err();
        assert!(matches!(error, SynthesisError::NoMap { .. }), "{error}");
    }
}

/// The network of which the continuous circuit decides noisy trials wrongly.
#[test]
fn a_trained_network_decides_as_it_was_trained() {
    let Some(loaded) = common::network("decision_n100_normal_keras3.hdf5") else { return };
    let stimuli = task::named("decision_noisy").unwrap();
    let mut parts = stimuli.clone().into_parts();
    parts.trials.truncate(6);
    let stimuli = StimulusSet::new(parts).unwrap();
    let circuit = common::circuit(&deck(&loaded.network, &stimuli));
    let report = report(&loaded.network, &circuit, &stimuli, &VerifyOptions::default());
    eprintln!("{report}");
    assert!(report.holds, "{report}");
    let t = report.trajectory.unwrap();
    assert!(t.one_step_max.unwrap() <= 1e-9);
    assert!(t.max_abs <= 1e-6);
    let right =
        |verdicts: &[task::Verdict]| verdicts.iter().filter(|v| v.right == Some(true)).count();
    let d = &report.decisions;
    assert_eq!(right(&d.circuit), right(&d.discrete));
    assert!(right(&d.circuit) > right(&d.continuous), "the continuous circuit does as well");
}

/// On a clean trial the network amplifies what its cells do not settle to; papers.md
/// measured 1.7e7.
#[test]
fn a_clean_trial_is_off_by_no_more_than_it_amplifies() {
    let Some(loaded) = common::network("decision_n100_normal_keras3.hdf5") else { return };
    let mut parts = task::named("decision").unwrap().into_parts();
    // The later the pulse, the longer the state is near where it is unstable.
    parts.trials = parts.trials.split_off(2);
    parts.trials.truncate(2);
    let stimuli = StimulusSet::new(parts).unwrap();
    let circuit = common::circuit(&deck(&loaded.network, &stimuli));
    let options = VerifyOptions { certainty: Extent::Always, ..VerifyOptions::default() };
    let report = report(&loaded.network, &circuit, &stimuli, &options);
    eprintln!("{report}");
    assert!(report.holds, "{report}");
    let (t, bound) = (report.trajectory.unwrap(), report.bound.unwrap());
    let amplification = bound.amplification.unwrap();
    assert!((2e6..5e7).contains(&amplification), "{amplification}");
    assert!(t.one_step_max.unwrap() <= 1e-9);
    assert!(t.max_abs <= 1e-9 * amplification, "{} of {amplification}", t.max_abs);
    // What cells lose while others read them, amplified, may be more than is certain.
    assert!(bound.max_abs.is_none_or(|bound| t.max_abs <= bound), "{bound}");
}
