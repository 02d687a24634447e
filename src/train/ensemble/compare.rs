//! Conditions compared.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rnn::{Direction, Initialiser, Prediction};
use crate::train::ensemble::Row;
use crate::train::{Pattern, TrainSpec};

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

/// A mean with the interval that holds it in 95 of 100 cases, where values are normal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Mean; NaN of no value.
    pub mean: f64,
    /// Lower and upper end; `None` of fewer than two values.
    pub ends: Option<(f64, f64)>,
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
    /// Members that diverged; they count in nothing below.
    pub diverged: usize,
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
    /// What theory says of the spectrum before training, where it says anything.
    pub predicted: Option<Prediction>,
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
        let mut start = if gain == 1.0 { start.to_owned() } else { format!("{start}_{gain}") };
        if let Initialiser::HalfNormal { inhibitory, .. }
        | Initialiser::Balanced { inhibitory, .. } = spec.network.recurrent
        {
            start = format!("{start}_f{inhibitory}");
        }
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
/// Intervals are Student's, of differences Welch's, which do not use that members of the
/// same seed start from the same draw. Members that diverged are left out.
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
                whole(&of(condition)).map(|row| row.trained.seventh).collect()
            };
            let difference = welch(&sevenths(first), &sevenths(second));
            let Some((low, high)) = difference.ends else { continue };
            let differs = low > 0.0 || high < 0.0;
            let between = ((*first).clone(), (*second).clone());
            contrasts.push(Contrast { between, by, difference, differs });
        }
    }
    (summaries.collect(), contrasts)
}

