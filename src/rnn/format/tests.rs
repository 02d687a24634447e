use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use nalgebra::{DMatrix, DVector, RowDVector};
use proptest::prelude::*;

use super::*;
use crate::rnn::{Activation, DiscreteRnn, Form, Parts, Readout, Rnn};
use crate::wave::{Array, NpyArray, Npz, write_npz};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[expect(clippy::disallowed_methods, reason = "tests read files of the repository")]
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

pub(super) fn fixture(name: &str) -> Vec<u8> {
    bytes(&root("tests/fixtures/networks").join(name))
}

pub(super) fn open(name: &str) -> Result<Loaded, FormatError> {
    load(name, &fixture(name), &LoadOptions::default())
}

pub(super) fn message(name: &str) -> String {
    open(name).unwrap_err().to_string()
}

/// A network of the trained collection; `None`, with a word on stderr, where the
/// collection is not at hand.
fn trained(name: &str) -> Option<Loaded> {
    let path = root("../shared/data/networks").join(name);
    if !path.exists() {
        #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
        {
            eprintln!("skipped: no {}", path.display());
        }
        return None;
    }
    Some(load(name, &bytes(&path), &LoadOptions::default()).unwrap())
}

/// `t.*` and `k3.*` hold the weights of `k3_ref.npz`, which are in Keras's order
/// and orientation.
fn reference() -> Parts {
    let mut file = Npz::open(Cursor::new(fixture("k3_ref.npz"))).unwrap();
    let mut matrix = |name: &str| {
        let Array::Numbers(NpyArray { shape, data }) = file.get(name).unwrap() else {
            panic!("text")
        };
        DMatrix::from_row_slice(shape[0], shape.get(1).copied().unwrap_or(1), &data)
    };
    let [wk, u, b, v, c] = ["arr_0", "arr_1", "arr_2", "arr_3", "arr_4"].map(&mut matrix);
    Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: u.transpose(),
        input: wk.transpose(),
        bias: b.column(0).into_owned(),
        leak: DVector::from_element(50, 1.0),
        readout: Readout { weights: v.transpose(), bias: c.column(0).into_owned() },
    }
}

#[test]
fn every_format_holds_the_same_network() {
    let files = [
        "k3.keras",
        "k3.weights.h5",
        "k3_legacy.h5",
        "t.safetensors",
        "t.npz",
        "t_c.npz",
        "t.pt",
        "t_ckpt.pt",
        "t_legacy.pt",
    ];
    for name in files {
        let loaded = open(name).unwrap();
        assert_eq!(*loaded.network.parts(), reference(), "{name}");
        assert_eq!(loaded.trained_step, Some(1.0), "{name}");
    }
}

#[test]
fn notes_say_what_was_assumed() {
    let notes = |name: &str| open(name).unwrap().notes.join("\n");
    assert!(notes("k3.weights.h5").contains("tanh assumed"));
    assert!(!notes("k3.keras").contains("assumed"));
    assert!(notes("t.npz").contains("tanh assumed"));
    assert!(notes("t.npz").contains("the sum of bias_ih and bias_hh"));
    assert!(notes("t.npz").contains("the readout is `fc.weight`"));
    assert_eq!(open("k3.keras").unwrap().metadata["keras_version"], "3.15.1");
    assert_eq!(open("k3_legacy.h5").unwrap().metadata["backend"], "tensorflow");
}

#[test]
fn the_activation_can_be_chosen() {
    let options = LoadOptions { activation: Some(Activation::Relu), ..LoadOptions::default() };
    for name in ["k3.weights.h5", "t.npz", "k3.keras"] {
        let loaded = load(name, &fixture(name), &options).unwrap();
        assert_eq!(loaded.network.parts().activation, Activation::Relu);
        assert!(!loaded.notes.join("\n").contains("assumed"));
    }
}

/// The content decides; a wrong extension changes nothing.
#[test]
fn the_name_is_asked_last() {
    for name in ["k3.keras", "k3_legacy.h5", "t.safetensors", "t.npz"] {
        let options = LoadOptions::default();
        let renamed = load("net.rnn", &fixture(name), &options).unwrap();
        assert_eq!(renamed, open(name).unwrap());
    }
}

