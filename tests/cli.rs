//! The command line, driven as a program.
#![expect(clippy::disallowed_methods, reason = "a test")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const RC: &str = "RC step\nV1 in 0 PULSE(0 1 1m 1u 1u 3m 10m)\nR1 in out 1k\nC1 out 0 1u\n.op\n.tran 50u 8m\n.end\n";

const PAIR: &str = "form = A\nactivation = tanh\nleak = 1\nW =\n 1.2 -0.8\n -0.8 1.2\nWin =\n 1 0\n 0 1\nb = 0 0.1\nV = 1 -1\nc = 0\n";

/// A folder with files, in which commands run.
struct Bench {
    folder: TempDir,
}

/// What a command did.
struct Done {
    out: String,
    err: String,
    code: i32,
}

impl Bench {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_analogon"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        done(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Done {
        let mut command = self.command(arguments);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        done(child.wait_with_output().unwrap())
    }

    /// Runs what must succeed and prints JSON.
    fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.err);
        serde_json::from_str(&done.out).unwrap()
    }

    /// Runs what must fail with exit code 2, an error that holds all `texts`,
    /// and nothing on the standard output.
    fn fails(&self, arguments: &[&str], texts: &[&str]) {
        let done = self.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}: {}", done.err);
        assert!(done.err.starts_with("error: "), "{arguments:?}: {}", done.err);
        for text in texts {
            assert!(done.err.contains(text), "{arguments:?}: no `{text}` in\n{}", done.err);
        }
    }
}

fn done(output: Output) -> Done {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().expect("no signal ended it");
    Done { out: text(output.stdout), err: text(output.stderr), code }
}

fn close(found: &Value, expected: f64, tolerance: f64) -> bool {
    found.as_f64().is_some_and(|found| (found - expected).abs() <= tolerance)
}

#[test]
fn run_prints_a_summary_and_writes_files() {
    let bench = Bench::new(&[("rc.cir", RC.as_bytes())]);
    for output in ["rc.raw", "rc.csv", "rc.npz"] {
        let done = bench.run(&["run", "rc.cir", "-o", output, "--plot", "rc.svg"]);
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        for text in
            ["RC step\n3 elements, 2 nodes", "operating point: ", "reduced path", "v(out)", output]
        {
            assert!(done.out.contains(text), "no `{text}` in\n{}", done.out);
        }
        assert!(fs::metadata(bench.path(output)).unwrap().len() > 1000);
    }
    assert!(fs::read_to_string(bench.path("rc.svg")).unwrap().contains("v(out)"));
    assert_eq!(bench.run(&["run", "rc.cir", "--plot", "rc.png"]).code, 0);
    assert!(fs::read(bench.path("rc.png")).unwrap().starts_with(b"\x89PNG"));
    let csv = fs::read_to_string(bench.path("rc.csv")).unwrap();
    assert!(csv.starts_with("time [s],v(in) [V],v(out) [V],i(v1) [A]\n0.0,"), "{}", &csv[..60]);
}

#[test]
fn run_as_json() {
    let bench = Bench::new(&[("rc.cir", RC.as_bytes())]);
    for (path, method) in [("reduced", "dopri5"), ("reduced", "auto"), ("mna", "gear2")] {
        let report = bench.json(&[
            "run", "rc.cir", "--json", "--path", path, "--method", method, "--reltol", "10u",
        ]);
        assert_eq!((&report["title"], &report["elements"]), (&"RC step".into(), &3.into()));
        let [op, tran] = &report["analyses"].as_array().unwrap()[..] else { panic!("{report}") };
        assert!(close(&op["op"]["v(out)"], 0.0, 1e-12), "{op}");
        assert!(op["counters"]["iterations"].as_u64().unwrap() >= 1);
        assert_eq!(tran["path"], path);
        assert!(tran["counters"]["accepted"].as_u64().unwrap() > 50);
        assert!(close(&tran["stop"], 8e-3, 0.0));
        let out = &tran["signals"][1];
        assert_eq!((&out["name"], &out["unit"]), (&"v(out)".into(), &"V".into()));
        assert!(close(&out["maximum"], 1.0 - (-3.0_f64).exp(), 2e-4), "{out}");
        assert!(close(&out["minimum"], 0.0, 1e-9), "{out}");
    }
}

#[test]
fn run_reads_the_standard_input_and_includes() {
    let bench = Bench::new(&[
        ("main/top.cir", b"top\n.include sub/a.inc\nV1 in 0 1\n.op\n"),
        ("main/sub/a.inc", b"R1 in m 1k\n.include b.inc\n"),
        ("main/sub/b.inc", b"R2 m 0 1k\n"),
    ]);
    let report = bench.json(&["run", "main/top.cir", "--json"]);
    assert!(close(&report["analyses"][0]["op"]["v(m)"], 0.5, 1e-12), "{report}");
    let piped = bench.run_with_input(&["run", "-", "--json"], RC);
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert!(serde_json::from_str::<Value>(&piped.out).is_ok());
}

