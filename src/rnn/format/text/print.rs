//! A network to text.

use std::collections::BTreeMap;
use std::fmt::Write;

use nalgebra::DMatrix;

use crate::rnn::Rnn;
use crate::rnn::format::FormatError;
use crate::rnn::format::named::own_texts;

/// The network as text that reads back as the same network, to the last bit.
///
/// # Errors
///
/// A key of `metadata` that names a part of the network (`W`, `form`, ...), or a
/// step that is not positive.
pub fn save_text(
    network: &Rnn,
    trained_step: Option<f64>,
    metadata: &BTreeMap<String, String>,
) -> Result<String, FormatError> {
    let texts = own_texts(network, trained_step, metadata)?;
    let parts = network.parts();
    let mut out = String::new();
    for key in ["form", "activation", "step"] {
        if let Some(value) = texts.get(key) {
            line(&mut out, key, value);
        }
    }
    for (key, value) in metadata {
        let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let key = if plain { key.clone() } else { quote(key) };
        line(&mut out, &key, &quote(value));
    }
    out.push('\n');
    let leak = parts.leak.as_slice();
    let uniform = leak.iter().all(|value| value.to_bits() == leak[0].to_bits());
    line(&mut out, "leak", &numbers(if uniform { &leak[..1] } else { leak }));
    matrix(&mut out, "W", &parts.recurrent);
    matrix(&mut out, "Win", &parts.input);
    line(&mut out, "b", &numbers(parts.bias.as_slice()));
    matrix(&mut out, "V", &parts.readout.weights);
    if !parts.readout.bias.is_empty() {
        line(&mut out, "c", &numbers(parts.readout.bias.as_slice()));
    }
    Ok(out)
}

fn line(out: &mut String, key: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{key} = {value}");
}

/// A matrix of no columns or no rows is left out, which is how it is read.
fn matrix(out: &mut String, key: &str, matrix: &DMatrix<f64>) {
    if matrix.is_empty() {
        return;
    }
    let _ = writeln!(out, "{key} =");
    for row in matrix.row_iter() {
        let row: Vec<f64> = row.iter().copied().collect();
        let _ = writeln!(out, "  {}", numbers(&row));
    }
}

/// The shortest digits that read back as the same numbers.
fn numbers(values: &[f64]) -> String {
    let words: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    words.join(" ")
}

fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => quoted.extend(letter.escape_unicode()),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
