#![expect(clippy::float_cmp, reason = "a tape and its tree agree bit for bit")]
#![expect(clippy::unnecessary_box_returns, reason = "operands of a tree are boxed")]

use super::*;
use proptest::prelude::*;

const LEAVES: usize = 3;

/// The definition, without a tape.
fn naive(tree: &Tree, leaves: &[f64]) -> f64 {
    match tree {
        Tree::Constant(value) => *value,
        Tree::Leaf(leaf) => leaves[*leaf],
        Tree::Unary(op, x) => op.value(naive(x, leaves)),
        Tree::Binary(op, a, b) => op.value(naive(a, leaves), naive(b, leaves)),
        Tree::Select(c, a, b) => match naive(c, leaves) {
            c if c.is_nan() => f64::NAN,
            0.0 => naive(b, leaves),
            _ => naive(a, leaves),
        },
    }
}

const UNARY: [Unary; 25] = [
    Unary::Neg,
    Unary::Not,
    Unary::Abs,
    Unary::Sqrt,
    Unary::Exp,
    Unary::Ln,
    Unary::Log10,
    Unary::Sin,
    Unary::Cos,
    Unary::Tan,
    Unary::Asin,
    Unary::Acos,
    Unary::Atan,
    Unary::Sinh,
    Unary::Cosh,
    Unary::Tanh,
    Unary::Asinh,
    Unary::Acosh,
    Unary::Atanh,
    Unary::Sgn,
    Unary::Step,
    Unary::Ramp,
    Unary::Floor,
    Unary::Ceil,
    Unary::Nint,
];

const BINARY: [Binary; 17] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Pow,
    Binary::Pwr,
    Binary::Min,
    Binary::Max,
    Binary::Atan2,
    Binary::Lt,
    Binary::Le,
    Binary::Gt,
    Binary::Ge,
    Binary::Eq,
    Binary::Ne,
    Binary::And,
    Binary::Or,
];

fn any_tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (-3.0..3.0).prop_map(Tree::Constant),
        Just(Tree::Constant(0.0)),
        (0..LEAVES).prop_map(Tree::Leaf),
        (0..LEAVES).prop_map(Tree::Leaf),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let inner = inner.prop_map(Box::new);
        prop_oneof![
            (0..UNARY.len(), inner.clone()).prop_map(|(op, x)| Tree::Unary(UNARY[op], x)),
            (0..BINARY.len(), inner.clone(), inner.clone())
                .prop_map(|(op, a, b)| Tree::Binary(BINARY[op], a, b)),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| Tree::Select(c, a, b)),
        ]
    })
}

