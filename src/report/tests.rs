use nalgebra::{DMatrix, DVector};

use super::*;
use crate::{
    dynamics::{
        projection::{Method, Population},
        statistics::Selection,
    },
    rnn::{Activation, Form, Parts, Readout, Rnn, format},
    task::{self, StimulusSet},
};

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
}

/// A network whose units feed on themselves alone.
fn diagonal(weights: &[f64], inputs: usize, outputs: usize) -> Rnn {
    let units = weights.len();
    Rnn::new(Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_diagonal(&DVector::from_row_slice(weights)),
        input: DMatrix::from_fn(
            units,
            inputs,
            |unit, k| if unit % inputs == k { 1.0 } else { 0.0 },
        ),
        bias: DVector::zeros(units),
        leak: DVector::from_element(units, 1.0),
        readout: Readout {
            weights: DMatrix::from_fn(outputs, units, |k, unit| f64::from(u8::from(k == unit))),
            bias: DVector::zeros(outputs),
        },
    })
    .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the network is a file")]
fn shipped() -> Rnn {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/three_bit.npz");
    let bytes = std::fs::read(path).unwrap();
    format::load("three_bit.npz", &bytes, &format::LoadOptions::default()).unwrap().network
}

/// A network that cannot be redistributed; says so where it is missing.
#[expect(clippy::print_stderr, clippy::disallowed_methods, reason = "it says what it skips")]
fn published(name: &str) -> Option<Rnn> {
    let path = format!("{}/../shared/data/networks/{name}.hdf5", env!("CARGO_MANIFEST_DIR"));
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("SKIPPED: {path} is not there");
        return None;
    };
    Some(format::load(name, &bytes, &format::LoadOptions::default()).unwrap().network)
}

fn portrait<'a>(network: &'a Rnn, stimuli: &'a StimulusSet) -> Portrait<'a> {
    Portrait { name: "net", network, step: Some(1.0), stimuli }
}

fn options(method: Method, trials: &[usize]) -> TrajectoryOptions {
    TrajectoryOptions {
        method,
        population: Population::All,
        trials: trials.to_vec(),
        azimuths: vec![70.0],
        elevation: 10.0,
        marks: Vec::new(),
    }
}

#[test]
fn samples_are_the_first_nine_or_repeated_with_noise() {
    let titles = |shown: &Shown<Vec<SampleNumbers>>| -> Vec<String> {
        shown.figure.panels.iter().map(|panel| panel.title.clone()).collect()
    };
    let and = task::named("and").unwrap();
    let quiet = samples_figure(&and, None).unwrap();
    assert_eq!(titles(&quiet), ["trial (0,0)", "trial (1,0)", "trial (0,1)", "trial (1,1)"]);
    let last = &quiet.numbers[3];
    assert_eq!((last.duration, &last.changes), (200.0, &vec![2, 2]));
    assert_eq!(last.windows, [[(80.0, 200.0, 1)]]);
    let noisy = samples_figure(&and, Some(0.1)).unwrap();
    assert_eq!(noisy.numbers.len(), SAMPLES);
    assert_eq!(titles(&noisy)[4], "trial (0,0)");
    assert!(noisy.numbers.iter().all(|sample| sample.changes == [199, 199]));
    // The same stimulus, another noise.
    assert_ne!(noisy.figure.panels[0].lines, noisy.figure.panels[4].lines);
    let bits = samples_figure(&task::named("flipflop3").unwrap(), None).unwrap();
    assert_eq!(bits.numbers.len(), 9);
    let pulses = task::seeded_pulses(2, 1, 4, 60);
    let error = samples_figure(&pulses, None).unwrap_err();
    assert_eq!(error, FigureError::NoTarget { task: "pulses".to_owned() });
    assert!(samples_figure(&and, Some(-1.0)).is_err());
}

