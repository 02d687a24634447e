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
/// them in a raw file, one that has an axis in the others.
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
    let mut waveforms =
        results.filter_map(|(title, result)| result.waveform().map(|wave| (title, wave)));
    match (waveforms.next(), waveforms.next()) {
        (Some((title, waveform)), None) => waveform_bytes(kind, &title, waveform),
        (found, _) => {
            let number = if found.is_some() { "more than one" } else { "no" };
            Err(Failure::new(
                format!("the deck has {number} result over an axis, this kind of file holds one"),
                "a .raw file holds the results of any analyses",
            ))
        }
    }
}

/// The plot of a raw file.
fn plot(title: &str, result: &AnalysisResult) -> RawPlot {
    if let Some(spectrum) = result.spectrum() {
        return spectrum.to_raw(title);
    }
    if let Some(waveform) = result.waveform() {
        return RawPlot::from_waveform(title, waveform);
    }
    let (name, values): (&str, Vec<(String, &str, f64)>) = match result {
        AnalysisResult::OperatingPoint(OperatingPointResult { readings, .. }) => {
            let readings = readings.iter();
            ("Operating Point", readings.map(|r| (r.name.clone(), r.unit, r.value)).collect())
        }
        AnalysisResult::Transfer(found) => {
            let (source, output) = (&found.source, &found.output);
            let values = vec![
                ("transfer_function".to_owned(), "", found.gain),
                (format!("input_resistance_at_{source}"), "", found.input_resistance),
                (format!("output_resistance_at_{output}"), "", found.output_resistance),
            ];
            ("Transfer Function", values)
        }
        AnalysisResult::Sensitivity(found) => {
            let entries = found.entries.iter();
            let values = entries.map(|e| (e.element.clone(), "", e.derivative)).collect();
            ("Sensitivity Analysis", values)
        }
        AnalysisResult::PolesZeros(found) => {
            let all = [("pole", &found.poles), ("zero", &found.zeros)];
            let each = all.into_iter().flat_map(|(name, values)| {
                let values = values.iter().flatten().enumerate();
                values.flat_map(move |(k, s)| {
                    [("re", s.re), ("im", s.im)]
                        .map(|(part, value)| (format!("{part}({name}({}))", k + 1), "", value))
                })
            });
            ("Pole-Zero Analysis", each.collect())
        }
        AnalysisResult::Transient(_)
        | AnalysisResult::Sweep(_)
        | AnalysisResult::Ac(_)
        | AnalysisResult::Noise(_) => ("", Vec::new()),
    };
    RawPlot {
        title: title.to_owned(),
        date: String::new(),
        name: name.to_owned(),
        variables: values.iter().map(|(name, unit, _)| RawVariable::of(name, unit)).collect(),
        data: RawData::Real(values.iter().map(|(_, _, value)| vec![*value]).collect()),
    }
}
