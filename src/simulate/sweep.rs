//! `.dc`: operating points over the values of one or two sources.

use crate::{
    circuit::{Circuit, Control, ElementId, Kind, SourceSweep},
    diag::Span,
    mna::{Mna, Sources},
    simulate::{SimulationError, SweepResult, operating_point, watch::Progress},
    solve::{Aid, Counters, OperatingPoint},
    wave::{Signal, Waveform},
};

/// One sweep of the first source for each value of the second. Each point starts from the
/// one before, so that what has several states keeps the one it is in.
///
/// The results are in ascending order of the first source, whichever way it went.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    sources: &[SourceSweep],
    span: Span,
    progress: &mut Progress<'_>,
) -> Result<Vec<SweepResult>, SimulationError> {
    let Some((inner, outer)) = sources.split_first() else { return Ok(Vec::new()) };
    let levels = outer.first().map_or(vec![None], |outer| {
        outer.values.iter().map(|&value| Some((outer.source, value))).collect()
    });
    let mut u = Sources::all(circuit).dc().to_vec();
    let mut results = Vec::with_capacity(levels.len());
    let mut last: Option<OperatingPoint> = None;
    let mut goes_on = true;
    let all = (levels.len() * inner.values.len()) as f64;
    for level in levels {
        if let Some((source, value)) = level {
            u[input(circuit, source)] = value;
        }
        // A new row begins where the last one began.
        let mut first = None;
        let mut sweep = Row { columns: Vec::new(), counters: Counters::default(), aid: Aid::None };
        for &value in &inner.values {
            u[input(circuit, inner.source)] = value;
            let point = operating_point::solve_from(circuit, mna, &u, span, last.as_ref())
                .map_err(|fault| SimulationError::At {
                    source_name: name(circuit, inner.source).to_owned(),
                    value,
                    fault: Box::new(fault),
                })?;
            sweep.counters += point.counters;
            if point.aid != Aid::None {
                sweep.aid = point.aid;
            }
            sweep.columns.push(point.x.clone());
            first.get_or_insert_with(|| point.clone());
            last = Some(point);
            let done = results.len() * inner.values.len() + sweep.columns.len();
            if progress(done as f64 / all).is_break() {
                goes_on = false;
                break;
            }
        }
        last = first;
        let level = level.map(|(source, value)| (name(circuit, source).to_owned(), value));
        results.push(sweep.result((circuit, inner), level, span)?);
        if !goes_on {
            break;
        }
    }
    Ok(results)
}

/// The unknowns at each value.
struct Row {
    columns: Vec<Vec<f64>>,
    counters: Counters,
    aid: Aid,
}

impl Row {
    fn result(
        self,
        (circuit, inner): (&Circuit, &SourceSweep),
        level: Option<(String, f64)>,
        span: Span,
    ) -> Result<SweepResult, SimulationError> {
        // A sweep that was broken off has fewer points than values.
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        if inner.values.first() > inner.values.last() {
            order.reverse();
        }
        let read = |control: Control, x: &[f64]| -> f64 {
            circuit.equations().control(control).iter().map(|&(u, sign)| sign * x[u]).sum()
        };
        let signals = circuit.parts().outputs.iter().map(|probe| {
            let unit = probe.control.unit();
            let values = order.iter().map(|&k| read(probe.control, &self.columns[k])).collect();
            Signal { name: probe.name.clone(), unit: unit.to_owned(), values }
        });
        let unit = match circuit.elements()[inner.source.0 as usize].kind {
            Kind::Source { quantity, .. } => quantity.unit(),
            _ => "",
        };
        let axis = order.iter().map(|&k| inner.values[k]).collect();
        let waveform = Waveform::over((name(circuit, inner.source), unit), axis, signals.collect())
            .map_err(|error| SimulationError::Waveform { span, error })?;
        Ok(SweepResult { span, level, waveform, aid: self.aid, counters: self.counters })
    }
}

fn name(circuit: &Circuit, source: ElementId) -> &str {
    &circuit.elements()[source.0 as usize].name
}

/// The place of a source among the inputs.
fn input(circuit: &Circuit, source: ElementId) -> usize {
    let before = circuit.elements()[..source.0 as usize].iter();
    before.filter(|element| matches!(element.kind, Kind::Source { .. })).count()
}
