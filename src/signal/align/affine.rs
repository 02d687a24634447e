//! Shift, stretch, gain and a smooth bend, segment by segment.

use crate::linalg::dot;
use crate::signal::{
    SignalError,
    align::{
        Alignment, averaged,
        bend::{Basis, Bend, ascend, inverse_diagonal, see, solve},
        check_segments,
        correlate::{Fit, Search},
        median, outliers,
        prepare::{factor, thinned},
        sums::{correlated, likeness, slopes},
    },
    error::check_positive,
};

/// Values of a thinned segment in the fit, and in the search before it.
const POINTS: usize = 250;
const COARSE: usize = 125;
/// Rounds of the search.
const ROUNDS: usize = 4;
/// The template counts as active above this part of its maximum.
const ACTIVE: f64 = 0.1;
/// Maps that move less, in thinned samples, stand still.
const STILL: f64 = 0.05;
/// How many times its variance by noise a coefficient's must be to count, and the least
/// that is left of one that does not.
const CERTAIN: f64 = 1.2;
const LEAST: f64 = 1e-8;
/// Rounds before the bends may be as large as the data ask for.
const WARM: usize = 2;

/// What may be chosen about [`align_affine`] and [`align_warp`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElasticOptions {
    /// Stretches from `1 / reach` to `reach` are searched.
    pub reach: f64,
    /// Sines of the bend; none for [`align_affine`].
    pub bends: usize,
    /// Rounds of fits and template.
    pub rounds: usize,
    /// Segments that are something else get no weight.
    pub is_robust: bool,
    /// The common clock keeps the instants that this part of the segments shows: an average
    /// of a few is noise.
    pub share: f64,
}

impl Default for ElasticOptions {
    /// Stretches up to 1.25, six sines, ten rounds, robust, instants of nine in ten.
    fn default() -> Self {
        Self { reach: 1.25, bends: 6, rounds: 10, is_robust: true, share: 0.9 }
    }
}

/// Brings segments onto one clock by a shift, a stretch and a gain each.
///
/// [`align_warp`] without bends.
///
/// # Errors
///
/// Fewer than two segments, or one of fewer than two samples; flat segments only; options
/// out of range.
pub fn align_affine(
    segments: &[&[f64]],
    options: &ElasticOptions,
) -> Result<Alignment, SignalError> {
    align_warp(segments, &ElasticOptions { bends: 0, ..*options })
}

/// Brings segments onto one clock by a shift, a stretch, a gain and a smooth bend each.
///
/// # Model
///
/// ```text
/// x_i(map_i(t)) = g_i template(t) + noise
/// map_i(t) = a_i + b_i (t - middle) + sum_k p_ik span sin(k pi u)
/// ```
///
/// A search by correlation gives shifts and stretches; Gauss-Newton steps then fit all
/// coefficients with normal priors, whose variances are those of the coefficients
/// themselves (empirical Bayes): where all segments run at one pace, or noise is large,
/// stretches and bends vanish by themselves. Noise counts as often as it is independent.
/// The template is the mean with weights `g_i^2`; segments far less like it than the
/// others have no part in it.
///
/// The fit works on some 250 values a segment, low-passed before; the average is made of
/// all samples, at the instants that enough of them show.
///
/// # Errors
///
/// Fewer than two segments, or one of fewer than two samples; flat segments only; options
/// out of range.
pub fn align_warp(segments: &[&[f64]], options: &ElasticOptions) -> Result<Alignment, SignalError> {
    check_segments(segments, 2)?;
    check_positive("the reach of stretches", options.reach)?;
    let length = segments.iter().map(|segment| segment.len()).max().unwrap_or(2);
    let (fine, coarse) = (factor(segments, POINTS), factor(segments, COARSE));
    let thin = |by: usize| -> Vec<Vec<f64>> {
        thinned(segments, by).into_iter().map(|thin| thin.values).collect()
    };
    let small = thin(fine);
    let smaller = if coarse > 2 * fine || coarse == fine {
        thin(coarse)
    } else {
        small.iter().map(|values| values.iter().step_by(coarse / fine).copied().collect()).collect()
    };
    let ratio = (coarse / fine) as f64;
    let flat = |values: &Vec<f64>| values.iter().all(|x| *x == values[0]);
    if small.iter().all(flat) {
        return Err(SignalError::Flat);
    }
    let mut search =
        Search::new(smaller, length.div_ceil(fine * (ratio as usize)), stretches(options.reach));
    let fits = search.run(ROUNDS);
    let mut model = Model::new(small, length.div_ceil(fine), options, &fits, ratio);
    for round in 0..options.rounds {
        let moved = model.round(round);
        if round > WARM + 2 && moved < STILL {
            break;
        }
    }
    Ok(model.finish(segments, fine, length))
}

