//! The decks of the benches are decks, the values that results are compared with are
//! right, and a wrong result is seen.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test stops where something is missing; what it borrows prints"
)]

#[path = "../benches/against/compare.rs"]
mod compare;
#[path = "../benches/decks/mod.rs"]
mod decks;
#[path = "../benches/against/show.rs"]
#[allow(dead_code, reason = "tables are not printed here")]
mod show;

use analogon::{
    diag::NoSources,
    elaborate::elaborate,
    netlist::parse,
    simulate::{AnalysisResult, SimulationOptions, simulate, to_the_end},
    wave::{RawData, RawEncoding, RawPlot, RawVariable, Signal, Waveform, write_raw},
};

use compare::{Truth, error};
use decks::{
    exact::trajectory,
    linear::{self, Grid},
    network::{self, Encoding, Network},
    small,
};

/// The results of a deck, as it is or more strictly; it has no fault.
fn results(deck: &str, reltol: Option<f64>) -> Vec<AnalysisResult> {
    let parsed = parse("deck.cir", deck, &NoSources);
    assert_eq!(parsed.diagnostics, [], "{deck}");
    let circuit = elaborate(&parsed.netlist).unwrap();
    let options = SimulationOptions { reltol, ..SimulationOptions::default() };
    simulate(&circuit, &options, &mut to_the_end).unwrap()
}

/// The raw file of the one transient of a deck.
fn raw(deck: &str, reltol: Option<f64>) -> Vec<u8> {
    let results = results(deck, reltol);
    bytes(&RawPlot::from_waveform("deck", results[0].waveform().unwrap()))
}

fn bytes(plot: &RawPlot) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_raw(&mut bytes, plot, RawEncoding::Binary).unwrap();
    bytes
}

fn truth(network: &Network, encoding: Encoding) -> Truth {
    let network = network.clone();
    let values = Box::new(move |times: &[f64]| network.states(encoding, times));
    Truth::Over { stop: network::STOP, values }
}

/// The equation is integrated by itself, the deck is simulated: both agree in every
/// encoding, as far as its amplifiers are ideal.
#[test]
fn every_encoding_is_a_circuit_of_the_network() {
    for density in [1.0, 0.4] {
        let network = Network::random(8, density);
        let encodings = [
            (Encoding::Conductances, 1e-7),
            (Encoding::VirtualGround, 1e-7),
            (Encoding::Amplifiers, 1e-4),
            (Encoding::RealAmplifiers, 1e-6),
        ];
        for (encoding, bound) in encodings {
            let deck = network::deck(&network, encoding, "");
            let found =
                error(&raw(&deck, Some(1e-7)), &network::names(8), &truth(&network, encoding));
            assert!(found.as_ref().is_ok_and(|&found| found <= bound), "{found:?} {bound}\n{deck}");
        }
    }
}

/// Amplifiers with a pole are worth a reference of their own.
#[test]
fn real_amplifiers_differ_from_ideal_ones() {
    let network = Network::random(8, 1.0);
    let deck = network::deck(&network, Encoding::RealAmplifiers, "");
    let ideal = truth(&network, Encoding::Amplifiers);
    let found = error(&raw(&deck, Some(1e-6)), &network::names(8), &ideal).unwrap();
    assert!(found > 1e-4, "{found}");
}

#[test]
fn a_ladder_is_a_sum_of_modes() {
    let deck = linear::ladder(30);
    let values = Box::new(|times: &[f64]| linear::ladder_volts(30, times));
    let truth = Truth::Over { stop: 1e-3, values };
    let names = linear::ladder_names(30);
    let found = error(&raw(&deck, Some(1e-6)), &names, &truth).unwrap();
    assert!(found <= 2e-6, "{found}");
    // The sections of another length are seen.
    let values = Box::new(|times: &[f64]| linear::ladder_volts(31, times));
    let wrong = Truth::Over { stop: 1e-3, values };
    let found = error(&raw(&deck, Some(1e-6)), &names, &wrong).unwrap();
    assert!(found > 1e-4, "{found}");
}

#[test]
fn points_at_rest_are_those_of_elimination() {
    let grid = Grid::random(12);
    let decks = [
        (grid.operating_point(), grid.names(), grid.volts()),
        (linear::chain(4000, ".op"), linear::chain_names(), linear::chain_volts()),
    ];
    for (deck, names, right) in decks {
        let results = results(&deck, None);
        let AnalysisResult::OperatingPoint(point) = &results[0] else { panic!("no point") };
        for (name, right) in names.iter().zip(right) {
            let found = point.readings.iter().find(|reading| reading.name == *name).unwrap();
            assert!((found.value - right).abs() <= 1e-11, "{name}: {} {right}", found.value);
        }
    }
}

#[test]
fn the_other_decks_run() {
    for small in &small::ALL {
        for deck in [small.deck(), small.finer()] {
            let parsed = parse("deck.cir", &deck, &NoSources);
            assert_eq!(parsed.diagnostics, [], "{deck}");
            let circuit = elaborate(&parsed.netlist).unwrap();
            assert_eq!(circuit.parts().outputs[0].name, small.output);
            assert_eq!(circuit.parts().analyses.len(), 1);
        }
    }
    let grid = Grid::random(5);
    let results = results(&grid.transient(), None);
    let names = results[0].waveform().unwrap().signals().iter().map(|s| s.name.clone());
    assert_eq!(names.collect::<Vec<_>>(), grid.names());
}

