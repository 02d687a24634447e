//! The names of what a panel shows, beside it.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Marker, Panel,
    canvas::{Anchor, Canvas, Drawn, Ink},
    colour::{PALETTE, sequential},
    layout::{DARK, Frame},
    trace::dashes,
};

/// Size of its text, pixels.
pub(super) const SMALL: f64 = 12.0;
/// More entries than this are no help.
const FEW: usize = 12;
/// Length of a sample.
const SAMPLE: f64 = 18.0;
/// Room for a name at most.
const NAME: f64 = 190.0;
/// Colour of reference lines.
pub(super) const REFERENCE: [u8; 3] = [0x77, 0x77, 0x77];

/// How an entry looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sample {
    Stroke { is_dashed: bool },
    Point(Marker),
    Area,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    name: String,
    colour: [u8; 3],
    sample: Sample,
}

/// The colour of a line, and whether it is dashed: the second round of the
/// palette is, where lines are few enough to be told apart.
pub(super) fn stroke(panel: &Panel, at: usize) -> ([u8; 3], bool) {
    let line = &panel.lines[at];
    let again = at >= PALETTE.len() && !is_crowded(panel) && line.colour.is_none();
    (line.colour.unwrap_or(PALETTE[at % PALETTE.len()]), line.is_dashed || again)
}

/// Whether there are so many lines that they have to be thin.
pub(super) fn is_crowded(panel: &Panel) -> bool {
    panel.lines.len() > FEW
}

/// The colour of a cloud: the palette goes on after the lines.
pub(super) fn cloud_colour(panel: &Panel, at: usize) -> [u8; 3] {
    panel.clouds[at].colour.unwrap_or(PALETTE[(panel.lines.len() + at) % PALETTE.len()])
}

/// The colour of bars: the palette goes on after lines and clouds.
pub(super) fn bars_colour(panel: &Panel, at: usize) -> [u8; 3] {
    let before = panel.lines.len() + panel.clouds.len();
    panel.bars[at].colour.unwrap_or(PALETTE[(before + at) % PALETTE.len()])
}

/// The colour of a curve of equal value: by its rank among the levels.
pub(super) fn contour_colour(panel: &Panel, at: usize) -> [u8; 3] {
    let level = panel.contours[at].level;
    let below = panel.contours.iter().filter(|other| other.level < level).count();
    sequential(below as f64 / (panel.contours.len() as f64 - 1.0).clamp(1.0, f64::MAX))
}

/// The entries of a panel; none where they would be too many.
pub(super) fn entries(panel: &Panel) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |name: &str, colour, sample| {
        if !name.is_empty() {
            entries.push(Entry { name: name.to_owned(), colour, sample });
        }
    };
    if let Some(space) = &panel.space {
        for (at, path) in space.paths.iter().enumerate() {
            let colour = path.colour.unwrap_or(PALETTE[at % PALETTE.len()]);
            add(&path.name, colour, Sample::Stroke { is_dashed: path.is_dashed });
        }
    } else {
        for (at, bars) in panel.bars.iter().enumerate() {
            add(&bars.name, bars_colour(panel, at), Sample::Area);
        }
        for (at, line) in panel.lines.iter().enumerate() {
            let (colour, is_dashed) = stroke(panel, at);
            add(&line.name, colour, Sample::Stroke { is_dashed });
        }
        for (at, contour) in panel.contours.iter().enumerate() {
            let sample = Sample::Stroke { is_dashed: false };
            add(&level(contour.level), contour_colour(panel, at), sample);
        }
        for (at, cloud) in panel.clouds.iter().enumerate() {
            add(&cloud.name, cloud_colour(panel, at), Sample::Point(cloud.marker));
        }
        for reference in &panel.references {
            let sample = Sample::Stroke { is_dashed: true };
            add(&reference.name, reference.colour.unwrap_or(REFERENCE), sample);
        }
    }
    if entries.len() > FEW { Vec::new() } else { entries }
}

/// The value of a curve, short.
fn level(value: f64) -> String {
    let plain = value == 0.0 || (1e-2..1e4).contains(&value.abs());
    if plain { format!("{value}") } else { format!("{value:.3e}").replace(".000e", "e") }
}

/// Room for the entries; 0 where there are none.
pub(super) fn room<B: DrawingBackend>(canvas: &Canvas<'_, B>, entries: &[Entry], most: f64) -> f64 {
    let widths = entries.iter().map(|entry| canvas.width(&entry.name, SMALL));
    match widths.max_by(f64::total_cmp) {
        None => 0.0,
        Some(width) => SAMPLE + 14.0 + width.clamp(0.0, NAME).clamp(0.0, most),
    }
}

/// Draws the entries from the top left corner of `frame`, which is their room.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    entries: &[Entry],
    frame: Frame,
) -> Drawn<B> {
    let left = frame.left;
    let spacing = ((frame.bottom - frame.top) / entries.len() as f64).clamp(6.0, 17.0);
    for (row, Entry { name, colour, sample }) in entries.iter().enumerate() {
        let y = frame.top + spacing * (row as f64 + 0.5);
        let ink = Ink::solid(*colour);
        let middle = (left + 0.5 * SAMPLE, y);
        match sample {
            Sample::Stroke { is_dashed } => {
                let line = [(left, y), (left + SAMPLE, y)];
                let strokes =
                    if *is_dashed { dashes(&line, 5.0, 3.0) } else { vec![line.to_vec()] };
                for stroke in strokes {
                    canvas.path(&stroke, ink, 1.8)?;
                }
            }
            Sample::Point(kind) => marker(canvas, *kind, middle, 3.5, ink)?,
            Sample::Area => {
                let ink = Ink { opacity: BARS, ..ink };
                canvas.rectangle((left + 3.0, y - 5.0), (left + SAMPLE - 3.0, y + 5.0), ink)?;
            }
        }
        let room = frame.right - left - SAMPLE - 5.0;
        let name = canvas.fitted(name, SMALL, room);
        canvas.text(&name, (left + SAMPLE + 5.0, y), SMALL, Anchor::Left, Ink::solid(DARK))?;
    }
    Ok(())
}

/// Opacity of bars.
pub(super) const BARS: f64 = 0.6;

/// One point of a cloud.
pub(super) fn marker<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    kind: Marker,
    (x, y): (f64, f64),
    radius: f64,
    ink: Ink,
) -> Drawn<B> {
    match kind {
        Marker::Disc => canvas.disc((x, y), radius, ink, false),
        Marker::Ring => canvas.disc((x, y), radius, ink, true),
        Marker::Square => canvas.rectangle((x - radius, y - radius), (x + radius, y + radius), ink),
        Marker::Cross => {
            canvas.path(&[(x - radius, y - radius), (x + radius, y + radius)], ink, 1.4)?;
            canvas.path(&[(x - radius, y + radius), (x + radius, y - radius)], ink, 1.4)
        }
    }
}