/// Members that did not diverge.
fn whole<'a>(rows: &'a [&'a Row]) -> impl Iterator<Item = &'a Row> {
    rows.iter().copied().filter(|row| !row.diverged())
}

fn summarise(condition: &Condition, rows: &[&Row]) -> Summary {
    let interval = |value: fn(&Row) -> f64| student(&whole(rows).map(value).collect::<Vec<_>>());
    let radii: Option<Vec<f64>> = whole(rows).map(|row| row.trained.radius).collect();
    Summary {
        condition: condition.clone(),
        networks: rows.len(),
        solved: rows.iter().filter(|row| row.is_solved()).count(),
        diverged: rows.iter().filter(|row| row.diverged()).count(),
        seventh: interval(|row| row.trained.seventh),
        initial_seventh: interval(|row| row.initial.seventh),
        radius: radii.map(|radii| student(&radii)),
        largest: interval(|row| row.trained.largest),
        initial_rightmost: interval(|row| row.initial.rightmost),
        predicted: rows.first().and_then(|row| row.predicted),
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

/// Mean and variance of the mean, the latter of at least two values.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

/// The mean of a sample with Student's interval.
fn student(values: &[f64]) -> Interval {
    let (mean, variance) = moments(values);
    let reach = || quantile(values.len() as f64 - 1.0) * variance.sqrt();
    Interval { mean, ends: (values.len() > 1).then(|| (mean - reach(), mean + reach())) }
}

/// The mean of the second sample less that of the first, with Welch's interval
/// (Biometrika 34, 28 (1947)).
fn welch(first: &[f64], second: &[f64]) -> Interval {
    let ((a, va), (b, vb)) = (moments(first), moments(second));
    let (n, m) = (first.len() as f64, second.len() as f64);
    let mean = b - a;
    let ends = (n > 1.0 && m > 1.0).then(|| {
        let freedom = (va + vb).powi(2) / (va * va / (n - 1.0) + vb * vb / (m - 1.0));
        // Of samples without any spread it is 0 / 0, and does not matter.
        let reach = if va + vb > 0.0 { quantile(freedom) * (va + vb).sqrt() } else { 0.0 };
        (mean - reach, mean + reach)
    });
    Interval { mean, ends }
}

/// The number that Student's t of so many degrees of freedom, at least 1, stays below in
/// modulus in 95 of 100 cases.
///
/// With `t = sqrt(nu) tan theta` the density is `cos^(nu - 1) theta` but for a factor.
fn quantile(freedom: f64) -> f64 {
    const CELLS: usize = 2000;
    // Simpson's rule from 0 to `end`.
    let integral = |end: f64| -> f64 {
        let h = end / CELLS as f64;
        let value = |k: usize| {
            // Rounding may take the cosine of a right angle below 0.
            let cosine = (h * k as f64).cos().abs();
            let weight = if k == 0 || k == CELLS { 1.0 } else { 2.0 + 2.0 * (k % 2) as f64 };
            weight * cosine.powf(freedom - 1.0)
        };
        (0..=CELLS).map(value).sum::<f64>() * h / 3.0
    };
    let right = std::f64::consts::FRAC_PI_2;
    let wanted = 0.95 * integral(right);
    let (mut low, mut high) = (0.0, right);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if integral(middle) < wanted { low = middle } else { high = middle }
    }
    freedom.sqrt() * low.tan()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of Student's t.
    #[test]
    fn quantiles_are_those_of_the_table() {
        for (freedom, right) in
            [(1.0, 12.706), (2.0, 4.303), (3.0, 3.182), (4.0, 2.776), (10.0, 2.228), (120.0, 1.980)]
        {
            assert!((quantile(freedom) - right).abs() < 1e-3, "{freedom}: {}", quantile(freedom));
        }
        // Between 1 and 2 the integrand ends steeply: SciPy 1.17 gives 6.0167 for 1.5.
        assert!((quantile(1.5) - 6.0167).abs() < 0.02, "{}", quantile(1.5));
    }

    #[test]
    fn an_interval_holds_what_it_should_as_often_as_it_says() {
        let mut random = crate::train::chance(5, 1);
        let mut normal = |count: usize, sd: f64| -> Vec<f64> {
            (0..count).map(|_| 2.0 + sd * random.normal()).collect()
        };
        let (mut held, mut held_difference) = (0, 0);
        for _ in 0..1000 {
            let (low, high) = student(&normal(3, 1.0)).ends.unwrap();
            held += usize::from(low < 2.0 && 2.0 < high);
            let (low, high) = welch(&normal(3, 1.0), &normal(5, 0.3)).ends.unwrap();
            held_difference += usize::from(low < 0.0 && 0.0 < high);
        }
        // 950 within five standard deviations of 7; Welch's is an approximation.
        assert!((915..985).contains(&held), "{held}");
        assert!((905..990).contains(&held_difference), "{held_difference}");
        assert_eq!(student(&[1.0]).ends, None);
        assert_eq!(welch(&[1.0, 1.0], &[3.0, 3.0]).ends, Some((2.0, 2.0)));
    }

    /// Rows of two shares; one member diverged and counts in no mean.
    #[test]
    fn contrasts_are_second_less_first_without_what_diverged() {
        let weights = |seventh: f64| {
            serde_json::json!({
                "largest": 1.0, "third": 0.8, "seventh": seventh, "smallest": 0.1, "twentieth": 0.2,
                "radius": 0.5, "inner": null, "outliers": 1, "rightmost": 0.9, "henrici": 0.7,
                "mean": 0.0, "sd": 0.1, "skewness": 0.0, "kurtosis": 0.0,
            })
        };
        let row = |share: f64, seventh: f64, stopped: &str| -> Row {
            let row = serde_json::json!({
                "name": "a", "task": "and", "units": 100, "start": "normal",
                "direction": "outgoing", "inhibitory": share, "seed": 1, "epochs": 1, "loss": 0.1,
                "accuracy": 1.0, "solved_at": 1, "stopped": stopped, "violations": 0,
                "initial": weights(0.6), "trained": weights(seventh), "predicted": null,
            });
            serde_json::from_value(row).unwrap()
        };
        let rows = [
            row(0.5, 0.60, "epochs"),
            row(0.5, 0.62, "epochs"),
            row(0.3, 0.50, "epochs"),
            row(0.3, 0.52, "epochs"),
            row(0.3, 9.00, "diverged"),
        ];
        let (summaries, contrasts) = summary(&rows);
        let [first, second] = &summaries[..] else { panic!("two conditions") };
        assert_eq!((first.networks, first.diverged), (2, 0));
        assert_eq!((second.networks, second.diverged), (3, 1));
        assert!((second.seventh.mean - 0.51).abs() < 1e-12);
        // Student, one degree of freedom: 12.706 times 0.01.
        let (low, high) = second.seventh.ends.unwrap();
        assert!((high - low - 2.0 * 0.127_06).abs() < 1e-4, "{low} {high}");
        let [contrast] = &contrasts[..] else { panic!("one contrast") };
        assert!((contrast.difference.mean + 0.1).abs() < 1e-12);
        // Welch, two degrees of freedom: 4.303 times 0.01 sqrt(2).
        let (low, high) = contrast.difference.ends.unwrap();
        assert!((high - low - 2.0 * 4.303 * 0.01 * 2.0_f64.sqrt()).abs() < 1e-4, "{low} {high}");
        assert_eq!((contrast.by, contrast.differs), ("inhibitory", true));
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