/// Stretches to search, evenly spaced on a logarithmic axis, 1 among them.
fn stretches(reach: f64) -> Vec<f64> {
    let half = 4;
    let step = reach.ln().abs() / f64::from(half);
    (-half..=half).map(|k| (step * f64::from(k)).exp()).collect()
}

/// All segments, their maps and the template.
struct Model<'o> {
    options: &'o ElasticOptions,
    segments: Vec<Vec<f64>>,
    length: usize,
    middle: f64,
    template: Vec<f64>,
    /// Where the template is active.
    span: (f64, f64),
    basis: Basis,
    bends: Vec<Bend>,
    is_other: Vec<bool>,
    /// Prior variances of the coefficients: of the stretch and of each bend.
    variances: Vec<f64>,
    /// Noise power times the instants over which it is one.
    noise: f64,
}

impl<'o> Model<'o> {
    fn new(
        segments: Vec<Vec<f64>>,
        length: usize,
        options: &'o ElasticOptions,
        fits: &[Fit],
        ratio: f64,
    ) -> Self {
        let middle = 0.5 * (length - 1) as f64;
        let start = |(fit, segment): (&Fit, &Vec<f64>)| {
            let own = 0.5 * (segment.len() - 1) as f64;
            let mut coefficients = vec![0.0; 2 + options.bends];
            (coefficients[0], coefficients[1]) = (own + ratio * fit.shift, fit.stretch);
            Bend { coefficients, gain: 1.0, error: 0.0, score: fit.score }
        };
        let bends: Vec<Bend> = fits.iter().zip(&segments).map(start).collect();
        let scores: Vec<f64> = fits.iter().map(|fit| fit.score).collect();
        let none = vec![false; segments.len()];
        let is_other = if options.is_robust { outliers(&scores) } else { none };
        let variances = std::iter::once(0.1_f64.powi(2))
            .chain((1..=options.bends).map(|k| (0.03 / k as f64).powi(2)))
            .collect();
        let span = (0.0, (length - 1) as f64);
        let basis = Basis::new(length, 1.0, options.bends, span, middle);
        let mut model = Self {
            options,
            segments,
            length,
            middle,
            template: vec![0.0; length],
            span,
            basis,
            bends,
            is_other,
            variances,
            noise: 0.0,
        };
        model.renew(true);
        model
    }

    /// The template from the maps, and what follows from it.
    fn renew(&mut self, moves_span: bool) {
        let (mut sums, mut weights) = (vec![0.0; self.length], vec![0.0; self.length]);
        let mut counts = vec![0_usize; self.length];
        for ((segment, bend), _) in
            self.segments.iter().zip(&self.bends).zip(&self.is_other).filter(|(_, other)| !**other)
        {
            let seen = see(segment, &self.basis.map(&bend.coefficients));
            let (from, to) = seen.inside;
            for t in from..to {
                sums[t] += bend.gain * seen.values[t];
                weights[t] += bend.gain * bend.gain;
                counts[t] += 1;
            }
        }
        let least = self.is_other.iter().filter(|other| !**other).count().div_ceil(2);
        for t in 0..self.length {
            let is_seen = counts[t] >= least && weights[t] > 0.0;
            self.template[t] = if is_seen { sums[t] / weights[t] } else { 0.0 };
        }
        if moves_span {
            self.place();
        }
    }

