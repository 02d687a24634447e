//! Three dimensions on two.

use plotters::prelude::DrawingBackend;

use crate::plot::{
    Space, Spot,
    axis::{Room, Scale},
    canvas::{Anchor, Canvas, Drawn, Ink},
    colour::PALETTE,
    label::Labels,
    layout::{DARK, Frame},
    legend::{SMALL, marker},
    panel::{AXIS, MEDIUM},
    trace::{Point, dashes, pieces},
};

/// Lengths of the box; z is shorter, as the papers' figures have it. Where units are
/// as long on all axes the longest is 1, and none is shorter than FLAT.
const SIDES: [f64; 3] = [1.0, 1.0, 0.75];
const FLAT: f64 = 0.35;
/// Room around the box for its labels, pixels.
const AROUND: f64 = 44.0;
/// Frames that are narrower have no numbers at their axes, and less room for them.
const NARROW: f64 = 320.0;
const AROUND_NARROW: f64 = 20.0;
const FACE: [u8; 3] = [0xdc, 0xdc, 0xdc];

/// Where the viewer stands, as the two directions that become right and up.
#[derive(Clone, Copy, Debug)]
struct View {
    right: [f64; 3],
    up: [f64; 3],
    /// Towards the viewer.
    near: [f64; 3],
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl View {
    /// The projection along the direction of the viewer, at `azimuth` around z
    /// from x towards y and `elevation` above the plane of x and y, degrees.
    fn new(azimuth: f64, elevation: f64) -> Self {
        let (sin_a, cos_a) = azimuth.to_radians().sin_cos();
        let (sin_e, cos_e) = elevation.to_radians().sin_cos();
        Self {
            right: [-sin_a, cos_a, 0.0],
            up: [-sin_e * cos_a, -sin_e * sin_a, cos_e],
            near: [cos_e * cos_a, cos_e * sin_a, sin_e],
        }
    }

    /// Right and up.
    fn flat(&self, point: [f64; 3]) -> (f64, f64) {
        (dot(self.right, point), dot(self.up, point))
    }
}

/// Scales of the three axes over the box, and the lengths of its sides.
fn scales(space: &Space) -> ([Scale; 3], [f64; 3]) {
    let values = |k: usize| {
        let lines = space.paths.iter().flat_map(|path| path.points.iter());
        lines.chain(space.spots.iter().map(|spot| &spot.at)).map(move |point| point[k])
    };
    let over = |k: usize, side: f64| {
        Scale::of(&space.axes[k], values(k), Room::Both, (-0.5 * side, 0.5 * side))
    };
    let plain: [Scale; 3] = std::array::from_fn(|k| over(k, SIDES[k]));
    let spans = [plain[0].span(), plain[1].span(), plain[2].span()];
    let longest = spans.into_iter().max_by(f64::total_cmp).unwrap_or(1.0);
    if !(space.is_equal && longest > 0.0 && longest.is_finite()) {
        return (plain, SIDES);
    }
    let sides = spans.map(|span| (span / longest).clamp(FLAT, 1.0));
    let scales = std::array::from_fn(|k| {
        let side = 0.5 * sides[k];
        plain[k].stretched(longest * sides[k]).over((-side, side))
    });
    (scales, sides)
}

struct Scene<'a, B: DrawingBackend> {
    canvas: &'a Canvas<'a, B>,
    space: &'a Space,
    view: View,
    scales: [Scale; 3],
    sides: [f64; 3],
    frame: Frame,
    middle: Point,
    /// Pixels to a unit of the box.
    size: f64,
    is_narrow: bool,
}

/// The direction across a line that points downwards, of length 1.
fn downwards([from, to]: [Point; 2]) -> Point {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y);
    match length > 0.0 {
        // Across (x, y) is (-y, x); x decides whether that points downwards.
        true if x >= 0.0 => (-y / length, x / length),
        true => (y / length, -x / length),
        false => (0.0, 1.0),
    }
}

