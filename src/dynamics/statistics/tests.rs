use proptest::prelude::*;

use super::*;
use crate::{
    dynamics::projection::record,
    rnn::{DiscreteRnn, format},
    task,
};

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
}

#[test]
fn moments_of_known_samples() {
    // A fair coin: kurtosis 1, as low as it gets.
    let coin = Moments::of(&[-1.0, 1.0, 1.0, -1.0]);
    assert_eq!((coin.mean, coin.sd, coin.skewness, coin.excess_kurtosis), (0.0, 1.0, 0.0, -2.0));
    // One in four: p = 1/4 of a Bernoulli variable, skewness (1 - 2p)/sqrt(pq),
    // excess kurtosis (1 - 6pq)/(pq).
    let quarter = Moments::of(&[0.0, 0.0, 1.0, 0.0]);
    let variance = 3.0 / 16.0_f64;
    close(quarter.sd, variance.sqrt(), 1e-15);
    close(quarter.skewness, 0.5 / variance.sqrt(), 1e-14);
    close(quarter.excess_kurtosis, (1.0 - 6.0 * variance) / variance, 1e-14);
    assert!(Moments::of(&[]).mean.is_nan() && Moments::of(&[2.0, 2.0]).skewness.is_nan());
}

#[test]
fn a_histogram_counts_every_value_once() {
    let bins = histogram(&[0.0, 0.1, 0.5, 0.99, 1.0, f64::NAN], 4);
    let counts: Vec<usize> = bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [2, 0, 1, 2]);
    let area: f64 = bins.iter().map(|bin| bin.density * (bin.to - bin.from)).sum();
    close(area, 1.0, 1e-15);
    assert_eq!((bins[0].from, bins[3].to), (0.0, 1.0));
    let one = histogram(&[3.0, 3.0], 10);
    assert_eq!((one[0].from, one[9].to, one.iter().map(|bin| bin.count).sum()), (2.5, 3.5, 2));
    assert!(histogram(&[], 10).is_empty() && histogram(&[1.0], 0).is_empty());
}

#[test]
fn the_normal_density_has_its_height_and_area() {
    close(normal_density(1.0, 1.0, 0.5), 0.797_884_560_802_865, 1e-14);
    let area: f64 = (-4000..4000).map(|k| normal_density(f64::from(k) / 1e3, 0.2, 0.5) / 1e3).sum();
    close(area, 1.0, 1e-9);
}

#[test]
fn a_line_is_found_again() {
    let on: Vec<(f64, f64)> = (0..20).map(f64::from).map(|x| (x, 3.0 - 0.5 * x)).collect();
    let line = Regression::of(&on).unwrap();
    close(line.slope, -0.5, 1e-14);
    close(line.intercept, 3.0, 1e-13);
    close(line.correlation, -1.0, 1e-14);
    close(line.slope_error, 0.0, 1e-7);
    // By hand: x mean 1, y mean 4/3, xx 2, xy 1, yy 2/3; the rest is 1/6.
    let off = Regression::of(&[(0.0, 1.0), (1.0, 1.0), (2.0, 2.0)]).unwrap();
    close(off.slope, 0.5, 1e-15);
    close(off.intercept, 5.0 / 6.0, 1e-15);
    close(off.correlation, 0.75_f64.sqrt(), 1e-15);
    close(off.slope_error, (1.0 / 12.0_f64).sqrt(), 1e-15);
    assert_eq!(Regression::of(&[(1.0, 2.0), (1.0, 3.0)]), None);
    assert_eq!(Regression::of(&[]), None);
}

#[test]
fn a_wave_has_its_frequency() {
    let wave = |period: f64| -> Vec<f64> {
        (0..500).map(|n| (std::f64::consts::TAU * f64::from(n) / period).cos()).collect()
    };
    let slow = frequency(&wave(50.0), 1000.0);
    assert_eq!((slow.minima, slow.published, slow.mean), (10, 20.0, Some(20.0)));
    // A period of 7.5 steps alternates between 7 and 8, as the published rule shows.
    let fast = frequency(&wave(7.5), 1000.0);
    close(fast.mean.unwrap(), 1000.0 / 7.5, 0.5);
    assert!(fast.published == 1000.0 / 7.0 || fast.published == 1000.0 / 8.0);
    // Six minima are not more than six.
    let few = frequency(&wave(50.0)[..300], 1000.0);
    assert_eq!((few.minima, few.published), (6, 0.0));
    assert_eq!(frequency(&[0.0; 10], 1000.0).mean, None);
}

#[test]
fn the_strongest_line_has_a_frequency_where_it_lasts() {
    let trace = |of: &dyn Fn(f64) -> f64| -> Vec<f64> { (0..150).map(f64::from).map(of).collect() };
    let turn = |t: f64, period: f64| (std::f64::consts::TAU * t / period).cos();
    // Two turns of a slow wave, which has two minima, and one that no interval tells apart.
    close(oscillation(&trace(&|t| turn(t, 73.5)), 1000.0).unwrap(), 1000.0 / 73.5, 0.3);
    close(oscillation(&trace(&|t| 0.8 + 0.1 * turn(t, 2.73)), 1000.0).unwrap(), 366.3, 0.1);
    // At rest, coming to rest, drifting, and too short.
    assert_eq!(oscillation(&[0.7; 150], 1000.0), None);
    assert_eq!(oscillation(&trace(&|t| 0.7 + (-0.2 * t).exp() * turn(t, 5.0)), 1000.0), None);
    assert_eq!(oscillation(&trace(&|t| 0.01 * t), 1000.0), None);
    assert_eq!(oscillation(&trace(&|t| turn(t, 5.0))[..12], 1000.0), None);
    assert_eq!(oscillation(&trace(&|_| f64::NAN), 1000.0), None);
    assert_eq!(oscillation(&[], 1000.0), None);
}

