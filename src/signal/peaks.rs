//! Local maxima that stand out.

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
    let mut peaks = local_maxima(samples);
    if rule.distance > 1 {
        peaks = far_enough(samples, &peaks, rule.distance);
    }
    if let Some(least) = rule.prominence {
        peaks.retain(|&peak| is_prominent(samples, peak, least));
    }
    peaks
}

fn local_maxima(samples: &[f64]) -> Vec<usize> {
    let (mut peaks, mut k) = (Vec::new(), 1);
    while k + 1 < samples.len() {
        if samples[k - 1] < samples[k] {
            let flat = samples[k..].iter().take_while(|&&value| value == samples[k]).count();
            if k + flat < samples.len() && samples[k + flat] < samples[k] {
                peaks.push(k + (flat - 1) / 2);
            }
            k += flat;
        } else {
            k += 1;
        }
    }
    peaks
}

/// From the highest down, each peak removes those closer than the distance.
fn far_enough(samples: &[f64], peaks: &[usize], distance: usize) -> Vec<usize> {
    // Heights as whole numbers of the same order, above the places: these sort fast.
    let rank = |height: f64| {
        let bits = height.to_bits();
        if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
    };
    let ranked = peaks.iter().enumerate();
    let mut order: Vec<u128> =
        ranked.map(|(k, &peak)| u128::from(rank(samples[peak])) << 64 | k as u128).collect();
    order.sort_unstable();
    let mut stays = vec![true; peaks.len()];
    for &ranked in order.iter().rev() {
        let one = ranked as u64 as usize;
        if !stays[one] {
            continue;
        }
        let close = |&k: &usize| peaks[one].abs_diff(peaks[k]) < distance;
        for k in (0..one).rev().take_while(close) {
            stays[k] = false;
        }
        for k in (one + 1..peaks.len()).take_while(close) {
            stays[k] = false;
        }
    }
    peaks.iter().zip(stays).filter(|(_, stays)| *stays).map(|(peak, _)| *peak).collect()
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
}
