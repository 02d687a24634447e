//! Why samples cannot be worked on.

/// What is wrong with a signal or with what is asked of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// There are no samples.
    #[error("the signal has no samples")]
    Empty,
    /// A sample is NaN or infinite.
    #[error("sample {index} is {value}, not a finite number")]
    NotFinite {
        /// Sample, from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// The rate of the samples is not a positive number.
    #[error("{rate} samples a second are no rate")]
    Rate {
        /// The rate, Hz.
        rate: f64,
    },
    /// A filter would end beyond what the samples can hold.
    #[error("a cut-off of {hertz} Hz does not lie between 0 and half the rate, {half} Hz")]
    Cutoff {
        /// True cut-off, Hz.
        hertz: f64,
        /// Half the rate, Hz.
        half: f64,
    },
    /// An option has a value that means nothing.
    #[error("{what} is {value}; {needed}")]
    Option {
        /// Which.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What would do.
        needed: &'static str,
    },
    /// A waveform has no such signal.
    #[error("there is no signal `{name}`; there are {}", .present.join(", "))]
    NoSignal {
        /// The name asked for.
        name: String,
        /// The names there are.
        present: Vec<String>,
    },
    /// There is nothing to align.
    #[error("at least {needed} segments are needed, found {found}")]
    Segments {
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A segment is empty, or no longer than a point.
    #[error("segment {segment} has {length} samples; at least {needed} are needed")]
    Short {
        /// Segment, from 0.
        segment: usize,
        /// Its samples.
        length: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A segment holds a number that is none.
    #[error("sample {index} of segment {segment} is {value}, not a finite number")]
    SegmentNotFinite {
        /// Segment, from 0.
        segment: usize,
        /// Sample, from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A segment does not lie in the signal.
    #[error("segment {segment} runs from sample {from} to {to}; the signal has {samples} samples")]
    Outside {
        /// Segment, from 0.
        segment: usize,
        /// Its first sample.
        from: usize,
        /// One past its last sample.
        to: usize,
        /// Samples of the signal.
        samples: usize,
    },
    /// Nothing is left to measure.
    #[error("all segments are flat; there is nothing to align by")]
    Flat,
}

/// Refuses an empty signal and samples that are no finite numbers.
pub(super) fn check(samples: &[f64]) -> Result<(), SignalError> {
    if samples.is_empty() {
        return Err(SignalError::Empty);
    }
    // Zero times a number is 0 and times anything else is not, which eight sums at a time
    // find out faster than a search.
    let (eights, rest) = samples.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for eight in eights {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += 0.0 * value;
        }
    }
    let sum = sums.iter().sum::<f64>() + rest.iter().map(|value| 0.0 * value).sum::<f64>();
    if sum == 0.0 {
        return Ok(());
    }
    match samples.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(SignalError::NotFinite { index, value: samples[index] }),
        None => Ok(()),
    }
}

/// Refuses a rate that is none.
pub(super) fn check_rate(rate: f64) -> Result<(), SignalError> {
    if rate > 0.0 && rate.is_finite() { Ok(()) } else { Err(SignalError::Rate { rate }) }
}

/// Refuses a value that is not positive and finite.
pub(super) fn check_positive(what: &'static str, value: f64) -> Result<(), SignalError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(SignalError::Option { what, value, needed: "it must be a positive number" })
}
