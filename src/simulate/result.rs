//! What analyses return.

use crate::{
    diag::{Diagnostic, Span},
    simulate::{Path, operating_point::Beginning, plan::Plan},
    solve::{Aid, Counters},
    wave::Waveform,
};

/// The result of one analysis of a deck.
#[derive(Clone, Debug, PartialEq)]
pub enum AnalysisResult {
    /// `.op`
    OperatingPoint(OperatingPointResult),
    /// `.tran`
    Transient(TransientResult),
}

/// The value of one quantity.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Reading {
    /// Its name, such as `v(out)` or `i(v1)`.
    pub name: String,
    /// `V` or `A`.
    pub unit: &'static str,
    /// Its value.
    pub value: f64,
}

/// An operating point.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatingPointResult {
    /// The `.op` card.
    pub span: Span,
    /// All node voltages, then all branch currents.
    pub readings: Vec<Reading>,
    /// What helped Newton's method.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// A transient.
#[derive(Clone, Debug, PartialEq)]
pub struct TransientResult {
    /// The `.tran` card.
    pub span: Span,
    /// What the deck saves, from the start to the stop time; all node voltages
    /// and branch currents where it saves nothing.
    pub waveform: Waveform,
    /// The path taken: [`Path::Mna`] or [`Path::Reduced`].
    pub path: Path,
    /// Why that path.
    pub why: String,
    /// Where a reduction was tried and refused: by what.
    pub refusal: Vec<Diagnostic>,
    /// The method, in words.
    pub method: &'static str,
    /// What helped to find the operating point that it starts from; `None` with `uic`.
    pub start: Option<Aid>,
    /// Work done, that for the start included.
    pub counters: Counters,
}

impl TransientResult {
    /// The same with the reasons for its path and with the work for its start.
    pub(super) fn with(mut self, plan: &Plan, beginning: &Beginning) -> Self {
        self.why.clone_from(&plan.why);
        self.refusal.clone_from(&plan.refusal);
        self.start = beginning.aid();
        self.counters += beginning.counters();
        self
    }
}
