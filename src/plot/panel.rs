//! One panel: axes, grid, and what stands between them.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Figure, HeatMap, Panel,
    axis::{Room, Scale, Tick},
    canvas::{Anchor, Canvas, Drawn, Ink},
    colour::{SIDE, diverging},
    layout::{DARK, Frame},
    legend::{self, BARS, REFERENCE, SMALL, entries, is_crowded, marker},
    raster::Raster,
    scene,
    trace::{Point, dashes, pieces},
};

const GRID: [u8; 3] = [0xe8, 0xe8, 0xe8];
pub(super) const AXIS: [u8; 3] = [0x8a, 0x8a, 0x8a];
const SHADE: [u8; 3] = [0x9a, 0xa5, 0xb1];
/// Size of labels of axes, pixels.
pub(super) const MEDIUM: f64 = 13.5;
/// Room for tick labels and the label of the horizontal axis.
pub(super) const BELOW: f64 = 42.0;
/// Room above the axes, with and without a title.
const ABOVE: f64 = 8.0;
const TITLED: f64 = 22.0;
/// Room for the bar of a heat map, and its own width.
const COLOUR_BAR: f64 = 84.0;
const BAR_WIDTH: f64 = 14.0;
/// Points of clouds: their radius where they are few and where they are many,
/// and how many are many. So many are a raster in a vector picture.
const RADIUS: f64 = 2.6;
const FINE_RADIUS: f64 = 1.4;
const MANY: usize = 1500;
/// More points than this hide what is finer than a pixel.
const DENSE: usize = 40_000;

/// What the panels of a column have in common.
pub(super) struct Common {
    /// The horizontal scale, where it is shared.
    x: Option<Scale>,
    /// Room for the legend.
    legend: f64,
    /// Room for the labels of the vertical axis.
    labels: f64,
}

/// The scale and the room that the panels of a column share, so that their axes
/// stand below each other; the panels are `wide` pixels. `shared` where all
/// panels of a figure have one horizontal axis.
pub(super) fn common<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    group: &[&Panel],
    shared: Option<&Figure>,
    wide: f64,
) -> Common {
    let x = shared.and_then(|figure| {
        let all = figure.panels.iter().flat_map(xs);
        let padded = figure.panels.iter().any(|p| x_room(p) == Room::Both);
        let room = if padded { Room::Both } else { Room::None };
        group.first().map(|panel| Scale::of(&panel.x, all, room, (0.0, 1.0)))
    });
    let beside = |panel: &&Panel| {
        let legend = legend::room(canvas, &entries(panel), 0.3 * wide);
        legend + if panel.heat.is_some() { COLOUR_BAR } else { 0.0 }
    };
    let legend = group.iter().map(beside).max_by(f64::total_cmp).unwrap_or(0.0);
    let ticks = |panel: &&Panel| y_scale(panel, (0.0, 1.0)).ticks(&panel.y, 5.0).0;
    let labels = group
        .iter()
        .filter(|panel| panel.space.is_none())
        .flat_map(ticks)
        .map(|tick: Tick| canvas.width(&tick.label, SMALL))
        .max_by(f64::total_cmp);
    let labels = labels.map_or(6.0, |width| 30.0 + width);
    Common { x, legend: if legend > 0.0 { legend } else { 6.0 }, labels }
}

/// The values on the horizontal axis.
fn xs(panel: &Panel) -> impl Iterator<Item = f64> {
    let lines = panel.lines.iter().flat_map(|line| line.points.iter());
    let clouds = panel.clouds.iter().flat_map(|cloud| cloud.points.iter());
    let curves = panel.contours.iter().flat_map(|contour| contour.curves.iter().flatten());
    let points = lines.chain(clouds).chain(curves).map(|p| p.0);
    let bars = panel.bars.iter().flat_map(|bars| bars.bars.iter());
    let references = panel.references.iter().filter(|reference| reference.is_vertical);
    let heat = panel.heat.iter().flat_map(|heat| [-0.5, heat.columns as f64 - 0.5]);
    points
        .chain(panel.marks.iter().map(|mark| mark.at.0))
        .chain(bars.flat_map(|bar| [bar.from, bar.to]))
        .chain(references.map(|reference| reference.at))
        .chain(heat)
}

/// The values on the vertical axis.
fn ys(panel: &Panel) -> impl Iterator<Item = f64> {
    let lines = panel.lines.iter().flat_map(|line| line.points.iter());
    let clouds = panel.clouds.iter().flat_map(|cloud| cloud.points.iter());
    let curves = panel.contours.iter().flat_map(|contour| contour.curves.iter().flatten());
    let points = lines.chain(clouds).chain(curves).map(|p| p.1);
    let bars = panel.bars.iter().flat_map(|bars| bars.bars.iter());
    let references = panel.references.iter().filter(|reference| !reference.is_vertical);
    let heat = panel.heat.iter().flat_map(|heat| [-0.5, heat.rows() as f64 - 0.5]);
    points
        .chain(panel.marks.iter().map(|mark| mark.at.1))
        .chain(bars.flat_map(|bar| [bar.height, 0.0]))
        .chain(references.map(|reference| reference.at))
        .chain(heat)
}

