//! Transients on the MNA path.

use std::borrow::Cow;

use crate::{
    dae::Drive,
    mna::{Mna, Sources, Waves, longest_step},
    simulate::{
        Path, Scheme, SimulationError, TransientResult,
        operating_point::Beginning,
        run::Case,
        watch::{Progress, Watch},
    },
    solve::{Method, TransientOptions, transient},
};

/// Integrates the equations of MNA.
pub(super) fn integrate(
    case: &Case<'_>,
    beginning: &Beginning,
    scheme: Scheme,
    progress: &mut Progress<'_>,
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
    let mut watch = Watch::new(case.circuit, case.times.stop, progress);
    let mut row = vec![0.0; readers.len()];
    let sources = Sources::all(case.circuit);
    let rest = beginning.unknowns();
    let waves = longest_step(case.circuit)
        .map(|_| Waves::new(case.circuit, &sources, rest, case.times.stop));
    let mut observe = |time: f64, x: &[f64]| {
        if let Some(waves) = &waves {
            waves.observe(time, x);
        }
        if time < case.times.start {
            return watch.step(time);
        }
        times.push(time);
        for ((terms, column), value) in readers.iter().zip(&mut columns).zip(&mut row) {
            *value = terms.iter().map(|&(unknown, sign)| sign * x[unknown]).sum();
            column.push(*value);
        }
        watch.point(time, &row)
    };
    let (mna, inputs): (Cow<'_, Mna>, &dyn Drive) = match &waves {
        Some(waves) => (Cow::Owned(Mna::with_waves(case.circuit)), waves),
        None => (Cow::Borrowed(case.compiled.mna()), &sources),
    };
    let start = beginning.start(case.circuit, case.compiled.mna());
    let counters = transient(&*mna, inputs, &start, &options, &mut observe)
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
        ending: watch.ending(case.times.span)?,
        counters,
    })
}
