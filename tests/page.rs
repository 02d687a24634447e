//! The page of a verification, alone and in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

use std::path::Path;
use std::process::Command;

fn analogon(args: &[&str]) -> (Option<i32>, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_analogon")).args(args).output().unwrap();
    let text = [run.stdout, run.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
    (run.status.code(), text.concat())
}

const NETWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/xor_n16.safetensors");

/// A page of the network with its deck, one resistor of which has that factor.
fn page(folder: &Path, factor: f64) -> (Option<i32>, String) {
    let deck = folder.join("xor.cir");
    let deck = deck.to_str().unwrap();
    assert_eq!(analogon(&["synth", NETWORK, "-o", deck]).0, Some(0));
    let text = std::fs::read_to_string(deck).unwrap();
    let changed: Vec<String> = text
        .lines()
        .map(|line| match line.strip_prefix("R1 a1 h1 ") {
            Some(value) => format!("R1 a1 h1 {}", value.parse::<f64>().unwrap() * factor),
            None => line.to_owned(),
        })
        .collect();
    std::fs::write(deck, changed.join("\n") + "\n").unwrap();
    let html = folder.join("report.html");
    let path = html.to_str().unwrap();
    let (code, text) = analogon(&["verify", NETWORK, deck, "--task", "xor", "--report", path]);
    (code, std::fs::read_to_string(html).unwrap_or(text))
}

#[test]
fn a_page_says_what_the_command_says() {
    let folder = tempfile::tempdir().unwrap();
    let (code, html) = page(folder.path(), 1.0);
    assert_eq!(code, Some(0), "{html}");
    assert!(html.contains("data-holds=\"true\">EQUIVALENT: "), "{html}");
    let (code, html) = page(folder.path(), 1.1);
    assert_eq!(code, Some(1));
    assert!(html.contains("data-holds=\"false\">NOT EQUIVALENT: "));
    for heading in ["Levels", "Trajectories", "Where the network rests", "How to repeat this"] {
        assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(html.contains("<pre>analogon verify "));
}

/// One file: nothing is loaded, and nothing runs.
#[test]
fn a_page_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_, html) = page(folder.path(), 1.0);
    let without_names = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for forbidden in ["http:", "https:", "<script", "<link", "<img", "url(", "@import", "src="] {
        assert!(!without_names.contains(forbidden), "{forbidden}");
    }
    assert!(html.matches("<svg").count() >= 4, "figures");
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
}

fn browser() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success())
    });
    if found.is_none() {
        eprintln!("SKIPPED: there is no chromium here");
    }
    found
}

#[test]
fn a_browser_reads_the_verdict() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (factor, holds) in [(1.0, true), (1.1, false)] {
        page(folder.path(), factor);
        let profile = folder.path().join("profile");
        let run = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", folder.path().join("report.html").display()))
            .output()
            .unwrap();
        let dom = String::from_utf8(run.stdout).unwrap();
        let verdict = dom
            .split("id=\"verdict\"")
            .nth(1)
            .and_then(|rest| rest.split_once('>'))
            .and_then(|(attributes, rest)| Some((attributes, rest.split_once('<')?.0)))
            .expect("the browser finds the verdict");
        assert!(verdict.0.contains(&format!("data-holds=\"{holds}\"")), "{verdict:?}");
        assert_eq!(verdict.1.starts_with("EQUIVALENT"), holds, "{verdict:?}");
        assert!(dom.matches("<figure>").count() >= 4, "the figures are figures");
    }
}
