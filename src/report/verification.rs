//! The equivalence report as a page.

use crate::{
    equiv::{
        EquivalenceReport, LinearPoint,
        properties::{Judgement, Property, summary},
    },
    plot::{Axis, Cloud, Figure, Line, Marker, Panel, PlotError, Reference},
    report::{Block, CIRCUIT, NETWORK, Page, realisability_figure, trial_figure},
    task::Verdict,
    units::count,
};

/// Trials whose trajectories are drawn.
const DRAWN: usize = 4;

/// The page of a verification: the verdict, what each level found, trajectories,
/// eigenvalues and frequency responses of both sides, and `extra` sections before the text
/// that `analogon verify` prints. `command` repeats it.
///
/// # Errors
///
/// [`PlotError`] where a figure cannot be drawn.
pub fn verification_page(
    report: &EquivalenceReport,
    command: &str,
    extra: Vec<(String, Vec<Block>)>,
) -> Result<String, PlotError> {
    let title = report.circuit.title.trim_start_matches(['*', ' ']).to_owned();
    let mut sections = vec![("Levels".to_owned(), vec![levels(report)])];
    if !report.properties.is_empty() {
        let summary = Block::Text(summary(&report.properties));
        let table = properties(&report.properties);
        sections.push(("Properties of the circuit".to_owned(), vec![summary, table]));
    }
    if let Some(t) = &report.trajectory {
        let mut blocks = vec![trials(report)];
        let moving = |at: usize| t.trials.get(at).is_some_and(|trial| !trial.resting);
        let drawn = report.records.iter().enumerate().filter(|(at, _)| moving(*at)).take(DRAWN);
        for (_, record) in drawn {
            let caption = "Network and circuit overlaid, and their difference.".to_owned();
            blocks.push(Block::Figure(Box::new(trial_figure(report, record)), caption));
        }
        sections.push(("Trajectories".to_owned(), blocks));
    }
    let linear = linear_figures(report);
    if !linear.is_empty() {
        let figure = |(figure, caption)| Block::Figure(Box::new(figure), caption);
        sections
            .push(("Where the network rests".to_owned(), linear.into_iter().map(figure).collect()));
    }
    if let Some(found) = &report.realisability {
        let figure = Box::new(realisability_figure(found));
        let caption =
            "Right decisions and outputs of the trained map over its step; the flow is at 0.";
        let blocks =
            vec![Block::Lines(found.to_string()), Block::Figure(figure, caption.to_owned())];
        sections.push(("From the trained map to the flow".to_owned(), blocks));
    }
    sections.extend(extra);
    sections.push(("In words".to_owned(), vec![Block::Lines(report.to_string())]));
    let verdict = (report.headline(), report.holds);
    Page { title, verdict, command: command.to_owned(), sections }.to_html()
}

/// The levels, one row each.
fn levels(report: &EquivalenceReport) -> Block {
    let word = |holds: bool| if holds { "agrees" } else { "FAILS" }.to_owned();
    let mut rows = Vec::new();
    let s = &report.structural;
    rows.push(vec![
        "structure".to_owned(),
        word(s.holds),
        match (&s.obstacle, s.max_relative) {
            (Some(obstacle), _) => obstacle.clone(),
            (None, Some(found)) => format!("coefficients differ by at most {found:.1e}"),
            (None, None) => String::new(),
        },
        format!("{:.0e} relative", s.tolerance),
    ]);
    if let Some(l) = &report.linear {
        rows.push(vec![
            "linear".to_owned(),
            word(l.holds),
            format!(
                "at {} at rest eigenvalues and transfer functions differ by at most {:.1e}",
                count(l.points.len(), "point"),
                l.max_relative
            ),
            format!("{:.0e} relative", l.tolerance),
        ]);
    }
    if let Some(t) = &report.trajectory {
        let (found, tolerance) = match t.one_step_max {
            Some(step) => (
                format!("one step is off by at most {step:.1e}, left to itself {:.1e}", t.max_abs),
                format!("{:.0e} a step", t.tolerance),
            ),
            None => (
                format!("difference at most {:.1e}, full scale {:.3}", t.max_abs, t.full_scale),
                format!("{:.0e} of full scale", t.tolerance),
            ),
        };
        rows.push(vec!["trajectory".to_owned(), word(t.holds), found, tolerance]);
    }
    rows.extend(certain(report));
    rows.extend(task(report));
    let head = ["level", "verdict", "found", "tolerance"];
    Block::Table(head.map(str::to_owned).to_vec(), rows)
}

/// What is certain.
fn certain(report: &EquivalenceReport) -> Option<Vec<String>> {
    let bound = report.bound.as_ref()?;
    let (word, text) = match (bound.max_abs, &bound.reason) {
        (Some(bound), _) => (format!("{bound:.1e}"), "bound of the true difference".to_owned()),
        (None, reason) => ("none".to_owned(), reason.clone().unwrap_or_default()),
    };
    Some(vec!["certainty".to_owned(), word, text, String::new()])
}

