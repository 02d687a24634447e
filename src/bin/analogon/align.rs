//! `analogon align`: segments on one clock, and their average.

mod benchmark;
mod cut;

use std::io::{Cursor, Write};
use std::path::PathBuf;

use analogon::{
    report::alignment_figure,
    signal::{
        SignalError,
        align::{Alignment, SWEEP, align_published},
        synthetic::Aligner,
    },
    wave::{Array, NpyArray, write_npz},
};
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    envelope::{
        check_extension,
        input::{InputArgs, named},
    },
    failure::{Failure, Outcome},
    files, json,
    picture::Picture,
};
use cut::{CutArgs, Pieces};

/// Segments that repeat, brought onto one clock and averaged
///
/// A sound or a single signal is cut where its envelope is quiet, and the envelopes of
/// the pieces are aligned. Of a file with several signals each is a segment.
/// `warp` shifts, stretches and gently bends; `published` shifts to the first sample
/// that reaches a part of the maximum.
///
/// Example: analogon align song.wav --method warp -o song.npz --plot song.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct AlignCommand {
    #[command(flatten)]
    input: InputArgs,

    /// How segments are brought onto one clock
    #[arg(long, value_enum, default_value = "warp", value_name = "NAME")]
    method: MethodName,

    #[command(flatten)]
    cut: CutArgs,

    /// Write average, sd, count, map, outlier and more: .npz
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Draw segments, average and maps: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Measure all methods on segments with known maps
    #[arg(long, conflicts_with_all = ["file", "output", "plot"])]
    benchmark: bool,

    /// Benchmark: sets of 50 segments of each kind
    #[arg(long, default_value_t = 20, value_name = "N", requires = "benchmark")]
    seeds: u32,
}

/// Methods by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum MethodName {
    /// Shift, by the first sample that reaches a part of the maximum
    Published,
    /// Shift, by correlation with the average
    Woody,
    /// Shift, stretch and gain
    Affine,
    /// The same and a smooth bend
    Warp,
    /// Dynamic time warping to the most typical segment
    Dtw,
    /// Dynamic time warping to the average
    Dba,
    /// Soft dynamic time warping to the average
    Softdtw,
}

impl MethodName {
    fn aligner(self) -> Aligner {
        match self {
            Self::Published => Aligner::Published,
            Self::Woody => Aligner::Woody,
            Self::Affine => Aligner::Affine,
            Self::Warp => Aligner::Warp,
            Self::Dtw => Aligner::Dtw,
            Self::Dba => Aligner::Dba,
            Self::Softdtw => Aligner::SoftDtw,
        }
    }
}

/// For programs.
#[derive(Serialize)]
struct Printed<'a> {
    method: MethodName,
    rate: f64,
    segments: usize,
    /// Minima of the slow envelope, and where it was cut, samples.
    minima: Option<usize>,
    boundaries: Option<&'a [usize]>,
    /// Instants of the common clock.
    instants: usize,
    outliers: Vec<usize>,
    mean_score: f64,
    mean_sd: f64,
    /// The part of the maximum with the least dispersion, and each that was tried.
    part: Option<f64>,
    dispersions: Option<Vec<(f64, f64)>>,
}

/// What the published sweep found.
struct Sweep {
    part: f64,
    dispersions: Vec<(f64, f64)>,
}

