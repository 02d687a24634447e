//! How far what a simulator wrote lies from what is right.

use analogon::{
    linalg::max_abs,
    wave::{RawData, RawPlot, Waveform, read_raw},
};

/// One row of values for each of increasing times.
pub(crate) type Values = dyn Fn(&[f64]) -> Vec<Vec<f64>>;

/// What is right.
pub(crate) enum Truth {
    /// The values at rest.
    Rest(Vec<f64>),
    /// The values over time, up to the time `stop`.
    Over {
        /// s
        stop: f64,
        /// Its values.
        values: Box<Values>,
    },
}

impl Truth {
    /// The signals `names` of a waveform, with straight lines between its samples.
    pub(crate) fn of_waveform(wave: Waveform, names: &[String]) -> Result<Self, String> {
        let at = |name: &String| {
            let found = wave.signals().iter().position(|s| s.name.eq_ignore_ascii_case(name));
            found.ok_or_else(|| format!("the reference has no `{name}`"))
        };
        let columns = names.iter().map(at).collect::<Result<Vec<usize>, String>>()?;
        let stop = wave.time()[wave.time().len() - 1];
        let row = move |&time: &f64| -> Vec<f64> {
            // Rounding may put the last point a little beyond the end.
            let time = if time > stop { stop } else { time };
            let values = wave.at(time).unwrap_or_default();
            columns.iter().map(|&at| values.get(at).copied().unwrap_or(f64::NAN)).collect()
        };
        Ok(Self::Over { stop, values: Box::new(move |times| times.iter().map(&row).collect()) })
    }
}

/// The largest difference of the signals `names` in a raw file, at its own points.
///
/// # Errors
///
/// The file is none, lacks a signal or ends before the time that was asked for.
pub(crate) fn error(raw: &[u8], names: &[String], truth: &Truth) -> Result<f64, String> {
    let plots = read_raw(raw).map_err(|fault| fault.to_string())?;
    let plot = plots.last().ok_or("an empty file")?;
    let found = names.iter().map(|name| column(plot, name)).collect::<Result<Vec<_>, _>>()?;
    let right = match truth {
        Truth::Rest(values) => vec![values.clone()],
        Truth::Over { stop, values } => {
            let time = column(plot, "time")?;
            let last = time.last().copied().unwrap_or(f64::NAN);
            if !(last >= stop * (1.0 - 1e-9)) {
                return Err(format!("it ended at {last} s"));
            }
            values(time)
        }
    };
    if found.iter().any(|column| column.len() != right.len()) {
        return Err("the file has another number of points than the reference".to_owned());
    }
    let rows = right.iter().enumerate();
    let largest: Vec<f64> = rows
        .map(|(row, values)| {
            let differences: Vec<f64> =
                found.iter().zip(values).map(|(column, right)| column[row] - right).collect();
            max_abs(&differences)
        })
        .collect();
    Ok(max_abs(&largest))
}

fn column<'a>(plot: &'a RawPlot, name: &str) -> Result<&'a [f64], String> {
    let RawData::Real(columns) = &plot.data else { return Err("it is complex".to_owned()) };
    let at = plot.variables.iter().position(|variable| variable.name.eq_ignore_ascii_case(name));
    at.map(|at| columns[at].as_slice()).ok_or_else(|| format!("it has no `{name}`"))
}
