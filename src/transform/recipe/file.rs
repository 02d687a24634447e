//! A chain as a JSON file that holds all it needs.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use sprs::{CsMat, TriMat};

use super::{Origin, Recipe, RecipeError, Source, Step, layout::Layout};
use crate::{
    dae::{Coefficient, Lure, LureParts, Phi, PhiBlock},
    expr::{Tape, Tree},
    rnn::{Activation, Form, Parts, Readout, Rnn, Scales},
};

/// What `format` says in the file of a saved system.
const FORMAT: &str = "analogon system";
/// The version that is written, and the latest that is read.
const VERSION: u32 = 1;

/// What tells a saved system from other files.
#[derive(Deserialize)]
struct Head {
    format: Option<serde_json::Value>,
    version: Option<u64>,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    format: String,
    version: u32,
    name: String,
    /// For the reader; nothing depends on it.
    #[serde(default)]
    about: Vec<String>,
    #[serde(default)]
    trained_step: Option<f64>,
    #[serde(default)]
    scales: Scales,
    source: SavedSource,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SavedSource {
    Network(SavedNetwork),
    NormalForm(Box<SavedForm>),
}

/// A network in the words of its text form; matrices as lists of rows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedNetwork {
    form: Form,
    activation: Activation,
    leak: Vec<f64>,
    #[serde(rename = "W")]
    recurrent: Vec<Vec<f64>>,
    #[serde(rename = "Win")]
    input: Vec<Vec<f64>>,
    b: Vec<f64>,
    #[serde(rename = "V")]
    readout: Vec<Vec<f64>>,
    c: Vec<f64>,
}

/// A normal form; matrices by their entries.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedForm {
    states: Vec<String>,
    inputs: Vec<String>,
    outputs: Vec<String>,
    laws: Vec<SavedLaw>,
    #[serde(rename = "A")]
    a: Vec<Entry>,
    #[serde(rename = "B")]
    b: Vec<Entry>,
    #[serde(rename = "E")]
    e: Vec<Entry>,
    x0: Vec<f64>,
    #[serde(rename = "C")]
    c: Vec<Entry>,
    #[serde(rename = "D")]
    d: Vec<Entry>,
    #[serde(rename = "F")]
    f: Vec<Entry>,
    z0: Vec<f64>,
    #[serde(rename = "H")]
    h: Vec<Entry>,
    #[serde(rename = "J")]
    j: Vec<Entry>,
    #[serde(rename = "K")]
    k: Vec<Entry>,
    y0: Vec<f64>,
}

/// Row and column, from 0, and value.
type Entry = (usize, usize, f64);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedLaw {
    name: String,
    controls: usize,
    /// See [`Tree::to_postfix`].
    law: String,
}

impl Recipe {
    /// The text of a file from which [`Recipe::from_json`] makes the same chain,
    /// bit by bit.
    ///
    /// # Panics
    ///
    /// Never: what a chain holds can be written.
    #[must_use]
    pub fn to_json(&self) -> String {
        let saved = Saved {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: self.origin.name.clone(),
            about: self.description(),
            trained_step: self.origin.trained_step,
            scales: self.origin.scales,
            source: match &self.source {
                Source::Network(network) => SavedSource::Network(SavedNetwork::of(network)),
                Source::NormalForm(lure) => SavedSource::NormalForm(Box::new(SavedForm::of(lure))),
            },
            steps: self.steps.clone(),
        };
        let mut bytes = Vec::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Layout::default());
        saved
            .serialize(&mut writer)
            .expect("invariant: a chain holds strings and finite numbers only");
        let mut text = String::from_utf8(bytes).expect("invariant: JSON is UTF-8");
        text.push('\n');
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`RecipeError`] names line and column, or the field, or the step.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RecipeError> {
        let head: Head = serde_json::from_slice(bytes).map_err(|e| RecipeError::json(&e))?;
        match head.format {
            Some(serde_json::Value::String(format)) if format == FORMAT => {}
            Some(found) => return Err(RecipeError::Format { found: found.to_string() }),
            None => return Err(RecipeError::Format { found: "missing".to_owned() }),
        }
        match head.version {
            Some(found) if found > u64::from(VERSION) => {
                return Err(RecipeError::Version { found, known: VERSION });
            }
            _ => {}
        }
        let saved: Saved = serde_json::from_slice(bytes).map_err(|e| RecipeError::json(&e))?;
        check_origin(saved.trained_step, &saved.scales)?;
        let source = match saved.source {
            SavedSource::Network(network) => Source::Network(Arc::new(network.network()?)),
            SavedSource::NormalForm(form) => Source::NormalForm(Arc::new(form.lure()?)),
        };
        let origin =
            Origin { name: saved.name, trained_step: saved.trained_step, scales: saved.scales };
        let mut recipe = Self::new(source, origin);
        for (at, step) in saved.steps.into_iter().enumerate() {
            let what = step.name();
            recipe = recipe.then(step).map_err(|fault| RecipeError::Step { at, what, fault })?;
        }
        Ok(recipe)
    }
}

fn check_origin(trained_step: Option<f64>, scales: &Scales) -> Result<(), RecipeError> {
    let Scales { state_volts, input_volts, output_volts, time_unit } = *scales;
    let all = [
        ("scales.state_volts", Some(state_volts)),
        ("scales.input_volts", Some(input_volts)),
        ("scales.output_volts", Some(output_volts)),
        ("scales.time_unit", Some(time_unit)),
        ("trained_step", trained_step),
    ];
    for (place, value) in all {
        let Some(value) = value else { continue };
        if !(value > 0.0 && value.is_finite()) {
            return Err(RecipeError::field(place, format!("{value}, expected a positive number")));
        }
    }
    Ok(())
}

