//! What drives a network, as one description for circuits, references and maps.

/// A level held from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// When the jump to the level starts, model time units.
    pub at: f64,
    /// The level held from then on.
    pub level: f64,
}

/// The inputs of one trial as continuous piecewise-linear functions of time.
///
/// # Model
///
/// Every channel rests at 0 before its first change, and holds the level of a
/// change until the next one. The jump to a level is a straight edge of width
/// [`Stimulus::edge`] that *starts* at the change: a network sees the former
/// level at the time of the change and the new one an edge later. Width 0 gives
/// true steps, continuous from the right; a circuit simulator cannot have them,
/// a discrete map and an integrator that restarts at every corner can.
///
/// The discrete map with step 1 computes `h_n = sigma(W h_{n-1} + Win x_n + b)`
/// from `h_{-1} = 0`. The continuous network driven by `x(t) = x_n` on
/// `[n, n + 1)` corresponds to `h_n` at `t = n + 1`, the end of the interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Stimulus {
    duration: f64,
    edge: f64,
    /// By channel.
    changes: Vec<Vec<Change>>,
    corners: Vec<f64>,
    /// Value at the start and slope, segment by segment, channels inside.
    pieces: Vec<(f64, f64)>,
}

/// Why changes are no stimulus.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StimulusError {
    /// The duration is not a positive finite number.
    #[error("the duration is {0}, it must be positive and finite")]
    Duration(f64),
    /// The edge is not zero or a positive finite number.
    #[error("the edge is {0}, it must be zero or positive, and finite")]
    Edge(f64),
    /// A level or time is NaN or infinite.
    #[error("change {change} of channel {channel}: {what} is {value}, not a finite number")]
    NotFinite {
        /// Channel, from 0.
        channel: usize,
        /// Change, from 0.
        change: usize,
        /// `time` or `level`.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// A change lies before 0 or at or after the end.
    #[error("change {change} of channel {channel} is at {at}, outside [0, {duration})")]
    Outside {
        /// Channel, from 0.
        channel: usize,
        /// Change, from 0.
        change: usize,
        /// Its time.
        at: f64,
        /// The end of the trial.
        duration: f64,
    },
    /// A change comes before the edge of the former one is over.
    #[error(
        "channel {channel}: the edge of {edge} that starts at {at} is not over at {next}; \
         times must ascend, and by more than the edge"
    )]
    Gap {
        /// Channel, from 0.
        channel: usize,
        /// Time of the earlier change.
        at: f64,
        /// Time of the next change, or the end of the trial.
        next: f64,
        /// Width of an edge.
        edge: f64,
    },
    /// Two channels have held levels for different numbers of steps.
    #[error("channel {channel} has {found} levels, channel 0 has {expected}")]
    Ragged {
        /// Channel, from 0.
        channel: usize,
        /// Levels of channel 0.
        expected: usize,
        /// Levels of this one.
        found: usize,
    },
}

impl Stimulus {
    /// Width of an edge where nothing else is asked for, model time units.
    pub const EDGE: f64 = 1e-3;

    /// Checks the changes, by channel, each in order of time.
    ///
    /// No channels at all are allowed: they drive an autonomous network.
    ///
    /// # Errors
    ///
    /// [`StimulusError`] names the channel and the time.
    pub fn new(duration: f64, edge: f64, changes: Vec<Vec<Change>>) -> Result<Self, StimulusError> {
        if !(duration.is_finite() && duration > 0.0) {
            return Err(StimulusError::Duration(duration));
        }
        if !(edge.is_finite() && edge >= 0.0) {
            return Err(StimulusError::Edge(edge));
        }
        for (channel, list) in changes.iter().enumerate() {
            check(channel, list, duration, edge)?;
        }
        let mut stimulus =
            Self { duration, edge, changes, corners: Vec::new(), pieces: Vec::new() };
        stimulus.cut();
        Ok(stimulus)
    }

