//! How often a network was right.

use serde::Serialize;

use crate::task::{Decision, Verdict};

/// How often decisions were right. What was not judged does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Accuracy {
    /// Judged trials.
    pub trials: usize,
    /// Trials of which all judged decisions were right.
    pub trials_right: usize,
    /// Judged decisions.
    pub decisions: usize,
    /// Decisions that were right.
    pub decisions_right: usize,
    /// Time in judged windows, model time units.
    pub time: f64,
    /// Part of that time with the output itself in the right class.
    pub time_right: f64,
}

impl Accuracy {
    /// Counts verdicts, of a whole set or of any part.
    #[must_use]
    pub fn of<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Self {
        let mut sum = Self::default();
        for verdict in verdicts {
            sum.trials += usize::from(verdict.right.is_some());
            sum.trials_right += usize::from(verdict.right == Some(true));
            verdict.decisions.iter().for_each(|decision| sum.count(decision));
        }
        sum
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.trials += other.trials;
        self.trials_right += other.trials_right;
        self.decisions += other.decisions;
        self.decisions_right += other.decisions_right;
        self.time += other.time;
        self.time_right += other.time_right;
    }

    fn count(&mut self, decision: &Decision) {
        let (Some(right), Some(share)) = (decision.right, decision.share) else { return };
        self.decisions += 1;
        self.decisions_right += usize::from(right);
        self.time += decision.length;
        self.time_right += share * decision.length;
    }

    /// Share of trials that were right; NaN where none was judged.
    #[must_use]
    pub fn by_trial(&self) -> f64 {
        self.trials_right as f64 / self.trials as f64
    }

    /// Share of decisions that were right; NaN where none was judged.
    #[must_use]
    pub fn by_decision(&self) -> f64 {
        self.decisions_right as f64 / self.decisions as f64
    }

    /// Share of the judged time with the output in the right class; NaN where
    /// none was judged.
    #[must_use]
    pub fn by_time(&self) -> f64 {
        self.time_right / self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_judged_counts() {
        let decision = |right: Option<bool>, share: Option<f64>, length| Decision {
            length,
            mean: 0.0,
            last_mean: 0.0,
            class: Some(0),
            last_class: Some(0),
            share,
            right,
        };
        let verdicts = [
            Verdict {
                decisions: vec![
                    decision(Some(true), Some(1.0), 10.0),
                    decision(Some(false), Some(0.25), 30.0),
                    decision(None, None, 70.0),
                ],
                right: Some(false),
            },
            Verdict { decisions: vec![decision(Some(true), Some(0.5), 10.0)], right: Some(true) },
            Verdict { decisions: vec![decision(None, None, 5.0)], right: None },
        ];
        let accuracy = Accuracy::of(&verdicts);
        assert_eq!((accuracy.trials, accuracy.trials_right), (2, 1));
        assert_eq!((accuracy.decisions, accuracy.decisions_right), (3, 2));
        assert_eq!((accuracy.by_trial(), accuracy.by_time()), (0.5, (10.0 + 7.5 + 5.0) / 50.0));
        assert!(Accuracy::of(&[]).by_decision().is_nan());
        let mut sum = Accuracy::of(&verdicts[..1]);
        sum.add(&Accuracy::of(&verdicts[1..]));
        assert_eq!(sum, accuracy);
    }
}
