//! The two number fields a matrix may be over.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use nalgebra::Complex;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f64 {}
    impl Sealed for nalgebra::Complex<f64> {}
}

/// A matrix entry: exactly [`f64`] and `Complex<f64>`.
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Debug
    + Default
    + PartialEq
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + 'static
{
    /// The real number `value`.
    fn from_real(value: f64) -> Self;
    /// A norm of the entry: `|x|`, or `|re| + |im|` of a complex number, which
    /// needs no square root and is within a factor of √2 of the modulus.
    fn magnitude(self) -> f64;
    /// `self · factor`.
    #[must_use]
    fn scale(self, factor: f64) -> Self;
    /// `self / divisor`, without overflow on the way.
    #[must_use]
    fn divide(self, divisor: Self) -> Self;
    /// True unless a part is infinite or NaN.
    fn is_finite(self) -> bool {
        self.magnitude().is_finite()
    }
    /// True where the entry is exactly zero.
    fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl Scalar for f64 {
    fn from_real(value: f64) -> Self {
        value
    }
    fn magnitude(self) -> f64 {
        self.abs()
    }
    fn scale(self, factor: f64) -> Self {
        self * factor
    }
    fn divide(self, divisor: Self) -> Self {
        self / divisor
    }
}

impl Scalar for Complex<f64> {
    fn from_real(value: f64) -> Self {
        Self::new(value, 0.0)
    }
    fn magnitude(self) -> f64 {
        self.re.abs() + self.im.abs()
    }
    fn scale(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }
    /// Smith's division (Communications of the ACM 5, 435, 1962): the squares
    /// of the parts never appear.
    fn divide(self, divisor: Self) -> Self {
        if divisor.re.abs() >= divisor.im.abs() {
            let ratio = divisor.im / divisor.re;
            let length = divisor.re + divisor.im * ratio;
            Self::new((self.re + self.im * ratio) / length, (self.im - self.re * ratio) / length)
        } else {
            let ratio = divisor.re / divisor.im;
            let length = divisor.re * ratio + divisor.im;
            Self::new((self.re * ratio + self.im) / length, (self.im * ratio - self.re) / length)
        }
    }
}
