//! `analogon run`: every analysis of a deck.

mod measures;
mod show;
mod small;
mod steps;

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use analogon::{
    plot::Figure,
    simulate::{AnalysisResult, Path, Scheme, SimulationOptions, Verdict},
};

use crate::{
    arguments::number,
    deck::{self, DialectName},
    failure::{Failure, Outcome},
    files,
    interruption::interruption,
    picture::Picture,
    results::{WaveFile, write_results},
};

/// Carry out the analyses of a deck
///
/// Prints operating points, transfer functions and sensitivities, of transients and
/// sweeps the extremes of what the deck saves, of spectra some of their points, and
/// measures. The samples go to a file with -o. Exit code 1 where a
/// measure fails.
///
/// A deck with `.step` cards is carried out once a step, in parallel and with
/// results in order; a raw file then holds one plot a step.
///
/// With --expect, lines `*! expect NAME VALUE tol=1%` of the deck, which are
/// comments to other simulators, are compared with its measures and readings.
/// Exit code 1 where one is missed.
///
/// Ctrl-C ends the analysis under way; what was computed until then is shown and
/// written, and the exit code is 130. A second Ctrl-C ends the program.
///
/// Examples:
///   analogon run deck.cir
///   analogon run deck.cir -o deck.csv
///   analogon run deck.cir --expect
///   analogon run deck.cir --until 'v(out)>1'
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

    /// Draw transients, sweeps and spectra: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Simulator whose language the deck is written in; ngspice, with warnings where
    /// others read it differently, if this is not given
    #[arg(long, value_enum)]
    dialect: Option<DialectName>,

    /// End transients where a condition is true, such as 'v(out)>1'; may be repeated
    #[arg(long, value_name = "CONDITION")]
    until: Vec<String>,

    /// Compare with the values that the deck expects
    #[arg(long)]
    expect: bool,

    /// Print a JSON object instead of a table
    #[arg(long)]
    json: bool,
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
    /// Reduced: Dormand-Prince 8(5,3)
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
        let language = DialectName::language(self.dialect);
        let deck = deck::read_until(language, &self.deck, &self.until)?.sound()?;
        let expectations = deck.circuit.iter().map(|c| c.parts().requests.expectations.len());
        if self.expect && expectations.sum::<usize>() == 0 {
            let hint = "add lines such as `*! expect NAME 0.632 tol=1%`, where NAME is a measure";
            return Err(Failure::new("the deck expects nothing", hint));
        }
        let interrupted = interruption()?;
        let runs = steps::carry_out_all(&deck, &self.options(), &interrupted)?;
        let title = &deck.netlist.title;
        let results = || runs.iter().flat_map(|run| run.titled(title));
        if let (Some(path), Some(kind)) = (&self.output, output) {
            write_results(path, kind, results())?;
        }
        if let (Some(path), Some(kind)) = (&self.plot, picture) {
            files::write(path, &kind.bytes(&figure(title, results().map(|(_, r)| r))?)?)?;
        }
        if self.json {
            show::json(&runs, self.expect, out)?;
        } else {
            steps::text(&deck.map, &runs, self.expect, out)?;
            for path in self.output.iter().chain(&self.plot) {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        if interrupted.load(Ordering::Relaxed) {
            return Ok(Outcome::Interrupted);
        }
        let good = runs.iter().all(|run| {
            let met = !self.expect || run.simulation.verdicts.iter().all(Verdict::holds);
            met && run.simulation.all_measured()
        });
        Ok(if good { Outcome::Holds } else { Outcome::Fails })
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

/// All that has an axis below each other.
fn figure<'r>(
    title: &str,
    results: impl Iterator<Item = &'r AnalysisResult>,
) -> Result<Figure, Failure> {
    let mut figure = Figure { title: title.to_owned(), ..Figure::default() };
    for result in results {
        if let Some(spectrum) = result.spectrum() {
            figure.panels.extend(Figure::of_spectrum(spectrum, "").panels);
        } else if let Some(waveform) = result.waveform() {
            figure.panels.extend(Figure::of_waveform(waveform, "").panels);
        }
    }
    if figure.panels.is_empty() {
        return Err(Failure::new(
            "the deck has nothing to plot",
            "add a `.tran`, `.dc`, `.ac` or `.noise` card",
        ));
    }
    Ok(figure)
}
