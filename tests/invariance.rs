//! What a deck computes does not depend on the order of its elements, on names, or on
//! the number of threads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it finds, and run programs"
)]

mod common;

use std::{collections::HashSet, fs, process::Command};

use analogon::{
    diag::NoSources,
    equiv::Realisation,
    netlist::{
        self, Netlist,
        ast::{ControlKind, ElementKind, Scope, Value},
        symbol::{Interner, Symbol},
    },
    rnn::Form,
    simulate::{AnalysisResult, Simulation, SimulationOptions, carry_out, to_the_end},
};
use common::{
    bench::Bench,
    golden::{decks, standalone},
    nets::{deck, network, noise},
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Elements in another order, in subcircuits too.
fn shuffled(scope: &mut Scope, rng: &mut ChaCha8Rng) {
    scope.elements.shuffle(rng);
    for subckt in &mut scope.subckts {
        shuffled(&mut subckt.scope, rng);
    }
}

/// New names for nodes and elements.
fn renamed(netlist: &mut Netlist, rng: &mut ChaCha8Rng) {
    // An expected reading has the name of a node inside its own.
    *netlist = netlist::without_opamps(netlist).unwrap();
    netlist.controls.retain(|control| !matches!(control.kind, ControlKind::Expect(_)));
    let circuit = common::circuit(&netlist::print(netlist));
    let last = |name: &str| name.rsplit('.').next().unwrap().to_owned();
    let nodes = circuit.parts().nodes.iter().skip(1).map(|node| last(&node.name));
    let elements = circuit.elements().iter().map(|element| last(&element.name));
    let mut known: HashSet<String> = nodes.chain(elements).collect();
    // Parameters of models and cards have names that mean something.
    parameters(&netlist.scope, &netlist.symbols, &mut known);
    let count = netlist.symbols.len() as u32;
    let mut numbers: Vec<u32> = (1000..1000 + count).collect();
    numbers.shuffle(rng);
    let mut names = Interner::default();
    for (symbol, number) in (0..count).map(Symbol).zip(numbers.iter().copied()) {
        let name = netlist.symbols.name(symbol);
        // `q1#c` is a terminal of `q1`, whatever that is called.
        let (owner, terminal) = name.split_at(name.find('#').unwrap_or(name.len()));
        let number = netlist.symbols.get(owner).map_or(number, |owner| numbers[owner.0 as usize]);
        let name = match known.contains(owner) {
            true => format!("{}{number}{terminal}", owner.chars().next().unwrap()),
            false => name.to_owned(),
        };
        names.intern(&name);
    }
    netlist.symbols = names;
}

fn parameters(scope: &Scope, symbols: &Interner, known: &mut HashSet<String>) {
    for param in scope.models.iter().flat_map(|model| &model.params) {
        known.remove(symbols.name(param.name));
    }
    for subckt in &scope.subckts {
        parameters(&subckt.scope, symbols, known);
    }
}

/// Every resistor one rounding error larger, for comparison.
fn nudged(scope: &mut Scope) {
    for element in &mut scope.elements {
        if let ElementKind::Resistor { value: Value::Number(value), .. } = &mut element.kind {
            *value *= 1.0 + f64::EPSILON;
        }
    }
    for subckt in &mut scope.subckts {
        nudged(&mut subckt.scope);
    }
}

fn results(netlist: &Netlist) -> Simulation {
    let circuit = common::circuit(&netlist::print(netlist));
    carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap()
}

/// The results of every analysis by name of their signals, with their axis.
fn columns(simulation: &Simulation) -> Vec<Vec<(String, Vec<f64>)>> {
    let one = |result: &AnalysisResult| match result {
        AnalysisResult::OperatingPoint(point) => {
            point.readings.iter().map(|r| (r.name.clone(), vec![r.value])).collect()
        }
        AnalysisResult::Transfer(found) => {
            let values = vec![found.gain, found.input_resistance, found.output_resistance];
            vec![("tf".to_owned(), values)]
        }
        AnalysisResult::Sensitivity(found) if found.spectrum.is_none() => {
            found.entries.iter().map(|e| (e.element.clone(), vec![e.derivative])).collect()
        }
        AnalysisResult::PolesZeros(_) => Vec::new(),
        over_an_axis => {
            let wave = over_an_axis.waveform().unwrap();
            let axis = std::iter::once(("axis".to_owned(), wave.time().to_vec()));
            let signals = wave.signals().iter().map(|s| (s.name.clone(), s.values.clone()));
            axis.chain(signals).collect()
        }
    };
    simulation.analyses.iter().map(one).collect()
}

/// The largest difference of two measures, relative.
fn measured([first, second]: [&Simulation; 2]) -> f64 {
    let pairs = first.measures.iter().zip(&second.measures);
    let differences = pairs.map(|(a, b)| {
        let [a, b] = [a, b].map(|measure| *measure.value.as_ref().unwrap());
        (a / b - 1.0).abs()
    });
    differences.max_by(f64::total_cmp).expect("a measure")
}

/// The largest difference of two results relative to the largest value of the signal.
fn difference(first: &Simulation, second: &Simulation) -> f64 {
    let simulations = [first, second];
    let (first, second) = (columns(first), columns(second));
    assert_eq!(first.len(), second.len());
    let mut worst = 0.0f64;
    for (first, second) in first.iter().zip(&second) {
        for (name, values) in first {
            let (_, others) = second.iter().find(|(other, _)| other == name).unwrap();
            // Another number of steps: only measures can be compared.
            if values.len() != others.len() {
                return measured(simulations);
            }
            let scale = values.iter().fold(0.0f64, |s, v| if v.abs() > s { v.abs() } else { s });
            for (a, b) in values.iter().zip(others) {
                let off = (a - b).abs() / (scale + 1e-12);
                assert!(off.is_finite());
                worst = if off > worst { off } else { worst };
            }
        }
    }
    worst
}

/// Elements in another order change a result by no more than 1e-10 of its signal, or,
/// where a circuit amplifies rounding (a multivibrator that turns over; a coupling
/// capacitor of 10 uF in a first step of 5 ns), than a rounding error in its resistors
/// does.
#[test]
fn the_order_of_elements_means_nothing() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let (mut count, mut amplified) = (0, Vec::new());
    for path in decks() {
        let text = standalone(&path);
        let netlist = netlist::parse("deck.cir", &text, &NoSources).netlist;
        let first = results(&netlist);
        let mut other = netlist.clone();
        shuffled(&mut other.scope, &mut rng);
        let changed = difference(&first, &results(&other));
        if changed > 1e-10 {
            let mut other = netlist.clone();
            nudged(&mut other.scope);
            let nudged = difference(&first, &results(&other));
            eprintln!("{}: {changed:.1e}, one rounding error: {nudged:.1e}", path.display());
            assert!(changed <= 100.0 * nudged && changed < 1e-3, "{}", path.display());
            amplified.push(path);
        }
        count += 1;
    }
    assert!(count >= 55 && amplified.len() <= 3, "{count} decks, {amplified:?}");
}