/// A network that answers at once: the last of its inputs, kept.
#[test]
fn a_distance_is_that_of_the_judged_steps() {
    let network = diagonal(&[0.0, 0.0], 2, 1);
    let and = task::named("and").unwrap();
    let options = DistanceOptions { trials: vec![0, 3], samples: 2, noise: 0.0 };
    let found = distance_figure(&portrait(&network, &and), &options).unwrap().numbers;
    // Its output is 0 in the window, and 120 steps ask for 0 or for 1.
    assert_eq!((found[0].clean, found[0].judged), (0.0, 120));
    close(found[1].clean, 120.0_f64.sqrt(), 1e-12);
    // Noise of no size changes nothing.
    assert_eq!((found[1].noisy.len(), found[1].mean), (2, Some(found[1].clean)));
    let missing = DistanceOptions { trials: vec![4], ..options.clone() };
    let error = distance_figure(&portrait(&network, &and), &missing).unwrap_err();
    assert_eq!(error.to_string(), "there is no trial 5: the stimuli `and` have 4");
    // Another step of the same time samples the same windows.
    let fine = Portrait { step: Some(0.5), ..portrait(&network, &and) };
    close(distance_figure(&fine, &options).unwrap().numbers[1].clean, 120.0_f64.sqrt(), 1e-9);
}

/// Distances by numpy, of the discrete map with the same weights.
#[test]
fn distances_of_published_networks() {
    let all = DistanceOptions { trials: vec![0, 1, 2, 3], samples: 0, noise: 0.1 };
    for (name, task, expected) in [
        (
            "and_n50_orthogonal",
            "and",
            [0.007_679_175_913, 0.065_917_551_094, 0.053_705_064_787, 0.181_016_355_049],
        ),
        (
            "xor_n50_orthogonal",
            "xor",
            [0.061_145_151_291, 0.212_752_648_168, 0.208_201_460_940, 0.155_459_159_451],
        ),
    ] {
        let Some(network) = published(name) else { return };
        let set = task::named(task).unwrap();
        let found = distance_figure(&portrait(&network, &set), &all).unwrap().numbers;
        for (found, expected) in found.iter().zip(expected) {
            // Long transients of the noiseless map grow rounding, to far below this.
            close(found.clean, expected, 1e-9);
            assert_eq!((found.noisy.len(), found.mean), (0, None));
        }
    }
}

/// Periods of the papers' networks after a stimulus: AND keeps one input as an oscillation of
/// about 74 steps, XOR keeps two as one of about 2.7, and both keep others in
/// fixed points.
#[test]
fn the_strongest_line_is_the_oscillation_that_is_left() {
    let median = |numbers: &FrequencyNumbers| {
        let mut lines: Vec<f64> = numbers.units.iter().filter_map(|unit| unit.line).collect();
        lines.sort_by(f64::total_cmp);
        (lines.len(), lines.get(lines.len() / 2).copied())
    };
    let Some(network) = published("and_n50_orthogonal") else { return };
    let set = task::named("and").unwrap();
    let found = frequencies_figure(&portrait(&network, &set), &[0, 1, 3]).unwrap().numbers;
    assert_eq!((found[1].free_from, found[0].free_from), (50.0, 0.0));
    assert_eq!((median(&found[0]), median(&found[2])), ((0, None), (0, None)));
    let (count, period) = (median(&found[1]).0, 1000.0 / median(&found[1]).1.unwrap());
    // Two turns are all there is of it: a tenth of the distance between bins.
    assert!(count >= 45 && (period - 74.0).abs() < 2.5, "{count} units, {period}");
    // The published rule sees something else in most units.
    let near = |unit: &&UnitFrequency| (unit.published - 1000.0 / 74.0).abs() < 1.0;
    assert!(found[1].units.iter().filter(near).count() < 10);
    let Some(network) = published("xor_n50_orthogonal") else { return };
    let set = task::named("xor").unwrap();
    let found = frequencies_figure(&portrait(&network, &set), &[3]).unwrap().numbers;
    let (count, frequency) = median(&found[0]);
    assert_eq!(count, 50);
    close(1000.0 / frequency.unwrap(), 2.73, 0.03);
}

#[test]
fn frequencies_are_counted_over_units() {
    // Weights of -1.5 and less flip their unit at every step; a weight below 1 forgets.
    let network = diagonal(&[-1.5, 0.5], 1, 1);
    let set = task::seeded_pulses(1, 2, 1, 200);
    let shown = frequencies_figure(&portrait(&network, &set), &[0]).unwrap();
    let units = &shown.numbers[0].units;
    close(units[0].line.unwrap(), 500.0, 1.0);
    assert_eq!((units[0].published, units[1].line), (500.0, None));
    assert_eq!(shown.figure.panels.len(), 2);
    let counted: f64 = shown.figure.panels[1].bars[0].bars.iter().map(|bar| bar.height).sum();
    assert_eq!(counted, 1.0);
}

