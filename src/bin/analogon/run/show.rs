//! Results for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use analogon::{
    simulate::{AnalysisResult, Ending, OperatingPointResult, Path, Reading, TransientResult},
    solve::{Aid, Counters},
    units::si,
    wave::Signal,
};
use serde::Serialize;

use super::{measures, small, steps::Run};

/// Lines of a table before it is cut short.
const MOST_LINES: usize = 40;

/// Writes a summary of every analysis.
pub(super) fn analyses(results: &[AnalysisResult], out: &mut dyn Write) -> io::Result<()> {
    for result in results {
        writeln!(out)?;
        match result {
            AnalysisResult::OperatingPoint(point) => operating_point(point, out)?,
            AnalysisResult::Transient(transient) => self::transient(transient, out)?,
            AnalysisResult::Sweep(found) => small::sweep(found, out)?,
            AnalysisResult::Ac(found) => small::ac(found, out)?,
            AnalysisResult::Noise(found) => small::noise(found, out)?,
            AnalysisResult::Transfer(found) => small::transfer(found, out)?,
            AnalysisResult::Sensitivity(found) => small::sensitivity(found, out)?,
            AnalysisResult::PolesZeros(found) => small::poles_zeros(found, out)?,
        }
    }
    Ok(())
}

fn operating_point(point: &OperatingPointResult, out: &mut dyn Write) -> io::Result<()> {
    let aid = match point.aid {
        Aid::None => "",
        Aid::ShuntStepping => ", with shunts to ground that were taken away",
        Aid::SourceStepping => ", with sources raised step by step",
        Aid::PseudoTransient => ", by a pseudo-transient",
    };
    writeln!(out, "operating point: {} Newton iterations{aid}", point.counters.iterations)?;
    let rows =
        point.readings.iter().map(|Reading { name, unit, value }| [name.clone(), si(*value, unit)]);
    cut_table(rows, point.readings.len(), out)
}

fn transient(result: &TransientResult, out: &mut dyn Write) -> io::Result<()> {
    let TransientResult { waveform, path, why, method, counters, .. } = result;
    let time = waveform.time();
    let (first, last) = (time[0], time[time.len() - 1]);
    writeln!(out, "transient from {} to {}: {} points", si(first, "s"), si(last, "s"), time.len())?;
    match &result.ending {
        Ending::Stop => {}
        Ending::Unmet(names) => writeln!(out, "  at no point true: {names}")?,
        Ending::Condition(name) => writeln!(out, "  ended there, because {name} is true")?,
        Ending::Interrupted => writeln!(out, "  interrupted there")?,
    }
    writeln!(out, "  {path} path, because {why}")?;
    if let Some(fault) = result.refusal.first() {
        writeln!(out, "  ({})", fault.message)?;
    }
    writeln!(out, "  {method}: {}", work(counters))?;
    let title = ["signal", "minimum", "maximum", "final"].map(str::to_owned);
    let rows = waveform.signals().iter().map(|signal| {
        let Summary { name, unit, minimum, maximum, last } = Summary::of(signal);
        [name.to_owned(), si(minimum, unit), si(maximum, unit), si(last, unit)]
    });
    cut_table(std::iter::once(title).chain(rows), 1 + waveform.signals().len(), out)
}

fn work(counters: &Counters) -> String {
    let Counters { evaluations, factorisations, accepted, rejected, .. } = counters;
    format!(
        "{accepted} steps kept, {rejected} taken back, {evaluations} evaluations, {factorisations} factorisations"
    )
}

/// Columns side by side, the first to the left, the others to the right.
pub(super) fn table(
    rows: impl Iterator<Item = impl AsRef<[String]>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows: Vec<_> = rows.collect();
    let count = rows.len();
    cut_table(rows.into_iter(), count, out)
}

/// The same of `count` rows, of which only those that are shown are made.
fn cut_table(
    rows: impl Iterator<Item = impl AsRef<[String]>>,
    count: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown: Vec<_> = rows.take(MOST_LINES).collect();
    let mut widths = Vec::new();
    for row in &shown {
        for (at, cell) in row.as_ref().iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(at) {
                Some(known) => *known = std::cmp::max(*known, width),
                None => widths.push(width),
            }
        }
    }
    for row in &shown {
        let mut line = String::new();
        for (at, (cell, &width)) in row.as_ref().iter().zip(&widths).enumerate() {
            let cell =
                if at == 0 { format!("  {cell:<width$}") } else { format!("  {cell:>width$}") };
            line.push_str(&cell);
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    if shown.len() < count {
        writeln!(out, "  ... and {} more; -o writes all of them", count - shown.len())?;
    }
    Ok(())
}

/// A signal in four numbers.
#[derive(Debug, Serialize)]
pub(super) struct Summary<'a> {
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    #[serde(rename = "final")]
    pub(super) last: f64,
}