#[test]
fn what_is_no_network_is_refused_with_advice() {
    let of = |name: &str, bytes: &[u8]| {
        load(name, bytes, &LoadOptions::default()).unwrap_err().to_string()
    };
    assert!(of("a.h5", b"").contains("a.h5: not a network file that can be read (it is empty)"));
    assert!(of("a.h5", b"\x89HDX").contains("content does not fit its name"));
    assert!(of("a.h5", b"version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull"));
    assert!(of("a.bin", &[0, 1, 2, 3]).starts_with("a.bin: not a network file"));
    assert!(of("a.onnx", &[8, 7]).contains("save_file(model.state_dict()"));
    assert!(of("a.npy", b"\x93NUMPY\x01\0").contains("numpy.savez"));
    assert!(of("a.zip", b"PK\x03\x04").contains("damaged zip archive"));
    let message = message("t_fortran.npz");
    assert!(message.contains("neither `W` nor PyTorch's `weight_hh`"), "{message}");
}

/// Name and shape of an array whose element k is k / 8.
type Extents<'a> = (&'a str, &'a [usize]);

fn torch(arrays: &[Extents]) -> Vec<u8> {
    let fill = |(name, shape): &Extents| {
        let count = shape.iter().product::<usize>();
        let data = (0..count).map(|k| k as f64 / 8.0).collect();
        ((*name).to_owned(), Array::Numbers(NpyArray { shape: shape.to_vec(), data }))
    };
    let arrays: Vec<(String, Array)> = arrays.iter().map(fill).collect();
    write_npz(Cursor::new(Vec::new()), &arrays).unwrap().into_inner()
}

fn from_torch(arrays: &[Extents]) -> Result<Loaded, FormatError> {
    load("t.npz", &torch(arrays), &LoadOptions::default())
}

#[test]
fn torch_cells_and_prefixes_are_found() {
    let loaded = from_torch(&[
        ("module.cell.weight_ih", &[3, 2]),
        ("module.cell.weight_hh", &[3, 3]),
        ("module.cell.bias_ih", &[3]),
        ("module.cell.bias_hh", &[3]),
        ("module.out.weight", &[4, 3]),
        ("module.scale", &[]),
    ])
    .unwrap();
    assert_eq!(loaded.network.shape(), (3, 2, 4));
    let parts = loaded.network.parts();
    // Row-major, as torch stores it: to x from.
    let eighths = |rows, columns| {
        DMatrix::from_fn(rows, columns, |row, column| (row * columns + column) as f64 / 8.0)
    };
    assert_eq!(parts.recurrent, eighths(3, 3));
    assert_eq!(parts.input, eighths(3, 2));
    assert_eq!(parts.bias.as_slice(), [0.0, 0.25, 0.5]);
    assert_eq!(parts.readout.weights, eighths(4, 3));
    assert!(loaded.notes.contains(&"array `module.scale` is not used".to_owned()));
}

#[test]
fn a_network_without_readout_has_no_outputs() {
    let loaded = from_torch(&[("weight_ih_l0", &[3, 2]), ("weight_hh_l0", &[3, 3])]).unwrap();
    assert_eq!(loaded.network.shape(), (3, 2, 0));
}

#[test]
fn an_ambiguous_readout_is_chosen_by_name() {
    let arrays: [Extents; 4] = [
        ("weight_ih_l0", &[3, 2]),
        ("weight_hh_l0", &[3, 3]),
        ("policy.weight", &[2, 3]),
        ("value.weight", &[1, 3]),
    ];
    assert_eq!(
        from_torch(&arrays).unwrap_err().to_string(),
        "t.npz: the readout (name it in the options) could be any of `policy.weight`, `value.weight`"
    );
    let choose = |name: &str| {
        let options = LoadOptions { readout: Some(name.to_owned()), ..LoadOptions::default() };
        load("t.npz", &torch(&arrays), &options)
    };
    assert_eq!(choose("value").unwrap().network.shape(), (3, 2, 1));
    assert_eq!(choose("policy.weight").unwrap().network.shape(), (3, 2, 2));
    let none = choose("actor").unwrap_err().to_string();
    assert_eq!(none, "t.npz: no array `actor` of shape [outputs, 3]");
}

