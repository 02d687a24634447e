//! Envelopes and alignment against published numbers, against known signals, and against
//! laws.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test may stop, it reads files, and it says what it skips"
)]

use std::fs;
use std::path::PathBuf;

use analogon::signal::{
    SignalError, WavReader,
    align::{
        BoundaryOptions, ElasticOptions, SWEEP, align_published, align_warp, boundaries, split,
    },
    envelope::{
        MeanOptions, MeanStream, Method, PeakOptions, Published, SegmentOptions, SplineCurve,
        mean_envelope, peak_envelope, segments,
    },
    synthetic::{
        Aligner, ENVELOPE_SNRS, NOISES, SCENARIOS, align_benchmark, envelope_benchmark,
        maxima_per_second, passed_peaks, segment_benchmark,
    },
};
use proptest::prelude::*;

/// A recording that may not be passed on, from the folder that the environment names or
/// from one beside the repository; says so where there is none.
fn recording(name: &str) -> Option<(f64, Vec<Vec<f64>>)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/sounds");
    let folder = std::env::var_os("ANALOGON_SOUNDS").map_or_else(beside, PathBuf::from);
    let Ok(bytes) = fs::read(folder.join(name)) else {
        eprintln!("SKIPPED: no {name}; ANALOGON_SOUNDS names a folder with it");
        return None;
    };
    let reader = WavReader::new(&bytes[..]).unwrap();
    Some((f64::from(reader.spec().rate), reader.read_all().unwrap()))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().max_by(f64::total_cmp).unwrap()
}

/// What the published code gives for its own sample, in units of its 16-bit integers.
#[test]
fn the_published_envelope_of_the_canary() {
    let Some((rate, channels)) = recording("canary_48k_stereo.wav") else { return };
    assert_eq!((rate, channels.len(), channels[0].len()), (48_000.0, 2, 55_956));
    let found = Published::as_coded().envelope(&channels[0], rate).unwrap();
    assert!((mean(&found) - 4143.7).abs() < 0.1, "{}", mean(&found));
    assert!((largest(&found) - 10_913.2).abs() < 0.1, "{}", largest(&found));
    let above = channels[0].iter().zip(&found).filter(|(x, e)| x.abs() > **e).count();
    let part = above as f64 / found.len() as f64;
    assert!((part - 0.052).abs() < 0.005, "{part}");
}

#[test]
fn the_peaks_of_the_canary_are_passed() {
    let Some((rate, channels)) = recording("canary_48k_stereo.wav") else { return };
    let distance = (0.005 * rate) as usize;
    for channel in &channels {
        let found = peak_envelope(channel, rate, &PeakOptions::default()).unwrap();
        let passed = passed_peaks(channel, &found, distance, 0.1).unwrap();
        let maxima = maxima_per_second(&found, rate);
        assert!(passed >= 0.9 && maxima <= 31.0, "{passed} {maxima}");
    }
}

/// The alignment of the long recording of the same bird: 250 boundaries and the least
/// dispersion of the first 20 segments at 0.80 of the maximum.
#[test]
fn the_published_alignment_of_the_canary() {
    let Some((rate, channels)) = recording("canary.wav") else { return };
    let mono: Vec<f64> = channels[0].iter().zip(&channels[1]).map(|(a, b)| 0.5 * (a + b)).collect();
    let found = boundaries(&mono, rate, &BoundaryOptions::default()).unwrap();
    assert_eq!((found.minima.len(), found.kept.len()), (276, 250));
    assert_eq!(found.kept[..5], [2508, 6009, 9348, 12_736, 16_090]);
    let spans = split(mono.len(), &found.kept, true).unwrap();
    let pieces: Vec<&[f64]> =
        spans.iter().take(20).map(|&(from, to)| &found.envelope[from..to]).collect();
    let aligned = align_published(&pieces, &SWEEP).unwrap();
    assert!((aligned.part - 0.8).abs() < 1e-9, "{}", aligned.part);
    assert!((aligned.dispersions[26] - 10_973.0).abs() < 1.0, "{}", aligned.dispersions[26]);
    assert!((aligned.dispersions[0] - 32_680.0).abs() < 1.0);
}

