//! The figure of trajectories that have been projected.

use super::{TrajectoryNumbers, TrajectoryOptions, TrialNumbers};
use crate::{
    dynamics::projection::Method,
    plot::{Axis, Figure, Key, Line, Mark, Marker, PALETTE, Panel, Path, Ramp, Space, Spot},
    report::portrait::{BLACK, GREY, Portrait},
};

/// Pieces of a path whose colour tells the time.
const PIECES: usize = 40;
/// Columns of a sweep.
const COLUMNS: usize = 6;
/// How the ends of a trajectory look.
pub(in crate::report) const START: Marker = Marker::Frame;
pub(in crate::report) const STOP: Marker = Marker::Square;

/// `SVD 1 (30.9 %)`
pub(in crate::report) fn component(method: Method, fractions: &[f64], k: usize) -> String {
    match fractions.get(k) {
        Some(share) => format!("{} {} ({:.1} %)", method.axis(), k + 1, 100.0 * share),
        None => format!("{} {}", method.axis(), k + 1),
    }
}

/// The figure: a box for every angle; for one angle the plane beside it.
pub(super) fn figure(
    portrait: &Portrait<'_>,
    options: &TrajectoryOptions,
    numbers: &TrajectoryNumbers,
) -> Figure {
    let has_space = numbers.trials.iter().any(|t| t.points.first().is_some_and(|p| p.len() > 2));
    let mut panels = Vec::new();
    if has_space && options.azimuths.len() > 1 {
        for (place, &azimuth) in options.azimuths.iter().enumerate() {
            let mut panel = space(portrait, options, numbers, azimuth, false);
            panel.title = format!("azimuth {azimuth}\u{b0}");
            panels.push(panel.in_grid(place, COLUMNS));
        }
    } else {
        if has_space {
            let azimuth = options.azimuths.first().copied().unwrap_or(70.0);
            panels.push(space(portrait, options, numbers, azimuth, true));
        }
        let mut plane = plane(portrait, options, numbers);
        plane.is_beside = has_space;
        panels.push(plane);
    }
    let title = format!(
        "{}: {}, {}",
        portrait.title(),
        options.method.name(),
        super::units(options.population, numbers.units)
    );
    Figure { title, key: key(numbers), panels }
}

fn key(numbers: &TrajectoryNumbers) -> Vec<Key> {
    let mut key: Vec<Key> = Vec::new();
    if numbers.trials.len() > 1 {
        let named = numbers.trials.iter().enumerate();
        key.extend(named.map(|(at, trial)| Key::line(&trial.trial, colour(at))));
    }
    key.push(Key::point("start", BLACK, START));
    key.push(Key::point("stop", BLACK, STOP));
    if numbers.trials.iter().any(|trial| !trial.marks.is_empty()) {
        key.push(Key::point("marked steps", GREY, Marker::Ring));
    }
    if !numbers.corners.is_empty() {
        key.push(Key::point("memories", BLACK, Marker::Disc));
        key.push(Key::dashes("one output apart", GREY));
    }
    key
}

fn colour(trial: usize) -> [u8; 3] {
    PALETTE[trial % PALETTE.len()]
}

/// The colours of the only trial's time.
fn ramp(portrait: &Portrait<'_>, numbers: &TrajectoryNumbers) -> Option<Ramp> {
    let [TrialNumbers { times, .. }] = &numbers.trials[..] else { return None };
    Some(Ramp { label: portrait.time().label, from: 0.0, to: times.last().copied()? })
}

/// A trial in pieces, each with its colour: one where there are several trials.
fn pieces<'t>(
    trial: &'t TrialNumbers,
    at: usize,
    ramp: Option<&Ramp>,
) -> Vec<([u8; 3], &'t [Vec<f64>])> {
    let Some(ramp) = ramp else { return vec![(colour(at), &trial.points)] };
    let count = trial.points.len();
    let each = count.div_ceil(PIECES).clamp(1, usize::MAX);
    let from = (0..count).step_by(each);
    from.map(|from| {
        // A piece ends where the next one begins.
        let to = (from + each + 1).clamp(0, count);
        (ramp.colour(trial.times[from]), &trial.points[from..to])
    })
    .collect()
}

fn axis(options: &TrajectoryOptions, numbers: &TrajectoryNumbers, k: usize) -> Axis {
    Axis::new(component(options.method, &numbers.fractions, k), "")
}

