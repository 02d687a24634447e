//! `analogon spectrum` as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str], code: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_analogon"))
        .arg("spectrum")
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).to_string_lossy().into_owned()
}

fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

#[test]
fn a_network_has_a_summary_and_json() {
    let folder = folder();
    let net = file("examples/flip_flop.rnn");
    let (out, _) = run(&folder, &[&net], 0);
    for part in ["spectral radius     2.000000", "grow in the flow    1 of 2", "published"] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let (out, _) = run(&folder, &[&net, "--json"], 0);
    let json: Value = serde_json::from_str(&out).unwrap();
    // W = [[0, -2], [-2, 0]], up to rounding.
    for at in ["/spectral_radius", "/largest_real_part", "/smallest_modulus"] {
        assert!((number(&json, at) - 2.0).abs() < 1e-14, "{at}");
    }
    assert_eq!(json["seventh_modulus"], Value::Null);
    assert!(number(&json, "/henrici").abs() < 1e-7);
    assert_eq!(json["eigenvalues"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["growing"]["map"], 2);
}

#[test]
fn decks_have_the_jacobian_of_their_operating_point() {
    let folder = folder();
    let rc = file("netlists/basics/rc_step.cir");
    let (out, _) = run(&folder, &[&rc, "--json"], 0);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert!((number(&json, "/largest_real_part") + 1000.0).abs() < 1e-6, "{out}");
    assert!(number(&json, "/residual") < 1e-6);
    let (out, _) = run(&folder, &[&rc, "--at", "origin"], 0);
    assert!(out.contains("at the origin") && out.contains("0 of 1, right of Re = 0"), "{out}");
}

#[test]
fn jacobians_follow_state_and_dynamics() {
    let folder = folder();
    let net = file("examples/flip_flop.rnn");
    fs::write(folder.path().join("state.csv"), "0.5, -0.5\n0,0\n").unwrap();
    let radius = |arguments: &[&str]| {
        let (out, _) = run(&folder, &[&[net.as_str(), "--json"], arguments].concat(), 0);
        number(&serde_json::from_str(&out).unwrap(), "/largest_real_part")
    };
    let origin = radius(&["--of", "jacobian", "--dynamics", "flow"]);
    assert!((origin - 1.0).abs() < 1e-12, "{origin}");
    assert!((radius(&["--at", "state.csv#2"]) - origin).abs() < 1e-12);
    let away = radius(&["--at", "0.5,-0.5"]);
    assert!(away < origin && (radius(&["--at", "state.csv#1"]) - away).abs() < 1e-12);
    // J of Euler's map is 1 + step J of the flow.
    let map = radius(&["--dynamics", "map", "--step", "0.1"]);
    assert!((map - (1.0 + 0.1 * origin)).abs() < 1e-12, "{map}");
}

#[test]
fn figures_and_tables_are_written() {
    let folder = folder();
    let net = file("examples/three_bit.npz");
    for figure in ["plane", "symmetric", "moduli", "radius", "eigenvectors"] {
        let plot = format!("{figure}.svg");
        run(&folder, &[&net, "--draws", "0", "--plot", &plot, "--figure", figure], 0);
        let text = fs::read_to_string(folder.path().join(plot)).unwrap();
        assert!(text.contains("<svg") && text.len() > 3000, "{figure}");
    }
    let (out, _) = run(&folder, &[&net, "--draws", "0", "--pseudospectrum=0.1", "--grid", "20"], 0);
    assert!(out.contains("perturbations of size 0.1: moduli up to"), "{out}");
    for figure in ["radii", "sizes", "henrici"] {
        let plot = format!("{figure}.svg");
        let arguments = [net.as_str(), &net, "--plot", &plot, "--figure", figure, "-o", "t.csv"];
        run(&folder, &arguments, 0);
        assert!(folder.path().join(plot).is_file());
    }
    let table = fs::read_to_string(folder.path().join("t.csv")).unwrap();
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.starts_with("subject,units,spectral_radius"), "{table}");
    let (out, _) = run(&folder, &[&net, "--draws", "0", "--initial", &net], 0);
    assert!(out.contains("before training: radius"), "{out}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = folder();
    let net = file("examples/flip_flop.rnn");
    let rc = file("netlists/basics/rc_step.cir");
    for (arguments, part) in [
        (vec!["missing.hdf5"], "there is no such file"),
        (vec![net.as_str(), "--at", "1,2,3"], "has 3 components"),
        (vec![&net, "--at", "1,nan"], "component 2"),
        (vec![&net, "--at", "operating-point"], "no operating point"),
        (vec![&net, "--of", "weights", "--at", "origin"], "the same at every state"),
        (vec![&rc, "--of", "weights"], "no weights"),
        (vec![&rc, "--dynamics", "map"], "no map"),
        (vec![&net, "--theory", "circular"], "at least 10 units"),
        (vec![&net, "--pseudospectrum=-1"], "cannot have the size"),
        (vec![&net, "--figure", "radii", "--plot", "a.svg"], "several subjects"),
        (vec![&net, "--plot", "a.txt"], "does not end like a picture"),
        (vec![&net, "--step", "0"], "the step cannot be 0"),
        (vec![&net, "-o", "t.csv"], "several subjects"),
    ] {
        let (_, err) = run(&folder, &arguments, 2);
        assert!(err.contains(part), "{arguments:?}: {err}");
    }
}
