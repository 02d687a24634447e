//! Conditions compared.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rnn::{Direction, Initialiser};
use crate::train::ensemble::Row;
use crate::train::{Pattern, TrainSpec, chance};

/// What members share that differ in their seed alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Task.
    pub task: String,
    /// N.
    pub units: usize,
    /// Kind of the initial recurrent weights.
    pub start: String,
    /// Which weights share a sign; `None` without constraint.
    pub direction: Option<Direction>,
    /// Share of inhibitory units, where there are signs.
    pub inhibitory: Option<f64>,
}

/// A mean with the interval that holds it in 95 of 100 cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What the members of one condition come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The condition.
    pub condition: Condition,
    /// Members.
    pub networks: usize,
    /// Members that solve their task.
    pub solved: usize,
    /// Seventh largest modulus after training.
    pub seventh: Interval,
    /// The same before.
    pub initial_seventh: Interval,
    /// Fitted radius after training; `None` where a member has none.
    pub radius: Option<Interval>,
    /// Largest modulus after training.
    pub largest: Interval,
    /// Largest real part before training.
    pub initial_rightmost: Interval,
    /// What theory says of radius and outlier before training.
    pub predicted: (f64, f64),
}

/// The difference of the seventh modulus between two conditions that differ in one thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contrast {
    /// First and second condition.
    pub between: (Condition, Condition),
    /// In what they differ: `inhibitory`, `units` or `start`.
    pub by: &'static str,
    /// Second minus first.
    pub difference: Interval,
    /// Whether 0 is outside of the interval.
    pub differs: bool,
}

/// Samples drawn for an interval.
const RESAMPLES: usize = 10_000;

impl Condition {
    /// That of a training.
    #[must_use]
    pub fn of(spec: &TrainSpec) -> Self {
        let start = match spec.network.recurrent {
            Initialiser::Normal { .. } => "normal",
            Initialiser::Orthogonal { .. } => "orthogonal",
            Initialiser::Glorot => "glorot",
            Initialiser::Identity { .. } => "identity",
            Initialiser::HalfNormal { .. } => "half_normal",
            Initialiser::Balanced { .. } => "balanced",
        };
        let gain = match spec.network.recurrent {
            Initialiser::Glorot => 1.0,
            Initialiser::Normal { gain }
            | Initialiser::Orthogonal { gain }
            | Initialiser::Identity { gain }
            | Initialiser::HalfNormal { gain, .. }
            | Initialiser::Balanced { gain, .. } => gain,
        };
        let start = if gain == 1.0 { start.to_owned() } else { format!("{start}_{gain}") };
        let signs = spec.constraints.signs.as_ref();
        Self {
            task: spec.task.task().to_owned(),
            units: spec.network.units,
            start,
            direction: signs.map(|signs| signs.direction),
            inhibitory: signs.map(|signs| share(&signs.pattern, spec.network.units)),
        }
    }
}

