//! Fixed points of a network of 400 units from 1,000 starts: time and work,
//! beside plain Newton steps in `NumPy` from the same starts.
//!
//! The network is the 3-bit flip-flop of the data folder where that is there,
//! and a seeded random one of the same size elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads files and the clock, prints, and may stop"
)]

mod python;

use std::time::Instant;

use analogon::{
    dynamics::attractors::fixed_points::{
        Search, SearchOptions, search,
        starts::{TrialStarts, along_trials, random},
    },
    rnn::{
        Activation, DiscreteRnn, Form, Parts, Readout, Rnn,
        format::{LoadOptions, load},
    },
    task,
};
use nalgebra::{DMatrix, DVector};

const UNITS: usize = 400;
const STARTS: usize = 1000;

fn main() {
    let (what, map, starts) = subject();
    println!("{what}, {} starts, tolerance 1e-12", starts.len());
    let cpu = cpu_seconds();
    let clock = Instant::now();
    let found = search(&map, &[0.0; 3], &starts, &SearchOptions::default()).unwrap();
    let wall = clock.elapsed().as_secs_f64();
    let cpu = cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    table(&found, wall, cpu);
    match numpy(&map, &starts) {
        Ok(text) => print!("{text}"),
        Err(reason) => println!("NumPy: not run ({reason})"),
    }
}

/// The network as a map, and where to start.
fn subject() -> (&'static str, DiscreteRnn, Vec<Vec<f64>>) {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/networks/flipflop3_n400_epoch20.hdf5");
    if let Ok(bytes) = std::fs::read(path) {
        let network = load("flipflop3", &bytes, &LoadOptions::default()).unwrap().network;
        let map = DiscreteRnn::keras(network);
        let task = task::named("flipflop3").unwrap();
        let options = TrialStarts { count: STARTS, ..TrialStarts::default() };
        let starts = along_trials(&map, &task, &options).unwrap();
        return ("3-bit flip-flop, N = 400", map, starts);
    }
    // Twelve uniform numbers make a nearly normal one.
    let sums = random(&[-0.5; 12], &[0.5; 12], UNITS * UNITS, 1);
    let gain = 1.3 / (UNITS as f64).sqrt();
    let weights = sums.iter().map(|twelve| gain * twelve.iter().sum::<f64>());
    let parts = Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_iterator(UNITS, UNITS, weights),
        input: DMatrix::zeros(UNITS, 3),
        bias: DVector::zeros(UNITS),
        leak: DVector::from_element(UNITS, 1.0),
        readout: Readout { weights: DMatrix::zeros(0, UNITS), bias: DVector::zeros(0) },
    };
    let starts = random(&[-1.0; UNITS], &[1.0; UNITS], STARTS, 2);
    (
        "random network (no data folder), N = 400",
        DiscreteRnn::keras(Rnn::new(parts).unwrap()),
        starts,
    )
}

fn table(found: &Search, wall: f64, cpu: Option<f64>) {
    let worst = found.points.iter().map(|p| p.residual).max_by(f64::total_cmp).unwrap_or(0.0);
    let stable = found.points.iter().filter(|point| point.stability.stable).count();
    println!("wall              {wall:8.2} s");
    match cpu {
        Some(cpu) => println!("CPU               {cpu:8.2} s"),
        None => println!("CPU               not known here"),
    }
    println!("converged         {:8}", found.converged);
    println!("distinct          {:8}  ({stable} stable)", found.points.len());
    println!("largest residual  {worst:8.1e}");
    println!("slow points       {:8}", found.slow.len());
    let work = found.counters;
    println!("evaluations       {:8}", work.evaluations);
    println!("Jacobians         {:8}", work.jacobians);
    println!("factorisations    {:8}", work.factorisations);
    println!("solutions         {:8}", work.solutions);
    println!("eigenvalues of    {:8}  matrices", work.eigenvalues);
}

/// Processor time of all threads so far, s; `None` where the system does not tell.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    // Linux counts hundredths of a second.
    Some(ticks.collect::<Result<Vec<f64>, _>>().ok()?.iter().sum::<f64>() / 100.0)
}

/// Damped Newton steps, one start after the other, as one would write them.
const SCRIPT: &str = r#"
import sys, time
import numpy as np
n, count = np.frombuffer(sys.stdin.buffer.read(16), dtype='<u8')
n, count = int(n), int(count)
W = np.frombuffer(sys.stdin.buffer.read(8 * n * n), dtype='<f8').reshape(n, n).T.copy()
S = np.frombuffer(sys.stdin.buffer.read(8 * n * count), dtype='<f8').reshape(count, n)
I = np.eye(n)
wall, cpu = time.perf_counter(), time.process_time()
converged, roots, evaluations, factorisations = 0, [], 0, 0
for x in S:
    h = np.tanh(W @ x); F = h - x; q = F @ F; evaluations += 1
    for _ in range(100):
        if np.abs(F).max() <= 1e-12:
            break
        d = np.linalg.solve((1 - h * h)[:, None] * W - I, F); factorisations += 1
        a = 1.0
        while a > 1e-4:
            y = x - a * d
            g = np.tanh(W @ y); G = g - y; evaluations += 1
            if G @ G < q:
                break
            a /= 2
        else:
            break
        x, h, F, q = y, g, G, G @ G
    if np.abs(F).max() <= 1e-12:
        converged += 1
        if not any(np.abs(x - r).max() < 1e-6 for r in roots):
            roots.append(x)
for r in roots:
    np.linalg.eigvals((1 - np.tanh(W @ r) ** 2)[:, None] * W)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(f"NumPy: wall {wall:.2f} s, CPU {cpu:.2f} s, converged {converged}, distinct {len(roots)}, "
      f"evaluations {evaluations}, factorisations {factorisations}")
"#;

/// What plain Newton steps in `NumPy` take, in its own words.
fn numpy(map: &DiscreteRnn, starts: &[Vec<f64>]) -> Result<String, String> {
    let mut bytes = (UNITS as u64).to_le_bytes().to_vec();
    bytes.extend((starts.len() as u64).to_le_bytes());
    let weights = map.network.parts().recurrent.iter();
    bytes.extend(weights.chain(starts.iter().flatten()).flat_map(|value| value.to_le_bytes()));
    let answer = python::answer(SCRIPT, &[], &bytes)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
