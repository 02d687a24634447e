//! The trainings of the papers.

use crate::rnn::{Direction, Initialiser};
use crate::task::TaskSpec;
use crate::train::{
    Clip, Constraints, DataSpec, NetworkSpec, OptimiserSpec, Pattern, Signs, StopSpec, TrainSpec,
};

/// What the papers vary from task to task.
struct Published {
    task: &'static str,
    units: usize,
    trials: usize,
    batch: usize,
    epochs: usize,
    loss: f64,
    bias: bool,
    normal: bool,
}

/// One with the values that most have.
const fn usual(task: &'static str, loss: f64) -> Published {
    let (units, trials, batch, epochs) = (50, 15_050, 64, 20);
    Published { task, units, trials, batch, epochs, loss, bias: false, normal: false }
}

const fn excitatory_inhibitory(task: &'static str) -> Published {
    Published { units: 100, epochs: 100, bias: true, ..usual(task, 9e-5) }
}

const fn decision(task: &'static str) -> Published {
    Published { units: 100, ..usual(task, 5e-5) }
}

/// arXiv 2005.13074 (and the repository of 1906.01094), 2208.10304, 2010.07858, the
/// multitask paper (J. Phys. Complexity 2, 015012) and bioRxiv 2025.09.15.676356, by their
/// code. The E-I script stops at 20 epochs; the figures go to 100.
const ALL: &[Published] = &[
    Published { normal: true, ..usual("and", 5e-4) },
    usual("or", 1e-4),
    usual("xor", 1e-3),
    Published { normal: true, bias: true, ..usual("not", 5e-4) },
    Published { normal: true, trials: 25_050, ..usual("set_reset", 1e-3) },
    usual("oscillator", 1e-3),
    usual("pulse_memory", 1e-3),
    excitatory_inhibitory("ei_and"),
    excitatory_inhibitory("ei_or"),
    excitatory_inhibitory("ei_xor"),
    Published { units: 400, trials: 30_100, batch: 128, ..usual("flipflop3", 9e-3) },
    Published { units: 200, trials: 45_150, batch: 256, ..usual("multitask", 5e-5) },
    decision("decision"),
    decision("decision_long_short"),
    decision("decision_amplitudes4"),
    decision("decision_amplitudes8"),
    decision("decision_intervals"),
    Published { epochs: 40, ..decision("integration") },
];

impl TrainSpec {
    /// The published training of a task of the package; `None` where there is none.
    ///
    /// The E-I tasks have half of the units inhibitory, by the sign of what a unit
    /// receives, and positive inputs, as in the published code.
    #[must_use]
    pub fn published(name: &str) -> Option<Self> {
        let published = ALL.iter().find(|published| published.task == name)?;
        let mut spec = Self::new(TaskSpec::named(name)?);
        let Published { units, trials, batch, epochs, loss, bias, normal, .. } = *published;
        let recurrent = match normal {
            true => Initialiser::Normal { gain: 1.0 },
            false => Initialiser::Orthogonal { gain: 1.0 },
        };
        spec.network = NetworkSpec { units, bias, recurrent, ..NetworkSpec::default() };
        spec.data = DataSpec { trials, batch, ..DataSpec::default() };
        spec.stop = StopSpec { epochs, loss: Some(loss), ..StopSpec::default() };
        if name.starts_with("ei_") {
            // `clipnorm` of Keras 2.3 takes all variables together.
            spec.optimiser.clip = Some(Clip::Global { norm: 0.5 });
            let signs = Signs { direction: Direction::Incoming, pattern: Pattern::First(0.5) };
            spec.constraints =
                Constraints { signs: Some(signs), positive_input: true, ..Constraints::default() };
        }
        if name.starts_with("decision") || name == "integration" {
            // That of Keras 3 takes each by itself.
            let clip = Some(Clip::PerVariable { norm: 1.0 });
            spec.optimiser = OptimiserSpec { decay: 0.0, clip, ..OptimiserSpec::default() };
        }
        Some(spec)
    }

    /// The published training where there is one, else the usual.
    #[must_use]
    pub fn of_task(task: TaskSpec) -> Self {
        match Self::published(task.task()) {
            Some(spec) => Self { task, ..spec },
            None => Self::new(task),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_training_is_of_a_task_and_makes_sense() {
        for published in ALL {
            let spec = TrainSpec::published(published.task).expect(published.task);
            assert_eq!(spec.check(), Ok(()), "{}", published.task);
        }
        assert_eq!(TrainSpec::published("nothing"), None);
    }
}
