//! A network and its circuits.
//!
//! The equation is `tau dh/dt = -h + tanh(W h + V x + b)` with tau = 1 ms, which is
//! 1 kilohm times 1 microfarad, two pulsed inputs x and h(0) = 0; a unit of state is 1 V.

use std::fmt::Write;

use analogon::wave::{NpyArray, write_npy};

use super::{
    Random,
    exact::{Rate, trajectory},
};

/// Time constant, s.
pub(crate) const TAU: f64 = 1e-3;
/// Five time constants, s.
pub(crate) const STOP: f64 = 5e-3;
/// Print step and longest step, s.
const STEP: f64 = 1e-4;

/// The corners of the inputs: time, s, and value.
pub(crate) const INPUTS: [&[(f64, f64)]; 2] = [
    &[(0.0, 0.0), (0.5e-3, 0.0), (0.51e-3, 1.0), (2e-3, 1.0), (2.01e-3, 0.0), (1.0, 0.0)],
    &[
        (0.0, 0.0),
        (1e-3, 0.0),
        (1.01e-3, 0.8),
        (1.5e-3, 0.8),
        (1.51e-3, 0.0),
        (3e-3, 0.0),
        (3.01e-3, -0.7),
        (4e-3, -0.7),
        (4.01e-3, 0.0),
        (1.0, 0.0),
    ],
];

/// The inputs at a time.
pub(crate) fn inputs(time: f64) -> [f64; 2] {
    INPUTS.map(|corners| {
        let pair = corners.windows(2).find(|pair| time < pair[1].0);
        let Some(&[(t0, v0), (t1, v1)]) = pair else { return corners[corners.len() - 1].1 };
        v0 + (v1 - v0) * (time - t0) / (t1 - t0)
    })
}

/// Where the inputs have corners, inside the transient, increasing.
pub(crate) fn corners() -> Vec<f64> {
    let all = INPUTS.into_iter().flatten().map(|corner| corner.0);
    let mut corners: Vec<f64> = all.filter(|&time| time > 0.0 && time < STOP).collect();
    corners.sort_by(f64::total_cmp);
    corners
}

/// A network with random weights.
#[derive(Clone)]
pub(crate) struct Network {
    /// By unit: which units reach it, and how strongly.
    pub(crate) weights: Vec<Vec<(usize, f64)>>,
    /// By unit: the weights of the inputs.
    pub(crate) inputs: Vec<[f64; 2]>,
    /// By unit.
    pub(crate) biases: Vec<f64>,
}

/// Spread of the weights: eigenvalues fill a disk of this radius.
const GAIN: f64 = 1.2;

impl Network {
    /// One in which a pair of units is connected with probability `density`.
    pub(crate) fn random(units: usize, density: f64) -> Self {
        let mut random = Random::seeded(units as u64);
        let spread = GAIN / (density * units as f64).sqrt();
        let mut row = || -> Vec<(usize, f64)> {
            let chosen: Vec<usize> =
                (0..units).filter(|_| density >= 1.0 || random.uniform() < density).collect();
            chosen.into_iter().map(|from| (from, spread * random.normal())).collect()
        };
        let weights = (0..units).map(|_| row()).collect();
        let mut random = Random::seeded(!(units as u64));
        let inputs = (0..units).map(|_| [random.normal(), random.normal()]).collect();
        let biases = (0..units).map(|_| 0.1 * random.normal()).collect();
        Self { weights, inputs, biases }
    }

    /// Its units.
    pub(crate) fn units(&self) -> usize {
        self.biases.len()
    }

    /// Its recurrent weights.
    pub(crate) fn nonzeros(&self) -> usize {
        self.weights.iter().map(Vec::len).sum()
    }

    /// Its recurrent weights as a file of an array, a row a unit that is reached.
    pub(crate) fn matrix(&self) -> Vec<u8> {
        let units = self.units();
        let mut data = vec![0.0; units * units];
        for (row, weights) in data.chunks_mut(units).zip(&self.weights) {
            for &(from, weight) in weights {
                row[from] = weight;
            }
        }
        let mut bytes = Vec::new();
        // Bytes in memory take any array.
        let _ = write_npy(&mut bytes, &NpyArray { shape: vec![units, units], data });
        bytes
    }

    /// `W h + V x + b` of one unit.
    fn drive(&self, unit: usize, h: &[f64], x: [f64; 2]) -> f64 {
        let recurrent: f64 = self.weights[unit].iter().map(|&(from, w)| w * h[from]).sum();
        recurrent + self.inputs[unit][0] * x[0] + self.inputs[unit][1] * x[1] + self.biases[unit]
    }