/// Half the width and half the height of a box as it is seen.
fn extent(view: View, sides: [f64; 3]) -> (f64, f64) {
    let corners = (0..8).map(|k: u8| {
        let end = |axis: usize| if k >> axis & 1 == 0 { -0.5 } else { 0.5 } * sides[axis];
        view.flat([end(0), end(1), end(2)])
    });
    let (mut wide, mut high) = (0.0, 0.0);
    for (x, y) in corners {
        (wide, high) = (if x > wide { x } else { wide }, if y > high { y } else { high });
    }
    (wide, high)
}

/// The height that suits a box in a panel of that width.
pub(super) fn height(space: &Space, panel: f64) -> f64 {
    let (wide, high) = extent(View::new(space.azimuth, space.elevation), scales(space).1);
    let around = if panel < NARROW { AROUND_NARROW } else { AROUND };
    let found = (panel - 2.0 * around) * high / wide + 2.0 * around;
    // A tall box is drawn smaller.
    found.clamp(0.0, 0.86 * panel)
}

/// Draws a box with what is in it.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &Canvas<'_, B>,
    space: &Space,
    frame: Frame,
) -> Drawn<B> {
    let view = View::new(space.azimuth, space.elevation);
    let (scales, sides) = scales(space);
    let (wide, high) = extent(view, sides);
    let is_narrow = frame.right - frame.left < NARROW;
    let around = if is_narrow { AROUND_NARROW } else { AROUND };
    let room = (frame.right - frame.left - 2.0 * around, frame.bottom - frame.top - 1.6 * around);
    let (by_width, by_height) = (room.0 / (2.0 * wide), room.1 / (2.0 * high));
    let size = if by_width < by_height { by_width } else { by_height };
    let middle =
        (0.5 * (frame.left + frame.right), 0.5 * (frame.top + frame.bottom) - 0.2 * around);
    let size = size.clamp(1.0, f64::MAX);
    let scene = Scene { canvas, space, view, scales, sides, frame, middle, size, is_narrow };
    scene.faces()?;
    for axis in 0..3 {
        scene.axis(axis)?;
    }
    scene.paths()?;
    scene.spots(frame)
}

