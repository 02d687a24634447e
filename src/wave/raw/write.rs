//! Plots to bytes.

use std::io::{self, Write};

use crate::wave::{RawData, RawEncoding, RawPlot};

/// Writes one plot; several in a row make a file of several plots.
///
/// # Errors
///
/// Those of `writer`, and [`io::ErrorKind::InvalidInput`] for a plot that would
/// not be read back: vectors of different lengths, fewer or more vectors than
/// variables, a line break in a title or white space in a name.
pub fn write_raw(mut writer: impl Write, plot: &RawPlot, encoding: RawEncoding) -> io::Result<()> {
    let (flags, points) = check(plot)?;
    writeln!(writer, "Title: {}\nDate: {}\nPlotname: {}", plot.title, plot.date, plot.name)?;
    writeln!(writer, "Flags: {flags}\nNo. Variables: {}", plot.variables.len())?;
    writeln!(writer, "No. Points: {points}\nVariables:")?;
    for (index, variable) in plot.variables.iter().enumerate() {
        writeln!(writer, "\t{index}\t{}\t{}", variable.name, variable.quantity)?;
    }
    match encoding {
        RawEncoding::Binary => writeln!(writer, "Binary:")?,
        RawEncoding::Ascii => writeln!(writer, "Values:")?,
    }
    for point in 0..points {
        if encoding == RawEncoding::Ascii {
            write!(writer, " {point}")?;
        }
        for variable in 0..plot.variables.len() {
            write_value(&mut writer, &plot.data, (variable, point), encoding)?;
        }
        if encoding == RawEncoding::Ascii {
            writeln!(writer)?;
        }
    }
    Ok(())
}

fn write_value(
    writer: &mut impl Write,
    data: &RawData,
    (variable, point): (usize, usize),
    encoding: RawEncoding,
) -> io::Result<()> {
    match (data, encoding) {
        (RawData::Real(vectors), RawEncoding::Binary) => {
            writer.write_all(&vectors[variable][point].to_le_bytes())
        }
        (RawData::Real(vectors), RawEncoding::Ascii) => {
            writeln!(writer, "\t{:e}", vectors[variable][point])
        }
        (RawData::Complex(vectors), RawEncoding::Binary) => {
            let value = vectors[variable][point];
            writer.write_all(&value.re.to_le_bytes())?;
            writer.write_all(&value.im.to_le_bytes())
        }
        (RawData::Complex(vectors), RawEncoding::Ascii) => {
            let value = vectors[variable][point];
            writeln!(writer, "\t{:e},{:e}", value.re, value.im)
        }
    }
}

/// The flags line and the number of points.
fn check(plot: &RawPlot) -> io::Result<(&'static str, usize)> {
    let invalid = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let (flags, lengths): (_, Vec<usize>) = match &plot.data {
        RawData::Real(vectors) => ("real", vectors.iter().map(Vec::len).collect()),
        RawData::Complex(vectors) => ("complex", vectors.iter().map(Vec::len).collect()),
    };
    let Some(&points) = lengths.first() else {
        return invalid("a raw plot needs a variable");
    };
    if lengths.len() != plot.variables.len() || lengths.iter().any(|&length| length != points) {
        return invalid("a raw plot needs one vector a variable, all of one length");
    }
    if [&plot.title, &plot.date, &plot.name].iter().any(|line| line.contains(['\n', '\r'])) {
        return invalid("a line of a raw header holds a line break");
    }
    let words = plot.variables.iter().flat_map(|variable| [&variable.name, &variable.quantity]);
    for word in words {
        if word.is_empty() || word.contains(char::is_whitespace) {
            return invalid("a variable of a raw plot has an empty name or one with white space");
        }
    }
    Ok((flags, points))
}