/// Share of inhibitory units.
fn share(pattern: &Pattern, units: usize) -> f64 {
    match pattern {
        Pattern::First(share) => *share,
        Pattern::Blocks(blocks) => {
            let inhibitory = blocks.iter().filter(|block| block.inhibitory);
            inhibitory.map(|block| block.units).sum::<usize>() as f64 / units as f64
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_n{}_{}", self.task, self.units, self.start)?;
        if let (Some(direction), Some(share)) = (self.direction, self.inhibitory) {
            let direction = match direction {
                Direction::Incoming => "incoming",
                Direction::Outgoing => "outgoing",
            };
            write!(f, "_{direction}_i{share}")?;
        }
        Ok(())
    }
}

/// Every condition of a table in the order in which it comes, and all pairs that differ in
/// the share of inhibitory units, in the number of units, or in the start alone.
///
/// Intervals are those of the percentile bootstrap (Efron 1979), 10,000 samples of a fixed
/// seed; with few members they are too narrow, by about a fifth with five.
#[must_use]
pub fn summary(rows: &[Row]) -> (Vec<Summary>, Vec<Contrast>) {
    let mut conditions: Vec<&Condition> = Vec::new();
    for row in rows {
        if !conditions.contains(&&row.condition) {
            conditions.push(&row.condition);
        }
    }
    let of = |condition: &Condition| -> Vec<&Row> {
        rows.iter().filter(|row| row.condition == *condition).collect()
    };
    let summaries = conditions.iter().map(|condition| summarise(condition, &of(condition)));
    let mut contrasts = Vec::new();
    for (k, first) in conditions.iter().enumerate() {
        for second in &conditions[k + 1..] {
            let Some(by) = only_difference(first, second) else { continue };
            let sevenths = |condition| -> Vec<f64> {
                of(condition).iter().map(|row| row.trained.seventh).collect()
            };
            let (a, b) = (sevenths(first), sevenths(second));
            if a.len() < 2 || b.len() < 2 {
                continue;
            }
            let difference = bootstrap(&[&a, &b], |means| means[1] - means[0]);
            let differs = difference.low > 0.0 || difference.high < 0.0;
            let between = ((*first).clone(), (*second).clone());
            contrasts.push(Contrast { between, by, difference, differs });
        }
    }
    (summaries.collect(), contrasts)
}

fn summarise(condition: &Condition, rows: &[&Row]) -> Summary {
    let interval = |value: fn(&Row) -> f64| {
        let values: Vec<f64> = rows.iter().map(|row| value(row)).collect();
        bootstrap(&[&values], |means| means[0])
    };
    let radii: Option<Vec<f64>> = rows.iter().map(|row| row.trained.radius).collect();
    Summary {
        condition: condition.clone(),
        networks: rows.len(),
        solved: rows.iter().filter(|row| row.is_solved()).count(),
        seventh: interval(|row| row.trained.seventh),
        initial_seventh: interval(|row| row.initial.seventh),
        radius: radii.map(|radii| bootstrap(&[&radii], |means| means[0])),
        largest: interval(|row| row.trained.largest),
        initial_rightmost: interval(|row| row.initial.rightmost),
        predicted: rows
            .first()
            .map_or((f64::NAN, f64::NAN), |row| (row.predicted_radius, row.predicted_outlier)),
    }
}

/// The one thing in which two conditions differ.
fn only_difference(a: &Condition, b: &Condition) -> Option<&'static str> {
    let differences = [
        ("inhibitory", a.inhibitory != b.inhibitory),
        ("units", a.units != b.units),
        ("start", a.start != b.start),
        ("", a.task != b.task || a.direction != b.direction),
    ];
    let mut found = differences.iter().filter(|(_, differs)| *differs);
    match (found.next(), found.next()) {
        (Some((by, _)), None) if !by.is_empty() => Some(by),
        _ => None,
    }
}

/// A function of the means of samples, with its interval.
fn bootstrap(samples: &[&[f64]], of: impl Fn(&[f64]) -> f64) -> Interval {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let means: Vec<f64> = samples.iter().map(|sample| mean(sample)).collect();
    let mut random = chance(1, 0);
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let means: Vec<f64> = samples
                .iter()
                .map(|sample| {
                    let pick = |_| sample[(random.uniform() * sample.len() as f64) as usize];
                    (0..sample.len()).map(pick).sum::<f64>() / sample.len() as f64
                })
                .collect();
            of(&means)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let (low, high) = (drawn[RESAMPLES / 40], drawn[RESAMPLES - 1 - RESAMPLES / 40]);
    Interval { mean: of(&means), low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_what_it_should_as_often_as_it_says() {
        let mut random = chance(5, 1);
        let mut held = 0;
        for _ in 0..300 {
            let sample: Vec<f64> = (0..30).map(|_| 2.0 + random.normal()).collect();
            let Interval { mean, low, high } = bootstrap(&[&sample], |means| means[0]);
            assert!(low < mean && mean < high);
            held += usize::from(low < 2.0 && 2.0 < high);
        }
        // 95 % of 300 are 285; the percentile interval of 30 values is a little narrow.
        assert!((265..298).contains(&held), "{held}");
    }

    #[test]
    fn conditions_differ_in_one_thing_or_are_not_compared() {
        let condition = |units, start: &str, inhibitory| Condition {
            task: "and".to_owned(),
            units,
            start: start.to_owned(),
            direction: Some(Direction::Outgoing),
            inhibitory: Some(inhibitory),
        };
        let first = condition(100, "normal", 0.5);
        assert_eq!(only_difference(&first, &condition(100, "normal", 0.3)), Some("inhibitory"));
        assert_eq!(only_difference(&first, &condition(200, "normal", 0.5)), Some("units"));
        assert_eq!(only_difference(&first, &condition(200, "normal", 0.3)), None);
        let other = Condition { direction: None, ..first.clone() };
        assert_eq!(only_difference(&first, &other), None);
        assert_eq!(first.to_string(), "and_n100_normal_outgoing_i0.5");
    }
}
