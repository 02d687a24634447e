//! The hyperbolic tangent of whole slices, in plain arithmetic: the same bits on every machine.

#![expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]

use pulp::{Simd, WithSimd};

use super::dispatch;

/// Beyond it tanh rounds to 1.
const LARGEST: f64 = 20.0;
/// ln 2 in two parts, the first with so few bits that small multiples are exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added and taken away, it rounds to an integer, which then stands in the last bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// `z := tanh(z)` for every element, within 3 units in the last place; never beyond 1, odd to
/// the bit, and NaN for NaN.
pub(crate) fn tanh(values: &mut [f64]) {
    dispatch(Each(values));
}

struct Each<'a>(&'a mut [f64]);

impl WithSimd for Each<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.0.iter_mut().for_each(|z| *z = one(*z));
    }
}

/// `tanh z = E / (E + 2)` with `E = expm1(2 z) = 2^n expm1(r) + (2^n - 1)`,
/// `2 z = n ln 2 + r`, for z of at least 0 (Cody and Waite 1980, chapters 6 and 13);
/// expm1 of r, at most half of ln 2, by its Taylor series. Without branches, so that the
/// compiler makes vectors of it.
#[inline(always)]
fn one(z: f64) -> f64 {
    let size = z.abs();
    // NaN is not beyond the bound, so that it stays.
    let size = if size > LARGEST { LARGEST } else { size };
    let twice = 2.0 * size;
    let marked = twice * std::f64::consts::LOG2_E + ROUNDING;
    let n = marked - ROUNDING;
    let r = (twice - n * LN2_HIGH) - n * LN2_LOW;
    let mut series = 1.0 / 6_227_020_800.0;
    for coefficient in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
    ] {
        series = series * r + coefficient;
    }
    let series = series * (r * r) + r;
    // The bits of n, moved to where the exponent stands, on top of those of 1.
    let exponent = marked.to_bits() << (f64::MANTISSA_DIGITS - 1);
    let power = f64::from_bits(exponent.wrapping_add(1.0_f64.to_bits()));
    let e = power * series + (power - 1.0);
    (e / (e + 2.0)).copysign(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of two numbers, the second what rounding would lose.
    type Double = (f64, f64);

    fn sum(a: f64, b: f64) -> Double {
        let s = a + b;
        let back = s - a;
        (s, (a - (s - back)) + (b - back))
    }

    fn add(a: Double, b: Double) -> Double {
        let (s, e) = sum(a.0, b.0);
        sum(s, e + a.1 + b.1)
    }

    fn product(a: Double, b: Double) -> Double {
        let p = a.0 * b.0;
        sum(p, a.0.mul_add(b.0, -p) + a.0 * b.1 + a.1 * b.0)
    }

    fn quotient(a: Double, b: Double) -> Double {
        let first = a.0 / b.0;
        let rest = add(a, product((-first, 0.0), b));
        let second = rest.0 / b.0;
        let rest = add(rest, product((-second, 0.0), b));
        add(sum(first, second), (rest.0 / b.0, 0.0))
    }

    /// tanh with about 30 digits for z from 0 to 20: the series of expm1 on a 64th of `2 z`,
    /// doubled six times by `expm1(2 y) = expm1(y) (expm1(y) + 2)`.
    fn exact(z: f64) -> Double {
        let y = (z / 32.0, 0.0);
        let mut series = (0.0, 0.0);
        for k in (1..=40).rev() {
            // y / k (1 + what follows)
            series = quotient(product(y, add((1.0, 0.0), series)), (f64::from(k), 0.0));
        }
        for _ in 0..6 {
            series = product(series, add(series, (2.0, 0.0)));
        }
        quotient(series, add(series, (2.0, 0.0)))
    }

    #[test]
    fn the_reference_is_exact() {
        // By decimal arithmetic of 60 digits.
        for (z, right) in [
            (0.5, (0.462_117_157_260_009_74, 2.191_660_323_826_092_9e-17)),
            (1.0, (0.761_594_155_955_764_9, 3.709_021_448_216_492e-17)),
        ] {
            let found = exact(z);
            assert_eq!(found.0, right.0);
            assert!((found.1 - right.1).abs() < 1e-30, "{found:?}");
        }
    }

    #[test]
    fn the_error_stays_below_three_units() {
        let points = |k: i32| {
            let z = f64::from(k) * 1e-4 + 1e-7 * f64::from(k % 97);
            [z, z * 1e-3, z * 1e-9]
        };
        let mut values: Vec<f64> = (1..200_000).step_by(7).flat_map(points).collect();
        let arguments = values.clone();
        let mut mirrored: Vec<f64> = values.iter().map(|z| -z).collect();
        tanh(&mut values);
        tanh(&mut mirrored);
        let mut worst = (0.0, 0.0);
        for ((z, found), mirror) in arguments.iter().zip(&values).zip(&mirrored) {
            assert_eq!((-found).to_bits(), mirror.to_bits(), "odd at {z}");
            assert!(*found <= 1.0, "{found} at {z}");
            let right = exact(*z);
            let unit = right.0.next_up() - right.0;
            let error = (((found - right.0) - right.1) / unit).abs();
            if !(error <= worst.0) {
                worst = (error, *z);
            }
        }
        assert!(worst.0 <= 3.0, "{worst:?}");
        assert!(worst.0 > 0.5, "nothing rounds that well: {worst:?}");
    }

    #[test]
    fn what_is_not_finite_is_told_apart() {
        let mut values = [0.0; 9];
        values[..5].copy_from_slice(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324]);
        tanh(&mut values);
        assert!(values[0].is_nan());
        assert_eq!(values[1..3], [1.0, -1.0]);
        assert_eq!(values[3].to_bits(), (-0.0_f64).to_bits());
        assert_eq!(values[4], 5e-324);
    }
}
