//! `.tf`: gain and resistances at rest.

use nalgebra::Complex;

use crate::{
    circuit::{Circuit, Control, ElementId, Kind, Probe, Quantity},
    diag::Span,
    mna::Mna,
    simulate::{
        SimulationError, TransferResult,
        around::{Amplitude, Around},
    },
};

/// From `source` to `output`.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    (output, source): (&Probe, ElementId),
    span: Span,
) -> Result<TransferResult, SimulationError> {
    let mut around = Around::find(circuit, mna, span)?;
    around.at(0.0)?;
    let element = &circuit.elements()[source.0 as usize];
    let drive = around.unit(source);
    let x = around.answer(&drive);
    let gain = around.read(output.control, &x).re;
    let input_resistance = match element.kind {
        // 1 A flows out of the first node through the source.
        Kind::Source { quantity: Quantity::Current, nodes: [a, b], .. } => {
            -around.read(Control::Voltage(a, b), &x).re
        }
        _ => seen(around.read(Control::Current(source), &x).re),
    };
    let output_resistance = resistance_at(&mut around, output.control);
    Ok(TransferResult {
        span,
        output: output.name.clone(),
        source: element.name.to_string(),
        gain,
        input_resistance,
        output_resistance,
        aid: around.aid,
        counters: around.counters,
    })
}

/// What a source of 1 V sees that carries that current from its first node to its second,
/// ohm: infinite without one, whatever the sign of the zero.
fn seen(current: f64) -> f64 {
    if current == 0.0 { f64::INFINITY } else { -1.0 / current }
}

/// What a source in the place of the output would see, ohm; infinite where no current flows.
fn resistance_at(around: &mut Around<'_>, of: Control) -> f64 {
    let mut rhs = vec![Complex::default(); around.x.len()];
    let one: Amplitude = Complex::new(1.0, 0.0);
    match of {
        // A current into the first node and out of the second.
        Control::Voltage(a, b) => {
            for (node, sign) in [(a, 1.0), (b, -1.0)] {
                if let Some(unknown) = node.unknown() {
                    rhs[unknown] += one * sign;
                }
            }
            let x = around.answer(&rhs);
            around.read(of, &x).re
        }
        // A voltage in series.
        Control::Current(element) => {
            if let Some(row) = around.circuit.equations().branch(element) {
                rhs[row] = one;
            }
            let x = around.answer(&rhs);
            seen(around.read(of, &x).re)
        }
    }
}