#[test]
fn torch_networks_of_another_kind_are_named() {
    let message = |arrays: &[Extents]| from_torch(arrays).unwrap_err().to_string();
    let lstm = message(&[("rnn.weight_ih_l0", &[12, 2]), ("rnn.weight_hh_l0", &[12, 3])]);
    assert!(lstm.starts_with("t.npz: rnn.weight_hh_l0: an LSTM (four gates) of 3 units"), "{lstm}");
    let gru = message(&[("rnn.weight_ih_l0", &[9, 2]), ("rnn.weight_hh_l0", &[9, 3])]);
    assert!(gru.contains("a GRU (three gates)"), "{gru}");
    let two = message(&[("r.weight_hh_l0", &[3, 3]), ("r.weight_hh_l1", &[3, 3])]);
    assert!(
        two.contains("`r.weight_hh_l0`, `r.weight_hh_l1` is not supported; one layer"),
        "{two}"
    );
    let back = message(&[("r.weight_hh_l0_reverse", &[3, 3])]);
    assert!(back.contains("one layer in one direction"), "{back}");
    let shape = message(&[("weight_hh", &[3, 3]), ("weight_ih", &[2, 3])]);
    assert_eq!(shape, "t.npz: weight_ih: shape [2, 3], expected [3, any]");
    let bias = message(&[("weight_hh", &[3, 3]), ("weight_ih", &[3, 2]), ("bias_hh", &[4])]);
    assert_eq!(bias, "t.npz: bias_hh: shape [4], expected [3]");
    let input = message(&[("weight_hh", &[3, 3])]);
    assert_eq!(input, "t.npz: no array `weight_ih` in the file");
}

/// An array without numbers can claim any extent; nothing of that size is made.
#[test]
fn an_empty_array_of_many_units_is_no_allocation() {
    let huge = usize::MAX / 2;
    let torch = from_torch(&[("weight_hh", &[0, huge]), ("weight_ih", &[huge, 0])]);
    let expected = format!("t.npz: weight_hh: shape [0, {huge}], expected [{huge}, {huge}]");
    assert_eq!(torch.unwrap_err().to_string(), expected);
    assert!(from_torch(&[("W", &[huge, 0])]).is_err());
    let outputs = from_torch(&[("W", &[1, 1]), ("V", &[0, 1]), ("Win", &[1, 0])]).unwrap();
    assert_eq!(outputs.network.shape(), (1, 0, 0));
}

#[test]
fn our_own_arrays_may_leave_out_what_is_trivial() {
    let loaded = from_torch(&[("W", &[2, 2]), ("V", &[1, 2]), ("seed", &[])]).unwrap();
    assert_eq!(loaded.network.shape(), (2, 0, 1));
    assert_eq!(loaded.network.parts().recurrent.row(0), RowDVector::from_vec(vec![0.0, 0.125]));
    assert_eq!(loaded.trained_step, None);
    assert_eq!(loaded.notes.len(), 4, "{:?}", loaded.notes);
    let wrong = from_torch(&[("W", &[2, 3])]).unwrap_err().to_string();
    assert_eq!(wrong, "t.npz: W: shape [2, 3], expected [2, 2]");
    let empty = from_torch(&[("W", &[0, 0])]).unwrap_err().to_string();
    assert_eq!(empty, "t.npz: the network has no units");
}

