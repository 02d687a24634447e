//! Integrals of capacitances and inductances.

/// Nodes inside (-1, 1) of Lobatto's rule of 4 points and of its extension by Kronrod to 7
/// (W. Gander and W. Gautschi, BIT 40, 2000). Both ends of an interval are nodes, so that
/// a jump however near to one is seen.
const OUTER: f64 = 0.816_496_580_927_726;
const INNER: f64 = 0.447_213_595_499_957_9;

/// Error relative to the integral of the modulus. Far below any tolerance of a step, so
/// that what is left of it is no noise there.
const ACCURACY: f64 = 1e-12;
/// Halvings of an interval at most: a jump of the integrand is located by them.
const DEEPEST: usize = 50;

/// The integral of `f` from 0 to `end`: a function of `end` alone, whatever way led there.
pub(super) fn integral(mut f: impl FnMut(f64) -> f64, end: f64) -> f64 {
    if end == 0.0 {
        return 0.0;
    }
    let whole = rule(&mut f, 0.0, end);
    let mut sum = 0.0;
    let mut left = vec![(0.0, end, whole, 0)];
    let mut size = whole.size;
    while let Some((from, to, piece, depth)) = left.pop() {
        // What is not finite will not become so.
        if piece.error <= ACCURACY * size || depth == DEEPEST || !piece.value.is_finite() {
            sum += piece.value;
            continue;
        }
        let middle = 0.5 * (from + to);
        let (low, high) = (rule(&mut f, from, middle), rule(&mut f, middle, to));
        if size < low.size + high.size {
            size = low.size + high.size;
        }
        left.push((middle, to, high, depth + 1));
        left.push((from, middle, low, depth + 1));
    }
    sum
}

/// The integral over an interval, that of the modulus, and how far two rules differ.
#[derive(Clone, Copy)]
struct Piece {
    value: f64,
    size: f64,
    error: f64,
}

fn rule(f: &mut impl FnMut(f64) -> f64, from: f64, to: f64) -> Piece {
    let (half, middle) = (0.5 * (to - from), 0.5 * (from + to));
    let mut pair = |low: f64, high: f64| {
        let (low, high) = (f(low), f(high));
        (low + high, low.abs() + high.abs())
    };
    let (ends, size) = pair(from, to);
    let (outer, more) = pair(middle - OUTER * half, middle + OUTER * half);
    let (inner, most) = pair(middle - INNER * half, middle + INNER * half);
    let centre = f(middle);
    let lobatto = (ends + 5.0 * inner) / 6.0;
    let kronrod = (77.0 * ends + 432.0 * outer + 625.0 * inner + 672.0 * centre) / 1470.0;
    Piece {
        value: kronrod * half,
        size: ((size + more + most + centre.abs()) * half / 3.5).abs(),
        error: ((kronrod - lobatto) * half).abs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_are_those_of_the_book() {
        let near = |found: f64, wanted: f64| {
            assert!((found - wanted).abs() <= 1e-11 * wanted.abs(), "{found} for {wanted}");
        };
        for end in [-3.0_f64, -0.1, 0.7, 5.0] {
            near(integral(|x| 3.0 * x * x + 1.0, end), end.powi(3) + end);
            near(integral(f64::cos, end), end.sin());
            near(integral(|x| 1.0 / (x / 0.01).cosh().powi(2), end), 0.01 * (end / 0.01).tanh());
            let stairs = if end > 0.3 { 2.0 * end - 0.3 } else { end };
            near(integral(|x| if x > 0.3 { 2.0 } else { 1.0 }, end), stairs);
        }
        // A jump just before the end is no less there.
        for beyond in [1e-3, 1e-6, 1e-9] {
            let excess = integral(|x| if x > 0.5 { 2.0 } else { 1.0 }, 0.5 + beyond) - 0.5;
            assert!((excess - 2.0 * beyond).abs() < 1e-12, "{excess} for {beyond}");
        }
        assert_eq!(integral(|_| f64::NAN, 0.0), 0.0);
        assert!(integral(|_| f64::NAN, 1.0).is_nan());
    }
}
