//! Distributions of weights, and frequencies of units.

mod distance;
mod frequency;
mod moments;
mod regression;

pub use distance::{distance, judged_distance, targets};
pub use frequency::{Frequency, frequency, local_minima, oscillation};
pub use moments::{Bin, Moments, PublishedMoments, Selection, histogram, normal_density};
pub use regression::Regression;

#[cfg(test)]
mod tests;
