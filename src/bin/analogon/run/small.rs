//! Sweeps and small signals, for people and for programs.

use std::io::{self, Write};

use analogon::{
    linalg::Complex,
    simulate::{
        AcResult, AnalysisResult, NoiseResult, PolesZerosResult, SensitivityResult, SweepResult,
        TransferResult,
    },
    solve::Counters,
    units::{count, si},
    wave::{ComplexSignal, Spectrum},
};
use serde::Serialize;

use super::show::{Summary, table};

/// Frequencies of a spectrum that are printed.
const FREQUENCIES: usize = 9;
/// A real part that small is none, relative to the modulus.
const ON_AXIS: f64 = 1e-12;
/// Elements of a table of noise.
const LOUDEST: usize = 12;

pub(super) fn sweep(result: &SweepResult, out: &mut dyn Write) -> io::Result<()> {
    let (name, unit) = result.waveform.axis();
    let axis = result.waveform.time();
    let (first, last) = (si(axis[0], unit), si(axis[axis.len() - 1], unit));
    let level = match &result.level {
        Some((source, value)) => format!(", {source} = {value}"),
        None => String::new(),
    };
    let Counters { iterations, .. } = result.counters;
    writeln!(out, "sweep of {name} from {first} to {last}{level}: {} points", axis.len())?;
    writeln!(out, "  {iterations} Newton iterations")?;
    let title = ["signal", "minimum", "maximum", "at the end"].map(str::to_owned);
    let rows = result.waveform.signals().iter().map(|signal| {
        let Summary { name, unit, minimum, maximum, last } = Summary::of(signal);
        [name.to_owned(), si(minimum, unit), si(maximum, unit), si(last, unit)]
    });
    table(std::iter::once(title).chain(rows), out)
}

pub(super) fn ac(result: &AcResult, out: &mut dyn Write) -> io::Result<()> {
    let frequencies = result.spectrum.frequencies();
    let last = frequencies[frequencies.len() - 1];
    let (first, last) = (si(frequencies[0], "Hz"), si(last, "Hz"));
    writeln!(out, "small signals from {first} to {last}: {} frequencies", frequencies.len())?;
    amplitudes(&result.spectrum, out)
}

/// A table of some of the frequencies: decibels and degrees.
fn amplitudes(spectrum: &Spectrum, out: &mut dyn Write) -> io::Result<()> {
    let last = spectrum.frequencies().len() - 1;
    let count = FREQUENCIES.clamp(1, last + 1);
    let shown = (0..count).map(|k| if count == 1 { 0 } else { k * last / (count - 1) });
    let title = std::iter::once("frequency".to_owned())
        .chain(spectrum.signals().iter().map(|signal| signal.name.clone()))
        .collect();
    let row = |at: usize| -> Vec<String> {
        let cell = |signal: &ComplexSignal| {
            let z = signal.values[at];
            // A figure such as `vdb(a)`, not an amplitude.
            if signal.unit.is_empty() && signal.values.iter().all(|z| z.im == 0.0) {
                return format!("{:.6}", z.re);
            }
            format!("{:.3} dB {:.2}°", 20.0 * z.norm().log10(), z.arg().to_degrees())
        };
        let frequency = si(spectrum.frequencies()[at], "Hz");
        std::iter::once(frequency).chain(spectrum.signals().iter().map(cell)).collect()
    };
    table(std::iter::once::<Vec<String>>(title).chain(shown.map(row)), out)
}

pub(super) fn noise(result: &NoiseResult, out: &mut dyn Write) -> io::Result<()> {
    let frequencies = result.waveform.time();
    let last = frequencies[frequencies.len() - 1];
    let (first, last) = (si(frequencies[0], "Hz"), si(last, "Hz"));
    writeln!(out, "noise from {first} to {last}: {} frequencies", frequencies.len())?;
    let totals = [
        ["at the output, rms".to_owned(), si(result.output_total, result.output_unit)],
        ["at the input, rms".to_owned(), si(result.input_total, result.input_unit)],
    ];
    let parts = result.contributions.iter().take(LOUDEST);
    let parts = parts.map(|(name, total)| [format!("  of {name}"), si(*total, result.output_unit)]);
    table(totals.into_iter().chain(parts), out)
}

pub(super) fn transfer(result: &TransferResult, out: &mut dyn Write) -> io::Result<()> {
    let TransferResult { output, source, gain, input_resistance, output_resistance, .. } = result;
    writeln!(out, "transfer function at rest")?;
    let rows = [
        [format!("{output} / {source}"), si(*gain, "")],
        [format!("input resistance at {source}"), si(*input_resistance, "ohm")],
        [format!("output resistance at {output}"), si(*output_resistance, "ohm")],
    ];
    table(rows.into_iter(), out)
}

pub(super) fn sensitivity(result: &SensitivityResult, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "sensitivity of {} to the values of the elements", result.output)?;
    if let Some(spectrum) = &result.spectrum {
        return amplitudes(spectrum, out);
    }
    let title = ["element", "value", "derivative", "for 1 % more"].map(str::to_owned);
    let rows = result.entries.iter().map(|entry| {
        let percent = 0.01 * entry.value * entry.derivative;
        let derivative = format!("{:.6e}", entry.derivative);
        [entry.element.clone(), si(entry.value, ""), derivative, si(percent, "")]
    });
    table(std::iter::once(title).chain(rows), out)
}

