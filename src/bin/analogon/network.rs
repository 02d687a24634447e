//! Networks: from a path and to bytes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use analogon::rnn::{
    Rnn,
    format::{LoadOptions, Loaded, load, save_npz, save_safetensors, save_text},
};

use crate::{failure::Failure, files, results::extension};

/// How decks end.
const DECKS: [&str; 6] = ["cir", "ckt", "sp", "spi", "spice", "net"];

/// Reads a network; what had to be assumed goes to the standard error.
pub(crate) fn read(path: &Path) -> Result<Loaded, Failure> {
    let name = path.to_string_lossy();
    let bytes = files::read(path)?;
    let loaded = load(&name, &bytes, &LoadOptions::default()).map_err(|error| {
        if DECKS.contains(&extension(path).as_str()) {
            let hint = format!("read the network off it with `analogon extract {name}`");
            return Failure::new(format!("`{name}` is a deck, not a network"), hint);
        }
        Failure::new(error.to_string(), "")
    })?;
    for note in &loaded.notes {
        // A note that cannot be shown is no reason to stop.
        let _ = writeln!(anstream::stderr(), "note: {note}");
    }
    Ok(loaded)
}

/// The kinds of files that networks are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkFile {
    SafeTensors,
    Npz,
    Text,
}

impl NetworkFile {
    pub(crate) const KNOWN: &'static str = ".safetensors, .npz (NumPy) and .rnn (text)";

    /// The kind of an output file, checked before any work is done for it.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        files::check_output(path)?;
        match extension(path).as_str() {
            "safetensors" => Ok(Self::SafeTensors),
            "npz" => Ok(Self::Npz),
            "rnn" => Ok(Self::Text),
            _ => Err(Failure::new(
                format!("`{}` does not end like a network that can be written", path.display()),
                format!("known are {}", Self::KNOWN),
            )),
        }
    }

    /// The bytes of the file.
    pub(crate) fn bytes(
        self,
        network: &Rnn,
        trained_step: Option<f64>,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, Failure> {
        let bytes = match self {
            Self::SafeTensors => save_safetensors(network, trained_step, metadata),
            Self::Npz => save_npz(network, trained_step, metadata),
            Self::Text => save_text(network, trained_step, metadata).map(String::into_bytes),
        };
        bytes.map_err(|error| Failure::new(error.to_string(), ""))
    }
}

/// `2 units, 1 input, 1 output, form A, tanh`
pub(crate) fn describe(network: &Rnn) -> String {
    use crate::deck::count;
    let (units, inputs, outputs) = network.shape();
    let parts = network.parts();
    format!(
        "{}, {}, {}, form {:?}, {}",
        count(units, "unit"),
        count(inputs, "input"),
        count(outputs, "output"),
        parts.form,
        parts.activation
    )
}
