//! The bulk of a spectrum and what stands apart from it, without being told how
//! many eigenvalues do.

use super::radial::{CIRCLE, Radial, inner_square, quantile};
use crate::linalg::Complex;

/// Fewer eigenvalues than this have no bulk to speak of.
pub const FEWEST: usize = 10;
/// Rounds of fitting and finding outliers.
const ROUNDS: usize = 20;
/// Draws behind the intervals, and behind the reach of a bulk in each round.
const DRAWS: usize = 400;
const REACH_DRAWS: usize = 400;

/// A number with its interval of 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval holds a value.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// What a bulk looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A disc; nothing speaks against an even density.
    EvenDisc,
    /// A disc that is denser in the middle.
    PeakedDisc,
    /// A disc that is denser towards its rim; a hole is possible.
    HollowDisc,
    /// A ring around a hole.
    Ring,
    /// A circle, but for rounding.
    Circle,
}

/// A disc or a ring fitted to the moduli.
///
/// The law of the middle ranks is read off at both ends; what lies farther beyond
/// an end than chance explains in 199 of 200 matrices is an outlier and taken out,
/// until no more is found. The radii are freed of what fits to such bulks are off
/// by in the middle, and the intervals are those of fits to what such a bulk
/// might have shown, widened where the moduli scatter more about the law than
/// half of theirs do. They know nothing of what moves a bulk as a whole in a finite matrix:
/// large means of both signs that balance widen it by about 2 % for 100 units and
/// 0.5 % for 400. [`Theory::compare`](super::Theory::compare) takes that into account.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// Outer radius.
    pub outer: Estimate,
    /// Inner radius of a ring; `None` of a disc.
    pub inner: Option<Estimate>,
    /// How the density changes with the radius: 0 for an even one, up to 1 for a
    /// circle, down to -1 for a peak in the middle.
    pub shape: f64,
    /// What it looks like.
    pub form: Form,
    /// Eigenvalues of the bulk, among the values that were given.
    pub members: Vec<usize>,
    /// The dominant ones: farther out than the bulk reaches.
    pub dominant: Vec<usize>,
    /// Farther in than the ring reaches.
    pub strays: Vec<usize>,
    /// Outer and inner radius as fitted, with what such fits are off by.
    pub(super) fitted: (f64, f64),
}

/// The eigenvalues in order of their moduli, and which of them are the bulk's.
struct Split {
    /// By rising modulus, in parts of the largest.
    order: Vec<usize>,
    sorted: Vec<f64>,
    inside: (usize, usize),
    law: Radial,
}

/// Outer and inner radius, and the members.
pub(super) struct Plain {
    pub(super) outer: f64,
    /// 0 of a disc.
    pub(super) inner: f64,
    pub(super) members: Vec<usize>,
}

impl Bulk {
    /// Fits a disc or a ring to eigenvalues in any order; `None` for fewer than
    /// [`FEWEST`], or where all but a few are zero.
    #[must_use]
    pub fn fit(values: &[Complex]) -> Option<Self> {
        let scale = values.iter().map(|value| value.norm()).max_by(f64::total_cmp)?;
        let Split { order, sorted, inside, law } = Split::of(values, scale)?;
        let picked = |from: usize, to: usize| {
            let mut picked = order[from..to].to_vec();
            picked.sort_unstable();
            picked
        };
        let Found { form, outer, inner, fitted } = found(law, inside.1 - inside.0, scale);
        Some(Self {
            outer,
            inner: matches!(form, Form::Ring | Form::Circle).then_some(inner),
            shape: law.shape,
            form,
            members: picked(inside.0, inside.1),
            dominant: picked(inside.1, sorted.len()),
            strays: picked(0, inside.0),
            fitted,
        })
    }

    /// The fit alone, without intervals.
    pub(super) fn plain(values: &[Complex]) -> Option<Plain> {
        let scale = values.iter().map(|value| value.norm()).max_by(f64::total_cmp)?;
        let Split { order, inside, law, .. } = Split::of(values, scale)?;
        let outer = law.square.sqrt() * scale;
        let inner = outer * inner_square(law.shape).sqrt();
        Some(Plain { outer, inner, members: order[inside.0..inside.1].to_vec() })
    }
}

