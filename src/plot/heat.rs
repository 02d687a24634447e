//! Matrices as colours.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    HeatMap,
    axis::{Room, Scale, Tick},
    canvas::{Anchor, Drawn, Ink},
    colour::{SIDE, diverging},
    layout::DARK,
    legend::SMALL,
    panel::{COLOUR_BAR, Drawing},
    raster::Raster,
};

/// Width of the bar of colours.
const BAR_WIDTH: f64 = 14.0;

impl<B: DrawingBackend> Drawing<'_, B> {
    pub(super) fn heat(&self) -> Drawn<B> {
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
        // Of values of one sign the other half of the colours is left out.
        let (first, last) = heat.signs();
        let (first, last) = (first * SIDE, last * SIDE);
        let each = (bottom - top) / f64::from(last - first + 1);
        for bin in first..=last {
            let colour = diverging(f64::from(bin) / (f64::from(SIDE) + 0.5));
            let foot = bottom - f64::from(bin - first) * each;
            let corner = (left + BAR_WIDTH, foot);
            canvas.rectangle((left, foot - each), corner, Ink::solid(colour))?;
        }
        let full = heat.full_scale();
        let axis = crate::plot::Axis::new("", "");
        // The middle bin reaches half its width beyond 0.
        let end = |bin: i32| {
            full * (f64::from(bin) + 0.5 * f64::from(bin.signum())) / (f64::from(SIDE) + 0.5)
        };
        let zero = |bin: i32, side: f64| {
            if bin == 0 { side * 0.5 * full / (f64::from(SIDE) + 0.5) } else { end(bin) }
        };
        let ends = [zero(first, -1.0), zero(last, 1.0)];
        let scale = Scale::of(&axis, ends.into_iter(), Room::None, (bottom, top));
        let (ticks, _) = scale.ticks(&axis, ((bottom - top) / 42.0).clamp(2.0, 8.0));
        for tick in ticks {
            let at = (left + BAR_WIDTH + 4.0, tick.at);
            canvas.text(&tick.label, at, SMALL, Anchor::Left, dark)?;
        }
        let text = canvas.fitted(&heat.label, SMALL, bottom - top);
        let at = (self.plot.right + COLOUR_BAR - 10.0, 0.5 * (top + bottom));
        canvas.text(&text, at, SMALL, Anchor::Upwards, dark)
    }
}

/// Leaves only the ticks at whole numbers: there is no column 2.5.
pub(super) fn whole(ticks: &mut Vec<Tick>) {
    ticks.retain_mut(|tick| match tick.label.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 => {
            tick.label = format!("{value}");
            true
        }
        _ => false,
    });
}
