//! The equivalence report: is this circuit that network?

mod clock;
mod difference;
mod linear;
mod measured;
mod options;
mod outcome;
mod report;
mod steps;
mod trajectories;
mod trial;
mod walker;

use crate::{
    circuit::{Circuit, Kind},
    diag::Diagnostic,
    equiv::{
        Clocked, Extracted, Obstacle, Scales, Structure, blame, compare, compare_linear, extract,
        fitting::fitting,
        linear_extraction, needs_measurement,
        properties::{Property, PropertyOptions, Reduced, properties},
        realisability::{
            Realisability, RealisabilityError, RealisabilityOptions, cost, realisability,
        },
    },
    mna::{Reduction, reduce},
    rnn::{Activation, Rnn},
    solve::Counters,
    task::StimulusSet,
};

pub use clock::Clock;
pub use difference::Comparison;
pub use linear::{LinearPoint, LinearReport, Shown};
pub use measured::MeasuredFacts;
pub use options::{Against, Extent, Path, VerifyError, VerifyOptions};
pub use outcome::{
    Attempt, CircuitFacts, Clockwork, Decisions, EquivalenceReport, NetworkFacts, Record,
    Structural, TrajectoryReport,
};
pub use trial::TrialError;

/// What is verified.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The network.
    pub network: &'a Rnn,
    /// The step at which it was trained; `None` for a network of continuous time.
    pub trained_step: Option<f64>,
    /// The circuit, from its text.
    pub circuit: &'a Circuit,
    /// What drives both, and what is right.
    pub stimuli: &'a StimulusSet,
}

/// The tolerances tried on the path of nodal analysis, the last at most this.
const TIGHTEST: f64 = 1e-9;
/// Multiplications that a search nobody asked for may cost.
const QUICK: f64 = 1e9;
/// Trials whose edges are compared with true steps.
const EDGE_TRIALS: usize = 4;

