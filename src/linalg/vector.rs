//! Sums and norms of vectors; no norm loses a NaN.

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

/// Partial sums of [`dot`] and [`total`], which the compiler may do at once.
const LANES: usize = 8;

/// The scalar product, of two vectors of one length, in eight partial sums.
#[must_use]
#[inline(always)]
#[expect(clippy::inline_always, reason = "within a kernel it is compiled for the found machine")]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// The sum of all values, in eight partial sums.
#[must_use]
pub fn total(values: &[f64]) -> f64 {
    let (eights, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for eight in eights {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += value;
        }
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_take_in_every_value_once() {
        for length in [0, 1, 7, 8, 9, 16, 21] {
            // Small integers: exact in any order.
            let a: Vec<f64> = (1..=length).map(f64::from).collect();
            let b: Vec<f64> = a.iter().map(|value| 3.0 - value).collect();
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert_eq!((dot(&a, &b), total(&a)), (plain, a.iter().sum()), "{length}");
        }
    }
}
