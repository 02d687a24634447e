//! Texts beside points, which keep clear of the points and of each other.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    canvas::{Anchor, Canvas, Drawn, Ink},
    layout::Frame,
    legend::SMALL,
    trace::Point,
};

/// Height of a text, pixels.
const HIGH: f64 = 13.0;
/// Distances of a text from its point that are tried, pixels.
const REACH: [f64; 3] = [6.0, 11.0, 18.0];
/// Where a text may stand: across and down, -1 to 1.
const PLACES: [(f64, f64); 8] = [
    (1.0, -0.7),
    (1.0, 0.7),
    (-1.0, -0.7),
    (-1.0, 0.7),
    (0.0, -1.0),
    (0.0, 1.0),
    (1.0, 0.0),
    (-1.0, 0.0),
];
const WHITE: Ink = Ink { colour: [0xff; 3], opacity: 0.72 };

/// What stands already.
pub(super) struct Labels {
    taken: Vec<Frame>,
    within: Frame,
}

impl Labels {
    /// Nothing yet; texts stay within the frame where they can.
    pub(super) fn new(within: Frame) -> Self {
        Self { taken: Vec::new(), within }
    }

    /// Keeps clear of a disc.
    pub(super) fn avoid(&mut self, (x, y): Point, radius: f64) {
        let (left, right) = (x - radius, x + radius);
        self.taken.push(Frame { left, top: y - radius, right, bottom: y + radius });
    }

    /// Draws a text beside its point, where it covers least.
    pub(super) fn place<B: DrawingBackend>(
        &mut self,
        canvas: &Canvas<'_, B>,
        text: &str,
        at: Point,
        colour: [u8; 3],
    ) -> Drawn<B> {
        if text.is_empty() {
            return Ok(());
        }
        let place = self.best(canvas.width(text, SMALL), at);
        let (from, to) = ((place.left - 1.0, place.top + 1.0), (place.right + 1.0, place.bottom));
        canvas.rectangle(from, to, WHITE)?;
        let middle = (place.left, 0.5 * (place.top + place.bottom));
        self.taken.push(place);
        canvas.text(text, middle, SMALL, Anchor::Left, Ink::solid(colour))
    }

    /// The place in which a text of that width covers least.
    fn best(&self, wide: f64, (x, y): Point) -> Frame {
        let candidates = REACH.iter().flat_map(|reach| {
            PLACES.iter().map(move |&(across, down)| {
                let middle_x = x + across * (reach + 0.5 * wide);
                let middle_y = y + down * (reach + 0.5 * HIGH);
                Frame {
                    left: middle_x - 0.5 * wide,
                    right: middle_x + 0.5 * wide,
                    top: middle_y - 0.5 * HIGH,
                    bottom: middle_y + 0.5 * HIGH,
                }
            })
        });
        let mut best: Option<(f64, Frame)> = None;
        for place in candidates {
            let covered = self.covered(place);
            if best.is_none_or(|(least, _)| covered < least) {
                best = Some((covered, place));
            }
        }
        best.map_or(self.within, |(_, place)| place)
    }

    /// The area that a text would cover, or have outside.
    fn covered(&self, place: Frame) -> f64 {
        let inside = overlap(place, self.within);
        let area = (place.right - place.left) * (place.bottom - place.top);
        self.taken.iter().map(|other| overlap(place, *other)).sum::<f64>() + area - inside
    }
}

/// The area that two frames share.
fn overlap(a: Frame, b: Frame) -> f64 {
    let span = |from: (f64, f64), to: (f64, f64)| {
        let low = if from.0 > from.1 { from.0 } else { from.1 };
        let high = if to.0 < to.1 { to.0 } else { to.1 };
        if high > low { high - low } else { 0.0 }
    };
    span((a.left, b.left), (a.right, b.right)) * span((a.top, b.top), (a.bottom, b.bottom))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Frame = Frame { left: 0.0, top: 0.0, right: 200.0, bottom: 100.0 };

    #[test]
    fn a_text_alone_stands_to_the_right() {
        let place = Labels::new(ALL).best(30.0, (50.0, 50.0));
        assert!(place.left > 50.0 && place.right - place.left == 30.0 && place.bottom < 60.0);
        let at_the_edge = Labels::new(ALL).best(30.0, (190.0, 50.0));
        assert!(at_the_edge.right < 190.0, "{at_the_edge:?}");
    }

    #[test]
    fn texts_at_one_point_do_not_cover_each_other() {
        let mut labels = Labels::new(ALL);
        labels.avoid((100.0, 50.0), 4.0);
        for _ in 0..6 {
            let place = labels.best(30.0, (100.0, 50.0));
            assert_eq!(labels.covered(place), 0.0, "{place:?}");
            labels.taken.push(place);
        }
        assert_eq!(
            overlap(ALL, Frame { left: 190.0, top: 95.0, right: 300.0, bottom: 300.0 }),
            50.0
        );
    }
}
