//! The tutorial prints what the program prints, and shows what it draws.
//!
//! Every block ```` ```console ```` of `docs/tutorial.md` holds commands, each after a
//! `$ `, and below each what it prints. They are run one after the other in one
//! temporary folder with the tutorial's network; a line `[exit code N]` ends the
//! output of a command that does not end with 0, and a line `...` stands for
//! lines that are left out. Then every figure in `docs/tutorial` must have been
//! drawn again. `UPDATE_EXPECT=1 cargo test --test tutorial` rewrites outputs
//! without `...` and all figures; it is refused where `CI` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use analogon::task::named;
use serde_json::Value;

/// Rounding differs between machines, and so may differences that consist of
/// nothing else: below this they need not agree with the text, only stay below.
const ROUNDING: f64 = 1e-8;
/// What stands for lines that are left out.
const ELLIPSIS: &str = "...";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn updating() -> bool {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    assert!(!update || std::env::var_os("CI").is_none(), "CI compares, it never updates");
    update
}

/// A stretch of the text.
enum Piece<'a> {
    /// Anything that is not run.
    Prose(&'a str),
    /// A command and the lines below it.
    Run { line: usize, command: &'a str, expected: Vec<&'a str> },
}

/// The text in pieces, in order: nothing is lost.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
            pieces.push(Piece::Prose(line));
        } else if !inside {
            pieces.push(Piece::Prose(line));
        } else if let Some(command) = line.strip_prefix("$ ") {
            pieces.push(Piece::Run { line: number + 1, command, expected: Vec::new() });
        } else if let Some(Piece::Run { expected, .. }) = pieces.last_mut() {
            expected.push(line);
        } else {
            panic!("docs/tutorial.md:{}: a block of commands starts with `$ `", number + 1);
        }
    }
    pieces
}

/// What a command prints, its exit code in the last line where it is not 0.
fn run(command: &str, folder: &Path) -> Vec<String> {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("analogon"), "only analogon is run, not `{command}`");
    let output = Command::new(env!("CARGO_BIN_EXE_analogon"))
        .args(words)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let printed = [output.stdout, output.stderr].concat();
    let mut lines: Vec<String> =
        String::from_utf8_lossy(&printed).lines().map(|line| line.trim_end().to_owned()).collect();
    match output.status.code() {
        Some(0) => {}
        code => lines.push(format!("[exit code {}]", code.expect("no signal ends the program"))),
    }
    lines
}

/// A text as what is not a number and the numbers between, as they are written.
fn split(line: &str) -> (Vec<String>, Vec<String>) {
    let characters: Vec<char> = line.chars().collect();
    let digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    let (mut texts, mut numbers) = (vec![String::new()], Vec::new());
    let mut at = 0;
    while at < characters.len() {
        if !digit(at) {
            texts.last_mut().unwrap().push(characters[at]);
            at += 1;
            continue;
        }
        let from = at;
        while digit(at) {
            at += 1;
        }
        if characters.get(at) == Some(&'.') && digit(at + 1) {
            at += 1;
            while digit(at) {
                at += 1;
            }
        }
        if characters.get(at) == Some(&'e') {
            let signed = characters.get(at + 1) == Some(&'-');
            if digit(at + 1 + usize::from(signed)) {
                at += 1 + usize::from(signed);
                while digit(at) {
                    at += 1;
                }
            }
        }
        numbers.push(characters[from..at].iter().collect());
        texts.push(String::new());
    }
    // A number of another width moves what stands beside it.
    let plain = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (texts.iter().map(plain).collect(), numbers)
}

/// Whether two numbers are the same but for the last digit that is written, or
/// both nothing but rounding.
fn near(expected: &str, found: &str) -> bool {
    if expected == found {
        return true;
    }
    if !expected.contains(['.', 'e']) {
        return false;
    }
    let (a, b): (f64, f64) = (expected.parse().unwrap(), found.parse().unwrap());
    let (mantissa, exponent) = expected.split_once('e').unwrap_or((expected, "0"));
    let places = mantissa.split_once('.').map_or(0, |(_, places)| places.len());
    let last = 10f64.powi(exponent.parse::<i32>().unwrap() - places as i32);
    // A little more than one, since neither number is exact in binary.
    (a - b).abs() <= 1.01 * last || (a < ROUNDING && b < ROUNDING)
}

