//! The decks of `tests/golden/ngspice` in ngspice and here: every element and every
//! analysis that both know, unchanged.
//!
//! Beside each deck lies what ngspice finds, at a bounded number of points, with its
//! provenance and the tolerance in force. Where ngspice is installed it is asked again.
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes the files; a deck that was changed
//! without that is refused. A tolerance other than the usual one is a comment of the
//! deck: `* tolerance transient=5e-3 because ...`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use analogon::{
    linalg::Complex,
    simulate::{AnalysisResult, Simulation, SimulationOptions, carry_out, to_the_end},
    wave::{RawData, RawPlot, Waveform},
};
use common::document::repository;
use common::golden::{Provenance, checksum, ngspice_measures, ngspice_prints, updating};
use serde::{Deserialize, Serialize};

/// Decks at least.
const FEWEST: usize = 60;
/// Points of a signal that are stored.
const POINTS: usize = 64;
/// Signals of a result that are stored.
const SIGNALS: usize = 8;
/// Below this part of the largest value of its signal a value is as good as zero.
const ZERO: f64 = 1e-3;

/// How near is near enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tolerance {
    /// At rest and for small signals: relative to a value, or to a thousandth of the
    /// largest value of its signal.
    rest: f64,
    /// In transients: relative to the range of a signal. Of measures, and of noise over
    /// a band, relative to the value.
    transient: f64,
    /// In transients: how far a value may be away in time, relative to the stop time.
    time: f64,
    /// Why these.
    because: String,
}

impl Tolerance {
    /// That of a deck: the usual one, or what its comment says.
    fn of(deck: &str) -> Self {
        let mut tolerance = Self {
            rest: 1e-6,
            transient: 1e-3,
            time: 0.0,
            because: "rest: the tolerance of both, and constants of nature that differ by 5e-7; \
                      transient: the errors of both, and straight lines between points"
                .to_owned(),
        };
        let Some(comment) = deck.lines().find_map(|l| l.strip_prefix("* tolerance ")) else {
            return tolerance;
        };
        let (values, because) = comment.split_once(" because ").expect("a reason");
        for word in values.split_whitespace() {
            let (key, value) = word.split_once('=').unwrap();
            let value: f64 = value.parse().unwrap();
            match key {
                "rest" => tolerance.rest = value,
                "transient" => tolerance.transient = value,
                "time" => tolerance.time = value,
                other => panic!("no tolerance `{other}`"),
            }
        }
        because.clone_into(&mut tolerance.because);
        tolerance
    }
}

/// What one simulator finds in one analysis.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The card, or a name for what comes of it.
    analysis: String,
    /// Which points of the axis these are; empty for single values and transients.
    points: Vec<usize>,
    /// Time, frequency or the swept source; empty for single values.
    axis: Vec<f64>,
    /// Real parts by signal.
    re: BTreeMap<String, Vec<f64>>,
    /// Imaginary parts by signal; empty for real results.
    im: BTreeMap<String, Vec<f64>>,
}

impl Table {
    fn new(analysis: &str) -> Self {
        Self { analysis: analysis.to_owned(), ..Self::default() }
    }

    /// A result of single values.
    fn of(analysis: &str, values: impl IntoIterator<Item = (String, f64)>) -> Self {
        let re = values.into_iter().map(|(name, value)| (name, vec![value])).collect();
        Self { re, ..Self::new(analysis) }
    }

    fn add(&mut self, name: String, values: &[Complex]) {
        if values.iter().any(|z| z.im != 0.0) {
            self.im.insert(name.clone(), values.iter().map(|z| z.im).collect());
        }
        self.re.insert(name, values.iter().map(|z| z.re).collect());
    }

    fn value(&self, name: &str, at: usize) -> Complex {
        let im = self.im.get(name).map_or(0.0, |im| im[at]);
        Complex::new(self.re[name][at], im)
    }

    fn is_transient(&self) -> bool {
        self.analysis == "tran"
    }

