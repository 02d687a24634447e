//! Whether stimuli are for this network.

use crate::{rnn::Rnn, task::StimulusSet};

/// Stimuli that drive or judge another network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stimuli `{task}` drive {channels} inputs and judge {judged} outputs; the network has {inputs} inputs and {outputs} outputs"
)]
pub struct Misfit {
    /// Name of the set.
    pub task: String,
    /// Its channels.
    pub channels: usize,
    /// Outputs it judges.
    pub judged: usize,
    /// Inputs of the network.
    pub inputs: usize,
    /// Outputs of the network.
    pub outputs: usize,
}

/// Checks that the stimuli have a channel for every input, and judge outputs that are there.
///
/// # Errors
///
/// [`Misfit`] where they do not.
pub(super) fn fitting(network: &Rnn, stimuli: &StimulusSet) -> Result<(), Misfit> {
    let (_, inputs, outputs) = network.shape();
    let parts = stimuli.parts();
    let answers = parts.trials.iter().flat_map(|t| &t.answers);
    let judged = answers.map(|a| a.output + 1).max().unwrap_or(0);
    let channels = parts.channels.len();
    if channels == inputs && judged <= outputs {
        return Ok(());
    }
    Err(Misfit { task: parts.task.clone(), channels, judged, inputs, outputs })
}
