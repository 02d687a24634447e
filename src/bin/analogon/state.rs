//! States and inputs on the command line: a list of numbers, or a file of them.

use std::path::Path;

use analogon::{
    units::count,
    wave::{Array, read_npy},
};
use serde_json::Value;

use crate::{failure::Failure, files, results::extension};

/// Numbers separated by commas; `None` where it is no such list.
pub(crate) fn list(text: &str) -> Option<Vec<f64>> {
    text.split(',').map(|number| number.trim().parse::<f64>().ok()).collect()
}

/// Reads a state of `size` components: a list, or a file (.npy, .json, or text with
/// numbers between commas, spaces or line ends). `FILE#K` is the K-th state of a
/// file that holds several, one a row.
///
/// # Errors
///
/// The file cannot be read, or holds something else.
pub(crate) fn read(text: &str, size: usize) -> Result<Vec<f64>, Failure> {
    if let Some(state) = list(text) {
        return checked(state, size, text);
    }
    let (name, number) = match text.rsplit_once('#') {
        Some((name, number)) => match number.parse::<usize>() {
            Ok(number) if number >= 1 => (name, Some(number)),
            _ => (text, None),
        },
        None => (text, None),
    };
    let path = Path::new(name);
    let bytes = files::read(path)?;
    let rows = match extension(path).as_str() {
        "npy" => of_npy(&bytes, name)?,
        "json" => of_json(&bytes, name)?,
        _ => of_text(&bytes, name, size)?,
    };
    let held = rows.len();
    let chosen = match number {
        Some(number) => rows.into_iter().nth(number - 1).ok_or_else(|| {
            let message = format!("`{name}` has no state {number}");
            Failure::new(message, format!("it holds {}", count(held, "state")))
        })?,
        None if held == 1 => rows.into_iter().next().unwrap_or_default(),
        None => {
            let message = format!("`{name}` holds {}", count(held, "state"));
            return Err(Failure::new(message, format!("choose one: `{name}#1`")));
        }
    };
    checked(chosen, size, name)
}

fn checked(state: Vec<f64>, size: usize, what: &str) -> Result<Vec<f64>, Failure> {
    if state.len() != size {
        let message = format!("`{what}` has {}", count(state.len(), "component"));
        return Err(Failure::new(message, format!("{size} are needed here, one a state or input")));
    }
    if let Some(at) = state.iter().position(|value| !value.is_finite()) {
        let message = format!("component {} of `{what}` is {}", at + 1, state[at]);
        return Err(Failure::new(message, "states are finite numbers"));
    }
    Ok(state)
}

fn of_npy(bytes: &[u8], name: &str) -> Result<Vec<Vec<f64>>, Failure> {
    let array = read_npy(bytes).map_err(|error| Failure::new(format!("{name}: {error}"), ""))?;
    let Array::Numbers(array) = array else {
        return Err(Failure::new(format!("`{name}` holds text, not numbers"), ""));
    };
    let width = match array.shape[..] {
        [_] => array.data.len(),
        [_, width] => width,
        _ => {
            let message = format!("`{name}` has {} dimensions", array.shape.len());
            return Err(Failure::new(message, "a state is a row of numbers"));
        }
    };
    Ok(array.data.chunks(width.clamp(1, usize::MAX)).map(<[f64]>::to_vec).collect())
}

/// An array of numbers, an array of such, or an object that holds one as `state` or
/// several as `fixed_points` with a `state` each.
fn of_json(bytes: &[u8], name: &str) -> Result<Vec<Vec<f64>>, Failure> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Failure::new(format!("{name}: {error}"), ""))?;
    let state = |value: &Value| -> Option<Vec<f64>> {
        let value = value.get("state").unwrap_or(value);
        value.as_array()?.iter().map(Value::as_f64).collect()
    };
    if let Some(one) = state(&value) {
        return Ok(vec![one]);
    }
    let several = value.get("fixed_points").unwrap_or(&value);
    let states: Option<Vec<Vec<f64>>> =
        several.as_array().and_then(|all| all.iter().map(state).collect());
    states.filter(|states| !states.is_empty()).ok_or_else(|| {
        let hint =
            "an array of numbers, an array of such, or an object with `state` or `fixed_points`";
        Failure::new(format!("`{name}` holds no state"), hint)
    })
}

/// One state a line, or one over all lines where it has as many numbers as that.
fn of_text(bytes: &[u8], name: &str, size: usize) -> Result<Vec<Vec<f64>>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Failure::new(format!("`{name}` is no text file"), "known are .npy, .json and text")
    })?;
    let mut rows = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let words = line.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
        let mut row = Vec::new();
        for word in words.filter(|word| !word.is_empty()) {
            row.push(word.parse::<f64>().map_err(|_| {
                Failure::new(format!("{name}, line {}: `{word}` is no number", at + 1), "")
            })?);
        }
        if !row.is_empty() {
            rows.push(row);
        }
    }
    let all: usize = rows.iter().map(Vec::len).sum();
    if all == size && rows.iter().any(|row| row.len() != size) {
        return Ok(vec![rows.into_iter().flatten().collect()]);
    }
    Ok(rows)
}