    /// The signals that `other` has too, at no more points than are stored.
    fn selected(&self, other: &Self) -> Self {
        let mut chosen = Self::new(&self.analysis);
        let points = if self.is_transient() {
            spread_over_time(&self.axis)
        } else {
            spread(self.axis.len())
        };
        let pick = |values: &[f64]| -> Vec<f64> {
            if self.axis.is_empty() {
                return values.iter().copied().map(rounded).collect();
            }
            points.iter().map(|&at| rounded(values[at])).collect()
        };
        chosen.axis = pick(&self.axis);
        if !self.is_transient() {
            chosen.points.clone_from(&points);
        }
        let both = self.re.keys().filter(|name| other.re.contains_key(*name));
        for name in both.take(SIGNALS) {
            chosen.re.insert(name.clone(), pick(&self.re[name]));
            if let Some(im) = self.im.get(name) {
                chosen.im.insert(name.clone(), pick(im));
            }
        }
        chosen
    }
}

/// A value with nine figures after the first.
fn rounded(value: f64) -> f64 {
    format!("{value:.9e}").parse().unwrap()
}

/// Indices from 0 to `count`, evenly.
fn spread(count: usize) -> Vec<usize> {
    let most = if count < POINTS { count } else { POINTS };
    let last = count.saturating_sub(1);
    (0..most).map(|k| if most < 2 { 0 } else { (k * last) / (most - 1) }).collect()
}

/// Indices of instants that are about evenly spaced.
fn spread_over_time(times: &[f64]) -> Vec<usize> {
    let (first, last) = (times[0], times[times.len() - 1]);
    let mut points: Vec<usize> = (0..POINTS)
        .map(|k| first + (last - first) * k as f64 / (POINTS - 1) as f64)
        .map(|t| times.partition_point(|time| *time < t).min(times.len() - 1))
        .collect();
    points.dedup();
    points
}

/// One file beside a deck.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    made_by: Provenance,
    /// Of the text of the deck.
    deck: String,
    /// Tolerances of the solver, as the deck has them.
    solver: Vec<String>,
    tolerance: Tolerance,
    tables: Vec<Table>,
}

/// Cards of a deck that begin so.
fn cards<'d>(deck: &'d str, start: &'d str) -> impl Iterator<Item = &'d str> {
    deck.lines().filter(move |line| line.split(' ').next() == Some(start))
}

/// What we find.
fn ours(deck: &str) -> Vec<Table> {
    let circuit = common::circuit(deck);
    let found = carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end);
    let found = found.unwrap_or_else(|error| panic!("{error}\n{deck}"));
    let mut tables: Vec<Table> = Vec::new();
    for analysis in &found.analyses {
        let table = match analysis {
            AnalysisResult::OperatingPoint(point) => {
                Table::of("op", point.readings.iter().map(|r| (r.name.clone(), r.value)))
            }
            AnalysisResult::Transient(found) => real("tran", &found.waveform),
            AnalysisResult::Sweep(found) => real("dc", &found.waveform),
            AnalysisResult::Ac(found) => {
                let mut table = Table::new("ac");
                found.spectrum.frequencies().clone_into(&mut table.axis);
                for signal in found.spectrum.signals() {
                    table.add(signal.name.clone(), &signal.values);
                }
                table
            }
            AnalysisResult::Noise(found) => {
                // ngspice's other total is not the integral of its own spectrum.
                let total = [("onoise_total".to_owned(), found.output_total)];
                tables.push(Table::of("noise_total", total));
                real("noise", &found.waveform)
            }
            AnalysisResult::Transfer(found) => Table::of(
                "tf",
                [
                    ("gain".to_owned(), found.gain),
                    ("input".to_owned(), found.input_resistance),
                    ("output".to_owned(), found.output_resistance),
                ],
            ),
            AnalysisResult::Sensitivity(found) => {
                Table::of("sens", found.entries.iter().map(|e| (e.element.clone(), e.derivative)))
            }
            AnalysisResult::PolesZeros(found) => roots(
                found.poles.clone().unwrap_or_default(),
                found.zeros.clone().unwrap_or_default(),
            ),
        };
        // The levels of a nested sweep are one result there.
        match tables.last_mut() {
            Some(last) if last.analysis == "dc" && table.analysis == "dc" => {
                last.axis.extend(&table.axis);
                for (name, values) in &mut last.re {
                    values.extend(&table.re[name]);
                }
            }
            _ => tables.push(table),
        }
    }
    tables.extend(printed(&found));
    tables
}

