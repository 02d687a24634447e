//! What an ensemble prints, and its table.

use std::io::Write;

use analogon::train::ensemble::{Contrast, Interval, Row, Summary};
use serde_json::Value;

use crate::failure::Failure;

/// Above the rows.
pub(super) fn head(out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "epochs      loss  right  7th |\u{3bb}|  largest  network")?;
    Ok(())
}

/// A member that is done.
pub(super) fn row(row: &Row, is_old: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let loss = row.loss.map_or("-".to_owned(), |loss| format!("{loss:.2e}"));
    writeln!(
        out,
        "{:>6}  {loss:>8}  {:>5.3}  {:>7.4}  {:>7.4}  {}{}",
        row.epochs,
        row.accuracy,
        row.trained.seventh,
        row.trained.largest,
        row.name,
        match (row.diverged(), is_old) {
            (true, _) => " DIVERGED",
            (false, true) => " (from an earlier run)",
            (false, false) => "",
        }
    )?;
    Ok(())
}

/// The comparison.
pub(super) fn summary(
    conditions: &[Summary],
    contrasts: &[Contrast],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    writeln!(out, "\nmeans with 95 % intervals (Student; Welch for differences)")?;
    writeln!(
        out,
        "solved   7th |\u{3bb}| before            after                 theory  largest after         \
         condition"
    )?;
    for summary in conditions {
        writeln!(
            out,
            "{:>3}/{:<3}  {}  {}  {}  {}  {}{}",
            summary.solved,
            summary.networks,
            interval(&summary.initial_seventh),
            interval(&summary.seventh),
            summary.predicted.map_or("     -".to_owned(), |p| format!("{:.4}", p.radius)),
            interval(&summary.largest),
            summary.condition,
            if summary.diverged > 0 {
                format!(", {} diverged", summary.diverged)
            } else {
                String::new()
            }
        )?;
    }
    for contrast in contrasts {
        let verdict = if contrast.differs { "differs" } else { "no difference is shown" };
        writeln!(
            out,
            "by {}: {} from {} to {}: {verdict}",
            contrast.by,
            interval(&contrast.difference),
            contrast.between.0,
            contrast.between.1
        )?;
    }
    Ok(())
}

fn interval(interval: &Interval) -> String {
    match interval.ends {
        Some((low, high)) => format!("{:.4} [{low:.4}, {high:.4}]", interval.mean),
        None => format!("{:.4} [one network]   ", interval.mean),
    }
}

/// All rows as CSV; the names of the columns of nested fields are joined by a dot.
pub(super) fn table(rows: &[Row]) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (k, row) in rows.iter().enumerate() {
        let mut fields = Vec::new();
        flatten("", &serde_json::to_value(row).map_err(Failure::of)?, &mut fields);
        if k == 0 {
            writer.write_record(fields.iter().map(|(name, _)| name)).map_err(Failure::of)?;
        }
        writer.write_record(fields.iter().map(|(_, value)| value)).map_err(Failure::of)?;
    }
    let bytes = writer.into_inner().map_err(Failure::of)?;
    String::from_utf8(bytes).map_err(Failure::of)
}

/// The leaves of a value with their names.
fn flatten(prefix: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name =
                    if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&name, value, into);
            }
        }
        Value::Null => into.push((prefix.to_owned(), String::new())),
        Value::String(text) => into.push((prefix.to_owned(), text.clone())),
        other => into.push((prefix.to_owned(), other.to_string())),
    }
}
