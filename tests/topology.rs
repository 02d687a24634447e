//! What is accepted, what has no normal form, and what has no operating point.
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
    diag,
    elaborate::elaborate,
    mna::reduce,
    netlist,
    solve::{Aid, Method},
};
use common::solving::{faults, mna, op, try_mna};

/// The rendered refusal of `reduce`.
fn irreducible(cards: &str) -> String {
    let deck = format!("title\n{cards}\n");
    let parsed = netlist::parse("deck.cir", deck.as_bytes(), &diag::NoSources);
    match reduce(&elaborate(&parsed.netlist).unwrap()) {
        Ok(_) => String::new(),
        Err(faults) => diag::render(&parsed.map, &faults),
    }
}

#[test]
fn x() {
    for cards in [
        "V1 a 0 1\nC1 a 0 1u\nR1 a 0 1",
        "V1 a 0 1\nR1 a b 1\nC1 b 0 1u\nC2 b c 1u\nC3 c 0 1u",
        "V1 a 0 1\nE1 b 0 a 0 2\nC1 b 0 1u\nR1 b 0 1",
        "V1 a 0 1\nB1 b 0 V={tanh(v(a))}\nC1 b 0 1u\nR1 b 0 1",
        "I1 0 a 1\nL1 a b 1m\nR1 b 0 1",
        "V1 a 0 1\nL1 a b 1m\nL2 b 0 1m\nL3 b c 1\nR1 c 0 1",
        "V1 a 0 1\nL1 a b 1m\nL2 b c 1m\nR1 c 0 1",
        "B1 a 0 V={sin(time)}\nR1 a 0 1",
        "C1 a a 1u\nR1 a 0 1",
        "V1 in 0 1\nR1 in m 1k\nC1 m out 1u\nE1 out 0 0 m 1e6",
        "V1 in 0 1\nR1 in m 1k\nC1 m out 1u\nVs m 0 0\nH1 out 0 Vs 1k",
        "V1 in 0 1\nR1 in m 1k\nR2 m out 2k\nE1 out p out m 1\nR3 p 0 1k\nC1 out 0 1u\n",
        "V1 in 0 1\nE1 out in out m 1\nR2 m out 2k\nR3 m 0 1k\n",
    ] {
        println!("{cards}\n{}{}", faults(&format!("t\n{cards}\n")), irreducible(cards));
    }
}