/// Each with its frequency and its quality; a real one has none.
pub(super) fn poles_zeros(result: &PolesZerosResult, out: &mut dyn Write) -> io::Result<()> {
    for (name, values) in [("pole", &result.poles), ("zero", &result.zeros)] {
        let Some(values) = values else { continue };
        writeln!(out, "{}", count(values.len(), name))?;
        let title = ["real part (1/s)", "imaginary part (1/s)", "frequency", "quality"];
        let row = |s: &Complex| {
            let hertz = si(s.norm() / std::f64::consts::TAU, "Hz");
            let quality = match s.im {
                0.0 => String::new(),
                // On the axis but for rounding.
                _ if s.re.abs() <= ON_AXIS * s.norm() => "infinite".to_owned(),
                _ => format!("{:.4}", -s.norm() / (2.0 * s.re)),
            };
            [format!("{:.9e}", s.re), format!("{:.9e}", s.im), hertz, quality]
        };
        if !values.is_empty() {
            let rows = values.iter().map(row);
            table(std::iter::once(title.map(str::to_owned)).chain(rows), out)?;
        }
    }
    Ok(())
}

/// For programs.
#[derive(Debug, Serialize)]
#[serde(tag = "analysis", rename_all = "lowercase")]
pub(super) enum Printed<'a> {
    Dc {
        axis: &'a str,
        level: Option<(&'a str, f64)>,
        points: usize,
        counters: Counters,
        signals: Vec<Summary<'a>>,
    },
    Ac {
        frequencies: &'a [f64],
        signals: Vec<Amplitudes<'a>>,
        counters: Counters,
    },
    Noise {
        frequencies: &'a [f64],
        output: &'a [f64],
        input: &'a [f64],
        output_total: f64,
        input_total: f64,
        contributions: &'a [(String, f64)],
        counters: Counters,
    },
    /// Resistances are null where no current flows.
    Tf {
        output: &'a str,
        source: &'a str,
        gain: f64,
        input_resistance: f64,
        output_resistance: f64,
        counters: Counters,
    },
    Sens {
        output: &'a str,
        rest: f64,
        derivatives: Vec<(&'a str, f64)>,
        frequencies: &'a [f64],
        signals: Vec<Amplitudes<'a>>,
        counters: Counters,
    },
    /// Real and imaginary parts, 1/s; null for what was not asked for.
    Pz {
        poles: Option<Vec<[f64; 2]>>,
        zeros: Option<Vec<[f64; 2]>>,
        counters: Counters,
    },
    /// Printed elsewhere.
    Other,
}

/// One complex signal.
#[derive(Debug, Serialize)]
pub(super) struct Amplitudes<'a> {
    name: &'a str,
    re: Vec<f64>,
    im: Vec<f64>,
}

fn signals(spectrum: &Spectrum) -> Vec<Amplitudes<'_>> {
    let one = |signal: &'_ ComplexSignal| {
        let (re, im) = signal.values.iter().map(|z| (z.re, z.im)).unzip();
        (re, im)
    };
    let signals = spectrum.signals().iter();
    signals
        .map(|signal| {
            let (re, im) = one(signal);
            Amplitudes { name: &signal.name, re, im }
        })
        .collect()
}

pub(super) fn printed(result: &AnalysisResult) -> Printed<'_> {
    let counters = result.counters();
    match result {
        AnalysisResult::OperatingPoint(_) | AnalysisResult::Transient(_) => Printed::Other,
        AnalysisResult::Sweep(found) => Printed::Dc {
            axis: found.waveform.axis().0,
            level: found.level.as_ref().map(|(name, value)| (name.as_str(), *value)),
            points: found.waveform.time().len(),
            counters,
            signals: found.waveform.signals().iter().map(Summary::of).collect(),
        },
        AnalysisResult::Ac(found) => Printed::Ac {
            frequencies: found.spectrum.frequencies(),
            signals: signals(&found.spectrum),
            counters,
        },
        AnalysisResult::Noise(found) => Printed::Noise {
            frequencies: found.waveform.time(),
            output: &found.waveform.signals()[0].values,
            input: &found.waveform.signals()[1].values,
            output_total: found.output_total,
            input_total: found.input_total,
            contributions: &found.contributions,
            counters,
        },
        AnalysisResult::Transfer(found) => Printed::Tf {
            output: &found.output,
            source: &found.source,
            gain: found.gain,
            input_resistance: found.input_resistance,
            output_resistance: found.output_resistance,
            counters,
        },
        AnalysisResult::PolesZeros(found) => {
            let parts = |values: &Option<Vec<Complex>>| {
                values.as_ref().map(|values| values.iter().map(|s| [s.re, s.im]).collect())
            };
            Printed::Pz { poles: parts(&found.poles), zeros: parts(&found.zeros), counters }
        }
        AnalysisResult::Sensitivity(found) => Printed::Sens {
            output: &found.output,
            rest: found.rest,
            derivatives: found.entries.iter().map(|e| (e.element.as_str(), e.derivative)).collect(),
            frequencies: found.spectrum.as_ref().map_or(&[], Spectrum::frequencies),
            signals: found.spectrum.as_ref().map(signals).unwrap_or_default(),
            counters,
        },
    }
}
