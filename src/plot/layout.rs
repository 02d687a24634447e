//! Where everything of a figure goes.

use std::ops::Range;

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Figure, HeatMap, Panel,
    canvas::{Anchor, Canvas, Drawn, Ink},
    legend::{self, KEY_ROW},
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
/// The width of a figure with many panels in a row, and how many are many.
const BROAD: f64 = 1240.0;
const MANY: usize = 4;
const AROUND: f64 = 80.0;
const ALONE: f64 = 260.0;
const IN_ROW: f64 = 210.0;
const HIGHEST: f64 = 3200.0;
const HIGHEST_ROW: f64 = 600.0;

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
        let wide = width(self);
        let heights: f64 = rows(self).into_iter().map(|row| height(&self.panels[row], wide)).sum();
        let heights = if heights > 0.0 { heights } else { ALONE };
        let key = if self.key.is_empty() { 0.0 } else { KEY_ROW + 6.0 };
        (wide as u32, (AROUND + key + heights).clamp(0.0, HIGHEST) as u32)
    }
}

/// The width that suits a figure.
fn width(figure: &Figure) -> f64 {
    let most = rows(figure).into_iter().map(|row| row.len()).max();
    if most >= Some(MANY) { BROAD } else { WIDTH }
}

/// The part of a row that each of its panels gets.
fn shares(row: &[Panel]) -> Vec<f64> {
    let share = |panel: &Panel| panel.share.filter(|share| *share > 0.0).unwrap_or(1.0);
    let total: f64 = row.iter().map(share).sum();
    row.iter().map(|panel| share(panel) / total).collect()
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
fn height(row: &[Panel], wide: f64) -> f64 {
    let each = row.iter().zip(shares(row));
    let heights =
        each.filter_map(|(panel, share)| panel::height(panel, share * (wide - 2.0 * EDGE)));
    // Boxes alone need less than axes with their labels.
    let least = if row.iter().all(|panel| panel.space.is_some()) { 150.0 } else { IN_ROW };
    match (heights.max_by(f64::total_cmp), row) {
        (Some(height), _) => height.clamp(least, HIGHEST_ROW),
        (None, [_]) => ALONE,
        (None, _) => IN_ROW,
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
    if !figure.key.is_empty() {
        let wide = width - 2.0 * EDGE;
        let frame = Frame { left: EDGE, top, right: width - EDGE, bottom: height };
        legend::draw_key(canvas, &figure.key, frame)?;
        top += 6.0 + KEY_ROW * legend::lines_of_key(canvas, &figure.key, wide).len() as f64;
    }
    let rows = rows(figure);
    // Panels over the same axis share its labels, below the last of them.
    let is_regular = rows.windows(2).all(|pair| pair[0].len() == pair[1].len());
    let same = figure.panels.windows(2).all(|pair| pair[0].x == pair[1].x);
    let measures = |heat: &Option<HeatMap>| heat.as_ref().is_none_or(|h| h.extent.is_some());
    let is_plain = figure.panels.iter().all(|p| p.space.is_none() && measures(&p.heat));
    let is_shared = is_regular && same && is_plain;
    let extra = if is_shared { panel::BELOW } else { 0.0 };
    let heights: Vec<f64> =
        rows.iter().map(|row| self::height(&figure.panels[row.clone()], width)).collect();
    let unit = (height - top - EDGE * 0.5 - extra) / heights.iter().sum::<f64>();
    let shared = is_shared.then_some(figure);
    for (number, row) in rows.iter().enumerate() {
        let is_last = number + 1 == rows.len();
        let bottom = top + heights[number] * unit + if is_shared && is_last { extra } else { 0.0 };
        let shares = shares(&figure.panels[row.clone()]);
        let mut left = EDGE;
        for (column, at) in row.clone().enumerate() {
            let each = shares[column] * (width - 2.0 * EDGE);
            // Axes of one column stand below each other.
            let below = rows.iter().filter(|other| other.len() == row.len());
            let group: Vec<&Panel> =
                below.map(|other| &figure.panels[other.start + column]).collect();
            let common = panel::common(canvas, &group, shared, each);
            let frame = Frame { left, top, right: left + each, bottom };
            panel::draw(canvas, &figure.panels[at], frame, &common, !is_shared || is_last)?;
            left += each;
        }
        top += heights[number] * unit;
    }
    Ok(())
}
