//! Documents whose commands are run.
//!
//! Every block ```` ```console ```` holds commands, each after a `$ `, and below
//! each what it prints. They are run one after the other in one folder; a line
//! `[exit code N]` ends the output of a command that does not end with 0, and a
//! line `...` stands for lines that are left out. `UPDATE_EXPECT=1` rewrites outputs
//! without `...`; it is refused where `CI` is set.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rounding differs between machines, and so may differences that consist of
/// nothing else: below this they need not agree with the text, only stay below.
const ROUNDING: f64 = 1e-8;
/// What stands for lines that are left out.
const ELLIPSIS: &str = "...";

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether expected outputs are to be written anew.
pub fn updating() -> bool {
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
            panic!("line {}: a block of commands starts with `$ `", number + 1);
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
pub fn split(line: &str) -> (Vec<String>, Vec<String>) {
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

/// Whether two lines are the same but for rounding.
pub fn same(expected: &str, found: &str) -> bool {
    let ((texts, numbers), (found_texts, found_numbers)) = (split(expected), split(found));
    texts == found_texts
        && numbers.len() == found_numbers.len()
        && numbers.iter().zip(&found_numbers).all(|(a, b)| near(a, b))
}

/// Whether the lines found are those expected.
pub fn agrees(expected: &[&str], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&ELLIPSIS, rest)) => (0..=found.len()).any(|skip| agrees(rest, &found[skip..])),
        Some((first, rest)) => found
            .split_first()
            .is_some_and(|(line, after)| same(first, line) && agrees(rest, after)),
    }
}

/// Runs all commands of a document in a folder and compares what they print;
/// gives the text back. Where outputs are written anew, so is the document.
pub fn check_document(name: &str, folder: &Path) -> String {
    let path = repository(name);
    let text = fs::read_to_string(&path).unwrap();
    let (mut faults, mut updated, mut runs) = (Vec::new(), String::new(), 0);
    for piece in pieces(&text) {
        match piece {
            Piece::Prose(line) => updated.extend([line, "\n"]),
            Piece::Run { line, command, expected } => {
                runs += 1;
                let found = run(command, folder);
                let kept = expected.contains(&ELLIPSIS);
                let good = agrees(&expected, &found);
                if !good && (kept || !updating()) {
                    let (expected, found) = (expected.join("\n"), found.join("\n"));
                    faults.push(format!(
                        "{name}:{line}: {command}\n--- expected\n{expected}\n--- found\n{found}\n"
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
    text
}

/// The names of the figures in a folder.
pub fn figures(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "svg")).collect()
}

/// How far a mark or a text may be from its place, and a line from where it ran: one and
/// four pixels. Rounding differs between machines, and a trajectory that leaves a saddle
/// makes a little more of it.
const STRAY: f64 = 8.0;
const STRAY_LINE: f64 = 32.0;

/// The numbers of every element of a figure, by everything else that the element says.
fn elements(figure: &str) -> BTreeMap<String, Vec<Vec<f64>>> {
    let mut all: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    for element in figure.split('<') {
        let (element, words) = element.split_once('>').unwrap_or((element, ""));
        let (head, points) = element.split_once(" points=\"").unwrap_or((element, ""));
        let (texts, numbers) = split(if points.is_empty() { head } else { points });
        // Colours and widths are part of what a line is, and words of what a text is.
        let key = if points.is_empty() { texts.join("#") + words } else { head.to_owned() };
        let numbers = numbers.iter().map(|number| number.parse().unwrap()).collect();
        all.entry(key).or_default().push(numbers);
    }
    all
}

/// Distance of a point from a segment.
fn distance(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (run, rise) = (b[0] - a[0], b[1] - a[1]);
    let length = run * run + rise * rise;
    let along = ((p[0] - a[0]) * run + (p[1] - a[1]) * rise) / length;
    let along = if length > 0.0 { along.clamp(0.0, 1.0) } else { 0.0 };
    (p[0] - a[0] - along * run).hypot(p[1] - a[1] - along * rise)
}

/// Whether every point of the lines lies on one of the others, but for what may stray.
fn runs_along(lines: &[Vec<f64>], others: &[Vec<f64>]) -> bool {
    let on = |p: &[f64; 2]| {
        others.iter().any(|other| {
            let (points, _) = other.as_chunks::<2>();
            points.windows(2).any(|pair| distance(*p, pair[0], pair[1]) <= STRAY_LINE)
                || points.iter().any(|q| distance(*p, *q, *q) <= STRAY_LINE)
        })
    };
    lines.iter().all(|line| line.as_chunks::<2>().0.iter().all(on))
}

/// Whether each is near one of the others.
fn each_is_near(marks: &[Vec<f64>], others: &[Vec<f64>]) -> bool {
    let near = |a: &Vec<f64>, b: &Vec<f64>| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= STRAY)
    };
    marks.iter().all(|mark| others.iter().any(|other| near(mark, other)))
}

/// Whether two figures show the same: as many marks and texts of every kind, in any order,
/// none moved by more than a pixel, and lines that run where the others run.
pub fn same_figure(expected: &str, found: &str) -> bool {
    let (expected, found) = (elements(expected), elements(found));
    expected.len() == found.len()
        && expected.iter().zip(&found).all(|((kind, a), (other, b))| {
            let agree = if kind.starts_with("poly") { runs_along } else { each_is_near };
            kind == other && a.len() == b.len() && agree(a, b) && agree(b, a)
        })
}

/// Every figure shown in `docs/NAME` is one that was drawn, is up to date, and is in the
/// text `docs/NAME.md`.
pub fn compare_figures(name: &str, text: &str, drawn: &Path) {
    let shown = repository(&format!("docs/{name}"));
    let names = figures(drawn);
    if updating() {
        fs::create_dir_all(&shown).unwrap();
        for name in &names {
            fs::copy(drawn.join(name), shown.join(name)).unwrap();
        }
    }
    assert_eq!(figures(&shown), names, "shown in {}, and drawn", shown.display());
    for figure in names {
        assert!(text.contains(&format!("]({name}/{figure})")), "{figure} is not in the text");
        let expected = fs::read_to_string(shown.join(&figure)).unwrap();
        let found = fs::read_to_string(drawn.join(&figure)).unwrap();
        assert!(same_figure(&expected, &found), "docs/{name}/{figure} is drawn otherwise now");
    }
}