    /// The states at increasing times, one row a time, straight from the equation of the
    /// network or, with real amplifiers, from that of its circuit.
    pub(crate) fn states(&self, encoding: Encoding, times: &[f64]) -> Vec<Vec<f64>> {
        let units = self.units();
        let (size, rate): (usize, Box<Rate<'_>>) = match encoding {
            Encoding::RealAmplifiers => (2 * units, Box::new(self.with_amplifiers())),
            _ => (
                units,
                Box::new(|time, h: &[f64], dh: &mut [f64]| {
                    let x = inputs(time);
                    for (unit, dh) in dh.iter_mut().enumerate() {
                        *dh = (self.drive(unit, h, x).tanh() - h[unit]) / TAU;
                    }
                }),
            ),
        };
        let mut rows = trajectory(&*rate, &vec![0.0; size], times, &corners());
        for row in &mut rows {
            row.truncate(units);
        }
        rows
    }

    /// The equation where each sum has an amplifier with one pole: states are those of
    /// the network and then the voltages across the capacitors of the poles.
    ///
    /// Where the conductances G meet at the inverting input s, `G s + (s - z) / F = -u / F`,
    /// and the output z lies between s and the inner voltage y: `(y - z) / R = (z - s) / F`.
    fn with_amplifiers(&self) -> impl Fn(f64, &[f64], &mut [f64]) {
        let of = |unit: usize| -> f64 {
            let recurrent: f64 = self.weights[unit].iter().map(|(_, w)| w.abs()).sum();
            let inputs = self.inputs[unit].map(f64::abs);
            (recurrent + inputs[0] + inputs[1] + self.biases[unit].abs()) / FEEDBACK
        };
        let leaks: Vec<f64> = (0..self.units()).map(|unit| of(unit) + 1.0 / INPUT).collect();
        move |time, state, rate| {
            let x = inputs(time);
            let (h, y) = state.split_at(leaks.len());
            let (dh, dy) = rate.split_at_mut(leaks.len());
            for unit in 0..leaks.len() {
                // z = a + b s
                let both = 1.0 / OUTPUT + 1.0 / FEEDBACK;
                let (a, b) = (y[unit] / OUTPUT / both, 1.0 / FEEDBACK / both);
                let into = (a - self.drive(unit, h, x)) / FEEDBACK;
                let s = into / (leaks[unit] + (1.0 - b) / FEEDBACK);
                let z = a + b * s;
                dh[unit] = (z.tanh() - h[unit]) / TAU;
                dy[unit] = (-TRANSCONDUCTANCE * s - y[unit] / POLE_RESISTANCE) / POLE_CAPACITANCE;
            }
        }
    }
}

/// Resistance from the output of a sum to its inverting input, ohm.
const FEEDBACK: f64 = 1e4;
/// Between the inputs of an amplifier, ohm.
const INPUT: f64 = 2e6;
/// Of its output, ohm.
const OUTPUT: f64 = 50.0;
/// These three make a gain of 1e5 and a gain-bandwidth product of 1 MHz.
const TRANSCONDUCTANCE: f64 = 1e-3;
const POLE_RESISTANCE: f64 = 1e8;
const POLE_CAPACITANCE: f64 = 159.155e-12;

/// How a sum of weighted states is a circuit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A resistor a weight, from the rails h and -h into an amplifier of gain 1e6.
    Amplifiers,
    /// The same into an amplifier with one pole, an input and an output resistance.
    RealAmplifiers,
    /// The same into a node that a source of 0 V holds at ground.
    VirtualGround,
    /// A controlled current source a weight into 1 ohm.
    Conductances,
    /// All weights in one array of resistors, whose matrix is in a file; as `VirtualGround`
    /// otherwise. No other simulator reads it.
    Array,
}

/// The file of an array's matrix.
pub(crate) const WEIGHTS: &str = "weights.npy";

