//! The program as its users meet it: output, exit codes, files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::{fs, path::Path};

use common::bench::Bench;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn flip_flop() -> String {
    root().join("examples/flip_flop.rnn").to_string_lossy().into_owned()
}

#[test]
fn verify_without_arguments_prints_a_verdict_and_draws() {
    let bench = Bench::new();
    let out = bench.good(&["verify"]);
    assert!(out.starts_with("EQUIVALENT"), "{out}");
    // It was trained to work as a circuit, too.
    assert!(out.contains("discrete 24 of 24, continuous 24 of 24, circuit 24 of 24"), "{out}");
    let picture = fs::read_to_string(bench.path("flipflop3.svg")).expect("a picture");
    assert!(picture.contains("<svg") && picture.len() > 10_000);
}

#[test]
fn verify_as_json_has_the_promised_fields() {
    let report = Bench::new().json(&["verify", "--json"], 0);
    assert_eq!(report["equivalent"], true);
    assert_eq!(report["task_preserved"], true);
    assert_eq!(report["holds"], true);
    assert_eq!(report["path"], "reduced");
    let number =
        |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN);
    assert!(number("/structural/max_relative") <= 1e-9);
    assert!(number("/trajectory/max_abs") <= 1e-6 * number("/trajectory/full_scale"));
    assert!(number("/trajectory/rms") <= number("/trajectory/max_abs"));
    assert!(number("/counters/accepted") > 0.0);
    let decisions = &report["decisions"];
    for system in ["discrete", "continuous", "circuit"] {
        assert_eq!(decisions[system].as_array().map(Vec::len), Some(24), "{system}");
    }
}

#[test]
fn a_network_goes_through_every_command() {
    let bench = Bench::new();
    let network = flip_flop();
    for kind in ["ideal", "opamp"] {
        bench.good(&["synth", &network, "--as", kind, "-o", "net.cir"]);
        assert!(bench.good(&["check", "net.cir"]).contains("no faults"));
        let out = bench.good(&["extract", "net.cir", "-o", "net.safetensors"]);
        assert!(out.contains("dh1/dt = -h1 + tanh(-2 h2 + 2 x1 - 2 x2)"), "{out}");
        assert!(bench.good(&["verify", "net.safetensors", "net.cir"]).starts_with("EQUIVALENT"));
        assert!(
            bench
                .good(&["verify", &network, "net.cir", "--path", "mna"])
                .contains("nodal analysis")
        );
        bench.good(&["convert", "net.safetensors", "net.npz"]);
        bench.good(&["convert", "net.npz", "net.rnn"]);
        bench.good(&["verify", "net.rnn", "net.cir"]);
    }
    let latex = bench.good(&["extract", "net.cir", "--latex"]);
    assert!(latex.contains("\\tanh(-2\\,h_{2} + 2\\,x_{1} - 2\\,x_{2})"), "{latex}");
    let found = bench.json(&["extract", "net.cir", "--json"], 0);
    assert_eq!(found["kind"], "network");
    assert_eq!(found["W"][0][1].as_f64().map(|w| (w + 2.0).abs() < 1e-12), Some(true));
}

#[test]
fn run_writes_every_kind_of_file() {
    let bench = Bench::new();
    let deck = root().join("netlists/rnn/oscillator.cir").to_string_lossy().into_owned();
    for file in ["out.raw", "out.csv", "out.npz"] {
        let out = bench.good(&["run", &deck, "-o", file, "--plot", "out.svg"]);
        assert!(out.contains("v(h1)"), "{out}");
        assert!(fs::metadata(bench.path(file)).expect("a file").len() > 1000);
    }
    bench.good(&["convert", "out.raw", "back.csv"]);
    let (direct, back) = (fs::read(bench.path("out.csv")), fs::read(bench.path("back.csv")));
    assert_eq!(direct.expect("written"), back.expect("written"));
    let json = bench.json(&["run", &deck, "--json", "--path", "mna"], 0);
    assert!(json.to_string().contains("counters"), "{json}");
}

/// What a kind of file cannot hold does not cost the file that was there.
#[test]
fn a_file_that_cannot_be_written_is_left_alone() {
    let bench = Bench::new();
    bench.write("two.cir", "t\nV1 a 0 1 AC 1\nR1 a 0 1k\n.tran 10u 1m\n.ac dec 5 1 1k\n");
    for file in ["old.csv", "old.npz"] {
        bench.write(file, "precious");
        bench.refused(&["run", "two.cir", "-o", file], &["more than one result"]);
        assert_eq!(fs::read_to_string(bench.path(file)).expect("there"), "precious");
    }
    bench.refused(&["run", "two.cir", "-o", "nowhere/x.raw"], &["no directory `nowhere`"]);
    if Path::new("/dev/full").exists() {
        std::os::unix::fs::symlink("/dev/full", bench.path("full.raw")).expect("a link");
        bench.refused(&["run", "two.cir", "-o", "full.raw"], &["cannot write `full.raw`"]);
    }
}