    /// The stimulus that holds `levels[channel][n]` on `[n, n + 1)`.
    ///
    /// # Errors
    ///
    /// As [`Stimulus::new`], and for channels of different length.
    pub fn from_levels(levels: &[Vec<f64>], edge: f64) -> Result<Self, StimulusError> {
        let steps = levels.first().map_or(0, Vec::len);
        if let Some(channel) = levels.iter().position(|list| list.len() != steps) {
            let found = levels[channel].len();
            return Err(StimulusError::Ragged { channel, expected: steps, found });
        }
        let changes = levels
            .iter()
            .map(|list| {
                list.iter().enumerate().map(|(n, &level)| Change { at: n as f64, level }).collect()
            })
            .collect();
        Self::new(steps as f64, edge, changes)
    }

    /// The same changes with another width of the edges; 0 gives true steps.
    ///
    /// # Errors
    ///
    /// As [`Stimulus::new`], where an edge no longer fits between two changes.
    pub fn with_edge(&self, edge: f64) -> Result<Self, StimulusError> {
        Self::new(self.duration, edge, self.changes.clone())
    }

    /// Length of the trial, model time units.
    #[must_use]
    pub fn duration(&self) -> f64 {
        self.duration
    }

    /// Width of an edge, model time units.
    #[must_use]
    pub fn edge(&self) -> f64 {
        self.edge
    }

    /// Number of input channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.changes.len()
    }

    /// Number of whole unit steps in the trial.
    #[must_use]
    #[expect(clippy::cast_sign_loss, reason = "invariant: a duration is positive")]
    pub fn steps(&self) -> usize {
        self.duration as usize
    }

    /// The times at which the input of any channel has a corner: ascending,
    /// each once, from 0 to the duration.
    #[must_use]
    pub fn corners(&self) -> &[f64] {
        &self.corners
    }

    /// Number of pieces between corners.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.corners.len() - 1
    }

    /// Value at the start and slope of a channel between the corners `segment`
    /// and `segment + 1`.
    ///
    /// # Panics
    ///
    /// Where there is no such channel or segment.
    #[must_use]
    pub fn value_and_slope(&self, channel: usize, segment: usize) -> (f64, f64) {
        assert!(channel < self.channels(), "channel {channel} of {}", self.channels());
        self.pieces[segment * self.channels() + channel]
    }

    /// The input of an existing channel at a time; held constant outside the
    /// trial, and at a true step the value after it.
    #[must_use]
    pub fn value(&self, channel: usize, t: f64) -> f64 {
        let t = t.clamp(0.0, self.duration);
        let after = self.corners.partition_point(|&corner| corner <= t);
        let segment = after.saturating_sub(1).clamp(0, self.segments() - 1);
        let (start, slope) = self.value_and_slope(channel, segment);
        start + slope * (t - self.corners[segment])
    }

    /// The level that an existing channel holds from the last change at or before
    /// `t` on: the input without its edges.
    #[must_use]
    pub fn held(&self, channel: usize, t: f64) -> f64 {
        let list = &self.changes[channel];
        match list.partition_point(|change| change.at <= t) {
            0 => 0.0,
            after => list[after - 1].level,
        }
    }

    /// The level that an existing channel holds in step n: `x_n` of the discrete map.
    #[must_use]
    pub fn level(&self, channel: usize, n: usize) -> f64 {
        self.held(channel, n as f64)
    }

    /// The corners of an existing channel alone as (time, value), for a
    /// piecewise-linear source: from time 0, without points on a straight line,
    /// and without the end, since such a source holds its last value.
    ///
    /// With edges of width 0 two points share the time of each step.
    #[must_use]
    pub fn points(&self, channel: usize) -> Vec<(f64, f64)> {
        let mut points = vec![(0.0, 0.0)];
        let mut level = 0.0;
        for change in &self.changes[channel] {
            #[expect(clippy::float_cmp, reason = "only an equal level makes no corner")]
            if change.level == level {
                continue;
            }
            if points.last() != Some(&(change.at, level)) {
                points.push((change.at, level));
            }
            level = change.level;
            points.push((change.at + self.edge, level));
        }
        points
    }

    /// Fills in corners and pieces.
    fn cut(&mut self) {
        let channels: Vec<_> = (0..self.channels()).map(|c| self.points(c)).collect();
        let times = channels.iter().flatten().map(|&(t, _)| t);
        self.corners = times.chain([0.0, self.duration]).collect();
        self.corners.sort_by(f64::total_cmp);
        self.corners.dedup();
        for &start in &self.corners[..self.corners.len() - 1] {
            self.pieces.extend(channels.iter().map(|points| piece(points, start)));
        }
    }
}

