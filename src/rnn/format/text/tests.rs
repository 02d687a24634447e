use nalgebra::DMatrix;

use super::*;
use crate::rnn::format::{LoadOptions, load};
use crate::rnn::{Activation, Form};

const PAIR: &str = "\
# a pair
form = B
activation = relu
task = \"win # \\\"ner\\\"\"
step = 0.5
leak = 1 2
W =
  1.5, -2e-1   # from 0, from 1
  0     4

Win = 1 2 3
      4 5 6
b = 7
    8
V = 1 -1
c = 9
";

fn fault(source: &str) -> String {
    load("a.rnn", source.as_bytes(), &LoadOptions::default()).unwrap_err().to_string()
}

#[test]
fn rows_are_units_and_columns_where_from() {
    let loaded = parse(PAIR, &LoadOptions::default()).unwrap();
    let parts = loaded.network.parts();
    assert_eq!((parts.form, parts.activation), (Form::B, Activation::Relu));
    assert_eq!(parts.recurrent, DMatrix::from_row_slice(2, 2, &[1.5, -0.2, 0.0, 4.0]));
    assert_eq!(parts.input, DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    assert_eq!(parts.bias.as_slice(), [7.0, 8.0]);
    assert_eq!(parts.leak.as_slice(), [1.0, 2.0]);
    assert_eq!(parts.readout.weights.as_slice(), [1.0, -1.0]);
    assert_eq!(parts.readout.bias.as_slice(), [9.0]);
    assert_eq!(loaded.trained_step, Some(0.5));
    assert_eq!(loaded.metadata["task"], "win # \"ner\"");
    assert!(loaded.notes.is_empty());
}

#[test]
fn one_number_is_a_network() {
    let loaded = parse("W = 0.5", &LoadOptions::default()).unwrap();
    assert_eq!(loaded.network.shape(), (1, 0, 0));
    assert_eq!(loaded.network.parts().leak.as_slice(), [1.0]);
    assert_eq!(loaded.trained_step, None);
    assert_eq!(loaded.notes, ["no `form`: A assumed", "no `activation`: tanh assumed"]);
}

#[test]
fn the_print_of_a_small_network_is_pleasant() {
    let loaded = parse(PAIR, &LoadOptions::default()).unwrap();
    let text = save_text(&loaded.network, loaded.trained_step, &loaded.metadata).unwrap();
    let expected = "\
form = B
activation = relu
step = 0.5
task = \"win # \\\"ner\\\"\"

leak = 1.0 2.0
W =
  1.5 -0.2
  0.0 4.0
Win =
  1.0 2.0 3.0
  4.0 5.0 6.0
b = 7.0 8.0
V =
  1.0 -1.0
c = 9.0
";
    assert_eq!(text, expected);
}

#[test]
fn faults_are_located() {
    let cases = [
        ("W = 1 2\n 3 x", "a.rnn:2:4: `x` is not a number"),
        ("W =\n 1 2\n 3", "a.rnn:3:2: row 2 of W has 1 numbers, the first row has 2"),
        ("W = 1 2", "a.rnn:1:1: W has 1 rows of 2 numbers, it must be square"),
        ("W = 1\nWin =\n 1\n 2", "a.rnn:2:1: Win has 2 rows, expected 1"),
        ("W = 1\nV = 1 2", "a.rnn:2:5: V has 2 numbers a row, expected 1"),
        ("W = 1\nb = 1 2", "a.rnn:2:1: b has 2 numbers, expected 1"),
        ("W = 1\nc = 1", "a.rnn:2:1: c has 1 numbers, expected 0"),
        ("W = 1\nleak = 0", "a.rnn:2:8: leak 0 is not positive"),
        ("W = 1e999", "a.rnn:1:5: `1e999` is not finite"),
        ("W = nan", "a.rnn:1:5: `nan` is not finite"),
        ("W = \"1\"", "a.rnn:1:5: `1` is not a number"),
        ("W =\nb = 1", "a.rnn:1:1: `W =` is followed by no numbers"),
        ("W = 1\nW = 2", "a.rnn:2:1: `W` was given in line 1 already"),
        ("form = C\nW = 1", "a.rnn:1:8: form `C` is neither A nor B"),
        ("form =\nW = 1", "a.rnn:1:1: `form =` is followed by nothing"),
        ("form = A B\nW = 1", "a.rnn:1:10: `form` takes one word"),
        ("W = 1\nstep = -1", "a.rnn:2:8: step `-1` is not a positive number"),
        ("1 2\nW = 1", "a.rnn:1:1: expected `key = value`"),
        ("W V = 1", "a.rnn:1:5: one key stands before `=`"),
        ("W = 1\n\ntask = \"and", "a.rnn:3:8: this text has no closing quote"),
        (
            "W = 1\ntask = \"a\\q\"",
            "a.rnn:2:10: a backslash stands before n, r, t, \", \\ or u{...} only",
        ),
        ("form = A\n", "a.rnn:1:1: no `W =` in this network"),
        (
            "W = 1\nw = 1",
            "a.rnn:2:1: `w` is none of form, activation, step, leak, W, Win, b, V, c; any other \
             key takes one \"quoted text\"",
        ),
        (
            "activation = elu\nW = 1",
            "a.rnn:1:14: activation `elu` is not known; tanh, logistic, relu, softplus, \
             hard_tanh, linear are",
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(fault(source), expected, "{source:?}");
    }
}
