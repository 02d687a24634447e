//! The structural comparison: do two systems have the same coefficients?

use nalgebra::DMatrix;

use crate::{
    dae::{Coefficient, Lure},
    equiv::{
        Extracted, Matching, Scales, match_units,
        matching::{Coefficients, Names},
    },
    rnn::{Activation, Form, Rnn},
};

/// Which coefficient of a network a difference is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// lambda
    Leak,
    /// The factor in front of sigma, 1 by definition.
    Gain,
    /// W
    Recurrent,
    /// Win
    Input,
    /// b
    Bias,
    /// V
    Readout,
    /// c
    ReadoutBias,
}

impl Part {
    /// The symbol used in the equations.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Gain => "gain",
            Self::Recurrent => "W",
            Self::Input => "Win",
            Self::Bias => "b",
            Self::Readout => "V",
            Self::ReadoutBias => "c",
        }
    }
}

/// One coefficient that differs.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Difference {
    /// Which.
    pub part: Part,
    /// Row, from 0, in the order of the network.
    pub row: usize,
    /// Column, from 0, in the order of the network; 0 for a vector.
    pub column: usize,
    /// Its value in the network.
    pub network: f64,
    /// Its value in the circuit.
    pub circuit: f64,
    /// `|network - circuit|` relative to the larger of the two moduli.
    pub relative: f64,
}

/// Outcome of the comparison.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Structure {
    /// The correspondence of units, inputs and outputs.
    pub matching: Matching,
    /// Largest relative difference of any coefficient.
    pub max_relative: f64,
    /// The largest differences above the tolerance, the worst first.
    pub differences: Vec<Difference>,
    /// How many coefficients differ by more than the tolerance.
    pub differing: usize,
    /// sigma of the network.
    pub activation: Activation,
    /// sigma of the circuit; `None` for a linear system.
    pub circuit_activation: Option<Activation>,
    /// Largest deviation of a nonlinear element from its sigma, relative to its range.
    pub sigma_error: f64,
    /// True where all of this is within the tolerance.
    pub holds: bool,
}

/// Differences listed at most.
const LISTED: usize = 20;

/// Compares `network` with what was extracted from a circuit.
///
/// # Errors
///
/// A sentence where the two cannot be brought into correspondence.
pub fn compare(network: &Rnn, circuit: &Extracted, tolerance: f64) -> Result<Structure, String> {
    let (a, b) = (network.parts(), circuit.network.parts());
    if a.form != b.form {
        return Err(format!("the network has form {:?}, the circuit form {:?}", a.form, b.form));
    }
    let left = network_coefficients(network, &vec![1.0; network.units()]);
    let right = network_coefficients(&circuit.network, &circuit.gains);
    let names =
        Names { states: &circuit.states, inputs: &circuit.inputs, outputs: &circuit.outputs };
    let matching = match_units(&left, &right, names, a.activation.is_odd())?;
    let right = right.arranged(&matching);
    let sigma_error = circuit
        .nonlinearities
        .iter()
        .map(|found| found.error)
        .max_by(f64::total_cmp)
        .unwrap_or(0.0);
    let sigma = (a.activation, Some(b.activation), sigma_error);
    Ok(structure(&left, &right, matching, sigma, tolerance))
}

/// Compares a network whose activation is linear with a circuit without
/// nonlinear elements.
///
/// # Errors
///
/// A sentence where the two cannot be brought into correspondence.
pub fn compare_linear(
    network: &Rnn,
    circuit: &Lure,
    scales: &Scales,
    tolerance: f64,
) -> Result<Structure, String> {
    if circuit.matrix(Coefficient::K).nnz() > 0 {
        return Err("an input of the circuit reaches an output directly".to_owned());
    }
    let left = linear_coefficients(&network.to_lure(), None);
    let right = linear_coefficients(circuit, Some(scales));
    let parts = circuit.parts();
    let names = Names { states: &parts.states, inputs: &parts.inputs, outputs: &parts.outputs };
    let matching = match_units(&left, &right, names, true)?;
    let right = right.arranged(&matching);
    Ok(structure(&left, &right, matching, (network.parts().activation, None, 0.0), tolerance))
}

/// The coefficients of a network with the gains of its units.
pub(super) fn network_coefficients(network: &Rnn, gains: &[f64]) -> Coefficients {
    let parts = network.parts();
    Coefficients {
        recurrent: parts.recurrent.clone(),
        input: parts.input.clone(),
        output: parts.readout.weights.clone(),
        bias: parts.bias.clone(),
        scalars: vec![parts.leak.clone(), gains.to_vec().into()],
        offset: parts.readout.bias.clone(),
    }
}

