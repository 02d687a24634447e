//! analogon beside ngspice, each as a program of its own on the same decks: processor
//! time, peak memory, and the error of both.
//!
//! The decks are written into a temporary folder; the programs take turns, several
//! times, and the median counts. Processor time is user and system of all threads.
//! Every result is compared with what is right, which comes from the equation of the
//! network, a closed form or elimination where there is one, and else from analogon with
//! a finer step and tolerance. The error is the largest absolute one, over all signals
//! that the deck saves and all points of the simulator that is judged.
//!
//! One JSON object a line on the standard output, then the tables. Rows that ngspice
//! takes minutes for have it only with `--full`. `PYTHON` names an interpreter with
//! SciPy, for one row more.
//!
//! ```text
//! cargo bench --bench against_ngspice                  # about four minutes
//! cargo bench --bench against_ngspice -- --quick       # seconds
//! cargo bench --bench against_ngspice -- ladder grid   # names that contain one of these
//! cargo bench --bench against_ngspice -- --full        # ngspice on everything: hours
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark reads files and the clock, and prints"
)]

mod against;
mod decks;
mod python;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use analogon::wave::read_raw;

use against::{
    cases::{CASES, Case, Check, Effort, Problem},
    child::{self, Cost},
    compare::{self, Truth},
    inside,
    show::{Row, Table},
};
use decks::network::WEIGHTS;

/// What a run of the benchmark is asked for.
struct Request {
    quick: bool,
    full: bool,
    /// How often each program runs; `None` for as often as its time suggests.
    rounds: Option<usize>,
    names: Vec<String>,
}

const USAGE: &str =
    "cargo bench --bench against_ngspice -- [--quick | --full] [--rounds N] [NAME...]";

impl Request {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut request = Self { quick: false, full: false, rounds: None, names: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo's own.
                "--bench" => {}
                "--quick" => request.quick = true,
                "--full" => request.full = true,
                "--rounds" => {
                    let number = arguments.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                    request.rounds = Some(number.ok_or("--rounds needs a number")?);
                }
                other if other.starts_with('-') => return Err(format!("`{other}` is unknown")),
                name => request.names.push(name.to_owned()),
            }
        }
        Ok(request)
    }

    /// True for a row of that name that takes so long.
    fn wants(&self, name: &str, effort: Effort) -> bool {
        let named =
            self.names.is_empty() || self.names.iter().any(|part| name.contains(part.as_str()));
        named && (!self.quick || effort == Effort::Little)
    }

    /// Seconds of the wall's clock for one run of ngspice.
    fn limit(&self) -> f64 {
        if self.full { 4.0 * 3600.0 } else { 300.0 }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == child::WORD) {
        return child::measure(&arguments[1..]);
    }
    match Request::of(&arguments).and_then(|request| run(&request)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}\nusage: {USAGE}");
            ExitCode::from(2)
        }
    }
}

/// True where no error is too large.
fn run(request: &Request) -> Result<bool, String> {
    let folder = Folder::new()?;
    let rival = ngspice();
    match &rival {
        Some((_, version)) => println!("beside {version}"),
        None => println!("ngspice is not on this machine: its columns stay empty"),
    }
    let mut table = Table::default();
    for case in CASES.iter().filter(|case| request.wants(case.deck, case.effort)) {
        let rival = rival.as_ref().map(|(path, _)| path.as_path());
        let row = compared(case, request, rival, &folder.0)
            .unwrap_or_else(|reason| Row::failed(case.deck, case.n, &reason));
        table.add(row);
    }
    if request.wants(inside::NAME, Effort::Seconds) {
        table.add(inside::simulation_part()?);
    }
    table.print();
    if request.wants("size", Effort::Little) {
        inside::sizes(request.quick)?;
    }
    Ok(table.is_good())
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("against-ngspice-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder of temporary files that stays does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// ngspice and its version, where it is there.
fn ngspice() -> Option<(PathBuf, String)> {
    let path = PathBuf::from("ngspice");
    let output = Command::new(&path).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains("ngspice-"))?;
    let version = line.split_whitespace().find(|word| word.starts_with("ngspice-"))?.to_owned();
    Some((path, version))
}

/// A program on a deck.
struct Runner<'a> {
    program: &'a Path,
    arguments: Vec<&'a str>,
    /// What it writes.
    raw: &'a str,
    limit: f64,
    /// What its runs took, or why there are none.
    costs: Result<Vec<Cost>, String>,
}

