//! `.dc`: operating points over the values of one or two sources, elements, parameters or
//! temperatures.

use std::borrow::Cow;

use crate::{
    circuit::{Circuit, Control, ElementId, Kind, Sweep, Variant},
    diag::Span,
    mna::{Mna, Sources},
    simulate::{SimulationError, SweepResult, operating_point, watch::Progress},
    solve::{Aid, Counters, OperatingPoint},
    wave::{Signal, Waveform},
};

/// One sweep of the first target for each value of the second. Each point starts from the
/// one before, so that what has several states keeps the one it is in.
///
/// The results are in ascending order of the first target, whichever way it went.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    (sweeps, variants): (&[Sweep], &[Variant]),
    span: Span,
    progress: &mut Progress<'_>,
) -> Result<Vec<SweepResult>, SimulationError> {
    let Some((inner, outer)) = sweeps.split_first() else { return Ok(Vec::new()) };
    let outer = outer.first();
    let family = Family::new((circuit, mna), variants);
    // How far a value moves among the variants: sources do not.
    let inner_stride = usize::from(inner.source.is_none());
    let outer_stride = if inner_stride == 0 { 1 } else { inner.values.len() };
    let levels = outer.map_or(1, |outer| outer.values.len());
    let mut results = Vec::with_capacity(levels);
    let mut last: Option<OperatingPoint> = None;
    let mut goes_on = true;
    let all = (levels * inner.values.len()) as f64;
    for at in 0..levels {
        let level = outer.map(|outer| (outer, outer.values[at]));
        let shift = match level {
            Some((Sweep { source: None, .. }, _)) => at * outer_stride,
            _ => 0,
        };
        // A new row begins where the last one began.
        let mut first = None;
        let mut row = Row::new(circuit);
        for (k, &value) in inner.values.iter().enumerate() {
            let blame = |fault| SimulationError::At {
                source_name: inner.name.clone(),
                value,
                fault: Box::new(fault),
            };
            let member = family.member(shift + k * inner_stride).map_err(blame)?;
            let mut u = Sources::all(&member.circuit).dc().to_vec();
            if let Some((Sweep { source: Some(source), .. }, value)) = level {
                u[input(circuit, *source)] = value;
            }
            if let Some(source) = inner.source {
                u[input(circuit, source)] = value;
            }
            let point =
                operating_point::solve_from(&member.circuit, &member.mna, &u, span, last.as_ref())
                    .map_err(blame)?;
            row.take(&member.circuit, &point);
            first.get_or_insert_with(|| point.clone());
            last = Some(point);
            let done = results.len() * inner.values.len() + k + 1;
            if progress(done as f64 / all).is_break() {
                goes_on = false;
                break;
            }
        }
        last = first;
        let level = level.map(|(outer, value)| (outer.name.clone(), value));
        results.push(row.result((circuit, inner), level, span)?);
        if !goes_on {
            break;
        }
    }
    Ok(results)
}

/// The circuits along a sweep.
struct Family<'f> {
    circuit: &'f Circuit,
    mna: &'f Mna,
    variants: &'f [Variant],
    /// The circuit without what its analyses hold, to be changed.
    bare: Option<Circuit>,
}

/// One of them.
struct Member<'f> {
    circuit: Cow<'f, Circuit>,
    mna: Cow<'f, Mna>,
}

impl<'f> Family<'f> {
    fn new((circuit, mna): (&'f Circuit, &'f Mna), variants: &'f [Variant]) -> Self {
        let bare = (!variants.is_empty()).then(|| circuit.clone());
        Self { circuit, mna, variants, bare }
    }

    fn member(&self, at: usize) -> Result<Member<'f>, SimulationError> {
        let (Some(bare), Some(variant)) = (&self.bare, self.variants.get(at)) else {
            return Ok(Member {
                circuit: Cow::Borrowed(self.circuit),
                mna: Cow::Borrowed(self.mna),
            });
        };
        let mut parts = bare.clone().into_parts();
        for (id, kind) in variant {
            parts.elements[id.0 as usize].kind = kind.clone();
        }
        let circuit = Circuit::new(parts).map_err(SimulationError::Circuit)?;
        let mna = Cow::Owned(Mna::compile(&circuit));
        Ok(Member { circuit: Cow::Owned(circuit), mna })
    }
}

/// The outputs at each value.
struct Row {
    columns: Vec<Vec<f64>>,
    counters: Counters,
    aid: Aid,
}

impl Row {
    fn new(circuit: &Circuit) -> Self {
        let columns = vec![Vec::new(); circuit.parts().outputs.len()];
        Self { columns, counters: Counters::default(), aid: Aid::None }
    }

    fn take(&mut self, circuit: &Circuit, point: &OperatingPoint) {
        self.counters += point.counters;
        if point.aid != Aid::None {
            self.aid = point.aid;
        }
        let read = |control: Control| -> f64 {
            let terms = circuit.equations().control(control);
            terms.iter().map(|&(u, sign)| sign * point.x[u]).sum()
        };
        for (probe, column) in circuit.parts().outputs.iter().zip(&mut self.columns) {
            column.push(read(probe.control));
        }
    }

    fn result(
        self,
        (circuit, inner): (&Circuit, &Sweep),
        level: Option<(String, f64)>,
        span: Span,
    ) -> Result<SweepResult, SimulationError> {
        let is_falling = inner.values.first() > inner.values.last();
        let ascending = |mut values: Vec<f64>| {
            if is_falling {
                values.reverse();
            }
            values
        };
        // A sweep that was broken off has fewer points than values.
        let reached = self.columns.first().map_or(0, Vec::len);
        let outputs = circuit.parts().outputs.iter().zip(self.columns);
        let signals = outputs.map(|(probe, values)| {
            let unit = probe.control.unit();
            Signal { name: probe.name.clone(), unit: unit.to_owned(), values: ascending(values) }
        });
        let axis = ascending(inner.values[..reached].to_vec());
        let waveform = Waveform::over((&inner.name, inner.unit), axis, signals.collect())
            .map_err(|error| SimulationError::Waveform { span, error })?;
        Ok(SweepResult { span, level, waveform, aid: self.aid, counters: self.counters })
    }
}

/// The place of a source among the inputs.
fn input(circuit: &Circuit, source: ElementId) -> usize {
    let before = circuit.elements()[..source.0 as usize].iter();
    before.filter(|element| matches!(element.kind, Kind::Source { .. })).count()
}