impl SavedNetwork {
    fn of(network: &Rnn) -> Self {
        let parts = network.parts();
        Self {
            form: parts.form,
            activation: parts.activation,
            leak: parts.leak.as_slice().to_vec(),
            recurrent: rows(&parts.recurrent),
            input: rows(&parts.input),
            b: parts.bias.as_slice().to_vec(),
            readout: rows(&parts.readout.weights),
            c: parts.readout.bias.as_slice().to_vec(),
        }
    }

    fn network(self) -> Result<Rnn, RecipeError> {
        let units = self.recurrent.len();
        let inputs = self.input.first().map_or(0, Vec::len);
        Ok(Rnn::new(Parts {
            form: self.form,
            activation: self.activation,
            recurrent: matrix("W", &self.recurrent, (units, units))?,
            input: matrix("Win", &self.input, (units, inputs))?,
            bias: DVector::from_vec(self.b),
            leak: DVector::from_vec(self.leak),
            readout: Readout {
                weights: matrix("V", &self.readout, (self.readout.len(), units))?,
                bias: DVector::from_vec(self.c),
            },
        })?)
    }
}

fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

fn matrix(
    name: &str,
    rows: &[Vec<f64>],
    (expected, columns): (usize, usize),
) -> Result<DMatrix<f64>, RecipeError> {
    let place = |row: String| format!("source.network.{name}{row}");
    if rows.len() != expected {
        let fault = format!("{} rows, expected {expected}", rows.len());
        return Err(RecipeError::field(place(String::new()), fault));
    }
    if let Some(at) = rows.iter().position(|row| row.len() != columns) {
        let fault = format!("{} numbers, expected {columns}", rows[at].len());
        return Err(RecipeError::field(place(format!("[{at}]")), fault));
    }
    Ok(DMatrix::from_fn(expected, columns, |row, column| rows[row][column]))
}

impl SavedForm {
    fn of(lure: &Lure) -> Self {
        let parts = lure.parts();
        let [a, b, e, c, d, f, h, j, k] = parts.matrices.each_ref().map(entries);
        let [x0, z0, y0] = parts.constants.clone();
        let law = |block: &PhiBlock| SavedLaw {
            name: block.name.clone(),
            controls: block.controls.len(),
            law: block.law.tree.to_postfix(),
        };
        Self {
            states: parts.states.clone(),
            inputs: parts.inputs.clone(),
            outputs: parts.outputs.clone(),
            laws: parts.phi.iter().map(law).collect(),
            a,
            b,
            e,
            x0,
            c,
            d,
            f,
            z0,
            h,
            j,
            k,
            y0,
        }
    }

    fn lure(self) -> Result<Lure, RecipeError> {
        // Before anything is made for so many controls as the laws say.
        let asked = self.laws.iter().try_fold(0_usize, |sum, law| sum.checked_add(law.controls));
        if asked != Some(self.z0.len()) {
            let fault =
                format!("{} numbers, the laws have another number of controls", self.z0.len());
            return Err(RecipeError::field("source.normal_form.z0", fault));
        }
        let mut phi = Vec::with_capacity(self.laws.len());
        let mut controls = 0;
        for (at, law) in self.laws.into_iter().enumerate() {
            let tree = Tree::from_postfix(&law.law, law.controls)
                .map_err(|fault| RecipeError::Law { at, name: law.name.clone(), fault })?;
            let tape = Tape::new(&tree, law.controls);
            let range = controls..controls + law.controls;
            controls = range.end;
            phi.push(PhiBlock { name: law.name, controls: range, law: Phi { tree, tape } });
        }
        let [states, laws, inputs, outputs] =
            [self.states.len(), phi.len(), self.inputs.len(), self.outputs.len()];
        let columns = [states, laws, inputs];
        let tops = [states, controls, outputs];
        let all = [self.a, self.b, self.e, self.c, self.d, self.f, self.h, self.j, self.k];
        let mut matrices = Vec::with_capacity(all.len());
        for (at, (list, which)) in all.into_iter().zip(Coefficient::MATRICES).enumerate() {
            matrices.push(sparse(which, &list, (tops[at / 3], columns[at % 3]))?);
        }
        let matrices: [CsMat<f64>; 9] =
            matrices.try_into().expect("invariant: nine lists make nine matrices");
        Ok(Lure::new(LureParts {
            states: self.states,
            inputs: self.inputs,
            outputs: self.outputs,
            phi,
            matrices,
            constants: [self.x0, self.z0, self.y0],
        })?)
    }
}

fn entries(matrix: &CsMat<f64>) -> Vec<Entry> {
    matrix.iter().map(|(&value, (row, column))| (row, column, value)).collect()
}

/// Entries in rising order make a matrix with the same ones.
fn sparse(
    which: Coefficient,
    entries: &[Entry],
    (rows, columns): (usize, usize),
) -> Result<CsMat<f64>, RecipeError> {
    let mut matrix = TriMat::new((rows, columns));
    let mut last = None;
    for (at, &(row, column, value)) in entries.iter().enumerate() {
        let fault = if row >= rows || column >= columns {
            format!("row {row}, column {column} of a matrix of {rows} x {columns}")
        } else if last.is_some_and(|last| last >= (row, column)) {
            format!("row {row}, column {column} comes after a later one, or twice")
        } else {
            last = Some((row, column));
            matrix.add_triplet(row, column, value);
            continue;
        };
        return Err(RecipeError::field(format!("source.normal_form.{which:?}[{at}]"), fault));
    }
    Ok(matrix.to_csr())
}
