//! The bulk of a spectrum and what stands apart from it, without being told how
//! many eigenvalues do.

use super::surrogate::shares;
use crate::{linalg::Complex, rnn::random::Random};

/// Fewer eigenvalues than this have no bulk to speak of.
pub const FEWEST: usize = 10;
/// The part of the bulk, in order of moduli, that the fit looks at: the edges are
/// soft, and outliers not yet found stand there.
const LOOKED_AT: (f64, f64) = (0.05, 0.85);
/// Rounds of fitting and finding outliers.
const ROUNDS: usize = 30;
/// Draws behind the intervals.
const DRAWS: usize = 400;
/// The curve is bent, or does not begin at 0, only where it does so by that many
/// standard deviations of chance.
const SIGNIFICANT: f64 = 3.0;

/// A number with the interval in which 95 of 100 such numbers lie.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A disc or a ring fitted to the moduli.
///
/// The square of the modulus is a straight line over the rank in an evenly filled
/// disc or ring, and a bent one where the density is not even. The line is fitted to the middle ranks and read off at both ends; what lies farther beyond
/// an end than an edge is soft, `sqrt((R^2 - r^2) ln n / n)` of the moduli, is an
/// outlier and taken out, until no more is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// Outer radius.
    pub outer: Estimate,
    /// Inner radius; `None` for a disc.
    pub inner: Option<Estimate>,
    /// True where nothing speaks against an even density.
    pub is_even: bool,
    /// Eigenvalues of the bulk, among the values that were given.
    pub members: Vec<usize>,
    /// The dominant ones: farther out than the bulk reaches.
    pub dominant: Vec<usize>,
    /// Farther in than the ring reaches.
    pub strays: Vec<usize>,
}

/// `square = offset + slope q + bend q^2` for a rank q of 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Curve {
    offset: f64,
    slope: f64,
    bend: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Through 0.
    Disc,
    /// Straight.
    Ring,
    /// Bent, around a hole or not.
    Bent {
        /// Whether there is one.
        hollow: bool,
    },
}

impl Bulk {
    /// Fits a disc or a ring to eigenvalues in any order; `None` for fewer than
    /// [`FEWEST`], or where all but a few are zero.
    #[must_use]
    pub fn fit(values: &[Complex]) -> Option<Self> {
        if values.len() < FEWEST {
            return None;
        }
        let moduli: Vec<f64> = values.iter().map(|value| value.norm()).collect();
        let mut order: Vec<usize> = (0..moduli.len()).collect();
        order.sort_by(|&a, &b| moduli[a].total_cmp(&moduli[b]).then(a.cmp(&b)));
        let sorted: Vec<f64> = order.iter().map(|&at| moduli[at]).collect();
        let (shape, curve, inside) = settle(&sorted)?;
        let (outer, inner) = intervals(shape, curve, &sorted[inside.0..inside.1]);
        let picked = |from: usize, to: usize| {
            let mut picked = order[from..to].to_vec();
            picked.sort_unstable();
            picked
        };
        Some(Self {
            outer,
            inner,
            is_even: !matches!(shape, Shape::Bent { .. }),
            members: picked(inside.0, inside.1),
            dominant: picked(inside.1, sorted.len()),
            strays: picked(0, inside.0),
        })
    }
}

/// The simplest shape that fits, its curve, and the range of moduli that are its.
fn settle(sorted: &[f64]) -> Option<(Shape, Curve, (usize, usize))> {
    let bent = Shape::Bent { hollow: true };
    let (curve, inside) = converge(sorted, Shape::Ring)?;
    let count = inside.1 - inside.0;
    let found = fit(&squares(&sorted[inside.0..inside.1]), bent)?;
    // How far straight lines bend, and how far off 0 lines begin, by chance.
    let offset = offset_of(curve, count);
    let mut random = Random::new(1);
    let (mut bends, mut starts, mut bent_starts) = (0.0, 0.0, 0.0);
    for _ in 0..DRAWS {
        let drawn = shares(count, offset, &mut random);
        let curved = fit(&drawn, bent)?;
        bends += curved.bend.powi(2);
        bent_starts += curved.offset.powi(2);
        starts += fit(&drawn, Shape::Ring)?.offset.powi(2);
    }
    let chance = |sum: f64| SIGNIFICANT * (sum / DRAWS as f64).sqrt() * curve.slope;
    if found.bend.abs() > chance(bends) && found.slope > 0.0 {
        let (curve, inside) = converge(sorted, bent)?;
        // A density that falls outwards has no hole, though a parabola may leave one.
        let hollow = curve.bend < 0.0 && curve.offset > chance(bent_starts);
        return Some((Shape::Bent { hollow }, curve, inside));
    }
    if curve.offset > chance(starts) {
        return Some((Shape::Ring, curve, inside));
    }
    let (curve, inside) = converge(sorted, Shape::Disc)?;
    Some((Shape::Disc, curve, inside))
}

