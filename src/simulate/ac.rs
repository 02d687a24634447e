//! `.ac`: amplitudes over frequency.

use crate::{
    circuit::Circuit,
    diag::Span,
    mna::Mna,
    simulate::{
        AcResult, SimulationError,
        around::{Amplitude, Around},
        watch::Progress,
    },
    wave::{ComplexSignal, Spectrum},
};

/// What the outputs answer to the sources' AC amplitudes; `progress` is told the fraction
/// of the frequencies that is done.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    frequencies: &[f64],
    span: Span,
    progress: &mut Progress<'_>,
) -> Result<AcResult, SimulationError> {
    let mut around = Around::find(circuit, mna, span)?;
    let drive = around.excitation();
    let outputs = &circuit.parts().outputs;
    let mut columns: Vec<Vec<Amplitude>> =
        vec![Vec::with_capacity(frequencies.len()); outputs.len()];
    for (at, &frequency) in frequencies.iter().enumerate() {
        around.at(frequency)?;
        let x = around.answer(&drive);
        for (probe, column) in outputs.iter().zip(&mut columns) {
            column.push(around.read(probe.control, &x));
        }
        if progress((at + 1) as f64 / frequencies.len() as f64).is_break() {
            break;
        }
    }
    let reached = columns.first().map_or(0, Vec::len);
    let signals = outputs.iter().zip(columns).map(|(probe, values)| {
        let unit = probe.control.unit();
        ComplexSignal { name: probe.name.clone(), unit: unit.to_owned(), values }
    });
    let spectrum = Spectrum::new(frequencies[..reached].to_vec(), signals.collect())
        .map_err(|error| SimulationError::Waveform { span, error })?;
    Ok(AcResult { span, spectrum, aid: around.aid, counters: around.counters })
}
