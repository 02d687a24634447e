//! Which activation a static nonlinearity is, and on what scales.

use crate::{dae::Phi, expr::Scratch, rnn::Activation};

/// `phi(z) = amplitude * sigma(z / scale)`, up to `error`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Identified {
    /// sigma.
    pub activation: Activation,
    /// In the unit of phi; the scale of the output.
    pub amplitude: f64,
    /// In the unit of z; the scale of the argument. 1 for `max(z, 0)`, which has none.
    pub scale: f64,
    /// Largest deviation from the form above on a grid of arguments, relative to
    /// the largest value there.
    pub error: f64,
}

/// An argument so large that every saturating activation has saturated.
const FAR: f64 = 1e6;
/// A deviation from which on a law is no activation, relative.
pub(super) const NEAR: f64 = 0.1;
/// The grid reaches this many scales to either side.
const REACH: f64 = 30.0;
/// Points of the grid to either side.
const POINTS: i32 = 400;

/// The activation nearest to `phi`; `None` where it has several controls or
/// is not near any (an error of more than 10 %).
#[must_use]
pub fn identify(phi: &Phi) -> Option<Identified> {
    nearest(phi).filter(|candidate| candidate.error < NEAR)
}

/// The activation nearest to `phi`, however far it is; `None` where it has several
/// controls or the limits and the slope of none.
pub(super) fn nearest(phi: &Phi) -> Option<Identified> {
    if phi.tape.leaves() != 1 {
        return None;
    }
    let mut scratch = Scratch::default();
    let mut at = |z: f64| phi.tape.eval(&[z], &mut scratch);
    let (zero, far) = (at(0.0), at(FAR));
    let mut gradient = [0.0];
    phi.tape.eval_with_gradient(&[0.0], &mut gradient, &mut Scratch::default());
    let slope = gradient[0];
    let candidates = Activation::ALL.into_iter().filter_map(|activation| {
        // Amplitude and scale from limits and from the slope at the origin.
        let (amplitude, scale) = match activation {
            Activation::Tanh | Activation::HardTanh => (far, far / slope),
            Activation::Logistic => (far, far / (4.0 * slope)),
            Activation::Relu => (far / FAR, 1.0),
            Activation::Softplus => {
                let amplitude = zero / std::f64::consts::LN_2;
                (amplitude, amplitude / (2.0 * slope))
            }
            Activation::Linear => return None,
        };
        let usable = amplitude.is_finite() && amplitude != 0.0 && scale.is_finite() && scale > 0.0;
        usable.then_some((activation, amplitude, scale))
    });
    let candidates: Vec<_> = candidates.collect();
    candidates
        .into_iter()
        .map(|(activation, amplitude, scale)| {
            let error = deviation(phi, activation, amplitude, scale);
            Identified { activation, amplitude, scale, error }
        })
        .min_by(|a, b| a.error.total_cmp(&b.error))
}

/// The largest deviation on the grid, relative to the largest value.
fn deviation(phi: &Phi, activation: Activation, amplitude: f64, scale: f64) -> f64 {
    let mut scratch = Scratch::default();
    let mut largest = 0.0;
    let mut worst = 0.0;
    for k in -POINTS..=POINTS {
        // Denser near the origin.
        let x = f64::from(k) / f64::from(POINTS);
        let z = REACH * x * x.abs() * scale;
        let expected = amplitude * activation.value(z / scale);
        let difference = (phi.tape.eval(&[z], &mut scratch) - expected).abs();
        if !difference.is_finite() {
            return f64::INFINITY;
        }
        if difference > worst {
            worst = difference;
        }
        if expected.abs() > largest {
            largest = expected.abs();
        }
    }
    if largest > 0.0 { worst / largest } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Binary, Tape, Tree};

    fn scaled(activation: Activation, amplitude: f64, scale: f64) -> Phi {
        let inner = |leaf: usize| {
            assert_eq!(leaf, 0);
            Tree::Binary(Binary::Div, Box::new(Tree::Leaf(0)), Box::new(Tree::Constant(scale)))
        };
        let tree = substitute(&activation.tree(), &inner);
        let tree = Tree::Binary(Binary::Mul, Box::new(Tree::Constant(amplitude)), Box::new(tree));
        Phi { tape: Tape::new(&tree, 1), tree }
    }

    fn substitute(tree: &Tree, inner: &dyn Fn(usize) -> Tree) -> Tree {
        match tree {
            Tree::Constant(value) => Tree::Constant(*value),
            Tree::Leaf(leaf) => inner(*leaf),
            Tree::Unary(f, a) => Tree::Unary(*f, Box::new(substitute(a, inner))),
            Tree::Binary(f, a, b) => {
                Tree::Binary(*f, Box::new(substitute(a, inner)), Box::new(substitute(b, inner)))
            }
            Tree::Select(a, b, c) => Tree::Select(
                Box::new(substitute(a, inner)),
                Box::new(substitute(b, inner)),
                Box::new(substitute(c, inner)),
            ),
        }
    }

    #[test]
    fn scales_are_read_off_every_activation() {
        for activation in Activation::ALL {
            if activation == Activation::Linear {
                continue;
            }
            for (amplitude, scale) in [(1.0, 1.0), (1e-3, 0.0517), (-2.5, 3.0), (7.0, 1e-2)] {
                let found = identify(&scaled(activation, amplitude, scale)).unwrap();
                assert_eq!(found.activation, activation);
                assert!(found.error < 1e-12, "{activation}: {found:?}");
                let (slope, expected) = (found.amplitude / found.scale, amplitude / scale);
                assert!((slope / expected - 1.0).abs() < 1e-12, "{activation}: {found:?}");
                if activation != Activation::Relu {
                    assert!((found.amplitude / amplitude - 1.0).abs() < 1e-12, "{found:?}");
                }
            }
        }
    }

    #[test]
    fn a_clip_is_no_tanh() {
        let found = identify(&scaled(Activation::HardTanh, 1.0, 1.0)).unwrap();
        assert_eq!(found.activation, Activation::HardTanh);
    }

    #[test]
    fn a_cubic_is_nothing_we_know() {
        let z = || Box::new(Tree::Leaf(0));
        let square = Tree::Binary(Binary::Mul, z(), z());
        let tree = Tree::Binary(Binary::Mul, Box::new(square), z());
        let phi = Phi { tape: Tape::new(&tree, 1), tree };
        assert_eq!(identify(&phi), None);
    }
}
