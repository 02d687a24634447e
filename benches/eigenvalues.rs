//! Eigenvalues of random matrices: processor time beside that of `NumPy` (LAPACK's
//! `dgeev`) on the same matrices, one thread each, in the same run.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, prints, and may stop"
)]

mod python;

use analogon::{
    linalg::{eigen, eigenvalues},
    rnn::Initialiser,
};
use nalgebra::DMatrix;

/// Sizes, and how often each is measured; the least time counts.
const SIZES: [(usize, usize); 3] = [(100, 20), (400, 7), (1000, 5)];

fn main() {
    println!("{:>5} {:>12} {:>12}  CPU s, least of several", "N", "values", "vectors");
    for (units, times) in SIZES {
        let matrix = Initialiser::Normal { gain: 1.0 }.draw(units, 1);
        let values = least(times, || {
            eigenvalues(&matrix).unwrap();
        });
        let vectors = least(times, || {
            eigen(&matrix).unwrap();
        });
        let shown = |time: Option<f64>| time.map_or("unknown".to_owned(), |t| format!("{t:.4}"));
        println!("{units:>5} {:>12} {:>12}  analogon", shown(values), shown(vectors));
        match numpy(&matrix, times) {
            Ok((theirs, their_vectors)) => {
                println!("{units:>5} {theirs:>12.4} {their_vectors:>12.4}  NumPy");
                if let (Some(values), Some(vectors)) = (values, vectors) {
                    let (one, other) = (values / theirs, vectors / their_vectors);
                    println!("{units:>5} {one:>12.2} {other:>12.2}  ratio");
                }
            }
            Err(reason) => println!("{units:>5} NumPy: not run ({reason})"),
        }
    }
}

/// The least processor time of several runs, s; `None` where the system does not tell.
fn least(times: usize, mut job: impl FnMut()) -> Option<f64> {
    let one = |_| {
        let before = cpu_seconds()?;
        job();
        Some(cpu_seconds()? - before)
    };
    (0..times).map(one).collect::<Option<Vec<f64>>>()?.into_iter().min_by(f64::total_cmp)
}

/// Processor time of this thread so far, s, where Linux tells.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

const SCRIPT: &str = r"
import sys, time
import numpy as np
n, times = np.frombuffer(sys.stdin.buffer.read(16), dtype='<u8')
n, times = int(n), int(times)
W = np.frombuffer(sys.stdin.buffer.read(8 * n * n), dtype='<f8').reshape(n, n).T.copy()
def least(job):
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        job(W)
        best = min(best, time.process_time() - start)
    return best
print(least(np.linalg.eigvals), least(np.linalg.eig))
";

/// What `NumPy` takes for values and for values with vectors, CPU s.
fn numpy(matrix: &DMatrix<f64>, times: usize) -> Result<(f64, f64), String> {
    let mut bytes = (matrix.nrows() as u64).to_le_bytes().to_vec();
    bytes.extend((times as u64).to_le_bytes());
    bytes.extend(matrix.iter().flat_map(|value| value.to_le_bytes()));
    let answer = python::answer(SCRIPT, &python::ONE_THREAD, &bytes)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [values, vectors] => Ok((values, vectors)),
        _ => Err(format!("it said `{}`", text.trim())),
    }
}
