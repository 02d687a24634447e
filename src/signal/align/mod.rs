//! Segments that repeat, brought onto one clock and averaged.
//!
//! | method | map of time | made for |
//! |---|---|---|
//! | [`align_published`] | shift, by the first crossing of a part of the maximum | comparison |
//! | [`align_woody`] | shift, by the whole shape | repetitions at one pace |
//! | [`align_affine`] | shift and stretch, with gains and weights | repetitions at their own pace |
//! | [`align_warp`] | the same and a smooth bend | the usual choice |
//! | [`align_dtw`] | any monotone one, to the most typical segment | one shape in pieces |
//! | [`align_dba`], [`align_soft_dtw`] | any monotone one, to the average | averages under it |
//!
//! A segment is a slice of samples; its length is its own. A NaN is a gap: it is bridged
//! to find the map and left out of the average. Every method returns an [`Alignment`].

mod affine;
mod barycentre;
mod bend;
mod correlate;
mod dtw;
mod prepare;
mod published;
mod sums;

pub use affine::{ElasticOptions, align_affine, align_warp};
pub use barycentre::{WarpingOptions, align_dba, align_dtw, align_soft_dtw};
pub use correlate::align_woody;
pub use dtw::{Dtw, dtw, soft_dtw};
pub use published::{
    Anchors, Boundaries, BoundaryOptions, SWEEP, align_published, anchors, boundaries, dispersion,
    split,
};

use crate::signal::SignalError;

/// Segments on one clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// The average, one value an instant of the common clock; 0 where no segment is.
    pub average: Vec<f64>,
    /// The standard deviation of the segments around it; 0 for fewer than two.
    pub sd: Vec<f64>,
    /// How many segments there are at each instant.
    pub count: Vec<usize>,
    /// Of each segment the sample that is shown at each instant, ascending; it may lie
    /// outside of the segment.
    pub maps: Vec<Vec<f64>>,
    /// Of each segment its size relative to the average.
    pub gains: Vec<f64>,
    /// Of each segment its correlation with the average, -1 to 1.
    pub scores: Vec<f64>,
    /// Segments that are something else; they are left out of the average.
    pub is_outlier: Vec<bool>,
}

impl Alignment {
    /// The instant of the common clock, from 0, that shows each of the `samples` samples of
    /// a segment: the inverse of its map, which goes on as a line beyond its ends.
    ///
    /// # Panics
    ///
    /// If there is no such segment.
    #[must_use]
    pub fn inverse(&self, segment: usize, samples: usize) -> Vec<f64> {
        let map = &self.maps[segment];
        let last = map.len() - 1;
        if last == 0 {
            return vec![0.0; samples];
        }
        let mut left = 0;
        let instant = |k: usize| {
            let at = k as f64;
            while left + 2 <= last && map[left + 1] < at {
                left += 1;
            }
            let step = map[left + 1] - map[left];
            let part = if step > 0.0 { (at - map[left]) / step } else { 0.0 };
            left as f64 + part
        };
        (0..samples).map(instant).collect()
    }

    /// Where the average lies with about 95 % confidence: 1.96 standard errors below and
    /// above it.
    #[must_use]
    pub fn confidence(&self) -> (Vec<f64>, Vec<f64>) {
        const NORMAL: f64 = 1.959_964;
        let half = |(sd, count): (&f64, &usize)| {
            if *count > 0 { NORMAL * sd / (*count as f64).sqrt() } else { 0.0 }
        };
        let halves: Vec<f64> = self.sd.iter().zip(&self.count).map(half).collect();
        let lower = self.average.iter().zip(&halves).map(|(a, h)| a - h).collect();
        let upper = self.average.iter().zip(&halves).map(|(a, h)| a + h).collect();
        (lower, upper)
    }
}

/// Refuses segments that nothing can be done with.
fn check_segments(segments: &[&[f64]], needed: usize) -> Result<(), SignalError> {
    if segments.len() < needed {
        return Err(SignalError::Segments { found: segments.len(), needed });
    }
    for (segment, samples) in segments.iter().enumerate() {
        let length = samples.iter().filter(|value| !value.is_nan()).count();
        if length < 2 {
            return Err(SignalError::Short { segment, length, needed: 2 });
        }
        if let Some(index) = samples.iter().position(|value| value.is_infinite()) {
            let value = samples[index];
            return Err(SignalError::SegmentNotFinite { segment, index, value });
        }
    }
    Ok(())
}

