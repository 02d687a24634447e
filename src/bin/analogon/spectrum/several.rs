//! Several subjects: a table, and figures of all.

use std::io::Write;
use std::path::Path;

use analogon::{dynamics::spectrum::SpectrumSummary, report::SpectrumRow};
use serde::Serialize;

use super::{
    Examined, SpectrumCommand,
    figures::{self, FigureName},
};
use crate::{
    failure::{Failure, Outcome},
    files, json,
    picture::Picture,
    progress::Progress,
};

/// One row of the table.
#[derive(Serialize)]
struct Row<'a> {
    subject: &'a str,
    units: usize,
    spectral_radius: f64,
    largest_real_part: f64,
    smallest_modulus: f64,
    seventh_modulus: Option<f64>,
    henrici: f64,
    initial_henrici: Option<f64>,
    growing_in_the_map: Option<usize>,
    growing_in_the_flow: Option<usize>,
    dominant: usize,
    bulk_outer: Option<f64>,
    bulk_outer_low: Option<f64>,
    bulk_outer_high: Option<f64>,
    bulk_inner: Option<f64>,
    theory: String,
    theory_outer: Option<f64>,
    theory_inner: Option<f64>,
    outlier: Option<f64>,
    distance: Option<f64>,
}

/// For programs.
#[derive(Serialize)]
struct Printed<'a> {
    /// What counts as radius.
    radius_rule: &'static str,
    /// Mean radius and its standard error.
    mean_radius: f64,
    standard_error: f64,
    subjects: Vec<Row<'a>>,
}

pub(super) fn run(
    command: &SpectrumCommand,
    picture: Option<Picture>,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let name = command.figure.unwrap_or(FigureName::Radii);
    if picture.is_some() {
        // Refused before any work is done for it.
        figures::several(name, &[], command.radius)?;
    }
    if command.pseudospectrum.is_some() {
        let hint = "name one subject for its pseudospectrum";
        return Err(Failure::new("a pseudospectrum is that of one subject", hint));
    }
    let examined = examined(command)?;
    let rows: Vec<Row<'_>> = examined.iter().map(row).collect();
    let drawn = drawn(command, &examined)?;
    if let Some(path) = &command.output {
        files::write(path, &csv(&rows)?)?;
    }
    if let (Some(path), Some(picture)) = (&command.plot, picture) {
        let figure = figures::several(name, &drawn, command.radius)?;
        files::write(path, &picture.bytes(&figure)?)?;
    }
    let radii: Vec<f64> = drawn.iter().map(|row| row.radius).collect();
    let (mean, error) = mean(&radii);
    if command.json {
        let printed = Printed {
            radius_rule: command.radius.name(),
            mean_radius: mean,
            standard_error: error,
            subjects: rows,
        };
        json::print(&printed, out)?;
        return Ok(Outcome::Holds);
    }
    table(&rows, out)?;
    writeln!(out, "\n{}: mean {mean:.4} \u{b1} {error:.4}", command.radius.name())?;
    for path in [&command.output, &command.plot].into_iter().flatten() {
        written(path, out)?;
    }
    Ok(Outcome::Holds)
}

fn written(path: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "written: {}", path.display())?;
    Ok(())
}

fn examined(command: &SpectrumCommand) -> Result<Vec<Examined>, Failure> {
    let mut progress = Progress::new("spectra");
    let mut all = Vec::with_capacity(command.subjects.len());
    for (at, path) in command.subjects.iter().enumerate() {
        all.push(command.examined(Some(path), command.initial.get(at), false)?);
        progress.report((at + 1) as f64 / command.subjects.len() as f64);
    }
    Ok(all)
}

/// What the figures show.
fn drawn(command: &SpectrumCommand, examined: &[Examined]) -> Result<Vec<SpectrumRow>, Failure> {
    let row = |Examined { asked, examination, initial }: &Examined| {
        let radius = command.radius.of(examination).ok_or_else(|| {
            let message = format!("{} has no {}", asked.name, command.radius.name());
            Failure::new(message, "it has too few eigenvalues; --radius largest always exists")
        })?;
        Ok(SpectrumRow {
            name: asked.name.clone(),
            units: examination.spectrum.values.len(),
            radius,
            theory: examination.theory.as_ref().ok().map(|theory| theory.law.outer()),
            henrici: examination.spectrum.henrici(),
            initial_henrici: initial.as_ref().map(|initial| initial.spectrum.henrici()),
        })
    };
    examined.iter().map(row).collect()
}

fn row(examined: &Examined) -> Row<'_> {
    let Examined { asked, examination, initial } = examined;
    let SpectrumSummary {
        units,
        spectral_radius,
        largest_real_part,
        smallest_modulus,
        seventh_modulus,
        henrici,
        growing,
        bulk,
        theory,
        fit,
        dominant,
        ..
    } = examination.summary(asked.units_per_second);
    let outer = bulk.as_ref().map(|bulk| bulk.outer);
    Row {
        subject: &asked.name,
        units,
        spectral_radius,
        largest_real_part,
        smallest_modulus,
        seventh_modulus,
        henrici,
        initial_henrici: initial.as_ref().map(|initial| initial.spectrum.henrici()),
        growing_in_the_map: growing.map,
        growing_in_the_flow: growing.flow,
        dominant: dominant.len(),
        bulk_outer: outer.map(|outer| outer.value),
        bulk_outer_low: outer.map(|outer| outer.low),
        bulk_outer_high: outer.map(|outer| outer.high),
        bulk_inner: bulk.and_then(|bulk| bulk.inner).map(|inner| inner.value),
        theory: theory.as_ref().map_or_else(String::new, |theory| theory.ensemble.to_string()),
        theory_outer: theory.as_ref().map(|theory| theory.outer),
        theory_inner: theory.as_ref().map(|theory| theory.inner),
        outlier: theory.and_then(|theory| theory.outlier),
        distance: fit.map(|fit| fit.distance),
    }
}

/// Mean and its standard error; 0 of fewer than two.
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (square / (count - 1.0) / count).sqrt())
}

fn csv(rows: &[Row<'_>]) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string(), "");
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

fn table(rows: &[Row<'_>], out: &mut dyn Write) -> Result<(), Failure> {
    let width = rows.iter().map(|row| row.subject.chars().count()).max().unwrap_or(0).max(7);
    writeln!(
        out,
        "{:<width$}{:>7}{:>10}{:>10}{:>10}{:>10}{:>9}{:>6}{:>6}  bulk, 95 %",
        "subject", "units", "radius", "max Re", "smallest", "seventh", "Henrici", "map", "flow"
    )?;
    let count = |grown: Option<usize>| grown.map_or("-".to_owned(), |n| n.to_string());
    for row in rows {
        let seventh = row.seventh_modulus.map_or("-".to_owned(), |value| format!("{value:.5}"));
        let bulk = match (row.bulk_outer, row.bulk_outer_low, row.bulk_outer_high) {
            (Some(value), Some(low), Some(high)) => format!("{value:.4} [{low:.4}, {high:.4}]"),
            _ => "-".to_owned(),
        };
        let inner = row.bulk_inner.map_or(String::new(), |inner| format!(", inner {inner:.4}"));
        writeln!(
            out,
            "{:<width$}{:>7}{:>10.5}{:>10.5}{:>10.5}{seventh:>10}{:>9.4}{:>6}{:>6}  {bulk}{inner}",
            row.subject,
            row.units,
            row.spectral_radius,
            row.largest_real_part,
            row.smallest_modulus,
            row.henrici,
            count(row.growing_in_the_map),
            count(row.growing_in_the_flow),
        )?;
    }
    Ok(())
}
