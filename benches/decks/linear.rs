//! Large circuits of resistors and capacitors.

use std::fmt::Write;

use super::Random;

/// The pulse that drives ladders and grids.
const PULSE: &str = "PULSE(0 1 0 1u 1u 0.4m 1)";
/// Its corners, s, and how its slope changes at each, V/s.
const SLOPES: [(f64, f64); 4] = [(0.0, 1e6), (1e-6, -1e6), (401e-6, -1e6), (402e-6, 1e6)];

/// A line of `sections` resistors of 1 ohm and capacitors of 1 nF, driven by a pulse.
pub(crate) fn ladder(sections: usize) -> String {
    let mut text = format!("* a ladder of {sections} sections\nV1 n0 0 {PULSE}\n");
    for at in 0..sections {
        let next = at + 1;
        // Text in memory takes any line.
        let _ = writeln!(text, "R{at} n{at} n{next} 1\nC{at} n{next} 0 1n");
    }
    let [near, far] = ladder_names(sections);
    let _ = writeln!(text, ".save {near} {far}\n.tran 1e-5 1e-3\n.end");
    text
}

/// A hundredth of the way down a ladder, and its end.
fn places(sections: usize) -> [usize; 2] {
    [std::cmp::max(sections / 100, 1), sections]
}

/// What the deck of a ladder saves.
pub(crate) fn ladder_names(sections: usize) -> [String; 2] {
    places(sections).map(|at| format!("v(n{at})"))
}

/// The voltages of [`ladder_names`] at `times`, one row a time: the sum over the modes
/// `sin(j a)` with `a = (2 k - 1) pi / (2 n + 1)`, each of which answers the source, a
/// sum of ramps, by itself.
pub(crate) fn ladder_volts(sections: usize, times: &[f64]) -> Vec<Vec<f64>> {
    const RATE: f64 = 1e9;
    let mut rows = vec![vec![0.0; 2]; times.len()];
    let places = places(sections).map(|at| at as f64);
    for mode in 1..=sections {
        let angle = (2 * mode - 1) as f64 * std::f64::consts::PI / (2 * sections + 1) as f64;
        let decay = RATE * 4.0 * (0.5 * angle).sin().powi(2);
        let input = RATE * angle.sin() * 4.0 / (2 * sections + 1) as f64;
        let shape = places.map(|at| (at * angle).sin());
        for (row, &time) in rows.iter_mut().zip(times) {
            let answers = SLOPES.iter().filter(|(start, _)| time > *start).map(|(start, slope)| {
                let decayed = decay * (time - start);
                slope * (decayed + (-decayed).exp_m1()) / (decay * decay)
            });
            let amplitude = input * answers.sum::<f64>();
            row[0] += amplitude * shape[0];
            row[1] += amplitude * shape[1];
        }
    }
    rows
}

/// Resistances along the two directions of a grid, ohm.
pub(crate) struct Grid {
    /// Nodes along an edge.
    pub(crate) edge: usize,
    /// From a node to the one below.
    down: Vec<f64>,
    /// From a node to the one beside.
    across: Vec<f64>,
}

impl Grid {
    /// One with random resistances around 1 ohm.
    pub(crate) fn random(edge: usize) -> Self {
        let mut random = Random::seeded(edge as u64);
        let mut draw = |count: usize| -> Vec<f64> {
            // What is written has so many digits, and so has what is computed with.
            let digits = 1e6;
            (0..count).map(|_| ((0.5 + random.uniform()) * digits).round() / digits).collect()
        };
        Self { edge, down: draw(edge * edge), across: draw(edge * edge) }
    }

    /// Resistors and capacitors without a source.
    fn body(&self, capacitors: bool) -> String {
        let (edge, mut text) = (self.edge, String::new());
        for at in 0..edge * edge {
            let (row, column) = (at / edge, at % edge);
            if capacitors {
                let _ = writeln!(text, "C{row}_{column} g{row}_{column} 0 1n");
            }
            if row + 1 < edge {
                let (next, ohms) = (row + 1, self.down[at]);
                let _ = writeln!(text, "Rv{row}_{column} g{row}_{column} g{next}_{column} {ohms}");
            }
            if column + 1 < edge {
                let (next, ohms) = (column + 1, self.across[at]);
                let _ = writeln!(text, "Rh{row}_{column} g{row}_{column} g{row}_{next} {ohms}");
            }
        }
        text
    }