/// Fractions, points and corners of the sequence through the cube, by numpy.
#[test]
fn the_shipped_network_has_a_cube() {
    let (network, set) = (shipped(), task::named("flipflop3_cube").unwrap());
    let marked = TrajectoryOptions {
        marks: TrajectoryOptions::CUBE_MARKS.to_vec(),
        ..options(Method::Svd, &[0])
    };
    let shown = trajectory_figure(&portrait(&network, &set), &marked).unwrap();
    let numbers = &shown.numbers;
    for (found, expected) in numbers.fractions.iter().zip([0.323_352_8, 0.275_498_5, 0.199_063_9]) {
        close(*found, expected, 1e-6);
    }
    let trial = &numbers.trials[0];
    assert_eq!((trial.points.len(), trial.times[0], trial.marks.len()), (1160, 1.0, 8));
    for (found, expected) in trial.points[100].iter().zip([1.361_344, -2.572_047, -2.002_890]) {
        close(*found, expected, 1e-4);
    }
    // Each corner is visited twice; +++ by steps 99 and 659.
    assert_eq!(numbers.corners.len(), 8);
    assert!(numbers.corners.iter().all(|corner| corner.visits == 2), "{:?}", numbers.corners);
    assert_eq!(numbers.corners[0].classes, [1, 1, 1]);
    for (found, expected) in numbers.corners[0].at.iter().zip([1.465_064, -2.407_562, -2.024_190]) {
        close(*found, expected, 1e-4);
    }
    // A cube has twelve edges, dashed, and the panel names corners and marks.
    let plane = &shown.figure.panels[1];
    assert_eq!(plane.lines.iter().filter(|line| line.is_dashed).count(), 12);
    let labels: Vec<&str> = plane.marks.iter().map(|mark| mark.label.as_str()).collect();
    for label in ["40", "520", "+++", "+\u{2212}+", "\u{2212}\u{2212}\u{2212}"] {
        assert!(labels.contains(&label), "{label} in {labels:?}");
    }
    assert!(plane.x.label.starts_with("SVD 1 (32.3 %)"), "{}", plane.x.label);
}

/// Independent components see each bit by itself: the corners lie at plus and minus
/// one, nearly.
#[test]
fn independent_components_are_the_three_bits() {
    let (network, set) = (shipped(), task::named("flipflop3_cube").unwrap());
    let found =
        trajectory_figure(&portrait(&network, &set), &options(Method::Ica { seed: 1 }, &[0]));
    for corner in &found.unwrap().numbers.corners {
        for value in &corner.at {
            assert!((value.abs() - 1.05).abs() < 0.25, "{corner:?}");
        }
    }
}

#[test]
fn trials_share_one_space_and_a_sweep_has_a_box_an_angle() {
    let (network, set) = (shipped(), task::named("flipflop3").unwrap());
    let three = options(Method::Pca, &[0, 1, 2]);
    let shown = trajectory_figure(&portrait(&network, &set), &three).unwrap();
    assert_eq!(shown.numbers.trials.len(), 3);
    // Centred over all of them together, not one by one.
    let all = shown.numbers.trials.iter().flat_map(|trial| &trial.points);
    close(all.map(|point| point[0]).sum::<f64>(), 0.0, 1e-9);
    let own: f64 = shown.numbers.trials[0].points.iter().map(|point| point[0]).sum();
    assert!(own.abs() > 1.0, "{own}");
    let sweep = TrajectoryOptions { azimuths: TrajectoryOptions::sweep(), ..three };
    let figure = trajectory_figure(&portrait(&network, &set), &sweep).unwrap().figure;
    let angles: Vec<f64> =
        figure.panels.iter().filter_map(|panel| Some(panel.space.as_ref()?.azimuth)).collect();
    assert_eq!((angles.len(), angles[0], angles[17]), (18, 0.0, 170.0));
}