impl Runner<'_> {
    fn run(&mut self, folder: &Path) {
        if let Ok(costs) = &mut self.costs {
            match child::cost(self.program, &self.arguments, folder, self.limit) {
                Ok(cost) => costs.push(cost),
                Err(reason) => self.costs = Err(reason),
            }
        }
    }

    /// How often to run it again.
    fn rounds(&self) -> usize {
        match self.costs.as_ref().ok().and_then(|costs| costs.first()) {
            Some(first) if first.cpu_s < 0.5 => 5,
            Some(first) if first.cpu_s < 3.0 => 3,
            _ => 1,
        }
    }

    /// Its figures and its error.
    fn figures(&self, folder: &Path, names: &[String], truth: Option<&Truth>) -> Figures {
        let costs = self.costs.clone()?;
        let Some(truth) = truth else { return Ok((middle(&costs), None)) };
        let raw = fs::read(folder.join(self.raw)).map_err(|error| error.to_string())?;
        Ok((middle(&costs), Some(compare::error(&raw, names, truth)?)))
    }
}

/// Median cost and error.
type Figures = Result<((f64, Option<f64>), Option<f64>), String>;

/// The median of the time and of the peak.
fn middle(costs: &[Cost]) -> (f64, Option<f64>) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let time = median(costs.iter().map(|cost| cost.cpu_s).collect());
    (time.unwrap_or(f64::NAN), median(costs.iter().filter_map(|cost| cost.peak_mb).collect()))
}

/// One row.
fn compared(
    case: &Case,
    request: &Request,
    rival: Option<&Path>,
    folder: &Path,
) -> Result<Row, String> {
    eprintln!("{} {}", case.deck, case.n);
    let Problem { text, matrix, names, check } = (case.make)(case.n);
    let files = [("deck.cir", Some(text.into_bytes())), (WEIGHTS, matrix)];
    for (name, bytes) in files {
        if let Some(bytes) = bytes {
            fs::write(folder.join(name), bytes).map_err(|error| error.to_string())?;
        }
    }
    let reads = matches!(check, Check::OnlyRead);
    let run = |program, arguments, raw, limit| Runner {
        program,
        arguments,
        raw,
        limit,
        costs: Ok(Vec::new()),
    };
    let own = if reads {
        vec!["check", "deck.cir"]
    } else {
        vec!["run", "deck.cir", "-o", "analogon.raw"]
    };
    let mut own = run(Path::new(env!("CARGO_BIN_EXE_analogon")), own, "analogon.raw", 3600.0);
    let much = case.effort == Effort::RivalMinutes && !request.full;
    let alone = case.effort == Effort::Alone;
    let mut other = rival.filter(|_| !much && !alone).map(|program| {
        let arguments = if reads {
            vec!["-b", "deck.cir"]
        } else {
            vec!["-b", "-r", "ngspice.raw", "deck.cir"]
        };
        run(program, arguments, "ngspice.raw", request.limit())
    });
    let mut round = 0;
    while round < 1 || round < request.rounds.unwrap_or_else(|| own.rounds()) {
        own.run(folder);
        // Where ngspice takes long once has to do.
        if let Some(other) = other.as_mut().filter(|o| round < std::cmp::max(o.rounds(), 1)) {
            other.run(folder);
        }
        round += 1;
    }
    let truth = truth(check, &names, folder)?;
    let found = own.figures(folder, &names, truth.as_ref())?;
    let note = match (rival, much) {
        (Some(_), true) => Some("minutes for ngspice: with --full".to_owned()),
        (Some(_), false) if alone => Some("ngspice has no arrays".to_owned()),
        _ => None,
    };
    let theirs = other.map(|other| other.figures(folder, &names, truth.as_ref()));
    Ok(Row::of((case.deck, case.n), "ngspice", found, theirs).with(note).bounded(case.bound))
}

fn truth(check: Check, names: &[String], folder: &Path) -> Result<Option<Truth>, String> {
    match check {
        Check::OnlyRead => Ok(None),
        Check::Known(truth) => Ok(Some(truth)),
        Check::Finer(text, options) => {
            let words = |error: std::io::Error| error.to_string();
            fs::write(folder.join("finer.cir"), text).map_err(words)?;
            let arguments = [&["run", "finer.cir", "-o", "finer.raw"], options].concat();
            child::cost(Path::new(env!("CARGO_BIN_EXE_analogon")), &arguments, folder, 3600.0)?;
            let raw = fs::read(folder.join("finer.raw")).map_err(words)?;
            let plots = read_raw(&raw[..]).map_err(|fault| fault.to_string())?;
            let plot = plots.last().ok_or("the reference is empty")?;
            let wave = plot.to_waveform().map_err(|fault| fault.to_string())?;
            Truth::of_waveform(wave, names).map(Some)
        }
    }
}