fn real(analysis: &str, wave: &Waveform) -> Table {
    let re = wave.signals().iter().map(|signal| (signal.name.clone(), signal.values.clone()));
    Table { axis: wave.time().to_vec(), re: re.collect(), ..Table::new(analysis) }
}

/// Poles and zeros, each in one order.
fn roots(poles: Vec<Complex>, zeros: Vec<Complex>) -> Table {
    let mut table = Table::new("pz");
    for (name, mut roots) in [("poles", poles), ("zeros", zeros)] {
        // Pairs have their real part up to rounding.
        roots.sort_by(|a, b| {
            let near = (a.re - b.re).abs() <= 1e-6 * a.norm();
            let by_real = if near { std::cmp::Ordering::Equal } else { b.re.total_cmp(&a.re) };
            by_real.then(b.im.total_cmp(&a.im))
        });
        table.add(name.to_owned(), &roots);
    }
    table
}

/// Our measures and Fourier components.
fn printed(found: &Simulation) -> Vec<Table> {
    let mut tables = Vec::new();
    if !found.measures.is_empty() {
        let values = found.measures.iter().map(|m| (m.name.clone(), *m.value.as_ref().unwrap()));
        tables.push(Table::of("measure", values));
    }
    for card in &found.fourier {
        let mut table = Table::new("four");
        for signal in card.components.as_ref().unwrap() {
            let magnitudes = signal.harmonics.iter().map(|h| h.magnitude);
            let all = std::iter::once(signal.offset.abs()).chain(magnitudes);
            table.re.insert(signal.name.clone(), all.collect());
        }
        tables.push(table);
    }
    tables
}

/// What ngspice finds.
fn theirs(deck: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = common::ngspice(deck).iter().map(table_of).collect();
    if cards(deck, ".measure").next().is_some() {
        tables.push(Table::of("measure", ngspice_measures(deck)));
    }
    if cards(deck, ".four").next().is_some() {
        tables.push(fourier_of(&ngspice_prints(deck)));
    }
    tables
}

/// A plot of ngspice, with our names.
fn table_of(plot: &RawPlot) -> Table {
    let known = [
        ("Operating", "op"),
        ("DC transfer", "dc"),
        ("AC", "ac"),
        ("Transient", "tran"),
        ("Transfer", "tf"),
        ("Sensitivity", "sens"),
        ("Noise Spectral", "noise"),
        ("Integrated Noise", "noise_total"),
        ("Pole-Zero", "pz"),
    ];
    let analysis = known.iter().find(|(start, _)| plot.name.starts_with(start));
    let (_, analysis) = analysis.unwrap_or_else(|| panic!("`{}` is no analysis", plot.name));
    let vectors: Vec<Vec<Complex>> = match &plot.data {
        RawData::Real(all) => {
            all.iter().map(|v| v.iter().map(|&x| Complex::new(x, 0.0)).collect()).collect()
        }
        RawData::Complex(all) => all.clone(),
    };
    let mut table = Table::new(analysis);
    let has_axis = matches!(*analysis, "dc" | "ac" | "tran" | "noise");
    let (mut poles, mut zeros) = (Vec::new(), Vec::new());
    for (at, (variable, values)) in plot.variables.iter().zip(&vectors).enumerate() {
        if has_axis && at == 0 {
            table.axis = values.iter().map(|z| z.re).collect();
            continue;
        }
        let bare = |name: &str| {
            let inner = name.strip_prefix("v(").or_else(|| name.strip_prefix("i("));
            inner.and_then(|n| n.strip_suffix(')')).unwrap_or(name).to_owned()
        };
        let name = variable.name.to_ascii_lowercase();
        match *analysis {
            "tf" if name.contains("output_impedance") => table.add("output".to_owned(), values),
            "tf" if name.contains("input_impedance") => table.add("input".to_owned(), values),
            "tf" => table.add("gain".to_owned(), values),
            "pz" if name.contains("pole") => poles.extend(values),
            "pz" => zeros.extend(values),
            "sens" | "noise" | "noise_total" => table.add(bare(&name), values),
            _ => match name.strip_suffix("#branch") {
                Some(element) => table.add(format!("i({element})"), values),
                None if name.contains('(') => table.add(name, values),
                None => table.add(format!("v({name})"), values),
            },
        }
    }
    if *analysis == "pz" { roots(poles, zeros) } else { table }
}

