//! Frequencies of sampled signals.

use std::f64::consts::{PI, TAU};

/// Period in samples of the largest bin of the discrete Fourier transform of a
/// signal without its mean, as published tables have it: an integer fraction
/// of the length of the record, so that its resolution is about
/// period^2 / length. `None` for a signal that does not move.
pub(super) fn largest_bin(signal: &[f64]) -> Option<f64> {
    let length = signal.len() as f64;
    peak_bin(signal).map(|bin| length / bin as f64)
}

/// The bin above 0 with the largest amplitude.
fn peak_bin(signal: &[f64]) -> Option<usize> {
    let mean = signal.iter().sum::<f64>() / signal.len() as f64;
    let centred: Vec<f64> = signal.iter().map(|value| value - mean).collect();
    let mut best = (0.0, None);
    for bin in 1..=signal.len() / 2 {
        let power = power(&centred, TAU * bin as f64 / signal.len() as f64);
        if power > best.0 {
            best = (power, Some(bin));
        }
    }
    best.1
}

/// `|sum_n s_n exp(-i omega n)|^2`, by a rotation that is set right at intervals.
fn power(signal: &[f64], omega: f64) -> f64 {
    const FRESH: usize = 64;
    let (turn_sin, turn_cos) = omega.sin_cos();
    let (mut re, mut im) = (0.0, 0.0);
    for (block, part) in signal.chunks(FRESH).enumerate() {
        let (mut s, mut c) = (omega * (block * FRESH) as f64).sin_cos();
        for value in part {
            re += value * c;
            im -= value * s;
            (c, s) = (c * turn_cos - s * turn_sin, s * turn_cos + c * turn_sin);
        }
    }
    re * re + im * im
}

/// The frequency of the strongest line, cycles a sample, between 0 and 1/2: the
/// maximum of the transform under a squared Hann window, whose error falls
/// with the fourth power of the length for a quasi-periodic signal (Laskar,
/// Physica D 67, 1993).
pub(in crate::dynamics) fn dominant(signal: &[f64]) -> Option<f64> {
    let length = signal.len();
    let bin = peak_bin(signal)?;
    let mean = signal.iter().sum::<f64>() / length as f64;
    let weigh = |(n, value): (usize, &f64)| {
        let hann = 1.0 - (TAU * n as f64 / (length - 1) as f64).cos();
        (value - mean) * hann * hann
    };
    let windowed: Vec<f64> = signal.iter().enumerate().map(weigh).collect();
    let width = TAU / length as f64;
    let centre = width * bin as f64;
    let clamp = |omega: f64| omega.clamp(0.0, PI);
    let best = largest_in(&windowed, clamp(centre - 1.5 * width), clamp(centre + 1.5 * width));
    Some(best / TAU)
}

/// The place of the maximum of the power between `low` and `high`: the best of a
/// grid, then golden sections.
fn largest_in(signal: &[f64], low: f64, high: f64) -> f64 {
    const GRID: usize = 12;
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let spacing = (high - low) / GRID as f64;
    let start = (0..=GRID)
        .map(|k| low + spacing * k as f64)
        .max_by(|a, b| power(signal, *a).total_cmp(&power(signal, *b)))
        .unwrap_or(low);
    let (mut a, mut b) = (start - spacing, start + spacing);
    let (mut c, mut d) = (b - GOLDEN * (b - a), a + GOLDEN * (b - a));
    let (mut at_c, mut at_d) = (power(signal, c), power(signal, d));
    for _ in 0..45 {
        if at_c > at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - GOLDEN * (b - a);
            at_c = power(signal, c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + GOLDEN * (b - a);
            at_d = power(signal, d);
        }
    }
    0.5 * (a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_between_two_bins_is_found_to_many_digits() {
        let omega = TAU / 74.3;
        let signal: Vec<f64> = (0..2001)
            .map(|n| 3.0 + (omega * f64::from(n)).cos() + 0.2 * (3.0 * omega * f64::from(n)).sin())
            .collect();
        let found = 1.0 / dominant(&signal).unwrap();
        assert!((found - 74.3).abs() < 1e-5, "{found}");
        // The published way: the nearest integer fraction of 2,001 steps.
        assert!((largest_bin(&signal).unwrap() - 2001.0 / 27.0).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_move_has_no_frequency() {
        assert_eq!(largest_bin(&[2.0; 100]), None);
        assert_eq!(dominant(&[0.0; 100]), None);
    }
}