/// The coefficients of `network` and of the circuit in its order, as they stand in
/// the normal form: in form B those of a unit are multiplied by its leak.
pub(super) fn side_by_side(
    network: &Rnn,
    circuit: &Extracted,
    matching: &Matching,
) -> (Coefficients, Coefficients) {
    let left = network_coefficients(network, &vec![1.0; network.units()]);
    let right = network_coefficients(&circuit.network, &circuit.gains).arranged(matching);
    if network.parts().form == Form::A {
        return (left, right);
    }
    let scaled = |mut c: Coefficients| {
        let leak = DMatrix::from_diagonal(&c.scalars[0]);
        c.recurrent = &leak * c.recurrent;
        c.input = &leak * c.input;
        c.bias = &leak * c.bias;
        c
    };
    (scaled(left), scaled(right))
}

/// All coefficients that differ at all, the largest relative difference first.
pub(super) fn differences(left: &Coefficients, right: &Coefficients) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut matrix = |part: Part, a: &[f64], b: &[f64], rows: usize| {
        for (at, (&network, &circuit)) in a.iter().zip(b).enumerate() {
            let relative = relative(network, circuit);
            if relative != 0.0 {
                let (row, column) = (at % rows, at / rows);
                all.push(Difference { part, row, column, network, circuit, relative });
            }
        }
    };
    let (units, outputs) = (left.recurrent.nrows(), left.output.nrows());
    let scalars = left.scalars.iter().zip(&right.scalars);
    for (part, (a, b)) in [Part::Leak, Part::Gain].into_iter().zip(scalars) {
        matrix(part, a.as_slice(), b.as_slice(), units);
    }
    matrix(Part::Recurrent, left.recurrent.as_slice(), right.recurrent.as_slice(), units);
    matrix(Part::Input, left.input.as_slice(), right.input.as_slice(), units);
    matrix(Part::Bias, left.bias.as_slice(), right.bias.as_slice(), units);
    if outputs > 0 {
        matrix(Part::Readout, left.output.as_slice(), right.output.as_slice(), outputs);
        matrix(Part::ReadoutBias, left.offset.as_slice(), right.offset.as_slice(), outputs);
    }
    all.sort_by(|a, b| b.relative.total_cmp(&a.relative));
    all
}

/// A, E, H, x0 and y0 of a linear system, in model units.
pub(super) fn linear_coefficients(lure: &Lure, scales: Option<&Scales>) -> Coefficients {
    let unit = Scales { state_volts: 1.0, input_volts: 1.0, output_volts: 1.0, time_unit: 1.0 };
    let s = scales.unwrap_or(&unit);
    let dense = |coefficient: Coefficient, factor: f64| -> DMatrix<f64> {
        let matrix = lure.matrix(coefficient);
        let mut dense = DMatrix::zeros(matrix.rows(), matrix.cols());
        for (&value, place) in matrix {
            dense[place] = value * factor;
        }
        dense
    };
    let vector = |coefficient: Coefficient, factor: f64| {
        lure.constant(coefficient).iter().map(|v| v * factor).collect::<Vec<_>>().into()
    };
    Coefficients {
        recurrent: dense(Coefficient::A, s.time_unit),
        input: dense(Coefficient::E, s.time_unit * s.input_volts / s.state_volts),
        output: dense(Coefficient::H, s.state_volts / s.output_volts),
        bias: vector(Coefficient::X0, s.time_unit / s.state_volts),
        scalars: Vec::new(),
        offset: vector(Coefficient::Y0, 1.0 / s.output_volts),
    }
}

fn structure(
    left: &Coefficients,
    right: &Coefficients,
    matching: Matching,
    (activation, circuit_activation, sigma_error): (Activation, Option<Activation>, f64),
    tolerance: f64,
) -> Structure {
    let mut all = differences(left, right);
    let max_relative = all.first().map_or(0.0, |d| d.relative);
    // A comparison with NaN is false, so NaN counts as a difference.
    let within = |d: &Difference| d.relative <= tolerance;
    let differing = all.iter().filter(|d| !within(d)).count();
    let same_sigma = match circuit_activation {
        Some(found) => found == activation,
        None => activation == Activation::Linear,
    };
    let holds = differing == 0 && same_sigma && sigma_error <= tolerance;
    all.retain(|d| !within(d));
    all.truncate(LISTED);
    Structure {
        matching,
        max_relative,
        differences: all,
        differing,
        activation,
        circuit_activation,
        sigma_error,
        holds,
    }
}

/// `|a - b| / max(|a|, |b|)`, 0 for two zeros.
fn relative(a: f64, b: f64) -> f64 {
    let larger = if a.abs() > b.abs() { a.abs() } else { b.abs() };
    if larger == 0.0 { 0.0 } else { (a - b).abs() / larger }
}
