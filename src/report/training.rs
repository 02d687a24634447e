//! Loss and accuracy over the epochs of a training.

use crate::{
    plot::{Axis, Cloud, Figure, Line, Marker, PALETTE, Panel},
    train::EpochRow,
};

/// Loss (logarithmic), share of held-out trials that are right, and norm of the gradient
/// after every epoch. Epochs that broke are marked.
#[must_use]
pub fn training_figure(task: &str, rows: &[EpochRow]) -> Figure {
    let points = |value: &dyn Fn(&EpochRow) -> Option<f64>| -> Vec<(f64, f64)> {
        rows.iter().filter_map(|row| Some((row.epoch as f64, value(row)?))).collect()
    };
    let positive = |value: f64| (value > 0.0).then_some(value);
    let epochs = || Axis::new("epoch", "").counted();
    let line =
        |name: &str, points, colour: usize| Line::new(name, points).coloured(PALETTE[colour]);
    let broken = points(&|row| row.broke.then_some(row.loss));
    let broken_cloud =
        Cloud::new("broke", broken.clone()).marked(Marker::Cross).coloured(PALETTE[3]);
    let losses = Panel {
        x: epochs(),
        y: Axis::new("mean square error", "").logarithmic(),
        lines: vec![
            line("training", points(&|row| positive(row.loss)), 0),
            line("held out", points(&|row| positive(row.held_out_loss?)), 1),
        ],
        clouds: if broken.is_empty() { Vec::new() } else { vec![broken_cloud] },
        ..Panel::default()
    };
    let accuracy = points(&|row| row.accuracy);
    let right = Panel {
        x: epochs(),
        y: Axis::new("held-out trials right", "").over(-0.02, 1.02),
        lines: vec![line("accuracy", accuracy, 1)],
        ..Panel::default()
    };
    let norms = Panel {
        x: epochs(),
        y: Axis::new("norm of the gradient", "").logarithmic(),
        lines: vec![
            line("mean", points(&|row| positive(row.gradient_norm)), 0),
            line("largest", points(&|row| positive(row.largest_norm)), 3),
        ],
        ..Panel::default()
    };
    let mut panels = vec![losses];
    if rows.iter().any(|row| row.accuracy.is_some()) {
        panels.push(right);
    }
    panels.push(norms);
    Figure { title: format!("{task}: training"), panels, ..Figure::default() }
}
