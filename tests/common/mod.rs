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
pub mod draws;
pub mod golden;
pub mod nets;
pub mod solving;

pub mod random;

use std::path::PathBuf;
use std::process::Command;

use analogon::{
    circuit::Circuit,
    diag,
    elaborate::elaborate,
    netlist,
    rnn::format::{LoadOptions, Loaded, load},
    wave::{RawPlot, read_raw},
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

/// The files beside a deck.
pub struct Beside(pub PathBuf);

impl diag::Sources for Beside {
    fn read(&self, name: &str, _from: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(name)).map_err(|error| error.to_string())
    }
}

/// The circuit of a deck.
pub fn circuit(deck: &str) -> Circuit {
    circuit_from(deck, &diag::NoSources)
}

/// The circuit of a deck that names files.
pub fn circuit_from(deck: &str, files: &dyn diag::Sources) -> Circuit {
    let parsed = netlist::parse("deck.cir", deck.as_bytes(), files);
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

/// True where ngspice is installed; says so where it is not.
pub fn has_ngspice() -> bool {
    let found = Command::new("ngspice").arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("SKIPPED: ngspice is not installed");
    }
    found
}

/// What ngspice makes of a deck.
pub fn ngspice(deck: &str) -> Vec<RawPlot> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("deck.cir"), deck).unwrap();
    let run = Command::new("ngspice")
        .args(["-b", "-r", "out.raw", "deck.cir"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let raw = std::fs::read(folder.path().join("out.raw"))
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&run.stderr)));
    read_raw(&raw[..]).unwrap()
}
