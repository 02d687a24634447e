//! A deck carried out: analyses, and what is made of their results.

use std::borrow::Cow;

use crate::{
    circuit::{Circuit, Control, Expectation, Fourier, Probe, current_name},
    diag::Span,
    simulate::{
        AnalysisResult, FourierResult, MeasureResult, OperatingPointResult, SimulationError,
        SimulationOptions,
        fourier::fourier,
        measure::measure,
        run::{everything, simulate},
        trace::{Column, Trace},
        watch::Progress,
    },
    solve::Counters,
    wave::{ComplexSignal, Measured, Signal, Spectrum, Waveform},
};

/// Everything that a deck asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// The results of its analyses, in the order of their cards.
    pub analyses: Vec<AnalysisResult>,
    /// The outcomes of its measures, in the order of their cards.
    pub measures: Vec<MeasureResult>,
    /// The outcomes of its `.four` cards.
    pub fourier: Vec<FourierResult>,
    /// What its expectations came to, in the order of their lines.
    pub verdicts: Vec<Verdict>,
}

/// An expectation and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What was expected.
    pub expected: Expectation,
    /// What was found, or why nothing was.
    pub found: Result<f64, String>,
}

impl Verdict {
    /// True where what was found is near enough.
    #[must_use]
    pub fn holds(&self) -> bool {
        let Expectation { value, tolerance, .. } = self.expected;
        self.found.as_ref().is_ok_and(|found| (found - value).abs() <= tolerance)
    }
}

impl Simulation {
    /// True where no measure and no `.four` card failed.
    #[must_use]
    pub fn all_measured(&self) -> bool {
        self.measures.iter().all(|measure| measure.value.is_ok())
            && self.fourier.iter().all(|card| card.components.is_ok())
    }

    /// Work of all analyses together.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut sum = Counters::default();
        for result in &self.analyses {
            sum += result.counters();
        }
        sum
    }
}

/// Carries out every analysis of `circuit`, as [`simulate`] does, and measures.
///
/// A measure that fails is no error here: its outcome says why. The first
/// analysis of its kind is the one that a measure reads.
///
/// # Errors
///
/// Those of [`simulate`].
pub fn carry_out(
    circuit: &Circuit,
    options: &SimulationOptions,
    progress: &mut Progress<'_>,
) -> Result<Simulation, SimulationError> {
    let (wider, shown) = with_quantities(circuit)?;
    let mut analyses = simulate(&wider, options, progress)?;
    let measures = measures(&wider, &analyses);
    let fourier = components(&wider, &analyses);
    // Where nothing was added for formulas and measures there is nothing to copy.
    let plain = circuit.parts().requests.formulas.is_empty();
    let is_whole = |signals: usize| plain && signals <= shown;
    for result in &mut analyses {
        match result {
            AnalysisResult::Transient(transient)
                if !is_whole(transient.waveform.signals().len()) =>
            {
                transient.waveform = displayed(&wider, &transient.waveform, transient.span, shown)?;
            }
            AnalysisResult::Sweep(sweep) if !is_whole(sweep.waveform.signals().len()) => {
                sweep.waveform = displayed(&wider, &sweep.waveform, sweep.span, shown)?;
            }
            AnalysisResult::Ac(found) if !is_whole(found.spectrum.signals().len()) => {
                found.spectrum = shown_amplitudes(&wider, &found.spectrum, found.span, shown)?;
            }
            _ => {}
        }
    }
    let verdicts = verdicts(circuit, &analyses, &measures);
    Ok(Simulation { analyses, measures, fourier, verdicts })
}

/// The circuit with all quantities that its formulas and measures read among its
/// outputs, and the number of those that it had before, which come first.
fn with_quantities(circuit: &Circuit) -> Result<(Cow<'_, Circuit>, usize), SimulationError> {
    let parts = circuit.parts();
    let requests = &parts.requests;
    let mut needed = Vec::new();
    for output in &requests.formulas {
        output.formula.controls(&mut needed);
    }
    for output in requests.fourier.iter().flat_map(|card| &card.outputs) {
        output.formula.controls(&mut needed);
    }
    for condition in &requests.conditions {
        condition.formula.controls(&mut needed);
    }
    for measure in &requests.measures {
        for formula in measure.task.formulas() {
            formula.controls(&mut needed);
        }
    }
    if needed.is_empty() {
        return Ok((Cow::Borrowed(circuit), usize::MAX));
    }
    // A deck that keeps formulas alone keeps nothing else.
    let silent = parts.outputs.is_empty() && requests.formulas.is_empty();
    let mut outputs = if silent { everything(circuit) } else { parts.outputs.clone() };
    let shown = outputs.len();
    for control in needed {
        if !outputs.iter().any(|probe| probe.control == control) {
            outputs.push(Probe { name: name_of(circuit, control), control });
        }
    }
    if outputs == parts.outputs {
        return Ok((Cow::Borrowed(circuit), shown));
    }
    let mut parts = parts.clone();
    parts.outputs = outputs;
    let wider = Circuit::new(parts).map_err(SimulationError::Circuit)?;
    Ok((Cow::Owned(wider), shown))
}

