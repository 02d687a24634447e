//! Envelopes of syllables with known maps of their time.

use std::f64::consts::PI;

use crate::signal::{Cutoff, LowPass};

use super::{NumpyRandom, modulated::deviation};

/// Samples of a segment, and of the syllable in it.
const LENGTH: usize = 2000;
const SYLLABLE: f64 = 1400.0;

/// What happens to a syllable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// It is shifted.
    Shift,
    /// It is shifted and stretched by 0.85 to 1.15.
    Stretch,
    /// It is shifted, stretched, smoothly warped and has a gain of its own.
    Warp,
    /// The same, and each tenth one is another syllable.
    Outliers,
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 4] =
    [Scenario::Shift, Scenario::Stretch, Scenario::Warp, Scenario::Outliers];

/// Segments with all that is known of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Syllables {
    /// The segments, 2000 samples each.
    pub segments: Vec<Vec<f64>>,
    /// For each sample its place in the syllable, which lasts from 0 to 1.
    pub places: Vec<Vec<f64>>,
    /// Their gains.
    pub gains: Vec<f64>,
    /// Which are another syllable.
    pub is_other: Vec<bool>,
}

/// The syllable at a place from 0 to 1; 0 elsewhere.
fn template(u: f64) -> f64 {
    let hump = |centre: f64, width: f64| (-((u - centre) / width).powi(2)).exp();
    let sum = 0.55 * hump(0.2, 0.07)
        + hump(0.46, 0.085)
        + 0.75 * hump(0.78, 0.055)
        + 0.25 * hump(0.62, 0.25);
    sum * edges(u)
}

/// Another one.
fn other(u: f64) -> f64 {
    (0.3 + 0.7 * (6.0 * PI * u.clamp(0.0, 1.0)).sin().abs()) * edges(u)
}

/// Smooth edges; 0 outside.
fn edges(u: f64) -> f64 {
    if !(u > 0.0 && u < 1.0) {
        return 0.0;
    }
    let near = if u < 0.5 { u } else { 1.0 - u };
    (0.5 * PI * (near / 0.08).clamp(0.0, 1.0)).sin().powi(2)
}

/// `count` segments; noise is low-passed at a hundredth of the rate and has the standard
/// deviation `noise`, in units of the template's largest hump.
///
/// # Panics
///
/// Never: its filter is a fixed one.
#[must_use]
pub fn syllables(scenario: Scenario, noise: f64, seed: u32, count: usize) -> Syllables {
    let which = SCENARIOS.iter().position(|&s| s == scenario).unwrap_or(0) as u32;
    let mut random = NumpyRandom::new(&[which, (noise * 1000.0) as u32, seed]);
    let low = LowPass::new(2, Cutoff::Hertz(0.02), 2.0)
        .expect("invariant: the cut-off lies within range");
    let mut out = Syllables {
        segments: Vec::new(),
        places: Vec::new(),
        gains: Vec::new(),
        is_other: Vec::new(),
    };
    for i in 0..count {
        let stretch = if scenario == Scenario::Shift { 1.0 } else { random.uniform(0.85, 1.15) };
        let start = random.uniform(40.0, LENGTH as f64 - SYLLABLE * stretch - 40.0);
        let mut places: Vec<f64> =
            (0..LENGTH).map(|t| (t as f64 - start) / (SYLLABLE * stretch)).collect();
        let mut gain = 1.0;
        if matches!(scenario, Scenario::Warp | Scenario::Outliers) {
            let bends = [0.030, 0.015, 0.010].map(|size| size * random.normal());
            for u in &mut places {
                let inside = u.clamp(0.0, 1.0);
                let bend = |(k, b): (usize, &f64)| b * ((k + 1) as f64 * PI * inside).sin();
                *u += bends.iter().enumerate().map(bend).sum::<f64>();
            }
            gain = (0.2 * random.normal()).exp();
        }
        let is_other = scenario == Scenario::Outliers && i % 10 == 7;
        let shape = if is_other { other } else { template };
        let z = low.causal(&random.normals(LENGTH + 200)).split_off(200);
        let unit = deviation(&z);
        let values = places.iter().zip(z).map(|(&u, z)| gain * shape(u) + noise * z / unit);
        out.segments.push(values.collect());
        out.places.push(places);
        out.gains.push(gain);
        out.is_other.push(is_other);
    }
    out
}

