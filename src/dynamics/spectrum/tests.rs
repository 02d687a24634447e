//! Spectra against independent numbers.

use std::path::PathBuf;

use nalgebra::DMatrix;

use super::*;
use crate::{
    dae::{System, Time},
    linalg::Complex,
    rnn::{
        DiscreteRnn, Initialiser,
        format::{self, LoadOptions, Loaded},
    },
};

const WEIGHTS: Role = Role::Weights { gain: 1.0, leak: 1.0, step: 1.0 };

/// 9 x 9, by rows: `s <- 1103515245 s + 12345 mod 2^31` from 1, entries
/// `s / 2^31 - 1/2`. The numbers that the tests compare with are from NumPy 2.4
/// (`linalg.eig`, `eigvalsh` and `svd`).
pub(super) fn golden() -> DMatrix<f64> {
    let mut state = 1_u64;
    let entries = (0..81).map(|_| {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / f64::from(1_u32 << 31) - 0.5
    });
    DMatrix::from_row_iterator(9, 9, entries)
}

/// A trained network of the papers' authors, where its file is there.
pub(super) fn trained(name: &str) -> Option<Loaded> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/networks").join(name);
    #[expect(clippy::disallowed_methods, reason = "a test reads its data")]
    let bytes = std::fs::read(&path);
    #[expect(clippy::print_stderr, reason = "what is skipped must be seen")]
    let Ok(bytes) = bytes else {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    };
    Some(format::load(name, &bytes, &LoadOptions::default()).unwrap())
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
}

#[test]
fn numpy_agrees() {
    let spectrum = Spectrum::new(&golden(), WEIGHTS).unwrap();
    let expected = [
        (0.772_063_824_934_899, 0.560_192_191_808_578_2),
        (0.772_063_824_934_899, -0.560_192_191_808_578_2),
        (0.905_961_805_418_503_5, 0.0),
        (-0.817_189_385_138_954, 0.0),
        (-0.071_479_111_363_742_05, 0.512_299_245_521_611_7),
        (-0.071_479_111_363_742_05, -0.512_299_245_521_611_7),
        (-0.181_005_345_350_403_44, 0.240_271_860_909_726_1),
        (-0.181_005_345_350_403_44, -0.240_271_860_909_726_1),
        (0.185_362_709_160_804_38, 0.0),
    ];
    assert_eq!(spectrum.values.len(), expected.len());
    for (found, (re, im)) in spectrum.values.iter().zip(expected) {
        close(found.re, re, 1e-13);
        close(found.im, im, 1e-13);
    }
    close(spectrum.symmetric[0], 0.995_394_210_820_437_1, 1e-13);
    close(spectrum.symmetric[8], -0.892_721_548_906_554_9, 1e-13);
    close(spectrum.henrici(), 0.586_901_780_606_398_6, 1e-13);
    let expected = [1.219_742_361_5, 1.219_742_361_5, 1.117_398_028_0, 1.207_417_686_1];
    for (found, expected) in modes(&golden()).unwrap().conditions.iter().zip(expected) {
        close(*found, expected, 1e-9);
    }
}

#[test]
fn modes_are_in_the_order_of_the_values() {
    let matrix = Initialiser::Normal { gain: 1.0 }.draw(40, 2);
    let spectrum = Spectrum::new(&matrix, WEIGHTS).unwrap();
    let modes = modes(&matrix).unwrap();
    let complex = matrix.map(|value| Complex::new(value, 0.0));
    for (k, value) in spectrum.values.iter().enumerate() {
        assert!((modes.eigen.values[k] - value).norm() < 1e-12);
        let right = modes.eigen.right.column(k);
        assert!((&complex * right - right * *value).norm() < 1e-12);
        let left = modes.eigen.left.column(k).adjoint();
        assert!((&left * &complex - &left * *value).norm() < 1e-12);
        assert!(k == 0 || spectrum.values[k - 1].norm() >= value.norm());
    }
}

/// Of AND #14 of arXiv 2005.13074: what is printed, and what is right.
#[test]
fn a_pair_turns_as_published_and_as_it_does() {
    let (re, im) = (0.326_49, 0.949_46);
    let block = DMatrix::from_row_slice(2, 2, &[re, im, -im, re]);
    let spectrum = Spectrum::new(&block, WEIGHTS).unwrap();
    let rotations = spectrum.rotations(1000.0);
    assert_eq!(rotations.len(), 1);
    close(rotations[0].published, 462.8, 0.1);
    close(rotations[0].discrete.unwrap(), 197.3, 0.1);
    close(rotations[0].continuous.unwrap(), 151.1, 0.1);
    // A map that takes a quarter of a time unit turns four times as fast.
    let map = Spectrum::new(&block, Role::Map { step: 0.25 }).unwrap().rotations(1000.0);
    close(map[0].discrete.unwrap(), 4.0 * 197.3, 0.4);
    assert_eq!(map[0].continuous, None);
    let flow = Spectrum::new(&block, Role::Flow).unwrap().rotations(1.0);
    assert_eq!(flow[0].discrete, None);
    close(flow[0].continuous.unwrap(), 0.1511, 1e-4);
}

