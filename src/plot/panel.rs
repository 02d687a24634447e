//! One panel: axes, grid, lines and legend.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Figure, Line, Panel,
    axis::{Scale, Tick},
    canvas::{Anchor, Canvas, Drawn, Ink},
    layout::{DARK, Frame},
    trace::{dashes, pieces},
};

/// Colours that the colour-blind can tell apart (Okabe and Ito 2008), without
/// the yellow, which is too pale for a thin line.
const PALETTE: [[u8; 3]; 7] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x00, 0x00, 0x00],
];
const GRID: [u8; 3] = [0xe8, 0xe8, 0xe8];
const AXIS: [u8; 3] = [0x8a, 0x8a, 0x8a];
const SHADE: [u8; 3] = [0x9a, 0xa5, 0xb1];
/// Sizes of text, pixels.
const SMALL: f64 = 12.0;
const MEDIUM: f64 = 13.5;
/// Room for tick labels and the label of the horizontal axis.
pub(super) const BELOW: f64 = 38.0;
/// Room above the axes, with and without a title.
const ABOVE: f64 = 8.0;
const TITLED: f64 = 22.0;
/// More lines than this are thin, and have no legend.
const FEW: usize = 12;
/// Length of a sample in the legend.
const SAMPLE: f64 = 18.0;

/// What the panels of a figure have in common.
pub(super) struct Common {
    /// The horizontal scale, where it is shared.
    x: Option<Scale>,
    /// Room for the legend.
    legend: f64,
    /// Room for the labels of the vertical axis.
    labels: f64,
}

/// The scale and the room that all panels share, so that their axes stand below
/// each other.
pub(super) fn common<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    figure: &Figure,
    shares: bool,
) -> Common {
    let all = || figure.panels.iter().flat_map(xs);
    let x = figure.panels.first().filter(|_| shares);
    let x = x.map(|panel| Scale::of(&panel.x, all(), false, (0.0, 1.0)));
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| canvas.width(text, SMALL)).max_by(f64::total_cmp).unwrap_or(0.0)
    };
    let mut names = figure.panels.iter().filter(|p| has_legend(p)).flat_map(named).map(|l| l.1);
    let name = widest(&mut names.by_ref().map(|line| line.name.as_str()));
    let legend = if name > 0.0 { SAMPLE + 14.0 + name.clamp(0.0, 180.0) } else { 6.0 };
    let ticks: Vec<Tick> = figure
        .panels
        .iter()
        .flat_map(|panel| Scale::of(&panel.y, ys(panel), true, (0.0, 1.0)).ticks(&panel.y, 5.0).0)
        .collect();
    let labels = 30.0 + widest(&mut ticks.iter().map(|tick| tick.label.as_str()));
    Common { x, legend, labels }
}

fn xs(panel: &Panel) -> impl Iterator<Item = f64> {
    let points = panel.lines.iter().flat_map(|line| line.points.iter().map(|p| p.0));
    points.chain(panel.marks.iter().map(|mark| mark.at.0))
}

fn ys(panel: &Panel) -> impl Iterator<Item = f64> {
    let points = panel.lines.iter().flat_map(|line| line.points.iter().map(|p| p.1));
    points.chain(panel.marks.iter().map(|mark| mark.at.1))
}

/// Lines with names, and their places.
fn named(panel: &Panel) -> impl Iterator<Item = (usize, &Line)> {
    panel.lines.iter().enumerate().filter(|(_, line)| !line.name.is_empty())
}

fn has_legend(panel: &Panel) -> bool {
    (1..=FEW).contains(&named(panel).count())
}

/// Draws `panel` into `frame`; `labelled` where its horizontal axis has labels.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    panel: &Panel,
    frame: Frame,
    common: &Common,
    labelled: bool,
) -> Drawn<B> {
    let plot = Frame {
        left: frame.left + common.labels,
        top: frame.top + if panel.title.is_empty() { ABOVE } else { TITLED },
        right: frame.right - common.legend,
        bottom: frame.bottom - if labelled { BELOW } else { ABOVE },
    };
    let across = (plot.left, plot.right);
    let x = match &common.x {
        Some(shared) => shared.over(across),
        None => Scale::of(&panel.x, xs(panel), false, across),
    };
    let y = Scale::of(&panel.y, ys(panel), true, (plot.bottom, plot.top));
    let drawing = Drawing { canvas, panel, plot, x, y };
    drawing.shades()?;
    drawing.axes(frame, labelled)?;
    for (at, line) in panel.lines.iter().enumerate() {
        drawing.line(at, line)?;
    }
    drawing.marks()?;
    drawing.legend()
}

struct Drawing<'a, B: DrawingBackend> {
    canvas: &'a Canvas<'a, B>,
    panel: &'a Panel,
    plot: Frame,
    x: Scale,
    y: Scale,
}

