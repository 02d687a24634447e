//! Local maxima that stand out.

use std::ops::Range;

use crate::signal::maximum::larger;

/// Which local maxima count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeakRule {
    /// Samples between two peaks, at least; of two closer ones the higher stays.
    pub distance: usize,
    /// Height above the higher of the two lowest points on the way to a higher sample, at
    /// least; `None` for any.
    pub prominence: Option<f64>,
}

/// The local maxima that obey a rule, ascending, as `scipy.signal.find_peaks` finds them:
/// the middle of a flat top, never the first or the last sample, and first the rule about
/// the distance and then the one about the prominence.
#[must_use]
pub fn find_peaks(samples: &[f64], rule: PeakRule) -> Vec<usize> {
    let mut peaks = if rule.distance > 1 {
        far_enough(samples, rule.distance)
    } else {
        local_maxima(samples, 0..samples.len())
    };
    if let Some(least) = rule.prominence {
        peaks.retain(|&peak| is_prominent(samples, peak, least));
    }
    peaks
}

/// The local maxima whose place is within `places`.
fn local_maxima(samples: &[f64], places: Range<usize>) -> Vec<usize> {
    let (mut peaks, mut k) = (Vec::new(), places.start.max(1));
    // A flat top may begin before the first place.
    while k > 1 && k < samples.len() && samples[k - 1] == samples[k] {
        k -= 1;
    }
    while k < places.end && k + 1 < samples.len() {
        if samples[k - 1] < samples[k] {
            let flat = samples[k..].iter().take_while(|&&value| value == samples[k]).count();
            let middle = k + (flat - 1) / 2;
            if k + flat < samples.len()
                && samples[k + flat] < samples[k]
                && places.contains(&middle)
            {
                peaks.push(middle);
            }
            k += flat;
        } else {
            k += 1;
        }
    }
    peaks
}

/// From the highest down, each peak removes those closer than the distance; of equal ones
/// the later one counts as higher.
///
/// A peak higher than all that are left around it stays, in whatever order the rest is
/// looked at. So no sorting of all peaks is needed, and not even a look at most of them:
/// first go the highest samples of blocks, and what is left between them is gone
/// through until none is undecided. Where peaks rise in a long row, of which only one is
/// settled at a time, the rest is sorted after all.
fn far_enough(samples: &[f64], distance: usize) -> Vec<usize> {
    /// Times before the rest is sorted.
    const TIMES: usize = 12;
    let distance = distance.min(samples.len());
    let mut kept = champions(samples, distance);
    // Plus 0, which makes -0 the same as 0.
    let height = |peak: usize| (peak, samples[peak] + 0.0);
    let mut open = Vec::new();
    let starts = std::iter::once(0).chain(kept.iter().map(|high| high + distance));
    let ends = kept.iter().map(|high| (high + 1).saturating_sub(distance)).chain([samples.len()]);
    for (start, end) in starts.zip(ends) {
        open.extend(local_maxima(samples, start..end).into_iter().map(height));
    }
    for _ in 0..TIMES {
        if open.is_empty() {
            break;
        }
        let from = kept.len();
        kept.extend((0..open.len()).filter(|&k| is_highest(&open, k, distance)).map(|k| open[k].0));
        // Both ascend, so the nearest that was kept is beside a pointer.
        let near = &kept[from..];
        let mut next = 0;
        open.retain(|&(peak, _)| {
            while near.get(next).is_some_and(|&high| high + distance <= peak) {
                next += 1;
            }
            near.get(next).is_none_or(|&high| peak + distance <= high)
        });
    }
    let mut order: Vec<usize> = (0..open.len()).collect();
    order.sort_by(|&a, &b| open[b].1.total_cmp(&open[a].1).then(b.cmp(&a)));
    let mut is_out = vec![false; open.len()];
    for one in order {
        if is_out[one] {
            continue;
        }
        kept.push(open[one].0);
        let close = |&k: &usize| open[one].0.abs_diff(open[k].0) < distance;
        for k in (0..one).rev().take_while(close).chain((one + 1..open.len()).take_while(close)) {
            is_out[k] = true;
        }
    }
    kept.sort_unstable();
    kept
}