/// What a quantity is called, such as `v(a,b)`.
fn name_of(circuit: &Circuit, control: Control) -> String {
    let node = |id: crate::circuit::NodeId| &circuit.parts().nodes[id.0 as usize].name;
    match control {
        Control::Voltage(a, b) if b.unknown().is_none() => format!("v({})", node(a)),
        Control::Voltage(a, b) => format!("v({},{})", node(a), node(b)),
        Control::Current(id) => current_name(&circuit.elements()[id.0 as usize].name),
    }
}

/// What the deck keeps of a transient or a sweep: its outputs and its formulas.
fn displayed(
    circuit: &Circuit,
    wave: &Waveform,
    span: Span,
    shown: usize,
) -> Result<Waveform, SimulationError> {
    let mut signals: Vec<Signal> = wave.signals().iter().take(shown).cloned().collect();
    let column = transient_column(circuit, wave);
    let trace = Trace { axis_name: wave.axis().0, axis: wave.time(), column: &column, noise: None };
    for output in &circuit.parts().requests.formulas {
        let values = trace.values(&output.formula, &[]).map_err(|reason| {
            SimulationError::Formula { span, name: output.name.clone(), reason }
        })?;
        signals.push(Signal { name: output.name.clone(), unit: String::new(), values });
    }
    Waveform::over(wave.axis(), wave.time().to_vec(), signals)
        .map_err(|error| SimulationError::Waveform { span, error })
}

/// What the deck keeps of an AC analysis: its outputs and its formulas.
fn shown_amplitudes(
    circuit: &Circuit,
    spectrum: &Spectrum,
    span: Span,
    shown: usize,
) -> Result<Spectrum, SimulationError> {
    let mut signals: Vec<ComplexSignal> = spectrum.signals().iter().take(shown).cloned().collect();
    let column = amplitudes(circuit, spectrum);
    let axis = spectrum.frequencies();
    let trace = Trace { axis_name: "frequency", axis, column: &column, noise: None };
    for output in &circuit.parts().requests.formulas {
        let values = trace.complex(&output.formula, &[]).map_err(|reason| {
            SimulationError::Formula { span, name: output.name.clone(), reason }
        })?;
        signals.push(ComplexSignal { name: output.name.clone(), unit: String::new(), values });
    }
    Spectrum::new(axis.to_vec(), signals).map_err(|error| SimulationError::Waveform { span, error })
}

/// The columns of a transient by what they are.
fn transient_column<'a>(
    circuit: &'a Circuit,
    wave: &'a Waveform,
) -> impl Fn(Control) -> Option<Column<'a>> {
    move |control| {
        let at = circuit.parts().outputs.iter().position(|probe| probe.control == control)?;
        Some(Column::Real(Cow::Borrowed(&wave.signals().get(at)?.values)))
    }
}

/// The columns of an AC analysis by what they are.
fn amplitudes<'a>(
    circuit: &'a Circuit,
    spectrum: &'a Spectrum,
) -> impl Fn(Control) -> Option<Column<'a>> {
    move |control| {
        let at = circuit.parts().outputs.iter().position(|probe| probe.control == control)?;
        Some(Column::Complex(Cow::Borrowed(&spectrum.signals().get(at)?.values)))
    }
}

