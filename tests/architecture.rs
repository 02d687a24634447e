//! Rules about the source text itself: which module may use which, how long a
//! file may be, that no test is switched off, and that `ARCHITECTURE.md` names
//! every module and every dependency.
//!
//! A module uses only modules of lower layers. That leaves no room for a cycle.

#![expect(clippy::unwrap_used, reason = "a test stops where its files cannot be read")]

#[path = "architecture/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use source::Source;

/// The modules of the library by layer, the lowest first.
const LAYERS: &[&[&str]] = &[
    // The machine.
    &["vectors"],
    // Vocabulary.
    &["diag", "units", "expr", "linalg", "maps", "wave"],
    // Worlds apart.
    &["netlist", "circuit", "dae"],
    // What can be done in each.
    &["elaborate", "mna", "rnn", "signal", "task", "solve"],
    // The three procedures.
    &["transform"],
    // What systems do.
    &["dynamics"],
    // What it is for.
    &["simulate", "equiv", "train"],
    // How it is shown.
    &["plot"],
    &["report"],
];

/// Lines of a file, tests left out.
const LONGEST: usize = 400;

/// Files that may be longer, and why.
const LONG: &[(&str, &str)] =
    &[("src/elaborate/flatten.rs", "one walk through the instances, with the fault of every card")];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "this test reads the sources")]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// All Rust files below `folder`, as paths from the root.
fn rust_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// The module of the library that a file belongs to, and how deep in it the file
/// is: 1 for the root of the module. `None` for the roots of library and binary.
fn place(path: &str) -> Option<(&str, usize)> {
    let path = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let module = path.split('/').next()?;
    let outside = module == "bin" || path == "lib";
    (!outside).then(|| (module, path.split('/').count()))
}

/// What is wrong with the imports of one file.
fn wrong_imports(path: &str, source: &Source) -> Vec<String> {
    let Some((module, depth)) = place(path) else { return Vec::new() };
    let Some(own) = layer(module) else {
        return vec![format!("{path}: module `{module}` is in no layer")];
    };
    let mut wrong: Vec<String> = source
        .climbs_above(depth)
        .into_iter()
        .map(|line| format!("{path}:{line}: `super` leaves the module; say `crate::`"))
        .collect();
    for (line, used) in source.uses() {
        let fault = match layer(&used) {
            _ if used == module => continue,
            None => format!("`{used}` is no module of a layer"),
            Some(other) if other == own => format!("`{module}` uses `{used}` beside it"),
            Some(other) if other > own => format!("`{module}` uses `{used}` above it"),
            Some(_) => continue,
        };
        wrong.push(format!("{path}:{line}: {fault}"));
    }
    wrong
}

/// Tests that do not run.
fn switched_off(path: &str, source: &Source) -> Vec<String> {
    let ignored =
        source.bare_ignores().into_iter().map(|line| (line, "`#[ignore]` without reason"));
    let commented = source.commented_tests().into_iter().map(|line| (line, "a test in a comment"));
    ignored.chain(commented).map(|(line, what)| format!("{path}:{line}: {what}")).collect()
}

/// A file that is too long, or an exception that is none.
fn too_long(path: &str, source: &Source, exceptions: &[(&str, &str)]) -> Option<String> {
    let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
    let lines = if is_test { 0 } else { source.lines_without_tests() };
    let excepted = exceptions.iter().any(|(file, reason)| *file == path && !reason.is_empty());
    match (lines > LONGEST, excepted) {
        (true, false) => Some(format!("{path}: {lines} lines, at most {LONGEST}")),
        (false, true) => Some(format!("{path}: {lines} lines need no exception")),
        _ => None,
    }
}

/// The names in the sections of dependencies of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').ends_with("dependencies");
        } else if inside
            && let Some((name, _)) = line.split_once('=')
            && !line.starts_with('#')
        {
            names.insert(name.trim());
        }
    }
    names
}

/// The names in the first column of the tables below a heading.
fn rows<'a>(document: &'a str, heading: &str) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in document.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            inside = title == heading;
        } else if inside && let Some(row) = line.strip_prefix("| `") {
            names.extend(row.split('`').next());
        }
    }
    names
}

