//! All analyses of a circuit, one after the other.

use std::borrow::Cow;

use crate::{
    circuit::{Analysis, Circuit, Control, ElementId, Kind, NodeId, Probe, current_name},
    diag::{Diagnostic, Span},
    mna::longest_step,
    simulate::{
        AnalysisResult, SimulationError, SimulationOptions, TransientResult, ac, nodal, noise,
        normal,
        operating_point::{self, Beginning},
        options::Tolerances,
        plan::{Compiled, plan},
        poles, sensitivity, sweep, transfer,
        watch::Progress,
    },
    solve::SolveError,
    units::si,
    wave::{Signal, Waveform},
};

/// Most values of a transient: points times signals.
const LARGEST: f64 = 2e8;

/// Carries out every analysis of `circuit`, in the order of its cards;
/// `progress` is told the fraction of all that is done. Where it breaks off, what was
/// computed until then is returned, and no further analysis is begun.
///
/// A transient without `uic` starts at the operating point with the sources as
/// they are at time 0, and `.ic` held there. On the MNA path the local error
/// of a charge is reltol of the charge, or vntol of a volt on it. On the
/// reduced path the tolerance of a step is a thousandth of that, because it
/// bounds the error of a method of high order and costs little: what it
/// returns is at least as exact. Points are, on the MNA path, the steps taken;
/// on the reduced path the print grid and the corners of the sources.
///
/// # Errors
///
/// [`SimulationError`]; its [`SimulationError::diagnostics`] say where and what to try.
pub fn simulate(
    circuit: &Circuit,
    options: &SimulationOptions,
    progress: &mut Progress<'_>,
) -> Result<Vec<AnalysisResult>, SimulationError> {
    let tolerances = Tolerances::of(circuit, options);
    if !(tolerances.reltol > 0.0 && tolerances.reltol < 1.0) {
        return Err(SimulationError::Tolerance(tolerances.reltol));
    }
    let circuit = with_outputs(circuit)?;
    let circuit = with_parts(&circuit)?;
    let analyses = &circuit.parts().analyses;
    if analyses.is_empty() {
        return Err(SimulationError::NoAnalysis);
    }
    let compiled = Compiled::new(&circuit);
    let mut results = Vec::with_capacity(analyses.len());
    let mut goes_on = true;
    for (at, analysis) in analyses.iter().enumerate() {
        let mut part = |fraction: f64| {
            let verdict = progress((at as f64 + fraction) / analyses.len() as f64);
            goes_on &= verdict.is_continue();
            verdict
        };
        results.extend(analyse(analysis, &compiled, (tolerances, options), &mut part)?);
        if part(1.0).is_break() || !goes_on {
            break;
        }
    }
    Ok(results)
}

/// The results of one analysis: one, but for a sweep over two values.
fn analyse(
    analysis: &Analysis,
    compiled: &Compiled<'_>,
    (tolerances, options): (Tolerances, &SimulationOptions),
    progress: &mut Progress<'_>,
) -> Result<Vec<AnalysisResult>, SimulationError> {
    let circuit = compiled.circuit;
    let subject = || (circuit, compiled.mna());
    Ok(vec![match *analysis {
        Analysis::OperatingPoint { span } => {
            let found = operating_point::analyse(circuit, compiled.mna(), span)?;
            AnalysisResult::OperatingPoint(found)
        }
        Analysis::Transient { step, stop, start, max_step, uic, span } => {
            let times = Times { step, start, stop, max_step, uic, span };
            let case = Case { circuit, compiled, tolerances, times };
            AnalysisResult::Transient(case.transient(options, progress)?)
        }
        Analysis::Sweep { ref sweeps, ref variants, span } => {
            let found = sweep::analyse(subject(), (sweeps, variants), span, progress)?;
            return Ok(found.into_iter().map(AnalysisResult::Sweep).collect());
        }
        Analysis::Ac { ref frequencies, span } => {
            AnalysisResult::Ac(ac::analyse(subject(), frequencies, span, progress)?)
        }
        Analysis::Noise { ref output, source, ref frequencies, span } => {
            let wanted = (output, source);
            AnalysisResult::Noise(noise::analyse(subject(), wanted, frequencies, span, progress)?)
        }
        Analysis::Transfer { ref output, source, span } => {
            AnalysisResult::Transfer(transfer::analyse(subject(), (output, source), span)?)
        }
        Analysis::PolesZeros { input, output, is_voltage, poles, zeros, span } => {
            let wanted = poles::Wanted { input, output, is_voltage, poles, zeros, span };
            AnalysisResult::PolesZeros(poles::analyse(subject(), &wanted)?)
        }
        Analysis::Sensitivity { ref output, ref frequencies, span } => {
            let frequencies = frequencies.as_deref();
            let found = sensitivity::analyse(subject(), output, frequencies, span, progress)?;
            AnalysisResult::Sensitivity(found)
        }
    }])
}

