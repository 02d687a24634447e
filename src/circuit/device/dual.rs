//! Numbers that carry their derivatives by up to N voltages.
//!
//! A law written with them has exact derivatives on every side of every case.
//! (Griewank and Walther, Evaluating Derivatives, chapter 3.)

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A value with its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dual<const N: usize> {
    /// Value.
    pub(super) value: f64,
    /// Derivatives by the N voltages.
    pub(super) slope: [f64; N],
}

/// Exponents beyond this are continued along the tangent, so that a voltage far
/// off gives a large number and no infinite one.
const LARGEST_EXPONENT: f64 = 230.0;

impl<const N: usize> Dual<N> {
    /// A constant.
    pub(super) fn constant(value: f64) -> Self {
        Self { value, slope: [0.0; N] }
    }

    /// The voltages `values`, each of slope 1 by itself.
    pub(super) fn variables(values: [f64; N]) -> [Self; N] {
        std::array::from_fn(|at| {
            let mut slope = [0.0; N];
            slope[at] = 1.0;
            Self { value: values[at], slope }
        })
    }

    /// `f(self)`, where f has that value and derivative there.
    fn chain(self, value: f64, derivative: f64) -> Self {
        Self { value, slope: self.slope.map(|s| derivative * s) }
    }

    pub(super) fn exp(self) -> Self {
        if self.value <= LARGEST_EXPONENT {
            let value = self.value.exp();
            return self.chain(value, value);
        }
        let edge = LARGEST_EXPONENT.exp();
        self.chain(edge * (1.0 + self.value - LARGEST_EXPONENT), edge)
    }

    pub(super) fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain(root, 0.5 / root)
    }

    pub(super) fn tan(self) -> Self {
        let tan = self.value.tan();
        self.chain(tan, 1.0 + tan * tan)
    }

    pub(super) fn ln(self) -> Self {
        self.chain(self.value.ln(), 1.0 / self.value)
    }

    /// A power with a constant exponent; the base is positive.
    pub(super) fn powf(self, exponent: f64) -> Self {
        let value = self.value.powf(exponent);
        self.chain(value, exponent * value / self.value)
    }

    /// The reciprocal.
    pub(super) fn recip(self) -> Self {
        let value = 1.0 / self.value;
        self.chain(value, -value * value)
    }

    pub(super) fn square(self) -> Self {
        self.chain(self.value * self.value, 2.0 * self.value)
    }

    /// The larger of both; the first where they are equal.
    pub(super) fn at_least(self, bound: f64) -> Self {
        if self.value >= bound { self } else { Self::constant(bound) }
    }
}

impl<const N: usize> Add for Dual<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let slope = std::array::from_fn(|at| self.slope[at] + other.slope[at]);
        Self { value: self.value + other.value, slope }
    }
}

impl<const N: usize> Sub for Dual<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<const N: usize> Neg for Dual<N> {
    type Output = Self;

    fn neg(self) -> Self {
        self.chain(-self.value, -1.0)
    }
}

#[expect(clippy::suspicious_arithmetic_impl, reason = "the product rule has a sum")]
impl<const N: usize> Mul for Dual<N> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = |at| self.slope[at] * other.value + self.value * other.slope[at];
        Self { value: self.value * other.value, slope: std::array::from_fn(product) }
    }
}

#[expect(clippy::suspicious_arithmetic_impl, reason = "the product rule has a sum")]
impl<const N: usize> Div for Dual<N> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let quotient = |at| (self.slope[at] - value * other.slope[at]) / other.value;
        Self { value, slope: std::array::from_fn(quotient) }
    }
}

impl<const N: usize> Add<f64> for Dual<N> {
    type Output = Self;

    fn add(self, other: f64) -> Self {
        Self { value: self.value + other, ..self }
    }
}

impl<const N: usize> Sub<f64> for Dual<N> {
    type Output = Self;

    fn sub(self, other: f64) -> Self {
        Self { value: self.value - other, ..self }
    }
}

impl<const N: usize> Mul<f64> for Dual<N> {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        self.chain(self.value * factor, factor)
    }
}

impl<const N: usize> Div<f64> for Dual<N> {
    type Output = Self;

    fn div(self, divisor: f64) -> Self {
        self * (1.0 / divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each operation against a central difference.
    #[test]
    fn slopes_are_central_differences() {
        type Function = fn(Dual<2>, Dual<2>) -> Dual<2>;
        let functions: [Function; 12] = [
            |a, b| a * b + a / b - b,
            |a, b| (a - b * 2.0).exp(),
            |a, _| (a * 400.0).exp() / 1e99,
            |a, b| (a + b + 1.0).sqrt(),
            |a, _| (a / 3.0).tan(),
            |a, b| (a * b).ln(),
            |a, b| a.powf(0.3) * b.powf(-1.5),
            |a, b| (a + b).recip(),
            |a, b| (a - b).square() - 1.0,
            |a, b| (a - b).at_least(-5.0),
            |a, b| (a - b).at_least(5.0),
            |a, _| -a,
        ];
        for (at, function) in functions.into_iter().enumerate() {
            let value = |x: [f64; 2]| {
                let [a, b] = Dual::variables(x);
                function(a, b).value
            };
            let (x, h) = ([0.7, 1.3], 1e-6);
            let [a, b] = Dual::variables(x);
            let exact = function(a, b);
            for k in 0..2 {
                let (mut up, mut down) = (x, x);
                up[k] += h;
                down[k] -= h;
                let slope = (value(up) - value(down)) / (2.0 * h);
                let error = (slope - exact.slope[k]).abs();
                assert!(error <= 1e-7 * (1.0 + slope.abs()), "function {at} by {k}: {error:e}");
            }
        }
    }
}
