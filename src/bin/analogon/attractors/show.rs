//! The report as text.

use std::io::Write;

use analogon::{
    dae::System,
    report::{AttractorReport, FateReport},
    units::count,
};

use crate::{failure::Failure, subject::Subject};

/// The report as text, the map and the flow one below the other.
pub(super) fn show(
    subject: &Subject,
    report: &AttractorReport,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (states, inputs, outputs) = subject.flow().shape();
    writeln!(
        out,
        "{}: {}, {}, {}",
        subject.name,
        count(states, "state"),
        count(inputs, "input"),
        count(outputs, "output")
    )?;
    match report.step {
        Some(step) => writeln!(out, "\n== as the map of step {step}\n")?,
        None => writeln!(out, "\n== in continuous time\n")?,
    }
    write!(out, "{report}")?;
    if let Some(flow) = &report.continuous {
        writeln!(out, "\n== in continuous time, as a circuit\n")?;
        write!(out, "{flow}")?;
        compare(report, flow, out)?;
    }
    Ok(())
}

/// Which stimuli lead elsewhere in continuous time.
fn compare(
    map: &AttractorReport,
    flow: &AttractorReport,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let pairs = || map.fates.iter().zip(&flow.fates);
    let differs = pairs().filter(|(map, flow)| {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= SAME_OUTPUT;
        let turns = |fate: &FateReport| fate.period.is_some();
        // A cycle of the flow is an invariant circle of its map.
        let is_alike = map.kind == flow.kind || (turns(map) && turns(flow));
        !is_alike || !map.mean.iter().zip(&flow.mean).all(near)
    });
    let names: Vec<String> =
        differs.map(|(map, flow)| format!("{} ({}, {})", map.trial, map.kind, flow.kind)).collect();
    if pairs().next().is_none() {
        return Ok(());
    }
    match names.len() {
        0 => writeln!(out, "\nevery stimulus leads to the same in the map and in the flow")?,
        many => writeln!(
            out,
            "\nafter {many} of {} the flow ends elsewhere than the map: {}",
            count(map.fates.len(), "trial"),
            names.iter().take(6).cloned().collect::<Vec<_>>().join(", ")
        )?,
    }
    Ok(())
}

/// Outputs that differ by no more are the same answer.
const SAME_OUTPUT: f64 = 0.05;