pub(super) fn any_rnn() -> impl Strategy<Value = Rnn> {
    let number = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
    let shape = (1usize..4, 0usize..3, 0usize..3);
    shape.prop_flat_map(move |(n, inputs, outputs)| {
        let count = n * n + n * inputs + n + outputs * n + outputs;
        let leak = prop::collection::vec(1e-300..1e300, n);
        let kinds = (any::<bool>(), 0..Activation::ALL.len());
        (prop::collection::vec(number, count), leak, kinds).prop_map(
            move |(values, leak, (form, sigma))| {
                let form = if form { Form::A } else { Form::B };
                let mut leak = DVector::from_vec(leak);
                if form == Form::B || Activation::ALL[sigma] == Activation::Linear {
                    // A leak of at most 1 keeps `leak W` and `W - leak` finite.
                    leak.apply(|l| *l = if *l > 1.0 { 1.0 / *l } else { *l });
                }
                let mut values = values.into_iter();
                let mut matrix = |r, c| DMatrix::from_iterator(r, c, values.by_ref().take(r * c));
                let parts = Parts {
                    form,
                    activation: Activation::ALL[sigma],
                    recurrent: matrix(n, n),
                    input: matrix(n, inputs),
                    bias: matrix(n, 1).column(0).into_owned(),
                    leak,
                    readout: Readout {
                        weights: matrix(outputs, n),
                        bias: matrix(outputs, 1).column(0).into_owned(),
                    },
                };
                Rnn::new(parts).unwrap()
            },
        )
    })
}

/// Every bit of every weight: `==` on floats would let -0 pass for 0.
fn bits(network: &Rnn) -> Vec<u64> {
    let p = network.parts();
    let matrices = [&p.recurrent, &p.input, &p.readout.weights];
    let vectors = [&p.bias, &p.leak, &p.readout.bias];
    let matrices = matrices.into_iter().flat_map(|m| m.iter());
    matrices.chain(vectors.into_iter().flat_map(|v| v.iter())).map(|v| v.to_bits()).collect()
}

proptest! {
    #[test]
    fn what_is_saved_is_loaded_to_the_last_bit(
        network in any_rnn(),
        step in prop::option::of(1e-9..1e9),
        texts in prop::collection::btree_map("[a-z ]{2,8}x", "[^\0]{0,12}", 0..3),
    ) {
        let saved = [
            save_safetensors(&network, step, &texts).unwrap(),
            save_npz(&network, step, &texts).unwrap(),
            save_text(&network, step, &texts).unwrap().into_bytes(),
        ];
        for bytes in saved {
            let loaded = load("net", &bytes, &LoadOptions::default()).unwrap();
            prop_assert_eq!(&loaded.network, &network);
            prop_assert_eq!(bits(&loaded.network), bits(&network));
            prop_assert_eq!(loaded.trained_step, step);
            prop_assert_eq!(&loaded.metadata, &texts);
            prop_assert_eq!(loaded.notes, Vec::<String>::new());
        }
    }

    #[test]
    fn damage_never_panics(file in 0usize..6, at in any::<u32>(), byte in any::<u8>(), cut in any::<bool>()) {
        let name = ["t.npz", "t.safetensors", "k3.keras", "good_dropout.h5", "t_ckpt.pt", "t_legacy.pt"][file];
        let mut bytes = fixture(name);
        let at = at as usize % bytes.len();
        bytes[at] = byte;
        if cut {
            bytes.truncate(at + 1);
        }
        let _ = load(name, &bytes, &LoadOptions::default());
    }
}

#[test]
fn the_same_network_gives_the_same_bytes() {
    let network = Rnn::new(reference()).unwrap();
    let texts: BTreeMap<String, String> =
        (0..20).map(|k| (format!("key{k}"), format!("value{k}"))).collect();
    let once = save_safetensors(&network, None, &texts).unwrap();
    assert!((0..5).all(|_| save_safetensors(&network, None, &texts).unwrap() == once));
    let once = save_npz(&network, None, &texts).unwrap();
    assert!((0..5).all(|_| save_npz(&network, None, &texts).unwrap() == once));
}

#[test]
fn metadata_cannot_pose_as_weights() {
    let network = Rnn::new(reference()).unwrap();
    for key in ["W", "form", "format", ""] {
        let texts = BTreeMap::from([(key.to_owned(), "x".to_owned())]);
        assert!(save_npz(&network, None, &texts).is_err());
        assert!(save_text(&network, None, &texts).is_err());
        assert!(save_safetensors(&network, None, &texts).is_err());
    }
    assert!(save_npz(&network, Some(0.0), &BTreeMap::new()).is_err());
    assert!(save_npz(&network, Some(f64::NAN), &BTreeMap::new()).is_err());
}