    /// The bends act where the template is active; before any is bent, as all of them
    /// would change with it.
    fn place(&mut self) {
        let base = median(&self.template);
        let sizes = || self.template.iter().map(|x| (x - base).abs());
        let most = sizes().max_by(f64::total_cmp).unwrap_or(0.0);
        let is_active = |size: f64| size > ACTIVE * most;
        let first = sizes().position(is_active).unwrap_or(0);
        let last = self.length - 1 - sizes().rev().position(is_active).unwrap_or(0);
        let margin = 0.05 * (last as f64 - first as f64);
        let span = (first as f64 - margin, last as f64 + margin);
        self.span = if span.1 - span.0 > 4.0 { span } else { (0.0, (self.length - 1) as f64) };
        self.basis = Basis::new(self.length, 1.0, self.options.bends, self.span, self.middle);
    }

    /// One step of every segment, then the priors, the gauge and the template. How far any
    /// map has moved in its middle.
    fn round(&mut self, round: usize) -> f64 {
        let slopes = slopes(&self.template);
        let is_first = round == 0;
        // Affine first: a bend would follow what a stretch should.
        let used = if round < WARM { 2 } else { 2 + self.options.bends };
        let mut steps = Vec::with_capacity(self.bends.len());
        let (mut noises, mut spreads) = (Vec::new(), Vec::new());
        for (i, segment) in self.segments.iter().enumerate() {
            let step = self.step(i, segment, &slopes, used, is_first);
            if !self.is_other[i] {
                noises.push(step.noise);
                spreads.push(step.spread.clone());
            }
            steps.push(step);
        }
        let mut moves = Vec::with_capacity(steps.len());
        for (bend, step) in self.bends.iter_mut().zip(steps) {
            moves.push(step.change[0].abs());
            for (c, d) in bend.coefficients.iter_mut().zip(&step.change) {
                *c += d;
            }
            (bend.gain, bend.error, bend.score) = (step.gain, step.error, step.score);
            ascend(&mut bend.coefficients);
        }
        self.noise = median(&noises);
        let moved = moves.into_iter().max_by(f64::total_cmp).unwrap_or(0.0);
        self.learn(&spreads, used);
        if self.options.is_robust {
            let scores: Vec<f64> = self.bends.iter().map(|bend| bend.score).collect();
            self.is_other = outliers(&scores);
        }
        self.gauge();
        self.renew(round < WARM);
        moved
    }

    /// The variances of stretches and bends by moments: a coefficient without prior would
    /// be `c / part` with an own variance `v = spread / part`, where the prior lets
    /// `part = 1 - spread / variance` of it through; what exceeds `v` is theirs.
    fn learn(&mut self, spreads: &[Vec<f64>], used: usize) {
        if spreads.is_empty() {
            return;
        }
        let count = spreads.len() as f64;
        for k in 1..used {
            let rest = if k == 1 { 1.0 } else { 0.0 };
            let own = self.bends.iter().zip(&self.is_other).filter(|(_, other)| !**other);
            let square: f64 = own.map(|(bend, _)| (bend.coefficients[k] - rest).powi(2)).sum();
            let spread = spreads.iter().map(|spread| spread[k]).sum::<f64>() / count;
            let before = self.variances[k - 1];
            let part = (1.0 - spread / before).clamp(0.02, 1.0);
            let found = square / count / (part * part) - CERTAIN * spread / part;
            self.variances[k - 1] = if found > LEAST { found } else { LEAST };
        }
    }