/// Only the lines that are shown are made; what is left out is counted.
#[test]
fn a_long_table_is_cut_short() {
    let bench = Bench::new();
    let chain = |count: usize| {
        let each = (1..count).map(|at| format!("R{at} n{at} n{} 1\n", at + 1));
        format!("t\nV1 n1 0 1\n{}Rl n{count} 0 1\n.op\n.tran 1m 2m\n", each.collect::<String>())
    };
    bench.write("long.cir", chain(50));
    let out = bench.good(&["run", "long.cir"]);
    assert!(out.contains("\n  v(n40)") && !out.contains("v(n41)"), "{out}");
    let cut: Vec<&str> = out.lines().filter(|line| line.starts_with("  ... and")).collect();
    let more =
        ["  ... and 11 more; -o writes all of them", "  ... and 12 more; -o writes all of them"];
    assert_eq!(cut, more);
    bench.write("short.cir", chain(38));
    let out = bench.good(&["run", "short.cir"]);
    assert!(out.contains("v(n38)") && !out.contains("... and"), "{out}");
}

#[test]
fn a_plot_of_several_is_chosen() {
    let bench = Bench::new();
    bench.write(
        "two.cir",
        "t\nV1 a 0 1 AC 1\nR1 a b 1k\nC1 b 0 1u\n.tran 10u 1m\n.ac dec 5 1 1k\n.op\n",
    );
    bench.good(&["run", "two.cir", "-o", "two.raw"]);
    bench.refused(&["convert", "two.raw", "x.csv"], &["holds 3 plots", "2 AC Analysis"]);
    bench.refused(&["convert", "two.raw", "x.csv", "--plot", "4"], &["holds 3 plots"]);
    bench.refused(&["convert", "two.raw", "x.csv", "--plot", "3"], &["has no axis"]);
    bench.good(&["convert", "two.raw", "ac.csv", "--plot", "2"]);
    let table = fs::read_to_string(bench.path("ac.csv")).expect("written");
    assert!(table.starts_with("frequency [Hz],re(v(a)) [V],im(v(a)) [V]"), "{table}");
    bench.good(&["plot", "two.raw", "-o", "two.svg"]);
    let picture = fs::read_to_string(bench.path("two.svg")).expect("drawn");
    assert!(picture.contains("dB"), "the amplitudes are drawn too");
    bench.refused(&["convert", "ac.csv", "x.npz", "--plot", "1"], &["--plot is for raw files"]);
}

/// A model that only analogon knows becomes elements that every SPICE knows.
#[test]
fn a_deck_is_written_without_op_amp_models() {
    let bench = Bench::new();
    let deck = root().join("netlists/opamp/model_741.cir").to_string_lossy().into_owned();
    bench.good(&["convert", &deck, "plain.cir"]);
    let text = fs::read_to_string(bench.path("plain.cir")).expect("written");
    assert!(!text.contains("opamp(") && text.contains(".subckt amplifier"), "{text}");
    bench.good(&["run", "--expect", "plain.cir"]);
    bench.refused(&["convert", &deck, "x.csv"], &["does not end like a deck"]);
    if !common::has_ngspice() {
        return;
    }
    let theirs = common::ngspice(&text)[0].to_waveform().expect("a transient");
    let top = theirs.signal("v(out)").map(|signal| signal.values.iter().copied());
    let top = top.and_then(|values| values.max_by(f64::total_cmp)).expect("v(out)");
    assert!((top - 12.44).abs() < 0.12, "{top}");
}

