//! The waves on lossless lines.
//!
//! By the method of characteristics (F. Branin, Proc. IEEE 55, 1967, 2012) what arrives at
//! one end of a line is what left the other end a delay ago: with the current i into a
//! port of voltage v and the impedance Z,
//!
//! ```text
//! v1(t) - Z i1(t) = v2(t - T) + Z i2(t - T)
//! ```
//!
//! and the same with both ends exchanged. The right-hand sides are inputs of the system of
//! a transient, which follow from its own past.

use std::{cell::RefCell, collections::VecDeque};

use crate::{
    circuit::{Circuit, Control, ElementId, Kind},
    dae::Drive,
    mna::initial::line_ends,
};

/// Steps are at most this part of the shortest delay. What arrives during a step must
/// have left before the last point that is kept; after a corner that is two steps ago.
const STEP: f64 = 0.5;
/// Corners of arriving waves at most: beyond, the latest bounces are left to the control
/// of the step.
const MOST_CORNERS: usize = 100_000;
/// Corners nearer than this part of the shortest delay are one.
const SAME: f64 = 1e-9;
/// Points that a value is interpolated through.
const POINTS: usize = 4;

/// The longest step that the lines of a circuit allow, s; `None` without lines.
#[must_use]
pub fn longest_step(circuit: &Circuit) -> Option<f64> {
    if circuit.equations().lines.is_empty() {
        return None;
    }
    let delays = circuit.elements().iter().filter_map(|element| match &element.kind {
        Kind::Line { line, .. } => Some(line.delay),
        _ => None,
    });
    delays.min_by(f64::total_cmp).map(|shortest| STEP * shortest)
}

/// A wave under way to one end of a line.
struct Arriving {
    /// What leaves the other end: `v + Z i` as a sum of unknowns.
    leaves: Vec<(usize, f64)>,
    delay: f64,
    /// What arrives until the delay is over, V.
    first: f64,
    /// What left, by time; later than needed.
    past: VecDeque<(f64, f64)>,
}

/// The independent sources of a circuit, and after them the waves that arrive at the ends
/// of its lines: the inputs of [`Mna::with_waves`](crate::mna::Mna::with_waves).
pub struct Waves<'d> {
    drive: &'d dyn Drive,
    sources: usize,
    arriving: RefCell<Vec<Arriving>>,
    /// Where waves have corners, increasing, 0 included.
    corners: Vec<f64>,
}

impl<'d> Waves<'d> {
    /// The waves of `circuit` until `stop`, s, with independent sources that follow
    /// `drive`. They start from the unknowns `x` of an operating point, or from the
    /// initial conditions.
    #[must_use]
    pub fn new(circuit: &Circuit, drive: &'d dyn Drive, x: Option<&[f64]>, stop: f64) -> Self {
        let sources = circuit.elements().iter();
        let sources = sources.filter(|e| matches!(e.kind, Kind::Source { .. })).count();
        let mut arriving = Vec::new();
        for (_, (impedance, delay, other)) in line_ends(circuit) {
            let leaves = leaving(circuit, other, impedance);
            let first = match (x, &circuit.elements()[other.0 as usize].kind) {
                (Some(x), _) => sum(&leaves, x),
                (None, Kind::Line { line, .. }) => {
                    let [volts, amperes] = line.initial;
                    volts + impedance * amperes
                }
                (None, _) => 0.0,
            };
            arriving.push(Arriving { leaves, delay, first, past: VecDeque::new() });
        }
        let delays: Vec<f64> = arriving.iter().map(|wave| wave.delay).collect();
        let corners = corners(drive.corners(stop), &delays, stop);
        Self { drive, sources, arriving: RefCell::new(arriving), corners }
    }

    /// Takes note of the unknowns at a point that is kept.
    pub fn observe(&self, time: f64, x: &[f64]) {
        for wave in self.arriving.borrow_mut().iter_mut() {
            wave.past.push_back((time, sum(&wave.leaves, x)));
            // Enough points before what arrives next.
            while wave.past.get(POINTS).is_some_and(|point| point.0 < time - wave.delay) {
                wave.past.pop_front();
            }
        }
    }

