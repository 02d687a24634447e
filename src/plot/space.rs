//! What is seen of three dimensions.

use crate::plot::{Axis, Marker};

/// A box with lines and points in it, seen from afar (without perspective).
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// The three axes: x, y, and z, which points upwards.
    pub axes: [Axis; 3],
    /// Lines, the first lowest.
    pub paths: Vec<Path>,
    /// Points, above the lines.
    pub spots: Vec<Spot>,
    /// Angle of the viewer around z, degrees from x towards y.
    pub azimuth: f64,
    /// Angle of the viewer above the plane of x and y, degrees.
    pub elevation: f64,
    /// True where a unit is as long on all axes.
    pub is_equal: bool,
}

impl Space {
    /// An empty box seen as the papers show theirs: azimuth 70, elevation 10 degrees.
    #[must_use]
    pub fn new(axes: [Axis; 3]) -> Self {
        Self {
            axes,
            paths: Vec::new(),
            spots: Vec::new(),
            azimuth: 70.0,
            elevation: 10.0,
            is_equal: false,
        }
    }
}

/// A line in space, broken where a coordinate is no finite number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Its entry in the legend; empty for none.
    pub name: String,
    /// Its points.
    pub points: Vec<[f64; 3]>,
    /// Red, green and blue; `None` for the next colour of the palette.
    pub colour: Option<[u8; 3]>,
    /// True for a dashed line.
    pub is_dashed: bool,
}

/// A point in space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spot {
    /// Where.
    pub at: [f64; 3],
    /// Its entry in the legend; empty for none.
    pub name: String,
    /// What it is, beside it; may be empty.
    pub label: String,
    /// Red, green and blue; `None` for dark grey.
    pub colour: Option<[u8; 3]>,
    /// How it looks.
    pub marker: Marker,
    /// True where it is only an outline.
    pub is_hollow: bool,
}
