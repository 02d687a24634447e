use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use super::*;
use crate::{
    rnn::{Activation, DiscreteRnn, Form, Parts, Readout, Rnn, format},
    task,
};

fn network(recurrent: DMatrix<f64>, input: DMatrix<f64>) -> Rnn {
    let units = recurrent.nrows();
    Rnn::new(Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent,
        input,
        bias: DVector::zeros(units),
        leak: DVector::from_element(units, 1.0),
        readout: Readout { weights: DMatrix::zeros(0, units), bias: DVector::zeros(0) },
    })
    .unwrap()
}

/// Three waves that are no normal noise, mixed into six units around a mean.
fn mixed() -> (DMatrix<f64>, DMatrix<f64>) {
    let steps = 3000;
    let saw = |t: f64, period: f64| 2.0 * (t / period).fract() - 1.0;
    let sources = DMatrix::from_fn(steps, 3, |t, k| {
        let t = t as f64;
        match k {
            0 => saw(t, 37.3),
            1 => (t / 11.1).sin().signum(),
            _ => saw(t, 171.7).powi(3),
        }
    });
    let mixing = DMatrix::from_row_slice(
        3,
        6,
        &[
            1.0, 2.0, -0.5, 0.3, 0.0, 4.0, 0.2, -1.0, 1.5, 0.7, 2.0, 0.1, 3.0, 0.4, 0.8, -1.1, 0.6,
            -0.9,
        ],
    );
    let mut states = &sources * mixing;
    for (unit, mut column) in states.column_iter_mut().enumerate() {
        column.add_scalar_mut(unit as f64);
    }
    (sources, states)
}

fn correlation(a: &DVector<f64>, b: &DVector<f64>) -> f64 {
    let (a, b) = (a.add_scalar(-a.mean()), b.add_scalar(-b.mean()));
    a.dot(&b) / (a.norm() * b.norm())
}

#[test]
fn a_plane_is_found_with_its_variances() {
    // Along (3, 4, 0)/5 with mean square 4, along (0, 0, 1) with mean square 1.
    let angle = |t: usize| t as f64 * std::f64::consts::TAU / 100.0;
    let states = DMatrix::from_fn(100, 3, |t, unit| {
        let (along, across) = (8.0_f64.sqrt() * angle(t).cos(), 2.0_f64.sqrt() * angle(t).sin());
        [0.6 * along, 0.8 * along, across][unit]
    });
    for method in [Method::Svd, Method::Pca] {
        let found = project(&states, method, 2).unwrap();
        assert!((found.fractions[0] - 0.8).abs() < 1e-12, "{:?}", found.fractions);
        assert!((found.fractions[1] - 0.2).abs() < 1e-12);
        // The sign makes 4/5 and 1 positive.
        assert!((found.points[(0, 0)] - 8.0_f64.sqrt()).abs() < 1e-12);
        assert!((found.points[(25, 1)] - 2.0_f64.sqrt()).abs() < 1e-12);
    }
    // A constant moves the SVD, not the PCA.
    let moved = states.add_scalar(3.0);
    let pca = project(&moved, Method::Pca, 2).unwrap();
    assert!((pca.fractions[0] - 0.8).abs() < 1e-12);
    assert!(project(&moved, Method::Svd, 2).unwrap().fractions[0] > 0.83);
    // The published centring removes what all units share at each time.
    let shared = DMatrix::from_fn(100, 3, |t, _| angle(t).sin()) * 5.0;
    let published = |states: &DMatrix<f64>| project(states, Method::PublishedPca, 2).unwrap();
    let (with, without) = (published(&(&states + shared)), published(&states));
    assert!((with.points - &without.points).norm() < 1e-9);
    assert!((without.points.column(0).norm() - 1.0).abs() < 1e-12, "unit vectors");
}

