//! The hyperbolic tangent of whole vectors.

use pulp::Simd;

/// Beyond it tanh rounds to 1: 1 - tanh(9.02) is below half a unit in the last place.
const LARGEST: f32 = 9.02;
/// ln 2 in two parts, the first with few enough bits that small multiples are exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Added and taken away, it rounds to an integer, which then stands in the last bits.
const ROUNDING: f32 = 12_582_912.0;
/// `expm1(r) = r + r^2 (1/2 + c[0] r + ...)` within 1.4e-8, relative, for r up to
/// half of ln 2: a minimax fit.
const EXPM1: [f32; 4] = [0.166_665_5, 0.041_666_854, 0.008_366_041, 0.001_389_822_5];

/// tanh of every element, within 2.5 units in the last place; never beyond 1, odd
/// to the bit, and NaN for NaN.
///
/// `tanh z = E / (E + 2)` with `E = expm1(2 z) = 2^n expm1(r) + (2^n - 1)`,
/// `2 z = n ln 2 + r`, for z of at least 0 (Cody and Waite 1980, chapters 6 and 13).
#[inline(always)]
pub(super) fn tanh<S: Simd>(simd: S, z: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    let negative = splat(-0.0);
    let sign = simd.and_f32s(z, negative);
    let size = simd.xor_f32s(z, sign);
    // NaN is not beyond the bound, so that it stays.
    let beyond = simd.greater_than_f32s(size, splat(LARGEST));
    let size = simd.select_f32s(beyond, splat(LARGEST), size);
    let twice = simd.add_f32s(size, size);
    let marked = simd.mul_add_e_f32s(twice, splat(std::f32::consts::LOG2_E), splat(ROUNDING));
    let n = simd.sub_f32s(marked, splat(ROUNDING));
    let r = simd.mul_add_e_f32s(n, splat(-LN2_HIGH), twice);
    let r = simd.mul_add_e_f32s(n, splat(-LN2_LOW), r);
    let mut series = splat(EXPM1[3]);
    for coefficient in [EXPM1[2], EXPM1[1], EXPM1[0], 0.5] {
        series = simd.mul_add_e_f32s(series, r, splat(coefficient));
    }
    let series = simd.mul_add_e_f32s(simd.mul_f32s(r, r), series, r);
    // The bits of n, moved to where the exponent stands, on top of those of 1.
    let exponent = simd.wrapping_dyn_shl_u32s(
        simd.transmute_u32s_f32s(marked),
        simd.splat_u32s(f32::MANTISSA_DIGITS - 1),
    );
    let power =
        simd.transmute_f32s_u32s(simd.add_u32s(exponent, simd.splat_u32s(1.0_f32.to_bits())));
    let e = simd.mul_add_e_f32s(power, series, simd.sub_f32s(power, splat(1.0)));
    simd.or_f32s(simd.div_f32s(e, simd.add_f32s(e, splat(2.0))), sign)
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Each<'a>(&'a mut [f32]);

    impl WithSimd for Each<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (head, tail) = S::as_mut_simd_f32s(self.0);
            assert!(tail.is_empty());
            for z in head {
                *z = tanh(simd, *z);
            }
        }
    }

    /// Difference from the true value in units of the last place of that value.
    fn units(found: f32, z: f32) -> f64 {
        let right = f64::from(z).tanh();
        let nearest = right as f32;
        let unit = f64::from(nearest.abs().next_up()) - f64::from(nearest.abs());
        ((f64::from(found) - right) / unit).abs()
    }

    /// Largest error over the finite numbers of every `stride`-th bit pattern.
    fn sweep(run: impl Fn(&mut [f32]), stride: usize) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        let patterns: Vec<u32> = (0..=f32::MAX.to_bits()).step_by(stride).collect();
        for patterns in patterns.chunks(4096) {
            let inputs: Vec<f32> = patterns.iter().map(|&bits| f32::from_bits(bits)).collect();
            let mut found = inputs.clone();
            found.resize(4096, 0.0);
            let mut mirrored: Vec<f32> = found.iter().map(|z| -z).collect();
            run(&mut found);
            run(&mut mirrored);
            for ((z, y), mirror) in inputs.iter().zip(&found).zip(&mirrored) {
                assert_eq!((-y).to_bits(), mirror.to_bits(), "odd at {z}");
                assert!(*y <= 1.0, "{y} at {z}");
                let error = units(*y, *z);
                if !(error <= worst.0) {
                    worst = (error, *z);
                }
            }
        }
        worst
    }

    #[test]
    fn the_error_stays_below_five_halves_of_a_unit() {
        let (error, z) = sweep(|values| Arch::new().dispatch(Each(values)), 331);
        assert!(error <= 2.5, "{error} at {z:e}");
        let (error, z) = sweep(|values| pulp::Scalar.vectorize(Each(values)), 14_731);
        assert!(error <= 2.5, "without vector instructions: {error} at {z:e}");
    }

    #[test]
    fn what_is_not_finite_is_told_apart() {
        let mut values = [0.0; 64];
        values[..4].copy_from_slice(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0]);
        let mut scalar = values;
        Arch::new().dispatch(Each(&mut values));
        pulp::Scalar.vectorize(Each(&mut scalar));
        for found in [values, scalar] {
            assert!(found[0].is_nan());
            assert_eq!(found[1..3], [1.0, -1.0]);
            assert_eq!(found[3].to_bits(), (-0.0_f32).to_bits());
        }
    }
}
