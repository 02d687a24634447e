//! A family of radial densities with two parameters, and its fit.

use super::surrogate::{ends, shares};
use crate::rnn::random::Random;

/// The part of the moduli, in order, that a fit looks at: the edges are soft, and
/// outliers not yet found stand there.
const LOOKED_AT: (f64, f64) = (0.05, 0.85);
/// Ranks that a fit looks at in all, and those of its first, coarse search.
const RANKS: usize = 200;
const COARSE: usize = 50;
/// Moduli that differ by less than this part are on a circle: the rounding of
/// weights in single precision moves those of an orthogonal matrix by as much.
pub(super) const CIRCLE: f64 = 1e-6;
/// The parameter of the search: shapes from `-WIDEST` to `1 - exp(-NARROWEST)`.
const WIDEST: f64 = 0.999;
const NARROWEST: f64 = 14.0;
/// Steps of the golden section, each of which leaves 0.618 of the range.
const SECTIONS: usize = 16;

/// Where the moduli of a bulk lie, by the share of eigenvalues within:
///
/// ```text
/// r^2 = R^2 [k + (1 - k) p + sqrt(k^2 + 2 k (1 - k) p + (1 - k)^2)] / 2   k >= 0
/// r^2 = R^2 [p + sqrt(1 + k (1 - p^2))] / 2                               k <= 0
/// ```
///
/// with `p = 2 q - 1` for a share q and k between -1 and 1. For k = 0 this is the
/// circular law, `r^2 = R^2 q`. For k > 0 it is the law of `a O + b G`, an
/// orthogonal matrix and independent entries (`k = a^2 / R^2`, `R^2 = a^2 + b^2`),
/// denser towards its rim, a ring of inner radius `R sqrt(2 k - 1)` from k = 1/2
/// on and a circle for k = 1. For k < 0 it is the law of independent entries of
/// two variances, `(1 +- sqrt(-k)) R^2 / n`, one in each half of the columns: a
/// disc that is denser in the middle. Both follow from the laws of
/// [`Law`](super::Law) by solving for r.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Radial {
    /// R^2.
    pub(super) square: f64,
    /// k.
    pub(super) shape: f64,
    /// Root mean square distance of the moduli's squares from the law, over R^2.
    pub(super) misfit: f64,
}

/// r^2 / R^2 at a share q, which may lie a little outside 0 to 1.
pub(super) fn square_at(shape: f64, q: f64) -> f64 {
    let p = 2.0 * q - 1.0;
    let root = |square: f64| if square > 0.0 { square.sqrt() } else { 0.0 };
    let value = if shape > 0.0 {
        let rest = 1.0 - shape;
        shape + rest * p + root(shape * shape + 2.0 * shape * rest * p + rest * rest)
    } else {
        p + root(1.0 + shape * (1.0 - p * p))
    };
    if value > 0.0 { 0.5 * value } else { 0.0 }
}

/// (r / R)^2 of the inner edge.
pub(super) fn inner_square(shape: f64) -> f64 {
    if shape > 0.5 { 2.0 * shape - 1.0 } else { 0.0 }
}

impl Radial {
    /// Least squares over the middle ranks of rising squares. `None` where there
    /// is no positive one among them.
    pub(super) fn fit(rising: &[f64]) -> Option<Self> {
        Fitter::new(rising.len()).fit(rising)
    }

    /// Fits to what such a bulk of `count` eigenvalues might have shown, in parts
    /// of R.
    pub(super) fn redrawn(self, count: usize, draws: usize, seed: u64) -> Vec<Self> {
        let mut random = Random::new(seed);
        let fitter = Fitter::new(count);
        let drawn = (0..draws).filter_map(|_| {
            let shares = shares(count, offset(self.shape, count), &mut random);
            let squares: Vec<f64> = shares.into_iter().map(|q| square_at(self.shape, q)).collect();
            fitter.fit(&squares)
        });
        drawn.collect()
    }

    /// The moduli beyond which no eigenvalue of such a bulk of `count` lies, in
    /// 199 of 200 matrices on either side.
    pub(super) fn reach(self, count: usize, draws: usize, seed: u64) -> (f64, f64) {
        let mut random = Random::new(seed);
        let offset = offset(self.shape, count);
        let drawn = (0..draws).map(|_| ends(count, offset, &mut random));
        let (mut least, mut most): (Vec<f64>, Vec<f64>) = drawn.unzip();
        let modulus = |share: f64| (self.square * square_at(self.shape, share)).sqrt();
        let inner = if self.shape > 0.5 { modulus(quantile(&mut least, 0.005)) } else { 0.0 };
        let outer = modulus(quantile(&mut most, 0.995));
        // A circle is as wide as its rounding.
        (inner * (1.0 - CIRCLE), outer * (1.0 + CIRCLE))
    }
}

/// Where `count` moduli of a ring stand in the gamma sequence.
fn offset(shape: f64, count: usize) -> f64 {
    let inner = inner_square(shape);
    let share = inner / (1.0 - inner);
    // A ring this thin is a circle, which has no such sequence.
    count as f64 * if share < 1e6 { share } else { 1e6 }
}

