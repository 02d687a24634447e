//! What an extraction found, for programs.

use analogon::{
    dae::{Coefficient, Lure},
    equiv::{Clocked, Extracted, Measured, Obstacle, Scales, properties::Property},
};
use serde::Serialize;
use sprs::CsMat;

/// What was found, for programs.
#[derive(Serialize)]
pub(super) struct Found<'a> {
    /// `network`, `linear` or `none`.
    kind: &'static str,
    /// Of a network in discrete time: one step, s.
    period: Option<f64>,
    /// How it was measured, where it was.
    measured: Option<Quality>,
    /// Why it is no network.
    obstacle: Option<String>,
    form: Option<String>,
    activation: Option<&'static str>,
    states: &'a [String],
    inputs: &'a [String],
    outputs: &'a [String],
    scales: Scales,
    gains: Vec<f64>,
    leak: Vec<f64>,
    #[serde(rename = "W")]
    recurrent: Vec<Vec<f64>>,
    #[serde(rename = "Win")]
    input: Vec<Vec<f64>>,
    b: Vec<f64>,
    #[serde(rename = "V")]
    readout: Vec<Vec<f64>>,
    c: Vec<f64>,
    /// The system that a circuit is which is no network, in SI units.
    normal_form: Option<NormalForm<'a>>,
    properties: Vec<Property>,
}

/// How good a network was measured, for programs.
#[derive(Serialize)]
struct Quality {
    /// Largest deviation of sigma from tanh, relative to its height.
    mismatch: f64,
    /// Largest part of sigma that the conductance of an output takes away.
    conductance: f64,
    /// Largest error of a rate at other points, model units.
    residual: f64,
    /// To what the coefficients are known, relative to the largest of a unit.
    coefficient: f64,
    /// Operating points solved.
    points: usize,
    /// Saved, but no output of the network.
    unread: Vec<String>,
}

impl Quality {
    fn of(measured: &Measured) -> Self {
        Self {
            mismatch: measured.mismatch,
            conductance: measured.conductance,
            residual: measured.residual,
            coefficient: measured.coefficient(),
            points: measured.points,
            unread: measured.unread.clone(),
        }
    }
}

/// The twelve coefficients, matrices by rows.
#[derive(Serialize)]
struct NormalForm<'a> {
    /// The nonlinear elements, in the order of phi; how many components of z each reads.
    phi: Vec<(&'a str, usize)>,
    #[serde(rename = "A")]
    a: Vec<Vec<f64>>,
    #[serde(rename = "B")]
    b: Vec<Vec<f64>>,
    #[serde(rename = "E")]
    e: Vec<Vec<f64>>,
    #[serde(rename = "C")]
    c: Vec<Vec<f64>>,
    #[serde(rename = "D")]
    d: Vec<Vec<f64>>,
    #[serde(rename = "F")]
    f: Vec<Vec<f64>>,
    #[serde(rename = "H")]
    h: Vec<Vec<f64>>,
    #[serde(rename = "J")]
    j: Vec<Vec<f64>>,
    #[serde(rename = "K")]
    k: Vec<Vec<f64>>,
    x0: &'a [f64],
    z0: &'a [f64],
    y0: &'a [f64],
}

impl<'a> NormalForm<'a> {
    fn of(lure: &'a Lure) -> Self {
        let [a, b, e, c, d, f, h, j, k] = Coefficient::MATRICES.map(|m| rows(lure.matrix(m)));
        let [x0, z0, y0] = Coefficient::CONSTANTS.map(|c| lure.constant(c));
        let phi = lure.parts().phi.iter().map(|p| (p.name.as_str(), p.controls.len())).collect();
        Self { phi, a, b, e, c, d, f, h, j, k, x0, z0, y0 }
    }
}

fn rows(matrix: &CsMat<f64>) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; matrix.cols()]; matrix.rows()];
    for (&value, (row, column)) in matrix {
        rows[row][column] = value;
    }
    rows
}

impl<'a> Found<'a> {
    /// Of a circuit that is no network.
    fn none(kind: &'static str, why: String, scales: Scales, properties: Vec<Property>) -> Self {
        Self {
            kind,
            period: None,
            measured: None,
            obstacle: Some(why),
            form: None,
            activation: None,
            states: &[],
            inputs: &[],
            outputs: &[],
            scales,
            gains: Vec::new(),
            leak: Vec::new(),
            recurrent: Vec::new(),
            input: Vec::new(),
            b: Vec::new(),
            readout: Vec::new(),
            c: Vec::new(),
            normal_form: None,
            properties,
        }
    }

    /// Of a circuit without a normal form.
    pub(super) fn refused(why: String, scales: Scales, properties: Vec<Property>) -> Self {
        Self::none("none", why, scales, properties)
    }

    /// Of a circuit that is the system `lure` and no network.
    pub(super) fn system(
        lure: &'a Lure,
        obstacle: &Obstacle,
        scales: Scales,
        properties: Vec<Property>,
    ) -> Self {
        let names = lure.parts();
        let kind = if matches!(obstacle, Obstacle::Linear) { "linear" } else { "none" };
        Self {
            states: &names.states,
            inputs: &names.inputs,
            outputs: &names.outputs,
            normal_form: Some(NormalForm::of(lure)),
            ..Self::none(kind, obstacle.to_string(), scales, properties)
        }
    }

    /// Of a circuit that is a network.
    pub(super) fn network(
        (extracted, measured): (&'a Extracted, Option<&Measured>),
        clocked: Option<&Clocked>,
        properties: Vec<Property>,
    ) -> Self {
        let parts = extracted.network.parts();
        let rows = |matrix: &nalgebra::DMatrix<f64>| -> Vec<Vec<f64>> {
            matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
        };
        Self {
            kind: "network",
            period: clocked.map(|c| c.period),
            measured: measured.map(Quality::of),
            obstacle: None,
            form: Some(format!("{:?}", parts.form)),
            activation: Some(parts.activation.name()),
            states: &extracted.states,
            inputs: &extracted.inputs,
            outputs: &extracted.outputs,
            scales: extracted.scales,
            gains: extracted.gains.clone(),
            leak: parts.leak.as_slice().to_vec(),
            recurrent: rows(&parts.recurrent),
            input: rows(&parts.input),
            b: parts.bias.as_slice().to_vec(),
            readout: rows(&parts.readout.weights),
            c: parts.readout.bias.as_slice().to_vec(),
            normal_form: None,
            properties,
        }
    }
}