fn squares(moduli: &[f64]) -> Vec<f64> {
    moduli.iter().map(|r| r * r).collect()
}

/// Fits and takes outliers out until none is left.
fn converge(sorted: &[f64], shape: Shape) -> Option<(Curve, (usize, usize))> {
    let squares = squares(sorted);
    let mut inside = (0, squares.len());
    let mut curve = fit(&squares, shape)?;
    for _ in 0..ROUNDS {
        let (low, high) = reach(curve, inside.1 - inside.0);
        let found = (sorted.partition_point(|&r| r < low), sorted.partition_point(|&r| r <= high));
        if found == inside || found.1 - found.0 < FEWEST / 2 {
            break;
        }
        inside = found;
        curve = fit(&squares[inside.0..inside.1], shape)?;
    }
    (curve.end() > 0.0).then_some((curve, inside))
}

/// The moduli between which an eigenvalue belongs to the bulk.
fn reach(curve: Curve, count: usize) -> (f64, f64) {
    let (inner, outer) = (root(curve.offset), root(curve.end()));
    let area = curve.end() - if curve.offset > 0.0 { curve.offset } else { 0.0 };
    let softness = root(area * (count as f64).ln() / count as f64);
    // A circle is as wide as its rounding.
    let margin = softness + 1e-6 * outer;
    (inner - margin, outer + margin)
}

impl Curve {
    fn end(self) -> f64 {
        self.offset + self.slope + self.bend
    }

    fn at(self, q: f64) -> f64 {
        self.offset + q * (self.slope + q * self.bend)
    }
}

/// Where `count` ring moduli stand in the gamma sequence.
fn offset_of(curve: Curve, count: usize) -> f64 {
    let area = curve.end() - curve.offset;
    let share = curve.offset / area;
    // A ring this thin is a circle, which has no such sequence.
    if share > 0.0 && area > 0.0 { count as f64 * share.clamp(0.0, 1e3) } else { 0.0 }
}

fn root(square: f64) -> f64 {
    if square > 0.0 { square.sqrt() } else { 0.0 }
}

/// Least squares over the middle ranks of rising values. `None` where that is not
/// a finite number.
fn fit(rising: &[f64], shape: Shape) -> Option<Curve> {
    let count = rising.len() as f64;
    let mut normal = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for (k, &value) in rising.iter().enumerate() {
        let q = (k as f64 + 0.5) / count;
        if q < LOOKED_AT.0 || q > LOOKED_AT.1 {
            continue;
        }
        let basis = match shape {
            Shape::Disc => [0.0, q, 0.0],
            Shape::Ring => [1.0, q, 0.0],
            Shape::Bent { .. } => [1.0, q, q * q],
        };
        for (row, a) in basis.into_iter().enumerate() {
            right[row] += a * value;
            for (entry, b) in normal[row].iter_mut().zip(basis) {
                *entry += a * b;
            }
        }
    }
    for (at, row) in normal.iter_mut().enumerate() {
        // What the shape does not have stays 0.
        if row[at] == 0.0 {
            row[at] = 1.0;
        }
    }
    let inverse = nalgebra::Matrix3::from(normal).try_inverse()?;
    let found = inverse * nalgebra::Vector3::from(right);
    let curve = Curve { offset: found[0], slope: found[1], bend: found[2] };
    curve.end().is_finite().then_some(curve)
}

/// Radii with their intervals, from fits to what such a matrix might have shown.
fn intervals(shape: Shape, curve: Curve, members: &[f64]) -> (Estimate, Option<Estimate>) {
    let offset = offset_of(curve, members.len());
    let mut random = Random::new(2);
    let (mut outers, mut inners) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    for _ in 0..DRAWS {
        let drawn = shares(members.len(), offset, &mut random);
        let mut drawn: Vec<f64> = drawn.into_iter().map(|q| curve.at(q)).collect();
        drawn.sort_by(f64::total_cmp);
        if let Some(found) = fit(&drawn, shape) {
            outers.push(root(found.end()));
            inners.push(root(found.offset));
        }
    }
    let other = fit(&squares(members), Shape::Bent { hollow: true }).unwrap_or(curve);
    let outer = estimate(root(curve.end()), root(other.end()), outers);
    let is_hollow = matches!(shape, Shape::Ring | Shape::Bent { hollow: true });
    (outer, is_hollow.then(|| estimate(root(curve.offset), root(other.offset), inners)))
}

/// A number with the 2.5 and 97.5 % quantiles of the draws, and half of the way
/// to what another curve gives.
fn estimate(value: f64, other: f64, mut draws: Vec<f64>) -> Estimate {
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = draws.len().saturating_sub(1);
        draws.get((share * last as f64).round() as usize).copied().unwrap_or(value)
    };
    let shift = 0.5 * (other - value);
    let (down, up) = if shift < 0.0 { (shift, 0.0) } else { (0.0, shift) };
    Estimate { value, low: at(0.025) + down, high: at(0.975) + up }
}
