//! What a figure shows.

use nalgebra::Complex;

use crate::{
    plot::{Bars, Cloud, Contour, HeatMap, Key, Marker, Ramp, Reference, Space},
    wave::{ComplexSignal, Signal, Spectrum, Waveform},
};

/// Panels in rows, under one title.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// What all of it is; may be empty.
    pub title: String,
    /// A legend above all panels, for what has the same meaning in each.
    pub key: Vec<Key>,
    /// Row by row from the top; a panel begins a row unless it stands beside
    /// the one before it.
    pub panels: Vec<Panel>,
}

/// One pair of axes with what is drawn between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What it shows; may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Lines, the first lowest.
    pub lines: Vec<Line>,
    /// Points, above the lines.
    pub marks: Vec<Mark>,
    /// Spans of the horizontal axis that are shaded, such as pulses of a stimulus.
    pub shades: Vec<Shade>,
    /// Clouds of points, below the lines.
    pub clouds: Vec<Cloud>,
    /// Bars, below the lines.
    pub bars: Vec<Bars>,
    /// Straight lines across the panel, below all else.
    pub references: Vec<Reference>,
    /// Curves of equal value, below the lines.
    pub contours: Vec<Contour>,
    /// A matrix as colours, which fills the panel; its rows count downwards.
    pub heat: Option<HeatMap>,
    /// A box seen in three dimensions, instead of all of the above.
    pub space: Option<Space>,
    /// What colours of its own lines, points and paths mean: a bar beside it.
    pub ramp: Option<Ramp>,
    /// Lines of text below the legend, such as numbers of a fit.
    pub notes: Vec<String>,
    /// True where a unit is as long on both axes.
    pub is_equal: bool,
    /// True for a panel to the right of the one before it, in the same row.
    pub is_beside: bool,
    /// Its width relative to the others of its row; `None` for 1.
    pub share: Option<f64>,
}

impl Panel {
    /// The same, to the right of the panel before it.
    #[must_use]
    pub fn beside(mut self) -> Self {
        self.is_beside = true;
        self
    }

    /// The same in a grid of that many columns, where it comes at that place.
    #[must_use]
    pub fn in_grid(mut self, place: usize, columns: usize) -> Self {
        self.is_beside = !place.is_multiple_of(columns.clamp(1, usize::MAX));
        self
    }
}

/// What an axis measures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// The quantity, such as `time`; may be empty.
    pub label: String,
    /// Its SI unit, which gets a prefix that suits the range; empty for none.
    pub unit: String,
    /// True for a logarithmic axis, on which only positive values are shown.
    pub is_log: bool,
    /// True where only whole numbers mean something.
    pub is_whole: bool,
    /// Names at the values 0, 1, 2 and so on, instead of numbers.
    pub names: Vec<String>,
    /// Ends that it reaches at least, and exactly where nothing lies beyond them.
    pub ends: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into(), ..Self::default() }
    }

    /// The same, logarithmic.
    #[must_use]
    pub fn logarithmic(mut self) -> Self {
        self.is_log = true;
        self
    }

    /// The same, reaching from `low` to `high` at least.
    #[must_use]
    pub fn over(mut self, low: f64, high: f64) -> Self {
        self.ends = Some((low, high));
        self
    }

    /// The same for what is counted.
    #[must_use]
    pub fn counted(mut self) -> Self {
        self.is_whole = true;
        self
    }

    /// An axis of names instead of numbers, at 0, 1, 2 and so on.
    #[must_use]
    pub fn of_names(label: impl Into<String>, names: Vec<String>) -> Self {
        Self { label: label.into(), names, ..Self::default() }
    }
}

/// A line through points, broken where a coordinate is no finite number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Its entry in the legend; empty for none.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
    /// Red, green and blue; `None` for the next colour of a palette that the
    /// colour-blind can tell apart.
    pub colour: Option<[u8; 3]>,
    /// True for a dashed line.
    pub is_dashed: bool,
    /// True for a line that is thin and half transparent: one of many.
    pub is_fine: bool,
}

