//! Closed forms along every path: modified nodal analysis by the trapezoidal rule
//! and by Gear's method, the normal form by the explicit and the implicit pair.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]
#![expect(clippy::unreadable_literal, reason = "component values read like those of decks")]
mod common;

use analogon::solve::Method;
use common::solving::{Waves, all_ways, mna, try_mna};

const TOLERANCE: f64 = 1e-6;

/// The name of a value, its size, and its exact course.
type Exact<'a> = (&'a str, f64, &'a dyn Fn(f64) -> f64);

/// Compares a deck with exact functions of time, along all ways. Methods of order 2
/// keep to the tolerance in every single step; what adds up may be `factor` times
/// larger, relative to the size of the value.
fn check(deck: &str, factor: f64, exact: &[Exact<'_>]) {
    for (way, waves) in all_ways(deck, TOLERANCE) {
        let factor = match way {
            "trapezoidal" => factor,
            "Gear" => 2.5 * factor,
            _ if factor < 10.0 => factor,
            _ => 10.0,
        };
        compare(way, &waves, factor, exact);
    }
}

fn compare(way: &str, waves: &Waves, factor: f64, exact: &[Exact<'_>]) {
    for (name, scale, function) in exact {
        let error = waves.error(name, function) / scale / TOLERANCE;
        assert!(error <= factor, "{name} {way}: {error:.1} tolerances, not {factor}");
    }
}

/// The answer of an RC low-pass at rest to a ramp that rises to 1 within `rise`.
fn ramped(t: f64, tau: f64, rise: f64) -> f64 {
    let during = |t: f64| (t + tau * (-t / tau).exp_m1()) / rise;
    if t <= rise { during(t) } else { 1.0 + (during(rise) - 1.0) * (-(t - rise) / tau).exp() }
}

/// A real function.
type Real = fn(f64) -> f64;

#[test]
fn a_divider_divides() {
    let deck = "t\nV1 in 0 PWL(0 0 1m 2 3m -1)\nR1 in out 1k\nR2 out 0 3k\n.save v(out)\n\
                .tran 1u 4m";
    let wave = |t: f64| {
        0.75 * if t < 1e-3 {
            2e3 * t
        } else if t < 3e-3 {
            3.5 - 1.5e3 * t
        } else {
            -1.0
        }
    };
    check(deck, 1e-8, &[("v(out)", 1.0, &wave)]);
}

#[test]
fn an_rc_low_pass_follows_a_step() {
    let deck =
        "t\nV1 in 0 PULSE(0 1 0 10u 10u 1)\nR1 in out 1k\nC1 out 0 1u\n.save v(out)\n.tran 1u 5m";
    check(deck, 20.0, &[("v(out)", 1.0, &|t| ramped(t, 1e-3, 1e-5))]);
}

#[test]
fn an_rc_low_pass_follows_a_ramp() {
    let deck = "t\nV1 in 0 PWL(0 0 5m 1)\nR1 in out 1k\nC1 out 0 1u\n.save v(out)\n.tran 1u 5m";
    check(deck, 10.0, &[("v(out)", 1.0, &|t| ramped(t, 1e-3, 5e-3))]);
}

#[test]
fn an_rc_low_pass_follows_a_sine() {
    let deck = "t\nV1 in 0 SIN(0 1 500)\nR1 in out 1k\nC1 out 0 1u\n.save v(out)\n.tran 1u 10m";
    let (tau, omega) = (1e-3, std::f64::consts::TAU * 500.0);
    let wt = omega * tau;
    let exact = |t: f64| {
        ((omega * t).sin() - wt * (omega * t).cos() + wt * (-t / tau).exp()) / (1.0 + wt * wt)
    };
    check(deck, 10.0, &[("v(out)", 1.0, &exact)]);
}

/// v and i of a capacitor that discharges through an inductor and a resistor.
fn rlc(resistance: f64, (v0, i0): (f64, f64)) -> [Box<dyn Fn(f64) -> f64>; 2] {
    let (l, c) = (1e-3, 1e-6);
    let (alpha, beta2) = (0.5 * resistance / l, 1.0 / (l * c) - 0.25 * (resistance / l).powi(2));
    // v = e^{-alpha t} (v0 cos(bt) + k sin(bt) / b), with cosh and sinh where b is imaginary.
    let b = beta2.abs().sqrt();
    let (cos, sin): (Real, Real) =
        if beta2 > 0.0 { (f64::cos, f64::sin) } else { (f64::cosh, f64::sinh) };
    let sign = if beta2 > 0.0 { -1.0 } else { 1.0 };
    let k = alpha * v0 - i0 / c;
    let v = move |t: f64| (-alpha * t).exp() * (v0 * cos(b * t) + k * sin(b * t) / b);
    let slope = move |t: f64| {
        (-alpha * t).exp()
            * ((k - alpha * v0) * cos(b * t) + (sign * b * v0 - alpha * k / b) * sin(b * t))
    };
    [Box::new(v), Box::new(move |t| -c * slope(t))]
}

#[test]
fn an_rlc_circuit_rings_or_does_not() {
    for (resistance, start) in [(5.0, (1.0, 0.0)), (5.0, (0.0, 0.02)), (200.0, (1.0, -0.02))] {
        let deck = format!(
            "t\nC1 a 0 1u ic={}\nL1 a b 1m ic={}\nR1 b 0 {resistance}\n.save v(a) i(l1)\n\
             .tran 1u 1m uic",
            start.0, start.1
        );
        let [v, i] = rlc(resistance, start);
        check(&deck, 150.0, &[("v(a)", 1.0, &v), ("i(l1)", 0.03, &i)]);
    }
}

/// The trapezoidal rule turns and never stretches, whatever its steps.
#[test]
fn a_tank_keeps_its_energy_over_a_hundred_periods() {
    let period = std::f64::consts::TAU * (1e-3f64 * 1e-6).sqrt();
    let deck =
        format!("t\nC1 a 0 1u ic=1\nL1 a 0 1m\n.save v(a) i(l1)\n.tran 1u {} uic", 100.0 * period);
    let waves = mna(&deck, 1e-5, Method::Trapezoidal);
    let energy = waves
        .column("v(a)")
        .into_iter()
        .zip(waves.column("i(l1)"))
        .map(|(v, i)| v * v + 1e3 * i * i);
    let worst = energy.map(|e| (e - 1.0).abs()).max_by(f64::total_cmp).unwrap();
    assert!(worst < 1e-5, "energy is off by {worst:e}");
    let omega = (1e-3f64 * 1e-6).sqrt().recip();
    let deck =
        format!("t\nC1 a 0 1u ic=1\nL1 a 0 1m\n.save v(a) i(l1)\n.tran 1u {} uic", 10.0 * period);
    check(
        &deck,
        1500.0,
        &[
            ("v(a)", 1.0, &|t| (omega * t).cos()),
            ("i(l1)", 0.0316, &|t| (omega * t).sin() * omega * 1e-6),
        ],
    );
}

/// `x' = A x` for a matrix with two real eigenvalues.
fn linear(a: [[f64; 2]; 2], x0: [f64; 2], t: f64) -> [f64; 2] {
    let (half, det) = (0.5 * (a[0][0] + a[1][1]), a[0][0] * a[1][1] - a[0][1] * a[1][0]);
    let root = (half * half - det).sqrt();
    let far = half - root;
    // The small eigenvalue without cancellation.
    let (l1, l2) = (far, det / far);
    let (e1, e2) = ((l1 * t).exp(), (l2 * t).exp());
    // Sylvester's formula.
    [0, 1].map(|k| {
        let ax = a[k][0] * x0[0] + a[k][1] * x0[1];
        (e1 * (ax - l2 * x0[k]) - e2 * (ax - l1 * x0[k])) / (l1 - l2)
    })
}

#[test]
fn a_stiff_ladder_settles() {
    let deck = "t\nV1 in 0 1\nR1 in a 1\nC1 a 0 1u\nR2 a b 1k\nC2 b 0 1u\n.save v(a) v(b)\n.tran 1u 3m uic";
    let a = [[-1e6 - 1e3, 1e3], [1e3, -1e3]];
    let at = |k: usize| move |t: f64| 1.0 + linear(a, [-1.0, -1.0], t)[k];
    check(deck, 20.0, &[("v(a)", 1.0, &at(0)), ("v(b)", 1.0, &at(1))]);
}

/// Every controlled source feeds an RC low-pass, with a sign that shows.
#[test]
fn controlled_sources_have_their_signs() {
    for (source, gain) in [
        ("E1 out 0 in 0 -2", -2.0),
        ("E1 0 out in 0 2", -2.0),
        ("E1 out 0 0 in 2", -2.0),
        ("G1 out 0 in 0 2\nRo out 0 1", -2.0),
        ("G1 0 out in 0 2\nRo out 0 1", 2.0),
        ("F1 out 0 Vs 2k\nRo out 0 1", -2.0),
        ("F1 0 out Vs 2k\nRo out 0 1", 2.0),
        ("H1 out 0 Vs 2k", 2.0),
        ("H1 0 out Vs 2k", -2.0),
        ("F1 0 out V1 2k\nRo out 0 1", -2.0),
        ("B1 out 0 V={2*i(Vs)*1k-4*v(in)}", -2.0),
        ("B1 out 0 I={-2*v(in,s)-2*i(vs)*1k}\nRo out 0 1", 4.0),
    ] {
        let deck = format!(
            "t\nV1 in 0 PULSE(0 1 0 10u 10u 1)\nRs in s 1k\nVs s 0 0\n{source}\nR1 out p 100k\n\
             C1 p 0 10n\n.save v(p) i(vs) i(v1)\n.tran 1u 4m"
        );
        // A load of 1 ohm adds to the resistor of the low-pass.
        let tau = if source.contains("Ro") { 1e-3 + 1e-8 } else { 1e-3 };
        let exact = |t: f64| gain * ramped(t, tau, 1e-5);
        let input = |t: f64| if t < 1e-5 { t * 1e2 } else { 1e-3 };
        let negative = |t: f64| -input(t);
        let expected: [Exact<'_>; 3] =
            [("v(p)", 2.0, &exact), ("i(vs)", 1e-3, &input), ("i(v1)", 1e-3, &negative)];
        check(&deck, 40.0, &expected);
    }
}

#[test]
fn behavioural_sources_feed_each_other() {
    let deck = "t\nC1 x 0 1 ic=1\nC2 y 0 1\nB1 x 0 I={-v(y)}\nB2 0 y I={-v(x)}\n.save v(x) v(y)\n.tran 1 12 uic";
    check(deck, 300.0, &[("v(x)", 1.0, &f64::cos), ("v(y)", 1.0, &|t| -t.sin())]);
    // The same rotation, twisted by amplitude^2 = 1.
    let deck = "t\nC1 x 0 1 ic=1\nC2 y 0 1\nB1 x 0 I={-v(y)*(v(x)^2+v(y)^2)}\n\
                B2 0 y I={-v(x)*(v(x)^2+v(y)^2)}\n.save v(x) v(y)\n.tran 1 12 uic";
    check(deck, 300.0, &[("v(x)", 1.0, &f64::cos), ("v(y)", 1.0, &|t| -t.sin())]);
}

#[test]
fn static_nonlinearities_follow_their_closed_forms() {
    // v' = -tanh v: sinh v decays.
    let deck = "t\nC1 a 0 1m ic=3\nB1 a 0 I={1m*tanh(v(a))}\n.save v(a)\n.tran 1 8 uic";
    check(deck, 30.0, &[("v(a)", 3.0, &|t| (3.0f64.sinh() * (-t).exp()).asinh())]);
    // v' = v (1 - v).
    let deck = "t\nC1 a 0 1m ic=0.01\nB1 0 a I={1m*v(a)*(1-v(a))}\n.save v(a)\n.tran 1 12 uic";
    check(deck, 100.0, &[("v(a)", 1.0, &|t| 1.0 / (1.0 + 99.0 * (-t).exp()))]);
    // An algebraic loop: v(b) + v(b)^3 = v(a).
    let deck = "t\nC1 a 0 1m ic=1\nR1 a 0 1k\nE1 c 0 a 0 1\nR2 c b 1\nB1 b 0 I={v(b)^3*sgn(v(b))}\n.save v(b)\n.tran 1 5 uic";
    let root = |a: f64| {
        let s = (0.25 * a * a + 1.0 / 27.0).sqrt();
        (0.5 * a + s).cbrt() + (0.5 * a - s).cbrt()
    };
    check(deck, 30.0, &[("v(b)", 1.0, &|t| root((-t).exp()))]);
}

#[test]
fn laws_may_depend_on_time() {
    let deck = "t\nB1 in 0 V={sin(2*time)+v(out)*0}\nR1 in out 1k\nC1 out 0 1m\n.tran 1 10";
    let exact = |t: f64| ((2.0 * t).sin() - 2.0 * (2.0 * t).cos() + 2.0 * (-t).exp()) / 5.0;
    for method in [Method::Trapezoidal, Method::Gear2] {
        compare("", &mna(deck, TOLERANCE, method), 40.0, &[("v(out)", 1.0, &exact)]);
    }
}

#[test]
fn initial_conditions_are_kept() {
    // `.ic` without `uic`: the operating point with v(out) held, then let go.
    let deck = "t\nV1 in 0 1\nR1 in out 1k\nC1 out 0 1u\nR2 out o2 1\nR3 o2 0 1meg\n.ic v(out)=-1\n.save v(out)\n.tran 1u 5m";
    let (tau, end) = (1e-6 / (1e-3 + 1.0 / 1000001.0), 1000001.0 / 1001001.0);
    check(deck, 20.0, &[("v(out)", 1.0, &|t| end + (-1.0 - end) * (-t / tau).exp())]);
    // `ic=` is stronger than `.ic`, which counts for capacitors without it.
    let deck = "t\nC1 a 0 1u ic=2\nR1 a 0 1k\nC2 b 0 1u\nR2 b 0 1k\nC3 0 b 1u ic=-0.5\n.ic v(a)=1 v(b)=9\n.save v(a) v(b)\n.tran 1u 5m uic";
    check(
        deck,
        20.0,
        &[("v(a)", 2.0, &|t| 2.0 * (-1e3 * t).exp()), ("v(b)", 1.0, &|t| 0.5 * (-500.0 * t).exp())],
    );
    let deck = "t\nC1 a 0 1u\nR1 a b 1k\nC2 b 0 1u\n.ic v(a)=1 v(b)=3\n.save v(a)\n.tran 1u 5m uic";
    check(deck, 20.0, &[("v(a)", 2.0, &|t| 2.0 - (-2e3 * t).exp())]);
    let deck = "t\nV1 in 0 1\nR1 in a 10\nL1 a 0 10m ic=0.3\n.save i(l1) v(a)\n.tran 1u 5m uic";
    check(
        deck,
        20.0,
        &[
            ("i(l1)", 1.0, &|t| 0.1 + 0.2 * (-1e3 * t).exp()),
            ("v(a)", 2.0, &|t| -2.0 * (-1e3 * t).exp()),
        ],
    );
}

/// Circuits without a normal form, which modified nodal analysis integrates: the
/// current into a capacitor across a source is known at any instant but at corners.
#[test]
fn dependent_states_are_integrated_as_they_are() {
    let slope = |t: f64| {
        if t <= 0.0 {
            f64::NAN
        } else if t < 1e-3 {
            2e3
        } else if t < 2e-3 {
            0.0
        } else {
            -1e3
        }
    };
    for method in [Method::Trapezoidal, Method::Gear2] {
        let deck =
            "t\nV1 a 0 PWL(0 0 1m 2 2m 2 4m 0)\nC1 a 0 1u\nC2 a b 1u\nC3 b 0 3u\n.tran 1u 4m uic";
        let waves = mna(deck, TOLERANCE, method);
        let (times, currents) = (&waves.times, waves.column("i(v1)"));
        for (t, i) in times.iter().zip(currents).skip(1) {
            // At a corner the current belongs to the slope before it.
            let expected = -(1e-6 + 0.75e-6) * slope(t - 1e-9);
            assert!((i - expected).abs() < 1e-9, "{method:?}: {i} at {t}, not {expected}");
        }
        compare(
            "",
            &waves,
            1e-3,
            &[("v(b)", 1.0, &|t: f64| {
                0.25 * if t < 1e-3 {
                    2e3 * t
                } else if t < 2e-3 {
                    2.0
                } else {
                    4.0 - 1e3 * t
                }
            })],
        );
        // The dual: inductors in series with a current source.
        let deck = "t\nI1 0 a PWL(0 0 1m 2 2m 2 4m 0)\nL1 a b 1m\nL2 b 0 2m\n.tran 1u 4m uic";
        let waves = mna(deck, TOLERANCE, method);
        for (t, v) in waves.times.iter().zip(waves.column("v(a)")).skip(1) {
            let expected = 3e-3 * slope(t - 1e-9);
            assert!((v - expected).abs() < 1e-6, "{method:?}: {v} at {t}, not {expected}");
        }
    }
}

/// Charges that contradict the sources move at once, and leave nothing behind.
#[test]
fn contradicting_charges_are_over_at_once() {
    let deck = "t\nV1 a 0 5\nC1 a 0 1u\nR1 a b 1k\nC2 b 0 1u ic=1\n.tran 1u 5m uic";
    for method in [Method::Trapezoidal, Method::Gear2] {
        let waves = mna(deck, TOLERANCE, method);
        compare(
            "",
            &waves,
            40.0,
            &[
                ("v(b)", 4.0, &|t| 5.0 - 4.0 * (-1e3 * t).exp()),
                ("i(v1)", 4e-3, &|t| -4e-3 * (-1e3 * t).exp()),
            ],
        );
    }
    assert!(try_mna(deck, |options| options.max_steps = 3).is_err());
}
