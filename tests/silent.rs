//! Mistakes that other simulators accept in silence: each is refused by the program, with
//! line, column and hint, and a non-zero exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod common;

use common::bench::Bench;

/// What is wrong, the deck after its title, line and column, and a part of the message.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("missing value", "R1 a 0\nV1 a 0 1\n.op", ":2:7", "missing the value of `R1`"),
    ("missing node", "R1 a\nV1 a 0 1\n.op", ":2:5", "missing a node"),
    ("1q5", "R1 a 0 1q5\nV1 a 0 1\n.op", ":2:8", "`1q5` is not a number"),
    ("unknown option", "R1 a 0 1\nV1 a 0 1\n.option foo=1\n.op", ":4:9", "unknown option `foo`"),
    ("floating node", "R1 a 0 1\nV1 a 0 1\nR2 b c 1\n.op", ":4:1", "nodes `b` and `c` float"),
    (
        "current source into a capacitor at DC",
        "I1 0 a 1m\nC1 a 0 1u\n.op",
        ":2:1",
        "node `a` has no DC path to ground",
    ),
    (
        "current source into a capacitor before a transient",
        "I1 0 a 1m\nC1 a 0 1u\n.tran 1u 1m",
        ":2:1",
        "node `a` has no DC path to ground",
    ),
    ("no resistance", "R1 a 0 0\nV1 a 0 1\n.op", ":2:1", "`r1` has 0 ohm"),
    ("voltage loop", "V1 a 0 1\nV2 a 0 1\nR1 a 0 1\n.op", ":3:1", "loop of voltage sources"),
    ("voltage source on an inductor", "V1 a 0 1\nL1 a 0 1\n.op", ":3:1", "short at DC"),
    ("inductor loop", "V1 a 0 1\nR1 a b 1\nL1 b 0 1\nL2 b 0 1\n.op", ":5:1", "`l1` and `l2`"),
    (
        "recursive subcircuit",
        "V1 a 0 1\nX1 a 0 s\n.subckt s a b\nX1 a b s\n.ends\n.op",
        ":5:1",
        "contains itself",
    ),
    (
        "wrong port count",
        "V1 a 0 1\nX1 a s\n.subckt s a b\nR1 a b 1\n.ends\n.op",
        ":3:1",
        "`s` has 2 ports",
    ),
    ("undefined parameter", "V1 a 0 {x}\nR1 a 0 1\n.op", ":2:9", "`x` is not defined"),
    (
        "unclosed .subckt",
        "V1 a 0 1\nX1 a 0 s\n.subckt s a b\nR1 a b 1\n.op",
        ":4:1",
        "this `.subckt` has no `.ends`",
    ),
    ("duplicate name", "V1 a 0 1\nR1 a 0 1\nR1 a 0 2\n.op", ":4:1", "`r1` is defined twice"),
    ("negative stop time", "V1 a 0 1\nR1 a 0 1\n.tran 1u -1m", ":4:1", "stop time of .tran is -1"),
    (
        "log(0) in a source",
        "B1 a 0 V=log(v(b))\nV1 b 0 0\nR1 a 0 1\n.op",
        ":2:1",
        "i(b1) is not a finite number",
    ),
    ("log(0) at the start", "B1 a 0 V=log(time)\nR1 a 0 1\n.tran 1u 1m", ":2:1", "i(b1) is not"),
    ("undefined model", "D1 a 0 dd\nV1 a 0 1\n.op", ":2:1", "the model `dd` is not defined"),
    (
        "unknown function",
        "B1 a 0 V=foo(v(b))\nV1 b 0 0\nR1 a 0 1\n.op",
        ":2:10",
        "unknown function `foo`",
    ),
    ("unknown directive", "V1 a 0 1\nR1 a 0 1\n.foo\n.op", ":4:1", "unknown dot card `.foo`"),
    (
        "missing include",
        "V1 a 0 1\nR1 a 0 1\n.include nothere.inc\n.op",
        ":4:10",
        "cannot include `nothere.inc`",
    ),
    ("a source with NaN", "V1 a 0 nan\nR1 a 0 1\n.op", ":2:8", "`nan` is not a finite number"),
    ("a source with 0/0", "V1 a 0 {0/0}\nR1 a 0 1\n.op", ":2:9", "this value is NaN"),
    (
        "a point of a source with NaN",
        "V1 a 0 pwl(0 0 1m {sqrt(-1)})\nR1 a 0 1\n.op",
        ":2:20",
        "this value is NaN",
    ),
    (
        "algebraic loop without solution",
        "B1 a 0 V=v(a)+1\nR1 a 0 1\n.op",
        ":2:1",
        "nothing determines the current of `b1`",
    ),
    (
        "algebraic loop without real solution",
        "B1 a 0 V=v(a)**2+1\nR1 a 0 1\n.op",
        ":2:1",
        "no operating point found",
    ),
    (
        "algebraic loop that loses its solution",
        "B1 a 0 V=v(a)**2+1-(time<1m)*2\nR1 a 0 1\n.tran 10u 2m",
        ":2:1",
        "t = 1.000000e-3 s",
    ),
];

#[test]
fn every_mistake_is_refused_with_place_and_hint() {
    let bench = Bench::new();
    for (what, deck, place, message) in MISTAKES {
        bench.write("deck.cir", format!("a title\n{deck}\n"));
        let run = bench.run(&["run", "deck.cir"]);
        assert_eq!(run.code, 2, "{what}: {}{}", run.out, run.err);
        assert!(run.out.is_empty(), "{what}: nothing is printed as a result: {}", run.out);
        for part in [&format!("deck.cir{place}"), *message, "help: "] {
            assert!(run.err.contains(part), "{what}: `{part}` is not in\n{}", run.err);
        }
    }
}

/// A measure that fails is a result of its own, and the exit code says so.
#[test]
fn a_failed_measure_is_no_success() {
    let bench = Bench::new();
    let deck = "t\nR1 a b 1k\nC1 b 0 1u\nV1 a 0 1\n.tran 1u 1m\n.measure tran x WHEN v(b)=5\n";
    bench.write("deck.cir", deck);
    let run = bench.run(&["run", "deck.cir"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("failed") && run.out.contains("deck.cir:6:1"), "{}", run.out);
    let json = bench.json(&["run", "deck.cir", "--json"], 1);
    assert!(json["measures"]["x"]["failure"].is_string(), "{json}");
}

/// What may be meant is warned about.
#[test]
fn a_first_line_that_reads_like_a_card_is_warned_about() {
    let bench = Bench::new();
    bench.write("deck.cir", "V1 a 0 1\nR1 a 0 1\nR2 a 0 1\n.op\n");
    let run = bench.run(&["run", "deck.cir"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for part in ["deck.cir:1:1", "the first line is the title", "help: put a title line before it"]
    {
        assert!(run.err.contains(part), "`{part}` is not in\n{}", run.err);
    }
}