#[test]
fn bad_decks_are_told_apart() {
    let long = format!("t\nR1 a 0 {}\n.op\n", "9".repeat(1_000_000));
    let wide = format!("t\nV1 a 0 PWL({})\nR1 a 0 1\n.op\n", "0 1 x ".repeat(200_000));
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let bench = Bench::new(&[
        ("empty.cir", b""),
        ("binary.cir", &binary),
        ("self.cir", b"t\n.include self.cir\n.op\n"),
        ("one.cir", b"t\n.include two.inc\n.op\n"),
        ("two.inc", b".include three.inc\n"),
        ("three.inc", b".include two.inc\n"),
        ("missing.cir", b"t\n.include nowhere.inc\n.op\n"),
        ("recursive.cir", b"t\n.subckt a x\nX1 x a\n.ends\nX1 n a\nR1 n 0 1\n.op\n"),
        ("long.cir", long.as_bytes()),
        ("wide.cir", wide.as_bytes()),
        ("silent.cir", b"t\nV1 a 0 1\nR1 a 0 1\n"),
        ("floating.cir", b"t\nV1 a 0 1\nC1 a b 1u\nC2 b 0 1u\n.op\n"),
    ]);
    for command in ["run", "check", "extract"] {
        bench.fails(&[command, "empty.cir"], &["empty"]);
        bench.fails(&[command, "binary.cir"], &["binary.cir", "not a text file"]);
        bench.fails(&[command, "self.cir"], &["self.cir:2:", "includes itself"]);
        bench.fails(&[command, "one.cir"], &["two.inc", "includes itself"]);
        bench.fails(
            &[command, "missing.cir"],
            &["missing.cir:2:", "nowhere.inc", "there is no file"],
        );
        bench.fails(&[command, "recursive.cir"], &["recursive.cir:", "itself"]);
        bench.fails(&[command, "long.cir"], &["long.cir:2:"]);
        bench.fails(&[command, "wide.cir"], &["wide.cir:2:"]);
    }
    bench.fails(&["run", "silent.cir"], &["no analysis", ".tran"]);
    bench.fails(&["run", "floating.cir"], &["floating.cir:", "`b`"]);
    bench.fails(&["check", "floating.cir"], &["floating.cir:", "`b`"]);
}

#[test]
fn bad_arguments_name_what_is_known() {
    let bench =
        Bench::new(&[("rc.cir", RC.as_bytes()), ("net.rnn", PAIR.as_bytes()), ("d/x", b"")]);
    bench.fails(&["run", "nothing.cir"], &["no such file", "rc.cir"]);
    bench.fails(&["run", "d"], &["directory"]);
    bench.fails(&["run", "net.rnn"], &["network, not a deck", "analogon synth"]);
    bench.fails(&["run", "rc.cir", "-o", "rc.xls"], &[".raw", ".csv", ".npz"]);
    bench.fails(&["run", "rc.cir", "-o", "e/rc.csv"], &["no directory `e`"]);
    bench.fails(&["run", "rc.cir", "-o", "d"], &["directory"]);
    bench.fails(&["run", "rc.cir", "--plot", "rc.pdf"], &[".svg", ".png"]);
    bench.fails(&["run", "rc.cir", "--path", "mna", "--method", "rk4"], &["rk4", "mna"]);
    bench.fails(&["run", "rc.cir", "--path", "sideways"], &["sideways", "reduced"]);
    bench.fails(&["run", "rc.cir", "--reltol", "1q5"], &["1q5"]);
    bench.fails(&["run", "rc.cir", "--reltol", "0"], &["between 0 and 1"]);
    bench.fails(&["synth", "rc.cir"], &["deck, not a network", "analogon extract"]);
    bench.fails(&["synth", "net.rnn", "--stimulus", "zzz"], &["zzz", "flipflop3"]);
    bench.fails(&["synth", "net.rnn", "--stimulus", "zzz.json"], &["no such file"]);
    bench.fails(
        &["synth", "net.rnn", "--stimulus", "xor", "--trial", "99"],
        &["trial 99", "0 to 3"],
    );
    bench.fails(&["synth", "net.rnn", "--stimulus", "flipflop3"], &["3 channels", "2 inputs"]);
    bench.fails(&["synth", "net.rnn", "--capacitance", "0"], &["capacitance", "positive"]);
    bench.fails(&["convert", "net.rnn", "net.foo"], &[".safetensors", ".npz", ".rnn"]);
    bench.fails(&["convert", "rc.cir", "net.npz"], &["deck, not a network"]);
    bench.fails(&["extract", "rc.cir", "-o", "net.foo"], &[".safetensors"]);
    assert!(!bench.path("net.npz").exists() && !bench.path("rc.xls").exists());
}