impl<B: DrawingBackend> Drawing<'_, B> {
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

    fn axes(&self, frame: Frame, labelled: bool) -> Drawn<B> {
        let Frame { left, top, right, bottom } = self.plot;
        let (canvas, dark) = (self.canvas, Ink::solid(DARK));
        let (columns, x_title) =
            self.x.ticks(&self.panel.x, ((right - left) / 90.0).clamp(2.0, 12.0));
        let (rows, y_title) = self.y.ticks(&self.panel.y, ((bottom - top) / 42.0).clamp(2.0, 10.0));
        for tick in &columns {
            canvas.path(&[(tick.at, top), (tick.at, bottom)], Ink::solid(GRID), 0.8)?;
            if labelled {
                let at = (tick.at, bottom + 6.0);
                canvas.text(&tick.label, at, SMALL, Anchor::Top, dark)?;
            }
        }
        for tick in &rows {
            canvas.path(&[(left, tick.at), (right, tick.at)], Ink::solid(GRID), 0.8)?;
            canvas.text(&tick.label, (left - 6.0, tick.at), SMALL, Anchor::Right, dark)?;
        }
        canvas.path(&[(left, top), (left, bottom), (right, bottom)], Ink::solid(AXIS), 1.0)?;
        let middle = 0.5 * (left + right);
        if labelled && !x_title.is_empty() {
            let text = canvas.fitted(&x_title, MEDIUM, right - left);
            canvas.text(&text, (middle, bottom + 22.0), MEDIUM, Anchor::Top, dark)?;
        }
        let text = canvas.fitted(&y_title, MEDIUM, bottom - top);
        let at = (frame.left + 6.0, 0.5 * (top + bottom));
        canvas.text(&text, at, MEDIUM, Anchor::Upwards, dark)?;
        let title = canvas.fitted(&self.panel.title, MEDIUM, right - left);
        canvas.text(&title, (middle, frame.top + 2.0), MEDIUM, Anchor::Top, dark)?;
        if self.panel.lines.iter().all(|l| l.points.is_empty()) && self.panel.marks.is_empty() {
            let at = (middle, 0.5 * (top + bottom) - MEDIUM);
            canvas.text("no data", at, MEDIUM, Anchor::Top, Ink::solid(AXIS))?;
        }
        Ok(())
    }

    fn is_crowded(&self) -> bool {
        self.panel.lines.len() > FEW
    }

    /// Colour of a line, and whether it is dashed: the second round of the
    /// palette is, where lines are few enough to be told apart.
    fn style(&self, at: usize, line: &Line) -> ([u8; 3], bool) {
        let again = at >= PALETTE.len() && !self.is_crowded() && line.colour.is_none();
        (line.colour.unwrap_or(PALETTE[at % PALETTE.len()]), line.is_dashed || again)
    }

    fn line(&self, at: usize, line: &Line) -> Drawn<B> {
        let (colour, is_dashed) = self.style(at, line);
        let (opacity, width) = if self.is_crowded() { (0.55, 0.8) } else { (1.0, 1.4) };
        let ink = Ink { colour, opacity };
        let pixels = line.points.iter().map(|&(x, y)| self.x.pixel(x).zip(self.y.pixel(y)));
        for piece in pieces(pixels) {
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

    fn marks(&self) -> Drawn<B> {
        for mark in &self.panel.marks {
            let Some(at) = self.x.pixel(mark.at.0).zip(self.y.pixel(mark.at.1)) else { continue };
            let ink = Ink::solid(mark.colour.unwrap_or(DARK));
            self.canvas.disc(at, 3.0, ink, mark.is_hollow)?;
            if !mark.label.is_empty() {
                let room = self.plot.right - at.0 - 6.0;
                // To the left where there is no room to the right.
                let wide = self.canvas.width(&mark.label, SMALL) > room;
                let (shift, anchor) =
                    if wide { (-6.0, Anchor::Right) } else { (6.0, Anchor::Left) };
                let place = (at.0 + shift, at.1 - 9.0);
                self.canvas.text(&mark.label, place, SMALL, anchor, Ink::solid(DARK))?;
            }
        }
        Ok(())
    }

    fn legend(&self) -> Drawn<B> {
        if !has_legend(self.panel) {
            return Ok(());
        }
        let left = self.plot.right + 8.0;
        let room = self.plot.bottom - self.plot.top;
        let spacing = (room / named(self.panel).count() as f64).clamp(6.0, 17.0);
        for (row, (at, line)) in named(self.panel).enumerate() {
            let y = self.plot.top + spacing * (row as f64 + 0.5);
            let (colour, is_dashed) = self.style(at, line);
            let sample = [(left, y), (left + SAMPLE, y)];
            let strokes = if is_dashed { dashes(&sample, 5.0, 3.0) } else { vec![sample.to_vec()] };
            for stroke in strokes {
                self.canvas.path(&stroke, Ink::solid(colour), 1.8)?;
            }
            let name = self.canvas.fitted(&line.name, SMALL, 180.0);
            self.canvas.text(
                &name,
                (left + SAMPLE + 5.0, y),
                SMALL,
                Anchor::Left,
                Ink::solid(DARK),
            )?;
        }
        Ok(())
    }
}