impl Split {
    fn of(values: &[Complex], scale: f64) -> Option<Self> {
        if values.len() < FEWEST || !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let moduli: Vec<f64> = values.iter().map(|value| value.norm() / scale).collect();
        let mut order: Vec<usize> = (0..moduli.len()).collect();
        order.sort_by(|&a, &b| moduli[a].total_cmp(&moduli[b]).then(a.cmp(&b)));
        let sorted: Vec<f64> = order.iter().map(|&at| moduli[at]).collect();
        let mut inside = (0, sorted.len());
        let mut law = Radial::fit(&squares(&sorted))?;
        for _ in 0..ROUNDS {
            let (low, high) = law.reach(inside.1 - inside.0, REACH_DRAWS, 1);
            let found =
                (sorted.partition_point(|&r| r < low), sorted.partition_point(|&r| r <= high));
            if found == inside || found.1.saturating_sub(found.0) < FEWEST / 2 {
                break;
            }
            inside = found;
            law = Radial::fit(&squares(&sorted[inside.0..inside.1]))?;
        }
        Some(Self { order, sorted, inside, law })
    }
}

fn squares(moduli: &[f64]) -> Vec<f64> {
    moduli.iter().map(|r| r * r).collect()
}

/// What a fitted law looks like, and its radii with their intervals.
struct Found {
    form: Form,
    outer: Estimate,
    inner: Estimate,
    fitted: (f64, f64),
}

/// Judges a law by what such a bulk of `count` eigenvalues might have shown.
fn found(law: Radial, count: usize, scale: f64) -> Found {
    let even = Radial { shape: 0.0, ..law };
    let shapes = |drawn: &[Radial], share: f64| quantile_of(drawn, |law| law.shape, share);
    let mut drawn = even.redrawn(count, DRAWS, 2);
    let is_even = shapes(&drawn, 0.025) <= law.shape && law.shape <= shapes(&drawn, 0.975);
    let assumed = if is_even { even } else { law };
    if !is_even {
        drawn = law.redrawn(count, DRAWS, 2);
    }
    let form = match law.shape {
        1.0.. => Form::Circle,
        _ if is_even => Form::EvenDisc,
        _ if shapes(&drawn, 0.025) > 0.5 => Form::Ring,
        0.0.. => Form::HollowDisc,
        _ => Form::PeakedDisc,
    };
    let of = |what: fn(&Radial) -> f64, share: f64| quantile_of(&drawn, what, share);
    let excess = law.misfit / of(|law| law.misfit, 0.5);
    let widened = if excess > 1.0 { excess } else { 1.0 };
    let radius = law.square.sqrt() * scale;
    let outer = |law: &Radial| law.square.sqrt();
    let inner = |law: &Radial| (law.square * inner_square(law.shape)).sqrt();
    let own = inner_square(law.shape).sqrt();
    let known = inner_square(assumed.shape).sqrt();
    // What the draws are off by, this fit is too.
    let spread = |of: f64, middle: f64| middle + widened * (of - middle);
    let outer_at = |share: f64| radius * spread(of(outer, share).recip(), of(outer, 0.5).recip());
    let inner_at = |share: f64| {
        let end = own + known - spread(of(inner, share), of(inner, 0.5));
        radius * if end > 0.0 { end } else { 0.0 }
    };
    let rounding = if form == Form::Circle { CIRCLE * radius } else { 0.0 };
    let estimate = |at: &dyn Fn(f64) -> f64| Estimate {
        value: at(0.5),
        low: at(0.975) - rounding,
        high: at(0.025) + rounding,
    };
    let (outer, inner) = (estimate(&outer_at), estimate(&inner_at));
    Found { form, outer, inner, fitted: (radius, radius * own) }
}

fn quantile_of(drawn: &[Radial], what: fn(&Radial) -> f64, share: f64) -> f64 {
    let mut values: Vec<f64> = drawn.iter().map(what).collect();
    quantile(&mut values, share)
}
