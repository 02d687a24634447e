//! `analogon train`, `ensemble` and `lint` as programs, killed and taken up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files and the clock"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::document::{check_document, repository};
use serde_json::Value;

fn analogon(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_analogon");
    Command::new(program).args(arguments).current_dir(folder).output().unwrap()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = analogon(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Options of a training of about two seconds.
const SHORT: [&str; 9] =
    ["train", "xor", "--epochs", "6", "--trials", "4050", "--threads", "1", "--json"];

/// A training is killed at random moments and taken up until it is over: the network is that
/// of the training that nothing happened to.
#[test]
fn a_killed_training_ends_with_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut chance = u64::from(now.subsec_nanos());
    eprintln!("seed of the moments: {chance}");
    succeeds(path, &[&SHORT[..], &["--run", "whole"]].concat());
    let mut kills = 0;
    loop {
        let started = path.join("killed/checkpoint.safetensors").exists();
        let arguments: Vec<&str> = if started {
            vec!["train", "--resume", "killed", "--threads", "1", "--json"]
        } else {
            [&SHORT[..], &["--run", "killed"]].concat()
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_analogon"))
            .args(arguments)
            .current_dir(path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // At most 20 times: then it may run to its end.
        let wait = if kills < 20 { 100 + (chance >> 33) % 900 } else { 120_000 };
        let mut waited = 0;
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if waited >= wait {
                break None;
            }
            std::thread::sleep(Duration::from_millis(10));
            waited += 10;
        };
        if let Some(status) = ended {
            assert!(status.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    eprintln!("killed {kills} times");
    let read = |name: &str| fs::read(path.join(name)).unwrap();
    assert!(read("killed/network.safetensors") == read("whole/network.safetensors"));
    assert!(read("killed/checkpoint.safetensors") == read("whole/checkpoint.safetensors"));
    // The logs have every epoch once, whatever happened; only times may differ.
    let lines = |name: &str| -> Vec<Value> {
        let text = String::from_utf8(read(name)).unwrap();
        let mut rows: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for row in &mut rows {
            row["seconds"] = Value::Null;
        }
        rows
    };
    assert_eq!(lines("killed/log.jsonl"), lines("whole/log.jsonl"));
}

#[test]
fn a_training_says_what_it_came_to_and_leaves_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let options = ["--epochs", "2", "--trials", "690", "--snapshots", "--test", "50"];
    let files = ["--run", "run", "-o", "net.npz", "--plot", "loss.svg", "--json"];
    let text = succeeds(path, &[&["train", "or"][..], &options, &files].concat());
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["task"], &report["epochs"]), (&"or".into(), &2.into()));
    assert_eq!(report["stopped_because"], "epochs");
    assert_eq!(report["fresh"]["trials"], 50);
    let right = report["fresh"]["right"].as_f64().unwrap() / 50.0;
    assert_eq!(report["accuracy"].as_f64().unwrap(), right);
    for name in [
        "run/checkpoint.safetensors",
        "run/network.safetensors",
        "run/training.toml",
        "run/loss.svg",
        "run/epochs/epoch_000.safetensors",
        "run/epochs/epoch_002.safetensors",
        "net.npz",
        "loss.svg",
    ] {
        assert!(path.join(name).is_file(), "{name}");
    }
    let csv = fs::read_to_string(path.join("run/log.csv")).unwrap();
    assert_eq!(csv.lines().count(), 3);
    let loss = csv.lines().nth(2).unwrap().split(',').nth(3).unwrap().parse::<f64>().unwrap();
    assert_eq!(report["loss"].as_f64().unwrap(), loss);
    // The file that says all of it gives the same network.
    succeeds(path, &["train", "--spec", "run/training.toml", "-o", "again.npz", "--json"]);
    let [first, second] = ["net.npz", "again.npz"].map(|name| fs::read(path.join(name)).unwrap());
    assert!(first == second);
    // Other commands read it.
    succeeds(path, &["spectrum", "run/network.safetensors"]);
    // A folder is never written over, and a training that is over stays over.
    let output = analogon(path, &["train", "or", "--run", "run"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("--resume run"), "{text}");
    let text = succeeds(path, &["train", "--resume", "run", "--test", "50", "--json"]);
    let again: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&again["loss"], &again["fresh"]), (&report["loss"], &report["fresh"]));
    // It can be made longer, and nothing else of it can be changed.
    let text = succeeds(path, &["train", "--resume", "run", "--epochs", "3", "--json"]);
    let longer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&longer["epochs"], &longer["stopped_because"]), (&3.into(), &"epochs".into()));
    let output = analogon(path, &["train", "--resume", "run", "--rate", "1"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("`--rate` cannot"), "{text}");
}

#[test]
fn a_training_that_diverges_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    let wild = ["--activation", "relu", "--gain", "1.3", "--descent", "0.9", "--rate", "1e6"];
    let output = analogon(
        folder.path(),
        &[&["train", "or", "--trials", "690", "--epochs", "2", "--json"][..], &wild].concat(),
    );
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped_because"], "diverged");
}

