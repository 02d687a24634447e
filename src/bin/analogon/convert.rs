//! `analogon convert`: one file format to another.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use analogon::wave::{Array, Npz, Signal, Waveform, read_csv, read_raw};

use crate::{
    deck::count,
    failure::{Failure, Outcome},
    files,
    network::{self, NetworkFile},
    results::{WaveFile, waveform_bytes},
};

/// Convert a network or a waveform to another file format
///
/// The end of the name decides what is written: .safetensors, .npz or .rnn for
/// networks, .raw, .csv or .npz for waveforms. Networks are read from Keras and
/// PyTorch files too.
///
/// Examples:
///   analogon convert net.hdf5 net.safetensors
///   analogon convert result.raw result.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Convert {
    /// File to read
    input: PathBuf,

    /// File to write
    output: PathBuf,
}

impl Convert {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        files::check_output(&self.output)?;
        let what = match self.waveform()? {
            Some(waveform) => {
                let kind = WaveFile::of(&self.output).ok_or_else(|| {
                    let shown = self.output.display();
                    Failure::new(
                        format!("`{shown}` does not end like a file of waveforms"),
                        format!("known are {}", WaveFile::KNOWN),
                    )
                })?;
                let title = self.input.file_stem().unwrap_or_default().to_string_lossy();
                files::write(&self.output, &waveform_bytes(kind, &title, &waveform)?)?;
                let (signals, points) = (waveform.signals().len(), waveform.time().len());
                format!("{}, {}", count(signals, "signal"), count(points, "point"))
            }
            None => {
                let kind = NetworkFile::of(&self.output)?;
                let loaded = network::read(&self.input)?;
                let bytes = kind.bytes(&loaded.network, loaded.trained_step, &loaded.metadata)?;
                files::write(&self.output, &bytes)?;
                network::describe(&loaded.network)
            }
        };
        writeln!(out, "{}: {what}", self.output.display())?;
        Ok(Outcome::Holds)
    }

    /// The waveform in the input; `None` where it must be a network.
    fn waveform(&self) -> Result<Option<Waveform>, Failure> {
        let Some(kind) = WaveFile::of(&self.input) else { return Ok(None) };
        let bytes = files::read(&self.input)?;
        let shown = self.input.display();
        let bad = |error: &dyn std::fmt::Display| Failure::new(format!("`{shown}`: {error}"), "");
        match kind {
            WaveFile::Csv => read_csv(&bytes[..]).map(Some).map_err(|error| bad(&error)),
            WaveFile::Raw => from_raw(&self.input, &bytes).map(Some),
            WaveFile::Npz => from_npz(bytes, &bad),
        }
    }
}

/// The one transient of a raw file.
fn from_raw(path: &Path, bytes: &[u8]) -> Result<Waveform, Failure> {
    let shown = path.display();
    let plots = read_raw(bytes).map_err(|e| Failure::new(format!("`{shown}`: {e}"), ""))?;
    let mut found = plots.iter().map(|plot| plot.to_waveform()).collect::<Vec<_>>();
    let transients = found.iter().filter(|plot| plot.is_ok()).count();
    match (transients, found.len()) {
        (1, _) => {}
        (0, 1) => {}
        _ => {
            let names: Vec<&str> = plots.iter().map(|plot| plot.name.as_str()).collect();
            return Err(Failure::new(
                format!("`{shown}` holds {transients} transients, not one ({})", names.join(", ")),
                "write a raw file with a single transient",
            ));
        }
    }
    let at = found.iter().position(Result::is_ok).unwrap_or(0);
    found.swap_remove(at).map_err(|e| Failure::new(format!("`{shown}`: {e}"), ""))
}

/// The waveform of an archive with an array `time`; `None` for any other.
fn from_npz(
    bytes: Vec<u8>,
    bad: &dyn Fn(&dyn std::fmt::Display) -> Failure,
) -> Result<Option<Waveform>, Failure> {
    let mut archive = Npz::open(Cursor::new(bytes)).map_err(|error| bad(&error))?;
    let mut names = archive.names();
    if !names.iter().any(|name| name == "time") {
        return Ok(None);
    }
    let mut column = |name: &str| match archive.get(name).map_err(|error| bad(&error))? {
        Array::Numbers(array) if array.shape.len() == 1 => Ok(array.data),
        _ => Err(bad(&format!("array `{name}` is no list of numbers"))),
    };
    let time = column("time")?;
    names.retain(|name| name != "time");
    let mut signals = Vec::with_capacity(names.len());
    for name in names {
        let values = column(&name)?;
        // The archive has no units, but SPICE's names say which.
        let unit = match name.as_bytes() {
            [b'v' | b'V', b'(', ..] => "V",
            [b'i' | b'I', b'(', ..] => "A",
            _ => "",
        };
        signals.push(Signal { unit: unit.to_owned(), name, values });
    }
    Waveform::new(time, signals).map(Some).map_err(|error| bad(&error))
}