fn triple(point: &[f64]) -> [f64; 3] {
    let value = |k: usize| point.get(k).copied().unwrap_or(0.0);
    [value(0), value(1), value(2)]
}

fn pair(point: &[f64]) -> (f64, f64) {
    let [x, y, _] = triple(point);
    (x, y)
}

/// Three components.
fn space(
    portrait: &Portrait<'_>,
    options: &TrajectoryOptions,
    numbers: &TrajectoryNumbers,
    azimuth: f64,
    is_labelled: bool,
) -> Panel {
    let mut space = Space::new([0, 1, 2].map(|k| axis(options, numbers, k)));
    space.azimuth = azimuth;
    space.elevation = options.elevation;
    space.is_equal = true;
    let ramp = ramp(portrait, numbers);
    for (from, to) in edges(numbers) {
        let points = vec![triple(from), triple(to)];
        space.paths.push(Path { points, colour: Some(GREY), is_dashed: true, ..Path::default() });
    }
    for (at, trial) in numbers.trials.iter().enumerate() {
        for (colour, points) in pieces(trial, at, ramp.as_ref()) {
            let points = points.iter().map(|point| triple(point)).collect();
            space.paths.push(Path { points, colour: Some(colour), ..Path::default() });
        }
    }
    for Landmark { at, label, colour, marker } in landmarks(numbers) {
        let label = if is_labelled { label } else { String::new() };
        let (at, colour) = (triple(at), Some(colour));
        space.spots.push(Spot { at, label, colour, marker, ..Spot::default() });
    }
    if !is_labelled {
        for axis in &mut space.axes {
            // `SVD 1`: a share does not fit.
            axis.label.truncate(axis.label.find(" (").unwrap_or(axis.label.len()));
        }
    }
    Panel { space: Some(space), ..Panel::default() }
}

/// The first two components.
fn plane(
    portrait: &Portrait<'_>,
    options: &TrajectoryOptions,
    numbers: &TrajectoryNumbers,
) -> Panel {
    let ramp = ramp(portrait, numbers);
    let mut panel = Panel {
        x: axis(options, numbers, 0),
        y: axis(options, numbers, 1),
        is_equal: true,
        ..Panel::default()
    };
    for (from, to) in edges(numbers) {
        panel.lines.push(Line::new("", vec![pair(from), pair(to)]).coloured(GREY).dashed());
    }
    for (at, trial) in numbers.trials.iter().enumerate() {
        for (colour, points) in pieces(trial, at, ramp.as_ref()) {
            let points = points.iter().map(|point| pair(point)).collect();
            panel.lines.push(Line::new("", points).coloured(colour));
        }
    }
    for Landmark { at, label, colour, marker } in landmarks(numbers) {
        let (at, colour) = (pair(at), Some(colour));
        panel.marks.push(Mark { at, label, colour, marker, ..Mark::default() });
    }
    Panel { ramp, ..panel }
}

/// Corners that differ in one output.
fn edges(numbers: &TrajectoryNumbers) -> Vec<(&[f64], &[f64])> {
    let corners = &numbers.corners;
    let pairs = corners.iter().enumerate().flat_map(|(at, from)| {
        corners[at + 1..].iter().filter(|to| from.is_beside(to)).map(move |to| (from, to))
    });
    pairs.map(|(from, to)| (&from.at[..], &to.at[..])).collect()
}

/// A point worth marking.
struct Landmark<'n> {
    at: &'n [f64],
    label: String,
    colour: [u8; 3],
    marker: Marker,
}

/// Marked steps, the ends of all trials, and the corners.
fn landmarks(numbers: &TrajectoryNumbers) -> Vec<Landmark<'_>> {
    let mut found = Vec::new();
    let mut add = |at, label, colour, marker| found.push(Landmark { at, label, colour, marker });
    for trial in &numbers.trials {
        for &step in &trial.marks {
            add(&trial.points[step][..], step.to_string(), GREY, Marker::Ring);
        }
    }
    for corner in &numbers.corners {
        add(&corner.at, corner.label(), BLACK, Marker::Disc);
    }
    // Above all others: they may lie in a corner.
    let is_alone = numbers.trials.len() == 1;
    for (at, trial) in numbers.trials.iter().enumerate() {
        if let (Some(first), Some(last)) = (trial.points.first(), trial.points.last()) {
            add(first, String::new(), BLACK, START);
            add(last, String::new(), if is_alone { BLACK } else { colour(at) }, STOP);
        }
    }
    found
}
