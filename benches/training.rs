//! One training step (forward pass, full gradient through time, Adam) of the
//! published set-ups, beside `NumPy` by hand and `PyTorch`, on the same data.
//!
//! One JSON object a line on the standard output, ratios to the others on the
//! standard error. `NumPy` makes data and initial weights, so that losses can be
//! compared with what every framework gives for them; without it the data are our
//! own and that comparison is skipped. CPU time is what to trust on a shared
//! machine.
//!
//! ```text
//! cargo bench --bench training [-- SETUP...]
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark reads files and the clock, prints, and may stop"
)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use analogon::{
    rnn::Direction,
    train::{
        Cell, Clip, Constraints, Engine, Method, Optimiser, Pattern, Sample, Shape, SignRule,
        Signs, Weights,
    },
};
use serde_json::{Value, json};

/// A published training set-up.
struct Setup {
    name: &'static str,
    shape: Shape,
    steps: usize,
    batch: usize,
    bias: bool,
    /// Signs of weights by unit that receives them, and of inputs.
    constrained: bool,
    clip: Option<f64>,
    decay: f64,
    /// Loss before the first update and, for some, after five, with the data that
    /// `NumPy` makes.
    oracle: [Option<f64>; 2],
}

const fn shape(units: usize, inputs: usize, outputs: usize) -> Shape {
    Shape { units, inputs, outputs }
}

const SETUPS: [Setup; 5] = [
    Setup {
        name: "ff3_N400",
        shape: shape(400, 3, 3),
        steps: 340,
        batch: 128,
        bias: false,
        constrained: false,
        clip: None,
        decay: 1e-4,
        oracle: [Some(0.656_885), Some(0.408_21)],
    },
    Setup {
        name: "ei_and_N100",
        shape: shape(100, 2, 1),
        steps: 290,
        batch: 64,
        bias: true,
        constrained: true,
        clip: Some(0.5),
        decay: 1e-4,
        oracle: [Some(0.151_550), None],
    },
    Setup {
        name: "and_N50",
        shape: shape(50, 2, 1),
        steps: 200,
        batch: 64,
        bias: false,
        constrained: false,
        clip: None,
        decay: 1e-4,
        oracle: [Some(0.181_487), None],
    },
    Setup {
        name: "ff1_N50",
        shape: shape(50, 2, 1),
        steps: 1010,
        batch: 64,
        bias: false,
        constrained: false,
        clip: None,
        decay: 1e-4,
        oracle: [None, None],
    },
    Setup {
        name: "dm_int_N100",
        shape: shape(100, 1, 1),
        steps: 480,
        batch: 64,
        bias: false,
        constrained: false,
        clip: Some(1.0),
        decay: 0.0,
        oracle: [None, None],
    },
];

/// Batches that the steps go through in turn.
const BATCHES: usize = 4;
/// Steps before the clock starts.
const WARM: usize = 2;
/// Largest difference from a loss of the frameworks.
const CLOSE: f64 = 1e-5;

impl Setup {
    /// Floating point operations of a step: the matrix products alone.
    fn operations(&self) -> f64 {
        let Shape { units, inputs, outputs } = self.shape;
        let each = 6 * units * units + 4 * units * inputs + 6 * units * outputs;
        (self.batch * self.steps * each) as f64
    }

