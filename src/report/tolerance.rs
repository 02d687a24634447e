//! What errors of components do, and which weights a network needs.

use crate::{
    equiv::tolerance::{Opening, OpeningReport, Outcome, ToleranceReport},
    plot::{Axis, Bar, Bars, Cloud, Figure, Line, PALETTE, Panel, Reference},
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
    // Where there are draws of both kinds they share the width.
    let bars = |own: &[usize], other: &[usize], side: f64| -> Vec<Bar> {
        let bar = |k: usize| {
            let (from, share) = if other[k] > 0 { (side, 0.5) } else { (0.0, 1.0) };
            let from = (k as f64 + from) * width;
            Bar { from, to: from + share * width, height: own[k] as f64 }
        };
        (0..BINS).map(bar).collect()
    };
    let named = report.share.is_some();
    let word = |word: &str| if named { word.to_owned() } else { String::new() };
    let mut all = vec![Bars::new(word("draws that pass"), bars(&good, &bad, 0.0)).coloured(PASSES)];
    if bad.iter().any(|count| *count > 0) {
        all.push(Bars::new("draws that fail", bars(&bad, &good, 0.5)).coloured(FAILS));
    }
    let mut notes = Vec::new();
    if lost > 0 {
        notes.push(format!("{lost} beyond all numbers"));
    }
    let highest = good.iter().chain(&bad).copied().max().unwrap_or(0);
    Panel {
        title: "largest deviation of an output".to_owned(),
        x: Axis::new("deviation", "").over(0.0, if most > 0.0 { 1.01 * most } else { 1.0 }),
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
        title: format!("what the error of a component changes of the {what}, the largest"),
        x: Axis::of_names("", shown().map(|ranked| ranked.element.clone()).collect()),
        y: Axis::new(format!("change of the {what}"), ""),
        bars: vec![Bars::new("", bars).coloured(PALETTE[2])],
        ..Panel::default()
    }
}

/// The deviation and the right trials over the share of weights that are open.
#[must_use]
pub fn opening_figure(report: &OpeningReport, name: &str) -> Figure {
    let open = |step: &Opening| 100.0 * (1.0 - step.left as f64 / report.weights as f64);
    let mut steps: Vec<&Opening> = report.steps.iter().chain(&report.largest).collect();
    steps.sort_by(|a, b| a.threshold.total_cmp(&b.threshold));
    let over = |value: &dyn Fn(&Opening) -> f64| -> Vec<(f64, f64)> {
        steps.iter().map(|step| (open(step), value(step))).collect()
    };
    let share = || Axis::new("weights left open, %", "");
    let last = |name: &str| -> Vec<Reference> {
        report.largest.iter().map(|step| Reference::vertical(open(step), name)).collect()
    };
    let panel = |title: &str, y: Axis, points: Vec<(f64, f64)>, colour| Panel {
        title: title.to_owned(),
        x: share(),
        y,
        lines: vec![Line::new("", points.clone()).coloured(colour)],
        clouds: vec![Cloud::new("", points).coloured(colour)],
        ..Panel::default()
    };
    let deviation = over(&|step| step.deviation);
    let mut panels = vec![panel(
        "largest deviation of an output",
        Axis::new("deviation", ""),
        deviation,
        PASSES,
    )];
    if report.judged > 0 {
        let right = over(&|step| 100.0 * step.right as f64 / report.judged as f64);
        let axis = Axis::new("share, %", "").over(0.0, 105.0);
        panels.push(panel("trials that are right", axis, right, FAILS).beside());
        panels[1].references = last("last without another decision");
    }
    panels[0].references = last("");
    Figure { title: format!("{name}: weights left open"), panels, ..Figure::default() }
}
