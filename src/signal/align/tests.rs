//! Alignment as a whole.

use proptest::prelude::*;

use super::*;
use crate::signal::synthetic::{
    ALIGNERS, SCENARIOS, Scenario, Syllables, registration_error, syllables, template_error,
};

fn slices(truth: &Syllables) -> Vec<&[f64]> {
    truth.segments.iter().map(Vec::as_slice).collect()
}

fn errors(
    align: impl Fn(&[&[f64]]) -> Alignment,
    scenario: Scenario,
    noise: f64,
    seed: u32,
) -> (f64, f64) {
    let truth = syllables(scenario, noise, seed, 50);
    let found = align(&slices(&truth));
    (template_error(&found.average), registration_error(&found.maps, &truth).unwrap())
}

#[test]
fn a_warp_finds_the_template_in_every_scenario() {
    for (scenario, most) in SCENARIOS.into_iter().zip([0.012, 0.012, 0.022, 0.027]) {
        let align = |s: &[&[f64]]| align_warp(s, &ElasticOptions::default()).unwrap();
        let (error, off) = errors(align, scenario, 0.03, 0);
        assert!(error < most, "{scenario:?}: {error}, registration {off}");
    }
}

#[test]
fn outliers_are_flagged() {
    let truth = syllables(Scenario::Outliers, 0.03, 1, 50);
    let found = align_warp(&slices(&truth), &ElasticOptions::default()).unwrap();
    assert_eq!(found.is_outlier, truth.is_other);
    assert!(found.scores.iter().zip(&truth.is_other).all(|(s, other)| *other || *s > 0.9));
    let woody = align_woody(&slices(&truth)).unwrap();
    assert!(woody.is_outlier.iter().zip(&truth.is_other).all(|(a, b)| *a || !*b));
}

#[test]
fn a_segment_that_comes_later_is_shown_later() {
    let truth = syllables(Scenario::Stretch, 0.03, 2, 12);
    let late = |(i, x): (usize, &Vec<f64>)| match i % 2 {
        0 => x.clone(),
        _ => [&vec![0.0; 40][..], &x[..1960]].concat(),
    };
    let moved: Vec<Vec<f64>> = truth.segments.iter().enumerate().map(late).collect();
    let moved: Vec<&[f64]> = moved.iter().map(Vec::as_slice).collect();
    for align in [
        |s: &[&[f64]]| align_woody(s).unwrap(),
        |s: &[&[f64]]| align_warp(s, &ElasticOptions::default()).unwrap(),
    ] {
        let (before, after) = (align(&slices(&truth)), align(&moved));
        let middle = |a: &Alignment, i: usize| a.maps[i][a.maps[i].len() / 2];
        for i in (1..12).step_by(2) {
            let own = middle(&before, i) - middle(&before, 0);
            let other = middle(&after, i) - middle(&after, 0);
            assert!((other - own - 40.0).abs() < 8.0, "{i}: {own} {other}");
        }
    }
}

#[test]
fn maps_ascend_and_have_inverses() {
    let truth = syllables(Scenario::Warp, 0.1, 3, 20);
    let found = align_warp(&slices(&truth), &ElasticOptions::default()).unwrap();
    for (i, map) in found.maps.iter().enumerate() {
        assert!(map.windows(2).all(|w| w[1] > w[0]), "{i}");
        let inverse = found.inverse(i, 2000);
        let middle = map.len() / 2;
        let sample = map[middle].round();
        let back = inverse[sample as usize];
        assert!((back - middle as f64).abs() < 2.0, "{i}: {back} {middle}");
    }
    let (lower, upper) = found.confidence();
    assert!(lower.iter().zip(&upper).all(|(l, u)| l <= u));
}

#[test]
fn unequal_lengths_and_gaps() {
    let truth = syllables(Scenario::Shift, 0.03, 0, 20);
    let mut cut: Vec<Vec<f64>> = truth.segments.clone();
    for (i, x) in cut.iter_mut().enumerate() {
        x.truncate(2000 - 3 * i);
        x[500 + i] = f64::NAN;
    }
    let cut: Vec<&[f64]> = cut.iter().map(Vec::as_slice).collect();
    for found in [
        align_woody(&cut).unwrap(),
        align_warp(&cut, &ElasticOptions::default()).unwrap(),
        align_dtw(&cut, &WarpingOptions::default()).unwrap(),
    ] {
        assert!(found.average.iter().chain(&found.sd).all(|x| x.is_finite()));
        assert!(found.count.iter().all(|&c| c >= 10));
    }
    let error = template_error(&align_warp(&cut, &ElasticOptions::default()).unwrap().average);
    assert!(error < 0.02, "{error}");
}

