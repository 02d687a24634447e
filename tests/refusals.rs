//! Decks that are refused, each with what it is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use common::solving::faults;

/// The cards of a deck, and the messages it is refused with, joined by ` | `.
const REFUSED: &[(&str, &str)] = &[
    ("D1 a 0 none\nR1 a 0 1", "the model `none` is not defined"),
    ("D1 a 0 m\nR1 a 0 1\n.model m npn", "the model `m` is of type `npn`, this card needs `d`"),
    ("D1 a 0 m\nR1 a 0 1\n.model m d(iss=1)", "a model of type `d` has no parameter `iss`"),
    ("D1 a 0 m\nR1 a 0 1\n.model m d(is=-1)", "`is` is -1 A, it must be positive"),
    ("D1 a 0 m\nR1 a 0 1\n.model m d(m=1)", "`m` is 1, it must be 0 or more and less than 1"),
    ("Q1 a a 0 m\nR1 a 0 1\n.model m npn(ptf=10)", "`ptf` is 10 degrees, only 0 is supported"),
    ("D1 a 0 m -2\nR1 a 0 1\n.model m d", "`area` is -2, it must be positive"),
    ("D1 a 0 m 2 area=3\nR1 a 0 1\n.model m d", "`area` is given twice"),
    ("D1 a 0 m w=3\nR1 a 0 1\n.model m d", "this device has no parameter `w`"),
    ("D1 a 0 m ic=1,2\nR1 a 0 1\n.model m d", "`ic` has 2 values, this device has 1"),
    ("M1 a a 0 0 m\nR1 a 0 1\n.model m nmos(level=8)", "level 8 of `nmos` is not supported"),
    (
        "M1 a a 0 0 m l=1u\nR1 a 0 1\n.model m nmos(ld=0.6u)",
        "the channel has no length: l = 0.000001 m less twice ld = 0.0000006 m",
    ),
    (
        "M1 a a 0 0 m\nR1 a 0 1\n.model m nmos(tox=1u nsub=1e9)",
        "`nsub` is less than the carriers of pure silicon, 1.45e10 per cm^3",
    ),
    ("S1 a 0 a 0 m\nR1 a 0 1\n.model m sw(ron=0)", "`ron` is 0 ohm, it must be positive"),
    ("W1 a 0 v9 m\nR1 a 0 1\n.model m csw", "there is no element `v9` here"),
    ("L1 a 0 1\nR1 a 0 1\nK1 l1 l1 0.5", "`k1` couples an inductor with itself"),
    (
        "L1 a 0 1\nL2 b 0 1\nR1 a b 1\nK1 l1 l2 1.5",
        "the coupling factor of `k1` is 1.5, beyond -1 to 1",
    ),
    (
        "L1 a 0 1\nL2 b 0 2\nL3 a 0 3\nR1 a b 1\nK1 l1 l2 .9\nK2 l2 l3 .9\nK3 l1 l3 -.9",
        "the factors of `k1`, `k2` and `k3` contradict each other: no coils are coupled like that",
    ),
    (
        "L1 a 0 1\nL2 b 0 1\nR1 a b 1\nK1 l1 l2 .7\nK2 l1 l2 .7",
        "the factors of `k1` and `k2` contradict each other: no coils are coupled like that",
    ),
    ("Q1 a a 0 m\nR1 a 0 1\n.model m npn(xcjc=1.2)", "`xcjc` is 1.2, it must lie between 0 and 1"),
    ("L1 a 0 1\nV1 b 0 1\nR1 a b 1\nK1 l1 v1 0.5", "`k1` names an element that is no inductor"),
    (
        "D1 a b m\nR1 c 0 1\n.model m d",
        "nodes `a` and `b` float: nothing ties their voltages to ground",
    ),
    ("R1 a 0 0", "`r1` has 0 ohm"),
    ("C1 a 0 0\nR1 a 0 1", "`c1` has 0 F"),
    ("L1 a 0 0\nR1 a 0 1", "`l1` has 0 H"),
    ("R1 a 0 1e400", "`1e400` is out of the range of a double (about 5e-324 to 1.8e308)"),
    ("R1 a 0 1e-310", "`r1` has 1e-310 ohm, whose conductance is beyond the range of numbers"),
    ("R1 a 0 {0/0}", "this value is NaN, not a finite number"),
    (".param z={0/0}\nR1 a 0 {z}", "this value is NaN, not a finite number"),
    ("R1 a 0 {if(0/0,1,2)}", "this value is NaN, not a finite number"),
    ("R1 a 0 {1e200*1e200}", "this value is inf, not a finite number"),
    ("R1 a 0 {nowhere}", "the parameter `nowhere` is not defined"),
    ("R1 a 0 {time}", "`time` varies during the simulation and cannot set a parameter"),
    (
        ".param a={b+1} b={c} c={a*2} d={c}\nR1 a 0 {d}",
        "the parameter `b` is defined through itself",
    ),
    (".param a={a}\nR1 a 0 1", "the parameter `a` is defined through itself"),
    ("B1 a 0 V={1/0+v(b)}\nR1 a b 1\nR2 b 0 1", "a constant of this law is not a finite number"),
    ("B1 a 0 V={v(b)*(0/0)}\nR1 a b 1\nR2 b 0 1", "a constant of this law is not a finite number"),
    ("V1 a 0 PULSE(0 1 0 -1n 1n 1u 2u)\nR1 a 0 1", "the rise time of PULSE is -1 ns"),
    (
        "V1 a 0 PULSE(0 1 0 1n 1n 1u -2u)\nR1 a 0 1",
        "the period of PULSE is -2e-6 s, its pulse takes 1.002e-6 s",
    ),
    (
        "V1 a 0 PULSE(0 1 0 1n 1n 1u 0.5u)\nR1 a 0 1",
        "the period of PULSE is 5e-7 s, its pulse takes 1.002e-6 s",
    ),
    ("V1 a 0 PULSE(0 1 0 1n 1n -1u 2u)\nR1 a 0 1", "the width of PULSE is -1 µs"),
    (
        "V1 a 0 PULSE(0 1 0 1n 1n 1n 4n)\nR1 a 0 1\n.tran 1 1",
        "`v1` pulses 2.5e8 times until the stop time, more than the 2e6 that can be stepped through",
    ),
    (
        "V1 a 0 PULSE(0 1 0 1n 1n 1n 1e-30)\nR1 a 0 1\n.tran 1 1",
        "the period of PULSE is 1e-30 s, its pulse takes 3.0000000000000004e-9 s",
    ),
    ("V1 a 0 EXP(0 1 0 -1)\nR1 a 0 1", "the time constant of the rise of EXP is -1 s"),
    ("V1 a 0 EXP(0 1 2 1 1 1)\nR1 a 0 1", "EXP falls at 1 s, before it rises at 2 s"),
    ("V1 a 0 SIN(0 1 -1)\nR1 a 0 1", "the frequency of SIN is -1 Hz"),
    ("V1 a 0 SFFM(0 1 1k 2 -1)\nR1 a 0 1", "a frequency of SFFM is -1 Hz"),
    ("V1 a 0 AM(1 1 1 -1k)\nR1 a 0 1", "a frequency of AM is -1 kHz"),
    ("V1 a 0 AM(1 1 1)\nR1 a 0 1", "`AM` takes 4 to 5 values, found 3"),
    (
        "V1 a 0 PULSE(0 1 0 1m 1m 1m 2.9m)\nR1 a 0 1",
        "the period of PULSE is 0.0029 s, its pulse takes 3e-3 s",
    ),
    (".param a=1q5\nR1 a 0 {a}", "`1q5` is not a number: unexpected `5` after `1q`"),
    (".param a=b+ c=1\nR1 a 0 {a}", "expected a parameter name, found `=`"),
    (".param a=nan\nR1 a 0 {a}", "`nan` is not a finite number"),
    (
        ".param t=2\nV1 a 0 PWL(0 0 {t} 1 {t-1} 0)\nR1 a 0 1",
        "the times of PWL must increase: 2 s is followed by 1 s",
    ),
    (
        "C1 a 0 1u ic=1\nC2 0 a 1u ic=1\nR1 a 0 1",
        "`c1` and `c2` are in parallel but start at different voltages",
    ),
    (".tran 1 -1\nR1 a 0 1", "the stop time of .tran is -1 s, it must be positive"),
    (".tran -1u 1\nR1 a 0 1", "the print step of .tran is -1 µs, it must be positive"),
    (
        ".tran 1m 1 1\nR1 a 0 1",
        "the start time of .tran is 1 s, it must lie between 0 and the stop time of 1 s",
    ),
    (".tran 1m 1 0 0\nR1 a 0 1", "the largest step of .tran must be positive"),
    (".options reltol=0\nR1 a 0 1", "the option `reltol` is 0, it must be positive"),
    (".ic v(a)=1 v(a)=2\nR1 a 0 1", "node `a` is 1 V already, not 2 V"),
    (".ic v(0)=1\nR1 a 0 1", "ground is 0 V by definition"),
    (".ic v(b)=1\nR1 a 0 1", "no element touches a node `b`"),
    (
        ".save ig(q1)\nQ1 a a 0 m\nR1 a 0 1\n.model m npn",
        "`q1` has no terminal with a current `ig`",
    ),
    (".save @r1[p]\nR1 a 0 1", "`@r1[p]` is not supported"),
    (
        ".save i(k1)\nL1 a 0 1\nL2 a 0 1\nR1 a 0 1\nK1 L1 L2 0.5",
        "`k1` has no terminal with a current `i`",
    ),
    (".save i(v1)\nR1 a 0 1", "there is no element `v1` here"),
    (".save v(a,q)\nR1 a 0 1", "no element touches a node `q`"),
    ("F1 a 0 r1 2\nR1 a 0 1", "`r1` has no current of its own to refer to"),
    ("F1 a 0 v9 2\nR1 a 0 1", "there is no element `v9` here"),
    (
        "B1 a 0 I={ic(m1)}\nM1 a a 0 0 m\nR1 a 0 1\n.model m nmos",
        "`m1` has no terminal with a current `ic`",
    ),
    ("B1 a 0 I={i(r2)}\nR1 a 0 1", "there is no element `r2` here"),
    ("R1 a 0 1\nR1 a 0 1", "element `r1` is defined twice"),
    (
        "R1 a 0 1\nX1 a s\n.subckt s p q\nR1 p q 1\n.ends",
        "`s` has 2 ports, this instance names 1 nodes",
    ),
    ("X1 a nothing", "the subcircuit `nothing` is not defined"),
    ("X1 a 0 s k=2\n.subckt s p q j=1\nR1 p q {j}\n.ends", "`s` has no parameter `k`"),
    ("X1 a 0 s\n.subckt s p q\nX2 p q s\n.ends", "the subcircuit `s` contains itself: s -> s"),
    (
        "X1 a 0 s\n.subckt s p q\nX2 p q t\n.ends\n.subckt t p q\nX3 p q s\n.ends",
        "the subcircuit `s` contains itself: s -> t -> s",
    ),
    ("X1 a 0 s\n.subckt s p 0\nR1 p 0 1\n.ends", "`0` is ground everywhere, it cannot be a port"),
    (
        "R1 x1.q 0 1\nX1 a 0 s\n.subckt s p n\nR1 p q 1\nR2 q n 1\n.ends\nR2 a 0 1",
        "two nodes are called `x1.q`",
    ),
    ("R1 a b 1", "no element touches ground"),
    (
        "R1 a 0 1\nR2 b c 1\nC1 c b 1",
        "nodes `b` and `c` float: nothing ties their voltages to ground",
    ),
    ("R1 a 0 1\nR2 b 0 1\nE1 c 0 d 0 2\nR3 c 0 1", "no element is connected to node `d`"),
    ("I1 0 a 1\nG1 a 0 b 0 1\nR1 b 0 1", "node `a` floats: nothing ties its voltage to ground"),
    ("I1 a b 1\nI2 b 0 1\nR1 a 0 1", "node `b` floats: nothing ties its voltage to ground"),
    (
        "V1 a 0 1\nV2 b a 1\nV3 b 0 2\nR1 a 0 1",
        "`v1`, `v2` and `v3` form a loop of voltage sources, whose current nothing determines",
    ),
    ("V1 a a 1\nR1 a 0 1", "`v1` has both ends on one node"),
    ("V1 a 0 1\nE1 a 0 b 0 1\nR1 a b 1\nR2 b 0 1", "nothing determines the current of `e1`"),
    ("R1 a 0 1\nB1 b 0 I={v(typo)}\nR2 b 0 1", "no element is connected to node `typo`"),
    ("R1 a 0 1\nX1 a b s\n.subckt s p q\nR1 p 0 1\n.ends", "no element is connected to node `b`"),
    ("R1 a 0 1\n.ic v(a)=1\n.nodeset v(a)=2\n.save v(x1.a)", "no element touches a node `x1.a`"),
    (".meas tran x FIND v(b) AT=1\nR1 a 0 1", "no element touches a node `b`"),
    (".meas tran x FIND i(r9) AT=1\nR1 a 0 1", "there is no element `r9` here"),
    (".meas tran x PARAM='y+1'\nR1 a 0 1", "there is no parameter or earlier measure `y`"),
    (".meas tran x PARAM='v(a)'\nR1 a 0 1", "`PARAM` reads parameters and earlier measures only"),
    (".meas tran x WHEN v(a)=1 RISE=0\nR1 a 0 1", "`RISE` counts crossings, from 1; found 0"),
    (".meas tran x MAX v(a)\n.meas tran x MIN v(a)\nR1 a 0 1", "measure `x` is defined twice"),
    ("*! expect y 1\n.meas tran x MAX v(a)\nR1 a 0 1", "there is no measure `y`"),
    ("*! expect v(b) 1\n.op\nR1 a 0 1", "the operating point has no `v(b)`"),
    (
        "*! expect v(a) 1\nR1 a 0 1",
        "`v(a)` is a reading of an operating point, the deck has no `.op`",
    ),
    (
        "*! expect x 0\n.meas tran x MAX v(a)\nR1 a 0 1",
        "the tolerance of `x` leaves nothing but exactly 0",
    ),
    (".four 0 v(a)\nR1 a 0 1", "the frequency of .four is 0 Hz, it must be positive"),
    (".func f(x) {f(x)+1}\nR1 a 0 {f(1)}", "the function `f` calls itself"),
    (".func f(x) {x}\nR1 a 0 {f(1,2)}", "`f` takes 1 argument, found 2"),
    (
        ".subckt s p\n.func f(x) {x}\nR1 p 0 {f(1)}\n.ends\nX1 a s\nR1 a 0 {f(1)}",
        "the function `f` is not defined here",
    ),
    (
        ".param a={f(1)}\n.func f(x) {a*x}\nR1 a 0 {a}",
        "the parameter `a` is defined through itself",
    ),
    (".if (x)\n.endif\nR1 a 0 1", "the parameter `x` is not defined"),
    (".param r=1\n.if (r)\n.param r=2\n.endif\nR1 a 0 {r}", "parameter `r` is defined twice"),
    (".if (1)\nR1 a 0 1\n.endif\nR1 a 0 1", "two elements are called `r1`"),
    (
        "E1 b 0 TABLE {v(a)} = (1,1) (1,2)\nR1 a 0 1\nR2 b 0 1",
        "the x of a table must increase: 1 is followed by 1",
    ),
    (
        "E1 b 0 LAPLACE {v(a)} = {s}\nR1 a 0 1\nR2 b 0 1",
        "the transfer function grows without bounds: degree 1 over degree 0",
    ),
    (
        "E1 b 0 LAPLACE {v(a)} = {exp(-s)}\nR1 a 0 1\nR2 b 0 1",
        "`exp` of `s` is none: the transfer function must be a ratio of polynomials in `s`",
    ),
    (
        "E1 b 0 LAPLACE {v(a)} = {1/(s-s)}\nR1 a 0 1\nR2 b 0 1",
        "this value is inf, not a finite number",
    ),
    ("F1 a 0 POLY(1) V9 0 1\nR1 a 0 1", "there is no element `v9` here"),
    ("I1 a 0 1\nI2 0 a 1", "node `a` floats: nothing ties its voltage to ground"),
];