/// True for an analysis of what the deck saves; the others have results of their own.
fn has_outputs(analysis: &Analysis) -> bool {
    match analysis {
        Analysis::Transient { .. } | Analysis::Sweep { .. } | Analysis::Ac { .. } => true,
        Analysis::OperatingPoint { .. }
        | Analysis::Noise { .. }
        | Analysis::Transfer { .. }
        | Analysis::PolesZeros { .. }
        | Analysis::Sensitivity { .. } => false,
    }
}

/// The circuit with its outputs spelled out, each once: everything where it
/// saves nothing. As it is where no analysis is of outputs.
fn with_outputs(circuit: &Circuit) -> Result<Cow<'_, Circuit>, SimulationError> {
    if !circuit.parts().analyses.iter().any(has_outputs) {
        return Ok(Cow::Borrowed(circuit));
    }
    let mut outputs = circuit.parts().outputs.clone();
    let mut known = std::collections::HashSet::new();
    outputs.retain(|probe| known.insert(probe.name.clone()));
    if outputs.is_empty() {
        outputs = everything(circuit);
    }
    if outputs == circuit.parts().outputs {
        return Ok(Cow::Borrowed(circuit));
    }
    let mut parts = circuit.clone().into_parts();
    parts.outputs = outputs;
    Circuit::new(parts).map(Cow::Owned).map_err(SimulationError::Circuit)
}

/// The circuit with the crossings of arrays as elements where an analysis asks for what
/// each element does.
fn with_parts(circuit: &Circuit) -> Result<Cow<'_, Circuit>, SimulationError> {
    let of_elements = |analysis: &Analysis| {
        matches!(analysis, Analysis::Noise { .. } | Analysis::Sensitivity { .. })
    };
    match circuit.parts().analyses.iter().any(of_elements) {
        true => circuit.without_arrays().map_err(SimulationError::Circuit),
        false => Ok(Cow::Borrowed(circuit)),
    }
}

/// All node voltages, then all branch currents.
pub(super) fn everything(circuit: &Circuit) -> Vec<Probe> {
    let nodes = circuit.parts().nodes.iter().enumerate().skip(1).map(|(at, node)| Probe {
        name: format!("v({})", node.name),
        control: Control::Voltage(NodeId(at as u32), NodeId::GROUND),
    });
    let elements = circuit.elements().iter().enumerate();
    let currents = elements.filter(|(_, e)| e.kind.has_branch_current()).map(|(at, e)| Probe {
        name: current_name(&e.name),
        control: Control::Current(ElementId(at as u32)),
    });
    nodes.chain(currents).collect()
}

/// The numbers of a `.tran` card.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Print step, s.
    pub(super) step: f64,
    /// First time kept, s.
    pub(super) start: f64,
    /// s
    pub(super) stop: f64,
    /// Largest step as given, s.
    pub(super) max_step: Option<f64>,
    /// Start from initial conditions.
    pub(super) uic: bool,
    /// The card.
    pub(super) span: Span,
}