/// True where every step of the evaluation and its derivatives are finite: the
/// chain rule holds among finite numbers only.
fn finite_inside(tree: &Tree, leaves: &[f64]) -> bool {
    let inside = |tree: &Tree| finite_inside(tree, leaves);
    let operands = match tree {
        Tree::Constant(_) | Tree::Leaf(_) => true,
        Tree::Unary(op, x) => inside(x) && op.derivative(naive(x, leaves)).is_finite(),
        Tree::Binary(op, a, b) => {
            let (by_a, by_b) = op.derivative(naive(a, leaves), naive(b, leaves));
            inside(a) && inside(b) && by_a.is_finite() && by_b.is_finite()
        }
        Tree::Select(c, a, b) => inside(c) && inside(a) && inside(b),
    };
    operands && naive(tree, leaves).abs() < 1e6
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Central difference, where two step sizes and both sides agree that the
/// function is smooth there.
fn smooth_slope(f: impl Fn(f64) -> f64, x: f64) -> Option<f64> {
    let slope = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    let (coarse, fine) = (slope(1e-4), slope(1e-5));
    let (left, right) = ((f(x) - f(x - 1e-5)) / 1e-5, (f(x + 1e-5) - f(x)) / 1e-5);
    let scale = 1.0 + fine.abs();
    let smooth = (coarse - fine).abs() < 1e-5 * scale
        && (left - right).abs() < 1e-2 * scale
        && f(x).abs() < 1e3;
    smooth.then_some(fine)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn tape_is_the_tree(tree in any_tree(), x in prop::array::uniform3(-3.0..3.0)) {
        let tape = Tape::new(&tree, LEAVES);
        let mut scratch = Scratch::default();
        let value = naive(&tree, &x);
        prop_assert!(same(tape.eval(&x, &mut scratch), value));
        let folded = Tape::new(&tree.fold_constants(), LEAVES);
        prop_assert!(same(folded.eval(&x, &mut scratch), value));
    }

    /// As one point after the other, whatever their number; tanh within its last bits.
    #[test]
    fn points_side_by_side_are_points(
        tree in any_tree(),
        x in prop::collection::vec(-3.0..3.0, 1..140 * LEAVES),
    ) {
        let tape = Tape::new(&tree, LEAVES);
        let mut scratch = Scratch::default();
        let x = &x[..x.len() - x.len() % LEAVES];
        let mut values = vec![f64::NAN; x.len() / LEAVES];
        tape.eval_each(x, &mut values, &mut scratch);
        if !tape.steps.iter().any(|step| matches!(step, Step::Unary(Unary::Tanh, _))) {
            for (value, x) in values.iter().zip(x.chunks(LEAVES)) {
                prop_assert!(same(*value, naive(&tree, x)));
            }
        }
        let tanh = Tape::new(&Tree::Unary(Unary::Tanh, Box::new(Tree::Leaf(1))), LEAVES);
        tanh.eval_each(x, &mut values, &mut scratch);
        for (value, x) in values.iter().zip(x.chunks(LEAVES)) {
            prop_assert!((value - x[1].tanh()).abs() <= 4.0 * f64::EPSILON * x[1].abs());
        }
    }

    #[test]
    fn gradient_is_the_difference_quotient(
        tree in any_tree(),
        x in prop::array::uniform3(-3.0..3.0),
    ) {
        let tape = Tape::new(&tree, LEAVES);
        let mut scratch = Scratch::default();
        let mut gradient = [f64::NAN; LEAVES];
        let value = tape.eval_with_gradient(&x, &mut gradient, &mut scratch);
        prop_assert!(same(value, naive(&tree, &x)));
        for leaf in 0..LEAVES {
            let along = |t: f64| {
                let mut x = x;
                x[leaf] = t;
                naive(&tree, &x)
            };
            if !finite_inside(&tree, &x) {
                continue;
            }
            if let Some(slope) = smooth_slope(along, x[leaf]) {
                let error = (gradient[leaf] - slope).abs();
                prop_assert!(
                    error < 1e-3 * (1.0 + slope.abs()),
                    "leaf {leaf}: {} against {slope} of {tree:?}", gradient[leaf]
                );
            }
            if !tree.depends_on(leaf) {
                prop_assert_eq!(gradient[leaf], 0.0);
            }
        }
    }

    /// An affine form is the function itself, everywhere.
    #[test]
    fn affine_forms_are_exact(tree in any_tree(), x in prop::array::uniform3(-3.0..3.0)) {
        if let Some((coefficients, constant)) = tree.affine(LEAVES) {
            let sum: f64 = coefficients.iter().zip(&x).map(|(c, x)| c * x).sum();
            let value = naive(&tree, &x);
            let scale: f64 = coefficients.iter().map(|c| 3.0 * c.abs()).sum();
            prop_assert!((sum + constant - value).abs() <= 1e-9 * (1.0 + scale + constant.abs()));
        }
    }

    #[test]
    fn renumbering_permutes_the_variables(tree in any_tree(), x in prop::array::uniform3(-3.0..3.0)) {
        let moved = tree.map_leaves(|leaf| (leaf + 1) % LEAVES);
        prop_assert!(same(naive(&moved, &[x[2], x[0], x[1]]), naive(&tree, &x)));
    }
}

/// Each operator alone, so that none hides among random trees.
#[test]
fn every_derivative_is_a_difference_quotient() {
    let points = [-2.3, -0.71, -0.2, 0.37, 0.83, 1.7, 2.6];
    for op in UNARY {
        let mut checked = 0;
        for x in points {
            if let Some(slope) = smooth_slope(|x| op.value(x), x) {
                checked += 1;
                assert!(
                    (op.derivative(x) - slope).abs() < 1e-6 * (1.0 + slope.abs()),
                    "{op:?} at {x}"
                );
            }
        }
        assert!(checked >= 2, "{op:?}");
    }
    for op in BINARY {
        let mut checked = 0;
        for (a, b) in points.iter().flat_map(|&a| points.map(|b| (a, b + 0.05))) {
            let (by_a, by_b) = op.derivative(a, b);
            let slopes = (smooth_slope(|a| op.value(a, b), a), smooth_slope(|b| op.value(a, b), b));
            if let (Some(slope_a), Some(slope_b)) = slopes {
                checked += 1;
                assert!(
                    (by_a - slope_a).abs() < 1e-5 * (1.0 + slope_a.abs()),
                    "{op:?} at {a}, {b}"
                );
                assert!(
                    (by_b - slope_b).abs() < 1e-5 * (1.0 + slope_b.abs()),
                    "{op:?} at {a}, {b}"
                );
            }
        }
        assert!(checked >= 20, "{op:?}");
    }
}

fn leaf() -> Box<Tree> {
    Box::new(Tree::Leaf(0))
}

fn constant(value: f64) -> Box<Tree> {
    Box::new(Tree::Constant(value))
}

fn slope_at(tree: &Tree, x: f64) -> f64 {
    let mut gradient = [0.0];
    Tape::new(tree, 1).eval_with_gradient(&[x], &mut gradient, &mut Scratch::default());
    gradient[0]
}

#[test]
fn corners_take_the_derivative_from_the_left() {
    let binary = |op, a, b| Tree::Binary(op, a, b);
    let table = [
        (Tree::Unary(Unary::Abs, leaf()), -1.0),
        (Tree::Unary(Unary::Ramp, leaf()), 0.0),
        (Tree::Unary(Unary::Step, leaf()), 0.0),
        (Tree::Unary(Unary::Sgn, leaf()), 0.0),
        (binary(Binary::Max, leaf(), constant(0.0)), 0.0),
        (binary(Binary::Max, constant(0.0), leaf()), 0.0),
        (binary(Binary::Min, leaf(), constant(0.0)), 1.0),
        (binary(Binary::Min, constant(0.0), leaf()), 1.0),
        (binary(Binary::Min, leaf(), leaf()), 1.0),
        (binary(Binary::Max, leaf(), leaf()), 1.0),
        (binary(Binary::Pow, leaf(), constant(1.0)), -1.0),
        (binary(Binary::Pow, leaf(), constant(2.0)), 0.0),
        (binary(Binary::Pwr, leaf(), constant(1.0)), 1.0),
        (binary(Binary::Pow, leaf(), constant(0.0)), 0.0),
        (Tree::Unary(Unary::Sqrt, leaf()), f64::INFINITY),
        (binary(Binary::Atan2, leaf(), leaf()), 0.0),
    ];
    for (tree, slope) in table {
        assert_eq!(slope_at(&tree, 0.0), slope, "{tree:?}");
    }
}

/// Behavioural sources of ngspice 39 gave these.
#[test]
fn values_agree_with_ngspice() {
    let table = [
        (Binary::Pow, -2.0, 3.0, 8.0),
        (Binary::Pow, -2.0, 2.5, 5.656_854_249_492_381),
        (Binary::Pwr, -2.0, 3.0, -8.0),
        (Binary::Min, -2.0, 2.5, -2.0),
    ];
    for (op, a, b, value) in table {
        assert_eq!(op.value(a, b), value, "{op:?}");
    }
    assert_eq!(Unary::Nint.value(2.5), 2.0);
    assert_eq!(Unary::Nint.value(-3.5), -4.0);
    assert_eq!(Unary::Step.value(0.0), 0.5);
    assert_eq!(Unary::Sgn.value(-0.0), 0.0);
    assert_eq!(Unary::Floor.value(-2.5), -3.0);
}

#[test]
fn faults_stay_visible() {
    let mut scratch = Scratch::default();
    for op in BINARY {
        assert!(op.value(f64::NAN, 1.0).is_nan(), "{op:?}");
        assert!(op.value(1.0, f64::NAN).is_nan(), "{op:?}");
        assert!(op.value(0.0, f64::NAN).is_nan(), "{op:?}");
    }
    for op in UNARY {
        assert!(op.value(f64::NAN).is_nan(), "{op:?}");
    }
    let select =
        Tree::Select(Box::new(Tree::Unary(Unary::Ln, leaf())), constant(1.0), constant(2.0));
    assert!(Tape::new(&select, 1).eval(&[-1.0], &mut scratch).is_nan());
    assert_eq!(Unary::Exp.value(1000.0), f64::INFINITY);
    assert_eq!(Binary::Max.value(f64::NEG_INFINITY, f64::INFINITY), f64::INFINITY);
}

/// The derivative of a branch that is not taken does not spoil the gradient.
#[test]
fn untaken_branches_are_silent() {
    let root = Tree::Unary(Unary::Sqrt, leaf());
    let tree = Tree::Select(
        Box::new(Tree::Binary(Binary::Gt, leaf(), constant(1.0))),
        Box::new(root),
        leaf(),
    );
    assert_eq!(slope_at(&tree, 0.0), 1.0);
}

#[test]
fn affine_by_structure() {
    let x = || Box::new(Tree::Leaf(0));
    let y = || Box::new(Tree::Leaf(1));
    let binary = |op, a, b| Box::new(Tree::Binary(op, a, b));
    let tree = binary(
        Binary::Sub,
        binary(Binary::Div, binary(Binary::Mul, constant(2.0), x()), constant(3.0)),
        binary(Binary::Add, Box::new(Tree::Unary(Unary::Neg, y())), constant(5.0)),
    );
    assert_eq!(tree.affine(2), Some((vec![2.0 / 3.0, 1.0], -5.0)));
    assert_eq!(binary(Binary::Sub, x(), x()).affine(1), Some((vec![0.0], 0.0)));
    assert_eq!(Tree::Constant(4.0).affine(2), Some((vec![0.0, 0.0], 4.0)));
    assert_eq!(binary(Binary::Mul, x(), y()).affine(2), None);
    assert_eq!(binary(Binary::Div, constant(1.0), x()).affine(1), None);
    assert_eq!(binary(Binary::Div, x(), constant(0.0)).affine(1), None);
    assert_eq!(binary(Binary::Max, x(), constant(0.0)).affine(1), None);
    assert_eq!(y().affine(1), None);
}
