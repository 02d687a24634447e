//! ngspice's raw file: plots of real or complex vectors, binary or ASCII.
//!
//! A header of `Key: value` lines, a table of variables, then either `Binary:`
//! and little-endian f64 or `Values:` and numbers as text, point by point. A
//! file holds any number of plots one after the other. LTspice's variant is read too.

mod layout;
mod read;
mod write;

pub use read::read_raw;
use write::name_over;
pub use write::{RawView, write_raw};

use nalgebra::Complex;

use crate::wave::{ComplexSignal, Signal, Spectrum, WaveError, Waveform};

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
            name: name_over(axis, unit).to_owned(),
            variables: std::iter::once(time).chain(signals).collect(),
            data: RawData::Real(std::iter::once(waveform.time().to_vec()).chain(vectors).collect()),
        }
    }

    /// The waveform of a plot, over whatever its axis is: real signals as they are, complex
    /// ones as real and imaginary parts. A sweep that falls is turned round.
    ///
    /// # Errors
    ///
    /// No axis (an operating point), or vectors that break a rule of [`Waveform`];
    /// [`RawError::plot`] is 1, the plot does not know its place.
    pub fn to_waveform(&self) -> Result<Waveform, RawError> {
        let fault = |kind| RawError { plot: 1, line: None, kind };
        let RawData::Real(vectors) = &self.data else {
            return self.to_spectrum().map(|spectrum| spectrum.parts().clone());
        };
        let (Some((axis, vectors)), Some(first)) = (vectors.split_first(), self.axis()) else {
            let what = format!("`{}` has no axis", self.name);
            return Err(fault(RawErrorKind::Header(what)));
        };
        let falls = axis.first() > axis.last();
        let ascending = |values: &[f64]| -> Vec<f64> {
            if falls { values.iter().rev().copied().collect() } else { values.to_vec() }
        };
        let signals = self.variables[1..].iter().zip(vectors).map(|(variable, values)| Signal {
            name: variable.name.clone(),
            unit: unit(&variable.quantity).to_owned(),
            values: ascending(values),
        });
        let named = (first.name.as_str(), unit(&first.quantity));
        Waveform::over(named, ascending(axis), signals.collect())
            .map_err(|error| fault(error.into()))
    }

    /// The amplitudes of a complex plot over frequency.
    ///
    /// # Errors
    ///
    /// Real data, or vectors that break a rule of [`Spectrum`].
    pub fn to_spectrum(&self) -> Result<Spectrum, RawError> {
        let fault = |kind| RawError { plot: 1, line: None, kind };
        let (RawData::Complex(vectors), Some(_)) = (&self.data, self.axis()) else {
            let what = format!("`{}` has no complex amplitudes over frequency", self.name);
            return Err(fault(RawErrorKind::Header(what)));
        };
        let frequencies = vectors[0].iter().map(|z| z.re).collect();
        let signals =
            self.variables.iter().zip(vectors).skip(1).map(|(variable, values)| ComplexSignal {
                name: variable.name.clone(),
                unit: unit(&variable.quantity).to_owned(),
                values: values.clone(),
            });
        Spectrum::new(frequencies, signals.collect()).map_err(|error| fault(error.into()))
    }

    /// The first variable, where the others are functions of it: time, frequency or what
    /// is swept.
    #[must_use]
    pub fn axis(&self) -> Option<&RawVariable> {
        let first = self.variables.first()?;
        let points = match &self.data {
            RawData::Real(vectors) => vectors.first()?.len(),
            RawData::Complex(vectors) => vectors.first()?.len(),
        };
        let is_axis = points > 1 || matches!(first.quantity.as_str(), "time" | "frequency");
        is_axis.then_some(first)
    }
}

const UNITS: [(&str, &str); 10] = [
    ("voltage", "V"),
    ("current", "A"),
    ("time", "s"),
    ("frequency", "Hz"),
    ("charge", "C"),
    ("power", "W"),
    ("temp-sweep", "°C"),
    ("notype", ""),
    // LTspice's.
    ("device_current", "A"),
    ("subckt_current", "A"),
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
