//! Where everything of a figure goes.

use std::ops::Range;

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Figure, Panel,
    canvas::{Anchor, Canvas, Drawn, Ink},
    panel,
};

/// Colour of text.
pub(super) const DARK: [u8; 3] = [0x33, 0x33, 0x33];
/// Size of the title, pixels.
const TITLE: f64 = 18.0;
const EDGE: f64 = 12.0;
/// The size that suits a figure: its width, what stands around its rows, the
/// height of a row of one panel and of several, and all of it at most.
const WIDTH: f64 = 960.0;
const AROUND: f64 = 80.0;
const ALONE: f64 = 260.0;
const IN_ROW: f64 = 210.0;
const HIGHEST: f64 = 3200.0;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Figure {
    /// Width and height in pixels that suit what it holds.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        let heights: f64 = rows(self).into_iter().map(|row| height(&self.panels[row])).sum();
        let heights = if heights > 0.0 { heights } else { ALONE };
        (WIDTH as u32, (AROUND + heights).clamp(0.0, HIGHEST) as u32)
    }
}

/// The panels of each row.
fn rows(figure: &Figure) -> Vec<Range<usize>> {
    let count = figure.panels.len();
    let starts: Vec<usize> =
        (0..count).filter(|&at| at == 0 || !figure.panels[at].is_beside).collect();
    let ends = starts.iter().skip(1).copied().chain([count]);
    starts.iter().copied().zip(ends).map(|(from, to)| from..to).collect()
}

/// The height that suits a row, relative to the others.
fn height(row: &[Panel]) -> f64 {
    let each = (WIDTH - 2.0 * EDGE) / row.len() as f64;
    let is_square = |panel: &Panel| panel.is_equal || panel.heat.is_some() || panel.space.is_some();
    match row {
        _ if row.iter().any(is_square) => (0.86 * each).clamp(IN_ROW, 600.0),
        [_] => ALONE,
        _ => IN_ROW,
    }
}

/// Draws `figure` on a canvas of that size.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    figure: &Figure,
    (width, height): (f64, f64),
) -> Drawn<B> {
    canvas.rectangle((0.0, 0.0), (width, height), Ink::solid([0xff, 0xff, 0xff]))?;
    let mut top = EDGE;
    if !figure.title.is_empty() {
        let title = canvas.fitted(&figure.title, TITLE, width - 2.0 * EDGE);
        canvas.text(&title, (0.5 * width, top), TITLE, Anchor::Top, Ink::solid(DARK))?;
        top += TITLE + 0.75 * EDGE;
    }
    let rows = rows(figure);
    // Panels over the same axis share its labels, below the last of them.
    let is_regular = rows.windows(2).all(|pair| pair[0].len() == pair[1].len());
    let same = figure.panels.windows(2).all(|pair| pair[0].x == pair[1].x);
    let is_plain = figure.panels.iter().all(|p| p.space.is_none() && p.heat.is_none());
    let shares = is_regular && same && is_plain;
    let extra = if shares { panel::BELOW } else { 0.0 };
    let heights: Vec<f64> =
        rows.iter().map(|row| self::height(&figure.panels[row.clone()])).collect();
    let unit = (height - top - EDGE * 0.5 - extra) / heights.iter().sum::<f64>();
    let shared = shares.then_some(figure);
    for (number, row) in rows.iter().enumerate() {
        let is_last = number + 1 == rows.len();
        let bottom = top + heights[number] * unit + if shares && is_last { extra } else { 0.0 };
        let each = (width - 2.0 * EDGE) / row.len() as f64;
        for (column, at) in row.clone().enumerate() {
            // Axes of one column stand below each other.
            let below = rows.iter().filter(|other| other.len() == row.len());
            let group: Vec<&Panel> =
                below.map(|other| &figure.panels[other.start + column]).collect();
            let common = panel::common(canvas, &group, shared, each);
            let left = EDGE + column as f64 * each;
            let frame = Frame { left, top, right: left + each, bottom };
            panel::draw(canvas, &figure.panels[at], frame, &common, !shares || is_last)?;
        }
        top += heights[number] * unit;
    }
    Ok(())
}
