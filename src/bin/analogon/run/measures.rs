//! Measures and expectations for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use analogon::{
    diag::{SourceMap, Span, position},
    expr::Notation,
    simulate::{Simulation, Verdict},
};
use serde::Serialize;

use super::show::table;

/// Writes the outcomes of measures and, where asked for, of expectations.
pub(super) fn text(
    map: &SourceMap,
    simulation: &Simulation,
    expect: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !simulation.measures.is_empty() {
        writeln!(out, "\nmeasures")?;
        let rows = simulation.measures.iter().map(|measure| match &measure.value {
            Ok(value) => [measure.name.clone(), number(*value), String::new()],
            Err(reason) => {
                let place = place(map, measure.span);
                [measure.name.clone(), "failed".to_owned(), format!("{reason} ({place})")]
            }
        });
        table(rows, out)?;
    }
    if !expect {
        return Ok(());
    }
    let verdicts = &simulation.verdicts;
    writeln!(out, "\nexpected")?;
    let title = ["", "found", "expected", "tolerance", ""].map(str::to_owned);
    let rows = verdicts.iter().map(|verdict| {
        let Verdict { expected, found } = verdict;
        let found = match found {
            Ok(value) => number(*value),
            Err(_) => "failed".to_owned(),
        };
        let judgement = match verdict.holds() {
            true => "met".to_owned(),
            false => format!("MISSED ({})", place(map, expected.span)),
        };
        let (value, tolerance) = (number(expected.value), number(expected.tolerance));
        [expected.name.clone(), found, value, tolerance, judgement]
    });
    table(std::iter::once(title).chain(rows), out)?;
    let met = verdicts.iter().filter(|verdict| verdict.holds()).count();
    writeln!(out, "  {met} of {} met", verdicts.len())
}

fn number(value: f64) -> String {
    Notation::Text.number(value)
}

/// `deck.cir:7:1`
fn place(map: &SourceMap, span: Span) -> String {
    let place = position(map, span);
    format!("{}:{}:{}", place.file, place.line, place.column)
}

/// A value, or why there is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Outcome<'a> {
    Value(f64),
    Failure { failure: &'a str },
}

impl<'a> Outcome<'a> {
    fn of(result: &'a Result<f64, String>) -> Self {
        match result {
            Ok(value) => Self::Value(*value),
            Err(reason) => Self::Failure { failure: reason },
        }
    }
}

/// Name to value or failure.
pub(super) fn outcomes(simulation: &Simulation) -> BTreeMap<&str, Outcome<'_>> {
    let measures = simulation.measures.iter();
    measures.map(|measure| (measure.name.as_str(), Outcome::of(&measure.value))).collect()
}

/// One expectation, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Judged<'a> {
    name: &'a str,
    found: Outcome<'a>,
    expected: f64,
    tolerance: f64,
    met: bool,
}

/// What was expected, in the order of the deck.
pub(super) fn judged(simulation: &Simulation) -> Vec<Judged<'_>> {
    simulation.verdicts.iter().map(Judged::of).collect()
}

impl<'a> Judged<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        let Verdict { expected, found } = verdict;
        Self {
            name: &expected.name,
            found: Outcome::of(found),
            expected: expected.value,
            tolerance: expected.tolerance,
            met: verdict.holds(),
        }
    }
}
