//! Which unit of a circuit is which unit of a network.
//!
//! By names where the circuit has those that a synthesis gives. Else by
//! invariants: numbers of a unit that depend neither on the order of units,
//! inputs and outputs nor on the signs of units, and continuously on the
//! weights, so that a faulty component does not hide the right match. Units
//! that no invariant tells apart are told apart by marking one of each
//! network and propagating the mark; nothing is ever searched.

use nalgebra::{DMatrix, DVector};

use crate::equiv::compare::differences;

/// The coefficients that a match is based on.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// Units x units: W, or A of a linear system.
    pub recurrent: DMatrix<f64>,
    /// Units x inputs: Win, or E.
    pub input: DMatrix<f64>,
    /// Outputs x units: V, or H.
    pub output: DMatrix<f64>,
    /// One a unit, changes its sign with the unit: b, or x0.
    pub bias: DVector<f64>,
    /// One a unit, whatever its sign: leak and gain.
    pub scalars: Vec<DVector<f64>>,
    /// One an output: c, or y0.
    pub offset: DVector<f64>,
}

/// A correspondence: unit i of the network is unit `units[i]` of the circuit with
/// its sign `signs[i]`, input k is input `inputs[k]`, output o is `outputs[o]`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Matching {
    /// Per unit of the network, the unit of the circuit.
    pub units: Vec<usize>,
    /// Per unit of the network, 1 or -1.
    pub signs: Vec<f64>,
    /// Per input of the network, the input of the circuit.
    pub inputs: Vec<usize>,
    /// Per output of the network, the output of the circuit.
    pub outputs: Vec<usize>,
    /// How it was found.
    pub by: MatchedBy,
}

/// How a correspondence was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchedBy {
    /// By the names of nodes and sources.
    Names,
    /// By invariants of the units.
    Invariants,
}

impl Coefficients {
    /// The same with its units, inputs and outputs in the order and with the signs of
    /// `matching`.
    #[must_use]
    pub fn arranged(&self, matching: &Matching) -> Self {
        let Matching { units, signs, inputs, outputs, .. } = matching;
        let n = units.len();
        Self {
            recurrent: DMatrix::from_fn(n, n, |i, j| {
                signs[i] * signs[j] * self.recurrent[(units[i], units[j])]
            }),
            input: DMatrix::from_fn(n, inputs.len(), |i, k| {
                signs[i] * self.input[(units[i], inputs[k])]
            }),
            output: DMatrix::from_fn(outputs.len(), n, |o, j| {
                signs[j] * self.output[(outputs[o], units[j])]
            }),
            bias: DVector::from_fn(n, |i, _| signs[i] * self.bias[units[i]]),
            scalars: self.scalars.iter().map(|v| DVector::from_fn(n, |i, _| v[units[i]])).collect(),
            offset: DVector::from_fn(outputs.len(), |o, _| self.offset[outputs[o]]),
        }
    }

    fn shape(&self) -> (usize, usize, usize) {
        (self.recurrent.nrows(), self.input.ncols(), self.output.nrows())
    }
}

/// Names of states, inputs and outputs of a circuit.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Such as `v(h1)`.
    pub states: &'a [String],
    /// Such as `vx1`.
    pub inputs: &'a [String],
    /// Such as `v(y1)`.
    pub outputs: &'a [String],
}

/// Finds the correspondence of `network` and `circuit`; `odd` allows units to
/// change their sign. The names decide where they leave at most as many
/// coefficients different as the invariants do: somebody may have given old
/// names to other nodes.
///
/// # Errors
///
/// A sentence where the numbers of units, inputs or outputs differ, or where
/// units cannot be told apart or paired.
pub fn match_units(
    network: &Coefficients,
    circuit: &Coefficients,
    names: Names<'_>,
    odd: bool,
) -> Result<Matching, String> {
    let (n, m) = (network.shape(), circuit.shape());
    for (what, a, b) in [("units", n.0, m.0), ("inputs", n.1, m.1), ("outputs", n.2, m.2)] {
        if a != b {
            return Err(format!("the network has {a} {what}, the circuit {b}"));
        }
    }
    let Some(named) = by_names(names) else { return by_invariants(network, circuit, odd) };
    let differing = |matching: &Matching| {
        differences(network, &circuit.arranged(matching))
            .iter()
            .filter(|d| d.relative > CLEARLY)
            .count()
    };
    let left = differing(&named);
    if left == 0 {
        return Ok(named);
    }
    match by_invariants(network, circuit, odd) {
        Ok(matching) if differing(&matching) < left => Ok(matching),
        _ => Ok(named),
    }
}

