//! The tutorial prints what the program prints, and shows what it draws.
//!
//! Its commands are run in one temporary folder with the tutorial's network, as
//! `tests/common/document.rs` says. Then every figure in `docs/tutorial` must have
//! been drawn again. `UPDATE_EXPECT=1 cargo test --test tutorial` rewrites outputs
//! and figures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use analogon::task::named;
use common::document::{agrees, check_document, compare_figures, repository, same, same_figure};
use serde_json::Value;

#[test]
fn the_text_prints_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["examples/three_bit.npz", "docs/tutorial/rest.json"] {
        let name = Path::new(file).file_name().unwrap();
        fs::copy(repository(file), folder.path().join(name)).unwrap();
    }
    let text = check_document("docs/tutorial.md", folder.path());
    compare_figures("tutorial", &text, folder.path());
}

/// Section 8 counts them.
#[test]
fn the_circuit_keeps_every_sign_and_loses_the_zeros() {
    let network = repository("examples/three_bit.npz");
    let output = Command::new(env!("CARGO_BIN_EXE_analogon"))
        .args(["verify", network.to_str().unwrap(), "--task", "flipflop3", "--json"])
        .output()
        .expect("the program runs");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let task = named("flipflop3").unwrap();
    let (mut signs, mut zeros) = ([0, 0], [0, 0]);
    for (trial, verdict) in
        task.trials().iter().zip(report["decisions"]["circuit"].as_array().unwrap())
    {
        let decisions = verdict["decisions"].as_array().unwrap();
        assert_eq!(trial.answers.len(), decisions.len());
        for (answer, decision) in trial.answers.iter().zip(decisions) {
            let count = if answer.class == Some(0) { &mut zeros } else { &mut signs };
            count[0] += 1;
            count[1] += usize::from(decision["right"].as_bool().unwrap());
        }
    }
    assert_eq!((signs, zeros), ([116, 116], [72, 2]), "how many are asked for, and right");
}

#[test]
fn numbers_agree_up_to_their_last_digit() {
    assert!(same("radius 1.2070,  3 units", "radius 1.2071, 3 units"));
    assert!(!same("radius 1.2070, 3 units", "radius 1.2072, 3 units"));
    assert!(!same("3 units", "4 units"), "a count is exact");
    assert!(same("at most 2.2e-16", "at most 0.0e0") && same("1.5e-11", "9.0e-12"));
    assert!(!same("at most 2.2e-16", "at most 2.2e-6"));
    assert!(!same("at most 1.2e-3", "at most 1.4e-3") && same("1.2e-3", "1.3e-3"));
    assert!(!same("right +0.96", "right -0.96") && !same("stable", "unstable"));
}

#[test]
fn lines_are_left_out_only_where_the_text_says_so() {
    let found = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    assert!(agrees(&["a", "b", "c"], &found) && agrees(&["a", "..."], &found));
    assert!(agrees(&["...", "c"], &found) && agrees(&["a", "...", "c"], &found));
    assert!(!agrees(&["a", "c"], &found) && !agrees(&["a", "b"], &found));
    assert!(!agrees(&["...", "b"], &found) && !agrees(&["a", "b", "c", "d"], &found));
}

#[test]
fn a_figure_that_changed_is_noticed() {
    let figure = |circle: &str, points: &str, text: &str| {
        let line = format!(r#"<polyline stroke="red" points="{points}"/>"#);
        format!(r#"{line}<circle {circle}/><circle cx="90" cy="90"/><text x="1">{text}</text>"#)
    };
    let old = figure(r#"cx="10" cy="20""#, "0,0 1000,0", "0.5");
    let same = |circle: &str, points: &str| same_figure(&old, &figure(circle, points, "0.5"));
    // One pixel is 8 units; a line may have other points, where it runs the same way.
    assert!(same(r#"cx="18" cy="20""#, "0,0 300,10 1010,-20"));
    assert!(!same(r#"cx="19" cy="20""#, "0,0 1000,0"));
    assert!(
        !same(r#"cx="10" cy="20""#, "0,0 900,0")
            && !same(r#"cx="10" cy="20""#, "0,0 500,40 1000,0")
    );
    assert!(!same_figure(&old, &old.replace("red", "blue")));
    assert!(!same_figure(&old, &old.replace(">0.5<", ">half<")));
    assert!(!same_figure(&old, &old.replace(r#"<circle cx="90" cy="90"/>"#, "")));
}
