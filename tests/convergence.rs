//! Observed orders, and errors that fall with the tolerance.
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
    equiv::{Realisation, reference},
    rnn::{Form, NetworkSystem},
    simulate::{AnalysisResult, Path, Scheme, SimulationOptions, simulate, to_the_end},
    solve::{
        Method, Start, TransientOptions,
        reduced::{Integrator, Options, integrate},
        transient,
    },
};
use common::{
    nets::{Played, Sines, deck, difference, network, noise, slope},
    solving::{mna, reduced, try_mna},
};

/// With tolerances that never bite every step is as large as allowed; the circuit is
/// linear, so that Newton's method is exact.
#[test]
fn fixed_steps_have_order_two() {
    let deck = "t\nV1 in 0 SIN(0 1 200)\nR1 in a 1k\nC1 a 0 1u\nL1 a b 100m\nR2 b 0 500\nC2 b 0 1u\n.tran 1u 10m";
    let exact = reduced(&format!("{deck}\n.save v(a) v(b)"), 1e-12, Integrator::Explicit);
    for method in [Method::Trapezoidal, Method::Gear2] {
        for name in ["v(a)", "v(b)"] {
            let errors: Vec<(f64, f64)> = [200.0, 400.0, 800.0, 1600.0]
                .map(|steps| {
                    let max_step = 10e-3 / steps;
                    let waves = try_mna(deck, |options| {
                        *options = options.clone().with_reltol(1e9);
                        (options.max_step, options.method) = (max_step, method);
                        options.landings = (1..20).map(|k| f64::from(k) * 0.5e-3).collect();
                    });
                    let waves = waves.unwrap();
                    assert!(
                        waves.counters.rejected == 0 && waves.counters.accepted < 2 * steps as u64
                    );
                    let at = |k: i32| f64::from(k) * 0.5e-3;
                    let errors =
                        (1..=20).map(|k| (waves.at(name, at(k)) - exact.at(name, at(k))).abs());
                    (max_step, errors.max_by(f64::total_cmp).unwrap())
                })
                .to_vec();
            let order = slope(&errors);
            assert!((order - 2.0).abs() < 0.2, "{method:?} {name}: {order} {errors:?}");
        }
    }
}

/// Local errors are as small as the tolerance and their order is 3, so that global
/// errors fall with the tolerance to the power 2/3.
#[test]
fn errors_of_variable_steps_fall_with_the_tolerance() {
    let net = network(Form::A, (8, 2), 1.5, 3);
    let stimulus = noise(2, 12, 4);
    let times: Vec<f64> = (0..=48).map(|k| f64::from(k) * 0.25).collect();
    let exact = reference::integrate(&net, &stimulus, &times, 1e-12).unwrap();
    for (realisation, method) in [
        (Realisation::Ideal, Method::Trapezoidal),
        (Realisation::Ideal, Method::Gear2),
        (Realisation::Opamp, Method::Trapezoidal),
        (Realisation::Opamp, Method::Gear2),
    ] {
        let deck = deck(&net, &stimulus, realisation);
        let errors: Vec<(f64, f64)> = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
            .map(|reltol| {
                let waves = try_mna(&deck, |options| {
                    *options = options.clone().with_reltol(reltol);
                    (options.method, options.max_step) = (method, 1e-3);
                    options.landings = times.iter().map(|t| t * 1e-3).collect();
                });
                let waves = waves.unwrap();
                let outputs: Vec<Vec<f64>> = times
                    .iter()
                    .map(|t| ["v(y1)", "v(y2)"].map(|y| waves.at(y, t * 1e-3)).to_vec())
                    .collect();
                (reltol, difference(&outputs, &exact.outputs))
            })
            .to_vec();
        assert!(errors.windows(2).all(|w| w[1].1 < w[0].1), "{errors:?}");
        let order = slope(&errors[1..]);
        assert!((order - 2.0 / 3.0).abs() < 0.15, "{order}: {errors:?}");
        assert!(errors[4].1 < 2e-4, "{errors:?}");
    }
}

