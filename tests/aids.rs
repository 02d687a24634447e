//! Aids of Newton's method, each alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod common;

use analogon::{
    dae::{Dae, Eval},
    mna::{Mna, Sources},
    solve::{Aid, DcOptions, OperatingPoint, SolveError, operating_point},
};

/// A thyristor, tunnel diodes in series, a loop of very high gain, a latch.
const DECKS: [&str; 4] = [
    "V1 in 0 20\nR1 in a 100\nQ1 b g 0 n\nQ2 g b a p\nRg g 0 1meg\nRb a b 1meg\n\
     .model n npn(is=1e-15 bf=200)\n.model p pnp(is=1e-15 bf=200)",
    "V1 in 0 2\nR1 in a 10\n\
     B1 a b I=1m*(v(a,b)*20*exp(1-20*v(a,b)))+1e-12*(exp(38*v(a,b))-1)\n\
     B2 b 0 I=1.1m*(v(b)*20*exp(1-20*v(b)))+1e-12*(exp(38*v(b))-1)",
    "B1 0 a I=5m*tanh(1e3*(v(b)-1m))\nR1 a 0 1k\nB2 0 b I=-5m*tanh(1e3*(v(a)-2m))\nR2 b 0 1k",
    "V1 vdd 0 5\nR1 vdd a 10k\nR2 vdd b 10k\nM1 a b 0 0 m w=10u l=1u\nM2 b a 0 0 m w=10u l=1u\n\
     .model m nmos(vto=.7 kp=50u)",
];

fn point(deck: &str, aids: &[Aid]) -> Result<(Mna, OperatingPoint, Vec<f64>), SolveError> {
    let circuit = common::circuit(&format!("t\n{deck}\n.op"));
    let mna = Mna::compile(&circuit);
    let u = Sources::all(&circuit).dc().to_vec();
    let options = DcOptions { aids: aids.to_vec(), ..DcOptions::default() };
    let found = operating_point(&mna, &u, &options)?;
    Ok((mna, found, u))
}

#[test]
fn every_aid_alone_finds_a_point_where_no_current_is_left_over() {
    for deck in DECKS {
        for aid in [Aid::ShuntStepping, Aid::SourceStepping, Aid::PseudoTransient] {
            let (mna, found, u) =
                point(deck, &[aid]).unwrap_or_else(|error| panic!("{deck}\n{aid:?}: {error}"));
            assert_eq!(found.aid, aid);
            let mut eval = Eval::for_system(&mna);
            mna.residual(&found.x, &u, 0.0, &mut eval);
            for (unknown, left) in mna.unknowns().iter().zip(&eval.f) {
                assert!(left.abs() < 1e-9, "{deck}\n{aid:?}: {left:e} at {}", unknown.name);
            }
        }
    }
}

/// A current that leaves no voltage where the node can stay.
#[test]
fn what_has_no_point_is_refused_by_all() {
    for aid in Aid::ALL {
        let found = point("B1 0 a I=1m*(1+v(a)+v(a)**2)\nR1 a 0 1k", &[aid]);
        assert!(found.is_err(), "{aid:?}: {found:?}");
    }
    assert!(matches!(point(DECKS[0], &[]), Err(SolveError::Argument(_))));
}