#[test]
fn a_population_is_a_part_of_the_units() {
    // Two units excite, one inhibits; three inputs move all of them.
    let network = diagonal(&[0.9, 0.8, -0.7], 3, 1);
    let set = task::seeded_pulses(3, 5, 1, 60);
    let of = |population| {
        let options = TrajectoryOptions { population, ..options(Method::Svd, &[0]) };
        trajectory_figure(&portrait(&network, &set), &options)
    };
    let both = of(Population::Excitatory).unwrap();
    assert_eq!((both.numbers.units, both.numbers.trials[0].points[0].len()), (2, 2));
    // Two units have a plane and no box.
    assert!(both.figure.panels.len() == 1 && both.figure.panels[0].space.is_none());
    let error = of(Population::Inhibitory).unwrap_err().to_string();
    assert_eq!(error, "a plane needs two units, there are 1 inhibitory units");
    let network = diagonal(&[0.9, 0.8, 0.7], 3, 1);
    let options =
        TrajectoryOptions { population: Population::Inhibitory, ..options(Method::Svd, &[0]) };
    let error = trajectory_figure(&portrait(&network, &set), &options).unwrap_err();
    assert_eq!(error.to_string(), "the network has no inhibitory units");
}

#[test]
fn a_figure_of_trials_has_a_row_each_with_one_scale() {
    let (network, set) = (shipped(), task::named("flipflop3").unwrap());
    let shown = trials_figure(&portrait(&network, &set), &options(Method::Svd, &[0, 2])).unwrap();
    assert_eq!(shown.figure.panels.len(), 8);
    let ends = |column: usize| [column, column + 4].map(|at| shown.figure.panels[at].y.ends);
    for column in 0..3 {
        assert_eq!(ends(column)[0], ends(column)[1]);
        assert!(ends(column)[0].is_some());
    }
    assert_eq!(shown.figure.panels[2].lines.len(), 80);
    // Judged outputs, as statistics have it.
    let record = portrait(&network, &set).record(2).unwrap();
    let expected = crate::dynamics::statistics::distance(
        &record.outputs,
        &crate::dynamics::statistics::targets(&set, 2),
    );
    close(shown.numbers.trials[1].distance.unwrap(), expected, 1e-12);
    // A network at rest has no trajectory, and rows without one.
    let rest = diagonal(&[0.0, 0.0], 2, 1);
    let and = task::named("and").unwrap();
    let shown = trials_figure(&portrait(&rest, &and), &options(Method::Svd, &[0])).unwrap();
    assert_eq!(shown.figure.panels.len(), 3);
}

#[test]
fn weights_have_their_moments_beside_the_published_ones() {
    let shown = weights_figure(&shipped(), "net").unwrap();
    let names: Vec<Selection> = shown.numbers.iter().map(|found| found.selection).collect();
    assert_eq!(names, [Selection::All, Selection::Above, Selection::Below]);
    let all = &shown.numbers[0];
    assert_eq!(all.moments.count, 6400);
    let notes = shown.figure.panels[0].notes.join("\n");
    assert!(notes.contains(&format!("skewness {:.3}", all.moments.skewness)), "{notes}");
    assert!(notes.contains(&format!("{:.3} and", all.as_published.skewness)), "{notes}");
    // 200 bins, and a fit of area 1 over them.
    let panel = &shown.figure.panels[0];
    assert_eq!(panel.bars[0].bars.len(), 200);
    let fit = &panel.lines[1].points;
    let area: f64 = fit.windows(2).map(|p| 0.5 * (p[0].1 + p[1].1) * (p[1].0 - p[0].0)).sum();
    close(area, 1.0, 1e-3);
    let flat = diagonal(&[1.0], 1, 1);
    assert!(matches!(weights_figure(&flat, "net"), Err(FigureError::Nothing(_))));
}