/// The quantile of values in any order, NaN of none.
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((share * last as f64).round() as usize).copied().unwrap_or(f64::NAN)
}

/// The shape at a place of the search, in steps that change the law alike.
fn shape_at(place: f64) -> f64 {
    if place > 0.0 { 1.0 - (-place).exp() } else { place }
}

fn places() -> Vec<f64> {
    let peaked = (0..20).map(|k| WIDEST * (f64::from(k) / 20.0 - 1.0));
    let fine = (0..30).map(|k| 0.1 * f64::from(k));
    let thin = (0..=22).map(|k| 3.0 + 0.5 * f64::from(k));
    peaked.chain(fine).chain(thin.take_while(|place| *place <= NARROWEST)).collect()
}

/// The least of a function that falls and rises between two places.
fn golden(function: impl Fn(f64) -> f64, mut from: f64, mut to: f64) -> f64 {
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    let mut left = to - share * (to - from);
    let mut right = from + share * (to - from);
    let (mut at_left, mut at_right) = (function(left), function(right));
    for _ in 0..SECTIONS {
        if at_left < at_right {
            (to, right, at_right) = (right, left, at_left);
            left = to - share * (to - from);
            at_left = function(left);
        } else {
            (from, left, at_left) = (left, right, at_right);
            right = from + share * (to - from);
            at_right = function(right);
        }
    }
    0.5 * (from + to)
}

/// What fits to that many values have in common.
struct Fitter {
    count: usize,
    /// Which of the rising values are looked at, and their shares.
    ranks: Vec<(usize, f64)>,
    /// Every so many of them are looked at first.
    stride: usize,
    /// The laws of all places of the coarse search at these ranks.
    laws: Vec<Vec<f64>>,
    places: Vec<f64>,
}

impl Fitter {
    fn new(count: usize) -> Self {
        let share = |rank: usize| (rank as f64 + 0.5) / count as f64;
        let middle = (0..count).filter(|&k| (LOOKED_AT.0..=LOOKED_AT.1).contains(&share(k)));
        let middle: Vec<usize> = middle.collect();
        let step = middle.len().div_ceil(RANKS).clamp(1, usize::MAX);
        let ranks: Vec<(usize, f64)> =
            middle.into_iter().step_by(step).map(|k| (k, share(k))).collect();
        let stride = ranks.len().div_ceil(COARSE).clamp(1, usize::MAX);
        let places = places();
        let law = |&place: &f64| {
            let shape = shape_at(place);
            ranks.iter().step_by(stride).map(|&(_, q)| square_at(shape, q)).collect()
        };
        Self { count, laws: places.iter().map(law).collect(), ranks, stride, places }
    }

    fn fit(&self, rising: &[f64]) -> Option<Radial> {
        assert_eq!(rising.len(), self.count, "as many values as were announced");
        let values: Vec<f64> = self.ranks.iter().map(|&(k, _)| rising[k]).collect();
        let (low, high) = (*values.first()?, *values.last()?);
        if !(high > 0.0 && high.is_finite()) {
            return None;
        }
        if high - low <= CIRCLE * high {
            let square = values.iter().sum::<f64>() / values.len() as f64;
            return Some(Radial { square, shape: 1.0, misfit: 0.0 });
        }
        let first: Vec<f64> = values.iter().copied().step_by(self.stride).collect();
        let misfits = self.laws.iter().map(|law| Sums::of(law.iter().zip(&first)).misfit());
        let (at, _) = misfits.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let from = self.places[at.saturating_sub(1)];
        let to = self.places[(at + 1).min(self.places.len() - 1)];
        let sums = |place: f64| {
            let shape = shape_at(place);
            let laws = self.ranks.iter().map(|&(_, q)| square_at(shape, q));
            Sums::of(laws.zip(&values))
        };
        let place = golden(|place| sums(place).misfit(), from, to);
        let best = sums(place);
        let square = best.scale();
        let misfit = (best.misfit() / values.len() as f64).sqrt() / square;
        (square > 0.0).then_some(Radial { square, shape: shape_at(place), misfit })
    }
}

/// Sums over the ranks of a law and of the values it is to describe.
#[derive(Clone, Copy, Default)]
struct Sums {
    both: f64,
    law: f64,
    values: f64,
}

impl Sums {
    fn of<A: std::borrow::Borrow<f64>>(
        pairs: impl Iterator<Item = (A, impl std::borrow::Borrow<f64>)>,
    ) -> Self {
        pairs.fold(Self::default(), |sums, (law, value)| {
            let (law, value) = (*law.borrow(), *value.borrow());
            Self {
                both: sums.both + law * value,
                law: sums.law + law * law,
                values: sums.values + value * value,
            }
        })
    }

    /// The R^2 that suits the law best.
    fn scale(self) -> f64 {
        self.both / self.law
    }

    /// The sum of squared distances that it leaves.
    fn misfit(self) -> f64 {
        self.values - self.both * self.scale()
    }
}
