//! Results of simulations as files.

use std::io::{self, Cursor, Write};
use std::path::Path;

use analogon::{
    simulate::{AnalysisResult, OperatingPointResult},
    wave::{RawEncoding, RawView, Waveform, write_csv, write_raw, write_waveform_npz},
};

use crate::{failure::Failure, files::Late};

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

/// Writes a file of one waveform.
pub(crate) fn write_waveform(
    path: &Path,
    kind: WaveFile,
    title: &str,
    waveform: &Waveform,
) -> Result<(), Failure> {
    let mut file = Late::at(path);
    let written = match kind {
        WaveFile::Raw => {
            let view = RawView::of_waveform(title, waveform);
            write_raw(&mut file, view, RawEncoding::Binary).map_err(|e| e.to_string())
        }
        WaveFile::Csv => write_csv(&mut file, waveform).map_err(|e| e.to_string()),
        WaveFile::Npz => {
            // An archive is not written from front to back.
            let archive = write_waveform_npz(Cursor::new(Vec::new()), waveform);
            archive
                .map_err(|e| e.to_string())
                .and_then(|bytes| file.write_all(&bytes.into_inner()).map_err(|e| e.to_string()))
        }
    };
    file.end(written)
}

/// Writes a file of all results of a deck, each with its title: any number of them in a
/// raw file, one that has an axis in the others.
pub(crate) fn write_results<'r>(
    path: &Path,
    kind: WaveFile,
    mut results: impl Iterator<Item = (String, &'r AnalysisResult)>,
) -> Result<(), Failure> {
    if kind == WaveFile::Raw {
        let mut file = Late::at(path);
        let written = results.try_for_each(|(title, result)| plot(&mut file, &title, result));
        return file.end(written.map_err(|error| error.to_string()));
    }
    let mut waveforms =
        results.filter_map(|(title, result)| result.waveform().map(|wave| (title, wave)));
    match (waveforms.next(), waveforms.next()) {
        (Some((title, waveform)), None) => write_waveform(path, kind, &title, waveform),
        (found, _) => {
            let number = if found.is_some() { "more than one" } else { "no" };
            Err(Failure::new(
                format!("the deck has {number} result over an axis, this kind of file holds one"),
                "a .raw file holds the results of any analyses",
            ))
        }
    }
}

/// Writes the plot of a raw file.
fn plot(file: &mut Late<'_>, title: &str, result: &AnalysisResult) -> io::Result<()> {
    if let Some(spectrum) = result.spectrum() {
        return write_raw(file, &spectrum.to_raw(title), RawEncoding::Binary);
    }
    if let Some(waveform) = result.waveform() {
        return write_raw(file, RawView::of_waveform(title, waveform), RawEncoding::Binary);
    }
    if let AnalysisResult::OperatingPoint(OperatingPointResult { readings, .. }) = result {
        let values = readings.iter().map(|r| (r.name.as_str(), r.unit, &r.value));
        let view = RawView::of_values(title, "Operating Point", values);
        return write_raw(file, view, RawEncoding::Binary);
    }
    let (name, values): (&str, Vec<(String, f64)>) = match result {
        AnalysisResult::Transfer(found) => {
            let (source, output) = (&found.source, &found.output);
            let values = vec![
                ("transfer_function".to_owned(), found.gain),
                (format!("input_resistance_at_{source}"), found.input_resistance),
                (format!("output_resistance_at_{output}"), found.output_resistance),
            ];
            ("Transfer Function", values)
        }
        AnalysisResult::Sensitivity(found) => {
            let entries = found.entries.iter();
            let values = entries.map(|e| (e.element.clone(), e.derivative)).collect();
            ("Sensitivity Analysis", values)
        }
        AnalysisResult::PolesZeros(found) => {
            let all = [("pole", &found.poles), ("zero", &found.zeros)];
            let each = all.into_iter().flat_map(|(name, values)| {
                let values = values.iter().flatten().enumerate();
                values.flat_map(move |(k, s)| {
                    [("re", s.re), ("im", s.im)]
                        .map(|(part, value)| (format!("{part}({name}({}))", k + 1), value))
                })
            });
            ("Pole-Zero Analysis", each.collect())
        }
        AnalysisResult::OperatingPoint(_)
        | AnalysisResult::Transient(_)
        | AnalysisResult::Sweep(_)
        | AnalysisResult::Ac(_)
        | AnalysisResult::Noise(_) => ("", Vec::new()),
    };
    let values = values.iter().map(|(name, value)| (name.as_str(), "", value));
    write_raw(file, RawView::of_values(title, name, values), RawEncoding::Binary)
}
