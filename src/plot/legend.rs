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
/// Length of a sample, the gap behind it, and the one between entries in a row.
const SAMPLE: f64 = 18.0;
const APART: f64 = 5.0;
const BETWEEN: f64 = 22.0;
/// Height of a row of entries.
pub(super) const KEY_ROW: f64 = 20.0;
/// Room for a name at most.
const NAME: f64 = 190.0;
/// Colour of reference lines.
pub(super) const REFERENCE: [u8; 3] = [0x77, 0x77, 0x77];

/// How an entry of a legend looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A line.
    Stroke {
        /// True for a dashed one.
        is_dashed: bool,
    },
    /// A point of a cloud.
    Point(Marker),
    /// A bar.
    Area,
}

/// One entry of a legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What it is.
    pub name: String,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// How it looks.
    pub sample: Sample,
}

impl Key {
    /// A solid line.
    #[must_use]
    pub fn line(name: impl Into<String>, colour: [u8; 3]) -> Self {
        Self { name: name.into(), colour, sample: Sample::Stroke { is_dashed: false } }
    }

    /// A dashed line.
    #[must_use]
    pub fn dashes(name: impl Into<String>, colour: [u8; 3]) -> Self {
        Self { name: name.into(), colour, sample: Sample::Stroke { is_dashed: true } }
    }

    /// A point.
    #[must_use]
    pub fn point(name: impl Into<String>, colour: [u8; 3], marker: Marker) -> Self {
        Self { name: name.into(), colour, sample: Sample::Point(marker) }
    }
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
    panel.lines.iter().filter(|line| line.colour.is_none()).count() > FEW
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
pub(super) fn entries(panel: &Panel) -> Vec<Key> {
    let mut entries = Vec::new();
    let mut add = |name: &str, colour, sample| {
        if !name.is_empty() {
            entries.push(Key { name: name.to_owned(), colour, sample });
        }
    };
    if let Some(space) = &panel.space {
        for (at, path) in space.paths.iter().enumerate() {
            let colour = path.colour.unwrap_or(PALETTE[at % PALETTE.len()]);
            add(&path.name, colour, Sample::Stroke { is_dashed: path.is_dashed });
        }
        for spot in &space.spots {
            let marker = spot.marker.outlined(spot.is_hollow);
            add(&spot.name, spot.colour.unwrap_or(DARK), Sample::Point(marker));
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

/// Room for entries and notes; 0 where there are none.
pub(super) fn room<B: DrawingBackend>(canvas: &Canvas<'_, B>, panel: &Panel, most: f64) -> f64 {
    let entries = entries(panel);
    let names = entries.iter().map(|entry| SAMPLE + canvas.width(&entry.name, SMALL));
    let notes = panel.notes.iter().map(|note| canvas.width(note, SMALL));
    match names.chain(notes).max_by(f64::total_cmp) {
        None => 0.0,
        Some(width) => 14.0 + width.clamp(0.0, SAMPLE + NAME).clamp(0.0, SAMPLE + most),
    }
}

/// Draws entries and, below them, notes from the top left corner of `frame`,
/// which is their room.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    panel: &Panel,
    frame: Frame,
) -> Drawn<B> {
    let (left, entries) = (frame.left, entries(panel));
    let rows = entries.len() + panel.notes.len();
    let spacing = ((frame.bottom - frame.top) / rows as f64).clamp(6.0, 17.0);
    for (row, note) in panel.notes.iter().enumerate() {
        // Half a row keeps them apart from the entries.
        let apart = if entries.is_empty() { 0.5 } else { 0.9 };
        let y = frame.top + spacing * ((entries.len() + row) as f64 + apart);
        let note = canvas.fitted(note, SMALL, frame.right - left);
        canvas.text(&note, (left, y), SMALL, Anchor::Left, Ink::solid(DARK))?;
    }
    for (row, key) in entries.iter().enumerate() {
        let y = frame.top + spacing * (row as f64 + 0.5);
        entry(canvas, key, (left, y), frame.right - left)?;
    }
    Ok(())
}

/// Draws one entry from the middle of its left end.
fn entry<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    Key { name, colour, sample }: &Key,
    (left, y): (f64, f64),
    room: f64,
) -> Drawn<B> {
    let ink = Ink::solid(*colour);
    let middle = (left + 0.5 * SAMPLE, y);
    match sample {
        Sample::Stroke { is_dashed } => {
            let line = [(left, y), (left + SAMPLE, y)];
            let strokes = if *is_dashed { dashes(&line, 5.0, 3.0) } else { vec![line.to_vec()] };
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
    let name = canvas.fitted(name, SMALL, room - SAMPLE - APART);
    canvas.text(&name, (left + SAMPLE + APART, y), SMALL, Anchor::Left, Ink::solid(DARK))
}

/// The rows of a legend above all panels, each with its entries and their width.
pub(super) fn lines_of_key<'k, B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    key: &'k [Key],
    wide: f64,
) -> Vec<(f64, Vec<(&'k Key, f64)>)> {
    let mut rows: Vec<(f64, Vec<(&Key, f64)>)> = Vec::new();
    for entry in key {
        let width = SAMPLE + APART + canvas.width(&entry.name, SMALL) + BETWEEN;
        match rows.last_mut() {
            Some((used, row)) if *used + width <= wide => {
                *used += width;
                row.push((entry, width));
            }
            _ => rows.push((width, vec![(entry, width)])),
        }
    }
    rows
}

/// Draws a legend above all panels, centred in `frame`; its rows are `KEY_ROW` high.
pub(super) fn draw_key<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    key: &[Key],
    frame: Frame,
) -> Drawn<B> {
    let wide = frame.right - frame.left;
    for (number, (used, row)) in lines_of_key(canvas, key, wide).into_iter().enumerate() {
        let y = frame.top + KEY_ROW * (number as f64 + 0.5);
        let mut left = frame.left + 0.5 * (wide - used + BETWEEN);
        for (key, width) in row {
            entry(canvas, key, (left, y), frame.right - left)?;
            left += width;
        }
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
        Marker::Frame => {
            let (left, right, top, bottom) = (x - radius, x + radius, y - radius, y + radius);
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
            canvas.path(&corners, ink, 1.2)
        }
        Marker::Cross => {
            canvas.path(&[(x - radius, y - radius), (x + radius, y + radius)], ink, 1.4)?;
            canvas.path(&[(x - radius, y + radius), (x + radius, y - radius)], ink, 1.4)
        }
    }
}
