//! Where the states of trained networks and of circuits settle, against the
//! published networks' measured attractors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop, and say what it skips"
)]

mod common;

use analogon::{
    dynamics::attractors::{
        AfterStimulus, Cut, Fate, Kind, SettleOptions, after_stimuli,
        fixed_points::{
            FixedPoint, SearchOptions, search,
            starts::{TrialStarts, along_trials},
        },
    },
    linalg::norm,
    rnn::DiscreteRnn,
    task,
};

/// The fates of the map of a network after the trials of a task.
fn fates(file: &str, name: &str, cut: Cut) -> Option<Vec<AfterStimulus>> {
    let loaded = common::network(file)?;
    let system = DiscreteRnn::keras(loaded.network);
    let set = task::named(name).unwrap();
    Some(after_stimuli(&system, &set, cut, 1.0, &SettleOptions::default()).unwrap())
}

/// The fate after the trial of that name.
fn of<'a>(fates: &'a [AfterStimulus], name: &str) -> &'a Fate {
    let found = fates.iter().find(|after| after.name == name);
    &found.unwrap_or_else(|| panic!("no trial {name}")).fate
}

fn close(what: &str, found: f64, expected: f64, bound: f64) {
    assert!((found - expected).abs() <= bound, "{what}: {found}, expected {expected} +- {bound}");
}

/// A stable fixed point with this output and spectral radius.
fn is_point(fate: &Fate, output: f64, radius: f64) -> &FixedPoint {
    let Kind::Point(rest) = &fate.kind else { panic!("{} is no point", fate.kind.name()) };
    assert!(rest.point.stability.stable);
    close("output", fate.mean[0], output, 0.005);
    close("spectral radius", rest.point.stability.radius, radius, 0.003);
    &rest.point
}

/// An oscillation with this period, as the largest bin of a Fourier transform
/// over 2,001 steps has it, and with this mean of the output.
///
/// All oscillations of these maps turn out to be quasi-periodic: they turn on a
/// circle and never close.
fn oscillates(fate: &Fate, period: f64, output: f64) {
    assert!(matches!(fate.kind, Kind::QuasiPeriodic(_)), "{}", fate.kind.name());
    close("period", fate.kind.published_period().unwrap(), period, 0.05 * period);
    close("mean time of a turn", fate.kind.period().unwrap(), period, 0.05 * period);
    close("mean output", fate.mean[0], output, 0.005);
}

#[test]
fn and_rests_turns_or_stays() {
    let Some(fates) = fates("and_n50_orthogonal.hdf5", "and", Cut::Trial) else { return };
    let Kind::Point(rest) = &of(&fates, "(0,0)").kind else { panic!("rest is a point") };
    assert!(rest.is_origin && !rest.point.stability.stable);
    close("spectral radius at the origin", rest.point.stability.radius, 1.108_119, 1e-5);
    for name in ["(1,0)", "(0,1)"] {
        oscillates(of(&fates, name), 74.0, -0.001);
        close("deviation", of(&fates, name).deviation[0], 0.005, 0.001);
    }
    let point = is_point(of(&fates, "(1,1)"), 1.0154, 0.904);
    close("length", norm(&point.state), 2.703, 0.003);
}

#[test]
fn xor_has_one_answer_for_both_single_pulses_and_a_fast_turn_for_two() {
    let Some(fates) = fates("xor_n50_orthogonal.hdf5", "xor", Cut::Trial) else { return };
    is_point(of(&fates, "(1,0)"), 1.0160, 0.927);
    is_point(of(&fates, "(0,1)"), 1.0160, 0.927);
    assert!(of(&fates, "(1,0)").is_same(of(&fates, "(0,1)"), 1.0));
    oscillates(of(&fates, "(1,1)"), 2.7, 0.006);
}

#[test]
fn set_is_a_point_and_reset_an_oscillation() {
    let found = fates("set_reset_n50_orthogonal.hdf5", "set_reset", Cut::Trial);
    let Some(fates) = found else { return };
    for after in &fates {
        if after.name.ends_with('S') {
            is_point(&after.fate, 0.9525, 0.855);
        } else {
            oscillates(&after.fate, 48.8, 0.0036);
        }
    }
}

