//! Figures of many spectra.

use crate::{
    dynamics::statistics::{Moments, histogram},
    plot::{Axis, Bar, Bars, Cloud, Figure, Line, Panel, Reference},
};

const BLUE: [u8; 3] = [0, 114, 178];
const ORANGE: [u8; 3] = [213, 94, 0];
const GREEN: [u8; 3] = [0, 158, 115];
const GREY: [u8; 3] = [0x77; 3];
/// Bins of a histogram of radii, as published.
const BINS: usize = 15;

/// What the figures show of one of many spectra.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectrumRow {
    /// Of what.
    pub name: String,
    /// Rows of the matrix.
    pub units: usize,
    /// Its radius, by whatever rule.
    pub radius: f64,
    /// Where the theory puts it.
    pub theory: Option<f64>,
    /// Henrici's departure from normality.
    pub henrici: f64,
    /// The same before training.
    pub initial_henrici: Option<f64>,
}

/// The mean of a sample and its standard error; the error is 0 of fewer than two.
fn mean(values: &[f64]) -> (f64, f64) {
    let moments = Moments::of(values);
    let count = values.len() as f64;
    let error = if values.len() > 1 { moments.sd / (count - 1.0).sqrt() } else { 0.0 };
    (moments.mean, error)
}

/// How many radii lie where, in 15 bins, with their mean. `rule` says what counts
/// as radius.
#[must_use]
pub fn radii_figure(rows: &[SpectrumRow], rule: &str) -> Figure {
    let radii: Vec<f64> = rows.iter().map(|row| row.radius).collect();
    let bin = |bin: crate::dynamics::statistics::Bin| Bar {
        from: bin.from,
        to: bin.to,
        height: bin.count as f64,
    };
    let bars = histogram(&radii, BINS).into_iter().map(bin).collect();
    let (centre, error) = mean(&radii);
    let mut references = vec![
        Reference::vertical(centre, format!("mean {centre:.4} \u{b1} {error:.4}")).coloured(ORANGE),
    ];
    let predicted: Vec<f64> = rows.iter().filter_map(|row| row.theory).collect();
    if !predicted.is_empty() {
        let (theory, _) = mean(&predicted);
        references.push(Reference::vertical(theory, format!("theory {theory:.4}")).coloured(GREEN));
    }
    let panel = Panel {
        x: Axis::new(rule, ""),
        y: Axis::new("networks", ""),
        bars: vec![Bars::new("", bars).coloured(BLUE)],
        references,
        ..Panel::default()
    };
    Figure {
        title: format!("radii of {} networks", rows.len()),
        panels: vec![panel],
        ..Figure::default()
    }
}

/// The radii over the number of units: each, the mean of a size with its standard
/// error, and the band of the mean of these and their standard deviation.
#[must_use]
pub fn sizes_figure(rows: &[SpectrumRow], rule: &str) -> Figure {
    let mut sizes: Vec<usize> = rows.iter().map(|row| row.units).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let of = |size: usize, what: fn(&SpectrumRow) -> Option<f64>| -> Vec<f64> {
        rows.iter().filter(|row| row.units == size).filter_map(what).collect()
    };
    let means: Vec<(f64, f64, f64)> = sizes
        .iter()
        .map(|&size| {
            let (mean, error) = mean(&of(size, |row| Some(row.radius)));
            (size as f64, mean, error)
        })
        .collect();
    let each = rows.iter().map(|row| (row.units as f64, row.radius)).collect();
    let mut lines = vec![
        Line::new("mean of a size", means.iter().map(|m| (m.0, m.1)).collect()).coloured(ORANGE),
    ];
    for (k, (size, mean, error)) in means.iter().enumerate() {
        let name = if k == 0 { "\u{b1} standard error" } else { "" };
        let bar = vec![(*size, mean - error), (*size, mean + error)];
        lines.push(Line::new(name, bar).coloured(ORANGE));
    }
    let theory: Vec<(f64, f64)> = sizes
        .iter()
        .filter_map(|&size| {
            let predicted = of(size, |row| row.theory);
            (!predicted.is_empty()).then(|| (size as f64, mean(&predicted).0))
        })
        .collect();
    if !theory.is_empty() {
        lines.push(Line::new("theory", theory).coloured(GREEN).dashed());
    }
    let centres: Vec<f64> = means.iter().map(|m| m.1).collect();
    let spread = Moments::of(&centres);
    let mut references = Vec::new();
    if means.len() > 1 {
        let sd = spread.sd * (means.len() as f64 / (means.len() - 1) as f64).sqrt();
        let name = format!("all: {:.4} \u{b1} sd {sd:.4}", spread.mean);
        references.push(Reference::horizontal(spread.mean, name));
        references.push(Reference::horizontal(spread.mean - sd, ""));
        references.push(Reference::horizontal(spread.mean + sd, ""));
    }
    let panel = Panel {
        x: Axis::new("units", ""),
        y: Axis::new(rule, ""),
        clouds: vec![Cloud::new("networks", each).coloured(BLUE)],
        lines,
        references,
        ..Panel::default()
    };
    Figure { title: "radius against size".to_owned(), panels: vec![panel], ..Figure::default() }
}

/// Henrici's departure from normality of each network, trained and before.
#[must_use]
pub fn henrici_figure(rows: &[SpectrumRow]) -> Figure {
    let place = |k: usize| (k + 1) as f64;
    let points = |what: fn(&SpectrumRow) -> Option<f64>| -> Vec<(f64, f64)> {
        rows.iter().enumerate().filter_map(|(k, row)| Some((place(k), what(row)?))).collect()
    };
    let (trained, initial) = (points(|row| Some(row.henrici)), points(|row| row.initial_henrici));
    let mut panel = Panel {
        x: Axis::new("network", ""),
        y: Axis::new("departure from normality (Henrici)", ""),
        references: vec![Reference::horizontal(0.0, "")],
        ..Panel::default()
    };
    for (name, points, colour) in [("trained", trained, BLUE), ("before training", initial, GREY)] {
        if points.is_empty() {
            continue;
        }
        let (centre, error) = mean(&points.iter().map(|p| p.1).collect::<Vec<f64>>());
        let named = format!("{name}: mean {centre:.4} \u{b1} {error:.4}");
        panel.references.push(Reference::horizontal(centre, named).coloured(colour));
        panel.clouds.push(Cloud::new(name, points).coloured(colour));
    }
    Figure {
        title: "departure from normality".to_owned(),
        panels: vec![panel],
        ..Figure::default()
    }
}
