//! `.dc`, `.ac`, `.noise`, `.tf`, `.sens` and `.pz`: names and numbers.

use std::sync::Arc;

use crate::{
    circuit::{Analysis, ElementId, Kind, NodeId, Probe, Sweep},
    diag::{Diagnostic, Span, nearest},
    elaborate::{controls, device::ZERO_CELSIUS, flatten::Flat, steps},
    netlist::{
        Netlist,
        ast::{self, Frequencies, Spacing, StepTarget, Wanted},
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

    fn sweeps(&mut self, cards: &[ast::DcSweep]) -> Option<Analysis> {
        let found: Vec<_> = cards.iter().map(|card| self.sweep(card)).collect();
        let found: Vec<(Sweep, Option<StepTarget>)> = found.into_iter().collect::<Option<_>>()?;
        let (sweeps, targets): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        if let [one, two] = sweeps.as_slice()
            && one.name == two.name
        {
            return self.refuse(format!("`{}` is swept twice, one and the same", one.name));
        }
        let points: f64 = sweeps.iter().map(|s| s.values.len() as f64).product();
        if points > MOST {
            return self.refuse(format!("the sweeps have more than {MOST:e} points"));
        }
        if targets.iter().any(Option::is_some) {
            self.flat.swept.push((self.flat.circuit.analyses.len(), targets));
        }
        Some(Analysis::Sweep { sweeps, variants: Arc::default(), span: self.span })
    }

    /// The source that a sweep varies, else what is to be set anew at each value.
    fn target(
        &mut self,
        target: StepTarget,
    ) -> Option<(String, &'static str, Result<ElementId, StepTarget>)> {
        let name = match target {
            StepTarget::Parameter(name) | StepTarget::Element(name) | StepTarget::Data(name) => {
                self.netlist.symbols.name(name).to_owned()
            }
            StepTarget::Temperature => "temp".to_owned(),
        };
        let StepTarget::Element(symbol) = target else {
            let unit = if target == StepTarget::Temperature { "°C" } else { "" };
            let place = (target, self.span);
            return steps::can_set(self.netlist, &self.flat.env, place, self.faults).then_some((
                name,
                unit,
                Err(target),
            ));
        };
        let elements = &self.flat.circuit.elements;
        let found = elements.iter().position(|element| *element.name == name);
        let unit = match found.map(|at| (at, &elements[at].kind)) {
            Some((at, Kind::Source { quantity, .. })) => {
                return Some((name, quantity.unit(), Ok(ElementId(at as u32))));
            }
            Some((_, Kind::Resistor { .. })) => "ohm",
            Some((_, Kind::Capacitor { .. })) => "F",
            Some((_, Kind::Inductor { .. })) => "H",
            Some(_) => "",
            None if self.netlist.scope.params.iter().any(|param| param.name == symbol) => {
                return Some((name, "", Err(StepTarget::Parameter(symbol))));
            }
            None => {
                let message = format!("there is no source, element or parameter `{name}`");
                let near = nearest(&name, elements.iter().map(|element| &*element.name));
                let fault = Diagnostic::error(self.span, message);
                self.faults.push(match near {
                    Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                    None => fault,
                });
                return None;
            }
        };
        steps::can_set(self.netlist, &self.flat.env, (target, self.span), self.faults).then_some((
            name,
            unit,
            Err(target),
        ))
    }

    fn refuse<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.faults.push(Diagnostic::error(self.span, message.into()));
        None
    }

    fn any_amplitude(&self) -> bool {
        let sources = self.flat.circuit.elements.iter();
        sources.into_iter().any(|element| match &element.kind {
            Kind::Source { supply, .. } => supply.ac != [0.0; 2],
            _ => false,
        })
    }

    fn number(&mut self, value: &ast::Value) -> f64 {
        self.flat.env.value(value, self.span, self.faults)
    }

    fn sweep(&mut self, sweep: &ast::DcSweep) -> Option<(Sweep, Option<StepTarget>)> {
        let (name, unit, what) = self.target(sweep.target)?;
        let (source, target) = (what.ok(), what.err());
        let [start, stop, step] =
            [&sweep.start, &sweep.stop, &sweep.step].map(|value| self.number(value));
        let steps = (stop - start) / step;
        if start == stop {
            return Some((Sweep { name, unit, source, values: vec![start] }, target));
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
        let values: Vec<f64> = (0..=count).map(|k| start + step * k as f64).collect();
        if target == Some(StepTarget::Temperature)
            && let Some(cold) = values.iter().find(|value| **value <= -ZERO_CELSIUS)
        {
            return self.refuse(format!("{cold} °C is not above absolute zero, -273.15 °C"));
        }
        Some((Sweep { name, unit, source, values }, target))
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