/// The deck of a network with five time constants of transient.
pub(crate) fn deck(network: &Network, encoding: Encoding, options: &str) -> String {
    let mut text = format!("* a network of {} units\n", network.units());
    for (at, corners) in INPUTS.into_iter().enumerate() {
        let corners: Vec<String> = corners.iter().map(|(t, v)| format!("{t:e} {v}")).collect();
        line(&mut text, format_args!("Vx{at} x{at} 0 PWL({})", corners.join(" ")));
    }
    line(&mut text, format_args!("Vone one 0 1"));
    for unit in 0..network.units() {
        match encoding {
            Encoding::Conductances => conductances(&mut text, network, unit),
            _ => resistors(&mut text, network, unit, encoding),
        }
    }
    if encoding != Encoding::Conductances {
        text.push_str("Enone none 0 one 0 -1\nEnx0 nx0 0 x0 0 -1\nEnx1 nx1 0 x1 0 -1\n");
    }
    if encoding == Encoding::RealAmplifiers {
        text.push_str(AMPLIFIER);
    }
    if encoding == Encoding::Array {
        let last = network.units() - 1;
        let nodes = format!("rows=s{{0..{last}}} columns=nh{{0..{last}}} inverted=ph{{0..{last}}}");
        line(
            &mut text,
            format_args!("Yw resistors {nodes} file={WEIGHTS} gain={:e}", 1.0 / FEEDBACK),
        );
    }
    if !options.is_empty() {
        line(&mut text, format_args!(".options {options}"));
    }
    for first in (0..network.units()).step_by(20) {
        let last = std::cmp::min(first + 20, network.units());
        let names: Vec<String> = (first..last).map(|unit| format!("v(h{unit})")).collect();
        line(&mut text, format_args!(".save {}", names.join(" ")));
    }
    line(&mut text, format_args!(".tran {STEP:e} {STOP:e} 0 {STEP:e} uic\n.end"));
    text
}

/// The names of what a deck saves.
pub(crate) fn names(units: usize) -> Vec<String> {
    (0..units).map(|unit| format!("v(h{unit})")).collect()
}

const AMPLIFIER: &str = "\
.subckt oa n o
Rin n 0 2meg
G1 0 x 0 n 1m
R1 x 0 100meg
C1 x 0 159.155p
E1 y 0 x 0 1
Ro y o 50
.ends
";

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Text in memory takes any line.
    let _ = writeln!(text, "{line}");
}

/// One unit whose weights are resistors.
fn resistors(text: &mut String, network: &Network, unit: usize, encoding: Encoding) {
    line(text, format_args!("B{unit} t{unit} 0 V=tanh(V(z{unit}))"));
    line(text, format_args!("R{unit} t{unit} h{unit} 1k\nC{unit} h{unit} 0 1u"));
    line(text, format_args!("Ep{unit} ph{unit} 0 h{unit} 0 1\nEn{unit} nh{unit} 0 h{unit} 0 -1"));
    // The amplifier inverts: a positive weight takes the negative rail.
    let cards = if encoding == Encoding::Array { &[][..] } else { &network.weights[unit] };
    for &(from, weight) in cards {
        let (rail, ohms) = (if weight > 0.0 { "n" } else { "p" }, FEEDBACK / weight.abs());
        line(text, format_args!("R{unit}_h{from} {rail}h{from} s{unit} {ohms:.8e}"));
    }
    let bias = ("one", network.biases[unit]);
    let inputs = [("x0", network.inputs[unit][0]), ("x1", network.inputs[unit][1]), bias];
    for (name, weight) in inputs {
        let (rail, ohms) = (if weight > 0.0 { "n" } else { "" }, FEEDBACK / weight.abs());
        line(text, format_args!("R{unit}_{name} {rail}{name} s{unit} {ohms:.8e}"));
    }
    match encoding {
        Encoding::VirtualGround | Encoding::Array => {
            line(text, format_args!("Vs{unit} s{unit} 0 0\nHz{unit} z{unit} 0 Vs{unit} -10k"));
        }
        Encoding::RealAmplifiers => {
            line(text, format_args!("Rf{unit} s{unit} z{unit} 10k\nXa{unit} s{unit} z{unit} oa"));
        }
        Encoding::Amplifiers | Encoding::Conductances => {
            line(
                text,
                format_args!("Rf{unit} s{unit} z{unit} 10k\nEa{unit} z{unit} 0 0 s{unit} 1e6"),
            );
        }
    }
}

/// One unit whose weights are controlled sources.
fn conductances(text: &mut String, network: &Network, unit: usize) {
    line(text, format_args!("R{unit} h{unit} 0 1k\nC{unit} h{unit} 0 1u\nRz{unit} z{unit} 0 1"));
    for &(from, weight) in &network.weights[unit] {
        line(text, format_args!("G{unit}_h{from} 0 z{unit} h{from} 0 {weight:.8e}"));
    }
    for (at, weight) in network.inputs[unit].into_iter().enumerate() {
        line(text, format_args!("G{unit}_x{at} 0 z{unit} x{at} 0 {weight:.8e}"));
    }
    let bias = network.biases[unit];
    line(text, format_args!("Ib{unit} 0 z{unit} {bias:.8e}"));
    line(text, format_args!("B{unit} 0 h{unit} I=1e-3*tanh(V(z{unit}))"));
}
