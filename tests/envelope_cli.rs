//! `analogon envelope` as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use analogon::wave::{Array, Npz};
use common::{
    bench::Bench,
    document::{check_document, compare_figures, repository},
};

/// Two sounds of 1 kHz and 16 bits, one channel half as loud as the other.
fn sound() -> Vec<u8> {
    let mut data = Vec::new();
    for k in 0..8000 {
        let is_loud = (1000..3000).contains(&k) || (5000..6500).contains(&k);
        let x = if is_loud { 16_000.0 * (0.785 * f64::from(k)).sin() } else { 0.0 };
        data.extend((x as i16).to_le_bytes());
        data.extend(((0.5 * x) as i16).to_le_bytes());
    }
    let mut out =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1F\0\0\0\x7D\0\0\x04\0\x10\0data"
            .to_vec();
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out
}

#[test]
fn a_sound_gives_its_envelope_and_its_borders() {
    let bench = Bench::new();
    bench.write("a.wav", sound());
    let printed = bench.json(&["envelope", "a.wav", "--json", "-o", "a.npz", "--plot", "a.svg"], 0);
    assert_eq!(printed["method"], "mean");
    assert_eq!((printed["samples"].as_u64(), printed["rate"].as_f64()), (Some(8000), Some(8000.0)));
    let sounds = printed["sounds"].as_array().unwrap();
    assert_eq!(sounds.len(), 2);
    let near = |value: &serde_json::Value, time: f64| (value.as_f64().unwrap() - time).abs() < 0.01;
    assert!(near(&sounds[0]["onset"], 0.125) && near(&sounds[0]["offset"], 0.375), "{sounds:?}");
    assert!(near(&sounds[1]["onset"], 0.625) && near(&sounds[1]["offset"], 0.8125), "{sounds:?}");
    let bytes = fs::read(bench.path("a.npz")).unwrap();
    let mut archive = Npz::open(Cursor::new(bytes)).unwrap();
    let mut numbers = |name: &str| match archive.get(name).unwrap() {
        Array::Numbers(numbers) => numbers.data,
        Array::Text(_) => unreachable!("{name} is text"),
    };
    let (time, envelope) = (numbers("time"), numbers("envelope"));
    assert_eq!((time.len(), time[4000]), (8000, 0.5));
    assert!((envelope[2000] / 16_000.0 - 1.0).abs() < 0.02 && envelope[4000] < 300.0);
    assert_eq!(numbers("fine").len(), 8000);
    assert_eq!(numbers("onset").len(), 2);
    assert!(numbers("parameter_cutoff")[0] > 0.0);
    let svg = fs::read_to_string(bench.path("a.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("sonogram") && !svg.contains("\"NaN"));
}

#[test]
fn every_method_runs_and_channels_differ() {
    let bench = Bench::new();
    bench.write("a.wav", sound());
    for method in ["mean", "peak", "published", "hilbert", "rms", "lowpass", "spline"] {
        let one = bench.json(&["envelope", "a.wav", "--method", method, "--json"], 0);
        let two =
            bench.json(&["envelope", "a.wav", "--method", method, "--json", "--channel", "2"], 0);
        let ratio = one["maximum"].as_f64().unwrap() / two["maximum"].as_f64().unwrap();
        assert!((ratio - 2.0).abs() < 0.01, "{method}: {ratio}");
    }
    let coded = bench.good(&["envelope", "a.wav", "--method", "published", "--as-coded"]);
    assert!(coded.contains("cutoff 150.000000, published_cutoff 300.000000"), "{coded}");
    assert!(coded.contains("piece 1.200000, wraps 1.000000"), "{coded}");
    let unit = bench.json(&["envelope", "a.wav", "--normalise", "--mono", "--json"], 0);
    assert!(unit["maximum"].as_f64().unwrap() < 0.5);
}

/// Samples of 32 bits behind the header that is written.
fn floats(bytes: &[u8]) -> Vec<f64> {
    let sound = analogon::signal::WavReader::new(bytes).unwrap();
    sound.read_all().unwrap().swap_remove(0)
}

