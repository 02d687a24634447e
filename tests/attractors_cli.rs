//! `analogon attractors` as a program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_analogon");
    Command::new(program).args(arguments).current_dir(folder).output().unwrap()
}

/// The JSON that a run printed.
fn json(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a run says that fails.
fn refused(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

fn repository(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Hopfield's flip-flop: `h = +-(a, -a)` with `a = tanh 2a`, and a saddle.
#[test]
fn the_flip_flop_has_two_memories_and_a_saddle() {
    let (network, stimuli) =
        (repository("examples/flip_flop.rnn"), repository("examples/flip_flop.json"));
    let found = json(&["attractors", &network, "--stimuli", &stimuli, "--json"]);
    let points = found["fixed_points"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    let a = 0.957_504_024;
    for point in &points[..2] {
        assert_eq!(point["stable"], true);
        assert_eq!(point["unstable_dimensions"], 0);
        let state: Vec<f64> =
            point["state"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!((state[0].abs() - a).abs() < 1e-8 && (state[0] + state[1]).abs() < 1e-10);
        assert!(point["residual"].as_f64().unwrap() <= 1e-12);
    }
    assert_eq!(points[0]["mirror"], 1);
    assert_eq!(points[1]["mirror"], 0);
    assert_eq!(points[2]["unstable_dimensions"], 1);
    // W = [[0, -2], [-2, 0]] at the origin: -1 + 2 and -1 - 2.
    assert!((points[2]["abscissa"].as_f64().unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(found["starts"], found["converged"]);
    assert_eq!(found["time"], "continuous");
    assert!(found["cycles"].as_array().unwrap().is_empty());
    let set = found["fates"].as_array().unwrap().iter().find(|fate| fate["trial"] == "set");
    let set = set.unwrap();
    assert_eq!(set["kind"], "fixed point");
    assert!((set["mean"][0].as_f64().unwrap().abs() - a).abs() < 1e-6);
}

/// The deck of the same network, in volts and seconds.
#[test]
fn its_deck_has_the_same_points() {
    let deck = repository("netlists/rnn/flip_flop.cir");
    let found = json(&["attractors", &deck, "--json", "--starts", "50"]);
    let points = found["fixed_points"].as_array().unwrap();
    let stable = points.iter().filter(|point| point["stable"] == true).count();
    assert_eq!((points.len(), stable), (3, 2));
    // A time unit is 1 ms: rates are a thousand times those of the network.
    let away = points[2]["abscissa"].as_f64().unwrap();
    assert!((away - 1000.0).abs() < 1e-6, "{away}");
}

/// An oscillator of two units as a deck, and an RC divider that only rests.
#[test]
fn decks_turn_or_rest() {
    let deck = repository("netlists/rnn/oscillator.cir");
    let found = json(&["attractors", &deck, "--json", "--starts", "20", "--basins", "3"]);
    let cycles = found["cycles"].as_array().unwrap();
    assert_eq!(cycles.len(), 1);
    assert_eq!(cycles[0]["kind"], "cycle");
    assert_eq!(cycles[0]["stable"], true);
    let first = &cycles[0]["multipliers"][0];
    assert!((first[0].as_f64().unwrap() - 1.0).abs() < 1e-5, "one multiplier along the cycle");
    assert_eq!(found["basins"][0]["count"], 3);
    let deck = repository("netlists/basics/rc_step.cir");
    let found = json(&["attractors", &deck, "--json", "--starts", "5"]);
    assert_eq!(found["fixed_points"].as_array().unwrap().len(), 1);
    assert_eq!(found["fixed_points"][0]["stable"], true);
}

/// The map that was trained comes first, the equation below `continuous`.
#[test]
fn map_and_flow_stand_side_by_side() {
    let network = repository("examples/three_bit.npz");
    let arguments = ["attractors", &network, "--task", "flipflop3_cube", "--starts", "200"];
    let found = json(&[&arguments[..], &["--json"]].concat());
    assert_eq!(found["time"], "discrete");
    let flow = &found["continuous"];
    assert_eq!(flow["time"], "continuous");
    for side in [&found, flow] {
        let points = side["fixed_points"].as_array().unwrap();
        let stable: Vec<&Value> = points.iter().filter(|point| point["stable"] == true).collect();
        assert_eq!(stable.len(), 8, "one a corner of the cube");
        assert_eq!(side["fates"].as_array().unwrap().len(), 16);
    }
    assert!(found["fixed_points"][0]["radius"].as_f64().unwrap() < 1.0);
    assert!(flow["fixed_points"][0]["abscissa"].as_f64().unwrap() < 0.0);

    let folder = tempfile::tempdir().unwrap();
    let picture = ["--plot", "a.svg", "-o", "a.json", "--time", "discrete"];
    let output = run(folder.path(), &[&arguments[..], &picture].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("8 stable") && text.contains("written: a.svg"), "{text}");
    let saved = std::fs::read(folder.path().join("a.json")).unwrap();
    let saved: Value = serde_json::from_slice(&saved).unwrap();
    assert_eq!(saved["fixed_points"], found["fixed_points"]);
    let drawn = std::fs::read_to_string(folder.path().join("a.svg")).unwrap();
    assert!(drawn.contains("border of stability"));
}

#[test]
fn faults_say_what_would_be_right() {
    let network = repository("examples/three_bit.npz");
    let said = refused(&["attractors", &network, "--task", "and"]);
    assert!(said.contains("2 channels") && said.contains("3 inputs"), "{said}");
    let said = refused(&["attractors", "--starts", "0"]);
    assert!(said.contains("at least one start"), "{said}");
    let said =
        refused(&["attractors", &repository("examples/flip_flop.rnn"), "--time", "discrete"]);
    assert!(said.contains("continuous time") && said.contains("discretise"), "{said}");
    let said = refused(&["attractors", &network, "--input", "1,2"]);
    assert!(said.contains("2 values") && said.contains('3'), "{said}");
    let said = refused(&["attractors", "--lyapunov", "99"]);
    assert!(said.contains("exponents"), "{said}");
    let said = refused(&["attractors", "nowhere.hdf5"]);
    assert!(said.contains("nowhere.hdf5"), "{said}");
}