/// Steps as large as allowed: no tolerance bites.
fn coarse(integrator: Integrator, step: f64) -> Options {
    // Between the nodes 1/3 and 3/5, and between 0.63 and 1.
    let gap = if integrator == Integrator::Explicit { 4.0 / 15.0 } else { 0.37 };
    let options = Options::with_tolerance(1e6);
    Options { integrator, max_interval: gap * step, atol: 1e6, lands: false, ..options }
}

/// At the ends of steps, and between them by interpolation.
#[test]
fn the_reduced_pairs_have_their_orders() {
    for (integrator, nominal, steps) in [
        (Integrator::Explicit, 8.0, [4.0, 8.0, 16.0, 32.0]),
        (Integrator::Implicit, 4.0, [20.0, 40.0, 80.0, 160.0]),
    ] {
        for (inputs, spacing) in [(0, 1.0), (2, 1.0), (0, 0.013), (2, 0.013)] {
            let lure = network(Form::A, (4, inputs), 1.2, 7).to_lure();
            let start = [0.5, -1.0, 0.25, 0.75];
            let stop = 4.0;
            let inside = (0..).map(|k| f64::from(k) * spacing).take_while(|t| *t < stop);
            let times: Vec<f64> = inside.chain([stop]).collect();
            let run =
                |options: &Options| integrate(&lure, &Sines, &start, &times, options).unwrap();
            let exact = run(&Options {
                integrator: Integrator::Explicit,
                ..Options::with_tolerance(1e-13)
            });
            let errors: Vec<(f64, f64)> = steps
                .map(|steps| {
                    let found = run(&coarse(integrator, stop / steps));
                    assert_eq!(found.counters.accepted as f64, steps);
                    (1.0 / steps, difference(&found.states, &exact.states))
                })
                .to_vec();
            let order = slope(&errors[1..]);
            // What a method of high order does not reach yet looks like a higher order.
            assert!(
                order > nominal - 0.35,
                "{integrator:?} with {inputs} inputs every {spacing}: {order} {errors:?}"
            );
        }
    }
}

/// Where a component is so stiff that the ends of steps are exact however long they are, what
/// is read between them is too: the current is that of the capacitor alone.
#[test]
fn stiff_components_are_followed_within_steps() {
    for (farads, path) in
        [1e-5, 1e-6, 1e-7, 1e-9, 1e-12].into_iter().flat_map(|c| [(c, "auto"), (c, "implicit")])
    {
        let deck = format!(
            "t\nV1 in 0 SIN(0 1 10)\nR1 in a 1\nC1 a 0 {farads:e}\nR2 in b 1k\nC2 b 0 10u\n\
             .save v(a) i(v1) v(b)\n.tran 1m 0.3"
        );
        let options = SimulationOptions {
            path: Path::Reduced,
            scheme: if path == "auto" { Scheme::Auto } else { Scheme::Implicit },
            ..SimulationOptions::default()
        };
        let results = simulate(&common::circuit(&deck), &options, &mut to_the_end).unwrap();
        let AnalysisResult::Transient(found) = &results[0] else { panic!("a transient") };
        let waves = &found.waveform;
        let column = |name| waves.signal(name).unwrap().values.iter();
        let omega = std::f64::consts::TAU * 10.0;
        for (((t, a), i), b) in
            waves.time().iter().zip(column("v(a)")).zip(column("i(v1)")).zip(column("v(b)"))
        {
            let (source, slope) = ((omega * t).sin(), omega * (omega * t).cos());
            // The start is no steady state.
            if *t < 1e-3 {
                continue;
            }
            // The explicit method keeps to the tolerance, the implicit one need not try.
            let least = if farads < 1e-6 { 1e-8 } else { 3e-6 };
            let own = -i - (source - b) / 1e3;
            let right = farads * slope;
            assert!((own - right).abs() < least + 0.01 * farads * omega, "{farads:e} {path} {t}");
            assert!((a - source).abs() < 1e-5 + 2.0 * farads * omega, "{farads:e} {path} {t}");
        }
    }
}

