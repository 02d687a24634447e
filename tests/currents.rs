//! Currents of elements and into terminals of devices.
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
    simulate::{AnalysisResult, SimulationOptions, carry_out, simulate, to_the_end},
    wave::RawData,
};
use common::circuit;

fn measures(deck: &str) -> Vec<f64> {
    let found = carry_out(&circuit(deck), &SimulationOptions::default(), &mut to_the_end);
    let found = found.unwrap_or_else(|e| panic!("{deck}: {e}"));
    found
        .measures
        .into_iter()
        .map(|m| m.value.unwrap_or_else(|e| panic!("{}: {e}", m.name)))
        .collect()
}

fn readings(deck: &str) -> Vec<(String, f64)> {
    let results = simulate(&circuit(deck), &SimulationOptions::default(), &mut to_the_end).unwrap();
    let AnalysisResult::OperatingPoint(point) = &results[0] else { panic!() };
    point.readings.iter().map(|r| (r.name.clone(), r.value)).collect()
}

/// Every kind of element, at rest and over time, by outputs, laws and measures.
#[test]
fn currents_of_elements_are_what_flows() {
    let deck = "t\nV1 a 0 SIN(0 1 1k)\nR1 a 0 500\nC1 a 0 1u\nI1 a 0 2m\nG1 a 0 a 0 1m\nB1 b 0 V=1k*i(r1)+i(c1)\nR2 b 0 1\n\
        X1 a half\n.subckt half p\nR1 p q 1k\nR2 q 0 1k\n.ends\n\
        .tran 1u 1m 0 1u\n.save i(r1) i(x1.r2) @c1[i] i(i1) i(g1)\n\
        .measure tran r FIND i(r1) AT=0.25m\n.measure tran c FIND i(c1) AT=0.5m\n.measure tran i FIND i(i1) AT=0.1m\n\
        .measure tran g FIND i(g1) AT=0.25m\n.measure tran x FIND i(x1.r2) AT=0.25m\n.measure tran b FIND v(b) AT=0.25m\n\
        .measure tran sum MAX 'abs(i(r1)+i(c1)+i(i1)+i(g1)+i(x1.r1)+i(v1))'\n";
    let found = measures(deck);
    let w = std::f64::consts::TAU * 1e3;
    let exact = [2e-3, -1e-6 * w, 2e-3, 1e-3, 0.5e-3, 2.0, 0.0];
    for (found, exact) in found.iter().zip(exact) {
        assert!((found - exact).abs() < 2e-6 + 1e-5 * exact.abs(), "{found} for {exact}");
    }
}

/// What flows into all terminals of a device is nothing altogether, charges included.
#[test]
fn currents_into_a_device_add_up_to_nothing() {
    for (card, model, names) in [
        ("Q1 c b 0 m", "npn(is=1e-15 bf=80 cje=2p cjc=1p tf=1n rb=50 rc=5)", "ic ib ie is"),
        ("Q1 c b 0 m", "pnp(is=1e-15 bf=80 cje=2p cjc=1p tf=1n re=2)", "ic ib ie is"),
        (
            "M1 c b 0 0 m w=10u l=1u",
            "nmos(vto=.5 kp=1m cgso=1n cgdo=1n tox=20n rd=5)",
            "id ig is ib",
        ),
        ("J1 c b 0 m", "njf(beta=1m cgs=2p cgd=1p rs=3)", "id ig is"),
    ] {
        let name = card.split(' ').next().unwrap().to_lowercase();
        let terms: Vec<String> = names.split(' ').map(|n| format!("{n}({name})")).collect();
        let sum = terms.join("+");
        let deck = format!(
            "t\nV1 d 0 2\nR1 d c 1k\nV2 s 0 SIN(0.3 0.9 10meg)\nR2 s b 100\n{card}\n.model m {model}\n.tran 1n 200n\n\
             .measure tran sum PP '{sum}'\n.measure tran first PP '{}'\n.measure tran second PP '{}'\n\
             .measure tran other PP '{}-i(r1)'\n.measure tran base PP '{}-i(r2)'\n",
            terms[0], terms[1], terms[0], terms[1]
        );
        let [sum, first, second, other, base] = measures(&deck)[..] else { panic!() };
        assert!(first > 1e-6 && second > 1e-6, "{card}: {first} {second}");
        for zero in [sum, other, base] {
            assert!(zero < 1e-7 * first, "{card}: {zero} of {first}");
        }
    }
}

