//! `analogon check`: what is wrong with a deck, without simulating it.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    circuit::{Analysis, Circuit},
    diag::{Diagnostic, Severity, SourceMap, has_errors, position, render_styled},
    units::count,
};
use serde::Serialize;

use crate::{
    deck::{self, Deck, DialectName, size},
    failure::{Failure, Outcome},
    json,
};

/// Check a deck without simulating it
///
/// Reads the deck with all its included files, expands subcircuits, evaluates
/// parameters, and looks for floating nodes, loops of voltage sources and
/// whatever else has no solution. Exit code 2 where there are errors.
///
/// Example: analogon check deck.cir
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Check {
    /// Deck to check; - for the standard input
    deck: PathBuf,

    /// Simulator whose language the deck is written in
    #[arg(long, value_enum)]
    dialect: Option<DialectName>,

    /// Print a JSON list of all faults instead
    #[arg(long)]
    json: bool,
}

/// One fault, for programs.
#[derive(Debug, Serialize)]
struct Fault<'a> {
    /// `null` for a fault of the whole.
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    severity: Severity,
    message: &'a str,
    hint: Option<&'a str>,
}

impl Check {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let Deck { map, mut diagnostics, circuit, .. } =
            deck::read_in(DialectName::language(self.dialect), &self.deck)?;
        if let Some(circuit) = &circuit
            && starts_at_dc(circuit)
        {
            diagnostics.extend(circuit.dc_faults());
        }
        let bad = has_errors(&diagnostics);
        if self.json {
            let faults: Vec<Fault<'_>> = diagnostics.iter().map(|d| fault(&map, d)).collect();
            json::print(&faults, out)?;
            return Ok(if bad { Outcome::Reported } else { Outcome::Holds });
        }
        if bad {
            return Err(Failure::of_deck(&map, &diagnostics));
        }
        write!(out, "{}", render_styled(&map, &diagnostics))?;
        if let Some(circuit) = &circuit {
            write!(out, "{}", summary(circuit, diagnostics.len()))?;
        }
        Ok(Outcome::Holds)
    }
}

/// True where some analysis starts at an operating point.
fn starts_at_dc(circuit: &Circuit) -> bool {
    circuit.parts().analyses.iter().any(|analysis| match analysis {
        Analysis::Transient { uic, .. } => !uic,
        _ => true,
    })
}

fn fault<'a>(map: &SourceMap, diagnostic: &'a Diagnostic) -> Fault<'a> {
    let place = diagnostic.span.map(|span| position(map, span));
    Fault {
        line: place.as_ref().map(|p| p.line),
        column: place.as_ref().map(|p| p.column),
        file: place.map(|p| p.file),
        severity: diagnostic.severity,
        message: &diagnostic.message,
        hint: diagnostic.hint.as_deref(),
    }
}

fn summary(circuit: &Circuit, warnings: usize) -> String {
    let analyses = circuit.parts().analyses.len();
    let checked = format!("{}, {}", size(circuit), count(analyses, "analysis"));
    let verdict = match warnings {
        0 => "no faults".to_owned(),
        found => count(found, "warning"),
    };
    format!("{verdict}: {checked}; names, values, topology and operating points checked\n")
}