/// Verifies that the circuit is the network: structure, trajectories, decisions.
///
/// `progress` is told the fraction done.
///
/// # Errors
///
/// [`VerifyError`] where the stimuli do not fit or a simulation fails. A circuit
/// that is no network is no error but a report that does not hold.
pub fn verify(
    subject: &Subject<'_>,
    options: &VerifyOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<EquivalenceReport, VerifyError> {
    fitting(subject.network, subject.stimuli)?;
    options.check()?;
    let mut report = compared(subject, options, progress)?;
    report.realisability = realisable(subject, options)?;
    Ok(report)
}

/// The comparison of circuit and network.
fn compared(
    subject: &Subject<'_>,
    options: &VerifyOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<EquivalenceReport, VerifyError> {
    if let Some(clocked) = Clocked::of(subject.circuit) {
        return steps::verify(subject, options, &clocked, progress);
    }
    if needs_measurement(subject.circuit) {
        return measured::verify(subject, options, progress);
    }
    let reduction = reduce(subject.circuit);
    let mut scales = Scales::from_params(&subject.circuit.parts().params);
    let mut clock = None;
    if let (true, Ok(reduction)) = (options.align, &reduction) {
        let found = clock::fit(subject, reduction, scales, options)?;
        scales.time_unit = found.time_unit();
        clock = Some(found);
    }
    let (structural, pairing) = structural(subject, reduction.as_ref(), &scales, options);
    let mut report = blank(subject, options, structural, scales);
    report.clock = clock;
    report.properties = judged(subject, reduction.as_ref().ok().map(Reduced::Flow), &scales);
    if let (Ok(reduction), Some(pairing)) = (&reduction, &pairing) {
        report.circuit.states = reduction.lure.sizes().states;
        trajectories::run(subject, (reduction, pairing), options, &mut report, progress)?;
    }
    Ok(concluded(report))
}

/// At which step of the trained map its decisions change, where there are any and that is
/// wanted.
fn realisable(
    subject: &Subject<'_>,
    options: &VerifyOptions,
) -> Result<Option<Realisability>, VerifyError> {
    let Some(step) = subject.trained_step else { return Ok(None) };
    let (network, stimuli) = (subject.network, subject.stimuli);
    let ladder = RealisabilityOptions::default();
    let wanted = match options.realisability {
        Extent::Never => false,
        Extent::Quick => cost(network, step, stimuli, &ladder) <= QUICK && options.until.is_none(),
        Extent::Always => true,
    };
    if !wanted {
        return Ok(None);
    }
    match realisability(network, step, stimuli, &ladder, &|_| {}) {
        Ok(found) => Ok(Some(found)),
        // Nothing is asked for, so that nothing is missing.
        Err(RealisabilityError::Unjudged { .. }) if options.realisability == Extent::Quick => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The properties of the circuit under the stimuli.
fn judged(subject: &Subject<'_>, reduced: Option<Reduced<'_>>, scales: &Scales) -> Vec<Property> {
    let volts = subject.stimuli.largest() * scales.input_volts;
    let options = PropertyOptions { inputs: Some(volts), ..PropertyOptions::default() };
    properties(subject.circuit, reduced.unwrap_or(Reduced::Refused), scales, &options)
}

/// The report with its verdicts, from what the levels found.
fn concluded(mut report: EquivalenceReport) -> EquivalenceReport {
    let trajectory_holds = report.trajectory.as_ref().is_some_and(|t| t.holds);
    let linear_holds = report.linear.as_ref().is_none_or(|linear| linear.holds);
    report.equivalent = report.structural.holds && linear_holds && trajectory_holds;
    report.task_preserved = task_preserved(&report.decisions);
    report.holds = report.equivalent
        && (report.against == Against::Equation || report.task_preserved != Some(false));
    report
}

/// The structural level, and what pairs the two sides where they can be paired.
fn structural(
    subject: &Subject<'_>,
    reduction: Result<&Reduction, &Vec<Diagnostic>>,
    scales: &Scales,
    options: &VerifyOptions,
) -> (Structural, Option<(Extracted, Structure)>) {
    let reduction = match reduction {
        Ok(reduction) => reduction,
        Err(faults) => {
            let text = faults.first().map_or_else(String::new, |f| f.message.clone());
            return (refused(text, options), None);
        }
    };
    let network = subject.network;
    let linear = network.parts().activation == Activation::Linear;
    let compared = match extract(&reduction.lure, scales) {
        Err(Obstacle::Linear) if linear => {
            compare_linear(network, &reduction.lure, scales, options.coefficient)
                .map(|structure| (linear_extraction(&reduction.lure, scales, network), structure))
        }
        Err(obstacle) => Err(foreign_sigma(&obstacle, network.parts().activation)),
        Ok(extracted) => compare(network, &extracted, options.coefficient)
            .map(|structure| (extracted, structure)),
    };
    match compared {
        Err(obstacle) => (refused(obstacle, options), None),
        Ok((extracted, structure)) => {
            // Each phase of a clock has an adjoint network of its own.
            let blame = if structure.holds || linear || has_switch(subject.circuit) {
                Vec::new()
            } else {
                let sides = (network, &structure);
                blame(subject.circuit, reduction, &extracted, sides, options.coefficient)
            };
            let structural = Structural {
                holds: structure.holds,
                max_relative: Some(structure.max_relative),
                tolerance: options.coefficient,
                obstacle: None,
                comparison: Some(structure.clone()),
                blame,
            };
            (structural, Some((extracted, structure)))
        }
    }
}

fn has_switch(circuit: &Circuit) -> bool {
    let is_switch = |kind: &Kind| match kind {
        Kind::Device(placed) => placed.device.switch().is_some(),
        _ => false,
    };
    circuit.elements().iter().any(|element| is_switch(&element.kind))
}

/// The structural level of a circuit that is no network.
fn refused(obstacle: String, options: &VerifyOptions) -> Structural {
    Structural {
        holds: false,
        max_relative: None,
        tolerance: options.coefficient,
        obstacle: Some(obstacle),
        comparison: None,
        blame: Vec::new(),
    }
}

/// Words for an obstacle, naming the element whose sigma is not the network's.
fn foreign_sigma(obstacle: &Obstacle, expected: Activation) -> String {
    match obstacle {
        Obstacle::Mixed { first, first_activation, second, second_activation } => {
            let (element, found) = if *first_activation == expected {
                (second, second_activation)
            } else {
                (first, first_activation)
            };
            format!("the law of `{element}` is {found}, the network's sigma is {expected}")
        }
        other => other.to_string(),
    }
}

fn blank(
    subject: &Subject<'_>,
    options: &VerifyOptions,
    structural: Structural,
    scales: Scales,
) -> EquivalenceReport {
    let (units, inputs, outputs) = subject.network.shape();
    let parts = subject.network.parts();
    let circuit = subject.circuit;
    EquivalenceReport {
        equivalent: false,
        task_preserved: None,
        holds: false,
        against: options.against,
        network: NetworkFacts {
            units,
            inputs,
            outputs,
            form: parts.form,
            activation: parts.activation,
            trained_step: subject.trained_step,
        },
        circuit: CircuitFacts {
            title: circuit.parts().title.clone(),
            elements: circuit.elements().len(),
            nodes: circuit.parts().nodes.len(),
            unknowns: circuit.equations().size,
            states: 0,
            clockwork: None,
        },
        scales,
        clock: None,
        structural,
        properties: Vec::new(),
        measured: None,
        linear: None,
        trajectory: None,
        bound: None,
        decisions: Decisions::default(),
        path: options.path,
        reltol: options.reltol.unwrap_or(0.0),
        attempts: Vec::new(),
        counters: Counters::default(),
        realisability: None,
        task: subject.stimuli.parts().task.clone(),
        edge: subject.stimuli.parts().edge,
        records: Vec::new(),
    }
}

/// Whether the circuit is right wherever the discrete network is.
fn task_preserved(decisions: &Decisions) -> Option<bool> {
    let pairs: Vec<bool> = decisions
        .discrete
        .iter()
        .zip(&decisions.circuit)
        .filter(|(discrete, _)| discrete.right == Some(true))
        .map(|(_, circuit)| circuit.right == Some(true))
        .collect();
    (!pairs.is_empty()).then(|| pairs.iter().all(|same| *same))
}
