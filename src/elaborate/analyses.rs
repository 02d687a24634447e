//! `.dc`, `.ac`, `.noise`, `.tf`, `.sens` and `.pz`: names and numbers.

use crate::{
    circuit::{Analysis, ElementId, Kind, NodeId, Probe, SourceSweep},
    diag::{Diagnostic, Span, nearest},
    elaborate::{controls, flatten::Flat},
    netlist::{
        Netlist,
        ast::{self, Frequencies, Spacing, Wanted},
        symbol::Symbol,
    },
    units::si,
};

/// Points of a sweep or a grid of frequencies at most.
const MOST: f64 = 1e6;
/// Beyond its last value a sweep goes by this fraction of an increment, for rounding.
const SLACK: f64 = 1e-9;

/// Adds what the card asks for.
pub(super) fn add(
    netlist: &Netlist,
    analysis: &ast::Analysis,
    span: Span,
    flat: &mut Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let mut reader = Reader { netlist, flat, span, faults };
    if let Some(analysis) = reader.analysis(analysis) {
        flat.circuit.analyses.push(analysis);
    }
}

struct Reader<'r, 'f> {
    netlist: &'r Netlist,
    flat: &'r mut Flat<'f>,
    span: Span,
    faults: &'r mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn analysis(&mut self, analysis: &ast::Analysis) -> Option<Analysis> {
        let span = self.span;
        Some(match analysis {
            ast::Analysis::Dc(sweeps) => self.sweeps(sweeps)?,
            ast::Analysis::Ac(frequencies) => {
                let frequencies = self.frequencies(frequencies)?;
                if !self.any_amplitude() {
                    let message = "no source has an AC value, so nothing would move";
                    let hint = "give the input one, such as `V1 in 0 dc 0 ac 1`";
                    self.faults.push(Diagnostic::error(span, message).with_hint(hint));
                    return None;
                }
                Analysis::Ac { frequencies, span }
            }
            ast::Analysis::Noise { output, source, frequencies } => {
                let (output, source) = (self.probe(output), self.source(*source));
                let frequencies = self.frequencies(frequencies)?;
                let (output, source) = (output?, source?);
                if frequencies[0] <= 0.0 {
                    return self.refuse("the frequencies of .noise must be positive");
                }
                Analysis::Noise { output, source, frequencies, span }
            }
            ast::Analysis::Transfer { output, source } => {
                let (output, source) = (self.probe(output), self.source(*source));
                Analysis::Transfer { output: output?, source: source?, span }
            }
            ast::Analysis::Sensitivity { output, frequencies } => {
                let output = self.probe(output);
                let frequencies = match frequencies {
                    Some(frequencies) => Some(self.frequencies(frequencies)?),
                    None => None,
                };
                if frequencies.is_some() && !self.any_amplitude() {
                    return self.refuse("no source has an AC value, so nothing would move");
                }
                Analysis::Sensitivity { output: output?, frequencies, span }
            }
            ast::Analysis::PolesZeros { input, output, is_voltage, wanted } => {
                let (input, output) = (self.nodes(*input), self.nodes(*output));
                let (input, output, is_voltage) = (input?, output?, *is_voltage);
                if input[0] == input[1] || output[0] == output[1] {
                    return self.refuse("the two nodes of a pair of .pz must differ");
                }
                let poles = *wanted != Wanted::Zeros;
                let zeros = *wanted != Wanted::Poles;
                Analysis::PolesZeros { input, output, is_voltage, poles, zeros, span }
            }
        })
    }

    fn sweeps(&mut self, sweeps: &[ast::SourceSweep]) -> Option<Analysis> {
        let sources = sweeps.iter().map(|sweep| self.sweep(sweep));
        let sources: Vec<Option<SourceSweep>> = sources.collect();
        let sources: Vec<SourceSweep> = sources.into_iter().collect::<Option<_>>()?;
        if let [one, two] = sources.as_slice()
            && one.source == two.source
        {
            return self.refuse("the two sources of .dc are one and the same");
        }
        let points: f64 = sources.iter().map(|s| s.values.len() as f64).product();
        if points > MOST {
            return self.refuse(format!("the sweeps have more than {MOST:e} points"));
        }
        Some(Analysis::Sweep { sources, span: self.span })
    }

    fn refuse<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.faults.push(Diagnostic::error(self.span, message.into()));
        None
    }

    fn any_amplitude(&self) -> bool {
        let sources = self.flat.circuit.elements.iter();
        sources.into_iter().any(|element| match element.kind {
            Kind::Source { ac, .. } => ac != [0.0; 2],
            _ => false,
        })
    }

    fn number(&mut self, value: &ast::Value) -> f64 {
        self.flat.env.value(value, self.span, self.faults)
    }

    fn sweep(&mut self, sweep: &ast::SourceSweep) -> Option<SourceSweep> {
        let source = self.source(sweep.source);
        let [start, stop, step] =
            [&sweep.start, &sweep.stop, &sweep.step].map(|value| self.number(value));
        let steps = (stop - start) / step;
        let name = self.netlist.symbols.name(sweep.source);
        if start == stop {
            return Some(SourceSweep { source: source?, values: vec![start] });
        }
        if !(steps >= 0.0 && steps.is_finite()) {
            return self.refuse(format!(
                "the sweep of `{name}` from {start} to {stop} by {step} never ends"
            ));
        }
        if steps > MOST {
            return self.refuse(format!("the sweep of `{name}` has more than {MOST:e} points"));
        }
        let count = (steps + SLACK).floor() as usize;
        let values = (0..=count).map(|k| start + step * k as f64).collect();
        Some(SourceSweep { source: source?, values })
    }

    fn frequencies(&mut self, wanted: &Frequencies) -> Option<Vec<f64>> {
        let [points, start, stop] =
            [&wanted.points, &wanted.start, &wanted.stop].map(|value| self.number(value));
        if !(points >= 1.0 && points.fract() == 0.0) {
            return self.refuse(format!("{points} is no number of points"));
        }
        if !(start >= 0.0 && stop >= start && stop.is_finite()) {
            let (start, stop) = (si(start, "Hz"), si(stop, "Hz"));
            return self.refuse(format!("the frequencies from {start} to {stop} do not ascend"));
        }
        let base: f64 = match wanted.spacing {
            Spacing::Linear => {
                if points > MOST {
                    return self.refuse(format!("{points} points are more than {MOST:e}"));
                }
                if points == 1.0 || start == stop {
                    return Some(vec![start]);
                }
                let step = (stop - start) / (points - 1.0);
                let count = points as usize;
                return Some((0..count).map(|k| start + step * k as f64).collect());
            }
            Spacing::Decade => 10.0,
            Spacing::Octave => 2.0,
        };
        if start <= 0.0 {
            return self.refuse(format!(
                "the first frequency is {}, it must be positive to be multiplied",
                si(start, "Hz")
            ));
        }
        let steps = points * (stop / start).ln() / base.ln();
        if steps > MOST {
            return self.refuse(format!("{steps:.0} points are more than {MOST:e}"));
        }
        let count = (steps + SLACK).floor() as usize;
        Some((0..=count).map(|k| start * base.powf(k as f64 / points)).collect())
    }

    /// An independent source, at the top level or inside.
    fn source(&mut self, name: Symbol) -> Option<ElementId> {
        let text = self.netlist.symbols.name(name);
        let elements = &self.flat.circuit.elements;
        let found = elements.iter().position(|element| &*element.name == text);
        match found {
            Some(at) if matches!(elements[at].kind, Kind::Source { .. }) => {
                Some(ElementId(at as u32))
            }
            Some(at) => {
                let fault = Diagnostic::error(self.span, format!("`{text}` is no source"))
                    .with_related(elements[at].origin, "this is what it is")
                    .with_hint("name a voltage or current source; `.step` sweeps all else");
                self.faults.push(fault);
                None
            }
            None => {
                let sources = elements.iter().filter(|e| matches!(e.kind, Kind::Source { .. }));
                let fault = Diagnostic::error(self.span, format!("there is no source `{text}`"));
                let near = nearest(text, sources.map(|element| &*element.name));
                self.faults.push(match near {
                    Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                    None => fault,
                });
                None
            }
        }
    }

    fn probe(&mut self, output: &ast::Output) -> Option<Probe> {
        let found = controls::probe(self.netlist, output, self.flat, self.faults);
        if found.is_none()
            && matches!(output.kind, ast::OutputKind::All | ast::OutputKind::Expression(_))
        {
            return self.refuse(
                "one voltage `v(node)`, `v(node,node)` or current `i(element)` is wanted here",
            );
        }
        found
    }

    fn nodes(&mut self, names: [Symbol; 2]) -> Option<[NodeId; 2]> {
        let found = names.map(|name| {
            controls::known_node(self.netlist, name, self.span, self.flat, self.faults)
        });
        Some([found[0]?, found[1]?])
    }
}
