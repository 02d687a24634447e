//! Matrices whose entries are so large or small that their squares are no numbers.

use std::borrow::Cow;

use nalgebra::{ComplexField, DMatrix, Scalar};

use super::factor::reciprocal_power;

/// Between these magnitudes squares and their sums neither overflow nor vanish.
const SAFE: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// The matrix divided by a power of two that makes its largest entry about 1,
/// which is exact, and that power; 1 where its entries are harmless. The matrix
/// must be finite.
pub(super) fn in_range<S: Scalar + Copy + ComplexField<RealField = f64>>(
    matrix: &DMatrix<S>,
) -> (Cow<'_, DMatrix<S>>, f64) {
    let sizes = matrix.iter().map(|value| value.norm1());
    let largest = sizes.max_by(f64::total_cmp).unwrap_or(0.0);
    if largest == 0.0 || SAFE.contains(&largest) {
        return (Cow::Borrowed(matrix), 1.0);
    }
    let down = reciprocal_power(largest);
    (Cow::Owned(matrix.map(|value| value.scale(down))), down.recip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_extreme_matrices_are_scaled_and_the_scale_is_exact() {
        let matrix = DMatrix::from_row_slice(2, 2, &[1.0, -3.0, 0.0, 0.7]);
        for power in [0, 300, 400, 1022, -300, -400, -1021] {
            let extreme = &matrix * 2.0_f64.powi(power);
            let (scaled, scale) = in_range(&extreme);
            assert_eq!(scale == 1.0, power.abs() <= 300, "{power}");
            assert_eq!(scaled.as_ref() * scale, extreme, "{power}");
            assert!(scale == 1.0 || (1.0..4.0).contains(&scaled.amax()), "{power}");
        }
        assert_eq!(in_range(&DMatrix::<f64>::zeros(2, 2)).1, 1.0);
    }
}