#[test]
fn a_deck_that_is_another_network_is_named_with_its_element() {
    let bench = Bench::new();
    let network = flip_flop();
    bench.good(&["synth", &network, "-o", "net.cir"]);
    let deck = fs::read_to_string(bench.path("net.cir")).expect("a deck");
    let wrong = deck.replace("Rw1_2 p2 s1 5e3", "Rw1_2 p2 s1 5.000005k");
    assert_ne!(deck, wrong);
    bench.write("wrong.cir", wrong);
    let run = bench.run(&["verify", &network, "wrong.cir"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.starts_with("NOT EQUIVALENT"), "{}", run.out);
    assert!(run.out.contains("`rw1_2`"), "{}", run.out);
    let report = bench.json(&["verify", &network, "wrong.cir", "--json"], 1);
    assert_eq!(report["equivalent"], false);
    assert_eq!(report["structural"]["blame"][0]["elements"][0], "rw1_2");
}

#[test]
fn a_deck_that_is_no_network_is_printed_as_what_it_is() {
    let bench = Bench::new();
    let deck = root().join("netlists/basics/rlc.cir").to_string_lossy().into_owned();
    let run = bench.run(&["extract", &deck]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.out.contains("no nonlinear element") && run.out.contains("dx1/dt = "),
        "{}",
        run.out
    );
}

#[test]
fn faults_of_a_deck_are_all_shown_with_their_places() {
    let bench = Bench::new();
    bench.write("bad.cir", "a title\nR1 a 0\nR2 a b 1q5\nQ1 a b c\n.tran 1m 2q5\n.end\n");
    bench.refused(&["run", "bad.cir"], &["bad.cir:2", "bad.cir:3", "bad.cir:4", "bad.cir:5"]);
    let faults = bench.json(&["check", "bad.cir", "--json"], 2);
    let faults = faults.as_array().expect("a list");
    assert!(faults.len() >= 4, "{faults:?}");
    for fault in faults {
        assert_eq!(fault["file"], "bad.cir");
        assert!(fault["line"].is_u64() && fault["column"].is_u64(), "{fault}");
        assert!(fault["severity"] == "error" && fault["message"].is_string(), "{fault}");
        assert!(fault.get("hint").is_some(), "{fault}");
    }
}

#[test]
fn bad_decks_are_refused() {
    let bench = Bench::new();
    for (name, content, part) in [
        ("empty.cir", Vec::new(), "empty.cir"),
        ("binary.cir", (0..=255u8).cycle().take(5000).collect(), "binary.cir:1"),
        ("loop.cir", b"t\n.include \"loop.cir\"\n.end\n".to_vec(), "loop.cir:2"),
        ("missing.cir", b"t\n.include \"nowhere.inc\"\nR1 a 0 1\n.op\n".to_vec(), "nowhere.inc"),
        (
            "self.cir",
            b"t\n.subckt s a\nX1 a s\n.ends\nX1 b s\nR1 b 0 1\n.op\n".to_vec(),
            "self.cir:3",
        ),
        ("nan.cir", b"t\nR1 a 0 nan\n.op\n".to_vec(), "nan.cir:2"),
        ("floating.cir", b"t\nV1 a 0 1\nR1 a 0 1\nR2 b c 1\n.op\n".to_vec(), "floating.cir:4"),
        ("loops.cir", b"t\nV1 a 0 1\nV2 a 0 2\n.op\n".to_vec(), "`v2`"),
        ("none.cir", b"t\nR1 a 0 1\n".to_vec(), ".tran"),
    ] {
        bench.write(name, content);
        bench.refused(&["run", name], &[part]);
    }
    let long = format!("t\nR1 a 0 {}\n.op\n", "x".repeat(1_000_000));
    bench.write("long.cir", long);
    let run = bench.run(&["run", "long.cir"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("long.cir:2") && run.err.len() < 5000, "{} bytes", run.err.len());
}

#[test]
fn bad_networks_and_arguments_are_refused() {
    let bench = Bench::new();
    bench.write("nan.rnn", "W = nan\n");
    bench.write("shape.rnn", "W =\n 1 2\n 3\n");
    bench.write("cut.hdf5", b"\x89HDF\r\n\x1a\n\0\0\0\0");
    bench.write("stimuli.json", "{\"task\": 3}");
    bench.refused(&["verify", "nan.rnn"], &["nan.rnn:1:5"]);
    bench.refused(&["verify", "shape.rnn"], &["shape.rnn:"]);
    bench.refused(&["verify", "cut.hdf5"], &["cut.hdf5"]);
    bench.refused(&["verify", "gone.hdf5"], &["gone.hdf5", "no such file"]);
    bench.refused(&["verify", "--task", "xorr"], &["xorr", "known are"]);
    bench.refused(&["verify", "--task", "and"], &["3"]);
    bench.refused(&["verify", "--stimuli", "stimuli.json"], &["stimuli.json"]);
    bench.refused(&["verify", "--coefficient", "nan"], &["positive"]);
    bench.refused(&["verify", "--draw", "99", "--plot", "x.svg"], &["no trial 99"]);
    bench.refused(&["verify", "--plot", "x.gif"], &["x.gif", ".svg"]);
    bench.refused(&["synth", &flip_flop(), "--time-unit", "1q5"], &["1q5"]);
    bench.refused(&["synth", &flip_flop(), "-o", "no/such/folder.cir"], &["no/such"]);
    bench.refused(&["run", &flip_flop()], &["network", "synth"]);
    bench.refused(&["convert", &flip_flop(), "x.onnx"], &["x.onnx", ".safetensors"]);
}

/// Every deck that is shipped runs by both paths; one with devices is refused by name
/// where it has no normal form.
#[test]
fn shipped_decks_run() {
    let bench = Bench::new();
    let decks = common::golden::decks();
    for path in &decks {
        let text = common::golden::standalone(path);
        // What a normal form has no place for.
        let has_devices = text.lines().skip(1).any(|l| {
            l.starts_with(['D', 'Q', 'M', 'J', 'S', 'W', 'K', 'T']) || l.contains("Flux=")
        });
        let deck = path.to_string_lossy().into_owned();
        bench.good(&["check", &deck]);
        let moves = text.lines().any(|l| l.starts_with(".tran"));
        if has_devices && moves {
            bench.refused(&["run", &deck, "--path", "reduced"], &["no place in a normal form"]);
        } else {
            bench.good(&["run", &deck, "--path", "reduced"]);
        }
        bench.good(&["run", &deck, "--path", "mna"]);
    }
    assert!(decks.len() >= 6, "{} decks", decks.len());
}
