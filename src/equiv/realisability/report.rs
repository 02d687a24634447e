//! What was found, the realisation it recommends, and both as text.

use std::fmt::{self, Display, Formatter};

use crate::{
    equiv::realisability::{FateChange, PointChange, Rung, TrialChange},
    units::count,
};

/// Whether and where a network trained as a map changes on its way to the flow.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Realisability {
    /// What the network should be realised as.
    pub recommended: Recommended,
    /// Why, in a sentence.
    pub reason: String,
    /// The step of the map that was trained, model time units.
    pub trained_step: f64,
    /// Name of the stimulus set.
    pub task: String,
    /// The largest step found at which any decision differs from that of the trained map;
    /// 0 where only the flow decides otherwise, `None` where nothing changes.
    pub first_step: Option<f64>,
    /// Trials that the trained map has right and the flow has not.
    pub lost: usize,
    /// The largest step tried from which on, going down, all decisions are those of the
    /// flow; `None` where only the flow has them.
    pub like_flow_from: Option<f64>,
    /// The steps, falling; the last, 0, is the flow.
    pub steps: Vec<Rung>,
    /// The judged trials.
    pub decisions: Vec<TrialChange>,
    /// Points at rest; empty where they were not looked for.
    pub points: Vec<PointChange>,
    /// What follows each trial; empty where it was not looked at.
    pub fates: Vec<FateChange>,
}

/// What a network should be realised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Recommended {
    /// Amplifiers in continuous time: the flow has right what the map has.
    Opamp,
    /// Sample-and-hold cells, which are the map itself.
    Sampled,
    /// Neither: train it again, with a smaller step.
    Retrain,
}

impl Recommended {
    /// The word for it, which `synth --as` knows where it is a realisation.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Opamp => "opamp",
            Self::Sampled => "sampled",
            Self::Retrain => "retrain",
        }
    }
}

/// Trials, points and fates that are listed at most.
const LISTED: usize = 24;

impl Realisability {
    pub(super) fn new(
        trained_step: f64,
        task: String,
        steps: Vec<Rung>,
        decisions: Vec<TrialChange>,
    ) -> Self {
        let flow = steps.len() - 1;
        let lost = decisions.iter().filter(|d| d.right[0] && !d.right[flow]).count();
        let as_flow = |rung: &usize| decisions.iter().all(|d| d.right[*rung] == d.right[flow]);
        let like_flow = (0..flow).rev().take_while(as_flow).last();
        let first_step = decisions.iter().filter_map(|d| d.first_step).max_by(f64::total_cmp);
        let mut found = Self {
            recommended: Recommended::Opamp,
            reason: String::new(),
            trained_step,
            task,
            first_step,
            lost,
            like_flow_from: like_flow.map(|rung| steps[rung].step),
            steps,
            decisions,
            points: Vec::new(),
            fates: Vec::new(),
        };
        (found.recommended, found.reason) = found.recommendation();
        found
    }

    /// The realisation that keeps the task, and why.
    fn recommendation(&self) -> (Recommended, String) {
        let map = &self.steps[0];
        if map.right == 0 {
            let text = "the trained map has no trial right: there is no task to keep";
            return (Recommended::Retrain, text.to_owned());
        }
        if self.lost == 0 {
            let trials = right_of(map);
            let text = format!("the flow has right what the trained map has right, {trials}");
            return (Recommended::Opamp, text);
        }
        let lost = format!(
            "the flow loses {} of the {} that the trained map has right",
            self.lost,
            count(map.right, "trial")
        );
        let again = self.like_flow_from.filter(|step| *step < self.trained_step);
        let again = again.map_or_else(
            || "train again with a step far below the trained one".to_owned(),
            |step| {
                format!(
                    "train again with a smaller step: at {step} this network decides as its flow"
                )
            },
        );
        if self.trained_step == 1.0 {
            let text = format!(
                "{lost}; a circuit on a clock is the map itself, step for step; or {again}"
            );
            return (Recommended::Sampled, text);
        }
        let text = format!(
            "{lost}, and a circuit on a clock is a map of step 1, not of {}; {again}",
            self.trained_step
        );
        (Recommended::Retrain, text)
    }
}

fn right_of(rung: &Rung) -> String {
    format!("{} of {}", rung.right, rung.judged)
}

/// A step, or the flow.
fn step(value: f64) -> String {
    if value > 0.0 { format!("{}", rounded(value)) } else { "flow".to_owned() }
}