/// Relative errors of the published envelope for a sine with 5 Hz of modulation, of the
/// middle of 2 s: computed with SciPy 1.17.1.
#[test]
fn the_window_of_the_published_envelope_must_suit_the_carrier() {
    let rate = 44_100.0;
    let turn = 2.0 * std::f64::consts::PI / rate;
    let known: Vec<f64> =
        (0..88_200).map(|k| 1.0 + 0.5 * (5.0 * turn * f64::from(k)).sin()).collect();
    for (hertz, window, expected) in [
        (440.0, 35, 0.0140),
        (440.0, 50, 0.0058),
        (440.0, 70, 0.0087),
        (440.0, 11, 0.1948),
        (1000.0, 22, 0.0027),
        (1000.0, 35, 0.0042),
        (200.0, 35, 0.1281),
        (200.0, 111, 0.0132),
    ] {
        let x: Vec<f64> =
            known.iter().enumerate().map(|(k, m)| m * (hertz * turn * k as f64).sin()).collect();
        let found = Published { window, ..Published::default() }.envelope(&x, rate).unwrap();
        let middle = 2000..86_200;
        let error: f64 = middle.clone().map(|k| (found[k] - known[k]).powi(2)).sum();
        let size: f64 = middle.map(|k| known[k].powi(2)).sum();
        let error = (error / size).sqrt();
        assert!((error - expected).abs() < 0.0002, "{hertz} Hz, {window}: {error}");
    }
}

/// The best of all others, by level: .040 .042 .050 .061 .115 .308.
#[test]
fn the_mean_envelope_on_known_signals() {
    let method = Method::Mean(MeanOptions::default());
    let score = envelope_benchmark(&[method], 2).unwrap().remove(0);
    let most = [0.040, 0.045, 0.050, 0.055, 0.073, 0.14];
    for ((found, most), level) in score.errors.iter().zip(most).zip(ENVELOPE_SNRS) {
        assert!(*found <= most, "{level} dB: {found}");
    }
}

#[test]
fn borders_of_a_trill_are_found_down_to_0_db() {
    for (onset, offset) in segment_benchmark(&SegmentOptions::default(), 3).unwrap() {
        assert!(onset >= 0.99 && offset >= 0.99, "{onset} {offset}");
    }
}

