//! The step control of transients: corners, landings, ends and rest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::ops::ControlFlow;

use analogon::{
    dae::Drive,
    equiv::Realisation,
    mna::{Mna, Sources},
    rnn::{Form, NetworkSystem},
    simulate::{AnalysisResult, Path, SimulationOptions, simulate, to_the_end},
    solve::{
        Method, SolveError, Start, TransientOptions,
        reduced::{Integrator, Options, integrate},
        transient,
    },
};
use common::{
    circuit,
    nets::{Played, deck, network, noise},
    solving::{mna, reduced, try_mna},
};
use proptest::prelude::*;

/// A pulse after a long rest: the steps before it are 500 times longer than it is,
/// and nothing but the second step vouches for the first.
#[test]
fn a_pulse_after_a_long_rest_is_not_overlooked() {
    let deck =
        "t\nV1 in 0 PULSE(0 1 50 1m 1m 2m)\nR1 in out 1k\nC1 out 0 1u\n.save v(out)\n.tran 1 100";
    let exact = |t: f64| {
        let ramp = |t: f64| if t <= 0.0 { 0.0 } else { 1e3 * (t + 1e-3 * (-t / 1e-3).exp_m1()) };
        let t = t - 50.0;
        // Cancels far from the pulse.
        if t > 0.02 { 0.0 } else { ramp(t) - ramp(t - 1e-3) - ramp(t - 3e-3) + ramp(t - 4e-3) }
    };
    for method in [Method::Trapezoidal, Method::Gear2] {
        let waves = mna(deck, 1e-5, method);
        assert!(waves.error("v(out)", exact) < 4e-4, "{}", waves.error("v(out)", exact));
        let peak = waves.column("v(out)").into_iter().max_by(f64::total_cmp).unwrap();
        assert!(peak > 0.8, "{peak}");
        assert!(waves.counters.rejected < 40, "{:?}", waves.counters);
    }
    for integrator in [Integrator::Explicit, Integrator::Implicit] {
        let deck = deck.replace("1 100", "1 50.02");
        let waves = reduced(&deck, 1e-6, integrator);
        assert!(waves.error("v(out)", exact) < 1e-5);
    }
}

/// Circuits without bias that rest stay exactly where they are.
#[test]
fn a_circuit_at_rest_stays_exactly_at_zero() {
    for (form, realisation) in [
        (Form::A, Realisation::Ideal),
        (Form::A, Realisation::Opamp),
        (Form::B, Realisation::Ideal),
        (Form::B, Realisation::Opamp),
    ] {
        let net = network(form, (10, 2), 2.0, 21);
        let silence = analogon::task::Stimulus::new(20.0, 1e-3, vec![vec![], vec![]]).unwrap();
        let text = deck(&net, &silence, realisation);
        for method in [Method::Trapezoidal, Method::Gear2] {
            let waves = mna(&text, 1e-4, method);
            assert!(waves.rows.iter().flatten().all(|v| *v == 0.0), "{form:?} {realisation}");
        }
        for integrator in [Integrator::Explicit, Integrator::Implicit, Integrator::Auto] {
            let waves = reduced(&text, 1e-4, integrator);
            assert!(waves.rows.iter().flatten().all(|v| *v == 0.0), "{form:?} {realisation}");
        }
    }
}

/// As few steps as the largest allows, from rest to the end.
#[test]
fn rest_takes_the_largest_steps() {
    let waves = mna("t\nC1 a 0 1u\nR1 a 0 1k\n.tran 1m 1 0 10m uic", 1e-3, Method::Trapezoidal);
    // Six steps to grow by 100, and no more.
    assert!((100..=108).contains(&waves.counters.accepted), "{:?}", waves.counters);
    assert_eq!(waves.counters.rejected, 0);
}

/// Inputs of a network, cut short: corners wherever wanted.
struct Corners<'a>(Played<'a>, Vec<f64>);

impl Drive for Corners<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        self.0.values(time, u);
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        let mut corners = self.0.corners(stop);
        corners.extend(&self.1);
        corners.sort_by(f64::total_cmp);
        corners
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Whatever the corners and print times: times increase strictly, all print
    /// times are hit to the bit, and so is the end.
    #[test]
    fn every_landing_is_hit(
        seed in 0..1000u64,
        landings in prop::collection::vec(0.0..5.0f64, 0..40),
        extra in prop::collection::vec(0.0..5.0f64, 0..10),
        step in 0.001..2.0f64,
        reltol in prop::sample::select(vec![1e-1, 1e-3, 1e-5]),
        gear in any::<bool>(),
    ) {
        let net = network(Form::A, (3, 1), 3.0, seed);
        let stimulus = noise(1, 5, seed);
        let mut landings = landings;
        // Some print times are corners, some but for rounding.
        landings.extend([1.0, 2.0_f64.next_up(), 3.0_f64.next_down(), 5.0]);
        let extra: Vec<f64> = extra.iter().copied().chain([0.5, 0.5 + 1e-13]).collect();
        let drive = Corners(Played(&stimulus), extra);
        let options = TransientOptions {
            max_step: step,
            landings: landings.clone(),
            method: if gear { Method::Gear2 } else { Method::Trapezoidal },
            ..TransientOptions::until(5.0).with_reltol(reltol)
        };
        let mut times = Vec::new();
        let system = NetworkSystem::new(&net);
        let counters = transient(&system, &drive, &Start::Charges(vec![0.1; 3]), &options, &mut |t, x| {
            assert!(x.iter().all(|v| v.is_finite()));
            times.push(t);
            ControlFlow::Continue(())
        }).unwrap();
        prop_assert!(times.windows(2).all(|w| w[0] < w[1] && w[1] - w[0] <= step * (1.0 + 1e-9)));
        prop_assert_eq!((times[0], *times.last().unwrap()), (0.0, 5.0));
        for landing in landings {
            prop_assert!(times.contains(&landing), "{landing} is missing");
        }
        prop_assert_eq!(counters.accepted + 1, times.len() as u64);
    }

    /// The reduced path lands as well, and takes print times next to corners.
    #[test]
    fn every_time_asked_for_is_answered(
        seed in 0..1000u64,
        wanted in prop::collection::vec(0.01..4.99f64, 1..20),
        implicit in any::<bool>(),
    ) {
        let net = network(Form::B, (3, 1), 2.0, seed);
        let stimulus = noise(1, 5, seed);
        let mut times = wanted;
        times.extend([0.0, 1.0_f64.next_up(), 1.0, 3.0_f64.next_down(), 5.0]);
        times.sort_by(f64::total_cmp);
        times.dedup();
        let integrator = if implicit { Integrator::Implicit } else { Integrator::Explicit };
        let options = Options { integrator, ..Options::with_tolerance(1e-6) };
        let found = integrate(&net.to_lure(), &Played(&stimulus), &[0.1; 3], &times, &options).unwrap();
        prop_assert_eq!(&found.times, &times);
        prop_assert_eq!((found.states.len(), found.outputs.len()), (times.len(), times.len()));
        prop_assert!(found.states.iter().flatten().all(|v| v.is_finite()));
    }
}

