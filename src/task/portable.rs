//! Sine, cosine and exponential by sums and products alone, which are the same
//! to the bit on every machine; the ones of a mathematics library are not.

use std::f64::consts::{LN_2, TAU};

/// cos(2 pi t).
pub(super) fn cos_turns(turns: f64) -> f64 {
    // The cosine is even and has period 1 in turns: what is left is in [0, 1/2].
    let part = (turns - turns.round()).abs();
    if part > 0.25 { -sine(part - 0.25) } else { sine(0.25 - part) }
}

/// sin(2 pi t).
pub(super) fn sin_turns(turns: f64) -> f64 {
    let part = turns - turns.round();
    let (size, sign) = if part < 0.0 { (-part, -1.0) } else { (part, 1.0) };
    sign * sine(if size > 0.25 { 0.5 - size } else { size })
}

/// sin(2 pi t) for t in [0, 1/4], by the series whose argument is at most pi/4:
/// the first term left out is below 1e-18.
fn sine(turns: f64) -> f64 {
    let is_cosine = turns > 0.125;
    let x = TAU * if is_cosine { 0.25 - turns } else { turns };
    let square = x * x;
    let mut sum = 0.0;
    // Inner brackets first: 1 - x^2/(2 3) (1 - x^2/(4 5) (...)), or with 1 2, 3 4, ...
    for k in (1..=8).rev() {
        let even = f64::from(2 * k);
        let odd = if is_cosine { even - 1.0 } else { even + 1.0 };
        sum = square / (even * odd) * (1.0 - sum);
    }
    if is_cosine { 1.0 - sum } else { x * (1.0 - sum) }
}

/// exp(-x) for x >= 0.
pub(super) fn exp_minus(x: f64) -> f64 {
    if x > 700.0 {
        return 0.0;
    }
    let halvings = (x / LN_2).floor();
    let rest = x - halvings * LN_2;
    let mut sum = 1.0;
    for k in (1..=20).rev() {
        sum = 1.0 - rest / f64::from(k) * sum;
    }
    // A power of two by its exponent, exactly.
    let power = f64::from_bits(((1023 - halvings as i64) as u64) << 52);
    sum * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_functions_they_stand_for() {
        for k in -4000..4000 {
            let turns = f64::from(k) / 997.0;
            assert!((cos_turns(turns) - (TAU * turns).cos()).abs() < 1e-14, "cos {turns}");
            assert!((sin_turns(turns) - (TAU * turns).sin()).abs() < 1e-14, "sin {turns}");
        }
        for k in 0..2000 {
            let x = f64::from(k) / 7.0;
            let exact = (-x).exp();
            // The part of x that is no power of two is known to its last bit alone.
            assert!((exp_minus(x) - exact).abs() <= 1e-15 * (x + 4.0) * exact, "exp {x}");
        }
        assert_eq!((exp_minus(0.0), exp_minus(1e9)), (1.0, 0.0));
        assert_eq!((cos_turns(0.25), sin_turns(0.5), cos_turns(0.0)), (0.0, 0.0, 1.0));
    }
}
