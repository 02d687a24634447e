//! Bytes to plots.

use std::borrow::Cow;
use std::io::Read;

use nalgebra::Complex;

use crate::wave::{RawData, RawError, RawErrorKind, RawPlot, RawVariable};

use super::layout::{Layout, absolute, by_step, narrowed};

/// Reads every plot of a raw file, binary or ASCII, one after the other.
///
/// LTspice's files differ from ngspice's: the text may be UTF-16, vectors beside the axis
/// have single precision, `fastaccess` stores vector by vector, the sign of a time says
/// something about compression, `Offset` is to be added to the axis, and the steps of a
/// `.step` follow each other in one plot. All of that is undone here, and each step is a
/// plot of its own.
///
/// # Errors
///
/// [`RawError`] names the plot and, outside binary data, the line. No memory is
/// set aside for points that are not there.
pub fn read_raw(mut reader: impl Read) -> Result<Vec<RawPlot>, RawError> {
    let mut bytes = Vec::new();
    if let Err(error) = reader.read_to_end(&mut bytes) {
        return Err(RawError { plot: 1, line: None, kind: error.into() });
    }
    let mut cursor = Cursor { bytes: &bytes, line: 0, plot: 1, is_wide: false };
    let mut plots = Vec::new();
    while !cursor.bytes.trim_ascii_start().is_empty() {
        cursor.is_wide = cursor.bytes.get(1) == Some(&0);
        plots.extend(read_plot(&mut cursor)?);
        cursor.plot += 1;
    }
    if plots.is_empty() {
        return Err(cursor.header("the file is empty"));
    }
    Ok(plots)
}

/// What is left of the file, and where that is.
struct Cursor<'a> {
    bytes: &'a [u8],
    /// The line last taken, from 1; meaningless after binary data.
    line: usize,
    plot: usize,
    /// The text of the plot is UTF-16, little-endian.
    is_wide: bool,
}

impl<'a> Cursor<'a> {
    fn next_line(&mut self) -> Option<Cow<'a, str>> {
        if self.bytes.is_empty() {
            return None;
        }
        self.line += 1;
        let all = self.bytes;
        if self.is_wide {
            let units = || all.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            let length = units().position(|unit| unit == u16::from(b'\n'));
            let line = char::decode_utf16(units().take(length.unwrap_or(usize::MAX)));
            let line: String = line.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            self.bytes = length.and_then(|length| all.get(2 * length + 2..)).unwrap_or(&[]);
            return Some(Cow::Owned(line.trim_end_matches('\r').to_owned()));
        }
        let end = all.iter().position(|&byte| byte == b'\n').unwrap_or(all.len());
        let (line, rest) = all.split_at(end);
        self.bytes = rest.get(1..).unwrap_or(&[]);
        Some(Cow::Borrowed(std::str::from_utf8(line).unwrap_or("").trim_end_matches('\r')))
    }

    fn fault(&self, kind: RawErrorKind) -> RawError {
        RawError { plot: self.plot, line: Some(self.line).filter(|&line| line > 0), kind }
    }

    fn header(&self, what: impl Into<String>) -> RawError {
        self.fault(RawErrorKind::Header(what.into()))
    }

    fn number<T: std::str::FromStr>(
        &self,
        text: &str,
        expected: &'static str,
    ) -> Result<T, RawError> {
        let fault = |_| RawErrorKind::Number { found: text.trim().to_owned(), expected };
        text.trim().parse().map_err(|error| self.fault(fault(error)))
    }
}

/// The header of a plot, complete once its data begin.
#[derive(Default)]
struct Header {
    title: String,
    date: String,
    name: String,
    /// In lower case.
    flags: String,
    is_ltspice: bool,
    /// Added to the axis.
    offset: f64,
    variables: Option<usize>,
    points: Option<usize>,
    table: Option<Vec<RawVariable>>,
}

impl Header {
    fn has(&self, flag: &str) -> bool {
        self.flags.split_whitespace().any(|known| known == flag)
    }
}

fn read_plot(cursor: &mut Cursor) -> Result<Vec<RawPlot>, RawError> {
    let mut header = Header { is_ltspice: cursor.is_wide, ..Header::default() };
    let binary = loop {
        let Some(line) = cursor.next_line() else {
            return Err(cursor.header("the file ends before `Binary:` or `Values:`"));
        };
        if line.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(cursor.header(format!("`{}` is no `key: value` line", clip(&line))));
        };
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "title" => value.clone_into(&mut header.title),
            "date" => value.clone_into(&mut header.date),
            "plotname" => value.clone_into(&mut header.name),
            "flags" => header.flags = value.to_ascii_lowercase(),
            "no. variables" => {
                header.variables = Some(cursor.number(value, "a number of variables")?);
            }
            "no. points" => header.points = Some(cursor.number(value, "a number of points")?),
            "variables" => header.table = Some(read_table(cursor, &header)?),
            "binary" => break true,
            "values" => break false,
            "command" => header.is_ltspice |= value.contains("LTspice"),
            "offset" => header.offset = cursor.number(value, "an offset")?,
            // `Option:`, `Dimensions:` and what else a simulator adds say nothing about
            // the layout.
            _ => {}
        }
    };
    let Some(variables) = header.table.take() else {
        return Err(cursor.header("no `Variables:` before the data"));
    };
    let Some(points) = header.points else {
        return Err(cursor.header("no `No. Points:` before the data"));
    };
    let complex = header.has("complex");
    let numbers = if binary {
        let layout = Layout {
            is_complex: complex,
            is_single: header.is_ltspice && !complex && !header.has("double"),
            is_by_variable: header.has("fastaccess"),
            variables: variables.len(),
            points,
        };
        read_binary(cursor, &layout)?
    } else {
        read_ascii(cursor, &header, variables.len(), points)?
    };
    let mut data = columns(&numbers, variables.len(), complex);
    if header.is_ltspice {
        let is_time = variables.first().is_some_and(|first| first.quantity == "time");
        absolute(&mut data, is_time, header.offset);
    }
    let is_stepped = header.has("stepped");
    let plot =
        RawPlot { title: header.title, date: header.date, name: header.name, variables, data };
    Ok(if is_stepped { by_step(plot) } else { vec![plot] })
}