    /// Steps to take the time of.
    fn count(&self) -> usize {
        if self.shape.units >= 400 { 8 } else { 60 }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [word, name, threads] = &arguments[..]
        && word == "--run"
    {
        let setup = SETUPS.iter().find(|s| s.name == name).expect("a set-up");
        println!("{}", run(setup, threads.parse().expect("a number of threads")));
        return;
    }
    for setup in
        SETUPS.iter().filter(|s| arguments.is_empty() || arguments.contains(&s.name.into()))
    {
        bench(setup);
    }
}

/// Runs everybody, each in a process of its own.
fn bench(setup: &Setup) {
    let own = |threads: usize| {
        let program = std::env::current_exe().expect("this program");
        let output = Command::new(program)
            .args(["--run", setup.name, &threads.to_string()])
            .stderr(Stdio::inherit())
            .output()
            .expect("this program runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let value: Value = serde_json::from_str(&text).expect("one JSON object");
        print!("{text}");
        value
    };
    let single = own(1);
    let rivals =
        [("NumPy", NUMPY), ("PyTorch", TORCH)].map(|(name, script)| (name, python(setup, script)));
    let twice = own(2);
    let number = |value: &Value, field: &str| value[field].as_f64().unwrap_or(f64::NAN);
    let cpu = number(&single, "cpu_ms_step");
    eprintln!(
        "{}: {cpu:.2} ms of CPU a step on one thread; on two {:.2} ms of CPU, {:.2} ms of wall time",
        setup.name,
        number(&twice, "cpu_ms_step"),
        number(&twice, "wall_ms_step"),
    );
    if single["loss0"] != twice["loss0"] || single["loss5"] != twice["loss5"] {
        eprintln!("  LOSSES DIFFER between one and two threads");
    }
    for (name, result) in rivals {
        match result {
            Ok(value) => {
                let other = number(&value, "cpu_ms_step");
                eprintln!("  {name}: {other:.2} ms of CPU; ours takes {:.3} of it", cpu / other);
                if let Some(most) = value["sgemm"].as_f64() {
                    let share = number(&single, "gflops") / most;
                    eprintln!("  {share:.2} of the {most:.0} GFLOP/s of {name}'s largest product");
                }
                let difference = (number(&value, "loss0") - number(&single, "loss0")).abs();
                if !(difference <= CLOSE) {
                    eprintln!("  {name} has another first loss: {}", value["loss0"]);
                }
            }
            Err(reason) => eprintln!("  {name}: SKIPPED ({reason})"),
        }
    }
}

/// Takes the steps and the time.
fn run(setup: &Setup, threads: usize) -> Value {
    let (source, sample, mut weights) = data(setup);
    let mut engine = Engine::new(setup.shape, Cell::KERAS, threads).expect("an engine");
    let mut adam = Optimiser::new(Method::ADAM, setup.shape.values());
    let rule = rule(setup);
    let clip = setup.clip.map(|norm| Clip::PerVariable { norm });
    let (mut losses, mut wall, mut warm) = (Vec::new(), Vec::new(), 0.0);
    for step in 0..WARM + setup.count() {
        let first = step % BATCHES * setup.batch;
        let batch: Vec<usize> = (first..first + setup.batch).collect();
        if step == WARM {
            warm = cpu_seconds();
        }
        let clock = Instant::now();
        let (loss, gradient) = engine.gradient(&weights, &sample, &batch);
        let mut gradient = gradient.to_vec();
        if !setup.bias {
            gradient[setup.shape.range(analogon::train::Variable::Bias)].fill(0.0);
        }
        if let Some(clip) = clip {
            clip.apply(&setup.shape.ranges(), &mut gradient);
        }
        let rate = 1e-4 / (1.0 + setup.decay * step as f64);
        adam.update(weights.values_mut(), &gradient, rate);
        rule.after_update(weights.values_mut(), adam.momentum_mut());
        if step >= WARM {
            wall.push(clock.elapsed().as_secs_f64() * 1e3);
        }
        losses.push(loss);
    }
    check(setup, source, &losses);
    // The system counts in ticks of some milliseconds: only a sum is exact.
    let cpu = (cpu_seconds() - warm) * 1e3 / setup.count() as f64;
    json!({
        "setup": setup.name,
        "threads": threads,
        "cpu_ms_step": cpu,
        "wall_ms_step": median(wall),
        "gflops": setup.operations() / cpu / 1e6,
        "loss0": losses[0],
        "loss5": losses[5],
        "peak_mb": peak_mb(),
        "data": source,
    })
}

/// Compares the losses with those of the frameworks.
fn check(setup: &Setup, source: &str, losses: &[f64]) {
    let [first, sixth] = setup.oracle;
    if source == "NumPy" {
        let pairs = [(0, first), (5, sixth)];
        for (step, right) in pairs.into_iter().filter_map(|(k, right)| Some((k, right?))) {
            if !((losses[step] - right).abs() <= CLOSE) {
                eprintln!("{}: LOSS {step} is {}, not {right}", setup.name, losses[step]);
            }
        }
    } else {
        eprintln!("{}: the comparison of losses is SKIPPED: no NumPy to make its data", setup.name);
    }
}

fn rule(setup: &Setup) -> SignRule {
    let signs = Signs { direction: Direction::Incoming, pattern: Pattern::First(0.5) };
    let constraints = Constraints {
        signs: setup.constrained.then_some(signs),
        positive_input: setup.constrained,
        ..Constraints::default()
    };
    constraints.rule(setup.shape).expect("half of the units")
}

/// Who made the data, the sample, and the weights to start from.
fn data(setup: &Setup) -> (&'static str, Sample, Weights) {
    let Shape { units, inputs, outputs } = setup.shape;
    let trials = BATCHES * setup.batch;
    let sizes =
        [trials * setup.steps * inputs, trials * setup.steps * outputs, setup.shape.values()];
    let (source, values) = match made_by_numpy(setup) {
        Ok(values) if values.len() == sizes.iter().sum::<usize>() => ("NumPy", values),
        _ => ("own", own_data(setup, &sizes)),
    };
    let (x, rest) = values.split_at(sizes[0]);
    let (y, w) = rest.split_at(sizes[1]);
    let weights = Weights::from_values(setup.shape, w.to_vec()).expect("all values");
    assert_eq!(weights.shape().units, units);
    let sample = Sample::new(setup.steps, (inputs, x.to_vec()), (outputs, y.to_vec()));
    (source, sample.expect("whole trials"), weights)
}

fn made_by_numpy(setup: &Setup) -> Result<Vec<f32>, String> {
    let script = format!("{}{DUMP}", preamble(setup));
    let output = Command::new("python3")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let (words, _) = output.stdout.as_chunks::<4>();
    Ok(words.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Numbers of the right spread, by Knuth's congruence.
fn own_data(setup: &Setup, sizes: &[usize; 3]) -> Vec<f32> {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f64 / f64::from(1_u32 << 23) - 1.0) as f32
    };
    let scale = (3.0 / setup.shape.units as f32).sqrt();
    let plain = sizes[0] + sizes[1];
    let count = plain + sizes[2];
    (0..count).map(|k| next() * if k < plain { 1.0 } else { scale }).collect()
}

/// Processor time of all threads so far, s.
fn cpu_seconds() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").expect("a Linux machine");
    let nanoseconds = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// Largest resident memory of this process so far, MB.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    (kilobytes.unwrap_or(f64::NAN) / 1024.0).round()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A program in Python, on one thread: its last line is a JSON object.
fn python(setup: &Setup, script: &str) -> Result<Value, String> {
    let script = format!("{}{script}", preamble(setup));
    let output = Command::new("python3")
        .args(["-c", &script])
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("MKL_NUM_THREADS", "1")
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(complaint.lines().last().unwrap_or("it failed").to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or("")).map_err(|error| error.to_string())
}

/// The set-up in Python, then its data and initial weights.
fn preamble(setup: &Setup) -> String {
    let Shape { units, inputs, outputs } = setup.shape;
    let flag = |on: bool| if on { "True" } else { "False" };
    let clip = setup.clip.map_or("None".to_owned(), |norm| norm.to_string());
    format!(
        "name, N, I, O, T, B = '{}', {units}, {inputs}, {outputs}, {}, {}\n\
         bias, signs, clip, decay = {}, {}, {clip}, {}\n\
         warm, count, batches = {WARM}, {}, {BATCHES}\n{DATA}",
        setup.name,
        setup.steps,
        setup.batch,
        flag(setup.bias),
        flag(setup.constrained),
        setup.decay,
        setup.count(),
    )
}

/// Data of the published tasks, as far as speed and a first loss need them.
const DATA: &str = r"
import sys, time, json, statistics, resource
import numpy as np
f32 = np.float32
def pulses(S, rng, first, jitter, answer):
    a, b, y = np.array([[0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]], f32)
    kind = rng.integers(4, size=S)
    late = rng.integers(jitter, size=S) + 1 if jitter else np.zeros(S, int)
    t = np.arange(T)[None]
    on = (t >= (first + late)[:, None]) & (t < (first + 20 + late)[:, None])
    x = np.stack([on * a[kind][:, None], on * b[kind][:, None]], -1).astype(f32)
    return x, ((t >= (first + 40 + late)[:, None]) * y[kind][:, None])[..., None].astype(f32)
def one_bit(S, rng):
    level = np.array([1., -1., 0.], f32)
    f = rng.integers(10, 100, S); d1 = rng.integers(50, size=S) + 1; d2 = rng.integers(50, size=S) + 1
    x = np.zeros((S, T), f32); y = np.zeros((S, T), f32); t = np.arange(T)[None]
    for start, kinds in ((f, 3), (f + 70 + d1, 2), (f + 170 + d1 + d2, 2)):
        value = level[rng.integers(kinds, size=S)][:, None]
        x = np.where((t >= start[:, None]) & (t < (start + 20)[:, None]), value, x)
        y = np.where((t >= (start + 40)[:, None]) & (t < T - 1), value, y)
    return x + 0.1 * rng.standard_normal((S, T), dtype=f32), y
def data(S):
    rng = np.random.default_rng(0)
    if name.startswith('ff3'):
        bits = [one_bit(S, rng) for _ in range(3)]
        return np.stack([x for x, _ in bits], -1), np.stack([y for _, y in bits], -1)
    if name.startswith('and'): return pulses(S, rng, 30, 0, None)
    if name.startswith('ei'): return pulses(S, rng, 60, 50, None)
    x = rng.standard_normal((S, T, I), dtype=f32); y = np.zeros((S, T, O), f32)
    y[:, T // 2:] = np.sign(x.sum((1, 2)))[:, None, None]
    return x, y
def start():
    rng = np.random.default_rng(0)
    glorot = lambda a, b: rng.uniform(-1, 1, (a, b)).astype(f32) * f32(np.sqrt(6 / (a + b)))
    Q, R = np.linalg.qr(rng.standard_normal((N, N)))
    U = (Q * np.sign(np.diag(R))).astype(f32)
    return [glorot(I, N), U, np.zeros(N, f32), glorot(N, O), np.zeros(O, f32)]
x, y = data(B * batches)
Win, U, b, V, c = P = start()
";

/// Inputs, targets and weights as f32, in our order and orientation.
const DUMP: &str = r"
for a in (x, y, U.T, Win.T, b, V.T, c):
    sys.stdout.buffer.write(np.ascontiguousarray(a, dtype='<f4').tobytes())
";

/// One product a time step and direction, one for all steps elsewhere.
const NUMPY: &str = r"
X = [np.ascontiguousarray(a.transpose(1, 0, 2)) for a in np.split(x, batches)]
Y = [np.ascontiguousarray(a.transpose(1, 0, 2)) for a in np.split(y, batches)]
H = np.zeros((T + 1, B, N), f32); D = np.empty((T, B, N), f32); tmp = np.empty((B, N), f32)
m = [np.zeros_like(p) for p in P]; v = [np.zeros_like(p) for p in P]; losses = []
def step(i):
    Win, U, b, V, c = P
    xb, yb = X[i % batches].reshape(T * B, I), Y[i % batches].reshape(T * B, O)
    np.matmul(xb, Win, out=H[1:].reshape(T * B, N))
    if bias: H[1:] += b
    for t in range(T):
        np.matmul(H[t], U, out=tmp); h = H[t + 1]; h += tmp; np.tanh(h, out=h)
    F = H[1:].reshape(T * B, N); e = F @ V + c - yb
    losses.append(float((e * e).mean())); e *= 2.0 / e.size
    np.matmul(e, V.T, out=D.reshape(T * B, N)); UT = np.ascontiguousarray(U.T)
    for t in range(T - 1, -1, -1):
        d, h = D[t], H[t + 1]
        if t < T - 1: np.matmul(D[t + 1], UT, out=tmp); d += tmp
        np.multiply(h, h, out=tmp); np.subtract(1.0, tmp, out=tmp); d *= tmp
    G = D.reshape(T * B, N)
    grads = [xb.T @ G, H[:T].reshape(T * B, N).T @ G, G.sum(0) if bias else None, F.T @ e, e.sum(0)]
    k = i + 1; a = 1e-4 / (1 + decay * i) * np.sqrt(1 - 0.999**k) / (1 - 0.9**k)
    for j, g in enumerate(grads):
        if g is None: continue
        if clip:
            n = np.linalg.norm(g)
            if n > clip: g = g * (clip / n)
        m[j] += (g - m[j]) * f32(0.1); v[j] += (g * g - v[j]) * f32(0.001)
        P[j] -= f32(a) * m[j] / (np.sqrt(v[j]) + f32(1e-8))
    if signs:
        np.maximum(P[0], 0, out=P[0]); h = N // 2
        np.minimum(P[1][:, :h], 0, out=P[1][:, :h]); np.maximum(P[1][:, h:], 0, out=P[1][:, h:])
cpu = []
for i in range(warm + count):
    s = time.process_time(); step(i); cpu.append(time.process_time() - s)
A = np.ones((1024, 1024), f32); A @ A; s = time.process_time(); A @ A; A @ A
print(json.dumps(dict(cpu_ms_step=1e3 * statistics.median(cpu[warm:]), loss0=losses[0],
    sgemm=4 * 1024**3 / (time.process_time() - s) / 1e9,
    peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))
";

/// The layers of `PyTorch`, time first, which is its faster order.
const TORCH: &str = r"
import torch
torch.set_num_threads(1)
rnn = torch.nn.RNN(I, N, bias=bias); out = torch.nn.Linear(N, O)
with torch.no_grad():
    rnn.weight_ih_l0.copy_(torch.from_numpy(Win.T.copy())); rnn.weight_hh_l0.copy_(torch.from_numpy(U.T.copy()))
    out.weight.copy_(torch.from_numpy(V.T.copy())); out.bias.zero_()
    if bias: rnn.bias_ih_l0.zero_(); rnn.bias_hh_l0.zero_(); rnn.bias_hh_l0.requires_grad_(False)
params = [p for p in [*rnn.parameters(), *out.parameters()] if p.requires_grad]
adam = torch.optim.Adam(params, lr=1e-4, eps=1e-8)
X = [a.transpose(0, 1).contiguous() for a in torch.from_numpy(x).split(B)]
Y = [a.transpose(0, 1).contiguous() for a in torch.from_numpy(y).split(B)]
losses = []
def step(i):
    for g in adam.param_groups: g['lr'] = 1e-4 / (1 + decay * i)
    h, _ = rnn(X[i % batches]); loss = ((out(h) - Y[i % batches])**2).mean()
    adam.zero_grad(set_to_none=True); loss.backward()
    if clip:
        for p in params: torch.nn.utils.clip_grad_norm_([p], clip)
    adam.step()
    if signs:
        with torch.no_grad():
            rnn.weight_ih_l0.clamp_(min=0); h = N // 2
            rnn.weight_hh_l0[:h].clamp_(max=0); rnn.weight_hh_l0[h:].clamp_(min=0)
    losses.append(loss.item())
cpu = []
for i in range(warm + count):
    s = time.process_time(); step(i); cpu.append(time.process_time() - s)
A = np.ones((1024, 1024), f32); A @ A; s = time.process_time(); A @ A; A @ A
print(json.dumps(dict(cpu_ms_step=1e3 * statistics.median(cpu[warm:]), loss0=losses[0],
    sgemm=4 * 1024**3 / (time.process_time() - s) / 1e9,
    peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))
";