/// Six steps of four units, with singular vectors by numpy 2 (LAPACK), each with
/// its entry of largest size made positive.
#[test]
fn projections_are_those_of_numpy() {
    #[rustfmt::skip]
    let states = DMatrix::from_row_slice(6, 4, &[
        -4.0, -1.0, -3.0, 1.0,
        3.0, -3.0, -3.0, 3.0,
        -1.0, 6.0, -3.0, 5.0,
        6.0, 4.0, -3.0, -4.0,
        2.0, 2.0, -3.0, -2.0,
        -2.0, 0.0, -3.0, 0.0,
    ]);
    let expected = [
        (
            Method::Svd,
            [0.422_454_52, 0.321_513_02, 0.150_418_64],
            [
                [-2.476_011_819_352, 3.123_229_195_185],
                [0.543_194_394_029, 0.876_377_379_719],
                [2.081_452_395_187, 7.835_841_690_466],
                [8.659_940_813_639, -1.229_180_145_208],
                [4.205_559_760_442, 0.511_783_590_949],
                [-0.248_821_292_754, 2.252_747_327_106],
            ],
        ),
        (
            Method::Pca,
            [0.537_332_64, 0.298_478_22, 0.164_189_14],
            [
                [-4.508_657_191_693, -1.504_069_448_295],
                [-0.915_428_494_997, -3.586_247_073_598],
                [-2.559_653_998_592, 5.991_658_831_894],
                [7.441_182_397_397, 0.501_967_237_751],
                [2.661_246_561_761, -0.300_447_436_667],
                [-2.118_689_273_875, -1.102_862_111_086],
            ],
        ),
        (
            Method::PublishedPca,
            [0.464_305_682, 0.368_212_732, 0.167_481_585],
            [
                [-0.188_213_295_914, 0.379_905_664_959],
                [0.058_394_801_022, 0.114_193_992_353],
                [0.060_681_775_416, 0.859_992_242_737],
                [0.870_210_254_079, -0.054_581_701_841],
                [0.446_840_834_082, 0.119_213_244_879],
                [0.023_471_414_084, 0.293_008_191_599],
            ],
        ),
    ];
    for (method, fractions, points) in expected {
        let found = project(&states, method, 2).unwrap();
        for (found, expected) in found.fractions.iter().zip(fractions) {
            assert!((found - expected).abs() < 1e-8, "{method:?}: {found}");
        }
        for (step, row) in points.iter().enumerate() {
            for (k, expected) in row.iter().enumerate() {
                let found = found.points[(step, k)];
                assert!((found - expected).abs() < 1e-11, "{method:?} {step} {k}: {found}");
            }
        }
    }
}

