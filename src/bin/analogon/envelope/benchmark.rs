//! All methods on signals with known envelopes.

use std::io::Write;

use analogon::signal::{
    envelope::{Method, SegmentOptions},
    synthetic::{
        ENVELOPE_SNRS, SEGMENT_SNRS, envelope_benchmark, envelope_methods, segment_benchmark,
    },
};
use serde_json::json;

use crate::{
    failure::{Failure, Outcome},
    json,
};

/// Prints the tables.
pub(super) fn run(seeds: u32, is_json: bool, out: &mut dyn Write) -> Result<Outcome, Failure> {
    if seeds == 0 {
        return Err(Failure::new("--seeds is 0", "at least one signal of each kind is needed"));
    }
    let (names, methods): (Vec<&str>, Vec<Method>) = envelope_methods().into_iter().unzip();
    let scores = envelope_benchmark(&methods, seeds).map_err(Failure::of)?;
    let borders = segment_benchmark(&SegmentOptions::default(), seeds).map_err(Failure::of)?;
    if is_json {
        let rows = names.iter().zip(&scores).map(|(name, score)| {
            json!({
                "method": name, "error": score.errors, "passed": score.passed,
                "maxima_per_second": score.maxima,
            })
        });
        let level = |snr: &f64| if snr.is_finite() { json!(snr) } else { json!("clean") };
        let printed = json!({
            "seeds": seeds,
            "snr_db": ENVELOPE_SNRS.iter().map(level).collect::<Vec<_>>(),
            "envelope": rows.collect::<Vec<_>>(),
            "border_snr_db": SEGMENT_SNRS.iter().map(level).collect::<Vec<_>>(),
            "border_f1": borders,
        });
        json::print(&printed, out)?;
        return Ok(Outcome::Holds);
    }
    let level = |snr: &f64| {
        if snr.is_finite() { format!("{snr} dB") } else { "clean".to_owned() }
    };
    writeln!(
        out,
        "error relative to the known envelope, after the best gain; 20 signals of 1.5 s, {seeds} times each"
    )?;
    writeln!(out, "peaks within 10 % and local maxima a second: at 20 dB\n")?;
    write!(out, "{:30}", "")?;
    for snr in &ENVELOPE_SNRS {
        write!(out, "{:>8}", level(snr))?;
    }
    writeln!(out, "{:>8}{:>8}", "peaks", "maxima")?;
    for (name, score) in names.iter().zip(&scores) {
        write!(out, "{name:30}")?;
        for error in &score.errors {
            write!(out, "{error:8.4}")?;
        }
        writeln!(out, "{:8.2}{:8.1}", score.passed, score.maxima)?;
    }
    writeln!(out, "\nonsets and offsets within 10 ms of a trill: F1, {seeds} trills of 8 s\n")?;
    write!(out, "{:30}", "")?;
    for snr in &SEGMENT_SNRS {
        write!(out, "{:>8}", level(snr))?;
    }
    writeln!(out)?;
    for (name, of) in [("onsets", 0), ("offsets", 1)] {
        write!(out, "{name:30}")?;
        for border in &borders {
            write!(out, "{:8.3}", if of == 0 { border.0 } else { border.1 })?;
        }
        writeln!(out)?;
    }
    Ok(Outcome::Holds)
}