/// What stands in only one of two lists.
fn disagreements(what: &str, real: &BTreeSet<&str>, listed: &BTreeSet<&str>) -> Vec<String> {
    let unlisted = real.difference(listed).map(|name| format!("{what} `{name}` is not listed"));
    let gone = listed.difference(real).map(|name| format!("{what} `{name}` is listed but gone"));
    unlisted.chain(gone).collect()
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_use_only_lower_layers() {
    let files = rust_files("src");
    assert!(files.len() > 100, "only {} files found", files.len());
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|path| wrong_imports(path, &Source::new(&text(&root().join(path)))))
        .collect();
    none(&wrong);
}

#[test]
fn no_test_is_switched_off() {
    let files = ["src", "tests", "examples"].into_iter().flat_map(rust_files);
    let wrong: Vec<String> = files
        .flat_map(|path| switched_off(&path, &Source::new(&text(&root().join(&path)))))
        .collect();
    none(&wrong);
}

#[test]
fn no_file_is_too_long() {
    let files = rust_files("src");
    let mut wrong: Vec<String> = files
        .iter()
        .filter_map(|path| too_long(path, &Source::new(&text(&root().join(path))), LONG))
        .collect();
    let gone = LONG.iter().filter(|(file, _)| !files.iter().any(|path| path == file));
    wrong.extend(gone.map(|(file, _)| format!("{file}: an exception for no file")));
    none(&wrong);
}

#[test]
fn the_document_names_every_dependency_and_module() {
    let (manifest, document) =
        (text(&root().join("Cargo.toml")), text(&root().join("ARCHITECTURE.md")));
    let real = dependencies(&manifest);
    assert!(real.contains("nalgebra"), "{real:?}");
    let mut wrong = disagreements("dependency", &real, &rows(&document, "Dependencies"));
    let files = rust_files("src");
    let mut modules: BTreeSet<&str> = files.iter().filter_map(|f| place(f)).map(|p| p.0).collect();
    modules.insert("bin");
    let listed = rows(&document, "Code map");
    wrong.extend(modules.difference(&listed).map(|name| format!("module `{name}` is not listed")));
    none(&wrong);
}

/// The checks, seen to fail.
mod checks {
    use super::*;

    fn imports(path: &str, code: &str) -> Vec<String> {
        wrong_imports(path, &Source::new(code))
    }

    #[test]
    fn an_import_may_only_go_down() {
        assert!(imports("src/mna/mod.rs", "use crate::dae::Dae;").is_empty());
        assert!(imports("src/mna/mod.rs", "use crate::mna::Adjoint;").is_empty());
        let up = imports("src/expr/tape.rs", "\nuse crate::netlist::parse;");
        assert_eq!(up, ["src/expr/tape.rs:2: `expr` uses `netlist` above it"]);
        let beside = imports("src/mna/mod.rs", "use crate::solve::transient;");
        assert_eq!(beside, ["src/mna/mod.rs:1: `mna` uses `solve` beside it"]);
    }

    #[test]
    fn a_cycle_is_caught_on_one_side_at_least() {
        for (a, b) in [("rnn", "solve"), ("dae", "equiv"), ("equiv", "simulate")] {
            let one = imports(&format!("src/{a}/mod.rs"), &format!("use crate::{b}::X;"));
            let other = imports(&format!("src/{b}/mod.rs"), &format!("use crate::{a}::X;"));
            assert!(one.len() + other.len() > 0, "{a} and {b}");
        }
    }

    #[test]
    fn groups_are_looked_into() {
        let code = "use crate::{\n    dae::{Dae, lure::{Phi, Term}},\n    equiv::{self, verify},\n    task as t,\n};";
        let wrong = imports("src/mna/reduce.rs", code);
        let lines: Vec<&str> = wrong.iter().map(|w| w.split(": ").next().unwrap()).collect();
        assert_eq!(lines, ["src/mna/reduce.rs:3", "src/mna/reduce.rs:4"], "{wrong:?}");
        // Names inside a group are no modules.
        assert!(imports("src/mna/reduce.rs", "use crate::dae::{equiv, task::x};").is_empty());
    }

    #[test]
    fn paths_in_expressions_and_types_count() {
        let code = "fn f(x: &crate::rnn::Rnn) { crate::equiv::verify(x); }";
        assert_eq!(imports("src/linalg/lu.rs", code).len(), 2);
        assert_eq!(imports("src/linalg/lu.rs", "pub(in crate::rnn) fn f() {}").len(), 1);
        assert!(imports("src/linalg/lu.rs", "pub(crate) fn f() {}").is_empty());
    }