impl AlignCommand {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if self.benchmark {
            return benchmark::run(self.seeds, self.json, out);
        }
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        if let Some(path) = &self.output {
            check_extension(path, "npz", "an archive holds all of the results")?;
        }
        let path = self.input.path()?;
        let pieces = self.cut.pieces(&self.input)?;
        let segments: Vec<&[f64]> = pieces.segments.iter().map(Vec::as_slice).collect();
        let (alignment, sweep) = self.align(&segments).map_err(|error| named(path, &error))?;
        if let Some(path) = &self.output {
            files::write(path, &archive(&pieces, &alignment, sweep.as_ref(), self.method)?)?;
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            let title = format!("{}: {} segments", self.input.path()?.display(), segments.len());
            let figure = alignment_figure(&title, &segments, &alignment, pieces.rate);
            files::write(path, &picture.bytes(&figure)?)?;
        }
        self.print(&pieces, &alignment, sweep, out)?;
        Ok(Outcome::Holds)
    }

    fn align(&self, segments: &[&[f64]]) -> Result<(Alignment, Option<Sweep>), SignalError> {
        if self.method != MethodName::Published {
            return Ok((self.method.aligner().align(segments)?, None));
        }
        let found = align_published(segments, &SWEEP)?;
        let dispersions = SWEEP.into_iter().zip(found.dispersions).collect();
        Ok((found.alignment, Some(Sweep { part: found.part, dispersions })))
    }

    fn print(
        &self,
        pieces: &Pieces,
        alignment: &Alignment,
        sweep: Option<Sweep>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let flagged = alignment.is_outlier.iter().enumerate().filter(|(_, other)| **other);
        let outliers: Vec<usize> = flagged.map(|(k, _)| k).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let printed = Printed {
            method: self.method,
            rate: pieces.rate,
            segments: pieces.segments.len(),
            minima: pieces.minima,
            boundaries: pieces.boundaries.as_deref(),
            instants: alignment.average.len(),
            outliers,
            mean_score: mean(&alignment.scores),
            mean_sd: mean(&alignment.sd),
            part: sweep.as_ref().map(|sweep| sweep.part),
            dispersions: sweep.map(|sweep| sweep.dispersions),
        };
        if self.json {
            return json::print(&printed, out);
        }
        if let (Some(minima), Some(kept)) = (printed.minima, printed.boundaries) {
            writeln!(out, "{minima} minima of the slow envelope, {} boundaries", kept.len())?;
        }
        let seconds = printed.instants as f64 / printed.rate;
        writeln!(
            out,
            "{} segments on a clock of {} instants, {seconds:.4} s",
            printed.segments, printed.instants
        )?;
        if let (Some(part), Some(all)) = (printed.part, &printed.dispersions) {
            let least = all.iter().find(|(tried, _)| *tried == part).map_or(0.0, |(_, d)| *d);
            writeln!(out, "least dispersion {least:.6} at {part:.2} of the maximum")?;
        }
        writeln!(
            out,
            "mean correlation with the average {:.4}, mean standard deviation {:.6}",
            printed.mean_score, printed.mean_sd
        )?;
        if !printed.outliers.is_empty() {
            let names: Vec<String> = printed.outliers.iter().map(usize::to_string).collect();
            writeln!(out, "left out as something else: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// The results as arrays; `map` has a row a segment.
fn archive(
    pieces: &Pieces,
    alignment: &Alignment,
    sweep: Option<&Sweep>,
    method: MethodName,
) -> Result<Vec<u8>, Failure> {
    let list = |data: Vec<f64>| Array::Numbers(NpyArray { shape: vec![data.len()], data });
    let instants = alignment.average.len();
    let (lower, upper) = alignment.confidence();
    let map: Vec<f64> = alignment.maps.iter().flatten().copied().collect();
    let shape = vec![alignment.maps.len(), instants];
    let flags = alignment.is_outlier.iter().map(|&other| f64::from(u8::from(other)));
    let mut arrays = vec![
        ("time", list((0..instants).map(|k| k as f64 / pieces.rate).collect())),
        ("average", list(alignment.average.clone())),
        ("sd", list(alignment.sd.clone())),
        ("count", list(alignment.count.iter().map(|&c| c as f64).collect())),
        ("lower", list(lower)),
        ("upper", list(upper)),
        ("map", Array::Numbers(NpyArray { shape, data: map })),
        ("gain", list(alignment.gains.clone())),
        ("score", list(alignment.scores.clone())),
        ("outlier", list(flags.collect())),
        ("first", list(pieces.from.iter().map(|&k| k as f64).collect())),
        ("length", list(pieces.segments.iter().map(|s| s.len() as f64).collect())),
        ("rate", Array::Numbers(NpyArray { shape: Vec::new(), data: vec![pieces.rate] })),
        ("method", Array::Text(vec![format!("{method:?}").to_lowercase()])),
    ];
    if let Some(sweep) = sweep {
        arrays
            .push(("part", Array::Numbers(NpyArray { shape: Vec::new(), data: vec![sweep.part] })));
        arrays.push(("dispersion", list(sweep.dispersions.iter().map(|(_, d)| *d).collect())));
    }
    let arrays: Vec<(String, Array)> =
        arrays.into_iter().map(|(name, array)| (name.to_owned(), array)).collect();
    let written = write_npz(Cursor::new(Vec::new()), &arrays);
    Ok(written.map_err(Failure::of)?.into_inner())
}
