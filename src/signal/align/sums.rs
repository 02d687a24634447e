//! Small sums over vectors, for the fits.

use crate::linalg::{dot, total};

/// Central differences.
pub(super) fn slopes(values: &[f64]) -> Vec<f64> {
    let last = values.len() - 1;
    let slope = |k: usize| {
        let (from, to) = (k.saturating_sub(1), if k < last { k + 1 } else { last });
        (values[to] - values[from]) / (to - from).max(1) as f64
    };
    (0..values.len()).map(slope).collect()
}

/// Over how many instants noise is one: the sum of its autocorrelation up to where it
/// first falls to 0.
pub(super) fn correlated(rest: &[f64]) -> f64 {
    let own = dot(rest, rest);
    if own == 0.0 {
        return 1.0;
    }
    let mut sum = 1.0;
    for lag in 1..rest.len() / 4 {
        let part = dot(&rest[lag..], &rest[..rest.len() - lag]) / own;
        if part < 0.05 {
            break;
        }
        sum += 2.0 * part;
    }
    sum
}

/// Pearson's correlation of two that have no gaps; 0 of what is flat.
pub(super) fn likeness(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len() as f64;
    let (ma, mb) = (total(a) / count, total(b) / count);
    let (aa, bb) = (dot(a, a) - count * ma * ma, dot(b, b) - count * mb * mb);
    let size = (aa * bb).sqrt();
    if size > 0.0 { (dot(a, b) - count * ma * mb) / size } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_agree_with_their_definitions() {
        let a: Vec<f64> = (0..21).map(|k| (0.7 * f64::from(k)).sin()).collect();
        let b: Vec<f64> = (0..21).map(|k| 1.0 + (0.7 * f64::from(k) + 0.3).sin()).collect();
        assert!((dot(&a, &b) - a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>()).abs() < 1e-12);
        assert!((likeness(&a, &b) - crate::signal::align::correlation(&a, &b)).abs() < 1e-12);
        assert_eq!(likeness(&[2.0; 9], &a[..9]), 0.0);
        assert_eq!(slopes(&[0.0, 1.0, 4.0, 5.0]), [1.0, 2.0, 2.0, 1.0]);
        // Alternating values are independent; slow ones are one.
        let fast: Vec<f64> = (0..100).map(|k| if k % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(correlated(&fast), 1.0);
        let slow: Vec<f64> = (0..100).map(|k| (0.1 * f64::from(k)).sin()).collect();
        assert!(correlated(&slow) > 10.0);
    }
}
