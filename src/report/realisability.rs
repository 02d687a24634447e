//! What changes between a trained map and its flow, over the step.

use crate::{
    equiv::realisability::Realisability,
    plot::{Axis, Cloud, Figure, Line, Marker, PALETTE, Panel},
};

/// Trials and points drawn at most.
const DRAWN: usize = 12;

/// The share of trials that are right over the step of the map, the mean output of each
/// trial that changes, and the steps at which points at rest change; the flow stands at 0.
#[must_use]
pub fn realisability_figure(found: &Realisability) -> Figure {
    let end = 1.02 * found.trained_step;
    let steps = || Axis::new("step of the map, model time units", "").over(-0.02 * end, end);
    let share = |right: usize, judged: usize| right as f64 / judged as f64;
    let right = found.steps.iter().map(|rung| (rung.step, share(rung.right, rung.judged)));
    let time = found.steps.iter().map(|rung| (rung.step, rung.time_right));
    let bound = |side: usize| found.steps.iter().map(move |r| (r.step, r.confidence[side]));
    let mut panels = vec![Panel {
        title: "right decisions".to_owned(),
        x: steps(),
        y: Axis::new("share", "").over(-0.02, 1.02),
        lines: vec![
            Line::new("trials", right.collect()).coloured(PALETTE[0]),
            Line::new("99 % confidence", bound(0).collect()).coloured(PALETTE[0]).fine(),
            Line::new("", bound(1).collect()).coloured(PALETTE[0]).fine(),
            Line::new("time", time.collect()).coloured(PALETTE[1]).dashed(),
        ],
        ..Panel::default()
    }];
    let changed = found.decisions.iter().filter(|d| d.first_step.is_some()).take(DRAWN);
    let outputs: Vec<Line> = changed
        .map(|d| {
            let points = found.steps.iter().zip(&d.mean).filter(|(_, mean)| mean.is_finite());
            Line::new(&d.name, points.map(|(rung, mean)| (rung.step, *mean)).collect())
        })
        .collect();
    if !outputs.is_empty() {
        panels.push(Panel {
            title: "trials that change".to_owned(),
            x: steps(),
            y: Axis::new("mean output in the window", ""),
            lines: outputs,
            ..Panel::default()
        });
    }
    if !found.points.is_empty() {
        panels.push(points(found, steps()));
    }
    Figure {
        title: format!("{}: recommended {}", found.task, found.recommended.word()),
        panels,
        ..Figure::default()
    }
}

/// The critical steps of the points at rest.
fn points(found: &Realisability, x: Axis) -> Panel {
    let rows = || found.points.iter().take(DRAWN).enumerate();
    let crossings =
        rows().flat_map(|(at, p)| p.critical_steps.iter().map(move |d| (*d, (at + 1) as f64)));
    let attracting = rows().filter_map(|(at, p)| {
        let below = p.attracts_below.filter(|below| *below <= found.trained_step)?;
        Some((below, (at + 1) as f64))
    });
    let cloud = |name: &str, points: Vec<(f64, f64)>, colour: usize, marker| {
        Cloud::new(name, points).marked(marker).coloured(PALETTE[colour])
    };
    Panel {
        title: "points at rest".to_owned(),
        x,
        y: Axis::new("point", "").counted().over(0.5, rows().count() as f64 + 0.5),
        clouds: [
            cloud("an eigenvalue crosses the unit circle", crossings.collect(), 0, Marker::Disc),
            cloud("attracts below", attracting.collect(), 3, Marker::Cross),
        ]
        .into_iter()
        .filter(|cloud| !cloud.points.is_empty())
        .collect(),
        ..Panel::default()
    }
}
