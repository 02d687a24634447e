//! Which starts lead where.

use rayon::prelude::*;

use super::{AttractorError, Fate, SettleOptions, seed::Uniform, settle};
use crate::dae::System;

/// Seeded starts, uniform in a box.
#[derive(Clone, Debug, PartialEq)]
pub struct Starts {
    /// How many.
    pub count: usize,
    /// Seed; each start has a stream of its own.
    pub seed: u64,
    /// Centre of the box, one component a state.
    pub centre: Vec<f64>,
    /// Half the width of the box, one component a state.
    pub half_width: Vec<f64>,
}

impl Starts {
    /// In the box of [-1, 1] for each of `states`.
    #[must_use]
    pub fn unit_box(states: usize, count: usize, seed: u64) -> Self {
        Self { count, seed, centre: vec![0.0; states], half_width: vec![1.0; states] }
    }

    /// The starts.
    #[must_use]
    pub fn states(&self) -> Vec<Vec<f64>> {
        let one = |start: usize| {
            let mut uniform = Uniform::new(self.seed, start as u64);
            let axes = self.centre.iter().zip(&self.half_width);
            axes.map(|(centre, half)| centre + half * uniform.next()).collect()
        };
        (0..self.count).map(one).collect()
    }
}

/// One attractor and the starts that lead to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Basin {
    /// The attractor, as the first start that led there found it.
    pub fate: Fate,
    /// How many starts led there.
    pub count: usize,
    /// Their share of all starts.
    pub share: f64,
    /// The 95 % confidence interval of the share (Wilson, J. Am. Stat. Assoc. 22, 1927).
    pub interval: (f64, f64),
    /// Index of the mirror image -x of an odd system among the basins; its own
    /// index where the attractor is its own image; `None` where no start led there.
    pub mirror: Option<usize>,
}

/// Attractors with their basins, and where each start led.
#[derive(Clone, Debug, PartialEq)]
pub struct Basins {
    /// The attractors, the largest basin first.
    pub basins: Vec<Basin>,
    /// Index of the basin of each start.
    pub of_start: Vec<usize>,
}

/// The share of starts that lead to each attractor under constant input.
///
/// # Errors
///
/// [`AttractorError`], as [`settle()`].
pub fn basins(
    system: &dyn System,
    input: &[f64],
    starts: &[Vec<f64>],
    options: &SettleOptions,
) -> Result<Basins, AttractorError> {
    let mut found: Vec<(Fate, usize)> = Vec::new();
    let mut of_start = Vec::with_capacity(starts.len());
    // A part at a time, so that not all orbits are held at once; the order of the
    // starts alone decides which orbit stands for an attractor.
    for part in starts.chunks(64) {
        let fates: Vec<Fate> = part
            .par_iter()
            .map(|start| settle(system, start, input, options))
            .collect::<Result<_, _>>()?;
        for fate in fates {
            let known = found.iter().position(|(other, _)| fate.is_same(other, 1.0));
            let index = known.unwrap_or_else(|| {
                found.push((fate, 0));
                found.len() - 1
            });
            found[index].1 += 1;
            of_start.push(index);
        }
    }
    Ok(sorted(&found, &of_start, system.is_odd() && input.iter().all(|&value| value == 0.0)))
}

/// By falling size of the basins, with mirror images.
fn sorted(found: &[(Fate, usize)], of_start: &[usize], is_odd: bool) -> Basins {
    let total = of_start.len();
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(found[index].1), index));
    let mirror = |fate: &Fate| {
        let place = order.iter().position(|&index| found[index].0.is_same(fate, -1.0));
        place.filter(|_| is_odd)
    };
    let basins = order
        .iter()
        .map(|&index| {
            let (fate, count) = &found[index];
            Basin {
                fate: fate.clone(),
                count: *count,
                share: *count as f64 / total as f64,
                interval: wilson(*count, total),
                mirror: mirror(fate),
            }
        })
        .collect();
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &index)| place[index] = at);
    Basins { basins, of_start: of_start.iter().map(|&index| place[index]).collect() }
}

/// Wilson's 95 % interval for a share of `count` in `total`.
#[must_use]
pub fn wilson(count: usize, total: usize) -> (f64, f64) {
    /// The normal deviate that 2.5 % lie above.
    const Z: f64 = 1.959_963_984_540_054;
    if total == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (total as f64, count as f64 / total as f64);
    let square = Z * Z / n;
    let centre = share + 0.5 * square;
    let half = Z * (share * (1.0 - share) / n + 0.25 * square / n).sqrt();
    let bounded = |value: f64| (value / (1.0 + square)).clamp(0.0, 1.0);
    (bounded(centre - half), bounded(centre + half))
}

/// A plane through the states: `origin + a first + b second`.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// A state on it.
    pub origin: Vec<f64>,
    /// Two directions, such as unit vectors of two states or principal directions.
    pub axes: [Vec<f64>; 2],
    /// Smallest and largest coordinate along each.
    pub range: [(f64, f64); 2],
    /// Points along each axis, ends included; at least 2.
    pub resolution: usize,
}

/// The basins on a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Coordinates of the points along the first and the second axis.
    pub coordinates: [Vec<f64>; 2],
    /// Attractors and, in `of_start`, the index of that of each point, the first
    /// coordinate running fastest.
    pub basins: Basins,
}

/// Which points of a plane lead where.
///
/// # Errors
///
/// [`AttractorError`], as [`settle()`]; also for a resolution below 2.
pub fn slice(
    system: &dyn System,
    input: &[f64],
    plane: &Plane,
    options: &SettleOptions,
) -> Result<Slice, AttractorError> {
    if plane.resolution < 2 {
        let (value, expected) = (plane.resolution as f64, "at least 2 points");
        return Err(AttractorError::Option { what: "resolution of the slice", value, expected });
    }
    let coordinates = plane.range.map(|(low, high)| -> Vec<f64> {
        let step = (high - low) / (plane.resolution - 1) as f64;
        (0..plane.resolution).map(|k| low + step * k as f64).collect()
    });
    let mut starts = Vec::with_capacity(plane.resolution * plane.resolution);
    for b in &coordinates[1] {
        for a in &coordinates[0] {
            let axes = plane.axes[0].iter().zip(&plane.axes[1]);
            let point = plane.origin.iter().zip(axes).map(|(o, (p, q))| o + a * p + b * q);
            starts.push(point.collect());
        }
    }
    let basins = basins(system, input, &starts, options)?;
    Ok(Slice { coordinates, basins })
}