#[test]
fn minima_are_below_both_sides() {
    assert_eq!(local_minima(&[3.0, 1.0, 2.0, 0.0, 0.0, 5.0, 4.0]), [1, 3]);
    assert_eq!(local_minima(&[0.0, 1.0, 2.0]), [0; 0]);
    assert_eq!(local_minima(&[2.0, 1.0, 1.0]), [0; 0], "it may go on falling");
}

#[test]
fn the_interval_that_is_published_is_the_last_but_one() {
    // Minima at 2, 4, 6, 8, 10, 13, 17, with intervals 2, 2, 2, 2, 3, 4.
    let mut trace = vec![1.0; 20];
    for at in [2, 4, 6, 8, 10, 13, 17] {
        trace[at] = 0.0;
    }
    let found = frequency(&trace, 1000.0);
    assert_eq!((found.minima, found.published), (7, 1000.0 / 3.0));
    assert_eq!(found.mean, Some(1000.0 * 6.0 / 15.0));
}

#[test]
fn distances_count_what_is_judged() {
    let set = task::named("and").unwrap();
    let both = targets(&set, 3);
    assert_eq!((both.len(), both[0].len()), (1, 200));
    assert!(both[0][..80].iter().all(|t| t.is_nan()) && both[0][80..].iter().all(|&t| t == 1.0));
    let outputs = vec![vec![0.5]; 200];
    close(distance(&outputs, &both), (120.0 * 0.25_f64).sqrt(), 1e-12);
    assert!(distance(&vec![vec![]; 200], &both).is_nan());
}

/// Rows finer than a step count at its end.
#[test]
fn a_distance_takes_the_end_of_every_step() {
    let set = task::named("and").unwrap();
    let times: Vec<f64> = (1..=400).map(|k| 0.5 * f64::from(k)).collect();
    // Right at the ends of the steps, wrong between them.
    let outputs: Vec<Vec<f64>> = (1..=400).map(|k| vec![f64::from(u8::from(k % 2 == 0))]).collect();
    assert_eq!(judged_distance(&set, 3, &times, &outputs), 0.0);
    close(judged_distance(&set, 0, &times, &outputs), 120.0_f64.sqrt(), 1e-12);
    // What was not recorded is no small error.
    assert!(judged_distance(&set, 3, &[], &[]).is_nan());
}

proptest! {
    #[test]
    fn moments_follow_scale_and_shift(
        values in prop::collection::vec(-1.0..1.0, 5..50),
        scale in 0.1..10.0_f64,
        shift in -5.0..5.0_f64,
    ) {
        let (one, other) = (
            Moments::of(&values),
            Moments::of(&values.iter().map(|v| shift - scale * v).collect::<Vec<f64>>()),
        );
        prop_assume!(one.sd > 1e-3);
        prop_assert!((other.mean - (shift - scale * one.mean)).abs() < 1e-9);
        prop_assert!((other.sd - scale * one.sd).abs() < 1e-9);
        prop_assert!((other.skewness + one.skewness).abs() < 1e-6);
        prop_assert!((other.excess_kurtosis - one.excess_kurtosis).abs() < 1e-6);
    }
}

/// The recurrent kernel of the papers' network "AND 04" against scipy: `norm.fit`,
/// `skew`, `kurtosis`, `linregress`, and the same of the fitted density.
#[test]
#[expect(clippy::print_stderr, clippy::disallowed_methods, reason = "it says what it skips")]
fn the_weights_of_a_trained_network() {
    let read = |name: &str| {
        let path = format!("{}/../shared/data/networks/{name}.hdf5", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).ok();
        bytes.map(|bytes| format::load(name, &bytes, &format::LoadOptions::default()).unwrap())
    };
    let (Some(trained), Some(initial)) =
        (read("and_n50_orthogonal"), read("and_n50_orthogonal_initial"))
    else {
        eprintln!("skipped: the trained networks are not there");
        return;
    };
    let weights = trained.network.parts().recurrent.as_slice();
    let found = Moments::of(weights);
    close(found.mean, 0.004_956_785, 1e-8);
    close(found.sd, 0.140_671_512, 1e-8);
    close(found.skewness, 0.082_438_666, 1e-7);
    close(found.excess_kurtosis, -0.102_223_785, 1e-7);
    let published = PublishedMoments::of(weights);
    close(published.skewness, 0.546_018_424, 1e-6);
    close(published.kurtosis, -1.240_623_099, 1e-6);
    let part = |selection: Selection| Moments::of(&selection.of(weights));
    assert_eq!((part(Selection::Above).count, part(Selection::Below).count), (1223, 1277));
    close(part(Selection::Below).mean, -0.105_274_843, 1e-8);
    let before = initial.network.parts().recurrent.as_slice();
    let pairs: Vec<(f64, f64)> = before.iter().copied().zip(weights.iter().copied()).collect();
    let line = Regression::of(&pairs).unwrap();
    close(line.slope, 0.992_259_487, 1e-7);
    close(line.correlation, 0.997_075_948, 1e-7);
    close(line.slope_error, 0.001_521_565, 1e-8);
    // Mean distance to the whole target, 0 before step 70.
    let set = task::named("and").unwrap();
    let system = DiscreteRnn::keras(trained.network);
    let one = |trial: usize| {
        let outputs = record(&system, &set.stimulus(trial)).unwrap().outputs;
        let level = |n: usize| f64::from(u8::from(trial == 3 && n >= 70));
        distance(&outputs, &[(0..200).map(level).collect()])
    };
    close((0..4).map(one).sum::<f64>() / 4.0, 0.307, 0.001);
}