/// The same numbers whether a source measures or not, and under the names asked for.
#[test]
fn measuring_changes_nothing() {
    let base = "t\nV1 c 0 3 AC 1\nV2 b 0 0.7\nQ1 c b e n\nR1 e 0 10\nD1 b e d\n.model n npn(is=1e-15 bf=100 rc=1)\n.model d d(is=1e-15)\n.op\n";
    let plain = readings(base);
    let measured = readings(&format!("{base}.save ic(q1) i(d1) i(r1) i(q1)\n"));
    for (name, value) in plain {
        let found = measured.iter().find(|(other, _)| *other == name).unwrap().1;
        assert!((found - value).abs() < 1e-12, "{name}: {found} for {value}");
    }
    let of = |name: &str| measured.iter().find(|(other, _)| other == name).unwrap().1;
    assert!((of("ic(q1)") + of("i(v1)")).abs() < 1e-12);
    assert!((of("i(r1)") * 10.0 - of("v(e)")).abs() < 1e-12);
    // Small signals, noise and sweeps know them as well.
    let deck = base.replace(".op", ".ac lin 1 1k 1k\n.dc V2 0.6 0.8 0.1\n.measure ac a FIND 'mag(ic(q1)+i(v1))' AT=1k\n.measure dc d FIND ic(q1) AT=0.7\n.measure dc e FIND '-i(v1)' AT=0.7");
    let [a, d, e] = measures(&deck)[..] else { panic!() };
    assert!(a < 1e-12 && (d - e).abs() < 1e-12, "{a} {d} {e}");
    // Over temperatures the circuit is elaborated anew.
    let deck = base.replace(
        ".op",
        ".dc temp 0 50 25\n.measure dc d FIND i(d1) AT=25\n.measure dc t FIND ic(q1) AT=25",
    );
    assert!(measures(&deck).iter().all(|i| *i > 0.0));
}

/// A transient from initial conditions starts from the same charges.
#[test]
fn measuring_changes_no_initial_condition() {
    let deck = |more: &str| {
        format!(
            "t\nC1 a 0 1u\nR1 a 0 1k\nC2 b a 1u\nR2 b 0 2k\nD1 b 0 d\n.model d d(cjo=10n)\n.ic v(a)=1 v(b)=-2\n.tran 10u 1m uic\n.measure tran a FIND v(a) AT=0.2m\n.measure tran b FIND v(b) AT=0.5m\n{more}"
        )
    };
    for more in [".save v(a) i(c1) i(c2) i(d1)\n", "B1 c 0 V=i(c1)+i(c2)+i(d1)\nR3 c 0 1\n"] {
        let (plain, measured) = (measures(&deck("")), measures(&deck(more)));
        for (x, y) in plain.iter().zip(&measured) {
            assert!((x - y).abs() < 2e-4, "{more}: {x} and {y}");
        }
    }
}

#[test]
fn ngspice_finds_the_same() {
    if !common::has_ngspice() {
        return;
    }
    let cards = "signs\nV1 c 0 3\nV2 b 0 0.7\nQ1 c b 0 n\n.model n npn(is=1e-15 bf=100)\nQ2 d e 0 p\nV3 d 0 -3\nV4 e 0 -0.7\n\
        .model p pnp(is=1e-15 bf=100)\nM1 c b 0 0 mn\n.model mn nmos(vto=0.5 kp=1m)\nD1 b 0 dd\n.model dd d(is=1e-15)\n\
        J1 c 0 0 jn\n.model jn njf\nR1 c 0 1k\n";
    let outputs = "@q1[ic] @q1[ib] @q2[ic] @q2[ib] @m1[id] @d1[id] @j1[id] @r1[i]";
    let deck = format!("{cards}.save {outputs}\n.op\n.end\n");
    let plots = common::ngspice(&deck);
    let RawData::Real(columns) = &plots[0].data else { panic!() };
    let ours = readings(&deck);
    for (theirs, name) in [
        ("@q1[ic]", "ic(q1)"),
        ("@q1[ib]", "ib(q1)"),
        ("@q2[ic]", "ic(q2)"),
        ("@q2[ib]", "ib(q2)"),
        ("@m1[id]", "id(m1)"),
        ("@d1[id]", "i(d1)"),
        ("@j1[id]", "id(j1)"),
        ("@r1[i]", "i(r1)"),
    ] {
        let at = plots[0].variables.iter().position(|v| v.name.contains(theirs));
        let at = at.unwrap_or_else(|| panic!("no {theirs} in {:?}", plots[0].variables));
        let mine = ours.iter().find(|(other, _)| other == name).unwrap().1;
        let other = columns[at][0];
        assert!((mine - other).abs() < 1e-5 * other.abs(), "{name}: {mine} for {other}");
    }
}
