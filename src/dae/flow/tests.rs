//! The derivatives against central differences, algebraic loops against a
//! solution by hand.

use proptest::prelude::*;
use sprs::{CsMat, TriMat};

use super::*;
use crate::{
    dae::{LureParts, Phi, PhiBlock},
    expr::{Binary, Tape, Tree, Unary},
};

const STATES: usize = 3;
const INPUTS: usize = 2;
const OUTPUTS: usize = 2;
/// Two laws: tanh(z1) and z2 sin(z3).
const CONTROLS: usize = 3;

/// How the nonlinearities feed each other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Feed {
    None,
    Chain,
    Loop,
}

fn law(tree: Tree, leaves: usize) -> Phi {
    Phi { tape: Tape::new(&tree, leaves), tree }
}

fn matrix(rows: usize, columns: usize, next: &mut dyn FnMut() -> f64) -> CsMat<f64> {
    let mut entries = TriMat::new((rows, columns));
    for place in 0..rows * columns {
        entries.add_triplet(place / columns, place % columns, next());
    }
    entries.to_csr()
}

fn normal_form(feed: Feed, numbers: &[f64]) -> Lure {
    let mut numbers = numbers.iter().copied().cycle();
    let mut next = || numbers.next().unwrap();
    let (rows, columns) = ([STATES, CONTROLS, OUTPUTS], [STATES, 2, INPUTS]);
    let mut matrices: [CsMat<f64>; 9] =
        std::array::from_fn(|at| matrix(rows[at / 3], columns[at % 3], &mut next));
    let mut d = TriMat::new((CONTROLS, 2));
    if feed != Feed::None {
        d.add_triplet(2, 0, 0.7);
    }
    if feed == Feed::Loop {
        d.add_triplet(0, 1, -0.4);
    }
    matrices[Coefficient::D as usize] = d.to_csr();
    let sine = Tree::Unary(Unary::Sin, Box::new(Tree::Leaf(1)));
    let product = Tree::Binary(Binary::Mul, Box::new(Tree::Leaf(0)), Box::new(sine));
    let tanh = Tree::Unary(Unary::Tanh, Box::new(Tree::Leaf(0)));
    let names = |letter: &str, count| (1..=count).map(|k| format!("{letter}{k}")).collect();
    Lure::new(LureParts {
        states: vec!["v(out)".into(), "i(l1)".into(), "h1".into()],
        inputs: names("u", INPUTS),
        outputs: names("y", OUTPUTS),
        phi: vec![
            PhiBlock { name: "b1".into(), controls: 0..1, law: law(tanh, 1) },
            PhiBlock { name: "b2".into(), controls: 1..3, law: law(product, 2) },
        ],
        matrices,
        constants: rows.map(|count| (0..count).map(|_| next()).collect()),
    })
    .unwrap()
}

/// d function / d argument by central differences.
fn differences(at: &[f64], rows: usize, function: &dyn Fn(&[f64], &mut [f64])) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows, at.len());
    for column in 0..at.len() {
        let mut ends = [vec![0.0; rows], vec![0.0; rows]];
        for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
            let mut moved = at.to_vec();
            moved[column] += sign * 1e-5;
            function(&moved, end);
        }
        for row in 0..rows {
            matrix[(row, column)] = (ends[0][row] - ends[1][row]) / 2e-5;
        }
    }
    matrix
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn derivatives_are_those_of_the_values(
        numbers in prop::collection::vec(-1.0..1.0, 61),
        x in prop::collection::vec(-1.0..1.0, STATES),
        u in prop::collection::vec(-1.0..1.0, INPUTS),
    ) {
        for feed in [Feed::None, Feed::Chain, Feed::Loop] {
            let flow = Flow::new(normal_form(feed, &numbers));
            let rate = |x: &[f64], u: &[f64], out: &mut [f64]| flow.evolve(x, u, out).unwrap();
            let read = |x: &[f64], u: &[f64], y: &mut [f64]| flow.output(x, u, y).unwrap();
            let mut found = DMatrix::zeros(STATES, STATES);
            flow.jacobian(&x, &u, &mut found).unwrap();
            let (c, d) = flow.output_jacobians(&x, &u).unwrap();
            let pairs = [
                (found, differences(&x, STATES, &|x, out| rate(x, &u, out))),
                (flow.input_jacobian(&x, &u).unwrap(),
                    differences(&u, STATES, &|u, out| rate(&x, u, out))),
                (c, differences(&x, OUTPUTS, &|x, y| read(x, &u, y))),
                (d, differences(&u, OUTPUTS, &|u, y| read(&x, u, y))),
            ];
            for (found, expected) in pairs {
                let scale = 1.0 + expected.amax();
                prop_assert!((&found - &expected).amax() <= 1e-7 * scale, "{feed:?} {found} {expected}");
            }
        }
    }
}

#[test]
fn names_say_what_a_state_measures() {
    let flow = Flow::new(normal_form(Feed::None, &[0.5]));
    let quantities: Vec<Quantity> = flow.states().iter().map(|state| state.quantity).collect();
    assert_eq!(quantities, [Quantity::Voltage, Quantity::Current, Quantity::Pure]);
    assert_eq!(Quantity::of_name("vé"), Quantity::Pure);
}

/// dx/dt = phi(z), z = x + k phi(z) with phi = tanh: k = 0.5 has one solution,
/// and at k = 2 the loop has several.
fn looped(k: f64) -> Flow {
    let one = |value: f64| {
        let mut entries = TriMat::new((1, 1));
        entries.add_triplet(0, 0, value);
        entries.to_csr()
    };
    let tree = Tree::Unary(Unary::Tanh, Box::new(Tree::Leaf(0)));
    let matrices = [one(0.0), one(1.0), CsMat::zero((1, 0)), one(1.0), one(k), CsMat::zero((1, 0))];
    let none = || CsMat::zero((0, 1));
    let [a, b, e, c, d, f] = matrices;
    Flow::new(
        Lure::new(LureParts {
            states: vec!["x".into()],
            inputs: vec![],
            outputs: vec![],
            phi: vec![PhiBlock { name: "b7".into(), controls: 0..1, law: law(tree, 1) }],
            matrices: [a, b, e, c, d, f, none(), none(), CsMat::zero((0, 0))],
            constants: [vec![0.0], vec![0.0], vec![]],
        })
        .unwrap(),
    )
}

#[test]
fn an_algebraic_loop_is_solved_and_its_value_has_no_memory() {
    let flow = looped(0.5);
    let mut rate = [0.0];
    flow.evolve(&[0.3], &[], &mut rate).unwrap();
    // rate = tanh(0.3 + rate / 2)
    assert!((rate[0] - (0.3 + 0.5 * rate[0]).tanh()).abs() < 1e-15);
    assert!(rate[0] > 0.4);
    let before = rate[0];
    flow.evolve(&[5.0], &[], &mut rate).unwrap();
    flow.evolve(&[0.3], &[], &mut rate).unwrap();
    assert_eq!(rate[0].to_bits(), before.to_bits());
    assert!(!flow.is_odd(), "a loop may have other solutions");
}

#[test]
fn a_loop_without_a_solution_names_its_law() {
    // z = x + tanh(z) is singular at x = 0, where the search starts.
    let flow = looped(1.0);
    let fault = flow.evolve(&[0.0], &[], &mut [0.0]).unwrap_err();
    assert_eq!(fault, SystemError::AlgebraicLoop { block: "b7".into() });
}
