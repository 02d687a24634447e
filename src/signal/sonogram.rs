//! How loud each frequency is over time.

use std::f64::consts::PI;

use rustfft::num_complex::Complex64;

use crate::signal::fourier::Transform;

/// Levels of a signal in dB above `-depth`, where 0 is the loudest, at up to `columns`
/// times and in `rows` bands of equal width up to half the rate, the highest band first;
/// none is below 0. Frames under Hann's window are twice as long as the bands need.
#[must_use]
pub fn sonogram(samples: &[f64], columns: usize, rows: usize, depth: f64) -> Vec<f64> {
    let (columns, rows) = (columns.clamp(1, samples.len().max(1)), rows.clamp(1, 1 << 12));
    let frame = (4 * rows).next_power_of_two();
    let each = frame / 2 / rows;
    let mut transform = Transform::new(frame);
    let window: Vec<f64> = (0..frame)
        .map(|k| 0.5 - 0.5 * (2.0 * PI * (k as f64 + 0.5) / frame as f64).cos())
        .collect();
    let mut powers = vec![0.0; columns * rows];
    for column in 0..columns {
        let middle = (2 * column + 1) * samples.len() / (2 * columns);
        let value = |(k, w): (usize, &f64)| {
            let place = (middle + k).checked_sub(frame / 2);
            w * place.and_then(|place| samples.get(place)).copied().unwrap_or(0.0)
        };
        let windowed: Vec<f64> = window.iter().enumerate().map(value).collect();
        let spectrum = transform.of(&windowed);
        for row in 0..rows {
            let band = &spectrum[row * each..(row + 1) * each];
            let power = band.iter().map(Complex64::norm_sqr).sum::<f64>();
            powers[(rows - 1 - row) * columns + column] = power;
        }
    }
    let loudest = powers.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let level = |&power: &f64| {
        let level = 10.0 * (power / loudest).log10() + depth;
        if level > 0.0 { level } else { 0.0 }
    };
    powers.iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stands_in_its_band() {
        // A quarter of the rate: half of the rows.
        let tone: Vec<f64> = (0..4000).map(|k| (0.5 * PI * (f64::from(k) + 0.3)).cos()).collect();
        let levels = sonogram(&tone, 10, 8, 60.0);
        assert_eq!(levels.len(), 80);
        let loud: Vec<usize> = (0..8).filter(|row| levels[row * 10 + 5] > 50.0).collect();
        assert!(loud.contains(&3) && loud.len() <= 2, "{loud:?}");
        assert!(sonogram(&[0.0; 10], 3, 4, 60.0).iter().all(|&level| level == 0.0));
        assert_eq!(sonogram(&[], 3, 4, 60.0).len(), 4);
    }
}