/// The table that a `.four` card prints.
fn fourier_of(text: &str) -> Table {
    let mut table = Table::new("four");
    let mut signal = String::new();
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix("Fourier analysis for ") {
            name.trim_end_matches(':').clone_into(&mut signal);
            table.re.insert(signal.clone(), Vec::new());
        }
        let numbers: Option<Vec<f64>> = line.split_whitespace().map(|w| w.parse().ok()).collect();
        if let (Some(numbers), Some(values)) = (numbers, table.re.get_mut(&signal))
            && numbers.len() == 6
            && numbers[0] == values.len() as f64
        {
            values.push(numbers[2].abs());
        }
    }
    table
}

/// How far `found` is from `wanted` at most, in units of the tolerance; what is wrong
/// where they do not belong together.
fn distance(found: &Table, wanted: &Table, tolerance: &Tolerance) -> Result<(f64, String), String> {
    if wanted.re.is_empty() {
        return Err("no signal is compared".to_owned());
    }
    let mut worst = (0.0, String::new());
    for (name, values) in &wanted.re {
        let own = found.re.get(name).ok_or_else(|| format!("we have no `{name}`"))?;
        if wanted.axis.is_empty() && own.len() != values.len() {
            return Err(format!("`{name}` has {} values, not {}", own.len(), values.len()));
        }
        let scale = scale_of(wanted, name);
        for at in 0..values.len() {
            let target = wanted.value(name, at);
            let (gap, allowed) = match &*wanted.analysis {
                "tran" => {
                    let slack = tolerance.time * wanted.axis[wanted.axis.len() - 1];
                    let gap = gap_in_time(found, name, wanted.axis[at], target.re, slack)?;
                    (gap, tolerance.transient * scale)
                }
                // Even harmonics of what is symmetric are errors alone.
                "four" => ((found.value(name, at) - target).norm(), tolerance.transient * scale),
                "measure" | "noise_total" => {
                    let gap = (found.value(name, at) - target).norm();
                    (gap, tolerance.transient * target.norm())
                }
                _ => {
                    let own = value_at_point(found, wanted, name, at)?;
                    let gap = (own - target).norm();
                    (gap, tolerance.rest * (target.norm() + ZERO * scale))
                }
            };
            // What is zero in both has no scale.
            let units = if gap == 0.0 { 0.0 } else { gap / allowed };
            if !(units <= worst.0) {
                let place = wanted.axis.get(at).map_or(String::new(), |x| format!(" at {x:e}"));
                worst = (units, format!("{} {name}{place} = {target}", wanted.analysis));
            }
        }
    }
    Ok(worst)
}

/// The range of a signal in a transient, its largest value otherwise.
fn scale_of(table: &Table, name: &str) -> f64 {
    let values = || (0..table.re[name].len()).map(|at| table.value(name, at));
    let largest = values().map(Complex::norm).max_by(f64::total_cmp).unwrap_or(0.0);
    if !table.is_transient() {
        return largest;
    }
    let top = values().map(|z| z.re).max_by(f64::total_cmp).unwrap_or(0.0);
    let bottom = values().map(|z| z.re).min_by(f64::total_cmp).unwrap_or(0.0);
    let range = top - bottom;
    if range > 1e-6 * largest { range } else { largest }
}

/// Our value at a point of the other table; the axes are the same there.
fn value_at_point(found: &Table, wanted: &Table, name: &str, at: usize) -> Result<Complex, String> {
    let Some(&point) = wanted.points.get(at) else { return Ok(found.value(name, at)) };
    let (own, other) = (found.axis.get(point), wanted.axis[at]);
    let own = own.ok_or_else(|| format!("there is no point {point}"))?;
    if !((own - other).abs() <= 1e-6 * other.abs() + 1e-9) {
        return Err(format!("point {point} is at {own}, there at {other}"));
    }
    Ok(found.value(name, point))
}

