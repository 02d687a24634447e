//! How far an analysis has come, and whether it is to go on.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::{
    circuit::Circuit,
    simulate::{
        SimulationError,
        trace::{Column, Trace},
    },
};

/// Is told the fraction that is done, from 0 to 1, and says whether to go on; what was
/// computed before it breaks off is kept.
pub type Progress<'p> = dyn FnMut(f64) -> ControlFlow<()> + 'p;

/// A [`Progress`] that never breaks off.
pub fn to_the_end(_: f64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Why a transient ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "reason", content = "condition")]
pub enum Ending {
    /// Its stop time is reached.
    #[default]
    Stop,
    /// Its stop time is reached, and no condition was true at any point.
    Unmet(String),
    /// A condition, as written, is true at the last point.
    Condition(String),
    /// It was broken off.
    Interrupted,
}

/// Reports are this fraction of the whole apart,
const INTERVAL: f64 = 0.005;
/// or as many steps.
const STEPS: u32 = 64;

/// A transient that is looked after.
pub(super) struct Watch<'w> {
    circuit: &'w Circuit,
    progress: &'w mut Progress<'w>,
    /// s
    stop: f64,
    reported: f64,
    steps: u32,
    ending: Ending,
    /// A condition that has no value, by name, and why.
    fault: Option<(String, String)>,
}

impl<'w> Watch<'w> {
    pub(super) fn new(circuit: &'w Circuit, stop: f64, progress: &'w mut Progress<'w>) -> Self {
        let (reported, steps, ending, fault) = (0.0, 0, Ending::Stop, None);
        Self { circuit, progress, stop, reported, steps, ending, fault }
    }

    /// A step has come to `time`, s.
    pub(super) fn step(&mut self, time: f64) -> ControlFlow<()> {
        self.steps += 1;
        let done = time / self.stop;
        if done < self.reported + INTERVAL && self.steps < STEPS {
            return ControlFlow::Continue(());
        }
        (self.reported, self.steps) = (done, 0);
        let verdict = (self.progress)(done);
        if verdict.is_break() {
            self.ending = Ending::Interrupted;
        }
        verdict
    }

    /// The outputs at `time`, s, in the order of the circuit, which are kept.
    pub(super) fn point(&mut self, time: f64, outputs: &[f64]) -> ControlFlow<()> {
        let parts = self.circuit.parts();
        for condition in &parts.requests.conditions {
            let column = |control| {
                let at = parts.outputs.iter().position(|probe| probe.control == control)?;
                Some(Column::Real(Cow::Owned(vec![*outputs.get(at)?])))
            };
            let trace = Trace { axis_name: "time", axis: &[time], column: &column, noise: None };
            match trace.values(&condition.formula, &[]) {
                Ok(value) if value == [0.0] => {}
                Ok(_) => {
                    self.ending = Ending::Condition(condition.name.clone());
                    return ControlFlow::Break(());
                }
                Err(reason) => {
                    self.fault = Some((condition.name.clone(), reason));
                    return ControlFlow::Break(());
                }
            }
        }
        self.step(time)
    }

    /// Why the transient ended.
    ///
    /// # Errors
    ///
    /// A condition had no value.
    pub(super) fn ending(self, span: crate::diag::Span) -> Result<Ending, SimulationError> {
        match self.fault {
            None if self.ending == Ending::Stop => {
                let conditions = &self.circuit.parts().requests.conditions;
                let names: Vec<&str> = conditions.iter().map(|c| c.name.as_str()).collect();
                Ok(match names.is_empty() {
                    true => Ending::Stop,
                    false => Ending::Unmet(names.join(" and ")),
                })
            }
            None => Ok(self.ending),
            Some((name, reason)) => Err(SimulationError::Formula { span, name, reason }),
        }
    }
}