#[test]
fn a_stream_gives_what_the_whole_gives() {
    let bench = Bench::new();
    bench.write("a.wav", sound());
    let streamed = ["envelope", "a.wav", "--stream", "--json", "-o", "e.wav"];
    let printed = bench.json(&streamed, 0);
    let whole = bench.json(&["envelope", "a.wav", "--json", "-o", "e.npz"], 0);
    assert_eq!(printed["samples"], 8000);
    assert_eq!(printed["maximum"], whole["maximum"]);
    assert!(printed["look_ahead"].as_u64().unwrap() < 3000, "{printed}");
    let mut archive = Npz::open(Cursor::new(fs::read(bench.path("e.npz")).unwrap())).unwrap();
    let Array::Numbers(batch) = archive.get("envelope").unwrap() else { unreachable!() };
    let stream = floats(&fs::read(bench.path("e.wav")).unwrap());
    assert_eq!(stream.len(), 8000);
    // What is between is the rounding of a number of 32 bits.
    assert!(stream.iter().zip(&batch.data).all(|(s, b)| (s - b).abs() <= 6e-8 * b));
    let less = bench.good(&["envelope", "a.wav", "--stream", "--settle", "0.25"]);
    assert!(less.contains("measured on the first 0.250 s"), "{less}");
    bench.refused(&["envelope", "a.wav", "--stream", "--method", "peak"], &["it belongs to mean"]);
    bench.refused(&["envelope", "a.wav", "--stream", "-o", "e.npz"], &["written as a sound"]);
    bench.refused(&["envelope", "a.wav", "--stream", "--settle", "0"], &["must be positive"]);
}

#[test]
fn the_document_prints_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["examples/song.wav", "netlists/rnn/oscillator.cir"] {
        let name = Path::new(file).file_name().unwrap();
        fs::copy(repository(file), folder.path().join(name)).unwrap();
    }
    let text = check_document("docs/signals.md", folder.path());
    compare_figures("signals", &text, folder.path());
}

#[test]
fn waveforms_are_read_too() {
    let bench = Bench::new();
    let row = |k: u32| format!("{},{},0", f64::from(k) * 1e-3, (0.9 * f64::from(k)).sin());
    let rows = (0..2000).map(row).collect::<Vec<String>>().join("\n");
    bench.write("w.csv", format!("time [s],a,b\n{rows}"));
    let printed = bench.json(&["envelope", "w.csv", "--signal", "a", "--json"], 0);
    assert!((printed["mean"].as_f64().unwrap() - 1.0).abs() < 0.02, "{printed}");
    bench.write("odd.csv", "time,a\n0,1\n1,2\n3,0\n4,1\n");
    let out = bench.good(&["envelope", "odd.csv", "--method", "hilbert", "--cutoff", "0"]);
    assert!(out.starts_with("note: steps of time are not equal"), "{out}");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let bench = Bench::new();
    bench.write("a.wav", sound());
    bench.write("b.wav", b"RIFF");
    bench.write("w.csv", "time,a\n0,1\n1,2\n");
    bench.refused(&["envelope"], &["no file of samples"]);
    bench.refused(&["envelope", "b.wav"], &["b.wav: the file ends before its header"]);
    bench.refused(&["envelope", "a.txt"], &["does not end like a file of samples", ".wav"]);
    bench.refused(&["envelope", "a.wav", "--channel", "3"], &["no channel 3", "the sound has 2"]);
    bench.refused(&["envelope", "a.wav", "--signal", "x"], &["a sound has no signal of a name"]);
    bench.refused(&["envelope", "w.csv", "--mono"], &["is no sound with channels"]);
    bench
        .refused(&["envelope", "w.csv", "--signal", "x"], &["there is no signal `x`; there are a"]);
    bench.refused(
        &["envelope", "a.wav", "--method", "rms", "--cutoff", "5"],
        &["`--cutoff` means nothing to rms", "it belongs to mean, published, hilbert, lowpass"],
    );
    bench.refused(
        &["envelope", "a.wav", "--method", "lowpass", "--cutoff", "5000"],
        &["a cut-off of 5000 Hz does not lie between 0 and half the rate, 4000 Hz"],
    );
    bench.refused(&["envelope", "a.wav", "--frame", "100"], &["must be a power of two"]);
    bench.refused(&["envelope", "a.wav", "-o", "a.csv"], &["does not end in .npz"]);
}
