//! All methods on all known signals.

use crate::signal::{
    SignalError,
    align::{
        Alignment, ElasticOptions, SWEEP, WarpingOptions, align_affine, align_dba, align_dtw,
        align_published, align_soft_dtw, align_warp, align_woody,
    },
    envelope::{
        MeanOptions, Method, PeakOptions, Published, SegmentOptions, SplineCurve, segments,
    },
    synthetic::{
        CARRIERS, MODULATORS, Scenario, fit_error, hits, maxima_per_second, modulated,
        passed_peaks, syllables, template_error, trill,
    },
};

/// Levels of noise of [`envelope_benchmark`], dB.
pub const ENVELOPE_SNRS: [f64; 6] = [f64::INFINITY, 40.0, 30.0, 20.0, 10.0, 0.0];
/// Levels of noise of [`segment_benchmark`], dB.
pub const SEGMENT_SNRS: [f64; 6] = [f64::INFINITY, 30.0, 20.0, 10.0, 5.0, 0.0];
/// Levels of noise of [`align_benchmark`], in units of the largest hump.
pub const NOISES: [f64; 2] = [0.03, 0.10];
/// Found borders count within that time, s.
const BORDER: f64 = 0.010;
/// Length of a signal, s.
const SECONDS: f64 = 1.5;

/// The methods that are compared, with the parameters that are usual or published.
#[must_use]
pub fn envelope_methods() -> Vec<(&'static str, Method)> {
    let window = 500.0 / 44_100.0;
    vec![
        ("published, as coded", Method::Published(Published::as_coded())),
        ("Hilbert", Method::Hilbert(None)),
        ("Hilbert, 50 Hz", Method::Hilbert(Some(50.0))),
        ("root mean square, 500 samples", Method::Rms(window)),
        ("absolute value, 50 Hz", Method::LowPass(50.0)),
        ("cubic spline, 5 ms", Method::Spline(0.005, SplineCurve::Cubic)),
        ("monotone cubic, 5 ms", Method::Spline(0.005, SplineCurve::Monotone)),
        ("peak (ours)", Method::Peak(PeakOptions::default())),
        ("mean (ours)", Method::Mean(MeanOptions::default())),
    ]
}

/// What a method reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvelopeScore {
    /// Mean of [`fit_error`] for each of [`ENVELOPE_SNRS`].
    pub errors: Vec<f64>,
    /// Mean part of the prominent peaks, 5 ms apart, that are passed within 10 %, at 20 dB.
    pub passed: f64,
    /// Mean number of local maxima a second at 20 dB.
    pub maxima: f64,
}

/// Five envelopes times four carriers, of each of the seeds, at each level of noise.
///
/// # Errors
///
/// Those of the methods.
pub fn envelope_benchmark(
    methods: &[Method],
    seeds: u32,
) -> Result<Vec<EnvelopeScore>, SignalError> {
    let none = EnvelopeScore { errors: vec![0.0; ENVELOPE_SNRS.len()], passed: 0.0, maxima: 0.0 };
    let mut scores = vec![none; methods.len()];
    let mut with_peaks = vec![0.0; methods.len()];
    let count = (MODULATORS.len() * CARRIERS.len()) as f64 * f64::from(seeds);
    for (level, &snr) in ENVELOPE_SNRS.iter().enumerate() {
        for modulator in MODULATORS {
            for carrier in CARRIERS {
                for seed in 0..seeds {
                    let known = modulated(modulator, carrier, snr, seed, SECONDS);
                    for (at, method) in methods.iter().enumerate() {
                        let found = method.envelope(&known.samples, known.rate)?;
                        let score = &mut scores[at];
                        score.errors[level] += fit_error(&found, &known.envelope) / count;
                        if snr == 20.0 {
                            let distance = (0.005 * known.rate) as usize;
                            if let Some(part) = passed_peaks(&known.samples, &found, distance, 0.1)
                            {
                                score.passed += part;
                                with_peaks[at] += 1.0;
                            }
                            score.maxima += maxima_per_second(&found, known.rate) / count;
                        }
                    }
                }
            }
        }
    }
    for (score, count) in scores.iter_mut().zip(with_peaks) {
        score.passed /= count;
    }
    Ok(scores)
}

/// Mean F1 scores of onsets and offsets within 10 ms for each of [`SEGMENT_SNRS`].
///
/// # Errors
///
/// Those of [`segments`].
pub fn segment_benchmark(
    options: &SegmentOptions,
    seeds: u32,
) -> Result<Vec<(f64, f64)>, SignalError> {
    let mut scores = Vec::with_capacity(SEGMENT_SNRS.len());
    for snr in SEGMENT_SNRS {
        let mut sums = (0.0, 0.0);
        for seed in 0..seeds {
            let known = trill(snr, seed);
            let found = segments(&known.samples, known.rate, options)?;
            let time = |sample: usize| sample as f64 / known.rate;
            let onsets: Vec<f64> = found.iter().map(|s| time(s.onset)).collect();
            let offsets: Vec<f64> = found.iter().map(|s| time(s.offset)).collect();
            sums.0 += hits(&onsets, &known.onsets, BORDER) / f64::from(seeds);
            sums.1 += hits(&offsets, &known.offsets, BORDER) / f64::from(seeds);
        }
        scores.push(sums);
    }
    Ok(scores)
}

/// A method of alignment by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aligner {
    /// [`align_published`].
    Published,
    /// [`align_woody`].
    Woody,
    /// [`align_affine`].
    Affine,
    /// [`align_warp`].
    Warp,
    /// [`align_dtw`].
    Dtw,
    /// [`align_dba`].
    Dba,
    /// [`align_soft_dtw`].
    SoftDtw,
}

/// All methods of alignment with their names.
pub const ALIGNERS: [(&str, Aligner); 7] = [
    ("published", Aligner::Published),
    ("woody", Aligner::Woody),
    ("affine", Aligner::Affine),
    ("warp", Aligner::Warp),
    ("dtw", Aligner::Dtw),
    ("dba", Aligner::Dba),
    ("softdtw", Aligner::SoftDtw),
];

impl Aligner {
    /// Aligns with the usual options.
    ///
    /// # Errors
    ///
    /// Those of the method.
    pub fn align(self, segments: &[&[f64]]) -> Result<Alignment, SignalError> {
        let (elastic, warping) = (ElasticOptions::default(), WarpingOptions::default());
        match self {
            Self::Published => Ok(align_published(segments, &SWEEP)?.alignment),
            Self::Woody => align_woody(segments),
            Self::Affine => align_affine(segments, &elastic),
            Self::Warp => align_warp(segments, &elastic),
            Self::Dtw => align_dtw(segments, &warping),
            Self::Dba => align_dba(segments, &warping),
            Self::SoftDtw => align_soft_dtw(segments, &warping),
        }
    }
}

/// The mean template error of 50 segments over seeds, and the worst one.
///
/// # Errors
///
/// Those of the method.
pub fn align_benchmark(
    aligner: Aligner,
    scenario: Scenario,
    noise: f64,
    seeds: u32,
) -> Result<(f64, f64), SignalError> {
    let (mut mean, mut worst) = (0.0, 0.0);
    for seed in 0..seeds {
        let known = syllables(scenario, noise, seed, 50);
        let segments: Vec<&[f64]> = known.segments.iter().map(Vec::as_slice).collect();
        let error = template_error(&aligner.align(&segments)?.average);
        mean += error / f64::from(seeds);
        if error > worst {
            worst = error;
        }
    }
    Ok((mean, worst))
}
