use crate::rnn::Activation;
use crate::rnn::format::tests::{fixture, message, open};
use crate::rnn::format::{LoadOptions, load};

/// The values of `make.py`: Wk[i, j] = 10 i + j, U[i, j] = (100 + 10 i + j) / 1000,
/// V[i, 0] = i, row convention.
#[test]
fn kernels_are_turned_once() {
    for name in ["good_dropout.h5", "good_weights_only.h5", "good_time_distributed.h5"] {
        let loaded = open(name).unwrap();
        let parts = loaded.network.parts();
        assert_eq!(loaded.network.shape(), (3, 2, 1), "{name}");
        for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
            let u = (100.0 + 10.0 * i as f64 + j as f64) / 1000.0;
            assert!((parts.recurrent[(j, i)] - u).abs() < 1e-7, "{name}");
        }
        assert_eq!(parts.input.row(2).iter().copied().collect::<Vec<_>>(), [2.0, 12.0]);
        assert_eq!(parts.readout.weights.as_slice(), [0.0, 1.0, 2.0]);
        assert_eq!(parts.readout.bias.as_slice(), [7.0]);
        assert_eq!(parts.leak.as_slice(), [1.0; 3]);
    }
}

#[test]
fn biases_and_activations_come_from_the_file() {
    let activation = |name: &str| open(name).unwrap().network.parts().activation;
    let bias = |name: &str| open(name).unwrap().network.parts().bias.as_slice().to_vec();
    assert_eq!(activation("good_time_distributed.h5"), Activation::Relu);
    assert_eq!(activation("good_no_dense.h5"), Activation::Logistic);
    assert_eq!(activation("good_weights_only.h5"), Activation::Tanh);
    assert_eq!(bias("good_time_distributed.h5"), [0.0; 3]);
    assert_eq!(bias("good_dropout.h5"), [0.0, 1.0, 2.0]);
    assert_eq!(open("good_no_dense.h5").unwrap().network.shape(), (3, 2, 0));
    let chunked = open("good_chunked.h5").unwrap().network;
    assert_eq!(
        chunked.parts().recurrent,
        open("good_dropout.h5").unwrap().network.parts().recurrent
    );
    let notes = open("good_dropout.h5").unwrap().notes;
    assert!(notes.contains(&"layer `drop` (Dropout) does nothing after training".to_owned()));
}

#[test]
fn other_models_are_named() {
    let one = "is not supported; exactly one SimpleRNN, followed by at most one Dense without a \
               nonlinearity, is";
    let cases = [
        ("lstm.h5", "rnn: a layer of class LSTM"),
        ("gru.h5", "rnn: a layer of class GRU"),
        ("two_recurrent.h5", "again: a second recurrent layer (after `rnn`)"),
        ("backwards.h5", "rnn: go_backwards = true"),
        ("dense_relu.h5", "dense: a Dense with activation relu"),
        ("masking.h5", "mask: a layer of class Masking"),
        ("bidirectional.h5", "both: a layer of class Bidirectional"),
        ("two_outputs.h5", "model_config: a model with several output_layers"),
    ];
    for (name, what) in cases {
        assert_eq!(message(name), format!("{name}: {what} {one}"));
    }
    assert_eq!(
        message("activation_elu.h5"),
        "activation_elu.h5: rnn: activation `elu` is not supported; tanh, sigmoid, relu, \
         softplus, hard_tanh and linear are"
    );
    let lstm = message("lstm_weights_only.h5");
    assert!(lstm.contains("rnn/rnn/recurrent_kernel:0: an LSTM (four gates) of 3 units"), "{lstm}");
}

#[test]
fn wrong_weights_are_located() {
    let rnn = "model_weights/rnn/rnn";
    let cases = [
        ("nan.h5", format!("{rnn}/recurrent_kernel:0: NaN at [1, 2]: weights must be finite")),
        ("shape_kernel.h5", format!("{rnn}/kernel:0: shape [3, 2], expected [any, 3]")),
        ("shape_recurrent.h5", format!("{rnn}/recurrent_kernel:0: shape [2, 3], expected [3, 3]")),
        (
            "shape_dense.h5",
            "model_weights/dense/dense/kernel:0: shape [2, 1], expected [3, any]".to_owned(),
        ),
        ("shape_units.h5", format!("{rnn}/recurrent_kernel:0: shape [3, 3], expected [4, 4]")),
        ("no_bias.h5", "rnn: the bias is not in the file".to_owned()),
        (
            "no_dense_weights.h5",
            "dense: the weights of this Dense layer are not in the file".to_owned(),
        ),
        (
            "other.h5",
            "no weights of a Keras model in this HDF5 file, which holds some/data".to_owned(),
        ),
    ];
    for (name, what) in cases {
        assert_eq!(message(name), format!("{name}: {what}"));
    }
    assert!(message("unbuilt.h5").contains("saved before the model was built"));
}

#[test]
fn a_lying_shape_is_no_allocation() {
    let message = message("huge.h5");
    assert!(message.contains("needs more bytes than the file can hold"), "{message}");
}

/// A file cut anywhere is an error, never a panic and never a network of half its
/// weights; of the last bytes, those that hold nothing may be missing.
#[test]
fn truncated_files_are_errors() {
    for name in ["k3_legacy.h5", "k3.weights.h5", "k3.keras", "good_dropout.h5"] {
        let bytes = fixture(name);
        for part in 0..50 {
            let cut = &bytes[..bytes.len() * part / 50];
            let read = load(name, cut, &LoadOptions::default());
            assert!(read.is_err(), "{name} cut to {} bytes", cut.len());
        }
    }
}