impl Line {
    /// A solid line in the next colour.
    #[must_use]
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, ..Self::default() }
    }

    /// The same, dashed.
    #[must_use]
    pub fn dashed(mut self) -> Self {
        self.is_dashed = true;
        self
    }

    /// The same, thin and half transparent.
    #[must_use]
    pub fn fine(mut self) -> Self {
        self.is_fine = true;
        self
    }

    /// The same in a colour of its own: red, green and blue.
    #[must_use]
    pub fn coloured(mut self, colour: [u8; 3]) -> Self {
        self.colour = Some(colour);
        self
    }
}

/// One point of interest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Where.
    pub at: (f64, f64),
    /// What it is; may be empty.
    pub label: String,
    /// Red, green and blue; `None` for dark grey.
    pub colour: Option<[u8; 3]>,
    /// How it looks.
    pub marker: Marker,
    /// True where it is only an outline.
    pub is_hollow: bool,
}

/// A span of the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Shade {
    /// Its beginning.
    pub from: f64,
    /// Its end.
    pub to: f64,
    /// Red, green and blue; `None` for grey. It is drawn pale.
    pub colour: Option<[u8; 3]>,
}

impl Figure {
    /// Amplitudes over frequency: decibels above phases, degrees, without jumps.
    #[must_use]
    pub fn of_spectrum(spectrum: &Spectrum, title: impl Into<String>) -> Self {
        let frequencies = spectrum.frequencies();
        let (first, last) = (frequencies[0], frequencies[frequencies.len() - 1]);
        let x = Axis::new("frequency", "Hz");
        let x = if first > 0.0 && last > 10.0 * first { x.logarithmic() } else { x };
        let lines = |of: &dyn Fn(&[Complex<f64>]) -> Vec<f64>| -> Vec<Line> {
            let line = |signal: &ComplexSignal| {
                let points = frequencies.iter().copied().zip(of(&signal.values));
                Line::new(&signal.name, points.collect())
            };
            spectrum.signals().iter().map(line).collect()
        };
        let decibels = |values: &[Complex<f64>]| -> Vec<f64> {
            values.iter().map(|z| 20.0 * z.norm().log10()).collect()
        };
        let degrees = |values: &[Complex<f64>]| -> Vec<f64> {
            let mut last = 0.0;
            let next = |z: &Complex<f64>| {
                let angle = z.arg().to_degrees();
                last = angle + 360.0 * ((last - angle) / 360.0_f64).round();
                last
            };
            values.iter().map(next).collect()
        };
        let panel = |label: &str, unit: &str, lines| Panel {
            x: x.clone(),
            y: Axis::new(label, unit),
            lines,
            ..Panel::default()
        };
        let panels = vec![
            panel("magnitude", "dB", lines(&decibels)),
            panel("phase", "degrees", lines(&degrees)),
        ];
        Self { title: title.into(), panels, ..Self::default() }
    }

    /// The signals of a waveform over time: voltages, currents and signals of
    /// any other unit in panels of their own.
    #[must_use]
    pub fn of_waveform(waveform: &Waveform, title: impl Into<String>) -> Self {
        let mut units: Vec<&str> = Vec::new();
        for signal in waveform.signals() {
            if !units.contains(&signal.unit.as_str()) {
                units.push(&signal.unit);
            }
        }
        let rank = |unit: &str| match unit {
            "V" => 0,
            "A" => 1,
            _ => 2,
        };
        units.sort_by_key(|unit| rank(unit));
        let line = |signal: &Signal| {
            let times = waveform.time().iter().copied();
            Line::new(&signal.name, times.zip(signal.values.iter().copied()).collect())
        };
        let panel = |unit: &str| {
            let label = match unit {
                "V" => "voltage",
                "A" => "current",
                _ => "value",
            };
            let of_unit = waveform.signals().iter().filter(|signal| signal.unit == unit);
            let (x, y) = (Axis::new(waveform.axis().0, waveform.axis().1), Axis::new(label, unit));
            // Densities over frequency are powers of it.
            let is_density = waveform.axis().1 == "Hz" && waveform.time()[0] > 0.0;
            let (x, y) = if is_density { (x.logarithmic(), y.logarithmic()) } else { (x, y) };
            Panel { x, y, lines: of_unit.map(line).collect(), ..Panel::default() }
        };
        let panels = units.into_iter().map(panel).collect();
        Self { title: title.into(), panels, ..Self::default() }
    }
}
