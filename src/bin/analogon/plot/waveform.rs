//! Figures of samples.

use std::io::Cursor;
use std::path::Path;

use analogon::{
    diag::nearest,
    plot::Figure,
    units::count,
    wave::{
        ArchiveError, RawData, RawError, RawPlot, Signal, Spectrum, WaveError, Waveform, read_csv,
        read_raw, read_waveform_npz,
    },
};
use serde::Serialize;
use serde_json::json;

use super::{Drawing, Plot, stem, title};
use crate::{deck::is_deck, failure::Failure, files, results::WaveFile};

/// What is printed of a signal.
#[derive(Serialize)]
struct Extremes<'w> {
    name: &'w str,
    unit: &'w str,
    minimum: f64,
    maximum: f64,
    last: f64,
}

/// Draws a file of samples.
pub(super) fn draw(plot: &Plot) -> Result<Drawing, Failure> {
    let path = plot.one_file()?;
    let all = read(path)?;
    let mut figure = Figure { title: title(path), ..Figure::default() };
    let (mut numbers, mut lines) = (Vec::new(), Vec::new());
    for samples in all {
        let samples = samples.chosen(&plot.signals)?;
        figure.panels.extend(samples.figure().panels);
        let waveform = samples.waveform();
        let points = waveform.time().len();
        lines.push(format!(
            "{}, {}",
            count(waveform.signals().len(), "signal"),
            count(points, "point")
        ));
        let (from, to) = (waveform.time()[0], waveform.time()[points - 1]);
        let signals: Vec<Extremes<'_>> = waveform.signals().iter().map(extremes).collect();
        numbers.push(json!({ "points": points, "from": from, "to": to, "signals": signals }));
    }
    let numbers = json!({ "figure": "waveform", "file": title(path), "waveforms": numbers });
    Ok(Drawing { figure, numbers, lines, name: format!("{}.svg", stem(path)) })
}

fn extremes(signal: &Signal) -> Extremes<'_> {
    let values = || signal.values.iter().copied();
    let (minimum, maximum) = (values().min_by(f64::total_cmp), values().max_by(f64::total_cmp));
    Extremes {
        name: &signal.name,
        unit: &signal.unit,
        minimum: minimum.unwrap_or(f64::NAN),
        maximum: maximum.unwrap_or(f64::NAN),
        last: values().next_back().unwrap_or(f64::NAN),
    }
}

/// All that a file holds over an axis.
fn read(path: &Path) -> Result<Vec<Samples>, Failure> {
    let shown = path.display();
    let bad = |error: &dyn std::fmt::Display| Failure::new(format!("{shown}: {error}"), "");
    let Some(kind) = WaveFile::of(path) else {
        if is_deck(path) {
            let hint = format!("`analogon run {shown} --plot deck.svg` draws what it does");
            return Err(Failure::new(format!("`{shown}` is a deck"), hint));
        }
        let hint =
            "of a network, --figure says what is drawn; `analogon plot --list` lists the figures";
        let text = format!("`{shown}` does not end like a file of waveforms (.raw, .csv, .npz)");
        return Err(Failure::new(text, hint));
    };
    let bytes = files::read(path)?;
    match kind {
        WaveFile::Csv => Ok(vec![Samples::Real(read_csv(&bytes[..]).map_err(|e| bad(&e))?)]),
        WaveFile::Npz => match read_waveform_npz(Cursor::new(bytes)) {
            Ok(waveform) => Ok(vec![Samples::Real(waveform)]),
            Err(ArchiveError::NoTime { present }) if present.iter().any(|name| name == "W") => {
                let hint =
                    "--figure says what of it is drawn; `analogon plot --list` lists the figures";
                Err(Failure::new(format!("`{shown}` is a network, not a waveform"), hint))
            }
            Err(error) => Err(bad(&error)),
        },
        WaveFile::Raw => {
            let plots = read_raw(&bytes[..]).map_err(|error| bad(&error))?;
            // Operating points and the like have no axis; alone they are a fault.
            let chosen: Vec<&RawPlot> = plots.iter().filter(|p| p.axis().is_some()).collect();
            let chosen = if chosen.is_empty() { plots.iter().collect() } else { chosen };
            chosen.into_iter().map(|plot| samples(plot).map_err(|error| bad(&error))).collect()
        }
    }
}

fn samples(plot: &RawPlot) -> Result<Samples, RawError> {
    match &plot.data {
        RawData::Real(_) => plot.to_waveform().map(Samples::Real),
        RawData::Complex(_) => plot.to_spectrum().map(Samples::Complex),
    }
}

/// Signals over an axis.
enum Samples {
    Real(Waveform),
    Complex(Spectrum),
}

impl Samples {
    /// As real signals.
    fn waveform(&self) -> &Waveform {
        match self {
            Self::Real(waveform) => waveform,
            Self::Complex(spectrum) => spectrum.parts(),
        }
    }

    fn figure(&self) -> Figure {
        match self {
            Self::Real(waveform) => Figure::of_waveform(waveform, ""),
            Self::Complex(spectrum) => Figure::of_spectrum(spectrum, ""),
        }
    }

    /// Only the signals asked for, in that order; all where none are.
    fn chosen(self, names: &[String]) -> Result<Self, Failure> {
        if names.is_empty() {
            return Ok(self);
        }
        let twice = |error: WaveError| Failure::new(error.to_string(), "name every signal once");
        match self {
            Self::Real(waveform) => {
                let known = waveform.signals().iter().map(|signal| signal.name.as_str());
                let signals = pick(names, |name| waveform.signal(name), known)?;
                let found = Waveform::over(waveform.axis(), waveform.time().to_vec(), signals);
                found.map(Self::Real).map_err(twice)
            }
            Self::Complex(spectrum) => {
                let known = spectrum.signals().iter().map(|signal| signal.name.as_str());
                let signals = pick(names, |name| spectrum.signal(name), known)?;
                let found = Spectrum::new(spectrum.frequencies().to_vec(), signals);
                found.map(Self::Complex).map_err(twice)
            }
        }
    }
}

/// What `find` has for each of `names`, among the `known` ones.
fn pick<'s, S: Clone + 's>(
    names: &[String],
    find: impl Fn(&str) -> Option<&'s S>,
    known: impl Iterator<Item = &'s str>,
) -> Result<Vec<S>, Failure> {
    let missing = names.iter().find(|name| find(name).is_none());
    if let Some(name) = missing {
        let known: Vec<&str> = known.collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there are {}", shortened(&known)),
        };
        return Err(Failure::new(format!("there is no signal `{name}`"), hint));
    }
    Ok(names.iter().filter_map(|name| find(name)).cloned().collect())
}

/// A list of names that stays readable.
fn shortened(names: &[&str]) -> String {
    const MOST: usize = 12;
    let rest = names.len().saturating_sub(MOST);
    let first = names[..names.len() - rest].join(", ");
    if rest > 0 { format!("{first} and {rest} more") } else { first }
}
