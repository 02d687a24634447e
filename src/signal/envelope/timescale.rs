//! How slow an envelope is.

use rustfft::{FftPlanner, num_complex::Complex64};

use super::smooth::{droop, gain};

/// Frequencies that only noise reaches, and below which the envelope lies, in units of
/// the rate of the points.
const NOISE: (f64, f64) = (0.26, 0.41);
/// Cut-offs to choose from, in units of the rate of the points.
const SLOWEST: f64 = 1.0 / 115.0;
const FASTEST: f64 = 1.0 / 4.3;
const CHOICES: usize = 20;
/// With fewer points there is nothing to choose by.
const FEWEST: usize = 16;
/// So many more than a multiple of `SMOOTH` may be left out.
const MANY: usize = 1024;
const SMOOTH: usize = 64;
/// What is taken then.
const USUAL: f64 = 0.07;

/// The cut-off, in units of the rate of the points, with which the smoothed points are
/// expected to be closest to the envelope without noise.
///
/// Points are envelope plus noise that is white at these slow frequencies; above those of
/// the envelope its power `N` is seen alone. A filter with gain `H` leaves the squared
/// error `sum (1 - H)^2 S + H^2 N`, and `P - N` estimates `S`: Stein's unbiased estimate
/// of the risk, of which the least is taken.
///
/// # Source
///
/// C. Stein, Annals of Statistics 9 (1981) 1135, for the estimate.
pub(super) fn choose(points: &[f64]) -> f64 {
    if points.len() < FEWEST {
        return USUAL;
    }
    // A length that transforms fast, for the last few of many points.
    let steps = points.len() - 1;
    let points = if steps < MANY { points } else { &points[..=steps / SMOOTH * SMOOTH] };
    let n = points.len();
    // Mirrored about both ends, so that these are no steps.
    let back = points[1..n - 1].iter().rev();
    let mut z: Vec<Complex64> =
        points.iter().chain(back).map(|&x| Complex64::new(x, 0.0)).collect();
    let length = z.len();
    FftPlanner::new().plan_fft_forward(length).process(&mut z);
    let frequency = |k: usize| k as f64 / length as f64;
    let power = |k: usize| z[k].norm_sqr() / droop(frequency(k)).powi(2);
    let mut noise: Vec<f64> =
        (0..n).filter(|&k| frequency(k) > NOISE.0 && frequency(k) < NOISE.1).map(power).collect();
    if noise.is_empty() {
        return USUAL;
    }
    let middle = noise.len() / 2;
    // The median of powers that are exponentially distributed is ln 2 of their mean.
    let level = *noise.select_nth_unstable_by(middle, f64::total_cmp).1 / std::f64::consts::LN_2;
    let slow: Vec<(f64, f64)> = (0..n)
        .map(|k| (frequency(k), k))
        .take_while(|(f, _)| *f <= NOISE.0)
        .map(|(f, k)| (f, power(k)))
        .collect();
    let risk = |cutoff: f64| -> f64 {
        let of = |&(f, p): &(f64, f64)| {
            let h = gain(f / cutoff);
            (1.0 - h) * (1.0 - h) * p + (2.0 * h - 1.0) * level
        };
        slow.iter().map(of).sum()
    };
    let cutoff = |k: usize| SLOWEST * (FASTEST / SLOWEST).powf(k as f64 / (CHOICES - 1) as f64);
    let risks = (0..CHOICES).map(|k| (risk(cutoff(k)), cutoff(k)));
    risks.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(USUAL, |(_, cutoff)| cutoff)
}

/// What is taken where nothing can be measured, in units of the rate of the points.
pub(super) fn usual() -> f64 {
    USUAL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::synthetic::NumpyRandom;

    #[test]
    fn a_slow_envelope_in_noise_is_smoothed_more_than_a_fast_one() {
        let mut random = NumpyRandom::new(&[1]);
        let mut points = |turn: f64, noise: f64| -> Vec<f64> {
            (0..1000).map(|k| 1.0 + (turn * f64::from(k)).sin() + noise * random.normal()).collect()
        };
        let slow = choose(&points(0.02, 0.3));
        let fast = choose(&points(0.4, 0.3));
        let clean = choose(&points(0.02, 1e-4));
        assert!(slow < 0.02 && fast > 0.07 && fast < 0.13, "{slow} {fast}");
        assert!(clean > slow, "{clean} {slow}");
        assert_eq!(choose(&[1.0; 3]), USUAL);
    }

    /// Points, mirrored about both ends, with their spectrum multiplied by a gain.
    fn filtered(points: &[f64], gain: impl Fn(f64) -> f64) -> Vec<f64> {
        let n = points.len();
        let back = points[1..n - 1].iter().rev();
        let mut z: Vec<Complex64> =
            points.iter().chain(back).map(|&x| Complex64::new(x, 0.0)).collect();
        let length = z.len();
        FftPlanner::new().plan_fft_forward(length).process(&mut z);
        for (k, value) in z.iter_mut().enumerate() {
            *value *= gain(k.min(length - k) as f64 / length as f64) / length as f64;
        }
        FftPlanner::new().plan_fft_inverse(length).process(&mut z);
        z[..n].iter().map(|z| z.re).collect()
    }

    /// What the estimate is for: hardly any other cut-off would have come closer.
    #[test]
    fn the_choice_is_close_to_the_best_in_hindsight() {
        let mut random = NumpyRandom::new(&[5]);
        for (memory, noise) in [(0.8, 0.5), (0.9, 1.0)] {
            let mut ratios = Vec::new();
            for _ in 0..8 {
                let mut levels = [0.0; 3];
                let (mut wanted, mut noisy) = (Vec::new(), Vec::new());
                for _ in 0..1500 {
                    let mut input = random.normal();
                    for level in &mut levels {
                        *level = memory * *level + input;
                        input = *level;
                    }
                    wanted.push(input);
                    noisy.push(input + noise * random.normal());
                }
                let points = filtered(&noisy, droop);
                let error = |cutoff: f64| -> f64 {
                    let smooth = filtered(&points, |f| gain(f / cutoff) / droop(f));
                    smooth.iter().zip(&wanted).map(|(s, w)| (s - w) * (s - w)).sum()
                };
                let grid = (0..60).map(|k| SLOWEST * (FASTEST / SLOWEST).powf(f64::from(k) / 59.0));
                let best = grid.map(error).min_by(f64::total_cmp).unwrap();
                ratios.push(error(choose(&points)) / best);
            }
            let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
            assert!(mean < 1.05, "{memory} {noise}: {ratios:?}");
        }
    }
}