#[test]
fn a_newer_version_of_our_format_is_refused() {
    let saved = save_safetensors(&Rnn::new(reference()).unwrap(), None, &BTreeMap::new()).unwrap();
    let end = saved.windows(13).position(|w| w == b"\"version\":\"1\"").unwrap();
    let mut newer = saved.clone();
    newer[end + 11] = b'2';
    let message = load("n", &newer, &LoadOptions::default()).unwrap_err().to_string();
    assert_eq!(
        message,
        "n: version 2 of our own format is not supported; version 1 is; use a newer analogon"
    );
}

/// Mean output from 10 steps after the answer's onset (step 70) to the end of a
/// clean trial of 200 steps with pulses at steps 30 to 49.
fn answer(network: &Rnn, a: f64, b: f64) -> f64 {
    let map = DiscreteRnn::keras(network.clone());
    let mut state = DVector::zeros(network.units());
    let mut outputs = Vec::new();
    for step in 0..200 {
        let on = f64::from((30..50).contains(&step));
        state = map.next(&state, &DVector::from_vec(vec![a * on, b * on]));
        outputs.push(map.output(&state)[0]);
    }
    outputs[80..].iter().sum::<f64>() / 120.0
}

/// Reference: the authors' own weights in NumPy, with `h U` (row convention).
#[test]
fn the_and_network_answers_as_its_authors_network_does() {
    let Some(loaded) = trained("and_n50_orthogonal.hdf5") else { return };
    let stimuli = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    let answers = stimuli.map(|(a, b)| answer(&loaded.network, a, b));
    for (found, expected) in answers.iter().zip([-0.001, 0.002, -0.002, 1.015]) {
        assert!((found - expected).abs() < 1e-3, "{answers:?}");
    }
    // The other orientation is another network, so this test can fail.
    let mut parts = loaded.network.into_parts();
    parts.recurrent.transpose_mut();
    let turned = answer(&Rnn::new(parts).unwrap(), 1.0, 1.0);
    assert!((turned - 1.015).abs() > 0.1, "{turned}");
}

fn spectral_radius(network: &Rnn) -> f64 {
    let eigenvalues = network.parts().recurrent.complex_eigenvalues();
    eigenvalues.iter().map(|lambda| lambda.norm()).max_by(f64::total_cmp).unwrap()
}

#[test]
fn the_trained_collection_is_read() {
    let files = [
        ("and_n50_orthogonal.hdf5", (50, 2, 1), Some(1.108)),
        ("and_n50_orthogonal_initial.hdf5", (50, 2, 1), Some(1.0)),
        ("xor_n50_orthogonal.hdf5", (50, 2, 1), Some(1.099)),
        ("set_reset_n50_orthogonal.hdf5", (50, 2, 1), Some(1.132)),
        ("and_n500_orthogonal_bias.hdf5", (500, 2, 1), None),
        ("flipflop3_n400_epoch20.hdf5", (400, 3, 3), None),
        ("flipflop3_n400_epoch14_failed.hdf5", (400, 3, 3), None),
        ("multitask_n200.hdf5", (200, 3, 1), None),
        ("decision_n100_orthogonal_keras3.hdf5", (100, 1, 1), None),
        ("decision_n100_normal_keras3.hdf5", (100, 1, 1), None),
    ];
    for (name, shape, radius) in files {
        let Some(loaded) = trained(name) else { return };
        assert_eq!(loaded.network.shape(), shape, "{name}");
        let parts = loaded.network.parts();
        assert_eq!((parts.form, parts.activation), (Form::A, Activation::Tanh));
        let biased = parts.bias.iter().any(|b| *b != 0.0);
        assert_eq!(biased, name.contains("bias"), "{name}");
        if let Some(radius) = radius {
            assert!((spectral_radius(&loaded.network) - radius).abs() < 1e-3, "{name}");
        }
    }
}