#[test]
fn faults_are_located() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let fault = |arguments: &[&str]| {
        let output = analogon(path, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(fault(&["train"]).contains("no task is named"));
    let text = fault(&["train", "nand"]);
    assert!(text.contains("no task `nand`") && text.contains("xor"), "{text}");
    assert!(fault(&["train", "or", "--units", "0"]).contains("network.units is 0"));
    assert!(fault(&["train", "or", "--step", "0.3"]).contains("the step is 0.3"));
    assert!(fault(&["train", "or", "--run", "x", "--resume", "x"]).contains("cannot be used"));
    fs::write(path.join("bad.toml"), "task = \"or\"\n[network]\nunit = 3\n").unwrap();
    let text = fault(&["train", "--spec", "bad.toml"]);
    assert!(text.contains("line 3") && text.contains("unknown field `unit`"), "{text}");
    let text = fault(&["train", "bad.toml"]);
    assert!(text.contains("line 2") && text.contains("read with `--spec`"), "{text}");
    fs::write(path.join("bad.toml"), "task = \"nor\"\n").unwrap();
    assert!(fault(&["train", "--spec", "bad.toml"]).contains("no task `nor`"));
    fs::create_dir(path.join("run")).unwrap();
    fs::write(path.join("run/checkpoint.safetensors"), "nothing").unwrap();
    assert!(fault(&["train", "--resume", "run"]).contains("not a checkpoint"));
    assert!(fault(&["train", "--resume", "nowhere"]).contains("no such file"));
}

#[test]
fn an_ensemble_is_trained_once_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let text = "tasks = [\"ei_and\"]\nunits = [16]\nsigns = [\"outgoing\"]\n\
                inhibitory = [0.5, 0.25]\nseeds = [1, 2]\n\
                [training]\ndata = { trials = 138, held_out = 10 }\nstop = { epochs = 1 }\n";
    fs::write(path.join("study.toml"), text).unwrap();
    let arguments = ["ensemble", "study.toml", "--out", "study", "--test", "20"];
    let printed = succeeds(path, &arguments);
    assert!(printed.contains("4 networks") && printed.contains("by inhibitory:"), "{printed}");
    let table = fs::read_to_string(path.join("study/table.csv")).unwrap();
    assert_eq!(table.lines().count(), 5);
    assert!(table.lines().next().unwrap().contains("trained.seventh"));
    for name in ["radii.svg", "sizes.svg", "henrici.svg", "summary.json"] {
        assert!(path.join("study").join(name).is_file(), "{name}");
    }
    // A second run trains nothing, and says the same.
    let again = succeeds(path, &arguments);
    assert_eq!(again.matches("from an earlier run").count(), 4);
    assert_eq!(fs::read_to_string(path.join("study/table.csv")).unwrap(), table);
    // Another specification or test is not passed off as this one.
    let output = analogon(path, &["ensemble", "study.toml", "--out", "study", "--test", "21"]);
    assert_eq!(output.status.code(), Some(2));
    fs::write(path.join("study.toml"), text.replace("epochs = 1", "epochs = 2")).unwrap();
    let output = analogon(path, &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("another specification"), "{said}");
    // A member satisfies what it was trained for, and not the other convention.
    let member = "study/ei_and_n16_orthogonal_outgoing_i0.25_seed2/network.safetensors";
    let lint = succeeds(path, &["lint", member, "--require", "outgoing"]);
    assert!(lint.contains("12 excitatory, 4 inhibitory (4 I, 12 E)"), "{lint}");
    assert_eq!(analogon(path, &["lint", member, "--require", "incoming"]).status.code(), Some(1));
}

/// The five lines of the documentation: the file read by `NumPy` as Keras's arrays gives the
/// outputs that the program gives.
#[test]
fn keras_reads_the_arrays() {
    let numpy = Command::new("python3").args(["-c", "import numpy"]).output();
    if !numpy.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no python3 with numpy here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    succeeds(path, &["train", "or", "--bias", "--epochs", "1", "--trials", "690", "-o", "net.npz"]);
    let script = "import numpy as np\n\
        n = np.load('net.npz')\n\
        kernel, recurrent, bias = n['Win'].T, n['W'].T, n['b']\n\
        dense, offset = n['V'].T, n['c']\n\
        h = np.zeros(50)\n\
        for t in range(200):\n\
        \x20 x = np.array([1.0 if 30 <= t < 50 else 0.0, 0.0])\n\
        \x20 h = np.tanh(x @ kernel + h @ recurrent + bias)\n\
        print(repr(float((h @ dense + offset)[0])))\n";
    let output = Command::new("python3").args(["-c", script]).current_dir(path).output().unwrap();
    let keras: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    // The same trial by the library, in f64 as well.
    let bytes = fs::read(path.join("net.npz")).unwrap();
    let options = analogon::rnn::format::LoadOptions::default();
    let loaded = analogon::rnn::format::load("net.npz", &bytes, &options).unwrap();
    let map = analogon::rnn::DiscreteRnn::keras(loaded.network);
    let mut state = nalgebra::DVector::zeros(50);
    for t in 0..200 {
        let x = if (30..50).contains(&t) { 1.0 } else { 0.0 };
        state = map.next(&state, &nalgebra::DVector::from_vec(vec![x, 0.0]));
    }
    let own = map.output(&state)[0];
    assert!((own - keras).abs() < 1e-9, "{own} {keras}");
}

/// Ctrl-C saves in the middle of an epoch, says so, and loses nothing.
#[test]
#[cfg(unix)]
fn an_interrupted_training_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let options = ["--epochs", "200", "--threads", "1", "--test", "20"];
    let child = Command::new(env!("CARGO_BIN_EXE_analogon"))
        .args([&["train", "xor", "--run", "run"][..], &options].concat())
        .current_dir(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Its first checkpoint is written after the handler is there.
    for _ in 0..3000 {
        if path.join("run/log.csv").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("interrupted") && text.contains("--resume run"), "{text}");
    assert!(path.join("run/network.safetensors").is_file());
}

#[test]
fn the_document_prints_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    let name = "dale_and_n32.safetensors";
    fs::copy(repository("examples").join(name), folder.path().join(name)).unwrap();
    check_document("docs/training.md", folder.path());
}
