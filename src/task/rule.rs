//! From an output over time to a decision.

use serde::{Deserialize, Serialize};

/// How a mean output becomes a class, which is a number: the level aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// 1 above `at`, else 0.
    Threshold {
        /// The threshold.
        at: f64,
    },
    /// The sign of the output where its modulus is at least `none_below`, else
    /// 0 for "none": an answer that has to be given, or withheld.
    Sign {
        /// Least modulus of an answer.
        none_below: f64,
    },
    /// 1 above `at`, -1 below -`at`, else 0: a memory with three levels.
    ThreeLevel {
        /// Border of the middle level, which belongs to it.
        at: f64,
    },
}

impl Rule {
    /// The class of a mean output; `None` where that is not a number.
    #[must_use]
    pub fn class(self, mean: f64) -> Option<i8> {
        if mean.is_nan() {
            return None;
        }
        let (positive, negative) = match self {
            Self::Threshold { at } => (mean > at, false),
            Self::Sign { none_below } => (mean >= none_below, mean <= -none_below),
            Self::ThreeLevel { at } => (mean > at, mean < -at),
        };
        Some(i8::from(positive) - i8::from(negative))
    }

    /// The classes that the rule can give.
    #[must_use]
    pub fn classes(self) -> &'static [i8] {
        match self {
            Self::Threshold { .. } => &[0, 1],
            Self::Sign { .. } | Self::ThreeLevel { .. } => &[-1, 0, 1],
        }
    }

    /// The border between classes; a usable one is finite and, for the rules
    /// with three classes, positive.
    pub(super) fn border(self) -> f64 {
        match self {
            Self::Threshold { at } | Self::ThreeLevel { at } => at,
            Self::Sign { none_below } => none_below,
        }
    }
}

/// When an output is judged, and what is right.
///
/// # Time
///
/// A window `[from, to)` is counted as tasks are written for discrete
/// networks, in steps: step n of the map ends at the model time n + 1, so that
/// the sample at time t belongs to the window where `from < t <= to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Output, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub output: usize,
    /// Start of the window, model time units.
    pub from: f64,
    /// End of the window, model time units.
    pub to: f64,
    /// The right class; `None` where an output is observed but not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<i8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(output: &usize) -> bool {
    *output == 0
}

/// What an output did in one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Length of the window, model time units.
    pub length: f64,
    /// Mean over the window.
    pub mean: f64,
    /// Mean over the last part of the window: what is left when the answer has to last.
    pub last_mean: f64,
    /// Class of the mean; `None` where it is not a number.
    pub class: Option<i8>,
    /// Class of the last mean.
    pub last_class: Option<i8>,
    /// Share of the window during which the class of the output itself, not of
    /// a mean, is right; `None` where nothing is said to be right.
    pub share: Option<f64>,
    /// Whether both classes are right; `None` where nothing is said to be right.
    pub right: Option<bool>,
}

/// Why an output cannot be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// Times and samples differ in number.
    #[error("{times} times for {samples} samples of the output")]
    Samples {
        /// Number of times.
        times: usize,
        /// Number of samples.
        samples: usize,
    },
    /// A time is NaN or not after the one before.
    #[error("the times do not ascend: number {index} is {value}")]
    Order {
        /// Index of the time, from 0.
        index: usize,
        /// The time.
        value: f64,
    },
    /// The samples leave part of the window out.
    #[error("the samples reach from {first} to {last}, the window from {from} to {to}")]
    Uncovered {
        /// First time.
        first: f64,
        /// Last time.
        last: f64,
        /// Start of the window.
        from: f64,
        /// End of the window.
        to: f64,
    },
    /// An answer is about an output that the trajectory lacks.
    #[error("the answer is about output {output}, the network has {outputs}")]
    Output {
        /// Index asked for.
        output: usize,
        /// Number of outputs.
        outputs: usize,
    },
}

