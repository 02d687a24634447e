//! What a training writes while it runs, as lines and as TensorBoard events.

mod event;

pub use event::{events_header, scalars};

use crate::train::EpochRow;

/// The columns of [`csv_line`], as the first line of a file.
pub const CSV_HEADER: &str = "epoch,stage,updates,loss,accuracy,held_out_loss,gradient_norm,\
                              largest_norm,rate,violations,broke,seconds";

/// An epoch as a line of a CSV file, with the seconds it took; what was not measured is
/// left empty.
#[must_use]
pub fn csv_line(row: &EpochRow, seconds: f64) -> String {
    let optional = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{seconds:.3}",
        row.epoch,
        row.stage,
        row.updates,
        row.loss,
        optional(row.accuracy),
        optional(row.held_out_loss),
        row.gradient_norm,
        row.largest_norm,
        row.rate,
        row.violations,
        row.broke,
    )
}

/// An epoch as a line of a JSONL file.
///
/// # Panics
///
/// Never: a row holds numbers.
#[must_use]
pub fn json_line(row: &EpochRow, seconds: f64) -> String {
    let mut value = serde_json::to_value(row).expect("invariant: a row holds numbers");
    value["seconds"] = seconds.into();
    value.to_string()
}

/// What TensorBoard shows of an epoch.
#[must_use]
pub fn epoch_scalars(row: &EpochRow) -> Vec<(&'static str, f64)> {
    let mut all = vec![("loss/training", row.loss)];
    all.extend(row.held_out_loss.map(|loss| ("loss/held_out", loss)));
    all.extend(row.accuracy.map(|accuracy| ("accuracy", accuracy)));
    all.extend([
        ("gradient/mean_norm", row.gradient_norm),
        ("gradient/largest_norm", row.largest_norm),
        ("rate", row.rate),
        ("violations", row.violations as f64),
    ]);
    all
}
