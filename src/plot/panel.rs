//! One panel: its room, its scales, and the order in which it is drawn.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Figure, Panel,
    axis::{Room, Scale, Tick},
    canvas::{Anchor, Canvas, Drawn, Ink},
    content::Drawing,
    layout::{DARK, Frame},
    legend::{self, SMALL},
    ramp::{self, COLOUR_BAR},
    scene,
};

pub(super) const AXIS: [u8; 3] = [0x8a, 0x8a, 0x8a];
/// Size of labels of axes, pixels.
pub(super) const MEDIUM: f64 = 13.5;
/// Room for tick labels and the label of the horizontal axis.
pub(super) const BELOW: f64 = 42.0;
/// Room above the axes, with and without a title.
const ABOVE: f64 = 8.0;
const TITLED: f64 = 22.0;
/// Usual room for the labels of a vertical axis.
const LABELS: f64 = 60.0;
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
    let beside = |panel: &&Panel| legend::room(canvas, panel, 0.34 * wide) + bar_room(panel);
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

/// The height that suits a panel of that width in which shapes matter; `None`
/// for any other.
pub(super) fn height(panel: &Panel, wide: f64) -> Option<f64> {
    if let Some(space) = &panel.space {
        return Some(scene::height(space, wide) + TITLED);
    }
    let usual = 0.86 * wide;
    if !panel.is_equal {
        let counts = panel.heat.as_ref().is_some_and(|heat| heat.extent.is_none());
        return counts.then_some(usual);
    }
    let x = Scale::of(&panel.x, xs(panel), x_room(panel), (0.0, 1.0)).span();
    let y = y_scale(panel, (0.0, 1.0)).span().abs();
    // What stands around the axes is known only where they are drawn; this is usual.
    let around = LABELS + bar_room(panel);
    let found = (wide - around) * y / x + TITLED + BELOW;
    Some(if found.is_finite() { found } else { usual })
}

/// Room for a bar of colours.
fn bar_room(panel: &Panel) -> f64 {
    if panel.heat.is_some() || panel.ramp.is_some() { COLOUR_BAR } else { 0.0 }
}

/// The values on the horizontal axis.
pub(super) fn xs(panel: &Panel) -> impl Iterator<Item = f64> {
    let lines = panel.lines.iter().flat_map(|line| line.points.iter());
    let clouds = panel.clouds.iter().flat_map(|cloud| cloud.points.iter());
    let curves = panel.contours.iter().flat_map(|contour| contour.curves.iter().flatten());
    let points = lines.chain(clouds).chain(curves).map(|p| p.0);
    let bars = panel.bars.iter().flat_map(|bars| bars.bars.iter());
    let references = panel.references.iter().filter(|reference| reference.is_vertical);
    let heat = panel.heat.iter().flat_map(|heat| heat.edges().into_iter().take(2));
    points
        .chain(panel.marks.iter().map(|mark| mark.at.0))
        .chain(bars.flat_map(|bar| [bar.from, bar.to]))
        .chain(references.map(|reference| reference.at))
        .chain(heat)
}

/// The values on the vertical axis.
pub(super) fn ys(panel: &Panel) -> impl Iterator<Item = f64> {
    let lines = panel.lines.iter().flat_map(|line| line.points.iter());
    let clouds = panel.clouds.iter().flat_map(|cloud| cloud.points.iter());
    let curves = panel.contours.iter().flat_map(|contour| contour.curves.iter().flatten());
    let points = lines.chain(clouds).chain(curves).map(|p| p.1);
    let bars = panel.bars.iter().flat_map(|bars| bars.bars.iter());
    let references = panel.references.iter().filter(|reference| !reference.is_vertical);
    let heat = panel.heat.iter().flat_map(|heat| heat.edges().into_iter().skip(2));
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
    if let Some(heat) = &panel.heat {
        // Rows that are counted are counted downwards.
        let ends = if heat.extent.is_some() { (bottom, top) } else { (top, bottom) };
        return Scale::of(&panel.y, ys(panel), Room::None, ends);
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
        if let Some(ramp) = &panel.ramp {
            ramp::of_ramp(canvas, ramp, plot)?;
        }
        let bar = bar_room(panel);
        let left = plot.right + if bar > 0.0 { bar } else { 8.0 };
        let right = plot.right + common.legend;
        legend::draw(canvas, panel, Frame { left, right, ..plot })
    };
    if let Some(space) = &panel.space {
        scene::draw(canvas, space, whole)?;
        title(canvas, panel, whole, frame.top)?;
        return names(whole);
    }
    let bottom = frame.bottom - if labelled { below(canvas, panel, right - left) } else { ABOVE };
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
    drawing.lines()?;
    drawing.marks()?;
    names(plot)
}

/// Room below the axes: names that do not fit beside each other stand upright.
fn below<B: DrawingBackend>(canvas: &Canvas<'_, B>, panel: &Panel, wide: f64) -> f64 {
    let title = if panel.x.label.is_empty() && panel.x.unit.is_empty() { MEDIUM } else { 0.0 };
    BELOW - title + upright(canvas, panel, wide).map_or(0.0, |width| width - SMALL)
}

/// The longest name at the horizontal axis, where names are too long to lie.
pub(super) fn upright<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    panel: &Panel,
    wide: f64,
) -> Option<f64> {
    let names = &panel.x.names;
    let widths = names.iter().map(|name| canvas.width(name, SMALL));
    let widest = widths.max_by(f64::total_cmp)?;
    (widest + 6.0 > wide / names.len() as f64).then_some(widest)
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
