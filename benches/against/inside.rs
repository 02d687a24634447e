//! What is measured inside this process: the simulation of a network without reading its
//! deck, and the cost of each stage against its size.

use analogon::{
    circuit::Circuit,
    dae::Dae,
    diag::NoSources,
    elaborate::elaborate,
    linalg::max_abs,
    mna::{Mna, Reduction, Sources, reduce},
    netlist::{Netlist, parse},
    simulate::{SimulationOptions, simulate, to_the_end},
    solve::reduced::{self, Options, Trajectory},
};

use crate::{
    against::{
        child::own_seconds,
        show::{Row, columns},
    },
    decks::{
        linear,
        network::{self, Encoding, Network},
    },
    python,
};

/// The row of the simulation alone.
pub(crate) const NAME: &str = "rnn-simulation-part";
/// Units of that network.
const UNITS: usize = 1000;
/// Tolerance of both.
const TOLERANCE: f64 = 1e-6;

/// Processor time of one measurement at least, s: the kernel's count goes on in jumps of
/// some milliseconds.
const ENOUGH: f64 = 0.1;

/// Processor time of a job, s, the least of several measurements, and what it returned.
fn least<T>(times: usize, mut job: impl FnMut() -> Result<T, String>) -> Result<(f64, T), String> {
    let clock = || own_seconds().ok_or("processor time cannot be measured here: no /proc");
    let mut best = f64::INFINITY;
    let mut found = job()?;
    for _ in 0..times {
        let before = clock()?;
        let (mut took, mut runs) = (0.0, 0.0);
        while took < ENOUGH {
            found = job()?;
            runs += 1.0;
            took = clock()? - before;
        }
        best = if took / runs < best { took / runs } else { best };
    }
    Ok((best, found))
}

fn read(text: &str) -> Result<Netlist, String> {
    let parsed = parse("deck.cir", text, &NoSources);
    let fault = parsed.diagnostics.first().map(|fault| fault.message.clone());
    fault.map_or(Ok(parsed.netlist), Err)
}

fn circuit(netlist: &Netlist) -> Result<Circuit, String> {
    elaborate(netlist).map_err(|faults| faults[0].message.clone())
}

fn reduction(circuit: &Circuit) -> Result<Reduction, String> {
    reduce(circuit).map_err(|faults| faults[0].message.clone())
}

fn integrated(found: &Reduction, circuit: &Circuit, times: &[f64]) -> Result<Trajectory, String> {
    let (sources, initial) = (Sources::varying(circuit), vec![0.0; found.states.len()]);
    let options = Options::with_tolerance(TOLERANCE);
    reduced::integrate(&found.lure, &sources, &initial, times, &options).map_err(|e| e.to_string())
}

/// The normal form of a deck of 1000 units integrated, beside SciPy's RK45 on the equation
/// of the network with the same tolerance; both end their steps at the corners of the
/// inputs, where they are compared.
pub(crate) fn simulation_part() -> Result<Row, String> {
    eprintln!("{NAME} {UNITS}");
    let network = Network::random(UNITS, 1.0);
    let circuit = circuit(&read(&network::deck(&network, Encoding::VirtualGround, ""))?)?;
    let reduction = reduction(&circuit)?;
    let times: Vec<f64> =
        [0.0].into_iter().chain(network::corners()).chain([network::STOP]).collect();
    let (cpu, found) = least(5, || integrated(&reduction, &circuit, &times))?;
    let right = network.states(Encoding::VirtualGround, &times);
    let error = |rows: &[Vec<f64>]| {
        let differences: Vec<f64> = rows
            .iter()
            .flatten()
            .zip(right.iter().flatten())
            .map(|(found, right)| found - right)
            .collect();
        let complete = rows.len() == right.len() && rows.iter().all(|row| row.len() == UNITS);
        if complete { max_abs(&differences) } else { f64::NAN }
    };
    let theirs = scipy(&network, &times).map(|(cpu, rows)| {
        // Theirs begins with the end of the first stretch.
        let rows: Vec<Vec<f64>> = std::iter::once(vec![0.0; UNITS]).chain(rows).collect();
        ((cpu, None), Some(error(&rows)))
    });
    // The states of the reduction are in the order of the capacitors, that of the units.
    let ours = ((cpu, None), Some(error(&found.states)));
    Ok(Row::of((NAME, UNITS), "scipy-rk45", ours, Some(theirs)).bounded(1e-4))
}

/// Weights, inputs' weights, biases and the ends of the stretches on the standard input,
/// the time and the states at those ends on the standard output.
const SCRIPT: &str = r"
import sys, time
import numpy as np
from scipy.integrate import solve_ivp
data = np.frombuffer(sys.stdin.buffer.read(), dtype='<f8')
n, m = int(data[0]), int(data[1]); data = data[2:]
W = data[:n * n].reshape(n, n).copy(); V = data[n * n:n * n + 2 * n].reshape(n, 2).copy()
b = data[n * n + 2 * n:n * n + 3 * n].copy(); ends = data[n * n + 3 * n:][:m]; rest = data[n * n + 3 * n + m:]
k = int(rest[0]); t0, x0 = rest[1:1 + k], rest[1 + k:1 + 2 * k]; rest = rest[1 + 2 * k:]
k = int(rest[0]); t1, x1 = rest[1:1 + k], rest[1 + k:1 + 2 * k]
f = lambda t, h: (np.tanh(W @ h + V @ np.array([np.interp(t, t0, x0), np.interp(t, t1, x1)]) + b) - h) / 1e-3
best = np.inf
for _ in range(5):
    start = time.process_time(); h = np.zeros(n); rows = []
    for a, c in zip(ends[:-1], ends[1:]):
        h = solve_ivp(f, (a, c), h, method='RK45', rtol=1e-6, atol=1e-8).y[:, -1]; rows.append(h)
    best = min(best, time.process_time() - start)