/// How far our signal stays away from `target` within `slack` of `time`.
fn gap_in_time(
    found: &Table,
    name: &str,
    time: f64,
    target: f64,
    slack: f64,
) -> Result<f64, String> {
    let (times, values) = (&found.axis, &found.re[name]);
    let (first, last) = (times[0], times[times.len() - 1]);
    let inside = |t: f64| {
        if t < first {
            first
        } else if t > last {
            last
        } else {
            t
        }
    };
    if !(time <= last * (1.0 + 1e-9)) {
        return Err(format!("we stop at {last}, there is a point at {time}"));
    }
    let (from, to) = (inside(time - slack), inside(time + slack));
    let mut met = vec![interpolate(times, values, from), interpolate(times, values, to)];
    let (a, b) = (times.partition_point(|t| *t < from), times.partition_point(|t| *t <= to));
    met.extend(values.get(a..b).unwrap_or_default());
    if met.iter().any(|value| !value.is_finite()) {
        return Ok(f64::NAN);
    }
    let top = met.iter().copied().max_by(f64::total_cmp).unwrap();
    let bottom = met.iter().copied().min_by(f64::total_cmp).unwrap();
    Ok(if target > top {
        target - top
    } else if target < bottom {
        bottom - target
    } else {
        // NaN is in no interval.
        0.0 * target
    })
}

fn interpolate(times: &[f64], values: &[f64], time: f64) -> f64 {
    let after = times.partition_point(|t| *t < time).clamp(1, times.len() - 1);
    let (t0, t1) = (times[after - 1], times[after]);
    values[after - 1] + (values[after] - values[after - 1]) * (time - t0) / (t1 - t0)
}

/// Compares every table of `wanted`; the worst distance in units of the tolerance.
fn compare(found: &[Table], wanted: &[Table], tolerance: &Tolerance) -> Result<f64, String> {
    if wanted.is_empty() {
        return Err("ngspice found nothing".to_owned());
    }
    let mut worst = 0.0;
    for table in wanted {
        let own = found.iter().find(|own| own.analysis == table.analysis);
        let own = own.ok_or_else(|| format!("we have no {}", table.analysis))?;
        let (units, place) = distance(own, table, tolerance)?;
        if !(units <= 1.0) {
            return Err(format!("{units:.2} times the tolerance away: {place}"));
        }
        worst = if units > worst { units } else { worst };
    }
    Ok(worst)
}

fn folder() -> PathBuf {
    repository("tests/golden/ngspice")
}

/// The files of the folder that end so, without their ends.
fn names(end: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|found| found == end));
    files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

fn deck(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.cir"))).unwrap()
}

