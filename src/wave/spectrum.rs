//! Complex signals over one frequency axis.

use nalgebra::Complex;

use crate::wave::{RawData, RawPlot, RawVariable, Signal, WaveError, Waveform};

/// One signal of a [`Spectrum`].
#[derive(Clone, Debug, PartialEq)]
pub struct ComplexSignal {
    /// Its name, for instance `v(out)`; unique in its spectrum.
    pub name: String,
    /// Unit of its amplitudes, for instance `V`; empty for none.
    pub unit: String,
    /// One amplitude a frequency.
    pub values: Vec<Complex<f64>>,
}

/// Amplitudes at the same frequencies.
///
/// Frequencies are strictly increasing, every signal has one amplitude a frequency, all
/// numbers are finite and no two signals share a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    signals: Vec<ComplexSignal>,
    /// The same as real and imaginary parts over the frequency.
    parts: Waveform,
}

impl Spectrum {
    /// Checks the amplitudes; `frequencies` in Hz, ascending.
    ///
    /// # Errors
    ///
    /// [`WaveError`] names the signal and the sample.
    pub fn new(frequencies: Vec<f64>, signals: Vec<ComplexSignal>) -> Result<Self, WaveError> {
        let both = |signal: &ComplexSignal| {
            let part = |name: &str, part: fn(&Complex<f64>) -> f64| Signal {
                name: format!("{name}({})", signal.name),
                unit: signal.unit.clone(),
                values: signal.values.iter().map(part).collect(),
            };
            [part("re", |z| z.re), part("im", |z| z.im)]
        };
        let parts = signals.iter().flat_map(both).collect();
        let parts = Waveform::over(("frequency", "Hz"), frequencies, parts)?;
        Ok(Self { signals, parts })
    }

    /// The frequencies, Hz, strictly increasing, at least one.
    #[must_use]
    pub fn frequencies(&self) -> &[f64] {
        self.parts.time()
    }

    /// The signals, in the order given.
    #[must_use]
    pub fn signals(&self) -> &[ComplexSignal] {
        &self.signals
    }

    /// The signal of that name; upper and lower case count as equal where no name agrees
    /// exactly, as in SPICE.
    #[must_use]
    pub fn signal(&self, name: &str) -> Option<&ComplexSignal> {
        let exact = self.signals.iter().find(|signal| signal.name == name);
        exact.or_else(|| self.signals.iter().find(|signal| signal.name.eq_ignore_ascii_case(name)))
    }

    /// Real and imaginary parts as real signals `re(v(out))` and `im(v(out))` over the
    /// frequency, for files that know no complex numbers.
    #[must_use]
    pub fn parts(&self) -> &Waveform {
        &self.parts
    }

    /// The plot of a raw file.
    #[must_use]
    pub fn to_raw(&self, title: &str) -> RawPlot {
        let real = |&f: &f64| Complex::new(f, 0.0);
        let variables =
            self.signals.iter().map(|signal| RawVariable::of(&signal.name, &signal.unit));
        let vectors = self.signals.iter().map(|signal| signal.values.clone());
        RawPlot {
            title: title.to_owned(),
            date: String::new(),
            name: "AC Analysis".to_owned(),
            variables: std::iter::once(RawVariable::of("frequency", "Hz"))
                .chain(variables)
                .collect(),
            data: RawData::Complex(
                std::iter::once(self.frequencies().iter().map(real).collect())
                    .chain(vectors)
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_and_faults_too() {
        let signal = |values: Vec<Complex<f64>>| ComplexSignal {
            name: "v(a)".to_owned(),
            unit: "V".to_owned(),
            values,
        };
        let values = vec![Complex::new(1.0, 2.0), Complex::new(3.0, -4.0)];
        let spectrum = Spectrum::new(vec![1.0, 10.0], vec![signal(values)]).unwrap();
        let wave = spectrum.parts();
        assert_eq!(wave.signal("re(v(a))").unwrap().values, [1.0, 3.0]);
        assert_eq!(wave.signal("im(v(a))").unwrap().values, [2.0, -4.0]);
        assert_eq!(wave.axis(), ("frequency", "Hz"));
        let bad = Spectrum::new(vec![1.0], vec![signal(vec![Complex::new(0.0, f64::NAN)])]);
        assert!(matches!(bad, Err(WaveError::NotFinite { signal, .. }) if signal == "im(v(a))"));
    }
}
