//! Figures of the three procedures and of controllability.

use crate::{
    dae::{Drive, Quantity, Time},
    dynamics::control::{Aspect, ControlReport, Mode, Tested},
    plot::{Axis, Cloud, Figure, Line, Mark, Marker, Panel, Reference},
    solve::reduced::Trajectory,
    transform::{
        Method, Recipe,
        commute::{Sweep, SweepPoint},
    },
    units::format_number,
};

/// Methods in the order in which they are drawn, so that those with the same
/// defect all stay visible.
const DRAWING: [(Method, Marker, usize); 6] = [
    (Method::ExplicitEuler, Marker::Square, 0),
    (Method::ImplicitEuler, Marker::Disc, 1),
    (Method::ZeroOrderHold, Marker::Disc, 4),
    (Method::Trapezoidal, Marker::Ring, 2),
    (Method::RungeKutta4, Marker::Cross, 3),
    (Method::ExponentialEuler, Marker::Ring, 5),
];
/// Of methods and systems.
const COLOURS: [[u8; 3]; 6] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
];
/// What is smaller is drawn here: a logarithm has no zero.
const LEAST: f64 = 1e-18;
/// Lines of one kind drawn at most.
const DRAWN: usize = 6;

fn shown(value: f64) -> f64 {
    if value < LEAST { LEAST } else { value }
}

/// The two panels of [`commute_figure`], empty.
fn commute_panels(sweep: &Sweep) -> Vec<Panel> {
    let step = || Axis::new("step d, in the time of the system", "").logarithmic();
    let defect = |label: &str| Axis::new(label, "").logarithmic();
    let wrong = match sweep.wrong {
        1.0 => "d".to_owned(),
        wrong => format!("{} d", format_number(wrong)),
    };
    vec![
        Panel {
            title: "off equilibrium: discretise and linearise in either order".to_owned(),
            x: step(),
            y: defect("difference of A (0 as 1e-18)"),
            ..Panel::default()
        },
        Panel {
            title: format!(
                "rescale by a = {} and discretise: the step a d, and {wrong} instead",
                format_number(sweep.factor),
            ),
            x: step(),
            y: defect("difference of states (0 as 1e-18)"),
            ..Panel::default()
        },
    ]
}

/// Defects over the step: measured as points, predicted as lines.
#[must_use]
pub fn commute_figure(sweep: &Sweep, name: &str) -> Figure {
    let mut panels = commute_panels(sweep);
    let dark = [0x44; 3];
    for (method, marker, colour) in DRAWING {
        let colour = COLOURS[colour];
        let own: Vec<&SweepPoint> = sweep.points.iter().filter(|p| p.method == method).collect();
        if own.is_empty() {
            continue;
        }
        let series = |value: fn(&SweepPoint) -> f64| -> Vec<(f64, f64)> {
            own.iter().map(|point| (point.step, shown(value(point)))).collect()
        };
        let cloud = |points, name: &str| Cloud::new(name, points).coloured(colour);
        let predicted: Vec<(f64, f64)> = own
            .iter()
            .filter_map(|point| Some((point.step, point.predicted_off_equilibrium?)))
            .filter(|(_, value)| *value > 0.0)
            .collect();
        if !predicted.is_empty() {
            panels[0].lines.push(Line::new("", predicted).coloured(colour).dashed());
        }
        let off = cloud(series(|point| point.off_equilibrium), method.name());
        panels[0].clouds.push(off.marked(marker));
        let wrong = series(|point| point.predicted_wrong_step);
        panels[1].lines.push(Line::new("", wrong).coloured(colour).dashed());
        panels[1].clouds.push(cloud(series(|point| point.wrong_step), ""));
        let right = series(|point| point.right_step);
        panels[1].clouds.push(cloud(right, "").marked(Marker::Ring));
    }
    // One entry in the legend for each kind.
    let key = |name: &str| Line::new(name, Vec::new()).coloured(dark).dashed();
    panels[0].lines.push(key("predicted: \u{3ba} d\u{b2} |(dJ/dx) F|"));
    panels[1].clouds.push(Cloud::new("wrong step", Vec::new()).coloured(dark));
    panels[1].lines.push(key("predicted: |d*/a \u{2212} d| |F|"));
    let right = Cloud::new("right step a d", Vec::new()).coloured(dark);
    panels[1].clouds.push(right.marked(Marker::Ring));
    for panel in &mut panels {
        panel.references.push(Reference::horizontal(f64::EPSILON, "unit of rounding"));
    }
    Figure { title: format!("{name}: where the procedures commute"), panels, ..Figure::default() }
}

/// The aspects of a report with their names and colours.
fn aspects(report: &ControlReport) -> Vec<(String, &Aspect, [u8; 3])> {
    let mut all = vec![("continuous".to_owned(), &report.continuous, COLOURS[0])];
    if let (Some(aspect), Some(factor)) = (&report.rescaled, report.factor) {
        all.push((format!("rescaled by {}", format_number(factor)), aspect, COLOURS[2]));
    }
    let step = format_number(report.step);
    all.push((format!("Euler, d = {step}"), &report.euler, COLOURS[1]));
    all.push((format!("exact sampling, d = {step}"), &report.zoh, COLOURS[3]));
    all
}

/// Relative margins of all modes, and where the modes are.
#[must_use]
pub fn control_figure(report: &ControlReport, name: &str) -> Figure {
    let mut panels = vec![
        margins(report, "controllability", |aspect| &aspect.controllability),
        margins(report, "observability", |aspect| &aspect.observability).beside(),
    ];
    for (at, (label, aspect, colour)) in aspects(report).into_iter().enumerate() {
        // Of the rescaled flow the eigenvalues are those of the flow over a.
        if !label.starts_with("rescaled") {
            let panel = plane(&label, aspect, colour);
            panels.push(if at == 0 { panel } else { panel.beside() });
        }
    }
    Figure {
        title: format!("{name}: margins of controllability and observability"),
        panels,
        ..Figure::default()
    }
}

