//! What SciPy's numbers in the tests were computed of.

/// A modulated tone with a chirp.
pub(super) fn example(n: usize) -> Vec<f64> {
    let value = |k: usize| {
        let k = k as f64;
        (0.3 * k).sin() * (1.0 + 0.5 * (0.01 * k).sin()) + 0.1 * (0.05 * k * k / 100.0).cos()
    };
    (0..n).map(value).collect()
}

/// Compares some values with what they should be.
#[track_caller]
pub(super) fn agree(found: &[f64], expected: &[(usize, f64)], tolerance: f64) {
    for &(at, value) in expected {
        assert!((found[at] - value).abs() < tolerance, "{at}: {} and not {value}", found[at]);
    }
}
