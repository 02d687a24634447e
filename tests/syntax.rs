//! The corpus of decks: what each good one means when printed again, and what
//! each bad one is told.
//!
//! `ui/ok/NAME.cir` must have no error, and prints as `NAME.txt`; warnings come
//! first. `ui/err/NAME.cir` must have one, and renders as `NAME.txt`. Included
//! files end in `.inc`. Every file must be used. The expected files are written
//! by `UPDATE_EXPECT=1 cargo test --test syntax`, which is refused where `CI`
//! is set.

#![expect(clippy::unwrap_used, reason = "a test stops where its files cannot be read")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use analogon::diag::{Sources, has_errors, render};
use analogon::netlist::{parse, print};

/// Files of one folder, which notes what was read.
struct Folder {
    path: PathBuf,
    used: RefCell<BTreeSet<String>>,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(name);
        Self { path, used: RefCell::default() }
    }

    #[expect(clippy::disallowed_methods, reason = "the corpus is a folder of files")]
    fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        self.used.borrow_mut().insert(name.to_owned());
        std::fs::read(self.path.join(name)).map_err(|_| "no such file".to_owned())
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Sources for Folder {
    fn read(&self, name: &str, _from: &str) -> Result<Vec<u8>, String> {
        self.bytes(name)
    }
}

#[expect(clippy::disallowed_methods, reason = "UPDATE_EXPECT rewrites the expected files")]
fn compare(folder: &Folder, name: &str, found: &str) -> Result<(), String> {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    assert!(!update || std::env::var_os("CI").is_none(), "CI compares, it never updates");
    if update {
        folder.used.borrow_mut().insert(name.to_owned());
        std::fs::write(folder.path.join(name), found).unwrap();
        return Ok(());
    }
    let expected = folder.bytes(name).unwrap_or_default();
    if expected == found.as_bytes() {
        return Ok(());
    }
    let expected = String::from_utf8_lossy(&expected);
    Err(format!("{name}\n--- expected\n{expected}\n--- found\n{found}"))
}

/// Compares every deck of a folder with the text that `describe` makes of it.
fn check(folder: &str, describe: impl Fn(&Folder, &str, &[u8]) -> String) -> usize {
    let folder = Folder::new(folder);
    let names = folder.names();
    let mut faults = Vec::new();
    let mut decks = 0;
    for name in &names {
        let Some(stem) = name.strip_suffix(".cir") else { continue };
        decks += 1;
        let bytes = folder.bytes(name).unwrap();
        let found = describe(&folder, name, &bytes);
        faults.extend(compare(&folder, &format!("{stem}.txt"), &found).err());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let unclaimed: Vec<_> = names.difference(&folder.used.borrow()).cloned().collect();
    assert!(unclaimed.is_empty(), "no deck uses {unclaimed:?}");
    decks
}

#[test]
fn bad_decks_are_told_why() {
    let decks = check("err", |folder, name, bytes| {
        let parsed = parse(name, bytes, folder);
        assert!(has_errors(&parsed.diagnostics), "{name} has no error");
        render(&parsed.map, &parsed.diagnostics)
    });
    assert!(decks >= 40, "only {decks} decks");
}

#[test]
fn good_decks_mean_what_they_say() {
    let decks = check("ok", |folder, name, bytes| {
        let parsed = parse(name, bytes, folder);
        let told = render(&parsed.map, &parsed.diagnostics);
        assert!(!has_errors(&parsed.diagnostics), "{name}:\n{told}");
        let printed = print(&parsed.netlist);
        let again = parse(name, &printed, folder);
        assert_eq!(print(&again.netlist), printed, "{name} does not read back");
        format!("{told}{printed}")
    });
    assert!(decks >= 8, "only {decks} decks");
}
