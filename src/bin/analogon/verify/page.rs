//! The report as a page.

use std::path::Path;

use analogon::{
    equiv::{
        EquivalenceReport, Subject,
        tolerance::{Study, ToleranceError, ToleranceOptions},
    },
    report::{Block, tolerance_figure, verification_page},
};

use crate::{failure::Failure, files, progress::tracked};

/// Draws of the yield that stands on the page.
const DRAWS: usize = 200;
/// Units up to which there is one: the work grows with their square.
const MOST_UNITS: usize = 120;

/// Writes the page; with the yield of circuits of parts of 1 %, where the circuit has such
/// parts and the trials ask for decisions.
pub(super) fn write(
    path: &Path,
    report: &EquivalenceReport,
    subject: &Subject<'_>,
    has_parts: bool,
) -> Result<(), Failure> {
    let is_judged = report.decisions.circuit.iter().any(|v| v.right.is_some());
    let mut extra = Vec::new();
    if has_parts && is_judged && subject.network.units() <= MOST_UNITS {
        extra.push(("If it is built".to_owned(), yielded(subject)?));
    }
    let html = verification_page(report, &command_line(), extra)
        .map_err(|error| Failure::new(error.to_string(), ""))?;
    files::write(path, html.as_bytes())
}

/// How many of the circuits built of parts of 1 % are right.
fn yielded(subject: &Subject<'_>) -> Result<Vec<Block>, Failure> {
    let options = ToleranceOptions { draws: DRAWS, ..ToleranceOptions::default() };
    let failed = |error: ToleranceError| Failure::new(error.to_string(), "");
    let study = Study::new(subject.network, subject.trained_step, subject.stimuli, &options);
    let study = study.map_err(failed)?;
    let found = tracked("drawing", |tell| study.run(tell)).map_err(failed)?;
    let caption = "Deviations of circuits whose resistors and capacitors are off by up to 1 %, and the components that matter most (`analogon tolerance` says more).";
    let figure = Box::new(tolerance_figure(&found, &subject.circuit.parts().title));
    Ok(vec![Block::Text(found.headline()), Block::Figure(figure, caption.to_owned())])
}

/// What was typed, as a shell takes it.
fn command_line() -> String {
    let plain = |word: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:%+".contains(c);
        match !word.is_empty() && word.chars().all(is_plain) {
            true => word.to_owned(),
            false => format!("'{}'", word.replace('\'', "'\\''")),
        }
    };
    let typed = std::env::args_os().skip(1);
    let words = typed.map(|word| plain(&word.to_string_lossy()));
    std::iter::once("analogon".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
