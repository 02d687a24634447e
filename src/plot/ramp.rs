//! What colours mean, as a bar beside the axes.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Axis, HeatMap,
    axis::{Room, Scale},
    canvas::{Anchor, Canvas, Drawn, Ink},
    colour::{SIDE, diverging, sequential},
    layout::{DARK, Frame},
    legend::SMALL,
};

/// Room for a bar with its numbers and its label, pixels.
pub(super) const COLOUR_BAR: f64 = 84.0;
const BAR_WIDTH: f64 = 14.0;
/// Steps of a ramp.
const STEPS: i32 = 48;

/// Values from dark blue to yellow, which get lighter for every kind of colour
/// vision.
#[derive(Clone, Debug, PartialEq)]
pub struct Ramp {
    /// What the colours measure, with its unit; may be empty.
    pub label: String,
    /// The value of the darkest colour.
    pub from: f64,
    /// The value of the lightest colour.
    pub to: f64,
}

impl Ramp {
    /// The colour of a value; what lies beyond the ends has their colours.
    #[must_use]
    pub fn colour(&self, value: f64) -> [u8; 3] {
        let span = self.to - self.from;
        let place = if span == 0.0 { 0.0 } else { (value - self.from) / span };
        sequential(place.clamp(0.0, 1.0))
    }
}

/// The bar of a ramp, to the right of `plot`.
pub(super) fn of_ramp<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    ramp: &Ramp,
    plot: Frame,
) -> Drawn<B> {
    let colour = |step: i32| sequential(f64::from(step) / f64::from(STEPS - 1));
    let colours: Vec<[u8; 3]> = (0..STEPS).map(colour).collect();
    bar(canvas, &colours, (ramp.from, ramp.to), &ramp.label, plot)
}

/// The bar of a matrix, to the right of `plot`.
pub(super) fn of_heat<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    heat: &HeatMap,
    plot: Frame,
) -> Drawn<B> {
    let full = heat.full_scale();
    if heat.is_level() {
        let ramp = Ramp { label: heat.label.clone(), from: 0.0, to: full };
        return of_ramp(canvas, &ramp, plot);
    }
    let colour = |bin: i32| diverging(f64::from(bin) / (f64::from(SIDE) + 0.5));
    let colours: Vec<[u8; 3]> = (-SIDE..=SIDE).map(colour).collect();
    bar(canvas, &colours, (-full, full), &heat.label, plot)
}

/// Cells of colour from the bottom to the top, numbers and a label.
fn bar<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    colours: &[[u8; 3]],
    (low, high): (f64, f64),
    label: &str,
    plot: Frame,
) -> Drawn<B> {
    let Frame { top, bottom, right, .. } = plot;
    let (dark, left) = (Ink::solid(DARK), right + 10.0);
    let each = (bottom - top) / colours.len() as f64;
    for (number, colour) in colours.iter().enumerate() {
        let foot = bottom - number as f64 * each;
        let corner = (left + BAR_WIDTH, foot);
        canvas.rectangle((left, foot - each), corner, Ink::solid(*colour))?;
    }
    let axis = Axis::default();
    let scale = Scale::of(&axis, [low, high].into_iter(), Room::None, (bottom, top));
    let (ticks, _) = scale.ticks(&axis, ((bottom - top) / 42.0).clamp(2.0, 8.0));
    for tick in ticks {
        let at = (left + BAR_WIDTH + 4.0, tick.at);
        canvas.text(&tick.label, at, SMALL, Anchor::Left, dark)?;
    }
    let text = canvas.fitted(label, SMALL, bottom - top);
    let at = (right + COLOUR_BAR - 10.0, 0.5 * (top + bottom));
    canvas.text(&text, at, SMALL, Anchor::Upwards, dark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_ramp_have_the_ends_of_the_colours() {
        let ramp = Ramp { label: String::new(), from: 10.0, to: 20.0 };
        assert_eq!(ramp.colour(10.0), sequential(0.0));
        assert_eq!(ramp.colour(15.0), sequential(0.5));
        assert_eq!((ramp.colour(-1e9), ramp.colour(1e9)), (sequential(0.0), sequential(1.0)));
        let falling = Ramp { from: 20.0, to: 10.0, ..ramp.clone() };
        assert_eq!(falling.colour(12.0), sequential(0.8));
        let flat = Ramp { to: 10.0, ..ramp };
        assert_eq!(flat.colour(10.0), sequential(0.0));
    }
}
