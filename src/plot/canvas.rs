//! Drawing in pixels on any backend of plotters, finer than the pixels.

use std::cell::RefCell;
use std::sync::Once;

use plotters::{
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind},
    element::{Circle, PathElement, Rectangle, Text},
    prelude::DrawingBackend,
    style::{
        Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle, register_font,
        text_anchor::{HPos, Pos, VPos},
    },
};

use crate::plot::{layout::Frame, raster::Raster, trace::Point};

static FONT: &[u8] = include_bytes!("DejaVuSans.ttf");
static REGISTERED: Once = Once::new();
const FAMILY: &str = "sans-serif";

/// What drawing returns.
pub(super) type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Red, green, blue and opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink {
    pub(super) colour: [u8; 3],
    pub(super) opacity: f64,
}

impl Ink {
    pub(super) fn solid(colour: [u8; 3]) -> Self {
        Self { colour, opacity: 1.0 }
    }

    fn style(self, width: f64, is_filled: bool) -> ShapeStyle {
        let [red, green, blue] = self.colour;
        let stroke_width = width.round().clamp(1.0, 1e4) as u32;
        ShapeStyle {
            color: RGBColor(red, green, blue).mix(self.opacity),
            filled: is_filled,
            stroke_width,
        }
    }
}

/// Where a text is tied to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Left end, middle of the height.
    Left,
    /// Middle, top.
    Top,
    /// Right end, middle of the height.
    Right,
    /// Middle of the text, which is turned to read upwards.
    Upwards,
}

/// A path in pieces that turn by less than about 80 degrees at every point.
fn blunt(points: &[(i32, i32)]) -> Vec<&[(i32, i32)]> {
    const COSINE: f64 = 0.2;
    let way = |from: (i32, i32), to: (i32, i32)| {
        (f64::from(to.0) - f64::from(from.0), f64::from(to.1) - f64::from(from.1))
    };
    let (mut pieces, mut from) = (Vec::new(), 0);
    for at in 1..points.len().saturating_sub(1) {
        let (a, b) = (way(points[at - 1], points[at]), way(points[at], points[at + 1]));
        if a.0 * b.0 + a.1 * b.1 < COSINE * a.0.hypot(a.1) * b.0.hypot(b.1) {
            pieces.push(&points[from..=at]);
            from = at;
        }
    }
    pieces.push(&points[from..]);
    pieces
}

/// An area on which coordinates are pixels, drawn `fineness` times finer.
pub(super) struct Canvas<'a, B: DrawingBackend> {
    area: &'a DrawingArea<B, Shift>,
    fineness: f64,
    /// Where rasters are collected, for a backend that cannot draw them.
    rasters: Option<&'a RefCell<Vec<Raster>>>,
}

impl<'a, B: DrawingBackend> Canvas<'a, B> {
    pub(super) fn new(
        area: &'a DrawingArea<B, Shift>,
        fineness: u32,
        rasters: Option<&'a RefCell<Vec<Raster>>>,
    ) -> Self {
        REGISTERED.call_once(|| {
            // The embedded font is valid; without one, drawing text fails with an error.
            let _ = register_font(FAMILY, FontStyle::Normal, FONT);
        });
        Self { area, fineness: f64::from(fineness), rasters }
    }

    fn fine(&self, (x, y): Point) -> (i32, i32) {
        // `as` saturates, and what lies outside is cut off anyway.
        ((x * self.fineness).round() as i32, (y * self.fineness).round() as i32)
    }

    pub(super) fn path(&self, points: &[Point], ink: Ink, width: f64) -> Drawn<B> {
        let mut fine: Vec<(i32, i32)> = points.iter().map(|&point| self.fine(point)).collect();
        fine.dedup();
        if let [(x, y)] = fine[..] {
            fine.push((x + 1, y));
        }
        let style = ink.style(width * self.fineness, false);
        if self.is_vector() {
            return self.area.draw(&PathElement::new(fine, style));
        }
        // The bitmap backend lengthens a sharp corner into a spike.
        for piece in blunt(&fine) {
            self.area.draw(&PathElement::new(piece.to_vec(), style))?;
        }
        Ok(())
    }