/// 0.5 + 1.2i grows in the map and decays in the flow; 1.1 grows in both; -1.3
/// alternates and grows in the map.
#[test]
fn each_criterion_counts_its_own() {
    let mut matrix = DMatrix::from_diagonal(&vec![0.5, 0.5, 1.1, -1.3, 0.2].into());
    (matrix[(0, 1)], matrix[(1, 0)]) = (1.2, -1.2);
    let count = |role| {
        let spectrum = Spectrum::new(&matrix, role).unwrap();
        (spectrum.growing_in_the_map(), spectrum.growing_in_the_flow())
    };
    assert_eq!(count(WEIGHTS), (Some(4), Some(1)));
    assert_eq!(count(Role::Map { step: 1.0 }), (Some(4), None));
    assert_eq!(count(Role::Flow), (None, Some(4)));
    // Small steps see what the flow sees; a leak of 2 tames everything.
    assert_eq!(count(Role::Weights { gain: 1.0, leak: 1.0, step: 0.01 }), (Some(1), Some(1)));
    assert_eq!(count(Role::Weights { gain: 1.0, leak: 2.0, step: 0.01 }), (Some(0), Some(0)));
}

#[test]
fn an_orthogonal_matrix_is_normal_and_grows_nowhere() {
    for matrix in [
        Initialiser::Orthogonal { gain: 1.0 }.draw(60, 4),
        // As a file in single precision holds it.
        Initialiser::Orthogonal { gain: 1.0 }.draw(60, 4).map(|value| f64::from(value as f32)),
    ] {
        let spectrum = Spectrum::new(&matrix, WEIGHTS).unwrap();
        assert_eq!(spectrum.growing_in_the_map(), Some(0));
        close(spectrum.radius(), 1.0, 1e-6);
        close(spectrum.smallest_modulus(), 1.0, 1e-6);
        assert!(spectrum.henrici() < 1e-3, "{}", spectrum.henrici());
    }
}

#[test]
fn shears_are_far_from_normal_and_nothing_is_empty() {
    let shear = DMatrix::from_row_slice(2, 2, &[1.0, 1e3, 0.0, 1.0]);
    close(Spectrum::new(&shear, WEIGHTS).unwrap().henrici(), 1.0, 1e-5);
    let zero = Spectrum::new(&DMatrix::zeros(3, 3), WEIGHTS).unwrap();
    assert_eq!((zero.henrici(), zero.radius(), zero.modulus(4)), (0.0, 0.0, None));
    let empty = Spectrum::new(&DMatrix::zeros(0, 0), WEIGHTS).unwrap();
    assert_eq!((empty.radius(), empty.henrici(), empty.rightmost()), (0.0, 0.0, None));
    assert_eq!(empty.abscissa(), f64::NEG_INFINITY);
}

/// The figures that were measured with numpy on the files of the papers' authors.
#[test]
fn trained_networks_have_their_known_spectra() {
    // name, radius, largest real part, smallest and seventh modulus, Henrici
    let known = [
        ("and_n50_orthogonal.hdf5", 1.108_119, 1.103_968, 0.957_996, 0.998_267, 0.0707),
        ("and_n50_orthogonal_initial.hdf5", 1.0, 1.0, 1.0, 1.0, 0.0),
        ("xor_n50_orthogonal.hdf5", 1.098_728, 1.070_769, 0.947_076, 1.014_489, 0.0798),
        ("set_reset_n50_orthogonal.hdf5", 1.131_706, 1.131_706, 0.931_367, 1.001_190, 0.1255),
        ("flipflop3_n400_epoch20.hdf5", 1.082_302, 1.029_359, 0.903_082, 1.040_444, 0.0590),
        ("decision_n100_normal_keras3.hdf5", 1.230_708, 1.230_708, 0.120_464, 1.078_036, 0.7015),
    ];
    for (name, radius, real, smallest, seventh, henrici) in known {
        let Some(loaded) = trained(name) else { continue };
        let spectrum = Spectrum::new(&loaded.network.parts().recurrent, WEIGHTS).unwrap();
        close(spectrum.radius(), radius, 1e-5);
        close(spectrum.abscissa(), real, 1e-5);
        close(spectrum.smallest_modulus(), smallest, 1e-5);
        close(spectrum.modulus(7).unwrap(), seventh, 1e-5);
        close(spectrum.henrici(), henrici, 1e-3);
    }
}

/// At the origin, without a bias, the Keras map's Jacobian is W, and the flow's
/// is W less the identity.
#[test]
fn jacobians_at_the_origin_are_the_weights() {
    let Some(loaded) = trained("and_n50_orthogonal.hdf5") else { return };
    let network = loaded.network;
    let weights = network.parts().recurrent.clone();
    let (x, u) = ([0.0; 50], [0.0; 2]);
    let flow = jacobian(&network, &x, &u).unwrap();
    let map = DiscreteRnn::keras(network);
    assert!((jacobian(&map, &x, &u).unwrap() - &weights).amax() < 1e-15);
    assert_eq!(Role::of(map.time()), Role::Map { step: 1.0 });
    assert_eq!(Role::of(Time::Continuous), Role::Flow);
    let flow = Spectrum::new(&flow, Role::Flow).unwrap();
    close(flow.abscissa(), 0.103_968, 1e-5);
    let weights = Spectrum::new(&weights, WEIGHTS).unwrap();
    assert_eq!(flow.growing_in_the_flow(), weights.growing_in_the_flow());
    assert_eq!(weights.growing_in_the_flow(), Some(3));
}