/// Points need room at the ends of their axis, lines do not.
fn x_room(panel: &Panel) -> Room {
    let has_points = !panel.clouds.is_empty() || !panel.bars.is_empty() || panel.is_equal;
    if has_points && panel.heat.is_none() { Room::Both } else { Room::None }
}

fn y_scale(panel: &Panel, (bottom, top): (f64, f64)) -> Scale {
    // Rows of a matrix count downwards.
    if panel.heat.is_some() {
        return Scale::of(&panel.y, ys(panel), Room::None, (top, bottom));
    }
    let room = if panel.bars.is_empty() { Room::Both } else { Room::OffZero };
    Scale::of(&panel.y, ys(panel), room, (bottom, top))
}

/// Draws `panel` into `frame`; `labelled` where its horizontal axis has labels.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    panel: &Panel,
    frame: Frame,
    common: &Common,
    labelled: bool,
) -> Drawn<B> {
    let top = frame.top + if panel.title.is_empty() { ABOVE } else { TITLED };
    let (left, right) = (frame.left + common.labels, frame.right - common.legend);
    let whole = Frame { left, top, right, bottom: frame.bottom };
    let names = |plot: Frame| {
        let shift = if panel.heat.is_some() { COLOUR_BAR } else { 8.0 };
        let left = plot.right + shift;
        legend::draw(canvas, &entries(panel), Frame { left, right: left + common.legend, ..plot })
    };
    if let Some(space) = &panel.space {
        scene::draw(canvas, space, whole)?;
        title(canvas, panel, whole, frame.top)?;
        return names(whole);
    }
    let bottom = frame.bottom - if labelled { BELOW } else { ABOVE };
    let plot = Frame { bottom, ..whole };
    let scales = |plot: Frame| {
        let across = (plot.left, plot.right);
        let x = match &common.x {
            Some(shared) => shared.over(across),
            None => Scale::of(&panel.x, xs(panel), x_room(panel), across),
        };
        (x, y_scale(panel, (plot.bottom, plot.top)))
    };
    let plot = if panel.is_equal { equal(plot, &scales(plot)) } else { plot };
    let (x, y) = scales(plot);
    let drawing = Drawing { canvas, panel, plot, x, y };
    drawing.shades()?;
    drawing.heat()?;
    drawing.axes(plot.left - common.labels + 6.0, labelled)?;
    title(canvas, panel, plot, frame.top)?;
    drawing.references()?;
    drawing.bars()?;
    drawing.clouds()?;
    drawing.contours()?;
    for at in 0..panel.lines.len() {
        drawing.line(at)?;
    }
    drawing.marks()?;
    names(plot)
}

/// The part of a frame in which a unit is as long on both axes.
fn equal(frame: Frame, (x, y): &(Scale, Scale)) -> Frame {
    let (width, height) = (frame.right - frame.left, frame.bottom - frame.top);
    let (by_x, by_y) = (x.span() / width, y.span() / height);
    if !(by_x > 0.0 && by_y > 0.0 && by_x.is_finite() && by_y.is_finite()) {
        return frame;
    }
    let largest = if by_x > by_y { by_x } else { by_y };
    let inset = |length: f64, by: f64| 0.5 * length * (1.0 - by / largest);
    let (across, down) = (inset(width, by_x), inset(height, by_y));
    Frame {
        left: frame.left + across,
        right: frame.right - across,
        top: frame.top + down,
        bottom: frame.bottom - down,
    }
}

/// The title of a panel, above its axes.
fn title<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    panel: &Panel,
    plot: Frame,
    top: f64,
) -> Drawn<B> {
    // A title may be a little wider than what it stands above.
    let text = canvas.fitted(&panel.title, MEDIUM, 1.25 * (plot.right - plot.left));
    let above = if plot.top - TITLED > top { plot.top - TITLED } else { top };
    let at = (0.5 * (plot.left + plot.right), above + 2.0);
    canvas.text(&text, at, MEDIUM, Anchor::Top, Ink::solid(DARK))
}

struct Drawing<'a, B: DrawingBackend> {
    canvas: &'a Canvas<'a, B>,
    panel: &'a Panel,
    plot: Frame,
    x: Scale,
    y: Scale,
}

