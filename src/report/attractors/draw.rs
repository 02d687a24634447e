//! The report as a figure.

use super::{AttractorReport, TimeKind};
use crate::{
    dynamics::projection::{Method, project},
    plot::{Axis, Cloud, Figure, Line, Marker, Panel, Reference, Space, Spot},
};
use nalgebra::DMatrix;

/// Colours of what attracts, of saddles and of what moves.
const STABLE: [u8; 3] = [0x00, 0x72, 0xb2];
const UNSTABLE: [u8; 3] = [0xd5, 0x5e, 0x00];
const MOVING: [u8; 3] = [0x00, 0x9e, 0x73];
const BORDER: [u8; 3] = [0x77; 3];
/// Fixed points whose eigenvalues are drawn at most.
const SPECTRA: usize = 60;

/// Fixed points and cycles by their first two or three outputs (or, of one output,
/// by principal components of the states), and the eigenvalues of the Jacobians
/// at the fixed points with the border of stability; a row for the map and one
/// for the flow where both were asked for.
#[must_use]
pub fn attractors_figure(report: &AttractorReport) -> Figure {
    let mut panels = row(report);
    if let Some(flow) = &report.continuous {
        panels.extend(row(flow));
    }
    Figure { title: format!("{}: attractors", report.name), panels, ..Figure::default() }
}

fn row(report: &AttractorReport) -> Vec<Panel> {
    let time = match report.time {
        TimeKind::Discrete => "map",
        TimeKind::Continuous => "flow",
    };
    vec![places(report, time), spectra(report, time).beside()]
}

/// Where everything lies: in a box of the first three outputs, or in a plane.
fn places(report: &AttractorReport, time: &str) -> Panel {
    let title = format!("{time}: where it comes to rest or turns");
    if report.outputs.len() >= 3 {
        return Panel { title, space: Some(space(report)), ..Panel::default() };
    }
    let (x, y) = axes(report);
    let plane = Plane::of(report);
    let points = |is_stable: bool| -> Vec<(f64, f64)> {
        let chosen = report.fixed_points.iter().enumerate().filter(|(_, p)| p.stable == is_stable);
        chosen.filter_map(|(at, _)| plane.points.get(at).copied()).collect()
    };
    let orbits = plane.orbits.iter().flatten().copied().collect();
    let clouds = vec![
        Cloud::new("cycle, torus or chaos", orbits).coloured(MOVING).marked(Marker::Ring),
        Cloud::new("unstable", points(false)).coloured(UNSTABLE).marked(Marker::Cross),
        Cloud::new("stable", points(true)).coloured(STABLE),
    ];
    Panel { title, x, y, clouds: filled(clouds), ..Panel::default() }
}

/// Without those that would only stand in the legend.
fn filled(mut clouds: Vec<Cloud>) -> Vec<Cloud> {
    clouds.retain(|cloud| !cloud.points.is_empty());
    clouds
}

/// The first three outputs of everything.
fn space(report: &AttractorReport) -> Space {
    let axis = |at: usize| Axis::new(report.outputs[at].clone(), "");
    let mut space = Space::new([axis(0), axis(1), axis(2)]);
    (space.azimuth, space.elevation, space.is_equal) = (60.0, 22.0, true);
    let mut add = |outputs: &[f64], name: &str, colour: [u8; 3], marker: Marker| {
        let known = space.spots.iter().any(|spot| spot.name == name);
        space.spots.push(Spot {
            at: [outputs[0], outputs[1], outputs[2]],
            name: if known { String::new() } else { name.to_owned() },
            colour: Some(colour),
            marker,
            ..Spot::default()
        });
    };
    for y in report.cycles.iter().flat_map(|cycle| &cycle.trace) {
        add(y, "cycle, torus or chaos", MOVING, Marker::Ring);
    }
    for point in &report.fixed_points {
        match point.stable {
            true => add(&point.readout, "stable", STABLE, Marker::Disc),
            false => add(&point.readout, "unstable", UNSTABLE, Marker::Cross),
        }
    }
    space
}

fn axes(report: &AttractorReport) -> (Axis, Axis) {
    match report.outputs.as_slice() {
        [first, second, ..] => (Axis::new(first, ""), Axis::new(second, "")),
        _ => (
            Axis::new("first principal component", ""),
            Axis::new("second principal component", ""),
        ),
    }
}

/// Coordinates in the plane.
#[derive(Default)]
struct Plane {
    points: Vec<(f64, f64)>,
    orbits: Vec<Vec<(f64, f64)>>,
}

impl Plane {
    fn of(report: &AttractorReport) -> Self {
        if report.outputs.len() >= 2 {
            let points = report.fixed_points.iter().map(|p| (p.readout[0], p.readout[1]));
            let orbits = report
                .cycles
                .iter()
                .map(|cycle| cycle.trace.iter().map(|y| (y[0], y[1])).collect());
            return Self { points: points.collect(), orbits: orbits.collect() };
        }
        let states: Vec<&Vec<f64>> = report
            .fixed_points
            .iter()
            .map(|point| &point.state)
            .chain(report.cycles.iter().flat_map(|cycle| &cycle.orbit))
            .collect();
        let columns = states.first().map_or(0, |state| state.len());
        let matrix = DMatrix::from_fn(states.len(), columns, |row, column| states[row][column]);
        let Ok(projection) = project(&matrix, Method::Pca, 2) else {
            return Self::default();
        };
        let mut all = projection.points.row_iter().map(|row| (row[0], row[1]));
        let points = all.by_ref().take(report.fixed_points.len()).collect();
        let orbits = report
            .cycles
            .iter()
            .map(|cycle| all.by_ref().take(cycle.orbit.len()).collect())
            .collect();
        Self { points, orbits }
    }
}

/// Eigenvalues of the Jacobians at the fixed points.
fn spectra(report: &AttractorReport, time: &str) -> Panel {
    let values = |is_stable: bool| -> Vec<(f64, f64)> {
        let chosen = report.fixed_points.iter().filter(|point| point.stable == is_stable);
        chosen
            .take(SPECTRA)
            .flat_map(|point| point.eigenvalues.iter().map(|v| (v[0], v[1])))
            .collect()
    };
    let mut panel = Panel {
        title: format!("{time}: eigenvalues of dF/dx at the fixed points"),
        x: Axis::new("real part", ""),
        y: Axis::new("imaginary part", ""),
        clouds: filled(vec![
            Cloud::new("at unstable ones", values(false)).coloured(UNSTABLE),
            Cloud::new("at stable ones", values(true)).coloured(STABLE),
        ]),
        is_equal: true,
        ..Panel::default()
    };
    match report.time {
        TimeKind::Discrete => {
            let angle = |k: i32| f64::from(k) * std::f64::consts::TAU / 180.0;
            let circle = (0..=180).map(|k| (angle(k).cos(), angle(k).sin())).collect();
            panel.lines.push(Line::new("border of stability", circle).coloured(BORDER));
        }
        TimeKind::Continuous => {
            panel.references.push(Reference::vertical(0.0, "border of stability").coloured(BORDER));
        }
    }
    panel
}
