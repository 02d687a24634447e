//! From a task and a number to a trial.

use super::{
    TaskParts, TaskSpec,
    family::{Draft, Target},
};
use crate::task::{
    Answer, Noise, Rule, SetError, SetParts, Stimulus, StimulusSet, Trial, noise::Normal,
    play::play_steps,
};

/// One trial of a task: as a description, and as numbers step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What is played and right, as in a [`StimulusSet`].
    pub trial: Trial,
    /// `inputs[step * channels + channel]`: the levels of the trial's [`Stimulus`].
    pub inputs: Vec<f32>,
    /// `targets[step * outputs + output]`.
    pub targets: Vec<f32>,
}

impl TaskSpec {
    /// The trial of a number.
    ///
    /// Seed and number choose the same trial to the bit on every machine; what
    /// is drawn comes from the `ChaCha8` stream of that number, its noise from a
    /// seed of its own that is drawn first.
    #[must_use]
    pub fn example(&self, seed: u64, index: u64) -> Example {
        let parts = self.parts();
        let (draft, own) = self.draft(seed, index);
        let mut targets = targets(parts, &draft);
        for (noise, target) in target_noise(parts, own).zip(&mut targets) {
            *target = (f64::from(*target) + noise) as f32;
        }
        let trial = trial(parts, draft, index, own);
        let inputs = play_steps(&trial, parts.channels.len(), self.steps());
        Example { trial, inputs, targets }
    }

    /// What is drawn of a trial, and the seed of its noise.
    fn draft(&self, seed: u64, index: u64) -> (Draft, u64) {
        let mut chance = Normal::new(seed, index);
        let own = chance.seed();
        (self.parts().trials.draft(self.parts(), &mut chance), own)
    }

    /// The first `count` trials of a seed, for circuit, reference and figures.
    ///
    /// Answers of a waveform have no class there: they are observed, not judged.
    ///
    /// # Errors
    ///
    /// [`SetError`] for a set without trials.
    pub fn set(&self, seed: u64, count: usize) -> Result<StimulusSet, SetError> {
        let parts = self.parts();
        let draw = |index: u64| {
            let (draft, own) = self.draft(seed, index);
            trial(parts, draft, index, own)
        };
        StimulusSet::new(SetParts {
            task: parts.task.clone(),
            version: 1,
            about: parts.about.clone(),
            time_unit: "one step of the discrete network".to_owned(),
            channels: parts.channels.clone(),
            outputs: parts.outputs.clone(),
            duration: f64::from(parts.steps),
            edge: Stimulus::EDGE,
            rule: parts.rule.rule().unwrap_or(Rule::Threshold { at: 0.5 }),
            last: f64::from(parts.last),
            trials: (0..count as u64).map(draw).collect(),
        })
    }
}

/// The targets without noise.
fn targets(parts: &TaskParts, draft: &Draft) -> Vec<f32> {
    let outputs = parts.outputs.len();
    let mut targets = vec![parts.base as f32; parts.steps as usize * outputs];
    for asked in &draft.asked {
        let (from, to) = (asked.from as usize, asked.to as usize);
        let rows = targets.chunks_exact_mut(outputs).take(to).skip(from);
        match &asked.target {
            Target::Held { level, .. } => {
                rows.for_each(|row| row[asked.output] = *level as f32);
            }
            Target::Wave(values) => {
                rows.zip(values).for_each(|(row, value)| row[asked.output] = *value as f32);
            }
        }
    }
    targets
}

/// The noise of the targets of a trial, step by step and output by output;
/// nothing for a task without.
pub(super) fn target_noise(parts: &TaskParts, seed: u64) -> impl Iterator<Item = f64> {
    let (sd, channels) = (parts.noise.target, parts.channels.len());
    let count = if sd > 0.0 { parts.outputs.len() } else { 0 };
    // The streams of the channels are those of the noise on the inputs.
    let mut streams: Vec<Normal> =
        (0..count).map(|output| Normal::new(seed, (channels + output) as u64)).collect();
    let values = if sd > 0.0 { parts.steps as usize * count } else { 0 };
    (0..values).map(move |at| sd * streams[at % count].sample())
}

fn trial(parts: &TaskParts, draft: Draft, index: u64, seed: u64) -> Trial {
    let rule = parts.rule.rule();
    let mut answers = Vec::with_capacity(draft.asked.len());
    for asked in &draft.asked {
        let (from, class) = match asked.target {
            Target::Held { level, settle } => {
                (asked.from + settle, rule.and_then(|rule| rule.class(level)))
            }
            Target::Wave(_) => (asked.from, None),
        };
        if from < asked.to {
            let (from, to) = (f64::from(from), f64::from(asked.to));
            answers.push(Answer { output: asked.output, from, to, class });
        }
    }
    let name =
        if draft.name.is_empty() { index.to_string() } else { format!("{index}: {}", draft.name) };
    // A trial whose targets alone are noisy needs the seed, too.
    let noise = (!parts.noise.is_none()).then_some(Noise { sd: parts.noise.input, seed });
    let (pulses, levels) = (draft.pulses, draft.levels);
    Trial { name, duration: None, pulses, levels, noise, answers }
}
