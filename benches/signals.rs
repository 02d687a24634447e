//! Speed of envelopes and alignment on one thread, beside SciPy and affinewarp.
//!
//! One JSON object a line on the standard output, ratios to the others on the standard
//! error. The others run where Python and their packages are there; `PYTHON` names the
//! interpreter. CPU time is what to trust on a shared machine, and even it grows where
//! cores share their units; ratios are of CPU times of one and the same run.
//!
//! ```text
//! cargo bench --bench signals            # all
//! cargo bench --bench signals -- peak    # names that contain it
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, prints, and may stop"
)]

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use analogon::signal::{
    align::{ElasticOptions, align_affine, align_warp, align_woody, dtw},
    envelope::{MeanOptions, MeanStream, Method, PeakOptions, mean_envelope},
    synthetic::{
        CARRIERS, MODULATORS, Modulated, Scenario, envelope_methods, modulated, syllables,
    },
};
use serde_json::{Value, json};

/// CPU seconds that each measurement takes at least, and how many there are.
const LEAST: f64 = 0.15;
const TIMES: usize = 5;

/// CPU seconds of this thread.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1e-9
}

/// The least of several measurements of CPU seconds, each of many runs.
fn time<T>(mut work: impl FnMut() -> T) -> f64 {
    black_box(work());
    let start = Instant::now();
    black_box(work());
    let runs = (LEAST / start.elapsed().as_secs_f64()).ceil().max(1.0) as usize;
    let measure = |_| {
        let start = cpu_seconds();
        for _ in 0..runs {
            black_box(work());
        }
        (cpu_seconds() - start) / runs as f64
    };
    (0..TIMES).map(measure).min_by(f64::total_cmp).unwrap()
}

/// What was measured here, by name.
struct Table {
    /// Only names that contain it.
    filter: String,
    cpu: serde_json::Map<String, Value>,
}

impl Table {
    /// Measures and prints; `real` is the length of the signal, s.
    fn row<T>(&mut self, name: &str, real: Option<f64>, work: impl FnMut() -> T) {
        if !name.contains(&self.filter) {
            return;
        }
        let cpu = time(work);
        let times = real.map(|real| (real / cpu).round());
        println!("{}", json!({ "name": name, "cpu_ms": 1e3 * cpu, "times_real_time": times }));
        self.cpu.insert(name.to_owned(), json!(cpu));
    }
}

/// The same work in Python, one JSON object: CPU seconds by name. Signals are made there
/// by the same recipe or any of the same size: the time does not depend on them.
const OTHERS: &str = r"
import json, time, sys
def least(f, n=5):
    f(); t = []
    for _ in range(n):
        s = time.process_time(); f(); t.append(time.process_time() - s)
    return min(t)
out = {}
try:
    import numpy as np, scipy.signal as ss
    from scipy.ndimage import maximum_filter1d
    fs = 44100; n = int(SECONDS * fs); k = np.arange(n) / fs
    x = (0.55 + 0.45 * np.sin(8 * np.pi * k)) * np.cos(6000 * np.pi * k) + 0.05 * np.random.default_rng(0).standard_normal(n)
    b, a = ss.butter(4, 300 / fs)
    sos = ss.butter(4, 100 / fs, output='sos')
    out['published, SciPy'] = least(lambda: ss.filtfilt(b, a, maximum_filter1d(np.abs(x), 35, origin=17)))
    out['Hilbert, 50 Hz, SciPy'] = least(lambda: ss.sosfiltfilt(sos, np.abs(ss.hilbert(x))))
except ImportError as e:
    print(e, file=sys.stderr)
try:
    import numpy as np, contextlib, io
    import affinewarp.shiftwarp as a1, affinewarp.piecewisewarp as a2
    from affinewarp import PiecewiseWarping
    for q in (a1, a2): q.check_is_fitted = lambda *a, **k: None
    r = np.random.default_rng(0); t = np.arange(200)
    D = np.array([np.exp(-((t - c) / 15.) ** 2) for c in 100 + 20 * r.standard_normal(50)])[:, :, None]
    def aw():
        m = PiecewiseWarping(n_knots=0, smoothness_reg_scale=1.)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            m.fit(D, iterations=30, warp_iterations=100, verbose=False)
    out['affine, affinewarp'] = least(aw, 2)
except ImportError as e:
    print(e, file=sys.stderr)
print(json.dumps(out))
";

fn others(seconds: f64) -> Value {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = OTHERS.replace("SECONDS", &seconds.to_string());
    let output = Command::new(&python).env("OMP_NUM_THREADS", "1").args(["-c", &script]).output();
    match output {
        Ok(output) => {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| json!({}))
        }
        Err(error) => {
            eprintln!("SKIPPED: no {python}: {error}");
            json!({})
        }
    }
}

fn main() {
    let seconds = 12.0;
    let Modulated { rate, samples, .. } = modulated(MODULATORS[4], CARRIERS[1], 20.0, 0, seconds);
    let filter = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let mut table = Table { filter, cpu: serde_json::Map::new() };
    for (name, method) in envelope_methods() {
        table.row(name, Some(seconds), || method.envelope(&samples, rate).unwrap());
    }
    let settings = mean_envelope(&samples, rate, &MeanOptions::default()).unwrap().settings;
    table.row("mean (ours), streaming blocks of 1024", Some(seconds), || {
        let mut stream = MeanStream::new(&settings).unwrap();
        let mut values = Vec::with_capacity(samples.len());
        for block in samples.chunks(1024) {
            stream.push(block, &mut values).unwrap();
        }
        stream.finish(&mut values);
        values
    });
    let wide = Method::Peak(PeakOptions { distance: 0.02, ..PeakOptions::default() });
    table.row("peak (ours), 20 ms", Some(seconds), || wide.envelope(&samples, rate).unwrap());

    let known = syllables(Scenario::Warp, 0.03, 0, 50);
    let segments: Vec<&[f64]> = known.segments.iter().map(Vec::as_slice).collect();
    let options = ElasticOptions::default();
    table.row("woody, 50 x 2000", None, || align_woody(&segments).unwrap());
    table.row("affine, 50 x 2000", None, || align_affine(&segments, &options).unwrap());
    table.row("warp, 50 x 2000", None, || align_warp(&segments, &options).unwrap());
    let (a, b) = (segments[0], segments[1]);
    table.row("dtw with path, 2000 x 2000", None, || dtw(a, b, None).unwrap());
    table.row("dtw with path, 2000 x 2000, band 500", None, || dtw(a, b, Some(500)).unwrap());

    let others = others(seconds);
    for (other, name) in [
        ("published, SciPy", "published, as coded"),
        ("Hilbert, 50 Hz, SciPy", "mean (ours)"),
        ("affine, affinewarp", "affine, 50 x 2000"),
    ] {
        let Some(own) = table.cpu.get(name).and_then(Value::as_f64) else { continue };
        let Some(theirs) = others.get(other).and_then(Value::as_f64) else {
            eprintln!("SKIPPED: {other} is not there");
            continue;
        };
        println!("{}", json!({ "name": other, "cpu_ms": 1e3 * theirs }));
        eprintln!("{name}: {:.1} times as fast as {other}", theirs / own);
    }
}
