//! What stands between the axes of a panel, and the axes themselves.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Mark, Panel,
    axis::{Scale, Tick},
    canvas::{Anchor, Canvas, Drawn, Ink},
    colour::{diverging, sequential},
    label::Labels,
    layout::{DARK, Frame},
    legend::{self, BARS, REFERENCE, SMALL, is_crowded, marker},
    panel::{self, AXIS, MEDIUM, xs, ys},
    ramp,
    raster::Raster,
    trace::{Point, dashes, pieces},
};

const GRID: [u8; 3] = [0xe8, 0xe8, 0xe8];
const SHADE: [u8; 3] = [0x9a, 0xa5, 0xb1];
/// Points of clouds: their radius where they are few and where they are many,
/// and how many are many. So many are a raster in a vector picture.
const RADIUS: f64 = 2.6;
const FINE_RADIUS: f64 = 1.4;
const MANY: usize = 1500;
/// More points than this hide what is finer than a pixel.
const DENSE: usize = 40_000;
/// Opacity and width of a line among many, and how many are a raster.
const FINE: (f64, f64) = (0.55, 0.8);
const CROWD: usize = 40;

/// A panel whose place and scales are known.
pub(super) struct Drawing<'a, B: DrawingBackend> {
    pub(super) canvas: &'a Canvas<'a, B>,
    pub(super) panel: &'a Panel,
    pub(super) plot: Frame,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl<B: DrawingBackend> Drawing<'_, B> {
    fn pixel(&self, (x, y): (f64, f64)) -> Option<Point> {
        self.x.pixel(x).zip(self.y.pixel(y))
    }

    pub(super) fn shades(&self) -> Drawn<B> {
        for shade in &self.panel.shades {
            let inside = |value| {
                let pixel = self.x.pixel(value)?;
                Some(pixel.clamp(self.plot.left, self.plot.right))
            };
            if let (Some(from), Some(to)) = (inside(shade.from), inside(shade.to)) {
                let ink = Ink { colour: shade.colour.unwrap_or(SHADE), opacity: 0.22 };
                self.canvas.rectangle((from, self.plot.top), (to, self.plot.bottom), ink)?;
            }
        }
        Ok(())
    }

    pub(super) fn axes(&self, y_title_at: f64, labelled: bool) -> Drawn<B> {
        let Frame { left, top, right, bottom } = self.plot;
        let (canvas, dark) = (self.canvas, Ink::solid(DARK));
        let (mut columns, x_title) = self.columns();
        let (mut rows, y_title) =
            self.y.ticks(&self.panel.y, ((bottom - top) / 42.0).clamp(2.0, 10.0));
        let upright = panel::upright(canvas, self.panel, right - left);
        let has_grid = self.panel.heat.is_none();
        if !has_grid || self.panel.x.is_whole {
            whole(&mut columns);
        }
        if !has_grid || self.panel.y.is_whole {
            whole(&mut rows);
        }
        for tick in &columns {
            if has_grid {
                canvas.path(&[(tick.at, top), (tick.at, bottom)], Ink::solid(GRID), 0.8)?;
            }
            if labelled {
                let (at, anchor) = match upright {
                    Some(_) => {
                        let width = canvas.width(&tick.label, SMALL);
                        ((tick.at, bottom + 6.0 + 0.5 * width), Anchor::Upwards)
                    }
                    None => ((tick.at, bottom + 6.0), Anchor::Top),
                };
                canvas.text(&tick.label, at, SMALL, anchor, dark)?;
            }
        }
        for tick in &rows {
            if has_grid {
                canvas.path(&[(left, tick.at), (right, tick.at)], Ink::solid(GRID), 0.8)?;
            }
            canvas.text(&tick.label, (left - 6.0, tick.at), SMALL, Anchor::Right, dark)?;
        }
        canvas.path(&[(left, top), (left, bottom), (right, bottom)], Ink::solid(AXIS), 1.0)?;
        let middle = 0.5 * (left + right);
        if labelled && !x_title.is_empty() {
            let text = canvas.fitted(&x_title, MEDIUM, right - left);
            let down = upright.map_or(22.0, |width| 22.0 - SMALL + width);
            canvas.text(&text, (middle, bottom + down), MEDIUM, Anchor::Top, dark)?;
        }
        let text = canvas.fitted(&y_title, MEDIUM, bottom - top);
        let at = (y_title_at, 0.5 * (top + bottom));
        canvas.text(&text, at, MEDIUM, Anchor::Upwards, dark)?;
        if xs(self.panel).next().is_none() && ys(self.panel).next().is_none() {
            let at = (middle, 0.5 * (top + bottom) - MEDIUM);
            canvas.text("no data", at, MEDIUM, Anchor::Top, Ink::solid(AXIS))?;
        }
        Ok(())
    }

    /// The ticks of the horizontal axis, as many as do not crowd each other.
    fn columns(&self) -> (Vec<Tick>, String) {
        let wide = self.plot.right - self.plot.left;
        let ticks = |each: f64| self.x.ticks(&self.panel.x, (wide / each).clamp(1.0, 12.0));
        let fits = |ticks: &[Tick]| {
            let widths = ticks.iter().map(|tick| self.canvas.width(&tick.label, SMALL));
            let widest = widths.max_by(f64::total_cmp).unwrap_or(0.0);
            ticks.windows(2).all(|pair| (pair[1].at - pair[0].at).abs() >= widest + 16.0)
        };
        let found = [45.0, 60.0, 80.0, 110.0].map(ticks).into_iter().find(|found| fits(&found.0));
        found.unwrap_or_else(|| ticks(150.0))
    }

    pub(super) fn references(&self) -> Drawn<B> {
        let Frame { left, top, right, bottom } = self.plot;
        for reference in &self.panel.references {
            let scale = if reference.is_vertical { &self.x } else { &self.y };
            let Some(at) = scale.pixel(reference.at) else { continue };
            let ends = if reference.is_vertical {
                [(at, top), (at, bottom)]
            } else {
                [(left, at), (right, at)]
            };
            let ink = Ink::solid(reference.colour.unwrap_or(REFERENCE));
            for dash in dashes(&ends, 5.0, 3.0) {
                self.canvas.path(&dash, ink, 1.0)?;
            }
        }
        Ok(())
    }

    pub(super) fn bars(&self) -> Drawn<B> {
        for (at, bars) in self.panel.bars.iter().enumerate() {
            let ink = Ink { colour: legend::bars_colour(self.panel, at), opacity: BARS };
            for bar in bars.bars.iter().filter(|bar| bar.height != 0.0) {
                let foot = self.y.pixel(0.0).unwrap_or(self.plot.bottom);
                let (Some((from, top)), Some(to)) =
                    (self.pixel((bar.from, bar.height)), self.x.pixel(bar.to))
                else {
                    continue;
                };
                // A hair between neighbours, where there is room for one.
                let gap = if to - from > 4.0 { 0.4 } else { 0.0 };
                let (high, low) = if top < foot { (top, foot) } else { (foot, top) };
                self.canvas.rectangle((from + gap, high), (to - gap, low), ink)?;
            }
        }
        Ok(())
    }

    pub(super) fn contours(&self) -> Drawn<B> {
        for (at, contour) in self.panel.contours.iter().enumerate() {
            let ink = Ink::solid(legend::contour_colour(self.panel, at));
            for curve in &contour.curves {
                for piece in pieces(curve.iter().map(|&point| self.pixel(point))) {
                    self.canvas.path(&piece, ink, 1.2)?;
                }
            }
        }
        Ok(())
    }

    /// All lines; where they are very many, in a vector picture, as a raster
    /// below the others.
    pub(super) fn lines(&self) -> Drawn<B> {
        let is_fine = |at: usize| self.panel.lines[at].is_fine || is_crowded(self.panel);
        let fine: Vec<usize> = (0..self.panel.lines.len()).filter(|&at| is_fine(at)).collect();
        let is_raster = fine.len() > CROWD && self.canvas.is_vector();
        if is_raster {
            let mut raster = Raster::empty(self.plot, 1.5);
            for &at in &fine {
                let (colour, _) = legend::stroke(self.panel, at);
                raster.line(&self.pieces(at), FINE.1, colour, FINE.0);
            }
            self.canvas.raster(raster)?;
        }
        for at in 0..self.panel.lines.len() {
            let (opacity, width) = if is_fine(at) { FINE } else { (1.0, 1.4) };
            if !(is_raster && is_fine(at)) {
                self.line(at, opacity, width)?;
            }
        }
        Ok(())
    }

    /// A line in pixels.
    fn pieces(&self, at: usize) -> Vec<Vec<Point>> {
        pieces(self.panel.lines[at].points.iter().map(|&point| self.pixel(point)))
    }

    fn line(&self, at: usize, opacity: f64, width: f64) -> Drawn<B> {
        let (colour, is_dashed) = legend::stroke(self.panel, at);
        let ink = Ink { colour, opacity };
        for piece in self.pieces(at) {
            if is_dashed {
                for dash in dashes(&piece, 6.0, 4.0) {
                    self.canvas.path(&dash, ink, width)?;
                }
            } else {
                self.canvas.path(&piece, ink, width)?;
            }
        }
        Ok(())
    }

    pub(super) fn clouds(&self) -> Drawn<B> {
        for (at, cloud) in self.panel.clouds.iter().enumerate() {
            let colour = legend::cloud_colour(self.panel, at);
            let mut pixels: Vec<Point> =
                cloud.points.iter().filter_map(|&point| self.pixel(point)).collect();
            if pixels.len() > MANY {
                // What falls on the same tenth of a pixel is one point.
                let tenth = |&(x, y): &Point| ((10.0 * x) as i64, (10.0 * y) as i64);
                pixels.sort_by_key(tenth);
                pixels.dedup_by_key(|point| tenth(point));
            }
            let is_many = pixels.len() > MANY;
            let (radius, opacity) = if is_many { (FINE_RADIUS, 0.45) } else { (RADIUS, 0.8) };
            if is_many && self.canvas.is_vector() {
                let fineness = if pixels.len() > DENSE { 1.0 } else { 2.0 };
                let mut raster = Raster::empty(self.plot, fineness);
                for &pixel in &pixels {
                    raster.disc(pixel, radius, colour, opacity);
                }
                self.canvas.raster(raster)?;
                continue;
            }
            for pixel in pixels {
                marker(self.canvas, cloud.marker, pixel, radius, Ink { colour, opacity })?;
            }
        }
        Ok(())
    }

    pub(super) fn heat(&self) -> Drawn<B> {
        let Some(heat) = &self.panel.heat else { return Ok(()) };
        if heat.rows() > 0 {
            let full = heat.full_scale();
            let colour = if heat.is_level() { sequential } else { diverging };
            let opaque = |value: &f64| {
                let [red, green, blue] = colour(value / full);
                [red, green, blue, 0xff]
            };
            let columns = heat.columns.clamp(1, usize::MAX);
            let cells: Vec<_> =
                heat.values.iter().take(heat.rows() * columns).map(opaque).collect();
            let [left, right, low, high] = heat.edges();
            let (from, to) = if heat.extent.is_some() { (high, low) } else { (low, high) };
            let corners = self.pixel((left, from)).zip(self.pixel((right, to)));
            if let Some(((left, top), (right, bottom))) = corners {
                let frame = Frame { left, top, right, bottom };
                self.canvas.raster(Raster { frame, columns, cells })?;
            }
        }
        ramp::of_heat(self.canvas, heat, self.plot)
    }

    pub(super) fn marks(&self) -> Drawn<B> {
        let mut labels = Labels::new(self.plot);
        let seen: Vec<(Point, &Mark)> =
            self.panel.marks.iter().filter_map(|mark| Some((self.pixel(mark.at)?, mark))).collect();
        for (at, mark) in &seen {
            let ink = Ink::solid(mark.colour.unwrap_or(DARK));
            marker(self.canvas, mark.marker.outlined(mark.is_hollow), *at, 3.2, ink)?;
            labels.avoid(*at, 4.0);
        }
        for (at, mark) in seen {
            labels.place(self.canvas, &mark.label, at, mark.colour.unwrap_or(DARK))?;
        }
        Ok(())
    }
}

/// Leaves only the ticks at whole numbers: there is no column 2.5.
fn whole(ticks: &mut Vec<Tick>) {
    ticks.retain_mut(|tick| match tick.label.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 => {
            tick.label = format!("{value}");
            true
        }
        _ => false,
    });
}