/// The best of all others by cell is .009 .030 .007 .032 .023 .043 .045 .062 (the last two
/// of an elastic mean and of an affine one); none may be more than a tenth better.
#[test]
fn the_warp_on_known_maps() {
    let most = [0.0099, 0.033, 0.0077, 0.0352, 0.0253, 0.0473, 0.0495, 0.068];
    let cells = SCENARIOS.into_iter().flat_map(|s| NOISES.map(|noise| (s, noise)));
    let mut wrong = Vec::new();
    for ((scenario, noise), most) in cells.zip(most) {
        let (found, worst) = align_benchmark(Aligner::Warp, scenario, noise, 4).unwrap();
        if !(found <= most) {
            wrong.push(format!("{scenario:?} {noise}: {found}, at most {most}; worst {worst}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A signal with a silent part.
fn sound(n: usize) -> Vec<f64> {
    let value = |k: usize| {
        let k = k as f64;
        let loud = if ((k / 4000.0) as usize).is_multiple_of(2) { 1.0 } else { 0.0 };
        loud * (0.3 * k + (0.002 * k).sin()).sin() * (1.2 + (0.004 * k).cos())
            + 0.01 * (k * k * 0.37).sin()
    };
    (0..n).map(value).collect()
}

fn all_methods() -> Vec<Method> {
    vec![
        Method::Mean(MeanOptions::default()),
        Method::Peak(PeakOptions::default()),
        Method::Published(Published::as_coded()),
        Method::Published(Published::default()),
        Method::Hilbert(None),
        Method::Hilbert(Some(50.0)),
        Method::Rms(0.0113),
        Method::LowPass(50.0),
        Method::Spline(0.005, SplineCurve::Cubic),
        Method::Spline(0.005, SplineCurve::Monotone),
    ]
}

#[test]
fn odd_signals_have_a_clear_result() {
    let clipped: Vec<f64> = sound(9000).iter().map(|x| x.clamp(-0.5, 0.5)).collect();
    let offset: Vec<f64> = sound(9000).iter().map(|x| x + 1000.0).collect();
    for x in [vec![0.0; 5000], vec![1.5; 5000], vec![2.0], vec![1.0, -1.0], clipped, offset] {
        for method in all_methods() {
            let found = method.envelope(&x, 44_100.0).unwrap();
            assert_eq!(found.len(), x.len(), "{method:?}");
            assert!(found.iter().all(|e| e.is_finite() && *e >= 0.0), "{method:?}");
            if x.iter().all(|v| *v == 0.0) {
                assert!(found.iter().all(|e| *e == 0.0), "{method:?}");
            }
        }
        segments(&x, 44_100.0, &SegmentOptions::default()).unwrap();
    }
    // The mean envelope does not know an offset.
    let (with, without) = (
        mean_envelope(
            &sound(9000).iter().map(|x| x + 64.0).collect::<Vec<_>>(),
            44_100.0,
            &MeanOptions::default(),
        )
        .unwrap(),
        mean_envelope(&sound(9000), 44_100.0, &MeanOptions::default()).unwrap(),
    );
    assert!(with.values.iter().zip(&without.values).all(|(a, b)| (a - b).abs() < 1e-4));
    for method in all_methods() {
        assert_eq!(method.envelope(&[], 44_100.0), Err(SignalError::Empty), "{method:?}");
        let nan = method.envelope(&[0.0, 1.0, f64::NAN], 44_100.0).unwrap_err();
        assert_eq!(nan.to_string(), "sample 2 is NaN, not a finite number", "{method:?}");
        let rate = method.envelope(&[0.0, 1.0, 0.5], 0.0);
        assert!(matches!(rate, Err(SignalError::Rate { .. })), "{method:?}: {rate:?}");
    }
}

#[test]
fn extreme_options_are_errors_or_harmless() {
    let x = sound(3000);
    for window in [1, 5000, usize::MAX] {
        for wraps in [false, true] {
            let method = Published { window, wraps, ..Published::default() };
            let found = method.envelope(&x, 44_100.0).unwrap();
            assert!(found.iter().all(|e| e.is_finite()), "{window}");
        }
    }
    for rate in [1e-300, 1e-3, 1e300] {
        let _ = boundaries(&x, rate, &BoundaryOptions::default());
        for method in all_methods() {
            if let Ok(found) = method.envelope(&x, rate) {
                assert!(found.iter().all(|e| e.is_finite()), "{method:?} at {rate} Hz");
            }
        }
    }
    for cutoff in [0.0, -1.0, 1e-12, 1e9, f64::NAN] {
        let options = MeanOptions { cutoff: Some(cutoff), ..MeanOptions::default() };
        assert!(mean_envelope(&x, 44_100.0, &options).is_err(), "{cutoff}");
    }
    for peak in [0.0, f64::INFINITY] {
        let options = PeakOptions { distance: peak, ..PeakOptions::default() };
        assert!(peak_envelope(&x, 44_100.0, &options).is_err(), "{peak}");
    }
}

#[test]
fn a_stream_keeps_its_look_ahead() {
    let x = sound(60_000);
    let batch = mean_envelope(&x, 44_100.0, &MeanOptions::default()).unwrap();
    let mut stream = MeanStream::new(&batch.settings).unwrap();
    let ahead = stream.look_ahead();
    let (mut values, mut taken) = (Vec::new(), 0);
    let mut longest = 0;
    for block in x.chunks(37) {
        stream.push(block, &mut values).unwrap();
        taken += block.len();
        longest = longest.max(taken - values.len());
    }
    assert!(longest <= ahead && longest + 1000 > ahead, "{longest} and {ahead} promised");
    let nan = stream.push(&[0.0, f64::NAN], &mut values).unwrap_err();
    assert_eq!(nan.to_string(), "sample 60001 is NaN, not a finite number");
    stream.finish(&mut values);
    assert_eq!(values, batch.values);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_stream_is_the_batch_for_any_blocks(
        n in 1_usize..20_000,
        sizes in prop::collection::vec(1_usize..4000, 1..8),
        cutoff in prop::option::of(8.0..200.0_f64),
    ) {
        let x = sound(n);
        let options = MeanOptions { cutoff, ..MeanOptions::default() };
        let batch = mean_envelope(&x, 44_100.0, &options).unwrap();
        let mut stream = MeanStream::new(&batch.settings).unwrap();
        let (mut values, mut from) = (Vec::new(), 0);
        for size in sizes.iter().cycle() {
            if from >= n { break; }
            let to = (from + size).min(n);
            stream.push(&x[from..to], &mut values).unwrap();
            from = to;
        }
        stream.finish(&mut values);
        prop_assert_eq!(values.len(), n);
        let most = largest(&batch.values);
        for (a, b) in values.iter().zip(&batch.values) {
            prop_assert!((a - b).abs() <= 1e-6 * most, "{} {}", a, b);
        }
    }

    #[test]
    fn envelopes_follow_the_scale(n in 300_usize..9000, exponent in -30_i32..30, minus in any::<bool>()) {
        let x = sound(n);
        let factor = 10_f64.powi(exponent) * if minus { -1.0 } else { 1.0 };
        let scaled: Vec<f64> = x.iter().map(|x| x * factor).collect();
        for method in all_methods() {
            let (one, other) =
                (method.envelope(&x, 44_100.0).unwrap(), method.envelope(&scaled, 44_100.0).unwrap());
            let most = largest(&one);
            for (a, b) in one.iter().zip(&other) {
                prop_assert!(*a >= 0.0 && *b >= 0.0);
                prop_assert!((a - b / factor.abs()).abs() <= 1e-5 * most, "{:?}", method);
            }
        }
    }

    #[test]
    fn envelopes_follow_a_shift_in_time(shift in 1_usize..40) {
        // Whole hops, so that frames meet the same samples; silence on both sides.
        let silent = vec![0.0; 16_384];
        let core = sound(8000);
        let early = [&silent[..], &core, &silent, &silent].concat();
        let moved = 128 * shift;
        let late = [&silent[..], &vec![0.0; moved], &core, &silent, &silent[moved..]].concat();
        for method in all_methods() {
            let method = match method {
                // One choice of the time scale for both.
                Method::Mean(options) => Method::Mean(MeanOptions { cutoff: Some(50.0), ..options }),
                Method::Published(options) => Method::Published(Published { piece: None, ..options }),
                other => other,
            };
            let (one, other) =
                (method.envelope(&early, 44_100.0).unwrap(), method.envelope(&late, 44_100.0).unwrap());
            let most = largest(&one);
            for k in 16_384..24_384 {
                prop_assert!((one[k] - other[k + moved]).abs() <= 1e-3 * most, "{:?} {}", method, k);
            }
        }
    }

    #[test]
    fn an_alignment_follows_the_scale(exponent in -20_i32..20) {
        let factor = 10_f64.powi(exponent);
        let known = analogon::signal::synthetic::syllables(SCENARIOS[2], 0.03, 1, 12);
        let scaled: Vec<Vec<f64>> =
            known.segments.iter().map(|s| s.iter().map(|x| x * factor).collect()).collect();
        let one: Vec<&[f64]> = known.segments.iter().map(Vec::as_slice).collect();
        let other: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
        let (a, b) = (
            align_warp(&one, &ElasticOptions::default()).unwrap(),
            align_warp(&other, &ElasticOptions::default()).unwrap(),
        );
        prop_assert_eq!(a.average.len(), b.average.len());
        for (a, b) in a.average.iter().zip(&b.average) {
            prop_assert!((a - b / factor).abs() < 1e-6, "{} {}", a, b / factor);
        }
    }
}