/// A decay and the integral of an input with a corner at 1.
#[test]
fn the_integrator_of_the_references_is_exact() {
    let rate = |time: f64, y: &[f64], dy: &mut [f64]| {
        dy[0] = -y[0];
        dy[1] = (time - 1.0).abs();
    };
    let times: [f64; 4] = [0.0, 0.3, 1.0, 2.0];
    let rows = trajectory(&rate, &[1.0, 0.0], &times, &[1.0]);
    for ((row, time), integral) in rows.iter().zip(times).zip([0.0, 0.255, 0.5, 1.0]) {
        let right = [(-time).exp(), integral];
        assert!((row[0] - right[0]).abs() <= 1e-9, "{row:?} {right:?}");
        assert!((row[1] - right[1]).abs() <= 1e-9, "{row:?} {right:?}");
    }
}

/// A plot of two points.
fn plot(names: [&str; 2], columns: [[f64; 2]; 2]) -> Vec<u8> {
    let variable = |name: &str| RawVariable { name: name.to_owned(), quantity: "time".to_owned() };
    bytes(&RawPlot {
        title: String::new(),
        date: String::new(),
        name: "Transient Analysis".to_owned(),
        variables: names.iter().map(|name| variable(name)).collect(),
        data: RawData::Real(columns.iter().map(|column| column.to_vec()).collect()),
    })
}

#[test]
fn a_wrong_result_is_seen() {
    let names = ["v(a)".to_owned()];
    let over = || Truth::Over {
        stop: 2.0,
        values: Box::new(|times| times.iter().map(|time| vec![3.0 * time]).collect()),
    };
    let judged = |names_there, columns| error(&plot(names_there, columns), &names, &over());
    let there = ["time", "V(a)"];
    assert_eq!(judged(there, [[0.0, 2.0], [0.0, 6.0]]), Ok(0.0));
    assert_eq!(judged(there, [[0.0, 2.0], [0.5, 5.0]]), Ok(1.0));
    assert!(judged(there, [[0.0, 2.0], [f64::NAN, 6.0]]).unwrap().is_nan());
    assert_eq!(judged(there, [[0.0, 1.0], [0.0, 3.0]]), Err("it ended at 1 s".to_owned()));
    assert!(judged(there, [[0.0, f64::NAN], [0.0, 6.0]]).is_err());
    assert!(judged(["time", "v(b)"], [[0.0, 2.0], [0.0, 6.0]]).is_err());
    assert!(error(b"", &names, &over()).is_err());
    let rest = Truth::Rest(vec![1.0]);
    assert!(error(&plot(there, [[0.0, 2.0], [1.0, 1.0]]), &names, &rest).is_err());
}

#[test]
fn a_row_has_its_keys_and_is_held_to_its_bound() {
    let keys = [
        "deck",
        "n",
        "analogon_cpu_s",
        "rival",
        "rival_cpu_s",
        "ratio",
        "analogon_error",
        "rival_error",
        "analogon_peak_mb",
        "rival_peak_mb",
    ];
    let row = |error, theirs| show::Row::of(("deck", 3), "other", ((2.0, None), error), theirs);
    let theirs = || Some(Ok(((6.0, Some(9.0)), Some(0.5))));
    let text = serde_json::to_string(&row(Some(0.25), theirs())).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut found: Vec<&String> = value.as_object().unwrap().keys().collect();
    found.sort_by_key(|key| keys.iter().position(|known| known == key));
    assert_eq!(found, keys);
    assert_eq!((&value["ratio"], &value["rival_peak_mb"]), (&3.0.into(), &9.0.into()));
    assert!(value["analogon_peak_mb"].is_null());
    let alone = serde_json::to_value(row(Some(0.25), None)).unwrap();
    assert!(alone["rival_cpu_s"].is_null() && alone["ratio"].is_null());
    let failed = serde_json::to_value(row(None, Some(Err("no".to_owned())))).unwrap();
    assert!(failed["rival_cpu_s"].is_null());
    for (error, good) in
        [(Some(0.25), true), (Some(0.75), false), (Some(f64::NAN), false), (None, true)]
    {
        let mut table = show::Table::default();
        table.add(row(error, theirs()).bounded(0.5));
        assert_eq!(table.is_good(), good, "{error:?}");
    }
}

#[test]
fn a_reference_lies_on_straight_lines() {
    let signal =
        Signal { name: "v(a)".to_owned(), unit: "V".to_owned(), values: vec![0.0, 2.0, 0.0] };
    let wave = Waveform::new(vec![0.0, 1.0, 2.0], vec![signal]).unwrap();
    assert!(Truth::of_waveform(wave.clone(), &["v(b)".to_owned()]).is_err());
    let truth = Truth::of_waveform(wave, &["V(a)".to_owned()]).unwrap();
    let Truth::Over { stop, values } = truth else { panic!("at rest") };
    assert_eq!(stop, 2.0);
    assert_eq!(values(&[0.5, 1.0, 2.0]), [[1.0], [2.0], [0.0]]);
}