#[test]
fn a_network_of_500_rests_in_a_slow_oscillation() {
    let found = fates("and_n500_orthogonal_bias.hdf5", "and", Cut::Trial);
    let Some(fates) = found else { return };
    oscillates(of(&fates, "(1,0)"), 105.0, -0.002);
    let Kind::Point(rest) = &of(&fates, "(1,1)").kind else { panic!("(1,1) is a point") };
    assert!(rest.point.stability.stable);
    close("output", of(&fates, "(1,1)").mean[0], 0.9963, 0.005);
}

#[test]
fn three_bits_sit_at_the_corners_of_a_cube() {
    let file = "flipflop3_n400_epoch20.hdf5";
    let Some(fates) = fates(file, "flipflop3_cube", Cut::Stimulus) else { return };
    assert_eq!(fates.len(), 16);
    let mut corners = Vec::new();
    for after in &fates {
        let Kind::Point(rest) = &after.fate.kind else { panic!("{}", after.fate.kind.name()) };
        let radius = rest.point.stability.radius;
        assert!((0.978..=1.0).contains(&radius) && rest.point.stability.stable, "{radius}");
        let length = norm(&rest.point.state);
        assert!((5.395..=5.685).contains(&length), "{length}");
        for output in &after.fate.mean {
            close("size of an output", output.abs(), 1.0, 0.05);
        }
        corners.push(after.fate.mean.iter().map(|y| *y > 0.0).collect::<Vec<_>>());
    }
    let visited = corners.clone();
    corners.sort();
    corners.dedup();
    assert_eq!(corners.len(), 8);
    assert_eq!(visited[..8], visited[8..], "the sequence is played twice");
}

/// What the search finds beyond the corners: the spurious memories, and saddles
/// of every type, each with its mirror image.
#[test]
fn three_bits_have_six_memories_that_nobody_asked_for() {
    let Some(loaded) = common::network("flipflop3_n400_epoch20.hdf5") else { return };
    let map = DiscreteRnn::keras(loaded.network);
    let task = task::named("flipflop3").unwrap();
    let options = TrialStarts { count: 400, ..TrialStarts::default() };
    let starts = along_trials(&map, &task, &options).unwrap();
    let found = search(&map, &[0.0; 3], &starts, &SearchOptions::default()).unwrap();
    let stable: Vec<&FixedPoint> = found.points.iter().filter(|p| p.stability.stable).collect();
    assert_eq!(stable.len(), 14);
    let spurious: Vec<&&FixedPoint> =
        stable.iter().filter(|p| p.readout.iter().any(|y| (y.abs() - 1.0).abs() > 0.1)).collect();
    assert_eq!(spurious.len(), 6);
    for known in [[-0.36, -1.06, 1.07], [0.98, 0.21, -1.0], [1.02, 0.02, 1.03]] {
        let is_near = |p: &&&&FixedPoint| {
            p.readout.iter().zip(known).all(|(y, known)| (y - known).abs() <= 0.01)
        };
        assert_eq!(spurious.iter().filter(is_near).count(), 1, "{known:?}");
    }
    let of_type =
        |away: usize| found.points.iter().filter(move |p| p.stability.unstable_dimensions == away);
    assert!(found.points.len() - stable.len() >= 28);
    assert!(of_type(1).count() >= 20 && of_type(2).count() >= 5, "saddles of the common types");
    for (at, point) in found.points.iter().enumerate() {
        assert!(point.residual <= 1e-12);
        let image = &found.points[point.mirror.expect("every point has an image")];
        assert_eq!(image.mirror, Some(at));
        let sums = point.state.iter().zip(&image.state).map(|(a, b)| (a + b).abs());
        assert!(sums.max_by(f64::total_cmp).unwrap() <= 1e-9);
    }
}

/// The snapshot in the middle of a good run that forgot everything.
#[test]
fn a_failed_snapshot_keeps_none_of_the_corners() {
    let file = "flipflop3_n400_epoch14_failed.hdf5";
    let Some(fates) = fates(file, "flipflop3_cube", Cut::Stimulus) else { return };
    for after in &fates {
        assert!(matches!(after.fate.kind, Kind::QuasiPeriodic(_)), "{}", after.fate.kind.name());
        close("first output", after.fate.mean[0].abs(), 0.858, 0.005);
    }
    let first = &fates[0].fate;
    let same = |sign| fates.iter().filter(|after| after.fate.is_same(first, sign)).count();
    assert_eq!(same(1.0) + same(-1.0), 16, "two oscillations, mirror images of each other");
}
