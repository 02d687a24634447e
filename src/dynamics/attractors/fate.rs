//! What becomes of a state.

use super::{Cycle, fixed_points::FixedPoint, motion::distance};
use crate::linalg::norm;

/// What a state comes to under constant input.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    /// What it comes to.
    pub kind: Kind,
    /// The last state.
    pub state: Vec<f64>,
    /// Time from the start to the last state.
    pub time: f64,
    /// Mean of each output over the last samples.
    pub mean: Vec<f64>,
    /// Standard deviation of each output over them.
    pub deviation: Vec<f64>,
    /// Root of the mean square distance of the state from its mean over them.
    pub amplitude: f64,
    /// States of the attractor, some hundred of them where it is no point.
    pub orbit: Vec<Vec<f64>>,
}

/// The kinds of motion that a state can come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A fixed point.
    Point(Box<Rest>),
    /// A cycle: the state comes back to itself exactly.
    Cycle(Box<Orbit>),
    /// A motion with several frequencies that no integer relation ties: the
    /// state comes close to where it was but never back. Limit cycles of flows
    /// become such invariant circles in their Euler maps.
    QuasiPeriodic(Rotation),
    /// A bounded motion in which close states part exponentially.
    Chaotic(Rotation),
    /// A motion that has not settled: its speed is given.
    Drift {
        /// Distance per unit of time over the last samples.
        speed: f64,
    },
    /// The state leaves all bounds.
    Divergence,
}

/// A fixed point that a state comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The point, refined by Newton's method, with its stability.
    pub point: FixedPoint,
    /// True where it is the origin: the state decays to rest.
    pub is_origin: bool,
}

impl Rest {
    /// Whether a state is this point, to the accuracy of both.
    #[must_use]
    pub fn is_at(&self, state: &[f64]) -> bool {
        let size = if self.is_origin { 1.0 } else { norm(&self.point.state) };
        distance(&self.point.state, state) <= SAME_POINT * size
    }
}

/// A cycle that a state comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Orbit {
    /// The cycle, refined by Newton's method, with its multipliers.
    pub cycle: Cycle,
    /// Period as published tables have it: see [`Rotation::published_period`].
    pub published_period: Option<f64>,
    /// Period of the output: see [`Rotation::output_period`].
    pub output_period: Option<f64>,
}

/// Frequencies and exponents of a motion that does not close.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// Mean time of a turn: that of the strongest frequency of the state, in the
    /// direction in which it moves most.
    pub period: f64,
    /// By how much the strongest frequencies of the first and the second half of
    /// the record differ, relative: next to nothing where the motion is
    /// quasi-periodic, since its frequencies are fixed (Laskar, Physica D 67, 1993).
    pub frequency_change: f64,
    /// Period as published tables have it: the largest bin of the discrete
    /// Fourier transform over 2,001 samples, here of the state in the direction in
    /// which it moves most, with a resolution of about period^2/2001 samples.
    pub published_period: Option<f64>,
    /// Period of the strongest frequency of the output that moves most, which
    /// may be an overtone of that of the state; `None` where no output moves.
    pub output_period: Option<f64>,
    /// The largest Lyapunov exponents, 1 / time.
    pub exponents: Vec<f64>,
    /// Their standard errors.
    pub errors: Vec<f64>,
}

impl Kind {
    /// The kind in one word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Point(rest) if rest.is_origin && rest.point.stability.stable => "decay",
            Self::Point(_) => "fixed point",
            Self::Cycle(_) => "cycle",
            Self::QuasiPeriodic(_) => "quasi-periodic",
            Self::Chaotic(_) => "chaotic",
            Self::Drift { .. } => "drift",
            Self::Divergence => "divergence",
        }
    }

    /// Period as it is: that of the cycle, or the mean time of a turn.
    #[must_use]
    pub fn period(&self) -> Option<f64> {
        match self {
            Self::Cycle(orbit) => Some(orbit.cycle.period),
            Self::QuasiPeriodic(rotation) => Some(rotation.period),
            Self::Point(_) | Self::Chaotic(_) | Self::Drift { .. } | Self::Divergence => None,
        }
    }

    /// Period as published tables have it.
    #[must_use]
    pub fn published_period(&self) -> Option<f64> {
        match self {
            Self::Cycle(orbit) => orbit.published_period,
            Self::QuasiPeriodic(rotation) | Self::Chaotic(rotation) => rotation.published_period,
            Self::Point(_) | Self::Drift { .. } | Self::Divergence => None,
        }
    }
}

/// Points that differ by this part of their size are one.
const SAME_POINT: f64 = 1e-5;
/// Orbits are one where their sizes differ by no more than this part,
const SAME_SIZE: f64 = 0.05;
/// and they come this close, relative to their size.
const SAME_PLACE: f64 = 0.2;
/// The states kept of a torus or of chaos lie farther apart than those of a cycle;
/// orbits in other planes are farther apart still, by about twice this.
const SAME_CLOUD: f64 = 0.6;

impl Fate {
    /// Whether two states have come to the same attractor; to mirror images
    /// x and -x of each other where `sign` is -1.
    #[must_use]
    pub fn is_same(&self, other: &Self, sign: f64) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Point(a), Kind::Point(b)) => {
                let turned: Vec<f64> = b.point.state.iter().map(|value| sign * value).collect();
                a.is_at(&turned)
            }
            (Kind::Cycle(_), Kind::Cycle(_))
            | (Kind::QuasiPeriodic(_), Kind::QuasiPeriodic(_))
            | (Kind::Chaotic(_), Kind::Chaotic(_)) => self.has_same_orbit(other, sign),
            (Kind::Divergence, Kind::Divergence) => true,
            _ => false,
        }
    }

    /// Whether the orbits have the same size and meet.
    fn has_same_orbit(&self, other: &Self, sign: f64) -> bool {
        let ratio = self.amplitude / other.amplitude;
        if !((ratio - 1.0).abs() <= SAME_SIZE) {
            return false;
        }
        let centre = |fate: &Self, sign: f64| -> Vec<f64> {
            let count = fate.orbit.len() as f64;
            let states = fate.state.len();
            (0..states)
                .map(|k| sign * fate.orbit.iter().map(|state| state[k]).sum::<f64>() / count)
                .collect()
        };
        if !(distance(&centre(self, 1.0), &centre(other, sign)) <= SAME_PLACE * self.amplitude) {
            return false;
        }
        let nearest = |state: &[f64]| {
            let turned: Vec<f64> = state.iter().map(|value| sign * value).collect();
            self.orbit.iter().map(|own| distance(own, &turned)).min_by(f64::total_cmp)
        };
        let reach = match self.kind {
            Kind::QuasiPeriodic(_) | Kind::Chaotic(_) => SAME_CLOUD,
            Kind::Point(_) | Kind::Cycle(_) | Kind::Drift { .. } | Kind::Divergence => SAME_PLACE,
        };
        // All points, so that orbits which merely cross are two.
        other
            .orbit
            .iter()
            .step_by(7)
            .all(|state| nearest(state).is_some_and(|nearest| nearest <= reach * self.amplitude))
    }
}
