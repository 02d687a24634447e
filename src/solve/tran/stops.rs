//! Where the steps of a transient have to end.

use crate::{dae::Drive, solve::TransientOptions};

/// An instant that a step ends at exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stop {
    pub(super) time: f64,
    pub(super) is_corner: bool,
    /// The first corner (or the end) not before it: inputs are smooth until then.
    pub(super) smooth_until: f64,
}

/// Smallest step relative to the largest. A corner nearer than that to another
/// stop is one with it.
pub(super) const SMALLEST_STEP: f64 = 1e-12;

/// Corners of the inputs, landings and the end, increasing.
pub(super) fn stops(drive: &dyn Drive, options: &TransientOptions) -> Vec<Stop> {
    let inside = |t: &f64| *t > 0.0 && *t < options.stop;
    let corner = |time| Stop { time, is_corner: true, smooth_until: time };
    let landing = |time| Stop { is_corner: false, ..corner(time) };
    let mut all: Vec<Stop> =
        drive.corners(options.stop).into_iter().filter(inside).map(corner).collect();
    all.extend(options.landings.iter().copied().filter(inside).map(landing));
    all.push(landing(options.stop));
    all.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut stops: Vec<Stop> = Vec::with_capacity(all.len());
    for next in all {
        match stops.last_mut() {
            Some(last) if next.time - last.time <= options.max_step * SMALLEST_STEP => {
                // The time that was asked for is kept, to the bit.
                if last.is_corner {
                    last.time = next.time;
                }
                last.is_corner |= next.is_corner;
            }
            _ => stops.push(next),
        }
    }
    // The end may have met a landing just before it.
    if let Some(last) = stops.last_mut() {
        last.time = options.stop;
    }
    let mut smooth_until = options.stop;
    for stop in stops.iter_mut().rev() {
        if stop.is_corner {
            smooth_until = stop.time;
        }
        stop.smooth_until = smooth_until;
    }
    stops
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Corners(Vec<f64>);

    impl Drive for Corners {
        fn values(&self, _time: f64, _u: &mut [f64]) {}

        fn corners(&self, _stop: f64) -> Vec<f64> {
            self.0.clone()
        }
    }

    fn times(corners: &[f64], landings: &[f64]) -> Vec<(f64, bool, f64)> {
        let options =
            TransientOptions { landings: landings.to_vec(), ..TransientOptions::until(1.0) };
        let found = stops(&Corners(corners.to_vec()), &options);
        found.iter().map(|s| (s.time, s.is_corner, s.smooth_until)).collect()
    }

    #[test]
    fn stops_know_how_far_the_inputs_are_smooth() {
        let found = times(&[0.5, 2.0, -1.0, 0.0], &[0.25, 0.75, 1.0, f64::NAN]);
        assert_eq!(
            found,
            [(0.25, false, 0.5), (0.5, true, 0.5), (0.75, false, 1.0), (1.0, false, 1.0)]
        );
    }

    /// Corners and print times come from different arithmetic and differ by
    /// rounding; a print time stays what it is.
    #[test]
    fn neighbours_by_rounding_are_one() {
        let before = 0.3_f64.next_down();
        let after = 0.3_f64.next_up();
        for corner in [before, 0.3, after] {
            assert_eq!(times(&[corner], &[0.3]), [(0.3, true, 0.3), (1.0, false, 1.0)]);
        }
        assert_eq!(times(&[before, after], &[]), [(after, true, after), (1.0, false, 1.0)]);
        assert_eq!(times(&[1.0_f64.next_down()], &[]), [(1.0, true, 1.0)]);
        assert_eq!(times(&[], &[1.0_f64.next_down()]), [(1.0, false, 1.0)]);
    }
}
