//! A curve through the peaks with no more ups and downs than they need.

use crate::signal::{
    PeakRule, SignalError,
    envelope::{not_negative, rectified},
    error::{check, check_positive, check_rate},
    find_peaks,
    maximum::{larger, smaller},
    spline::Knots,
};

/// Between two peaks it is silent where the signal stays below this part of the lower one.
const SILENCE: f64 = 0.05;

/// What may be chosen about [`peak_envelope`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakOptions {
    /// Time between two peaks, s, at least: no less than half a period of the carrier.
    pub distance: f64,
    /// How far from a peak the curve may pass, relative to the peak.
    pub tolerance: f64,
    /// How far it may pass in any case, relative to the largest peak.
    pub floor: f64,
}

impl Default for PeakOptions {
    /// Peaks 5 ms apart, passed within 8 % of each or 0.4 % of the largest.
    fn default() -> Self {
        Self { distance: 0.005, tolerance: 0.08, floor: 0.004 }
    }
}

/// The peak envelope of samples at `rate`, Hz: it passes every peak of the absolute value
/// within the tolerance, and no curve that does so has fewer local maxima.
///
/// # Model
///
/// The peaks at least `distance` apart are gates, each as high as the tolerance lets it
/// be. The taut string through the gates is the shortest way through all of them, which
/// turns only where it must; a monotone cubic through its values at the peaks rounds its
/// corners and adds no maximum. Silence between two peaks is followed down.
///
/// With fewer than two peaks it is the largest absolute value everywhere.
///
/// # Source
///
/// P. L. Davies and A. Kovac, *Local extremes, runs, strings and multiresolution*, Annals
/// of Statistics 29 (2001) 1, for the string.
///
/// # Errors
///
/// No samples or one that is not finite; options that are not positive.
pub fn peak_envelope(
    samples: &[f64],
    rate: f64,
    options: &PeakOptions,
) -> Result<Vec<f64>, SignalError> {
    check(samples)?;
    check_rate(rate)?;
    check_positive("the distance of peaks", options.distance)?;
    check_positive("the tolerance", options.tolerance)?;
    check_positive("the floor", options.floor)?;
    let y = rectified(samples);
    let n = y.len();
    let distance = ((options.distance * rate) as usize).max(1);
    let peaks = find_peaks(&y, PeakRule { distance, prominence: None });
    let largest = y.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    if peaks.len() < 2 {
        return Ok(vec![largest; n]);
    }
    let gate = |&(at, height): &(usize, f64)| Gate {
        at: at as f64,
        height,
        half: larger(options.tolerance * height, options.floor * largest),
    };
    let gates: Vec<Gate> = with_silences(&y, &peaks, distance).iter().map(gate).collect();
    let heights = string(&gates);
    let mut x: Vec<f64> = gates.iter().map(|gate| gate.at).collect();
    let mut heights = heights;
    // Level beyond the outermost peaks.
    if x[0] > 0.0 {
        x.insert(0, 0.0);
        heights.insert(0, heights[0]);
    }
    let last = (n - 1) as f64;
    if x[x.len() - 1] < last {
        x.push(last);
        heights.push(heights[heights.len() - 1]);
    }
    Ok(not_negative(Knots { x: &x, y: &heights }.monotone(n, y)))
}

/// The peaks with their heights, and between two of them, where there is silence, its
/// beginning and end.
fn with_silences(y: &[f64], peaks: &[usize], distance: usize) -> Vec<(usize, f64)> {
    let mut knots = vec![(peaks[0], y[peaks[0]])];
    let gap = |from: usize, to: usize, lower: f64| -> Option<[(usize, f64); 2]> {
        let (from, to) = (from + distance, to.checked_sub(distance)?);
        let inner = y.get(from..=to).filter(|inner| inner.len() > 1)?;
        let most = inner.iter().copied().max_by(f64::total_cmp)?;
        (most < SILENCE * lower).then_some([(from, most), (to, most)])
    };
    for pair in peaks.windows(2) {
        let lower = smaller(y[pair[0]], y[pair[1]]);
        knots.extend(gap(pair[0], pair[1], lower).into_iter().flatten());
        knots.push((pair[1], y[pair[1]]));
    }
    // Before the first peak and after the last one.
    let (first, last) = (peaks[0], peaks[peaks.len() - 1]);
    let head = y.get(..first.saturating_sub(distance)).filter(|head| head.len() > 1);
    if let Some(head) = head {
        let most = head.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
        if most < SILENCE * y[first] {
            knots.splice(0..0, [(0, most), (head.len() - 1, most)]);
        }
    }
    let tail = y.get(last + distance..).filter(|tail| tail.len() > 1);
    if let Some(tail) = tail {
        let most = tail.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
        if most < SILENCE * y[last] {
            knots.extend([(last + distance, most), (y.len() - 1, most)]);
        }
    }
    knots
}