    pub(super) fn rectangle(&self, from: Point, to: Point, ink: Ink) -> Drawn<B> {
        self.area.draw(&Rectangle::new([self.fine(from), self.fine(to)], ink.style(1.0, true)))
    }

    pub(super) fn disc(&self, at: Point, radius: f64, ink: Ink, is_hollow: bool) -> Drawn<B> {
        let radius = (radius * self.fineness).round() as i32;
        let style = ink.style(1.2 * self.fineness, !is_hollow);
        self.area.draw(&Circle::new(self.fine(at), radius, style))
    }

    /// Whether shapes are text, so that many of them are better a raster.
    pub(super) fn is_vector(&self) -> bool {
        self.rasters.is_some()
    }

    /// Cells of colour; of a vector picture they lie below all else.
    pub(super) fn raster(&self, raster: Raster) -> Drawn<B> {
        if let Some(rasters) = self.rasters {
            rasters.borrow_mut().push(raster);
            return Ok(());
        }
        let Frame { left, top, right, bottom } = raster.frame;
        let wide = (right - left) / raster.columns as f64;
        let high = (bottom - top) / raster.rows() as f64;
        for (row, cells) in raster.cells.chunks_exact(raster.columns).enumerate() {
            let y = top + row as f64 * high;
            let mut column = 0;
            for run in cells.chunk_by(|a, b| a == b) {
                let (x, [red, green, blue, opacity]) = (left + column as f64 * wide, run[0]);
                let to = (x + run.len() as f64 * wide, y + high);
                let opacity = f64::from(opacity) / 255.0;
                self.rectangle((x, y), to, Ink { colour: [red, green, blue], opacity })?;
                column += run.len();
            }
        }
        Ok(())
    }

    pub(super) fn text(
        &self,
        text: &str,
        at: Point,
        size: f64,
        anchor: Anchor,
        ink: Ink,
    ) -> Drawn<B> {
        let [red, green, blue] = ink.colour;
        if text.is_empty() {
            return Ok(());
        }
        let colour = RGBColor(red, green, blue);
        let (horizontal, vertical, transform) = match anchor {
            Anchor::Left => (HPos::Left, VPos::Center, FontTransform::None),
            Anchor::Top => (HPos::Center, VPos::Top, FontTransform::None),
            Anchor::Right => (HPos::Right, VPos::Center, FontTransform::None),
            Anchor::Upwards => (HPos::Center, VPos::Center, FontTransform::Rotate270),
        };
        let style = self
            .style(size)
            .pos(Pos::new(horizontal, vertical))
            .color(&colour)
            .transform(transform);
        self.area.draw(&Text::new(text.to_owned(), self.fine(at), style))
    }

    fn style(&self, size: f64) -> TextStyle<'static> {
        (FAMILY, size * self.fineness).into_font().into()
    }

    /// The width of a text in pixels.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        let extent = self.area.estimate_text_size(text, &self.style(size));
        extent.map_or(0.0, |(width, _)| f64::from(width) / self.fineness)
    }

    /// The text, cut with an ellipsis where it is wider than `room`.
    pub(super) fn fitted(&self, text: &str, size: f64, room: f64) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().take(400).collect();
        while !kept.is_empty() {
            kept.pop();
            let shorter: String = kept.iter().collect::<String>() + "\u{2026}";
            if self.width(&shorter, size) <= room {
                return shorter;
            }
        }
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_where_it_turns_back() {
        let points = [(0, 0), (10, 1), (20, 0), (10, 2), (0, 0), (0, 10)];
        let found: Vec<&[(i32, i32)]> = blunt(&points);
        assert_eq!(found, [&points[..3], &points[2..5], &points[4..]]);
        assert_eq!(blunt(&points[..1]), [&points[..1]]);
        assert_eq!(blunt(&[]), [&[][..]]);
    }
}