fn same(expected: &str, found: &str) -> bool {
    let ((texts, numbers), (found_texts, found_numbers)) = (split(expected), split(found));
    texts == found_texts
        && numbers.len() == found_numbers.len()
        && numbers.iter().zip(&found_numbers).all(|(a, b)| near(a, b))
}

/// Whether the lines found are those expected.
fn agrees(expected: &[&str], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&ELLIPSIS, rest)) => (0..=found.len()).any(|skip| agrees(rest, &found[skip..])),
        Some((first, rest)) => found
            .split_first()
            .is_some_and(|(line, after)| same(first, line) && agrees(rest, after)),
    }
}

/// The names of the figures in a folder.
fn figures(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "svg")).collect()
}

/// Whether two figures have the same elements, none moved by more than a unit.
fn same_figure(expected: &str, found: &str) -> bool {
    let ((texts, numbers), (found_texts, found_numbers)) = (split(expected), split(found));
    let close = |(a, b): (&String, &String)| {
        a == b || (a.parse::<f64>().unwrap() - b.parse::<f64>().unwrap()).abs() <= 1.0
    };
    texts == found_texts
        && numbers.len() == found_numbers.len()
        && numbers.iter().zip(&found_numbers).all(close)
}

#[test]
fn the_text_prints_what_the_program_prints() {
    let path = repository("docs/tutorial.md");
    let text = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(repository("examples/three_bit.npz"), folder.path().join("three_bit.npz")).unwrap();
    let (mut faults, mut updated, mut runs) = (Vec::new(), String::new(), 0);
    for piece in pieces(&text) {
        match piece {
            Piece::Prose(line) => updated.extend([line, "\n"]),
            Piece::Run { line, command, expected } => {
                runs += 1;
                let found = run(command, folder.path());
                let kept = expected.contains(&ELLIPSIS);
                let good = agrees(&expected, &found);
                if !good && (kept || !updating()) {
                    let (expected, found) = (expected.join("\n"), found.join("\n"));
                    faults.push(format!(
                        "docs/tutorial.md:{line}: {command}\n--- expected\n{expected}\n--- found\n{found}\n"
                    ));
                }
                updated.extend(["$ ", command, "\n"]);
                let lines: Vec<&str> = found.iter().map(String::as_str).collect();
                for line in if good || kept { expected } else { lines } {
                    updated.extend([line, "\n"]);
                }
            }
        }
    }
    assert!(runs > 0, "no command was found");
    if updating() {
        fs::write(&path, updated).unwrap();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    compare_figures(&text, folder.path());
}

/// Every figure shown is one that was drawn, and is up to date.
fn compare_figures(text: &str, drawn: &Path) {
    let shown = repository("docs/tutorial");
    let names = figures(drawn);
    if updating() {
        for name in &names {
            fs::copy(drawn.join(name), shown.join(name)).unwrap();
        }
    }
    assert_eq!(figures(&shown), names, "shown in docs/tutorial, and drawn");
    for name in names {
        assert!(text.contains(&format!("](tutorial/{name})")), "{name} is not in the text");
        let expected = fs::read_to_string(shown.join(&name)).unwrap();
        let found = fs::read_to_string(drawn.join(&name)).unwrap();
        assert!(same_figure(&expected, &found), "docs/tutorial/{name} is drawn otherwise now");
    }
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
    let old = r#"<circle cx="10" cy="20"/><text>0.5</text>"#;
    assert!(same_figure(old, r#"<circle cx="11" cy="20"/><text>0.5</text>"#));
    assert!(!same_figure(old, r#"<circle cx="12" cy="20"/><text>0.5</text>"#));
    assert!(!same_figure(old, r#"<circle cx="10" cy="20"/>"#));
}
