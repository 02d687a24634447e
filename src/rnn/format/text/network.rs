//! Entries to a network.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use crate::rnn::format::named::step;
use crate::rnn::format::text::scan::{Entry, Word, fault, scan};
use crate::rnn::format::{FormatError, LoadOptions, Loaded};
use crate::rnn::{Activation, Form, Parts, Readout, Rnn};

const KEYS: [&str; 9] = ["form", "activation", "step", "leak", "W", "Win", "b", "V", "c"];

/// Reads a network from text.
pub(in crate::rnn::format) fn parse(
    source: &str,
    options: &LoadOptions,
) -> Result<Loaded, FormatError> {
    let mut file = File { entries: BTreeMap::new(), notes: Vec::new() };
    let mut metadata = BTreeMap::new();
    for entry in scan(source)? {
        let key = entry.key.text.clone();
        if KEYS.contains(&key.as_str()) && !entry.key.quoted {
            file.entries.insert(key, entry);
        } else {
            metadata.insert(key, text_of(&entry)?);
        }
    }
    let parts = file.parts(options, source)?;
    let trained_step = file.step()?;
    Ok(Loaded { network: Rnn::new(parts)?, trained_step, metadata, notes: file.notes })
}

struct File {
    entries: BTreeMap<String, Entry>,
    notes: Vec<String>,
}

impl File {
    fn parts(&mut self, options: &LoadOptions, source: &str) -> Result<Parts, FormatError> {
        let form = match self.word("form")? {
            Some(word) if word.text == "A" => Form::A,
            Some(word) if word.text == "B" => Form::B,
            Some(word) => {
                return Err(word.fault(format!("form `{}` is neither A nor B", word.text)));
            }
            None => {
                self.notes.push("no `form`: A assumed".to_owned());
                Form::A
            }
        };
        let activation = self.activation(options)?;
        let Some(w) = self.entries.get("W") else {
            let last = source.lines().count().max(1);
            return Err(fault(last, 1, "no `W =` in this network"));
        };
        let recurrent = matrix(w)?;
        let units = recurrent.nrows();
        if units != recurrent.ncols() {
            let what =
                format!("W has {units} rows of {} numbers, it must be square", recurrent.ncols());
            return Err(w.key.fault(what));
        }
        let input = match self.entries.get("Win") {
            Some(entry) => sized(entry, matrix(entry)?, (Some(units), None))?,
            None => DMatrix::zeros(units, 0),
        };
        let weights = match self.entries.get("V") {
            Some(entry) => sized(entry, matrix(entry)?, (None, Some(units)))?,
            None => DMatrix::zeros(0, units),
        };
        let bias = self.vector("b", units)?.unwrap_or_else(|| DVector::zeros(units));
        let leak = self.leak(units)?;
        let c = self.vector("c", weights.nrows())?;
        let c = c.unwrap_or_else(|| DVector::zeros(weights.nrows()));
        let readout = Readout { weights, bias: c };
        Ok(Parts { form, activation, recurrent, input, bias, leak, readout })
    }

    fn activation(&mut self, options: &LoadOptions) -> Result<Activation, FormatError> {
        if let Some(chosen) = options.activation {
            return Ok(chosen);
        }
        let Some(word) = self.word("activation")? else {
            self.notes.push("no `activation`: tanh assumed".to_owned());
            return Ok(Activation::Tanh);
        };
        Activation::from_name(&word.text).ok_or_else(|| {
            let known: Vec<&str> = Activation::ALL.iter().map(|sigma| sigma.name()).collect();
            let known = known.join(", ");
            word.fault(format!("activation `{}` is not known; {known} are", word.text))
        })
    }

    fn leak(&self, units: usize) -> Result<DVector<f64>, FormatError> {
        let Some(entry) = self.entries.get("leak") else {
            return Ok(DVector::from_element(units, 1.0));
        };
        for word in entry.rows.iter().flatten() {
            if number(word)? <= 0.0 {
                return Err(word.fault(format!("leak {} is not positive", word.text)));
            }
        }
        match entry.rows.iter().flatten().collect::<Vec<_>>()[..] {
            [one] => Ok(DVector::from_element(units, number(one)?)),
            _ => Ok(self.vector("leak", units)?.unwrap_or_else(|| DVector::zeros(0))),
        }
    }

