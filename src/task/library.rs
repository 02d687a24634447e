//! The sets of the papers' tasks, and one for networks whose task is unknown.

use crate::task::check::LONGEST;
use crate::task::noise::Normal;
use crate::task::{Pulse, Rule, SetParts, Stimulus, StimulusSet, Trial};

/// Name and file of every set, in the order of [`names`]; `stimuli/make.py` writes them.
const FILES: [(&str, &str); 9] = [
    ("and", include_str!("stimuli/and.json")),
    ("or", include_str!("stimuli/or.json")),
    ("xor", include_str!("stimuli/xor.json")),
    ("set_reset", include_str!("stimuli/set_reset.json")),
    ("flipflop3", include_str!("stimuli/flipflop3.json")),
    ("flipflop3_cube", include_str!("stimuli/flipflop3_cube.json")),
    ("multitask", include_str!("stimuli/multitask.json")),
    ("decision", include_str!("stimuli/decision.json")),
    ("decision_noisy", include_str!("stimuli/decision_noisy.json")),
];

/// The names of the sets that come with the package.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The set of that name, if there is one.
///
/// # Panics
///
/// Never: the sets of the package are read by its tests.
#[must_use]
pub fn named(name: &str) -> Option<StimulusSet> {
    let (_, text) = FILES.iter().find(|(own, _)| *own == name)?;
    Some(StimulusSet::from_json(text).expect("invariant: tests read all sets of the package"))
}

/// The least duration of [`seeded_pulses`].
const SHORTEST: u32 = 12;

/// Two pulses on every input in every trial, and nothing that is right: what to
/// drive a network with whose task is unknown.
///
/// The first pulse starts in the first third of the trial and the second in
/// its third quarter; each is a twelfth to a sixth of the trial wide and has the level
/// +-0.5, +-1 or +-1.5. At least one trial is made, of 12 to a million units; the
/// seed chooses all of it. Usual are 4 trials of 60 units.
///
/// # Panics
///
/// Never: the pulses fit into the trial.
#[must_use]
pub fn seeded_pulses(inputs: usize, seed: u64, trials: usize, duration: u32) -> StimulusSet {
    let trials = if trials == 0 { 1 } else { trials };
    let duration = duration.clamp(SHORTEST, LONGEST);
    let trial = |number: usize| Trial {
        name: format!("seed {seed}, {number}"),
        duration: None,
        pulses: (0..inputs).flat_map(|k| two_pulses(k, inputs, number, seed, duration)).collect(),
        levels: None,
        noise: None,
        answers: Vec::new(),
    };
    let parts = SetParts {
        task: "pulses".to_owned(),
        version: 1,
        about: format!("Two seeded pulses on every input (seed {seed})."),
        time_unit: "one step of the discrete network".to_owned(),
        channels: (0..inputs).map(|k| format!("x{k}")).collect(),
        outputs: Vec::new(),
        duration: f64::from(duration),
        edge: Stimulus::EDGE,
        rule: Rule::Threshold { at: 0.5 },
        last: 20.0,
        trials: (0..trials).map(trial).collect(),
    };
    StimulusSet::new(parts).expect("invariant: both pulses lie within the trial, apart")
}

/// The pulses of one input in one trial.
fn two_pulses(channel: usize, inputs: usize, trial: usize, seed: u64, duration: u32) -> [Pulse; 2] {
    let mut chance = Normal::new(seed, (trial * inputs + channel) as u64);
    let mut pulse = |earliest, latest| {
        let onset = chance.integer(earliest, latest);
        let width = chance.integer(duration / 12, duration / 6);
        let size = f64::from(chance.integer(1, 3)) * 0.5;
        let amplitude = if chance.integer(0, 1) == 0 { -size } else { size };
        let (onset, width) = (f64::from(onset), f64::from(width));
        Pulse { channel, onset, width, amplitude, hann: None }
    };
    [pulse(1, duration / 3), pulse(duration / 2 + 1, 3 * duration / 4)]
}
