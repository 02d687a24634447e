//! `.noise`: the noise of resistors and devices at one output.

use crate::{
    circuit::{Circuit, Element, ElementId, Kind, Probe},
    diag::Span,
    mna::{Mna, NoiseCurrent},
    simulate::{
        NoiseResult, SimulationError,
        around::{Amplitude, Around},
        sensitivity::across,
        watch::Progress,
    },
    wave::{Signal, Waveform},
};

/// Boltzmann's constant, J/K (exact since 2019), and 0 degrees Celsius, K.
const BOLTZMANN: f64 = 1.380_649e-23;
const ZERO_CELSIUS: f64 = 273.15;
/// Temperature where the deck says nothing, degrees Celsius.
const ROOM: f64 = 27.0;

/// The noise of the circuit: `4 k T / R` of its resistors (J. Johnson, H. Nyquist, Phys. Rev.
/// 32 (1928) 97 and 110), and what its devices make at the operating point.
fn sources(circuit: &Circuit, mna: &Mna, around: &Around<'_>) -> Vec<NoiseCurrent> {
    let celsius = circuit.parts().options.get("temp").copied().unwrap_or(ROOM);
    let general = celsius + ZERO_CELSIUS;
    let energy = |own: Option<&f64>| 4.0 * BOLTZMANN * own.unwrap_or(&general);
    let thermal = |(at, element): (usize, &Element)| match &element.kind {
        // The states of a transfer function are no parts.
        Kind::Resistor { nodes, resistance, kelvin } if !element.name.contains('#') => {
            Some(NoiseCurrent {
                element: ElementId(at as u32),
                nodes: *nodes,
                white: energy(kelvin.as_deref()) / resistance.abs(),
                flicker: 0.0,
            })
        }
        _ => None,
    };
    let resistors = circuit.elements().iter().enumerate().filter_map(thermal);
    // What has the same node at both ends is left out of the circuit.
    let devices = mna.noise(&around.x, &around.switches);
    resistors.chain(devices.filter(|current| current.nodes[0] != current.nodes[1])).collect()
}

/// The noise of `output` and the same referred to `source`.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    (output, source): (&Probe, ElementId),
    frequencies: &[f64],
    span: Span,
    progress: &mut Progress<'_>,
) -> Result<NoiseResult, SimulationError> {
    let mut around = Around::find(circuit, mna, span)?;
    let drive = around.unit(source);
    let currents = sources(circuit, mna, &around);
    let mut parts = vec![Vec::with_capacity(frequencies.len()); currents.len()];
    let (mut out, mut referred) = (Vec::new(), Vec::new());
    for (at, &frequency) in frequencies.iter().enumerate() {
        around.at(frequency)?;
        // One adjoint has the effect of every noise current.
        let y = around.adjoint(output.control);
        let gain: Amplitude = y.iter().zip(&drive).map(|(y, r)| y * r).sum();
        let mut sum = 0.0;
        for (source, part) in currents.iter().zip(&mut parts) {
            let density = source.white + source.flicker / frequency;
            let power = across(source.nodes, &y).norm_sqr() * density;
            part.push(power);
            sum += power;
        }
        out.push(sum);
        // Nothing of the source arrives: the noise is that of no input.
        referred.push(sum / gain.norm_sqr());
        if progress((at + 1) as f64 / frequencies.len() as f64).is_break() {
            break;
        }
    }
    let frequencies = &frequencies[..out.len()];
    if let Some(at) = referred.iter().position(|power| !power.is_finite()) {
        let name = &circuit.elements()[source.0 as usize].name;
        let error = crate::solve::SolveError::Argument(format!(
            "nothing of `{name}` arrives at {} at {} Hz, so that noise cannot be referred to it",
            output.name, frequencies[at]
        ));
        return Err(SimulationError::solver(circuit, span, error));
    }
    let total = |powers: &[f64]| integral(frequencies, powers).sqrt();
    let mut contributions =
        contributions(circuit, &currents, |at| integral(frequencies, &parts[at]));
    contributions.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (output_total, input_total) = (total(&out), total(&referred));
    let output_unit = output.control.unit();
    let input_unit = match circuit.elements()[source.0 as usize].kind {
        Kind::Source { quantity, .. } => quantity.unit(),
        _ => "",
    };
    let signal = |name: &str, powers: Vec<f64>| Signal {
        name: name.to_owned(),
        unit: String::new(),
        values: powers.into_iter().map(f64::sqrt).collect(),
    };
    let signals = vec![signal("onoise_spectrum", out), signal("inoise_spectrum", referred)];
    let waveform = Waveform::over(("frequency", "Hz"), frequencies.to_vec(), signals)
        .map_err(|error| SimulationError::Waveform { span, error })?;
    Ok(NoiseResult {
        span,
        waveform,
        output_total,
        output_unit,
        input_total,
        input_unit,
        contributions,
        aid: around.aid,
        counters: around.counters,
    })
}

/// All the noise of one element together, by its name: rms out of the square of each
/// current's effect. The currents of an element follow one another.
fn contributions(
    circuit: &Circuit,
    currents: &[NoiseCurrent],
    square: impl Fn(usize) -> f64,
) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = Vec::new();
    for (at, current) in currents.iter().enumerate() {
        let name = &*circuit.elements()[current.element.0 as usize].name;
        match found.last_mut() {
            Some((last, sum)) if last == name => *sum += square(at),
            _ => found.push((name.to_owned(), square(at))),
        }
    }
    for (_, part) in &mut found {
        *part = part.sqrt();
    }
    found
}

/// The integral of a power density; between two points it is a power of the frequency.
fn integral(frequencies: &[f64], powers: &[f64]) -> f64 {
    let piece = |(f, p): (&[f64], &[f64])| {
        let linear = 0.5 * (p[0] + p[1]) * (f[1] - f[0]);
        if !(p[0] > 0.0 && p[1] > 0.0) {
            return linear;
        }
        let octaves = (f[1] / f[0]).ln();
        let exponent = (p[1] / p[0]).ln() / octaves + 1.0;
        if exponent.abs() * octaves < 1e-6 {
            p[0] * f[0] * octaves
        } else {
            (p[1] * f[1] - p[0] * f[0]) / exponent
        }
    };
    frequencies.windows(2).zip(powers.windows(2)).map(piece).fold(0.0, |sum, piece| sum + piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_the_frequency_are_integrated_exactly() {
        let f = [1.0, 10.0, 1e3];
        for exponent in [-2.0_f64, -1.0, 0.0, 1.5] {
            let p = f.map(|f: f64| 3.0 * f.powf(exponent));
            let wanted = if exponent == -1.0 {
                3.0 * 1e3_f64.ln()
            } else {
                3.0 * (1e3_f64.powf(exponent + 1.0) - 1.0) / (exponent + 1.0)
            };
            assert!((integral(&f, &p) / wanted - 1.0).abs() < 1e-9, "{exponent}");
        }
        assert_eq!(integral(&f, &[0.0, 2.0, 2.0]), 9.0 + 1980.0);
    }
}
