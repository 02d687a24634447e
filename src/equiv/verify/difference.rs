//! How circuit and network differ in one trial.

use crate::{equiv::verify::trial::Expected, solve::Counters, task::Verdict};

/// How circuit and network compare in one trial.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// Name of the trial.
    pub name: String,
    /// Largest difference of any unit or output, model units.
    pub max_abs: f64,
    /// Root mean square of the differences.
    pub rms: f64,
    /// Time of the largest difference, model time units.
    pub worst_time: f64,
    /// Unit (or, after the units, output) of the largest difference, from 0.
    pub worst_unit: usize,
    /// True where the network stays at the origin without input: an equilibrium
    /// that may be unstable, where the circuit must stay, too, exactly.
    pub resting: bool,
}

/// The circuit in one trial, compared.
pub(super) struct Run {
    pub(super) comparison: Comparison,
    pub(super) units: Vec<f64>,
    pub(super) outputs: Vec<f64>,
    pub(super) squares: f64,
    pub(super) samples: usize,
    pub(super) verdict: Option<Verdict>,
    pub(super) counters: Counters,
    /// Units, then outputs, one row a time.
    pub(super) trajectory: Vec<Vec<f64>>,
}

/// Compares what the circuit did with what was expected.
pub(super) fn differences(
    (name, resting): (String, bool),
    expected: &Expected,
    (states, circuit_outputs): (&[Vec<f64>], &[Vec<f64>]),
    (verdict, counters): (Option<Verdict>, Counters),
) -> Run {
    let width = |rows: &[Vec<f64>]| rows.first().map_or(0, Vec::len);
    let (units, readouts) = (width(&expected.states), width(&expected.outputs));
    let mut largest = vec![0.0; units + readouts];
    let mut worst = (0.0, 0.0, 0);
    let (mut squares, mut samples) = (0.0, 0);
    for (at, &time) in expected.times.iter().enumerate() {
        let reference = expected.states[at].iter().chain(&expected.outputs[at]);
        // A circuit that stopped short differs by everything.
        let missing = Vec::new();
        let circuit = states.get(at).unwrap_or(&missing).iter();
        let circuit = circuit.chain(circuit_outputs.get(at).unwrap_or(&missing));
        let mut circuit = circuit.copied();
        for (k, value) in reference.enumerate() {
            let difference = circuit.next().map_or(f64::INFINITY, |c| (c - value).abs());
            samples += 1;
            squares += difference * difference;
            if exceeds(difference, largest[k]) {
                largest[k] = difference;
            }
            if exceeds(difference, worst.0) {
                worst = (difference, time, k);
            }
        }
    }
    let outputs = largest.split_off(units);
    let comparison = Comparison {
        name,
        max_abs: worst.0,
        rms: if samples > 0 { (squares / samples as f64).sqrt() } else { 0.0 },
        worst_time: worst.1,
        worst_unit: worst.2,
        resting,
    };
    let trajectory = states
        .iter()
        .zip(circuit_outputs)
        .map(|(h, y)| h.iter().chain(y).copied().collect())
        .collect();
    Run { comparison, units: largest, outputs, squares, samples, verdict, counters, trajectory }
}

/// NaN counts as the largest of all.
fn exceeds(difference: f64, largest: f64) -> bool {
    difference.is_nan() || difference > largest
}