#[test]
fn check_reports_as_text_and_json() {
    let bench = Bench::new(&[
        ("rc.cir", RC.as_bytes()),
        ("bad.cir", b"t\nR1 a b 1q5\nV1 a 0 1\nR1 a 0 1\n.op\n"),
        ("floating.cir", b"t\nV1 a 0 1\nC1 a b 1u\nC2 b 0 1u\n.tran 1u 1m\n"),
        ("empty.cir", b""),
    ]);
    let fine = bench.run(&["check", "rc.cir"]);
    assert_eq!((fine.code, fine.err.as_str()), (0, ""));
    assert!(
        fine.out.contains("3 elements, 2 nodes") && fine.out.contains("2 analyses"),
        "{}",
        fine.out
    );
    assert_eq!(bench.run(&["check", "rc.cir", "--json"]).out, "[]\n");
    let bad = bench.run(&["check", "bad.cir", "--json"]);
    assert_eq!((bad.code, bad.err.as_str()), (2, ""));
    let faults: Value = serde_json::from_str(&bad.out).unwrap();
    let first = &faults[0];
    assert_eq!((&first["file"], &first["severity"]), (&"bad.cir".into(), &"error".into()));
    assert_eq!((&first["line"], &first["column"]), (&2.into(), &8.into()));
    assert!(first["message"].as_str().unwrap().contains("1q5") && first["hint"].is_string());
    let floating = bench.run(&["check", "floating.cir", "--json"]);
    let faults: Value = serde_json::from_str(&floating.out).unwrap();
    assert_eq!((floating.code, faults.as_array().unwrap().len()), (2, 1), "{faults}");
    let empty = bench.run(&["check", "empty.cir", "--json"]);
    assert!(
        serde_json::from_str::<Value>(&empty.out)
            .is_ok_and(|faults| faults[0]["severity"] == "error")
    );
}

