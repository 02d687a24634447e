//! What the integration tests share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

pub mod bench;
pub mod circuits;
pub mod document;
pub mod nets;
pub mod solving;

pub mod random;

use std::path::PathBuf;

use analogon::{
    circuit::Circuit,
    diag,
    elaborate::elaborate,
    netlist,
    rnn::format::{LoadOptions, Loaded, load},
};

/// The folder of the trained networks, which cannot be redistributed; says so
/// where it is missing.
pub fn networks() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/networks");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the trained networks are not in {}", folder.display());
    None
}

/// A trained network by its file name.
pub fn network(name: &str) -> Option<Loaded> {
    let path = networks()?.join(name);
    let bytes = std::fs::read(&path).expect("the network is readable");
    Some(load(name, &bytes, &LoadOptions::default()).expect("the network loads"))
}

/// The circuit of a deck.
pub fn circuit(deck: &str) -> Circuit {
    let parsed = netlist::parse("deck.cir", deck.as_bytes(), &diag::NoSources);
    assert!(parsed.diagnostics.is_empty(), "{}", diag::render(&parsed.map, &parsed.diagnostics));
    match elaborate(&parsed.netlist) {
        Ok(circuit) => circuit,
        Err(faults) => panic!("{}", diag::render(&parsed.map, &faults)),
    }
}

/// What is wrong with a deck, as it is shown.
pub fn faults(deck: &str) -> String {
    let parsed = netlist::parse("deck.cir", deck, &diag::NoSources);
    let elaborated = elaborate(&parsed.netlist).err().unwrap_or_default();
    let all = [parsed.diagnostics, elaborated].concat();
    diag::render(&parsed.map, &all)
}
