//! Reference values with their provenance, and ngspice, which they come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::document::repository;

/// Where values come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Name and version of the simulator.
    pub simulator: String,
    /// When that was built, which is all that tells builds apart.
    pub build: String,
    /// Its command line.
    pub command: String,
    /// When the values were made.
    pub date: String,
}

impl Provenance {
    /// Of values that ngspice makes now.
    pub fn now(command: &str) -> Self {
        let output = Command::new("ngspice").arg("--version").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let find = |word: &str| {
            let line = text.lines().find(|line| line.contains(word)).expect("a banner");
            line.trim_start_matches('*').trim().to_owned()
        };
        let version = find("ngspice-");
        let day = Command::new("date").args(["-u", "+%F"]).output().unwrap().stdout;
        Self {
            simulator: version.split(' ').next().unwrap().to_owned(),
            build: find("Creation Date").trim_start_matches("Creation Date: ").to_owned(),
            command: command.to_owned(),
            date: String::from_utf8(day).unwrap().trim().to_owned(),
        }
    }
}

/// What tells a deck from another one.
pub fn checksum(text: &str) -> String {
    format!("crc32c:{:08x}", crc32c::crc32c(text.as_bytes()))
}

/// True where reference values are to be written anew: with `UPDATE_GOLDEN=1`, which
/// nobody sets where changes are checked.
pub fn updating() -> bool {
    let set = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    assert!(!(set && std::env::var("CI").is_ok()), "references are not made where CI is set");
    set
}

/// The decks that are shipped, in the order of their names.
pub fn decks() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(repository("netlists")).unwrap().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap().flatten());
    let is_deck = |path: &PathBuf| path.extension().is_some_and(|end| end == "cir");
    let mut found: Vec<PathBuf> = files.map(|file| file.path()).filter(is_deck).collect();
    found.sort();
    found
}

/// The text of a deck with all files that it includes in their places.
pub fn standalone(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        match line.strip_prefix(".include ") {
            Some(name) => whole.push_str(&standalone(&path.parent().unwrap().join(name))),
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    whole
}

/// What ngspice prints about a deck.
pub fn ngspice_prints(deck: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("deck.cir"), deck).unwrap();
    let run = Command::new("ngspice")
        .args(["-b", "deck.cir"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// The measures that ngspice finds in a deck of one analysis; it measures the last one
/// only.
pub fn ngspice_measures(deck: &str) -> BTreeMap<String, f64> {
    let text = ngspice_prints(deck);
    let wanted = deck.lines().filter_map(|line| line.strip_prefix(".measure "));
    let wanted = wanted.map(|card| card.split_whitespace().nth(1).unwrap());
    wanted
        .map(|name| {
            let value = text.lines().find_map(|line| {
                let (left, right) = line.split_once('=')?;
                (left.trim() == name)
                    .then(|| right.split_whitespace().next()?.parse::<f64>().ok())?
            });
            let value = value.unwrap_or_else(|| panic!("ngspice has no {name}\n{text}"));
            (name.to_owned(), value)
        })
        .collect()
}