/// All measures, in the order of their cards.
fn measures(circuit: &Circuit, analyses: &[AnalysisResult]) -> Vec<MeasureResult> {
    let mut results: Vec<MeasureResult> = Vec::new();
    for wanted in &circuit.parts().requests.measures {
        let earlier: Vec<Option<f64>> =
            results.iter().map(|result| result.value.as_ref().ok().copied()).collect();
        let value = analyses.iter().find_map(|analysis| match (analysis, wanted.analysis) {
            (AnalysisResult::Transient(found), Measured::Transient) => {
                let column = transient_column(circuit, &found.waveform);
                let axis = found.waveform.time();
                Some(measure(
                    wanted,
                    &Trace { axis_name: "time", axis, column: &column, noise: None },
                    &earlier,
                ))
            }
            (AnalysisResult::Sweep(found), Measured::Dc) => {
                let column = transient_column(circuit, &found.waveform);
                let (axis_name, axis) = (found.waveform.axis().0, found.waveform.time());
                Some(measure(
                    wanted,
                    &Trace { axis_name, axis, column: &column, noise: None },
                    &earlier,
                ))
            }
            (AnalysisResult::Ac(found), Measured::Ac) => {
                let column = amplitudes(circuit, &found.spectrum);
                let axis = found.spectrum.frequencies();
                let trace = Trace { axis_name: "frequency", axis, column: &column, noise: None };
                Some(measure(wanted, &trace, &earlier))
            }
            (AnalysisResult::Noise(found), Measured::Noise) => {
                let (axis, noise) = (found.waveform.time(), Some(found));
                let trace = Trace { axis_name: "frequency", axis, column: &|_| None, noise };
                Some(measure(wanted, &trace, &earlier))
            }
            (AnalysisResult::OperatingPoint(found), Measured::OperatingPoint) => {
                let column =
                    |control| Some(Column::Real(vec![at_point(circuit, found, control)].into()));
                let axis = &[0.0];
                Some(measure(
                    wanted,
                    &Trace { axis_name: "", axis, column: &column, noise: None },
                    &earlier,
                ))
            }
            _ => None,
        });
        let value = value.unwrap_or_else(|| {
            Err(format!("the deck has no analysis `.{}`", wanted.analysis.name()))
        });
        results.push(MeasureResult { name: wanted.name.clone(), value, span: wanted.span });
    }
    results
}

/// What the `.four` cards ask for, of the first transient.
fn components(circuit: &Circuit, analyses: &[AnalysisResult]) -> Vec<FourierResult> {
    let transient = analyses.iter().find_map(|analysis| match analysis {
        AnalysisResult::Transient(found) => Some(found),
        _ => None,
    });
    let one = |wanted: &Fourier| {
        let Some(found) = transient else {
            let components = Err("the deck has no transient".to_owned());
            return FourierResult { frequency: wanted.frequency, components, span: wanted.span };
        };
        let column = transient_column(circuit, &found.waveform);
        let axis = found.waveform.time();
        fourier(wanted, &Trace { axis_name: "time", axis, column: &column, noise: None })
    };
    circuit.parts().requests.fourier.iter().map(one).collect()
}

/// The value of a quantity at an operating point.
fn at_point(circuit: &Circuit, found: &OperatingPointResult, control: Control) -> f64 {
    let terms = circuit.equations().control(control);
    terms.iter().map(|&(unknown, sign)| sign * found.readings[unknown].value).sum()
}

fn verdicts(
    circuit: &Circuit,
    analyses: &[AnalysisResult],
    measures: &[MeasureResult],
) -> Vec<Verdict> {
    let reading = |name: &str| analyses.iter().find_map(|analysis| result(analysis, name));
    let verdict = |expected: &Expectation| {
        let measured = measures.iter().find(|measure| measure.name == expected.name);
        let found = match measured {
            Some(measure) => measure.value.clone(),
            None => reading(&expected.name)
                .ok_or_else(|| format!("there is no result `{}`", expected.name)),
        };
        Verdict { expected: expected.clone(), found }
    };
    circuit.parts().requests.expectations.iter().map(verdict).collect()
}

/// The result of that name, where the analysis has it.
fn result(analysis: &AnalysisResult, name: &str) -> Option<f64> {
    match analysis {
        AnalysisResult::OperatingPoint(point) => {
            point.readings.iter().find(|reading| reading.name == name).map(|r| r.value)
        }
        AnalysisResult::Transfer(found) => match name {
            "transfer_function" => Some(found.gain),
            "input_resistance" => Some(found.input_resistance),
            "output_resistance" => Some(found.output_resistance),
            _ => None,
        },
        AnalysisResult::Noise(found) => match name {
            "onoise_total" => Some(found.output_total),
            "inoise_total" => Some(found.input_total),
            _ => None,
        },
        AnalysisResult::Sensitivity(found) => {
            let element = name.strip_prefix("sens(")?.strip_suffix(')')?;
            found.entries.iter().find(|entry| entry.element == element).map(|e| e.derivative)
        }
        AnalysisResult::PolesZeros(found) => {
            let (part, rest) = name.split_once('(')?;
            let (kind, number) = rest.strip_suffix("))")?.split_once('(')?;
            let list = if kind == "pole" { &found.poles } else { &found.zeros };
            let value = list.as_ref()?.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some(if part == "re" { value.re } else { value.im })
        }
        AnalysisResult::Transient(_) | AnalysisResult::Sweep(_) | AnalysisResult::Ac(_) => None,
    }
}
