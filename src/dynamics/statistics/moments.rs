//! Moments and histograms of weights.

use std::f64::consts::TAU;

/// Which weights count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Selection {
    /// All of them.
    All,
    /// Those above 0.005, as published.
    Above,
    /// Those below 0.005, negative ones included, as published.
    Below,
}

impl Selection {
    /// The papers' border between weights that count as positive and others.
    pub const BORDER: f64 = 0.005;

    /// The weights that count.
    #[must_use]
    pub fn of(self, values: &[f64]) -> Vec<f64> {
        let counts = |&value: &f64| match self {
            Self::All => true,
            Self::Above => value > Self::BORDER,
            Self::Below => value < Self::BORDER,
        };
        values.iter().copied().filter(counts).collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all weights",
            Self::Above => "weights > 0.005",
            Self::Below => "weights < 0.005",
        }
    }
}

/// Moments of a sample. Mean and standard deviation are also those of the
/// normal distribution that fits best (maximum likelihood).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Moments {
    /// Number of values.
    pub count: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation, of the sample itself (over n).
    pub sd: f64,
    /// Third central moment over sd^3; 0 for a normal distribution.
    pub skewness: f64,
    /// Fourth central moment over sd^4, minus 3; 0 for a normal distribution.
    pub excess_kurtosis: f64,
}

impl Moments {
    /// Those of `values`; NaN where they have none: of no value at all, and skewness
    /// and kurtosis where all values are the same.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let central = |power: i32| {
            values.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / count as f64
        };
        let sd = central(2).sqrt();
        Self {
            count,
            mean,
            sd,
            skewness: central(3) / sd.powi(3),
            excess_kurtosis: central(4) / sd.powi(4) - 3.0,
        }
    }
}

/// What the papers print as skewness and kurtosis of weights: those of the
/// fitted normal density at the edges of 200 bins, not of the weights. They
/// say how far the bins reach, nothing of the weights' own shape.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PublishedMoments {
    /// "skew"; about 0.6 whatever the weights.
    pub skewness: f64,
    /// "kurtosis"; about -1.2 whatever the weights.
    pub kurtosis: f64,
}

impl PublishedMoments {
    /// Those of `values`.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let fit = Moments::of(values);
        let bins = histogram(values, 200);
        let edges = bins.iter().map(|bin| bin.from).chain(bins.last().map(|bin| bin.to));
        let densities: Vec<f64> =
            edges.map(|edge| normal_density(edge, fit.mean, fit.sd)).collect();
        let of_fit = Moments::of(&densities);
        Self { skewness: of_fit.skewness, kurtosis: of_fit.excess_kurtosis }
    }
}

/// The density of the normal distribution.
#[must_use]
pub fn normal_density(x: f64, mean: f64, sd: f64) -> f64 {
    (-0.5 * ((x - mean) / sd).powi(2)).exp() / (sd * TAU.sqrt())
}

/// One bin of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Bin {
    /// Its lower edge.
    pub from: f64,
    /// Its upper edge.
    pub to: f64,
    /// Values in it; the last bin holds its upper edge too.
    pub count: usize,
    /// Count over the number of all values and the width: the area is 1.
    pub density: f64,
}

/// Values in `bins` of equal width between the least and the largest; around
/// the value, one unit wide in all, where there is but one. Values that are not
/// finite count nowhere; none at all make no bins.
#[must_use]
pub fn histogram(values: &[f64], bins: usize) -> Vec<Bin> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (Some(low), Some(high)) =
        (finite().min_by(f64::total_cmp), finite().max_by(f64::total_cmp))
    else {
        return Vec::new();
    };
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    let edge = |k: usize| low + (high - low) * (k as f64 / bins as f64);
    let mut counts = vec![0_usize; bins];
    for value in finite() {
        let place = (value - low) / (high - low) * bins as f64;
        // `as` cuts; the largest value belongs to the last bin.
        let place = (place as usize).min(bins.saturating_sub(1));
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let total = finite().count() as f64;
    let bin = |(k, count): (usize, usize)| {
        let (from, to) = (edge(k), edge(k + 1));
        Bin { from, to, count, density: count as f64 / (total * (to - from)) }
    };
    counts.into_iter().enumerate().map(bin).collect()
}
