//! Laws that hold for every circuit.
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
    circuit::{Circuit, Control},
    dae::{Dae, Drive, Eval},
    mna::{Mna, Sources, initial_charges, reduce},
    solve::{Method, SolveError, Start, TransientOptions, reduced::Field, transient},
};
use common::{
    circuits::{KINDS, LINEAR, NODES, PASSIVE, Spec, deck, grounded, lines, specs},
    nets::Random,
    solving::{names, op},
};
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

/// Random values for the unknowns of a system.
fn random_point(system: &impl Dae, seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    (0..system.unknowns().len()).map(|_| random.next()).collect()
}

fn residual(system: &Mna, x: &[f64], u: &[f64]) -> Eval {
    let mut eval = Eval::for_system(system);
    system.residual(x, u, 0.3, &mut eval);
    eval
}

fn inputs(circuit: &Circuit, time: f64) -> Vec<f64> {
    let drive = Sources::all(circuit);
    let mut u = vec![0.0; Mna::compile(circuit).inputs().len()];
    drive.values(time, &mut u);
    u
}

/// Whether a field could be evaluated. About one in a thousand random circuits has a loop of
/// nonlinear sources that Newton's method does not solve at a random state, and says so.
fn solves(result: Result<(), SolveError>) -> bool {
    match result {
        Ok(()) => true,
        Err(SolveError::AlgebraicLoop { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(config())]

    /// Nothing but one resistor touches ground: what leaves all nodes together is what
    /// flows through it, and only differences of voltages matter to all the rest.
    #[test]
    fn currents_and_charges_obey_kirchhoff(specs in specs(KINDS, 1..12), seed in any::<u64>()) {
        let mut base = vec!["Rg n0 0 0.5".to_owned()];
        base.extend((1..NODES).map(|k| format!("Rt{k} n{} n{k} 1", k - 1)));
        // The only law that reads voltages against ground.
        let floating: Vec<Spec> = specs.into_iter().filter(|s| !matches!(s.0, 7 | 11 | 12)).collect();
        let circuit = common::circuit(&deck(&lines(&base, &floating)));
        let (mna, u) = (Mna::compile(&circuit), inputs(&circuit, 0.2));
        let x = random_point(&mna, seed);
        let nodes = circuit.parts().nodes.len() - 1;
        let at = residual(&mna, &x, &u);
        let ground = x[circuit.node("n0").unwrap().unknown().unwrap()] / 0.5;
        prop_assert!((at.f[..nodes].iter().sum::<f64>() - ground).abs() < 1e-12);
        prop_assert!(at.q[..nodes].iter().sum::<f64>().abs() < 1e-12);
        let shifted: Vec<f64> = x.iter().enumerate().map(|(k, v)| if k < nodes { v + 3.0 } else { *v }).collect();
        let moved = residual(&mna, &shifted, &u);
        for row in 0..x.len() {
            let expected = if circuit.node("n0").unwrap().unknown() == Some(row) { 6.0 } else { 0.0 };
            prop_assert!((moved.f[row] - at.f[row] - expected).abs() < 1e-11, "row {row}");
            prop_assert!((moved.q[row] - at.q[row]).abs() < 1e-11, "row {row}");
        }
    }

    /// Every derivative is that of the function.
    #[test]
    fn jacobians_are_derivatives(specs in specs(KINDS, 1..14), seed in any::<u64>()) {
        let circuit = common::circuit(&deck(&lines(&grounded(), &specs)));
        let (mna, u) = (Mna::compile(&circuit), inputs(&circuit, 0.2));
        let x = random_point(&mna, seed);
        let mut eval = Eval::for_system(&mna);
        mna.jacobian(&x, &u, 0.3, &mut eval);
        let h = 1e-5;
        for column in 0..x.len() {
            let [ahead, behind] = [h, -h].map(|change| {
                let mut moved = x.clone();
                moved[column] += change;
                residual(&mna, &moved, &u)
            });
            for row in 0..x.len() {
                let place = mna.pattern().position(row, column);
                let (df, dq) = place.map_or((0.0, 0.0), |p| (eval.df[p], eval.dq[p]));
                let f = (ahead.f[row] - behind.f[row]) / (2.0 * h);
                let q = (ahead.q[row] - behind.q[row]) / (2.0 * h);
                prop_assert!((df - f).abs() < 1e-8 * (1.0 + f.abs()), "df[{row},{column}]: {df} {f}");
                prop_assert!((dq - q).abs() < 1e-8, "dq[{row},{column}]: {dq} {q}");
            }
        }
    }

    /// The normal form and the circuit's equations are the same statement: with the
    /// derivatives of the one all currents of the other balance, at any state.
    #[test]
    fn the_normal_form_says_what_the_equations_say(specs in specs(KINDS, 1..14), seed in any::<u64>()) {
        let mut base = grounded();
        base.extend(["Ca n0 0 0.3", "Cb 0 n1 0.2", "Cc n1 0 0.4", "Ba n2 0 I={0.3*tanh(v(n2))}", ".save all"].map(str::to_owned));
        let circuit = common::circuit(&deck(&lines(&base, &specs)));
        let (mna, reduction) = (Mna::compile(&circuit), reduce(&circuit).unwrap());
        let drive = Sources::varying(&circuit);
        let mut field = Field::new(&reduction.lure, &drive);
        let mut random = Random(seed);
        let states: Vec<f64> = reduction.states.iter().map(|_| random.next()).collect();
        let (mut dx, mut x) = (vec![0.0; states.len()], vec![0.0; mna.unknowns().len()]);
        prop_assume!(solves(field.derivative(0.2, &states, &mut dx)));
        field.output(0.2, &states, &mut x).unwrap();
        prop_assert_eq!(&names(&mna), &reduction.lure.parts().outputs);
        // What the capacitors take in and what the inductors resist.
        let mut rate = vec![0.0; x.len()];
        let equations = circuit.equations();
        for (state, dx) in reduction.states.iter().zip(&dx) {
            if state.is_capacitor {
                for (row, sign) in equations.control(Control::Voltage(state.nodes[0], state.nodes[1])) {
                    rate[row] += sign * state.storage * dx;
                }
            } else {
                rate[equations.branch(state.elements[0]).unwrap()] = -state.storage * dx;
            }
        }
        let at = residual(&mna, &x, &inputs(&circuit, 0.2));
        for (row, rate) in rate.iter().enumerate() {
            let sum = at.f[row] + rate;
            prop_assert!(sum.abs() < 1e-9, "{}: {sum:e}", mna.unknowns()[row].name);
        }
        for (state, value) in reduction.states.iter().zip(&states) {
            let control = if state.is_capacitor {
                Control::Voltage(state.nodes[0], state.nodes[1])
            } else {
                Control::Current(state.elements[0])
            };
            let read: f64 = equations.control(control).iter().map(|(u, sign)| sign * x[*u]).sum();
            prop_assert!((read - value).abs() < 1e-10);
        }
    }

    /// The derivative of the normal form, by central differences.
    #[test]
    fn the_jacobian_of_the_normal_form_is_its_derivative(specs in specs(KINDS, 1..14), seed in any::<u64>()) {
        let mut base = grounded();
        base.extend(["Ca n0 0 0.3", "Cb 0 n1 0.2", "Ba n2 0 I={0.3*tanh(v(n2))}"].map(str::to_owned));
        let circuit = common::circuit(&deck(&lines(&base, &specs)));
        let reduction = reduce(&circuit).unwrap();
        let drive = Sources::varying(&circuit);
        let mut field = Field::new(&reduction.lure, &drive);
        let mut random = Random(seed);
        let states: Vec<f64> = reduction.states.iter().map(|_| random.next()).collect();
        prop_assume!(solves(field.derivative(0.2, &states, &mut vec![0.0; states.len()])));
        let jacobian = field.jacobian(0.2, &states).unwrap();
        let h = 1e-5;
        for column in 0..states.len() {
            let [ahead, behind] = [h, -h].map(|change| {
                let (mut moved, mut dx) = (states.clone(), vec![0.0; states.len()]);
                moved[column] += change;
                field.derivative(0.2, &moved, &mut dx).unwrap();
                dx
            });
            for row in 0..states.len() {
                let slope = (ahead[row] - behind[row]) / (2.0 * h);
                let found = jacobian[(row, column)];
                prop_assert!((found - slope).abs() < 1e-7 * (1.0 + slope.abs()), "{row},{column}: {found} {slope}");
            }
        }
    }
}

/// The course of all node voltages `n..` in fixed steps, from rest or from `ic=`.
fn course(deck: &str) -> Vec<Vec<f64>> {
    let (rows, end) = course_to_its_end(deck);
    end.unwrap();
    rows
}

/// The same, and why it ended before its time: laws that feed each other may lead to a
/// point from which no solution goes on.
fn course_to_its_end(deck: &str) -> (Vec<Vec<f64>>, Result<(), SolveError>) {
    let circuit = common::circuit(deck);
    let mna = Mna::compile(&circuit);
    let mut options = TransientOptions { max_step: 0.05, ..TransientOptions::until(2.0) };
    // Newton's method is what these tolerances are for; no step is checked but by them.
    (options.reltol, options.vntol, options.abstol) = (1e-9, 1e3, 1e-9);
    options.method = Method::Trapezoidal;
    let places: Vec<usize> =
        (0..NODES).map(|k| circuit.node(&format!("n{k}")).unwrap().unknown().unwrap()).collect();
    let mut rows = Vec::new();
    let start = Start::Charges(initial_charges(&circuit));
    let end = transient(&mna, &Sources::all(&circuit), &start, &options, &mut |time, x| {
        rows.push(std::iter::once(time).chain(places.iter().map(|&p| x[p])).collect());
        ControlFlow::Continue(())
    });
    (rows, end.map(|_| ()))
}

fn op_nodes(lines: &[String]) -> Vec<f64> {
    let (_, waves) = op(&deck(lines)).unwrap();
    (0..NODES).map(|k| waves.last(&format!("v(n{k})"))).collect()
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() <= tolerance)
}

proptest! {
    #![proptest_config(config())]

    /// The order of the cards and the names of inner nodes mean nothing.
    #[test]
    fn order_and_names_change_nothing(specs in specs(KINDS, 1..14), seed in any::<u64>()) {
        let mut base = grounded();
        base.extend(["Ca n0 0 0.3", "Cb 0 n1 0.2"].map(str::to_owned));
        let plain = lines(&base, &specs);
        let mut shuffled: Vec<String> = plain
            .iter()
            .flat_map(|card| card.lines())
            .map(|card| card.replace(" m", " other_m").replace(" p", " another_p"))
            .collect();
        let mut random = Random(seed);
        for k in (1..shuffled.len()).rev() {
            let other = ((random.next() + 1.0) * 0.5 * (k + 1) as f64) as usize;
            shuffled.swap(k, other);
        }
        prop_assert!(close(&op_nodes(&plain), &op_nodes(&shuffled), 1e-10));
        let [(a, end), (b, other)] =
            [course_to_its_end(&deck(&plain)), course_to_its_end(&deck(&shuffled))];
        prop_assert_eq!(end.is_ok(), other.is_ok(), "{:?} {:?}", end, other);
        if end.is_ok() {
            prop_assert_eq!(a.len(), b.len());
        }
        // On the way to where there is no solution the courses are the same.
        let last = if end.is_ok() { f64::INFINITY } else { 0.9 * a[a.len() - 1][0] };
        let pairs = a.iter().zip(&b).take_while(|(a, _)| a[0] <= last);
        prop_assert!(pairs.into_iter().all(|(a, b)| close(a, b, 1e-7)));
    }

    /// Linear circuits answer to two sources as to each of them, added up.
    #[test]
    fn answers_of_linear_circuits_add_up(specs in specs(8, 1..12), i in 0..NODES, j in 0..NODES) {
        let fed = |a: f64, b: f64| {
            let mut base = grounded();
            base.extend([format!("Ia 0 n{i} {a}"), format!("Ib n{j} n0 {b}")]);
            op_nodes(&lines(&base, &specs))
        };
        let (a, b, both, none) = (fed(1.0, 0.0), fed(0.0, 2.0), fed(1.0, 2.0), fed(0.0, 0.0));
        // Affine laws have no constants here.
        prop_assert!(close(&none, &[0.0; NODES], 1e-15));
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        prop_assert!(close(&both, &sum, 1e-11));
    }

    /// Circuits of resistors, capacitors and inductors answer from i to j as from j to i.
    #[test]
    fn passive_circuits_are_reciprocal(specs in specs(PASSIVE, 1..12), i in 0..NODES, j in 0..NODES) {
        let mut base = grounded();
        base.push("Ca n0 0 0.3".to_owned());
        let answer = |from: usize, to: usize| -> Vec<f64> {
            let mut cards = lines(&base, &specs);
            cards.push(format!("Iin 0 n{from} PWL(0 0 0.1 1 0.7 1 0.9 -1)"));
            course(&deck(&cards)).iter().map(|row| row[1 + to]).collect()
        };
        // The steps of the two runs differ: compare at the end.
        let (there, back) = (answer(i, j), answer(j, i));
        prop_assert!((there.last().unwrap() - back.last().unwrap()).abs() < 1e-9);
    }

    /// Two halves are one whole.
    #[test]
    fn elements_may_be_split(specs in specs(LINEAR, 1..10), part in 0..SPLITS.len()) {
        let (whole, split) = courses_of_split(&specs, part);
        prop_assert!(same_course(&whole, &split), "{whole:?} {split:?}");
    }
}

/// A part of a circuit, and two parts that do the same.
const SPLITS: [(&str, &str); 6] = [
    ("Ca n0 0 0.3 ic=0.5", "Ca n0 0 0.1 ic=0.5\nCaa 0 n0 0.2 ic=-0.5"),
    ("Ca n0 0 0.3 ic=0.5", "Ca n0 mid 0.6 ic=0.25\nCaa mid 0 0.6 ic=0.25"),
    ("La n1 n2 0.2 ic=0.1", "La n1 mid 0.15 ic=0.1\nLaa n2 mid 0.05 ic=-0.1"),
    ("La n1 n2 0.2 ic=0.1", "La n1 n2 0.4 ic=0.05\nLaa n2 n1 0.4 ic=-0.05"),
    ("Ra n2 n3 0.6", "Ra n2 mid 0.2\nRaa mid n3 0.4"),
    ("Ra n2 n3 0.6", "Ra n2 n3 0.9\nRaa n2 n3 1.8"),
];

/// What a circuit does with one of its parts whole and split.
fn courses_of_split(specs: &[Spec], part: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut base = grounded();
    base.extend(["Ca n0 0 0.3 ic=0.5", "La n1 n2 0.2 ic=0.1", "Ra n2 n3 0.6"].map(str::to_owned));
    let whole = lines(&base, specs);
    let (from, to) = SPLITS[part];
    let mut split = whole.clone();
    let at = split.iter().position(|card| card == from).unwrap();
    to.clone_into(&mut split[at]);
    (course(&deck(&whole)), course(&deck(&split)))
}

/// The first row stands at the end of a step of about 1e-7, in which the rounding of a
/// charge is a current of 1e-9: nothing that the steps after it know of.
fn same_course(a: &[Vec<f64>], b: &[Vec<f64>]) -> bool {
    let tolerance = |row: usize| if row == 0 { 1e-7 } else { 1e-12 };
    a.len() == b.len() && (0..a.len()).all(|row| close(&a[row], &b[row], tolerance(row)))
}

/// A circuit in which the first row differs by 5e-9 with the capacitor split in series.
#[test]
fn a_split_capacitor_among_controlled_sources() {
    let specs = [
        (6, [1, 0, 2, 2], 0.05),
        (2, [2, 3, 0, 0], 0.05),
        (8, [3, 2, 0, 0], 0.05),
        (1, [3, 0, 0, 0], 0.05),
    ];
    let (whole, split) = courses_of_split(&specs, 1);
    assert!(same_course(&whole, &split));
}

/// The kinds of random elements are all kinds there are.
#[test]
fn random_circuits_have_every_kind() {
    let all: Vec<Spec> = (0..KINDS).map(|kind| (kind, [0, 1, 2, 3], 0.2)).collect();
    let circuit = common::circuit(&deck(&lines(&grounded(), &all)));
    let mut seen = std::collections::BTreeSet::new();
    for element in circuit.elements() {
        seen.insert(format!("{:?}", element.kind).split([' ', '{']).next().unwrap().to_owned());
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
}
