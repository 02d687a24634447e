//! The work that eight fixed problems take, counted: a change that makes it more shows here
//! before a clock would tell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod common;

use std::fmt::Write;

use analogon::{
    simulate::{AnalysisResult, Path, SimulationOptions, simulate, to_the_end},
    solve::{Counters, Method, TransientOptions},
};
use common::{circuit, solving::try_mna};

/// The one result of a deck.
fn result(deck: &str) -> AnalysisResult {
    let all = simulate(&circuit(deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    let [only] = all.try_into().expect("one analysis");
    only
}

/// The work of a transient on the nodal path, and that it took this path.
fn nodal(deck: &str) -> Counters {
    let AnalysisResult::Transient(found) = result(deck) else { panic!("a transient") };
    assert_eq!(found.path, Path::Mna, "{}", found.why);
    found.counters
}

/// Fails where a count is above its bound, or so far below that the bound says nothing.
/// Evaluations, Jacobians, iterations, factorisations, steps kept and taken back.
fn within(counters: Counters, most: [u64; 6]) {
    let Counters { evaluations, jacobians, iterations, factorisations, accepted, rejected, .. } =
        counters;
    let counts = [evaluations, jacobians, iterations, factorisations, accepted, rejected];
    for (count, most) in counts.into_iter().zip(most) {
        assert!(count <= most && 2 * count >= most, "{counts:?}, allowed {most}");
    }
}

/// The work of a linear circuit with the largest step from its first on.
fn at_constant_step(method: Method, periods: f64) -> Counters {
    let deck = format!("t\nV1 a 0 SIN(0 1 1k)\nR1 a b 1k\nC1 b 0 1u\n.tran 1u {periods}m");
    let waves = try_mna(&deck, |options| {
        *options = TransientOptions { method, max_step: 1e-5, ..options.clone() };
        *options = options.clone().with_reltol(1e9);
    });
    waves.unwrap().counters
}

/// On its way to the largest step a linear circuit needs a matrix a size; then one serves all
/// steps, and every step is one solution.
#[test]
fn a_linear_circuit_at_constant_step_factors_once() {
    for method in [Method::Trapezoidal, Method::Gear2] {
        let [short, long] = [2.0, 20.0].map(|periods| at_constant_step(method, periods));
        let steps = long.accepted - short.accepted;
        assert!((1799..=1801).contains(&steps), "{short:?} {long:?}");
        assert_eq!(long.factorisations, short.factorisations, "{method:?}");
        assert!(short.factorisations <= 16, "{method:?} {short:?}");
        assert_eq!(long.iterations - short.iterations, steps);
        assert_eq!(long.rejected, 0);
    }
}

/// Factors of steps that come back with every edge of a square wave are kept.
#[test]
fn a_linear_circuit_factors_no_more_for_more_edges() {
    let run = |periods: f64| {
        nodal(&format!(
            "t\nV1 a 0 PULSE(-1 1 0 1u 1u 499u 1m)\nR1 a b 1k\nC1 b 0 1u\nR2 b c 10k\nC2 c 0 1n\n\
             .option method=trap\n.tran 10u {periods}m"
        ))
    };
    let [short, long] = [2.0, 20.0].map(run);
    assert!(long.accepted > 9 * short.accepted);
    assert!(long.factorisations <= short.factorisations + 4, "{short:?} {long:?}");
}

/// A deck of a network is reduced once, and then no matrix is factored: the steps are products.
#[test]
fn a_network_deck_is_reduced_once_and_factors_nothing() {
    let deck = common::circuits::three_units() + ".tran 0.1m 5m uic";
    let AnalysisResult::Transient(found) = result(&deck) else { panic!("a transient") };
    assert_eq!(found.path, Path::Reduced, "{}", found.why);
    let Counters { reductions, factorisations, jacobians, evaluations, accepted, rejected, .. } =
        found.counters;
    assert_eq!((reductions, factorisations, jacobians), (1, 0, 0));
    // Twelve a step and three to interpolate, eleven in vain, and two for the size of the first.
    assert!(evaluations <= 15 * accepted + 11 * rejected + 2, "{:?}", found.counters);
    assert!(accepted <= 16 && rejected <= 1, "{:?}", found.counters);
}

#[test]
fn a_rectifier() {
    let deck = "t\nV1 a b SIN(0 10 50)\nRb b 0 1meg\nD1 a p DR\nD2 b p DR\nD3 n a DR\nD4 n b DR\n\
                Rn n 0 1m\nC1 p n 100u\nRL p n 1k\n.model DR D(IS=1e-14 RS=0.1 CJO=4p TT=10n)\n\
                .tran 100u 40m";
    within(nodal(deck), [3_800, 475, 2_810, 475, 880, 106]);
}

#[test]
fn a_boost_converter() {
    let deck = "t\nVin in 0 5\nL1 in sw 100u IC=0\nS1 sw 0 g 0 SWM\nD1 sw out DB\n\
                C1 out 0 47u IC=0\nRL out 0 50\nVg g 0 PULSE(0 5 0 50n 50n 4.95u 10u)\n\
                .model SWM SW(VT=2.5 VH=0.1 RON=0.05 ROFF=1e6)\n\
                .model DB D(IS=1e-12 N=1.05 RS=0.02)\n.tran 100n 200u uic";
    within(nodal(deck), [6_300, 820, 3_620, 820, 2_420, 122]);
}

#[test]
fn a_ladder() {
    let mut deck = String::from("t\nV1 n0 0 PULSE(0 1 0 1u 1u 0.4m 1)\n");
    for k in 0..200 {
        write!(deck, "R{k} n{k} n{} 1\nC{k} n{} 0 1n\n", k + 1, k + 1).unwrap();
    }
    deck += ".tran 10u 1m";
    within(nodal(&deck), [750, 44, 380, 44, 345, 20]);
}

#[test]
fn an_operating_point() {
    let deck = "t\nV1 c 0 12\nR1 c b 100k\nR2 b 0 20k\nR3 c d 4.7k\nR4 e 0 1k\nQ1 d b e QN\n\
                D1 d f DD\nR5 f 0 100k\n.model QN NPN(IS=1e-15 BF=120)\n.model DD D(IS=1e-14)\n.op";
    within(result(deck).counters(), [11, 11, 11, 11, 0, 0]);
}

/// One matrix a frequency, and one for the operating point.
#[test]
fn an_ac_sweep() {
    let deck =
        "t\nV1 a 0 DC 0 AC 1\nR1 a b 1k\nC1 b 0 1u\nL1 b c 10m\nR2 c 0 50\n.ac dec 10 1 1meg";
    within(result(deck).counters(), [1, 1, 1, 62, 0, 0]);
}

/// Two units with amplifiers of finite bandwidth, which are stiff.
#[test]
fn a_network_of_real_amplifiers() {
    let mut deck = String::from("t\nV1 in 0 PWL(0 0 0.5m 0 0.51m 1 2m 1 2.01m 0 1 0)\n");
    for k in 0..2 {
        let other = 1 - k;
        write!(
            deck,
            "B{k} t{k} 0 V=tanh(V(z{k}))\nR{k} t{k} h{k} 1k\nC{k} h{k} 0 1u\n\
             Ep{k} ph{k} 0 h{k} 0 1\nEn{k} nh{k} 0 h{k} 0 -1\n\
             Ra{k} nh{k} s{k} 12k\nRb{k} ph{other} s{k} 15k\nRi{k} in s{k} 20k\n\
             Rf{k} s{k} z{k} 10k\nX{k} s{k} z{k} oa\n"
        )
        .unwrap();
    }
    deck += ".subckt oa n o\nRin n 0 2meg\nG1 0 x 0 n 1m\nR1 x 0 100meg\nC1 x 0 159.155p\n\
             E1 y 0 x 0 1\nRo y o 50\n.ends\n.tran 0.1m 5m uic";
    within(result(&deck).counters(), [1_840, 77, 0, 102, 155, 38]);
}
