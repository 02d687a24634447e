//! All methods on segments with known maps.

use std::io::Write;

use analogon::signal::synthetic::{ALIGNERS, NOISES, SCENARIOS, align_benchmark};
use serde_json::json;

use crate::{
    failure::{Failure, Outcome},
    json,
    progress::Stopwatch,
};

/// Prints the table.
pub(super) fn run(seeds: u32, is_json: bool, out: &mut dyn Write) -> Result<Outcome, Failure> {
    if seeds == 0 {
        return Err(Failure::new("--seeds is 0", "at least one set of segments is needed"));
    }
    let cells = || SCENARIOS.into_iter().flat_map(|s| NOISES.map(|noise| (s, noise)));
    if !is_json {
        writeln!(
            out,
            "error of the average of 50 segments of 2000 samples against the known template, after"
        )?;
        writeln!(out, "the best shift, stretch and gain: mean (and worst) of {seeds} sets\n")?;
        write!(out, "{:10}", "")?;
        for (scenario, noise) in cells() {
            write!(out, "{:>15}", format!("{scenario:?} {noise}"))?;
        }
        writeln!(out, "{:>12}", "s a set")?;
    }
    let mut rows = Vec::new();
    for (name, aligner) in ALIGNERS {
        let watch = Stopwatch::start();
        let found = cells().map(|(s, noise)| align_benchmark(aligner, s, noise, seeds));
        let found = found.collect::<Result<Vec<(f64, f64)>, _>>().map_err(Failure::of)?;
        let each = watch.seconds() / (found.len() as f64 * f64::from(seeds));
        if is_json {
            rows.push(json!({ "method": name, "error": found, "seconds_with_scoring": each }));
            continue;
        }
        write!(out, "{name:10}")?;
        for (mean, worst) in found {
            write!(out, "{:>15}", format!("{mean:.4} ({worst:.3})"))?;
        }
        writeln!(out, "{each:12.3}")?;
    }
    if is_json {
        let names: Vec<String> = cells().map(|(s, noise)| format!("{s:?} {noise}")).collect();
        json::print(&json!({ "seeds": seeds, "cells": names, "methods": rows }), out)?;
    }
    Ok(Outcome::Holds)
}