#[test]
fn what_cannot_be_aligned_is_named() {
    let message = |segments: &[&[f64]]| align_woody(segments).unwrap_err().to_string();
    assert_eq!(message(&[&[1.0, 2.0]]), "at least 2 segments are needed, found 1");
    assert_eq!(message(&[&[1.0, 2.0], &[]]), "segment 1 has 0 samples; at least 2 are needed");
    assert_eq!(
        message(&[&[1.0, 2.0], &[0.0, f64::INFINITY]]),
        "sample 1 of segment 1 is inf, not a finite number"
    );
    let flat = [0.0; 30];
    assert_eq!(message(&[&flat, &flat]), "all segments are flat; there is nothing to align by");
    assert!(align_warp(&[&flat, &flat], &ElasticOptions::default()).is_err());
    assert!(align_dba(&[&flat, &flat], &WarpingOptions::default()).is_err());
    assert!(align_published(&[&flat, &flat], &[]).is_err());
    let silent = align_published(&[&flat, &flat], &SWEEP).unwrap();
    assert_eq!((silent.part, silent.alignment.average.len()), (0.0, 30));
}

#[test]
fn the_published_steps() {
    // The middle piece is lost where the published code loses it.
    assert_eq!(split(10, &[2, 5, 8], false).unwrap(), [(0, 2), (2, 5), (5, 8), (8, 10)]);
    assert_eq!(split(10, &[2, 5, 8], true).unwrap(), [(0, 2), (5, 8), (8, 10)]);
    assert_eq!(split(10, &[], true).unwrap(), [(0, 10)]);
    assert!(split(4, &[2, 5], false).is_err());
    let (a, b) = ([0.0, 1.0, 4.0, 2.0], [3.0, 8.0, 0.0]);
    assert_eq!(anchors(&[&a, &b], 0.5), [2, 1]);
    // By hand: means 0, 2, 6, 1 over the common clock of both.
    let rest: [f64; 4] = [0.0, -1.0, -2.0, 1.0];
    let sd = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (x.len() - 1) as f64).sqrt()
    };
    let expected = sd(&rest) + sd(&[1.0, 2.0, -1.0]);
    assert!((dispersion(&[&a, &b], &[2, 1]) - expected).abs() < 1e-12);
    assert_eq!((SWEEP[5], SWEEP[6], SWEEP[26], SWEEP[46]), (0.6, 0.6, 0.8, 1.0));
}

#[test]
fn every_method_does_better_than_none() {
    let none = |s: &[&[f64]]| {
        let map: Vec<f64> = (0..2000).map(f64::from).collect();
        averaged(s, vec![map; s.len()], vec![1.0; s.len()], vec![false; s.len()], 0.5)
    };
    let options = WarpingOptions { points: 100, rounds: 4, ..WarpingOptions::default() };
    let (base, _) = errors(none, Scenario::Stretch, 0.03, 0);
    for (name, (error, _)) in [
        (
            "published",
            errors(|s| align_published(s, &SWEEP).unwrap().alignment, Scenario::Stretch, 0.03, 0),
        ),
        ("woody", errors(|s| align_woody(s).unwrap(), Scenario::Stretch, 0.03, 0)),
        ("dtw", errors(|s| align_dtw(s, &options).unwrap(), Scenario::Stretch, 0.03, 0)),
        ("dba", errors(|s| align_dba(s, &options).unwrap(), Scenario::Stretch, 0.03, 0)),
        ("soft", errors(|s| align_soft_dtw(s, &options).unwrap(), Scenario::Stretch, 0.03, 0)),
    ] {
        assert!(error < 0.5 * base, "{name}: {error} and {base} without");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However short and unequal they are.
    #[test]
    fn any_segments_give_numbers_or_an_error(
        segments in prop::collection::vec(prop::collection::vec(-2_i8..3, 2..14), 2..6),
        long in prop::option::of(200_usize..700),
    ) {
        let mut segments: Vec<Vec<f64>> =
            segments.iter().map(|s| s.iter().map(|&x| f64::from(x)).collect()).collect();
        if let Some(long) = long {
            segments.push((0..long).map(|k| (0.05 * k as f64).sin()).collect());
        }
        let slices: Vec<&[f64]> = segments.iter().map(Vec::as_slice).collect();
        for (name, aligner) in ALIGNERS {
            let Ok(found) = aligner.align(&slices) else { continue };
            prop_assert!(!found.average.is_empty(), "{}", name);
            let numbers = found.average.iter().chain(&found.sd).chain(found.maps.iter().flatten());
            prop_assert!(numbers.chain(&found.scores).all(|x| x.is_finite()), "{}", name);
            for (i, map) in found.maps.iter().enumerate() {
                prop_assert_eq!(map.len(), found.average.len());
                prop_assert!(map.windows(2).all(|w| w[1] >= w[0]), "{} {}", name, i);
                prop_assert!(found.inverse(i, segments[i].len()).iter().all(|t| t.is_finite()));
            }
        }
    }
}