#[test]
fn trained_weights_lie_on_their_line() {
    let initial = shipped();
    let mut parts = initial.clone().into_parts();
    parts.recurrent = parts.recurrent.map(|w| 0.5 * w + 0.01);
    let trained = Rnn::new(parts).unwrap();
    let pair = TrainedPair { trained: ("t", &trained), initial: ("i", &initial) };
    let numbers = regression_figure(&[pair]).unwrap().numbers;
    let line = numbers[0].line.unwrap();
    assert_eq!(numbers[0].quantity, "W, recurrent");
    close(line.slope, 0.5, 1e-12);
    close(line.intercept, 0.01, 1e-12);
    assert_eq!(numbers[1].line.unwrap().slope, 1.0, "the input weights are the same");
    // Several pairs: one point each for every moment, the published ones among the numbers.
    let same = TrainedPair { trained: ("i", &initial), initial: ("i", &initial) };
    let other = TrainedPair { trained: ("t", &trained), initial: ("t", &trained) };
    let shown = regression_figure(&[same, other]).unwrap();
    assert_eq!((shown.numbers.len(), shown.figure.panels.len()), (6, 4));
    let sd = &shown.numbers[1];
    assert_eq!((sd.quantity.as_str(), sd.points.len()), ("standard deviation", 2));
    close(sd.points[1].1, 0.5 * sd.points[0].1, 1e-12);
    close(sd.line.unwrap().slope, 1.0, 1e-9);
    let small = diagonal(&[1.0], 1, 1);
    let odd = TrainedPair { trained: ("t", &trained), initial: ("s", &small) };
    assert_eq!(
        regression_figure(&[odd]).unwrap_err().to_string(),
        "`t` has 80 units, 3 inputs and 3 outputs, `s` has 1, 1 and 1"
    );
}

#[test]
fn matrices_and_signs_hold_every_weight() {
    let network = shipped();
    let shown = matrices_figure(&network, "net");
    let names: Vec<&str> = shown.numbers.iter().map(|found| found.matrix).collect();
    assert_eq!(names, ["Win", "W", "V, transposed"]);
    let heat = shown.figure.panels[1].heat.as_ref().unwrap();
    let weights = &network.parts().recurrent;
    // Row after row: to unit 3 from unit 7.
    assert_eq!(heat.values[3 * 80 + 7], weights[(3, 7)]);
    let signs = signs_figure(&network, 1e-3, "net").unwrap();
    let numbers = signs.numbers;
    assert_eq!(numbers.positive + numbers.negative + numbers.between, 6400);
    assert_eq!(numbers.positive, weights.iter().filter(|&&w| w > 1e-3).count());
    let [above, below] = [0, 1].map(|at| signs.figure.panels[at].heat.as_ref().unwrap());
    assert!(above.values.iter().all(|&w| w >= 0.0) && below.values.iter().all(|&w| w <= 0.0));
    assert_eq!(above.limit, below.limit, "both have one scale");
    assert!(signs_figure(&network, -1.0, "net").is_err());
    assert!(signs_figure(&network, f64::NAN, "net").is_err());
}

#[test]
fn biases_that_are_all_zero_are_left_out() {
    let shown = biases_figure(&shipped(), "net").unwrap();
    assert_eq!((shown.numbers.len(), shown.numbers[0].of), (1, "output"));
    let none = diagonal(&[1.0], 1, 1);
    let error = biases_figure(&none, "net").unwrap_err();
    assert_eq!(error.to_string(), "all biases of the network are 0");
}

/// Every figure can be drawn.
#[test]
fn figures_become_pictures() {
    let (network, set) = (shipped(), task::named("flipflop3").unwrap());
    let portrait = portrait(&network, &set);
    let distance = DistanceOptions { trials: vec![0], samples: 1, noise: 0.1 };
    let figures = [
        samples_figure(&set, None).unwrap().figure,
        trials_figure(&portrait, &options(Method::Svd, &[0])).unwrap().figure,
        trajectory_figure(&portrait, &options(Method::Pca, &[0])).unwrap().figure,
        weights_figure(&network, "net").unwrap().figure,
        matrices_figure(&network, "net").figure,
        distance_figure(&portrait, &distance).unwrap().figure,
    ];
    for figure in figures {
        let (width, height) = figure.size();
        let svg = figure.to_svg(width, height).unwrap();
        assert!(!svg.contains("\"NaN") && svg.len() > 2000, "{}", figure.title);
        assert!(svg.len() < 200_000, "{}: {} bytes", figure.title, svg.len());
    }
}
