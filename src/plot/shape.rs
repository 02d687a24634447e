//! What can stand between axes besides lines.

/// How the points of a cloud look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    /// A filled circle.
    #[default]
    Disc,
    /// A circle.
    Ring,
    /// Two crossed strokes.
    Cross,
    /// A filled square.
    Square,
    /// A square.
    Frame,
}

impl Marker {
    /// The same as an outline, where that is asked for.
    pub(super) fn outlined(self, is_hollow: bool) -> Self {
        match self {
            Self::Disc if is_hollow => Self::Ring,
            Self::Square if is_hollow => Self::Frame,
            Self::Disc | Self::Ring | Self::Cross | Self::Square | Self::Frame => self,
        }
    }
}

/// Points without a line, under one entry of the legend. Points that are no
/// finite numbers are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Its entry in the legend; empty for none.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
    /// Red, green and blue; `None` for the next colour of the palette.
    pub colour: Option<[u8; 3]>,
    /// How each point looks.
    pub marker: Marker,
}

impl Cloud {
    /// Discs in the next colour.
    #[must_use]
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, ..Self::default() }
    }

    /// The same with another marker.
    #[must_use]
    pub fn marked(mut self, marker: Marker) -> Self {
        self.marker = marker;
        self
    }

    /// The same in a colour of its own: red, green and blue.
    #[must_use]
    pub fn coloured(mut self, colour: [u8; 3]) -> Self {
        self.colour = Some(colour);
        self
    }
}

/// One bar, from 0 to its height.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bar {
    /// Its left edge.
    pub from: f64,
    /// Its right edge.
    pub to: f64,
    /// Its height, negative downwards.
    pub height: f64,
}

/// Bars under one entry of the legend, half transparent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// Their entry in the legend; empty for none.
    pub name: String,
    /// The bars.
    pub bars: Vec<Bar>,
    /// Red, green and blue; `None` for the next colour of the palette.
    pub colour: Option<[u8; 3]>,
}

impl Bars {
    /// Bars in the next colour.
    #[must_use]
    pub fn new(name: impl Into<String>, bars: Vec<Bar>) -> Self {
        Self { name: name.into(), bars, colour: None }
    }

    /// The same in a colour of its own: red, green and blue.
    #[must_use]
    pub fn coloured(mut self, colour: [u8; 3]) -> Self {
        self.colour = Some(colour);
        self
    }
}

/// A matrix as colours, the first row on top, with a colour bar beside it.
///
/// The colours come in bins of equal width, the middle one of which holds 0
/// and is white: blue below, orange above, which the colour-blind can tell
/// apart. An entry that is no number is grey. The cell of row i and column j
/// has its centre at (j, i).
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Number of columns; at least 1.
    pub columns: usize,
    /// Entries, row after row.
    pub values: Vec<f64>,
    /// Size of the values with the strongest colours; `None` for the largest
    /// size of all entries.
    pub limit: Option<f64>,
    /// What the colours measure, beside the bar; may be empty.
    pub label: String,
    /// Left, right, bottom and top edge, where the axes measure something and do not
    /// count cells; the first row is then the top one and the vertical axis points up.
    pub extent: Option<[f64; 4]>,
}

impl HeatMap {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns.clamp(1, usize::MAX)
    }

    /// True where it is a surface over axes that measure something, and nowhere below 0:
    /// then its colours run one way.
    pub(super) fn is_level(&self) -> bool {
        self.extent.is_some() && self.values.iter().all(|value| *value >= 0.0)
    }

    /// Left, right, lowest and highest edge on the axes.
    pub(super) fn edges(&self) -> [f64; 4] {
        let counted = [-0.5, self.columns as f64 - 0.5, -0.5, self.rows() as f64 - 0.5];
        self.extent.unwrap_or(counted)
    }

    /// The value with the strongest colour, positive.
    pub(super) fn full_scale(&self) -> f64 {
        let sizes = self.values.iter().map(|v| v.abs()).filter(|v| v.is_finite());
        let limit = self.limit.or_else(|| sizes.max_by(f64::total_cmp));
        limit.filter(|&limit| limit > 0.0 && limit.is_finite()).unwrap_or(1.0)
    }
}

/// Curves on which something has the same value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contour {
    /// The value; it colours the curves, and stands in the legend.
    pub level: f64,
    /// The curves.
    pub curves: Vec<Vec<(f64, f64)>>,
}

/// A straight line across the panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Its entry in the legend; empty for none.
    pub name: String,
    /// Where on its axis.
    pub at: f64,
    /// True for a vertical line at x, false for a horizontal line at y.
    pub is_vertical: bool,
    /// Red, green and blue; `None` for grey.
    pub colour: Option<[u8; 3]>,
}

impl Reference {
    /// A dashed grey line at x.
    #[must_use]
    pub fn vertical(at: f64, name: impl Into<String>) -> Self {
        Self { name: name.into(), at, is_vertical: true, colour: None }
    }

    /// A dashed grey line at y.
    #[must_use]
    pub fn horizontal(at: f64, name: impl Into<String>) -> Self {
        Self { name: name.into(), at, is_vertical: false, colour: None }
    }

    /// The same in a colour of its own: red, green and blue.
    #[must_use]
    pub fn coloured(mut self, colour: [u8; 3]) -> Self {
        self.colour = Some(colour);
        self
    }
}
