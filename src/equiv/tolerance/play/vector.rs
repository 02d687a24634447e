//! Kernels over four trials, in plain arithmetic that compilers turn into vectors: the same
//! bits on every machine. Each is a function of its own for the found machine, since in
//! large ones compilers give up on vectors.
#![expect(clippy::inline_always, reason = "only inlined code is compiled for the found machine")]

use pulp::{Simd, WithSimd};

use crate::{linalg::dispatch, rnn::Activation};

/// Trials side by side.
pub(super) const LANES: usize = 4;
pub(super) type Lanes = [f64; LANES];

/// Rows that share each load of a vector.
const GROUP: usize = 4;
/// Beyond it tanh rounds to 1.
const LARGEST: f64 = 20.0;
/// ln 2 in two parts, the first with so few bits that small multiples are exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added and taken away, it rounds to an integer, which then stands in the last bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// `sums[i] += sum over j of matrix[i][j] values[j]`, the matrix by rows.
pub(super) fn accumulate(matrix: &[f64], values: &[Lanes], sums: &mut [Lanes]) {
    if !values.is_empty() {
        dispatch(Products { matrix, values, sums });
    }
}

struct Products<'a> {
    matrix: &'a [f64],
    values: &'a [Lanes],
    sums: &'a mut [Lanes],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.values.len();
        let mut groups = self.sums.chunks_exact_mut(GROUP);
        let mut rows = self.matrix.chunks_exact(GROUP * width);
        for (sums, rows) in groups.by_ref().zip(rows.by_ref()) {
            let (first, rest) = rows.split_at(width);
            let (second, rest) = rest.split_at(width);
            let (third, fourth) = rest.split_at(width);
            let mut all = [sums[0], sums[1], sums[2], sums[3]];
            let weights = first.iter().zip(second).zip(third.iter().zip(fourth));
            for (value, ((a, b), (c, d))) in self.values.iter().zip(weights) {
                for (sum, weight) in all.iter_mut().zip([a, b, c, d]) {
                    for lane in 0..LANES {
                        sum[lane] += weight * value[lane];
                    }
                }
            }
            sums.copy_from_slice(&all);
        }
        let rest = rows.remainder().chunks_exact(width);
        for (sum, row) in groups.into_remainder().iter_mut().zip(rest) {
            for (weight, value) in row.iter().zip(self.values) {
                for lane in 0..LANES {
                    sum[lane] += weight * value[lane];
                }
            }
        }
    }
}

/// `to += factor what`
pub(super) fn add(to: &mut [Lanes], factor: f64, what: &[Lanes]) {
    for (to, what) in to.iter_mut().zip(what) {
        for lane in 0..LANES {
            to[lane] += factor * what[lane];
        }
    }
}

/// `to = sigma(z)`
pub(super) fn activate(sigma: Activation, z: &[Lanes], to: &mut [Lanes]) {
    match sigma {
        Activation::Tanh => dispatch(Tangents { z, to }),
        Activation::Logistic
        | Activation::Relu
        | Activation::Softplus
        | Activation::HardTanh
        | Activation::Linear => {
            for (to, z) in to.iter_mut().zip(z) {
                *to = z.map(|z| sigma.value(z));
            }
        }
    }
}

struct Tangents<'a> {
    z: &'a [Lanes],
    to: &'a mut [Lanes],
}

impl WithSimd for Tangents<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (to, z) in self.to.as_flattened_mut().iter_mut().zip(self.z.as_flattened()) {
            *to = tanh(*z);
        }
    }
}

/// tanh within a few units in the last place, odd to the bit, and NaN for NaN.
///
/// `tanh z = E / (E + 2)` with `E = expm1(2 z) = 2^n expm1(r) + (2^n - 1)`,
/// `2 z = n ln 2 + r`, for z of at least 0 (Cody and Waite 1980, chapters 6 and 13);
/// expm1 of r, at most half of ln 2, by its Taylor series.
#[inline(always)]
fn tanh(z: f64) -> f64 {
    let size = z.abs();
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

    #[test]
    fn tanh_is_that_of_the_library() {
        let mut z = 1e-12;
        while z < 40.0 {
            let all = [z, -z, 0.5 * z, 0.0];
            let mut found = [[0.0; LANES]];
            activate(Activation::Tanh, &[all], &mut found);
            for (found, wanted) in found[0].into_iter().zip(all.map(f64::tanh)) {
                let unit = wanted.abs() * f64::EPSILON;
                assert!((found - wanted).abs() <= 4.0 * unit, "{z}: {found} {wanted}");
            }
            z *= 1.000_7;
        }
        let edge = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -0.0].map(tanh);
        assert_eq!(edge[..2], [1.0, -1.0]);
        assert!(edge[2].is_nan() && edge[3].is_sign_negative());
    }

    #[test]
    fn sums_are_those_of_rows() {
        for (rows, width) in [(1, 3), (4, 1), (7, 5), (9, 4), (3, 0)] {
            let matrix: Vec<f64> = (0..rows * width).map(|k| (k as f64).sin()).collect();
            let values: Vec<Lanes> =
                (0..width).map(|k| [1.0, 2.0, -1.0, 0.5].map(|x| x * (k as f64).cos())).collect();
            let mut sums = vec![[0.25; LANES]; rows];
            accumulate(&matrix, &values, &mut sums);
            for (i, sum) in sums.iter().enumerate() {
                for lane in 0..LANES {
                    let products = (0..width).map(|j| matrix[i * width + j] * values[j][lane]);
                    let wanted = 0.25 + products.sum::<f64>();
                    assert!((sum[lane] - wanted).abs() < 1e-13, "{rows} {width} {i}");
                }
            }
        }
    }
}
