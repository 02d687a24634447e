//! Decks that are carried out once a step.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use analogon::{
    circuit::Circuit,
    diag::SourceMap,
    elaborate::{Setting, elaborate},
    simulate::{AnalysisResult, Simulation, SimulationOptions, carry_out},
    units::{count, format_number},
};
use rayon::prelude::*;

use super::{
    measures,
    show::{self, table},
};
use crate::{
    deck::{Deck, size},
    failure::Failure,
    progress::Progress,
};

/// Steps whose results are shown one by one.
const FEW: usize = 12;

/// One step carried out.
pub(super) struct Run<'d> {
    pub(super) settings: Vec<Setting>,
    pub(super) circuit: Cow<'d, Circuit>,
    pub(super) simulation: Simulation,
}

impl Run<'_> {
    /// `r=1000, c=1e-6`; empty for a deck without steps.
    fn label(&self) -> String {
        let settings = self.settings.iter();
        let each = settings.map(|s| format!("{}={}", s.name, format_number(s.value)));
        each.collect::<Vec<_>>().join(", ")
    }

    /// Every result, with the title of the deck and what the step sets.
    pub(super) fn titled(&self, title: &str) -> Vec<(String, &AnalysisResult)> {
        let title = match self.settings.is_empty() {
            true => title.to_owned(),
            false => format!("{title} ({})", self.label()),
        };
        self.simulation.analyses.iter().map(|result| (title.clone(), result)).collect()
    }
}

/// Carries out every step; results are in order, and the same bits however many
/// threads there are.
///
/// # Errors
///
/// The faults of the first step that has some.
pub(super) fn carry_out_all<'d>(
    deck: &'d Deck,
    options: &SimulationOptions,
    interrupted: &AtomicBool,
) -> Result<Vec<Run<'d>>, Failure> {
    let steps = &deck.steps.points;
    let progress = Mutex::new(Progress::new("simulating"));
    let go_on = || match interrupted.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let report = |fraction: f64| {
        // A bar that cannot be drawn is no reason to stop.
        if let Ok(mut progress) = progress.lock() {
            progress.report(fraction);
        }
        go_on()
    };
    let failure = |error: &analogon::simulate::SimulationError| {
        Failure::of_deck(&deck.map, &error.diagnostics())
    };
    if let ([settings], Some(circuit)) = (steps.as_slice(), &deck.circuit)
        && settings.is_empty()
    {
        let simulation =
            carry_out(circuit, options, &mut |f| report(f)).map_err(|error| failure(&error))?;
        let circuit = Cow::Borrowed(circuit);
        return Ok(vec![Run { settings: Vec::new(), circuit, simulation }]);
    }
    let done = AtomicUsize::new(0);
    // Steps that are not begun when the run is interrupted are left out.
    let one = |(at, settings): (usize, &Vec<Setting>)| {
        if go_on().is_break() {
            return Ok(None);
        }
        let circuit = elaborate(&deck.steps.netlist(&deck.netlist, at))
            .map_err(|faults| Failure::of_deck(&deck.map, &faults))?;
        let simulation =
            carry_out(&circuit, options, &mut |_| go_on()).map_err(|error| failure(&error))?;
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        // Nothing of this step is left to be broken off.
        let _ = report(done as f64 / steps.len() as f64);
        let circuit = Cow::Owned(circuit);
        Ok(Some(Run { settings: settings.clone(), circuit, simulation }))
    };
    let runs: Vec<Result<Option<Run<'d>>, Failure>> =
        steps.par_iter().enumerate().map(one).collect();
    runs.into_iter().filter_map(Result::transpose).collect()
}

/// Writes the results of all steps.
pub(super) fn text(
    map: &SourceMap,
    runs: &[Run<'_>],
    expect: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(first) = runs.first() else { return Ok(()) };
    writeln!(out, "{}", first.circuit.parts().title)?;
    writeln!(out, "{}", size(&first.circuit))?;
    if let [only] = runs
        && only.settings.is_empty()
    {
        show::analyses(&only.simulation.analyses, out)?;
        return measures::text(map, &only.simulation, expect, out);
    }
    writeln!(out, "{}", count(runs.len(), "step"))?;
    if first.simulation.measures.is_empty() {
        for (at, run) in runs.iter().enumerate().take(FEW) {
            writeln!(out, "\nstep {} of {}: {}", at + 1, runs.len(), run.label())?;
            show::analyses(&run.simulation.analyses, out)?;
            measures::fourier(&run.simulation, out)?;
        }
        if runs.len() > FEW {
            writeln!(out, "\n... and {} more steps; -o writes all of them", runs.len() - FEW)?;
        }
    }
    if !first.simulation.measures.is_empty() {
        writeln!(out, "\nmeasures")?;
        table(std::iter::once(heading(first)).chain(runs.iter().enumerate().map(row)), out)?;
    }
    for (at, run) in runs.iter().enumerate() {
        let missed = run.simulation.verdicts.iter().any(|verdict| !verdict.holds());
        let failed = !run.simulation.all_measured();
        if failed || (expect && missed) {
            writeln!(out, "\nstep {} of {}: {}", at + 1, runs.len(), run.label())?;
            measures::text(map, &run.simulation, expect, out)?;
        }
    }
    if expect {
        let verdicts = || runs.iter().flat_map(|run| &run.simulation.verdicts);
        let met = verdicts().filter(|verdict| verdict.holds()).count();
        writeln!(out, "\nexpected: {met} of {} met", verdicts().count())?;
    }
    Ok(())
}

fn heading(run: &Run<'_>) -> Vec<String> {
    let settings = run.settings.iter().map(|setting| setting.name.clone());
    let measures = run.simulation.measures.iter().map(|measure| measure.name.clone());
    std::iter::once("step".to_owned()).chain(settings).chain(measures).collect()
}

fn row((at, run): (usize, &Run<'_>)) -> Vec<String> {
    let settings = run.settings.iter().map(|setting| measures::number(setting.value));
    let measures = run.simulation.measures.iter().map(|measure| match measure.value {
        Ok(value) => measures::number(value),
        Err(_) => "failed".to_owned(),
    });
    std::iter::once((at + 1).to_string()).chain(settings).chain(measures).collect()
}