proptest! {
    /// Components are orthogonal over time, fall in size, and lose nothing where there are as
    /// many as units; what the papers plot has unit columns.
    #[test]
    fn components_are_orthogonal(values in prop::collection::vec(-1.0..1.0, 60)) {
        let states = DMatrix::from_vec(12, 5, values);
        for method in [Method::Svd, Method::Pca, Method::PublishedPca] {
            let found = project(&states, method, 4).unwrap();
            let products = found.points.transpose() * &found.points;
            for i in 0..4 {
                for j in 0..i {
                    prop_assert!(products[(i, j)].abs() < 1e-12, "{:?} {} {}", method, i, j);
                }
                let size = products[(i, i)];
                match method {
                    Method::PublishedPca => prop_assert!((size - 1.0).abs() < 1e-12),
                    _ if i > 0 => prop_assert!(size <= products[(i - 1, i - 1)] + 1e-12),
                    _ => {}
                }
            }
            prop_assert!((found.fractions.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let whole = project(&states, Method::Svd, 5).unwrap();
        prop_assert!((whole.points.norm() - states.norm()).abs() < 1e-12);
        // Which way a direction points is a matter of its entries, not of the iteration.
        let turned = project(&(-&states), Method::Svd, 3).unwrap();
        let plain = project(&states, Method::Svd, 3).unwrap();
        prop_assert!((turned.points + plain.points).abs().max() < 1e-9);
    }
}

/// A matrix of rank 2 has two directions, whatever its size.
#[test]
fn rank_is_found() {
    let states = DMatrix::from_fn(30, 7, |t, unit| {
        let (t, unit) = (t as f64, unit as f64);
        (0.3 * t).sin() * (1.0 + unit) + (0.7 * t).cos() * (unit * unit - 3.0)
    });
    let found = project(&states, Method::Svd, 2).unwrap();
    assert!(found.fractions[2] < 1e-28, "{:?}", found.fractions);
    let error = project(&states, Method::Svd, 3).unwrap_err();
    assert_eq!(error, ProjectionError::Flat { found: 2, components: 3 });
}

#[test]
fn independent_components_are_the_waves_that_were_mixed() {
    let (sources, states) = mixed();
    let found = project(&states, Method::Ica { seed: 1 }, 3).unwrap();
    for source in sources.column_iter() {
        let best = found
            .points
            .column_iter()
            .map(|c| correlation(&source.clone_owned(), &c.clone_owned()).abs())
            .max_by(f64::total_cmp)
            .unwrap();
        assert!(best > 0.995, "{best}");
    }
    // Principal components are not.
    let pca = project(&states, Method::Pca, 3).unwrap();
    let best = |k: usize| {
        correlation(&sources.column(0).clone_owned(), &pca.points.column(k).clone_owned()).abs()
    };
    assert!((0..3).all(|k| best(k) < 0.99));
    // All variance is in three directions, and the largest share comes first.
    assert!((found.fractions.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(found.fractions.is_sorted_by(|a, b| a >= b), "{:?}", found.fractions);
    for column in found.points.column_iter() {
        assert!((column.variance() - 1.0).abs() < 1e-9);
    }
    // Another guess leads to the same components.
    let other = project(&states, Method::Ica { seed: 7 }, 3).unwrap();
    assert!((other.points - found.points).abs().max() < 1e-4);
}

#[test]
fn what_cannot_be_projected_is_refused() {
    let rest = DMatrix::zeros(10, 5);
    let refused = |states: &DMatrix<f64>, method, components| {
        project(states, method, components).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&rest, Method::Svd, 2),
        "the trajectory moves in 0 directions only, 2 are asked for"
    );
    assert_eq!(refused(&rest, Method::Pca, 6), "10 steps of 5 units have no 6 components");
    let odd = DMatrix::from_element(10, 5, f64::NAN);
    for method in [Method::Svd, Method::Pca, Method::PublishedPca, Method::Ica { seed: 1 }] {
        assert!(project(&odd, method, 2).is_err(), "{method:?}");
    }
}

proptest! {
    /// Turning the units by a rotation changes neither shares nor distances.
    #[test]
    fn fractions_do_not_depend_on_the_axes(
        values in prop::collection::vec(-1.0..1.0, 40),
        angle in 0.0..6.0_f64,
    ) {
        let states = DMatrix::from_vec(10, 4, values);
        let mut turn = DMatrix::identity(4, 4);
        turn[(0, 0)] = angle.cos();
        turn[(0, 3)] = -angle.sin();
        turn[(3, 0)] = angle.sin();
        turn[(3, 3)] = angle.cos();
        for method in [Method::Svd, Method::Pca] {
            let (one, other) =
                (project(&states, method, 3).unwrap(), project(&(&states * &turn), method, 3).unwrap());
            for (a, b) in one.fractions.iter().zip(&other.fractions) {
                prop_assert!((a - b).abs() < 1e-9);
            }
            for k in 0..3 {
                let difference = one.points.column(k).norm() - other.points.column(k).norm();
                prop_assert!(difference.abs() < 1e-9);
            }
        }
    }
}

#[test]
fn units_are_sorted_by_what_they_send() {
    // Columns: 0 excites, 1 inhibits, 2 does both and mostly inhibits.
    let weights = DMatrix::from_row_slice(3, 3, &[0.0, -1.0, 0.5, 2.0, -1.0, -1.0, 0.0, 0.0, 0.0]);
    let network = network(weights, DMatrix::zeros(3, 0));
    let found = Populations::of(&network);
    assert_eq!(found, Populations { excitatory: vec![0], inhibitory: vec![1, 2], mixed: 1 });
    let states = DMatrix::from_row_slice(1, 3, &[10.0, 20.0, 30.0]);
    assert_eq!(found.select(&states, Population::Inhibitory).as_slice(), [20.0, 30.0]);
    assert_eq!(found.select(&states, Population::All), states);
}

#[test]
fn a_recording_is_the_map_and_the_flow() {
    // One unit without recurrence: h[n+1] = tanh(x[n]), dh/dt = -h + tanh(x).
    let network = network(DMatrix::zeros(1, 1), DMatrix::from_element(1, 1, 1.0));
    let set = task::seeded_pulses(1, 3, 1, 60);
    let stimulus = set.stimulus(0);
    let discrete = record(&DiscreteRnn::keras(network.clone()), &stimulus).unwrap();
    assert_eq!((discrete.times.len(), discrete.times[0]), (60, 1.0));
    for n in 0..60 {
        assert_eq!(discrete.inputs[n], [stimulus.level(0, n)]);
        assert!((discrete.states[(n, 0)] - stimulus.level(0, n).tanh()).abs() < 1e-15);
    }
    let continuous = record(&network, &stimulus).unwrap();
    let mut expected = 0.0;
    for n in 0..60 {
        let rest = stimulus.level(0, n).tanh();
        expected = rest + (expected - rest) * (-1.0_f64).exp();
        // The edges are 1e-3 wide.
        assert!((continuous.states[(n, 0)] - expected).abs() < 2e-3, "{n}");
    }
    let wrong = task::seeded_pulses(2, 3, 1, 60);
    let error = record(&network, &wrong.stimulus(0)).unwrap_err().to_string();
    assert_eq!(error, "the stimuli have 2 channels, the system has 1 inputs");
}

/// A state that doubles and doubles.
#[test]
fn a_state_that_leaves_the_range_of_numbers_is_named() {
    let mut parts =
        network(DMatrix::from_element(1, 1, 1e200), DMatrix::from_element(1, 1, 1.0)).into_parts();
    parts.activation = Activation::Linear;
    let system = DiscreteRnn::keras(Rnn::new(parts).unwrap());
    let error = record(&system, &task::seeded_pulses(1, 3, 1, 60).stimulus(0)).unwrap_err();
    assert!(matches!(error, RecordError::NotFinite { ref state, .. } if state == "h1"), "{error}");
}

/// The trajectory of the 3-bit flip-flop through the corners of the cube;
/// numpy's singular values of the same 1160 x 400 states, and the fractions of
/// another length of the last trial in the literature's own data.
#[test]
#[expect(clippy::print_stderr, clippy::disallowed_methods, reason = "it says what it skips")]
fn the_cube_has_three_dimensions() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/networks/flipflop3_n400_epoch20.hdf5");
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let network = format::load("cube.hdf5", &bytes, &format::LoadOptions::default()).unwrap();
    let system = DiscreteRnn::keras(network.network);
    let set = task::named("flipflop3_cube").unwrap();
    let states = record(&system, &set.stimulus(0)).unwrap().states;
    let expected = [
        (Method::Svd, [0.310_799, 0.246_014, 0.195_337, 0.048_934], [0.309, 0.245, 0.196, 0.049]),
        (Method::Pca, [0.311_752, 0.245_407, 0.194_533, 0.049_047], [0.310, 0.244, 0.195, 0.050]),
        (
            Method::PublishedPca,
            [0.311_471, 0.245_178, 0.195_554, 0.049_058],
            [0.31, 0.245, 0.195, 0.05],
        ),
    ];
    for (method, own, others) in expected {
        let found = project(&states, method, 3).unwrap();
        for k in 0..4 {
            assert!(
                (found.fractions[k] - own[k]).abs() < 2e-6,
                "{method:?} {:?}",
                &found.fractions[..4]
            );
            assert!((found.fractions[k] - others[k]).abs() < 2.5e-3);
        }
    }
}
