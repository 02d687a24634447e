//! `.sens`: how an output depends on the values of the elements.

use std::f64::consts::TAU;

use nalgebra::Complex;

use crate::{
    circuit::{Circuit, Element, ElementId, Kind, NodeId, Probe, Quantity},
    diag::Span,
    mna::Mna,
    simulate::{
        Sensitivity, SensitivityResult, SimulationError,
        around::{Amplitude, Around},
        watch::Progress,
    },
    wave::{ComplexSignal, Spectrum},
};

/// The derivatives of `output` with respect to every value, by one adjoint solution (S.
/// Director and R. Rohrer, IEEE Trans. Circuit Theory 16 (1969) 318): if a change `dp`
/// changes the equations by `dF`, the output changes by `-y . dF`.
///
/// With `frequencies` they are those of the complex amplitude, at the operating point
/// as it is; else of the value at rest.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    output: &Probe,
    frequencies: Option<&[f64]>,
    span: Span,
    progress: &mut Progress<'_>,
) -> Result<SensitivityResult, SimulationError> {
    let mut around = Around::find(circuit, mna, span)?;
    let elements: Vec<(ElementId, &Element, f64)> = circuit
        .elements()
        .iter()
        .enumerate()
        .filter_map(|(at, element)| Some((ElementId(at as u32), element, value(element)?)))
        // The states of a transfer function are no parts.
        .filter(|(_, element, _)| !element.name.contains('#'))
        // The value of a source at rest moves no amplitude but by way of the operating point.
        .filter(|(_, element, _)| {
            frequencies.is_none() || !matches!(element.kind, Kind::Source { .. })
        })
        .collect();
    let rest: Vec<Amplitude> = around.x.iter().map(|&x| Complex::new(x, 0.0)).collect();
    let mut columns = vec![Vec::new(); elements.len()];
    let points = frequencies.unwrap_or(&[0.0]);
    let drive = frequencies.map(|_| around.excitation());
    let mut reached = 0;
    for (at, &frequency) in points.iter().enumerate() {
        around.at(frequency)?;
        let x = drive.as_ref().map_or_else(|| rest.clone(), |drive| around.answer(drive));
        let y = around.adjoint(output.control);
        let scene = Scene { circuit, x: &x, y: &y, s: Complex::new(0.0, TAU * frequency) };
        for ((id, element, _), column) in elements.iter().zip(&mut columns) {
            column.push(scene.derivative(*id, element));
        }
        reached = at + 1;
        if progress(reached as f64 / points.len() as f64).is_break() {
            break;
        }
    }
    let spectrum = match frequencies {
        None => None,
        Some(frequencies) => {
            let signals = elements.iter().zip(&columns).map(|((_, element, _), values)| {
                let name = element.name.to_string();
                ComplexSignal { name, unit: String::new(), values: values.clone() }
            });
            let found = Spectrum::new(frequencies[..reached].to_vec(), signals.collect());
            Some(found.map_err(|error| SimulationError::Waveform { span, error })?)
        }
    };
    let entries = elements.iter().zip(&columns).map(|((_, element, value), column)| Sensitivity {
        element: element.name.to_string(),
        value: *value,
        derivative: column.first().map_or(0.0, |first: &Amplitude| first.re),
    });
    Ok(SensitivityResult {
        span,
        output: output.name.clone(),
        rest: around.rest(output.control),
        entries: if spectrum.is_some() { Vec::new() } else { entries.collect() },
        spectrum,
        aid: around.aid,
        counters: around.counters,
    })
}

/// The value of an element that has one.
fn value(element: &Element) -> Option<f64> {
    match &element.kind {
        Kind::Resistor { resistance: value, .. }
        | Kind::Capacitor { capacitance: value, .. }
        | Kind::Inductor { inductance: value, .. }
        | Kind::VoltageControlled { gain: value, .. }
        | Kind::CurrentControlled { gain: value, .. } => Some(*value),
        Kind::Source { supply, .. } => Some(supply.dc),
        Kind::Behavioural { .. }
        | Kind::Storage { .. }
        | Kind::Line { .. }
        | Kind::Affine { .. }
        | Kind::Coupling { .. }
        | Kind::Array(_)
        | Kind::Device(_) => None,
    }
}

/// The difference of a vector of unknowns at two nodes.
pub(super) fn across(nodes: [NodeId; 2], of: &[Amplitude]) -> Amplitude {
    let at = |node: NodeId| node.unknown().map_or(Amplitude::default(), |unknown| of[unknown]);
    at(nodes[0]) - at(nodes[1])
}

/// Unknowns, adjoint and frequency at one point.
struct Scene<'s> {
    circuit: &'s Circuit,
    x: &'s [Amplitude],
    y: &'s [Amplitude],
    s: Amplitude,
}

impl Scene<'_> {
    fn branch(&self, element: ElementId, of: &[Amplitude]) -> Amplitude {
        self.circuit.equations().branch(element).map_or(Amplitude::default(), |b| of[b])
    }

    /// Of the output with respect to the value of `element`.
    fn derivative(&self, id: ElementId, element: &Element) -> Amplitude {
        let nodes = element.kind.pair().unwrap_or([NodeId::GROUND; 2]);
        // Of what is delivered: a current through the element, or a voltage across it.
        let delivered = |quantity: Quantity, change: Amplitude| match quantity {
            Quantity::Current => -across(nodes, self.y) * change,
            Quantity::Voltage => self.branch(id, self.y) * change,
        };
        match &element.kind {
            Kind::Resistor { resistance, .. } => {
                across(nodes, self.y) * across(nodes, self.x) / (resistance * resistance)
            }
            Kind::Capacitor { .. } => -across(nodes, self.y) * self.s * across(nodes, self.x),
            Kind::Inductor { .. } => self.branch(id, self.y) * self.s * self.branch(id, self.x),
            Kind::Source { quantity, .. } => delivered(*quantity, Complex::new(1.0, 0.0)),
            Kind::VoltageControlled { quantity, control, .. } => {
                delivered(*quantity, across(*control, self.x))
            }
            Kind::CurrentControlled { quantity, control, .. } => {
                delivered(*quantity, self.branch(*control, self.x))
            }
            // What has no value.
            Kind::Behavioural { .. }
            | Kind::Storage { .. }
            | Kind::Line { .. }
            | Kind::Affine { .. }
            | Kind::Coupling { .. }
            | Kind::Array(_)
            | Kind::Device(_) => Amplitude::default(),
        }
    }
}
