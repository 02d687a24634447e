//! The published alignment.

use crate::signal::{
    Cutoff, LowPass, SignalError,
    align::{Alignment, averaged, check_segments},
    envelope::crude_envelope,
    error::check_positive,
};

/// What may be chosen about [`boundaries`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundaryOptions {
    /// Boundaries lie where the fast envelope is below this part of the largest value.
    pub threshold: f64,
    /// Where the fast envelope ends.
    pub fast: Cutoff,
    /// Where the slow envelope ends.
    pub slow: Cutoff,
}

impl Default for BoundaryOptions {
    /// A threshold of 0.2, as in the published examples (the code's own default is 0.08),
    /// and the published cut-offs 250 and 40 Hz, which are 125 and 20 Hz in truth.
    fn default() -> Self {
        Self { threshold: 0.2, fast: Cutoff::Published(250.0), slow: Cutoff::Published(40.0) }
    }
}

/// Where segments may be cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundaries {
    /// The crude envelope, one value a sample.
    pub envelope: Vec<f64>,
    /// All minima of the slow envelope.
    pub minima: Vec<usize>,
    /// Those that are quiet enough, ascending.
    pub kept: Vec<usize>,
}

/// The boundaries of the segments of a signal at `rate`, Hz: strict local minima of the
/// slow envelope where the fast one is quiet.
///
/// # Source
///
/// C. Jarne and P. N. Alcain, Anales AFA (2019), arXiv:1812.03021; the code `syllable`.
///
/// # Errors
///
/// No samples or one that is not finite; a cut-off out of range.
pub fn boundaries(
    samples: &[f64],
    rate: f64,
    options: &BoundaryOptions,
) -> Result<Boundaries, SignalError> {
    check_positive("the threshold", options.threshold)?;
    let envelope = crude_envelope(samples, rate)?;
    let fast = LowPass::new(4, options.fast, rate)?.both_ways(&envelope);
    let slow = LowPass::new(4, options.slow, rate)?.both_ways(&envelope);
    let largest = envelope.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let is_minimum = |&k: &usize| slow[k] < slow[k - 1] && slow[k] < slow[k + 1];
    let minima: Vec<usize> = (1..samples.len().saturating_sub(1)).filter(is_minimum).collect();
    let level = options.threshold * largest;
    let kept = minima.iter().copied().filter(|&k| fast[k] < level).collect();
    Ok(Boundaries { envelope, minima, kept })
}

/// The pieces of `samples` samples between boundaries, from and to, without empty ones.
///
/// With `loses_second`, as in the published code, the piece between the first and the
/// second boundary is left out.
///
/// # Errors
///
/// A boundary beyond the end.
pub fn split(
    samples: usize,
    kept: &[usize],
    loses_second: bool,
) -> Result<Vec<(usize, usize)>, SignalError> {
    let cuts = std::iter::once(0).chain(kept.iter().copied()).chain([samples]);
    let cuts: Vec<usize> = cuts.collect();
    let mut pieces = Vec::with_capacity(cuts.len());
    for (segment, pair) in cuts.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        if from > to || to > samples {
            return Err(SignalError::Outside { segment, from, to, samples });
        }
        let is_lost = loses_second && segment == 1 && kept.len() > 1;
        if from < to && !is_lost {
            pieces.push((from, to));
        }
    }
    Ok(pieces)
}

/// Parts of the maximum that are tried: 6 from 0 to 0.6 and 41 from 0.6 to 1.
pub const SWEEP: [f64; 47] = {
    let mut parts = [0.0; 47];
    let mut k = 0;
    while k < 47 {
        parts[k] = if k < 6 { 0.6 * k as f64 / 5.0 } else { 0.6 + 0.4 * (k - 6) as f64 / 40.0 };
        k += 1;
    }
    parts
};