#[test]
fn a_network_becomes_a_deck_and_comes_back() {
    let bench = Bench::new(&[("pair.rnn", PAIR.as_bytes())]);
    for kind in ["ideal", "opamp"] {
        let done =
            bench.run(&["synth", "pair.rnn", "--as", kind, "-o", "deck.cir", "--time-unit", "2m"]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(
            done.out.starts_with("deck.cir: 2 units, 2 inputs, 1 output, form A, tanh"),
            "{}",
            done.out
        );
        for back in ["back.rnn", "back.npz", "back.safetensors"] {
            let done = bench.run(&["extract", "deck.cir", "-o", back]);
            assert_eq!(done.code, 0, "{}", done.err);
            assert!(done.out.contains("dh1/dt = -h1 + tanh(1.2 h1 - 0.8 h2 + x1)"), "{}", done.out);
            assert!(done.out.contains("unit of time is 2 ms"), "{}", done.out);
            let again = bench.run(&["synth", back]);
            assert_eq!(again.code, 0, "{}", again.err);
        }
        let report = bench.json(&["extract", "deck.cir", "--json"]);
        assert_eq!(
            (&report["network"]["form"], &report["network"]["activation"]),
            (&"A".into(), &"tanh".into())
        );
        assert!(close(&report["network"]["W"][0][1], -0.8, 1e-9), "{report}");
        assert!(close(&report["network"]["b"][1], 0.1, 1e-9), "{report}");
        assert!(close(&report["scales"]["time_unit"], 2e-3, 1e-12), "{report}");
    }
    let latex = bench.run(&["extract", "deck.cir", "--latex"]);
    assert!(latex.out.starts_with("\\dot{h}_{1} &= -h_{1} + \\tanh\\left("), "{}", latex.out);
    let deck = bench.run(&["synth", "pair.rnn", "--stimulus", "xor", "--trial", "3"]);
    let run = bench.run_with_input(&["run", "-"], &deck.out);
    assert!(run.code == 0 && run.out.contains("v(y1)"), "{}{}", run.out, run.err);
}

#[test]
fn what_is_no_network_is_exit_code_1_and_says_why() {
    let bench = Bench::new(&[
        ("rc.cir", RC.as_bytes()),
        ("lc.cir", b"t\nC1 a 0 1u\nL1 a 0 1m\nB1 0 a I=1m*tanh(v(a))\n.tran 1u 1m uic\n"),
        ("loop.cir", b"t\nV1 a 0 SIN(0 1 1k)\nC1 a 0 1u\nR1 a 0 1\n.tran 1u 1m\n"),
    ]);
    let linear = bench.run(&["extract", "rc.cir"]);
    assert_eq!(linear.code, 1);
    for text in [
        "no network: it has no nonlinear element",
        "dx/dt = A x + E u + x0",
        "A = [ -1000 ]",
        "u: v1",
    ] {
        assert!(linear.out.contains(text), "no `{text}` in\n{}", linear.out);
    }
    let coupled = bench.run(&["extract", "lc.cir", "--json"]);
    assert_eq!(coupled.code, 1);
    let report: Value = serde_json::from_str(&coupled.out).unwrap();
    assert!(
        report["obstacle"].as_str().unwrap().contains("coupled") && report["network"].is_null()
    );
    assert_eq!(report["system"]["matrices"]["B"][0][2], 1e6 * 1e-3 * 1e3);
    let none = bench.run(&["extract", "loop.cir"]);
    assert_eq!(none.code, 1);
    assert!(
        none.out.contains("no normal form") && none.out.contains("loop.cir:3:1"),
        "{}",
        none.out
    );
}

#[test]
fn convert_keeps_networks_and_waveforms() {
    let bench = Bench::new(&[("pair.rnn", PAIR.as_bytes()), ("rc.cir", RC.as_bytes())]);
    let convert = |from: &str, to: &str| {
        let done = bench.run(&["convert", from, to]);
        assert_eq!(done.code, 0, "{from} to {to}: {}", done.err);
    };
    convert("pair.rnn", "a.safetensors");
    convert("a.safetensors", "b.npz");
    convert("b.npz", "c.rnn");
    convert("c.rnn", "d.npz");
    assert_eq!(fs::read(bench.path("b.npz")).unwrap(), fs::read(bench.path("d.npz")).unwrap());
    // The raw file holds an operating point besides.
    assert_eq!(bench.run(&["run", "rc.cir", "-o", "rc.raw"]).code, 0);
    convert("rc.raw", "rc.csv");
    convert("rc.csv", "rc.npz");
    convert("rc.npz", "again.csv");
    convert("again.csv", "again.raw");
    let sorted = |name: &str| {
        let text = fs::read_to_string(bench.path(name)).unwrap();
        let mut fields: Vec<String> =
            text.lines().next().unwrap().split(',').map(str::to_owned).collect();
        fields.sort();
        (fields, text.lines().count())
    };
    assert_eq!(sorted("rc.csv"), sorted("again.csv"));
}

#[test]
fn a_network_file_that_is_cut_short_is_an_error() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/networks");
    let whole = fs::read(fixtures.join("k3_legacy.h5")).unwrap();
    let bench = Bench::new(&[("whole.h5", &whole[..])]);
    assert_eq!(bench.run(&["synth", "whole.h5"]).code, 0);
    for length in [0, 1, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(bench.path("cut.h5"), &whole[..length]).unwrap();
        bench.fails(&["synth", "cut.h5"], &["cut.h5"]);
        bench.fails(&["convert", "cut.h5", "cut.npz"], &["cut.h5"]);
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let bench = Bench::new(&[("rc.cir", RC.as_bytes())]);
    let mut command = bench.command(&["synth", "pair.rnn"]);
    fs::write(bench.path("pair.rnn"), PAIR).unwrap();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn help_shows_examples() {
    let bench = Bench::new(&[]);
    for command in ["run", "check", "synth", "extract", "convert"] {
        let help = bench.run(&[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.out.contains(&format!("analogon {command} ")), "{}", help.out);
    }
    assert_eq!(bench.run(&[]).code, 2);
    assert_eq!(bench.run(&["fly"]).code, 2);
}

/// Every deck below a folder.
fn decks(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            decks(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "cir") {
            found.push(path);
        }
    }
}

#[test]
fn every_deck_of_the_package_is_checked_and_runs() {
    let mut found = Vec::new();
    decks(&Path::new(env!("CARGO_MANIFEST_DIR")).join("netlists"), &mut found);
    assert!(found.len() >= 7, "{found:?}");
    let bench = Bench::new(&[]);
    for deck in found {
        let deck = deck.to_str().unwrap();
        let check = bench.run(&["check", deck]);
        assert_eq!((check.code, check.err.as_str()), (0, ""), "{deck}");
        assert!(check.out.starts_with("no faults"), "{deck}: {}", check.out);
        let report = bench.json(&["run", deck, "--json"]);
        assert!(!report["analyses"].as_array().unwrap().is_empty(), "{deck}");
    }
}