impl Times {
    /// The largest step, s: that of the card, else, as in SPICE, the print step
    /// or a fiftieth of the time kept, whichever is smaller.
    pub(super) fn largest_step(&self) -> f64 {
        let fiftieth = (self.stop - self.start) / 50.0;
        self.max_step.unwrap_or(if self.step < fiftieth { self.step } else { fiftieth })
    }
}

/// A transient to be computed.
pub(super) struct Case<'a> {
    pub(super) circuit: &'a Circuit,
    pub(super) compiled: &'a Compiled<'a>,
    pub(super) tolerances: Tolerances,
    pub(super) times: Times,
}

impl Case<'_> {
    fn transient(
        &self,
        options: &SimulationOptions,
        progress: &mut Progress<'_>,
    ) -> Result<TransientResult, SimulationError> {
        let Times { step, start, stop, span, uic, .. } = self.times;
        self.check_lines()?;
        let shorter = self.largest_step();
        let shorter = if shorter < step { shorter } else { step };
        let values = (stop - start) / shorter * self.circuit.parts().outputs.len() as f64;
        if values > LARGEST {
            return Err(SimulationError::TooLong { span, values, limit: LARGEST });
        }
        let mut plan = plan(self.compiled, options)?;
        let beginning = Beginning::find(self.compiled, uic, span)?;
        if let Some(reduction) = plan.reduction.take() {
            match normal::integrate(self, &reduction, &beginning, options.scheme, progress) {
                // The MNA path solves for all unknowns at once, from the last ones.
                Err(SimulationError::Solver {
                    error: error @ SolveError::AlgebraicLoop { .. },
                    ..
                }) if !plan.is_asked => plan.why = format!("on the reduced path {error}"),
                found => return found.map(|found| found.with(&plan, &beginning)),
            }
        }
        let found = nodal::integrate(self, &beginning, options.scheme, progress)?;
        Ok(found.with(&plan, &beginning))
    }

    /// Refuses lines so short that the transient would never end.
    fn check_lines(&self) -> Result<(), SimulationError> {
        let Some(step) = longest_step(self.circuit) else { return Ok(()) };
        let steps = self.times.stop / step;
        if steps * self.circuit.parts().outputs.len() as f64 <= LARGEST {
            return Ok(());
        }
        let shortest = self.circuit.elements().iter().filter_map(|element| match &element.kind {
            Kind::Line { line, .. } => Some((line.delay, element)),
            _ => None,
        });
        let Some((delay, line)) = shortest.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            return Ok(());
        };
        let message = format!(
            "`{}` delays by {}: {steps:.1e} steps of half of that are too many",
            line.name,
            si(delay, "s")
        );
        let fault = Diagnostic::error(line.origin, message)
            .with_related(self.times.span, "the stop time is given here")
            .with_hint("shorten the transient, or put an inductor and a capacitor in its place");
        Err(SimulationError::Circuit(vec![fault]))
    }

    /// The largest step on the MNA path, s: lines allow no longer ones than their delays.
    pub(super) fn largest_step(&self) -> f64 {
        let step = self.times.largest_step();
        longest_step(self.circuit).filter(|most| *most < step).unwrap_or(step)
    }

    /// The waveform of the outputs; `columns` by output.
    pub(super) fn waveform(
        &self,
        times: Vec<f64>,
        columns: Vec<Vec<f64>>,
    ) -> Result<Waveform, SimulationError> {
        if times.is_empty() {
            return Err(SimulationError::Interrupted { span: self.times.span });
        }
        let outputs = &self.circuit.parts().outputs;
        let signals = outputs.iter().zip(columns).map(|(probe, values)| {
            let unit = probe.control.unit();
            Signal { name: probe.name.clone(), unit: unit.to_owned(), values }
        });
        Waveform::new(times, signals.collect())
            .map_err(|error| SimulationError::Waveform { span: self.times.span, error })
    }

    pub(super) fn failure(&self, error: SolveError) -> SimulationError {
        SimulationError::solver(self.circuit, self.times.span, error)
    }
}
