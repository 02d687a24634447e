//! `analogon run`: every analysis of a deck.

mod measures;
mod show;

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    diag::SourceMap,
    plot::Figure,
    simulate::{
        AnalysisResult, Path, Scheme, SimulationError, SimulationOptions, Verdict, carry_out,
    },
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
/// Prints operating points, of every transient the extremes of what the deck
/// saves, and measures. The samples go to a file with -o. Exit code 1 where a
/// measure fails.
///
/// With --expect, lines `*! expect NAME VALUE tol=1%` of the deck, which are
/// comments to other simulators, are compared with its measures and readings.
/// Exit code 1 where one is missed.
///
/// Examples:
///   analogon run deck.cir
///   analogon run deck.cir -o deck.csv
///   analogon run deck.cir --expect
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

    /// Compare with the values that the deck expects
    #[arg(long)]
    expect: bool,

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
        if self.expect && circuit.parts().requests.expectations.is_empty() {
            let hint = "add lines such as `*! expect NAME 0.632 tol=1%`, where NAME is a measure";
            return Err(Failure::new("the deck expects nothing", hint));
        }
        let simulation = {
            let mut progress = Progress::new("simulating");
            carry_out(&circuit, &self.options(), &mut |fraction| progress.report(fraction))
                .map_err(|error| failure(&map, &error))?
        };
        let results = &simulation.analyses;
        if let (Some(path), Some(kind)) = (&self.output, output) {
            files::write(path, &result_bytes(kind, &circuit.parts().title, results)?)?;
        }
        if let (Some(path), Some(kind)) = (&self.plot, picture) {
            files::write(path, &kind.bytes(&figure(&circuit.parts().title, results)?)?)?;
        }
        let met = !self.expect || simulation.verdicts.iter().all(Verdict::holds);
        if self.json {
            show::json(&circuit, &simulation, self.expect, out)?;
        } else {
            show::text(&circuit, results, out)?;
            measures::text(&map, &simulation, self.expect, out)?;
            for path in self.output.iter().chain(&self.plot) {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(if met && simulation.all_measured() { Outcome::Holds } else { Outcome::Fails })
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
