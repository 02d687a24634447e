//! One signal at equal steps of time.

use crate::{
    signal::{SignalError, error::check_rate},
    wave::Waveform,
};

/// Steps of a time axis may differ that much from their mean and still be equal.
const EQUAL: f64 = 1e-6;

/// Samples at equal steps of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// Samples a second, Hz.
    pub rate: f64,
    /// Time of the first sample, s.
    pub start: f64,
    /// The samples, all finite.
    pub samples: Vec<f64>,
    /// True where the steps of the source were not equal, so that the samples are
    /// interpolated linearly.
    pub is_resampled: bool,
}

impl Sampled {
    /// One signal of a waveform; the first one for `None`.
    ///
    /// Where the instants are not equally spaced to a millionth of a step, as those of a
    /// simulator with steps of its own choice, the signal is interpolated linearly at as
    /// many equally spaced instants.
    ///
    /// # Errors
    ///
    /// A name that is unknown, or a waveform of fewer than two instants, which has no rate.
    pub fn of_waveform(waveform: &Waveform, name: Option<&str>) -> Result<Self, SignalError> {
        let found = match name {
            Some(name) => waveform.signal(name),
            None => waveform.signals().first(),
        };
        let Some(signal) = found else {
            let present = waveform.signals().iter().map(|signal| signal.name.clone()).collect();
            return Err(SignalError::NoSignal { name: name.unwrap_or("").to_owned(), present });
        };
        let time = waveform.time();
        let steps = time.len() - 1;
        let (start, end) = (time[0], time[steps]);
        let rate = steps as f64 / (end - start);
        check_rate(rate)?;
        let instant = |k: usize| start + k as f64 / rate;
        let off = |k: usize| (time[k] - instant(k)).abs() * rate;
        if (0..time.len()).all(|k| off(k) <= EQUAL) {
            let samples = signal.values.clone();
            return Ok(Self { rate, start, samples, is_resampled: false });
        }
        let mut left = 0;
        let samples = (0..time.len()).map(|k| {
            let t = instant(k);
            while left + 2 < time.len() && time[left + 1] < t {
                left += 1;
            }
            let part = ((t - time[left]) / (time[left + 1] - time[left])).clamp(0.0, 1.0);
            signal.values[left] * (1.0 - part) + signal.values[left + 1] * part
        });
        Ok(Self { rate, start, samples: samples.collect(), is_resampled: true })
    }

    /// The instants, s.
    #[must_use]
    pub fn time(&self) -> Vec<f64> {
        (0..self.samples.len()).map(|k| self.start + k as f64 / self.rate).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wave::Signal;

    fn wave(time: Vec<f64>, values: Vec<f64>) -> Waveform {
        let signal = Signal { name: "v(a)".to_owned(), unit: "V".to_owned(), values };
        Waveform::new(time, vec![signal]).unwrap()
    }

    #[test]
    fn unequal_steps_are_interpolated_and_said_so() {
        let equal = Sampled::of_waveform(&wave(vec![1.0, 1.5, 2.0], vec![0.0, 4.0, 1.0]), None);
        let equal = equal.unwrap();
        assert_eq!((equal.rate, equal.start, equal.is_resampled), (2.0, 1.0, false));
        assert_eq!(equal.samples, [0.0, 4.0, 1.0]);
        let odd = wave(vec![0.0, 1.0, 4.0, 6.0], vec![0.0, 1.0, 4.0, 0.0]);
        let odd = Sampled::of_waveform(&odd, Some("V(A)")).unwrap();
        assert!(odd.is_resampled);
        assert_eq!(odd.samples, [0.0, 2.0, 4.0, 0.0]);
        assert_eq!(odd.time(), [0.0, 2.0, 4.0, 6.0]);
    }

    #[test]
    fn a_point_has_no_rate_and_a_name_must_be_known() {
        let point = Sampled::of_waveform(&wave(vec![0.0], vec![1.0]), None);
        assert!(matches!(point, Err(SignalError::Rate { .. })), "{point:?}");
        let error = Sampled::of_waveform(&wave(vec![0.0], vec![1.0]), Some("b")).unwrap_err();
        assert_eq!(error.to_string(), "there is no signal `b`; there are v(a)");
    }
}