/// Three digits, and no more zeros than there are.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Where a change was found.
fn place(first: Option<f64>, kept: Option<f64>) -> String {
    match (first, kept) {
        (Some(first), Some(kept)) if first > 0.0 => {
            format!("{} (not yet at {})", rounded(first), rounded(kept))
        }
        (Some(_), Some(kept)) => format!("below {}", rounded(kept)),
        _ => "-".to_owned(),
    }
}

fn outputs(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().take(4).map(|y| format!("{y:+.2}")).collect();
    let more = if values.len() > 4 { " ..." } else { "" };
    format!("{}{more}", all.join(" "))
}

impl Display for Realisability {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "RECOMMENDED {}: {}\n", self.recommended.word(), self.reason)?;
        writeln!(f, "{:<10}{:<14}{:<20}time right", "step", "trials right", "99 % confidence")?;
        for rung in &self.steps {
            let [low, high] = rung.confidence.map(|share| 100.0 * share);
            writeln!(
                f,
                "{:<10}{:<14}{:<20}{:.1} %",
                step(rung.step),
                right_of(rung),
                format!("{low:.1} to {high:.1} %"),
                100.0 * rung.time_right
            )?;
        }
        self.write_decisions(f)?;
        self.write_points(f)?;
        self.write_fates(f)
    }
}

impl Realisability {
    fn write_decisions(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let changed: Vec<&TrialChange> =
            self.decisions.iter().filter(|d| d.first_step.is_some()).collect();
        if changed.is_empty() {
            return writeln!(f, "\nno decision changes");
        }
        let width = changed.iter().map(|d| d.name.chars().count()).max().unwrap_or(0).max(5);
        writeln!(f, "\n{:width$}  map          flow         changes at a step of", "trial")?;
        let word = |right: bool| if right { "right" } else { "WRONG" };
        for d in changed.iter().take(LISTED) {
            let side = |at: usize| format!("{} {:+.2}", word(d.right[at]), d.mean[at]);
            writeln!(
                f,
                "{:width$}  {:<12} {:<12} {}",
                d.name,
                side(0),
                side(d.right.len() - 1),
                place(d.first_step, d.last_kept)
            )?;
        }
        more(f, changed.len())
    }

    fn write_points(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.points.is_empty() {
            return Ok(());
        }
        let sum =
            |attracts: fn(&PointChange) -> bool| self.points.iter().filter(|p| attracts(p)).count();
        writeln!(
            f,
            "\n{} at rest: {} in the trained map, {} in the flow",
            count(self.points.len(), "point"),
            attract(sum(|p| p.unstable_map == 0)),
            attract(sum(|p| p.unstable_flow == 0))
        )?;
        writeln!(f, "{:<30}away: map  flow  attracts below a step of", "outputs")?;
        for p in self.points.iter().take(LISTED) {
            let name = if p.size == 0.0 { "the origin".to_owned() } else { outputs(&p.outputs) };
            let below = p.attracts_below.map_or("-".to_owned(), |d| format!("{}", rounded(d)));
            writeln!(f, "{name:<30}{:>9}  {:>4}  {below}", p.unstable_map, p.unstable_flow)?;
        }
        more(f, self.points.len())
    }

    fn write_fates(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.fates.is_empty() {
            return Ok(());
        }
        let width = self.fates.iter().map(|d| d.name.chars().count()).max().unwrap_or(0).max(5);
        writeln!(
            f,
            "\n{:width$}  {:<24}  {:<24}  changes at a step of",
            "after", "the map comes to", "the flow comes to"
        )?;
        for fate in self.fates.iter().take(LISTED) {
            let side = |kind: &str, y: &[f64]| format!("{kind} {}", outputs(y));
            writeln!(
                f,
                "{:width$}  {:<24}  {:<24}  {}",
                fate.name,
                side(fate.map, &fate.map_outputs),
                side(fate.flow, &fate.flow_outputs),
                place(fate.first_step, fate.last_kept)
            )?;
        }
        more(f, self.fates.len())
    }
}

fn attract(number: usize) -> String {
    format!("{number} {}", if number == 1 { "attracts" } else { "attract" })
}

fn more(f: &mut Formatter<'_>, all: usize) -> fmt::Result {
    if all > LISTED { writeln!(f, "... and {} more", all - LISTED) } else { Ok(()) }
}