/// Judges one output.
///
/// `samples[i]` is the output at `times[i]`, and stands for the time since the
/// sample before it: samples at unit times are weighted alike, which is the
/// mean over steps of the discrete map, and samples at any other ascending
/// times approximate the integral. `last` is the length of the last part.
///
/// The samples have to reach from at most one unit after the start of the
/// window (where the first step of a discrete map ends) to its end.
///
/// # Errors
///
/// [`DecisionError`] where the samples do not cover the window.
pub fn decide(
    rule: Rule,
    answer: &Answer,
    last: f64,
    times: &[f64],
    samples: &[f64],
) -> Result<Decision, DecisionError> {
    if times.len() != samples.len() {
        return Err(DecisionError::Samples { times: times.len(), samples: samples.len() });
    }
    let ascends = |index: &usize| *index == 0 || times[*index] > times[index - 1];
    if let Some(index) = (0..times.len()).find(|i| !ascends(i) || times[*i].is_nan()) {
        return Err(DecisionError::Order { index, value: times[index] });
    }
    let (from, to) = (answer.from, answer.to);
    let ends = (times.first().copied(), times.last().copied());
    let (first, end) = (ends.0.unwrap_or(f64::NAN), ends.1.unwrap_or(f64::NAN));
    let last_from = if to - last > from { to - last } else { from };
    let all = Window { from, to }.weigh(times);
    let tail = Window { from: last_from, to }.weigh(times);
    if !(first <= from + 1.0 && end >= to) || all.is_empty() || tail.is_empty() {
        return Err(DecisionError::Uncovered { first, last: end, from, to });
    }
    let (mean, last_mean) = (mean(&all, samples), mean(&tail, samples));
    let (class, last_class) = (rule.class(mean), rule.class(last_mean));
    let share = answer.class.map(|right| {
        let whole: f64 = all.iter().map(|(_, weight)| weight).sum();
        let held = all.iter().filter(|(i, _)| rule.class(samples[*i]) == Some(right));
        held.map(|(_, weight)| weight).sum::<f64>() / whole
    });
    let right = answer.class.map(|right| class == Some(right) && last_class == Some(right));
    Ok(Decision { length: to - from, mean, last_mean, class, last_class, share, right })
}

/// A stretch of time, open at the start.
struct Window {
    from: f64,
    to: f64,
}

impl Window {
    /// The samples that belong to the window, each with the time it stands for.
    fn weigh(&self, times: &[f64]) -> Vec<(usize, f64)> {
        let inside = |&(_, &t): &(usize, &f64)| t > self.from && t <= self.to;
        times
            .iter()
            .enumerate()
            .filter(inside)
            .map(|(i, &t)| {
                let before = if i == 0 { self.from } else { times[i - 1] };
                (i, t - if before > self.from { before } else { self.from })
            })
            .collect()
    }
}