impl<'a> Summary<'a> {
    pub(super) fn of(signal: &'a Signal) -> Self {
        let extreme = |choose: fn(f64, f64) -> bool| {
            let values = signal.values.iter().copied();
            values.reduce(|a, b| if choose(b, a) { b } else { a }).unwrap_or_default()
        };
        Self {
            name: &signal.name,
            unit: &signal.unit,
            minimum: extreme(|new, old| new < old),
            maximum: extreme(|new, old| new > old),
            last: signal.values.last().copied().unwrap_or_default(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    title: &'a str,
    elements: usize,
    nodes: usize,
    /// The results of a deck without steps.
    #[serde(flatten)]
    results: Option<Results<'a>>,
    /// Those of a deck with steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Results<'a>>,
}

#[derive(Debug, Serialize)]
struct Results<'a> {
    /// What the step sets.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'a str, f64>,
    /// The operating point, if there is one: quantity to value.
    op: BTreeMap<&'a str, f64>,
    measures: BTreeMap<&'a str, measures::Outcome<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fourier: Vec<measures::Spectrum<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Vec<measures::Judged<'a>>>,
    /// Of all analyses together.
    counters: Counters,
    analyses: Vec<Analysis<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "analysis", rename_all = "lowercase")]
enum Analysis<'a> {
    Op {
        op: BTreeMap<&'a str, f64>,
        aid: Aid,
        counters: Counters,
    },
    Tran {
        path: Path,
        why: &'a str,
        refusal: Vec<&'a str>,
        method: &'a str,
        start: f64,
        stop: f64,
        points: usize,
        ended: &'a Ending,
        counters: Counters,
        signals: Vec<Summary<'a>>,
    },
    #[serde(untagged)]
    Other(small::Printed<'a>),
}

/// Writes the results of all steps as one JSON object.
pub(super) fn json(runs: &[Run<'_>], expect: bool, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = runs.first() else { return Ok(()) };
    let stepped = runs.len() > 1 || !first.settings.is_empty();
    let report = Report {
        title: &first.circuit.parts().title,
        elements: first.circuit.elements().len(),
        nodes: first.circuit.parts().nodes.len().saturating_sub(1),
        results: (!stepped).then(|| results(first, expect)),
        steps: runs.iter().filter(|_| stepped).map(|run| results(run, expect)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn results<'r>(run: &'r Run<'_>, expect: bool) -> Results<'r> {
    let simulation = &run.simulation;
    let point = simulation.analyses.iter().find_map(|result| match result {
        AnalysisResult::OperatingPoint(point) => Some(readings(point)),
        _ => None,
    });
    Results {
        settings: run.settings.iter().map(|s| (s.name.as_str(), s.value)).collect(),
        op: point.unwrap_or_default(),
        measures: measures::outcomes(simulation),
        fourier: measures::spectra(simulation),
        expected: expect.then(|| measures::judged(simulation)),
        counters: simulation.counters(),
        analyses: simulation.analyses.iter().map(analysis).collect(),
    }
}

fn readings(point: &OperatingPointResult) -> BTreeMap<&str, f64> {
    point.readings.iter().map(|reading| (reading.name.as_str(), reading.value)).collect()
}

fn analysis(result: &AnalysisResult) -> Analysis<'_> {
    match result {
        AnalysisResult::OperatingPoint(point) => {
            Analysis::Op { op: readings(point), aid: point.aid, counters: point.counters }
        }
        AnalysisResult::Transient(result) => {
            let time = result.waveform.time();
            Analysis::Tran {
                path: result.path,
                why: &result.why,
                refusal: result.refusal.iter().map(|fault| fault.message.as_str()).collect(),
                method: result.method,
                start: time[0],
                stop: time[time.len() - 1],
                points: time.len(),
                ended: &result.ending,
                counters: result.counters,
                signals: result.waveform.signals().iter().map(Summary::of).collect(),
            }
        }
        other => Analysis::Other(small::printed(other)),
    }
}
