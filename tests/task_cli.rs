//! `analogon task` as a program.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use std::fs;

use analogon::task::{StimulusSet, TaskSpec};
use common::{
    bench::Bench,
    document::{check_document, repository},
};

#[test]
fn tasks_are_listed_one_a_line() {
    let bench = Bench::new();
    let out = bench.good(&["task"]);
    let names: Vec<&str> =
        out.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, TaskSpec::names().collect::<Vec<_>>());
    assert!(out.contains("flipflop3             3 inputs, 3 outputs, 340 steps"), "{out}");
    assert!(out.lines().all(|line| line.len() > 60), "{out}");
    let json = bench.json(&["task", "--json"], 0);
    assert_eq!(json.as_array().unwrap().len(), names.len());
    assert_eq!(json[0]["task"], "and");
}

/// `analogon task xor > my.toml` starts a task of one's own.
#[test]
fn a_printed_task_can_be_changed_and_played() {
    let bench = Bench::new();
    let text = bench.good(&["task", "xor"]);
    assert_eq!(text, TaskSpec::source("xor").unwrap());
    bench.write(
        "my.toml",
        text.replace("task = \"xor\"", "task = \"mine\"").replace("20\n# Delay", "25\n# Delay"),
    );
    let again = bench.good(&["task", "my.toml"]);
    assert!(again.starts_with("task = \"mine\"") && again.contains("width = 25"), "{again}");
    bench.write("again.toml", &again);
    assert_eq!(bench.good(&["task", "again.toml"]), again);
    let out = bench.good(&["task", "my.toml", "--trials", "5", "--seed", "3", "-o", "set.json"]);
    assert_eq!(out, "written: set.json\n");
    let written = fs::read_to_string(bench.path("set.json")).unwrap();
    let set = StimulusSet::from_json(&written).unwrap();
    let task = TaskSpec::from_toml(&again).unwrap();
    assert_eq!(set, task.set(3, 5).unwrap());
    let json = bench.json(&["task", "my.toml", "--json", "--plot", "my.svg"], 0);
    assert_eq!((&json["steps"], &json["rule"]["kind"]), (&200.into(), &"threshold".into()));
    assert_eq!(
        (&json["trials"]["kind"], &json["written"][0]),
        (&"truth_table".into(), &"my.svg".into())
    );
}

#[test]
fn every_task_is_drawn() {
    let bench = Bench::new();
    for name in TaskSpec::names() {
        assert_eq!(bench.good(&["task", name, "--plot", "task.svg"]), "written: task.svg\n");
        let svg = fs::read_to_string(bench.path("task.svg")).unwrap();
        assert!(svg.starts_with("<svg") && !svg.contains("NaN"), "{name}");
        assert!(svg.contains("targets, shaded where all are judged"), "{name}");
    }
    bench.good(&["task", "and", "--plot", "task.png"]);
}

/// Other commands take a task by its name or its file.
#[test]
fn tasks_drive_networks() {
    let bench = Bench::new();
    let network = repository("examples/three_bit.npz").to_string_lossy().into_owned();
    let played = |task: &str, seed: &str| {
        let arguments = ["plot", &network, "--figure", "trials", "--task", task, "--trial", "8"];
        bench.json(&[&arguments[..], &["--json", "--seed", seed]].concat(), 0)["numbers"].take()
    };
    let text = TaskSpec::source("flipflop3").unwrap();
    bench.write("bits.toml", text.replace("task = \"flipflop3\"", "task = \"bits\""));
    let first = played("bits.toml", "1");
    assert_eq!(first["trials"][0]["trial"], "7");
    assert_eq!(first["trials"][0]["outputs"].as_array().unwrap().len(), 340);
    assert_ne!(first, played("bits.toml", "2"));
    assert_eq!(first, played("bits.toml", "1"));
    // A set of the package goes before the task of its name.
    assert_ne!(first["trials"][0]["outputs"], played("flipflop3", "1")["trials"][0]["outputs"]);
    bench.refused(
        &["plot", &network, "--figure", "trials", "--task", "integration"],
        &["the stimuli `integration` are for 1 inputs and 1 outputs"],
    );
}

#[test]
fn bad_tasks_are_refused() {
    let bench = Bench::new();
    bench.refused(&["task", "nand"], &["there is no task `nand`", "ei_xor", "FILE.toml"]);
    bench.refused(&["task", "none.toml"], &["cannot read `none.toml`: there is no such file"]);
    bench.refused(&["task", "and", "--trials", "5"], &["`--trials` means nothing without `-o`"]);
    bench.refused(&["task", "and", "--trials", "0", "-o", "x.json"], &["0 is not in 1..=100000"]);
    bench.refused(&["task", "and", "--plot", "x.gif"], &["does not end like a picture"]);
    bench.refused(&["task", "and", "-o", "no/x.json"], &["there is no directory `no`"]);
    bench.refused(&["task", "--plot", "x.svg"], &["no task to draw trials of"]);
    let text = TaskSpec::source("and").unwrap();
    bench.write("bad.toml", text.replace("onset = 30", "onset = 300"));
    bench.refused(
        &["task", "bad.toml"],
        &["bad.toml: line 13, column 9: trials.onset is 300, expected a step before 200"],
    );
    bench.write("bad.toml", text.replace("onset", "on"));
    bench.refused(&["task", "bad.toml"], &["bad.toml: line 13, column 1: unknown field `on`"]);
    bench.write("bad.toml", [0xff, 0xfe]);
    bench.refused(&["task", "bad.toml"], &["`bad.toml` is not a text file"]);
    let network = repository("examples/three_bit.npz").to_string_lossy().into_owned();
    let known = ["there is no task `nand`", "decision_noisy", "oscillator"];
    bench.refused(&["attractors", &network, "--task", "nand"], &known);
    let place = "bad.toml: line 13, column 1";
    bench.write("bad.toml", text.replace("onset", "on"));
    bench.refused(&["attractors", &network, "--task", "bad.toml"], &[place]);
}

/// What `docs/tasks.md` prints is what the program prints, and its task is one.
#[test]
fn the_document_is_true() {
    let bench = Bench::new();
    let and = TaskSpec::source("and").unwrap();
    bench.write("late.toml", and.replace("onset = 30", "onset = 300"));
    let text = check_document("docs/tasks.md", &bench.path(""));
    let own = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(TaskSpec::from_toml(own).unwrap().task(), "majority");
}
