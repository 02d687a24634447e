//! Pictures of results.

mod ablation;
mod attractors;
mod connections;
mod distance;
mod frequencies;
mod page;
mod portrait;
mod procedures;
mod realisability;
mod regression;
mod samples;
mod signals;
mod spectra;
mod spectrum;
mod task;
mod tolerance;
mod training;
mod trajectory;
mod trials;
mod verification;
mod weights;

pub use ablation::ablation_figure;
pub use attractors::{
    AttractorReport, BasinReport, Context, CycleReport, FateReport, PointReport, SlowReport,
    TimeKind, attractors_figure, cut_name,
};
pub use connections::{
    BiasNumbers, MatrixNumbers, SignNumbers, biases_figure, matrices_figure, signs_figure,
};
pub use distance::{DistanceNumbers, DistanceOptions, distance_figure};
pub use frequencies::{FrequencyNumbers, UnitFrequency, frequencies_figure};
pub use page::{Block, Page};
pub use portrait::{Dynamics, FigureError, Portrait, Shown, first_moving, has_targets};
pub use procedures::{commute_figure, control_figure, motion_figure};
pub use realisability::realisability_figure;
pub use regression::{RegressionNumbers, TrainedPair, regression_figure};
pub use samples::{SAMPLES, SampleNumbers, samples_figure};
pub use signals::{EnvelopePicture, alignment_figure, envelope_figure};
pub use spectra::{SpectrumRow, henrici_figure, radii_figure, sizes_figure};
pub use spectrum::{SpectrumPicture, amplitudes_figure};
pub use task::{MOST_EXAMPLES, task_figure};
pub use tolerance::{opening_figure, tolerance_figure};
pub use training::training_figure;
pub use trajectory::{
    Corner, TrajectoryNumbers, TrajectoryOptions, TrialNumbers, trajectory_figure,
};
pub use trials::{MOST_TRIALS, PlayedNumbers, TrialsNumbers, trials_figure, usual_trials};
pub use verification::{linear_figures, verification_page};
pub use weights::{WeightNumbers, weights_figure};

use crate::{
    equiv::{EquivalenceReport, Record},
    plot::{Axis, Figure, Line, Panel},
};

/// Units drawn at most; more only cover one another.
const UNITS: usize = 6;
/// The network's colour, drawn first, and the circuit's, dashed on top of it.
const NETWORK: [u8; 3] = [0, 114, 178];
const CIRCUIT: [u8; 3] = [213, 94, 0];

/// Inputs, outputs, units and differences of one verified trial.
#[must_use]
pub fn trial_figure(report: &EquivalenceReport, record: &Record) -> Figure {
    let units = report.network.units;
    let time = || Axis::new("time, model units", "");
    let drawn = if units < UNITS { units } else { UNITS };
    let mut panels = vec![Panel {
        title: "inputs".to_owned(),
        x: time(),
        y: Axis::new("x", ""),
        lines: (0..report.network.inputs)
            .map(|k| {
                let line = Line::new(format!("x{}", k + 1), series(record, &record.inputs, k));
                // Inputs that coincide stay visible.
                if k % 2 == 0 { line } else { line.dashed() }
            })
            .collect(),
        ..Panel::default()
    }];
    let mut overlaid = |title: String, label: &str, columns: std::ops::Range<usize>| {
        let mut lines = Vec::new();
        for (at, column) in columns.enumerate() {
            // One entry in the legend for each side.
            let name = |side: &str| if at == 0 { side.to_owned() } else { String::new() };
            let points = series(record, &record.network, column);
            lines.push(Line::new(name("network"), points).coloured(NETWORK));
            let points = series(record, &record.circuit, column);
            lines.push(Line::new(name("circuit"), points).coloured(CIRCUIT).dashed());
        }
        panels.push(Panel { title, x: time(), y: Axis::new(label, ""), lines, ..Panel::default() });
    };
    if report.network.outputs > 0 {
        overlaid("outputs".to_owned(), "y", units..units + report.network.outputs);
    }
    let title = if drawn < units {
        format!("the first {drawn} of {units} units")
    } else {
        "units".to_owned()
    };
    overlaid(title, "h", 0..drawn);
    panels.push(Panel {
        title: "largest difference between circuit and network".to_owned(),
        x: time(),
        y: Axis::new("|difference|", "").logarithmic(),
        lines: vec![Line::new("", differences(record))],
        ..Panel::default()
    });
    let verdict = if report.equivalent { "equivalent" } else { "not equivalent" };
    Figure { title: format!("trial {}: {verdict}", record.name), panels, ..Figure::default() }
}

/// One column over time.
fn series(record: &Record, rows: &[Vec<f64>], column: usize) -> Vec<(f64, f64)> {
    record.times.iter().zip(rows).map(|(&t, row)| (t, row[column])).collect()
}

/// The largest difference of any unit or output over time.
fn differences(record: &Record) -> Vec<(f64, f64)> {
    let largest = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).max_by(f64::total_cmp).unwrap_or(0.0)
    };
    let rows = record.network.iter().zip(&record.circuit);
    record.times.iter().zip(rows).map(|(&t, (a, b))| (t, largest(a, b))).collect()
}

#[cfg(test)]
mod tests;
