//! Plots to bytes.

use std::io::{self, Write};

use nalgebra::Complex;

use crate::wave::{RawData, RawEncoding, RawPlot, Waveform, raw::quantity};

/// Bytes that are gathered point by point before they are written.
const BLOCK: usize = 1 << 18;

/// A plot to be written, whose names and numbers stay where they are.
#[derive(Clone, Debug, PartialEq)]
pub struct RawView<'a> {
    title: &'a str,
    date: &'a str,
    name: &'a str,
    /// Names and quantities.
    variables: Vec<(&'a str, &'a str)>,
    columns: Columns<'a>,
}

/// The vectors of a [`RawView`], one a variable.
#[derive(Clone, Debug, PartialEq)]
enum Columns<'a> {
    Real(Vec<&'a [f64]>),
    Complex(Vec<&'a [Complex<f64>]>),
}

impl<'a> RawView<'a> {
    /// The plot of a waveform, time first.
    #[must_use]
    pub fn of_waveform(title: &'a str, waveform: &'a Waveform) -> Self {
        let (axis, unit) = waveform.axis();
        let signals = waveform.signals();
        let named = signals.iter().map(|signal| (signal.name.as_str(), quantity(&signal.unit)));
        let columns = signals.iter().map(|signal| signal.values.as_slice());
        Self {
            title,
            date: "",
            name: name_over(axis, unit),
            variables: std::iter::once((axis, quantity(unit))).chain(named).collect(),
            columns: Columns::Real(std::iter::once(waveform.time()).chain(columns).collect()),
        }
    }

    /// A plot of one point: names, units and values.
    #[must_use]
    pub fn of_values(
        title: &'a str,
        name: &'a str,
        values: impl Iterator<Item = (&'a str, &'a str, &'a f64)>,
    ) -> Self {
        let (variables, columns) = values
            .map(|(name, unit, value)| ((name, quantity(unit)), std::slice::from_ref(value)))
            .unzip();
        Self { title, date: "", name, variables, columns: Columns::Real(columns) }
    }
}

impl<'a> From<&'a RawPlot> for RawView<'a> {
    fn from(plot: &'a RawPlot) -> Self {
        let variables = plot.variables.iter();
        Self {
            title: &plot.title,
            date: &plot.date,
            name: &plot.name,
            variables: variables.map(|v| (v.name.as_str(), v.quantity.as_str())).collect(),
            columns: match &plot.data {
                RawData::Real(vectors) => {
                    Columns::Real(vectors.iter().map(Vec::as_slice).collect())
                }
                RawData::Complex(vectors) => {
                    Columns::Complex(vectors.iter().map(Vec::as_slice).collect())
                }
            },
        }
    }
}

/// What ngspice calls a plot over such an axis.
pub(super) fn name_over(axis: &str, unit: &str) -> &'static str {
    match (axis, unit) {
        ("time", _) => "Transient Analysis",
        (_, "Hz") => "Noise Spectral Density Curves",
        _ => "DC transfer characteristic",
    }
}

/// Writes one plot; several in a row make a file of several plots.
///
/// # Errors
///
/// Those of `writer`, and [`io::ErrorKind::InvalidInput`] for a plot that would
/// not be read back: vectors of different lengths, fewer or more vectors than
/// variables, a line break in a title or white space in a name. Nothing has been
/// written then.
pub fn write_raw<'a>(
    mut writer: impl Write,
    plot: impl Into<RawView<'a>>,
    encoding: RawEncoding,
) -> io::Result<()> {
    let plot = plot.into();
    let (flags, points) = check(&plot)?;
    writeln!(writer, "Title: {}\nDate: {}\nPlotname: {}", plot.title, plot.date, plot.name)?;
    writeln!(writer, "Flags: {flags}\nNo. Variables: {}", plot.variables.len())?;
    writeln!(writer, "No. Points: {points}\nVariables:")?;
    for (index, (name, quantity)) in plot.variables.iter().enumerate() {
        writeln!(writer, "\t{index}\t{name}\t{quantity}")?;
    }
    match (encoding, &plot.columns) {
        (RawEncoding::Binary, Columns::Real(columns)) => {
            writeln!(writer, "Binary:")?;
            binary(&mut writer, columns, points, f64::to_le_bytes)
        }
        (RawEncoding::Binary, Columns::Complex(columns)) => {
            writeln!(writer, "Binary:")?;
            binary(&mut writer, columns, points, |z| {
                (u128::from(z.re.to_bits()) | u128::from(z.im.to_bits()) << 64).to_le_bytes()
            })
        }
        (RawEncoding::Ascii, Columns::Real(columns)) => {
            ascii(&mut writer, columns, points, |writer, x| writeln!(writer, "\t{x:e}"))
        }
        (RawEncoding::Ascii, Columns::Complex(columns)) => {
            ascii(&mut writer, columns, points, |writer, z| {
                writeln!(writer, "\t{:e},{:e}", z.re, z.im)
            })
        }
    }
}

/// Point by point, of values that take `SIZE` bytes: a number of points at once, so
/// that neither what is read of a vector nor what is written leaps through memory.
fn binary<T: Copy, const SIZE: usize>(
    writer: &mut impl Write,
    columns: &[&[T]],
    points: usize,
    bytes: impl Fn(T) -> [u8; SIZE],
) -> io::Result<()> {
    let stride = columns.len() * SIZE;
    let most = std::cmp::max(BLOCK / stride, 1);
    let mut block = vec![0; std::cmp::min(most, points) * stride];
    for first in (0..points).step_by(most) {
        let last = std::cmp::min(first + most, points);
        let block = &mut block[..(last - first) * stride];
        for (column, at) in columns.iter().zip((0..).step_by(SIZE)) {
            for (row, &value) in block.chunks_exact_mut(stride).zip(&column[first..last]) {
                row[at..at + SIZE].copy_from_slice(&bytes(value));
            }
        }
        writer.write_all(block)?;
    }
    Ok(())
}

fn ascii<W: Write, T: Copy>(
    writer: &mut W,
    columns: &[&[T]],
    points: usize,
    value: impl Fn(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    writeln!(writer, "Values:")?;
    for point in 0..points {
        write!(writer, " {point}")?;
        for column in columns {
            value(writer, column[point])?;
        }
        writeln!(writer)?;
    }
    Ok(())
}

/// The flags line and the number of points.
fn check(plot: &RawView<'_>) -> io::Result<(&'static str, usize)> {
    let invalid = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let (flags, count, first, alike) = match &plot.columns {
        Columns::Real(columns) => ("real", columns.len(), columns.first().map(|c| c.len()), {
            columns.iter().all(|column| column.len() == columns[0].len())
        }),
        Columns::Complex(columns) => {
            ("complex", columns.len(), columns.first().map(|c| c.len()), {
                columns.iter().all(|column| column.len() == columns[0].len())
            })
        }
    };
    let Some(points) = first else {
        return invalid("a raw plot needs a variable");
    };
    if count != plot.variables.len() || !alike {
        return invalid("a raw plot needs one vector a variable, all of one length");
    }
    if [plot.title, plot.date, plot.name].iter().any(|line| line.contains(['\n', '\r'])) {
        return invalid("a line of a raw header holds a line break");
    }
    let unfit = |word: &str| word.is_empty() || word.contains(char::is_whitespace);
    if plot.variables.iter().any(|(name, quantity)| unfit(name) || unfit(quantity)) {
        return invalid("a variable of a raw plot has an empty name or one with white space");
    }
    Ok((flags, points))
}
