//! The tasks that come with the package.

use super::TaskSpec;

/// Name and file of every task, in the order of [`TaskSpec::names`].
const FILES: &[(&str, &str)] = &[
    ("and", include_str!("tasks/and.toml")),
    ("or", include_str!("tasks/or.toml")),
    ("xor", include_str!("tasks/xor.toml")),
    ("not", include_str!("tasks/not.toml")),
    ("set_reset", include_str!("tasks/set_reset.toml")),
    ("flipflop3", include_str!("tasks/flipflop3.toml")),
    ("flipflop3_cube", include_str!("tasks/flipflop3_cube.toml")),
    ("pulse_memory", include_str!("tasks/pulse_memory.toml")),
    ("oscillator", include_str!("tasks/oscillator.toml")),
    ("multitask", include_str!("tasks/multitask.toml")),
    ("decision", include_str!("tasks/decision.toml")),
    ("decision_long_short", include_str!("tasks/decision_long_short.toml")),
    ("decision_amplitudes4", include_str!("tasks/decision_amplitudes4.toml")),
    ("decision_amplitudes8", include_str!("tasks/decision_amplitudes8.toml")),
    ("decision_intervals", include_str!("tasks/decision_intervals.toml")),
    ("integration", include_str!("tasks/integration.toml")),
    ("ei_and", include_str!("tasks/ei_and.toml")),
    ("ei_or", include_str!("tasks/ei_or.toml")),
    ("ei_xor", include_str!("tasks/ei_xor.toml")),
];

/// The file of a task, if there is one.
pub(super) fn source(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

impl TaskSpec {
    /// The names of the tasks of the package.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }

    /// The file of a task of the package, with its comments: what to start a
    /// task of one's own from.
    #[must_use]
    pub fn source(name: &str) -> Option<&'static str> {
        source(name)
    }
}