/// In each segment the first sample that reaches a part of its maximum.
#[must_use]
pub fn anchors(segments: &[&[f64]], part: f64) -> Vec<usize> {
    let anchor = |segment: &&[f64]| {
        let most = segment.iter().copied().filter(|x| !x.is_nan()).max_by(f64::total_cmp);
        let level = part * most.unwrap_or(0.0);
        segment.iter().position(|&x| x >= level).unwrap_or(0)
    };
    segments.iter().map(anchor).collect()
}

/// The dispersion of segments whose anchors coincide: the sum over segments of the
/// standard deviation over time of what is left without the mean across segments.
#[must_use]
pub fn dispersion(segments: &[&[f64]], anchors: &[usize]) -> f64 {
    let before = anchors.iter().copied().max().unwrap_or(0);
    let after = segments.iter().zip(anchors).map(|(s, a)| s.len() - a).max().unwrap_or(0);
    let (mut sums, mut counts) = (vec![0.0; before + after], vec![0_usize; before + after]);
    let place = |anchor: usize| before - anchor;
    for (segment, &anchor) in segments.iter().zip(anchors) {
        let cells = sums[place(anchor)..].iter_mut().zip(&mut counts[place(anchor)..]);
        for ((sum, count), value) in cells.zip(*segment) {
            if !value.is_nan() {
                *sum += value;
                *count += 1;
            }
        }
    }
    let means: Vec<f64> = sums.iter().zip(&counts).map(|(s, c)| s / *c as f64).collect();
    let deviation = |(segment, &anchor): (&&[f64], &usize)| {
        let rest = segment.iter().zip(&means[place(anchor)..]).map(|(x, m)| x - m);
        let rest: Vec<f64> = rest.filter(|x| !x.is_nan()).collect();
        if rest.len() < 2 {
            return 0.0;
        }
        let mean = rest.iter().sum::<f64>() / rest.len() as f64;
        let square: f64 = rest.iter().map(|x| (x - mean) * (x - mean)).sum();
        (square / (rest.len() - 1) as f64).sqrt()
    };
    segments.iter().zip(anchors).map(deviation).sum()
}

/// The published alignment with what the sweep found.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchors {
    /// The part of the maximum with the least dispersion.
    pub part: f64,
    /// The dispersion for each part that was tried.
    pub dispersions: Vec<f64>,
    /// Where the anchors are on the common clock.
    pub instant: usize,
    /// The segments on it.
    pub alignment: Alignment,
}

/// Shifts segments so that their anchors coincide, where the anchor is the first sample
/// that reaches a part of the maximum, and the part is the one of `parts` ([`SWEEP`] as
/// published) with the least dispersion; the average is the plain mean, of all.
///
/// # Source
///
/// C. Jarne and P. N. Alcain, Anales AFA (2019), arXiv:1812.03021; the code `syllable`.
///
/// # Errors
///
/// Fewer than two segments, or one of fewer than two samples; no parts.
pub fn align_published(segments: &[&[f64]], parts: &[f64]) -> Result<Anchors, SignalError> {
    check_segments(segments, 2)?;
    let dispersions: Vec<f64> =
        parts.iter().map(|&part| dispersion(segments, &anchors(segments, part))).collect();
    let best = (0..parts.len()).min_by(|&a, &b| dispersions[a].total_cmp(&dispersions[b]));
    let Some(best) = best else {
        let needed = "at least one is needed";
        return Err(SignalError::Option { what: "the number of parts", value: 0.0, needed });
    };
    let anchors = anchors(segments, parts[best]);
    let before = anchors.iter().copied().max().unwrap_or(0);
    let after = segments.iter().zip(&anchors).map(|(s, a)| s.len() - a).max().unwrap_or(0);
    let map = |&anchor: &usize| -> Vec<f64> {
        (0..before + after).map(|c| c as f64 - (before - anchor) as f64).collect()
    };
    let maps = anchors.iter().map(map).collect();
    let (gains, none) = (vec![1.0; segments.len()], vec![false; segments.len()]);
    let alignment = averaged(segments, maps, gains, none, 0.0);
    Ok(Anchors { part: parts[best], dispersions, instant: before, alignment })
}