/// Strict local maxima that are the highest sample of a block of as many samples as the
/// distance, and of all samples closer than that.
fn champions(samples: &[f64], distance: usize) -> Vec<usize> {
    let champion = |(start, block): (usize, &[f64])| {
        let height = largest(block);
        let peak = start + block.iter().rposition(|&value| value == height)?;
        let before = &samples[(peak + 1).saturating_sub(distance)..peak];
        let after = &samples[peak + 1..samples.len().min(peak + distance)];
        let is_strict = before.last()? < &height && after.first()? < &height;
        (is_strict && largest(before) <= height && largest(after) < height).then_some(peak)
    };
    let starts = (0..samples.len()).step_by(distance);
    starts.zip(samples.chunks(distance)).filter_map(champion).collect()
}

/// The largest value, several at a time; values that are NaN do not count.
fn largest(values: &[f64]) -> f64 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut most = [f64::NEG_INFINITY; 8];
    for eight in eights {
        for (most, value) in most.iter_mut().zip(eight) {
            *most = larger(*value, *most);
        }
    }
    rest.iter().copied().chain(most).fold(f64::NEG_INFINITY, |most, value| larger(value, most))
}

/// True where no peak closer than the distance is higher.
fn is_highest(peaks: &[(usize, f64)], k: usize, distance: usize) -> bool {
    let (place, height) = peaks[k];
    let (before, after) = (peaks[..k].iter().rev(), &peaks[k + 1..]);
    after.iter().take_while(|(at, _)| at - place < distance).all(|(_, other)| *other < height)
        && before.take_while(|(at, _)| place - at < distance).all(|(_, other)| *other <= height)
}

/// Stops as soon as both sides fall deep enough.
fn is_prominent(samples: &[f64], peak: usize, least: f64) -> bool {
    let top = samples[peak];
    let falls = |side: &mut dyn Iterator<Item = &f64>| {
        let mut lowest = top;
        for &value in side {
            if value > top {
                break;
            }
            if value < lowest {
                lowest = value;
            }
            if top - lowest >= least {
                return true;
            }
        }
        top - lowest >= least
    };
    falls(&mut samples[..peak].iter().rev()) && falls(&mut samples[peak + 1..].iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_tops_distances_and_prominences() {
        let x = [0.0, 1.0, 0.0, 2.0, 2.0, 2.0, 0.5, 1.5, 0.0, 3.0, 3.0];
        let all = |distance, prominence| find_peaks(&x, PeakRule { distance, prominence });
        assert_eq!(all(0, None), [1, 4, 7]);
        assert_eq!(all(4, None), [4]);
        assert_eq!(all(3, None), [1, 4, 7]);
        assert_eq!(all(0, Some(1.0)), [1, 4, 7]);
        assert_eq!(all(0, Some(1.2)), [4]);
        assert_eq!(all(0, Some(2.5)), [0; 0]);
        // Below 0 as above it.
        let below = x.map(|x| x - 10.0);
        assert_eq!(find_peaks(&below, PeakRule { distance: 4, prominence: None }), [4]);
        assert!(find_peaks(&[], PeakRule::default()).is_empty());
        assert!(find_peaks(&[1.0, 1.0], PeakRule::default()).is_empty());
    }

    /// The rule as it is said: sort, and remove around each.
    fn removed(samples: &[f64], peaks: &[usize], distance: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..peaks.len()).collect();
        order.sort_by(|&a, &b| samples[peaks[b]].total_cmp(&samples[peaks[a]]).then(b.cmp(&a)));
        let mut kept: Vec<usize> = Vec::new();
        for k in order {
            if kept.iter().all(|&high| peaks[k].abs_diff(high) >= distance) {
                kept.push(peaks[k]);
            }
        }
        kept.sort_unstable();
        kept
    }

    #[test]
    fn the_highest_removes_its_neighbours() {
        let mut random = crate::signal::synthetic::NumpyRandom::new(&[7]);
        let rising = |k: i32| f64::from(k) * 0.01 + f64::from(k % 2);
        let falling = |k: i32| f64::from(400 - k) * 0.01 + f64::from(k % 2);
        let mut signals: Vec<Vec<f64>> = vec![
            (0..400).map(rising).collect(),
            (0..400).map(falling).collect(),
            (0..400).map(|k| f64::from(k % 2)).collect(),
        ];
        // Coarse ones have many of the same height.
        signals.extend((0..20).map(|k| {
            random.normals(500).iter().map(|x| (x * f64::from(k)).round() + 0.0).collect()
        }));
        for (at, x) in signals.iter().enumerate() {
            let peaks = local_maxima(x, 0..x.len());
            for distance in [2, 3, 5, 8, 40, 1000] {
                let (found, wanted) = (far_enough(x, distance), removed(x, &peaks, distance));
                assert_eq!(found, wanted, "signal {at}, distance {distance}");
            }
        }
    }
}