/// Bit by bit.
#[test]
fn names_mean_nothing() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut count = 0;
    for path in decks() {
        let text = standalone(&path);
        let mut netlist = netlist::parse("deck.cir", &text, &NoSources).netlist;
        let first = columns(&results(&netlist));
        renamed(&mut netlist, &mut rng);
        let second = columns(&results(&netlist));
        for (first, second) in first.iter().zip(&second) {
            assert_eq!(first.len(), second.len());
            for ((_, values), (_, others)) in first.iter().zip(second) {
                assert_eq!(values, others, "{}", path.display());
            }
        }
        count += 1;
    }
    assert!(count >= 55, "{count} decks");
}

/// A network of 200 units, whose reduction and products are worth several threads.
#[test]
fn threads_mean_nothing() {
    let bench = Bench::new();
    let net = network(Form::A, (200, 2), 1.2, 5);
    bench.write("net.cir", deck(&net, &noise(2, 5, 3), Realisation::Opamp));
    for path in ["mna", "reduced"] {
        let run = |threads: &str| {
            let status = Command::new(env!("CARGO_BIN_EXE_analogon"))
                .args(["run", "net.cir", "--path", path, "-o", "out.raw"])
                .current_dir(bench.path(""))
                .env("RAYON_NUM_THREADS", threads)
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            fs::read(bench.path("out.raw")).unwrap()
        };
        assert!(run("1") == run("2"), "{path}");
    }
}
