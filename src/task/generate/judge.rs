//! How good outputs are.

use serde::Serialize;

use super::{Example, TaskSpec, example::target_noise, spec::Reading};
use crate::task::{Accuracy, Answer, Decision, Rule, Verdict, rule::decide};

/// How good the outputs of a network are in a number of trials.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// How often it was right.
    pub accuracy: Accuracy,
    /// Mean square of output minus target over all samples; NaN for none.
    pub mean_square: f64,
    /// Whether each trial was right; `None` where nothing is judged.
    pub right: Vec<Option<bool>>,
}

impl TaskSpec {
    /// Judges outputs: `outputs[trial][step * substeps + substep][output]`, flat.
    ///
    /// Of a network that takes `substeps` steps in one step of the task the
    /// target holds for all of them; sample i is the output at the time
    /// `(i + 1)/substeps`, and windows are those of [`Answer`].
    ///
    /// # Panics
    ///
    /// Where the outputs are of another number, or the examples of another task.
    #[must_use]
    pub fn judge(&self, examples: &[Example], outputs: &[f32], substeps: usize) -> Score {
        let (width, samples) = (self.outputs().len(), self.steps() * substeps);
        assert!(substeps > 0, "no substeps");
        assert_eq!(outputs.len(), examples.len() * samples * width, "numbers of outputs");
        let times: Vec<f64> = (1..=samples).map(|i| i as f64 / substeps as f64).collect();
        let reference = self.parts().trials.reference(self.parts());
        let mut sum = 0.0;
        let mut verdicts = Vec::with_capacity(examples.len());
        for (example, own) in examples.iter().zip(outputs.chunks_exact(samples * width)) {
            assert_eq!(example.targets.len(), self.steps() * width, "numbers of targets");
            let trial = Played { example, outputs: own, substeps, width };
            sum += trial.square();
            let columns: Vec<Vec<f64>> = (0..width).map(|output| trial.column(output)).collect();
            let judge = |answer: &Answer| match self.parts().rule {
                Reading::Threshold { at } => {
                    self.held(Rule::Threshold { at }, answer, &times, &columns)
                }
                Reading::Sign { none_below } => {
                    self.held(Rule::Sign { none_below }, answer, &times, &columns)
                }
                Reading::ThreeLevel { at } => {
                    self.held(Rule::ThreeLevel { at }, answer, &times, &columns)
                }
                Reading::Waveform { within } => {
                    self.wave(&trial, answer, &columns, within * reference)
                }
            };
            let decisions: Vec<Decision> = example.trial.answers.iter().map(judge).collect();
            let mut judged = decisions.iter().filter_map(|decision| decision.right).peekable();
            let right = judged.peek().is_some().then(|| judged.all(|right| right));
            verdicts.push(Verdict { decisions, right });
        }
        Score {
            accuracy: Accuracy::of(&verdicts),
            mean_square: sum / outputs.len() as f64,
            right: verdicts.iter().map(|verdict| verdict.right).collect(),
        }
    }

    fn held(&self, rule: Rule, answer: &Answer, times: &[f64], columns: &[Vec<f64>]) -> Decision {
        let last = f64::from(self.parts().last);
        decide(rule, answer, last, times, &columns[answer.output])
            .expect("invariant: the samples reach from the first step to the last")
    }

    /// Judges a waveform by the largest root mean square that its error may have.
    fn wave(
        &self,
        trial: &Played<'_>,
        answer: &Answer,
        columns: &[Vec<f64>],
        bound: f64,
    ) -> Decision {
        let clean = self.clean_targets(trial.example);
        let substeps = trial.substeps;
        let (from, to) = (answer.from as usize * substeps, answer.to as usize * substeps);
        let values = &columns[answer.output][from..to];
        let target = |i: usize| clean[(from + i) / substeps * trial.width + answer.output];
        let count = values.len() as f64;
        let error = |(i, value): (usize, &f64)| value - target(i);
        let errors: Vec<f64> = values.iter().enumerate().map(error).collect();
        let size = (errors.iter().map(|e| e * e).sum::<f64>() / count).sqrt();
        let near = errors.iter().filter(|error| error.abs() <= bound).count();
        let last = &values[values.len().saturating_sub(self.parts().last as usize * substeps)..];
        Decision {
            length: answer.to - answer.from,
            mean: values.iter().sum::<f64>() / count,
            last_mean: last.iter().sum::<f64>() / last.len() as f64,
            class: None,
            last_class: None,
            share: Some(near as f64 / count),
            right: Some(size <= bound),
        }
    }

    /// The targets without their noise.
    fn clean_targets(&self, example: &Example) -> Vec<f64> {
        let mut clean: Vec<f64> = example.targets.iter().copied().map(f64::from).collect();
        if let Some(noise) = &example.trial.noise {
            for (noise, target) in target_noise(self.parts(), noise.seed).zip(&mut clean) {
                *target -= noise;
            }
        }
        clean
    }
}

/// A trial and what a network did in it.
struct Played<'a> {
    example: &'a Example,
    outputs: &'a [f32],
    substeps: usize,
    width: usize,
}

impl Played<'_> {
    /// One output over time.
    fn column(&self, output: usize) -> Vec<f64> {
        self.outputs.chunks_exact(self.width).map(|row| f64::from(row[output])).collect()
    }

    /// The sum of the squares of all errors.
    fn square(&self) -> f64 {
        let steps = self.outputs.chunks_exact(self.width * self.substeps);
        let targets = self.example.targets.chunks_exact(self.width);
        let square = |(step, targets): (&[f32], &[f32])| {
            let rows = step.chunks_exact(self.width).flat_map(|row| row.iter().zip(targets));
            rows.map(|(y, target)| (f64::from(*y) - f64::from(*target)).powi(2)).sum::<f64>()
        };
        steps.zip(targets).map(square).sum()
    }
}
