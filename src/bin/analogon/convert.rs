//! `analogon convert`: any network or waveform format to another.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    units::count,
    wave::{RawPlot, read_csv, read_raw},
};

use crate::{
    failure::{Failure, Outcome},
    files,
    network::{self, NetworkFile},
    results::{WaveFile, extension, waveform_bytes},
};

/// Convert a network or a waveform
///
/// Networks: from Keras, PyTorch, safetensors, NPZ and text to .safetensors,
/// .npz and .rnn. Waveforms: from .raw and .csv to .raw, .csv and .npz.
///
/// Example: analogon convert net.hdf5 net.safetensors
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Convert {
    /// File to read
    from: PathBuf,

    /// File to write; its ending says the format
    to: PathBuf,
}

impl Convert {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        files::check_output(&self.to)?;
        match extension(&self.from).as_str() {
            "raw" | "csv" => self.waveform(out),
            _ => self.network(out),
        }
    }

    fn network(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let kind = NetworkFile::of(&self.to)?;
        let loaded = network::load(Some(&self.from))?;
        for note in &loaded.notes {
            writeln!(out, "note: {note}")?;
        }
        let bytes = network::bytes(kind, &loaded.network, loaded.trained_step, &loaded.metadata)?;
        files::write(&self.to, &bytes)?;
        let (units, inputs, outputs) = loaded.network.shape();
        writeln!(out, "{}: {units} units, {inputs} inputs, {outputs} outputs", self.to.display())?;
        Ok(Outcome::Holds)
    }

    fn waveform(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let kind = WaveFile::of(&self.to).ok_or_else(|| {
            Failure::new(
                format!("`{}` does not end like a file of waveforms", self.to.display()),
                format!("known are {}", WaveFile::KNOWN),
            )
        })?;
        let bytes = files::read(&self.from)?;
        let shown = self.from.display();
        let bad = |error: &dyn std::fmt::Display| Failure::new(format!("{shown}: {error}"), "");
        let plot = if extension(&self.from) == "csv" {
            let wave = read_csv(&bytes[..]).map_err(|e| bad(&e))?;
            RawPlot::from_waveform(&shown.to_string(), &wave)
        } else {
            let mut plots = read_raw(&bytes[..]).map_err(|e| bad(&e))?;
            if plots.len() != 1 {
                let hint = "split the file, or save one analysis at a time";
                let text = format!("{shown} holds {} plots, not one", plots.len());
                return Err(Failure::new(text, hint));
            }
            plots.remove(0)
        };
        let wave = plot.to_waveform().map_err(|e| bad(&e))?;
        files::write(&self.to, &waveform_bytes(kind, &plot.title, &wave)?)?;
        writeln!(
            out,
            "{}: {}, {}",
            self.to.display(),
            count(wave.signals().len(), "signal"),
            count(wave.time().len(), "point")
        )?;
        Ok(Outcome::Holds)
    }
}
