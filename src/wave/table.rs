//! Waveforms as CSV: one row an instant, time in the first column.
//!
//! ```text
//! time [s],v(in) [V],v(out) [V]
//! 0,0,0
//! 0.001,1,0.632
//! ```

use std::fmt::Write as _;
use std::io::{Read, Write};

use crate::wave::{Signal, WaveError, Waveform};

/// What is wrong with a CSV file, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// Reading or writing failed, or a row has more or fewer fields than the first.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// The file has no header or only numbers in its place.
    #[error("the first line must name the columns, time first, for instance `time [s],v(out) [V]`")]
    Header,
    /// A field is no number.
    #[error("line {line}, column `{column}`: `{found}` is not a number")]
    Number {
        /// Line of the file, from 1.
        line: u64,
        /// Name of the column.
        column: String,
        /// The field.
        found: String,
    },
    /// The columns are no waveform.
    #[error("{0}")]
    Wave(#[from] WaveError),
}

/// Reads a waveform: a header, then numbers; the first column is time in s.
///
/// A unit stands in brackets behind a name. Spaces around fields are ignored.
///
/// # Errors
///
/// [`CsvError`] names the line and the column.
pub fn read_csv(reader: impl Read) -> Result<Waveform, CsvError> {
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let titles: Vec<String> = rows.headers()?.iter().map(str::to_owned).collect();
    let numeric = titles.iter().all(|title| title.parse::<f64>().is_ok());
    if titles.iter().all(String::is_empty) || numeric {
        return Err(CsvError::Header);
    }
    let mut columns = vec![Vec::new(); titles.len()];
    for row in rows.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        for ((field, title), column) in row.iter().zip(&titles).zip(&mut columns) {
            column.push(field.parse::<f64>().map_err(|_| CsvError::Number {
                line,
                column: title.clone(),
                found: field.to_owned(),
            })?);
        }
    }
    let mut columns = columns.into_iter();
    let time = columns.next().unwrap_or_default();
    let signal = |(title, values): (&String, Vec<f64>)| {
        let (name, unit) = split_title(title);
        Signal { name: name.to_owned(), unit: unit.to_owned(), values }
    };
    let axis = match split_title(&titles[0]) {
        (name, "") => (name, "s"),
        named => named,
    };
    Ok(Waveform::over(axis, time, titles[1..].iter().zip(columns).map(signal).collect())?)
}

/// Writes a waveform with as many digits as an exact round trip needs.
///
/// # Errors
///
/// Those of `writer`.
pub fn write_csv(writer: impl Write, waveform: &Waveform) -> Result<(), CsvError> {
    let mut rows = csv::Writer::from_writer(writer);
    let title = |signal: &Signal| {
        if signal.unit.is_empty() {
            signal.name.clone()
        } else {
            format!("{} [{}]", signal.name, signal.unit)
        }
    };
    let titles = waveform.signals().iter().map(title);
    let (axis, unit) = waveform.axis();
    rows.write_record(std::iter::once(format!("{axis} [{unit}]")).chain(titles))?;
    let mut field = String::new();
    for (index, time) in waveform.time().iter().enumerate() {
        let values = waveform.signals().iter().map(|signal| signal.values[index]);
        for value in std::iter::once(*time).chain(values) {
            field.clear();
            // `{:?}` is the shortest text that reads back as the same number, with an
            // exponent where digits would be many. A text in memory takes any.
            let _ = write!(field, "{value:?}");
            rows.write_field(&field)?;
        }
        rows.write_record(None::<&[u8]>)?;
    }
    rows.flush().map_err(csv::Error::from)?;
    Ok(())
}

/// `v(out) [V]` to name and unit.
fn split_title(title: &str) -> (&str, &str) {
    let parts = title.strip_suffix(']').and_then(|rest| rest.rsplit_once(" ["));
    parts.unwrap_or((title, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave() -> Waveform {
        let signal = |name: &str, unit: &str, values: &[f64]| Signal {
            name: name.to_owned(),
            unit: unit.to_owned(),
            values: values.to_vec(),
        };
        let odd = [0.1 + 0.2, f64::MIN_POSITIVE, -0.0];
        let signals = vec![signal("v(a,b)", "V", &odd), signal("h0", "", &[1.0, 2.0, 3e300])];
        Waveform::new(vec![-1.0, 0.0, 1e-12], signals).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_exactly() {
        let mut bytes = Vec::new();
        write_csv(&mut bytes, &wave()).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with("time [s],\"v(a,b) [V]\",h0\n-1.0,"), "{text}");
        assert_eq!(read_csv(&bytes[..]).unwrap(), wave());
    }

    #[test]
    fn faults_name_line_and_column() {
        let message = |text: &str| read_csv(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            message("t, a [V]\n0, 1\n1, x\n"),
            "line 3, column `a [V]`: `x` is not a number"
        );
        assert!(message("t,a\n0,1\n1\n").contains("line: 3"), "{}", message("t,a\n0,1\n1\n"));
        assert!(message("0,1\n1,2\n").starts_with("the first line must name the columns"));
        assert!(message("").starts_with("the first line must name the columns"));
        assert_eq!(message("t,a\n"), "the waveform has no samples");
        assert_eq!(message("t,a\n0,NaN\n"), "signal `a` is NaN at sample 0, not a finite number");
    }
}