/// Events that last as long as a print step are met, whatever rests before them.
#[test]
fn no_event_of_a_print_step_is_stepped_over() {
    for (phase, threshold) in [(0, 0.95), (50, 0.9), (123, 0.97), (200, 0.8), (77, 0.93)] {
        let deck = format!(
            "t\nV1 in 0 SIN(0 1 10 0 0 {phase})\nB1 0 out I={{10m*max(0,v(in)-{threshold})}}\n\
             R1 out 0 100k\nC1 out 0 10u\n.save v(out)\n.tran 1m 0.35 uic"
        );
        let peak = |path| {
            let options = SimulationOptions { path, ..SimulationOptions::default() };
            let results = simulate(&common::circuit(&deck), &options, &mut to_the_end).unwrap();
            let AnalysisResult::Transient(found) = &results[0] else { panic!("a transient") };
            let values = &found.waveform.signal("v(out)").unwrap().values;
            values.iter().copied().max_by(f64::total_cmp).unwrap()
        };
        let (reduced, nodal) = (peak(Path::Reduced), peak(Path::Mna));
        assert!((reduced - nodal).abs() < 0.01 * nodal && nodal > 0.1, "{reduced} {nodal}");
    }
}

/// Both ways to a network and its own reference agree, better and better.
#[test]
fn all_ways_meet() {
    for form in [Form::A, Form::B] {
        let net = network(form, (12, 3), 1.3, 11);
        let stimulus = noise(3, 10, 12);
        let times: Vec<f64> = (0..=40).map(|k| f64::from(k) * 0.25).collect();
        let exact = reference::integrate(&net, &stimulus, &times, 1e-12).unwrap();
        for integrator in [Integrator::Explicit, Integrator::Implicit, Integrator::Auto] {
            let mut last = f64::INFINITY;
            for rtol in [1e-3, 1e-5, 1e-7, 1e-9] {
                let options = Options { integrator, ..Options::with_tolerance(rtol) };
                let found =
                    integrate(&net.to_lure(), &Played(&stimulus), &[0.0; 12], &times, &options);
                let error = difference(&found.unwrap().states, &exact.states);
                assert!(
                    error <= last && error < 30.0 * rtol,
                    "{form:?} {integrator:?} {rtol}: {error:e}"
                );
                last = error;
            }
        }
        let system = NetworkSystem::new(&net);
        let mut last = f64::INFINITY;
        for reltol in [1e-3, 1e-4, 1e-5, 1e-6] {
            let options = TransientOptions {
                landings: times.clone(),
                ..TransientOptions::until(10.0).with_reltol(reltol)
            };
            let mut states = Vec::new();
            transient(
                &system,
                &Played(&stimulus),
                &Start::Charges(vec![0.0; 12]),
                &options,
                &mut |t, x| {
                    if times.contains(&t) {
                        states.push(x.to_vec());
                    }
                    ControlFlow::Continue(())
                },
            )
            .unwrap();
            let error = difference(&states, &exact.states);
            assert!(error < last && error < 300.0 * reltol, "{form:?} {reltol}: {error:e}");
            last = error;
        }
    }
}

/// A deck solved twice gives the same bits.
#[test]
fn the_same_deck_gives_the_same_bits() {
    let net = network(Form::A, (6, 1), 1.5, 5);
    let deck = deck(&net, &noise(1, 6, 6), Realisation::Opamp);
    let [a, b] = [0, 1].map(|_| mna(&deck, 1e-4, Method::Trapezoidal));
    assert_eq!((a.times, a.rows), (b.times, b.rows));
}