/// Margins of one question, sorted.
fn margins(report: &ControlReport, title: &str, of: fn(&Aspect) -> &Tested) -> Panel {
    let mut panel = Panel {
        x: Axis::new("mode, the weakest first", ""),
        y: Axis::new("margin / |[A, B]|", "").logarithmic(),
        ..Panel::default()
    };
    if title == "observability" {
        panel.y.label = String::from("margin / |[A; C]|");
    }
    let mut ranks = Vec::new();
    for (at, (label, aspect, colour)) in aspects(report).into_iter().enumerate() {
        let tested = &of(aspect).test;
        let point = |(k, mode): (usize, &Mode)| ((k + 1) as f64, shown(mode.relative_margin));
        let points: Vec<(f64, f64)> = tested.modes.iter().enumerate().map(point).collect();
        // What coincides stays visible: the later, the smaller.
        let marker = [Marker::Ring, Marker::Square, Marker::Cross, Marker::Disc][at % 4];
        panel.lines.push(Line::new("", points.clone()).coloured(colour));
        // One legend, beside the right panel.
        let label = if title == "observability" { label } else { String::new() };
        panel.clouds.push(Cloud::new(label, points).coloured(colour).marked(marker));
        ranks.push(tested.rank.to_string());
    }
    let states = report.continuous.controllability.test.states;
    let sampled = ranks.pop().unwrap_or_default();
    panel.title = match ranks.iter().all(|rank| *rank == sampled) {
        true => format!("{title}: rank {sampled} of {states}"),
        false => format!("{title}: rank {} of {states}, sampled {sampled}", ranks.join(", ")),
    };
    panel
}

/// Modes in the complex plane, with the border of stability.
fn plane(label: &str, aspect: &Aspect, colour: [u8; 3]) -> Panel {
    let modes = &aspect.controllability.test.modes;
    let mut points = Vec::new();
    for mode in modes {
        points.push((mode.re, mode.im));
        if mode.im != 0.0 {
            points.push((mode.re, -mode.im));
        }
    }
    let mut panel = Panel {
        title: label.to_owned(),
        x: Axis::new("Re", ""),
        y: Axis::new("Im", ""),
        clouds: vec![Cloud::new("", points).coloured(colour)],
        is_equal: true,
        ..Panel::default()
    };
    match aspect.time {
        Time::Continuous => {
            panel.title += ": stable left of the line";
            panel.references.push(Reference::vertical(0.0, ""));
        }
        Time::Discrete { .. } => {
            let angle = |k: i32| std::f64::consts::TAU * f64::from(k) / 180.0;
            let circle = (0..=180).map(|k| (angle(k).cos(), angle(k).sin())).collect();
            panel.title += ": stable in the circle";
            panel.lines.push(Line::new("", circle).coloured([0x99; 3]));
        }
    }
    if let Some(weakest) = modes.first() {
        panel.marks.push(Mark {
            at: (weakest.re, weakest.im),
            label: "weakest".to_owned(),
            colour: None,
            marker: Marker::Disc,
            is_hollow: true,
        });
    }
    panel
}

/// Inputs, outputs and states over time.
#[must_use]
pub fn motion_figure(recipe: &Recipe, drive: &dyn Drive, motion: &Trajectory) -> Figure {
    let system = recipe.system();
    let (_, inputs, _) = system.shape();
    let mut held = vec![0.0; inputs];
    let rows: Vec<Vec<f64>> = motion
        .times
        .iter()
        .map(|&time| {
            drive.values(time, &mut held);
            held.clone()
        })
        .collect();
    let states = system.states().into_iter().map(|state| state.name).collect::<Vec<_>>();
    let groups = [
        ("inputs", system.inputs(), &rows),
        ("outputs", system.outputs(), &motion.outputs),
        ("states", states, &motion.states),
    ];
    let mut panels = Vec::new();
    for (what, names, rows) in groups {
        for quantity in [Quantity::Voltage, Quantity::Current, Quantity::Pure] {
            let own: Vec<usize> =
                (0..names.len()).filter(|&at| Quantity::of_name(&names[at]) == quantity).collect();
            if own.is_empty() {
                continue;
            }
            let drawn = if own.len() < DRAWN { own.len() } else { DRAWN };
            let line = |&at: &usize| {
                let points = motion.times.iter().zip(rows).map(|(&t, row)| (t, row[at])).collect();
                Line::new(&names[at], points)
            };
            let title = match drawn < own.len() {
                true => format!("the first {drawn} of {} {what}", own.len()),
                false => what.to_owned(),
            };
            let label = match quantity {
                Quantity::Voltage => "voltage",
                Quantity::Current => "current",
                Quantity::Pure => "value",
            };
            panels.push(Panel {
                title,
                x: time_axis(recipe),
                y: Axis::new(label, quantity.unit()),
                lines: own[..drawn].iter().map(line).collect(),
                ..Panel::default()
            });
        }
    }
    let title = recipe.description();
    let steps = title.len() - 1;
    Figure { title: title[..steps].join("; "), panels, ..Figure::default() }
}

fn time_axis(recipe: &Recipe) -> Axis {
    let (factor, unit) = (recipe.time_factor(), recipe.source().time_unit());
    if factor != 1.0 {
        let base = if unit.is_empty() { "model units" } else { unit };
        return Axis::new(format!("time s = {} t, t in {base}", format_number(factor)), "");
    }
    match unit {
        "" => Axis::new("time, model units", ""),
        unit => Axis::new("time", unit),
    }
}