fn read_table(cursor: &mut Cursor, header: &Header) -> Result<Vec<RawVariable>, RawError> {
    let Some(count) = header.variables.filter(|&count| count > 0) else {
        return Err(cursor.header("no `No. Variables:` above 0 before `Variables:`"));
    };
    let mut table = Vec::new();
    while table.len() < count {
        let expected = || format!("{count} variables are promised, {} listed", table.len());
        let Some(line) = cursor.next_line() else {
            return Err(cursor.header(expected()));
        };
        let mut words = line.split_whitespace();
        let (Some(index), Some(name), Some(quantity)) = (words.next(), words.next(), words.next())
        else {
            return Err(cursor.header(expected()));
        };
        if cursor.number::<usize>(index, "the index of a variable")? != table.len() {
            return Err(cursor.header(format!("variable {index} stands at place {}", table.len())));
        }
        table.push(RawVariable { name: name.to_owned(), quantity: quantity.to_owned() });
    }
    Ok(table)
}

fn read_binary(cursor: &mut Cursor, layout: &Layout) -> Result<Vec<f64>, RawError> {
    let layout = narrowed(*layout, cursor.bytes.len());
    let (expected, found) = layout.numbers(cursor.bytes.len());
    if found < expected {
        let kind = RawErrorKind::Truncated { expected, found };
        return Err(RawError { plot: cursor.plot, line: None, kind });
    }
    let (data, rest) = cursor.bytes.split_at(layout.bytes() as usize);
    cursor.bytes = rest;
    Ok(layout.read(data))
}

/// Numbers point by point; the real and the imaginary part of a complex one
/// stand side by side, joined by a comma.
fn read_ascii(
    cursor: &mut Cursor,
    header: &Header,
    variables: usize,
    points: usize,
) -> Result<Vec<f64>, RawError> {
    let parts: u128 = if header.has("complex") { 2 } else { 1 };
    let expected = variables as u128 * parts * points as u128;
    let mut numbers = Vec::new();
    for point in 0..points {
        // A place of a point's index, then one a variable.
        let mut place = 0;
        while place <= variables {
            let Some(line) = cursor.next_line() else {
                let found = numbers.len() as u128;
                return Err(cursor.fault(RawErrorKind::Truncated { expected, found }));
            };
            for word in line.split_whitespace() {
                if place == 0 {
                    if cursor.number::<usize>(word, "the index of a point")? != point {
                        return Err(cursor.header(format!("point {word} stands at place {point}")));
                    }
                } else if place > variables {
                    return Err(cursor.header(format!("point {point} has too many values")));
                } else {
                    read_value(cursor, word, header.has("complex"), &mut numbers)?;
                }
                place += 1;
            }
        }
    }
    Ok(numbers)
}

fn read_value(
    cursor: &Cursor,
    word: &str,
    complex: bool,
    numbers: &mut Vec<f64>,
) -> Result<(), RawError> {
    match (complex, word.split_once(',')) {
        (true, Some((re, im))) => {
            numbers.push(cursor.number(re, "a number")?);
            numbers.push(cursor.number(im, "a number")?);
        }
        (true, None) => {
            let kind = RawErrorKind::Number { found: clip(word), expected: "a pair `re,im`" };
            return Err(cursor.fault(kind));
        }
        (false, _) => numbers.push(cursor.number(word, "a number")?),
    }
    Ok(())
}

/// Point by point to variable by variable.
fn columns(numbers: &[f64], variables: usize, complex: bool) -> RawData {
    if complex {
        let pairs: Vec<Complex<f64>> =
            numbers.chunks_exact(2).map(|pair| Complex::new(pair[0], pair[1])).collect();
        return RawData::Complex(transpose(&pairs, variables));
    }
    RawData::Real(transpose(numbers, variables))
}

fn transpose<T: Copy>(rows: &[T], width: usize) -> Vec<Vec<T>> {
    (0..width).map(|column| rows.iter().skip(column).step_by(width).copied().collect()).collect()
}

/// At most 40 characters of a line, for a message.
fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}