/// Coefficients that differ by more do so for another reason than rounding.
const CLEARLY: f64 = 1e-9;

/// The correspondence by invariants.
fn by_invariants(
    network: &Coefficients,
    circuit: &Coefficients,
    odd: bool,
) -> Result<Matching, String> {
    let units = pair_units(network, circuit)?;
    let inputs = pair_columns(&network.input, &permuted_rows(&circuit.input, &units));
    let outputs = pair_columns(
        &network.output.transpose(),
        &permuted_rows(&circuit.output.transpose(), &units),
    );
    let signs = vec![1.0; units.len()];
    let mut matching = Matching { signs, units, inputs, outputs, by: MatchedBy::Invariants };
    if odd {
        matching.signs = signs_of(network, &circuit.arranged(&matching));
    }
    Ok(matching)
}

/// The order in the names `prefix1suffix`, `prefix2suffix`, ... if they are that.
fn order(names: &[String], prefix: &str, suffix: &str) -> Option<Vec<usize>> {
    let mut order = vec![None; names.len()];
    for (at, name) in names.iter().enumerate() {
        let number = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
        let number: usize = number.parse().ok()?;
        let slot = order.get_mut(number.checked_sub(1)?)?;
        if slot.replace(at).is_some() {
            return None;
        }
    }
    order.into_iter().collect()
}

fn by_names(names: Names<'_>) -> Option<Matching> {
    let units = order(names.states, "v(h", ")").or_else(|| order(names.states, "v(u", ")"))?;
    let inputs = order(names.inputs, "vx", "")?;
    let outputs = order(names.outputs, "v(y", ")")?;
    Some(Matching { signs: vec![1.0; units.len()], units, inputs, outputs, by: MatchedBy::Names })
}

/// Rounds of propagation along the weights.
const ROUNDS: usize = 3;
/// Units nearer than this, relative to the spread of the invariants, are alike.
const ALIKE: f64 = 1e-7;

/// Invariants of all units, one row a unit.
fn invariants(c: &Coefficients, mark: &DVector<f64>) -> DMatrix<f64> {
    let n = c.recurrent.nrows();
    let squares = c.recurrent.map(|w| w * w);
    let powers = |matrix: &DMatrix<f64>, unit: usize, power: i32| -> f64 {
        matrix.column(unit).iter().map(|v| v.abs().powi(power)).sum()
    };
    let (input, incoming) = (c.input.transpose(), c.recurrent.transpose());
    let mut columns: Vec<DVector<f64>> = c.scalars.clone();
    columns.push(c.bias.map(|b| b * b));
    columns.push(mark.clone());
    columns.push(c.recurrent.diagonal());
    for power in [1, 2, 3] {
        columns.push(DVector::from_fn(n, |i, _| powers(&input, i, power)));
        columns.push(DVector::from_fn(n, |i, _| powers(&c.output, i, power)));
        columns.push(DVector::from_fn(n, |i, _| powers(&c.recurrent, i, power)));
        columns.push(DVector::from_fn(n, |i, _| powers(&incoming, i, power)));
    }
    // What a unit is, told by what it is connected to.
    let mut told = columns
        .iter()
        .fold(DVector::zeros(n), |sum: DVector<f64>, column| sum * 0.7 + normalised(column));
    for _ in 0..ROUNDS {
        let (incoming, outgoing) = (&squares * &told, squares.tr_mul(&told));
        told = normalised(&incoming) + normalised(&outgoing).map(|v| v * 1.618) + &told * 0.5;
        columns.extend([incoming, outgoing]);
    }
    DMatrix::from_columns(&columns)
}

/// Scaled to a largest modulus of 1; zero stays zero.
fn normalised(column: &DVector<f64>) -> DVector<f64> {
    let largest = column.amax();
    if largest > 0.0 { column / largest } else { column.clone() }
}

