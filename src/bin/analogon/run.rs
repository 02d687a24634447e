//! `analogon run`: every analysis of a deck.

mod show;

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    diag::SourceMap,
    plot::Figure,
    simulate::{AnalysisResult, Path, Scheme, SimulationError, SimulationOptions, simulate},
    units::parse_number,
};

use crate::{
    deck,
    failure::{Failure, Outcome},
    files,
    picture::Picture,
    progress::Progress,
    results::{WaveFile, result_bytes},
};

/// Carry out the analyses of a deck
///
/// Prints operating points, and of every transient the extremes of what the
/// deck saves. The samples go to a file with -o.
///
/// Examples:
///   analogon run deck.cir
///   analogon run deck.cir -o deck.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Run {
    /// Deck to simulate; - for the standard input
    deck: PathBuf,

    /// Equations to integrate: the circuit's as they are, or its normal form
    #[arg(long, value_enum, default_value = "auto")]
    path: PathName,

    /// Integration method
    #[arg(long, value_enum, default_value = "auto")]
    method: Method,

    /// Relative tolerance instead of the deck's
    #[arg(long, value_name = "X", value_parser = number)]
    reltol: Option<f64>,

    /// Write all results to a file: .raw, .csv or .npz
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Draw all transients: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print a JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// A number with an optional scale, such as `10k`.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    parse_number(text).map_err(|error| error.to_string())
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PathName {
    /// The normal form where it exists and is cheaper
    Auto,
    /// Modified nodal analysis
    Mna,
    /// Normal form
    Reduced,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Method {
    /// What the deck says or the path suggests
    Auto,
    /// MNA: trapezoidal rule
    #[value(alias = "trap")]
    Trapezoidal,
    /// MNA: Gear's method of order 2
    #[value(alias = "gear")]
    Gear2,
    /// Reduced: Dormand-Prince 5(4)
    Explicit,
    /// Reduced: RODAS 4(3)
    Implicit,
    /// Reduced: `Dopri5` of the crate `ode_solvers`
    Dopri5,
    /// Reduced: `Dop853` of the crate `ode_solvers`
    Dop853,
    /// Reduced: `Rk4` of the crate `ode_solvers`
    Rk4,
}

impl Run {
    fn options(&self) -> SimulationOptions {
        let path = match self.path {
            PathName::Auto => Path::Auto,
            PathName::Mna => Path::Mna,
            PathName::Reduced => Path::Reduced,
        };
        let scheme = match self.method {
            Method::Auto => Scheme::Auto,
            Method::Trapezoidal => Scheme::Trapezoidal,
            Method::Gear2 => Scheme::Gear2,
            Method::Explicit => Scheme::Explicit,
            Method::Implicit => Scheme::Implicit,
            Method::Dopri5 => Scheme::Dopri5,
            Method::Dop853 => Scheme::Dop853,
            Method::Rk4 => Scheme::Rk4,
        };
        SimulationOptions { path, scheme, reltol: self.reltol }
    }

    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let output = self.output.as_deref().map(wave_file).transpose()?;
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let (map, circuit) = deck::load(&self.deck)?;
        let results = {
            let mut progress = Progress::new("simulating");
            simulate(&circuit, &self.options(), &mut |fraction| progress.report(fraction))
                .map_err(|error| failure(&map, &error))?
        };
        if let (Some(path), Some(kind)) = (&self.output, output) {
            files::write(path, &result_bytes(kind, deck::title(&circuit), &results)?)?;
        }
        if let (Some(path), Some(kind)) = (&self.plot, picture) {
            files::write(path, &kind.bytes(&figure(deck::title(&circuit), &results)?)?)?;
        }
        if self.json {
            show::json(&circuit, &results, out)?;
        } else {
            show::text(&circuit, &results, out)?;
            for path in self.output.iter().chain(&self.plot) {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(Outcome::Holds)
    }
}

/// The kind of an output file, checked before any work is done for it.
fn wave_file(path: &std::path::Path) -> Result<WaveFile, Failure> {
    files::check_output(path)?;
    WaveFile::of(path).ok_or_else(|| {
        Failure::new(
            format!("`{}` does not end like a file of waveforms", path.display()),
            format!("known are {}", WaveFile::KNOWN),
        )
    })
}

/// All transients below each other.
fn figure(title: &str, results: &[AnalysisResult]) -> Result<Figure, Failure> {
    let mut figure = Figure { title: title.to_owned(), ..Figure::default() };
    for result in results {
        if let AnalysisResult::Transient(transient) = result {
            figure.panels.extend(Figure::of_waveform(&transient.waveform, "").panels);
        }
    }
    if figure.panels.is_empty() {
        return Err(Failure::new("the deck has no transient to plot", "add a `.tran` card"));
    }
    Ok(figure)
}

fn failure(map: &SourceMap, error: &SimulationError) -> Failure {
    Failure::of_deck(map, &error.diagnostics())
}