/// The weighted mean; NaN where a sample is.
fn mean(weights: &[(usize, f64)], samples: &[f64]) -> f64 {
    let whole: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.iter().map(|&(i, weight)| weight * samples[i]).sum::<f64>() / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLD: Rule = Rule::Threshold { at: 0.5 };

    fn answer(from: f64, to: f64, class: i8) -> Answer {
        Answer { output: 0, from, to, class: Some(class) }
    }

    /// Unit times 1, 2, ... as the steps of a discrete map end.
    fn steps(samples: &[f64]) -> Vec<f64> {
        (1..=samples.len()).map(|n| n as f64).collect()
    }

    #[test]
    fn rules_name_their_classes() {
        let sign = Rule::Sign { none_below: 0.5 };
        let three = Rule::ThreeLevel { at: 0.5 };
        let classes = |rule: Rule| [-1.0, -0.5, 0.0, 0.5, 1.0].map(|y| rule.class(y).unwrap());
        assert_eq!(classes(THRESHOLD), [0, 0, 0, 0, 1]);
        assert_eq!(classes(sign), [-1, -1, 0, 1, 1]);
        assert_eq!(classes(three), [-1, 0, 0, 0, 1]);
        assert_eq!(three.class(f64::NAN), None);
    }

    #[test]
    fn a_window_counts_steps_as_the_discrete_map_does() {
        // Step n ends at n + 1: steps 2, 3 and 4 are samples 2, 3 and 4.
        let samples = [9.0, 9.0, 1.0, 2.0, 6.0, 9.0];
        let decision =
            decide(THRESHOLD, &answer(2.0, 5.0, 1), 2.0, &steps(&samples), &samples).unwrap();
        assert_eq!((decision.mean, decision.last_mean), (3.0, 4.0));
        assert_eq!((decision.right, decision.share), (Some(true), Some(1.0)));
    }

    #[test]
    fn an_answer_that_comes_late_or_does_not_last_is_wrong() {
        let late = [0.0, 0.0, 0.0, 1.0];
        let decision = decide(THRESHOLD, &answer(0.0, 4.0, 1), 1.0, &steps(&late), &late).unwrap();
        assert_eq!((decision.class, decision.last_class), (Some(0), Some(1)));
        assert_eq!((decision.right, decision.share), (Some(false), Some(0.25)));
        let brief = [1.0, 1.0, 1.0, 0.0];
        let decision =
            decide(THRESHOLD, &answer(0.0, 4.0, 1), 1.0, &steps(&brief), &brief).unwrap();
        assert_eq!((decision.class, decision.last_class), (Some(1), Some(0)));
        assert_eq!(decision.right, Some(false));
    }

    #[test]
    fn crowded_samples_do_not_weigh_more() {
        // y = t on a grid that is a thousand times finer before 1 than after.
        let fine = (0..=1000).map(|i| f64::from(i) / 1000.0);
        let times: Vec<f64> = fine.chain((1..=3).map(|i| 1.0 + f64::from(i))).collect();
        let decision = decide(THRESHOLD, &answer(0.0, 4.0, 1), 4.0, &times, &times).unwrap();
        assert!((decision.mean - (0.5005 + 2.0 + 3.0 + 4.0) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_sample_before_the_window_shortens_the_first_weight() {
        let (times, samples) = ([0.0, 3.0, 4.0], [7.0, 1.0, 4.0]);
        let decision = decide(THRESHOLD, &answer(2.5, 4.0, 1), 9.0, &times, &samples).unwrap();
        assert!((decision.mean - (0.5 * 1.0 + 4.0) / 1.5).abs() < 1e-15);
        assert!((decision.last_mean - decision.mean).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_a_number_is_never_right() {
        let samples = [0.0, f64::NAN, 0.0];
        let decision =
            decide(THRESHOLD, &answer(0.0, 3.0, 0), 1.0, &steps(&samples), &samples).unwrap();
        assert_eq!((decision.class, decision.last_class), (None, Some(0)));
        assert_eq!(decision.right, Some(false));
        let open = Answer { class: None, ..answer(0.0, 3.0, 0) };
        let decision = decide(THRESHOLD, &open, 1.0, &steps(&samples), &samples).unwrap();
        assert_eq!((decision.right, decision.share), (None, None));
    }

    #[test]
    fn samples_that_miss_the_window_are_refused() {
        let judge = |from, to, times: &[f64]| {
            decide(THRESHOLD, &answer(from, to, 0), 2.0, times, &vec![0.0; times.len()])
                .unwrap_err()
                .to_string()
        };
        let text = "the samples reach from 1 to 3, the window from 1 to 4";
        assert_eq!(judge(1.0, 4.0, &[1.0, 2.0, 3.0]), text);
        assert!(judge(1.0, 4.0, &[2.5, 3.0, 4.0]).contains("from 2.5 to 4"));
        assert!(judge(1.0, 4.0, &[]).contains("from NaN to NaN"));
        assert_eq!(judge(0.0, 3.0, &[1.0, 1.0, 3.0]), "the times do not ascend: number 1 is 1");
        assert!(judge(0.0, 3.0, &[f64::NAN, 1.0, 3.0]).contains("number 0 is NaN"));
        assert!(decide(THRESHOLD, &answer(0.0, 1.0, 0), 1.0, &[1.0], &[]).is_err());
    }
}
