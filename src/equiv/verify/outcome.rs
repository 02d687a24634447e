//! The outcome of a verification.

use crate::{
    equiv::{
        Against, Blame, Clock, Comparison, LinearReport, MeasuredFacts, Path, Scales, Structure,
        certainty::Certainty, properties::Property, realisability::Realisability,
    },
    rnn::{Activation, Form},
    solve::Counters,
    task::Verdict,
};

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct EquivalenceReport {
    /// The circuit is the continuous network.
    pub equivalent: bool,
    /// The circuit is right wherever the discrete network is; `None` without a
    /// task, a trained step, or a right decision of the discrete network.
    pub task_preserved: Option<bool>,
    /// What was asked for holds.
    pub holds: bool,
    /// What `holds` means.
    pub against: Against,
    /// Sizes and kind of the network.
    pub network: NetworkFacts,
    /// Sizes of the circuit.
    pub circuit: CircuitFacts,
    /// The scales of the deck; the unit of time is that of `clock` where there is one.
    pub scales: Scales,
    /// How the unit of time was found, where the deck's was not to be believed.
    pub clock: Option<Clock>,
    /// The structural comparison.
    pub structural: Structural,
    /// What the circuit needs to be a network that can be built. One that fails is a
    /// warning: it does not make the circuit another one.
    pub properties: Vec<Property>,
    /// What was measured of a circuit whose nonlinearities are no elements; `None` of one that
    /// has a normal form.
    pub measured: Option<MeasuredFacts>,
    /// The linear comparison; `None` where units could not be paired, and for more than
    /// 500 of them.
    pub linear: Option<LinearReport>,
    /// The comparison of trajectories; `None` where units could not be paired.
    pub trajectory: Option<TrajectoryReport>,
    /// What is certain about it; `None` where there are no trajectories.
    pub bound: Option<Certainty>,
    /// Task decisions, one entry a stimulus.
    pub decisions: Decisions,
    /// At which step of the trained map its decisions change; `None` where that was not
    /// looked at.
    pub realisability: Option<Realisability>,
    /// The path of the simulation.
    pub path: Path,
    /// Relative tolerance of the simulation that counts.
    pub reltol: f64,
    /// Tolerances tried and the largest difference with each.
    pub attempts: Vec<Attempt>,
    /// Work of the simulation that counts.
    pub counters: Counters,
    /// Name of the stimulus set.
    pub task: String,
    /// Width of an input edge, model time units.
    pub edge: f64,
    /// Trajectories of the first trials, where they were to be kept.
    #[serde(skip)]
    pub records: Vec<Record>,
}

/// The trajectories of one trial, in model units, one row a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Name of the trial.
    pub name: String,
    /// The times.
    pub times: Vec<f64>,
    /// The inputs.
    pub inputs: Vec<Vec<f64>>,
    /// Units of the network, then its outputs.
    pub network: Vec<Vec<f64>>,
    /// Units of the circuit, then its outputs.
    pub circuit: Vec<Vec<f64>>,
}

/// Sizes and kind of a network.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct NetworkFacts {
    /// Number of units.
    pub units: usize,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Where the nonlinearity stands.
    pub form: Form,
    /// sigma
    pub activation: Activation,
    /// The step at which it was trained.
    pub trained_step: Option<f64>,
}

/// Sizes of a circuit.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CircuitFacts {
    /// First line of the deck.
    pub title: String,
    /// Number of elements.
    pub elements: usize,
    /// Number of nodes, ground included.
    pub nodes: usize,
    /// Number of unknowns of its nodal equations.
    pub unknowns: usize,
    /// Number of states.
    pub states: usize,
    /// The clock of a circuit that computes one step of a discrete network a period;
    /// `None` for a circuit of continuous time.
    pub clockwork: Option<Clockwork>,
}

/// The clock of a circuit of sample-and-hold cells.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Clockwork {
    /// s
    pub period: f64,
    /// The part of a difference that is left at the end of a phase.
    pub settling: f64,
    /// The part of a difference that a cell loses in a period while it holds.
    pub droop: f64,
}

/// The structural level.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Structural {
    /// The coefficients and sigma agree.
    pub holds: bool,
    /// Largest relative difference of a coefficient; `None` where there was none to compare.
    pub max_relative: Option<f64>,
    /// Tolerance of it.
    pub tolerance: f64,
    /// Why the circuit is no network that could be compared.
    pub obstacle: Option<String>,
    /// The comparison, coefficient by coefficient.
    pub comparison: Option<Structure>,
    /// Elements that explain the differences.
    pub blame: Vec<Blame>,
}

/// The trajectory level, over all trials.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TrajectoryReport {
    /// The difference stays within the tolerance.
    pub holds: bool,
    /// Largest difference of any unit or output, model units.
    pub max_abs: f64,
    /// Of a circuit on a clock, the largest error of a unit after one period that started
    /// in a state of the network, model units: what has to hold there.
    pub one_step_max: Option<f64>,
    /// Root mean square of the differences, model units.
    pub rms: f64,
    /// Largest modulus of the reference, model units.
    pub full_scale: f64,
    /// Tolerance of `max_abs / full_scale`, or of `one_step_max`.
    pub tolerance: f64,
    /// Largest difference of each unit.
    pub units: Vec<f64>,
    /// Largest difference of each output.
    pub outputs: Vec<f64>,
    /// What the width of the input edges changes: largest difference of the
    /// reference to one with true steps, over the first trials.
    pub edge_effect: Option<f64>,
    /// The trials one by one.
    pub trials: Vec<Comparison>,
}

/// Task decisions of the three systems.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Decisions {
    /// The trained discrete network; empty without a task or a trained step.
    pub discrete: Vec<Verdict>,
    /// The continuous network; empty without a task.
    pub continuous: Vec<Verdict>,
    /// The circuit; empty without a task.
    pub circuit: Vec<Verdict>,
}

/// One tolerance that was tried.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Attempt {
    /// Relative tolerance.
    pub reltol: f64,
    /// Largest difference relative to full scale.
    pub relative: f64,
}