sys.stdout.buffer.write(np.concatenate([[best], *rows]).astype('<f8').tobytes())
";

/// The time of SciPy, s, and the states at the ends of the stretches.
fn scipy(network: &Network, ends: &[f64]) -> Result<(f64, Vec<Vec<f64>>), String> {
    let units = network.units();
    let mut numbers = vec![units as f64, ends.len() as f64];
    for row in &network.weights {
        let mut dense = vec![0.0; units];
        for &(from, weight) in row {
            dense[from] = weight;
        }
        numbers.extend(dense);
    }
    numbers.extend(network.inputs.iter().flatten());
    numbers.extend(&network.biases);
    numbers.extend(ends);
    for corners in network::INPUTS {
        numbers.push(corners.len() as f64);
        numbers.extend(corners.iter().map(|corner| corner.0));
        numbers.extend(corners.iter().map(|corner| corner.1));
    }
    let bytes: Vec<u8> = numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
    let answer = python::answer(SCRIPT, &python::ONE_THREAD, &bytes)?;
    let (values, _) = answer.as_chunks::<8>();
    let values: Vec<f64> = values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    let (cpu, states) = values.split_first().ok_or("it said nothing")?;
    Ok((*cpu, states.chunks(units).map(<[f64]>::to_vec).collect()))
}

/// Nanoseconds a unit of `size`.
fn each(seconds: f64, size: usize) -> String {
    format!("{:.1}", seconds * 1e9 / size as f64)
}

/// Prints what each stage costs against its size.
pub(crate) fn sizes(quick: bool) -> Result<(), String> {
    println!("\ncost against size, networks (resistors into virtual grounds), CPU ns");
    let title = [
        "units",
        "parse: bytes",
        "a byte",
        "elaborate: elements",
        "an element",
        "reduce: weights",
        "a weight",
        "step: evaluations",
        "a weight each",
    ];
    let title = title.map(str::to_owned);
    let units: &[usize] = if quick { &[50, 100] } else { &[50, 100, 200, 400, 800] };
    let rows = units.iter().map(|&units| stages(units)).collect::<Result<Vec<_>, _>>()?;
    columns(std::iter::once(title).chain(rows));
    println!("\ncost against size, ladders, CPU ns");
    let title = [
        "sections",
        "parse: bytes",
        "a byte",
        "elaborate: elements",
        "an element",
        "step: evaluations",
        "an entry of the matrix each",
    ];
    let title = title.map(str::to_owned);
    let sections: &[usize] =
        if quick { &[100, 1000] } else { &[1_000, 3_000, 10_000, 30_000, 100_000] };
    let rows = sections.iter().map(|&n| ladder(n)).collect::<Result<Vec<_>, _>>()?;
    columns(std::iter::once(title).chain(rows));
    Ok(())
}

fn stages(units: usize) -> Result<[String; 9], String> {
    let network = Network::random(units, 1.0);
    let weights = network.nonzeros();
    let text = network::deck(&network, Encoding::VirtualGround, "");
    let (parsing, netlist) = least(3, || read(&text))?;
    let (elaborating, circuit) = least(3, || circuit(&netlist))?;
    let (reducing, found) = least(3, || reduction(&circuit))?;
    let times = [0.0, network::STOP];
    let (stepping, trajectory) = least(3, || integrated(&found, &circuit, &times))?;
    let evaluations = trajectory.counters.evaluations as usize;
    let elements = circuit.elements().len();
    Ok([
        units.to_string(),
        text.len().to_string(),
        each(parsing, text.len()),
        elements.to_string(),
        each(elaborating, elements),
        weights.to_string(),
        each(reducing, weights),
        evaluations.to_string(),
        format!("{:.3}", stepping * 1e9 / (weights * evaluations) as f64),
    ])
}

fn ladder(sections: usize) -> Result<[String; 7], String> {
    let text = linear::ladder(sections);
    let (parsing, netlist) = least(3, || read(&text))?;
    let (elaborating, circuit) = least(3, || circuit(&netlist))?;
    let entries = Mna::compile(&circuit).pattern().nonzeros();
    let options = SimulationOptions::default();
    let run = || simulate(&circuit, &options, &mut to_the_end).map_err(|error| error.to_string());
    let (stepping, found) = least(2, run)?;
    let evaluations: u64 = found.iter().map(|result| result.counters().evaluations).sum();
    let elements = circuit.elements().len();
    Ok([
        sections.to_string(),
        text.len().to_string(),
        each(parsing, text.len()),
        elements.to_string(),
        each(elaborating, elements),
        evaluations.to_string(),
        each(stepping, entries * evaluations as usize),
    ])
}