/// How far an average is from the template under the shift, stretch and gain that make it
/// least, relative to the average; an average is defined up to these.
#[must_use]
pub fn template_error(average: &[f64]) -> f64 {
    let n = average.len() as f64;
    let own: f64 = average.iter().map(|y| y * y).sum();
    let error = |(shift, length): (f64, f64)| -> f64 {
        let (mut cross, mut square) = (0.0, 0.0);
        for (t, y) in average.iter().enumerate() {
            let m = template((t as f64 - shift) / length);
            cross += m * y;
            square += m * m;
        }
        if square < 1e-9 || own == 0.0 {
            return 1.0;
        }
        let rest = 1.0 - cross * cross / (square * own);
        if rest > 0.0 { rest.sqrt() } else { 0.0 }
    };
    let length = n * SYLLABLE / LENGTH as f64;
    let mut starts = Vec::new();
    for k in 0..12 {
        let stretch = 0.75 + 0.05 * f64::from(k);
        for j in 0..42 {
            let at = (n * (f64::from(j) / 60.0 - 0.1), length * stretch);
            starts.push((error(at), at));
        }
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = starts.iter().take(3).map(|&(start, at)| descend(&error, start, at, n));
    best.min_by(f64::total_cmp).unwrap_or(1.0)
}

/// The least value near a point, by steps along the axes and diagonals that get smaller.
fn descend(error: &impl Fn((f64, f64)) -> f64, start: f64, mut at: (f64, f64), n: f64) -> f64 {
    let (mut best, mut step) = (start, n / 100.0);
    while step > 1e-5 * n {
        let ways = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1), (1, -2), (-1, 2)];
        let moved = ways.map(|(a, b)| (at.0 + step * f64::from(a), at.1 + step * f64::from(b)));
        let tried = moved.map(|to| (error(to), to));
        match tried.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((value, to)) if value < best => (best, at) = (value, to),
            _ => step *= 0.5,
        }
    }
    best
}

/// How well maps agree about the places of the truth: the root mean square over the common
/// time of the standard deviation across segments, in samples of a syllable. Of `maps[i]`
/// each entry is the sample of segment `i` that is shown at that common time.
#[must_use]
pub fn registration_error(maps: &[Vec<f64>], truth: &Syllables) -> Option<f64> {
    let place = |i: usize, at: f64| -> Option<f64> {
        let places = &truth.places[i];
        let last = places.len() - 1;
        if !(at >= 0.0 && at <= last as f64) {
            return None;
        }
        let left = (at as usize).min(last - 1);
        let part = at - left as f64;
        Some(places[left] * (1.0 - part) + places[left + 1] * part)
    };
    let (mut sum, mut count) = (0.0, 0_usize);
    for c in 0..maps.first()?.len() {
        let own = (0..maps.len()).filter(|&i| !truth.is_other[i]);
        let mut seen: Vec<f64> = own.filter_map(|i| place(i, maps[i][c])).collect();
        seen.sort_by(f64::total_cmp);
        let Some(&middle) = seen.get(seen.len() / 2) else { continue };
        if middle > 0.05 && middle < 0.95 {
            sum += deviation(&seen).powi(2);
            count += 1;
        }
    }
    (count >= 10).then(|| (sum / count as f64).sqrt() * SYLLABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `align_synth.make` of the rivals' benchmark, NumPy 2.4.6 and SciPy 1.17.1.
    #[test]
    fn the_segments_are_those_of_the_rivals() {
        let found = syllables(Scenario::Outliers, 0.1, 4, 50);
        let sum: f64 = found.segments.iter().flatten().sum();
        assert!((sum - 30_862.081_802_820_325).abs() < 1e-5, "{sum}");
        assert!((found.segments[7][1000] - 1.767_214_764_341_392).abs() < 1e-9);
        assert!((found.segments[49][700] - 0.579_020_265_818_082).abs() < 1e-9);
        assert!((found.places[3][555] - 0.299_324_003_770_138).abs() < 1e-9);
        assert!((found.gains[2] - 0.928_664_65).abs() < 1e-7);
        assert_eq!(found.is_other.iter().filter(|other| **other).count(), 5);
        let found = syllables(Scenario::Shift, 0.03, 0, 50);
        let sum: f64 = found.segments.iter().flatten().sum();
        assert!((sum - 27_934.891_526_023_77).abs() < 1e-5, "{sum}");
        assert!((found.segments[7][1000] - 0.246_745_486_451_007).abs() < 1e-9);
    }

    #[test]
    fn the_template_has_no_error_at_any_clock() {
        let shown: Vec<f64> =
            (0..2000).map(|t| 3.0 * template((f64::from(t) - 137.0) / 1333.0)).collect();
        assert!(template_error(&shown) < 1e-3, "{}", template_error(&shown));
        let others: Vec<f64> = (0..2000).map(|t| other((f64::from(t) - 300.0) / 1400.0)).collect();
        assert!(template_error(&others) > 0.3);
        assert_eq!(template_error(&[0.0; 50]), 1.0);
    }

    #[test]
    fn the_true_map_has_no_error() {
        let truth = syllables(Scenario::Shift, 0.03, 0, 5);
        let start = |i: usize| -truth.places[i][0] * SYLLABLE;
        let maps: Vec<Vec<f64>> =
            (0..5).map(|i| (0..1400).map(|t| start(i) + f64::from(t)).collect()).collect();
        assert!(registration_error(&maps, &truth).unwrap() < 1e-6);
        let off: Vec<Vec<f64>> = (0..5)
            .map(|i| (0..1400).map(|t| start(i) + f64::from(t) + 7.0 * (i % 2) as f64).collect())
            .collect();
        let error = registration_error(&off, &truth).unwrap();
        assert!((error - 7.0 * 0.24_f64.sqrt()).abs() < 1e-6, "{error}");
    }
}
