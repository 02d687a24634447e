//! How slow an envelope is.

use pulp::Arch;
use realfft::RealFftPlanner;

use super::smooth::droop;

/// Frequencies that only noise reaches, and below which the envelope lies, in units of
/// the rate of the points.
const NOISE: (f64, f64) = (0.26, 0.41);
/// Cut-offs to choose from, in units of the rate of the points.
const SLOWEST: f64 = 1.0 / 115.0;
const FASTEST: f64 = 1.0 / 4.3;
const CHOICES: usize = 20;
/// With fewer points there is nothing to choose by.
const FEWEST: usize = 16;
/// Of so many the last ones may be left out.
const MANY: usize = 1024;
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
    let points = if steps < MANY { points } else { &points[..=fast(steps)] };
    let n = points.len();
    // Mirrored about both ends, so that these are no steps.
    let back = points[1..n - 1].iter().rev();
    let mut mirrored: Vec<f64> = points.iter().chain(back).copied().collect();
    let length = mirrored.len();
    let plan = RealFftPlanner::new().plan_fft_forward(length);
    let mut z = plan.make_output_vec();
    plan.process(&mut mirrored, &mut z).expect("the buffers have the lengths of the plan");
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
    let slow = (0..n).take_while(|&k| frequency(k) <= NOISE.0);
    let (eighths, powers): (Vec<f64>, Vec<f64>) =
        slow.map(|k| (frequency(k).powi(8), power(k))).unzip();
    let risk = |cutoff: f64| risk(&eighths, &powers, cutoff.powi(-8), level);
    let cutoff = |k: usize| SLOWEST * (FASTEST / SLOWEST).powf(k as f64 / (CHOICES - 1) as f64);
    let risks = (0..CHOICES).map(|k| (risk(cutoff(k)), cutoff(k)));
    risks.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(USUAL, |(_, cutoff)| cutoff)
}

/// The largest product of twos, threes and fives that does not exceed `steps`.
fn fast(steps: usize) -> usize {
    let is_fast = |&n: &usize| {
        let rest = |n: usize, prime: usize| {
            let mut n = n;
            while n.is_multiple_of(prime) {
                n /= prime;
            }
            n
        };
        rest(rest(rest(n, 2), 3), 5) == 1
    };
    (1..=steps).rev().find(is_fast).unwrap_or(1)
}

/// The estimate of the risk, where `gain = 1 / (1 + f^8 / cutoff^8)`; eight sums side by side.
fn risk(eighths: &[f64], powers: &[f64], scale: f64, level: f64) -> f64 {
    let term = |eighth: f64, power: f64| {
        let h = 1.0 / (1.0 + eighth * scale);
        (1.0 - h) * (1.0 - h) * power + (2.0 * h - 1.0) * level
    };
    Arch::new().dispatch(|| {
        let mut sums = [0.0; 8];
        let (eighths, eighths_rest) = eighths.as_chunks::<8>();
        let (powers, powers_rest) = powers.as_chunks::<8>();
        for (eighths, powers) in eighths.iter().zip(powers) {
            for k in 0..8 {
                sums[k] += term(eighths[k], powers[k]);
            }
        }
        let rest = eighths_rest.iter().zip(powers_rest).map(|(e, p)| term(*e, *p));
        sums.into_iter().chain(rest).sum()
    })
}

/// What is taken where nothing can be measured, in units of the rate of the points.
pub(super) fn usual() -> f64 {
    USUAL
}

#[cfg(test)]
mod tests {
    use rustfft::{FftPlanner, num_complex::Complex64};

    use super::*;
    use crate::signal::{envelope::smooth::gain, synthetic::NumpyRandom};

    #[test]
    fn lengths_that_transform_fast() {
        let found = [1024, 1033, 8264, 7].map(fast);
        assert_eq!(found, [1024, 1024, 8192, 6]);
    }

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
