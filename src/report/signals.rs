//! Figures of envelopes and of aligned segments.

use crate::{
    plot::{Axis, Figure, HeatMap, Line, Panel, Shade},
    signal::{align::Alignment, envelope::Segment, sonogram},
};

const BLUE: [u8; 3] = [0, 114, 178];
const ORANGE: [u8; 3] = [213, 94, 0];
const GREY: [u8; 3] = [0x99; 3];
/// Columns and rows of a sonogram, and what is lost below the largest value, dB.
const COLUMNS: usize = 240;
const ROWS: usize = 64;
const DEPTH: f64 = 60.0;
/// Segments drawn at most; more only cover one another.
const SEGMENTS: usize = 60;

/// What the figure of an envelope shows.
#[derive(Clone, Copy, Debug)]
pub struct EnvelopePicture<'a> {
    /// Above all.
    pub title: &'a str,
    /// Samples a second, Hz.
    pub rate: f64,
    /// Time of the first sample, s.
    pub start: f64,
    /// The signal.
    pub samples: &'a [f64],
    /// Its envelope.
    pub envelope: &'a [f64],
    /// Its sounds.
    pub segments: &'a [Segment],
}

/// A signal under its envelope, its sounds shaded, above its sonogram.
#[must_use]
pub fn envelope_figure(picture: &EnvelopePicture<'_>) -> Figure {
    let time = |k: usize| picture.start + k as f64 / picture.rate;
    let line = |values: &[f64]| values.iter().enumerate().map(|(k, &x)| (time(k), x)).collect();
    let shade = |segment: &Segment| Shade {
        from: time(segment.onset),
        to: time(segment.offset),
        colour: None,
    };
    let signal = Panel {
        x: Axis::new("time", "s"),
        y: Axis::new("signal", ""),
        lines: vec![
            Line::new("signal", line(picture.samples)).coloured(GREY),
            Line::new("envelope", line(picture.envelope)).coloured(ORANGE),
        ],
        shades: picture.segments.iter().map(shade).collect(),
        ..Panel::default()
    };
    let panels = vec![signal, sonogram_panel(picture)];
    Figure { title: picture.title.to_owned(), panels, ..Figure::default() }
}

/// Level over time and frequency.
fn sonogram_panel(picture: &EnvelopePicture<'_>) -> Panel {
    let levels = sonogram(picture.samples, COLUMNS, ROWS, DEPTH);
    let end = picture.start + picture.samples.len() as f64 / picture.rate;
    Panel {
        title: "sonogram".to_owned(),
        x: Axis::new("time", "s"),
        y: Axis::new("frequency", "Hz"),
        heat: Some(HeatMap {
            columns: levels.len() / ROWS,
            values: levels,
            limit: Some(DEPTH),
            label: format!("dB above -{DEPTH:.0}"),
            extent: Some([picture.start, end, 0.0, 0.5 * picture.rate]),
        }),
        ..Panel::default()
    }
}

/// Segments on their common clock with the average and its confidence band, and the maps
/// as they differ from the clock. Outliers are left out of the first panel.
#[must_use]
pub fn alignment_figure(
    title: &str,
    segments: &[&[f64]],
    alignment: &Alignment,
    rate: f64,
) -> Figure {
    let time = |k: usize| k as f64 / rate;
    let line = |values: &[f64]| -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(k, &x)| (time(k), x)).collect()
    };
    let own = || (0..segments.len()).filter(|&i| !alignment.is_outlier[i]).take(SEGMENTS);
    let shown = |i: usize| -> Vec<(f64, f64)> {
        let last = segments[i].len() - 1;
        let inside = |place: f64| place >= 0.0 && place <= last as f64;
        let value = |place: f64| segments[i][place.round() as usize] / alignment.gains[i];
        let map = alignment.maps[i].iter().enumerate().filter(|(_, place)| inside(**place));
        map.map(|(k, &place)| (time(k), value(place))).collect()
    };
    let mut lines: Vec<Line> =
        own().map(|i| Line::new("", shown(i)).coloured(GREY).fine()).collect();
    let (lower, upper) = alignment.confidence();
    lines.push(Line::new("95 % of the mean", line(&lower)).coloured(BLUE).dashed());
    lines.push(Line::new("", line(&upper)).coloured(BLUE).dashed());
    lines.push(Line::new("average", line(&alignment.average)).coloured(ORANGE));
    let average =
        Panel { x: Axis::new("time", "s"), y: Axis::new("value", ""), lines, ..Panel::default() };
    let lag = |i: usize| -> Vec<(f64, f64)> {
        let map = alignment.maps[i].iter().enumerate();
        map.map(|(k, place)| (time(k), place / rate - time(k))).collect()
    };
    let maps = Panel {
        x: Axis::new("time", "s"),
        y: Axis::new("segment's time less the common one", "s"),
        lines: own().map(|i| Line::new("", lag(i)).coloured(BLUE).fine()).collect(),
        ..Panel::default()
    };
    Figure { title: title.to_owned(), panels: vec![average, maps], ..Figure::default() }
}
