//! Running maxima in a time that does not depend on the window.

/// The maximum of each sample and the `window - 1` before it; fewer at the beginning.
///
/// Van Herk's and Gil and Werman's method: maxima from the left within blocks of
/// `window` samples and from the right within the block before it, three comparisons a
/// sample for any window. Samples must not be NaN.
///
/// # Source
///
/// M. van Herk, Pattern Recognition Letters 13 (1992) 517.
#[must_use]
pub fn trailing_maximum(samples: &[f64], window: usize) -> Vec<f64> {
    let window = window.clamp(1, samples.len().clamp(1, usize::MAX));
    let mut out = samples.to_vec();
    // Maxima from the left, starting anew in each block.
    for block in out.chunks_mut(window) {
        let mut most = f64::NEG_INFINITY;
        for value in block {
            most = larger(most, *value);
            *value = most;
        }
    }
    // A window that ends at place p of a block begins at place p + 1 of the one before.
    let mut right = vec![0.0; window];
    let before = samples.chunks(window);
    for (block, after) in before.zip(out.chunks_mut(window).skip(1)) {
        let mut most = f64::NEG_INFINITY;
        for (place, value) in right.iter_mut().zip(block).rev() {
            most = larger(most, *value);
            *place = most;
        }
        for (value, most) in after.iter_mut().zip(&right[1..]) {
            *value = larger(*value, *most);
        }
    }
    out
}

/// The maximum of the samples from `i - back` to `i + ahead`, fewer at the ends.
#[must_use]
pub fn centred_maximum(samples: &[f64], back: usize, ahead: usize) -> Vec<f64> {
    let n = samples.len();
    let (back, ahead) = (back.min(n), ahead.min(n.saturating_sub(1)));
    let mut extended = samples.to_vec();
    // What lies beyond the end never wins.
    extended.resize(n + ahead, f64::NEG_INFINITY);
    let mut out = trailing_maximum(&extended, back + ahead + 1);
    out.drain(..ahead);
    out
}

/// The larger of two numbers, neither of which is NaN.
#[inline]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The smaller of two numbers, neither of which is NaN.
#[inline]
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow(samples: &[f64], back: usize, ahead: usize) -> Vec<f64> {
        (0..samples.len())
            .map(|i| {
                let to = (i + ahead + 1).min(samples.len());
                let window = &samples[i.saturating_sub(back)..to];
                window.iter().copied().max_by(f64::total_cmp).unwrap()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn any_window_agrees_with_the_definition(
            samples in prop::collection::vec(-5.0..5.0_f64, 0..60),
            back in 0_usize..80,
            ahead in 0_usize..80,
        ) {
            prop_assert_eq!(centred_maximum(&samples, back, ahead), slow(&samples, back, ahead));
            prop_assert_eq!(trailing_maximum(&samples, back + 1), slow(&samples, back, 0));
        }
    }
}
