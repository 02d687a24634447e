//! Signals over one time axis.

use crate::wave::{Array, NpyArray};

/// One signal of a [`Waveform`].
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name, for instance `v(out)`; unique in its waveform.
    pub name: String,
    /// Unit of its values, for instance `V`; empty for none.
    pub unit: String,
    /// One value a sample.
    pub values: Vec<f64>,
}

/// Signals sampled at the same instants.
///
/// Time is strictly increasing, every signal has one value an instant, all
/// numbers are finite and no two signals share a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Waveform {
    /// What the axis is and its unit: `time` in `s` but for sweeps and spectra.
    axis: (String, String),
    time: Vec<f64>,
    signals: Vec<Signal>,
}

/// Why samples are no waveform.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WaveError {
    /// There are no samples.
    #[error("the waveform has no samples")]
    Empty,
    /// Time stands still, runs backwards or is not a number.
    #[error("time must increase: sample {index} is at {time}, the one before it at {previous}")]
    Time {
        /// Sample, from 0.
        index: usize,
        /// Its time, s.
        time: f64,
        /// The time before it, s; minus infinity for the first sample.
        previous: f64,
    },
    /// A signal is shorter or longer than the time axis.
    #[error("signal `{signal}` has {found} values for {expected} instants")]
    Length {
        /// Name of the signal.
        signal: String,
        /// Instants of the time axis.
        expected: usize,
        /// Values of the signal.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("signal `{signal}` is {value} at sample {index}, not a finite number")]
    NotFinite {
        /// Name of the signal.
        signal: String,
        /// Sample, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Two signals have one name.
    #[error("two signals are called `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
}

impl Waveform {
    /// Checks the samples; `time` in s, ascending.
    ///
    /// # Errors
    ///
    /// [`WaveError`] names the signal and the sample.
    pub fn new(time: Vec<f64>, signals: Vec<Signal>) -> Result<Self, WaveError> {
        Self::over(("time", "s"), time, signals)
    }

    /// The same over another axis than time, given by its name and its unit: what
    /// [`Waveform::time`] returns are then its values.
    ///
    /// # Errors
    ///
    /// [`WaveError`] names the signal and the sample.
    pub fn over(
        (name, unit): (&str, &str),
        time: Vec<f64>,
        signals: Vec<Signal>,
    ) -> Result<Self, WaveError> {
        if time.is_empty() {
            return Err(WaveError::Empty);
        }
        let mut previous = f64::NEG_INFINITY;
        for (index, &now) in time.iter().enumerate() {
            if !(now.is_finite() && now > previous) {
                return Err(WaveError::Time { index, time: now, previous });
            }
            previous = now;
        }
        for signal in &signals {
            check_signal(signal, time.len())?;
        }
        let mut names: Vec<&str> = signals.iter().map(|signal| signal.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(WaveError::Duplicate { name: pair[0].to_owned() });
        }
        Ok(Self { axis: (name.to_owned(), unit.to_owned()), time, signals })
    }

    /// What the axis is, and its unit.
    #[must_use]
    pub fn axis(&self) -> (&str, &str) {
        (&self.axis.0, &self.axis.1)
    }

    /// The instants, s, strictly increasing, at least one.
    #[must_use]
    pub fn time(&self) -> &[f64] {
        &self.time
    }

    /// The signals, in the order given.
    #[must_use]
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// The signal of that name; upper and lower case count as equal where no
    /// name agrees exactly, as in SPICE.
    #[must_use]
    pub fn signal(&self, name: &str) -> Option<&Signal> {
        let exact = self.signals.iter().find(|signal| signal.name == name);
        exact.or_else(|| self.signals.iter().find(|signal| signal.name.eq_ignore_ascii_case(name)))
    }

    /// Every signal at time `t`, s, by linear interpolation, in the order of
    /// [`Waveform::signals`]; `None` outside the time axis.
    #[must_use]
    pub fn at(&self, t: f64) -> Option<Vec<f64>> {
        let (left, fraction) = self.locate(t)?;
        Some(self.signals.iter().map(|signal| blend(&signal.values, left, fraction)).collect())
    }

    /// One signal at time `t`, s, by linear interpolation; `None` for an unknown
    /// name and outside the time axis.
    #[must_use]
    pub fn value_at(&self, name: &str, t: f64) -> Option<f64> {
        let (left, fraction) = self.locate(t)?;
        Some(blend(&self.signal(name)?.values, left, fraction))
    }

    /// The axis (`time`) and then every signal as one-dimensional arrays, ready for
    /// [`write_npz`](crate::wave::write_npz).
    #[must_use]
    pub fn arrays(&self) -> Vec<(String, Array)> {
        let column = |name: &str, values: &[f64]| {
            let array = NpyArray { shape: vec![values.len()], data: values.to_vec() };
            (name.to_owned(), Array::Numbers(array))
        };
        let signals = self.signals.iter().map(|signal| column(&signal.name, &signal.values));
        std::iter::once(column(&self.axis.0, &self.time)).chain(signals).collect()
    }

    /// The sample at or left of `t` and how far `t` is on the way to the next.
    fn locate(&self, t: f64) -> Option<(usize, f64)> {
        let last = self.time.len() - 1;
        if !(t >= self.time[0] && t <= self.time[last]) {
            return None;
        }
        let left = self.time.partition_point(|&instant| instant <= t) - 1;
        if left == last {
            return Some((last, 0.0));
        }
        let (from, to) = (self.time[left], self.time[left + 1]);
        Some((left, (t - from) / (to - from)))
    }
}

/// Length and finiteness of one signal.
fn check_signal(signal: &Signal, expected: usize) -> Result<(), WaveError> {
    let found = signal.values.len();
    if found != expected {
        return Err(WaveError::Length { signal: signal.name.clone(), expected, found });
    }
    match signal.values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => {
            let value = signal.values[index];
            Err(WaveError::NotFinite { signal: signal.name.clone(), index, value })
        }
    }
}