/// Average, deviation and count of mapped segments: values are divided by the gain and
/// weighted by its square, so that the average has the least squared error. The clock
/// keeps the instants that at least a part `share` of the segments have in common.
fn averaged(
    segments: &[&[f64]],
    mut maps: Vec<Vec<f64>>,
    gains: Vec<f64>,
    is_outlier: Vec<bool>,
    share: f64,
) -> Alignment {
    let length = maps.first().map_or(0, Vec::len);
    let (mut sums, mut squares) = (vec![[0.0; 2]; length], vec![0.0; length]);
    let mut count = vec![0_usize; length];
    let own = || (0..segments.len()).filter(|&i| !is_outlier[i] && gains[i] > 0.0);
    let mut shown: Vec<Vec<f64>> = segments.iter().zip(&maps).map(|(x, map)| at(x, map)).collect();
    for i in own() {
        let gain = gains[i];
        for ((sum, count), value) in sums.iter_mut().zip(&mut count).zip(&shown[i]) {
            if !value.is_nan() {
                sum[0] += gain * value;
                sum[1] += gain * gain;
                *count += 1;
            }
        }
    }
    let mean = |sum: &[f64; 2]| if sum[1] > 0.0 { sum[0] / sum[1] } else { 0.0 };
    let mut average: Vec<f64> = sums.iter().map(mean).collect();
    for i in own() {
        let gain = gains[i];
        for ((square, value), mean) in squares.iter_mut().zip(&shown[i]).zip(&average) {
            if !value.is_nan() {
                *square += (value - gain * mean) * (value - gain * mean);
            }
        }
    }
    let deviation = |((square, sum), count): ((&f64, &[f64; 2]), &usize)| {
        let n = *count as f64;
        if *count > 1 { (square / sum[1] * n / (n - 1.0)).sqrt() } else { 0.0 }
    };
    let mut sd: Vec<f64> = squares.iter().zip(&sums).zip(&count).map(deviation).collect();
    let most = count.iter().copied().max().unwrap_or(0);
    let wanted = ((share * own().count() as f64).ceil() as usize).max(1);
    // Segments too unequal to have that many in common anywhere.
    let least = if wanted <= most { wanted } else { most.div_ceil(2) };
    let first = count.iter().position(|&c| c >= least).unwrap_or(0);
    let last = count.iter().rposition(|&c| c >= least).map_or(length, |last| last + 1);
    for values in [&mut average, &mut sd].into_iter().chain(&mut maps).chain(&mut shown) {
        values.truncate(last);
        values.drain(..first);
    }
    count.truncate(last);
    count.drain(..first);
    let scores = shown.iter().map(|values| correlation(values, &average)).collect();
    Alignment { average, sd, count, maps, gains, scores, is_outlier }
}

/// A segment at fractional samples, linearly; NaN outside of it and beside a gap.
fn at(samples: &[f64], map: &[f64]) -> Vec<f64> {
    let last = samples.len() - 1;
    let end = last as f64;
    let value = |&place: &f64| {
        if !(place >= 0.0 && place <= end) {
            return f64::NAN;
        }
        let left = place as usize;
        let part = place - left as f64;
        if part == 0.0 {
            return samples[left];
        }
        samples[left] * (1.0 - part) + samples[left + 1] * part
    };
    map.iter().map(value).collect()
}

/// Pearson's correlation where both are numbers; 0 of what is flat.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let pairs = || a.iter().zip(b).filter(|(a, b)| !(a.is_nan() || b.is_nan()));
    let count = pairs().count() as f64;
    if count < 2.0 {
        return 0.0;
    }
    let (mut sa, mut sb) = (0.0, 0.0);
    for (a, b) in pairs() {
        sa += a;
        sb += b;
    }
    let (ma, mb) = (sa / count, sb / count);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        ab += (a - ma) * (b - mb);
        aa += (a - ma) * (a - ma);
        bb += (b - mb) * (b - mb);
    }
    let size = (aa * bb).sqrt();
    if size > 0.0 { ab / size } else { 0.0 }
}

/// Scores far below the others': below the median by more than four deviations, as the
/// median absolute deviation estimates them, and by more than 0.02.
fn outliers(scores: &[f64]) -> Vec<bool> {
    let middle = median(scores);
    let away: Vec<f64> = scores.iter().map(|score| (score - middle).abs()).collect();
    let least = middle - 4.0 * 1.4826 * median(&away) - 0.02;
    scores.iter().map(|&score| score < least).collect()
}

/// The middle value, the mean of two for an even number; 0 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n.is_multiple_of(2) => 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]),
        n => sorted[n / 2],
    }
}

#[cfg(test)]
mod tests;
