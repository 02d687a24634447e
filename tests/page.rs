//! The page of a verification, alone and in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::process::Command;

use common::bench::Bench;

const NETWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/xor_n16.safetensors");

/// Exit code and page of the network with its deck, one resistor of which has that factor.
fn page(bench: &Bench, factor: f64) -> (i32, String) {
    bench.good(&["synth", NETWORK, "-o", "xor.cir"]);
    let text = std::fs::read_to_string(bench.path("xor.cir")).unwrap();
    let changed: Vec<String> = text
        .lines()
        .map(|line| match line.strip_prefix("R1 a1 h1 ") {
            Some(value) => format!("R1 a1 h1 {}", value.parse::<f64>().unwrap() * factor),
            None => line.to_owned(),
        })
        .collect();
    bench.write("xor.cir", changed.join("\n") + "\n");
    let run =
        bench.run(&["verify", NETWORK, "xor.cir", "--task", "xor", "--report", "report.html"]);
    (run.code, std::fs::read_to_string(bench.path("report.html")).unwrap_or(run.err))
}

#[test]
fn a_page_says_what_the_command_says() {
    let bench = Bench::new();
    let (code, html) = page(&bench, 1.0);
    assert_eq!(code, 0, "{html}");
    assert!(html.contains("data-holds=\"true\">EQUIVALENT: "), "{html}");
    let (code, html) = page(&bench, 1.1);
    assert_eq!(code, 1);
    assert!(html.contains("data-holds=\"false\">NOT EQUIVALENT: "));
    for heading in ["Levels", "Trajectories", "Where the network rests", "How to repeat this"] {
        assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(html.contains("<pre>analogon verify "));
}

/// One file: nothing is loaded, and nothing runs.
#[test]
fn a_page_stands_alone() {
    let bench = Bench::new();
    let (_, html) = page(&bench, 1.0);
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
    let bench = Bench::new();
    for (factor, holds) in [(1.0, true), (1.1, false)] {
        page(&bench, factor);
        let profile = bench.path("profile");
        let run = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", bench.path("report.html").display()))
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
