//! Averages under dynamic time warping.

use crate::signal::{
    SignalError,
    align::{
        Alignment, averaged, check_segments, correlation, dtw, median, outliers,
        prepare::{factor, thinned},
        soft_dtw,
    },
    error::check_positive,
    maximum::larger,
};

/// What may be chosen about the methods with any monotone map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarpingOptions {
    /// Segments are thinned to about that many values before they are warped.
    pub points: usize,
    /// How far from the diagonal a way may go, as a part of the clock.
    pub band: f64,
    /// Rounds of maps and average.
    pub rounds: usize,
    /// The smoothness of [`align_soft_dtw`], in units of the variance of the segments.
    pub smoothness: f64,
}

impl Default for WarpingOptions {
    /// 200 values, a quarter of the clock, ten rounds, a smoothness of 1.
    fn default() -> Self {
        Self { points: 200, band: 0.25, rounds: 10, smoothness: 1.0 }
    }
}

/// Thinned segments, and one of them that is most like the others.
struct Prepared {
    factor: usize,
    values: Vec<Vec<f64>>,
    typical: usize,
    band: usize,
}

fn prepare(segments: &[&[f64]], options: &WarpingOptions) -> Result<Prepared, SignalError> {
    check_segments(segments, 2)?;
    check_positive("the band", options.band)?;
    check_positive("the number of points", options.points as f64)?;
    let factor = factor(segments, options.points);
    let values: Vec<Vec<f64>> =
        thinned(segments, factor).into_iter().map(|thin| thin.values).collect();
    if values.iter().all(|x| x.iter().all(|v| *v == x[0])) {
        return Err(SignalError::Flat);
    }
    let longest = values.iter().map(Vec::len).max().unwrap_or(1);
    let band = (options.band * longest as f64).ceil() as usize;
    // The segment that is closest to the middle one at each instant.
    let middle: Vec<f64> = (0..longest)
        .map(|t| median(&values.iter().filter_map(|x| x.get(t).copied()).collect::<Vec<f64>>()))
        .collect();
    let distance = |x: &Vec<f64>| -> f64 {
        let square: f64 = x.iter().zip(&middle).map(|(x, m)| (x - m) * (x - m)).sum();
        square / x.len() as f64
    };
    let closest =
        (0..values.len()).min_by(|&a, &b| distance(&values[a]).total_cmp(&distance(&values[b])));
    Ok(Prepared { factor, typical: closest.unwrap_or(0), values, band })
}

impl Prepared {
    /// The map of each segment to a template.
    fn maps(&self, template: &[f64]) -> Result<Vec<Vec<f64>>, SignalError> {
        let map = |x: &Vec<f64>| Ok(dtw(template, x, Some(self.band))?.map(template.len()));
        self.values.iter().map(map).collect()
    }

    /// Maps of thinned values as maps of samples, and the average under them.
    fn finish(&self, segments: &[&[f64]], maps: &[Vec<f64>]) -> Alignment {
        let length = maps[0].len();
        let samples = (length - 1) * self.factor + 1;
        let wide = self.factor as f64;
        let full = |(map, segment): (&Vec<f64>, &&[f64])| -> Vec<f64> {
            let last = (segment.len() - 1) as f64;
            let place = |k: usize| {
                let (left, part) = (k / self.factor, (k % self.factor) as f64 / wide);
                let right = if left + 1 < length { left + 1 } else { left };
                // In this order rounding keeps it ascending.
                let place = wide * (map[left] + part * (map[right] - map[left]));
                if place < last { place } else { last }
            };
            (0..samples).map(place).collect()
        };
        let maps = maps.iter().zip(segments).map(full).collect();
        let (gains, none) = (vec![1.0; segments.len()], vec![false; segments.len()]);
        let mut found = averaged(segments, maps, gains, none, 0.5);
        found.is_outlier = outliers(&found.scores);
        if found.is_outlier.contains(&true) {
            let Alignment { maps, gains, is_outlier, .. } = found;
            found = averaged(segments, maps, gains, is_outlier, 0.5);
        }
        found
    }
}

/// Warps every segment to the most typical one by dynamic time warping.
///
/// It follows noise and gains as if they were time; [`super::align_warp`] does not.
///
/// # Errors
///
/// Fewer than two segments, or one of fewer than two samples; flat segments only; options
/// out of range.
pub fn align_dtw(segments: &[&[f64]], options: &WarpingOptions) -> Result<Alignment, SignalError> {
    let prepared = prepare(segments, options)?;
    let maps = prepared.maps(&prepared.values[prepared.typical])?;
    Ok(prepared.finish(segments, &maps))
}