/// Per unit of the network, its unit of the circuit.
fn pair_units(network: &Coefficients, circuit: &Coefficients) -> Result<Vec<usize>, String> {
    let n = network.recurrent.nrows();
    let (mut mark_a, mut mark_b) = (DVector::zeros(n), DVector::zeros(n));
    for round in 0..=n {
        let (a, b) = (invariants(network, &mark_a), invariants(circuit, &mark_b));
        let spread: Vec<f64> = (0..a.ncols())
            .map(|k| {
                let largest = a.column(k).amax();
                if largest > 0.0 { 1.0 / largest } else { 0.0 }
            })
            .collect();
        let distance = |x: &DMatrix<f64>, i: usize, y: &DMatrix<f64>, j: usize| -> f64 {
            spread.iter().enumerate().map(|(k, s)| ((x[(i, k)] - y[(j, k)]) * s).abs()).sum()
        };
        let twins =
            (0..n).find_map(|i| (i + 1..n).find(|&j| distance(&a, i, &a, j) < ALIKE).map(|_| i));
        let nearest = |i: usize| {
            (0..n).min_by(|&p, &q| distance(&a, i, &b, p).total_cmp(&distance(&a, i, &b, q)))
        };
        match twins {
            Some(twin) if round < n => {
                // Any of those alike will do: their exchange changes nothing.
                let partner = nearest(twin).unwrap_or(0);
                mark_a[twin] = (round + 1) as f64;
                mark_b[partner] = (round + 1) as f64;
            }
            _ => {
                let pairs: Vec<usize> = (0..n).filter_map(nearest).collect();
                let mut seen = vec![false; n];
                for (unit, &pair) in pairs.iter().enumerate() {
                    if std::mem::replace(&mut seen[pair], true) {
                        return Err(format!(
                            "unit {} of the network has no counterpart in the circuit: its weights differ too much from every unit's",
                            unit + 1
                        ));
                    }
                }
                return Ok(pairs);
            }
        }
    }
    Err("the units of the network cannot be told apart".to_owned())
}

fn permuted_rows(matrix: &DMatrix<f64>, order: &[usize]) -> DMatrix<f64> {
    DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |i, k| matrix[(order[i], k)])
}

/// Per column of `a` the nearest column of `b` by moduli, each used once.
fn pair_columns(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Vec<usize> {
    let mut free: Vec<usize> = (0..b.ncols()).collect();
    (0..a.ncols())
        .map(|k| {
            let distance = |other: usize| -> f64 {
                a.column(k)
                    .iter()
                    .zip(&b.column(other))
                    .map(|(x, y)| (x.abs() - y.abs()).abs())
                    .sum()
            };
            let best = (0..free.len())
                .min_by(|&p, &q| distance(free[p]).total_cmp(&distance(free[q])))
                .unwrap_or(0);
            free.remove(best)
        })
        .collect()
}

/// Sweeps of the vote on signs.
const SWEEPS: usize = 5;

/// The sign of each unit: first by what enters and leaves the network, then by
/// the vote of all its connections.
fn signs_of(network: &Coefficients, circuit: &Coefficients) -> Vec<f64> {
    let n = network.recurrent.nrows();
    let outside: Vec<f64> = (0..n)
        .map(|i| {
            let input: f64 = network.input.row(i).dot(&circuit.input.row(i));
            let output: f64 = network.output.column(i).dot(&circuit.output.column(i));
            input + output + network.bias[i] * circuit.bias[i]
        })
        .collect();
    let agree = network.recurrent.component_mul(&circuit.recurrent);
    let mut signs = DVector::from_iterator(n, outside.iter().map(|v| sign_or_zero(*v)));
    if signs.iter().all(|s| *s == 0.0) {
        signs[0] = 1.0;
    }
    for _ in 0..SWEEPS + n.ilog2() as usize {
        let vote = &agree * &signs + agree.tr_mul(&signs);
        for i in 0..n {
            let own = 2.0 * agree[(i, i)] * signs[i];
            let total = outside[i] + vote[i] - own;
            if total != 0.0 {
                signs[i] = sign_or_zero(total);
            }
        }
    }
    signs.iter().map(|s| if *s < 0.0 { -1.0 } else { 1.0 }).collect()
}

fn sign_or_zero(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}
