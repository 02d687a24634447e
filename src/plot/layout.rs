//! Where everything of a figure goes.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Figure,
    canvas::{Anchor, Canvas, Drawn, Ink},
    panel,
};

/// Colour of text.
pub(super) const DARK: [u8; 3] = [0x33, 0x33, 0x33];
/// Size of the title, pixels.
const TITLE: f64 = 18.0;
const EDGE: f64 = 12.0;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
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
    let count = figure.panels.len();
    // Panels over the same axis share its labels, below the last of them.
    let shares = figure.panels.windows(2).all(|pair| pair[0].x == pair[1].x);
    let common = panel::common(canvas, figure, shares);
    let below = panel::BELOW;
    let extra = if shares { below } else { 0.0 };
    let each = (height - top - EDGE * 0.5 - extra) / count.clamp(1, usize::MAX) as f64;
    for (at, panel) in figure.panels.iter().enumerate() {
        let is_last = at + 1 == count;
        let labelled = !shares || is_last;
        let start = top + at as f64 * each;
        let end = start + each + if shares && is_last { extra } else { 0.0 };
        let frame = Frame { left: EDGE, top: start, right: width - EDGE, bottom: end };
        panel::draw(canvas, panel, frame, &common, labelled)?;
    }
    Ok(())
}