impl<B: DrawingBackend> Drawing<'_, B> {
    fn pixel(&self, (x, y): (f64, f64)) -> Option<Point> {
        self.x.pixel(x).zip(self.y.pixel(y))
    }

    fn shades(&self) -> Drawn<B> {
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

    fn axes(&self, y_title_at: f64, labelled: bool) -> Drawn<B> {
        let Frame { left, top, right, bottom } = self.plot;
        let (canvas, dark) = (self.canvas, Ink::solid(DARK));
        let (mut columns, x_title) =
            self.x.ticks(&self.panel.x, ((right - left) / 75.0).clamp(2.0, 12.0));
        let (mut rows, y_title) =
            self.y.ticks(&self.panel.y, ((bottom - top) / 42.0).clamp(2.0, 10.0));
        let has_grid = self.panel.heat.is_none();
        if !has_grid {
            whole(&mut columns);
            whole(&mut rows);
        }
        for tick in &columns {
            if has_grid {
                canvas.path(&[(tick.at, top), (tick.at, bottom)], Ink::solid(GRID), 0.8)?;
            }
            if labelled {
                let at = (tick.at, bottom + 6.0);
                canvas.text(&tick.label, at, SMALL, Anchor::Top, dark)?;
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
            canvas.text(&text, (middle, bottom + 22.0), MEDIUM, Anchor::Top, dark)?;
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

    fn references(&self) -> Drawn<B> {
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

    fn bars(&self) -> Drawn<B> {
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

    fn contours(&self) -> Drawn<B> {
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

    fn line(&self, at: usize) -> Drawn<B> {
        let (colour, is_dashed) = legend::stroke(self.panel, at);
        let (opacity, width) = if is_crowded(self.panel) { (0.55, 0.8) } else { (1.0, 1.4) };
        let ink = Ink { colour, opacity };
        let points = self.panel.lines[at].points.iter();
        for piece in pieces(points.map(|&point| self.pixel(point))) {
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

    fn clouds(&self) -> Drawn<B> {
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

    fn heat(&self) -> Drawn<B> {
        let Some(heat) = &self.panel.heat else { return Ok(()) };
        if heat.rows() > 0 {
            let full = heat.full_scale();
            let opaque = |value: &f64| {
                let [red, green, blue] = diverging(value / full);
                [red, green, blue, 0xff]
            };
            let columns = heat.columns.clamp(1, usize::MAX);
            let cells: Vec<_> =
                heat.values.iter().take(heat.rows() * columns).map(opaque).collect();
            self.canvas.raster(Raster { frame: self.plot, columns, cells })?;
        }
        self.colour_bar(heat)
    }

    /// The colours and their values, to the right of the axes.
    fn colour_bar(&self, heat: &HeatMap) -> Drawn<B> {
        let (canvas, dark) = (self.canvas, Ink::solid(DARK));
        let left = self.plot.right + 10.0;
        let (top, bottom) = (self.plot.top, self.plot.bottom);
        let bins = 2 * SIDE + 1;
        let each = (bottom - top) / f64::from(bins);
        for bin in 0..bins {
            let colour = diverging(f64::from(bin - SIDE) / (f64::from(SIDE) + 0.5));
            let foot = bottom - f64::from(bin) * each;
            let corner = (left + BAR_WIDTH, foot);
            canvas.rectangle((left, foot - each), corner, Ink::solid(colour))?;
        }
        let full = heat.full_scale();
        let axis = crate::plot::Axis::new("", "");
        let scale = Scale::of(&axis, [-full, full].into_iter(), Room::None, (bottom, top));
        let (ticks, _) = scale.ticks(&axis, ((bottom - top) / 42.0).clamp(2.0, 8.0));
        for tick in ticks {
            let at = (left + BAR_WIDTH + 4.0, tick.at);
            canvas.text(&tick.label, at, SMALL, Anchor::Left, dark)?;
        }
        let text = canvas.fitted(&heat.label, SMALL, bottom - top);
        let at = (self.plot.right + COLOUR_BAR - 10.0, 0.5 * (top + bottom));
        canvas.text(&text, at, SMALL, Anchor::Upwards, dark)
    }

    fn marks(&self) -> Drawn<B> {
        for mark in &self.panel.marks {
            let Some(at) = self.pixel(mark.at) else { continue };
            let ink = Ink::solid(mark.colour.unwrap_or(DARK));
            self.canvas.disc(at, 3.0, ink, mark.is_hollow)?;
            label(self.canvas, &mark.label, at, self.plot.right)?;
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

/// The label of a point, to its left where there is no room to the right.
pub(super) fn label<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    text: &str,
    at: Point,
    end: f64,
) -> Drawn<B> {
    let wide = canvas.width(text, SMALL) > end - at.0 - 6.0;
    let (shift, anchor) = if wide { (-6.0, Anchor::Right) } else { (6.0, Anchor::Left) };
    canvas.text(text, (at.0 + shift, at.1 - 9.0), SMALL, anchor, Ink::solid(DARK))
}
