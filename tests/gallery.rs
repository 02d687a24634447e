//! The page of figures: its commands run, print what it says, and draw what it shows.
//!
//! They are run in one temporary folder, as `tests/common/document.rs` says. Every
//! SVG that they draw is shown in `docs/figures` and has the same texts there; lines
//! and rasters may differ by the rounding of another processor.
//! `UPDATE_EXPECT=1 cargo test --test gallery` rewrites outputs and figures.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "it reads files")]

mod common;

use std::fs;
use std::path::Path;

use common::document::{check_document, figures, repository, same, updating};

/// What a reader may have to load, bytes.
const MOST: u64 = 600_000;

/// All texts of a picture, in the order in which they are drawn.
fn texts(svg: &str) -> Vec<String> {
    let parts = svg.split("</text>").filter_map(|part| part.rsplit_once('>'));
    let mut texts: Vec<String> = parts.map(|(_, text)| text.trim().to_owned()).collect();
    // The last part is what follows the last text.
    texts.pop();
    texts
}

#[test]
fn every_figure_is_drawn_by_its_command() {
    let folder = tempfile::tempdir().unwrap();
    for file in
        ["examples/three_bit.npz", "examples/three_bit_initial.npz", "netlists/rnn/oscillator.cir"]
    {
        let name = Path::new(file).file_name().unwrap();
        fs::copy(repository(file), folder.path().join(name)).unwrap();
    }
    let text = check_document("docs/figures.md", folder.path());
    let (shown, drawn) = (repository("docs/figures"), folder.path());
    let names = figures(drawn);
    if updating() {
        fs::create_dir_all(&shown).unwrap();
        for name in &names {
            fs::copy(drawn.join(name), shown.join(name)).unwrap();
        }
    }
    assert_eq!(figures(&shown), names, "shown in docs/figures, and drawn");
    let mut size = 0;
    for name in names {
        assert!(text.contains(&format!("](figures/{name})")), "{name} is not in the text");
        size += fs::metadata(shown.join(&name)).unwrap().len();
        let [expected, found] =
            [&shown, drawn].map(|folder| texts(&fs::read_to_string(folder.join(&name)).unwrap()));
        assert!(expected.len() > 5, "{name} has hardly any text: {expected:?}");
        assert_eq!(expected.len(), found.len(), "{name} has other texts now");
        for (expected, found) in expected.iter().zip(&found) {
            assert!(same(expected, found), "{name}: `{expected}` is `{found}` now");
        }
    }
    assert!(size <= MOST, "{size} bytes are too many");
}

/// The page has a section for every figure that the program knows.
#[test]
fn no_figure_is_left_out() {
    let text = fs::read_to_string(repository("docs/figures.md")).unwrap();
    let list = common::bench::Bench::new().good(&["plot", "--list"]);
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 10, "{list}");
    for name in names {
        assert!(text.contains(&format!("\n## {name}\n")), "no section `{name}`");
    }
}
