//! What errors of components do, and which weights a network needs.

use crate::{
    equiv::tolerance::{OpeningReport, Outcome, ToleranceReport},
    plot::{Axis, Bar, Bars, Figure, Line, PALETTE, Panel, Reference},
};

/// Bars of a histogram.
const BINS: usize = 30;
/// Components shown.
const SHOWN: usize = 12;
const PASSES: [u8; 3] = [0x00, 0x72, 0xb2];
const FAILS: [u8; 3] = [0xd5, 0x5e, 0x00];

/// The deviations of the draws as a histogram, those that fail in a colour of their own,
/// with the yield; and the components that matter most.
#[must_use]
pub fn tolerance_figure(report: &ToleranceReport, name: &str) -> Figure {
    let title = match (report.share, report.confidence) {
        (Some(share), Some([low, high])) => format!(
            "{name}: yield {:.1} % of {} draws ({:.1} to {:.1} %)",
            100.0 * share,
            report.draws,
            100.0 * low,
            100.0 * high
        ),
        _ => format!("{name}: {} draws", report.draws),
    };
    Figure { title, panels: vec![histogram(report), ranking(report)], ..Figure::default() }
}

fn histogram(report: &ToleranceReport) -> Panel {
    let finite: Vec<&Outcome> =
        report.outcomes.iter().filter(|outcome| outcome.deviation.is_finite()).collect();
    let lost = report.outcomes.len() - finite.len();
    let most = finite.iter().map(|o| o.deviation).max_by(f64::total_cmp).unwrap_or(0.0);
    let width = if most > 0.0 { most / BINS as f64 } else { 1.0 };
    let counts = |passes: bool| -> Vec<usize> {
        let mut counts = vec![0; BINS];
        for outcome in &finite {
            if outcome.passes.unwrap_or(true) == passes {
                let bin = (outcome.deviation / width) as usize;
                counts[if bin < BINS { bin } else { BINS - 1 }] += 1;
            }
        }
        counts
    };
    let (good, bad) = (counts(true), counts(false));
    let bars = |heights: &mut dyn Iterator<Item = usize>| -> Vec<Bar> {
        let bar = |(k, height): (usize, usize)| Bar {
            from: k as f64 * width,
            to: (k + 1) as f64 * width,
            height: height as f64,
        };
        heights.enumerate().map(bar).collect()
    };
    let named = report.share.is_some();
    let word = |word: &str| if named { word.to_owned() } else { String::new() };
    let mut all = vec![
        Bars::new(word("draws that pass"), bars(&mut good.iter().copied())).coloured(PASSES),
    ];
    if bad.iter().any(|count| *count > 0) {
        all.push(
            Bars::new(word("draws that fail"), bars(&mut bad.iter().copied())).coloured(FAILS),
        );
    }
    let mut notes = Vec::new();
    if lost > 0 {
        notes.push(format!("{lost} beyond all numbers"));
    }
    let highest = good.iter().chain(&bad).copied().max().unwrap_or(0);
    Panel {
        title: "largest deviation of an output".to_owned(),
        x: Axis::new("deviation", "").over(0.0, if most > 0.0 { most } else { 1.0 }),
        y: Axis::new("draws", "").over(0.0, 1.08 * highest as f64).counted(),
        bars: all,
        references: vec![
            Reference::vertical(report.deviation.median, "median").coloured([0x44; 3]),
        ],
        notes,
        ..Panel::default()
    }
}

fn ranking(report: &ToleranceReport) -> Panel {
    let shown = || report.ranking.iter().filter(|ranked| ranked.first_order).take(SHOWN);
    let bars: Vec<Bar> = shown()
        .enumerate()
        .map(|(at, ranked)| Bar {
            from: at as f64 - 0.4,
            to: at as f64 + 0.4,
            height: ranked.influence,
        })
        .collect();
    let what = if report.nominal_right.is_some() { "margin" } else { "output" };
    Panel {
        title: format!("components that change the {what} most"),
        x: Axis::of_names("", shown().map(|ranked| ranked.element.clone()).collect()),
        y: Axis::new(format!("change of the {what} at the bound of the error"), ""),
        bars: vec![Bars::new("", bars).coloured(PALETTE[2])],
        ..Panel::default()
    }
}

/// The deviation and the right trials over the share of weights that are open.
#[must_use]
pub fn opening_figure(report: &OpeningReport, name: &str) -> Figure {
    let open = |left: usize| 100.0 * (1.0 - left as f64 / report.weights as f64);
    let over = |value: &dyn Fn(usize) -> f64| -> Vec<(f64, f64)> {
        report.steps.iter().enumerate().map(|(k, step)| (open(step.left), value(k))).collect()
    };
    let share = || Axis::new("weights left open, %", "");
    let first: Vec<Reference> = report
        .largest
        .iter()
        .map(|at| Reference::vertical(open(at.left), "last without another decision"))
        .collect();
    let judged = report.judged as f64;
    let deviation = Panel {
        title: "largest deviation of an output".to_owned(),
        x: share(),
        y: Axis::new("deviation", ""),
        lines: vec![Line::new("", over(&|k| report.steps[k].deviation)).coloured(PASSES)],
        references: first.clone(),
        ..Panel::default()
    };
    let mut panels = vec![deviation];
    if report.judged > 0 {
        let right = |k: usize| 100.0 * report.steps[k].right as f64 / judged;
        panels.push(
            Panel {
                title: "trials that are right".to_owned(),
                x: share(),
                y: Axis::new("share, %", "").over(0.0, 105.0),
                lines: vec![Line::new("", over(&right)).coloured(FAILS)],
                references: first,
                ..Panel::default()
            }
            .beside(),
        );
    }
    Figure { title: format!("{name}: weights left open"), panels, ..Figure::default() }
}