/// `values` between `left` and its right neighbour; exact at both ends.
fn blend(values: &[f64], left: usize, fraction: f64) -> f64 {
    if fraction == 0.0 {
        return values[left];
    }
    values[left] * (1.0 - fraction) + values[left + 1] * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(name: &str, values: &[f64]) -> Signal {
        Signal { name: name.to_owned(), unit: "V".to_owned(), values: values.to_vec() }
    }

    #[test]
    fn interpolates_between_samples_and_nowhere_else() {
        let wave =
            Waveform::new(vec![0.0, 1.0, 3.0], vec![signal("v(a)", &[1.0, 2.0, -2.0])]).unwrap();
        assert_eq!(wave.value_at("V(A)", 0.25), Some(1.25));
        assert_eq!(wave.value_at("v(a)", 1.0), Some(2.0));
        assert_eq!(wave.at(2.0), Some(vec![0.0]));
        assert_eq!(wave.at(3.0), Some(vec![-2.0]));
        assert_eq!(wave.at(3.0 + 1e-12), None);
        assert_eq!(wave.at(-1e-300), None);
        assert_eq!(wave.at(f64::NAN), None);
        assert_eq!(wave.value_at("v(b)", 1.0), None);
    }

    #[test]
    fn an_exact_name_wins_over_another_case() {
        let signals = vec![signal("A", &[1.0]), signal("a", &[2.0])];
        let wave = Waveform::new(vec![0.0], signals).unwrap();
        assert_eq!(wave.value_at("a", 0.0), Some(2.0));
    }

    #[test]
    fn refuses_what_is_no_waveform() {
        assert_eq!(Waveform::new(vec![], vec![]), Err(WaveError::Empty));
        let still = WaveError::Time { index: 1, time: 0.0, previous: 0.0 };
        assert_eq!(Waveform::new(vec![0.0, 0.0], vec![]), Err(still));
        assert!(matches!(
            Waveform::new(vec![0.0, f64::NAN, 1.0], vec![]),
            Err(WaveError::Time { index: 1, .. })
        ));
        let short = WaveError::Length { signal: "x".to_owned(), expected: 2, found: 1 };
        assert_eq!(Waveform::new(vec![0.0, 1.0], vec![signal("x", &[0.0])]), Err(short));
        assert!(matches!(
            Waveform::new(vec![0.0, 1.0], vec![signal("x", &[0.0, f64::NAN])]),
            Err(WaveError::NotFinite { index: 1, .. })
        ));
        let twice = vec![signal("x", &[0.0]), signal("x", &[0.0])];
        assert_eq!(
            Waveform::new(vec![0.0], twice),
            Err(WaveError::Duplicate { name: "x".to_owned() })
        );
    }
}
