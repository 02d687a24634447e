//! Results of simulations as files.

use std::io::Cursor;
use std::path::Path;

use analogon::{
    simulate::{AnalysisResult, OperatingPointResult},
    wave::{RawData, RawEncoding, RawPlot, RawVariable, Waveform, write_csv, write_npz, write_raw},
};

use crate::failure::Failure;

/// The kinds of files that hold waveforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaveFile {
    Raw,
    Csv,
    Npz,
}

/// The end of a name, in lower case.
pub(crate) fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

impl WaveFile {
    pub(crate) const KNOWN: &'static str = ".raw (ngspice), .csv and .npz (NumPy)";

    pub(crate) fn of(path: &Path) -> Option<Self> {
        match extension(path).as_str() {
            "raw" => Some(Self::Raw),
            "csv" => Some(Self::Csv),
            "npz" => Some(Self::Npz),
            _ => None,
        }
    }
}

/// The bytes of a file of one waveform.
pub(crate) fn waveform_bytes(
    kind: WaveFile,
    title: &str,
    waveform: &Waveform,
) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string(), "");
    let mut bytes = Vec::new();
    match kind {
        WaveFile::Raw => {
            let plot = RawPlot::from_waveform(title, waveform);
            write_raw(&mut bytes, &plot, RawEncoding::Binary).map_err(|e| failed(&e))?;
        }
        WaveFile::Csv => write_csv(&mut bytes, waveform).map_err(|e| failed(&e))?,
        WaveFile::Npz => {
            let archive = write_npz(Cursor::new(bytes), &waveform.arrays());
            bytes = archive.map_err(|e| failed(&e))?.into_inner();
        }
    }
    Ok(bytes)
}

/// The bytes of a file of all results of a deck, each with its title: any number of
/// them in a raw file, one transient in the others.
pub(crate) fn result_bytes<'r>(
    kind: WaveFile,
    results: impl Iterator<Item = (String, &'r AnalysisResult)>,
) -> Result<Vec<u8>, Failure> {
    if kind == WaveFile::Raw {
        let mut bytes = Vec::new();
        for (title, result) in results {
            write_raw(&mut bytes, &plot(&title, result), RawEncoding::Binary)
                .map_err(|error| Failure::new(error.to_string(), ""))?;
        }
        return Ok(bytes);
    }
    let mut transients = results.filter_map(|(title, result)| match result {
        AnalysisResult::Transient(transient) => Some((title, &transient.waveform)),
        AnalysisResult::OperatingPoint(_) => None,
    });
    match (transients.next(), transients.next()) {
        (Some((title, waveform)), None) => waveform_bytes(kind, &title, waveform),
        (found, _) => {
            let number = if found.is_some() { "more than one" } else { "no" };
            Err(Failure::new(
                format!("the deck has {number} transient, this kind of file holds one"),
                "a .raw file holds the results of any analyses",
            ))
        }
    }
}

fn plot(title: &str, result: &AnalysisResult) -> RawPlot {
    match result {
        AnalysisResult::Transient(transient) => RawPlot::from_waveform(title, &transient.waveform),
        AnalysisResult::OperatingPoint(OperatingPointResult { readings, .. }) => RawPlot {
            title: title.to_owned(),
            date: String::new(),
            name: "Operating Point".to_owned(),
            variables: readings
                .iter()
                .map(|reading| RawVariable {
                    name: reading.name.clone(),
                    quantity: if reading.unit == "V" { "voltage" } else { "current" }.to_owned(),
                })
                .collect(),
            data: RawData::Real(readings.iter().map(|reading| vec![reading.value]).collect()),
        },
    }
}