    fn arrives(&self, wave: &Arriving, time: f64) -> f64 {
        let left = time - wave.delay;
        if left <= 0.0 || wave.past.is_empty() {
            return wave.first;
        }
        // Never across a corner: through what lies between the two around.
        let next = self.corners.partition_point(|corner| *corner <= left);
        let from = next.checked_sub(1).map_or(f64::NEG_INFINITY, |at| self.corners[at]);
        let to = self.corners.get(next).copied().unwrap_or(f64::INFINITY);
        let slack = SAME * wave.delay;
        let begin = wave.past.partition_point(|point| point.0 < from - slack);
        let end = wave.past.partition_point(|point| point.0 <= to + slack);
        let after = wave.past.partition_point(|point| point.0 <= left).clamp(begin, end);
        let lowest = after.saturating_sub(POINTS / 2);
        let highest = end.saturating_sub(POINTS);
        let start = if lowest < highest { lowest } else { highest };
        let start = if start > begin { start } else { begin };
        let points =
            wave.past.range(start..).take(if end < start + POINTS { end - start } else { POINTS });
        lagrange(points.copied(), left)
    }
}

/// What leaves the end of a line, as a sum of unknowns.
fn leaving(circuit: &Circuit, end: ElementId, impedance: f64) -> Vec<(usize, f64)> {
    let equations = circuit.equations();
    let nodes = circuit.elements()[end.0 as usize].kind.pair();
    let volts = nodes.map(|[a, b]| equations.control(Control::Voltage(a, b)));
    let amperes = equations.control(Control::Current(end));
    let amperes = amperes.into_iter().map(|(unknown, sign)| (unknown, sign * impedance));
    volts.into_iter().flatten().chain(amperes).collect()
}

fn sum(terms: &[(usize, f64)], x: &[f64]) -> f64 {
    terms.iter().map(|&(unknown, factor)| factor * x[unknown]).sum()
}

/// The polynomial through `points` at `at`.
fn lagrange(points: impl Iterator<Item = (f64, f64)>, at: f64) -> f64 {
    let points: Vec<(f64, f64)> = points.collect();
    let mut value = 0.0;
    for (k, &(own, height)) in points.iter().enumerate() {
        let others = points.iter().enumerate().filter(|(j, _)| *j != k);
        let weight: f64 = others.map(|(_, &(other, _))| (at - other) / (own - other)).product();
        value += weight * height;
    }
    value
}

/// The corners of the sources, of the start, and of all that arrives of them after any
/// number of delays, increasing.
fn corners(sources: Vec<f64>, delays: &[f64], stop: f64) -> Vec<f64> {
    let Some(shortest) = delays.iter().copied().min_by(f64::total_cmp) else { return sources };
    let mut delays = delays.to_vec();
    delays.sort_by(f64::total_cmp);
    delays.dedup();
    let is_same = |a: f64, b: f64| (a - b).abs() <= SAME * shortest;
    let thin = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.dedup_by(|a, b| is_same(*a, *b));
        times
    };
    let mut all = thin([sources, vec![0.0]].concat());
    let mut latest = all.clone();
    while !latest.is_empty() && all.len() < MOST_CORNERS {
        let next = latest.iter().flat_map(|time| delays.iter().map(move |delay| time + delay));
        let next = thin(next.filter(|time| *time < stop).collect());
        let is_known = |time: &f64| {
            let at = all.partition_point(|known| known < time);
            all[at.saturating_sub(1)..].iter().take(2).any(|known| is_same(*known, *time))
        };
        latest = next.into_iter().filter(|time| !is_known(time)).collect();
        all = thin([all, latest.clone()].concat());
    }
    all
}

impl Drive for Waves<'_> {
    fn values(&self, time: f64, u: &mut [f64]) {
        let (sources, waves) = u.split_at_mut(self.sources);
        self.drive.values(time, sources);
        for (wave, value) in self.arriving.borrow().iter().zip(waves) {
            *value = self.arrives(wave, time);
        }
    }

    fn corners(&self, stop: f64) -> Vec<f64> {
        self.corners.iter().copied().filter(|corner| *corner < stop).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_bounce_to_and_fro() {
        assert_eq!(corners(vec![1.0], &[2.0, 2.0], 6.5), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(corners(vec![], &[2.0, 3.0], 8.0), [0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(corners(vec![1.0], &[], 3.0), [1.0]);
        assert!(corners(vec![], &[1.0, 1.1, 0.77], 1e6).len() < 3 * MOST_CORNERS);
    }

    #[test]
    fn a_cubic_is_interpolated_exactly() {
        let f = |t: f64| 2.0 - t + 3.0 * t * t - 0.5 * t * t * t;
        let points = [0.0, 0.3, 0.4, 1.0].map(|t| (t, f(t)));
        for t in [0.0, 0.1, 0.35, 0.9] {
            assert!((lagrange(points.into_iter(), t) - f(t)).abs() < 1e-14);
        }
    }
}