/// Whether the task is kept.
fn task(report: &EquivalenceReport) -> Option<Vec<String>> {
    let word = if report.task_preserved? { "holds" } else { "FAILS" }.to_owned();
    let right = |verdicts: &[Verdict]| {
        let judged = verdicts.iter().filter(|v| v.right.is_some()).count();
        let right = verdicts.iter().filter(|v| v.right == Some(true)).count();
        format!("{right} of {judged}")
    };
    let d = &report.decisions;
    let found = format!(
        "right decisions: discrete network {}, continuous network {}, circuit {}",
        right(&d.discrete),
        right(&d.continuous),
        right(&d.circuit)
    );
    Some(vec![format!("task {}", report.task), word, found, String::new()])
}

/// The properties, one row each.
fn properties(judged: &[Property]) -> Block {
    let row = |property: &Property| {
        let word = match property.verdict {
            Judgement::Holds => "holds",
            Judgement::Fails => "FAILS",
            Judgement::NotJudged => "not judged",
        };
        vec![
            property.name.name().to_owned(),
            word.to_owned(),
            property.words(),
            property.statement.to_owned(),
        ]
    };
    let head = ["property", "verdict", "found", "statement"];
    Block::Table(head.map(str::to_owned).to_vec(), judged.iter().map(row).collect())
}

/// The trials, one row each.
fn trials(report: &EquivalenceReport) -> Block {
    let d = &report.decisions;
    let sides = [
        ("discrete network", &d.discrete),
        ("continuous network", &d.continuous),
        ("circuit", &d.circuit),
    ];
    let sides: Vec<_> = sides.into_iter().filter(|(_, verdicts)| !verdicts.is_empty()).collect();
    let mut head = vec!["trial".to_owned(), "largest difference".to_owned(), "rms".to_owned()];
    head.extend(sides.iter().map(|(name, _)| (*name).to_owned()));
    let comparisons = report.trajectory.iter().flat_map(|t| &t.trials).enumerate();
    let rows = comparisons.map(|(at, trial)| {
        let mut row = vec![
            trial.name.clone(),
            format!("{:.1e}", trial.max_abs),
            format!("{:.1e}", trial.rms),
        ];
        for (_, verdicts) in &sides {
            let word = match verdicts.get(at).and_then(|v| v.right) {
                Some(true) => "right",
                Some(false) => "WRONG",
                None => "-",
            };
            row.push(word.to_owned());
        }
        row
    });
    Block::Table(head, rows.collect())
}

/// Eigenvalues and frequency responses of both sides at each point at rest, with what they
/// show.
#[must_use]
pub fn linear_figures(report: &EquivalenceReport) -> Vec<(Figure, String)> {
    let points = report.linear.iter().flat_map(|l| &l.points);
    points
        .filter(|point| !point.shown.eigenvalues[1].is_empty())
        .map(|point| {
            let stable = if point.stable { "stable" } else { "unstable" };
            let caption = format!(
                "At the {stable} point reached by `{}`: eigenvalues differ by {:.1e}, transfer functions by {:.1e}, relative.",
                point.reached, point.eigenvalues, point.transfer
            );
            let mut panels = vec![eigenvalue_panel(point)];
            panels.extend(bode_panels(point));
            (Figure { title: point.reached.clone(), panels, ..Figure::default() }, caption)
        })
        .collect()
}

fn eigenvalue_panel(point: &LinearPoint) -> Panel {
    let [network, circuit] = &point.shown.eigenvalues;
    let points = |values: &[nalgebra::Complex<f64>]| values.iter().map(|z| (z.re, z.im)).collect();
    Panel {
        title: "eigenvalues, per model time unit".to_owned(),
        x: Axis::new("real part", ""),
        y: Axis::new("imaginary part", ""),
        clouds: vec![
            Cloud::new("network", points(network)).coloured(NETWORK).marked(Marker::Ring),
            Cloud::new("circuit", points(circuit)).coloured(CIRCUIT).marked(Marker::Cross),
        ],
        references: vec![Reference::vertical(0.0, "")],
        ..Panel::default()
    }
}

/// Magnitude and phase from the first input to the first output.
fn bode_panels(point: &LinearPoint) -> Vec<Panel> {
    let responses: Vec<_> =
        point.shown.responses.iter().filter(|(omega, _)| *omega > 0.0).collect();
    if responses.is_empty() {
        return Vec::new();
    }
    let panel = |label: &str, unit: &str, of: &dyn Fn(usize) -> Vec<f64>| {
        let curve = |side: usize| -> Vec<(f64, f64)> {
            responses.iter().map(|(omega, _)| *omega).zip(of(side)).collect()
        };
        Panel {
            x: Axis::new("angular frequency, per model time unit", "").logarithmic(),
            y: Axis::new(label, unit),
            lines: vec![Line::new("network", curve(0)).coloured(NETWORK)],
            clouds: vec![Cloud::new("circuit", curve(1)).coloured(CIRCUIT).marked(Marker::Cross)],
            ..Panel::default()
        }
    };
    let decibels = |side: usize| -> Vec<f64> {
        responses.iter().map(|(_, both)| 20.0 * both[side].norm().log10()).collect()
    };
    // Both sides by the phase of the network, so that they do not lie a turn apart.
    let degrees = |side: usize| -> Vec<f64> {
        let mut last = 0.0;
        responses
            .iter()
            .map(|(_, both)| {
                let own = both[0].arg().to_degrees();
                last = own + 360.0 * ((last - own) / 360.0_f64).round();
                last + (both[side] / both[0]).arg().to_degrees()
            })
            .collect()
    };
    vec![panel("first input to first output", "dB", &decibels), panel("phase", "degrees", &degrees)]
}
