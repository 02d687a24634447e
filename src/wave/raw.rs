//! ngspice's raw file: plots of real or complex vectors, binary or ASCII.
//!
//! A header of `Key: value` lines, a table of variables, then either `Binary:`
//! and little-endian f64 or `Values:` and numbers as text, point by point. A
//! file holds any number of plots one after the other.

mod read;
mod write;

pub use read::read_raw;
pub use write::write_raw;

use nalgebra::Complex;

use crate::wave::{Signal, WaveError, Waveform};

/// One plot: the result of one analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct RawPlot {
    /// The deck's title.
    pub title: String,
    /// When it was made, as written; may be empty.
    pub date: String,
    /// The kind of analysis, for instance `Transient Analysis`.
    pub name: String,
    /// What was recorded; the first variable is the independent one.
    pub variables: Vec<RawVariable>,
    /// One vector a variable, all of one length.
    pub data: RawData,
}

/// What one vector of a [`RawPlot`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawVariable {
    /// Its name, for instance `v(out)`.
    pub name: String,
    /// Its kind in ngspice's words: `time`, `voltage`, `current`, `frequency`, ...
    pub quantity: String,
}

impl RawVariable {
    /// What is measured in `unit`.
    #[must_use]
    pub fn of(name: &str, unit: &str) -> Self {
        Self { name: name.to_owned(), quantity: quantity(unit).to_owned() }
    }
}

/// The vectors of a [`RawPlot`], by variable and then by point.
#[derive(Clone, Debug, PartialEq)]
pub enum RawData {
    /// Transient, DC and operating-point results.
    Real(Vec<Vec<f64>>),
    /// AC results; the frequencies too are stored as complex numbers.
    Complex(Vec<Vec<Complex<f64>>>),
}

/// How [`write_raw`] writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawEncoding {
    /// As little-endian f64.
    Binary,
    /// As text, with as many digits as an exact round trip needs.
    Ascii,
}

/// What is wrong with a raw file, and in which of its plots.
#[derive(Debug, thiserror::Error)]
#[error("plot {plot}{}: {kind}", .line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct RawError {
    /// The plot, from 1.
    pub plot: usize,
    /// The line of the file, from 1; `None` inside binary data.
    pub line: Option<usize>,
    /// The fault.
    pub kind: RawErrorKind,
}

/// What is wrong with a raw file, without saying where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RawErrorKind {
    /// The underlying reader failed.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// LTspice writes this layout in UTF-16 with single-precision vectors.
    #[error("this is an LTspice raw file (UTF-16); set its ASCII option or use ngspice's format")]
    Ltspice,
    /// A header line is missing or has no meaning.
    #[error("{0}")]
    Header(String),
    /// A number cannot be read.
    #[error("`{found}` is not {expected}")]
    Number {
        /// The text.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// The file ends before its data do.
    #[error("the header promises {expected} numbers, the file holds {found}")]
    Truncated {
        /// Numbers that points, variables and flags need.
        expected: u128,
        /// Numbers that are there.
        found: u128,
    },
    /// The vectors are no waveform.
    #[error("not a waveform: {0}")]
    Wave(#[from] WaveError),
}

impl RawPlot {
    /// The plot of a waveform, time first.
    #[must_use]
    pub fn from_waveform(title: &str, waveform: &Waveform) -> Self {
        let (axis, unit) = waveform.axis();
        let time = RawVariable::of(axis, unit);
        let signals =
            waveform.signals().iter().map(|signal| RawVariable::of(&signal.name, &signal.unit));
        let vectors = waveform.signals().iter().map(|signal| signal.values.clone());
        Self {
            title: title.to_owned(),
            date: String::new(),
            name: match (axis, unit) {
                ("time", _) => "Transient Analysis",
                (_, "Hz") => "Noise Spectral Density Curves",
                _ => "DC transfer characteristic",
            }
            .to_owned(),
            variables: std::iter::once(time).chain(signals).collect(),
            data: RawData::Real(std::iter::once(waveform.time().to_vec()).chain(vectors).collect()),
        }
    }

    /// The waveform of a real plot whose first variable is time.
    ///
    /// # Errors
    ///
    /// Another independent variable, complex data, or vectors that break a rule of
    /// [`Waveform`]; [`RawError::plot`] is 1, the plot does not know its place.
    pub fn to_waveform(&self) -> Result<Waveform, RawError> {
        let fault = |kind| RawError { plot: 1, line: None, kind };
        let first = self.variables.first().map_or("nothing", |first| first.quantity.as_str());
        let RawData::Real(vectors) = &self.data else {
            return Err(fault(RawErrorKind::Header("its values are complex".to_owned())));
        };
        let Some((time, vectors)) = vectors.split_first().filter(|_| first == "time") else {
            let what = format!("its independent variable is {first}, not time");
            return Err(fault(RawErrorKind::Header(what)));
        };
        let signals = self.variables[1..].iter().zip(vectors).map(|(variable, values)| Signal {
            name: variable.name.clone(),
            unit: unit(&variable.quantity).to_owned(),
            values: values.clone(),
        });
        Waveform::new(time.clone(), signals.collect()).map_err(|error| fault(error.into()))
    }
}

const UNITS: [(&str, &str); 8] = [
    ("voltage", "V"),
    ("current", "A"),
    ("time", "s"),
    ("frequency", "Hz"),
    ("charge", "C"),
    ("power", "W"),
    ("temp-sweep", "°C"),
    ("notype", ""),
];

/// The unit of ngspice's word for a quantity; empty for words without one.
fn unit(quantity: &str) -> &'static str {
    UNITS.iter().find(|(word, _)| *word == quantity).map_or("", |(_, unit)| unit)
}

/// ngspice's word for what is measured in `unit`.
fn quantity(unit: &str) -> &'static str {
    UNITS.iter().find(|(_, known)| *known == unit).map_or("notype", |(word, _)| word)
}

#[cfg(test)]
mod tests;
