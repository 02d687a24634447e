//! `analogon plot` as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use std::fs;

use common::{bench::Bench, document::repository, networks};
use serde_json::Value;

fn shipped() -> String {
    repository("examples/three_bit.npz").to_string_lossy().into_owned()
}

fn initial() -> String {
    repository("examples/three_bit_initial.npz").to_string_lossy().into_owned()
}

/// The first bytes of a PNG file.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[test]
fn every_figure_is_drawn_as_svg_and_png() {
    let bench = Bench::new();
    let list = bench.good(&["plot", "--list"]);
    let (network, initial) = (shipped(), initial());
    let mut count = 0;
    for line in list.lines() {
        let (name, about) = line.split_once(' ').unwrap();
        assert!(about.trim().len() > 20, "{line}");
        let mut arguments = vec!["plot", &network, "--figure", name];
        match name {
            "regression" => arguments.extend(["--initial", &initial]),
            "trials" => arguments.extend(["--trial", "1"]),
            "trajectory" => arguments.extend(["--task", "flipflop3_cube"]),
            "distance" => arguments.extend(["--samples", "2", "--trial", "1,2"]),
            _ => {}
        }
        // Without -o the name is made of the network's and the figure's.
        let out = bench.good(&arguments);
        let file = format!("three_bit_{name}.svg");
        assert!(out.ends_with(&format!("written: {file}\n")), "{out}");
        let svg = fs::read_to_string(bench.path(&file)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(!svg.contains("\"NaN"), "{name}");
        arguments.extend(["-o", "picture.png"]);
        bench.good(&arguments);
        assert!(fs::read(bench.path("picture.png")).unwrap().starts_with(PNG), "{name}");
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn numbers_are_printed_as_json() {
    let bench = Bench::new();
    let network = shipped();
    let json = |arguments: &[&str]| -> Value {
        let mut all = vec!["plot", &network, "--json", "--figure"];
        all.extend(arguments);
        let found = bench.json(&all, 0);
        assert_eq!(found["figure"], arguments[0]);
        assert_eq!(found["file"], "three_bit.npz");
        found["numbers"].clone()
    };
    let number = |value: &Value, pointer: &str| {
        value.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN)
    };
    let found = json(&["trajectory", "--task", "flipflop3_cube"]);
    // By numpy.
    for (k, expected) in [0.323_353, 0.275_499, 0.199_064].into_iter().enumerate() {
        let fraction = number(&found, &format!("/fractions/{k}"));
        assert!((fraction - expected).abs() < 1e-5, "{fraction}");
    }
    assert_eq!(found["corners"].as_array().map(Vec::len), Some(8));
    assert_eq!(found["trials"][0]["points"].as_array().map(Vec::len), Some(1160));
    assert_eq!(
        found["trials"][0]["marks"],
        serde_json::json!([40, 100, 180, 240, 320, 380, 460, 520])
    );
    assert_eq!(found["dynamics"]["map"]["step"], 1.0);
    let found = json(&["trajectory", "--task", "flipflop3_cube", "--time", "continuous"]);
    assert_eq!(found["dynamics"], "flow");
    let found = json(&["weights"]);
    assert_eq!(found[0]["moments"]["count"], 6400);
    assert!((number(&found, "/0/moments/sd") - 0.116_5).abs() < 1e-3);
    assert!(number(&found, "/0/as_published/kurtosis") < -0.5);
    let found = json(&["frequencies", "--trial", "1"]);
    assert_eq!(found[0]["units"].as_array().map(Vec::len), Some(80));
    let found = json(&["distance", "--trial", "1", "--samples", "3"]);
    assert_eq!(found[0]["noisy"].as_array().map(Vec::len), Some(3));
    let found = json(&["regression", "--initial", &initial()]);
    assert!((number(&found, "/0/line/slope") - 0.9905).abs() < 1e-3);
    // Nothing is drawn that is not asked for.
    let drawn = fs::read_dir(bench.path("")).unwrap().count();
    assert_eq!(drawn, 0);
    bench.good(&["plot", &network, "--json", "--figure", "weights", "-o", "w.svg"]);
    assert!(bench.path("w.svg").is_file());
}

#[test]
fn projections_views_and_populations_are_chosen() {
    let bench = Bench::new();
    let network = shipped();
    for (options, texts) in [
        (&["--projection", "pca"][..], &["PC 1 (32.4 %)", "centred in time"][..]),
        (&["--projection", "pca-published"], &["published PC 1", "centred across units"]),
        (&["--projection", "ica"], &["IC 1", "FastICA"]),
        (&["--azimuth", "sweep"], &["azimuth 0\u{b0}", "azimuth 170\u{b0}"]),
        (&["--azimuth", "-30", "--elevation", "-20"], &["SVD 1 (32.3 %)", "SVD 3 (19.9 %)"]),
        (&["--population", "inhibitory"], &["inhibitory units"]),
        (&["--time", "continuous"], &["flow", "model units of 1 ms"]),
        (&["--mark", "3,4"], &["marked steps", ">\n4\n"]),
    ] {
        let mut arguments = vec![
            "plot",
            &network,
            "--figure",
            "trajectory",
            "--task",
            "flipflop3_cube",
            "-o",
            "t.svg",
        ];
        arguments.extend(options);
        bench.good(&arguments);
        let svg = fs::read_to_string(bench.path("t.svg")).unwrap();
        for text in texts {
            assert!(svg.contains(text), "{options:?}: {text}");
        }
    }
}

#[test]
fn the_samples_of_a_task_need_no_network() {
    let bench = Bench::new();
    let out = bench.good(&["plot", "--figure", "samples", "--task", "xor", "--noise", "0.1"]);
    assert!(out.starts_with("9 trials of task xor, 2 inputs, 1 output"), "{out}");
    assert!(bench.path("xor_samples.svg").is_file());
}

#[test]
fn waveforms_of_every_format_are_drawn() {
    let bench = Bench::new();
    let deck = repository("netlists/rnn/oscillator.cir").to_string_lossy().into_owned();
    for file in ["wave.raw", "wave.csv", "wave.npz"] {
        bench.good(&["run", &deck, "-o", file]);
        let out = bench.good(&["plot", file, "-o", "wave.svg"]);
        assert!(out.contains("signal"), "{out}");
        let svg = fs::read_to_string(bench.path("wave.svg")).unwrap();
        assert!(svg.contains("v(h1)") && svg.contains("voltage (V)") && svg.contains("time (ms)"));
        bench.good(&["plot", file, "--signals", "V(H2)", "-o", "one.svg"]);
        let svg = fs::read_to_string(bench.path("one.svg")).unwrap();
        assert!(svg.contains("v(h2)") && !svg.contains("v(h1)"), "{file}");
        bench.refused(&["plot", file, "--signals", "v(h3)"], &["v(h3)", "did you mean `v(h"]);
        let json = bench.json(&["plot", file, "--json"], 0);
        let signal = &json["waveforms"][0]["signals"][0];
        assert!(signal["maximum"].as_f64() > signal["minimum"].as_f64(), "{json}");
    }
    // The default name, in the present folder.
    assert!(bench.good(&["plot", "wave.csv"]).contains("written: wave.svg"));
    bench.write("bad.csv", "t,a\n0,1\n1,x\n");
    bench.refused(&["plot", "bad.csv"], &["bad.csv", "line 3", "`x`"]);
    bench.write("bad.npz", b"PK no archive");
    bench.refused(&["plot", "bad.npz"], &["bad.npz", "zip"]);
    bench.refused(&["plot", "gone.raw"], &["gone.raw", "no such file"]);
    bench.refused(&["plot", &deck], &["is a deck", "analogon run"]);
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let bench = Bench::new();
    let network = shipped();
    let net = network.as_str();
    let figure = |name: &'static str| vec!["plot", net, "--figure", name];
    let refused = |base: Vec<&str>, more: &[&str], parts: &[&str]| {
        bench.refused(&[&base[..], more].concat(), parts);
    };
    refused(figure("trajctory"), &[], &["no figure `trajctory`", "did you mean `trajectory`?"]);
    refused(figure("zzz"), &[], &["no figure `zzz`", "known are samples, trials"]);
    refused(vec!["plot", net], &[], &["is a network, not a waveform", "--list"]);
    refused(vec!["plot"], &[], &["no file to draw"]);
    refused(vec!["plot", net, net], &["--figure", "weights"], &["2 files", "regression"]);
    refused(figure("weights"), &["-o", "w.gif"], &["w.gif", ".svg and .png"]);
    refused(figure("weights"), &["-o", "no/w.svg"], &["no directory `no`"]);
    refused(
        figure("weights"),
        &["--azimuth", "3"],
        &["`--azimuth` means nothing to weights", "trajectory"],
    );
    refused(figure("weights"), &["--signals", "a"], &["`--signals` means nothing", "waveform"]);
    refused(
        figure("trajectory"),
        &["--task", "and"],
        &["`and` are for 2 inputs", "flipflop3_cube"],
    );
    refused(figure("trajectory"), &["--task", "andd"], &["andd", "known are"]);
    refused(figure("trajectory"), &["--trial", "99"], &["no trial 99", "have 24"]);
    refused(figure("trajectory"), &["--trial", "0"], &["`0` is no number from 1"]);
    refused(figure("trajectory"), &["--azimuth", "north"], &["sweep"]);
    refused(figure("trajectory"), &["--elevation", "nan"], &["elevation"]);
    refused(figure("trials"), &["--trial", "all"], &["24 trials are too many", "12"]);
    refused(figure("samples"), &["--noise", "-1"], &["noise"]);
    refused(figure("distance"), &["--noise", "inf"], &["noise"]);
    refused(figure("signs"), &["--threshold", "-1"], &["threshold"]);
    refused(figure("regression"), &[], &["--initial"]);
    refused(figure("regression"), &["--initial", net, net], &["1 trained networks, but 2"]);
    let flip_flop = repository("examples/flip_flop.rnn").to_string_lossy().into_owned();
    refused(figure("regression"), &["--initial", &flip_flop], &["80 units", "2, 2 and 1"]);
    let small = vec!["plot", &flip_flop, "--figure"];
    refused(small.clone(), &["samples"], &["needs a task", "and, or, xor, set_reset"]);
    refused(small.clone(), &["distance"], &["needs a task"]);
    refused(small, &["biases"], &["biases of the network are 0"]);
    bench.write("wave.csv", "time [s],v(a) [V]\n0,1\n1,2\n");
    refused(
        vec!["plot", "wave.csv", "--figure", "weights"],
        &[],
        &["is a waveform", "without --figure"],
    );
    bench.write("deck.cir", "t\nR1 a 0 1\n.end\n");
    refused(
        vec!["plot", "deck.cir", "--figure", "weights"],
        &[],
        &["is a deck", "analogon extract"],
    );
    bench.write("cut.hdf5", b"\x89HDF\r\n\x1a\n\0\0\0\0");
    refused(vec!["plot", "cut.hdf5", "--figure", "weights"], &[], &["cut.hdf5"]);
    refused(vec!["plot", "gone.hdf5", "--figure", "weights"], &[], &["gone.hdf5", "no such file"]);
}

/// A network that names no task is driven by pulses, and told so.
#[test]
fn a_network_without_a_task_is_driven_by_pulses() {
    let bench = Bench::new();
    let flip_flop = repository("examples/flip_flop.rnn").to_string_lossy().into_owned();
    let out = bench.good(&["plot", &flip_flop, "--figure", "trials"]);
    assert!(out.contains("no task is known of `flip_flop.rnn`"), "{out}");
    assert!(out.contains("and, or, xor, set_reset, ei_and, ei_or, ei_xor fit"), "{out}");
}

/// The papers' own network: variance fractions of the sequence through the cube.
#[test]
fn the_published_cube_has_its_fractions() {
    let Some(folder) = networks() else { return };
    let network = folder.join("flipflop3_n400_epoch20.hdf5").to_string_lossy().into_owned();
    let bench = Bench::new();
    for (projection, expected) in [("svd", [0.309, 0.245, 0.196]), ("pca", [0.310, 0.244, 0.195])] {
        let arguments = [
            "plot",
            &network,
            "--figure",
            "trajectory",
            "--task",
            "flipflop3_cube",
            "--projection",
            projection,
            "--json",
        ];
        let found = bench.json(&arguments, 0);
        for (k, expected) in expected.into_iter().enumerate() {
            let fraction = found["numbers"]["fractions"][k].as_f64().unwrap();
            // Published values are of a sequence a few steps shorter or longer.
            assert!((fraction - expected).abs() < 0.003, "{projection} {k}: {fraction}");
        }
    }
}
