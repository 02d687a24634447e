//! Norms that do not lose a NaN.

/// The largest magnitude; NaN if any entry is NaN, 0 of nothing.
#[must_use]
pub fn max_abs(x: &[f64]) -> f64 {
    x.iter().map(|value| value.abs()).max_by(f64::total_cmp).unwrap_or(0.0)
}

/// The Euclidean norm, scaled by a power of two so that no square overflows;
/// NaN if any entry is NaN, 0 of nothing.
#[must_use]
pub fn norm(x: &[f64]) -> f64 {
    let peak = max_abs(x);
    if peak == 0.0 || !peak.is_finite() {
        return peak;
    }
    let scale = super::factor::reciprocal_power(peak);
    x.iter().map(|value| (value * scale).powi(2)).sum::<f64>().sqrt() / scale
}