/// Nothing is stepped over, overlooked or repeated without end where times are rounded: an edge
/// of four roundings, time constants of ten, a law without a slope, and neighbours of a corner.
#[test]
fn times_at_the_border_of_rounding_are_passed() {
    for (deck, last) in [
        (
            "V1 a 0 PWL(0 0 0.2m 0 0.2000000000000001m 1 1m 1)\nR1 a b 1\nC1 b 0 1p\n.tran 10u 1m",
            1.0,
        ),
        ("V1 a 0 PWL(0 0 1000 0 1000.1 1 1001 1)\nR1 a b 1\nC1 b 0 1p\n.tran 0.1 1001", 1.0),
        ("V1 a 0 PWL(0 0 1 100)\nB1 0 b I={1e-30*exp(v(a))}\nC1 b 0 1\n.tran 1m 1 uic", 2.688e11),
    ] {
        let options = SimulationOptions { path: Path::Reduced, ..SimulationOptions::default() };
        let results =
            simulate(&circuit(&format!("t\n{deck}\n.save v(b)")), &options, &mut to_the_end);
        let AnalysisResult::Transient(found) = &results.unwrap()[0] else { panic!("a transient") };
        let values = &found.waveform.signal("v(b)").unwrap().values;
        let end = values[values.len() - 1];
        assert!((end - last).abs() < 1e-3 * last, "{deck}: {end}");
        assert!(found.counters.accepted < 20_000, "{deck}: {:?}", found.counters);
    }
}

/// What a run that fails says.
fn failure(deck: &str) -> String {
    try_mna(deck, |_| {}).unwrap_err().to_string()
}

#[test]
fn failures_are_named() {
    // v' = v^2 is infinite at t = 1.
    let blowup = failure("t\nC1 a 0 1 ic=1\nB1 0 a I={v(a)^2}\n.tran 1 2 uic");
    assert!(blowup.starts_with("the time step fell to"), "{blowup}");
    assert!(blowup.contains("at t = 9.9") || blowup.contains("at t = 1.0"), "{blowup}");
    assert!(blowup.contains("v(a)"), "{blowup}");
    let undefined = failure("t\nC1 a 0 1 ic=1\nB1 a 0 I={sqrt(v(a)-0.5)+1}\n.tran 1 2 uic");
    assert_eq!(undefined.split(" at t").next(), Some("v(a) is not a finite number"), "{undefined}");
    let waves = try_mna("t\nC1 a 0 1 ic=1\nR1 a 0 1\n.tran 1 2 uic", |o| o.max_steps = 5);
    assert!(matches!(waves, Err(SolveError::TooManySteps { steps: 5, .. })), "{waves:?}");
}

#[test]
fn arguments_are_checked() {
    let circuit = circuit("t\nC1 a 0 1\nR1 a 0 1\n");
    let (system, drive) = (Mna::compile(&circuit), Sources::all(&circuit));
    let message = |start: Start, change: &dyn Fn(&mut TransientOptions)| {
        let mut options = TransientOptions::until(1.0);
        change(&mut options);
        transient(&system, &drive, &start, &options, &mut |_, _| ControlFlow::Continue(()))
            .unwrap_err()
            .to_string()
    };
    let rest = || Start::Charges(vec![0.0]);
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        for (name, change) in [
            ("stop time", (&|o: &mut TransientOptions| o.stop = value) as &dyn Fn(&mut _)),
            ("largest step", &|o: &mut TransientOptions| o.max_step = value),
            ("relative tolerance", &|o: &mut TransientOptions| o.reltol = value),
            ("tolerance of voltages", &|o: &mut TransientOptions| o.vntol = value),
            ("tolerance of currents", &|o: &mut TransientOptions| o.abstol = value),
        ] {
            let expected = format!("the {name} is {value}, it must be positive and finite");
            assert_eq!(message(rest(), change), expected);
        }
    }
    assert_eq!(message(Start::Charges(vec![]), &|_| {}), "0 initial values for 1 unknowns");
    let start = Start::OperatingPoint(vec![f64::NAN]);
    assert!(message(start, &|_| {}).starts_with("v(a) is not a finite number"));
}
