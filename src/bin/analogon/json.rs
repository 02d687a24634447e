//! Results as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Prints one value, indented.
pub(crate) fn print(value: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