    /// Shifts, stretches, bends and gains are defined up to those of the clock.
    fn gauge(&mut self) {
        let own = || self.bends.iter().zip(&self.is_other).filter(|(_, other)| !**other);
        let count = own().count().max(1) as f64;
        let mean = |of: &dyn Fn(&Bend) -> f64| own().map(|(b, _)| of(b)).sum::<f64>() / count;
        let segments = &self.segments;
        let middles = own().zip(segments.iter().zip(&self.is_other).filter(|(_, o)| !**o));
        let shift = middles
            .map(|((bend, _), (segment, _))| {
                bend.coefficients[0] - 0.5 * (segment.len() - 1) as f64
            })
            .sum::<f64>()
            / count;
        let stretch = mean(&|bend| bend.coefficients[1]);
        let bent: Vec<f64> =
            (2..2 + self.options.bends).map(|k| mean(&|bend| bend.coefficients[k])).collect();
        let gain = median(&own().map(|(bend, _)| bend.gain).collect::<Vec<f64>>());
        for bend in &mut self.bends {
            let own = bend.coefficients[1];
            bend.coefficients[0] -= shift * own;
            bend.coefficients[1] /= stretch;
            for (c, mean) in bend.coefficients[2..].iter_mut().zip(&bent) {
                *c -= mean;
            }
            if gain > 0.0 {
                bend.gain /= gain;
            }
            // Without the mean of all bends a map may turn back.
            ascend(&mut bend.coefficients);
        }
    }

    /// The Gauss-Newton step of one segment.
    fn step(&self, i: usize, segment: &[f64], slopes: &[f64], used: usize, is_first: bool) -> Step {
        let bend = &self.bends[i];
        let seen = see(segment, &self.basis.map(&bend.coefficients));
        let (from, to) = seen.inside;
        let (template, values) = (&self.template[from..to], &seen.values[from..to]);
        let (mut cross, mut square) = (0.0, 0.0);
        for (x, r) in values.iter().zip(template) {
            cross += x * r;
            square += r * r;
        }
        let gain = if square > 0.0 && cross > 0.0 { cross / square } else { bend.gain };
        let rest: Vec<f64> = values.iter().zip(template).map(|(x, r)| gain * r - x).collect();
        let power = dot(&rest, &rest) / rest.len().max(1) as f64;
        let noise = power * correlated(&rest);
        let score = likeness(values, template);
        // By the template's slope: the segment's own is noisier.
        let slope = gain / bend.coefficients[1];
        let rows: Vec<Vec<f64>> = self.basis.rows[..used]
            .iter()
            .map(|row| {
                row[from..to].iter().zip(&slopes[from..to]).map(|(b, s)| slope * b * s).collect()
            })
            .collect();
        let level = if is_first { noise } else { self.noise };
        let level = if level > 1e-300 { level } else { 1e-300 };
        // The lower half of a symmetric matrix.
        let mut matrix: Vec<Vec<f64>> = rows
            .iter()
            .enumerate()
            .map(|(k, a)| rows[..=k].iter().map(|b| dot(a, b) / level).collect())
            .collect();
        let mut change: Vec<f64> = rows.iter().map(|row| dot(row, &rest) / level).collect();
        for k in 1..used {
            let (inverse, rest) = (1.0 / self.variances[k - 1], if k == 1 { 1.0 } else { 0.0 });
            matrix[k][k] += inverse;
            change[k] -= (bend.coefficients[k] - rest) * inverse;
        }
        let mut spread = vec![0.0; 2 + self.options.bends];
        if solve(&mut matrix, &mut change).is_none() {
            change.fill(0.0);
        } else {
            for (k, value) in spread.iter_mut().enumerate().take(used) {
                *value = inverse_diagonal(&matrix, k);
            }
        }
        Step { change, gain, error: power, score, noise, spread }
    }

    /// The maps at every sample, and the average.
    fn finish(self, segments: &[&[f64]], factor: usize, length: usize) -> Alignment {
        let step = 1.0 / factor as f64;
        let basis = Basis::new(length, step, self.options.bends, self.span, self.middle);
        let wide = factor as f64;
        let map = |bend: &Bend| -> Vec<f64> {
            let mut map = basis.map(&bend.coefficients);
            for place in &mut map {
                *place *= wide;
            }
            map
        };
        let maps = self.bends.iter().map(map).collect();
        let gains = self.bends.iter().map(|bend| bend.gain).collect();
        averaged(segments, maps, gains, self.is_other, self.options.share)
    }
}

/// What a segment asks for.
struct Step {
    change: Vec<f64>,
    gain: f64,
    error: f64,
    score: f64,
    noise: f64,
    /// Posterior variances of the coefficients.
    spread: Vec<f64>,
}