    #[test]
    fn comments_and_strings_do_not_count() {
        let code = concat!(
            "//! [`crate::equiv`]\n/* use crate::equiv; /* nested */ use crate::rnn; */\n",
            "const A: &str = \"use crate::equiv; \\\" use crate::rnn;\";\n",
            "const B: &str = r#\"use \" crate::equiv;\"#;\n",
            "const C: char = '\"';\nfn f<'a>(x: &'a str) -> &'a str { x }\n",
        );
        assert!(imports("src/linalg/lu.rs", code).is_empty());
        let after = format!("{code}use crate::equiv;");
        assert_eq!(imports("src/linalg/lu.rs", &after).len(), 1, "the end of it is seen");
    }

    #[test]
    fn super_does_not_leave_a_module() {
        assert!(imports("src/mna/mod.rs", "mod tests { use super::*; }").is_empty());
        assert!(imports("src/mna/reduce.rs", "use super::adjoint;").is_empty());
        assert!(imports("src/a/b/c.rs", "").len() == 1, "no module of a layer");
        assert_eq!(imports("src/mna/mod.rs", "use super::equiv;").len(), 1);
        assert_eq!(imports("src/mna/mod.rs", "mod tests { use super::super::equiv; }").len(), 1);
        assert_eq!(imports("src/mna/reduce.rs", "use super::super::equiv;").len(), 1);
        // The braces of a function are no module.
        assert_eq!(imports("src/units.rs", "fn f() { super::equiv::verify() }").len(), 1);
    }

    #[test]
    fn an_unlisted_module_is_caught() {
        assert_eq!(imports("src/misc.rs", ""), ["src/misc.rs: module `misc` is in no layer"]);
        let wrong = imports("src/mna/mod.rs", "use crate::misc::X;");
        assert_eq!(wrong, ["src/mna/mod.rs:1: `misc` is no module of a layer"]);
        assert_eq!(imports("src/mna/mod.rs", "use crate::*;").len(), 1, "all of the crate");
        assert_eq!(imports("src/mna/mod.rs", "use crate as c;").len(), 1, "another name for it");
    }

    #[test]
    fn switched_off_tests_are_caught() {
        let off = |code: &str| switched_off("src/x.rs", &Source::new(code)).len();
        assert_eq!(off("#[test]\n#[ignore]\nfn f() {}"), 1);
        assert_eq!(off("#[ ignore ]"), 1);
        assert_eq!(off("#[cfg_attr(windows, ignore)]"), 1);
        assert_eq!(off("#[ignore = \"needs a day\"]"), 0);
        assert_eq!(off("let s = \"#[ignore]\";"), 0);
        for comment in ["// mod tests;", "// #[cfg(test)]", "//#[test]", "/*\n mod tests {}\n*/"] {
            assert_eq!(off(comment), 1, "{comment}");
        }
        assert_eq!(off("// The mod tests is below."), 0);
        assert_eq!(off("#[cfg(test)]\nmod tests;"), 0);
    }

    #[test]
    fn long_files_are_caught_and_their_tests_not_counted() {
        let lines = |count: usize| "fn f() {}\n".repeat(count);
        let long = |path: &str, code: &str| {
            too_long(path, &Source::new(code), &[("src/old.rs", "history")]).is_some()
        };
        assert!(!long("src/x.rs", &lines(LONGEST)));
        assert!(long("src/x.rs", &lines(LONGEST + 1)));
        assert!(!long("src/x/tests.rs", &lines(LONGEST + 1)));
        let tested = format!(
            "{}#[cfg(test)]\n#[expect(x, y[0])]\nmod tests {{\n{}}}\n",
            lines(300),
            lines(300)
        );
        assert!(!long("src/x.rs", &tested));
        assert!(long("src/x.rs", &format!("{tested}{}", lines(101))), "after the tests");
        assert!(!long("src/old.rs", &lines(LONGEST + 1)));
        assert!(long("src/old.rs", &lines(LONGEST)), "an exception that is none any more");
    }

    #[test]
    fn a_dependency_that_is_not_listed_is_caught() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\na = \"1\"\n# why\nb = { v = 1 }\n[dev-dependencies]\nc = \"2\"\n[lints.rust]\nd = 1\n";
        let real = dependencies(manifest);
        assert_eq!(real.iter().copied().collect::<Vec<_>>(), ["a", "b", "c"]);
        let document = "## Other\n| `b` | x |\n## Dependencies\n| crate | job |\n|---|---|\n| `a` | x |\n| `old` | x |\n";
        let wrong = disagreements("dependency", &real, &rows(document, "Dependencies"));
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong.contains(&"dependency `old` is listed but gone".to_owned()));
    }
}
