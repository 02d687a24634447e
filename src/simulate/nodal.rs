//! Transients on the MNA path.

use std::borrow::Cow;

use crate::{
    dae::Drive,
    mna::{Mna, Sources, Waves, longest_step},
    simulate::{
        Path, Scheme, SimulationError, TransientResult, observe::Watched,
        operating_point::Beginning, run::Case,
    },
    solve::{Method, TransientOptions, transient},
};

/// Integrates the equations of MNA.
pub(super) fn integrate(
    case: &Case<'_>,
    beginning: &Beginning,
    scheme: Scheme,
    progress: &mut dyn FnMut(f64),
) -> Result<TransientResult, SimulationError> {
    let method = match (scheme, case.circuit.parts().method.as_deref()) {
        (Scheme::Gear2, _) | (Scheme::Auto, Some("gear")) => Method::Gear2,
        _ => Method::Trapezoidal,
    };
    let options = TransientOptions {
        max_step: case.largest_step(),
        reltol: case.tolerances.reltol,
        vntol: case.tolerances.vntol,
        abstol: case.tolerances.abstol,
        method,
        landings: vec![case.times.start],
        ..TransientOptions::until(case.times.stop)
    };
    let equations = case.circuit.equations();
    let outputs = &case.circuit.parts().outputs;
    let readers: Vec<_> = outputs.iter().map(|probe| equations.control(probe.control)).collect();
    let (mut times, mut columns) = (Vec::new(), vec![Vec::new(); readers.len()]);
    let sources = Sources::all(case.circuit);
    let rest = beginning.unknowns();
    let waves = longest_step(case.circuit)
        .map(|_| Waves::new(case.circuit, &sources, rest, case.times.stop));
    let mut observe = |time: f64, x: &[f64]| {
        if let Some(waves) = &waves {
            waves.observe(time, x);
        }
        if time < case.times.start {
            return;
        }
        times.push(time);
        for (terms, column) in readers.iter().zip(&mut columns) {
            column.push(terms.iter().map(|&(unknown, sign)| sign * x[unknown]).sum());
        }
    };
    let (mna, inputs): (Cow<'_, Mna>, &dyn Drive) = match &waves {
        Some(waves) => (Cow::Owned(Mna::with_waves(case.circuit)), waves),
        None => (Cow::Borrowed(case.mna), &sources),
    };
    let drive = Watched::new(inputs, case.times.stop, progress);
    let start = beginning.start(case.circuit, case.mna);
    let counters = transient(&*mna, &drive, &start, &options, &mut observe)
        .map_err(|error| case.failure(error))?;
    Ok(TransientResult {
        span: case.times.span,
        waveform: case.waveform(times, columns)?,
        path: Path::Mna,
        why: String::new(),
        refusal: Vec::new(),
        method: match method {
            Method::Trapezoidal => "trapezoidal rule",
            Method::Gear2 => "Gear's method of order 2",
        },
        start: None,
        counters,
    })
}