/// Warps every segment to an average that is the mean of all samples warped to it.
///
/// # Source
///
/// F. Petitjean, A. Ketterlin and P. Gancarski, Pattern Recognition 44 (2011) 678.
///
/// # Errors
///
/// As [`align_dtw`].
pub fn align_dba(segments: &[&[f64]], options: &WarpingOptions) -> Result<Alignment, SignalError> {
    let prepared = prepare(segments, options)?;
    let mut template = prepared.values[prepared.typical].clone();
    for _ in 0..options.rounds {
        let (mut sums, mut counts) = (vec![0.0; template.len()], vec![0.0; template.len()]);
        for x in &prepared.values {
            for (i, j) in dtw(&template, x, Some(prepared.band))?.path {
                sums[i] += x[j];
                counts[i] += 1.0;
            }
        }
        let next: Vec<f64> = sums.iter().zip(&counts).map(|(s, c)| s / c).collect();
        let is_still = settled(&template, &next);
        template = next;
        if is_still {
            break;
        }
    }
    let maps = prepared.maps(&template)?;
    Ok(prepared.finish(segments, &maps))
}

/// Warps every segment to the barycentre under soft dynamic time warping, in which all
/// ways count by their cost: each value of it is the mean of the samples, weighted by how
/// often they are on a way through it, where the gradient of Cuturi and Blondel is 0.
///
/// # Source
///
/// M. Cuturi and M. Blondel, *Soft-DTW*, ICML (2017).
///
/// # Errors
///
/// As [`align_dtw`].
pub fn align_soft_dtw(
    segments: &[&[f64]],
    options: &WarpingOptions,
) -> Result<Alignment, SignalError> {
    check_positive("the smoothness", options.smoothness)?;
    let prepared = prepare(segments, options)?;
    let mut template = prepared.values[prepared.typical].clone();
    let all: Vec<f64> = prepared.values.iter().flatten().copied().collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / all.len() as f64;
    let gamma = options.smoothness * variance;
    for _ in 0..options.rounds {
        let (mut sums, mut weights) = (vec![0.0; template.len()], vec![0.0; template.len()]);
        for x in &prepared.values {
            let (_, often) = soft_dtw(&template, x, gamma)?;
            for (i, row) in often.iter().enumerate() {
                for (weight, x) in row.iter().zip(x) {
                    sums[i] += weight * x;
                    weights[i] += weight;
                }
            }
        }
        let next: Vec<f64> = sums.iter().zip(&weights).map(|(s, w)| s / w).collect();
        let is_still = settled(&template, &next);
        template = next;
        if is_still {
            break;
        }
    }
    let mut maps = Vec::with_capacity(prepared.values.len());
    for x in &prepared.values {
        let (_, often) = soft_dtw(&template, x, gamma)?;
        // The mean place of the ways; where it falls back a little, it stays.
        let place = |row: &Vec<f64>| {
            let sum: f64 = row.iter().sum();
            row.iter().enumerate().map(|(j, w)| j as f64 * w).sum::<f64>() / sum
        };
        let rise = |so_far: &mut f64, row: &Vec<f64>| {
            *so_far = larger(*so_far, place(row));
            Some(*so_far)
        };
        maps.push(often.iter().scan(0.0, rise).collect());
    }
    let mut found = prepared.finish(segments, &maps);
    // The barycentre itself is the average here, on the clock of all samples.
    let wide = prepared.factor;
    if found.average.len() == (template.len() - 1) * wide + 1 {
        let value = |k: usize| {
            let (left, part) = (k / wide, (k % wide) as f64 / wide as f64);
            let right = if left + 1 < template.len() { left + 1 } else { left };
            template[left] * (1.0 - part) + template[right] * part
        };
        found.average = (0..found.average.len()).map(value).collect();
        found.scores = segments
            .iter()
            .zip(&found.maps)
            .map(|(x, map)| correlation(&super::at(x, map), &found.average))
            .collect();
    }
    Ok(found)
}

/// Whether an average has come to rest, to a thousandth of its range.
fn settled(before: &[f64], after: &[f64]) -> bool {
    let most = |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp).unwrap_or(0.0);
    let change = most(&mut before.iter().zip(after).map(|(a, b)| (a - b).abs()));
    let top = most(&mut after.iter().copied());
    let bottom = -most(&mut after.iter().map(|x| -x));
    change <= 1e-3 * (top - bottom)
}
