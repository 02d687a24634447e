//! Measures and expectations for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use analogon::{
    diag::{SourceMap, Span, position},
    expr::Notation,
    simulate::{FourierComponents, FourierResult, Harmonic, Simulation, Verdict},
    units::si,
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
    fourier(simulation, out)?;
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

/// Writes the Fourier components of all `.four` cards.
pub(super) fn fourier(simulation: &Simulation, out: &mut dyn Write) -> io::Result<()> {
    for card in &simulation.fourier {
        let frequency = si(card.frequency, "Hz");
        let components = match &card.components {
            Ok(components) => components,
            Err(reason) => {
                writeln!(out, "\nFourier components at {frequency}: failed: {reason}")?;
                continue;
            }
        };
        for FourierComponents { name, offset, harmonics, thd_percent } in components {
            let thd = number(*thd_percent);
            writeln!(out, "\nFourier components of {name} at {frequency}: THD {thd} %")?;
            let title = ["order", "frequency", "magnitude", "phase"].map(str::to_owned);
            let constant = ["0".to_owned(), "0 Hz".to_owned(), number(*offset), String::new()];
            let rows = harmonics.iter().map(|harmonic| {
                let Harmonic { order, frequency, magnitude, phase_deg } = *harmonic;
                let phase = format!("{phase_deg:.2} deg");
                [order.to_string(), si(frequency, "Hz"), number(magnitude), phase]
            });
            table([title, constant].into_iter().chain(rows), out)?;
        }
    }
    Ok(())
}

/// Fourier components of one `.four` card, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Spectrum<'a> {
    frequency: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
    outputs: &'a [FourierComponents],
}

/// All `.four` cards, in the order of the deck.
pub(super) fn spectra(simulation: &Simulation) -> Vec<Spectrum<'_>> {
    simulation.fourier.iter().map(Spectrum::of).collect()
}

impl<'a> Spectrum<'a> {
    fn of(card: &'a FourierResult) -> Self {
        Self {
            frequency: card.frequency,
            failure: card.components.as_ref().err().map(String::as_str),
            outputs: card.components.as_deref().unwrap_or_default(),
        }
    }
}

pub(super) fn number(value: f64) -> String {
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