    /// All numbers of an entry, in however many rows they stand.
    fn vector(&self, key: &str, length: usize) -> Result<Option<DVector<f64>>, FormatError> {
        let Some(entry) = self.entries.get(key) else {
            return Ok(None);
        };
        let numbers: Result<Vec<f64>, _> = entry.rows.iter().flatten().map(number).collect();
        let numbers = numbers?;
        if numbers.len() != length {
            let what = format!("{key} has {} numbers, expected {length}", numbers.len());
            return Err(entry.key.fault(what));
        }
        Ok(Some(DVector::from_vec(numbers)))
    }

    fn step(&self) -> Result<Option<f64>, FormatError> {
        let Some(word) = self.word("step")? else {
            return Ok(None);
        };
        let what = || word.fault(format!("step `{}` is not a positive number", word.text));
        step(&word.text).map(Some).ok_or_else(what)
    }

    /// The one word of an entry.
    fn word(&self, key: &str) -> Result<Option<Word>, FormatError> {
        let Some(entry) = self.entries.get(key) else {
            return Ok(None);
        };
        match entry.rows.iter().flatten().collect::<Vec<_>>()[..] {
            [one] => Ok(Some(one.clone())),
            [] => Err(entry.key.fault(format!("`{key} =` is followed by nothing"))),
            [_, second, ..] => Err(second.fault(format!("`{key}` takes one word"))),
        }
    }
}

fn matrix(entry: &Entry) -> Result<DMatrix<f64>, FormatError> {
    let key = &entry.key.text;
    let Some(first) = entry.rows.first() else {
        return Err(entry.key.fault(format!("`{key} =` is followed by no numbers")));
    };
    let mut numbers = Vec::new();
    for (index, row) in entry.rows.iter().enumerate() {
        for word in row {
            numbers.push(number(word)?);
        }
        if row.len() != first.len() {
            let (row, found, expected) = (&row[0], row.len(), first.len());
            let what = format!(
                "row {} of {key} has {found} numbers, the first row has {expected}",
                index + 1
            );
            return Err(row.fault(what));
        }
    }
    Ok(DMatrix::from_row_slice(entry.rows.len(), first.len(), &numbers))
}

fn sized(
    entry: &Entry,
    matrix: DMatrix<f64>,
    (rows, columns): (Option<usize>, Option<usize>),
) -> Result<DMatrix<f64>, FormatError> {
    let key = &entry.key.text;
    if let Some(expected) = rows.filter(|&rows| rows != matrix.nrows()) {
        let found = matrix.nrows();
        return Err(entry.key.fault(format!("{key} has {found} rows, expected {expected}")));
    }
    if let Some(expected) = columns.filter(|&columns| columns != matrix.ncols()) {
        let found = matrix.ncols();
        let what = format!("{key} has {found} numbers a row, expected {expected}");
        return Err(entry.rows[0][0].fault(what));
    }
    Ok(matrix)
}

fn number(word: &Word) -> Result<f64, FormatError> {
    let value = if word.quoted { None } else { word.text.parse::<f64>().ok() };
    match value {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(word.fault(format!("`{}` is not finite", word.text))),
        None => Err(word.fault(format!("`{}` is not a number", word.text))),
    }
}

/// The quoted text of a free key.
fn text_of(entry: &Entry) -> Result<String, FormatError> {
    let words: Vec<&Word> = entry.rows.iter().flatten().collect();
    match words[..] {
        [word] if word.quoted => Ok(word.text.clone()),
        _ => {
            let what = format!(
                "`{}` is none of {}; any other key takes one \"quoted text\"",
                entry.key.text,
                KEYS.join(", ")
            );
            Err(entry.key.fault(what))
        }
    }
}