impl<B: DrawingBackend> Scene<'_, B> {
    /// A corner of the box around the origin; -1, 0 or 1 in each direction.
    fn corner(&self, signs: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|k| 0.5 * signs[k] * self.sides[k])
    }

    /// The pixel of a point of the box.
    fn place(&self, point: [f64; 3]) -> Point {
        let (right, up) = self.view.flat(point);
        (self.middle.0 + self.size * right, self.middle.1 - self.size * up)
    }

    /// The pixel of values.
    fn pixel(&self, values: [f64; 3]) -> Option<Point> {
        let mut point = [0.0; 3];
        for (k, place) in point.iter_mut().enumerate() {
            *place = self.scales[k].pixel(values[k])?;
        }
        Some(self.place(point))
    }

    /// The sign of the end of an axis that is farther from the viewer.
    fn far(&self, axis: usize) -> f64 {
        if self.view.near[axis] > 0.0 { -1.0 } else { 1.0 }
    }

    /// The three faces behind everything, as their edges and lines at the ticks.
    fn faces(&self) -> Drawn<B> {
        let ink = Ink::solid(FACE);
        for face in 0..3 {
            let (a, b) = ((face + 1) % 3, (face + 2) % 3);
            for (along, across) in [(a, b), (b, a)] {
                let ends = [-0.5, 0.5].map(|end| end * self.sides[across]);
                for at in self.ticks(across).iter().map(|tick| tick.0).chain(ends) {
                    let mut from = self.corner([self.far(0), self.far(1), self.far(2)]);
                    from[across] = at;
                    from[along] = -0.5 * self.sides[along];
                    let mut to = from;
                    to[along] = -from[along];
                    self.canvas.path(&[self.place(from), self.place(to)], ink, 0.7)?;
                }
            }
        }
        Ok(())
    }

    /// Ticks of an axis: their places on the box and their labels.
    fn ticks(&self, axis: usize) -> Vec<(f64, String)> {
        let (_, count) = self.edge(axis);
        let (ticks, _) = self.scales[axis].ticks(&self.space.axes[axis], count);
        ticks.into_iter().map(|tick| (tick.at, tick.label)).collect()
    }

    /// The middle of the edge that carries the labels of an axis, and how many
    /// there may be: below for x and y, at the left for z.
    fn edge(&self, axis: usize) -> ([f64; 3], f64) {
        let mut middle = self.corner([-self.far(0), -self.far(1), -1.0]);
        if axis == 2 {
            // Of the two upright edges of the outline, the left one.
            let right = self.view.right;
            let is_x = [1.0, -1.0]
                .map(|sign| right[0] * sign * -self.far(0) - right[1] * self.far(1) * -sign);
            let sign = if is_x[0] < is_x[1] { 1.0 } else { -1.0 };
            middle = self.corner([-self.far(0) * sign, self.far(1) * sign, 0.0]);
        } else {
            middle[axis] = 0.0;
        }
        let mut along = [0.0; 3];
        along[axis] = self.sides[axis];
        let (right, up) = self.view.flat(along);
        (middle, (self.size * right.hypot(up) / 60.0).clamp(1.0, 6.0))
    }

    fn axis(&self, axis: usize) -> Drawn<B> {
        let (middle, count) = self.edge(axis);
        let mut ends = [middle; 2];
        ends[0][axis] = -0.5 * self.sides[axis];
        ends[1][axis] = 0.5 * self.sides[axis];
        let [from, to] = ends.map(|end| self.place(end));
        self.canvas.path(&[from, to], Ink::solid(AXIS), 1.0)?;
        let (_, title) = self.scales[axis].ticks(&self.space.axes[axis], count);
        let ticks = if self.is_narrow { Vec::new() } else { self.ticks(axis) };
        let ticks = ticks.into_iter().map(|(at, text)| {
            let mut place = middle;
            place[axis] = at;
            (self.place(place), text)
        });
        let ticks: Vec<(Point, String)> = ticks.collect();
        if axis == 2 {
            self.upright(self.place(middle), &title, &ticks)
        } else {
            self.slanted([from, to], &title, &ticks)
        }
    }

    /// Numbers and title to the left of an upright axis.
    fn upright(&self, (x, y): Point, title: &str, ticks: &[(Point, String)]) -> Drawn<B> {
        let (canvas, dark) = (self.canvas, Ink::solid(DARK));
        let mut widest = 0.0;
        for ((x, y), text) in ticks {
            canvas.text(text, (x - 5.0, *y), SMALL, Anchor::Right, dark)?;
            let width = canvas.width(text, SMALL);
            widest = if width > widest { width } else { widest };
        }
        let (by, size) = if self.is_narrow { (8.0, SMALL) } else { (widest + 16.0, MEDIUM) };
        canvas.text(title, (x - by, y), size, Anchor::Upwards, dark)
    }

    /// Numbers and, beyond them, the title below an axis that may slant.
    fn slanted(&self, ends: [Point; 2], title: &str, ticks: &[(Point, String)]) -> Drawn<B> {
        let (canvas, dark) = (self.canvas, Ink::solid(DARK));
        let normal = downwards(ends);
        // How far the middle of a text has to be for its box to clear the axis.
        let reach = |text: &str, size: f64| {
            0.5 * (normal.0.abs() * canvas.width(text, size) + normal.1.abs() * size)
        };
        let text = |text: &str, (x, y): Point, size: f64, by: f64| {
            let half = 0.5 * canvas.width(text, size);
            let (left, right) = (self.frame.left + half, self.frame.right - half);
            // A title that is too wide for the frame goes beyond it on the right.
            let inside = if left < right { right } else { left };
            let at = ((x + by * normal.0).clamp(left, inside), y + by * normal.1 - 0.5 * size);
            canvas.text(text, at, size, Anchor::Top, dark)
        };
        let mut beyond = 4.0;
        for (at, label) in ticks {
            let own = reach(label, SMALL);
            text(label, *at, SMALL, 5.0 + own)?;
            let end = 7.0 + 2.0 * own;
            beyond = if end > beyond { end } else { beyond };
        }
        let size = if self.is_narrow { SMALL } else { MEDIUM };
        let middle = (0.5 * (ends[0].0 + ends[1].0), 0.5 * (ends[0].1 + ends[1].1));
        text(title, middle, size, beyond + reach(title, size))
    }

    fn paths(&self) -> Drawn<B> {
        for (at, path) in self.space.paths.iter().enumerate() {
            let ink = Ink::solid(path.colour.unwrap_or(PALETTE[at % PALETTE.len()]));
            for piece in pieces(path.points.iter().map(|&point| self.pixel(point))) {
                if path.is_dashed {
                    for dash in dashes(&piece, 5.0, 3.0) {
                        self.canvas.path(&dash, ink, 1.2)?;
                    }
                } else {
                    self.canvas.path(&piece, ink, 1.2)?;
                }
            }
        }
        Ok(())
    }

    fn spots(&self, frame: Frame) -> Drawn<B> {
        let mut labels = Labels::new(frame);
        let seen: Vec<(Point, &Spot)> =
            self.space.spots.iter().filter_map(|s| Some((self.pixel(s.at)?, s))).collect();
        let radius = if self.is_narrow { 2.5 } else { 3.5 };
        for (at, spot) in &seen {
            let ink = Ink::solid(spot.colour.unwrap_or(DARK));
            marker(self.canvas, spot.marker.outlined(spot.is_hollow), *at, radius, ink)?;
            labels.avoid(*at, radius + 1.0);
        }
        for (at, spot) in seen {
            labels.place(self.canvas, &spot.label, at, spot.colour.unwrap_or(DARK))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_is_a_rotation() {
        for (azimuth, elevation) in [(0.0, 0.0), (70.0, 10.0), (-130.0, 45.0), (33.0, -80.0)] {
            let View { right, up, near } = View::new(azimuth, elevation);
            let products = [dot(right, up), dot(up, near), dot(near, right)];
            assert!(products.iter().all(|p| p.abs() < 1e-12), "{products:?}");
            let lengths = [dot(right, right), dot(up, up), dot(near, near)];
            assert!(lengths.iter().all(|l| (l - 1.0).abs() < 1e-12), "{lengths:?}");
            // right x up points to the viewer: nothing is mirrored.
            let z = right[0] * up[1] - right[1] * up[0];
            assert!((z - near[2]).abs() < 1e-12);
        }
    }

    #[test]
    fn labels_stand_below_their_axis() {
        let found = [
            downwards([(0.0, 0.0), (5.0, 0.0)]),
            downwards([(5.0, 0.0), (0.0, 0.0)]),
            downwards([(1.0, 1.0), (1.0, 1.0)]),
        ];
        assert_eq!(found, [(0.0, 1.0); 3]);
        // Down to the right: what is below lies to the left.
        let (x, y) = downwards([(0.0, 0.0), (3.0, 4.0)]);
        assert!((x + 0.8).abs() < 1e-12 && (y - 0.6).abs() < 1e-12);
    }

    #[test]
    fn known_views() {
        // From x: y points to the right, z upwards.
        let front = View::new(0.0, 0.0);
        assert_eq!(front.flat([5.0, 2.0, 3.0]), (2.0, 3.0));
        // From y: x points to the left.
        let side = View::new(90.0, 0.0).flat([5.0, 2.0, 3.0]);
        assert!((side.0 + 5.0).abs() < 1e-12 && (side.1 - 3.0).abs() < 1e-12);
        // From above, with y to the right: x points downwards.
        let above = View::new(0.0, 90.0).flat([5.0, 2.0, 3.0]);
        assert!((above.0 - 2.0).abs() < 1e-12 && (above.1 + 5.0).abs() < 1e-12);
    }
}