/// Where the string passes, and how far from the middle it may.
struct Gate {
    at: f64,
    height: f64,
    half: f64,
}

/// The heights at the gates of the shortest way through them, from the middle of the
/// first one on.
fn string(gates: &[Gate]) -> Vec<f64> {
    let mut out = vec![gates[0].height];
    let (mut at, mut height) = (gates[0].at, gates[0].height);
    while out.len() < gates.len() {
        let start = out.len();
        // The gates that bound the slope from above and from below.
        let (mut most, mut least) = ((f64::INFINITY, start), (f64::NEG_INFINITY, start));
        let mut bend = None;
        for (k, gate) in gates.iter().enumerate().skip(start) {
            let slope = |to: f64| (to - height) / (gate.at - at);
            let (upper, lower) = (slope(gate.height + gate.half), slope(gate.height - gate.half));
            if upper < least.0 {
                bend = Some((least, gates[least.1].height - gates[least.1].half));
                break;
            }
            if lower > most.0 {
                bend = Some((most, gates[most.1].height + gates[most.1].half));
                break;
            }
            if upper <= most.0 {
                most = (upper, k);
            }
            if lower >= least.0 {
                least = (lower, k);
            }
        }
        // No bend: the flattest slope that passes all.
        let ((slope, to), end) = bend.map_or_else(
            || {
                let slope = if least.0 > 0.0 {
                    least.0
                } else if most.0 < 0.0 {
                    most.0
                } else {
                    0.0
                };
                ((slope, gates.len() - 1), None)
            },
            |(which, end)| (which, Some(end)),
        );
        out.extend(gates[start..=to].iter().map(|gate| height + slope * (gate.at - at)));
        if let (Some(end), Some(value)) = (end, out.last_mut()) {
            *value = end;
        }
        (at, height) = (gates[to].at, out[to]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_string_turns_only_where_it_must() {
        let gates = |heights: &[f64]| -> Vec<Gate> {
            let gate =
                |(k, height): (usize, &f64)| Gate { at: k as f64, height: *height, half: 0.1 };
            heights.iter().enumerate().map(gate).collect()
        };
        let flat = string(&gates(&[1.0, 1.05, 0.95, 1.08, 0.97]));
        assert!(flat.iter().all(|&h| (h - 1.0).abs() < 1e-12), "{flat:?}");
        let heights = [0.0, 1.0, 1.95, 3.0, 2.05, 2.0, 1.0, 1.0, 4.0];
        let found = string(&gates(&heights));
        for (found, wanted) in found.iter().zip(heights) {
            assert!((found - wanted).abs() <= 0.1 + 1e-12, "{found} {wanted}");
        }
        let turns = found.windows(3).filter(|w| w[1] > w[0] && w[1] >= w[2]).count();
        assert_eq!(turns, 1, "{found:?}");
    }

    #[test]
    fn silence_is_not_bridged() {
        let tone = |k: usize| (0.5 * k as f64).cos();
        let x: Vec<f64> =
            (0..3000).map(|k| if (1000..2000).contains(&k) { 0.0 } else { tone(k) }).collect();
        let e = peak_envelope(&x, 10_000.0, &PeakOptions::default()).unwrap();
        assert!(e[1100..1900].iter().all(|&e| e < 0.01), "{:?}", &e[1100..1110]);
        assert!(e[..950].iter().chain(&e[2050..]).all(|&e| (e - 1.0).abs() < 0.1));
    }
}
