//! `analogon align` as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use std::fs;
use std::io::Cursor;

use analogon::{
    signal::synthetic::{Scenario, syllables, trill},
    wave::{Array, Npz},
};
use common::bench::Bench;

/// Segments as the signals of a file.
fn segments(count: usize) -> String {
    let known = syllables(Scenario::Outliers, 0.03, 0, count);
    let names: Vec<String> = (0..count).map(|i| format!("s{i}")).collect();
    let row = |k: usize| {
        let values: Vec<String> = known.segments.iter().map(|s| s[k].to_string()).collect();
        format!("{},{}", k as f64 / 1000.0, values.join(","))
    };
    let head = format!("time [s],{}", names.join(","));
    let rows: Vec<String> = std::iter::once(head).chain((0..2000).map(row)).collect();
    rows.join("\n")
}

#[test]
fn every_method_aligns_the_signals_of_a_file() {
    let bench = Bench::new();
    bench.write("s.csv", segments(20));
    for method in ["published", "woody", "affine", "warp", "dtw", "dba", "softdtw"] {
        let arguments = ["align", "s.csv", "--method", method, "--json", "-o", "a.npz"];
        let printed = bench.json(&arguments, 0);
        assert_eq!(printed["segments"], 20, "{method}");
        let bytes = fs::read(bench.path("a.npz")).unwrap();
        let mut archive = Npz::open(Cursor::new(bytes)).unwrap();
        let mut numbers = |name: &str| match archive.get(name).unwrap() {
            Array::Numbers(numbers) => numbers,
            Array::Text(_) => unreachable!("{name} is text"),
        };
        let instants = numbers("average").data.len();
        assert_eq!(printed["instants"].as_u64(), Some(instants as u64), "{method}");
        assert_eq!(numbers("map").shape, [20, instants], "{method}");
        for name in ["sd", "count", "lower", "upper", "time"] {
            assert_eq!(numbers(name).data.len(), instants, "{method} {name}");
        }
        let outliers = numbers("outlier").data;
        if method == "warp" || method == "affine" {
            let found: Vec<usize> = (0..20).filter(|&i| outliers[i] == 1.0).collect();
            assert_eq!(found, [7, 17], "{method}");
        }
    }
}

#[test]
fn a_sound_is_cut_and_drawn() {
    let bench = Bench::new();
    let known = trill(f64::INFINITY, 0);
    let mut data: Vec<u8> = Vec::new();
    for x in &known.samples {
        data.extend((*x as f32).to_le_bytes());
    }
    let mut wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0\x44\xAC\0\0\x10\xB1\x02\0\x04\0\x20\0data"
            .to_vec();
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    bench.write("t.wav", wav);
    let printed =
        bench.json(&["align", "t.wav", "--cut", "sounds", "--json", "--plot", "t.png"], 0);
    assert_eq!(printed["segments"].as_u64(), Some(known.onsets.len() as u64));
    assert!(fs::read(bench.path("t.png")).unwrap().starts_with(b"\x89PNG"));
    let published =
        bench.json(&["align", "t.wav", "--method", "published", "--first", "20", "--json"], 0);
    let kept = published["boundaries"].as_array().unwrap().len();
    assert!(kept > 60, "{kept}");
    assert_eq!(published["dispersions"].as_array().unwrap().len(), 47);
    let all = bench.json(&["align", "t.wav", "--method", "published", "--json"], 0);
    let coded = bench.json(&["align", "t.wav", "--method", "published", "--as-coded", "--json"], 0);
    let count = |printed: &serde_json::Value| printed["segments"].as_u64().unwrap();
    assert_eq!(count(&all), count(&coded) + 1, "the published code loses one");
}

#[test]
fn what_cannot_be_aligned_is_refused() {
    let bench = Bench::new();
    bench.write("s.csv", segments(3));
    bench.write("one.csv", "time,a\n0,1\n1,2\n2,1\n");
    bench.refused(&["align", "s.csv", "--as-coded"], &["each signal of the file is a segment"]);
    bench
        .refused(&["align", "s.csv", "--first", "1"], &["at least 2 segments are needed, found 1"]);
    bench.refused(&["align", "one.csv"], &["one.csv: "]);
    bench.refused(&["align", "s.csv", "-o", "x.csv"], &["does not end in .npz"]);
}