/// Value and slope of a piecewise-linear function just after `start`.
fn piece(points: &[(f64, f64)], start: f64) -> (f64, f64) {
    let after = points.partition_point(|&(t, _)| t <= start);
    // Every list starts at time 0, and no segment before it.
    let (t0, v0) = points[after - 1];
    match points.get(after) {
        Some(&(t1, v1)) => {
            let slope = (v1 - v0) / (t1 - t0);
            (v0 + slope * (start - t0), slope)
        }
        None => (v0, 0.0),
    }
}

/// Checks one channel.
fn check(channel: usize, list: &[Change], duration: f64, edge: f64) -> Result<(), StimulusError> {
    for (change, &Change { at, level }) in list.iter().enumerate() {
        for (what, value) in [("time", at), ("level", level)] {
            if !value.is_finite() {
                return Err(StimulusError::NotFinite { channel, change, what, value });
            }
        }
        if at < 0.0 || at >= duration {
            return Err(StimulusError::Outside { channel, change, at, duration });
        }
        let next = list.get(change + 1).map_or(duration, |next| next.at);
        if next.is_nan() || next <= at + edge {
            return Err(StimulusError::Gap { channel, at, next, edge });
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "levels are played as they are written")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pulse(at: f64, width: f64, level: f64) -> Vec<Change> {
        vec![Change { at, level }, Change { at: at + width, level: 0.0 }]
    }

    #[test]
    fn a_pulse_has_five_points_and_shares_the_corners_of_all_channels() {
        let stimulus =
            Stimulus::new(10.0, 0.5, vec![pulse(2.0, 3.0, 1.0), pulse(0.0, 2.25, -2.0)]).unwrap();
        assert_eq!(
            stimulus.points(0),
            [(0.0, 0.0), (2.0, 0.0), (2.5, 1.0), (5.0, 1.0), (5.5, 0.0)]
        );
        assert_eq!(stimulus.points(1), [(0.0, 0.0), (0.5, -2.0), (2.25, -2.0), (2.75, 0.0)]);
        assert_eq!(stimulus.corners(), [0.0, 0.5, 2.0, 2.25, 2.5, 2.75, 5.0, 5.5, 10.0]);
        assert_eq!(stimulus.value_and_slope(0, 3), (0.5, 2.0));
        assert_eq!(stimulus.value_and_slope(1, 4), (-1.0, 4.0));
        assert_eq!(stimulus.value_and_slope(1, 0), (0.0, -4.0));
    }

    #[test]
    fn the_edge_starts_at_the_change_and_the_held_level_does_not_wait_for_it() {
        let stimulus = Stimulus::from_levels(&[vec![0.0, 3.0, 3.0, 1.0]], 0.25).unwrap();
        assert_eq!(stimulus.duration(), 4.0);
        assert_eq!(stimulus.steps(), 4);
        assert_eq!(stimulus.value(0, 1.0), 0.0);
        assert_eq!(stimulus.value(0, 1.125), 1.5);
        assert_eq!(stimulus.value(0, 1.25), 3.0);
        assert_eq!(stimulus.value(0, 99.0), 1.0);
        assert_eq!(stimulus.value(0, -1.0), 0.0);
        assert!(stimulus.value(0, f64::NAN).is_nan());
        let levels: Vec<_> = (0..4).map(|n| stimulus.level(0, n)).collect();
        assert_eq!(levels, [0.0, 3.0, 3.0, 1.0]);
        assert_eq!(stimulus.points(0).len(), 5, "an equal level makes no corner");
    }

    #[test]
    fn true_steps_are_continuous_from_the_right() {
        let edged = Stimulus::from_levels(&[vec![2.0, 0.0, 1.0]], 1e-3).unwrap();
        let steps = edged.with_edge(0.0).unwrap();
        assert_eq!(steps.corners(), [0.0, 1.0, 2.0, 3.0]);
        for (t, expected) in [(0.0, 2.0), (0.999, 2.0), (1.0, 0.0), (2.0, 1.0), (3.0, 1.0)] {
            assert_eq!(steps.value(0, t), expected, "at {t}");
        }
        assert_eq!(steps.value_and_slope(0, 1), (0.0, 0.0));
        assert_eq!(steps.with_edge(1e-3).unwrap(), edged);
    }

    #[test]
    fn an_autonomous_network_has_a_stimulus_without_channels() {
        let stimulus = Stimulus::new(5.0, Stimulus::EDGE, vec![]).unwrap();
        assert_eq!((stimulus.channels(), stimulus.segments()), (0, 1));
    }

    #[test]
    fn bad_changes_are_named() {
        let error = |duration, edge, changes: Vec<(f64, f64)>| {
            let list = changes.into_iter().map(|(at, level)| Change { at, level }).collect();
            Stimulus::new(duration, edge, vec![vec![], list]).unwrap_err().to_string()
        };
        assert_eq!(
            error(f64::NAN, 0.1, vec![]),
            "the duration is NaN, it must be positive and finite"
        );
        assert_eq!(error(0.0, 0.1, vec![]), "the duration is 0, it must be positive and finite");
        assert_eq!(
            error(1.0, -0.1, vec![]),
            "the edge is -0.1, it must be zero or positive, and finite"
        );
        assert_eq!(
            error(9.0, 0.1, vec![(1.0, 1.0), (2.0, f64::INFINITY)]),
            "change 1 of channel 1: level is inf, not a finite number"
        );
        assert_eq!(
            error(9.0, 0.1, vec![(9.0, 1.0)]),
            "change 0 of channel 1 is at 9, outside [0, 9)"
        );
        assert_eq!(
            error(9.0, 0.5, vec![(1.0, 1.0), (1.5, 0.0)]),
            "channel 1: the edge of 0.5 that starts at 1 is not over at 1.5; times must ascend, \
             and by more than the edge"
        );
        assert!(error(9.0, 0.5, vec![(8.75, 1.0)]).contains("not over at 9;"));
        assert!(error(9.0, 0.0, vec![(2.0, 1.0), (1.0, 1.0)]).contains("times must ascend"));
        assert!(error(9.0, 0.1, vec![(1.0, 1.0), (f64::NAN, 1.0)]).contains("not over at NaN"));
        let ragged = Stimulus::from_levels(&[vec![0.0; 3], vec![0.0; 2]], 0.1).unwrap_err();
        assert_eq!(ragged.to_string(), "channel 1 has 2 levels, channel 0 has 3");
        assert!(Stimulus::from_levels(&[], 0.1).is_err());
    }

    proptest! {
        /// Segments, points and values are three views of one function, which
        /// is continuous and reaches each level an edge after its change.
        #[test]
        fn the_views_agree(
            levels in prop::collection::vec(prop::collection::vec(-3.0..3.0_f64, 6), 1..4),
            edge in 0.01..0.9_f64,
            t in 0.0..6.0_f64,
        ) {
            let stimulus = Stimulus::from_levels(&levels, edge).unwrap();
            for channel in 0..stimulus.channels() {
                for segment in 0..stimulus.segments() {
                    let (start, slope) = stimulus.value_and_slope(channel, segment);
                    let (from, to) = (stimulus.corners()[segment], stimulus.corners()[segment + 1]);
                    let end = start + slope * (to - from);
                    prop_assert!((end - stimulus.value(channel, to)).abs() < 1e-12);
                }
                for n in 0..6 {
                    let reached = stimulus.value(channel, n as f64 + edge);
                    prop_assert!((reached - stimulus.level(channel, n)).abs() < 1e-12);
                }
                let points = stimulus.points(channel);
                let after = points.partition_point(|&(at, _)| at <= t);
                let expected = match points.get(after) {
                    None => points[after - 1].1,
                    Some(&(t1, v1)) => {
                        let (t0, v0) = points[after - 1];
                        v0 + (v1 - v0) * (t - t0) / (t1 - t0)
                    }
                };
                prop_assert!((stimulus.value(channel, t) - expected).abs() < 1e-12);
            }
        }
    }
}