    /// Its centre and its far corner.
    pub(crate) fn names(&self) -> [String; 2] {
        let (middle, last) = (self.edge / 2, self.edge - 1);
        [format!("v(g{middle}_{middle})"), format!("v(g{last}_{last})")]
    }

    /// A capacitor a node, a corner driven by a pulse.
    pub(crate) fn transient(&self) -> String {
        let (edge, [middle, last]) = (self.edge, self.names());
        format!(
            "* a grid of {edge} x {edge}\nV1 in 0 {PULSE}\nRin in g0_0 0.1\n{}.save {middle} {last}\n.tran 1e-5 1e-3\n.end\n",
            self.body(true)
        )
    }

    /// The resistors alone, a corner driven, the opposite one loaded.
    pub(crate) fn operating_point(&self) -> String {
        let (edge, [middle, last]) = (self.edge, self.names());
        let load = edge - 1;
        format!(
            "* a grid of {edge} x {edge}\nV1 in 0 1\nRin in g0_0 0.1\nRl g{load}_{load} 0 1\n{}.save {middle} {last}\n.op\n.end\n",
            self.body(false)
        )
    }

    /// The voltages of [`Grid::names`] at rest, by conjugate gradients.
    pub(crate) fn volts(&self) -> Vec<f64> {
        let size = self.edge * self.edge;
        let mut current = vec![0.0; size];
        current[0] = 1.0 / 0.1;
        let volts = conjugate_gradients(|v, out| self.currents(v, out), &current);
        vec![volts[(self.edge / 2) * (self.edge + 1)], volts[size - 1]]
    }

    /// What leaves every node at these voltages, without the source's part.
    fn currents(&self, volts: &[f64], out: &mut [f64]) {
        let edge = self.edge;
        out.fill(0.0);
        for at in 0..edge * edge {
            let mut branch = |next: usize, ohms: f64| {
                let current = (volts[at] - volts[next]) / ohms;
                out[at] += current;
                out[next] -= current;
            };
            if at / edge + 1 < edge {
                branch(at + edge, self.down[at]);
            }
            if at % edge + 1 < edge {
                branch(at + 1, self.across[at]);
            }
        }
        out[0] += volts[0] / 0.1;
        out[edge * edge - 1] += volts[edge * edge - 1];
    }
}

fn conjugate_gradients(product: impl Fn(&[f64], &mut [f64]), b: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mut x, mut rest) = (vec![0.0; b.len()], b.to_vec());
    let (mut direction, mut image) = (rest.clone(), vec![0.0; b.len()]);
    let mut square = dot(&rest, &rest);
    let enough = square * 1e-26;
    for _ in 0..20 * b.len() {
        if square <= enough {
            break;
        }
        product(&direction, &mut image);
        let length = square / dot(&direction, &image);
        for at in 0..b.len() {
            x[at] += length * direction[at];
            rest[at] -= length * image[at];
        }
        let next = dot(&rest, &rest);
        for at in 0..b.len() {
            direction[at] = rest[at] + next / square * direction[at];
        }
        square = next;
    }
    x
}

/// A chain of `resistors` / 2 sections: 1 ohm on, 1 kilohm to ground; 1 V drives it.
/// `end` is what follows its elements.
pub(crate) fn chain(resistors: usize, end: &str) -> String {
    let mut text = format!("* {resistors} resistors\nV1 n0 0 1\n");
    for at in 0..resistors / 2 {
        let next = at + 1;
        let _ = writeln!(text, "R{at} n{at} n{next} 1\nRg{at} n{next} 0 1k");
    }
    let [near, far] = chain_names();
    let _ = writeln!(text, ".save {near} {far}\n{end}\n.end");
    text
}

/// What the deck of a chain saves.
pub(crate) fn chain_names() -> [String; 2] {
    ["v(n1)".to_owned(), "v(n40)".to_owned()]
}

/// The voltages of [`chain_names`]: what a chain of such length does not change any more
/// falls from node to node by the same factor.
pub(crate) fn chain_volts() -> Vec<f64> {
    // v[j-1] - 2 v[j] + v[j+1] = v[j] / 1000
    let middle = 2.0 + 1e-3;
    let factor = 2.0 / (middle + f64::sqrt(middle * middle - 4.0));
    vec![factor, factor.powi(40)]
}