#[test]
fn faulty_decks_are_told_why() {
    for (cards, message) in REFUSED {
        let text = faults(&format!("title\n{cards}\n"));
        let heads = text.lines().filter_map(|line| line.strip_prefix("error: "));
        let heads: Vec<&str> = heads.collect();
        assert_eq!(heads.join(" | "), *message, "{cards}\n{text}");
    }
}

/// The whole of what a person sees: place, related places and hint.
const SHOWN: &[(&str, &str)] = &[
    (
        "C1 a 0 1u ic=1\nC2 0 a 1u ic=1\nR1 a 0 1",
        r"error: `c1` and `c2` are in parallel but start at different voltages
 --> deck.cir:3:1
  |
3 | C2 0 a 1u ic=1
  | ^^^^^^^^^^^^^^
  |
note: the other one
 --> deck.cir:2:1
  |
2 | C1 a 0 1u ic=1
  | ^^^^^^^^^^^^^^
help: give the same `ic=` to both, or to one of them only",
    ),
    (
        "V1 a 0 1\nV2 b a 1\nV3 b 0 2\nR1 a 0 1",
        r"error: `v1`, `v2` and `v3` form a loop of voltage sources, whose current nothing determines
 --> deck.cir:4:1
  |
4 | V3 b 0 2
  | ^^^^^^^^
  |
note: also part of the loop
 --> deck.cir:3:1
  |
3 | V2 b a 1
  | ^^^^^^^^
note: also part of the loop
 --> deck.cir:2:1
  |
2 | V1 a 0 1
  | ^^^^^^^^
help: put a resistor into the loop, or remove one of them",
    ),
    (
        ".param a={b+1} b={c}\n.param c={a*2} d={c}\nR1 a 0 {d}",
        r"error: the parameter `b` is defined through itself
 --> deck.cir:2:16
  |
2 | .param a={b+1} b={c}
  |                ^^^^^
  |
help: it goes round: b -> c -> a -> b",
    ),
    (
        "R1 x1.q 0 1\nX1 a 0 s\n.subckt s p n\nR1 p q 1\nR2 q n 1\n.ends\nR2 a 0 1",
        r"error: two nodes are called `x1.q`
 --> deck.cir:5:1
  |
5 | R1 p q 1
  | ^^^^^^^^
  |
note: the other one
 --> deck.cir:2:1
  |
2 | R1 x1.q 0 1
  | ^^^^^^^^^^^
help: names inside an instance `x1` begin with `x1.`",
    ),
    (
        "V1 a 0 PULSE(0 1 0 1n 1n 1n 4n)\nR1 a 0 1\n.tran 1m 1",
        r"error: `v1` pulses 2.5e8 times until the stop time, more than the 2e6 that can be stepped through
 --> deck.cir:2:1
  |
2 | V1 a 0 PULSE(0 1 0 1n 1n 1n 4n)
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
note: the stop time is given here
 --> deck.cir:4:1
  |
4 | .tran 1m 1
  | ^^^^^^^^^^",
    ),
    (
        "I1 a b 1\nI2 b 0 1\nR1 a 0 1\nE1 c 0 b 0 2\nR2 c 0 1",
        r"error: node `b` floats: nothing ties its voltage to ground
 --> deck.cir:2:1
  |
2 | I1 a b 1
  | ^^^^^^^^
  |
help: only current sources meet here; add a resistor or a capacitor",
    ),
    (
        "R1 a 0 1\nB1 b 0 I={v(typo)}\nR2 b 0 1",
        r"error: no element is connected to node `typo`
 --> deck.cir:3:11
  |
3 | B1 b 0 I={v(typo)}
  |           ^^^^^^^
  |
help: is its name misspelt? reading its voltage does not connect it",
    ),
];

#[test]
fn faults_are_shown_where_they_are() {
    for (cards, shown) in SHOWN {
        let text = faults(&format!("title\n{cards}\n"));
        assert_eq!(text.trim_end(), *shown, "{cards}");
    }
}