fn stored(path: &Path) -> Golden {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The tables of ngspice as they are stored.
fn selected(found: &[Table], wanted: &[Table]) -> Vec<Table> {
    let pairs = wanted.iter().map(|table| {
        let own = found.iter().find(|own| own.analysis == table.analysis);
        table.selected(own.unwrap_or_else(|| panic!("we have no {}", table.analysis)))
    });
    pairs.collect()
}

fn write(name: &str, text: &str, found: &[Table], wanted: &[Table]) {
    let golden = Golden {
        made_by: Provenance::now("ngspice -b -r out.raw deck.cir"),
        deck: checksum(text),
        solver: cards(text, ".options").map(str::to_owned).collect(),
        tolerance: Tolerance::of(text),
        tables: selected(found, wanted),
    };
    let text = serde_json::to_string(&golden).unwrap();
    // A line a signal.
    let text = text.replace("],\"", "],\n\"").replace("{\"", "{\n\"") + "\n";
    std::fs::write(folder().join(format!("{name}.json")), text).unwrap();
}

/// One deck: what is wrong with it, or how near it is, stored and live.
fn check(name: &str, live: bool) -> Result<[f64; 2], String> {
    let text = deck(name);
    let found = ours(&text);
    if updating() {
        write(name, &text, &found, &theirs(&text));
    }
    let golden = stored(&folder().join(format!("{name}.json")));
    if golden.deck != checksum(&text) || golden.tolerance != Tolerance::of(&text) {
        return Err("the deck has changed: UPDATE_GOLDEN=1 makes its values anew".to_owned());
    }
    let from_file = compare(&found, &golden.tables, &golden.tolerance)?;
    let now = if live {
        let wanted = selected(&found, &theirs(&text));
        compare(&found, &wanted, &golden.tolerance).map_err(|why| format!("live: {why}"))?
    } else {
        0.0
    };
    Ok([from_file, now])
}

#[test]
fn every_deck_gives_what_ngspice_finds() {
    let live = common::has_ngspice();
    let decks = names("cir");
    let only = std::env::var("GOLDEN").ok();
    let mut faults = Vec::new();
    for name in decks.iter().filter(|name| only.as_ref().is_none_or(|only| *name == only)) {
        let outcome = std::panic::catch_unwind(|| check(name, live));
        match outcome {
            Ok(Ok([file, now])) => eprintln!("{name}: {file:.3} and {now:.3} of the tolerance"),
            Ok(Err(why)) => faults.push(format!("{name}: {why}")),
            Err(_) => faults.push(format!("{name}: it panics")),
        }
    }
    assert!(faults.is_empty(), "{} decks:\n{}", faults.len(), faults.join("\n"));
}

/// There are enough of them, each has its values, and together they have every element
/// and every analysis.
#[test]
fn nothing_is_left_out() {
    let decks = names("cir");
    assert!(decks.len() >= FEWEST, "only {} decks", decks.len());
    if !updating() {
        assert_eq!(decks, names("json"), "decks and values");
    }
    let texts: Vec<String> = decks.iter().map(|name| deck(name)).collect();
    let cards = || texts.iter().flat_map(|text| text.lines().skip(1));
    for letter in "RCLKVIEFGHBDQJMSWX".chars() {
        assert!(cards().any(|card| card.starts_with(letter)), "no card begins with {letter}");
    }
    for start in
        [".op", ".dc", ".ac", ".tran", ".tf", ".sens", ".noise", ".pz", ".four", ".measure"]
    {
        let card = |card: &str| card.split(' ').next() == Some(start);
        assert!(cards().any(card), "no deck has {start}");
    }
    for word in [
        "PULSE(",
        "SIN(",
        "EXP(",
        "PWL(",
        "POLY(1)",
        "POLY(2)",
        "TABLE {",
        "VALUE={",
        "npn(",
        "pnp(",
        "njf(",
        "pjf(",
        "nmos(",
        "pmos(",
        "level=3",
        "sw(",
        "csw(",
        "uic",
        "ic=",
        ".nodeset",
        ".ic",
        "method=gear",
        "bv=",
        ".temp",
    ] {
        assert!(cards().any(|card| card.contains(word)), "no deck has `{word}`");
    }
    let nested = |card: &str| card.starts_with(".dc") && card.split_whitespace().count() == 9;
    assert!(cards().any(nested), "no sweep is nested");
}

/// The comparison finds a sign, a shift, a value that is no number, and what is missing.
#[test]
fn a_difference_is_found() {
    let tolerance = Tolerance::of("");
    let table = |analysis: &str, values: [f64; 3]| Table {
        axis: vec![0.0, 1.0, 2.0],
        points: if analysis == "tran" { Vec::new() } else { vec![0, 1, 2] },
        re: BTreeMap::from([("v(a)".to_owned(), values.to_vec())]),
        ..Table::new(analysis)
    };
    for analysis in ["dc", "tran"] {
        let wanted = [table(analysis, [1.0, -2.0, 1e-9])];
        let of = |values| compare(&[table(analysis, values)], &wanted, &tolerance);
        assert!(of([1.0, -2.0, 1e-9]).is_ok());
        assert!(of([1.0, 2.0, 1e-9]).is_err());
        assert!(of([1.01, -2.0, 1e-9]).is_err());
        assert!(of([1.0, -2.0, f64::NAN]).is_err());
        assert!(of([1.0, -2.0, 0.1]).is_err());
        assert!(compare(&[table("ac", [1.0, -2.0, 1e-9])], &wanted, &tolerance).is_err());
    }
}
