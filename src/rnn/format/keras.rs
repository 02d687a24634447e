//! Keras models: one `SimpleRNN` and at most one linear `Dense`.
//!
//! Keras works with row vectors,
//!
//! ```text
//! h[t] = sigma(x[t] Wk + h[t-1] U + b),   y[t] = h[t] V + c
//! ```
//!
//! with `Wk` inputs x units, `U` units x units (row: FROM, column: TO) and `V`
//! units x outputs. Our networks are in column convention, so all three are
//! transposed, here and nowhere else.

mod config;
mod weights;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use nalgebra::{DMatrix, DVector};
use zip::ZipArchive;

use crate::rnn::format::hdf5::{Tree, read_tree};
use crate::rnn::format::{FormatError, FormatErrorKind, LoadOptions, Loaded};
use crate::rnn::{Activation, Form, Parts, Readout, Rnn};

use config::Architecture;
use weights::{Dense, Weights};

/// Reads `.h5`, `.hdf5` and `.weights.h5`, of any Keras.
pub(super) fn read_hdf5(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let tree = read_tree(bytes)?;
    let architecture = match tree.attributes.get("@model_config") {
        Some(text) => Some(Architecture::parse(text)?),
        None => None,
    };
    assemble(&tree, architecture, options)
}

/// Reads `.keras`: a zip of `config.json`, `metadata.json` and `model.weights.h5`.
pub(super) fn read_archive(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, FormatError> {
    let config = String::from_utf8(member(bytes, "config.json")?).map_err(|_| {
        FormatError::at("config.json", FormatErrorKind::Syntax("not text".to_owned()))
    })?;
    let architecture = Architecture::parse(&config)?;
    let tree = read_tree(&member(bytes, "model.weights.h5")?)?;
    let mut loaded = assemble(&tree, Some(architecture), options)?;
    if let Ok(text) = member(bytes, "metadata.json")
        && let Ok(serde_json::Value::Object(facts)) = serde_json::from_slice(&text)
    {
        for (key, value) in facts {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            loaded.metadata.insert(key, text);
        }
    }
    Ok(loaded)
}

fn member(bytes: &[u8], name: &str) -> Result<Vec<u8>, FormatError> {
    let damaged = |detail: String| {
        FormatError::at(name, FormatErrorKind::Damaged { format: "Keras archive", detail })
    };
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    let entry = archive.by_name(name).map_err(|error| damaged(error.to_string()))?;
    let mut data = Vec::new();
    // A thousandfold is what deflate can do at most.
    let limit = (bytes.len() as u64).saturating_mul(1100);
    entry.take(limit).read_to_end(&mut data).map_err(|error| damaged(error.to_string()))?;
    Ok(data)
}

fn assemble(
    tree: &Tree,
    architecture: Option<Architecture>,
    options: &LoadOptions,
) -> Result<Loaded, FormatError> {
    let weights = Weights::find(tree, architecture.as_ref())?;
    let mut notes = vec![
        "Keras computes h[t] = sigma(W h[t-1] + Win x[t] + b): form A with leak 1, trained at step 1"
            .to_owned(),
    ];
    let activation = match (options.activation, &architecture) {
        (Some(chosen), _) => chosen,
        (None, Some(architecture)) => architecture.activation,
        (None, None) => {
            notes.push("the file does not describe the model: activation tanh assumed".to_owned());
            Activation::Tanh
        }
    };
    if let Some(architecture) = architecture {
        notes.extend(architecture.notes);
    }
    let mut metadata = BTreeMap::new();
    for key in ["keras_version", "backend"] {
        let places = [format!("@{key}"), format!("model_weights@{key}")];
        if let Some(text) = places.iter().find_map(|place| tree.attributes.get(place)) {
            metadata.insert(key.to_owned(), text.clone());
        }
    }
    let network = Rnn::new(parts(&weights, activation)?)?;
    Ok(Loaded { network, trained_step: Some(1.0), metadata, notes })
}

/// Row convention to column convention.
fn parts(weights: &Weights, activation: Activation) -> Result<Parts, FormatError> {
    let stored = &weights.recurrent;
    let [units, along] = *stored.shape() else {
        return Err(stored.shape_error("[units, units]".to_owned()));
    };
    let recurrent = stored.square(units, along)?.transpose();
    let bias = match &weights.bias {
        Some(bias) => bias.vector(units)?,
        None => DVector::zeros(units),
    };
    let readout = match &weights.dense {
        Some(Dense { kernel, bias: offset }) => {
            let v = kernel.matrix(Some(units), None)?.transpose();
            let bias = match offset {
                Some(offset) => offset.vector(v.nrows())?,
                None => DVector::zeros(v.nrows()),
            };
            Readout { weights: v, bias }
        }
        None => Readout { weights: DMatrix::zeros(0, units), bias: DVector::zeros(0) },
    };
    Ok(Parts {
        form: Form::A,
        activation,
        recurrent,
        input: weights.kernel.matrix(None, Some(units))?.transpose(),
        bias,
        leak: DVector::from_element(units, 1.0),
        readout,
    })
}

#[cfg(test)]
mod tests;
