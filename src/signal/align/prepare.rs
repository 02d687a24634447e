//! Segments made small, without gaps, for the search of a map.

use crate::signal::{Cutoff, LowPass};

/// A thinned segment.
pub(super) struct Thin {
    /// Its values, `factor` samples apart.
    pub(super) values: Vec<f64>,
}

/// Low-passes segments below the new rate and keeps every `factor`-th sample.
pub(super) fn thinned(segments: &[&[f64]], factor: usize) -> Vec<Thin> {
    let low = (factor > 1).then(|| {
        // Below half of the new rate.
        let cutoff = Cutoff::Hertz(0.8 / factor as f64);
        LowPass::new(4, cutoff, 2.0).expect("a cut-off below half the rate")
    });
    let thin = |segment: &&[f64]| {
        let whole = bridged(segment);
        let values = match &low {
            Some(low) => low.both_ways(&whole).into_iter().step_by(factor).collect(),
            None => whole,
        };
        Thin { values }
    };
    segments.iter().map(thin).collect()
}

/// How much thinner segments become so that the longest has about `points` values.
pub(super) fn factor(segments: &[&[f64]], points: usize) -> usize {
    let longest = segments.iter().map(|segment| segment.len()).max().unwrap_or(1);
    (longest / points.max(1)).max(1)
}

/// The samples with a line across each gap, and level beyond the outermost samples.
fn bridged(samples: &[f64]) -> Vec<f64> {
    let mut out = samples.to_vec();
    let mut before: Option<usize> = None;
    for k in 0..samples.len() {
        if samples[k].is_nan() {
            continue;
        }
        match before {
            None => out[..k].fill(samples[k]),
            Some(last) if k > last + 1 => {
                let width = (k - last) as f64;
                for (j, value) in out[last + 1..k].iter_mut().enumerate() {
                    let part = (j + 1) as f64 / width;
                    *value = samples[last] * (1.0 - part) + samples[k] * part;
                }
            }
            Some(_) => {}
        }
        before = Some(k);
    }
    if let Some(last) = before {
        out[last + 1..].fill(samples[last]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_bridged() {
        let nan = f64::NAN;
        assert_eq!(bridged(&[nan, 1.0, nan, nan, 4.0, nan]), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        let long = vec![1.0; 1000];
        assert_eq!(factor(&[&long, &long[..3]], 250), 4);
        assert_eq!(thinned(&[&long], 4)[0].values.len(), 250);
    }
}
